package casetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
)

// Made-up people: their cases keep every rule, are marked as made up, have as many events as were wanted, and come in every sort of situation.
func TestPeople(t *testing.T) {
	today := casefile.AsOf{}
	seen := map[casefile.Liberty]int{}
	for _, f := range People(1, 120, 60) {
		if p := f.Check(); len(p) > 0 {
			t.Fatalf("%s: %v", f.Case.Slug, p)
		}
		shown, ok := f.Public(f.Lapses(Today))
		if !ok || !f.Campaign.Rehearsal || len(f.Events) != 60 {
			t.Fatalf("%s: public %v, rehearsal %v, %d events", f.Case.Slug, ok, f.Campaign.Rehearsal, len(f.Events))
		}
		s := shown.Stand(today)
		seen[s.Liberty]++
		if len(s.Conflicts) > 0 {
			t.Errorf("%s contradicts itself: %v", f.Case.Slug, s.Conflicts[0].Kind)
		}
	}
	for _, l := range []casefile.Liberty{casefile.PretrialDetention, casefile.OnTrialInCustody, casefile.AppealInCustody, casefile.ServingSentence, casefile.UnderMeasures, casefile.Undisclosed,
		casefile.Incommunicado, casefile.Disappeared, casefile.Exchanged, casefile.DiedInCustody} {
		if seen[l] == 0 {
			t.Errorf("nobody is %s: %v", l, seen)
		}
	}
	if diff := cmp.Diff(Person(1, 7, 20), Person(1, 7, 20)); diff != "" {
		t.Errorf("the same seed made up another case:\n%s", diff)
	}
	if cmp.Equal(Person(1, 7, 20), Person(2, 7, 20)) {
		t.Error("another seed made up the same case")
	}
}
