package letter_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// generous are the usual budgets, but for mails: whoever asks gets one.
func generous() letter.Budgets {
	b := letter.Usual()
	b.FirstAgain, b.LaterAgain, b.PerDay = 0, 0, 1000
	return b
}

// leaving asks for a code to withdraw by the mailbox, and reads it.
func leaving(t testing.TB, s *lettertest.Site, typed string) (w letter.Waiting, code string) {
	t.Helper()
	before := len(s.Mailbox.All())
	w, err := s.Book.BeginLeaving(t.Context(), lettertest.Case, s.Letter.Slug, typed, "en")
	lettertest.Must(t, err)
	s.Post(t)
	if len(s.Mailbox.All()) != before+1 {
		t.Fatal("no mail came")
	}
	m := s.Mailbox.Last(typed)
	if lettertest.Link(m) != "" || lettertest.NeverToken(m) == "" {
		t.Fatal("a mail to leave by holds a link that signs, or none that ends the mails")
	}
	return w, lettertest.Code(m)
}

// left goes the whole way.
func left(t testing.TB, s *lettertest.Site, typed string) (w letter.Waiting, code string) {
	t.Helper()
	w, code = leaving(t, s, typed)
	l, err := s.Book.Leave(t.Context(), w.Token, code)
	lettertest.Must(t, err)
	if l.Letter.ID != s.Letter.ID {
		t.Fatal("left another letter")
	}
	return w, code
}

// logged takes what is due into the log and tells the entries since the letter's text.
func logged(t testing.TB, s *lettertest.Site) (list []receipt.Entry) {
	t.Helper()
	s.GrowAll(t)
	verified(t, s)
	lettertest.Must(t, s.Again(t).Book.Start(t.Context())) // rows and log agree
	return s.Entries(t)[1:]
}

// strike takes a signature out by rule.
func strike(t testing.TB, s *lettertest.Site, lock receipt.Lock) letter.Removal {
	t.Helper()
	r, err := s.Book.Remove(t.Context(), s.Letter.ID, letter.Rule{Lock: &lock}, receipt.Duplicate, "Two from one hand.", "moderator", nil)
	lettertest.Must(t, err)
	return r
}

