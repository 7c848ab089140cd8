package casefile

import (
	"slices"
	"testing"
)

// What is shown of a day is what was known then, unless somebody asks to look back with what is known since.
func TestAsOf(t *testing.T) {
	const vanished = `
		2024-01-01 detention custody=disappeared learnt=2024-02-01
		2024-01-20 stream`
	for name, c := range map[string]struct{ lines, day, known, want string }{
		"before anybody knew":                   {vanished, "2024-01-10", "", "unknown"},
		"before anybody knew, seen from later":  {vanished, "2024-01-10", "2024-02-01", "disappeared"},
		"known since a day":                     {vanished, "2024-02-01", "", "disappeared"},
		"now is the day on which it was learnt": {vanished, "", "", "disappeared"},
		"now, as it was known in January":       {vanished, "", "2024-01-31", "unknown"},
		"learnt in a month: known at its end":   {"2024-01-01 detention learnt=2024-02", "2024-02-28", "", "unknown"},
		"learnt some time after: known at last": {"2024-01-01 detention learnt=unknown_after:2024-01-05\n2024-03-01 stream", "2024-02-28", "", "unknown"},
		"and then it is":                        {"2024-01-01 detention learnt=unknown_after:2024-01-05\n2024-03-01 stream", "", "", "pretrial_detention"},
		"learnt before a day: known on it":      {"2024-01-01 detention learnt=unknown_before:2024-01-05\n2024-03-01 stream", "2024-01-05", "", "pretrial_detention"},
		"happened before a day":                 {"unknown_before:2024-01-05 detention\n2024-03-01 stream", "2024-01-05", "", "pretrial_detention"},
		"happened before a day, and before it":  {"unknown_before:2024-01-05 detention\n2024-03-01 stream", "2024-01-04", "", "unknown"},
		"happened after a day: sure at last":    {"unknown_after:2024-01-05 detention\n2024-03-01 stream", "2024-02-28", "", "unknown"},
		"happened in a month: sure at its end":  {"2024-01 detention\n2024-03-01 stream", "2024-01-30", "", "unknown"},
		"looked at from a month: from its end":  {"2024-01-31 detention\n2024-03-01 stream", "2024-01", "", "pretrial_detention"},
		"a range is sure at its end":            {"2024-01-10/2024-01-12 detention\n2024-03-01 stream", "2024-01-11", "", "unknown"},
		"of what nobody knows when, at last":    {"unknown detention\n2024-03-01 stream", "2024-02-28", "", "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			at := AsOf{}
			if c.day != "" {
				at.Day = day(t, c.day)
			}
			if c.known != "" {
				at.Known = day(t, c.known)
			}
			if got := story(t, "RU", c.lines).Stand(at).Liberty; string(got) != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	// What was taken back moves nothing, not even in the past, and makes no day the last.
	f := story(t, "RU", "2024-01-01 detention\n2024-03-01 release release=dropped")
	f.Events[1].Retracted = &Retraction{On: Date{2024, 3, 2}}
	if got := f.Latest(); got != (Date{2024, 1, 1}) {
		t.Errorf("the last day told is %s", got)
	}
	if got := f.Liberty(Date{2024, 3, 1}); got != PretrialDetention {
		t.Errorf("%s by a release that was taken back", got)
	}
}

// Since when it has been so: the event that made it so, and not one that left it.
func TestSince(t *testing.T) {
	for name, c := range map[string]struct{ lines, at, want string }{
		"nothing told":                    {"", "2024-06-01", ""},
		"of the arrest":                   {"2024-01-10 detention\n2024-01-12 charge_brought\n2024-02-01 stream", "2024-06-01", "2024-01-10"},
		"of another sort of custody":      {"2024-01-10 detention\n2024-01-12 remand custody=house_arrest\n2024-03-01 remand_extended", "2024-06-01", "2024-01-12"},
		"of a month":                      {"2024-01 detention", "2024-06-01", "2024-01"},
		"nobody knows":                    {"unknown detention", "2024-06-01", "unknown"},
		"of the arrest after a release":   {"2024-01-10 detention\n2024-02-01 release release=dropped\n2024-02-01 rearrest", "2024-06-01", "2024-02-01"},
		"of the day after the last of it": {"2024-01-10 detention\n2024-02-01 release release=dropped\n2024-02-01 measure_imposed effects=event_ban<2024-05-01", "2024-06-01", "2024-05-02"},
		"of that, before later events":    {"2024-01-10 detention\n2024-02-01 release release=dropped\n2024-02-01 measure_imposed effects=event_ban<2024-03-01\n2024-05-10 designation_added label=foreign_agent\n2024-05-20 designation_removed label=foreign_agent", "2024-06-01", "2024-05-20"},
		"a restriction ended between":     {"2024-01-10 detention\n2024-02-01 release release=dropped\n2024-02-01 measure_imposed effects=event_ban<2024-03-01\n2024-05-10 designation_added label=foreign_agent", "2024-06-01", "2024-05-10"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := story(t, "RU", c.lines).Stand(AsOf{Day: day(t, c.at)}).Since.String(); got != c.want {
				t.Errorf("since %q, want %q", got, c.want)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	for lines, want := range map[string]Status{
		"2024-01-10 detention":                    Reported,
		"2024-01-10 detention status=established": Established,
		"2024-01-10 detention nature=party":       AssertedByParty,
		"2024-01-10 detention status=established\n2024-02-01 transfer_start status=contested":                         Contested,
		"2024-01-10 detention status=contested\n2024-02-01 release release=dropped":                                   Reported,
		"2024-01-10 case_opened status=unknown\n2024-02-01 measure_imposed effects=event_ban":                         Reported,
		"2024-02-01 measure_imposed effects=event_ban\n2024-02-01 measure_imposed status=unknown effects=contact_ban": UnknownStatus,
		"2024-02-01 stream": "",
	} {
		if got := story(t, "RU", lines).Stand(AsOf{}).Holds; got != want {
			t.Errorf("%q holds as %q, want %q", lines, got, want)
		}
	}
}

func TestNextHearings(t *testing.T) {
	const lines = `
		2024-01-10 detention
		2024-05-20 hearing_scheduled learnt=2024-02-01 id=late
		2024-04-10 hearing_scheduled learnt=2024-02-01 id=early
		2024-04-05 hearing_scheduled learnt=2024-02-01 id=off
		2024-03-01 hearing_adjourned after=off
		2024-06 hearing_scheduled learnt=2024-02-01 id=month
		2024-04-01 hearing_scheduled learnt=2024-03-20 id=told-late
		2024-04-02 hearing_scheduled id=unsaid
		2024-03-20 stream`
	for at, want := range map[string]string{
		"2024-01-31": "", "2024-02-01": "off early late month", "2024-03-01": "early late month", "2024-03-20": "told-late unsaid early late month",
		"2024-04-10": "late month", "2024-06-10": "month", "2024-06-30": "",
	} {
		if got := ids(story(t, "RU", lines).Stand(AsOf{Day: day(t, at)}).Next); got != want {
			t.Errorf("on %s next is %q, want %q", at, got, want)
		}
	}
}

// A charge is of its case: the verdict on one does not end the other.
func TestTwoCases(t *testing.T) {
	const lines = `
		2024-01-10 charge_brought charge=riot in=one
		2024-01-20 charge_brought charge=sabotage_arson in=two
		2024-03-01 verdict verdict=acquitted in=one
		2024-03-20 in_force in=one`
	f := story(t, "RU", lines)
	if s := f.Stand(AsOf{}); s.Liberty != UnderInvestigation || len(s.From) != 1 || s.From[0] != &f.Events[1] || s.Decision != &f.Events[2] || s.InForce != &f.Events[3] {
		t.Errorf("%+v", tell(s))
	}
	f = story(t, "RU", lines+"\n2024-05-01 verdict verdict=acquitted in=two\n2024-05-20 in_force in=two")
	if s := f.Stand(AsOf{}); s.Liberty != AtLiberty {
		t.Errorf("%+v", tell(s))
	}
}

// How long sources print stands beside our count, each period its own; what was refuted, taken back or said later does not.
func TestStatedBesideCounted(t *testing.T) {
	f := story(t, "RU", `
		2024-01-10 detention
		2024-02-10 release release=dropped held=a-month
		2024-02-20 org_statement held=five-weeks
		2024-03-10 rearrest held=again
		2024-03-20 stream held=refuted
		2024-03-21 stream held=retracted
		2024-03-22 stream held=later`)
	f.Events[4].Claims[0].Status = Refuted
	f.Events[5].Claims[0].Retracted = &Retraction{}
	f.Events[6].Claims[0].Made = On(2024, 6, 1)
	s := f.Stand(AsOf{})
	var got []string
	for _, p := range s.Custody {
		for _, k := range p.Stated {
			got = append(got, k.What["en"])
		}
		got = append(got, "|")
	}
	if want := []string{"a-month", "five-weeks", "|", "again", "|"}; !slices.Equal(got, want) {
		t.Errorf("stated %q, want %q", got, want)
	}
}

// Of a sentence: from its day while it is pending, and from the day in force after that; and a ban set for a later day is not yet in force.
func TestRestrictionsBegin(t *testing.T) {
	f := story(t, "RU", "2024-01-10 verdict verdict=guilty sentence=event_ban\n2024-02-01 in_force\n2024-02-10 measure_imposed effects=contact_ban")
	f.Events[2].Effects[0].From = Date{2024, 3, 1}
	for at, want := range map[string]string{
		"2024-01-20": "event_ban 2024-01-10 pending", "2024-02-01": "event_ban 2024-02-01",
		"2024-02-10": "event_ban 2024-02-01, contact_ban 2024-03-01 pending", "2024-03-01": "event_ban 2024-02-01, contact_ban 2024-03-01",
	} {
		var got string
		for i, r := range f.Stand(AsOf{Day: day(t, at)}).Measures {
			if i > 0 {
				got += ", "
			}
			got += string(r.Measure.Kind) + " " + r.Since.String()
			if r.Pending {
				got += " pending"
			}
			if (r.Force != nil) != (r.Measure.Kind == "event_ban" && at != "2024-01-20") {
				t.Errorf("on %s %s is in force by %v", at, r.Measure.Kind, r.Force)
			}
		}
		if got != want {
			t.Errorf("on %s: %s, want %s", at, got, want)
		}
	}
}
