package casefile

import (
	"slices"
	"testing"
)

// Every term of what is derived comes about somehow, and this is one way for each.
func TestEveryTermComesAbout(t *testing.T) {
	const held = "2024-01-10 detention at=jail charge=riot\n"
	const sentenced = held + "2024-03-01 verdict verdict=guilty sentence=custody\n"
	look := func(lines string) Stand { return story(t, "RU", lines).Stand(AsOf{Day: Date{2024, 3, 2}}) }
	covers := func(what string, list []string, stories map[string]string, has func(Stand, string) bool) {
		t.Helper()
		for _, term := range list {
			if lines, ok := stories[term]; !ok || !has(look(lines), term) {
				t.Errorf("%s %s does not come about", what, term)
			}
		}
		if len(list) != len(stories) {
			t.Errorf("%d stories for %d terms of %s", len(stories), len(list), what)
		}
	}

	covers("liberty", Liberty("").Known(), map[string]string{
		"at_liberty_no_measures":              held + "2024-02-01 release release=dropped",
		"at_liberty_under_investigation":      "2024-01-10 case_opened",
		"at_liberty_under_measures":           "2024-01-10 designation_added label=foreign_agent",
		"house_arrest":                        "2024-01-10 remand custody=house_arrest",
		"administrative_arrest":               "2024-01-10 detention custody=administrative",
		"pretrial_detention":                  held,
		"on_trial_in_custody":                 held + "2024-02-01 hearing_held in=one",
		"convicted_appeal_pending_in_custody": sentenced,
		"serving_sentence":                    sentenced + "2024-03-01 in_force",
		"compulsory_treatment":                held + "2024-03-01 verdict verdict=compulsory_treatment\n2024-03-02 in_force",
		"in_transit_undisclosed":              held + "2024-03-01 transfer_start",
		"incommunicado":                       "2024-01-10 detention custody=incommunicado",
		"disappeared":                         "2024-01-10 detention custody=disappeared",
		"wanted_or_tried_in_absentia":         "2024-01-10 sought",
		"exiled":                              "2024-01-10 exile",
		"exchanged_or_expelled":               held + "2024-03-01 release release=expulsion",
		"died_in_custody":                     held + "2024-03-01 death",
		"unknown":                             "",
	}, func(s Stand, term string) bool { return string(s.Liberty) == term })

	covers("deadline", DeadlineKind("").Known(), map[string]string{
		"appeal_defence":     "2024-03-01 verdict verdict=acquitted",
		"appeal_prosecution": "2024-03-01 verdict verdict=acquitted",
		"fine_due":           "2024-03-01 verdict verdict=guilty sentence=fine",
		"remand_ends":        held + "2024-01-12 remand until=2024-04-01",
		"measure_ends":       "2024-01-10 measure_imposed effects=event_ban<2024-04-01",
		"listing_ends":       "2024-01-10 designation_added label=foreign_agent effects=event_ban<2024-04-01",
	}, func(s Stand, term string) bool {
		return slices.ContainsFunc(s.Deadlines, func(d Deadline) bool { return string(d.Kind) == term })
	})

	gaps := map[string]string{
		"whereabouts":   "2024-01-10 detention",
		"charge":        "2024-01-10 detention charge=not_disclosed",
		"arrest_day":    "2024-01 detention",
		"counsel":       held + "2024-01-11 counsel_denied",
		"contact":       held + "2024-01-11 contact_lost",
		"payment":       "2024-03-01 verdict verdict=guilty sentence=fine",
		"effects":       "2024-01-10 designation_added label=foreign_agent",
		"period":        "2024-01-10 measure_imposed effects=event_ban",
		"in_force":      "2024-01-10 verdict verdict=acquitted",
		"appeal_window": sentenced,
		"next_hearing":  held + "2024-02-01 prosecutor_request",
		"event_day":     "unknown banner\n2024-03-01 stream",
		"liberty":       "",
		"contradicting": held + held,
	}
	has := func(s Stand, term string) bool {
		return slices.ContainsFunc(s.Gaps, func(g Gap) bool { return string(g.Kind) == term })
	}
	gaps["persons_own_word"] = "" // and in no story: it is not of the events
	covers("gap", GapKind("").Known(), gaps, func(s Stand, term string) bool {
		f := story(t, "RU", gaps[term])
		switch GapKind(term) {
		case GapConsent:
			f.Case.Publication.Necessity = &Necessity{}
		case GapPeriod:
			f.Events[0].Effects[0].NotTold = []NotTold{"period"}
		}
		return has(f.Stand(s.At), term)
	})

	covers("conflict", ConflictKind("").Known(), map[string]string{
		"held_twice":           held + "2024-02-01 detention",
		"sought_held":          held + "2024-02-01 sought",
		"released_not_held":    "2024-02-01 release release=dropped",
		"moved_not_held":       held + "2024-02-01 release release=dropped\n2024-03-01 transfer_start",
		"two_verdicts":         "2024-02-01 verdict verdict=acquitted\n2024-02-01 verdict verdict=guilty sentence=fine",
		"in_force_without":     "2024-02-01 in_force",
		"lifted_not_imposed":   "2024-02-01 measure_lifted effects=event_ban",
		"paid_not_fined":       "2024-02-01 fine_paid",
		"after_death":          "2024-02-01 death\n2024-03-01 detention",
		"appealed_nothing":     "2024-02-01 appeal_filed side=defence",
		"learnt_before":        "2024-02-01 detention learnt=2024-01-01",
		"sentence_and_release": sentenced + "2024-03-01 release release=non_custodial_sentence",
	}, func(s Stand, term string) bool {
		return slices.ContainsFunc(s.Conflicts, func(c Conflict) bool { return string(c.Kind) == term })
	})
}

