package signatures

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/receipt"
)

// shown is the page of a letter's names.
type shown struct {
	desk.Page
	l           *letter.Letter
	title       string
	titled      lang.Tag
	query       string
	names       []letter.ShownName // prominent ones first
	page, pages int                // 0 pages: a search
	total       int
	more        bool // a search found others
}

// at is where the page stands, for forms and for going on.
func (s shown) at() string {
	q := url.Values{}
	if s.query != "" {
		q.Set("q", s.query)
	}
	if s.page > 1 {
		q.Set("page", strconv.Itoa(s.page))
	}
	path := letterPath(s.l, "names")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

func (s shown) turned(page int) string {
	s.page = page
	return s.at()
}

// next is the lock of the name after one, where the reader goes on once that one is gone; empty for none.
func (s shown) next(i int) string {
	if i+1 < len(s.names) {
		return s.names[i+1].Lock.String()
	}
	return ""
}

func (h *hall) names(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	if !l.State.Shown() {
		return errNoLetter
	}
	words, tag := l.Wording(v.P.Tag())
	page := shown{Page: h.desk.CaseFrame(r, v, v.P.T("desk.signatures.names_title")), l: l, title: words.Title, titled: tag, query: strings.TrimSpace(r.URL.Query().Get("q"))}
	if page.query != "" {
		found, err := h.Letters.FindNames(r.Context(), l.ID, page.query, v.P.Tag())
		if err != nil {
			return err
		}
		page.names, page.more = found.Names, found.More
		return h.desk.Show(w, r, namesPage(page))
	}
	page.page, _ = strconv.Atoi(r.URL.Query().Get("page"))
	page.page = max(1, page.page)
	list, err := h.Letters.Names(r.Context(), l.ID, v.P.Tag(), page.page)
	if fault.Is(err, fault.NotFound) && page.page > 1 { // it was the last one, and its last name is hidden now
		http.Redirect(w, r, letterPath(l, "names"), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	page.names, page.page, page.pages, page.total = append(list.Prominent, list.Names...), list.Page, list.Pages, list.Total
	return h.desk.Show(w, r, namesPage(page))
}

// changeName hides a name, or puts a checked one back among the others.
func (h *hall) changeName(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	m := moderation{Do: form.Get("do"), Name: form.Get("name"), Affiliation: form.Get("affiliation")}
	if m.Lock.UnmarshalText([]byte(form.Get("lock"))) != nil || m.Do != doHide && m.Do != doOrdinary {
		return errForm
	}
	page := shown{l: l, query: form.Get("q")}
	page.page, _ = strconv.Atoi(form.Get("page"))
	to := page.at()
	if next := (receipt.Lock{}); next.UnmarshalText([]byte(form.Get("next"))) == nil {
		to += "#n-" + next.String()
	}
	return h.quick(w, r, v, l, m, to)
}

// checking is the page on which a name is put first.
type checking struct {
	desk.Page
	l    *letter.Letter
	lock receipt.Lock
	name letter.Name
	note string
}

func (h *hall) checking(r *http.Request, v *desk.Visit) (c checking, err error) {
	l, err := h.letter(r)
	if err != nil {
		return c, err
	}
	c = checking{Page: h.desk.CaseFrame(r, v, v.P.T("desk.signatures.check_title")), l: l}
	if c.lock.UnmarshalText([]byte(r.PathValue("lock"))) != nil {
		return c, errNoName
	}
	c.name, err = h.Letters.NameOf(r.Context(), l.ID, c.lock)
	return c, err
}

var errNoName = fault.New(fault.NotFound, "fault.name.none")

func (h *hall) askFirst(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	c, err := h.checking(r, v)
	if err != nil {
		return err
	}
	return h.desk.Show(w, r, checkPage(c))
}

func (h *hall) first(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	c, err := h.checking(r, v)
	if err != nil {
		return err
	}
	c.note = strings.TrimSpace(form.Get("note"))
	seen := letter.Name{Name: form.Get("name"), Affiliation: form.Get("affiliation")}
	var errs []error
	if seen != c.name {
		errs = append(errs, errOther)
	}
	if !letter.PublicReason(c.note) { // as long as one, though nobody outside reads it
		errs = append(errs, errNote)
	}
	list, f, err := problems(v.P, errs...)
	if err != nil {
		return err
	}
	if f != nil {
		c.Problems = list
		return h.again(w, r, f, checkPage(c))
	}
	return h.quick(w, r, v, c.l, moderation{Do: doFirst, Lock: c.lock, Name: seen.Name, Affiliation: seen.Affiliation, Note: c.note}, letterPath(c.l, "names")+"#n-"+c.lock.String())
}

var errNote = fault.New(fault.Invalid, "fault.signatures.note").At("note")

// mayModerate tells whether the names can be changed by who looks.
func (s shown) mayModerate() bool { return may(s.Page, organiser.Moderate) }
