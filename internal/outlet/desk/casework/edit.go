package casework

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// box is a form for one item, as it came or as it goes out.
type box struct {
	part part
	item string // in the address
	at   int    // in its list
	base int    // the revision that it was filled in from
	form url.Values

	wrongs    []wrong           // what can't be read
	broken    casefile.Problems // what can't be kept
	rules     casefile.Problems // of the item, what must be mended before it is published
	sources   []lackingSource   // of an event, what must be mended in those that it rests on
	elsewhere int               // how many rules are broken elsewhere
	follows   *follows          // nil: nobody asked
	words     string            // of an event that is there: what it is called

	root    *field
	source  *field    // of a new source, in an event's form
	top     []*field  // what stands in the open
	folded  []section // what unfolds
	summary []ui.Problem
}

// section is a part of a form that unfolds.
type section struct {
	label  string
	fields []*field
}

// open tells a section in which something is wrong, or to which a row was just added.
func (s section) open() bool {
	return slices.ContainsFunc(s.fields, func(f *field) bool { return f.faulty() || f.grown() })
}

// filled is how many of its fields hold something.
func (s section) filled() (n int) {
	for _, f := range s.fields {
		if f.filled() {
			n++
		}
	}
	return n
}

// open fields of an event's form are the three questions; the rest is folded by what it is about.
var (
	openFields = []string{"kind", "what", "when", "source"}
	folds      = []struct {
		name  string
		words []string
	}{
		{"who", []string{"by", "place", "country", "at", "authority", "org", "actor", "target", "asked_by"}},
		{"court", []string{"proceeding", "side", "charge", "requested", "verdict", "sentence", "release", "custody", "regime", "until"}},
		{"lists", []string{"designation", "register", "as_printed", "means", "erratum", "effects"}},
		{"numbers", []string{"count", "cities", "open_list", "outputs", "response", "amount", "took_hours", "collected"}},
		{"known", []string{"nature", "status", "evidence", "learnt_on", "after", "claims", "note"}},
		{"shown", []string{"visibility", "family"}},
		{"back", []string{"retracted"}},
	}
)

// path is where the item stands, as a casefile.Problem names it.
func (b *box) path() string {
	if b.part.list {
		return fmt.Sprintf("%s[%d]", b.part.word, b.at)
	}
	return b.part.word
}

// look finds what would follow from a campaign that this form made, and which rules it breaks.
func (b *box) look(a *at, before *casefile.File, c *letter.Campaign) {
	f := compare(a.p, before, &c.File)
	if b.part.word == "events" && b.at < len(c.Events) {
		if shown, ok := c.File.Public(nil); ok {
			f.hidden = shown.Event(c.Events[b.at].ID) == nil
		}
	}
	b.follows = &f
	b.check(c)
}

func (b *box) check(c *letter.Campaign) {
	all := c.Check()
	b.rules = problems(all, b.path())
	b.sources = nil
	if b.part.word == "events" && b.at < len(c.Events) {
		b.sources = lackingSources(&c.File, &c.Events[b.at], all)
	}
	b.elsewhere = len(all) - len(b.rules) - len(b.sources)
}

// lackingSource is a rule that a source breaks, told where something rests on it.
type lackingSource struct {
	name   string // of the field that names it
	under  string // of the field in the source's own form
	source *casefile.Source
	rule   casefile.Problem
}

// lackingSources are the rules that the sources of an event break, each once. An event is published with its source, or not at all.
func lackingSources(f *casefile.File, e *casefile.Event, all casefile.Problems) (list []lackingSource) {
	at := map[casefile.SourceID]string{}
	for i, v := range slices.Backward(e.Evidence) {
		at[v.Source] = fmt.Sprintf("f.evidence.%d.source", i)
	}
	at[e.Source] = "f.source"
	for i := range f.Sources {
		s := &f.Sources[i]
		if name := at[s.ID]; name != "" && s.ID != "" {
			path := fmt.Sprintf("sources[%d]", i)
			for _, q := range problems(all, path) {
				list = append(list, lackingSource{name, named(q.Path, path), s, q})
			}
		}
	}
	return list
}

