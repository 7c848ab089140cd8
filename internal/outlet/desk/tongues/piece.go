package tongues

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
)

// State says how a piece stands in a language.
type State string

const (
	Missing State = "missing"
	Done    State = "done"
	Stale   State = "stale" // its source says something else since, or whoever translated it was not sure
)

// piece is a text to be translated.
type piece struct {
	path  string // stays the same while lists grow: events[id=release-plea].what
	at    string // as a casefile.Problem names it: events[3].what
	steps []step // from the campaign down to the text
	text  casefile.Text

	source string
	from   lang.Tag
	target string
	state  State
	known  bool       // note is of this target
	note   draft.Note // how the target came to be
	aside  []draft.Version
	says   []casefile.Breach // what the rules find wrong in the target
}

// step is a part of a path.
type step struct {
	name string        // of the field
	n    int           // in its list, from 1; 0: no list
	of   reflect.Value // what stands there
}

// namesPath is the person's name: whole strings, one a language, in a list of their own.
const namesPath = "person.names"

// letterFields are those without which a letter is not there in a language.
var letterFields = []string{"title", "addressee", "demand", "body", "run_by"}

// order is in which a translator meets the parts: what readers meet first stands first.
var order = []string{"letters", "person", "case", "campaign", "events", "questions", "recognitions", "positions", "portfolio", "corrections", "institutions", "proceedings", "sources"}

// digest stands for a text in a form and in a note.
func digest(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// walk hands over every text of a campaign, in the order of a file. A list's item is named by its id or slug, or by its number where it has none of its own.
func walk(c *letter.Campaign, visit func(path, at string, steps []step, t casefile.Text)) {
	visit(namesPath, namesPath, []step{{name: "person", of: reflect.ValueOf(&c.Person).Elem()}, {name: "names"}}, named(c))
	down(reflect.ValueOf(c).Elem(), "", "", nil, visit)
}

// named are the names in use, by language.
func named(c *letter.Campaign) casefile.Text {
	t := casefile.Text{}
	for _, n := range c.Person.Names {
		if _, ok := t[n.Lang]; !ok {
			t[n.Lang] = n.Text
		}
	}
	return t
}

var textType = reflect.TypeFor[casefile.Text]()

func down(v reflect.Value, path, at string, steps []step, visit func(path, at string, steps []step, t casefile.Text)) {
	switch {
	case v.Type() == textType:
		if v.Len() > 0 {
			visit(path, at, slices.Clone(steps), v.Interface().(casefile.Text))
		}
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			down(v.Elem(), path, at, steps, visit)
		}
	case v.Kind() == reflect.Slice:
		keys := keysOf(v)
		last := steps[len(steps)-1]
		for i := range v.Len() {
			steps[len(steps)-1] = step{last.name, i + 1, v.Index(i)}
			down(v.Index(i), fmt.Sprintf("%s[%s]", path, keys[i]), fmt.Sprintf("%s[%d]", at, i), steps, visit)
		}
		steps[len(steps)-1] = last
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, rest, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			switch {
			case rest == "inline":
				down(v.Field(i), path, at, steps, visit)
			case name == "" || name == "-" || !f.IsExported():
			default:
				down(v.Field(i), strings.TrimPrefix(path+"."+name, "."), strings.TrimPrefix(at+"."+name, "."), append(slices.Clone(steps), step{name: name, of: v.Field(i)}), visit)
			}
		}
	}
}

// keysOf names the items of a list: by an id or a slug that no other has, else by their numbers from 0.
func keysOf(list reflect.Value) []string {
	keys, seen := make([]string, list.Len()), map[string]int{}
	for i := range keys {
		item := list.Index(i)
		if item.Kind() != reflect.Struct {
			continue
		}
		for _, name := range []string{"ID", "Slug"} {
			if f := item.FieldByName(name); f.IsValid() && f.Kind() == reflect.String && f.String() != "" && !strings.ContainsAny(f.String(), "[].=\"\\\n") {
				keys[i] = strings.ToLower(name) + "=" + f.String()
				break
			}
		}
		seen[keys[i]]++
	}
	for i := range keys {
		if keys[i] == "" || seen[keys[i]] > 1 {
			keys[i] = fmt.Sprint(i)
		}
	}
	return keys
}

// readable are the paths of what a reader may come to see: a translator is shown nothing else. A case that is not public yet counts as if it were; what its rules keep back from
// the public (another's health, what the family does not know, a source that is not named) is kept back here too, and so is what was stopped by a private link. The calendar
// is not looked at.
func readable(c *letter.Campaign, stops []casefile.Stop) map[string]bool {
	const mark lang.Tag = "x-path"
	f, err := letter.ReadDraft(letter.WriteDraft(c)) // a copy
	if err != nil {
		return nil
	}
	p := &f.Case.Publication
	p.Level, f.Case.State = casefile.Public, ""
	if len(p.Consents) == 0 && p.Necessity == nil {
		p.Necessity = &casefile.Necessity{}
	}
	walk(f, func(path, _ string, _ []step, t casefile.Text) { t[mark] = path })
	out, ok := f.Public(stops)
	if !ok {
		return nil
	}
	seen := map[string]bool{namesPath: true}
	walk(&letter.Campaign{File: *out, Letters: f.Letters}, func(_, _ string, steps []step, t casefile.Text) {
		if path := t[mark]; path != "" && !hidden(steps) {
			seen[path] = true
		}
	})
	return seen
}

