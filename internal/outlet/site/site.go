// Package site is the public shell: the front page, the page about a person composed of the features' panels, the pages that say
// what is kept and what is dangerous, the log's files, and the one place where a failure gets its words.
package site

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/dossier"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// Config is what the site is made of.
type Config struct {
	URL   string // public, without a slash at the end
	Home  lang.Tag
	Words *lang.Catalog
	Cases *casefile.Book
	DB    *db.DB
	Log   *translog.Log
	Cache *web.Cache
	Now   func() time.Time
	Sink  *mail.Sink // the demo's mailbox; nil on a real site

	// Locked tells whether the unlock secret is yet to be given; nil: it has been.
	Locked func() bool

	// Letters are the panels of the letters of a case, and where each can be read.
	Letters func(p *lang.Printer, caseSlug string) []Panel
	Logger  *slog.Logger

	// Designated is the list of organisations to which no page may link (R14), as it is now; nil: there is none.
	Designated func() *casefile.Registry

	// Loaded is told what the public may see whenever that has changed, before a page is made of it; nil: nobody is.
	Loaded func(shown []*casefile.File)
	// Front chooses whom the front page shows where there are more than so many, by their slugs.
	Front func(most int) []string

	Rehearsal string // a token: a dress rehearsal that has it is let in; empty is none
}

// Panel is a feature's piece of the page about a person.
type Panel struct {
	Title string
	URL   string // of what it is about
	Open  bool   // it can be signed now
	Body  templ.Component
}

// Site serves the public pages. Safe for any goroutine.
type Site struct {
	Config
	mux *web.Mux

	mu       sync.RWMutex
	cases    map[string]*casefile.File // what the public may see
	gone     map[string]bool           // public by its file, and taken out
	order    []*casefile.File
	revision int64
	day      casefile.Date // on which that was so
}

// Mailbox is where the demo's mails can be read.
const Mailbox = "/demo/mail"

// frontTopic is the cache's topic of pages that are about no single case.
const frontTopic = ""

// New makes the site; Reload must be called before it serves.
func New(c Config) *Site {
	s := &Site{Config: c}
	s.mux = &web.Mux{ServeMux: http.NewServeMux(), Fail: s.fail, Log: c.Logger}
	return s
}

// Mux is where features register their pages.
func (s *Site) Mux() *web.Mux { return s.mux }

// Handler is the whole site behind its shield.
func (s *Site) Handler() (http.Handler, error) {
	s.routes()
	return web.Shield(s.mux)
}

func (s *Site) routes() {
	s.mux.Handle("GET /{$}", s.front)
	for _, tag := range s.Words.Tags() {
		at := "GET /" + string(tag)
		s.mux.Handle(at+"/{$}", s.home(tag))
		s.mux.Handle(at+"/advice", s.standing(tag, "advice", advicePage))
		s.mux.Handle(at+"/privacy", s.standing(tag, "what", s.keptPage))
		s.mux.Handle(at+"/recount", s.standing(tag, "recount", s.recountPage))
		s.mux.Handle(at, func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, "/"+string(tag)+"/", http.StatusPermanentRedirect)
			return nil
		})
	}
	s.mux.Handle("GET /log/checkpoint", s.checkpoint)
	s.mux.Handle("GET /log/newest", s.newest)
	s.mux.Handle("GET /log/key", s.key)
	s.mux.Handle("GET /log/tile/{path...}", s.tile)
	s.mux.Handle("GET /healthz", s.health)
	s.mux.Handle("GET "+RehearsalPath, s.rehearsal)
	s.mux.Handle("GET /robots.txt", robots)
	s.assets()
	if s.Sink != nil {
		s.mux.Handle("GET "+Mailbox, s.mailbox)
		s.mux.Handle("GET "+Mailbox+"/{id}", s.message)
	}
}

