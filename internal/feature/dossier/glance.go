package dossier

import (
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// fact is a line of the glance: a term, what is so, and, where that is derived, from which events.
type fact struct {
	term string
	text [][]fragment // the first line unfolds what it follows from
	why  [][]fragment // how it was counted; stands in the unfolding
	from []*casefile.Event
	to   string // address of the part of the page that says more; empty: none
}

// glance answers, in this order: who, since when, where, on what charge and over what, what comes next, how it is known: that is within two screens of a phone. Then
// what was decided and what still binds; of who is out of custody that stands first, for release is seldom the end of it.
func (v View) glance(p *lang.Printer) []fact {
	list, charged := []fact{v.whoFact(p)}, false
	binding := v.bindingFact(p)
	if v.now().Liberty == casefile.UnderMeasures {
		list = append(list, binding)
		binding = fact{}
	}
	if h := v.period(); h != nil {
		list = append(list, v.sinceFact(p, h), v.whereFact(p, h))
		if h.Charge != nil {
			list = append(list, v.chargeFact(p, h))
			charged = true
		}
	}
	if len(v.File.Case.Act) > 0 && !charged {
		list = append(list, fact{term: p.T("case.act"), text: [][]fragment{v.line(p, v.File.Case.Act)}})
	}
	list = append(list, v.nextFact(p), v.knownFact(p), v.decisionFact(p), binding)
	return slices.DeleteFunc(list, func(f fact) bool { return len(f.text) == 0 })
}

// whoFact is the person: every name in use, and what they do.
func (v View) whoFact(p *lang.Printer) fact {
	f := fact{term: p.T("dossier.who")}
	own := v.called(p)
	f.text = append(f.text, []fragment{own})
	var other, work []fragment
	for _, n := range v.File.Person.Names {
		if n.Text == own.text {
			continue
		}
		if len(other) > 0 {
			other = append(other, fragment{text: " · "})
		}
		other = append(other, fragment{n.Text, true, n.Lang})
	}
	for _, o := range v.File.Person.Occupations {
		if len(work) > 0 {
			work = append(work, fragment{text: " · "})
		}
		work = append(work, v.frag(p, o))
	}
	for _, line := range [][]fragment{other, work} {
		if len(line) > 0 {
			f.text = append(f.text, line)
		}
	}
	return f
}

// sinceFact is how long the person has been held, or was; our count of days stands beside what sources print, never in its place.
func (v View) sinceFact(p *lang.Printer, h *casefile.CustodyPeriod) fact {
	f := fact{term: p.T("dossier.held"), text: [][]fragment{plain(v.since(p, h))}, from: events(h.Begun, h.Ended)}
	if h.Counted && (h.Days > 0 || h.Ended != nil) { // of a page that tells no more than the arrest, "0 days so far" would say nothing
		f.why = append(f.why, plain(p.T("case.held_rule")))
		f.text = append(f.text, plain(v.dayCount(p, h)))
	}
	for _, k := range h.Stated {
		f.text = append(f.text, sentence(p, "case.as_printed", "Printed", v.frag(p, k.What)))
	}
	if n := len(v.now().Custody); n > 1 {
		f.text = append(f.text, plain(p.T("dossier.periods", "Number", p.Number(int64(n)))))
		f.to = "#custody"
	}
	return f
}

// dayCount is how many days a period has had.
func (v View) dayCount(p *lang.Printer, h *casefile.CustodyPeriod) string {
	if h.Ended == nil {
		return p.N("dossier.days_so_far", h.Days, "Date", v.now().At.Day.Words(p))
	}
	return p.N("case.held_days", h.Days)
}

// since is the first line on a period.
func (v View) since(p *lang.Printer, h *casefile.CustodyPeriod) string {
	from, until := h.From.Date, h.To.Date
	switch {
	case h.Ended != nil && from.Known() && until.Known():
		return p.T("case.held_span", "From", h.From.Words(p), "Until", h.To.Words(p))
	case h.Ended != nil:
		return p.T("dossier.held_some", "From", h.From.Words(p), "Until", h.To.Words(p))
	case from.Known() && from.From.Whole():
		return p.T("case.held_since", "Day", h.From.Words(p))
	case from.Known() && from.From.Month > 0:
		return p.T("case.held_since_month", "Month", h.From.Words(p))
	}
	return h.From.Words(p)
}

// whereFact is where the person is held, or was held last.
func (v View) whereFact(p *lang.Printer, h *casefile.CustodyPeriod) fact {
	f := fact{term: p.T("case.place")}
	if h.Ended != nil {
		f.term = p.T("dossier.place_last")
	}
	places := stays(h)
	n := len(places)
	for _, g := range v.now().Gaps {
		if g.Kind == casefile.GapWhereabouts && h.Ended == nil {
			f.text, f.from = [][]fragment{plain(p.T("case.place_unknown"))}, g.From
			return f
		}
	}
	if n == 0 {
		return f
	}
	stay := places[n-1]
	f.from = events(stay.Event)
	f.text = append(f.text, v.stay(p, &stay)...)
	return f
}

// stay is a place of custody: the institution, its town, the regime, since when.
func (v View) stay(p *lang.Printer, s *casefile.Stay) (out [][]fragment) {
	var line []fragment
	add := func(t casefile.Text) {
		if len(t) == 0 {
			return
		}
		if len(line) > 0 {
			line = append(line, fragment{text: " · "})
		}
		line = append(line, v.frag(p, t))
	}
	if i := v.File.Institution(s.At); i != nil {
		add(i.Name)
		add(i.City)
	}
	if len(s.Place) > 0 && len(line) == 0 {
		add(s.Place)
	}
	add(s.Regime)
	if len(line) == 0 {
		return nil
	}
	out = append(out, line)
	if !s.From.IsZero() {
		out = append(out, plain(p.T("dossier.there_since", "Date", s.From.Words(p))))
	}
	return out
}

// stays are the places of a period, each once while the person stayed there.
func stays(h *casefile.CustodyPeriod) (list []casefile.Stay) {
	for _, s := range h.Stays {
		if n := len(list); n == 0 || s.At == "" || list[n-1].At != s.At || len(s.Regime) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// chargeFact is the charge in the words of the source, and the article as it names it.
func (v View) chargeFact(p *lang.Printer, h *casefile.CustodyPeriod) fact {
	f := fact{term: p.T("case.charge")}
	if len(h.Charge.AsPrinted) > 0 {
		f.text = append(f.text, sentence(p, "case.as_printed", "Printed", v.frag(p, h.Charge.AsPrinted)))
	} else {
		f.text = append(f.text, plain(p.T("case.offence."+string(h.Charge.Kind))))
	}
	if l := h.Charge.Law; l != nil {
		f.text = append(f.text, v.law(p, l))
	}
	if len(v.File.Case.Act) > 0 {
		f.text = append(f.text, sentence(p, "dossier.act", "Act", v.frag(p, v.File.Case.Act)))
	}
	for i := range v.File.Events {
		if v.File.Events[i].Charge == h.Charge {
			f.from = events(&v.File.Events[i])
		}
	}
	if len(h.By) > 0 {
		f.why = append(f.why, sentence(p, "dossier.detained_by", "Authority", v.frag(p, h.By)))
	}
	return f
}

// law is an article in the words of its code.
func (v View) law(p *lang.Printer, l *casefile.Law) []fragment {
	code := v.frag(p, l.Code)
	switch {
	case l.Part != "":
		return sentence(p, "dossier.law_part", "Code", code, "Article", l.Article, "Part", l.Part)
	case l.Article != "":
		return sentence(p, "dossier.law", "Code", code, "Article", l.Article)
	}
	return []fragment{code}
}

// decisionFact is what a court decided, and whether that is final.
func (v View) decisionFact(p *lang.Printer) fact {
	d := v.now().Decision
	if d == nil || d.Verdict == "" {
		return fact{}
	}
	f := fact{term: p.T("dossier.decision"), from: events(d),
		text: [][]fragment{plain(p.T("dossier.decided", "Verdict", p.T("case.verdict."+string(d.Verdict)), "Date", d.When.Words(p)))}}
	for i := range d.Sentence {
		m := &d.Sentence[i]
		line := imposed(p, m)
		if m.Amount != nil {
			line += " · " + m.Amount.Words(p)
		}
		if t := m.Term(p); t != "" {
			line += " · " + p.T("case.term.period", "Period", t)
		}
		f.text = append(f.text, plain(line))
	}
	if v.now().NotFinal {
		f.text = append(f.text, plain(p.T("dossier.not_final")))
	}
	return f
}

// bindingFact stands next to "released": what still restricts the person.
func (v View) bindingFact(p *lang.Printer) fact {
	list := v.now().Measures
	if len(list) == 0 || v.dead() {
		return fact{}
	}
	const first = 4 // a reader in a hurry sees that there are some, and how many
	names := labels(p, list)
	f := fact{term: p.T("case.restrictions"), text: [][]fragment{plain(strings.Join(names[:min(len(names), first)], " · "))}, to: "#restrictions"}
	if len(names) > first {
		f.text = append(f.text, plain(p.T("dossier.in_all", "Number", p.Number(int64(len(names))))))
	}
	pending := 0
	for _, r := range list {
		if r.Pending {
			pending++
		}
		if !slices.Contains(f.from, r.Event) {
			f.from = append(f.from, r.Event)
		}
	}
	if pending > 0 {
		f.text = append(f.text, plain(p.T("dossier.pending_of", "Number", p.Number(int64(pending)))))
	}
	return f
}

// nextFact is what comes next: the nearest hearing, the nearest last day, or that nobody tells a date.
func (v View) nextFact(p *lang.Printer) fact {
	s := v.now()
	if s.Died != nil {
		return fact{}
	}
	hearing, due := v.soonest(s)
	ahead := hearing != nil && !v.gone(hearing.When.Date.End()) || due != nil && !v.gone(due.On)
	f := fact{term: p.T("dossier.next")}
	if (hearing != nil || due != nil) && !ahead {
		f.term = p.T("dossier.next_past")
	}
	if e := hearing; e != nil && !(ahead && v.gone(e.When.Date.End())) {
		f.from = events(e)
		f.text = append(f.text, plain(p.T("dossier.dated", "What", p.T("case.kind."+string(casefile.HearingHeld)), "Date", e.When.Words(p))))
		if where := v.court(p, e); len(where) > 0 {
			f.text = append(f.text, where)
		}
		if v.gone(e.When.Date.End()) {
			f.text = append(f.text, plain(p.T("dossier.untold")))
		}
	}
	if d := due; d != nil && !(ahead && v.gone(d.On)) {
		f.text = append(f.text, plain(p.T("dossier.dated", "What", p.T("case.deadline."+string(d.Kind)), "Date", d.On.Words(p))))
		if len(f.from) == 0 {
			f.from, f.why = d.From, v.counted(p, d)
		}
		if v.gone(d.On) {
			f.text = append(f.text, plain(p.T("dossier.passed")))
		}
	}
	if len(f.text) == 0 {
		f.text = append(f.text, plain(p.T("dossier.no_date")))
	} else {
		f.to = "#dates"
	}
	return f
}

// soonest are the first hearing and the first deadline to come, or, where the days of all have passed, the last hearing and the first deadline; nil: none is told.
func (v View) soonest(s *casefile.Stand) (hearing *casefile.Event, due *casefile.Deadline) {
	for _, e := range s.Next {
		if hearing = e; !v.gone(e.When.Date.End()) {
			break
		}
	}
	for i := range s.Deadlines {
		d := &s.Deadlines[i]
		if d.On != (casefile.Date{}) && (due == nil || v.gone(due.On) && !v.gone(d.On)) {
			due = d
		}
	}
	return hearing, due
}

// court is where a hearing is held: the court, or where it sits, or the place.
func (v View) court(p *lang.Printer, e *casefile.Event) []fragment {
	if i := v.File.Institution(e.At); i != nil {
		return v.line(p, i.Name)
	}
	if pr := v.File.Proceeding(e.Proceeding); pr != nil {
		if i := v.File.Institution(pr.Court); i != nil && len(i.Name) > 0 {
			return v.line(p, i.Name)
		}
	}
	for _, t := range []casefile.Text{e.Authority, e.Place} {
		if len(t) > 0 {
			return v.line(p, t)
		}
	}
	return nil
}

// counted says by what rule of law a last day was counted, or that the source states it.
func (v View) counted(p *lang.Printer, d *casefile.Deadline) [][]fragment {
	switch {
	case d.Rule != nil:
		out := [][]fragment{
			sentence(p, "dossier.by_rule", "Law", fragment{text: d.Rule.Law, isolated: true}, "Term", p.N("dossier.rule_days", d.Rule.Days)),
			plain(p.T("dossier.runs." + string(d.Rule.Runs))),
		}
		if (d.On != casefile.Date{}) {
			out = append(out, plain(p.T("dossier.days_off")))
		} else {
			out = append(out, plain(p.T("dossier.no_rule")))
		}
		return append(out, plain(p.T("dossier.rule_checked", "Date", d.Rule.Checked.Words(p))))
	case d.On != casefile.Date{}:
		return [][]fragment{plain(p.T("dossier.by_source"))}
	}
	return [][]fragment{plain(p.T("dossier.no_rule"))}
}

// knownFact is how it is known: from how many sources, of what sort, how new, and when the editors last compared.
func (v View) knownFact(p *lang.Printer) fact {
	f := fact{term: p.T("dossier.how_known"), to: "#sources"}
	if n := len(v.File.Sources); n > 0 {
		var kinds []string
		newest := casefile.Partial{}
		for i := range v.File.Sources {
			s := &v.File.Sources[i]
			if k := p.T("case.origin." + string(s.Kind)); !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
			if s.Published.Date.Known() && s.Published.Date.End().Last().Compare(newest.Date.End().Last()) > 0 {
				newest = s.Published
			}
		}
		f.text = append(f.text, plain(p.N("dossier.sources_of", n, "Kinds", p.Join(kinds))))
		if newest.Date.Known() {
			f.text = append(f.text, plain(p.T("dossier.newest", "Date", newest.Words(p))))
		}
	}
	if on := v.File.Case.Checked; on != (casefile.Date{}) {
		f.text = append(f.text, plain(v.checked(p, on)))
	}
	return f
}

// checked says when the editors last compared the page with the sources.
func (v View) checked(p *lang.Printer, on casefile.Date) string {
	if v.Today.Whole() && on.Whole() {
		if n := days(on, v.Today); n > 0 {
			return p.N("case.checked_ago", n)
		}
	}
	return p.T("case.checked", "Day", on.Words(p))
}

// standing is the status in one line; the zero string where nothing says it.
func (v View) standing(p *lang.Printer) string {
	s := v.now()
	switch {
	case s.Liberty != casefile.UnknownLiberty:
		return p.T("case.status." + string(s.Liberty))
	case s.Died != nil:
		return p.T("dossier.died")
	}
	return p.T("dossier.status_unknown")
}

// again tells that the person is held anew after having been out: the same page goes on.
func (v View) again() bool {
	all := v.now().Custody
	return len(all) > 1 && all[len(all)-1].Ended == nil
}

// reopened are when the person came out last and when they were held again after that.
func (v View) reopened() (out, back casefile.Partial) {
	all := v.now().Custody
	return all[len(all)-2].To, all[len(all)-1].From
}

// events are those that are there.
func events(list ...*casefile.Event) []*casefile.Event {
	return slices.DeleteFunc(list, func(e *casefile.Event) bool { return e == nil })
}

// byEvent puts restrictions that come from one event together, in the order in which they began.
func byEvent(list []casefile.Restriction) (groups [][]casefile.Restriction) {
	for _, r := range list {
		at := slices.IndexFunc(groups, func(g []casefile.Restriction) bool { return g[0].Event == r.Event })
		if at < 0 {
			groups = append(groups, []casefile.Restriction{r})
		} else {
			groups[at] = append(groups[at], r)
		}
	}
	return groups
}

// terms are what a restriction's name leaves open.
func (v View) terms(p *lang.Printer, r casefile.Restriction) (out [][]fragment) {
	if r.Measure == nil {
		return [][]fragment{plain(p.T("case.designation.effects_unknown"))}
	}
	if r.Measure.From != (casefile.Date{}) {
		out = append(out, plain(p.T("case.term.since", "Day", r.Measure.From.Words(p))))
	}
	if r.Measure.Until != (casefile.Date{}) {
		out = append(out, plain(p.T("case.term.until", "Day", r.Measure.Until.Words(p))))
	}
	return append(out, v.details(p, r.Measure)...)
}

// several tells whether there is more to say of custody than the glance does.
func (v View) several() bool {
	all := v.now().Custody
	return len(all) > 1 || len(all) == 1 && len(stays(&all[0])) > 1
}

// periodLines are what is known of a period beside its days.
func (v View) periodLines(p *lang.Printer, h *casefile.CustodyPeriod) (out [][]fragment) {
	out = append(out, plain(p.T("case.custody."+string(h.Kind))))
	if h.Counted {
		out = append(out, plain(v.dayCount(p, h)))
	}
	for _, k := range h.Stated {
		out = append(out, sentence(p, "case.as_printed", "Printed", v.frag(p, k.What)))
	}
	if h.Release != "" {
		out = append(out, plain(p.T("dossier.released", "How", p.T("case.release."+string(h.Release)))))
	}
	return out
}