// Whatever an address is to a letter, its mailbox may leave: the answer is one, and what it writes is what is due.
func TestLeave(t *testing.T) {
	const address = "anna@example.org"
	asked := receipt.TypeRemove
	for _, c := range []struct {
		name   string
		before func(*testing.T, *lettertest.Site)
		want   []receipt.Type // entries in all, after the text
		state  string         // of the row; empty for none
		tagged bool
		free   bool // who leaves may sign again
	}{
		{"counted", func(t *testing.T, s *lettertest.Site) { s.Sign(t, "Anna+x@example.org"); s.GrowAll(t) }, []receipt.Type{receipt.TypeSign, asked}, "removed", false, true},
		{"counted again", func(t *testing.T, s *lettertest.Site) { s.Sign(t, address); s.Sign(t, address) }, []receipt.Type{receipt.TypeSign, asked}, "removed", false, true},
		{"not yet in the log", func(t *testing.T, s *lettertest.Site) { s.Sign(t, address) }, []receipt.Type{receipt.TypeSign, asked}, "removed", false, true},
		{"shows a name", func(t *testing.T, s *lettertest.Site) {
			c := s.Sign(t, address)
			_, err := s.Book.Show(t.Context(), c.Secret, "Anna Kuzmina", "botanist")
			lettertest.Must(t, err)
			s.GrowAll(t)
		}, []receipt.Type{receipt.TypeSign, receipt.TypeShow, asked}, "removed", false, true},
		{"a name waits", func(t *testing.T, s *lettertest.Site) {
			c := s.Sign(t, address)
			s.GrowAll(t)
			_, err := s.Book.Show(t.Context(), c.Secret, "Anna Kuzmina", "botanist")
			lettertest.Must(t, err)
		}, []receipt.Type{receipt.TypeSign, asked}, "removed", false, true},
		{"never signed", func(*testing.T, *lettertest.Site) {}, nil, "", false, true},
		{"never signed, another has", func(t *testing.T, s *lettertest.Site) { s.Sign(t, "boris@example.org") }, []receipt.Type{receipt.TypeSign}, "counted", true, true},
		{"asked and did not confirm", func(t *testing.T, s *lettertest.Site) { s.Mailed(t, address) }, nil, "", false, true},
		{"withdrawn by the first link", func(t *testing.T, s *lettertest.Site) {
			_, err := s.Book.Withdraw(t.Context(), s.Sign(t, address).Secret)
			lettertest.Must(t, err)
		}, []receipt.Type{receipt.TypeSign, receipt.TypeWithdraw}, "withdrawn", false, true},
		{"left before", func(t *testing.T, s *lettertest.Site) { s.Sign(t, address); left(t, s, address) }, []receipt.Type{receipt.TypeSign, asked}, "removed", false, true},
		{"struck off", func(t *testing.T, s *lettertest.Site) {
			c := s.Sign(t, address)
			_, err := s.Book.Show(t.Context(), c.Secret, "Anna Kuzmina", "")
			lettertest.Must(t, err)
			s.GrowAll(t)
			strike(t, s, mine(t, s, c).Lock)
			s.GrowAll(t)
		}, []receipt.Type{receipt.TypeSign, receipt.TypeShow, asked, asked}, "removed", true, false},
		{"struck off a moment ago", func(t *testing.T, s *lettertest.Site) {
			c := s.Sign(t, address)
			s.GrowAll(t)
			strike(t, s, mine(t, s, c).Lock)
		}, []receipt.Type{receipt.TypeSign, asked}, "removed", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
				c.before(t, s)
				left(t, s, address)
				entries := logged(t, s)
				got := kinds(entries)
				slices.Sort(got[min(1, len(got)):]) // a name and a standing of one batch stand in any order
				want := slices.Clone(c.want)
				slices.Sort(want[min(1, len(want)):])
				if !slices.Equal(got, want) {
					t.Fatalf("the log has %v, want %v", kinds(entries), c.want)
				}
				if n := len(entries); n > 1 && c.state == "removed" {
					if r, ok := entries[n-1].(receipt.Remove); !ok || r.Reason != receipt.AskedByMailbox || r.Index != 1 {
						t.Errorf("the last entry is %+v", entries[n-1])
					}
				}
				for table, n := range map[string]int64{"letter_removed": 0, "letter_name": 0, "letter_word": 0, "log_queue": 0} {
					if got := number(t, s, "SELECT count(*) FROM "+table); got != n {
						t.Errorf("%s has %d rows", table, got)
					}
				}
				if n := number(t, s, "SELECT count(*) FROM letter_signature"); (n == 1) != (c.state != "") {
					t.Fatalf("%d signatures", n)
				}
				if c.state != "" {
					tagged := map[bool]string{true: "tag IS NOT NULL", false: "tag IS NULL AND link_hash IS NULL"}[c.tagged]
					if number(t, s, "SELECT count(*) FROM letter_signature WHERE state = $1 AND "+tagged, c.state) != 1 {
						t.Error("the row is not as it should be:", of("letter_signature", tables(t, s)))
					}
				}
				// What comes after: a code of a new mail changes nothing more; the letter can be signed again, if it was not struck off.
				before, had := len(entries), s.Counted()
				s.Clock.Add(time.Minute)
				left(t, s, address)
				if got := logged(t, s); len(got) != before {
					t.Fatalf("leaving twice adds %v", kinds(got[before:]))
				}
				locks := map[receipt.Lock]bool{}
				again := s.Sign(t, address)
				for _, e := range logged(t, s) {
					if sign, ok := e.(receipt.Sign); ok {
						if locks[sign.Lock] {
							t.Error("a lock twice")
						}
						locks[sign.Lock] = true
					}
				}
				if grown := s.Counted() - had; (grown == 1) != c.free || grown < 0 || grown > 1 {
					t.Errorf("signing again counts %d more", grown)
				}
				own, err := s.Book.Mine(t.Context(), again.Secret)
				if lettertest.Must(t, err); own.Ended == c.free || own.Struck {
					t.Errorf("the private link says %+v", own)
				}
			})
		})
	}
}

// While a letter is paused one may leave it; once it closes, only by the private link.
func TestLeaveByState(t *testing.T) {
	const address = "anna@example.org"
	for state, key := range map[letter.State]string{letter.Open: "", letter.Paused: "", letter.Closing: "fault.letter.closed", letter.Closed: "fault.letter.closed", letter.Draft: "fault.letter.none", letter.Opening: "fault.letter.none"} {
		t.Run(string(state), func(t *testing.T) {
			each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
				s.Sign(t, address)
				s.GrowAll(t)
				w, code := leaving(t, s, address)
				// Another process changes it, and ours has not noticed: the transaction has.
				exec(t, s, "UPDATE letter SET state = $1", string(state))
				before := tables(t, s)
				_, err := s.Book.Leave(t.Context(), w.Token, code)
				if key == "" {
					lettertest.Must(t, err)
				} else {
					refused(t, err, fault.Refused, "fault.letter.closed")
				}
				if changed := strings.Join(tables(t, s), "\n") != strings.Join(before, "\n"); changed != (key == "") {
					t.Fatalf("changed: %t", changed)
				}
				lettertest.Must(t, s.Book.Load(t.Context()))
				_, err = s.Book.BeginLeaving(t.Context(), lettertest.Case, s.Letter.Slug, address, "en")
				if key == "" {
					lettertest.Must(t, err)
				} else if f := fault.Of(err); f == nil || f.Key != key {
					t.Fatalf("%v, want %s", err, key)
				}
			})
		})
	}
}