// lay lays the form out.
func (b *box) lay(a *at) {
	l := &planner{p: a.p, file: &a.c.File, form: b.form}
	b.root = l.lay("f", b.part.word, nil, b.part.of, b.part.skip()...)
	b.root.label = partWords(a.p, b.part.word)
	if b.part.word == "events" {
		b.source = l.lay("s", "source", nil, reflect.TypeFor[casefile.Source](), sourceSkip...)
		b.source.label = a.p.T("desk.casework.new_source")
		if f := b.root.find("f.source"); f != nil {
			f.options = slices.Insert(f.options, 1, option{value: newSource, label: b.source.label})
			f.options = slices.CompactFunc(f.options, func(x, y option) bool { return x.value == y.value })
			f.options = unique(f.options)
		}
	}
	tell := func(name string, r remark) {
		in := b.root
		if b.source != nil && (name == "s" || strings.HasPrefix(name, "s.")) {
			in = b.source
		}
		at := in.mark(name, r)
		if at == "" {
			at = in.mark("f", r)
		}
		b.summary = append(b.summary, summary(a.p, in, at, r))
	}
	for _, w := range b.wrongs {
		tell(w.name, w.words(a.p))
	}
	for _, q := range b.broken {
		tell(named(q.Path, b.path()), said(a.p, q))
	}
	if len(b.wrongs)+len(b.broken) == 0 {
		for _, q := range b.rules {
			tell(named(q.Path, b.path()), said(a.p, q))
		}
		for _, s := range b.sources {
			if a.c.Source(s.source.ID) == nil { // it is made with this form
				tell("s"+strings.TrimPrefix(s.under, "f"), said(a.p, s.rule))
				continue
			}
			tell(s.name, remark{text: a.p.T("desk.casework.of_source", "Problem", s.rule.Words(a.p)), label: l.source(s.source), where: a.path("sources", string(s.source.ID))})
		}
	}
	b.fold(a.p)
}

func unique(list []option) (out []option) {
	for _, o := range list {
		if !slices.ContainsFunc(out, func(x option) bool { return x.value == o.value }) {
			out = append(out, o)
		}
	}
	return out
}

// fold divides the fields into those in the open and those that unfold.
func (b *box) fold(p *lang.Printer) {
	if b.part.word != "events" {
		b.top = b.root.inner
		if b.root.kind != groupKind {
			b.top = []*field{b.root}
		}
		return
	}
	for _, w := range openFields {
		b.top = append(b.top, b.root.find("f."+w))
	}
	for _, f := range folds {
		s := section{label: p.T("desk.casework.fold." + f.name)}
		for _, w := range f.words {
			s.fields = append(s.fields, b.root.find("f."+w))
		}
		b.folded = append(b.folded, s)
	}
}

// part is the page of a part: its form, or the list of what is in it.
func (o *room) part(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	p, err := partNamed(r.PathValue("part"))
	switch {
	case err != nil:
		return err
	case p.word == "events":
		return to(w, r, a.path())
	case p.list:
		return o.listed(w, r, a, p)
	}
	return o.edit(w, r, a, p, "")
}

// item is the page of one of a list.
func (o *room) item(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	p, err := partNamed(r.PathValue("part"))
	if err != nil || !p.list {
		return errAbsent
	}
	return o.edit(w, r, a, p, r.PathValue("item"))
}

// edit is the form of what is there, or of what is new.
func (o *room) edit(w http.ResponseWriter, r *http.Request, a *at, p part, item string) error {
	b := &box{part: p, item: item, base: a.draft.Revision, form: url.Values{}}
	value := p.in(&a.c.File)
	if p.list {
		i, err := p.find(&a.c.File, item)
		if err != nil {
			return err
		}
		b.at = i
		if item == fresh {
			value = reflect.Zero(p.of)
		} else {
			value = value.Index(i)
		}
	}
	switch {
	case p.word == "events" && item == fresh:
		b.form = begun(&a.c.File)
	case p.word == "events":
		put(b.form, "s", reflect.ValueOf(casefile.Source{}), sourceSkip...)
		fallthrough
	default:
		put(b.form, "f", value, p.skip()...)
	}
	if item != fresh {
		b.look(a, &a.c.File, a.c)
		b.follows.changes = nil
	}
	return o.editor(w, r, a, b, fault.Internal)
}