// Reload reads the cases again if one has changed, and tells whether it had.
func (s *Site) Reload(ctx context.Context) (changed bool, err error) {
	revision, err := s.Cases.Revision(ctx)
	if err != nil {
		return false, err
	}
	s.mu.RLock()
	today := s.Cases.Today() // a consent can end with a day
	same := s.cases != nil && revision == s.revision && today == s.day
	s.mu.RUnlock()
	if same {
		return false, nil
	}
	order, err := s.Cases.Public(ctx)
	if err != nil {
		return false, err
	}
	all, err := s.Cases.All(ctx)
	if err != nil {
		return false, err
	}
	cases, gone := map[string]*casefile.File{}, map[string]bool{}
	for _, f := range order {
		cases[f.Case.Slug] = f
	}
	for _, f := range all {
		if slug := f.Case.Slug; f.Case.Publication.Level == casefile.Public && cases[slug] == nil {
			gone[slug] = true
		}
	}
	s.mu.Lock()
	old := s.cases
	s.cases, s.gone, s.order, s.revision, s.day = cases, gone, order, revision, today
	s.mu.Unlock()
	if s.Loaded != nil {
		s.Loaded(order)
	}
	for slug := range old {
		s.Cache.Drop(slug)
	}
	s.Afresh()
	return true, nil
}

// Afresh has every page made anew when it is next asked for.
func (s *Site) Afresh() {
	s.Cache.Drop(frontTopic)
	for _, f := range s.shown() {
		s.Cache.Drop(f.Case.Slug)
	}
}

// Case finds what the public may see of a case. One that was withheld, or stopped by those who bind the campaign, is Gone; any other that is not shown is not there.
func (s *Site) Case(slug string) (*casefile.File, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if f := s.cases[slug]; f != nil {
		return f, nil
	}
	if s.gone[slug] {
		return nil, fault.New(fault.Gone, "case.withheld")
	}
	return nil, fault.New(fault.NotFound, "fault.not_found")
}

func (s *Site) shown() []*casefile.File {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.order
}

// Frame completes a page with what stands on every page, and with a case's banner if it is about one.
func (s *Site) Frame(page ui.Page, about *casefile.File) ui.Page {
	tag := page.P.Tag()
	page.Site, page.Home = page.P.T("home.title"), "/"+string(tag)+"/"
	page.Footer = ui.Footer{Keep: page.Home + "privacy", Advice: page.Home + "advice", Recount: page.Home + "recount"}
	all := s.shown()
	if len(all) > 1 {
		page.Footer.People = page.Home + "people"
	}
	if about == nil {
		if len(all) == 1 { // a site of one campaign speaks in its name everywhere
			about = all[0]
		}
	}
	if about == nil {
		return page
	}
	order := about.Campaign.Languages
	page.Footer.RunBy, _ = about.Campaign.RunBy.In(tag, order...)
	page.Footer.Contact = about.Campaign.Contact
	if strings.Contains(page.Footer.Contact, "@") && !strings.ContainsAny(page.Footer.Contact, " :/") {
		page.Footer.ContactURL = "mailto:" + page.Footer.Contact
	}
	if s.Designated != nil && len(s.Designated().Flagged(page.Footer.Contact, s.today())) > 0 {
		page.Footer.ContactURL = "" // it stays as text
	}
	page.Rehearsal = about.Campaign.Rehearsal
	page.Banner.Text, page.Banner.Lang = about.Campaign.Banner.In(tag, order...)
	return page
}

// View is what the case's panels are made of today.
func (s *Site) View(f *casefile.File) dossier.View {
	return dossier.View{File: f, Today: s.today()}
}

// today is the day that pages are looked at on (UTC).
func (s *Site) today() casefile.Date {
	y, m, d := s.Now().UTC().Date()
	return casefile.Date{Year: y, Month: int(m), Day: d}
}

// Tongue is the language of a request: its path's, its query's, its form's if it has been read, its browser's, the site's.
func (s *Site) Tongue(r *http.Request) lang.Tag {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for _, tag := range []string{first, r.URL.Query().Get("lang"), r.PostForm.Get("lang")} {
		if s.Words.Has(lang.Tag(tag)) {
			return lang.Tag(tag)
		}
	}
	return s.Words.Match(r.Header.Get("Accept-Language"), s.Home)
}
