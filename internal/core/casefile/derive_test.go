package casefile

import (
	"slices"
	"strings"
	"testing"

	"outcry/internal/kernel/lang"
)

func day(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLiberty(t *testing.T) {
	on := func(date string, k EventKind) Event {
		return Event{When: Partial{Date: Span{From: day(t, date)}}, Kind: k}
	}
	verdict := func(date string, v Verdict, kinds ...MeasureKind) Event {
		e := on(date, VerdictGiven)
		e.Verdict = v
		for _, k := range kinds {
			e.Sentence = append(e.Sentence, Measure{Kind: k})
		}
		return e
	}
	listed, removed := on("2024-01-01", DesignationAdded), on("2024-02-01", DesignationRemoved)
	listed.Designation, removed.Designation = "foreign_agent", "foreign_agent"
	imposed, lifted := on("2024-01-01", MeasureImposed), on("2024-02-01", MeasureLifted)
	imposed.Effects, lifted.Effects = []Measure{{Kind: "no_leave"}, {Kind: "event_ban"}}, []Measure{{Kind: "no_leave"}}
	appeal := on("2024-05-01", AppealDecision)
	appeal.Verdict, appeal.Sentence = Guilty, []Measure{{Kind: "works"}}

	for name, c := range map[string]struct {
		events []Event
		want   Liberty
		live   int
	}{
		"nothing told":               {nil, UnknownLiberty, 0},
		"case opened":                {[]Event{on("2024-01-01", CaseOpened)}, UnderInvestigation, 0},
		"arrested":                   {[]Event{on("2024-01-01", Detention), on("2024-01-02", CaseOpened)}, PretrialDetention, 0},
		"on the way":                 {[]Event{on("2024-01-01", Detention), on("2024-01-02", TransferStart)}, Undisclosed, 0},
		"arrived":                    {[]Event{on("2024-01-01", Detention), on("2024-01-02", TransferStart), on("2024-01-09", TransferArrival)}, PretrialDetention, 0},
		"convicted":                  {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Custody)}, AppealInCustody, 0},
		"serving":                    {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Custody), on("2024-03-01", InForce)}, ServingSentence, 0},
		"fined, still held":          {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Fine)}, PretrialDetention, 1},
		"released with a fine":       {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Fine), on("2024-02-01", Release)}, UnderMeasures, 1},
		"fine paid and in force":     {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Fine), on("2024-02-01", Release), on("2024-03-01", InForce), on("2024-03-02", FinePaid)}, AtLiberty, 0},
		"acquitted, may be appealed": {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Acquitted), on("2024-02-01", Release)}, UnderMeasures, 0},
		"released, nothing left":     {[]Event{on("2024-01-01", Detention), on("2024-02-01", Release)}, AtLiberty, 0},
		"arrested again":             {[]Event{on("2024-01-01", Detention), on("2024-02-01", Release), on("2024-03-01", Rearrest)}, PretrialDetention, 0},
		"label, effects not told":    {[]Event{listed}, UnderMeasures, 1},
		"label taken off":            {[]Event{listed, removed}, UnknownLiberty, 0},
		"one of two measures lifted": {[]Event{imposed, lifted}, UnderMeasures, 1},
		"appeal puts sentence anew":  {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Fine, "event_ban"), on("2024-02-01", Release), appeal}, UnderMeasures, 1},
		"a month not yet over":       {[]Event{{When: Partial{Date: Span{From: Date{Year: 2024, Month: 12}}}, Kind: Detention}}, UnknownLiberty, 0},
		"detained nobody knows when": {[]Event{{When: Partial{Date: Span{How: Unknown}}, Kind: Detention}}, PretrialDetention, 0},
		"held when, before that day": {[]Event{{When: Partial{Date: Span{How: Unknown}}, Kind: Detention}, on("2025-01-01", Stream)}, UnknownLiberty, 0},
		"arrived nobody knows when": {[]Event{on("2024-01-01", Detention), on("2024-01-02", TransferStart),
			{When: Partial{Date: Span{How: After, From: Date{2024, 1, 2}}}, Kind: TransferArrival}}, PretrialDetention, 0},
		"suspended sentence restrains": {[]Event{on("2024-01-01", Detention), verdict("2024-02-01", Guilty, Suspended), on("2024-02-01", Release), on("2024-03-01", InForce)}, UnderMeasures, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := File{Events: c.events}
			if got := f.Liberty(day(t, "2024-12-15")); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got := f.Stand(AsOf{Day: day(t, "2024-12-15")}).Measures; len(got) != c.live {
				t.Errorf("%d restrictions in force, want %d: %+v", len(got), c.live, got)
			}
		})
	}
}