// write takes the form of an item.
func (o *room) write(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	p, err := partNamed(r.PathValue("part"))
	if err != nil || p.list != (r.PathValue("item") != "") {
		return errAbsent
	}
	b := &box{part: p, item: r.PathValue("item"), base: base(r.PostForm), form: r.PostForm}
	before, err := o.based(r, a, b.base)
	if err != nil {
		return err
	}
	c := fork(before)
	value := p.in(&c.File)
	if p.list {
		if b.at, err = p.find(&c.File, b.item); err != nil {
			return err // somebody took it out: the page says so, and the browser has what was typed
		}
		if b.item == fresh {
			value.Set(reflect.Append(value, reflect.Zero(p.of)))
		}
		value = value.Index(b.at)
	}
	if again(r.PostForm) {
		return o.editor(w, r, a, b, fault.Internal)
	}
	told, err := o.Told(r.Context(), a.slug)
	if err != nil {
		return err
	}
	ids := taken(&c.File, told)
	if p.word == "events" {
		if autosaved(r) { // a source is made once, by whoever presses the button
			r.PostForm = unsourced(r.PostForm, value)
		}
		b.wrongs = takeEvent(r.PostForm, value, c, ids)
	} else {
		b.wrongs = take(r.PostForm, "f", value, p.skip()...)
	}
	if p.list && len(b.wrongs) == 0 && empty(value) {
		b.wrongs = append(b.wrongs, wrong{name: "f", key: "empty"})
	}
	if b.part.id && idOf(value) == "" {
		setID(value, idOfFresh(value, ids))
	}
	if len(b.wrongs) == 0 {
		b.broken = b.unreadable(c)
	}
	switch {
	case len(b.wrongs)+len(b.broken) > 0:
		b.follows = &follows{broken: true}
		return o.editor(w, r, a, b, fault.Invalid)
	case previewed(r.PostForm):
		b.look(a, &before.File, c)
		return o.editor(w, r, a, b, fault.Internal)
	}
	b.check(c)
	done := a.path()
	switch {
	case p.list && len(b.rules)+len(b.sources) > 0:
		done = a.path(p.word, p.called(p.in(&c.File), b.at))
	case p.word != "events":
		done = a.path(p.word)
	}
	return o.keep(w, r, a, b.base, c, done)
}

// empty tells whether a value says nothing but its id.
func empty(v reflect.Value) bool {
	bare := reflect.New(v.Type()).Elem()
	bare.Set(v)
	if bare.Kind() == reflect.Struct {
		setID(bare, "")
	}
	return bare.IsZero()
}

// title of a page about one item.
func (b *box) title(p *lang.Printer) string {
	if b.words != "" {
		return b.words
	}
	part := partWords(p, b.part.word)
	switch {
	case b.item == fresh:
		return p.T("desk.casework.adding", "Part", part)
	case b.part.list:
		return p.T("desk.casework.row", "Label", part, "Number", p.Number(int64(b.at+1)))
	}
	return part
}

// editor answers with the form.
func (o *room) editor(w http.ResponseWriter, r *http.Request, a *at, b *box, status fault.Kind) error {
	if b.part.word == "events" && b.at < len(a.c.Events) && b.item != fresh {
		if e := a.c.Event(b.item); e != nil {
			b.words = a.p.T("dossier.dated", "What", a.p.T("case.kind."+string(e.Kind)), "Date", e.When.Words(a.p))
		}
	}
	b.lay(a)
	n, err := o.noticed(r, a)
	if err != nil {
		return err
	}
	page := o.d.Frame(r, a.v, b.title(a.p))
	if len(b.wrongs)+len(b.broken) > 0 {
		page.Problems = b.summary
	}
	return o.show(w, r, status, editorPage(page, a, b, n))
}

// action is where the form goes.
func (b *box) action(a *at) string {
	if b.part.list {
		return a.path(b.part.word, b.item)
	}
	return a.path(b.part.word)
}

// unsourced is an event's form without the source that is only being typed.
func unsourced(form url.Values, event reflect.Value) url.Values {
	out := url.Values{}
	for k, v := range form {
		if !strings.HasPrefix(k, "s.") {
			out[k] = v
		}
	}
	if out.Get("f.source") == newSource {
		out.Set("f.source", string(event.Addr().Interface().(*casefile.Event).Source))
	}
	return out
}

// moreFaulty tells that something is wrong, or stands open, in what is folded.
func (b *box) moreFaulty() bool { return slices.ContainsFunc(b.folded, section.open) }
