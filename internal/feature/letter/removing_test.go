package letter_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

func once(rule letter.Rule, most int) letter.Removing {
	return letter.Removing{ID: letter.RemovalID{7}, Rule: rule, Reason: receipt.Automated, Words: "a program signed", Role: "moderator", Most: most}
}

// A removal that was carried out is carried out: run again it takes nobody out, neither who was put back nor who came since.
func TestRemoveOnce(t *testing.T) {
	each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
		crowd(t, s)
		s.Grow(t)
		today := seal.Day(s.Clock.Now())
		m := once(letter.Rule{Day: today - 1}, 4)
		r, err := s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil)
		if err != nil || r.Count != 4 || r.ID != m.ID {
			t.Fatalf("%+v %v", r, err)
		}
		before := tables(t, s)
		again, err := s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil)
		if err != nil || again.Count != 4 {
			t.Fatalf("again: %+v %v", again, err)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("again, and something changed:\n", diff)
		}
		if got := restores(t, s, m.ID); got != [2]int{4, 0} {
			t.Fatal(got)
		}
		again, err = s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil)
		if n, _ := s.Book.Matching(t.Context(), s.Letter.ID, m.Rule); err != nil || again.Count != 0 || n != 4 {
			t.Fatalf("put back, and taken out again: %+v %v, %d count", again, err, n)
		}
		s.GrowAll(t)
		if s.Counted() != 5 {
			t.Fatalf("%d counted", s.Counted())
		}
		agrees(t, s)
	})
}

// Who decided saw a number: nothing begins where it is more by now.
func TestRemoveOnceSeesMore(t *testing.T) {
	each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
		crowd(t, s)
		s.Grow(t)
		before := tables(t, s)
		m := once(letter.Rule{Held: true}, 1)
		if r, err := s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil); !errors.Is(err, letter.ErrMore) || r.Count != 0 {
			t.Fatalf("%+v %v", r, err)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal(diff)
		}
		m.Most = 3 // one was released or withdrawn meanwhile: what is left is taken out
		if r, err := s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil); err != nil || r.Count != 2 {
			t.Fatalf("%+v %v", r, err)
		}
		for name, m := range map[string]letter.Removing{
			"no rule":  once(letter.Rule{}, 1),
			"no match": {ID: letter.RemovalID{9}, Rule: letter.Rule{Lock: new(receipt.Lock)}, Reason: receipt.Automated, Words: "x", Role: "x"},
		} {
			if _, err := s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil); !errors.Is(err, letter.ErrNoRule) && !errors.Is(err, letter.ErrNoMatch) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Cut off after any of its transactions, a removal goes on where it was: each is taken out once, and never more than were seen, though others came meanwhile.
func TestRemoveOnceGoesOn(t *testing.T) {
	each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
		crowd(t, s)
		s.Grow(t)
		rule := letter.Rule{Day: seal.Day(s.Clock.Now()) - 1}
		m := once(rule, 4)
		ctx, kill := context.WithCancel(t.Context())
		letter.Chunk(t, 1)
		r, err := s.Book.RemoveOnce(ctx, s.Letter.ID, m, func(done, _ int) {
			if done == 2 {
				kill()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%+v %v", r, err)
		}
		if n := number(t, s, "SELECT count(*) FROM letter_removed"); n != 2 {
			t.Fatalf("%d out before the kill", n)
		}
		// Two come under the rule who were not seen.
		exec(t, s, "UPDATE letter_signature SET day = day - 1 WHERE day = $1", seal.Day(s.Clock.Now()))
		again := s.Again(t)
		lettertest.Must(t, again.Book.Start(t.Context()))
		r, err = again.Book.RemoveOnce(t.Context(), s.Letter.ID, m, nil)
		if err != nil || r.Count != 4 {
			t.Fatalf("%+v %v", r, err)
		}
		if n := number(t, s, "SELECT count(*) FROM letter_removing"); n != 0 {
			t.Fatal("it is under way still")
		}
		s.Clock.Add(11 * time.Minute)
		s.GrowAll(t)
		if got := s.Book.Count(s.Letter.ID); got.Counted != 1 || got.Removals[receipt.Automated] != 4 {
			t.Fatalf("%+v", got)
		}
		agrees(t, s)
	})
}

// What is put back while a removal is under way stays, whoever goes on with it.
func TestRestoreEndsRemoving(t *testing.T) {
	each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
		crowd(t, s)
		s.Grow(t)
		m := once(letter.Rule{Day: seal.Day(s.Clock.Now()) - 1}, 4)
		letter.Chunk(t, 1)
		r, err := s.Book.RemoveOnce(t.Context(), s.Letter.ID, m, func(done, _ int) {
			if done == 2 {
				restores(t, s, m.ID)
			}
		})
		if err != nil || r.Count != 0 {
			t.Fatalf("%+v %v", r, err)
		}
		if n, _ := s.Book.Matching(t.Context(), s.Letter.ID, m.Rule); n != 4 {
			t.Fatalf("%d count, want 4", n)
		}
		agrees(t, s)
	})
}

// Two nodes that carry one removal out at once take out what was seen and no more.
func TestRemoveOnceTwice(t *testing.T) {
	each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
		crowd(t, s)
		s.Grow(t)
		other := s.Again(t)
		lettertest.Must(t, other.Book.Start(t.Context()))
		letter.Chunk(t, 1)
		m := once(letter.Rule{Day: seal.Day(s.Clock.Now()) - 1}, 4)
		books := []*letter.Book{s.Book, other.Book}
		together(t, 2, func(i int) error {
			_, err := books[i].RemoveOnce(t.Context(), s.Letter.ID, m, nil)
			return err
		})
		if n := number(t, s, "SELECT count(*) FROM letter_removed"); n != 4 {
			t.Fatalf("%d out", n)
		}
		s.GrowAll(t)
		if got := s.Book.Count(s.Letter.ID); got.Counted != 1 {
			t.Fatalf("%+v", got)
		}
		agrees(t, s)
	})
}

// What a rule would do to the public number is what it does; who waits for the log is in no number yet.
func TestWeigh(t *testing.T) {
	each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
		crowd(t, s)
		s.Grow(t)
		s.Sign(t, "late@two.example") // waits
		today := seal.Day(s.Clock.Now())
		for name, c := range map[string]struct {
			rule letter.Rule
			want letter.Weight
		}{
			"held":      {letter.Rule{Held: true}, letter.Weight{Matching: 2, Logged: 2, Counted: 5, Held: 2}},
			"a day":     {letter.Rule{Day: today}, letter.Weight{Matching: 2, Logged: 1, Counted: 5, Held: 2}},
			"a lock":    {letter.Rule{Lock: new(receipt.Lock)}, letter.Weight{Counted: 5, Held: 2}},
			"yesterday": {letter.Rule{Day: today - 1}, letter.Weight{Matching: 4, Logged: 4, Counted: 5, Held: 2}},
		} {
			got, err := s.Book.Weigh(t.Context(), s.Letter.ID, c.rule)
			if err != nil || got != c.want || got.After() != 5-int64(c.want.Logged) {
				t.Errorf("%s: %+v %v", name, got, err)
			}
		}
		if _, err := s.Book.Weigh(t.Context(), s.Letter.ID, letter.Rule{}); !errors.Is(err, letter.ErrNoRule) {
			t.Error(err)
		}
		days, err := s.Book.HeldDays(t.Context(), s.Letter.ID)
		if diff := cmp.Diff([]letter.HeldDay{{Day: today - 1, Count: 2}}, days); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}
