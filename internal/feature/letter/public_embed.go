package letter

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/receipt"
	"outcry/ui"
)

func (g *Pages) embedRoutes(mux *web.Mux) { mux.Handle("GET /embed/{id}", g.embed) }

// embed is the count for other sites: a page for a frame, which only the sites that the organisers name may show, or, with .svg, a drawing.
func (g *Pages) embed(w http.ResponseWriter, r *http.Request) error {
	text, drawn := strings.CutSuffix(r.PathValue("id"), ".svg")
	var id receipt.Letter
	if id.UnmarshalText([]byte(text)) != nil {
		return errNoLetter
	}
	l, err := g.Book.byID(id)
	if err != nil {
		return err
	}
	about, err := g.Case(l.Case)
	if err != nil {
		return err
	}
	tag := lang.Tag(r.URL.Query().Get("lang"))
	if !g.Words.Has(tag) {
		tag = g.Tongue(r)
		web.OfLanguage(w)
	}
	v := g.about(tag, l, about)
	w.Header().Set("X-Robots-Tag", "noindex")
	key := "/embed/" + id.String() + "?lang=" + string(tag)
	if drawn {
		web.Picture(w, drawingStyle, len(g.Embeds) > 0)
		return g.Cache.ServeKind(w, r, "image/svg+xml", l.Case, key+"&svg", func(out io.Writer) error {
			_, err := out.Write(v.drawing().bytes())
			return err
		})
	}
	web.Frameable(w, g.Embeds)
	return g.Cache.Serve(w, r, l.Case, key, func(out io.Writer) error {
		v.page.NoIndex, v.page.Canonical = true, v.url+v.path()
		return embedPage(v).Render(r.Context(), out)
	})
}

// still are the counts as they stand: whole moments, for a page or a drawing may be looked at much later, and nothing that moves.
func (v view) still() []ui.Count {
	list := v.counts()
	for i := range list {
		list[i].Live, list[i].Goal, list[i].Until = "", "", 0
		if list[i].AsOf != "" {
			list[i].AsOf = v.p.T("count.as_of", "Time", v.p.Moment(v.count.At))
		}
	}
	return list
}

// remarks are what must stand beside a count wherever it is shown.
func (v view) remarks() (list []string) {
	if why := v.suspended(); why != "" {
		list = append(list, why)
	}
	if v.page.Rehearsal {
		list = append(list, v.p.T("rehearsal.banner"))
	}
	return list
}

func (v view) embedLink() string {
	if v.suspended() == "" {
		return v.p.T("home.sign")
	}
	return v.p.T("home.read")
}

// drawing is the count as a picture.
func (v view) drawing() drawing {
	title, tag := v.heading()
	d := drawing{lang: v.p.Tag(), title: line{text: title, lang: tag}}
	d.lines = []line{
		{text: v.p.T("letter.kicker"), size: 14, soft: true},
		{text: title, lang: tag, size: 18, bold: true},
	}
	var said []string
	for _, c := range v.still() {
		d.lines = append(d.lines, line{text: c.Number, size: 44, bold: true, whole: true, above: 6}, line{text: c.Words, size: 15})
		said = append(said, c.Number+" "+c.Words)
		if c.AsOf != "" {
			d.lines = append(d.lines, line{text: c.AsOf, size: 13, soft: true})
			said = append(said, c.AsOf)
		}
	}
	for i, remark := range v.remarks() {
		d.lines = append(d.lines, line{text: remark, size: 14, above: float64(8 * (1 - min(i, 1)))})
		said = append(said, remark)
	}
	if u, err := url.Parse(v.url); err == nil {
		d.lines = append(d.lines, line{text: u.Host, lang: "en", size: 13, soft: true, above: 8})
	}
	d.words = strings.Join(said, "\n")
	return d
}

// frameSnippet is what a site puts into its page. The frame speaks its reader's language.
func (v view) frameSnippet() string {
	return fmt.Sprintf(`<iframe src="%s/embed/%s" title="%s" width="%d" height="320" style="border:0" loading="lazy" referrerpolicy="no-referrer"></iframe>`,
		html.EscapeString(v.url), v.letter.ID, v.snippetTitle(), drawingWide)
}

// imageSnippet is the picture, in the page's language, as its words beside it are.
func (v view) imageSnippet() string {
	site := html.EscapeString(v.url)
	return fmt.Sprintf(`<a href="%s%s"><img src="%s/embed/%s.svg?lang=%s" alt="%s" width="%d" referrerpolicy="no-referrer"></a>`,
		site, html.EscapeString(v.path()), site, v.letter.ID, v.p.Tag(), v.snippetTitle(), drawingWide)
}

func (v view) snippetTitle() string {
	return html.EscapeString(v.p.T("embed.count_of", "Title", v.wording.Title))
}
