package letter_test

import (
	"context"
	"fmt"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/receipt"
)

// Who closes the connection while it is asked has asked: neither a mail more nor a place before the burst comes of it.
func TestWhoLeavesHasAsked(t *testing.T) {
	b := letter.Usual()
	b.Burst = 3
	each(t, lettertest.Options{Budgets: b}, func(t *testing.T, s *lettertest.Site) {
		gone, leave := context.WithCancel(t.Context())
		leave()
		for range 20 {
			_, _ = s.Book.Begin(gone, lettertest.Case, s.Letter.Slug, 0, "anna@example.org", "en")
			s.Clock.Add(b.LaterAgain)
		}
		s.Post(t)
		if n := len(s.Mailbox.All()); n > b.PerDay {
			t.Errorf("%d mails to one address, of %d a day", n, b.PerDay)
		}
		for i := range 6 {
			w, m := s.Mailed(t, fmt.Sprintf("p%d@office.example", i))
			_, _ = s.Book.ConfirmCode(gone, w.Token, lettertest.Code(m))
		}
		logged(t, s)
		if n := s.Book.Count(s.Letter.ID).ByAssurance; n[receipt.Email] > 3 || n[receipt.Email]+n[receipt.Held] != 6 {
			t.Errorf("counts %v", n)
		}
	})
}

// The last mail of a day is kept for who wants to leave: nobody else can use it up, by whatever they ask for.
func TestAMailIsKeptForLeaving(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		for range 10 { // somebody else
			s.Clock.Add(s.Budgets.LaterAgain)
			s.Ask(t, "anna@example.org")
			s.Post(t)
		}
		mails := len(s.Mailbox.All())
		s.Clock.Add(s.Budgets.LaterAgain)
		w, err := s.Book.BeginLeaving(t.Context(), lettertest.Case, s.Letter.Slug, "anna@example.org", "en")
		lettertest.Must(t, err)
		for range 200 { // and guesses codes
			_, _ = s.Book.ConfirmCode(t.Context(), s.Ask(t, "anna@example.org").Token, "00000000")
		}
		s.Post(t)
		if n := len(s.Mailbox.All()) - mails; n != 1 || mails != s.Budgets.PerDay {
			t.Fatalf("%d mails, then %d", mails, n)
		}
		_, err = s.Book.Leave(t.Context(), w.Token, lettertest.Code(s.Mailbox.Last("anna@example.org")))
		lettertest.Must(t, err)
		logged(t, s)
		if s.Counted() != 0 {
			t.Error("still counted")
		}
	})
}
