package casefile

import (
	"cmp"
	"slices"
)

// end completes what only the whole story tells: days so far, what ended by its own date, what is due, what is not known.
func (w *walk) end(ahead []*Event) {
	s := &w.stand
	w.expire(s.At.Day)
	for i := range s.Measures {
		if m := s.Measures[i].Measure; m != nil && m.From.First().Compare(s.At.Day) > 0 {
			s.Measures[i].Pending = true
		}
	}
	if h := w.held(); h != nil {
		h.Days, h.Counted = DaysHeld(h.From, Partial{Date: Span{From: s.At.Day}})
	}
	if r := w.last(); r != nil {
		s.Decision, s.NotFinal, s.InForce = r.by, r.forced == nil, r.forced
	}
	w.explain()
	s.Next = slices.DeleteFunc(ahead, func(e *Event) bool { return w.putOff[e.ID] })
	if s.Died == nil { // nothing is due from the dead
		w.deadlines()
		w.gaps()
	}
	w.doubts()
}

// explain completes from what Liberty follows, and how far that holds.
func (w *walk) explain() {
	s := &w.stand
	from := s.From
	if s.Liberty == UnderMeasures {
		for _, r := range s.Measures {
			from = append(from, r.Event)
		}
	}
	s.From = given(from)
	weight := []Status{"", Established, Reported, AssertedByParty, Contested, UnknownStatus}
	for _, e := range s.From {
		if h := e.holds(); slices.Index(weight, h) > slices.Index(weight, s.Holds) {
			s.Holds = h
		}
	}
}

func (w *walk) due(d Deadline) {
	d.Passed = d.On != Date{} && d.On.Last().Compare(w.stand.At.Day) < 0
	d.From = given(d.From)
	w.stand.Deadlines = append(w.stand.Deadlines, d)
}

func (w *walk) deadlines() {
	for i := range w.rulings {
		w.appeals(&w.rulings[i])
	}
	for i := range w.stand.Measures {
		switch r := &w.stand.Measures[i]; {
		case r.Measure == nil:
		case r.Measure.Kind == Fine:
			w.fine(r)
		case r.Measure.Until == Date{}:
		case r.Designation != "":
			w.due(Deadline{Kind: ListingEnds, On: r.Measure.Until, From: []*Event{r.Event}})
		default:
			w.due(Deadline{Kind: MeasureEnds, On: r.Measure.Until, From: []*Event{r.Event}})
		}
	}
	if w.remand != nil && w.sentence() == nil { // a sentence needs no more of them
		w.due(Deadline{Kind: RemandEnds, On: w.remand.Until, From: []*Event{w.remand}})
	}
	kinds := DeadlineKind("").Known()
	slices.SortStableFunc(w.stand.Deadlines, func(a, b Deadline) int {
		return cmp.Or(btoi(a.On == Date{})-btoi(b.On == Date{}), a.On.Compare(b.On), slices.Index(kinds, string(a.Kind))-slices.Index(kinds, string(b.Kind)))
	})
}

// appeals tells until when either side may appeal a verdict that it has not appealed. A day that is over is not told: the verdict
// is then in force or was appealed, and [GapInForce] says that nobody reports which.
func (w *walk) appeals(r *ruling) {
	if p := w.file.Proceeding(r.by.Proceeding); r.forced != nil || r.heard || r.by.Kind != VerdictGiven || p != nil && p.Stage == StageAppeal {
		return
	}
	for _, side := range [...]Side{Defence, Prosecution} {
		d := Deadline{Kind: AppealDefence, On: r.by.Until, From: []*Event{r.by}}
		if side == Prosecution {
			d.Kind = AppealProsecution
		}
		if d.On == (Date{}) {
			d.Rule = w.file.rule(RuleAppeal, side, r.by, r.by.When)
			if day, ok := r.by.When.Date.day(); ok && d.Rule != nil && w.runs(d.Rule, side, r) {
				d.On = day.plus(d.Rule.Days)
			}
		}
		filed := slices.ContainsFunc(r.filed, func(e *Event) bool { return e.Side == side })
		if !filed && (d.On == Date{} || d.On.Last().Compare(w.stand.At.Day) >= 0) {
			w.due(d)
		}
	}
}

// runs tells whether a side's term runs from the day of the decision.
func (w *walk) runs(rule *Rule, side Side, r *ruling) bool {
	switch rule.Runs {
	case RunsFromService:
		return false
	case RunsFromPresence:
		return !r.absent
	case RunsFromCopy:
		return side != Defence || !w.heldAfter(r.by)
	}
	return true
}

