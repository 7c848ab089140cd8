package signatures

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/receipt"
	"outcry/ui"
)

const daySeconds = 24 * 60 * 60

// dayWords is a day since 1970 in words.
func dayWords(p *lang.Printer, day int64) string {
	t := time.Unix(day*daySeconds, 0).UTC()
	return p.Day(t.Year(), t.Month(), t.Day())
}

// dayText is a day since 1970 as addresses and forms have it; empty for none.
func dayText(day int64) string {
	if day == 0 {
		return ""
	}
	return time.Unix(day*daySeconds, 0).UTC().Format(time.DateOnly)
}

// parseDay reads what dayText wrote; nothing is 0.
func parseDay(text string) (day int64, ok bool) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, true
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Unix() <= 0 {
		return 0, false
	}
	return t.Unix() / daySeconds, true
}

// reasons are those that organisers can give, by their words in forms and in the catalogue.
var reasons = []struct {
	word   string
	reason receipt.Reason
}{
	{"automated", receipt.Automated}, {"duplicate", receipt.Duplicate}, {"not_theirs", receipt.NotTheirs}, {"unconfirmable", receipt.Unconfirmable}, {"rest", receipt.OtherReason},
}

func reasonOf(word string) (receipt.Reason, bool) {
	for _, r := range reasons {
		if r.word == word {
			return r.reason, true
		}
	}
	return 0, false
}

func reasonWords(p *lang.Printer, r receipt.Reason) string {
	for _, known := range reasons {
		if known.reason == r {
			return p.T("desk.signatures.reason." + known.word)
		}
	}
	return p.T("desk.signatures.reason.rest")
}

// repeats tells whether the words of a public reason say what its kind says already, in any of the site's languages: a page then says it once.
func (h *hall) repeats(r receipt.Reason, words string) bool {
	plain := func(s string) string { return strings.ToLower(strings.Trim(strings.TrimSpace(s), ".!。")) }
	for _, tag := range h.desk.Catalog.Tags() {
		if plain(words) == plain(reasonWords(h.desk.Catalog.Printer(tag), r)) {
			return true
		}
	}
	return false
}

// ruleWords says which signatures a rule means, each condition a sentence.
func ruleWords(p *lang.Printer, r letter.Rule) (list []string) {
	if r.Held {
		list = append(list, p.T("desk.signatures.rule_held"))
	}
	if r.Day != 0 {
		list = append(list, p.T("desk.signatures.rule_day", "Day", dayWords(p, r.Day)))
	}
	if r.Lock != nil {
		list = append(list, p.T("desk.signatures.rule_lock", "Lock", r.Lock.String()))
	}
	return list
}

// may tells whether who looks at a page may do an act.
func may(page desk.Page, a organiser.Act) bool { return organiser.May(page.Visit.Role, a) }

// facts are a letter's numbers as the log has them.
func (s standing) facts(p *lang.Printer) []ui.Fact {
	list := []ui.Fact{
		{Term: p.T("desk.signatures.state"), Text: s.stateWords(p)},
		{Term: p.T("desk.signatures.counted"), Text: p.Number(s.count.Counted)},
	}
	if held := s.count.ByAssurance[receipt.Held]; held > 0 {
		list = append(list, ui.Fact{Term: p.T("desk.signatures.held"), Text: p.Number(held)})
	}
	if s.waiting > 0 {
		list = append(list, ui.Fact{Term: p.T("desk.signatures.waiting"), Text: p.Number(int64(s.waiting))})
	}
	if s.count.Withdrawn > 0 {
		list = append(list, ui.Fact{Term: p.T("desk.signatures.withdrawn"), Text: p.Number(s.count.Withdrawn)})
	}
	if s.count.Removed > 0 {
		list = append(list, ui.Fact{Term: p.T("desk.signatures.removed"), Text: p.Number(s.count.Removed)})
	}
	return list
}

// stateWords says how a letter stands: one that was never open is not called paused.
func (s standing) stateWords(p *lang.Printer) string {
	if s.Waits() {
		return p.T("desk.signatures.state_word.waits")
	}
	return p.T("desk.signatures.state_word." + string(s.State))
}

// after is the public number once the log says that a removal is done.
func (s standing) after(r struck) int64 { return s.count.Counted - int64(r.pending) }

// closable tells whether a letter could be closed.
func (s standing) closable() bool { return s.State.Alive() }

// problems are what a form is told that came back; nil faults that are not its author's go on.
func problems(p *lang.Printer, errs ...error) (list []ui.Problem, first *fault.Error, err error) {
	for _, err := range errs {
		f := fault.Of(err)
		switch {
		case err == nil:
			continue
		case f == nil, f.Kind != fault.Invalid && f.Kind != fault.Conflict:
			return nil, nil, err
		case first == nil:
			first = f
		}
		list = append(list, ui.Problem{Field: f.Field, Text: p.T(f.Key)})
	}
	return list, first, nil
}

// again answers with a form that came back.
func (h *hall) again(w http.ResponseWriter, r *http.Request, f *fault.Error, page templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	web.WriteStatus(w, f)
	return h.desk.Show(w, r, page)
}

// wrong is what stands beside a field.
func wrong(list []ui.Problem, field string) string {
	for _, p := range list {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

func describes(id, hint, fault string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	if fault != "" {
		ids = append(ids, id+"-error")
	}
	return strings.Join(ids, " ")
}

// option is one of a few.
type option struct{ value, label string }

// roleWords is a role in words; what was typed at a command line stands as it is.
func roleWords(p *lang.Printer, role string) string {
	if p.Has("desk.role." + role) {
		return p.T("desk.role." + role)
	}
	return role
}
