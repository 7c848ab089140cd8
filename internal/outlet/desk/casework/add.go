package casework

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
)

// free is a word as an id that nothing has yet.
func free(word string, taken map[string]bool) string {
	const most = 56 // leaves room for a number: an id has 60 characters at most
	if len(word) > most {
		word = strings.Trim(word[:most], "-")
	}
	id := word
	for n := 2; taken[id]; n++ {
		id = word + "-" + strconv.Itoa(n)
	}
	return id
}

// taken are the ids that something has: in the file, on the page once, or taken out of it.
func taken(f *casefile.File, told map[string]bool) map[string]bool {
	ids := map[string]bool{string(casefile.KeptBack): true}
	for id := range told {
		ids[id] = true
	}
	for _, e := range f.Events {
		ids[e.ID] = true
		for _, k := range e.Claims {
			ids[k.ID] = true
		}
	}
	for _, q := range f.Questions {
		ids[q.ID] = true
		for _, k := range q.Answers {
			ids[k.ID] = true
		}
	}
	for _, r := range f.Redactions {
		ids[r.Event] = true
	}
	for _, s := range f.Sources {
		ids[string(s.ID)] = true
	}
	for _, i := range f.Institutions {
		ids[string(i.ID)] = true
	}
	for _, i := range f.Proceedings {
		ids[string(i.ID)] = true
	}
	return ids
}

// shortWords are the words of a text as an id may have them; the fallback where it has none, such as in Arabic.
func shortWords(s, otherwise string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	if id := strings.Join(words[:min(len(words), 4)], "-"); id != "" {
		return id
	}
	return otherwise
}

// idOfFresh is the id of an item that is new.
func idOfFresh(v reflect.Value, taken map[string]bool) string {
	first := func(t casefile.Text) string { s, _ := t.In("en"); return s }
	switch x := v.Addr().Interface().(type) {
	case *casefile.Event:
		return idFor(x, taken)
	case *casefile.Source:
		word := shortWords(first(x.Publisher), "source")
		if day := x.Published.Date.From.String(); day != "" {
			word += "-" + day
		}
		return free(word, taken)
	case *casefile.Institution:
		return free(shortWords(first(x.Name), either(strings.ReplaceAll(string(x.Kind), "_", "-"), "place")), taken)
	case *casefile.Proceeding:
		return free(either(strings.ReplaceAll(string(x.Stage), "_", "-"), "proceeding"), taken)
	case *casefile.Question: // an address must tell no guess: nothing of what is asked is in it
		return free("question", taken)
	}
	return ""
}

func either(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// newSource is what the form of an event writes in place of a source that isn't there yet; its fields stand under "s".
const newSource = "_new"

// sourceSkip are the fields of a source for which its own page is the place.
var sourceSkip = []string{"id", "country", "archived", "sha256", "reliability", "interest", "visibility"}

// takeEvent reads an event and, where it is made in the same step, its source.
func takeEvent(form url.Values, v reflect.Value, c *letter.Campaign, ids map[string]bool) (wrongs []wrong) {
	e := v.Addr().Interface().(*casefile.Event)
	var s casefile.Source
	chosen := form.Get("f.source")
	read := url.Values{}
	for k, v := range form {
		read[k] = v
	}
	if chosen == newSource {
		read.Set("f.source", "")
	}
	wrongs = append(take(read, "f", v, "id"), take(read, "s", reflect.ValueOf(&s).Elem(), sourceSkip...)...)
	said := s.URL != "" || len(s.Publisher) > 0 || len(s.Title) > 0
	switch {
	case len(wrongs) > 0:
	case chosen == newSource && !said:
		wrongs = append(wrongs, wrong{name: "f.source", key: "no_source"})
	case chosen != "" && chosen != newSource && said:
		wrongs = append(wrongs, wrong{name: "f.source", key: "two_sources"})
	case said:
		if s.Published.IsZero() {
			s.Published.Date = casefile.Span{How: casefile.Unknown}
		}
		s.ID = casefile.SourceID(idOfFresh(reflect.ValueOf(&s).Elem(), ids))
		if same := slices.IndexFunc(c.Sources, func(o casefile.Source) bool { return s.URL != "" && o.URL == s.URL }); same >= 0 {
			s.ID = c.Sources[same].ID // it is there already
		} else {
			c.Sources = append(c.Sources, s)
			ids[string(s.ID)] = true
		}
		if len(e.Evidence) > 0 {
			e.Evidence = append(e.Evidence, casefile.Evidence{Source: s.ID})
		} else {
			e.Source = s.ID
		}
	}
	return wrongs
}

// add takes something that happened from the box on the first page.
func (o *room) add(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	before, err := o.based(r, a, base(r.PostForm))
	if err != nil {
		return err
	}
	c := fork(before)
	told, err := o.Told(r.Context(), a.slug)
	if err != nil {
		return err
	}
	b := &box{part: eventPart(), item: fresh, at: len(c.Events), form: r.PostForm, base: base(r.PostForm)}
	if again(r.PostForm) {
		return o.first(w, r, a, b, fault.Internal)
	}
	c.Events = append(c.Events, casefile.Event{})
	e := &c.Events[b.at]
	ids := taken(&c.File, told)
	b.wrongs = takeEvent(r.PostForm, reflect.ValueOf(e).Elem(), c, ids)
	if len(b.wrongs) == 0 && len(e.What) == 0 && e.When.IsZero() {
		b.wrongs = append(b.wrongs, wrong{name: "f.what", key: "what"})
	}
	if len(b.wrongs) == 0 && e.Kind == "" && !previewed(r.PostForm) {
		b.wrongs = append(b.wrongs, wrong{name: "f.kind", key: "kind"})
	}
	if len(b.wrongs) == 0 && unsorted(c, len(before.Sources)) && !previewed(r.PostForm) {
		b.wrongs = append(b.wrongs, wrong{name: "s.kind", key: "source_kind"})
	}
	e.ID = idFor(e, ids)
	if len(b.wrongs) > 0 {
		return o.first(w, r, a, b, fault.Invalid)
	}
	if b.broken = b.unreadable(c); len(b.broken) > 0 {
		return o.first(w, r, a, b, fault.Invalid)
	}
	if previewed(r.PostForm) {
		b.look(a, &before.File, c)
		return o.first(w, r, a, b, fault.Internal)
	}
	return o.keep(w, r, a, b.base, c, a.path())
}

// unsorted tells whether a source that is new, after the first so many, does not say what sort it is. None is supposed: whether a court says a thing, or a newspaper, is what
// readers judge it by.
func unsorted(c *letter.Campaign, from int) bool {
	return slices.ContainsFunc(c.Sources[min(from, len(c.Sources)):], func(s casefile.Source) bool { return s.Kind == "" })
}

func eventPart() part {
	p, err := partNamed("events")
	if err != nil {
		panic(err) // it is in the list
	}
	return p
}

// previewed tells a form that only wants to see what it comes to; again one that wants another row, or one row less.
func previewed(form url.Values) bool { return form.Has("preview") }

func again(form url.Values) bool {
	if name := form.Get("grow"); name != "" {
		form.Del("grow")
		grow(form, name)
		return true
	}
	if row := form.Get("shrink"); row != "" {
		form.Del("shrink")
		if i := strings.LastIndexByte(row, '.'); i > 0 {
			if n, err := strconv.Atoi(row[i+1:]); err == nil {
				shrink(form, row[:i], n)
			}
		}
		return true
	}
	return false
}
