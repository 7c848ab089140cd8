package wish

import (
	"io"
	"net/http"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

var errNoAftercare = fault.New(fault.NotFound, "fault.not_found")

// aftercare says what still binds the person, what not to do, and how to help.
func (g *Pages) aftercare(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		return g.Cache.Serve(w, r, slug, r.URL.Path, func(out io.Writer) error {
			f, err := g.Case(slug)
			if err != nil {
				return err
			}
			if !Aftercare(f) {
				return errNoAftercare
			}
			p := g.Words.Printer(tag)
			name, _ := f.Name(tag)
			page := g.Frame(ui.Page{P: p, Title: p.T("aftercare.title", "Name", name), Description: p.T("aftercare.lead")}, f)
			for _, t := range g.Words.Tags() {
				path := AftercarePath(t, slug)
				page.Languages = append(page.Languages, ui.Language{Tag: t, URL: path})
				page.Alternates = append(page.Alternates, ui.Alternate{Tag: string(t), URL: g.URL + path})
			}
			page.Canonical = g.URL + AftercarePath(tag, slug)
			return aftercarePage(page, care{p: p, file: f, stand: f.Stand(casefile.AsOf{}), today: g.Book.today()}).Render(r.Context(), out)
		})
	}
}
