package casefile

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"
)

// chance makes up events: any kind, any field, whether a file that keeps the rules could hold it or not. The same seed makes the same.
type chance struct {
	*rand.Rand
	whole bool // every time is one day, and of what is to come it is said when it was learnt
}

func newChance(seed int) chance {
	return chance{Rand: rand.New(rand.NewPCG(uint64(seed), 26)), whole: seed%3 == 0}
}

func (c chance) odds(of int) bool { return c.IntN(of) == 0 }

// term is a term of a vocabulary, or seldom none.
func term[T interface {
	~string
	vocabulary
}](c chance) T {
	var v T
	if c.odds(8) {
		return v
	}
	list := v.Known()
	return T(list[c.IntN(len(list))])
}

func (c chance) date() Date { return Date{2024, 1 + c.IntN(2), 1 + c.IntN(20)} }

func (c chance) span() Span {
	d := c.date()
	if c.whole || c.odds(2) {
		return Span{From: d}
	}
	switch c.IntN(7) {
	case 0:
		return Span{From: Date{Year: d.Year, Month: d.Month}}
	case 1:
		return Span{From: Date{Year: d.Year}}
	case 2:
		return Span{From: d, To: d.plus(1 + c.IntN(10))}
	case 3:
		return Span{From: d, How: After}
	case 4:
		return Span{From: d, How: Before}
	case 5:
		return Span{From: d, How: About}
	}
	return Span{How: Unknown}
}

func (c chance) measures() []Measure {
	var list []Measure
	for range c.IntN(4) {
		m := Measure{Kind: term[MeasureKind](c)}
		if c.odds(3) {
			m.Kind = []MeasureKind{Custody, Fine, Suspended, "house_arrest"}[c.IntN(4)]
		}
		if c.odds(3) {
			m.Until = c.date()
		}
		if c.odds(5) {
			m.From = c.date()
		}
		if c.odds(3) {
			m.Amount = &Money{Minor: int64(c.IntN(4)), Currency: "RUB"}
		}
		if c.odds(3) {
			m.NotTold = []NotTold{"period"}
		}
		list = append(list, m)
	}
	return list
}

func (c chance) event(i int) Event {
	e := Event{ID: fmt.Sprint("e", i), Kind: term[EventKind](c), Nature: NatureEvent, When: Partial{Date: c.span()}}
	if c.odds(2) { // of what moves the person most
		e.Kind = []EventKind{Detention, Rearrest, Remand, Release, VerdictGiven, AppealDecision, InForce, Death, Absconded, Exile, TransferStart, TransferArrival}[c.IntN(12)]
	}
	if c.odds(6) && !c.whole {
		e.ID = ""
	}
	if c.odds(4) {
		e.After = fmt.Sprint("e", c.IntN(i+3))
	}
	if c.odds(4) || c.whole && e.Kind == HearingScheduled {
		e.Learnt.Date = c.span()
	}
	if c.odds(6) {
		e.Nature, e.Status = term[Nature](c), term[Status](c)
	}
	if c.odds(12) {
		e.Retracted = &Retraction{On: c.date()}
	}
	e.Custody, e.Release, e.Verdict, e.Side = term[CustodyKind](c), term[ReleaseKind](c), term[Verdict](c), term[Side](c)
	e.Designation, e.Sentence, e.Effects = term[Designation](c), c.measures(), c.measures()
	if c.odds(2) {
		e.Custody = ""
	}
	if c.odds(3) {
		e.Until = c.date()
	}
	if c.odds(3) {
		e.Charge = &Charge{Kind: term[ChargeKind](c)}
	}
	if c.odds(3) {
		e.Place = Text{"en": "place"}
	}
	if c.odds(6) {
		e.Regime = Text{"en": "regime"}
	}
	if c.odds(6) {
		e.Register = Text{"en": strconv.Itoa(c.IntN(2))}
	}
	if c.odds(4) {
		e.Amount = &Money{Minor: int64(c.IntN(4)), Currency: "RUB"}
	}
	if c.odds(4) {
		e.Claims = []Claim{{Field: FieldHeld, Made: Partial{Date: c.span()}, Status: term[Status](c)}}
	}
	e.At = []InstitutionID{"", "court", "jail", "nowhere"}[c.IntN(4)]
	e.Proceeding = []ProceedingID{"", "", "one", "one-appeal", "two", "ring", "nowhere"}[c.IntN(7)]
	return e
}

func (c chance) file(events int) *File {
	f := &File{Person: Person{Country: []string{"RU", "TR", "FR", "XX", ""}[c.IntN(5)]},
		Institutions: []Institution{{ID: "court", Kind: "court"}, {ID: "jail", Kind: "remand_prison"}},
		Proceedings: []Proceeding{{ID: "one", Stage: StageFirst, Track: term[Track](c)}, {ID: "one-appeal", Stage: StageAppeal, Of: "one"},
			{ID: "two", Stage: term[Stage](c)}, {ID: "ring", Of: "ring"}}}
	if c.odds(4) {
		f.Case.Publication.Necessity = &Necessity{}
	}
	for i := range events {
		f.Events = append(f.Events, c.event(i))
	}
	return f
}