// What was mailed to sign does not leave, what was mailed to leave does not sign, and a page of one is none of the other.
func TestLeavingIsNotSigning(t *testing.T) {
	const address = "anna@example.org"
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, address)
		sign, m := s.Mailed(t, address)
		signCode, link := lettertest.Code(m), lettertest.Token(m)
		leave, leaveCode := leaving(t, s, address)
		if signCode == leaveCode {
			t.Fatal("one code for both")
		}
		before := tables(t, s)
		confirm := func(token, code string) error {
			_, err := s.Book.ConfirmCode(t.Context(), token, code)
			return err
		}
		away := func(token, code string) error {
			_, err := s.Book.Leave(t.Context(), token, code)
			return err
		}
		refused(t, away(leave.Token, signCode), fault.Invalid, "fault.code.wrong")
		refused(t, confirm(sign.Token, leaveCode), fault.Invalid, "fault.code.wrong")
		for _, code := range []string{signCode, leaveCode} {
			for _, token := range []string{sign.Token, link, lettertest.NeverToken(m)} {
				if err := away(token, code); fault.Of(err) == nil || fault.Of(err).Field == "code" {
					t.Errorf("a token of another kind leaves: %v", err)
				}
			}
			for _, token := range []string{leave.Token, link, lettertest.NeverToken(m)} {
				if err := confirm(token, code); fault.Of(err) == nil || fault.Of(err).Field == "code" {
					t.Errorf("a token of another kind signs: %v", err)
				}
			}
		}
		_, err := s.Book.ConfirmLink(t.Context(), leave.Token)
		refused(t, err, fault.Gone, "fault.token.link_expired")
		_, err = s.Book.Reopen(t.Context(), leave.Token)
		refused(t, err, fault.Gone, "fault.token.expired")
		_, err = s.Book.ReopenLeaving(t.Context(), sign.Token)
		refused(t, err, fault.Gone, "fault.token.expired")
		_, err = s.Book.FollowNews(t.Context(), leave.Token, leaveCode)
		refused(t, err, fault.Gone, "fault.token.expired")
		for _, code := range []string{"", "0000", "ZZZZ-ZZZZ"} {
			if err := away(leave.Token, code); fault.Of(err) == nil || fault.Of(err).Field != "code" {
				t.Errorf("%q leaves: %v", code, err)
			}
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("something was written: ", diff)
		}
		again, err := s.Book.ReopenLeaving(t.Context(), leave.Token)
		if err != nil || again.Address.Reveal() != address || again.Token != leave.Token {
			t.Fatal("the page does not come back", err)
		}
		lettertest.Must(t, away(leave.Token, leaveCode))
	})
}

// A used code is used: after its mailbox has signed again it changes nothing, and says the same as ever.
func TestLeavingCodeIsOneUse(t *testing.T) {
	const address = "anna@example.org"
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		first := s.Sign(t, address)
		old := mine(t, s, first).Lock
		w, code := left(t, s, address)
		again := s.Sign(t, address)
		if mine(t, s, again).Lock == old {
			t.Fatal("the old lock serves again")
		}
		before := tables(t, s)
		l, err := s.Book.Leave(t.Context(), w.Token, code)
		if err != nil || l.Letter.ID != s.Letter.ID {
			t.Fatal("a replay is told from the first:", err)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("a replay has written: ", diff)
		}
		if own := mine(t, s, again); own.Ended || !own.First {
			t.Fatalf("%+v", own)
		}
		logged(t, s)
		if c := s.Book.Count(s.Letter.ID); c.Counted != 1 || c.Removed != 1 {
			t.Fatalf("%+v", c)
		}
		// A page of its own, asked for now, leaves with the same day's code.
		next, code := leaving(t, s, address)
		_, err = s.Book.Leave(t.Context(), next.Token, code)
		lettertest.Must(t, err)
		if logged(t, s); s.Counted() != 0 {
			t.Fatal("the new asking does not leave")
		}
	})
}

// A leaving leaves with its batch, as everything about a signature does.
func TestLeavingWaitsForItsBatch(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.Clock.Set(at(12, 10, 0))
		s.Grow(t)
		left(t, s, "anna@example.org")
		if s.Clock.Set(at(12, 19, 59)); s.Grow(t) != 0 || s.Counted() != 1 {
			t.Fatal("left before its batch")
		}
		if s.Clock.Set(at(12, 20, 0)); s.Grow(t) != 1 || s.Counted() != 0 {
			t.Fatal("did not leave with its batch")
		}
	})
}

