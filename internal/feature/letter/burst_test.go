package letter_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/receipt"
	"outcry/test/peers"
)

// crowded are budgets of small bursts: three of a domain, five of a large provider, two of all that soon vanish.
func crowded() lettertest.Options {
	b := generous()
	b.Burst, b.LargeBurst, b.ThrowBurst = 3, 5, 2
	return lettertest.Options{Budgets: b}
}

// held signs with n addresses of a domain and tells which were held, as a row of letters.
func held(t testing.TB, s *lettertest.Site, from, n int, domains ...string) (line string) {
	t.Helper()
	for i := range n {
		c := s.Sign(t, fmt.Sprintf("p%d@%s", from+i, domains[i%len(domains)]))
		own := mine(t, s, c)
		if own.Held != c.Held {
			t.Fatalf("the page says %t, the private one %t", c.Held, own.Held)
		}
		line += map[bool]string{true: "h", false: "."}[c.Held]
	}
	return line
}

func TestBursts(t *testing.T) {
	for _, c := range []struct {
		name    string
		domains []string
		want    string
	}{
		{"one domain", []string{"office.example"}, "...hhh"},
		{"its capitals", []string{"office.example", "OFFICE.example"}, "...hhh"},
		{"two domains", []string{"office.example", "school.example"}, "......h"},
		{"domains below one that somebody registered", []string{"office.example", "mail.office.example", "a1.office.example"}, "...hhh"},
		{"a public suffix is nobody's", []string{"one.co.uk", "two.co.uk"}, "......h"},
		{"a large provider", []string{"mail.ru"}, ".....hh"},
		{"two names of one large provider", []string{"gmail.com", "googlemail.com"}, ".....hh"},
		{"those that soon vanish, together", []string{"10minutemail.com", "discard.email", "box.dropmail.me"}, "..hhh"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, crowded(), func(t *testing.T, s *lettertest.Site) {
				if got := held(t, s, 0, len(c.want), c.domains...); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				logged(t, s)
				count := s.Book.Count(s.Letter.ID)
				if in := int64(strings.Count(c.want, "h")); count.ByAssurance[receipt.Held] != in || count.ByAssurance[receipt.Email] != int64(len(c.want))-in {
					t.Errorf("counts %v", count.ByAssurance)
				}
			})
		})
	}
}

// A burst ends with its hour, is one letter's, and counts persons: neither repeats, nor replays, nor who is not confirmed.
func TestBurstsEnd(t *testing.T) {
	each(t, crowded(), func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(at(12, 5, 0))
		w, m := s.Mailed(t, "p0@office.example")
		for range 5 {
			c, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
			if lettertest.Must(t, err); c.Held {
				t.Fatal("replays are counted")
			}
		}
		for range 5 {
			if s.Sign(t, "P0+again@office.example").Held {
				t.Fatal("repeats are counted")
			}
		}
		for i := range 10 {
			s.Mailed(t, fmt.Sprintf("asked%d@office.example", i))
			left(t, s, fmt.Sprintf("left%d@office.example", i))
		}
		if got := held(t, s, 1, 4, "office.example"); got != "..hh" {
			t.Fatalf("%s after one, want ..hh", got)
		}
		// Who was counted before is told the same as everyone while it lasts, and stays counted as before.
		again := s.Sign(t, "p0@office.example")
		if !again.Held || mine(t, s, again).Held {
			t.Fatal("one who was counted before can be told by the page, or was moved")
		}
		first := s.Letter
		s.Letter = s.Apply(t, edited(func(f *letter.File) { f.Slug = "other" }))
		if got := held(t, s, 0, 4, "office.example"); got != "...h" {
			t.Fatalf("another letter: %s", got)
		}
		s.Letter = first
		if s.Clock.Set(at(12, 59, 59)); held(t, s, 20, 1, "office.example") != "h" {
			t.Fatal("the hour is not over")
		}
		if s.Clock.Set(at(13, 0, 0)); held(t, s, 21, 4, "office.example") != "...h" {
			t.Fatal("the next hour begins with nothing")
		}
		// Held once, a signature stays so, whatever the hour is, until organisers release it; its signer may come again.
		s.Clock.Set(at(14, 0, 0))
		if c := s.Sign(t, "p4@office.example"); c.Held || !mine(t, s, c).Held {
			t.Fatal("a repeat has released it, or the page tells it")
		}
	})
}

