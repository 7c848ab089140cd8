package casefile

import "slices"

// What is derived here is a pure function of the entries and of a day. Nothing of it can be typed into a file, and nothing
// is concluded beyond it: no cause, no end of a restriction that nobody reported.

// DaysHeld counts the days from arrest to release, the day of arrest not counted. It has no answer unless both days are known.
func DaysHeld(since, until Partial) (int, bool) {
	a, b := since.Date, until.Date
	if !a.Known() || !b.Known() || !a.From.Whole() || !b.From.Whole() || a.How == About || b.How == About || a.To != (Date{}) || b.To != (Date{}) {
		return 0, false
	}
	return int(b.From.time().Sub(a.From.time()).Hours() / 24), true
}

// Latest is the last day that an entry tells of: what a page says of "now" holds as of it.
func (f *File) Latest() Date {
	var latest Date
	for _, e := range f.Entries {
		if d := e.When.Date.End().Last(); e.When.Date.Known() && d.Compare(latest) > 0 {
			latest = d
		}
	}
	return latest
}

// by lists the entries that had surely happened at the end of a day. From the last day told on that is all of them, those of
// unknown time where the file has them.
func (f *File) by(day Date) []*Entry {
	var past []*Entry
	all := day.Last().Compare(f.Latest()) >= 0
	for i := range f.Entries {
		if d := f.Entries[i].When.Date; (all && !d.Known()) || (d.Known() && d.End().Last().Compare(day.Last()) <= 0) {
			past = append(past, &f.Entries[i])
		}
	}
	return past
}

// Restriction is a measure or a designation in force, and the entry it comes from.
type Restriction struct {
	Measure     *Measure    // nil for a designation whose effects nobody tells
	Designation Designation // the label or list it follows from, if any
	Since       Partial
	Entry       *Entry
}

// Restrictions lists what is in force at the end of a day: what was imposed, sentenced or follows from a listing and is not
// reported as lifted, paid or removed. It does not end a term by itself: when a term begins is seldom told.
func (f *File) Restrictions(day Date) []Restriction {
	var live []Restriction
	drop := func(gone func(Restriction) bool) { live = slices.DeleteFunc(live, gone) }
	add := func(e *Entry, list []Measure) {
		for i := range list {
			if list[i].Kind != Custody {
				live = append(live, Restriction{&list[i], e.Designation, e.When, e})
			}
		}
	}
	for _, e := range f.by(day) {
		switch e.Kind {
		case DesignationAdded:
			add(e, e.Effects)
			if len(e.Effects) == 0 {
				live = append(live, Restriction{nil, e.Designation, e.When, e})
			}
		case DesignationRemoved:
			drop(func(r Restriction) bool { return r.Designation == e.Designation })
		case MeasureImposed:
			add(e, e.Effects)
		case MeasureLifted:
			drop(func(r Restriction) bool {
				return r.Measure != nil && slices.ContainsFunc(e.Effects, func(m Measure) bool { return m.Kind == r.Measure.Kind })
			})
		case FinePaid:
			drop(func(r Restriction) bool { return r.Measure != nil && r.Measure.Kind == Fine })
		case VerdictGiven:
			add(e, e.Sentence)
		case AppealDecision: // puts the sentence anew
			drop(func(r Restriction) bool { return r.Entry.Kind == VerdictGiven })
			add(e, e.Sentence)
		}
	}
	return live
}

// Appealable tells whether a verdict stood at the end of a day without being reported in force: either side may still appeal.
func (f *File) Appealable(day Date) bool {
	open := false
	for _, e := range f.by(day) {
		switch e.Kind {
		case VerdictGiven:
			open = true
		case InForce:
			open = false
		}
	}
	return open
}

// Liberty is where the person stood at the end of a day, as far as the entries tell.
func (f *File) Liberty(day Date) Liberty {
	held, before, out, charged := UnknownLiberty, UnknownLiberty, false, false
	for _, e := range f.by(day) {
		switch e.Kind {
		case Detention, Remand, RemandExtended, Rearrest:
			held, out = PretrialDetention, false
		case CaseOpened, ChargeBrought:
			charged = true
		case TransferStart:
			if held != UnknownLiberty {
				before, held = held, Undisclosed
			}
		case TransferArrival:
			if held == Undisclosed {
				held = before
			}
		case VerdictGiven, AppealDecision:
			if e.Verdict == Guilty && held != UnknownLiberty && sentences(e, Custody) {
				held = AppealInCustody
			}
			charged = false
		case InForce:
			if held == AppealInCustody {
				held = ServingSentence
			}
		case Release:
			held, out, charged = UnknownLiberty, true, false
		}
	}
	switch {
	case held != UnknownLiberty:
		return held
	case len(f.Restrictions(day)) > 0 || (out && f.Appealable(day)):
		return UnderMeasures
	case charged:
		return UnderInvestigation
	case out:
		return AtLiberty
	}
	return UnknownLiberty
}

func sentences(e *Entry, kind MeasureKind) bool {
	return slices.ContainsFunc(e.Sentence, func(m Measure) bool { return m.Kind == kind })
}
