package casefile

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Changed is that something on the public page of a case was changed on a day. What it said before is kept nowhere.
type Changed struct {
	Day     Date
	Kind    ChangeKind
	Section Section
	ID      string // of the event or the question, if it has one
}

// ChangeKind is what was done.
type ChangeKind string

const (
	ChangeAdded     ChangeKind = "added"
	ChangeChanged   ChangeKind = "changed"
	ChangeRetracted ChangeKind = "retracted"
	ChangeTakenOut  ChangeKind = "taken_out"
)

func (ChangeKind) Known() []string {
	return known(ChangeAdded, ChangeChanged, ChangeRetracted, ChangeTakenOut)
}

// Section is the part of a case that was changed.
type Section string

const (
	SectionPage         Section = "page" // the whole of it was published
	SectionPerson       Section = "person"
	SectionCase         Section = "case"
	SectionEvents       Section = "events"    // by id
	SectionQuestions    Section = "questions" // by id
	SectionSources      Section = "sources"
	SectionInstitutions Section = "institutions"
	SectionProceedings  Section = "proceedings"
	SectionPositions    Section = "positions"
	SectionRecognitions Section = "recognitions"
	SectionPortfolio    Section = "portfolio"
	SectionCorrections  Section = "corrections"
)

func (Section) Known() []string {
	return known(SectionPage, SectionPerson, SectionCase, SectionEvents, SectionQuestions, SectionSources, SectionInstitutions, SectionProceedings,
		SectionPositions, SectionRecognitions, SectionPortfolio, SectionCorrections)
}

// Changes are those of a case's public page on a day and after it, the newest first; the zero Date is all of them. What the public
// may not see now is not among them, but that an event was taken out is. A case that the public may not see is NotFound or Gone.
func (b *Book) Changes(ctx context.Context, slug string, since Date) (list []Changed, err error) {
	now, err := b.Shown(ctx, slug)
	if err != nil {
		return nil, err
	}
	err = b.db.View(ctx, func(tx *db.Tx) (err error) {
		list, err = selectChanges(tx, slug)
		return err
	})
	if err != nil {
		return nil, fault.In("casefile", err)
	}
	list = slices.DeleteFunc(list, func(c Changed) bool { return c.Day.Compare(since.First()) < 0 || !now.mayName(c) })
	slices.SortStableFunc(list, func(a, b Changed) int {
		return cmp.Or(b.Day.Compare(a.Day), order(a.Section)-order(b.Section), strings.Compare(a.ID, b.ID), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return slices.Compact(list), nil // twice on a day is once
}

func order(s Section) int { return slices.Index(s.Known(), string(s)) }

// mayName tells, of a projection, whether a change may be told: what it is about is there, or is told to have been taken out.
func (f *File) mayName(c Changed) bool {
	switch c.Section {
	case SectionEvents:
		return c.ID == "" || f.Event(c.ID) != nil || f.redacted(c.ID)
	case SectionQuestions:
		return c.ID == "" || c.Kind == ChangeTakenOut || slices.ContainsFunc(f.Questions, func(q Question) bool { return q.ID == c.ID })
	}
	return true
}

func (f *File) redacted(id string) bool {
	return slices.ContainsFunc(f.Redactions, func(r Redaction) bool { return r.Event == id })
}

// changes are what differs between two projections; nil is that there was none.
func changes(old, new *File) []Changed {
	switch {
	case new == nil:
		return nil // nobody sees what is not there
	case old == nil:
		list := []Changed{{Kind: ChangeAdded, Section: SectionPage}}
		for _, e := range new.Events { // so that their addresses are known for life
			if e.ID != "" {
				list = append(list, Changed{Kind: ChangeAdded, Section: SectionEvents, ID: e.ID})
			}
		}
		return list
	}
	list := items(SectionEvents, old.Events, new.Events, func(e *Event) (string, bool) { return e.ID, e.Retracted != nil || e.Status == Retracted })
	list = append(list, items(SectionQuestions, old.Questions, new.Questions, func(q *Question) (string, bool) { return q.ID, false })...)
	for _, s := range []struct {
		section  Section
		old, new any
	}{
		{SectionPerson, old.Person, new.Person}, {SectionCase, old.Case, new.Case}, {SectionSources, old.Sources, new.Sources},
		{SectionInstitutions, old.Institutions, new.Institutions}, {SectionProceedings, old.Proceedings, new.Proceedings},
		{SectionPositions, old.Positions, new.Positions}, {SectionRecognitions, old.Recognitions, new.Recognitions},
		{SectionPortfolio, old.Portfolio, new.Portfolio}, {SectionCorrections, old.Corrections, new.Corrections},
	} {
		a, b := plant(reflect.ValueOf(s.old)), plant(reflect.ValueOf(s.new))
		switch {
		case a == nil && b == nil || a != nil && b != nil && same(a, b):
		case a == nil:
			list = append(list, Changed{Kind: ChangeAdded, Section: s.section})
		case b == nil:
			list = append(list, Changed{Kind: ChangeTakenOut, Section: s.section})
		default:
			list = append(list, Changed{Kind: ChangeChanged, Section: s.section})
		}
	}
	return list
}

// items compares two lists by ids; what has none is compared as one.
func items[T any](section Section, old, new []T, about func(*T) (id string, retracted bool)) (list []Changed) {
	type said struct {
		text      string
		retracted bool
	}
	gather := func(all []T) (by map[string]said, bare []string) {
		by = map[string]said{}
		for i := range all {
			id, retracted := about(&all[i])
			if id == "" {
				bare = append(bare, writeJSON(all[i]))
				continue
			}
			by[id] = said{writeJSON(all[i]), retracted}
		}
		slices.Sort(bare) // their order in a file means nothing
		return by, bare
	}
	was, wasBare := gather(old)
	is, isBare := gather(new)
	for id, b := range is {
		switch a, there := was[id]; {
		case !there:
			list = append(list, Changed{Kind: ChangeAdded, Section: section, ID: id})
		case b.retracted && !a.retracted:
			list = append(list, Changed{Kind: ChangeRetracted, Section: section, ID: id})
		case a.text != b.text:
			list = append(list, Changed{Kind: ChangeChanged, Section: section, ID: id})
		}
	}
	for id := range was {
		if _, there := is[id]; !there {
			list = append(list, Changed{Kind: ChangeTakenOut, Section: section, ID: id})
		}
	}
	if !slices.Equal(wasBare, isBare) {
		list = append(list, Changed{Kind: ChangeChanged, Section: section})
	}
	return list
}
