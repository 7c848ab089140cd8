package casefile

import (
	"slices"
	"strings"
)

// What is derived here is a pure function of the events and of a day. Nothing of it can be typed into a file, and nothing
// is concluded beyond it: no cause, no end of a restriction that nobody reported. docs/adr/0026-derived-from-events.md says why so.

// Stand derives where the person stands.
func (f *File) Stand(at AsOf) Stand {
	latest := f.Latest()
	if at.Day == (Date{}) {
		at.Day = latest
	}
	if at.Known == (Date{}) {
		at.Known = at.Day
	}
	at.Day, at.Known = at.Day.Last(), at.Known.Last()

	var happened, ahead []*Event
	for i := range f.Events {
		switch e := &f.Events[i]; {
		case !e.counts() || !e.known(at, latest):
		case e.When.Date.by(at.Day, latest):
			happened = append(happened, e)
		case e.Kind == HearingScheduled:
			ahead = append(ahead, e)
		}
	}
	w := walk{file: f, stand: Stand{At: at, Liberty: UnknownLiberty}}
	for _, e := range inTime(happened) {
		w.step(e)
	}
	w.end(inTime(ahead))
	return w.stand
}

// Died tells whether the person's death is told: what [File.Stand] says of it as of the last day told, by when all that is told has happened.
func (f *File) Died() bool {
	for i := range f.Events {
		if e := &f.Events[i]; e.Kind == Death && e.counts() {
			return true
		}
	}
	return false
}

// Liberty is where the person stood at the end of a day, as far as was known then.
func (f *File) Liberty(day Date) Liberty { return f.Stand(AsOf{Day: day}).Liberty }

// Latest is the last day on which something is told to have happened or to have become known: what a page says of "now" holds
// as of it. Of a month or a year it is the last day.
func (f *File) Latest() Date {
	var latest Date
	told := func(s *Span) {
		if s.Known() {
			if last := s.End().Last(); last.Compare(latest) > 0 {
				latest = last
			}
		}
	}
	for i := range f.Events {
		e := &f.Events[i]
		if e.Retracted != nil {
			continue
		}
		if e.Kind != HearingScheduled {
			told(&e.When.Date)
		}
		told(&e.Learnt.Date)
	}
	return latest
}

// DaysHeld counts the days from arrest to release, the day of arrest not counted. It has no answer unless both days are known.
func DaysHeld(since, until Partial) (int, bool) {
	a, known := since.Date.day()
	b, ended := until.Date.day()
	if !known || !ended || b.Compare(a) < 0 {
		return 0, false
	}
	return int(b.time().Sub(a.time()).Hours() / 24), true
}

// day is the one day that a time is told to be, if it is.
func (s Span) day() (Date, bool) { return s.From, s.How == Exactly && s.From.Whole() && s.To == Date{} }

// by tells whether a time had surely come by the end of a day. Of a time that is not known, that is sure from the last day told on.
func (s *Span) by(day, latest Date) bool {
	switch {
	case s.Known():
		return s.End().Last().Compare(day) <= 0
	case s.How == Before && s.From.First().Compare(day) <= 0:
		return true
	}
	return day.Compare(latest) >= 0
}

// known tells whether the event was surely known of: since it was learnt, or else since it happened. Of a hearing to come that
// does not say when it was learnt, that is sure from the last day told on.
func (e *Event) known(at AsOf, latest Date) bool {
	switch {
	case e.Learnt.Date != Span{}:
		return e.Learnt.Date.by(at.Known, latest)
	case e.Kind == HearingScheduled:
		return at.Known.Compare(latest) >= 0
	}
	return e.When.Date.by(at.Known, latest)
}

// counts tells whether something is derived from the event: it is told as having happened, and was not taken back.
func (e *Event) counts() bool {
	switch e.Status {
	case Speculation, Refuted, Retracted:
		return false
	}
	switch e.Nature {
	case NatureOpinion, NatureSpeculation, NatureAbsence:
		return false
	}
	return e.Retracted == nil && e.Kind != Claimed && e.Kind != Context
}

// holds is how far the event holds: as it says, or else by its nature.
func (e *Event) holds() Status {
	switch {
	case e.Status != "":
		return e.Status
	case e.Nature == NatureParty:
		return AssertedByParty
	}
	return Reported
}

