package casefile

import (
	"maps"
	"slices"
)

// ruling is a decision on guilt that stands. A person can be under several, each of a case of its own.
type ruling struct {
	by     *Event
	forced *Event   // by which it is in force
	filed  []*Event // appeals against it
	heard  bool     // an appeal was decided, and left it as it is
	absent bool     // given while the person was not there
	out    bool     // a release came after it: by that ruling they are not to be held any more
}

// custodial tells whether the ruling keeps the person somewhere.
func (r *ruling) custodial() bool {
	return r.by.Verdict == Treatment ||
		r.by.Verdict == Guilty && slices.ContainsFunc(r.by.Sentence, func(m Measure) bool { return m.Kind == Custody })
}

// last is the latest ruling that stands, or nil.
func (w *walk) last() *ruling {
	if n := len(w.rulings); n > 0 {
		return &w.rulings[n-1]
	}
	return nil
}

// custodial is the first ruling that keeps the person somewhere and is so, or nil. One from which they were released does not.
func (w *walk) custodial(so func(*ruling) bool) *ruling {
	for i := range w.rulings {
		if r := &w.rulings[i]; !r.out && r.custodial() && so(r) {
			return r
		}
	}
	return nil
}

// sentence is the first custodial ruling, in force or not.
func (w *walk) sentence() *ruling { return w.custodial(func(*ruling) bool { return true }) }

// served is the first custodial ruling in force.
func (w *walk) served() *ruling { return w.custodial(func(r *ruling) bool { return r.forced != nil }) }

// pending is the first that found the person guilty and is not in force.
func (w *walk) pending() *ruling {
	return w.custodial(func(r *ruling) bool { return r.forced == nil && r.by.Verdict == Guilty })
}

// hearing follows a trial: what is heard at first instance, and what the prosecution asks for at its end.
func (w *walk) hearing(e *Event) {
	if p := w.file.Proceeding(e.Proceeding); e.Kind == ProsecutorRequest || p != nil && p.Stage == StageFirst {
		w.trial = e
	}
	if e.Kind == HearingAdjourned && e.After != "" {
		if w.putOff == nil {
			w.putOff = map[string]bool{}
		}
		w.putOff[e.After] = true
	}
}

// court follows what was decided, and whether that is in force.
func (w *walk) court(e *Event) {
	i := w.concerned(e)
	if i < 0 && w.held() == nil && len(w.stand.Measures) == 0 && (e.Kind == AppealFiled || e.Kind == AppealDecision) {
		w.conflict(AppealedNothing, e)
	}
	switch {
	case e.Kind == VerdictGiven:
		w.decide(e, w.retried(e))
	case e.Kind == AppealFiled && i >= 0:
		w.rulings[i].filed = append(w.rulings[i].filed, e)
	case e.Kind == AppealDecision && e.Verdict != "": // else it concerned something else, such as the remand
		if e.Verdict == Guilty && len(e.Sentence) == 0 && i >= 0 { // upheld: the sentence is the one before
			w.rulings[i].heard = true
		} else {
			w.decide(e, i)
			i = len(w.rulings) - 1
		}
		if e.Verdict != Returned && w.file.rule(RuleAppealFinal, "", e, e.When) != nil {
			w.force(&w.rulings[i], e)
		}
	case e.Kind == InForce && i < 0:
		w.conflict(ForceWithout, e)
	case e.Kind == InForce:
		w.force(&w.rulings[i], e)
	}
}

// concerned is the ruling that an event is about: of its proceeding, or of one that this appeals, or else the last that is not
// in force, or else the last. It is -1 if there is none.
func (w *walk) concerned(e *Event) int {
	for _, id := range w.appealed(e.Proceeding) {
		if i := w.rulingOf(id); i >= 0 {
			return i
		}
	}
	for i := len(w.rulings) - 1; i >= 0; i-- {
		if w.rulings[i].forced == nil {
			return i
		}
	}
	return len(w.rulings) - 1
}

// appealed are a proceeding, what it appeals, what that appeals, and so on. A file that makes a ring of them has an end.
func (w *walk) appealed(id ProceedingID) (chain []ProceedingID) {
	for id != "" && !slices.Contains(chain, id) {
		chain = append(chain, id)
		if p := w.file.Proceeding(id); p != nil {
			id = p.Of
		}
	}
	return chain
}

func (w *walk) rulingOf(p ProceedingID) int {
	return slices.IndexFunc(w.rulings, func(r ruling) bool { return p != "" && r.by.Proceeding == p })
}

// retried is the ruling in whose place a verdict comes: of the same proceeding. Two of one day are a contradiction, and both stand.
func (w *walk) retried(e *Event) int {
	day, known := e.When.Date.day()
	for i := range w.rulings {
		by := w.rulings[i].by
		if d, ok := by.When.Date.day(); by.Kind == VerdictGiven && by.Proceeding == e.Proceeding && known && ok && d == day {
			w.conflict(TwoVerdicts, by, e)
			return -1
		}
	}
	return w.rulingOf(e.Proceeding)
}

// decide puts a decision and its sentence in place of ruling i and that one's, or beside the others if i is -1.
func (w *walk) decide(e *Event, i int) {
	if i >= 0 {
		gone := w.rulings[i].by
		w.drop(func(r *Restriction) bool { return r.Event == gone })
		w.rulings = slices.Delete(w.rulings, i, i+1)
		if h := w.held(); h != nil && (h.Kind == CustodySentence || h.Kind == CustodyTreatment) && w.served() == nil {
			h.turn(CustodyPretrial, e)
		}
	}
	w.trial = nil
	if e.Verdict == Returned {
		w.charged = e
		return
	}
	if w.ends(e) {
		w.charged = nil
	}
	absent := w.gone != nil && w.gone.Kind == Absconded
	w.rulings = append(w.rulings, ruling{by: e, absent: absent})
	w.impose(e, e.Sentence, true)
}

