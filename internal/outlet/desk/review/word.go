package review

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
)

// group is what changes in one part of a campaign, such as one event.
type group struct {
	title string
	kind  groupKind
	rows  []line
}

type groupKind string

const (
	added   groupKind = "added"
	removed groupKind = "removed"
	changed groupKind = "changed"
)

// line is one value that changes.
type line struct {
	label    string
	old, new said
	runs     []draft.Run // both, where both are texts
}

// said is a value in words; empty: it is not there.
type said struct {
	text string
	tag  lang.Tag // of a text; empty: the words are the reader's, or nobody's
}

// grouped are the changes between two documents, for reading. nil is that there was nothing.
func grouped(p *lang.Printer, old, new []byte) (list []group, err error) {
	changes, err := draft.Changes(old, new)
	k := naming{p: p, old: draft.Read(old), new: draft.Read(new)}
	numbered := k.numbered(changes)
	at := map[string]int{}
	for _, c := range changes {
		name, rest := cutPart(c.Path)
		i, ok := at[name]
		if !ok {
			i = len(list)
			at[name] = i
			list = append(list, group{title: k.part(name), kind: k.kind(name, numbered)})
		}
		l := line{label: k.field(name, rest), old: k.value(c.Path, c.Old), new: k.value(c.Path, c.New)}
		if l.old.text != "" && l.new.text != "" && l.old.tag != "" {
			l.runs = draft.Compare(l.old.text, l.new.text)
		}
		list[i].rows = append(list[i].rows, l)
	}
	return list, err
}

// step is a key on a path, or an item of a list.
type step struct{ key, item string }

// steps cuts a path into its steps: events[id=x].what.en are events [id=x], what and en.
func steps(path string) (list []step) {
	for path != "" {
		var s step
		i := strings.IndexAny(path, ".[")
		if i < 0 {
			i = len(path)
		}
		s.key, path = path[:i], path[i:]
		if strings.HasPrefix(path, "[") {
			end := closing(path)
			s.item, path = path[:end], path[end:]
		}
		path = strings.TrimPrefix(path, ".")
		list = append(list, s)
	}
	return list
}

// fields are the names of all fields of a campaign: a key that is none of them is a language's tag.
var fields = sync.OnceValue(func() map[string]bool {
	all, seen := map[string]bool{}, map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			all[name] = true
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[letter.Campaign]())
	return all
})

// tag is the language that a step leads to, of a text in several. An id stands in an item of a list, so elsewhere "id" is Indonesian.
func (s step) tag(before step) (lang.Tag, bool) {
	tag, ok := lang.Canonical(s.key)
	return tag, ok && s.item == "" && string(tag) == s.key && (!fields()[s.key] || s.key == "id" && before.item == "")
}

// closing is behind the bracket that ends an item's name, which may have brackets of its own.
func closing(path string) int {
	for i := 0; i < len(path); i++ {
		if path[i] == ']' && (i+1 == len(path) || path[i+1] == '.' || path[i+1] == '[') {
			return i + 1
		}
	}
	return len(path)
}

// cutPart cuts a path behind the part of the campaign that it leads into: an item of a list, or what is under one key.
func cutPart(path string) (part, rest string) {
	s := steps(path)
	part = s[0].key + s[0].item
	return part, strings.TrimPrefix(strings.TrimPrefix(path, part), ".")
}

// naming finds words for what stands in two documents.
type naming struct {
	p        *lang.Printer
	old, new *draft.Tree
}

// ends tells of a part in which of two documents it is.
type ends struct{ was, is bool }

// numbered are the parts that are named by their number, which may be another's in the other document: there they are if something of them is.
func (k naming) numbered(changes []draft.Change) map[string]ends {
	all := map[string]ends{}
	for _, c := range changes {
		name, _ := cutPart(c.Path)
		if s := steps(name)[0]; s.item != "" && !strings.Contains(s.item, "=") {
			e := all[name]
			all[name] = ends{e.was || c.Old != nil, e.is || c.New != nil}
		}
	}
	return all
}

// kind tells whether a part is new, gone or changed.
func (k naming) kind(part string, numbered map[string]ends) groupKind {
	_, was := k.old.Value(part)
	_, is := k.new.Value(part)
	if e, ok := numbered[part]; ok {
		was, is = e.was, e.is
	}
	switch {
	case is && !was:
		return added
	case was && !is:
		return removed
	}
	return changed
}

