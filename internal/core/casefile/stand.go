package casefile

// AsOf is from where a case is looked at: what had happened by the end of a day, as it was known by the end of a day.
type AsOf struct {
	Day   Date // the zero Date is the last day told ([File.Latest]); a month or a year is its last day
	Known Date // the zero Date is Day: what was learnt later is not there. Ask for a later one to look back with what is known since
}

// Stand is where a person stands as of a day: all that is derived from the events, and nothing else. Each piece says from
// which events it follows, so that a page can show why. It is a pure function of the file and the [AsOf]; the order in which
// events stand in the file changes nothing.
type Stand struct {
	At AsOf

	Liberty Liberty
	Died    *Event   // the person is dead: no ask, goal, card or fund stands any more
	Since   Partial  // from when on it has been so; zero where no event says
	From    []*Event // what Liberty follows from; empty where no event says
	Holds   Status   // how far Liberty holds: as the least certain of From does; empty where that is empty

	Custody  []CustodyPeriod // periods, the earliest first; only the last can be open
	Measures []Restriction   // in force or sentenced, the earliest first

	Decision *Event // the last decision on guilt that stands
	NotFinal bool   // it is imposed and not in force: either side may still appeal, or has
	InForce  *Event // by which it is in force; nil while NotFinal

	Next      []*Event // hearings to come after the day, the nearest first
	Deadlines []Deadline
	Gaps      []Gap
	Conflicts []Conflict
}

// Restriction is a measure or a designation in force, and the event it comes from.
type Restriction struct {
	Measure     *Measure    // nil for a designation whose effects nobody tells
	Designation Designation // the label or list it follows from, if any
	Since       Partial     // of what was sentenced: from when on it is in force, or the day of the sentence while it is Pending
	Pending     bool        // sentenced, and not yet in force
	Event       *Event
	Force       *Event // by which what was sentenced is in force; nil of anything else
}

// CustodyPeriod is one period of being held without a break, of whatever kinds: from remand to house arrest to a camp it goes
// on. A rearrest begins another of the same case.
type CustodyPeriod struct {
	From, To Partial     // To is zero while it lasts
	Kind     CustodyKind // its last
	Begun    *Event
	Turned   *Event // that made it of its Kind, where Begun did not
	Ended    *Event // nil while it lasts
	By       Text   // the authority that began it
	Charge   *Charge
	Charged  *Event // that told the charge
	Stays    []Stay // where, the earliest first
	Release  ReleaseKind
	Days     int     // from From to To, or to the day looked from; the day of arrest is not counted
	Counted  bool    // Days is known
	Stated   []Claim // how long, as sources print it: shown beside Days, never in its place
}

// Stay is where and under which regime the person was held from an event on. It has neither Place nor At when they are told to
// have been brought somewhere, and nobody tells where.
type Stay struct {
	From   Partial
	Place  Text
	At     InstitutionID
	Regime Text
	Event  *Event
}

// Deadline is a day by which something must be done or ends.
type Deadline struct {
	Kind   DeadlineKind
	On     Date     // the last day, and never later than the law has it; zero where nobody tells it and it can't be counted
	Rule   *Rule    // that sets it; nil where a source states the day, or nothing does. With a zero On: the term is known, not what it runs from
	From   []*Event // what it follows from
	Passed bool     // On is over, and nobody reports what came of it
}

// DeadlineKind is what is due.
type DeadlineKind string

const (
	AppealDefence     DeadlineKind = "appeal_defence"
	AppealProsecution DeadlineKind = "appeal_prosecution"
	FineDue           DeadlineKind = "fine_due"
	RemandEnds        DeadlineKind = "remand_ends"
	MeasureEnds       DeadlineKind = "measure_ends"
	ListingEnds       DeadlineKind = "listing_ends"
)

func (DeadlineKind) Known() []string {
	return known(AppealDefence, AppealProsecution, FineDue, RemandEnds, MeasureEnds, ListingEnds)
}

// Gap is something that readers look for and no event tells.
type Gap struct {
	Kind GapKind
	From []*Event // those that leave it open
}

// GapKind is what is not known.
type GapKind string

const (
	GapWhereabouts  GapKind = "whereabouts"      // held, and nobody says where
	GapCharge       GapKind = "charge"           // held, and no charge is told
	GapArrestDay    GapKind = "arrest_day"       // held from a day that is not told
	GapCounsel      GapKind = "counsel"          // counsel was denied, and no word since
	GapContact      GapKind = "contact"          // contact was lost, and no word since
	GapPayment      GapKind = "payment"          // a fine, and nobody reports it paid
	GapEffects      GapKind = "effects"          // a label whose effects nobody tells
	GapPeriod       GapKind = "period"           // a restriction without an end or a term
	GapInForce      GapKind = "in_force"         // the time to appeal is over or not known, and nobody says whether the decision is in force
	GapAppealWindow GapKind = "appeal_window"    // until when a side may appeal
	GapNextHearing  GapKind = "next_hearing"     // on trial, and no date is told
	GapEventDay     GapKind = "event_day"        // events whose day is not told
	GapLiberty      GapKind = "liberty"          // nothing says whether the person is held
	GapStateUnclear GapKind = "contradicting"    // the events contradict one another
	GapConsent      GapKind = "persons_own_word" // the person could not be asked
)

func (GapKind) Known() []string {
	return known(GapWhereabouts, GapCharge, GapArrestDay, GapCounsel, GapContact, GapPayment, GapEffects, GapPeriod, GapInForce, GapAppealWindow,
		GapNextHearing, GapEventDay, GapLiberty, GapStateUnclear, GapConsent)
}

// Conflict is events that can't all be so. Nothing is chosen among them: a page shows them beside each other.
type Conflict struct {
	Kind   ConflictKind
	Events []*Event
}

// ConflictKind is how events contradict one another.
type ConflictKind string

const (
	HeldTwice        ConflictKind = "held_twice"           // arrested while held already
	SoughtHeld       ConflictKind = "sought_held"          // looked for while held
	ReleasedNotHeld  ConflictKind = "released_not_held"    // released while not held
	MovedNotHeld     ConflictKind = "moved_not_held"       // brought to a prison after a release
	TwoVerdicts      ConflictKind = "two_verdicts"         // of one court on one day
	ForceWithout     ConflictKind = "in_force_without"     // in force, and no decision is told
	LiftedNotImposed ConflictKind = "lifted_not_imposed"   // lifted or removed, and nobody told that it was there
	PaidNotFined     ConflictKind = "paid_not_fined"       // paid, and no fine is told
	AfterDeath       ConflictKind = "after_death"          // something done to the person after their death, or a second death
	AppealedNothing  ConflictKind = "appealed_nothing"     // an appeal, and no decision is told
	LearntBefore     ConflictKind = "learnt_before"        // known before it happened
	SentenceRelease  ConflictKind = "sentence_and_release" // released as acquitted, or without custody, and the decision told says otherwise
)

func (ConflictKind) Known() []string {
	return known(HeldTwice, SoughtHeld, ReleasedNotHeld, MovedNotHeld, TwoVerdicts, ForceWithout, LiftedNotImposed, PaidNotFined, AfterDeath,
		AppealedNothing, LearntBefore, SentenceRelease)
}
