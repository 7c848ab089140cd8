package letter_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// closes closes the letter and gives the certificate.
func closes(t testing.TB, s *lettertest.Site) receipt.Certificate {
	t.Helper()
	c, err := s.Book.Close(t.Context(), s.Letter.ID, nil)
	lettertest.Must(t, err)
	return c
}

// closed wants a letter to be closed with all that this means, and its certificate to be borne out by the log.
func closed(t testing.TB, s *lettertest.Site, want receipt.Certificate) {
	t.Helper()
	note, err := s.Book.Certificate(t.Context(), s.Letter.ID)
	lettertest.Must(t, err)
	c, err := receipt.OpenCertificate(note, s.Key(t))
	lettertest.Must(t, err)
	if diff := cmp.Diff(want, c); diff != "" {
		t.Fatal(diff)
	}
	n, _ := verified(t, s).Letter(s.Letter.ID)
	if c.Letter != s.Letter.ID || c.Campaign != s.Letter.Campaign || c.Entry != n.Closed || n.Closed == 0 || c.Size <= c.Entry || c.Origin != lettertest.Origin {
		t.Fatalf("the certificate says %+v, the log %+v", c, n)
	}
	if _, err := os.Stat(filepath.Join(s.Secret+".shares", s.Letter.ID.String())); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the share is still there:", err)
	}
	for _, query := range []string{"SELECT count(*) FROM letter_signature WHERE tag IS NOT NULL", "SELECT count(*) FROM letter_used", "SELECT count(*) FROM letter_suppressed"} {
		if n := number(t, s, query); n != 0 {
			t.Fatalf("%s: %d", query, n)
		}
	}
	other := s.Again(t)
	lettertest.Must(t, other.Book.Start(t.Context()))
	if l, err := other.Book.Letter(lettertest.Case, lettertest.Slug); err != nil || l.State != letter.Closed {
		t.Fatalf("%+v %v", l, err)
	}
}

// Whatever the pace: all who were told that they count do, though their time had not come; nobody comes after; who signed can still withdraw.
func TestClose(t *testing.T) {
	for _, pace := range []letter.Pace{letter.Steady, letter.Daily, letter.Immediate} {
		t.Run(string(pace), func(t *testing.T) {
			each(t, lettertest.Options{File: edited(func(f *letter.File) { f.Pace = pace })}, func(t *testing.T, s *lettertest.Site) {
				first := s.Sign(t, "anna@example.org")
				s.Sign(t, "boris@example.org")
				w, m := s.Mailed(t, "late@example.org")
				exec(t, s, "INSERT INTO letter_suppressed (letter, tag) VALUES ($1, $2)", s.Letter.ID[:], []byte("a tag"))
				var stages []letter.Stage
				c, err := s.Book.Close(t.Context(), s.Letter.ID, func(step letter.Step) {
					if step.Of == 0 {
						stages = append(stages, step.Stage)
					}
				})
				lettertest.Must(t, err)
				if diff := cmp.Diff([]letter.Stage{letter.Stopped, letter.Drained, letter.Logged, letter.Destroyed, letter.Forgotten, letter.Certified}, stages); diff != "" {
					t.Fatal(diff)
				}
				if c.Counted != 2 || c.On != "2026-11-20" {
					t.Fatalf("%+v", c)
				}
				closed(t, s, c)
				if got := kinds(s.Entries(t)); !slices.Equal(got, []receipt.Type{receipt.TypeText, receipt.TypeSign, receipt.TypeSign, receipt.TypeClose}) {
					t.Fatal(got)
				}
				_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(m))
				if err == nil {
					t.Fatal("a closed letter was signed")
				}
				_, err = s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
				refused(t, err, fault.Refused, "fault.letter.closed")
				if diff := cmp.Diff(c, closes(t, s)); diff != "" {
					t.Fatal("closed again, another certificate:\n", diff)
				}
				if own, err := s.Book.Withdraw(t.Context(), first.Secret); err != nil || !own.Ended || !own.First {
					t.Fatalf("%+v %v", own, err)
				}
				s.Clock.Add(25 * time.Hour)
				s.Grow(t)
				n := s.Book.Count(s.Letter.ID)
				if n.Counted != 1 || n.Withdrawn != 1 {
					t.Fatalf("%+v", n)
				}
				closed(t, s, c) // of what was counted then
			})
		})
	}
}

