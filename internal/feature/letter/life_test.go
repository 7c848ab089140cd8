package letter_test

import (
	"errors"
	"net/http"
	"strings"
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

// A letter that was never open says so, and not that it is paused: by a file, through a restart, until the first time that it can be signed.
func TestWaitsUntilItWasOpen(t *testing.T) {
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		s.Letter = s.Apply(t, in(letter.Paused))
		p := s.Words.Printer("en")
		says := func(what string, waits bool) {
			t.Helper()
			again := s.Again(t)
			lettertest.Must(t, again.Book.Load(t.Context()))
			h := served(t, again, nil)
			page := get(h, "/en/"+lettertest.Case+"/"+lettertest.Slug).Body.String()
			if strings.Contains(page, p.T("letter.waits")) != waits || strings.Contains(page, p.T("letter.paused")) == waits {
				t.Errorf("%s: waits %v, and the page says %.2000s", what, waits, page)
			}
			a := typed(h, "/sign", "lang", "en", "case", lettertest.Case, "letter", lettertest.Slug, "email", "anna@example.org")
			if a.Code != http.StatusForbidden || strings.Contains(a.Body.String(), p.T("fault.letter.waits")) != waits || strings.Contains(a.Body.String(), p.T("fault.letter.paused")) == waits {
				t.Errorf("%s: signing answers %d: %.2000s", what, a.Code, a.Body)
			}
		}
		says("from its file", true)
		s.Letter = s.Apply(t, edited(func(f *letter.File) { second(f); f.State = letter.Paused }))
		says("with another text", true)
		lettertest.Must(t, s.Book.Resume(t.Context(), s.Letter.ID))
		lettertest.Must(t, s.Book.Pause(t.Context(), s.Letter.ID))
		says("opened and paused", false)
		exec(t, s, "DELETE FROM letter_opened") // as in a database that was restored from an older backup
		says("nobody has signed", true)
		lettertest.Must(t, s.Book.Resume(t.Context(), s.Letter.ID))
		s.Sign(t, "anna@example.org")
		exec(t, s, "DELETE FROM letter_opened")
		lettertest.Must(t, s.Book.Pause(t.Context(), s.Letter.ID))
		says("somebody has signed", false)
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