// first is the first of some keys that the catalogue has, in words.
func (k naming) first(otherwise string, keys ...string) string {
	for _, key := range keys {
		if k.p.Has(key) {
			return k.p.T(key)
		}
	}
	return otherwise
}

// part names a part: "Event: 12 May 2023, detention".
func (k naming) part(part string) string {
	s := steps(part)[0]
	word := k.first(s.key, "desk.review.part."+s.key, "desk.casework.part."+s.key, "desk.casework.field."+s.key)
	if name := k.item(part); name != "" {
		return k.p.T("desk.review.named", "Part", word, "Name", name)
	}
	return word
}

// item names an item of a list by what stands in it.
func (k naming) item(part string) string {
	for _, doc := range []*draft.Tree{k.new, k.old} {
		if raw, ok := doc.Value(part); ok && steps(part)[0].item != "" {
			if name := k.named(part, raw); name != "" {
				return name
			}
		}
	}
	return ""
}

func (k naming) named(part string, raw json.RawMessage) string {
	s := steps(part)[0]
	var words []string
	item := draft.Read(raw)
	for _, key := range []string{"when", "kind", "title", "publisher", "name", "org", "by", "ask", "number"} {
		v, ok := item.Value(key)
		if !ok || s.key != "events" && (key == "when" || key == "kind") {
			continue
		}
		if t := k.text(v); t != "" {
			words = append(words, lang.Bounded(t, 80))
		} else if w := k.value(part+"."+key, v); w.text != "" {
			words = append(words, w.text)
		}
		if s.key != "events" || len(words) == 2 {
			break
		}
	}
	return strings.Join(words, " · ")
}

// text is a text by languages in the reader's, or in one that there is.
func (k naming) text(raw json.RawMessage) string {
	var t casefile.Text
	if json.Unmarshal(raw, &t) != nil {
		return ""
	}
	s, _ := t.In(k.p.Tag())
	return s
}

// whole names a value with the part that it stands in.
func (k naming) whole(path string) string {
	if path == "" {
		return k.p.T("desk.review.everything")
	}
	part, rest := cutPart(path)
	if rest == "" {
		return k.part(part)
	}
	return k.p.T("desk.review.named", "Part", k.part(part), "Name", k.field(part, rest))
}

// field names a value within its part: the labels of the pages where it is filled in, from the outer to the inner.
func (k naming) field(part, rest string) string {
	if rest == "" {
		return k.p.T("desk.review.everything")
	}
	before := steps(part)[0]
	parent := before.key
	var words []string
	for _, s := range steps(rest) {
		if tag, ok := s.tag(before); ok && len(words) > 0 {
			words = append(words, lang.Endonym(tag))
			continue
		}
		before = s
		switch s.key {
		case "":
		case "id":
			words = append(words, k.p.T("desk.review.field.slug"))
		default:
			words = append(words, k.first(s.key, "desk.review.field."+singular[parent]+"_"+s.key, "desk.review.field."+s.key, "desk.casework.field."+singular[parent]+"_"+s.key, "desk.casework.field."+s.key,
				"desk.tongues.field."+s.key))
		}
		if inner, ok := strings.CutPrefix(s.item, "["); ok && len(words) > 0 {
			if n := number(strings.TrimSuffix(inner, "]")); inner != "0]" && n == 0 {
				words = append(words, strings.TrimSuffix(inner[strings.IndexByte(inner, '=')+1:], "]"))
			} else {
				words = append(words, k.p.Number(int64(n+1)))
			}
		}
		parent = s.key
	}
	return strings.Join(words, " · ")
}

// singular is what one item of a list is called in the labels' keys.
var singular = map[string]string{"events": "event", "sources": "source", "institutions": "institution", "proceedings": "proceeding", "positions": "position", "questions": "question",
	"recognitions": "recognition", "corrections": "correction", "redactions": "redaction", "answers": "claim", "claims": "claim", "evidence": "evidence", "person": "person", "case": "case",
	"campaign": "campaign", "letters": "letter", "publication": "publication", "consents": "consent"}

