package letter_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// bursting is a letter at a pace where the third of an hour and domain is held.
func bursting(pace letter.Pace) lettertest.Options {
	budgets := letter.Usual()
	budgets.Burst = 2
	return lettertest.Options{Budgets: budgets, File: edited(func(f *letter.File) { f.Pace = pace })}
}

// crowd signs as four people of one domain, two of whom are held, and one of another on the next day.
func crowd(t testing.TB, s *lettertest.Site) (locks []receipt.Lock, links []letter.Counted) {
	t.Helper()
	for _, address := range []string{"a@one.example", "b@one.example", "c@one.example", "d@one.example", "e@two.example"} {
		if address[0] == 'e' {
			s.Clock.Add(24 * time.Hour)
		}
		c := s.Sign(t, address)
		links, locks = append(links, c), append(locks, mine(t, s, c).Lock)
	}
	return locks, links
}

func removes(t testing.TB, s *lettertest.Site, rule letter.Rule) letter.Removal {
	t.Helper()
	r, err := s.Book.Remove(t.Context(), s.Letter.ID, rule, receipt.Automated, "a program signed", "moderator", nil)
	lettertest.Must(t, err)
	return r
}

func restores(t testing.TB, s *lettertest.Site, id letter.RemovalID) [2]int {
	t.Helper()
	undone, restored, err := s.Book.Restore(t.Context(), id)
	lettertest.Must(t, err)
	return [2]int{undone, restored}
}

// agrees wants the log to be whole and every row to agree with it.
func agrees(t testing.TB, s *lettertest.Site) {
	t.Helper()
	verified(t, s)
	lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
}

// What a rule means is what is taken out, and put back: before its time without a trace, after it with one entry each.
func TestRemoveByRule(t *testing.T) {
	for name, c := range map[string]struct {
		rule func(today int64, locks []receipt.Lock) letter.Rule
		want int
	}{
		"held":           {func(int64, []receipt.Lock) letter.Rule { return letter.Rule{Held: true} }, 2},
		"a day":          {func(today int64, _ []receipt.Lock) letter.Rule { return letter.Rule{Day: today - 1} }, 4},
		"the next day":   {func(today int64, _ []receipt.Lock) letter.Rule { return letter.Rule{Day: today} }, 1},
		"held and a day": {func(today int64, _ []receipt.Lock) letter.Rule { return letter.Rule{Held: true, Day: today} }, 0},
		"one":            {func(_ int64, locks []receipt.Lock) letter.Rule { return letter.Rule{Lock: &locks[1]} }, 1},
		"one not held":   {func(_ int64, locks []receipt.Lock) letter.Rule { return letter.Rule{Lock: &locks[1], Held: true} }, 0},
		"one held":       {func(_ int64, locks []receipt.Lock) letter.Rule { return letter.Rule{Lock: &locks[2], Held: true} }, 1},
		"a lock of none": {func(int64, []receipt.Lock) letter.Rule { return letter.Rule{Lock: new(receipt.Lock)} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, bursting(letter.Immediate), func(t *testing.T, s *lettertest.Site) {
				locks, _ := crowd(t, s)
				s.Grow(t)
				rule := c.rule(seal.Day(s.Clock.Now()), locks)
				n, err := s.Book.Matching(t.Context(), s.Letter.ID, rule)
				if err != nil || n != c.want {
					t.Fatalf("%d are meant, want %d: %v", n, c.want, err)
				}
				before := tables(t, s)
				if c.want == 0 {
					_, err := s.Book.Remove(t.Context(), s.Letter.ID, rule, receipt.Automated, "x", "moderator", nil)
					if !errors.Is(err, letter.ErrNoMatch) || !cmp.Equal(before, tables(t, s)) {
						t.Fatal(err)
					}
					return
				}
				r := removes(t, s, rule)
				if r.Count != c.want || !r.Undoable || !r.Until.Equal(s.Clock.Now().Add(10*time.Minute)) {
					t.Fatalf("%+v", r)
				}
				list, err := s.Book.Removals(t.Context(), s.Letter.ID)
				r.Until = time.Time{}
				if diff := cmp.Diff([]letter.Removal{r}, list); err != nil || diff != "" {
					t.Fatal(err, diff)
				}
				s.Clock.Add(9 * time.Minute)
				if s.Grow(t) != 0 || s.Counted() != 5 {
					t.Fatal("the log has it before its time")
				}
				agrees(t, s)
				if got := restores(t, s, r.ID); got != [2]int{c.want, 0} {
					t.Fatal(got)
				}
				if diff := cmp.Diff(before, removalless(tables(t, s))); diff != "" {
					t.Fatal("undone, and something is otherwise:\n", diff)
				}
				if got := restores(t, s, r.ID); got != [2]int{} {
					t.Fatal("twice:", got)
				}
				again := removes(t, s, rule)
				s.GrowAll(t)
				if got := s.Book.Count(s.Letter.ID); got.Counted != int64(5-c.want) || got.Removals[receipt.Automated] != int64(c.want) {
					t.Fatalf("%+v", got)
				}
				if list, err = s.Book.Removals(t.Context(), s.Letter.ID); err != nil || len(list) != 1 || list[0].Undoable || list[0].ID != again.ID {
					t.Fatalf("%+v %v", list, err)
				}
				agrees(t, s)
				if got := restores(t, s, again.ID); got != [2]int{0, c.want} {
					t.Fatal(got)
				}
				agrees(t, s) // what waits is counted in
				if s.Grow(t) != c.want || s.Counted() != 5 {
					t.Fatalf("%d counted", s.Counted())
				}
				agrees(t, s)
			})
		})
	}
}

