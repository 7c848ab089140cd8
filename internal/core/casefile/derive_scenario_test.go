package casefile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// kept applies a file and reads it back.
func kept(t *testing.T, d *db.DB, b *Book, f *File) *File {
	t.Helper()
	if _, err := apply(t, d, b, f); err != nil {
		t.Fatal(err)
	}
	got, err := b.File(t.Context(), f.Case.Slug)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What must hold after the scenario is replayed, as far as it is derived, of the file as each engine keeps it.
func TestScenarioHoldsAsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := demo(t)
		f := kept(t, d, New(Config{DB: d}), &w.File)
		for when, want := range map[string]told{
			"2022-04-30": {liberty: "unknown"},
			"2023-07-24": {liberty: "at_liberty_under_measures", measures: "foreign_agent"},
			"2023-07-25": {liberty: "pretrial_detention", custody: "2023-07-25.. pretrial 0"},
			"2023-08-08": {liberty: "pretrial_detention", custody: "2023-07-25.. pretrial 14",
				measures: "foreign_agent, teaching_ban, publishing_ban, office_ban, bank_card_ban, cash_withdrawal_cap", due: "none"},
			"2023-12-10": {liberty: "pretrial_detention", due: "none"},
			"2023-12-11": {liberty: "on_trial_in_custody", due: "none"},
			"2023-12-13": {liberty: "at_liberty_under_measures", custody: "2023-07-25..2023-12-12 pretrial 140", conflicts: "none",
				measures: "foreign_agent, teaching_ban, publishing_ban, office_ban, bank_card_ban, cash_withdrawal_cap, fine?, internet_restriction?",
				// Both sides have fifteen days from the verdict, since he was released in the courtroom; the fine is due sixty days after it is in force.
				due:   "appeal_defence 2023-12-27, appeal_prosecution 2023-12-27, fine_due",
				gaps:  "effects, event_day, payment, period, persons_own_word",
				where: "unknown_after 2023-07-25 Syktyvkar (Komi Republic)"},
			"2023-12-28": {due: "fine_due", gaps: "effects, event_day, in_force, payment, period, persons_own_word"},
		} {
			matches(t, when, tell(f.Stand(AsOf{Day: day(t, when)})), want)
		}
		s := f.Stand(AsOf{})
		if s.Decision == nil || s.Decision.Verdict != Guilty || !s.NotFinal || s.InForce != nil || f.Case.State == Closed {
			t.Errorf("decided by %+v, not final %v, the case is %s", s.Decision, s.NotFinal, f.Case.State)
		}
		if h := s.Custody[0]; h.Days != 140 || len(h.Stated) != 1 || h.Stated[0].What["en"] != "four-and-a-half months" || h.Charge.Kind != "terrorism_justification" || h.Charged.ID != "arrest" {
			t.Errorf("held %d days beside %+v, on %+v", h.Days, h.Stated, h.Charge)
		}
		if got := ids(s.From); got != "release verdict foreign-agent register" || s.Holds != Reported || s.Since.String() != "2023-12-12" {
			t.Errorf("%s since %s, %s, from %s", s.Liberty, s.Since, s.Holds, got)
		}
		for _, r := range s.Measures {
			if m := r.Measure; m != nil && m.Kind == Fine && (m.Amount.Equivalent["en"] != "around 6,000 EUR" || r.Event.ID != "verdict") {
				t.Errorf("the fine: %+v of %s", m, r.Event.ID)
			}
		}
		for _, g := range s.Gaps {
			if want, ok := map[GapKind]string{GapPayment: "verdict", GapEffects: "foreign-agent", GapPeriod: "register", GapConsent: ""}[g.Kind]; ok && ids(g.From) != want {
				t.Errorf("%s from %s, want %s", g.Kind, ids(g.From), want)
			}
		}
		for _, x := range s.Deadlines {
			if x.Kind != FineDue && (x.Rule == nil || x.Rule.Law != "ст. 389.4 УПК РФ" || x.Rule.Days != 15 || ids(x.From) != "verdict") {
				t.Errorf("%s by %+v from %s", x.Kind, x.Rule, ids(x.From))
			}
			if x.Kind == FineDue && (x.Rule == nil || x.Rule.Days != 60 || ids(x.From) != "verdict") {
				t.Errorf("the fine is due by %+v", x.Rule)
			}
		}
	})
}

func ids(events []*Event) string {
	var list []string
	for _, e := range events {
		list = append(list, e.ID)
	}
	return strings.Join(list, " ")
}

// matches compares what was derived with what is wanted; "" is not looked at, and "none" is nothing.
func matches(t *testing.T, at string, got, want told) {
	t.Helper()
	for _, p := range [...]struct{ what, got, want string }{
		{"liberty", got.liberty, want.liberty}, {"custody", got.custody, want.custody}, {"in force", got.measures, want.measures},
		{"conflicts", got.conflicts, want.conflicts}, {"due", got.due, want.due}, {"not known", got.gaps, want.gaps}, {"where", got.where, want.where},
	} {
		if p.want == "none" {
			p.want = ""
		} else if p.want == "" {
			continue
		}
		if p.got != p.want {
			t.Errorf("%s, %s: %q\nwant %q", at, p.what, p.got, p.want)
		}
	}
}

