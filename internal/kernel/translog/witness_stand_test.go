package translog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// A checkpoint that the log's key signed and the log did not grow out of stops every process, and nothing else does. A log that has grown to it is free of
// it, and so is a renewed one.
func TestStopsAtAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Create(t.Context(), d, u, origin); err != nil {
			t.Fatal(err)
		}
		var logs bytes.Buffer
		process := func() *Log {
			l, err := Open(t.Context(), Config{DB: d, Unlock: u, Now: time.Now, Log: slog.New(slog.NewTextHandler(&logs, nil))})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l, other := process(), process()
		grow := func(l *Log, n int) (err error) {
			at, err := l.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				queue(t, l, Leaf{Ref: fmt.Appendf(nil, "ref %d", at.Size+int64(i)), Data: fmt.Appendf(nil, "data %d", at.Size+int64(i))})
			}
			for done := 1; done > 0 && err == nil; {
				done, err = l.Sequence(t.Context())
			}
			return err
		}
		size := func() int64 {
			h, err := l.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.Size
		}
		if err := grow(l, 300); err != nil {
			t.Fatal(err)
		}
		past, err := l.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := grow(l, 10); err != nil {
			t.Fatal(err)
		}
		signed := func(l *Log, n int64, root tlog.Hash) []byte {
			note, err := receipt.SignCheckpoint(l.key, l.origin, tlog.Tree{N: n, Hash: root})
			if err != nil {
				t.Fatal(err)
			}
			return note
		}
		root := past.Root
		root[0] ^= 1
		var malformed *receipt.Fault
		stranger := bytes.Replace(past.Note, []byte("\n300\n"), []byte("\n311\n"), 1)
		for _, fine := range [][]byte{past.Note, signed(l, 300, past.Root)} {
			if err := l.Judge(t.Context(), "who", fine); err != nil {
				t.Error(err)
			}
		}
		for _, none := range [][]byte{nil, []byte("hello"), stranger} {
			if err := l.Judge(t.Context(), "who", none); !errors.As(err, &malformed) || errors.Is(err, ErrAnother) {
				t.Errorf("%q: %v", none, err)
			}
		}
		if err := errors.Join(l.Stopped(t.Context()), l.Halted(), grow(other, 1)); err != nil || size() != 311 {
			t.Fatal(err, size())
		}
		// What this process remembers of full tiles may be of a database that is not there any more.
		l.full.keep(tileKey{0, 0}, make([]byte, width*tlog.HashSize))
		if err := l.Compare(t.Context(), "who", past.Note); err != nil {
			t.Error("it is judged by what is in memory:", err)
		}
		l.full = tiles{}

		for name, test := range map[string]struct {
			note  []byte
			words string
		}{
			"another past": {signed(l, 300, root), "the witness who shows a checkpoint, signed by this log, of 300 entries that are not the first 300 of this database"},
			"ahead":        {signed(l, 400, root), "the witness who shows a checkpoint, signed by this log, of 400 entries, and this database holds 311"},
		} {
			if err := l.Compare(t.Context(), "who", test.note); !errors.Is(err, ErrAnother) || err.Error() != test.words || l.Halted() != nil || other.Stopped(t.Context()) != nil {
				t.Errorf("%s: comparing alone: %v", name, err)
			}
			logs.Reset()
			for range 3 {
				if err := l.Judge(t.Context(), "who", test.note); !errors.Is(err, ErrAnother) || err.Error() != test.words || !fault.Is(l.Halted(), fault.Locked) {
					t.Errorf("%s: %v", name, err)
				}
			}
			for who, l := range map[string]*Log{"who was told": l, "another": other, "a new one": process()} {
				if err := grow(l, 1); !errors.Is(err, ErrAnother) || size() != 311 {
					t.Errorf("%s: %s: %v, size %d", name, who, err, size())
				}
				if _, err := l.Promise(past.Root, time.Now()); !fault.Is(err, fault.Locked) {
					t.Errorf("%s: %s promises: %v", name, who, err)
				}
			}
			if n := strings.Count(logs.String(), "nothing is signed any more"); n != 3 || strings.Count(logs.String(), "outcry log renew") != 3 {
				t.Errorf("%s: three processes say it %d times:\n%s", name, n, logs.String())
			}
			if list, err := l.Recounts(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("%s: it stands among the statements: %v %v", name, list, err)
			}
			// As after a newer copy was restored.
			if err := d.Update(t.Context(), func(tx *db.Tx) error { return upsertRecount(tx, anotherName, 300, past.Note) }); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(l.Stopped(t.Context()), l.Halted(), other.Stopped(t.Context()), other.Halted()); err != nil {
				t.Errorf("%s: it does not go on: %v", name, err)
			}
		}
		if err := l.Judge(t.Context(), "who", signed(l, 400, root)); !errors.Is(err, ErrAnother) {
			t.Fatal(err)
		}
		kept := signed(l, 400, root)
		if _, err := Renew(t.Context(), d, u, false, func(*db.Tx, Renewal) error { return nil }); err != nil {
			t.Fatal(err)
		}
		renewed := process()
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return upsertRecount(tx, anotherName, 400, kept) }); err != nil { // a node that was forgotten
			t.Fatal(err)
		}
		if err := errors.Join(renewed.Stopped(t.Context()), grow(renewed, 1)); err != nil || size() < 312 {
			t.Error("a renewed log does not grow:", err, size())
		}
	})
}

// What is asked before signing keeps the log as it is, and is asked only when there is something to sign.
func TestBeforeSigning(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d, time.Now)
		no, asked := errors.New("no"), 0
		l.BeforeSigning(func(ctx context.Context) error { asked++; return no })
		if n, err := l.Sequence(t.Context()); n != 0 || err != nil || asked != 0 {
			t.Error(n, err, asked)
		}
		queue(t, l, Leaf{Ref: []byte("a"), Data: []byte("data")})
		if n, err := l.Sequence(t.Context()); n != 0 || !errors.Is(err, no) || asked != 1 {
			t.Error(n, err, asked)
		}
		no = nil
		if n, err := l.Sequence(t.Context()); n != 1 || err != nil || asked != 2 {
			t.Error(n, err, asked)
		}
	})
}
