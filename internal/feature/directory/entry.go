package directory

import (
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// Entry is a person on the list: what list, map and the three others need of a public case, derived once.
type Entry struct {
	File      *casefile.File // projected: all of it may be seen
	Slug      string
	Stand     casefile.Stand // as of the last day told
	Situation Situation
	Charges   []casefile.ChargeKind // of all charges told and not taken back, each once
	Charge    *casefile.Charge      // the last one; nil if none is told
	Place     *Place                // where held, or held last; nil if nobody tells
	InCustody bool

	found found               // by what words
	keys  map[lang.Tag][]byte // the name's place in the order of a reader's language
}

// Situation is where somebody stands in a reader's words: coarser than [casefile.Liberty], to choose from.
type Situation string

const (
	Held       Situation = "held"       // in custody of any kind, the place known or not
	Missing    Situation = "missing"    // held, and it is not told where; all of them are Held, too
	Restricted Situation = "restricted" // out of custody, under restrictions or investigation
	Away       Situation = "away"       // exiled, expelled, wanted or tried in absence
	AtLiberty  Situation = "at_liberty" // no restrictions are known
	Died       Situation = "died"
	Unclear    Situation = "unclear" // nothing tells
)

// Situations are all there are, in the order of a menu.
func Situations() []Situation {
	return []Situation{Held, Missing, Restricted, Away, AtLiberty, Died, Unclear}
}

// situation is the nearest word for where a person stands.
func situation(s *casefile.Stand) Situation {
	switch {
	case s.Died != nil:
		return Died
	case s.Liberty == casefile.Undisclosed, s.Liberty == casefile.Incommunicado, s.Liberty == casefile.Disappeared:
		return Missing
	case s.Liberty.Held():
		return Held
	}
	switch s.Liberty {
	case casefile.UnderInvestigation, casefile.UnderMeasures:
		return Restricted
	case casefile.InAbsentia, casefile.Exiled, casefile.Exchanged:
		return Away
	case casefile.AtLiberty:
		return AtLiberty
	case casefile.DiedInCustody:
		return Died
	}
	return Unclear
}

// in tells whether somebody is found under a situation.
func (e *Entry) in(s Situation) bool {
	return e.Situation == s || s == Held && e.Situation == Missing
}

// newEntry derives an entry, for readers of these languages.
func newEntry(f *casefile.File, readers []*lang.Printer) *Entry {
	e := &Entry{File: f, Slug: f.Case.Slug, Stand: f.Stand(casefile.AsOf{}), keys: map[lang.Tag][]byte{}}
	e.Situation = situation(&e.Stand)
	e.InCustody = e.in(Held)
	e.charges()
	e.place()
	e.found = foundBy(f, e.Place)
	for _, p := range readers {
		name, _ := f.Name(p.Tag())
		e.keys[p.Tag()] = p.SortKey(name)
	}
	return e
}

// charges gathers what the person is, or was, charged with. Of custody that lasts the charge is that of the period.
func (e *Entry) charges() {
	add := func(k *casefile.Charge) {
		e.Charge = k
		if k.Kind != "" && !slices.Contains(e.Charges, k.Kind) {
			e.Charges = append(e.Charges, k.Kind)
		}
	}
	var told []*casefile.Event
	for i := range e.File.Events {
		ev := &e.File.Events[i]
		if ev.Charge != nil && ev.Retracted == nil && ev.Status != casefile.Refuted && ev.Status != casefile.Retracted && ev.Status != casefile.Speculation {
			told = append(told, ev)
		}
	}
	slices.SortStableFunc(told, func(a, b *casefile.Event) int {
		if c := a.When.Date.End().Compare(b.When.Date.End()); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, ev := range told {
		add(ev.Charge)
	}
	if n := len(e.Stand.Custody); n > 0 && e.Stand.Custody[n-1].Charge != nil {
		add(e.Stand.Custody[n-1].Charge)
	}
}

// Since is the first day of custody that lasts; zero where there is none, or the day is not told.
func (e *Entry) Since() casefile.Date {
	if n := len(e.Stand.Custody); n > 0 && e.InCustody && e.Stand.Custody[n-1].From.Date.Known() {
		return e.Stand.Custody[n-1].From.Date.From
	}
	return casefile.Date{}
}

// Next is the nearest hearing or the like that is not over on that day, if one is told.
func (e *Entry) Next(today casefile.Date) *casefile.Event {
	for _, ev := range e.Stand.Next {
		if ev.When.Date.Known() && ev.When.Date.End().Last().Compare(today) >= 0 {
			return ev
		}
	}
	return nil
}

// SoonDays is how near a date has to be to be soon.
const SoonDays = 14

// Soon tells whether something is to come within SoonDays of that day.
func (e *Entry) Soon(today casefile.Date) bool {
	ev := e.Next(today)
	return ev != nil && ev.When.Date.From.First().Compare(after(today, SoonDays)) <= 0
}

// after is the day so many days later.
func after(d casefile.Date, days int) casefile.Date { return day(clock(d).AddDate(0, 0, days)) }
