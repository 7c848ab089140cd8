package letter_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// A trial sends the words that a signer gets, takes its own code and no other's, and neither queues nor counts anything.
func TestTrial(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		s := lettertest.Open(t, c, lettertest.Options{})
		ctx := t.Context()
		begun := 0
		take := func(context.Context) error { begun++; return nil }
		for _, typed := range []string{"", "a", "a@b"} {
			if _, err := s.Book.Trial(ctx, typed, "en", take); !fault.Is(err, fault.Invalid) || begun != 0 {
				t.Errorf("%q: %v, %d begun", typed, err, begun)
			}
		}
		token, err := s.Book.Trial(ctx, "rowan@mailbox.example", "fr", take)
		lettertest.Must(t, err)
		other, err := s.Book.Trial(ctx, "rowan@mailbox.example", "fr", take)
		lettertest.Must(t, err)
		all := s.Mailbox.All()
		if len(all) != 2 || all[0].To != "rowan@mailbox.example" || strings.Contains(all[0].Text, "http") {
			t.Fatalf("%d mails", len(all))
		}
		code := func(i int) string { return lettertest.Code(all[i]) }
		p := s.Words.Printer("fr")
		for _, key := range []string{"mail.trial.mark", "mail.confirm.hello", "mail.confirm.code", "mail.confirm.valid_code", "mail.confirm.not_you"} {
			if !strings.Contains(all[0].Text, p.T(key)) || !strings.Contains(all[0].HTML, "<p>") {
				t.Errorf("the mail lacks %s", key)
			}
		}
		if all[0].Subject == p.T("mail.confirm.subject") || !strings.Contains(all[0].Subject, p.T("mail.confirm.subject")) {
			t.Error(all[0].Subject)
		}
		for _, c := range []struct {
			token, code string
			kind        fault.Kind
		}{{token, "", fault.Invalid}, {token, "0000-0000", fault.Invalid}, {token, code(1), fault.Invalid}, {"nonsense", code(0), fault.Gone}, {token + "A", code(0), fault.Gone}} {
			if err := s.Book.TryCode(ctx, c.token, c.code); !fault.Is(err, c.kind) {
				t.Errorf("%.8s with %q: %v", c.token, c.code, err)
			}
		}
		// Its code and token open nothing of a real signature's.
		if _, err := s.Book.ConfirmCode(ctx, token, code(0)); err == nil {
			t.Error("a trial was counted")
		}
		lettertest.Must(t, s.Book.TryCode(ctx, token, strings.ToLower(code(0))))
		lettertest.Must(t, s.Book.TryCode(ctx, other, code(1)))
		for _, table := range []string{"job", "letter_signature", "letter_used", "log_queue"} {
			n := 0
			lettertest.Must(t, s.DB.View(ctx, func(tx *db.Tx) error { _, err := tx.One("SELECT COUNT(*) FROM " + table).Scan(&n); return err }))
			if n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
		if n := s.Book.Count(s.Letter.ID).Counted; n != 0 {
			t.Errorf("%d are counted", n)
		}
		s.Clock.Add(73 * time.Hour)
		if err := s.Book.TryCode(ctx, token, code(0)); !fault.Is(err, fault.Gone) {
			t.Errorf("after 73 hours: %v", err)
		}
		sent := len(s.Mailbox.All())
		_, err = s.Book.Trial(ctx, "rowan@mailbox.example", "fr", func(context.Context) error { return fault.New(fault.TooMany, "fault.trial.pace") })
		if !fault.Is(err, fault.TooMany) || len(s.Mailbox.All()) != sent || begun != 2 {
			t.Errorf("%v; %d mails, %d begun", err, len(s.Mailbox.All()), begun)
		}
	})
}

// A version is the next where the text is another one, and the same where it is not; a letter that nobody has seen begins at one.
func TestNumber(t *testing.T) {
	s := lettertest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}, lettertest.Options{})
	ctx := t.Context()
	today := casefile.Date{Year: 2026, Month: 11, Day: 20}
	f := lettertest.File()
	f.Version = 7
	lettertest.Must(t, s.Book.Number(ctx, lettertest.Case, f, today))
	if f.Version != 1 || f.Dated != lettertest.File().Dated {
		t.Errorf("the same text: %d of %s", f.Version, f.Dated)
	}
	f.Body["en"] += " More."
	lettertest.Must(t, s.Book.Number(ctx, lettertest.Case, f, today))
	if f.Version != 2 || f.Dated != today {
		t.Errorf("another text: %d of %s", f.Version, f.Dated)
	}
	if err := s.Book.Preview(ctx, lettertest.Case, f, nil); err != nil {
		t.Errorf("it can't be applied: %v", err)
	}
	f.Slug = "another"
	lettertest.Must(t, s.Book.Number(ctx, lettertest.Case, f, today))
	if f.Version != 1 {
		t.Errorf("a new letter: %d", f.Version)
	}
}