// removalless leaves out that there was a removal once.
func removalless(rows []string) (kept []string) {
	for _, r := range rows {
		if !strings.HasPrefix(r, "letter_removal ") {
			kept = append(kept, r)
		}
	}
	return kept
}

func TestRemoveRefuses(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		lock := mine(t, s, s.Sign(t, "anna@example.org")).Lock
		before := tables(t, s)
		rule := letter.Rule{Lock: &lock}
		for name, c := range map[string]struct {
			id     receipt.Letter
			rule   letter.Rule
			reason receipt.Reason
			words  string
			role   string
			is     error
		}{
			"no rule":           {s.Letter.ID, letter.Rule{}, receipt.Automated, "x", "x", letter.ErrNoRule},
			"no letter":         {receipt.Letter{}, rule, receipt.Automated, "x", "x", nil},
			"the mailbox's own": {s.Letter.ID, rule, receipt.AskedByMailbox, "x", "x", nil},
			"no reason":         {s.Letter.ID, rule, 0, "x", "x", nil},
			"no words":          {s.Letter.ID, rule, receipt.Automated, " ", "x", letter.ErrWords},
			"no role":           {s.Letter.ID, rule, receipt.Automated, "x", "", letter.ErrWords},
			"two lines":         {s.Letter.ID, rule, receipt.Automated, "x\ny", "x", letter.ErrWords},
			"too long":          {s.Letter.ID, rule, receipt.Automated, strings.Repeat("x", 301), "x", letter.ErrWords},
		} {
			_, err := s.Book.Remove(t.Context(), c.id, c.rule, c.reason, c.words, c.role, nil)
			if err == nil || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := s.Book.Restore(t.Context(), letter.RemovalID{1}); !errors.Is(err, letter.ErrNoRemoval) {
			t.Error(err)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal(diff)
		}
		exec(t, s, "UPDATE letter SET state = 'draft'")
		if _, err := s.Book.Remove(t.Context(), s.Letter.ID, rule, receipt.Automated, "x", "x", nil); !errors.Is(err, letter.WrongState{State: letter.Draft}) {
			t.Error(err)
		}
	})
}

// An address whose signature was removed is not counted a second time, and whoever holds it may still withdraw; then nothing puts it back.
func TestRemovedMaySignNoMoreAndWithdraw(t *testing.T) {
	for _, logged := range []bool{false, true} {
		each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
			s.Sign(t, "anna@example.org")
			s.Grow(t)
			r := removes(t, s, letter.Rule{Day: seal.Day(s.Clock.Now())})
			if logged {
				s.GrowAll(t)
			}
			s.Clock.Add(time.Minute)
			own := s.Sign(t, "anna@example.org")
			if n := number(t, s, "SELECT count(*) FROM letter_signature"); n != 1 {
				t.Fatalf("%d rows", n)
			}
			_, err := s.Book.Withdraw(t.Context(), own.Secret)
			lettertest.Must(t, err)
			agrees(t, s)
			s.GrowAll(t)
			if got := restores(t, s, r.ID); got != [2]int{} {
				t.Fatal("put back against its signer's wish:", got)
			}
			if s.GrowAll(t); s.Counted() != 0 {
				t.Fatal("counted")
			}
			agrees(t, s)
		})
	}
}

