package letter_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// untagged counts rows that have forgotten their tag.
const untagged = "SELECT count(*) FROM letter_signature WHERE tag IS NULL AND link_hash IS NULL"

// A repeat is counted once; the page is the same but for a fresh private link, and from then on only that one opens.
func TestRepeat(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		first := s.Sign(t, "anna@example.org")
		if !mine(t, s, first).First {
			t.Fatal("the first link is not the first")
		}
		s.Clock.Add(time.Minute)
		second := s.Sign(t, "ANNA+again@example.org")
		if !second.By.Equal(first.By.Add(time.Minute)) || second.Letter != first.Letter || second.Secret.Text() == first.Secret.Text() {
			t.Fatal("the page after a repeat can be told from the first")
		}
		s.Grow(t)
		if s.Counted() != 1 || len(s.Entries(t)) != 2 {
			t.Fatalf("%d counted", s.Counted())
		}
		_, err := s.Book.Mine(t.Context(), first.Secret)
		refused(t, err, fault.NotFound, "fault.link.none")
		_, err = s.Book.Withdraw(t.Context(), first.Secret)
		refused(t, err, fault.NotFound, "fault.link.none")
		own := mine(t, s, second)
		if own.Ended || own.First || own.Lock != s.Entries(t)[1].(receipt.Sign).Lock {
			t.Fatalf("%+v", own)
		}
	})
}

// Confirming with a used token rotates as long as the signature counts.
func TestReplayRotates(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		var last letter.Counted
		seen := map[string]bool{}
		for i := range 4 {
			c, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
			if i%2 == 1 {
				c, err = s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
			}
			lettertest.Must(t, err)
			if seen[c.Secret.Text()] {
				t.Fatal("a private link was given twice")
			}
			seen[c.Secret.Text()], last = true, c
			mine(t, s, c)
		}
		for text := range seen {
			secret, ok := letter.ParseSecret(text)
			_, err := s.Book.Mine(t.Context(), secret)
			if !ok || (err == nil) != (text == last.Secret.Text()) {
				t.Errorf("a replaced link opens, or the newest does not: %v", err)
			}
		}
		s.Grow(t)
		if s.Counted() != 1 || number(t, s, "SELECT count(*) FROM letter_used") != 1 {
			t.Fatal("a replay was another use")
		}
	})
}

