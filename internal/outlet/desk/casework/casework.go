package casework

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// Config is what the pages need.
type Config struct {
	Drafts *draft.Book
	// Applied is what the installation tells of a case now, as letter.WriteDraft writes it; nil: nothing.
	Applied func(ctx context.Context, slug string) ([]byte, error)
	// Told are the ids of the events that stand, or stood, on the public page of a case: their addresses are for life.
	Told  func(ctx context.Context, slug string) (map[string]bool, error)
	Today func() casefile.Date
}

// room is the pages.
type room struct {
	Config
	d *desk.Desk
}

// Hang hangs the pages into a desk.
func Hang(d *desk.Desk, c Config) {
	o := &room{c, d}
	const root = desk.Root + "/c/{case}/case"
	for pattern, h := range map[string]desk.Handler{
		"GET " + root:                         o.overview,
		"POST " + root:                        o.add,
		"POST " + root + "/undo":              o.undo,
		"POST " + root + "/settle":            o.settle,
		"GET " + root + "/{part}":             o.part,
		"POST " + root + "/{part}":            o.write,
		"GET " + root + "/{part}/{item}":      o.item,
		"POST " + root + "/{part}/{item}":     o.write,
		"GET " + root + "/{part}/{item}/out":  o.out,
		"POST " + root + "/{part}/{item}/out": o.takeOut,
	} {
		d.Require(organiser.Edit, pattern, h)
	}
}

var (
	errAbsent = fault.New(fault.NotFound, "fault.not_found")
	errMoved  = fault.New(fault.Conflict, "fault.casework.moved")
)

// at is a case whose draft somebody works on.
type at struct {
	p     *lang.Printer
	v     *desk.Visit
	slug  string
	draft draft.Draft
	c     *letter.Campaign
}

