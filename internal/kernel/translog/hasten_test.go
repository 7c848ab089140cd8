package translog

import (
	"bytes"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/receipt"
)

// Who is called leaves at once, the others at their time; who is due already is not called.
func TestHasten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		l := open(t, d, func() time.Time { return now })
		later := now.Add(time.Hour)
		queue(t, l,
			Leaf{Ref: ref(1), Data: []byte("a"), Pool: []byte("one"), NotBefore: later},
			Leaf{Ref: ref(2), Data: []byte("b"), Pool: []byte("two"), NotBefore: later},
			Leaf{Ref: ref(3), Data: []byte("c"), NotBefore: later},
			Leaf{Ref: ref(4), Data: []byte("c"), NotBefore: now})
		hasten := func() (n int) {
			t.Helper()
			if err := d.Update(t.Context(), func(tx *db.Tx) (err error) {
				n, err = l.Hasten(tx, func(pool, data []byte) bool {
					return bytes.Equal(pool, []byte("one")) || bytes.Equal(data, []byte("c"))
				})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := hasten(); n != 2 {
			t.Fatalf("%d were called", n)
		}
		if n := hasten(); n != 0 {
			t.Fatalf("%d were called twice", n)
		}
		logged := func(want ...bool) {
			t.Helper()
			for i, w := range want {
				if err := d.View(t.Context(), func(tx *db.Tx) error {
					got, err := l.Logged(tx, ref(i+1))
					if got != w {
						t.Errorf("leaf %d: in the log: %v, want %v", i+1, got, w)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		logged(false, false, false, false)
		if n := sequence(t, l); n != 3 {
			t.Fatalf("%d left", n)
		}
		logged(true, false, true, true)
		now = later
		if n := sequence(t, l); n != 1 {
			t.Fatalf("%d left at its time", n)
		}
		check(t, l)
	})
}

// However much waits about what is not in the log yet, that goes first.
func TestWhatStandsAloneIsNotCrowdedOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		l := open(t, d, func() time.Time { return now })
		var leaves []Leaf
		for i := range batchMost + 10 {
			leaves = append(leaves, Leaf{Ref: ref(i), Data: []byte("about"), Of: ref(1 << 30), NotBefore: now})
		}
		queue(t, l, leaves...)
		queue(t, l, Leaf{Ref: ref(1 << 30), Data: []byte("alone"), NotBefore: now})
		if n := sequence(t, l); n != batchMost {
			t.Fatalf("%d left at first", n)
		}
		if n := sequence(t, l); n != 11 {
			t.Fatalf("%d left then", n)
		}
	})
}

// A certificate is signed under the log's own key and name.
func TestCertify(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d, time.Now)
		want := receipt.Certificate{Letter: receipt.Letter{1}, Campaign: receipt.Campaign{2}, Entry: 3, Size: 4, Counted: 5, On: "2026-11-20"}
		note, err := l.Certify(want)
		if err != nil {
			t.Fatal(err)
		}
		key, err := receipt.ParseKey(l.Key())
		if err != nil {
			t.Fatal(err)
		}
		got, err := receipt.OpenCertificate(note, key)
		want.Origin = origin
		if err != nil || got != want {
			t.Fatalf("%+v %v", got, err)
		}
	})
}
