package desk

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// Cookie is the one cookie of the whole installation.
const Cookie = "outcry-desk"

// Root is the path under which the desk is, and its cookie goes.
const Root = "/desk"

// Config is what a desk is made of.
type Config struct {
	Book    *organiser.Book
	Catalog *lang.Catalog
	URL     string // of the desk's site, without a slash at the end
	// Tongue is the language of a request from somebody who has no session.
	Tongue func(r *http.Request) lang.Tag
	// At tells whether passkeys work at a host; nil: nowhere.
	At func(host string) bool
}

// Desk serves the organisers' pages. Safe for any goroutine once its routes are hung.
type Desk struct {
	Config
	mux    *web.Mux
	routes []Route
	menu   []Item // of features
	shelf  []Item // behind "More"

	carry    map[organiser.Act]Carry
	wording  map[organiser.Act]Wording
	asked    []Asked
	called   Called
	openings []Opening
	uploads  map[string]bool // patterns whose forms may hold a file
	leads    map[*fault.Error]Item
	tries    tries
	forms    Hourly // that a session sent
}

// Route is a page of the desk, for the test that tries each as everybody.
type Route struct {
	Pattern string
	Act     organiser.Act // empty: a door
}

// Item is a page in the desk's menu: for whom may do the act.
type Item struct {
	Key  string // of the catalogue
	Path string
	Act  organiser.Act
}

// Visit is a request of somebody who has signed in and may do what they ask for.
type Visit struct {
	organiser.Session
	P *lang.Printer
}

// Handler answers a visit.
type Handler func(w http.ResponseWriter, r *http.Request, v *Visit) error

// New makes a desk that hangs its pages into mux.
func New(c Config, mux *web.Mux) *Desk {
	d := &Desk{Config: c, mux: mux, carry: map[organiser.Act]Carry{}, wording: map[organiser.Act]Wording{}, uploads: map[string]bool{}, leads: map[*fault.Error]Item{}, tries: tries{next: map[string]try{}}}
	d.menu = []Item{{Key: "desk.start.title", Path: Root + "/", Act: organiser.Look}}
	d.shelf = []Item{
		{Key: "desk.people.title", Path: Root + "/people", Act: organiser.Look},
		{Key: "desk.proposals.title", Path: Root + "/proposals", Act: organiser.Look},
		{Key: "desk.trail.title", Path: Root + "/trail", Act: organiser.ReadTrail},
		{Key: "desk.sessions.title", Path: Root + "/sessions", Act: organiser.Look},
		{Key: "desk.ways.title", Path: Root + "/ways", Act: organiser.Own},
	}
	d.Today(d.own)
	d.doors()
	d.pages()
	return d
}

// Menu adds a feature's pages to the menu, behind the start: what people come for. A menu of more than five is read by nobody; see [Desk.Shelf].
func (d *Desk) Menu(items ...Item) { d.menu = append(d.menu, items...) }

// Shelf adds pages that are wanted now and then: they stand folded under "More".
func (d *Desk) Shelf(items ...Item) { d.shelf = append(d.shelf, items...) }

// Routes are all pages that hang here.
func (d *Desk) Routes() []Route { return append([]Route(nil), d.routes...) }

