package letter_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// A server does not start on rows about removals, releases and closing that its log does not bear out, and says which.
func TestStartRefusesStandings(t *testing.T) {
	type scene struct {
		*lettertest.Site
		counted, held, struck, fresh, ended receipt.Lock // fresh: struck, and its entry waits; ended: withdrawn
	}
	waits := func(t *testing.T, s scene, of receipt.Lock, data []byte) {
		ref := make([]byte, 16)
		rand.Read(ref)
		lettertest.Must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error {
			return s.Log.Queue(tx, translog.Leaf{Ref: ref, Data: data, Of: of[:], NotBefore: s.Clock.Now().Add(time.Hour)})
		}))
	}
	campaign := letter.CampaignID(lettertest.Case)
	remove, restore := receipt.Remove{Campaign: campaign, Reason: receipt.OtherReason}.WithoutIndex(), receipt.Restore{Campaign: campaign}.WithoutIndex()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s scene)
		say   func(s scene) string
	}{
		"removed here only": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET state = 'removed' WHERE lock = $1", s.counted[:])
			},
			func(s scene) string { return "signature " + s.counted.String() + " is removed here" },
		},
		"removed in the log only": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET state = 'counted' WHERE lock = $1", s.struck[:])
			},
			func(s scene) string { return "signature " + s.struck.String() + " is counted here" },
		},
		"restored here, and nothing waits": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "DELETE FROM letter_removed WHERE lock = $1", s.struck[:])
				exec(t, s.Site, "UPDATE letter_signature SET state = 'counted' WHERE lock = $1", s.struck[:])
			},
			func(s scene) string { return "signature " + s.struck.String() },
		},
		"removed for another reason": {
			func(t *testing.T, s scene) { exec(t, s.Site, "UPDATE letter_removal SET reason = 2") },
			func(scene) string { return "for another reason here" },
		},
		"no word of why": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "DELETE FROM letter_removed WHERE lock = $1", s.struck[:])
			},
			func(s scene) string { return "signature " + s.struck.String() },
		},
		"a reason for one that counts": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_removed SET lock = $1 WHERE lock = $2", s.counted[:], s.struck[:])
			},
			func(scene) string { return "for another reason here" },
		},
		"its removal taken from the queue": {
			func(t *testing.T, s scene) { exec(t, s.Site, "DELETE FROM log_queue WHERE of_ref = $1", s.fresh[:]) },
			func(s scene) string { return "signature " + s.fresh.String() + " is removed here" },
		},
		"released here, and nothing waits": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE letter_signature SET assurance = 1 WHERE lock = $1", s.held[:])
			},
			func(s scene) string { return "signature " + s.held.String() + " says another letter" },
		},
		"released in the log's queue only": {
			func(t *testing.T, s scene) { waits(t, s, s.held, restore) },
			func(s scene) string { return "signature " + s.held.String() + " says another letter" },
		},
		"a removal that nobody here made": {
			func(t *testing.T, s scene) { waits(t, s, s.counted, remove) },
			func(s scene) string { return "signature " + s.counted.String() },
		},
		"a removal of what is out": {
			func(t *testing.T, s scene) { waits(t, s, s.struck, remove) },
			func(s scene) string { return "signature " + s.struck.String() },
		},
		"a restore of what withdrew": {
			func(t *testing.T, s scene) { waits(t, s, s.ended, restore) },
			func(s scene) string { return "signature " + s.ended.String() },
		},
		"two words on one": {
			func(t *testing.T, s scene) { waits(t, s, s.fresh, restore) },
			func(s scene) string { return "two entries that say whether signature " + s.fresh.String() },
		},
		"an entry about nobody": {
			func(t *testing.T, s scene) {
				waits(t, s, receipt.Lock{7}, receipt.Hide{Campaign: campaign}.WithoutIndex())
			},
			func(scene) string { return "there is no entry of that signature" },
		},
		"an entry about what is no lock": {
			func(t *testing.T, s scene) {
				exec(t, s.Site, "UPDATE log_queue SET of_ref = $2 WHERE of_ref = $1", s.fresh[:], []byte("x"))
			},
			func(scene) string { return "no entry that we made" },
		},
		"closed here only": {
			func(t *testing.T, s scene) { exec(t, s.Site, "UPDATE letter SET state = 'closed'") },
			func(s scene) string { return "letter " + s.Letter.ID.String() + " is closed here" },
		},
		"open here only": {
			func(t *testing.T, s scene) {
				closes(t, s.Site)
				exec(t, s.Site, "UPDATE letter SET state = 'open'")
			},
			func(s scene) string { return "letter " + s.Letter.ID.String() + " is open here" },
		},
		"a certificate gone": {
			func(t *testing.T, s scene) {
				closes(t, s.Site)
				exec(t, s.Site, "DELETE FROM letter_certificate")
			},
			func(s scene) string { return "the certificate of letter " + s.Letter.ID.String() },
		},
		"a certificate changed": {
			func(t *testing.T, s scene) {
				closes(t, s.Site)
				exec(t, s.Site, "UPDATE letter_certificate SET note = replace(note, 'counted 3', 'counted 9')")
			},
			func(s scene) string { return "the certificate of letter " + s.Letter.ID.String() },
		},
		"a tag that came back": {
			func(t *testing.T, s scene) {
				closes(t, s.Site)
				exec(t, s.Site, "UPDATE letter_signature SET tag = $2 WHERE lock = $1", s.counted[:], []byte("tag"))
			},
			func(scene) string { return "1 tags of its signers are still there" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			// One engine is enough: each statement of the audit is run on both by TestRowsAgreeWhateverIsDone.
			s := scene{Site: lettertest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}, bursting(letter.Steady))}
			locks, links := crowd(t, s.Site)
			s.counted, s.held, s.struck, s.fresh, s.ended = locks[0], locks[2], locks[1], locks[3], locks[4]
			s.GrowAll(t)
			_, err := s.Book.Withdraw(t.Context(), links[4].Secret)
			lettertest.Must(t, err)
			removes(t, s.Site, letter.Rule{Lock: &s.struck})
			s.GrowAll(t)
			removes(t, s.Site, letter.Rule{Lock: &s.fresh})
			agrees(t, s.Site)
			c.spoil(t, s)
			if err = s.Again(t).Book.Start(t.Context()); err == nil || !strings.Contains(err.Error(), c.say(s)) {
				t.Fatalf("%v; want it to say %q", err, c.say(s))
			}
		})
	}
}

