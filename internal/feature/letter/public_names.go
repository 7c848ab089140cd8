package letter

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// namesRoutes registers the public list of names, and where a signer shows and hides one.
func (g *Pages) namesRoutes(mux *web.Mux) {
	mux.Roomy("POST /mine/{secret}/name", g.show)
	mux.Handle("POST /mine/{secret}/hide", g.hide)
}

// namesView is what the public list is made of beside the letter: a page of it, or what a search has found.
type namesView struct {
	NamePage
	off    bool // this letter shows nobody's name
	query  string
	asked  bool
	found  FoundNames
	action string
}

// address is another page of the list.
func (n namesView) address(page int) string {
	if page <= 1 {
		return n.action
	}
	return n.action + "?page=" + strconv.Itoa(page)
}

// numbers are the pages that have a link: the first, the last, and those near this one; 0 is a gap.
func (n namesView) numbers() (list []int) {
	const near = 2
	last := 0
	for page := 1; page <= n.Pages; page++ {
		if page != 1 && page != n.Pages && (page < n.Page-near || page > n.Page+near) {
			continue
		}
		if page > last+1 {
			list = append(list, 0)
		}
		list, last = append(list, page), page
	}
	return list
}

// pageMost is the highest number that a page of names can have.
const pageMost = 1 << 20

// names is the public list. Search engines are told to leave it alone; pages are kept in memory for a minute at most, so that a name that was hidden
// through another process does not stay; what somebody searched for is kept nowhere.
func (g *Pages) names(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("X-Robots-Tag", "noindex, noarchive")
		caseSlug, slug, query := r.PathValue("case"), r.PathValue("letter"), r.URL.Query()
		page := 1
		if p := query.Get("page"); p != "" {
			n, err := strconv.Atoi(p)
			if err != nil || n < 1 || n > pageMost {
				return errNoPage
			}
			page = n
		}
		if query.Has("q") {
			return g.searchNames(w, r, tag, caseSlug, slug, query.Get("q"))
		}
		w.Header().Set("Cache-Control", "no-cache") // whoever hides a name and looks must not find it in a copy of their browser's, nor a proxy keep it
		minute := strconv.FormatInt(g.Book.Now().Unix()/60, 10)
		key := r.URL.Path + "?page=" + strconv.Itoa(page) + "&minute=" + minute
		return g.Cache.Serve(w, r, caseSlug, key, func(out io.Writer) error {
			v, n, err := g.namesView(tag, caseSlug, slug)
			if err != nil {
				return err
			}
			if n.NamePage, err = g.Book.Names(r.Context(), v.letter.ID, tag, page); err != nil {
				return err
			}
			return namesPage(v, n).Render(r.Context(), out)
		})
	}
}

func (g *Pages) searchNames(w http.ResponseWriter, r *http.Request, tag lang.Tag, caseSlug, slug, query string) error {
	v, n, err := g.namesView(tag, caseSlug, slug)
	if err != nil {
		return err
	}
	if len(query) <= queryMost {
		n.query = strings.ToValidUTF8(query, "")
	}
	n.asked, n.Page, n.Pages = true, 1, 1
	if n.found, err = g.Book.FindNames(r.Context(), v.letter.ID, query, tag); err != nil {
		return err
	}
	return private(w, r, http.StatusOK, namesPage(v, n))
}

func (g *Pages) namesView(tag lang.Tag, caseSlug, slug string) (v view, n namesView, err error) {
	if v, err = g.view(tag, caseSlug, slug); err != nil {
		return v, n, err
	}
	v.page = unlisted(v.page, v.p.T("names.title"))
	for _, t := range g.Words.Tags() {
		v.page.Languages = append(v.page.Languages, ui.Language{Tag: t, URL: namesPath(t, v.letter)})
	}
	return v, namesView{off: v.letter.About.NoNames, action: namesPath(tag, v.letter)}, nil
}

func namesPath(tag lang.Tag, l *Letter) string { return Path(tag, l) + "/names" }

// ownName is a signer's own name as the private page shows it.
type ownName struct {
	Name
	Found   bool
	Visible bool // on the public list; until then it waits for the next count
}

// ownName finds the name that a signature shows.
func (g *Pages) ownName(ctx context.Context, m Mine) (n ownName, err error) {
	n.Name, n.Visible, n.Found, err = g.Book.Shown(ctx, m.Lock)
	return n, err
}

// show takes a name from the private page: first it is shown as it would be read, and what can't be undone is said; only the second button does it.
func (g *Pages) show(w http.ResponseWriter, r *http.Request) error {
	web.AddressHoldsSecret(w)
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	secret, ok := ParseSecret(r.PathValue("secret"))
	if !ok {
		return errNoLink
	}
	tag, ctx := g.spoken(form.Get("lang"), r), r.Context()
	m, err := g.Book.Mine(ctx, secret)
	if err != nil {
		return err
	}
	v := g.about(tag, m.Letter, g.known(m.Letter))
	if m.Letter.About.NoNames {
		return errNamesOff
	}
	n, err := ParseName(form.Get("name"), form.Get("affiliation"))
	if err == nil && form.Get("sure") == "yes" {
		if m, err = g.Book.Show(ctx, secret, form.Get("name"), form.Get("affiliation")); err == nil {
			return g.back(w, r, m, secret, tag)
		}
	}
	var b bytes.Buffer
	if f := fault.Of(err); f != nil && (f.Field != "" || f.Kind == fault.Busy) {
		v.problem = f
		v.page = unlisted(v.page, v.p.T("names.own_title"))
		v.page.Error = true
		web.Retry(w, f)
		typed := ownName{Name: Name{within(form.Get("name"), nameMost), within(form.Get("affiliation"), affiliationMost)}}
		if err := nameFaultPage(v, secret, typed).Render(ctx, &b); err != nil {
			return err
		}
		return send(w, web.Status(f.Kind), b.Bytes())
	}
	if err != nil {
		return err
	}
	if m.Ended || m.Struck {
		return errNameEnded
	}
	v.page = unlisted(v.page, v.p.T("names.review_title"))
	if err := nameReviewPage(v, secret, n, v.p.Clock(m.Letter.Pace.CountedBy(g.Book.Now()))).Render(ctx, &b); err != nil {
		return err
	}
	return send(w, http.StatusOK, b.Bytes())
}

// within keeps what was typed, to be mended: of what is so long that nobody typed it, the beginning.
func within(typed string, most int) string {
	return strings.ToValidUTF8(typed[:min(len(typed), 16*most)], "")
}

func (g *Pages) hide(w http.ResponseWriter, r *http.Request) error {
	web.AddressHoldsSecret(w)
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	secret, ok := ParseSecret(r.PathValue("secret"))
	if !ok {
		return errNoLink
	}
	m, err := g.Book.Hide(r.Context(), secret)
	if err != nil {
		return err
	}
	return g.back(w, r, m, secret, g.spoken(form.Get("lang"), r))
}

// back leads to the private page again, and has the lists made anew.
func (g *Pages) back(w http.ResponseWriter, r *http.Request, m Mine, s Secret, tag lang.Tag) error {
	g.Cache.Drop(m.Letter.Case)
	http.Redirect(w, r, minePath(s, tag, "")+"#name-title", http.StatusSeeOther)
	return nil
}