// ranks order the events of one day, and are of the kinds from which something follows.
var ranks = func() map[EventKind]int {
	m := map[EventKind]int{}
	for i, k := range []EventKind{Absconded, CaseOpened, Detention, ContactLost, CounselDenied, FamilyInformed, ContactRestored, PrisonerStatement,
		ChargeBrought, ChargeChanged, Remand, RemandExtended, TransferStart, TransferArrival, HearingHeld, HearingAdjourned, HearingClosed,
		ProsecutorRequest, VerdictGiven, AppealFiled, AppealDecision, InForce, FinePaid, MeasureLifted, MeasureImposed, DesignationRemoved,
		DesignationAdded, Release, Exile, Rearrest, Death} {
		m[k] = i + 1
	}
	return m
}()

// begins tells of kinds that start something: of an imprecise day they stand on its first, and of an unknown one before all
// others. The rest stand on the last, and behind.
func (k EventKind) begins() bool {
	switch k {
	case Absconded, CaseOpened, Detention, ContactLost, CounselDenied, ChargeBrought, DesignationAdded, MeasureImposed:
		return true
	}
	return false
}

// dated is an event and where it stands in time, as a number: its day, before or after that day, and its rank.
type dated struct {
	*Event
	at int
}

func (e *Event) place() dated {
	var day Date
	side := 0
	switch d := e.When.Date; {
	case d.Known() && e.Kind.begins(): // arrested in a month, and moved on one of its days
		day, side = d.From.First(), 1
	case d.Known():
		day, side = d.End().Last(), 1
	case d.How == After:
		day, side = d.From.Last(), 2
	case d.How == Before:
		day = d.From.First()
	case !e.Kind.begins():
		day = Date{Year: 9999}
	}
	rank := ranks[e.Kind]
	if rank == 0 && e.When.Part == Evening { // nothing follows from it, so it stands where its hour puts it
		rank = 99
	}
	return dated{e, (((day.Year*100+day.Month)*100+day.Day)*4+side)*100 + rank}
}

// ordered are all events in order of time.
func (f *File) ordered() []*Event {
	list := make([]*Event, len(f.Events))
	for i := range f.Events {
		list[i] = &f.Events[i]
	}
	return inTime(list)
}

// inTime puts events in order of time, whatever their order in the file: by day; those of one day by [ranks]; and then by what
// they say, so that the order is always the same.
func inTime(events []*Event) []*Event {
	list := make([]dated, len(events))
	for i, e := range events {
		list[i] = e.place()
	}
	texts := map[*Event]string{} // dear, and of use only between events without ids
	text := func(e *Event) string {
		if _, ok := texts[e]; !ok {
			texts[e] = writeJSON(e)
		}
		return texts[e]
	}
	slices.SortFunc(list, func(a, b dated) int {
		if n := a.at - b.at; n != 0 {
			return n
		}
		if n := strings.Compare(a.ID, b.ID); n != 0 {
			return n
		}
		return strings.Compare(text(a.Event), text(b.Event))
	})
	out := make([]*Event, len(list))
	for i := range list {
		out[i] = list[i].Event
	}
	return followed(out)
}

// followed puts each event that says what it came after behind that, where the days do not decide: one of an unknown day right
// behind it, and any other behind it if it stood before.
func followed(list []*Event) []*Event {
	at := map[string]int{} // those that others followed
	for _, e := range list {
		if e.After != "" {
			at[e.After] = -1
		}
	}
	if len(at) == 0 {
		return list
	}
	for i, e := range list {
		if _, ok := at[e.ID]; ok && e.ID != "" {
			at[e.ID] = i
		}
	}
	first := make([]int, len(list)) // what each followed, or -1
	behind := map[int][]int{}
	for i, e := range list {
		first[i] = -1
		if j, ok := at[e.After]; ok && j >= 0 && j != i && !apart(list[j].When.Date, e.When.Date) {
			first[i] = j
			if !e.When.Date.Known() {
				behind[j] = append(behind[j], i)
			}
		}
	}
	out := make([]*Event, 0, len(list))
	done := make([]bool, len(list)) // which also ends a ring of events that followed one another; the rules refuse it
	var put func(int)
	put = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		if first[i] >= 0 {
			put(first[i])
		}
		out = append(out, list[i])
		for _, j := range behind[i] {
			put(j)
		}
	}
	for i, e := range list {
		if first[i] < 0 || e.When.Date.Known() {
			put(i)
		}
	}
	for i := range list { // rings
		put(i)
	}
	return out
}

// apart tells whether two times are known and do not touch, so that there is no doubt which is the earlier.
func apart(a, b Span) bool {
	return a.Known() && b.Known() && (a.End().Last().Compare(b.From.First()) < 0 || b.End().Last().Compare(a.From.First()) < 0)
}
