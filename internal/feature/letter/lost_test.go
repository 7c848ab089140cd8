package letter_test

import (
	"strings"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
	"outcry/test/peers"
)

// robbed is a site, and a way to do a thing to it whose first transaction comes about, and whose answer is lost with the connection.
func robbed(t *testing.T, o lettertest.Options) (s *lettertest.Site, steal func(do func())) {
	t.Helper()
	dsn, _ := peers.Postgres(t)
	thief := peers.NewThief(t, dsn)
	stolen := 0
	return lettertest.Open(t, db.Config{URL: thief.DSN}, o), func(do func()) {
		t.Helper()
		thief.Steal()
		do()
		if stolen++; thief.Took() != stolen {
			t.Fatalf("%d answers were lost, want %d", thief.Took(), stolen)
		}
	}
}

// A transaction that came about, and whose answer was lost with the connection, runs again. Whoever began it is told what is so, and nothing is done twice.
func TestLostAnswerOfACommit(t *testing.T) {
	s, steal := robbed(t, lettertest.Options{Empty: true})

	steal(func() { s.Letter = s.Apply(t, lettertest.File()) })
	if _, err := s.Unlock.Pepper(s.Letter.ID.String()); err != nil || s.Letter.State != letter.Open {
		t.Fatalf("the letter is %s, and of its share: %v", s.Letter.State, err)
	}

	var w letter.Waiting
	steal(func() { w = s.Ask(t, "anna@example.org") })
	if c, err := s.Jobs.Count(t.Context()); err != nil || c.Waiting != 1 {
		t.Errorf("for one who asked %d mails wait: %v", c.Waiting, err)
	}
	s.Post(t)

	var c letter.Counted
	steal(func() {
		var err error
		c, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(s.Mailbox.Last("anna@example.org")))
		lettertest.Must(t, err)
	})
	s.GrowAll(t)
	m, err := s.Book.Mine(t.Context(), c.Secret)
	if err != nil || !m.First || s.Counted() != 1 {
		t.Errorf("%d are counted; the private link: %+v, %v", s.Counted(), m, err)
	}

	steal(func() {
		r, err := s.Book.Remove(t.Context(), s.Letter.ID, letter.Rule{Lock: &m.Lock}, receipt.CommitteeReasons()[0], "Made up.", "moderator", nil)
		if err != nil || r.Count != 1 {
			t.Errorf("%d were taken out: %v", r.Count, err)
		}
		if undone, restored, err := s.Book.Restore(t.Context(), r.ID); err != nil || undone+restored != 1 {
			t.Errorf("%d and %d are back: %v", undone, restored, err)
		}
	})

	steal(func() {
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
	})
	s.GrowAll(t)
	kinds := map[receipt.Type]int{}
	for _, e := range s.Entries(t) {
		kinds[receipt.TypeOf(receipt.Marshal(e))]++
	}
	if s.Counted() != 0 || kinds[receipt.TypeSign] != 1 || kinds[receipt.TypeWithdraw] != 1 || kinds[receipt.TypeRemove] != 0 {
		t.Errorf("%d are counted, and the log has %v", s.Counted(), kinds)
	}
}

// What organisers are told of their work counts what such a transaction did: signatures put back, with a trace in the log and without, in more chunks than
// one; held ones released; a name hidden, or put back among the others.
func TestLostAnswersAreCounted(t *testing.T) {
	s, steal := robbed(t, bursting(letter.Immediate))
	locks, links := crowd(t, s)
	const made = 1201
	lettertest.Must(t, s.Book.Rehearse(t.Context(), s.Letter, made, nil))
	s.GrowAll(t)
	today := letter.Rule{Day: seal.Day(s.Clock.Now())}
	many, err := s.Book.Matching(t.Context(), s.Letter.ID, today)
	if err != nil || many < made {
		t.Fatalf("%d signed today: %v", many, err)
	}

	for _, logged := range []bool{false, true} {
		r := removes(t, s, today)
		want := [2]int{many, 0}
		if logged {
			s.GrowAll(t)
			want = [2]int{0, many}
		}
		steal(func() {
			if got := restores(t, s, r.ID); got != want {
				t.Errorf("put back without a trace and with one: %d, want %d", got, want)
			}
		})
		if got := restores(t, s, r.ID); got != [2]int{} {
			t.Errorf("put back once more: %d", got)
		}
		s.GrowAll(t)
		agrees(t, s)
	}
	steal(func() {
		if r := removes(t, s, today); r.Count != many {
			t.Errorf("%d were taken out, want %d", r.Count, many)
		} else if got := restores(t, s, r.ID); got != [2]int{many, 0} {
			t.Errorf("and %d put back", got)
		}
	})
	steal(func() {
		last, done := 0, 0
		done, waiting, err := s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{}, func(done, of int) { last = done })
		if err != nil || done != 2 || waiting != 0 || last != 2 {
			t.Errorf("%d were released, %d wait, %d were told: %v", done, waiting, last, err)
		}
	})

	anna := letter.Name{Name: "Anna"}
	showName(t, s, links[0], anna.Name)
	s.GrowAll(t)
	lettertest.Must(t, s.Book.Prominent(t.Context(), locks[0], anna, "editor", "met her"))
	steal(func() {
		if was, err := s.Book.NotProminent(t.Context(), s.Letter.ID, locks[0]); err != nil || !was {
			t.Errorf("a name was prominent: %t, %v", was, err)
		}
	})
	steal(func() {
		if n, err := s.Book.HideByDesk(t.Context(), locks[0], "moderator"); err != nil || n != anna {
			t.Errorf("%v is hidden: %v", n, err)
		}
	})
	_, err = s.Book.HideByDesk(t.Context(), locks[0], "moderator")
	refused(t, err, fault.NotFound, "fault.name.none")
	s.GrowAll(t)
	auditedNames(t, s)
	agrees(t, s)
}

// Who asked for news and whose answer was lost gets the link that ends them all the same.
func TestLostAnswerToAFollower(t *testing.T) {
	s, steal := robbed(t, lettertest.Options{Budgets: generous()})
	b, _ := offering(t, s)
	w, code := following(t, s, s.Sign(t, "anna@example.org"), "other@example.net")
	steal(func() {
		f, err := s.Book.FollowNews(t.Context(), w.Token, code)
		if lettertest.Must(t, err); number(t, s, "SELECT count(*) FROM news") != 1 {
			t.Fatal("not one row")
		}
		lettertest.Must(t, b.Stop(t.Context(), strings.TrimPrefix(f.Stop, lettertest.MailURL+"/news/")))
	})
	if number(t, s, "SELECT count(*) FROM news") != 0 {
		t.Error("the link ends nothing")
	}
}
