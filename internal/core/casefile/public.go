package casefile

import (
	"reflect"
	"slices"
)

// KeptBack stands in place of a source that is not for everybody's eyes: a statement that rests on it says that its source is kept
// back. A file may write it itself, where a source is not to be named even to those who keep the file.
const KeptBack SourceID = "kept-back"

// KeptBack tells whether the source is not told.
func (id SourceID) KeptBack() bool { return id == KeptBack }

// Public is what the public may see of a case: the one projection that pages, feeds, cards and archives are made of. It is a deep
// copy and shares nothing with f. False: nothing at all may be seen, and there is no copy.
//
// A case is seen while its level is public, it is not withheld, a necessity note or a consent to the name stands (R1), and nobody
// who binds the campaign has stopped the name. What stays out of the copy:
//   - events and sources whose visibility is not public (R3), and what only they tell of: their institutions, proceedings, sources.
//     A statement that stays and rests on such a source names [KeptBack] instead, and a name that rests on it is left out (R4);
//   - an event that somebody stopped, by its id;
//   - hard news ([EventKind.Hard]) of which the file does not say that the family knows, or everybody: it waits;
//   - illness, unless a consent to tell of it stands or everybody knows;
//   - the photograph, unless it is agreed to: see [File.Agreed];
//   - consents that were withdrawn, and what nobody needs to know of stops: who gave one, and when. See [File.Stopped].
//
// What the person agreed to and took back is stopped, whoever else agreed to it: nobody speaks for them against them.
// What nobody may ask for stands in Refused; of the dead nothing is asked at all. The calendar is not looked at: [File.Lapses] gives
// stops for the consents that ended by a day, and [Book] adds them.
func (f *File) Public(stops []Stop) (*File, bool) {
	stops = append(f.takenBack(), stops...)
	if !f.Shown() || !f.grounded() || stopped(stops, StopScope, string(ScopeName)) {
		return nil, false
	}
	out := copied(f)
	out.without(func(e *Event) bool { return !f.tells(e, stops) }, func(s *Source) bool { return s.Visibility != "" && s.Visibility != ForAll })
	p := &out.Case.Publication
	p.Consents = slices.DeleteFunc(p.Consents, func(k Consent) bool { return k.Withdrawn != Date{} })
	out.bind(stops, f.Died())
	out.unpictured()
	return out, true
}

// takenBack are the stops that follow from the person's own withdrawals: of each scope that they took back and, as far as is told, have not agreed to since.
func (f *File) takenBack() (stops []Stop) {
	for _, name := range Scope("").Known() {
		var back, again Date
		for _, k := range f.Case.Publication.Consents {
			switch {
			case k.Giver != "prisoner" || !slices.Contains(k.Scope, Scope(name)):
			case k.Withdrawn != Date{}:
				back = latest(back, k.Withdrawn)
			default:
				again = latest(again, latest(k.Date, k.Confirmed))
			}
		}
		if again.Compare(back) < 0 {
			stops = append(stops, Stop{Kind: StopScope, Name: name})
		}
	}
	return stops
}

// grounded tells whether the page rests on anything that was not withdrawn.
func (f *File) grounded() bool {
	p := f.Case.Publication
	return p.Necessity != nil || slices.ContainsFunc(p.Consents, func(k Consent) bool { return k.covers(ScopeName) })
}

// covers tells whether the consent is for the scope, and was not withdrawn.
func (k *Consent) covers(s Scope) bool { return k.Withdrawn == Date{} && slices.Contains(k.Scope, s) }

// tells whether the public may read the event.
func (f *File) tells(e *Event, stops []Stop) bool {
	known := e.Family == "public_already"
	switch {
	case e.Visibility != "" && e.Visibility != ForAll:
		return false
	case e.ID != "" && stopped(stops, StopEvent, e.ID):
		return false
	case e.Kind.Hard() && e.Family == "":
		return false
	case e.Kind == Health && !known:
		agreed := slices.ContainsFunc(f.Case.Publication.Consents, func(k Consent) bool { return k.covers(ScopeHealth) })
		return agreed && !stopped(stops, StopScope, string(ScopeHealth))
	}
	return true
}