// Require hangs in a page for whoever may do an act. Nobody is sent to sign in; who has not proven lately who they are is asked to, where the act needs it. A {case} in
// the pattern has to be the committee's own: any other is not there.
func (d *Desk) Require(act organiser.Act, pattern string, h Handler) {
	d.hang(pattern, act, func(w http.ResponseWriter, r *http.Request) error {
		s, err := d.session(r)
		if organiser.IsNobody(err) {
			if r.Header.Get(requested) != "" {
				w.WriteHeader(http.StatusUnauthorized)
				return nil
			}
			leave(w, r)
			return to(w, r, d.doorTo(r))
		}
		if err != nil {
			return err
		}
		if r.Method == http.MethodPost && r.Header.Get(requested) == askedFirst {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		v, err := d.visit(r, s)
		if err != nil {
			return err
		}
		switch {
		case !organiser.May(s.Role, act):
			if err := d.Book.Noted(r.Context(), s, act, "refused"); err != nil {
				return err
			}
			return d.refuse(w, r, v, errRole)
		case organiser.Steps(act) && !s.Fresh: // whoever found an open desk, or took its cookie, leaves a line that the others read
			if err := d.Book.Noted(r.Context(), s, act, "unproven"); err != nil {
				return err
			}
			return to(w, r, Root+"/prove?"+url.Values{"back": {d.page(r)}}.Encode())
		}
		if r.Method == http.MethodPost && act != organiser.Lock && act != organiser.Leave && !d.forms.Take(s.ID, formsMost, d.Book.Now()) {
			return d.refuse(w, r, v, errForms)
		}
		if slug := r.PathValue("case"); slug != "" {
			holds, err := d.Book.Holds(r.Context(), s.Committee, slug)
			if err != nil {
				return err
			}
			if !holds { // one answer, whether it is another committee's or nobody's; who asked for it is told to their own
				if err := d.Book.Noted(r.Context(), s, act, "absent"); err != nil {
					return err
				}
				return d.refuse(w, r, v, errAbsent)
			}
		}
		if r.Method == http.MethodPost && !(d.uploads[pattern] && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")) {
			if _, err := web.LongForm(w, r); err != nil {
				return d.answer(w, r, v, err)
			}
		}
		if r.Method != http.MethodPost {
			if err := d.Book.Noted(r.Context(), s, act, r.PathValue("case")); err != nil {
				return err
			}
		}
		return d.answer(w, r, v, h(w, r, v))
	})
}

// What desk.js says of itself. It asks, before it lets a form go, whether its sender is still signed in: else what was typed would be gone.
const (
	requested  = "X-Requested-With"
	askedFirst = "ask"
)

// formsMost is how many forms one session sends within an hour, so that whoever took a cookie fills no disk and slows no page; its owner signs in anew. It is more than anybody
// comes to whose pages save by themselves: those ask once a second at the most, while somebody types.
const formsMost = 6000

// doorTo is where a request of nobody goes on: to sign in, and from there back. Whoever sent a form is told that it was not taken.
func (d *Desk) doorTo(r *http.Request) string {
	q := url.Values{"back": {d.page(r)}}
	if r.Method == http.MethodPost {
		q.Set("sent", "1")
	}
	return Root + "/in?" + q.Encode()
}

// Uploads says of a page, before it is hung in, that its form may hold a file: it reads that by [web.Upload]. To every other one a form is urlencoded.
func (d *Desk) Uploads(pattern string) { d.uploads[pattern] = true }

// Leads says to which page of a case, below its own, somebody goes on to who is told of a fault there.
func (d *Desk) Leads(f *fault.Error, below, key string) { d.leads[f] = Item{Key: key, Path: below} }

// door hangs in a page for who has no session.
func (d *Desk) door(pattern string, h web.Handler) { d.hang(pattern, "", h) }

func (d *Desk) hang(pattern string, act organiser.Act, h web.Handler) {
	_, path, _ := strings.Cut(pattern, " ")
	if path != Root+"/{$}" && !strings.HasPrefix(path, Root+"/") {
		panic("desk: " + pattern + " is not of the desk: its cookie would not come")
	}
	d.routes = append(d.routes, Route{pattern, act})
	hang := d.mux.Handle
	switch {
	case act != "": // read in Require, of who has signed in
		hang = d.mux.Long
	case path == Root+"/in" || strings.HasPrefix(path, organiser.JoinPath): // a pseudonym of 100 KB comes back to be mended
		hang = d.mux.Roomy
	}
	hang(pattern, func(w http.ResponseWriter, r *http.Request) error {
		web.AddressHoldsSecret(w)
		if !utf8.ValidString(r.URL.Path) || strings.IndexByte(r.URL.Path, 0) >= 0 { // it names nothing, and an engine may refuse to be asked for it
			return errAbsent
		}
		return h(w, r)
	})
}

var (
	errAbsent = fault.New(fault.NotFound, "fault.not_found")
	errRole   = fault.New(fault.Refused, "fault.desk.role")
	errForm   = fault.New(fault.Invalid, "fault.desk.form")
	errForms  = fault.New(fault.TooMany, "fault.desk.pulse")
)

// session is who a request's cookie stands for.
func (d *Desk) session(r *http.Request) (s organiser.Session, err error) {
	return d.Book.Session(r.Context(), held(r))
}

// held is the token in a request's cookie; no token is nobody's.
func held(r *http.Request) organiser.Token {
	list := r.CookiesNamed(Cookie)
	if len(list) != 1 { // of two, one was planted by a neighbour of our host: the browser does not say which
		return organiser.Token{}
	}
	t, ok := organiser.ParseToken(list[0].Value)
	if !ok {
		return organiser.Token{}
	}
	return t
}

// visit is a session with the language it is to be spoken to in; ?lang=… changes that.
func (d *Desk) visit(r *http.Request, s organiser.Session) (*Visit, error) {
	if tag := lang.Tag(r.URL.Query().Get("lang")); tag != s.Lang && r.Method != http.MethodPost && d.Catalog.Has(tag) {
		s.Lang = tag
		if err := d.Book.Speak(r.Context(), s, tag); err != nil {
			return nil, err
		}
	}
	if !d.Catalog.Has(s.Lang) {
		s.Lang = d.Tongue(r)
	}
	return &Visit{Session: s, P: d.Catalog.Printer(s.Lang)}, nil
}

// page is the page of the desk that a request came from or asks for: where somebody goes back to, once they are who they have to be.
func (d *Desk) page(r *http.Request) string {
	for path := r.URL.Path; strings.HasPrefix(path, Root+"/"); path = path[:strings.LastIndexByte(path, '/')] {
		ask := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Host: r.Host}
		if _, pattern := d.mux.ServeMux.Handler(ask); strings.HasPrefix(pattern, "GET "+Root+"/") {
			return path
		}
	}
	return Root + "/"
}

