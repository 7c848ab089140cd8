package casework

import (
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// told is one thing that follows from the events, in the words of the public page.
type told struct {
	term  string
	lines []string
	from  []*casefile.Event
}

// follows is what a page shows of what a change comes to.
type follows struct {
	broken  bool     // the form can't be read: nothing is said
	changes []turned // what is otherwise than before
	now     []told   // all that follows
	hidden  bool     // readers don't see what is written here
}

// turned is one thing before and after.
type turned struct {
	term          string
	before, after []string
	from          []*casefile.Event
}

// remarkAt is something to mend, and the address where.
type remarkAt struct {
	label, path string
	remark
}

// compare sets what follows from two files side by side. It is what the events say and nothing more: no cause is among it.
func compare(p *lang.Printer, before, after *casefile.File) (f follows) {
	was, is := standing(p, before), standing(p, after)
	f.now = is
	at := func(list []told, term string) told {
		if i := slices.IndexFunc(list, func(t told) bool { return t.term == term }); i >= 0 {
			return list[i]
		}
		return told{}
	}
	var terms []string
	for _, t := range append(slices.Clone(is), was...) {
		if !slices.Contains(terms, t.term) {
			terms = append(terms, t.term)
		}
	}
	for _, term := range terms {
		if a, b := at(was, term), at(is, term); !slices.Equal(a.lines, b.lines) {
			f.changes = append(f.changes, turned{term, a.lines, b.lines, b.from})
		}
	}
	return f
}

// standing is where a person stands, in the words of the page about them.
func standing(p *lang.Printer, f *casefile.File) (list []told) {
	s := f.Stand(casefile.AsOf{})
	in := func(t casefile.Text) string { s, _ := t.In(p.Tag(), f.Campaign.Languages...); return s }
	add := func(term string, from []*casefile.Event, lines ...string) {
		lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
		if len(lines) > 0 {
			list = append(list, told{term, lines, slices.DeleteFunc(slices.Clone(from), func(e *casefile.Event) bool { return e == nil })})
		}
	}
	status := p.T("dossier.status_unknown")
	switch {
	case s.Liberty != casefile.UnknownLiberty:
		status = p.T("case.status." + string(s.Liberty))
	case s.Died != nil:
		status = p.T("dossier.died")
	}
	add(p.T("case.now"), s.From, status)
	if n := len(s.Custody); n > 0 {
		h := &s.Custody[n-1]
		lines := []string{since(p, h)}
		switch {
		case h.Counted && h.Ended == nil:
			lines = append(lines, p.N("dossier.days_so_far", h.Days, "Date", s.At.Day.Words(p)))
		case h.Counted:
			lines = append(lines, p.N("case.held_days", h.Days))
		}
		if n > 1 {
			lines = append(lines, p.T("dossier.periods", "Number", p.Number(int64(n))))
		}
		if h.Release != "" {
			lines = append(lines, p.T("dossier.released", "How", p.T("case.release."+string(h.Release))))
		}
		add(p.T("dossier.held"), []*casefile.Event{h.Begun, h.Ended}, lines...)
		if m := len(h.Stays); m > 0 {
			stay := h.Stays[m-1]
			place := in(stay.Place)
			if i := f.Institution(stay.At); i != nil {
				place = in(i.Name)
			}
			term := p.T("case.place")
			if h.Ended != nil {
				term = p.T("dossier.place_last")
			}
			if place == "" && h.Ended == nil {
				place = p.T("case.place_unknown")
			}
			add(term, []*casefile.Event{stay.Event}, place, in(stay.Regime))
		}
		if h.Charge != nil {
			charge := in(h.Charge.AsPrinted)
			switch {
			case charge != "":
				charge = p.T("case.as_printed", "Printed", charge)
			case h.Charge.Kind != "":
				charge = p.T("case.offence." + string(h.Charge.Kind))
			}
			add(p.T("case.charge"), []*casefile.Event{h.Charged}, charge)
		}
	}
	if d := s.Decision; d != nil && d.Verdict != "" {
		lines := []string{p.T("dossier.decided", "Verdict", p.T("case.verdict."+string(d.Verdict)), "Date", d.When.Words(p))}
		if s.NotFinal {
			lines = append(lines, p.T("dossier.not_final"))
		}
		add(p.T("dossier.decision"), []*casefile.Event{d, s.InForce}, lines...)
	}
	var names []string
	var from []*casefile.Event
	for _, m := range s.Measures {
		name := m.Designation.Label
		if m.Measure != nil {
			name = m.Measure.Kind.Label
		}
		words := name(p)
		if m.Pending {
			words = p.T("desk.casework.pending", "Restriction", words, "Pending", p.T("dossier.pending"))
		}
		names = append(names, words)
		if !slices.Contains(from, m.Event) {
			from = append(from, m.Event)
		}
	}
	add(p.T("case.restrictions"), from, names...)
	names, from = nil, nil
	for _, e := range s.Next {
		names, from = append(names, p.T("dossier.dated", "What", p.T("case.kind."+string(casefile.HearingHeld)), "Date", e.When.Words(p))), append(from, e)
	}
	for _, d := range s.Deadlines {
		on := p.T("dossier.day_not_told")
		if d.On != (casefile.Date{}) {
			on = d.On.Words(p)
		}
		names, from = append(names, p.T("dossier.dated", "What", p.T("case.deadline."+string(d.Kind)), "Date", on)), append(from, d.From...)
	}
	add(p.T("dossier.next"), from, names...)
	names, from = nil, nil
	for _, g := range s.Gaps {
		if words := p.T("case.gap." + string(g.Kind)); !slices.Contains(names, words) {
			names = append(names, words)
		}
	}
	add(p.T("dossier.unknown"), nil, names...)
	names = nil
	for _, c := range s.Conflicts {
		names, from = append(names, p.T("case.conflict."+string(c.Kind))), append(from, c.Events...)
	}
	add(p.T("desk.casework.contradictions"), from, names...)
	return list
}

// since is the first line on a time in custody, as the public page has it.
func since(p *lang.Printer, h *casefile.CustodyPeriod) string {
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

// idFor makes an event's id of its day and what it is, for life. It is told in addresses: nothing that was typed is in it.
func idFor(e *casefile.Event, taken map[string]bool) string {
	kind := strings.ReplaceAll(string(e.Kind), "_", "-")
	if kind == "" {
		kind = "event"
	}
	if day := e.When.Date.From.String(); day != "" {
		kind = day + "-" + kind
	}
	return free(kind, taken)
}