// unnamed takes the names out that rest on a source which is kept back: what is left is the role.
func (f *File) unnamed() {
	for i := range f.Events {
		for _, a := range []*Actor{f.Events[i].Actor, f.Events[i].Target, f.Events[i].AskedBy} {
			if a != nil && a.Source.KeptBack() {
				*a = Actor{Role: a.Role}
			}
		}
	}
}

// unpictured takes the photograph out of a projection where it is not agreed to, and the source that only it named.
func (f *File) unpictured() {
	if f.Person.Photo == nil || f.Agreed(ScopePhoto) {
		return
	}
	gone := refs{}
	gone.gather(reflect.ValueOf(*f.Person.Photo))
	f.Person.Photo = nil
	f.orphans(gone)
}

// bind puts what was stopped into a projection, without who stopped it.
func (f *File) bind(stops []Stop, died bool) {
	stop := func(kind StopKind, name string) {
		if !stopped(f.Stops, kind, name) {
			f.Stops = append(f.Stops, Stop{Kind: kind, Name: name})
		}
	}
	for _, s := range stops {
		if s.Kind != StopEvent { // its id would tell that there is something
			stop(s.Kind, s.Name)
		}
	}
	if died {
		for _, s := range []Scope{ScopeLetter, ScopeFund, ScopeOthers} {
			stop(StopScope, string(s))
		}
		f.Case.Asks, f.Case.Needs = nil, nil
	}
	slices.SortStableFunc(f.Stops, Stop.compare)
	for _, a := range f.Case.Asks {
		if stopped(f.Stops, StopAsk, string(a)) && !slices.Contains(f.Case.Refused, a) {
			f.Case.Refused = append(f.Case.Refused, a)
		}
	}
	f.Case.Asks = slices.DeleteFunc(f.Case.Asks, func(a Ask) bool { return slices.Contains(f.Case.Refused, a) })
	f.Case.Needs = slices.DeleteFunc(f.Case.Needs, func(n Need) bool {
		return n == "fund" && (f.Stopped(ScopeFund) || f.refuses("money")) || f.refuses(Ask(n))
	})
}

func (f *File) refuses(a Ask) bool {
	return slices.Contains(f.Case.Refused, a) || stopped(f.Stops, StopAsk, string(a))
}

// Stopped tells, of a projection, whether who binds the campaign stopped that scope, or the consent to it ended, or the person died.
func (f *File) Stopped(s Scope) bool { return stopped(f.Stops, StopScope, string(s)) }

// Agreed tells, of a projection, whether the scope may be used: nobody stopped it, and a consent that stands is for it; where the
// page rests on a necessity note alone, nobody could be asked, and it holds for all but illness.
func (f *File) Agreed(s Scope) bool {
	p := f.Case.Publication
	if f.Stopped(s) {
		return false
	}
	return p.Necessity != nil && s != ScopeHealth || slices.ContainsFunc(p.Consents, func(k Consent) bool { return k.covers(s) })
}

// DropSealed takes out what is sealed (R3): this program never keeps it. It tells how many events and sources those were.
func (f *File) DropSealed() int {
	sealed := 0
	for _, e := range f.Events {
		sealed += btoi(e.Visibility == Sealed)
	}
	for _, s := range f.Sources {
		sealed += btoi(s.Visibility == Sealed)
	}
	if sealed > 0 {
		f.without(func(e *Event) bool { return e.Visibility == Sealed }, func(s *Source) bool { return s.Visibility == Sealed })
	}
	return sealed
}