// hidden tells what no page shows: how somebody agreed, and the text of a letter that is closed, which stays as it was signed.
func hidden(steps []step) bool {
	if steps[0].name == "letters" {
		l, ok := steps[0].of.Interface().(letter.File)
		return ok && l.State == letter.Closed && slices.Contains(append(letterFields, ""), steps[len(steps)-1].name) && len(steps) == 2
	}
	return slices.ContainsFunc(steps, func(s step) bool { return s.name == "consents" })
}

// pieces are the texts of a campaign to be put into a language, in a translator's order; what has no text in another language is not there. from is the language to translate
// from, where there is a choice.
func pieces(c *letter.Campaign, into, from lang.Tag, stops []casefile.Stop) (list []piece) {
	may := readable(c, stops)
	first := slices.Concat([]lang.Tag{from}, c.Campaign.Languages)
	walk(c, func(path, at string, steps []step, t casefile.Text) {
		if !may[path] {
			return
		}
		others := casefile.Text{}
		for tag, s := range t {
			if tag != into {
				others[tag] = s
			}
		}
		if len(others) == 0 {
			return
		}
		p := piece{path: path, at: at, steps: steps, text: t, target: t[into]}
		p.source, p.from = others.In(first[0], first[1:]...)
		list = append(list, p)
	})
	slices.SortStableFunc(list, func(a, b piece) int {
		return cmp.Or(slices.Index(order, a.steps[0].name)-slices.Index(order, b.steps[0].name), a.steps[0].n-b.steps[0].n, a.rank()-b.rank())
	})
	return list
}

// rank is a piece's place within its letter: as it is read.
func (p *piece) rank() int {
	switch i := slices.Index(letterFields, p.steps[len(p.steps)-1].name); {
	case p.steps[0].name != "letters":
		return 0
	case len(p.steps) != 2 || i < 0:
		return len(letterFields)
	default:
		return i
	}
}

// judge says how a piece stands, by what is kept of it.
func (p *piece) judge(t draft.Tongue) {
	p.aside = t.Aside[p.path]
	p.note = t.Notes[p.path]
	p.known = p.target != "" && p.note.Target == digest(p.target)
	switch {
	case p.target == "":
		p.state = Missing
	case p.known && (p.note.Unsure || p.text[p.note.From] != "" && p.text[p.note.From] != p.note.Was):
		p.state = Stale
		if now := p.text[p.note.From]; now != "" { // what it was translated from stands beside it
			p.source, p.from = now, p.note.From
		}
	default:
		p.state = Done
	}
}

// put sets a text of a campaign in a language; an empty one takes it out. It tells whether there is such a text.
func put(c *letter.Campaign, values map[string]string, tag lang.Tag) {
	if name, ok := values[namesPath]; ok {
		rename(c, name, tag)
	}
	walk(c, func(path, _ string, _ []step, t casefile.Text) {
		value, ok := values[path]
		switch {
		case !ok || path == namesPath:
		case value == "":
			delete(t, tag)
		default:
			t[tag] = value
		}
	})
}

func rename(c *letter.Campaign, name string, tag lang.Tag) {
	at := slices.IndexFunc(c.Person.Names, func(n casefile.Name) bool { return n.Lang == tag })
	switch {
	case at >= 0 && name == "":
		c.Person.Names = slices.DeleteFunc(c.Person.Names, func(n casefile.Name) bool { return n.Lang == tag })
	case at >= 0:
		c.Person.Names[at].Text = name
	case name != "":
		c.Person.Names = append(c.Person.Names, casefile.Name{Text: name, Lang: tag})
	}
}

// within is the letter that a piece is a whole part of; nil if a letter can be without it.
func (p *piece) within() *letter.File {
	if len(p.steps) != 2 || p.steps[0].name != "letters" || !slices.Contains(letterFields, p.steps[1].name) {
		return nil
	}
	l := p.steps[0].of.Interface().(letter.File)
	return &l
}

// whole tells whether a letter is there in a language, and whether anything of it is.
func whole(l *letter.File, tag lang.Tag) (all, some bool) {
	all = true
	for _, t := range []casefile.Text{l.Title, l.Addressee, l.Demand, l.Body, l.RunBy} {
		all, some = all && t[tag] != "", some || t[tag] != ""
	}
	return all, some
}
