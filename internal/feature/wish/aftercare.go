package wish

import (
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// aftercareFile is the page's address below the person's.
const aftercareFile = "aftercare"

// Aftercare tells whether a person has an aftercare page: they are out of custody after a release, and live. f is a projection.
func Aftercare(f *casefile.File) bool {
	stand := f.Stand(casefile.AsOf{})
	n := len(stand.Custody)
	return stand.Died == nil && n > 0 && stand.Custody[n-1].Ended != nil && stand.Custody[n-1].Ended.Kind == casefile.Release
}

// AftercarePath is its address in a language.
func AftercarePath(tag lang.Tag, slug string) string {
	return "/" + string(tag) + "/" + slug + "/" + aftercareFile
}

// care is what the aftercare page is made of.
type care struct {
	p     *lang.Printer
	file  *casefile.File
	stand casefile.Stand
	today casefile.Date
}

// bond is a restriction that still binds.
type bond struct {
	text    string
	since   string
	printed string   // how the source names it
	tag     lang.Tag // of printed
	pending bool
}

// bonds are the restrictions in force or about to be, each once: by its name, since when.
func (c care) bonds() (list []bond) {
	seen := map[string]bool{}
	for _, m := range c.stand.Measures {
		b := bond{pending: m.Pending}
		switch {
		case m.Measure != nil:
			b.text = m.Measure.Kind.Label(c.p)
			if m.Measure.Amount != nil {
				b.text = c.p.T("aftercare.with", "What", b.text, "Detail", m.Measure.Amount.Words(c.p))
			} else if term := m.Measure.Term(c.p); term != "" {
				b.text = c.p.T("aftercare.with", "What", b.text, "Detail", term)
			}
			b.printed, b.tag = m.Measure.AsPrinted.In(c.p.Tag(), c.file.Campaign.Languages...)
		case m.Designation != "":
			b.text = m.Designation.Label(c.p)
		default:
			continue
		}
		if m.Since.Date.Known() && !m.Pending {
			b.since = m.Since.Words(c.p)
		}
		if key := b.text + "\n" + b.since; !seen[key] {
			seen[key] = true
			list = append(list, b)
		}
	}
	return list
}

// asPrinted are the words round what a source prints, which may be of another language and direction.
func (c care) asPrinted() (before, after string) {
	before, after, _ = strings.Cut(c.p.T("case.as_printed", "Printed", "\x00"), "\x00")
	return before, after
}

// deadlines are the days to come that matter, in words.
func (c care) deadlines() (list []string) {
	for _, d := range c.stand.Deadlines {
		if d.Passed || d.On != (casefile.Date{}) && d.On.Last().Compare(c.today) < 0 {
			continue
		}
		what := c.p.T("case.deadline." + string(d.Kind))
		if d.On == (casefile.Date{}) {
			list = append(list, c.p.T("aftercare.no_day", "What", what))
			continue
		}
		list = append(list, c.p.T("aftercare.by_day", "What", what, "Day", d.On.Words(c.p)))
	}
	return list
}

// cautions are what each kind of restriction means for those who want to help: what not to send, tag or ask.
var cautions = map[casefile.MeasureKind]string{
	"bank_card_ban": "money", "account_freeze": "money", "cash_withdrawal_cap": "money",
	"internet_access_ban": "tag", "internet_restriction": "tag", "site_admin_ban": "tag", "labelling_duty": "repost",
	"teaching_ban": "invite", "publishing_ban": "publish", "event_ban": "invite", "office_ban": "invite", "profession_ban": "invite",
	"contact_ban": "contact", "correspondence_ban": "contact", "visit_ban": "contact", "house_arrest": "contact", "certain_actions_ban": "contact",
	"exit_ban": "travel", "no_leave": "travel", "reporting_duty": "travel", "supervision": "travel", "suspended": "travel",
}

// refused are what must not be sent, tagged or asked, each sentence once: first what the person or who speaks for them does not want, then what the restrictions
// make dangerous, then what holds for everybody who has just been released.
func (c care) refused() (list []string) {
	for _, a := range c.file.Case.Refused {
		list = append(list, c.p.T("aftercare.not.ask", "Ask", c.p.T("case.ask."+string(a))))
	}
	for _, s := range []casefile.Scope{casefile.ScopePhoto, casefile.ScopeLetter, casefile.ScopeFund, casefile.ScopePress, casefile.ScopeHealth} {
		if c.file.Stopped(s) {
			list = append(list, c.p.T("aftercare.not.scope_"+string(s)))
		}
	}
	seen := map[string]bool{}
	for _, m := range c.stand.Measures {
		kind := casefile.MeasureKind("")
		if m.Measure != nil {
			kind = m.Measure.Kind
		}
		keys := []string{cautions[kind]}
		if m.Designation == "extremist_register" {
			keys = append(keys, "money")
		}
		for _, key := range keys {
			if key != "" && !seen[key] {
				seen[key] = true
				list = append(list, c.p.T("aftercare.not."+key))
			}
		}
	}
	return append(list, c.p.T("aftercare.not.home"), c.p.T("aftercare.not.speak"))
}

// helps are ways to help that harm nobody.
func (c care) helps() (list []string) {
	list = append(list, c.p.T("aftercare.help.ask", "Contact", c.file.Campaign.Contact), c.p.T("aftercare.help.facts"))
	for _, d := range c.stand.Deadlines {
		if d.Kind == casefile.FineDue {
			list = append(list, c.p.T("aftercare.help.fine"))
			break
		}
	}
	return append(list, c.p.T("aftercare.help.others"), c.p.T("aftercare.help.wait"))
}
