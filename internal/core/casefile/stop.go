package casefile

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Stop is a word of those who bind the campaign: the person, the family, the lawyer. It holds until who gave it lifts it, whatever
// the file says. All that is kept of it stands here: in which capacity it was given, never by whom, and the day, never the hour.
type Stop struct {
	Kind StopKind
	Name string // a Scope, an Ask, or an event's id
	By   Giver
	Harm bool // it harms the defence: the lawyer's word
	Day  Date
}

// StopKind is what a stop is about.
type StopKind string

const (
	StopScope StopKind = "scope" // name: nothing at all is shown
	StopAsk   StopKind = "ask"   // it must not be asked for
	StopEvent StopKind = "event" // it is not told
)

func (StopKind) Known() []string { return known(StopScope, StopAsk, StopEvent) }

// fits tells whether the name is one of its kind.
func (s Stop) fits() bool {
	switch s.Kind {
	case StopScope:
		return knows(Scope(""), s.Name)
	case StopAsk:
		return knows(Ask(""), s.Name)
	case StopEvent:
		return slugForm.MatchString(s.Name)
	}
	return false
}

func (s Stop) compare(t Stop) int {
	return cmp.Or(strings.Compare(string(s.Kind), string(t.Kind)), strings.Compare(s.Name, t.Name), strings.Compare(string(s.By), string(t.By)))
}

func stopped(stops []Stop, kind StopKind, name string) bool {
	return slices.ContainsFunc(stops, func(s Stop) bool { return s.Kind == kind && s.Name == name })
}

// Stop keeps a stop of the case, in the caller's transaction; given again it keeps its first day. Who calls it has made sure that
// the word is the giver's. A case that is not there is NotFound, a stop of nothing that can be stopped Invalid.
func (b *Book) Stop(tx *db.Tx, slug string, s Stop) error {
	if !s.fits() || !knows(s.By, string(s.By)) || !s.Day.Whole() {
		return fault.New(fault.Invalid, "fault.invalid")
	}
	if _, found, err := selectFile(tx, slug); err != nil {
		return fault.In("casefile", err)
	} else if !found {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if err := putStop(tx, slug, s); err != nil {
		return fault.In("casefile", err)
	}
	return b.Touch(tx, slug)
}

// Lift takes a stop back, in the caller's transaction: the one that was given in that capacity, and no other's. One that is not
// there is lifted already.
func (b *Book) Lift(tx *db.Tx, slug, kind, name string, by Giver) error {
	if err := dropStop(tx, slug, kind, name, by); err != nil {
		return fault.In("casefile", err)
	}
	return b.Touch(tx, slug)
}

// Stops are those of a case, for the organisers and for the links of who gave them; pages have what follows from them in
// [Book.Shown].
func (b *Book) Stops(ctx context.Context, slug string) (stops []Stop, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) (err error) {
		stops, err = b.StopsIn(tx, slug)
		return err
	})
	return stops, err
}

// StopsIn is Stops inside the caller's transaction.
func (b *Book) StopsIn(tx *db.Tx, slug string) ([]Stop, error) {
	stops, err := selectStops(tx, slug)
	slices.SortStableFunc(stops, Stop.compare)
	return stops, fault.In("casefile", err)
}
