package wish

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// Pages are the pages behind private links, and the aftercare page.
type Pages struct {
	Book  *Book
	Words *lang.Catalog
	Cache *web.Cache
	URL   string // of the public site, without a slash at the end

	// Frame completes a page: the site's name, its footer and menu, the banner of a case (nil if the page is about none).
	Frame func(page ui.Page, about *casefile.File) ui.Page
	// Case finds what the public may see of a case.
	Case func(slug string) (*casefile.File, error)
	// Tongue is the language of a request.
	Tongue func(r *http.Request) lang.Tag
}

// Routes registers the pages.
func (g *Pages) Routes(mux *web.Mux) {
	mux.Vital("GET "+pathPrefix+"{token}", g.ask)
	mux.Handle("POST "+pathPrefix+"{token}", g.act)
	for _, tag := range g.Words.Tags() {
		mux.Handle("GET /"+string(tag)+"/{case}/"+aftercareFile, g.aftercare(tag))
	}
}

// ask is what the link opens: neutral, and the same whether there is such a link or not, for scanners and those who look over a shoulder open it too. It reads
// nothing of the token and changes nothing.
func (g *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	p := g.Words.Printer(g.Tongue(r))
	page := g.Frame(ui.Page{P: p, Title: p.T("link.title"), NoIndex: true}, nil)
	page.Footer, page.Site, page.Home, page.Banner, page.Rehearsal = ui.Footer{}, "", "", ui.Banner{}, false
	for _, tag := range g.Words.Tags() {
		page.Languages = append(page.Languages, ui.Language{Tag: tag, URL: tongued(r, tag)})
	}
	return answer(w, r, askPage(p, page, tongued(r, p.Tag())))
}

// tongued is the request's own address in a language.
func tongued(r *http.Request, tag lang.Tag) string {
	return pathPrefix + url.PathEscape(r.PathValue("token")) + "?" + url.Values{"lang": {string(tag)}}.Encode()
}

// act opens the page, or does what a button of it says.
func (g *Pages) act(w http.ResponseWriter, r *http.Request) error {
	web.AddressHoldsSecret(w)
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	p := g.Words.Printer(g.spoken(form.Get("lang"), r))
	token, ok := ParseToken(r.PathValue("token"))
	if !ok {
		return g.Book.guessed(errNoLink)
	}
	item := Item{casefile.StopKind(form.Get("kind")), form.Get("name")}
	turns, err := strconv.ParseInt(form.Get("turns"), 10, 64)
	if err != nil {
		turns = -1 // no item has been turned so often
	}
	var d Done
	switch act := form.Get("act"); act {
	case "":
		d.View, err = g.Book.Open(r.Context(), token)
	case "undo":
		acted, _ := strconv.ParseInt(form.Get("acted"), 10, 64)
		d, err = g.Book.Undo(r.Context(), token, item, Word(form.Get("was")), turns, time.Unix(acted, 0))
	default:
		d, err = g.Book.Do(r.Context(), token, item, Act(act), turns)
	}
	if err != nil {
		return err
	}
	return answer(w, r, wishPage(g.view(p, d, tongued(r, p.Tag()))))
}

// spoken is the language that a form names, or the request's.
func (g *Pages) spoken(tag string, r *http.Request) lang.Tag {
	if g.Words.Has(lang.Tag(tag)) {
		return lang.Tag(tag)
	}
	return g.Tongue(r)
}

// answer answers with a page that nobody keeps, and whose address nobody is told.
func answer(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	web.AddressHoldsSecret(w)
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(b.Bytes())
	return err
}