// ends tells whether a decision ends the case that is open: any does but one of another proceeding.
func (w *walk) ends(e *Event) bool {
	if w.charged == nil || w.charged.Proceeding == "" || e.Proceeding == "" || w.charged.Kind == VerdictGiven || w.charged.Kind == AppealDecision {
		return true
	}
	return slices.Contains(w.appealed(e.Proceeding), w.charged.Proceeding)
}

// force puts a ruling in force by an event. Who is held then serves it.
func (w *walk) force(r *ruling, e *Event) {
	if r.forced != nil {
		return // a later court left it as it was
	}
	r.forced = e
	for i := range w.stand.Measures {
		if m := &w.stand.Measures[i]; m.Event == r.by {
			m.Pending, m.Force = false, e
			if e.Kind != Release && m.Measure.From == (Date{}) {
				m.Since = e.When
			}
		}
	}
	h := w.held()
	if h == nil || !r.custodial() || e.Kind == Release {
		return
	}
	r.out = false
	if h.Kind != CustodyUndisclosed && h.Kind != CustodyDenied { // they serve it, and what is worse stays said
		h.turn(map[bool]CustodyKind{false: CustodySentence, true: CustodyTreatment}[r.by.Verdict == Treatment], e)
	}
}

// drop takes out restrictions, and tells whether there were any.
func (w *walk) drop(gone func(*Restriction) bool) bool {
	list := w.stand.Measures
	n := 0
	for i := range list {
		if !gone(&list[i]) {
			list[n] = list[i]
			n++
		}
	}
	clear(list[n:])
	w.stand.Measures = list[:n]
	return n < len(list)
}

// impose notes restrictions; custody is no restriction but a period of its own.
func (w *walk) impose(e *Event, list []Measure, sentenced bool) {
	for i := range list {
		m := &list[i]
		if m.Kind == Custody {
			continue
		}
		since := e.When
		if m.From != (Date{}) {
			since = Partial{Date: Span{From: m.From}}
		}
		w.stand.Measures = append(w.stand.Measures, Restriction{Measure: m, Designation: e.Designation, Since: since, Pending: sentenced, Event: e})
		if m.ends() && (w.soonest == Date{} || m.Until.Last().Compare(w.soonest) < 0) {
			w.soonest = m.Until.Last()
		}
	}
}

// measure follows restrictions and labels: what was imposed and is not reported as lifted, paid or removed.
func (w *walk) measure(e *Event) {
	switch e.Kind {
	case DesignationAdded:
		w.impose(e, e.Effects, false)
		if len(e.Effects) == 0 {
			w.stand.Measures = append(w.stand.Measures, Restriction{Designation: e.Designation, Since: e.When, Event: e})
		}
	case MeasureImposed:
		w.impose(e, e.Effects, false)
	case DesignationRemoved:
		if !w.drop(func(r *Restriction) bool { return r.listed(e) }) {
			w.conflict(LiftedNotImposed, e)
		}
	case MeasureLifted:
		w.lift(e)
	case FinePaid:
		w.paid(e)
	}
}

// listed tells whether the restriction follows from the listing that an event ended.
func (r *Restriction) listed(e *Event) bool {
	if r.Event.Kind != DesignationAdded || r.Designation != e.Designation {
		return false
	}
	return len(e.Register) == 0 || len(r.Event.Register) == 0 || maps.Equal(e.Register, r.Event.Register)
}

// lift takes out what was lifted: of several restrictions of one kind those that were imposed by themselves, since a listing
// ends by removal and a sentence by a decision.
func (w *walk) lift(e *Event) {
	if len(e.Effects) == 0 {
		w.conflict(LiftedNotImposed, e)
	}
	for _, m := range e.Effects {
		same := func(r *Restriction) bool { return r.Measure != nil && r.Measure.Kind == m.Kind }
		if !w.drop(func(r *Restriction) bool { return same(r) && r.Event.Kind == MeasureImposed }) && !w.drop(same) {
			w.conflict(LiftedNotImposed, e)
		}
	}
}

// paid takes out the fines that a payment covers. One that does not cover them leaves them.
func (w *walk) paid(e *Event) {
	fined := func(r *Restriction) bool { return r.Measure != nil && r.Measure.Kind == Fine }
	if !slices.ContainsFunc(w.stand.Measures, func(r Restriction) bool { return fined(&r) }) {
		w.conflict(PaidNotFined, e)
		return
	}
	w.drop(func(r *Restriction) bool {
		if !fined(r) {
			return false
		}
		due, sum := r.Measure.Amount, e.Amount
		return due == nil || sum == nil || due.Currency != sum.Currency || sum.Minor >= due.Minor
	})
}

// ends tells whether the restriction ends by its own last day. A fine does not: its day passes, and it is owed.
func (m *Measure) ends() bool { return m.Until != Date{} && m.Kind != Fine }

// expire takes out restrictions that ended by their own last day before a day.
func (w *walk) expire(day Date) {
	if w.soonest == (Date{}) || w.soonest.Compare(day) >= 0 {
		return
	}
	var last Date
	w.soonest = Date{}
	if w.drop(func(r *Restriction) bool {
		if r.Measure == nil || !r.Measure.ends() {
			return false
		}
		until := r.Measure.Until.Last()
		over := until.Compare(day) < 0
		switch {
		case over && until.Compare(last) > 0:
			last = until
		case !over && (w.soonest == Date{} || until.Compare(w.soonest) < 0):
			w.soonest = until
		}
		return over
	}) {
		w.name(Partial{Date: Span{From: last.plus(1)}})
	}
}