// By the first link the signer opens the lock, which anyone can check; the address is forgotten and may sign again.
func TestWithdrawByFirstLink(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		s.Sign(t, "boris@example.org")
		s.Grow(t)
		lock := mine(t, s, c).Lock
		m, err := s.Book.Withdraw(t.Context(), c.Secret)
		if err != nil || !m.Ended || m.Lock != lock {
			t.Fatal(m, err)
		}
		if number(t, s, untagged) != 1 || s.Counted() != 2 {
			t.Fatal("the tag is kept, or the count moved before the log")
		}
		s.Grow(t)
		entries := s.Entries(t)
		w, ok := entries[3].(receipt.Withdraw)
		if !ok || entries[w.Index].(receipt.Sign).Lock != lock || w.Preimage.Lock() != lock {
			t.Fatalf("%+v", entries[3])
		}
		count := s.Book.Count(s.Letter.ID)
		if count.Counted != 1 || count.Withdrawn != 1 || count.Removed != 0 {
			t.Fatalf("%+v", count)
		}
		// Withdrawing twice is withdrawing once.
		again, err := s.Book.Withdraw(t.Context(), c.Secret)
		if err != nil || !again.Ended || s.Grow(t) != 0 {
			t.Fatal("withdrawn twice", err)
		}
		if own := mine(t, s, c); !own.Ended {
			t.Fatal("the private link does not say that it ended")
		}
		s.Clock.Add(time.Minute)
		anew := s.Sign(t, "anna@example.org")
		s.Grow(t)
		if s.Counted() != 2 || mine(t, s, anew).Lock == lock {
			t.Fatal("who has withdrawn can't sign again")
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

// By a later link the server lacks what opens the lock: it says that the mailbox asked.
func TestWithdrawByLaterLink(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.Clock.Add(time.Minute)
		c := s.Sign(t, "anna@example.org")
		lock := mine(t, s, c).Lock
		m, err := s.Book.Withdraw(t.Context(), c.Secret)
		if err != nil || !m.Ended || m.Lock != lock {
			t.Fatal(m, err)
		}
		s.Grow(t)
		want := receipt.Remove{Campaign: s.Letter.Campaign, Reason: receipt.AskedByMailbox, Index: 1}
		if got := s.Entries(t)[2]; got != receipt.Entry(want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		if count := s.Book.Count(s.Letter.ID); count.Counted != 0 || count.Removed != 1 || count.Withdrawn != 0 || number(t, s, untagged) != 1 {
			t.Fatalf("%+v", count)
		}
		s.Clock.Add(10 * time.Minute)
		s.Sign(t, "anna@example.org")
		s.Grow(t)
		if s.Counted() != 1 {
			t.Fatal("can't sign again")
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

// Withdrawn before it was counted: both entries come, the signature's first.
func TestWithdrawWhileItWaits(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		if s.Grow(t) != 0 {
			t.Fatal("one of them left before its batch")
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
		s.GrowAll(t)
		if got, want := kinds(s.Entries(t)), []receipt.Type{receipt.TypeText, receipt.TypeSign, receipt.TypeWithdraw}; !slices.Equal(got, want) || s.Counted() != 0 {
			t.Fatal(got, s.Counted())
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

// A withdrawal leaves with a batch as well: at once, it would tell who watches a mailbox and the log which entry was whose.
func TestWithdrawWaitsForItsBatch(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		s.Clock.Set(at(12, 10, 0))
		s.Grow(t)
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		if s.Clock.Set(at(12, 19, 59)); s.Grow(t) != 0 || s.Counted() != 1 {
			t.Fatal("left before its batch")
		}
		if s.Clock.Set(at(12, 20, 0)); s.Grow(t) != 1 || s.Counted() != 0 {
			t.Fatal("did not leave with its batch")
		}
	})
}

// A token that was used before the withdrawal writes nothing after it, and the page looks as ever.
func TestReplayAfterWithdrawal(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		c, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		s.Grow(t)
		_, err = s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		s.Grow(t)
		before := tables(t, s)
		byCode, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		byLink, err := s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
		lettertest.Must(t, err)
		for _, again := range []letter.Counted{byCode, byLink} {
			if again.Letter != c.Letter || !again.By.Equal(c.By) || len(again.Secret.Text()) != len(c.Secret.Text()) {
				t.Errorf("%+v can be told from %+v", again, c)
			}
			if _, err := s.Book.Mine(t.Context(), again.Secret); !fault.Is(err, fault.NotFound) {
				t.Errorf("a link to nothing opens: %v", err)
			}
		}
		if after := tables(t, s); strings.Join(after, "\n") != strings.Join(before, "\n") || s.Grow(t) != 0 || s.Counted() != 0 {
			t.Fatal("a replay after withdrawal has written something")
		}
	})
}

func TestMineUnknown(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		before := tables(t, s)
		stranger, ok := letter.ParseSecret(strings.Repeat("A", 43))
		if !ok {
			t.Fatal("no secret")
		}
		_, err := s.Book.Mine(t.Context(), stranger)
		refused(t, err, fault.NotFound, "fault.link.none")
		_, err = s.Book.Withdraw(t.Context(), stranger)
		refused(t, err, fault.NotFound, "fault.link.none")
		if strings.Join(tables(t, s), "\n") != strings.Join(before, "\n") {
			t.Fatal("a stranger's link has changed something")
		}
	})
}

// What is remembered of a used token goes when the token would be dead anyway, and not before.
func TestSweep(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.Clock.Add(71 * time.Hour)
		lettertest.Must(t, s.Book.Sweep(t.Context()))
		if n := number(t, s, "SELECT count(*) FROM letter_used"); n != 1 {
			t.Fatal("a token that is still good was forgotten: it could be used twice")
		}
		s.Clock.Add(26 * time.Hour)
		lettertest.Must(t, s.Book.Sweep(t.Context()))
		if n := number(t, s, "SELECT count(*) FROM letter_used"); n != 0 {
			t.Fatalf("%d are remembered after a day too many", n)
		}
	})
}

// In a letter's tables time is a day: not even what is remembered of a used token says at which hour somebody asked.
func TestTimeIsADay(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(time.Date(2026, 11, 20, 0, 0, 1, 0, time.UTC))
		for _, address := range []string{"anna@example.org", "boris@example.org", "vera@example.org"} {
			s.Sign(t, address)
			s.Clock.Add(7*time.Hour + 11*time.Minute)
		}
		for _, column := range []string{"letter_signature.day", "letter_used.expires"} {
			table, name, _ := strings.Cut(column, ".")
			if n := number(t, s, "SELECT count(DISTINCT "+name+") FROM "+table); n != 1 {
				t.Errorf("%s tells three signers of one day apart", column)
			}
		}
	})
}