// Tries at a code, tokens that have expired or were changed, addresses that are none: leaving is as careful as signing.
func TestLeavingRefuses(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(at(12, 0, 0))
		for typed, key := range map[string]string{"": "missing", "anna@localhost": "incomplete", strings.Repeat("a", 300) + "@example.org": "long"} {
			_, err := s.Book.BeginLeaving(t.Context(), lettertest.Case, s.Letter.Slug, typed, "en")
			refused(t, err, fault.Invalid, "fault.email."+key)
		}
		_, err := s.Book.BeginLeaving(t.Context(), "petrov", s.Letter.Slug, "anna@example.org", "en")
		refused(t, err, fault.NotFound, "fault.letter.none")
		if number(t, s, "SELECT count(*) FROM job") != 0 {
			t.Fatal("what was refused sends mail")
		}
		w, code := leaving(t, s, "anna@example.org")
		for range 100 {
			_, err := s.Book.Leave(t.Context(), w.Token, "0000-0000")
			refused(t, err, fault.Invalid, "fault.code.wrong")
		}
		_, err = s.Book.Leave(t.Context(), w.Token, code)
		refused(t, err, fault.TooMany, "fault.code.tries")
		s.Clock.Add(time.Hour)
		_, err = s.Book.Leave(t.Context(), w.Token, code)
		lettertest.Must(t, err)
		_, err = s.Book.Leave(t.Context(), w.Token[:40], code)
		refused(t, err, fault.Invalid, "fault.token.broken")
		_, err = s.Book.Leave(t.Context(), "B"+w.Token[1:], code)
		refused(t, err, fault.Gone, "fault.token.expired")
		s.Clock.Add(71 * time.Hour)
		_, err = s.Book.Leave(t.Context(), w.Token, code)
		refused(t, err, fault.Gone, "fault.token.expired")
	})
}

// The pages: an address, its code, an answer that says nothing of the address; one that expired leads back to an empty field.
func TestLeavingPages(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		h, p := served(t, s, nil), s.Words.Printer("en")
		about := []string{"lang", "en", "case", lettertest.Case, "letter", lettertest.Slug}
		sent := func(code int, key string, pairs ...string) *httpAnswer {
			t.Helper()
			a := typed(h, "/withdraw", append(pairs, about...)...)
			if a.Code != code || !strings.Contains(a.Body.String(), p.T(key)) || a.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("answers %d, want %d and %q: %.300s", a.Code, code, p.T(key), a.Body)
			}
			return a
		}
		sent(422, "fault.email.missing")
		sent(422, "fault.email.incomplete", "email", "nobody")
		asked := sent(200, "leave.waiting_title", "email", "anna@example.org")
		token := pageToken(t, asked)
		s.Post(t)
		code := lettertest.Code(s.Mailbox.Last("anna@example.org"))
		sent(422, "fault.code.missing", "page", token)
		if again := sent(422, "fault.code.wrong", "page", token, "code", "0000-0000"); pageToken(t, again) != token || !strings.Contains(again.Body.String(), `value="0000-0000"`) {
			t.Error("the page does not come back with what was typed")
		}
		// The page's own forms say all that is needed.
		for _, name := range []string{"case", "letter", "page", "email"} {
			if !strings.Contains(asked.Body.String(), `name="`+name+`"`) {
				t.Errorf("the waiting page lacks %s", name)
			}
		}
		done := sent(200, "leave.done_title", "page", token, "code", code)
		if strings.Contains(done.Body.String(), "anna@") {
			t.Error("the last page names the address")
		}
		s.Clock.Add(73 * time.Hour)
		old := sent(410, "fault.token.expired", "page", token, "code", code).Body.String()
		if field := emptyField.FindString(old); field == "" || strings.Contains(field, `value="a`) || strings.Contains(old, "anna@") || pageForm.MatchString(old) {
			t.Errorf("an expired page leads to %q", field)
		}
		if a := typed(h, "/withdraw", "lang", "en", "page", token, "code", code); a.Code != 410 {
			t.Errorf("without its letter an expired page answers %d", a.Code)
		}
		exec(t, s, "UPDATE letter SET state = 'closed'")
		lettertest.Must(t, s.Book.Load(t.Context()))
		if a := get(h, "/en/"+lettertest.Case+"/"+lettertest.Slug+"/withdraw"); a.Code != 200 || emptyField.MatchString(a.Body.String()) || !strings.Contains(a.Body.String(), p.T("leave.closed")) {
			t.Errorf("closed, the page answers %d, or has a field", a.Code)
		}
		sent(403, "fault.letter.closed", "email", "anna@example.org")
	})
}