// reopened is the demonstration's file with a made-up continuation, entered in disorder.
func reopened(t *testing.T) *File {
	t.Helper()
	var more bare // the rules are asked of the whole
	src, err := os.ReadFile("testdata/reopened.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := Decode(src, &more); err != nil {
		t.Fatal(err)
	}
	f := demo(t).File
	f.Sources = append(f.Sources, more.Sources...)
	f.Proceedings = append(f.Proceedings, more.Proceedings...)
	f.Event("verdict").Proceeding = f.Event("hearing").Proceeding
	f.Events = append(more.Events, f.Events...)
	slices.Reverse(f.Events[:4])
	return &f
}

// Nothing is final: the same case, at the same address, is closed by its editors, turned round on appeal, and ends otherwise again.
func TestReopened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		b := New(Config{DB: d})
		was := demo(t).File
		was.Case.State = Closed
		before := kept(t, d, b, &was)
		now := kept(t, d, b, reopened(t))

		all, err := b.All(ctx)
		if err != nil || len(all) != 1 || all[0].Case.Slug != before.Case.Slug || now.Case.State != Open || before.Case.State != Closed {
			t.Fatalf("reopened: %d cases, %s, %v", len(all), now.Case.State, err)
		}

		const register = "foreign_agent, teaching_ban, publishing_ban, office_ban, bank_card_ban, cash_withdrawal_cap"
		const first = "2023-07-25..2023-12-12 pretrial 140"
		for _, c := range []struct {
			day, known string
			want       told
		}{
			{"2023-12-13", "", told{liberty: "at_liberty_under_measures", custody: first, measures: register + ", fine?, internet_restriction?",
				due: "appeal_defence 2023-12-27, appeal_prosecution 2023-12-27, fine_due"}},
			// The prosecution has appealed: its window is no longer a question.
			{"2023-12-21", "", told{liberty: "at_liberty_under_measures", due: "appeal_defence 2023-12-27, fine_due"}},
			{"2023-12-30", "", told{liberty: "at_liberty_under_measures", due: "fine_due", custody: first}},
			// Turned round, and in force at once; nobody knew yet that he was taken.
			{"2024-02-14", "", told{liberty: "unknown", custody: first, measures: register + ", site_admin_ban", due: "none"}},
			{"2024-02-14", "2024-02-16", told{liberty: "serving_sentence", custody: first + ", 2024-02-14.. sentence 0"}},
			{"2024-02-16", "", told{liberty: "serving_sentence", custody: first + ", 2024-02-14.. sentence 2", measures: register + ", site_admin_ban", conflicts: "none"}},
			{"2024-03-20", "", told{liberty: "serving_sentence", custody: first + ", 2024-02-14.. sentence 35"}},
			// Out again: what a list and a sentence forbid stays.
			{"2024-09-02", "", told{liberty: "at_liberty_under_measures", custody: first + ", 2024-02-14..2024-09-02 sentence 201",
				measures: register + ", site_admin_ban", conflicts: "none", due: "none"}},
			{"2023-12-13", "2024-09-02", told{liberty: "at_liberty_under_measures", custody: first, measures: register + ", fine?, internet_restriction?"}},
		} {
			at := AsOf{Day: day(t, c.day)}
			if c.known != "" {
				at.Known = day(t, c.known)
			}
			matches(t, fmt.Sprint(c.day, " known ", c.known), tell(now.Stand(at)), c.want)
		}

		// Until the reversal, both files tell the same.
		for _, when := range []string{"2022-05-31", "2023-07-24", "2023-08-08", "2023-12-11"} {
			x, y := tell(before.Stand(AsOf{Day: day(t, when)})), tell(now.Stand(AsOf{Day: day(t, when)}))
			if x != y {
				t.Errorf("%s was %+v\nand became %+v", when, x, y)
			}
		}
		s := now.Stand(AsOf{Day: day(t, "2024-03-20")})
		if s.NotFinal || s.InForce != now.Event("made-up-reversal") || s.Decision != s.InForce {
			t.Errorf("not final %v, in force by %v", s.NotFinal, s.InForce)
		}
		if got := ids(s.From); got != "made-up-rearrest made-up-reversal" {
			t.Errorf("%s from %s", s.Liberty, got)
		}
		if h := s.Custody[1]; h.Charge == nil || h.Charged.ID != "arrest" || len(h.Stays) != 1 || h.Stays[0].Event.ID != "made-up-arrival" || len(h.Stated) != 0 {
			t.Errorf("the second period: %+v", h)
		}
	})
}
