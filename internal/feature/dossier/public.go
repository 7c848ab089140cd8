package dossier

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/markup"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// Pages are the public pages about one person. What is around them is the site's: it hands it in. Safe for any goroutine.
type Pages struct {
	URL    string // public, without a slash at the end
	Origin string // of the installation's log: a name for life, of which the ids in feeds and calendars are made
	Words  *lang.Catalog
	Cache  *web.Cache
	Now    func() time.Time

	// Frame completes a page: the site's name, its footer and menu, the banner of the case.
	Frame func(page ui.Page, about *casefile.File) ui.Page
	// Case finds what the public may see of a case: a projection, never a file as it was applied.
	Case func(slug string) (*casefile.File, error)
	// Changes are those of a case's public page since a day; the zero Date is all of them.
	Changes func(ctx context.Context, slug string, since casefile.Date) ([]casefile.Changed, error)
	// Letters are the panels of a case's letters.
	Letters func(p *lang.Printer, caseSlug string) []templ.Component
	// Calls are the same letters as paper and feeds have them; nil: none.
	Calls func(p *lang.Printer, caseSlug string) []Call
	// Designated is the list of organisations to which no page may link (R14), as it is now; nil: there is none.
	Designated func() *casefile.Registry
	// Photo are the bytes of a photograph by its hash; nil: none is shown.
	Photo func(ctx context.Context, sum string) ([]byte, error)
	// More are panels of other features at the end of the page about a person; nil: none.
	More func(p *lang.Printer, about *casefile.File) []templ.Component
}

// Routes registers the pages.
func (g *Pages) Routes(mux *web.Mux) {
	for _, tag := range g.Words.Tags() {
		at := "GET /" + string(tag) + "/{case}"
		mux.Handle(at, g.person(tag))
		mux.Handle(at+"/{$}", func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, "/"+string(tag)+"/"+url.PathEscape(r.PathValue("case")), http.StatusPermanentRedirect)
			return nil
		})
		mux.Handle(at+"/timeline", g.timeline(tag))
		mux.Handle(at+"/e/{id}", g.event(tag))
		mux.Handle(at+"/changes", g.changes(tag))
		g.paper(mux, at, tag)
	}
	g.photo(mux)
}

// today is the day the pages are looked at on (UTC).
func (g *Pages) today() casefile.Date {
	y, m, d := g.Now().UTC().Date()
	return casefile.Date{Year: y, Month: int(m), Day: d}
}

// View is what the panels of a case are made of today.
func (g *Pages) View(f *casefile.File) View {
	v := Look(f, g.today())
	if g.Designated != nil {
		v.lists = g.Designated()
	}
	return v
}

// page is the frame of a page under a case's own address, there in each language.
func (g *Pages) page(p *lang.Printer, f *casefile.File, title, description, rest string) ui.Page {
	page := g.Frame(ui.Page{P: p, Title: title, Description: description}, f)
	for _, tag := range g.Words.Tags() {
		path := "/" + string(tag) + "/" + f.Case.Slug + rest
		page.Languages = append(page.Languages, ui.Language{Tag: tag, URL: path})
		page.Alternates = append(page.Alternates, ui.Alternate{Tag: string(tag), URL: g.URL + path})
	}
	page.Canonical = g.URL + "/" + string(p.Tag()) + "/" + f.Case.Slug + rest
	page.Feed = "/" + string(p.Tag()) + "/" + f.Case.Slug + "/feed.xml"
	return page
}

// person is the page about a person.
func (g *Pages) person(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		return g.Cache.Serve(w, r, slug, r.URL.Path, func(out io.Writer) error {
			f, err := g.Case(slug)
			if err != nil {
				return err
			}
			p := g.Words.Printer(tag)
			var letters []templ.Component
			if g.Letters != nil {
				letters = g.Letters(p, slug)
			}
			return g.whole(p, f, letters).Render(r.Context(), out)
		})
	}
}

// whole is the page about a person, of what the public may see and the panels of their letters.
func (g *Pages) whole(p *lang.Printer, f *casefile.File, letters []templ.Component) templ.Component {
	v, tag := g.View(f), p.Tag()
	c := composed{}
	c.title, c.titleLang = f.Case.Title.In(tag, f.Campaign.Languages...)
	var summary string
	summary, c.summaryLang = f.Case.Summary.In(tag, f.Campaign.Languages...)
	c.summary, c.unlinked = v.lists.Unlinked(markup.HTML(summary), v.Today)
	title := c.title
	if v.dead() { // a title asks for something, and nothing is asked for the dead
		title = v.called(p).text
	}
	if !v.dead() && !f.Stopped(casefile.ScopeLetter) {
		c.letters = letters
	}
	if g.More != nil {
		c.more = g.More(p, f)
	}
	return personPage(g.page(p, f, title, markup.Line(summary), ""), v, c)
}

