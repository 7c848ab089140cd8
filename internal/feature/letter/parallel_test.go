package letter_test

import (
	"fmt"
	"sync"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/jobs"
	"outcry/receipt"
)

// together runs n functions at the same moment and wants none to fail.
func together(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("number %d: %v", i, err)
		}
	}
}

// One address, fifty asks, confirmed at the same moment in two processes: counted once, and one private link opens.
func TestOneAddressAtOnce(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		other := s.Again(t)
		lettertest.Must(t, other.Book.Start(t.Context()))
		_, m := s.Mailed(t, "anna@example.org")
		books := []*letter.Book{s.Book, other.Book}
		pages := make([]letter.Waiting, 50)
		for i := range pages {
			pages[i] = s.Ask(t, "anna@example.org")
		}
		answers := make([]letter.Counted, len(pages))
		together(t, len(pages), func(i int) (err error) {
			answers[i], err = books[i%2].ConfirmCode(t.Context(), pages[i].Token, lettertest.Code(m))
			return err
		})
		s.Grow(t)
		if s.Counted() != 1 || number(t, s, "SELECT count(*) FROM letter_signature") != 1 || number(t, s, "SELECT count(*) FROM letter_used") != 50 {
			t.Fatalf("%d counted", s.Counted())
		}
		opens := 0
		for _, c := range answers {
			if _, err := s.Book.Mine(t.Context(), c.Secret); err == nil {
				opens++
			}
		}
		if opens != 1 {
			t.Fatalf("%d private links open", opens)
		}
		verified(t, s)
	})
}

// Two hundred ask, get their mails and confirm at the same moment, while the log grows: each is there once.
func TestManyAtOnce(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		const n = 200
		name := func(i int) string { return fmt.Sprintf("signer%d@example%d.org", i, i) }
		pages, answers := make([]letter.Waiting, n), make([]letter.Counted, n)
		together(t, n, func(i int) (err error) {
			pages[i], err = s.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, name(i), "en")
			return err
		})
		s.PostUntil(t, func(c jobs.Count) bool { return c.Waiting == 0 })
		together(t, n+20, func(i int) (err error) {
			if i >= n {
				_, err = s.Log.Sequence(t.Context())
				return err
			}
			m := s.Mailbox.Last(name(i))
			if m == nil {
				return fmt.Errorf("no mail")
			}
			if i%2 == 0 {
				answers[i], err = s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
			} else {
				answers[i], err = s.Book.ConfirmCode(t.Context(), pages[i].Token, lettertest.Code(m))
			}
			return err
		})
		s.Grow(t)
		locks := map[receipt.Lock]bool{}
		for _, e := range s.Entries(t)[1:] {
			locks[e.(receipt.Sign).Lock] = true
		}
		if len(locks) != n || s.Counted() != n || len(s.Entries(t)) != n+1 {
			t.Fatalf("%d entries, %d locks, %d counted", len(s.Entries(t)), len(locks), s.Counted())
		}
		for i := range n {
			if m := mine(t, s, answers[i]); !locks[m.Lock] || !m.First {
				t.Fatalf("signer %d has another's entry", i)
			}
		}
		verified(t, s)
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

// Withdrawn many times at the same moment, by the same link, while a replay tries to rotate it: out of the count once.
func TestWithdrawAtOnce(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		c, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		s.Grow(t)
		together(t, 20, func(i int) error {
			if i == 10 {
				_, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
				return err
			}
			s.Book.Withdraw(t.Context(), c.Secret) // may find its link replaced
			return nil
		})
		s.Grow(t)
		count := s.Book.Count(s.Letter.ID)
		if counted := number(t, s, "SELECT count(*) FROM letter_signature WHERE state = 'counted'"); count.Counted+count.Withdrawn != 1 || count.Counted != counted {
			t.Fatalf("%+v; %d rows are counted", count, counted)
		}
		verified(t, s)
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}
