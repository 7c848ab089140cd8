package news

import (
	"bytes"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// Pages are the pages behind the links that end news. They are neutral, as mails are: they name no campaign and no person.
type Pages struct {
	Book  *Book
	Words *lang.Catalog

	// Frame completes a page.
	Frame func(page ui.Page, about *casefile.File) ui.Page
	// Tongue is the language of a request.
	Tongue func(r *http.Request) lang.Tag
}

// Routes registers the pages.
func (g *Pages) Routes(mux *web.Mux) {
	mux.Handle("GET "+pathPrefix+"{token}", g.ask)
	mux.Handle("POST "+pathPrefix+"{token}", g.stop)
}

// ask shows the button. It reads nothing of the token, and changes nothing: mail scanners open links.
func (g *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	p := g.Words.Printer(g.Tongue(r))
	return g.answer(w, r, askPage(p, g.page(p, p.T("news.title")), pathPrefix+url.PathEscape(r.PathValue("token"))+"?lang="+string(p.Tag())))
}

// stop is the button, and what a mail provider sends when its reader presses its own (RFC 8058). The form is not read: the address says it all, and some
// providers send multipart forms, which are read nowhere here.
func (g *Pages) stop(w http.ResponseWriter, r *http.Request) error {
	web.AddressHoldsSecret(w)
	if err := g.Book.Stop(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	p := g.Words.Printer(g.Tongue(r))
	return g.answer(w, r, donePage(p, g.page(p, p.T("news.done_title"))))
}

// page is without what would tell whose site it is.
func (g *Pages) page(p *lang.Printer, title string) ui.Page {
	page := g.Frame(ui.Page{P: p, Title: title, NoIndex: true}, nil)
	page.Footer, page.Site, page.Home, page.Banner, page.Rehearsal = ui.Footer{}, "", "", ui.Banner{}, false
	return page
}

func (g *Pages) answer(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	web.AddressHoldsSecret(w)
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write(b.Bytes())
	return err
}