// Preview writes the page about a person as the public would read it, of what the public would see and of panels of letters that are not stored either. For
// organisers, while they write.
func (g *Pages) Preview(ctx context.Context, out io.Writer, tag lang.Tag, f *casefile.File, letters []templ.Component) error {
	return g.whole(g.Words.Printer(tag), f, letters).Render(ctx, out)
}

// timeline is everything that happened, or what is asked for of it by a plain form.
func (g *Pages) timeline(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		f, err := g.Case(slug)
		if err != nil {
			return err
		}
		q, v := r.URL.Query(), View{File: f}
		chosen := v.asked(q.Get("kind"), q.Get("from"), q.Get("to"), q.Get("page"))
		return g.Cache.Serve(w, r, slug, r.URL.Path+chosen.query(chosen.sheet), func(out io.Writer) error {
			p, v := g.Words.Printer(tag), g.View(f)
			page := g.page(p, f, p.T("dossier.timeline_title", "Name", v.called(p).text), "", "/timeline")
			if chosen.narrow() || chosen.sheet > 0 {
				for i := range page.Languages { // the same choice in the other language
					page.Languages[i].URL += chosen.query(chosen.sheet)
				}
				page.Alternates = nil // search engines know the whole of it
			}
			return timelinePage(page, v, chosen).Render(r.Context(), out)
		})
	}
}

// event is an event at its address for life. One that was taken out answers 410 and says why; one that was taken back stays, struck.
func (g *Pages) event(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug, id := r.PathValue("case"), r.PathValue("id")
		f, err := g.Case(slug)
		if err != nil {
			return err
		}
		p := g.Words.Printer(tag)
		if f.Event(id) == nil {
			v := View{File: f}
			if gone := v.redacted(id); gone != nil {
				return g.gone(w, r, p, v, gone)
			}
			return fault.New(fault.NotFound, "fault.not_found")
		}
		return g.Cache.Serve(w, r, slug, r.URL.Path, func(out io.Writer) error {
			v := g.View(f)
			e := f.Event(id)
			title := p.T("dossier.event_title", "What", p.T("case.kind."+string(e.Kind)), "Date", e.When.Words(p), "Name", v.called(p).text)
			return eventPage(g.page(p, f, title, "", "/e/"+id), v, e).Render(r.Context(), out)
		})
	}
}

func (g *Pages) gone(w http.ResponseWriter, r *http.Request, p *lang.Printer, v View, why *casefile.Redaction) error {
	page := g.Frame(ui.Page{P: p, Title: p.T("dossier.gone"), NoIndex: true}, v.File)
	var b bytes.Buffer
	if err := gonePage(page, v, why).Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusGone)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}

// changes is what was changed since a day. Any day can be asked for, so only the page of all of them is kept in memory.
func (g *Pages) changes(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		f, err := g.Case(slug)
		if err != nil {
			return err
		}
		var since casefile.Date
		if asked := r.URL.Query().Get("since"); asked != "" {
			if since, err = casefile.ParseDate(asked); err != nil {
				return fault.New(fault.Invalid, "dossier.bad_day")
			}
		}
		render := func(out io.Writer) error {
			list, err := g.Changes(r.Context(), slug, since)
			if err != nil {
				return err
			}
			p, v := g.Words.Printer(tag), g.View(f)
			page := g.page(p, f, p.T("dossier.changes_title", "Name", v.called(p).text), "", "/changes")
			if since != (casefile.Date{}) {
				page.Alternates, page.NoIndex = nil, true
				for i := range page.Languages {
					page.Languages[i].URL += "?since=" + since.String()
				}
			}
			return changesPage(page, v, v.sorted(since, list)).Render(r.Context(), out)
		}
		if since == (casefile.Date{}) {
			return g.Cache.Serve(w, r, slug, r.URL.Path, render)
		}
		var b bytes.Buffer
		if err := render(&b); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, err = w.Write(b.Bytes())
		return err
	}
}