func TestDaysHeld(t *testing.T) {
	span := func(s string) Partial {
		sp, err := ParseSpan(s)
		if err != nil {
			t.Fatal(err)
		}
		return Partial{Date: sp}
	}
	for _, c := range []struct {
		since, until string
		want         int
		ok           bool
	}{
		{"2023-07-25", "2023-12-12", 140, true},
		{"2024-02-28", "2024-03-01", 2, true}, // a leap year
		{"2024-02-28", "2024-02-28", 0, true},
		{"2023-07", "2023-12-12", 0, false},
		{"2023-07-25", "unknown", 0, false},
		{"unknown_after 2023-07-25", "2023-12-12", 0, false},
		{"about 2023-07-25", "2023-12-12", 0, false},
		{"2023-07-25/2023-07-26", "2023-12-12", 0, false},
	} {
		if n, ok := DaysHeld(span(c.since), span(c.until)); n != c.want || ok != c.ok {
			t.Errorf("%s to %s: %d, %v; want %d, %v", c.since, c.until, n, ok, c.want, c.ok)
		}
	}
}

// What happened in the evening of a day stands behind what is told of that day; what follows from what keeps its order.
func TestEveningStandsLast(t *testing.T) {
	on := func(id string, kind EventKind, part Part) Event {
		return Event{ID: id, Kind: kind, When: Partial{Date: span(t, "2023-12-12"), Part: part}}
	}
	f := &File{Events: []Event{on("fund", FundMet, Evening), on("release", Release, ""), on("picket", Picket, ""), on("verdict", VerdictGiven, Evening), on("request", ProsecutorRequest, ByMorning)}}
	var got []string
	for _, e := range f.InOrder() {
		got = append(got, e.ID)
	}
	if want := []string{"picket", "request", "verdict", "release", "fund"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSpans(t *testing.T) {
	for _, s := range []string{"2023", "2023-12", "2023-12-11", "2023-12-11/2023-12-12", "2023-12-11/2023-12", "2023/2024", "unknown", "unknown_after 2023-07-25", "unknown_before 2023", "about 2023-07"} {
		got, err := ParseSpan(s)
		if err != nil || got.String() != s {
			t.Errorf("%q became %q, %v", s, got, err)
		}
		if known := !strings.HasPrefix(s, "unknown"); got.Known() != known {
			t.Errorf("%q known: %v", s, got.Known())
		}
	}
	for _, s := range []string{"", "23", "2023-1-2", "2023-13", "2023-00", "2023-02-30", "2023-12-11-01", "12/11/2023", "2023-12-12/2023-12-11", "2023-12-11/2023-12-11", "unknown_after", "unknown after 2023", "about unknown", "１２３４", "+202"} {
		if got, err := ParseSpan(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestTextIn(t *testing.T) {
	text := Text{"ru": "р", "de": "d", "en": "e"}
	for _, c := range []struct {
		in        Text
		want      lang.Tag
		order     []lang.Tag
		text, tag string
	}{
		{text, "ru", nil, "р", "ru"},
		{text, "ar", []lang.Tag{"de", "ru"}, "d", "de"},
		{text, "ar", []lang.Tag{"fr", "ru"}, "р", "ru"},
		{text, "ar", nil, "e", "en"},
		{Text{"uk": "у", "ka": "კ"}, "ar", nil, "კ", "ka"},
		{nil, "ar", []lang.Tag{"en"}, "", ""},
	} {
		if s, tag := c.in.In(c.want, c.order...); s != c.text || string(tag) != c.tag {
			t.Errorf("%v in %s: %q in %q, want %q in %q", c.in, c.want, s, tag, c.text, c.tag)
		}
	}
}
