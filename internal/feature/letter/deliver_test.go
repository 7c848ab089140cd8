package letter_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/mail"
)

// failing is a mailbox that says no, and keeps what it was given.
type failing struct {
	mu  sync.Mutex
	say error
	got []*mail.Message
}

func (f *failing) fail(m *mail.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := *m
	f.got = append(f.got, &kept)
	return f.say
}

func (f *failing) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say = err
}

func (f *failing) all() []*mail.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*mail.Message(nil), f.got...)
}

// A mail that could not be sent is sent again, as the same message; whichever copy arrives, its link is one use.
func TestMailIsTriedAgain(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		trouble := &failing{say: errors.New("connection lost")}
		s := lettertest.Open(t, c, lettertest.Options{Transport: &lettertest.Mailbox{Fail: trouble.fail}})
		s.Ask(t, "anna@example.org")
		s.PostUntil(t, func(jobs.Count) bool { return len(trouble.all()) == 1 })
		trouble.set(nil)
		s.Clock.Add(time.Minute)
		s.Post(t)
		copies := trouble.all()
		if len(copies) != 2 || copies[0].ID != copies[1].ID || lettertest.Code(copies[0]) != lettertest.Code(copies[1]) {
			t.Fatalf("%d copies, or not the same message", len(copies))
		}
		for _, m := range copies {
			if _, err := s.Book.ConfirmLink(t.Context(), lettertest.Token(m)); err != nil {
				t.Fatal(err)
			}
		}
		if number(t, s, "SELECT count(*) FROM letter_used") != 1 || number(t, s, "SELECT count(*) FROM letter_signature") != 1 {
			t.Fatal("two copies are two uses")
		}
	})
}

// A Message-ID does not tell when it was asked for, as the job's own name does: who reads mails could find the minute's signers in the log by it.
func TestMessageIDTellsNoTime(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		trouble := &failing{say: errors.New("connection lost")}
		s := lettertest.Open(t, c, lettertest.Options{Transport: &lettertest.Mailbox{Fail: trouble.fail}})
		s.Ask(t, "anna@example.org")
		s.PostUntil(t, func(jobs.Count) bool { return len(trouble.all()) == 1 })
		id := jobs.NewID(s.Clock.Now())
		if moment := hex.EncodeToString(id[:4]); number(t, s, "SELECT count(*) FROM job WHERE id >= $1", id[:4]) != 1 {
			t.Errorf("no job is named after its moment, %s: the test looks for nothing", moment)
		} else if strings.HasPrefix(trouble.all()[0].ID, moment) {
			t.Errorf("%s tells that it was asked for at %s", trouble.all()[0].ID, moment)
		}
	})
}

// A mailbox that is not there ends the mail: what is left of it is a number.
func TestMailThatIsRefused(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		trouble := &failing{say: &mail.Refused{Code: 550, Step: mail.StepRecipient}}
		s := lettertest.Open(t, c, lettertest.Options{Transport: &lettertest.Mailbox{Fail: trouble.fail}})
		s.Ask(t, "anna@example.org")
		s.PostUntil(t, func(c jobs.Count) bool { return c.Dead == 1 })
		if list := waitingJobs(t, s); len(list) != 1 || list[0].PayloadSize != 0 {
			t.Fatalf("%+v", list)
		}
		s.Clock.Add(24 * time.Hour)
		s.Post(t)
		if n := len(trouble.all()); n != 1 {
			t.Fatalf("tried %d times", n)
		}
	})
}

// After 72 hours a mail is dead, whatever held it up; its day key dies a day later, and what a copy of the disk holds with it.
func TestMailDies(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		trouble := &failing{say: &mail.Refused{Temporary: true, Code: 451, Step: mail.StepRecipient}}
		s := lettertest.Open(t, c, lettertest.Options{Transport: &lettertest.Mailbox{Fail: trouble.fail}})
		s.Ask(t, "anna@example.org")
		s.PostUntil(t, func(jobs.Count) bool { return len(trouble.all()) == 1 })
		s.Clock.Add(72*time.Hour - time.Minute)
		s.PostUntil(t, func(jobs.Count) bool { return len(trouble.all()) == 2 })
		s.Clock.Add(2 * time.Hour)
		s.PostUntil(t, func(c jobs.Count) bool { return c.Dead == 1 && c.Waiting == 0 })
		if len(trouble.all()) != 2 || waitingJobs(t, s)[0].PayloadSize != 0 {
			t.Fatal("tried after its time, or kept")
		}
		days := number(t, s, "SELECT min(day) FROM day_key")
		s.Clock.Add(48 * time.Hour)
		s.Ask(t, "boris@example.org")
		if now := number(t, s, "SELECT min(day) FROM day_key"); now <= days {
			t.Fatal("the key of the mail's day is still there")
		}
	})
}

// Whatever goes wrong, the log of the program names nobody.
func TestMailIsNeverLogged(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		var out bytes.Buffer
		trouble := &failing{say: &mail.Refused{Code: 550, Step: mail.StepRecipient}}
		s := lettertest.Open(t, c, lettertest.Options{
			Transport: &lettertest.Mailbox{Fail: trouble.fail}, Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		s.Ask(t, "Zinaida@example.org")
		s.PostUntil(t, func(c jobs.Count) bool { return c.Dead == 1 })
		trouble.set(errors.New("connection lost"))
		s.Clock.Add(time.Hour)
		s.Ask(t, "zinaida@example.org")
		s.PostUntil(t, func(jobs.Count) bool { return len(trouble.all()) == 2 })
		s.DB.Close()
		text := out.String()
		if !strings.Contains(text, "a job is dead") {
			t.Fatalf("nothing was logged: %s", text)
		}
		for _, m := range trouble.all() {
			for _, private := range []string{m.To, strings.ToLower(m.To), lettertest.Code(m), lettertest.Token(m)} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(private)) {
					t.Errorf("the log says %q", private)
				}
			}
		}
	})
}

// Without a mail server a letter is read and not signed, and what was asked before waits for one.
func TestNoMailServer(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Ask(t, "anna@example.org")
		other := s.Again(t)
		other.Mail = nil
		other.Book = letter.NewBook(other.Config)
		lettertest.Must(t, other.Book.Load(t.Context()))
		_, err := other.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, "boris@example.org", "en")
		refused(t, err, fault.Locked, "fault.no_mail")
		other.PostUntil(t, func(jobs.Count) bool { return waitingJobs(t, s)[0].Due > 0 })
		if n := number(t, s, "SELECT count(*) FROM job"); n != 1 {
			t.Fatalf("%d jobs", n)
		}
		s.Clock.Add(time.Minute)
		s.Post(t)
		if s.Mailbox.Last("anna@example.org") == nil {
			t.Fatal("the mail did not wait for a server")
		}
	})
}