// open is the newest draft of the case in a request's path. A page that is only looked at brings in what was applied elsewhere; a form is taken as the draft stands.
func (o *room) open(r *http.Request, v *desk.Visit) (a *at, err error) {
	a = &at{p: v.P, v: v, slug: r.PathValue("case")}
	if r.Method == http.MethodPost {
		a.draft, err = o.Drafts.Draft(r.Context(), a.slug)
	}
	if f := fault.Of(err); r.Method != http.MethodPost || f != nil && f.Kind == fault.NotFound {
		applied, err := o.Applied(r.Context(), a.slug)
		if err != nil {
			return nil, err
		}
		if a.draft, err = o.Drafts.Open(r.Context(), a.slug, applied); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	a.c, err = letter.ReadDraft(a.draft.Doc)
	return a, err
}

// based is the case as a form was filled in from, to be changed. One that is kept no more, is damaged, or was none, is the newest: saving it keeps it apart.
func (o *room) based(r *http.Request, a *at, base int) (*letter.Campaign, error) {
	if base != a.draft.Revision {
		switch rev, err := o.Drafts.At(r.Context(), a.slug, base); {
		case err == nil:
			return letter.ReadDraft(rev.Doc)
		case !fault.Is(err, fault.NotFound) && !errors.Is(err, draft.ErrDamaged):
			return nil, err
		}
	}
	return fork(a.c), nil
}

// fork is a campaign whose lists are its own; what stands in them is shared until it is replaced, and nothing here changes it in place.
func fork(c *letter.Campaign) *letter.Campaign {
	out := *c
	whole := reflect.ValueOf(&out.File).Elem()
	for _, m := range members(whole.Type()) {
		if f := whole.Field(m.at); f.Kind() == reflect.Slice && f.Len() > 0 {
			f.Set(reflect.AppendSlice(reflect.MakeSlice(f.Type(), 0, f.Len()+1), f))
		}
	}
	return &out
}

// base is the revision that a form says it was filled in from.
func base(form url.Values) int {
	n, err := strconv.Atoi(form.Get("base"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (a *at) path(parts ...string) string {
	path := desk.Root + "/c/" + a.slug + "/case"
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// name is how the person is called.
func (a *at) name() string {
	name, _ := a.c.Name(a.p.Tag())
	if name == "" {
		return a.slug
	}
	return name
}

// autosaved tells a form that the script sent by itself.
func autosaved(r *http.Request) bool { return r.Header.Get("X-Requested-With") == "autosave" }

// show answers with a page; 422 where something in its form can't be read, 409 where somebody else wrote the same.
func (o *room) show(w http.ResponseWriter, r *http.Request, status fault.Kind, page templ.Component) error {
	if status != fault.Internal && r.Header.Get("X-Requested-With") != "preview" { // the script asks while somebody types: half a date is no failure
		var b strings.Builder
		if err := page.Render(r.Context(), &b); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(web.Status(status))
		_, err := w.Write([]byte(b.String()))
		return err
	}
	return o.d.Show(w, r, page)
}

// keep saves a campaign that was made from a base. done is where to go then: the page says there what was saved, and how to undo it.
func (o *room) keep(w http.ResponseWriter, r *http.Request, a *at, base int, c *letter.Campaign, done string) error {
	saved, err := o.Drafts.Save(r.Context(), a.slug, base, letter.WriteDraft(c), string(a.v.Role))
	if err != nil {
		return err
	}
	switch {
	case autosaved(r) && saved.Aside == 0:
		w.Header().Set("ETag", `"`+strconv.Itoa(saved.Base)+`"`)
		w.WriteHeader(http.StatusNoContent)
		return nil
	case autosaved(r):
		w.Header().Set("ETag", `"`+strconv.Itoa(saved.Base)+`"`)
		w.WriteHeader(http.StatusConflict)
		return nil
	case saved.Aside != 0:
		return o.conflict(w, r, a, saved)
	}
	query := url.Values{"saved": {strconv.Itoa(saved.Draft.Revision)}}
	if saved.Draft.Revision == a.draft.Revision {
		query = url.Values{"saved": {"0"}} // it says nothing new
	}
	return to(w, r, done+"?"+query.Encode())
}

// notice is what a page says first, after something was saved.
type notice struct {
	saved, nothing, undone bool
	undo                   int // the revision to go back to; 0: there is nothing to undo
	now                    int
}

// noticed is what was just saved, as the address of the page says. It can be undone while nobody has saved anything since.
func (o *room) noticed(r *http.Request, a *at) (n notice, err error) {
	q := r.URL.Query()
	if n.undone = q.Has("undone"); n.undone || !q.Has("saved") {
		return n, nil
	}
	n.now, _ = strconv.Atoi(q.Get("saved"))
	n.nothing, n.saved = n.now == 0, n.now > 0
	if n.now != a.draft.Revision {
		return n, nil
	}
	n.undo, err = o.before(r.Context(), a.slug, n.now)
	return n, err
}

// before is the revision that a draft said ahead of another; 0 if there is none.
func (o *room) before(ctx context.Context, slug string, n int) (int, error) {
	list, err := o.Drafts.History(ctx, slug)
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		if r.N < n && !r.Aside {
			return r.N, nil
		}
	}
	return 0, nil
}

// undo takes the last save back, unless somebody has saved since.
func (o *room) undo(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	now, err := strconv.Atoi(r.PostForm.Get("now"))
	if err != nil || now != a.draft.Revision {
		return errMoved
	}
	n, err := o.before(r.Context(), a.slug, now)
	if err != nil {
		return err
	}
	if n == 0 {
		return errMoved
	}
	if _, err := o.Drafts.Restore(r.Context(), a.slug, n, string(v.Role)); err != nil {
		return err
	}
	return to(w, r, a.path()+"?undone")
}

// part is a part of the model: one thing, or a list of them.
type part struct {
	word string
	at   int
	of   reflect.Type // of one
	list bool
	id   bool // each has an id, which names it for life
}

// parts are those that are written here, in the order of the page. The events stand first on it.
var parts = partsOf("person", "case", "sources", "institutions", "proceedings", "positions", "questions", "recognitions", "portfolio", "corrections", "redactions", "withheld", "events")

func partsOf(order ...string) (list []part) {
	whole := reflect.TypeFor[casefile.File]()
	for _, word := range order {
		for _, m := range members(whole) {
			if m.word != word {
				continue
			}
			p := part{word: word, at: m.at, of: whole.Field(m.at).Type}
			if kindOf(p.of) == listKind {
				p.list, p.of = true, p.of.Elem()
				for _, f := range members(p.of) {
					p.id = p.id || f.word == "id"
				}
			}
			list = append(list, p)
		}
	}
	return list
}

func partNamed(word string) (part, error) {
	for _, p := range parts {
		if p.word == word {
			return p, nil
		}
	}
	return part{}, errAbsent
}

// in is the part of a file.
func (p part) in(f *casefile.File) reflect.Value { return reflect.ValueOf(f).Elem().Field(p.at) }

// fresh is the name of an item that is not there yet; no id looks like it, nor like a place in a list.
const fresh = "_new"

// find is the place of an item in its list, by its id or, where it has none, by "_" and its number; len for a fresh one.
func (p part) find(f *casefile.File, item string) (int, error) {
	list := p.in(f)
	if item == fresh {
		return list.Len(), nil
	}
	if rest, ok := strings.CutPrefix(item, "_"); ok {
		if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= list.Len() && rest == strconv.Itoa(n) && (!p.id || idOf(list.Index(n-1)) == "") {
			return n - 1, nil
		}
		return 0, errAbsent
	}
	for i := 0; p.id && i < list.Len(); i++ {
		if idOf(list.Index(i)) == item {
			return i, nil
		}
	}
	return 0, errAbsent
}

// called is the name of an item in an address.
func (p part) called(list reflect.Value, i int) string {
	if p.id {
		if id := idOf(list.Index(i)); id != "" {
			return id
		}
	}
	return "_" + strconv.Itoa(i+1)
}

// idOf is the id of a struct that has one.
func idOf(v reflect.Value) string {
	for _, m := range members(v.Type()) {
		if m.word == "id" {
			return v.Field(m.at).String()
		}
	}
	return ""
}

func setID(v reflect.Value, id string) {
	for _, m := range members(v.Type()) {
		if m.word == "id" {
			v.Field(m.at).SetString(id)
		}
	}
}

// skip are the fields that no form has: what is for life.
func (p part) skip() []string {
	switch p.word {
	case "case":
		return []string{"slug"}
	case "person": // the photograph has a page of its own
		return []string{"photo"}
	}
	return []string{"id"}
}

// problems are those of a draft that lie under a path.
func problems(all casefile.Problems, path string) (list casefile.Problems) {
	for _, p := range all {
		if rest, ok := strings.CutPrefix(p.Path, path); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			list = append(list, p)
		}
	}
	return list
}

// named is the path of a problem below another as the form's fields are named: evidence[0].source is f.evidence.0.source.
func named(path, under string) string {
	rest := strings.TrimPrefix(path, under)
	return "f" + strings.NewReplacer("[", ".", "]", "").Replace(rest)
}

// said is a broken rule in the reader's language.
func said(p *lang.Printer, q casefile.Problem) remark { return remark{text: q.Words(p)} }

// broken is a place in a form that can't be read, in words.
func (w wrong) words(p *lang.Printer) remark {
	return remark{text: p.T("desk.casework.bad."+w.key, w.args...)}
}

// summary is a line of the list over a form.
func summary(p *lang.Printer, f *field, at string, r remark) ui.Problem {
	label := f.label
	if in := f.find(at); in != nil && in.label != "" {
		label = in.label
	}
	return ui.Problem{Field: at, Text: p.T("desk.casework.at", "Label", label, "Problem", r.text)}
}

// unreadable are the places where what was typed can't be read back, as paths of the box: the last fence before a draft, in case the form let something through.
func (b *box) unreadable(c *letter.Campaign) (list casefile.Problems) {
	alone := &letter.Campaign{}
	alone.Campaign.Slug = "alone" // of nothing at all there is no document
	to, from := b.part.in(&alone.File), b.part.in(&c.File)
	path := b.part.word
	if to.Set(from); b.part.list {
		to.Set(from.Slice(b.at, b.at+1))
		path += "[0]"
	}
	if b.part.word == "events" { // one of them may be new
		alone.Sources = c.Sources
	}
	_, err := letter.ReadDraft(letter.WriteDraft(alone))
	if err != nil && !errors.As(err, &list) {
		return casefile.Problems{{Path: b.path(), Say: "this can't be read back"}}
	}
	for i := range list {
		if rest, ok := strings.CutPrefix(list[i].Path, path); ok {
			list[i].Path = b.path() + rest
		}
	}
	return list
}

// to sends the reader on.
func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// partWords is what a part is called: as the page on changes calls it, where it does.
func partWords(p *lang.Printer, word string) string {
	if key := "case.section." + word; p.Has(key) {
		return p.T(key)
	}
	return p.T("desk.casework.part." + word)
}
