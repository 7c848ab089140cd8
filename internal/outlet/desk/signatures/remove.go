package signatures

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/receipt"
)

// removal is the page on which signatures are taken out.
type removal struct {
	desk.Page
	l      *letter.Letter
	title  string
	titled lang.Tag

	held      bool
	day, lock string
	reason    string
	words     string
	rule      letter.Rule
	weight    *letter.Weight // nil: not looked at yet
	repeats   bool           // words say what the kind of reason says
	seen      int            // how many were shown before; 0: none
}

func (h *hall) removal(r *http.Request, v *desk.Visit, l *letter.Letter) removal {
	words, tag := l.Wording(v.P.Tag())
	return removal{Page: h.desk.CaseFrame(r, v, v.P.T("desk.signatures.remove_title")), l: l, title: words.Title, titled: tag}
}

func (h *hall) askRemove(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	page := h.removal(r, v, l)
	if day, ok := parseDay(r.PathValue("day")); ok && day != 0 {
		page.held, page.day = true, dayText(day)
	}
	return h.desk.Show(w, r, removePage(page))
}

// asked is a form as it was filled in, and what is wrong with it.
func (p *removal) asked(form url.Values) (errs []error) {
	p.held, p.day, p.lock = form.Get("held") != "", strings.TrimSpace(form.Get("day")), strings.TrimSpace(form.Get("lock"))
	p.reason, p.words = form.Get("reason"), strings.TrimSpace(form.Get("words"))
	p.seen, _ = strconv.Atoi(form.Get("seen"))
	p.rule.Held = p.held
	day, ok := parseDay(p.day)
	if p.rule.Day = day; !ok {
		errs = append(errs, errDay)
	}
	if p.lock != "" {
		var lock receipt.Lock
		if lock.UnmarshalText([]byte(p.lock)) != nil {
			errs = append(errs, errLock)
		}
		p.rule.Lock = &lock
	}
	if len(errs) == 0 && p.rule == (letter.Rule{}) {
		errs = append(errs, errRule)
	}
	if _, ok := reasonOf(p.reason); !ok {
		errs = append(errs, errReason)
	}
	if !letter.PublicReason(p.words) {
		errs = append(errs, errWords)
	}
	return errs
}

// decideRemove shows first what a rule means, and then does it: only if it means no more than was shown.
func (h *hall) decideRemove(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	page := h.removal(r, v, l)
	errs := page.asked(form)
	if !l.State.Alive() {
		errs = append(errs, errState)
	}
	var weight letter.Weight
	if len(errs) == 0 {
		if weight, err = h.Letters.Weigh(r.Context(), l.ID, page.rule); err != nil {
			return err
		}
		if weight.Matching == 0 {
			errs = append(errs, errNoMatch)
		}
	}
	decided := form.Get("do") == "remove"
	if len(errs) == 0 && decided && weight.Matching > page.seen {
		errs = append(errs, errMore) // and the page shows the new number
	}
	list, f, err := problems(v.P, errs...)
	if err != nil {
		return err
	}
	if page.Problems = list; weight.Matching > 0 {
		page.weight = &weight
	}
	if reason, ok := reasonOf(page.reason); ok {
		page.repeats = h.repeats(reason, page.words)
	}
	switch {
	case f != nil:
		return h.again(w, r, f, removePage(page))
	case !decided:
		return h.desk.Show(w, r, removePage(page))
	}
	reason, _ := reasonOf(page.reason)
	d, err := deed(organiser.Remove, removing{Letter: l.ID, Title: page.title, Held: page.rule.Held, Day: page.rule.Day, Lock: page.rule.Lock, Reason: reason, Words: page.words,
		Most: page.seen}, l.Case, l.Slug)
	if err != nil {
		return err
	}
	return h.desk.Do(w, r, v, d, signaturesPath(l.Case))
}

// removeWords say what a removal is to whoever has to approve it.
func (h *hall) removeWords(p *lang.Printer, d organiser.Deed) templ.Component {
	var m removing
	if err := read(organiser.Errand{Deed: d}, &m); err != nil {
		return sentences(p.T(fault.Of(err).Key))
	}
	list := []string{p.N("desk.signatures.proposed", m.Most, "Title", m.Title)}
	list = append(list, ruleWords(p, m.rule())...)
	if h.repeats(m.Reason, m.Words) {
		return sentences(append(list, p.T("desk.signatures.proposed_kind", "Kind", reasonWords(p, m.Reason)))...)
	}
	return sentences(append(list, p.T("desk.signatures.proposed_reason", "Kind", reasonWords(p, m.Reason), "Words", m.Words))...)
}
