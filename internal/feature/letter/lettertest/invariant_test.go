package lettertest_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// scene is a story that stands still: with signatures, a name and a removal on their way into the log, or at its end.
type scene struct {
	*story
	t testing.TB
}

// lock is somebody's.
func (s scene) lock(who string) []byte {
	s.t.Helper()
	raw, err := hex.DecodeString(s.Told[who].Lock)
	lettertest.Must(s.t, err)
	if len(raw) == 0 {
		s.t.Fatalf("%s has not signed", who)
	}
	return raw
}

// exec spoils rows behind everyone's back.
func (s scene) exec(query string, args ...any) {
	s.t.Helper()
	lettertest.Must(s.t, s.s.DB.Update(s.t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			s.t.Errorf("%s touched nothing", query)
		}
		return err
	}))
}

func (s scene) queue(ref string, of []byte, data []byte) {
	s.t.Helper()
	s.exec(`INSERT INTO log_queue (ref, data, of_ref, pool, not_before) VALUES ($1, $2, $3, NULL, 0)`, []byte(ref), data, of)
}

func (s scene) share() string {
	return filepath.Join(s.s.Secret+".shares", s.letter().ID.String())
}

// Each thing that must hold is broken once, and the invariants say so.
func TestInvariantsFail(t *testing.T) {
	type plant struct {
		name  string
		spoil func(s scene)
		say   string
	}
	set := func(query string, who string, args ...any) func(s scene) {
		return func(s scene) { s.exec(query, append([]any{s.lock(who)}, args...)...) }
	}
	plain := func(query string, args ...any) func(s scene) { return func(s scene) { s.exec(query, args...) } }
	for where, plants := range map[string][]plant{
		"close": {
			{"nothing", func(scene) {}, ""},
			{"an entry without its row", set(`DELETE FROM letter_signature WHERE lock = $1`, "egor"), "has no row"},
			{"a row without its entry", set(`DELETE FROM log_queue WHERE ref = $1`, "egor"), "in no entry"},
			{"a signature that was told is nowhere", func(s scene) {
				for _, query := range []string{`DELETE FROM letter_signature WHERE lock = $1`, `DELETE FROM log_queue WHERE ref = $1`, `DELETE FROM log_queue WHERE of_ref = $1`,
					`DELETE FROM letter_name WHERE lock = $1`, `DELETE FROM letter_word WHERE lock = $1`} {
					s.exec(query, s.lock("egor"))
				}
			}, "egor was told otherwise"},
			{"a withdrawal that was told is not there", func(s scene) {
				s.note(func(p *past) { f := p.Told["boris"]; f.Stands, f.Name = lettertest.Withdrawn, ""; p.Told["boris"] = f })
			}, "boris was told otherwise"},
			{"a link that was told opens nothing", func(s scene) {
				s.exec(`UPDATE letter_signature SET link_hash = $2 WHERE lock = $1`, s.lock("egor"), make([]byte, 32))
			}, "the last link opens"},
			{"a reference twice", plain(`INSERT INTO log_queue (ref, data, of_ref, pool, not_before) SELECT ref, data, NULL, NULL, 0 FROM log_entry WHERE idx = 0`), "is there 2 times"},
			{"a row in another state", set(`UPDATE letter_signature SET state = 'withdrawn' WHERE lock = $1`, "egor"), "is withdrawn, version 2"},
			{"a row of another version", set(`UPDATE letter_signature SET version = 1 WHERE lock = $1`, "egor"), "version 1"},
			{"an entry about nobody", func(s scene) {
				s.queue("about nobody", make([]byte, 32), receipt.Hide{Campaign: s.letter().Campaign}.WithoutIndex())
			}, "which is no signature"},
			{"two words on one standing", func(s scene) {
				s.queue("once more", s.lock("one"), receipt.Restore{Campaign: s.letter().Campaign}.WithoutIndex())
			}, "two entries about the standing"},
			{"an entry that opens another lock", func(s scene) {
				s.queue("another lock", s.lock("boris"), receipt.Withdraw{Campaign: s.letter().Campaign}.WithoutIndex())
			}, "does not open the lock"},
			{"a signature of a text that waits", func(s scene) {
				l, lock := s.letter(), receipt.Lock{1}
				s.queue(string(lock[:]), nil, receipt.Marshal(receipt.Sign{Campaign: l.Campaign, Letter: l.ID, Version: 3, Assurance: receipt.Email, Lock: lock}))
			}, "that the log would refuse"},
			{"a tag of one who has left", set(`UPDATE letter_signature SET tag = $2 WHERE lock = $1`, "gleb", []byte("tag")), "its tag is kept"},
			{"a link of one who has left", set(`UPDATE letter_signature SET link_hash = $2 WHERE lock = $1`, "gleb", []byte("hash")), "its link is kept"},
			{"one who counts has no tag", set(`UPDATE letter_signature SET tag = NULL WHERE lock = $1`, "egor"), "has no tag"},
			{"a name of one who has withdrawn", func(s scene) {
				s.exec(`UPDATE letter_name SET lock = $2 WHERE lock = $1`, s.lock("boris"), s.lock("vera, before"))
			}, "a name is kept"},
			{"another name", set(`UPDATE letter_name SET name = 'Boris Other' WHERE lock = $1`, "boris"), "does not open"},
			{"another name, while it waits", set(`UPDATE letter_name SET name = 'Egor Other' WHERE lock = $1`, "egor"), "does not open"},
			{"a name that is gone", set(`DELETE FROM letter_name WHERE lock = $1`, "dina"), "that a name is shown: true"},
			{"words without a name", set(`INSERT INTO letter_word (word, lock) VALUES ($2, $1)`, "one", []byte("word")), "words are kept"},
			{"a name without words", set(`DELETE FROM letter_word WHERE lock = $1`, "boris"), "has no words"},
			{"a removal that is gone", plain(`DELETE FROM letter_removal`), "is gone, or of another letter or reason"},
			{"a removal for another reason", plain(`UPDATE letter_removal SET reason = 3`), "is gone, or of another letter or reason"},
			{"removed by nobody", plain(`DELETE FROM letter_removed`), "in no removal"},
			{"one who counts in a removal", func(s scene) {
				s.exec(`INSERT INTO letter_removed (lock, removal) SELECT lock, $2 FROM letter_signature WHERE lock = $1`, s.lock("boris"), []byte("removal"))
			}, "and not removed"},
			{"an address", plain(`UPDATE letter_removal SET words = $1`, "x"+strings.ToLower(addresses["anna"])), "can be read"},
			{"an address in base64", plain(`UPDATE letter_removal SET words = $1`, base64.StdEncoding.EncodeToString([]byte("to "+addresses["vera"]+";"))), "can be read"},
			{"an address in hex, in bytes", plain(`INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, 'x', $2, $1)`, []byte("id"), []byte(hex.EncodeToString([]byte(addresses["dina"])))), "can be read"},
			{"a code", func(s scene) { s.exec(`UPDATE letter_removal SET words = $1`, lettertest.Code(s.last("boris"))) }, "can be read"},
			{"a private link", func(s scene) { s.exec(`UPDATE letter_removal SET words = $1`, s.Told["boris"].Link) }, "can be read"},
			{"a job that anybody can read", plain(`INSERT INTO job (id, kind, due, lease, tries, expires, payload) VALUES ($1, 'letter mail', 0, 0, 0, 0, $1)`, []byte("plain")), "is not sealed"},
			{"no share", func(s scene) { lettertest.Must(s.t, os.Remove(s.share())) }, "its share is gone"},
			{"closed in the log, open here", func(s scene) {
				l := s.letter()
				s.queue("close", nil, receipt.Marshal(receipt.Close{Campaign: l.Campaign, Letter: l.ID}))
			}, "and the log closes it"},
			{"an entry of the log", plain(`UPDATE log_entry SET data = $1 WHERE idx = 3`, []byte("spoilt")), "does not start"},
			{"a tile of the log", plain(`UPDATE log_tile SET data = $1`, make([]byte, 8192)), "does not open"},
			{"a pause that was told is not there", func(s scene) { s.states(letter.Paused) }, "organisers were told otherwise"},
			{"news that is gone", plain(`DELETE FROM news`), "addresses for news"},
			{"who wants no mail would get some", plain(`DELETE FROM letter_suppressed`), "zoya was told otherwise about mail"},
		},
		"": {
			{"nothing", func(scene) {}, ""},
			{"a tag", set(`UPDATE letter_signature SET tag = $2 WHERE lock = $1`, "egor", []byte("tag")), "1 tags"},
			{"a used token", func(s scene) {
				id := s.letter().ID
				s.exec(`INSERT INTO letter_used (token_hash, expires, letter) VALUES ($1, 30000, $2)`, []byte("hash"), id[:])
			}, "1 used tokens"},
			{"an address that wants no mail", func(s scene) {
				id := s.letter().ID
				s.exec(`INSERT INTO letter_suppressed (letter, tag) VALUES ($1, $2)`, id[:], []byte("tag"))
			}, "1 suppressed"},
			{"the share", func(s scene) { lettertest.Must(s.t, os.WriteFile(s.share(), make([]byte, 32), 0o600)) }, "share there true"},
			{"no certificate", plain(`DELETE FROM letter_certificate`), "the certificate of letter"},
			{"another number in the certificate", func(s scene) {
				note, err := s.s.Book.Certificate(s.t.Context(), s.letter().ID)
				lettertest.Must(s.t, err)
				c, err := receipt.OpenCertificate(note, s.s.Key(s.t))
				lettertest.Must(s.t, err)
				c.Counted++
				note, err = s.s.Log.Certify(c)
				lettertest.Must(s.t, err)
				s.exec(`UPDATE letter_certificate SET note = $1`, string(note))
			}, "the certificate of letter"},
			{"open again", plain(`UPDATE letter SET state = 'open'`), "and the log closes it"},
			{"closing again", plain(`UPDATE letter SET state = 'closing'`), "is closing and has a certificate"},
		},
	} {
		t.Run("before "+where, func(t *testing.T) {
			t.Parallel()
			from := newPlan(t, db.Config{})
			from.File = filepath.Join(filepath.Dir(from.Secret), "outcry.db")
			y := from.tell(t)
			y.begin()
			if i := slices.IndexFunc(y.life, func(s step) bool { return s.name == where }); i >= 0 {
				y.life = y.life[:i]
			}
			y.live()
			lettertest.Must(t, y.s.DB.Close())
			for _, p := range plants {
				t.Run(p.name, func(t *testing.T) {
					s := scene{copied(t, from).tell(t), t}
					p.spoil(s)
					broken := lettertest.Broken(t.Context(), s.s, s.told())
					found := slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, p.say) })
					if p.say == "" && len(broken) > 0 || p.say != "" && !found {
						t.Errorf("want %q; they say %q", p.say, broken)
					}
				})
			}
		})
	}
}