// back is where a form or an address wants to go on: a page of the desk, and nowhere else.
func back(path string) string {
	u, err := url.Parse(path)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", u.Opaque != "", strings.ContainsAny(path, "\\\r\n"), strings.Contains(u.Path, "//"), strings.Contains(u.Path, ".."),
		!strings.HasPrefix(u.Path, Root+"/"), strings.HasPrefix(u.Path, organiser.JoinPath), u.Path == Root+"/in", u.Path == Root+"/prove", u.Path == Root+"/out":
		return Root + "/"
	}
	return u.EscapedPath()
}

// to sends the reader on to a page of ours.
func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// seat gives the browser a session's token.
func seat(w http.ResponseWriter, t organiser.Token) {
	http.SetCookie(w, &http.Cookie{Name: Cookie, Value: t.Text(), Path: Root, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
}

// leave takes it away from a browser that has one.
func leave(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(Cookie); err != nil {
		return
	}
	http.SetCookie(w, &http.Cookie{Name: Cookie, Path: Root, MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
}

// answer words what a page has refused to somebody who has signed in; what is ours to mend goes on to the site.
func (d *Desk) answer(w http.ResponseWriter, r *http.Request, v *Visit, err error) error {
	f := fault.Of(err)
	switch {
	case organiser.IsNobody(err):
		leave(w, r)
		return to(w, r, Root+"/in")
	case f == nil || f.Kind == fault.Internal || f.Kind == fault.Busy || f.Kind == fault.Locked:
		return err
	case f == organiser.ErrProve:
		return to(w, r, Root+"/prove?"+url.Values{"back": {d.page(r)}}.Encode())
	}
	return d.refuse(w, r, v, f)
}

func (d *Desk) refuse(w http.ResponseWriter, r *http.Request, v *Visit, f *fault.Error) error {
	p := v.P
	page := d.frame(r, v, p.T("fault.title."+strings.ReplaceAll(f.Kind.String(), " ", "_")))
	lead := d.leads[f]
	if slug := r.PathValue("case"); lead.Path != "" && slug != "" {
		lead.Path = Root + "/c/" + slug + lead.Path
	}
	return show(w, r, f, refusedPage(page, said(p, f), lead))
}

// said is a fault in words.
func said(p *lang.Printer, f *fault.Error) string {
	var args []any
	for k, v := range f.Args {
		args = append(args, k, v)
	}
	return p.T(f.Key, args...)
}

// problems are what a form is told that came back, and the fault that says with what status. What is no answer to a form is an error.
func problems(p *lang.Printer, err error) ([]ui.Problem, *fault.Error, error) {
	f := fault.Of(err)
	if err == nil {
		return nil, nil, nil
	}
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Busy || f.Kind == fault.Locked || f.Kind == fault.NotFound || f.Kind == fault.Gone || f == organiser.ErrProve || organiser.IsNobody(err) {
		return nil, nil, err
	}
	return []ui.Problem{{Field: f.Field, Text: said(p, f)}}, f, nil
}

// wrong is what stands beside a field.
func wrong(list []ui.Problem, field string) string {
	for _, p := range list {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// show answers with a page that nobody keeps.
func show(w http.ResponseWriter, r *http.Request, f *fault.Error, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if f != nil {
		web.WriteStatus(w, f)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Page is what the desk's layout says about one page.
type Page struct {
	P         *lang.Printer
	Title     string
	Problems  []ui.Problem
	Languages []ui.Language
	Menu      []Item
	Shelf     []Item
	At        string // path, for the menu
	Visit     *Visit // nil: nobody has signed in
	Passkeys  bool   // the page may ask one
	Scripted  bool   // a page of who has not signed in that has forms to write in

	about string            // the slug of the case that it is about
	named map[string]string // what cases are called, by their slugs, of a page that names objects
}

// Frame is a page of somebody who has signed in, for features: their own pages of the desk look like ours.
func (d *Desk) Frame(r *http.Request, v *Visit, title string) Page { return d.frame(r, v, title) }

// CaseFrame is Frame of a page about the case that the address names: [Kicker] leads from it to the case's own page, by the person's name.
func (d *Desk) CaseFrame(r *http.Request, v *Visit, title string) Page {
	page := d.frame(r, v, title)
	page.about = r.PathValue("case")
	page.named = map[string]string{page.about: d.NameOf(r.Context(), v, page.about)}
	return page
}

// Show answers with a page of the desk.
func (d *Desk) Show(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	return show(w, r, nil, c)
}

func (d *Desk) frame(r *http.Request, v *Visit, title string) Page {
	page := Page{P: v.P, Title: title, At: r.URL.Path, Visit: v}
	page.Menu, page.Shelf = v.may(d.menu), v.may(d.shelf)
	return d.spoken(r, page)
}

// may are those of the items whose pages somebody may open.
func (v *Visit) may(items []Item) (list []Item) {
	for _, i := range items {
		if organiser.May(v.Role, i.Act) {
			list = append(list, i)
		}
	}
	return list
}

// outside is a page of somebody who has not signed in.
func (d *Desk) outside(r *http.Request, p *lang.Printer, title string) Page {
	return d.spoken(r, Page{P: p, Title: title, At: r.URL.Path})
}

func (d *Desk) spoken(r *http.Request, page Page) Page {
	path := r.URL.EscapedPath() // a stranger may have written it
	if r.Method == http.MethodPost && page.Visit != nil {
		path = (&url.URL{Path: d.page(r)}).EscapedPath()
	}
	for _, tag := range d.Catalog.Tags() {
		page.Languages = append(page.Languages, ui.Language{Tag: tag, URL: path + "?lang=" + url.QueryEscape(string(tag))})
	}
	return page
}

func (page Page) current(path string) bool { return page.At == path }
