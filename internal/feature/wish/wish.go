package wish

import (
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
)

// The capacities in which somebody binds a campaign.
const (
	Prisoner casefile.Giver = "prisoner"
	Family   casefile.Giver = "family"
	Lawyer   casefile.Giver = "lawyer"
)

// Capacities are those for whom a link can be made.
func Capacities() []casefile.Giver { return []casefile.Giver{Prisoner, Family, Lawyer} }

// Item is what is agreed to or stopped: a scope, an ask, or an event by its id.
type Item struct {
	Kind casefile.StopKind
	Name string
}

// Word is what a capacity says of an item.
type Word string

const (
	Silent  Word = ""
	Agreed  Word = "agree"
	Stopped Word = "stop"
	Harmful Word = "harm" // stopped, because it harms the defence
)

// Act is a button.
type Act string

const (
	Agree Act = "agree"
	Stop  Act = "stop"
	Harm  Act = "harm"
	Lift  Act = "lift" // the stops of others, by the prisoner
)

// Standing is what holds about an item, as one capacity sees it.
type Standing struct {
	Item
	Own    Word
	Since  casefile.Date    // of Own; zero while Silent
	Others []casefile.Giver // other capacities that have stopped it
	Turns  int64            // how often Own has changed: a form that says another number is an old one
}

// Holds tells whether anybody has stopped it.
func (s Standing) Holds() bool { return s.Own == Stopped || s.Own == Harmful || len(s.Others) > 0 }

// Outcome is what an act has come to.
type Outcome string

const (
	DidAgree    Outcome = "agreed"
	AgreedUnder Outcome = "agreed_under" // agreed, and it stays stopped by others
	DidLift     Outcome = "lifted"       // nothing stops it any more, and nobody agreed by it
	LiftedOwn   Outcome = "lifted_own"   // it stays stopped by others
	LiftedTheir Outcome = "lifted_their" // by the prisoner, whose own stop holds
	NotYours    Outcome = "not_yours"    // to agree is the person's own business by now; nothing was changed
	DidStop     Outcome = "stopped"
	DidHarm     Outcome = "harms"
	DidUndo     Outcome = "undone"
	AlreadySo   Outcome = "already"
	OldPage     Outcome = "old"  // the form was an old one; nothing was changed
	TooLate     Outcome = "late" // to undo; nothing was changed
)

const (
	undoneWithin = 10 * 60 // seconds after an act
	undoneAhead  = 2 * 60  // seconds by which clocks of two nodes may differ
)

var errNotOffered = fault.New(fault.Refused, "fault.wish.not_offered")

// offered are the acts that a capacity has on an item.
func offered(by casefile.Giver, i Item) (acts []Act) {
	switch i.Kind {
	case casefile.StopEvent: // nobody agrees to an event: a lawyer takes back that it harms
		if by == Lawyer {
			acts = []Act{Agree, Harm}
		}
	case casefile.StopScope, casefile.StopAsk:
		acts = []Act{Agree, Stop}
		if by == Lawyer && (i.Kind == casefile.StopAsk || i.Name == string(casefile.ScopeLetter)) {
			acts = append(acts, Harm)
		}
	}
	if by == Prisoner {
		acts = append(acts, Lift)
	}
	return acts
}

// change is all that an act does.
type change struct {
	own     Word
	lift    []casefile.Giver // others whose stop is lifted
	outcome Outcome
}

// decide is the whole rule: what an act of a capacity does to an item. spent says that the person is out of custody and can be asked, so that nobody agrees in
// their stead. The error is a fault of kind Refused for an act that the capacity has not got.
//
//	act    by           what it does
//	stop   anyone       the capacity's own stop is laid; its agreement ends
//	harm   lawyer       the same, marked as harm; on an event, an ask or the letter
//	agree  anyone       the capacity's own stop is lifted, nobody else's; it agrees, unless its agreement is spent
//	lift   prisoner     the stops of all others are lifted; the prisoner's own word stays what it is
func decide(by casefile.Giver, s Standing, act Act, spent bool) (change, error) {
	if !slices.Contains(offered(by, s.Item), act) {
		return change{}, errNotOffered
	}
	c := change{own: s.Own, outcome: AlreadySo}
	stopped := s.Own == Stopped || s.Own == Harmful
	switch act {
	case Stop:
		if s.Own != Stopped {
			c.own, c.outcome = Stopped, DidStop
		}
	case Harm:
		if s.Own != Harmful {
			c.own, c.outcome = Harmful, DidHarm
		}
	case Lift:
		if len(s.Others) > 0 {
			c.lift, c.outcome = s.Others, DidLift
			if stopped {
				c.outcome = LiftedTheir
			}
		}
	case Agree:
		silent := s.Kind == casefile.StopEvent || spent && by != Prisoner
		switch {
		case silent && !stopped && s.Kind != casefile.StopEvent:
			c.outcome = NotYours
		case silent && !stopped, s.Own == Agreed:
		case silent && len(s.Others) > 0:
			c.own, c.outcome = Silent, LiftedOwn
		case silent:
			c.own, c.outcome = Silent, DidLift
		case len(s.Others) > 0:
			c.own, c.outcome = Agreed, AgreedUnder
		default:
			c.own, c.outcome = Agreed, DidAgree
		}
	}
	return c, nil
}

// undo is the way back to what a capacity's word was, while it is what the act made it. An agreement that is spent by now does not come back.
func undo(by casefile.Giver, s Standing, was Word, spent bool) (change, error) {
	acts, ok := offered(by, s.Item), false
	switch was {
	case Silent:
		ok = len(acts) > 0
	case Agreed, Stopped, Harmful:
		ok = slices.Contains(acts, Act(was)) && !(was == Agreed && s.Kind == casefile.StopEvent)
	}
	if !ok {
		return change{}, errNotOffered
	}
	if was == Agreed && spent && by != Prisoner {
		was = Silent
	}
	if was == s.Own {
		return change{own: s.Own, outcome: AlreadySo}, nil
	}
	return change{own: was, outcome: DidUndo}, nil
}

// Asked tells whether an agreement that a capacity gave on a day is spent because the person was released since, or is out now: then it is the person who is asked.
func Asked(f *casefile.File, by casefile.Giver, day, today casefile.Date) bool {
	one := *f
	one.Case.Publication.Necessity = nil
	one.Case.Publication.Consents = []casefile.Consent{{Giver: by, Date: day, Scope: []casefile.Scope{casefile.ScopeName}}}
	g := one.Grounds(today)[0]
	return g.State == casefile.GroundLapsed && g.Why == casefile.ReasonReleased
}
