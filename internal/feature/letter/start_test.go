package letter_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// A server whose rows disagree with its log does not start, and says which.
func TestStartRefuses(t *testing.T) {
	type scene struct {
		*lettertest.Site
		lock, waits receipt.Lock // counted; waiting for its batch
	}
	about := func(l receipt.Lock) string { return "signature " + l.String() }
	version := func(s scene, v int) string { return fmt.Sprintf("version %d of letter %s", v, s.Letter.ID) }
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s scene)
		say   func(s scene) []string
	}{
		"a row deleted": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "DELETE FROM letter_signature WHERE lock = $1", s.lock[:])
			},
			func(s scene) []string { return []string{"the log has 3 signatures and 2 rows here"} },
		},
		"a row added": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "INSERT INTO letter_signature (lock, letter, tag, version, assurance, state, day) VALUES ($1, $2, $3, 1, 1, 'counted', 1)", make([]byte, 32), s.Letter.ID[:], []byte("tag"))
			},
			func(s scene) []string { return []string{about(receipt.Lock{}), "no entry"} },
		},
		"a row whose leaf was taken from the queue": {
			func(t *testing.T, s scene) { exec(t, s.Site, "DELETE FROM log_queue WHERE ref = $1", s.waits[:]) },
			func(s scene) []string { return []string{about(s.waits), "no entry"} },
		},
		"another assurance": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET assurance = 9 WHERE lock = $1", s.lock[:])
			},
			func(s scene) []string { return []string{about(s.lock), "assurance"} },
		},
		"another version": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET version = 1 WHERE lock = $1", s.lock[:])
			},
			func(s scene) []string { return []string{about(s.lock), "version"} },
		},
		"another letter": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET letter = $2 WHERE lock = $1", s.lock[:], make([]byte, 16))
			},
			func(s scene) []string { return []string{about(s.lock), "another letter"} },
		},
		"withdrawn here, counted in the log": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET state = 'withdrawn' WHERE lock = $1", s.lock[:])
			},
			func(s scene) []string { return []string{about(s.lock), "withdrawn here"} },
		},
		"counted here, withdrawn in the log": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET state = 'counted' WHERE state = 'withdrawn'")
			},
			func(s scene) []string { return []string{"signature ", "counted here"} },
		},
		"another text": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_text SET body = 'Free nobody.' WHERE version = 1 AND lang = 'en'")
			},
			func(s scene) []string { return []string{version(s, 1), "entry 0"} },
		},
		"another text, and its hash": {
			func(t *testing.T, s scene) {
				f := lettertest.File()
				changed := map[lang.Tag]letter.Wording{
					"en": {Title: f.Title["en"], Body: f.Body["en"], Demand: f.Demand["en"], Addressee: f.Addressee["en"]},
					"ru": {Title: "x", Body: "x", Demand: "x", Addressee: "x"},
				}
				sum := sha256.Sum256(letter.Manifest(s.Letter.ID, 1, changed))
				exec(t, s.Site, "UPDATE letter_text SET title = 'x', body = 'x', demand = 'x', addressee = 'x' WHERE version = 1 AND lang = 'ru'")
				exec(t, s.Site, "UPDATE letter_text SET sha = $1 WHERE version = 1", sum[:])
			},
			func(s scene) []string { return []string{version(s, 1), "entry 0"} },
		},
		"another hash beside the text": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_text SET sha = $1 WHERE version = 1", make([]byte, 32))
			},
			func(s scene) []string { return []string{version(s, 1)} },
		},
		"a language less": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "DELETE FROM letter_text WHERE version = 1 AND lang = 'ru'")
			},
			func(s scene) []string { return []string{version(s, 1)} },
		},
		"a version less": {
			func(t *testing.T, s scene) { exec(t, s.Site, "DELETE FROM letter_text WHERE version = 1") },
			func(s scene) []string { return []string{version(s, 1), "gone", "entry 0"} },
		},
		"an entry changed": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE log_entry SET data = $1 WHERE idx = 2", []byte("outcry1x"))
			},
			func(s scene) []string { return []string{"2"} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, atOnce(), func(t *testing.T, site *lettertest.Site) {
				s := scene{Site: site}
				f := edited(second)
				s.Letter = s.Apply(t, f) // version 2, at the usual pace
				s.lock = mine(t, s.Site, s.Sign(t, "anna@example.org")).Lock
				gone := s.Sign(t, "boris@example.org")
				s.Sign(t, "vera@example.org")
				s.GrowAll(t)
				_, err := s.Book.Withdraw(t.Context(), gone.Secret)
				lettertest.Must(t, err)
				s.GrowAll(t)
				s.waits = mine(t, s.Site, s.Sign(t, "waits@example.org")).Lock
				lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
				c.spoil(t, s)
				err = s.Again(t).Book.Start(t.Context())
				if err == nil {
					t.Fatal("starts all the same")
				}
				for _, say := range c.say(s) {
					if !strings.Contains(err.Error(), say) {
						t.Errorf("%v; want it to say %q", err, say)
					}
				}
			})
		})
	}
}

// After a start the numbers are the log's, and the next batch adds to them.
func TestStartCounts(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		s.Sign(t, "boris@example.org")
		s.Grow(t)
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		s.Sign(t, "vera@example.org")
		other := s.Again(t)
		lettertest.Must(t, other.Book.Start(t.Context()))
		if diff := cmp.Diff(s.Book.Published(), other.Book.Published()); diff != "" {
			t.Fatal(diff)
		}
		s.Grow(t)
		for _, grown := range []bool{true, false} {
			was := other.Book.Folded()
			lettertest.Must(t, other.Book.CatchUp(t.Context()))
			if now := other.Book.Folded(); (now > was) != grown {
				t.Fatalf("from %d to %d", was, now)
			}
		}
		if diff := cmp.Diff(s.Book.Published(), other.Book.Published()); diff != "" || other.Counted() != 2 {
			t.Fatal(diff)
		}
		if at := other.Book.Count(s.Letter.ID).At; !at.Equal(s.Clock.Now()) {
			t.Errorf("the count is of %v", at)
		}
	})
}

// Two processes, one installation: a start in the middle of signing finds nothing wrong.
func TestStartWhileOthersSign(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		s := lettertest.Open(t, c, atOnce())
		other := s.Again(t)
		stop, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					ended <- nil
					return
				default:
				}
				if err := s.Book.Rehearse(t.Context(), s.Letter, i+1, nil); err != nil {
					ended <- err
					return
				}
				if _, err := s.Log.Sequence(t.Context()); err != nil {
					ended <- err
					return
				}
			}
		}()
		for range 40 {
			if err := other.Book.Start(t.Context()); err != nil {
				t.Error(err)
				break
			}
		}
		close(stop)
		lettertest.Must(t, <-ended)
	})
}
