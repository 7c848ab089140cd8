package translog

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// Of several processes one at a time asks witnesses, and a larger checkpoint never gives way to a smaller one.
func TestCosigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		l := open(t, d, func() time.Time { return now })
		turn := func(want bool) {
			t.Helper()
			if mine, err := l.AskWitnesses(t.Context(), 9*time.Second); err != nil || mine != want {
				t.Fatalf("%v, %v", mine, err)
			}
		}
		turn(true)
		turn(false)
		now = now.Add(8 * time.Second)
		turn(false)
		now = now.Add(time.Second)
		turn(true)
		now = now.Add(-48 * time.Hour) // the clock was set back
		turn(true)
		turn(false)

		w, err := receipt.NewWitnessKey("ally.example/w")
		if err != nil {
			t.Fatal(err)
		}
		policy, err := receipt.NewPolicy(1, w.Witness)
		if err != nil {
			t.Fatal(err)
		}
		l.SetPolicy(policy)
		var notes [][]byte
		for i := range 2 {
			queue(t, l, Leaf{Ref: fmt.Appendf(nil, "ref %d", i), Data: fmt.Appendf(nil, "data %d", i)})
			sequence(t, l)
			h, err := l.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if met, err := l.KeepCosigned(t.Context(), h.Note); met || err != nil {
				t.Fatal("without a witness's signature it meets the policy", err)
			}
			line, err := w.Cosign(string(h.Note[:bytes.LastIndex(h.Note, []byte("\n\n"))+1]), now)
			if err != nil {
				t.Fatal(err)
			}
			notes = append(notes, append(bytes.Clone(h.Note), line...))
		}
		for _, i := range []int{1, 0} {
			if met, err := l.KeepCosigned(t.Context(), notes[i]); !met || err != nil {
				t.Fatal(met, err)
			}
		}
		if c, ok := l.Cosigned(); !ok || c.Size != 2 || len(c.By) != 1 {
			t.Errorf("%+v", c)
		}
		l.SetPolicy(policy) // as in a new process
		if err := l.LoadCosigned(t.Context()); err != nil {
			t.Fatal(err)
		}
		if h, err := l.Served(t.Context()); err != nil || !bytes.Equal(h.Note, notes[1]) {
			t.Errorf("%s %v", h.Note, err)
		}
		if proof, err := l.Consistency(t.Context(), 1, 2); err != nil {
			t.Error(err)
		} else if one, err := l.RootAt(t.Context(), 1); err != nil {
			t.Error(err)
		} else if two, err := l.RootAt(t.Context(), 2); err != nil || tlog.CheckTree(proof, 2, two, 1, one) != nil {
			t.Error("the proof does not lead from the one to the other", err)
		}
		if _, err := l.RootAt(t.Context(), 3); err == nil {
			t.Error("a root of what is not there")
		}
	})
}

func TestRenew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Create(t.Context(), d, u, origin); err != nil {
			t.Fatal(err)
		}
		reopen := func() *Log {
			l, err := Open(t.Context(), Config{DB: d, Unlock: u, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l := reopen()
		queue(t, l, Leaf{Ref: []byte("a"), Data: []byte("data")})
		sequence(t, l)
		before, err := l.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		more := func(*db.Tx, Renewal) error { told++; return nil }
		if r, err := Renew(t.Context(), d, u, true, more); err != nil || r.Size != 1 || told != 0 || reopen().Key() != l.Key() {
			t.Fatal(r, err, told)
		}
		if _, err := Renew(t.Context(), d, u, false, func(*db.Tx, Renewal) error { return fmt.Errorf("no") }); err == nil || reopen().Key() != l.Key() {
			t.Fatal("renewed by half", err)
		}
		r, err := Renew(t.Context(), d, u, false, more)
		if err != nil || told == 0 || r.New.Origin() != origin+"/2" || NextOrigin(r.New.Origin()) != origin+"/3" || r.Old.String() != l.Key() {
			t.Fatal(r, err)
		}
		if n, err := l.Sequence(t.Context()); err == nil || n != 0 { // a node that was forgotten, with the old key in its memory
			t.Errorf("the old key signed %d entries more", n)
		}
		renewed := reopen()
		after, err := renewed.Head(t.Context())
		if err != nil || after.Size != before.Size || after.Root != before.Root {
			t.Fatal(after, err)
		}
		if tree, err := receipt.OpenCheckpoint(after.Note, r.New); err != nil || tree.N != 1 {
			t.Error(err)
		}
		old, err := l.Certify(receipt.Certificate{Size: 1, Root: before.Root, On: "2026-11-22"})
		if err != nil {
			t.Fatal(err)
		}
		once, err := r.Anew(old)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := r.Anew(once); err != nil || !bytes.Equal(once, twice) { // the transaction may run again
			t.Errorf("signed anew a second time: %v", err)
		}
		sequence(t, renewed)
		err = renewed.Entries(t.Context(), 1, 2, func(_ int64, data []byte) error {
			e, err := receipt.Parse(data)
			if k, ok := e.(receipt.KeyEntry); err != nil || !ok || k.Kind != receipt.FormerLog || k.Fingerprint != sha256.Sum256([]byte(l.Key())) {
				t.Errorf("%+v %v", e, err)
			}
			return nil
		})
		if h, err2 := renewed.Head(t.Context()); err != nil || err2 != nil || h.Size != 2 {
			t.Error(h.Size, err, err2)
		}
	})
}