// copied is another installation just like one that is closed.
func copied(t *testing.T, p plan) plan {
	t.Helper()
	from, to := filepath.Dir(p.Secret), t.TempDir()
	lettertest.Must(t, os.CopyFS(to, os.DirFS(from)))
	for _, path := range []*string{&p.File, &p.Secret, &p.Past} {
		*path = filepath.Join(to, filepath.Base(*path))
		lettertest.Must(t, os.Chmod(*path, 0o600))
	}
	return p
}

// What can be signed no more is asked whether it can: the invariants' own asking leaves nothing.
func TestInvariantsChangeNothing(t *testing.T) {
	p := newPlan(t, db.Config{})
	p.File = filepath.Join(filepath.Dir(p.Secret), "outcry.db")
	y := p.tell(t)
	y.begin()
	y.life = y.life[:slices.IndexFunc(y.life, func(s step) bool { return s.name == "resume" })]
	y.live()
	if y.letter().State != letter.Paused {
		t.Fatal(y.letter().State)
	}
	before, err := y.s.Jobs.Count(t.Context())
	lettertest.Must(t, err)
	lettertest.Invariants(t, y.s, y.told())
	after, err := y.s.Jobs.Count(t.Context())
	lettertest.Must(t, err)
	if before != after {
		t.Errorf("%+v before, %+v after", before, after)
	}
}