func (c chance) at() AsOf {
	at := AsOf{Day: c.date(), Known: c.date()}
	switch c.IntN(4) {
	case 0:
		return AsOf{}
	case 1:
		return AsOf{Day: at.Day}
	case 2:
		return AsOf{Day: Date{Year: at.Day.Year, Month: at.Day.Month}}
	}
	return at
}

// each makes up so many files and looks at each from somewhere. A failure names its seed.
func each(t *testing.T, n int, look func(t *testing.T, c chance, f *File, at AsOf)) {
	t.Helper()
	for seed := range n {
		c := newChance(seed)
		f := c.file(c.IntN(14))
		look(t, c, f, c.at())
		if t.Failed() {
			for _, e := range f.Events {
				t.Log(writeJSON(&e))
			}
			t.Fatalf("seed %d", seed)
		}
	}
}

func shuffled(c chance, f *File) *File {
	g := *f
	g.Events = slices.Clone(f.Events)
	c.Shuffle(len(g.Events), func(i, j int) { g.Events[i], g.Events[j] = g.Events[j], g.Events[i] })
	return &g
}

// What is derived does not depend on the order in which events were entered.
func TestOrderOfEntryDoesNotMatter(t *testing.T) {
	each(t, 3000, func(t *testing.T, c chance, f *File, at AsOf) {
		want := f.Stand(at)
		for range 3 {
			if got := shuffled(c, f).Stand(at); !reflect.DeepEqual(got, want) {
				t.Errorf("%v: another order of entry gives %+v\nwant %+v", at, tell(got), tell(want))
			}
		}
	})
	w := demo(t)
	for i, at := range []AsOf{{}, {Day: Date{2023, 7, 24}}, {Day: Date{2023, 8, 8}}, {Day: Date{2023, 12, 13}}} {
		want := w.Stand(at)
		for seed := range 20 {
			if got := shuffled(newChance(100*i+seed), &w.File).Stand(at); !reflect.DeepEqual(got, want) {
				t.Errorf("the scenario as of %v in another order: %+v\nwant %+v", at, tell(got), tell(want))
			}
		}
	}
}