// Whatever organisers and signers do one after another, rows and log agree, before the log has it and after.
func TestRowsAgreeWhateverIsDone(t *testing.T) {
	each(t, bursting(letter.Steady), func(t *testing.T, s *lettertest.Site) {
		for seed := range 6 {
			locks, links := []receipt.Lock{}, []letter.Counted{}
			for i := range 4 {
				c := s.Sign(t, fmt.Sprintf("%d-%d@example.org", seed, i))
				links, locks = append(links, c), append(locks, mine(t, s, c).Lock)
			}
			var last letter.RemovalID
			for step := range 6 {
				lock := &locks[(seed+step)%4]
				switch (seed*5 + step*step) % 6 {
				case 0, 1:
					r, err := s.Book.Remove(t.Context(), s.Letter.ID, letter.Rule{Lock: lock}, receipt.Duplicate, "x", "x", nil)
					if err == nil {
						last = r.ID
					}
				case 2:
					_, _, _ = s.Book.Restore(t.Context(), last) // of none that is an error, and nothing is done
				case 3:
					_, _, _ = s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{Lock: lock}, nil)
				case 4:
					_, err := s.Book.Withdraw(t.Context(), links[(seed+step)%4].Secret)
					lettertest.Must(t, err)
				case 5:
					s.GrowAll(t)
				}
				lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
			}
			s.Clock.Add(2 * time.Hour)
		}
		s.GrowAll(t)
		agrees(t, s)
		want := number(t, s, "SELECT count(*) FROM letter_signature WHERE state = 'counted' AND day > $1", seal.Day(s.Clock.Now())-1000)
		if s.Counted() != want {
			t.Fatalf("%d counted, %d rows", s.Counted(), want)
		}
	})
}