// vocabularies are where the words of closed lists stand, by the field.
var vocabularies = map[string]string{"nature": "case.nature.", "status": "case.claim.", "verdict": "case.verdict.", "release": "case.release.", "designation": "case.designation.", "stance": "case.stance.",
	"custody": "case.custody.", "track": "case.track.", "stage": "case.stage.", "side": "case.side.", "asks": "case.ask.", "refused": "case.ask.", "needs": "case.need.", "bearing": "case.bearing.",
	"role": "case.role.", "words": "case.quantity.", "field": "case.field.", "level": "desk.casework.term.level_", "visibility": "desk.casework.term.visibility_"}

// kinds are those of the field kind, by what it stands in.
var kinds = map[string]string{"events": "case.kind.", "sources": "case.origin.", "institutions": "case.institution.", "charge": "case.offence.", "sentence": "case.measure.", "effects": "case.measure.",
	"requested": "case.measure.", "most": "case.measure."}

// dates are the fields that hold one.
var dates = []string{"when", "on", "until", "from", "to", "born", "date", "checked", "dated", "published", "learnt_on", "made_on", "as_of", "asked", "withdrawn", "withdrawn_on", "confirmed", "version"}

// value is a value in words: a text as it is, a date as the language writes it, a word of a closed list as pages say it, a reference by the name of what it refers to.
func (k naming) value(path string, raw json.RawMessage) said {
	if raw == nil {
		return said{}
	}
	s := steps(path)
	last := step{}
	if len(s) > 0 {
		last = s[len(s)-1]
	}
	parent := ""
	if len(s) > 1 {
		parent = s[len(s)-2].key
	}
	var list []string
	var text string
	switch {
	case json.Unmarshal(raw, &text) == nil:
		if len(s) > 1 {
			if tag, ok := last.tag(s[len(s)-2]); ok {
				return said{text, tag}
			}
		}
		return said{text: k.word(last.key, parent, text)}
	case json.Unmarshal(raw, &list) == nil:
		for i := range list {
			list[i] = k.word(last.key, parent, list[i])
		}
		return said{text: k.p.Join(list)}
	case string(raw) == "true", string(raw) == "false":
		return said{text: k.yes(string(raw) == "true")}
	}
	return said{text: k.many(path, raw)}
}

func (k naming) yes(yes bool) string {
	if yes {
		return k.p.T("desk.review.yes")
	}
	return k.p.T("desk.review.no")
}

func (k naming) word(key, parent, text string) string {
	at := vocabularies[key]
	switch {
	case key == "kind":
		at = kinds[parent]
	case parent == "letters" && (key == "state" || key == "pace"):
		at = "desk.review.term." + key + "_"
	case parent == "case" && key == "state":
		at = "desk.casework.term.state_"
	}
	if at != "" && k.p.Has(at+text) && text != "" {
		return k.p.T(at + text)
	}
	switch {
	case slices.Contains(dates, key):
		if d, err := casefile.ParseSpan(text); err == nil {
			return d.Words(k.p)
		}
	case key == "languages" || key == "language" || key == "lang":
		if tag, ok := lang.Canonical(text); ok {
			return lang.Endonym(tag)
		}
	}
	for _, in := range refers[key] {
		if name := k.item(in + "[id=" + text + "]"); name != "" {
			return name
		}
	}
	return text
}

// refers are the parts that a field's ids are of.
var refers = map[string][]string{"source": {"sources"}, "sources": {"sources"}, "at": {"institutions"}, "court": {"institutions"}, "part_of": {"institutions"}, "proceeding": {"proceedings"},
	"appeal_of": {"proceedings"}, "after": {"events"}, "event": {"events"}, "of": {"events", "questions"}}

// many is a value that holds others, a line for each.
func (k naming) many(path string, raw json.RawMessage) string {
	changes, err := draft.Changes(nil, raw)
	if err != nil || len(changes) == 0 || len(changes) == 1 && changes[0].Path == "" {
		return string(raw) // a number
	}
	part, _ := cutPart(path + "x")
	var lines []string
	for _, c := range changes {
		lines = append(lines, k.p.T("desk.review.named", "Part", k.field(part, c.Path), "Name", k.value(part+"."+c.Path, c.New).text))
	}
	return strings.Join(lines, "\n")
}