// without takes out events and sources, and with them all that nothing else in the file names: an institution that stands there only
// for a transfer that is kept back would tell of it. What stays and rested on a source taken out rests on KeptBack.
func (f *File) without(event func(*Event) bool, source func(*Source) bool) {
	gone := refs{}
	after, lost := map[string]string{}, map[string]bool{}
	f.Events = slices.DeleteFunc(f.Events, func(e Event) bool {
		if !event(&e) {
			return false
		}
		gone.gather(reflect.ValueOf(e))
		if e.ID != "" {
			after[e.ID], lost[e.ID] = e.After, true
		}
		return true
	})
	for i := range f.Events {
		for range after { // no longer than there are events, loop or no
			next, ok := after[f.Events[i].After]
			if !ok {
				break
			}
			f.Events[i].After = next
		}
		if lost[f.Events[i].After] {
			f.Events[i].After = ""
		}
	}
	f.Corrections = slices.DeleteFunc(f.Corrections, func(c Correction) bool { return lost[c.Of] })
	hidden := map[SourceID]bool{}
	f.Sources = slices.DeleteFunc(f.Sources, func(s Source) bool {
		hidden[s.ID] = hidden[s.ID] || source(&s)
		return hidden[s.ID]
	})
	if len(hidden) > 0 {
		keepBack(reflect.ValueOf(f).Elem(), hidden)
		f.unnamed()
	}
	f.orphans(gone)
}

// orphans takes out what only things named that are gone.
func (f *File) orphans(gone refs) {
	for dropped := true; dropped; {
		dropped = false
		named := refs{}
		named.gather(reflect.ValueOf(f).Elem())
		drop := func(key any, item any) bool {
			if !gone[key] || named[key] {
				return false
			}
			gone.gather(reflect.ValueOf(item))
			dropped = true
			return true
		}
		f.Proceedings = slices.DeleteFunc(f.Proceedings, func(p Proceeding) bool { return drop(p.ID, p) })
		f.Institutions = slices.DeleteFunc(f.Institutions, func(i Institution) bool { return drop(i.ID, i) })
		f.Sources = slices.DeleteFunc(f.Sources, func(s Source) bool { return drop(s.ID, s) })
	}
}

// refs are the sources, institutions and proceedings that something names, each by its id in its own type.
type refs map[any]bool

// gather adds all that a value names; what it is called itself is not among them.
func (r refs) gather(v reflect.Value) {
	switch v.Interface().(type) {
	case SourceID, InstitutionID, ProceedingID:
		if !v.IsZero() {
			r[v.Interface()] = true
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			r.gather(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			r.gather(v.Index(i))
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			if f.name != "id" {
				r.gather(v.FieldByIndex(f.index))
			}
		}
	}
}

// keepBack puts KeptBack in place of each id that is hidden; where in a source its statement stands goes with it.
func keepBack(v reflect.Value, hidden map[SourceID]bool) {
	switch x := v.Addr().Interface().(type) {
	case *SourceID:
		if hidden[*x] {
			*x = KeptBack
		}
		return
	case *[]SourceID:
		var out []SourceID
		for _, id := range *x {
			if hidden[id] {
				id = KeptBack
			}
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
		*x = out
		return
	case *Evidence:
		if hidden[x.Source] {
			x.Source, x.Locator = KeptBack, nil
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			keepBack(v.Elem(), hidden)
		}
	case reflect.Slice:
		for i := range v.Len() {
			keepBack(v.Index(i), hidden)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			keepBack(v.Field(i), hidden)
		}
	}
}

// copied is a value that shares no memory with its original.
func copied[T any](v *T) *T {
	out := new(T)
	duplicate(reflect.ValueOf(out).Elem(), reflect.ValueOf(v).Elem())
	return out
}

func duplicate(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			duplicate(to.Elem(), from.Elem())
		}
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			duplicate(to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for _, k := range from.MapKeys() { // to a text: nothing in it is shared
			to.SetMapIndex(k, from.MapIndex(k))
		}
	case reflect.Struct:
		for i := range from.NumField() {
			duplicate(to.Field(i), from.Field(i))
		}
	default:
		to.Set(from)
	}
}
