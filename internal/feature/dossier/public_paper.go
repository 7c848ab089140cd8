package dossier

import (
	"context"
	"io"
	"net/http"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// What people take away: on paper, into a calendar, into a reader of feeds, into a place where links are dangerous.

// paper registers those pages under a case's address in a language.
func (g *Pages) paper(mux *web.Mux, at string, tag lang.Tag) {
	mux.Handle(at+"/sheet", g.printed(tag, g.sheet))
	mux.Handle(at+"/questionnaire", g.printed(tag, g.questionnaire))
	mux.Handle(at+"/plain", g.printed(tag, g.plain))
	mux.Handle(at+"/calendar.ics", g.taken(tag, calendarKind, func(ctx context.Context, p *lang.Printer, f *casefile.File, out io.Writer) error {
		stamp, err := g.revised(ctx, f)
		if err != nil {
			return err
		}
		return g.calendar(p, f, stamp).write(out)
	}))
	mux.Handle(at+"/feed.xml", g.taken(tag, atomKind, func(_ context.Context, p *lang.Printer, f *casefile.File, out io.Writer) error {
		return g.feedOf(p, f).atom(out)
	}))
	mux.Handle(at+"/feed.json", g.taken(tag, jsonKind, func(_ context.Context, p *lang.Printer, f *casefile.File, out io.Writer) error {
		return g.feedOf(p, f).json(out)
	}))
}

// taken serves what is no page, in its own form.
func (g *Pages) taken(tag lang.Tag, kind string, write func(context.Context, *lang.Printer, *casefile.File, io.Writer) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		return g.Cache.ServeKind(w, r, kind, slug, r.URL.Path, func(out io.Writer) error {
			f, err := g.Case(slug)
			if err != nil {
				return err
			}
			return write(r.Context(), g.Words.Printer(tag), f, out)
		})
	}
}

// printed serves a page to be printed or copied.
func (g *Pages) printed(tag lang.Tag, render func(context.Context, *lang.Printer, View, io.Writer) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		return g.Cache.Serve(w, r, slug, r.URL.Path, func(out io.Writer) error {
			f, err := g.Case(slug)
			if err != nil {
				return err
			}
			return render(r.Context(), g.Words.Printer(tag), g.View(f), out)
		})
	}
}

func (g *Pages) sheet(ctx context.Context, p *lang.Printer, v View, out io.Writer) error {
	if v.File.Stopped(casefile.ScopePress) {
		return fault.New(fault.Gone, "case.withheld")
	}
	page := g.page(p, v.File, p.T("sheet.title", "Name", v.called(p).text), "", "/sheet")
	return sheetPage(page, v, v.sheet(p, g.calls(p, v.File), g.URL)).Render(ctx, out)
}

func (g *Pages) questionnaire(ctx context.Context, p *lang.Printer, v View, out io.Writer) error {
	page := g.page(p, v.File, p.T("questionnaire.title", "Name", v.called(p).text), "", "/questionnaire")
	page.NoIndex = true // half a form is no answer to a search
	return questionnairePage(page, v, v.questionnaire(p), g.URL+v.page(p)).Render(ctx, out)
}

// plain leaves out of the frame, too, what leads anywhere but to this site.
func (g *Pages) plain(ctx context.Context, p *lang.Printer, v View, out io.Writer) error {
	page := g.page(p, v.File, unlinked(p.T("plain.title", "Name", v.called(p).text)), "", "/plain")
	page.Canonical, page.Alternates, page.NoIndex = "", nil, true
	page.Site, page.Banner.Text = unlinked(page.Site), unlinked(page.Banner.Text)
	page.Footer = ui.Footer{RunBy: unlinked(page.Footer.RunBy), People: page.Footer.People, Keep: page.Footer.Keep, Advice: page.Footer.Advice, Recount: page.Footer.Recount}
	return plainPage(page, v, v.plain(p)).Render(ctx, out)
}

// revised is the day on which the case was last changed: all that a file which is taken away says of when it was made.
func (g *Pages) revised(ctx context.Context, f *casefile.File) (casefile.Date, error) {
	list, err := g.Changes(ctx, f.Case.Slug, casefile.Date{})
	if err != nil {
		return casefile.Date{}, err
	}
	day := f.Case.Checked.First()
	for _, c := range list {
		if c.Day.Compare(day) > 0 {
			day = c.Day.First()
		}
	}
	if day == (casefile.Date{}) {
		day = founded(f).First()
	}
	return day, nil
}