// Held signatures are released into the line of all others once the log has them; what is released can be removed in the next moment.
func TestRelease(t *testing.T) {
	each(t, bursting(letter.Steady), func(t *testing.T, s *lettertest.Site) {
		locks, _ := crowd(t, s)
		s.Clock.Add(time.Hour)
		s.Grow(t)
		for _, address := range []string{"x@three.example", "y@three.example", "z@three.example"} {
			s.Sign(t, address)
		}
		got := func(released, waiting int, err error) [2]int {
			t.Helper()
			lettertest.Must(t, err)
			return [2]int{released, waiting}
		}
		if n := got(s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{Lock: &locks[2]}, nil)); n != [2]int{1, 0} {
			t.Fatal(n)
		}
		agrees(t, s)
		removal := removes(t, s, letter.Rule{Lock: &locks[2]}) // its release goes into the log first
		s.GrowAll(t)
		agrees(t, s)
		if n := restores(t, s, removal.ID); n != [2]int{0, 1} {
			t.Fatal(n)
		}
		s.Grow(t)
		s.Sign(t, "v@three.example")
		if n := got(s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{}, nil)); n != [2]int{2, 0} && n != [2]int{2, 1} {
			t.Fatal(n)
		}
		agrees(t, s)
		s.GrowAll(t)
		count := s.Book.Count(s.Letter.ID)
		if count.Counted != 9 || count.ByAssurance[receipt.Held] > 1 || count.ByAssurance[receipt.Email]+count.ByAssurance[receipt.Held] != 9 {
			t.Fatalf("%+v", count.ByAssurance)
		}
		if _, _, err := s.Book.Release(t.Context(), receipt.Letter{}, letter.Rule{}, nil); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		agrees(t, s)
	})
}

// A held one whose signer withdraws while its release waits ends as any other.
func TestReleasedAndWithdrawn(t *testing.T) {
	each(t, bursting(letter.Steady), func(t *testing.T, s *lettertest.Site) {
		_, links := crowd(t, s)
		s.Clock.Add(time.Hour)
		s.Grow(t)
		if n, _, err := s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{}, nil); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		_, err := s.Book.Withdraw(t.Context(), links[2].Secret)
		lettertest.Must(t, err)
		agrees(t, s)
		s.GrowAll(t)
		agrees(t, s)
		if s.Counted() != 4 {
			t.Fatal(s.Counted())
		}
	})
}

// In a letter that moves once a day a removal can be undone as long as its signatures wait.
func TestRemoveFromADailyLetter(t *testing.T) {
	each(t, bursting(letter.Daily), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.Sign(t, "boris@example.org")
		r := removes(t, s, letter.Rule{Day: seal.Day(s.Clock.Now())})
		if want := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC); !r.Until.Equal(want) {
			t.Fatal(r.Until)
		}
		s.Clock.Add(time.Hour)
		if s.Grow(t) != 0 {
			t.Fatal("something left before its day was over")
		}
		agrees(t, s)
		s.Clock.Add(12 * time.Hour)
		if s.Grow(t) != 4 || s.Counted() != 0 {
			t.Fatal(s.Counted())
		}
		agrees(t, s)
	})
}

// More than fits into one transaction, removed and put back in two processes at the very moment in which the log takes it: whatever came first,
// everyone counts in the end, and nothing is said twice.
func TestRestoreRacesTheLog(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		const many = 1201
		other := s.Again(t)
		lettertest.Must(t, other.Book.Start(t.Context()))
		lettertest.Must(t, s.Book.Rehearse(t.Context(), s.Letter, many, nil))
		s.Grow(t)
		steps := 0
		r, err := s.Book.Remove(t.Context(), s.Letter.ID, letter.Rule{Day: seal.Day(s.Clock.Now())}, receipt.Duplicate, "x", "x", func(done, of int) {
			if steps++; of != many || done > of {
				t.Errorf("%d of %d", done, of)
			}
		})
		if err != nil || r.Count != many || steps != 3 {
			t.Fatalf("%+v, %d steps: %v", r, steps, err)
		}
		s.Clock.Add(11 * time.Minute)
		var mu sync.Mutex
		undone, restored := 0, 0
		books := []*letter.Book{s.Book, other.Book}
		together(t, 6, func(i int) error {
			if i >= 4 {
				_, err := []*lettertest.Site{s, other}[i%2].Log.Sequence(t.Context())
				return err
			}
			u, n, err := books[i%2].Restore(t.Context(), r.ID)
			mu.Lock()
			defer mu.Unlock()
			undone, restored = undone+u, restored+n
			return err
		})
		if undone+restored != many {
			t.Fatalf("%d and %d put back, want %d in all", undone, restored, many)
		}
		agrees(t, s)
		s.GrowAll(t)
		if got := s.Book.Count(s.Letter.ID); got.Counted != many || got.Removed != 0 {
			t.Fatalf("%+v", got)
		}
		if n := len(s.Entries(t)); n != 1+many+2*restored {
			t.Fatalf("%d entries for %d restored", n, restored)
		}
		agrees(t, s)
	})
}
