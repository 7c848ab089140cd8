package letter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
)

// job is what the disk shows of one that waits.
type job struct {
	Kind                 string
	Due, Lease, Tries    int64
	Expires, PayloadSize int64
}

func waitingJobs(t *testing.T, s *lettertest.Site) (list []job) {
	t.Helper()
	lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each("SELECT kind, due, lease, tries, expires, length(payload) FROM job", nil, func(scan func(...any) error) error {
			var j job
			err := scan(&j.Kind, &j.Due, &j.Lease, &j.Tries, &j.Expires, &j.PayloadSize)
			list = append(list, j)
			return err
		})
	}))
	return list
}

// Whether an address is new, has signed, has withdrawn, or has had its mails: page and disk say the same.
func TestOneAnswer(t *testing.T) {
	few := letter.Usual()
	few.DomainHour = 1
	each(t, lettertest.Options{Budgets: few}, func(t *testing.T, s *lettertest.Site) {
		signed, gone := "sig@signed.example", "out@gone-by.example"
		s.Sign(t, signed)
		c := s.Sign(t, gone)
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		s.GrowAll(t)
		s.Mailed(t, "had@its-own.example")
		s.Mailed(t, "two@crowded.example")
		before, mails := tables(t, s), len(s.Mailbox.All())

		var page string
		var onDisk job
		for i, c := range []struct {
			name, address string
			mailed        bool
		}{
			{"new", "new@example.com", true},
			{"repeated", signed, false}, // eleven minutes after its first, but its domain has had its one
			{"withdrawn", gone, false},
			{"asked a moment ago", "had@its-own.example", false},
			{"of a domain that has had its mails", "one@crowded.example", false},
			{"new, the longest there is", strings.Repeat("l", 64) + "@" + strings.Repeat("d", 60) + ".example", true},
			{"new, in another script", "анна@пример.рф", true},
		} {
			w := s.Ask(t, c.address)
			jobs := waitingJobs(t, s)
			if len(jobs) != 1 {
				t.Fatalf("%s: %d jobs", c.name, len(jobs))
			}
			if got := len(tables(t, s)) - len(before); got != 1 {
				t.Fatalf("%s: %d rows more", c.name, got)
			}
			answer := fmt.Sprint(w.Letter.ID, w.Version, len(w.Token), w.Suggest)
			if i == 0 {
				page, onDisk = answer, jobs[0]
			}
			if answer != page {
				t.Errorf("%s: the page is %s, for a new one %s", c.name, answer, page)
			}
			if w.Address.Reveal() != c.address {
				t.Errorf("%s: the page shows another address", c.name)
			}
			if diff := cmp.Diff(onDisk, jobs[0]); diff != "" {
				t.Errorf("%s: the disk tells: %s", c.name, diff)
			}
			s.Post(t)
			if got := len(s.Mailbox.All()) - mails; (got == 1) != c.mailed || got > 1 {
				t.Errorf("%s: %d mails", c.name, got)
			}
			mails = len(s.Mailbox.All())
			if diff := cmp.Diff(before, tables(t, s)); diff != "" {
				t.Errorf("%s: done, and something is left: %s", c.name, diff)
			}
		}
	})
}

// Who has signed and asks again within the budget gets a mail like the first one: the mailbox tells nothing either.
func TestOneMail(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.GrowAll(t)
		s.Mailed(t, "anna@example.org")
		var texts []string
		for _, m := range s.Mailbox.All() {
			text := strings.ReplaceAll(m.Subject+m.Text+m.HTML, lettertest.Code(m), "CODE")
			text = strings.ReplaceAll(text, lettertest.Token(m), "TOKEN")
			texts = append(texts, strings.ReplaceAll(text, lettertest.NeverToken(m), "NEVER"))
		}
		if len(texts) != 2 || texts[0] != texts[1] {
			t.Fatal(cmp.Diff(texts[0], texts[1]))
		}
	})
}

// A refused ask's page works with the code of an earlier mail: what was refused is the mail, not the signing.
func TestRefusedAskCanConfirm(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		_, m := s.Mailed(t, "anna@example.org")
		again := s.Ask(t, "anna@example.org")
		s.Post(t)
		if len(s.Mailbox.All()) != 1 {
			t.Fatal("two mails in a moment")
		}
		_, err := s.Book.ConfirmCode(t.Context(), again.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		s.Grow(t)
		if s.Counted() != 1 {
			t.Fatal("not counted")
		}
	})
}