// The pages say it while it holds, and no more once organisers have released it.
func TestHeldPages(t *testing.T) {
	each(t, crowded(), func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(at(12, 5, 0))
		held(t, s, 0, 3, "office.example")
		h, words := served(t, s, nil), s.Words.Printer("en").T("held.title")
		w, m := s.Mailed(t, "last@office.example")
		page := typed(h, "/confirm", "lang", "en", "page", w.Token, "code", lettertest.Code(m))
		private := privateLink.FindString(page.Body.String())
		if page.Code != 200 || private == "" || !strings.Contains(page.Body.String(), words) {
			t.Fatalf("%d: the page does not say that it is held", page.Code)
		}
		if p := get(h, private); !strings.Contains(p.Body.String(), words) {
			t.Fatalf("%d: the private page does not say that it is held", p.Code)
		}
		s.GrowAll(t)
		n, waiting, err := s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{}, nil)
		if err != nil || n != 1 || waiting != 0 {
			t.Fatal(n, waiting, err)
		}
		if p := get(h, private); p.Code != 200 || strings.Contains(p.Body.String(), words) {
			t.Fatalf("%d: released, the private page says that it is held", p.Code)
		}
		logged(t, s)
		if c := s.Book.Count(s.Letter.ID); c.ByAssurance[receipt.Held] != 0 || c.ByAssurance[receipt.Email] != 4 {
			t.Fatalf("%v", c.ByAssurance)
		}
		if c := s.Sign(t, "other@office.example"); !c.Held {
			t.Error("the burst ended with what was released of it")
		}
	})
}

// Held or not, nothing of the domain is kept, and a new process begins with nothing.
func TestBurstsAreInMemory(t *testing.T) {
	run := func(t *testing.T, c db.Config, folder string) {
		s := lettertest.Open(t, c, crowded())
		s.Clock.Set(at(12, 5, 0))
		if got := held(t, s, 0, 5, "quorum-office.example"); got != "...hh" {
			t.Fatal(got)
		}
		s.Sign(t, "someone@discard.email")
		hidden, public := newSearch([]string{"quorum-office", "quorum-office.example", "discard.email"}, nil), newSearch([]string{lettertest.Contact}, nil)
		all := append([]byte(strings.Join(tables(t, s), "\n")), bytesUnder(t, folder)...)
		if len(public.in(all)) != 1 {
			t.Fatal("what is public is not found, so nothing would be")
		}
		for v, form := range hidden.in(all) {
			t.Errorf("%q as %q", v, form)
		}
		other := s.Again(t)
		lettertest.Must(t, other.Book.Start(t.Context()))
		if got := held(t, other, 10, 4, "quorum-office.example"); got != "...h" {
			t.Errorf("another process: %s", got)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		run(t, db.Config{File: filepath.Join(dir, "outcry.db")}, dir)
	})
	t.Run("postgres", func(t *testing.T) {
		dsn, dir := peers.Postgres(t)
		run(t, db.Config{URL: dsn}, dir)
	})
}

// Bursts can be switched off, each kind alone.
func TestNoBursts(t *testing.T) {
	o := crowded()
	o.Budgets.Burst = 0
	each(t, o, func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(at(12, 5, 0).Add(time.Second))
		if got := held(t, s, 0, 6, "office.example") + held(t, s, 10, 3, "discard.email"); got != "........h" {
			t.Error(got)
		}
	})
}
