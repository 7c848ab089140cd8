package dossier

import (
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// sheet is what stands on an A4 sheet about a person, for a desk where there is no screen: nothing on it unfolds, and every address is written out.
type sheet struct {
	facts   []fact
	bound   []restricted
	dates   []due
	calls   []Call
	url     string // of the site
	unknown [][]fragment
}

// restricted are restrictions from one event.
type restricted struct {
	event *casefile.Event
	list  []casefile.Restriction
}

// due is a hearing to come or a last day, with the rule by which it was counted.
type due struct {
	what  []fragment
	lines [][]fragment
	from  []*casefile.Event
}

// sheet gathers it. calls are the letters of the case, url is the site's.
func (v View) sheet(p *lang.Printer, calls []Call, url string) sheet {
	s := sheet{url: url}
	s.facts = append(s.facts, v.whoFact(p))
	charged := false // the charge says over what act
	if h := v.period(); h != nil {
		s.facts = append(s.facts, v.sinceFact(p, h), v.whereFact(p, h))
		if h.Charge != nil {
			s.facts, charged = append(s.facts, v.chargeFact(p, h)), true
		}
	}
	if len(v.File.Case.Act) > 0 && !charged {
		s.facts = append(s.facts, fact{term: p.T("case.act"), text: [][]fragment{v.line(p, v.File.Case.Act)}})
	}
	s.facts = slices.DeleteFunc(append(s.facts, v.decisionFact(p)), func(f fact) bool { return len(f.text) == 0 })
	if v.dead() {
		return s
	}
	for _, group := range byEvent(v.now().Measures) {
		s.bound = append(s.bound, restricted{group[0].Event, group})
	}
	s.dates = v.dues(p)
	if !v.File.Stopped(casefile.ScopeLetter) {
		s.calls = calls
	}
	s.unknown = v.openEnds(p)
	return s
}

// dues are the hearings to come, the nearest first, and then the last days.
func (v View) dues(p *lang.Printer) (list []due) {
	st := v.now()
	if st.Died != nil {
		return nil
	}
	for _, e := range st.Next {
		d := due{what: plain(p.T("dossier.dated", "What", p.T("case.kind."+string(casefile.HearingHeld)), "Date", e.When.Words(p))), from: events(e)}
		if where := v.court(p, e); len(where) > 0 {
			d.lines = append(d.lines, where)
		}
		if v.gone(e.When.Date.End()) {
			d.lines = append(d.lines, plain(p.T("dossier.untold")))
		}
		list = append(list, d)
	}
	for i := range st.Deadlines {
		k := &st.Deadlines[i]
		day := p.T("dossier.day_not_told")
		if k.On != (casefile.Date{}) {
			day = k.On.Words(p)
		}
		d := due{what: plain(p.T("dossier.dated", "What", p.T("case.deadline."+string(k.Kind)), "Date", day)), lines: v.counted(p, k), from: k.From}
		if v.gone(k.On) {
			d.lines = append(d.lines, plain(p.T("dossier.passed")))
		}
		list = append(list, d)
	}
	return list
}

// openEnds are what is not known, each in a line: what nobody tells, what contradicts itself, what nobody has settled. No answer to it is among them.
func (v View) openEnds(p *lang.Printer) (list [][]fragment) {
	for _, g := range v.gaps() {
		list = append(list, plain(p.T("case.gap."+string(g.kind))))
	}
	for _, c := range v.now().Conflicts {
		list = append(list, plain(p.T("case.conflict."+string(c.Kind))))
	}
	for _, q := range v.unsettled() {
		list = append(list, v.line(p, q.Ask))
	}
	return list
}

// cite are the numbers of the sources on which some events rest, as they are listed at the end of what is printed; empty if none is told.
func (v View) cite(from []*casefile.Event) string {
	var ids []casefile.SourceID
	for _, e := range from {
		if e == nil {
			continue
		}
		for _, k := range evidence(e.Source, e.Evidence) {
			ids = append(ids, k.Source)
		}
	}
	return v.citeSources(ids)
}

func (v View) citeSources(ids []casefile.SourceID) string {
	var list []int
	for _, id := range ids {
		if n := v.number(id); n > 0 && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return "[" + strings.Join(words, ", ") + "]"
}
