package casefile

import "slices"

// Ground is one thing on which a page rests (R1), and how it stands on a day. Exactly one of Consent and Necessity is set.
type Ground struct {
	Consent   *Consent
	Necessity *Necessity
	State     GroundState
	Why       GroundReason // of what is due or lapsed
	Since     Date         // from which day on it has been so; zero where that is not told
}

// GroundState is how a ground stands.
type GroundState string

const (
	GroundStands GroundState = "stands"
	GroundDue    GroundState = "due"    // it holds, and is to be asked for again
	GroundLapsed GroundState = "lapsed" // it holds no more
)

func (GroundState) Known() []string { return known(GroundStands, GroundDue, GroundLapsed) }

// GroundReason is why a ground is due or has lapsed.
type GroundReason string

const (
	ReasonWithdrawn GroundReason = "withdrawn"
	ReasonEnded     GroundReason = "ended"         // it was given until a day, and that has passed
	ReasonReleased  GroundReason = "released"      // others spoke for a person who was held: now the person is asked
	ReasonStage     GroundReason = "stage_changed" // the case is at another stage than when it was last confirmed
	ReasonAge       GroundReason = "half_a_year"   // it was not confirmed for six months
)

func (GroundReason) Known() []string {
	return known(ReasonWithdrawn, ReasonEnded, ReasonReleased, ReasonStage, ReasonAge)
}

const (
	confirmMonths = 6  // after which a ground is to be confirmed
	askDays       = 30 // after a release, in which the page may say so while the person is asked
)

// Grounds are all on which the page was ever made to rest, each as it stands on a day; the zero Date is the last day told.
//
// A consent lapses when it is withdrawn, when its until has passed, and, where the family, a lawyer or a proxy gave it, when the
// person is released: the person can be asked. What is not confirmed for six months, or not since the case came to another stage, is
// due: the organisers are told, and the page stays. Nobody decided that it should go, and a page that vanishes by a calendar while
// its few editors are busy can harm the person as one that stays.
func (f *File) Grounds(today Date) []Ground {
	if today == (Date{}) {
		today = f.Latest()
	}
	p := f.Case.Publication
	var list []Ground
	for i := range p.Consents {
		list = append(list, f.ground(&p.Consents[i], today))
	}
	if n := p.Necessity; n != nil {
		g := Ground{Necessity: n, State: GroundStands}
		f.due(&g, latest(n.Date, n.Confirmed), today)
		list = append(list, g)
	}
	return list
}

func (f *File) ground(k *Consent, today Date) Ground {
	g := Ground{Consent: k, State: GroundLapsed}
	last := latest(k.Date, k.Confirmed)
	switch released, on := f.releasedAfter(last); {
	case k.Withdrawn != Date{}:
		g.Why, g.Since = ReasonWithdrawn, k.Withdrawn
	case k.Until != Date{} && k.Until.Last().Compare(today) < 0:
		g.Why, g.Since = ReasonEnded, k.Until
	case released && k.Giver != "prisoner":
		g.Why, g.Since = ReasonReleased, on
	default:
		g.State = GroundStands
		f.due(&g, last, today)
	}
	return g
}

// due tells what is to be confirmed again.
func (f *File) due(g *Ground, last, today Date) {
	stage, changed := f.stageAfter(last)
	half := last.Last().plusMonths(confirmMonths)
	switch {
	case changed && stage.Compare(today) <= 0:
		g.State, g.Why, g.Since = GroundDue, ReasonStage, stage
	case last != Date{} && half.Compare(today) < 0:
		g.State, g.Why, g.Since = GroundDue, ReasonAge, half
	}
}

// plusMonths is the day that many months later, or the last of its month where that is shorter.
func (d Date) plusMonths(n int) Date {
	months := d.Year*12 + d.Month - 1 + n
	out := Date{months / 12, months%12 + 1, 0}
	out.Day = min(d.Day, days(out.Year, out.Month))
	return out
}

func latest(a, b Date) Date {
	if b.Compare(a) > 0 {
		return b
	}
	return a
}

// releasedAfter tells whether the person is out, or was released on that day or later; then what others agreed to in the person's
// name is to be asked of the person. A word given after a new arrest is of that custody.
func (f *File) releasedAfter(last Date) (released bool, on Date) {
	periods := f.Stand(AsOf{}).Custody
	for i, c := range periods {
		if c.Ended == nil || c.Ended.Kind != Release {
			continue
		}
		day := c.To.Date.End()
		if i == len(periods)-1 || day == (Date{}) || day.Last().Compare(last.First()) >= 0 {
			return true, day
		}
	}
	return false, Date{}
}

// stageAfter is the day on which the case came to its present stage, if that is after a day.
func (f *File) stageAfter(last Date) (Date, bool) {
	var day Date
	first := map[Stage]Date{} // the day on which a proceeding at that stage is first told of
	for i := range f.Events {
		e := &f.Events[i]
		if !e.counts() || !e.When.Date.Known() || e.Kind == HearingScheduled {
			continue
		}
		on := e.When.Date.End().Last()
		switch e.Kind {
		case Detention, Rearrest, VerdictGiven, AppealDecision, InForce, Release, Exile, Death:
			day = latest(day, on)
		}
		if p := f.Proceeding(e.Proceeding); p != nil && p.Stage != "" {
			if was, ok := first[p.Stage]; !ok || on.Compare(was) < 0 {
				first[p.Stage] = on
			}
		}
	}
	for _, on := range first {
		day = latest(day, on)
	}
	return day, day != (Date{}) && day.Compare(last.Last()) > 0
}

// Lapses are the stops that follow from the calendar: of each scope to which somebody agreed once, and nobody does on that day any
// more. At a release what others agreed to stops at once, but for the page itself: it says that the person is free, and what not to
// ask, for as long as the person is being asked, [askDays] days at most.
func (f *File) Lapses(today Date) []Stop {
	if today == (Date{}) {
		today = f.Latest()
	}
	grounds := f.Grounds(today)
	var stops []Stop
	for _, name := range Scope("").Known() {
		scope, once, holds := Scope(name), false, false
		for _, g := range grounds {
			switch {
			case g.Consent == nil:
				holds = holds || scope == ScopeName // a page of necessity is one, whatever was agreed to before
			case slices.Contains(g.Consent.Scope, scope):
				once = true
				holds = holds || g.State != GroundLapsed || scope == ScopeName && g.Why == ReasonReleased && today.Compare(g.Since.plus(askDays)) <= 0
			}
		}
		if once && !holds {
			stops = append(stops, Stop{Kind: StopScope, Name: name})
		}
	}
	return stops
}