// Of two things that can't both be so, neither is taken silently: both stand in the conflict.
func TestContradictionsShowBothSides(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		want  []string
	}{
		"two verdicts of a day":          {"2024-02-01 verdict verdict=acquitted id=free\n2024-02-01 verdict verdict=guilty sentence=fine id=guilty", []string{"free", "guilty"}},
		"arrested while held":            {"2024-01-01 detention id=first\n2024-02-01 detention id=second", []string{"first", "second"}},
		"released again":                 {"2024-01-01 detention\n2024-01-02 release release=dropped id=first\n2024-02-01 release release=dropped id=second", []string{"first", "second"}},
		"two days of death":              {"2024-01-01 death id=first\n2024-02-01 death id=second", []string{"first", "second"}},
		"looked for while held":          {"2024-01-01 detention id=first\n2024-02-01 sought id=second", []string{"first", "second"}},
		"moved after the exile":          {"2024-01-01 exile id=first\n2024-02-01 transfer_arrival at=camp id=second", []string{"first", "second"}},
		"acquitted, says the release":    {"2024-01-01 detention\n2024-02-01 verdict verdict=guilty sentence=fine id=first\n2024-02-01 release release=acquitted id=second", []string{"first", "second"}},
		"not custody, says the release":  {"2024-01-01 detention\n2024-02-01 verdict verdict=guilty sentence=custody id=first\n2024-02-01 release release=non_custodial_sentence id=second", []string{"first", "second"}},
		"known before it happened":       {"2024-02-01 detention learnt=2024-01-01 id=first", []string{"first"}},
		"lifted, and never imposed":      {"2024-02-01 measure_lifted effects=event_ban id=first", []string{"first"}},
		"lifted, and nobody says what":   {"2024-01-01 measure_imposed effects=event_ban\n2024-02-01 measure_lifted id=first", []string{"first"}},
		"taken off a list never told of": {"2024-02-01 designation_removed label=foreign_agent id=first", []string{"first"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := story(t, "RU", c.lines).Stand(AsOf{})
			var got []string
			for _, k := range s.Conflicts {
				for _, e := range k.Events {
					got = append(got, e.ID)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("the conflict is of %q, want %q", got, c.want)
			}
		})
	}
	// Two verdicts of a day leave both sentences standing, and neither in force.
	s := story(t, "RU", "2024-02-01 verdict verdict=guilty sentence=event_ban in=one\n2024-02-01 verdict verdict=guilty sentence=fine in=one").Stand(AsOf{})
	if len(s.Measures) != 2 || !s.NotFinal {
		t.Errorf("of two verdicts: %+v", tell(s))
	}
}
