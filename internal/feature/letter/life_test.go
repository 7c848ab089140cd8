package letter_test

import (
	"errors"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// A paused letter can't be signed and forgets nothing: resumed, a page that was open before still confirms, and nobody counts twice.
func TestPauseAndResume(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		signed := s.Sign(t, "anna@example.org")
		w, m := s.Mailed(t, "boris@example.org")
		for range 2 {
			lettertest.Must(t, s.Book.Pause(t.Context(), s.Letter.ID))
		}
		l, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
		if err != nil || l.State != letter.Paused {
			t.Fatalf("%+v %v", l, err)
		}
		_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		refused(t, err, fault.Refused, "fault.letter.paused")
		_, err = s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
		refused(t, err, fault.Refused, "fault.letter.paused")
		if m := mine(t, s, signed); m.Ended {
			t.Fatal("a private link opens nothing while the letter is paused")
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
		for range 2 {
			lettertest.Must(t, s.Book.Resume(t.Context(), s.Letter.ID))
		}
		_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		s.Clock.Add(2 * time.Hour)
		s.Sign(t, "anna@example.org")
		s.Grow(t)
		if s.Counted() != 2 {
			t.Fatalf("%d counted", s.Counted())
		}
	})
}

func TestPauseRefuses(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		for _, state := range []letter.State{letter.Draft, letter.Opening, letter.Closing, letter.Closed} {
			exec(t, s, "UPDATE letter SET state = $1", string(state))
			before := tables(t, s)
			for _, err := range []error{s.Book.Pause(t.Context(), s.Letter.ID), s.Book.Resume(t.Context(), s.Letter.ID)} {
				if !errors.Is(err, letter.WrongState{State: state}) {
					t.Errorf("%s: %v", state, err)
				}
			}
			if len(before) != len(tables(t, s)) || number(t, s, "SELECT count(*) FROM letter WHERE state = $1", string(state)) != 1 {
				t.Errorf("%s: something has changed", state)
			}
		}
		for _, err := range []error{s.Book.Pause(t.Context(), receipt.Letter{}), s.Book.Resume(t.Context(), receipt.Letter{})} {
			refused(t, err, fault.NotFound, "fault.letter.none")
		}
	})
}