// Stopped after any stage, another process brings it to its end; what is there in between starts a server.
func TestCloseGoesOn(t *testing.T) {
	for _, at := range []letter.Stage{letter.Stopped, letter.Drained, letter.Logged, letter.Destroyed, letter.Forgotten} {
		t.Run(string(at), func(t *testing.T) {
			each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
				s.Sign(t, "anna@example.org")
				s.GrowAll(t)
				s.Sign(t, "boris@example.org")
				lettertest.Must(t, s.Book.Pause(t.Context(), s.Letter.ID))
				ctx, stop := context.WithCancel(t.Context())
				_, err := s.Book.Close(ctx, s.Letter.ID, func(step letter.Step) {
					if step.Stage == at && step.Of == 0 {
						stop()
					}
				})
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("it was stopped, and says %v", err)
				}
				if _, err := s.Book.Certificate(t.Context(), s.Letter.ID); !fault.Is(err, fault.NotFound) {
					t.Fatal("there is a certificate already:", err)
				}
				for _, err := range []error{s.Book.Pause(t.Context(), s.Letter.ID), s.Book.Resume(t.Context(), s.Letter.ID)} {
					if !errors.Is(err, letter.WrongState{State: letter.Closing}) {
						t.Fatal(err)
					}
				}
				other := s.Again(t)
				lettertest.Must(t, other.Book.Start(t.Context()))
				for range 2 {
					lettertest.Must(t, other.Book.Finish(t.Context()))
				}
				c, err := other.Book.Close(t.Context(), s.Letter.ID, nil)
				if err != nil || c.Counted != 2 {
					t.Fatalf("%+v %v", c, err)
				}
				closed(t, s, c)
			})
		})
	}
}

// A letter that nobody could sign yet is not closed, nor one that is not there.
func TestCloseRefuses(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		for _, state := range []letter.State{letter.Draft, letter.Opening} {
			exec(t, s, "UPDATE letter SET state = $1", string(state))
			if _, err := s.Book.Close(t.Context(), s.Letter.ID, nil); !errors.Is(err, letter.WrongState{State: state}) {
				t.Errorf("%s: %v", state, err)
			}
		}
		_, err := s.Book.Close(t.Context(), receipt.Letter{}, nil)
		refused(t, err, fault.NotFound, "fault.letter.none")
		if len(s.Entries(t)) != 1 {
			t.Fatal("the log says something of it")
		}
	})
}

// Confirms and the closing at one moment, in two processes: who was told "counted" is in the certificate's number, nobody else is, and the log
// has no signature after its close.
func TestCloseRacesConfirm(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		other := s.Again(t)
		lettertest.Must(t, other.Book.Start(t.Context()))
		tokens := make([]string, 40)
		for i := range tokens {
			_, m := s.Mailed(t, string(rune('a'+i%26))+string(rune('a'+i/26))+"@example.org")
			tokens[i] = lettertest.Token(m)
		}
		var mu sync.Mutex
		told := int64(0)
		var certificates []receipt.Certificate
		books := []*letter.Book{s.Book, other.Book}
		together(t, len(tokens)+2, func(i int) error {
			if i%21 == 20 {
				c, err := books[i%2].Close(t.Context(), s.Letter.ID, nil)
				mu.Lock()
				defer mu.Unlock()
				certificates = append(certificates, c)
				return err
			}
			i = i/21*20 + i%21
			_, err := books[i%2].ConfirmLink(t.Context(), tokens[i])
			if f := fault.Of(err); f != nil && f.Key == "fault.letter.closed" {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			told++
			return err
		})
		if diff := cmp.Diff(certificates[0], certificates[1]); diff != "" {
			t.Fatal("two closings, two certificates:\n", diff)
		}
		if n := number(t, s, "SELECT count(*) FROM letter_signature"); certificates[0].Counted != told || n != told {
			t.Fatalf("%d were told that they count, there are %d rows, and the certificate says %d", told, n, certificates[0].Counted)
		}
		closed(t, s, certificates[0])
	})
}

// Nothing of a closed letter's tags is left in SQLite's files.
func TestClosedTagsAreGoneFromTheFiles(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		if s.DB.Engine() == db.Postgres { // which keeps old rows until it vacuums, and its log of writes as long as it is set to
			return
		}
		lettertest.Must(t, s.Book.Rehearse(t.Context(), s.Letter, 300, nil))
		s.Grow(t)
		var tags [][]byte
		var file string
		lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.One("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file); err != nil {
				return err
			}
			return tx.Each("SELECT tag FROM letter_signature UNION ALL SELECT token_hash FROM letter_used", nil, func(scan func(...any) error) error {
				var tag []byte
				err := scan(&tag)
				tags = append(tags, tag)
				return err
			})
		}))
		left := func() (n int) {
			for _, name := range []string{file, file + "-wal"} {
				raw, err := os.ReadFile(name)
				lettertest.Must(t, err)
				for _, tag := range tags {
					if bytes.Contains(raw, tag) {
						n++
					}
				}
			}
			return n
		}
		if len(tags) != 600 || left() == 0 {
			t.Fatalf("the search finds nothing while it is all there: %d tags", len(tags))
		}
		closes(t, s)
		if n := left(); n > 0 {
			t.Fatalf("%d of %d are still in the files", n, len(tags))
		}
	})
}