// heldAfter tells whether the person was still held when the day of an event ended.
func (w *walk) heldAfter(e *Event) bool {
	day := e.When.Date.End().Last()
	return slices.ContainsFunc(w.stand.Custody, func(h CustodyPeriod) bool {
		return h.From.Date.From.First().Compare(day) <= 0 && (h.Ended == nil || !h.To.Date.Known() || h.To.Date.End().Last().Compare(day) > 0)
	})
}

// fine tells until when a fine is to be paid; also when that day is over, since nobody reports it paid.
func (w *walk) fine(r *Restriction) {
	d := Deadline{Kind: FineDue, On: r.Measure.Until, From: []*Event{r.Event, r.Force}}
	if sentenced := r.Event.Kind == VerdictGiven || r.Event.Kind == AppealDecision; sentenced && d.On == (Date{}) {
		when := r.Event.When
		if r.Force != nil {
			when = r.Force.When
		}
		d.Rule = w.file.rule(RuleFine, "", r.Event, when)
		if day, ok := when.Date.day(); ok && d.Rule != nil && r.Force != nil && r.Force.Kind != Release {
			d.On = day.plus(d.Rule.Days)
		}
	}
	w.due(d)
}

// plus is the day that many days later.
func (d Date) plus(n int) Date {
	y, m, day := d.time().AddDate(0, 0, n).Date()
	return Date{y, int(m), day}
}

func (w *walk) gap(kind GapKind, from ...*Event) {
	w.stand.Gaps = append(w.stand.Gaps, Gap{kind, given(from)})
}

func (w *walk) gaps() {
	s := &w.stand
	if s.Liberty == UnknownLiberty {
		w.gap(GapLiberty, s.From...)
	}
	if h := w.held(); h != nil {
		w.untold(h)
	}
	if w.trial != nil && len(s.Next) == 0 {
		w.gap(GapNextHearing, w.trial)
	}
	if w.contact != nil {
		w.gap(GapContact, w.contact)
	}
	if w.counsel != nil {
		w.gap(GapCounsel, w.counsel)
	}
	open := false // within a window for appeals, or under appeal
	for _, d := range s.Deadlines {
		if appeal := d.Kind == AppealDefence || d.Kind == AppealProsecution; appeal && d.From[0] == s.Decision {
			open = open || d.On != Date{}
		}
	}
	if s.NotFinal && !open && (len(w.last().filed) == 0 || w.last().heard) {
		w.gap(GapInForce, s.Decision)
	}
	if i := slices.IndexFunc(s.Deadlines, func(d Deadline) bool {
		return (d.Kind == AppealDefence || d.Kind == AppealProsecution) && d.On == Date{}
	}); i >= 0 {
		w.gap(GapAppealWindow, s.Deadlines[i].From...)
	}
	for _, r := range s.Measures {
		switch m := r.Measure; {
		case m == nil:
			w.gap(GapEffects, r.Event)
		case m.Kind == Fine:
			w.gap(GapPayment, r.Event)
		case m.Until == Date{} && m.Months == 0 && m.Years == 0 && slices.Contains(m.NotTold, "period"):
			w.gap(GapPeriod, r.Event)
		}
	}
}

// untold tells what nobody says of the open custody. Where somebody under house arrest lives is no gap: it is never told here.
func (w *walk) untold(h *CustodyPeriod) {
	n := len(h.Stays)
	if w.transit != nil || h.Kind != CustodyHouse && (n == 0 || len(h.Stays[n-1].Place) == 0 && h.Stays[n-1].At == "") {
		w.gap(GapWhereabouts, h.Begun, w.transit)
	}
	if h.Charge == nil || h.Charge.Kind == "not_disclosed" {
		w.gap(GapCharge, h.Begun, h.Charged)
	}
	if _, ok := h.From.Date.day(); !ok {
		w.gap(GapArrestDay, h.Begun)
	}
}

// doubts tells what stays open whatever became of the person.
func (w *walk) doubts() {
	if len(w.undated) > 0 {
		w.gap(GapEventDay, w.undated...)
	}
	if len(w.stand.Conflicts) > 0 {
		var all []*Event
		for _, c := range w.stand.Conflicts {
			all = append(all, c.Events...)
		}
		w.gap(GapStateUnclear, all...)
	}
	if p := w.file.Case.Publication; len(p.Consents) == 0 && p.Necessity != nil {
		w.gap(GapConsent)
	}
}