// cited gathers the events to which something points.
func cited(v reflect.Value) (list []*Event) {
	switch v.Kind() {
	case reflect.Pointer:
		if e, ok := v.Interface().(*Event); ok && e != nil {
			list = append(list, e)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, cited(v.Index(i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			list = append(list, cited(v.Field(i))...)
		}
	}
	return list
}

// Looked at from a day, nothing shows that happened later or became known later; and what is known only grows.
func TestNothingIsShownBeforeItWasKnown(t *testing.T) {
	each(t, 3000, func(t *testing.T, c chance, f *File, at AsOf) {
		s := f.Stand(at)
		latest := f.Latest()
		for _, e := range cited(reflect.ValueOf(s)) {
			if last, said := e.Learnt.Date.End().Last(), e.Learnt.Date.Known(); said && last.Compare(s.At.Known) > 0 {
				t.Errorf("as known on %s there is %s, learnt on %s", s.At.Known, e.Kind, last)
			}
			if last := e.When.Date.End().Last(); e.When.Date.Known() && last.Compare(s.At.Day) > 0 && !slices.Contains(s.Next, e) {
				t.Errorf("as of %s there is %s of %s", s.At.Day, e.Kind, last)
			}
			if !e.counts() {
				t.Errorf("%s %s %s is derived from", e.Status, e.Nature, e.Kind)
			}
		}
		for i := range f.Events {
			e := &f.Events[i]
			if s.At.Known == (Date{}) {
				continue
			}
			if more := (AsOf{Day: s.At.Day, Known: s.At.Known.plus(c.IntN(30))}); e.known(s.At, latest) && !e.known(more, latest) {
				t.Errorf("%s was known on %s, and on %s no more", writeJSON(e), s.At.Known, more.Known)
			}
		}
		if !c.whole {
			return
		}
		// And what was learnt later changes nothing: without it all is the same.
		then := *f
		then.Events = slices.DeleteFunc(slices.Clone(f.Events), func(e Event) bool { return !e.known(s.At, latest) })
		if got := then.Stand(s.At); !reflect.DeepEqual(got, s) {
			t.Errorf("what was learnt after %s changed %+v\nto %+v", s.At.Known, tell(got), tell(s))
		}
	})
}

// That somebody has died is told alike by who derives everything and by who asks for that alone.
func TestDiedIsWhatStandSays(t *testing.T) {
	dead := 0
	each(t, 3000, func(t *testing.T, _ chance, f *File, _ AsOf) {
		want := f.Stand(AsOf{}).Died != nil
		if f.Died() != want {
			t.Errorf("dead: %v; by all that is derived: %v", f.Died(), want)
		}
		if want {
			dead++
		}
	})
	if dead < 100 || dead > 2900 {
		t.Errorf("%d of 3000 have died: the test compares next to nothing", dead)
	}
}

// Each piece says from which events of the file it follows; and the pieces don't contradict one another.
func TestEverythingSaysFromWhatItFollows(t *testing.T) {
	each(t, 6000, func(t *testing.T, c chance, f *File, at AsOf) {
		s := f.Stand(at)
		for _, e := range cited(reflect.ValueOf(s)) {
			own := false
			for i := range f.Events {
				own = own || e == &f.Events[i]
			}
			if !own {
				t.Errorf("%s is not an event of the file", writeJSON(e))
			}
		}
		if s.Liberty != UnknownLiberty && len(s.From) == 0 || (len(s.From) == 0) != (s.Holds == "") {
			t.Errorf("%s holds as %q from %d events", s.Liberty, s.Holds, len(s.From))
		}
		for i, p := range s.Custody {
			if p.Begun == nil || p.Ended == nil && i < len(s.Custody)-1 || (p.Charge == nil) != (p.Charged == nil) || p.Counted && p.Days < 0 {
				t.Errorf("period %d: %+v", i, p)
			}
			for _, stay := range p.Stays {
				if stay.Event == nil {
					t.Errorf("a stay from nothing: %+v", stay)
				}
			}
		}
		open := len(s.Custody) > 0 && s.Custody[len(s.Custody)-1].Ended == nil
		if s.Liberty.Held() != open && s.Liberty != HouseArrest {
			t.Errorf("%s, and custody is open: %v", s.Liberty, open)
		}
		for _, r := range s.Measures {
			if r.Event == nil || r.Measure == nil && r.Designation == "" && r.Event.Designation != "" {
				t.Errorf("a restriction from nothing: %+v", r)
			}
		}
		for i, d := range s.Deadlines {
			if len(d.From) == 0 || d.Passed && (d.On == Date{}) || i > 0 && d.On != (Date{}) && d.On.Compare(s.Deadlines[i-1].On) < 0 {
				t.Errorf("deadline %d: %+v", i, d)
			}
		}
		for _, g := range s.Gaps {
			if len(g.From) == 0 && g.Kind != GapConsent && g.Kind != GapLiberty {
				t.Errorf("%s from nothing", g.Kind)
			}
		}
		for _, k := range s.Conflicts {
			if len(k.Events) == 0 || !slices.ContainsFunc(s.Gaps, func(g Gap) bool { return g.Kind == GapStateUnclear && slices.Contains(g.From, k.Events[0]) }) {
				t.Errorf("%s of %d events is not told as a gap", k.Kind, len(k.Events))
			}
		}
		if (s.Decision == nil) != (s.InForce == nil && !s.NotFinal) {
			t.Errorf("decision %v, in force by %v, not final %v", s.Decision, s.InForce, s.NotFinal)
		}
	})
}

// Whatever is in a file, the derivation ends, and in the same way twice.
func TestNoSequencePanics(t *testing.T) {
	for seed := range 10_000 {
		c := newChance(seed)
		f := c.file(c.IntN(6))
		for i := range f.Events { // also words of no vocabulary, and times that no file can hold
			if c.odds(10) {
				f.Events[i].Kind, f.Events[i].When.Date = "none", Span{How: How(c.IntN(9)), To: c.date()}
			}
		}
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Fatalf("seed %d: %v", seed, r)
				}
			}()
			if at := c.at(); !reflect.DeepEqual(f.Stand(at), f.Stand(at)) {
				t.Fatalf("seed %d: twice, and two answers", seed)
			}
		}()
	}
	if s := (&File{}).Stand(AsOf{}); s.Liberty != UnknownLiberty {
		t.Errorf("of nothing: %+v", s)
	}
}

// long is a file of so many events, as a case of many years has them.
func long(n int) *File {
	c := chance{Rand: rand.New(rand.NewPCG(1, 1)), whole: true}
	f := c.file(n)
	day := Date{2010, 1, 1}
	for i := range f.Events {
		f.Events[i].When.Date = Span{From: day}
		if c.odds(2) {
			day = day.plus(1 + c.IntN(8))
		}
	}
	return shuffled(c, f)
}

// The whole case is derived at each page: a thousand events in no more than some times the time that it takes to sort them by
// their day alone. The ratio is of one run, the best of many, so that a busy machine changes little.
func TestThousandEvents(t *testing.T) {
	const most = 20 // measured: 4 to 6
	f := long(1000)
	best := func(do func()) time.Duration {
		least := time.Hour
		for range 60 {
			begun := time.Now()
			do()
			least = min(least, time.Since(begun))
		}
		return least
	}
	list := make([]*Event, len(f.Events))
	sorted := best(func() {
		for i := range f.Events {
			list[i] = &f.Events[i]
		}
		slices.SortFunc(list, func(a, b *Event) int { return a.When.Date.From.Compare(b.When.Date.From) })
	})
	derived := best(func() { f.Stand(AsOf{}) })
	t.Logf("derived in %v, sorted in %v: %.1f times", derived, sorted, float64(derived)/float64(sorted))
	if derived > most*sorted {
		t.Errorf("a thousand events took %v to derive, and %v to sort: more than %d times as long", derived, sorted, most)
	}
}

func BenchmarkStand(b *testing.B) {
	for _, n := range []int{60, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			f := long(n)
			b.ReportAllocs()
			for b.Loop() {
				f.Stand(AsOf{})
			}
		})
	}
}
