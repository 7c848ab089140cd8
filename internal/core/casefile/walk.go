package casefile

import "slices"

// walk goes through the events in order of time and keeps what follows from them so far.
type walk struct {
	file  *File
	stand Stand

	charged *Event // a case is open by it, and nothing has ended that
	charge  *Event // the last that told a charge
	trial   *Event // the court has begun to hear the case
	transit *Event // on the way, and not told where to
	gone    *Event // looked for, in exile, exchanged, expelled or escaped
	out     *Event // the last release
	remand  *Event // of the open custody, the last that says until when
	counsel *Event // denied
	contact *Event // lost
	rulings []ruling
	putOff  map[string]bool // hearings, by their ids
	undated []*Event
	soonest Date // on which a restriction ends by itself; zero if none does
}

// held is the open period of custody, or nil.
func (w *walk) held() *CustodyPeriod {
	if n := len(w.stand.Custody); n > 0 && w.stand.Custody[n-1].Ended == nil {
		return &w.stand.Custody[n-1]
	}
	return nil
}

func (w *walk) conflict(kind ConflictKind, events ...*Event) {
	w.stand.Conflicts = append(w.stand.Conflicts, Conflict{kind, given(events)})
}

// given are the events that there are, each once.
func given(events []*Event) []*Event {
	var out []*Event
	for _, e := range events {
		if e != nil && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

func (w *walk) step(e *Event) {
	if !e.When.Date.Known() {
		w.undated = append(w.undated, e)
	}
	if e.Learnt.Date.Known() && e.When.Date.Known() && e.Kind != HearingScheduled && e.Learnt.Date.End().Last().Compare(e.When.Date.From.First()) < 0 {
		w.conflict(LearntBefore, e)
	}
	if ranks[e.Kind] == 0 {
		w.stated(e)
		return
	}
	if e.When.Date.Known() {
		w.expire(e.When.Date.From.First())
	}
	if w.stand.Died != nil && e.Kind.bodily() {
		w.conflict(AfterDeath, w.stand.Died, e)
		return
	}
	switch e.Kind {
	case Detention, Rearrest, Remand, RemandExtended, TransferStart, TransferArrival, FamilyInformed, Release, Exile, Death, Absconded:
		if !w.custody(e) {
			return
		}
	case CaseOpened, ChargeBrought, ChargeChanged:
		w.charged = e
	case HearingHeld, HearingAdjourned, HearingClosed, ProsecutorRequest:
		w.hearing(e)
	case VerdictGiven, AppealFiled, AppealDecision, InForce:
		w.court(e)
	case DesignationAdded, DesignationRemoved, MeasureImposed, MeasureLifted, FinePaid:
		w.measure(e)
	case CounselDenied:
		w.counsel = e
	case ContactLost, ContactRestored, PrisonerStatement:
		w.word(e)
	}
	w.accuse(e)
	w.stated(e)
	w.name(e.When)
}

// bodily tells what can't be done to a dead person.
func (k EventKind) bodily() bool {
	switch k {
	case Detention, Rearrest, Remand, RemandExtended, TransferStart, TransferArrival, Release, Exile, Absconded, PrisonerStatement, Death:
		return true
	}
	return false
}

// custody follows who is held, where and until when, and tells whether it could take the event up.
func (w *walk) custody(e *Event) bool {
	h := w.held()
	switch e.Kind {
	case Detention, Rearrest:
		return w.seize(h, e)
	case Remand, RemandExtended:
		return w.remanded(h, e)
	case TransferStart, TransferArrival:
		return w.moved(h, e)
	case FamilyInformed:
		if h != nil && h.Kind == CustodyDenied { // it is no longer denied; whether anybody may see the person is another matter
			h.turn(CustodyUndisclosed, e)
		}
		if h != nil && w.stay(h, e) {
			w.transit = nil
		}
	case Release:
		w.release(h, e)
	case Exile:
		w.leave(h, e)
		w.gone = e
	case Absconded:
		if h != nil {
			w.conflict(SoughtHeld, h.Begun, e)
			return false
		}
		w.gone = e
	case Death:
		w.leave(h, e)
		w.stand.Died = e
	}
	return true
}

// seize follows an arrest. Whoever is held already is arrested again only where the custody was undisclosed, and this tells what
// it is; or where its told term is over that day: to be let out and be taken again at the gate is common.
func (w *walk) seize(h *CustodyPeriod, e *Event) bool {
	switch {
	case h == nil:
	case h.Kind == CustodyUndisclosed || h.Kind == CustodyDenied:
		h.turn(w.kind(e), e)
		if len(h.By) == 0 {
			h.By = e.Authority
		}
		w.remand = nil
		w.stay(h, e)
		return true
	case w.remand != nil && w.overAt(e):
		if h.Kind == CustodyAdministrative {
			w.charged, w.charge = nil, nil
		}
		w.leave(h, e)
	default:
		w.conflict(HeldTwice, h.Begun, e)
		return false
	}
	w.begin(e, e.When)
	return true
}

// overAt tells whether the term of custody is told to end on the event's day or the day before.
func (w *walk) overAt(e *Event) bool {
	day, ok := e.When.Date.day()
	return ok && w.remand.Until.Whole() && w.remand.Until.Compare(day) <= 0 && w.remand.Until.plus(1).Compare(day) >= 0
}

func (w *walk) remanded(h *CustodyPeriod, e *Event) bool {
	switch {
	case h == nil && (w.gone != nil || w.past(e)):
		return true // ordered without the person being there: nobody is held by that
	case h == nil && e.Kind == RemandExtended:
		w.begin(e, e.When.earlier())
		return true
	case h == nil:
		w.begin(e, e.When)
		return true
	case e.Custody != "" || e.Kind == Remand && h.Kind != CustodySentence && h.Kind != CustodyTreatment:
		h.turn(w.kind(e), e)
	}
	if e.Until != (Date{}) {
		w.remand = e
	}
	w.stay(h, e)
	return true
}

// moved follows a transfer. Nobody is moved who is not held: where no arrest is told, that tells one of an earlier day.
func (w *walk) moved(h *CustodyPeriod, e *Event) bool {
	if h == nil {
		switch {
		case w.past(e):
			return true
		case w.out != nil && w.sentence() == nil, w.gone != nil && w.gone.Kind != Absconded:
			w.conflict(MovedNotHeld, w.out, w.gone, e)
			return false
		}
		w.begin(e, e.When.earlier())
		h = w.held()
	}
	w.transit = nil
	if e.Kind == TransferStart {
		w.transit = e
		return true
	}
	w.stay(h, e)
	return true
}

// past tells of something done in custody, nobody knows when, to a person whose custody is over as far as is told.
func (w *walk) past(e *Event) bool {
	return e.When.Date == Span{How: Unknown} && len(w.stand.Custody) > 0
}

// earlier is some time before.
func (p Partial) earlier() Partial {
	if !p.Date.Known() {
		return Partial{Date: Span{How: Unknown}}
	}
	return Partial{Date: Span{From: p.Date.From, How: Before}}
}

func (w *walk) begin(e *Event, from Partial) {
	w.stand.Custody = append(w.stand.Custody, CustodyPeriod{From: from, Kind: w.kind(e), Begun: e, By: e.Authority})
	h := w.held()
	if tried := slices.ContainsFunc(w.rulings, func(r ruling) bool { return !r.out }); w.charge != nil && (w.charged != nil || tried) {
		h.Charge, h.Charged = w.charge.Charge, w.charge // of a case that is not over
	}
	w.transit, w.gone, w.out, w.remand = nil, nil, nil, nil
	if e.Until != (Date{}) {
		w.remand = e
	}
	if e.Kind != TransferStart && e.Kind != TransferArrival { // those come to it themselves
		w.stay(h, e)
	}
}

// kind is the sort of custody that an event began or turned to: as it says, or by a decision in force, or pretrial.
func (w *walk) kind(e *Event) CustodyKind {
	switch r := w.served(); {
	case e.Custody != "":
		return e.Custody
	case r == nil:
		return CustodyPretrial
	case r.by.Verdict == Treatment:
		return CustodyTreatment
	}
	return CustodySentence
}

func (h *CustodyPeriod) turn(kind CustodyKind, e *Event) {
	if h.Kind != kind {
		h.Kind, h.Turned = kind, e
	}
}

// stay notes where the person is held from an event on, or under which regime, and tells whether a place was told. Where
// somebody was seized or a court sat is not where they are kept.
func (w *walk) stay(h *CustodyPeriod, e *Event) bool {
	s := Stay{From: e.When, Regime: e.Regime, Event: e}
	if i := w.file.Institution(e.At); e.Kind == TransferArrival || e.Kind == FamilyInformed || i != nil && i.Kind.keeps() {
		s.Place, s.At = e.Place, e.At
	}
	told := len(s.Place) > 0 || s.At != ""
	switch last := len(h.Stays) - 1; {
	case told || e.Kind == TransferArrival:
	case len(s.Regime) == 0:
		return false
	case last >= 0: // another regime, the same place
		s.Place, s.At = h.Stays[last].Place, h.Stays[last].At
	}
	h.Stays = append(h.Stays, s)
	return told
}

// keeps tells whether people are held in institutions of that kind.
func (k InstitutionKind) keeps() bool {
	return slices.Contains([]InstitutionKind{"police", "remand_prison", "prison", "camp", "hospital"}, k)
}

// leave ends the open period, if there is one.
func (w *walk) leave(h *CustodyPeriod, e *Event) {
	if h == nil {
		return
	}
	h.To, h.Ended, h.Release = e.When, e, e.Release
	h.Days, h.Counted = DaysHeld(h.From, h.To)
	w.transit, w.contact, w.counsel, w.remand = nil, nil, nil, nil
}

func (w *walk) release(h *CustodyPeriod, e *Event) {
	if h == nil {
		w.conflict(ReleasedNotHeld, w.out, w.gone, e)
	}
	if r := w.last(); r != nil && !r.out && (e.Release == "acquitted" && r.by.Verdict == Guilty || e.Release == "non_custodial_sentence" && r.custodial()) {
		w.conflict(SentenceRelease, r.by, e)
	}
	w.leave(h, e)
	w.out, w.gone = e, nil
	switch e.Release {
	case "exchange", "expulsion", "escape":
		w.gone = e
	case "never_charged", "dropped", "acquitted", "served", "time_served", "pardon", "amnesty":
		w.charged, w.charge, w.trial = nil, nil, nil
	}
	switch e.Release {
	case "served", "parole", "pardon": // of a sentence in force only
		if r := w.sentence(); r != nil {
			w.force(r, e)
		}
	case "bail_or_measure_change", "escape": // and what was sentenced is still to be served
		return
	}
	for i := range w.rulings {
		w.rulings[i].out = true
	}
}

// word follows what is heard of the person. That nobody hears is not yet that they are kept from everybody: only a source can tell that.
func (w *walk) word(e *Event) {
	h := w.held()
	if e.Kind == ContactLost {
		w.contact = e
		if h != nil && e.Custody != "" {
			h.turn(e.Custody, e)
		}
		return
	}
	w.contact = nil
	if e.Kind == ContactRestored {
		w.counsel = nil
	}
	if h != nil && (h.Kind == CustodyUndisclosed || h.Kind == CustodyDenied) {
		h.turn(w.kind(e), e)
	}
}

// accuse notes a charge, and that a case is open by it.
func (w *walk) accuse(e *Event) {
	if e.Charge == nil {
		return
	}
	w.charge = e
	if e.Kind == Detention || e.Kind == Rearrest {
		w.charged = e
	}
	if h := w.held(); h != nil {
		h.Charge, h.Charged = e.Charge, e
	}
}

// stated gathers what an event's sources print of how long the person was held.
func (w *walk) stated(e *Event) {
	if len(w.stand.Custody) == 0 {
		return
	}
	h := &w.stand.Custody[len(w.stand.Custody)-1]
	for i := range e.Claims {
		k := &e.Claims[i]
		if k.Field == FieldHeld && k.Retracted == nil && k.Status != Refuted && k.Status != Retracted &&
			(k.Made.Date == Span{} || k.Made.Date.by(w.stand.At.Known, w.stand.At.Known)) {
			h.Stated = append(h.Stated, *k)
		}
	}
}

// name says where the person stands now, and from when on if that is new.
func (w *walk) name(when Partial) {
	if l := w.standing(); l != w.stand.Liberty {
		w.stand.Liberty, w.stand.Since = l, when
	}
}

// as notes from what a standing follows; no event is a nil. Restraints are added by [walk.explain], once.
func (w *walk) as(l Liberty, from ...*Event) Liberty {
	w.stand.From = append(w.stand.From[:0], from...)
	return l
}

// standing is where the person stands.
func (w *walk) standing() Liberty {
	s := &w.stand
	if s.Died != nil {
		if n := len(s.Custody); n > 0 && s.Custody[n-1].Ended == s.Died {
			return w.as(DiedInCustody, s.Custody[n-1].Begun, s.Died)
		}
		return w.as(UnknownLiberty, s.Died)
	}
	if h := w.held(); h != nil {
		return w.kept(h)
	}
	if w.gone != nil {
		switch {
		case w.gone.Kind == Exile:
			return w.as(Exiled, w.gone)
		case w.gone.Kind == Absconded || w.gone.Release == "escape":
			return w.as(InAbsentia, w.gone)
		}
		return w.as(Exchanged, w.gone)
	}
	owed := w.served()
	house := slices.IndexFunc(s.Measures, func(r Restriction) bool { return !r.Pending && r.Measure != nil && r.Measure.Kind == "house_arrest" })
	open := slices.IndexFunc(w.rulings, func(r ruling) bool { return r.forced == nil })
	switch {
	case owed != nil: // a sentence of custody is in force, and nobody tells whether they were taken there
		return w.as(UnknownLiberty, w.out, owed.by, owed.forced)
	case house >= 0:
		return w.as(HouseArrest, s.Measures[house].Event)
	case open >= 0:
		return w.as(UnderMeasures, w.out, w.rulings[open].by)
	case len(s.Measures) > 0, w.bound():
		return w.as(UnderMeasures, w.out)
	case w.charged != nil || w.trial != nil:
		return w.as(UnderInvestigation, w.out, w.charged, w.trial)
	case len(w.rulings) > 0:
		return w.as(AtLiberty, w.out, w.last().by, w.last().forced)
	case w.out != nil:
		return w.as(AtLiberty, w.out)
	}
	return w.as(UnknownLiberty)
}

// bound tells whether the release itself was on conditions: of bail, until a court has decided.
func (w *walk) bound() bool {
	tried := slices.ContainsFunc(w.rulings, func(r ruling) bool { return !r.out })
	return w.out != nil && (w.out.Release == "parole" || w.out.Release == "bail_or_measure_change" && !tried)
}

// kept is where a person in custody stands.
func (w *walk) kept(h *CustodyPeriod) Liberty {
	convicted := w.pending()
	switch {
	case w.transit != nil:
		return w.as(Undisclosed, h.Begun, w.transit)
	case h.Kind == CustodyDenied:
		return w.as(Disappeared, h.Begun, h.Turned)
	case h.Kind == CustodyUndisclosed:
		return w.as(Incommunicado, h.Begun, h.Turned)
	case h.Kind == CustodySentence || h.Kind == CustodyTreatment:
		l := ServingSentence
		if h.Kind == CustodyTreatment {
			l = InTreatment
		}
		if r := w.served(); r != nil {
			return w.as(l, h.Begun, h.Turned, r.by, r.forced)
		}
		return w.as(l, h.Begun, h.Turned)
	case h.Kind == CustodyHouse:
		return w.as(HouseArrest, h.Begun, h.Turned)
	case h.Kind == CustodyAdministrative:
		return w.as(Administrative, h.Begun, h.Turned)
	case convicted != nil:
		return w.as(AppealInCustody, h.Begun, h.Turned, convicted.by)
	case w.trial != nil:
		return w.as(OnTrialInCustody, h.Begun, h.Turned, w.trial)
	}
	return w.as(PretrialDetention, h.Begun, h.Turned)
}
