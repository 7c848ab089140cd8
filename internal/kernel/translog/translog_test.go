package translog

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

const origin = "free.example.org/log"

func open(t testing.TB, d *db.DB, now func() time.Time) *Log {
	t.Helper()
	u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(context.Background(), d, u, origin); err != nil {
		t.Fatal(err)
	}
	l, err := Open(context.Background(), Config{DB: d, Unlock: u, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func queue(t testing.TB, l *Log, leaves ...Leaf) {
	t.Helper()
	err := l.db.Update(context.Background(), func(tx *db.Tx) error {
		for _, leaf := range leaves {
			if err := l.Queue(tx, leaf); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sequence(t testing.TB, l *Log) int {
	t.Helper()
	n, err := l.Sequence(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ref(i int) []byte { return binary.BigEndian.AppendUint64([]byte("ref "), uint64(i)) }

func check(t testing.TB, l *Log) (entries [][]byte) {
	t.Helper()
	err := l.db.View(context.Background(), func(tx *db.Tx) error {
		_, err := l.Check(tx, func(_ int64, data []byte) error {
			entries = append(entries, bytes.Clone(data))
			return nil
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// The root of every size agrees with tlog's own, and every entry can be proven, across the borders of tiles.
func TestTreeIsTlogs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d, time.Now)
		next := 0
		for _, n := range []int{1, 1, 2, 250, 1, 1, 1, 255, 256, 513, 7} {
			var leaves []Leaf
			for range n {
				leaves = append(leaves, Leaf{Ref: ref(next), Data: fmt.Appendf(nil, "entry %d", next)})
				next++
			}
			queue(t, l, leaves...)
			if got := sequence(t, l); got != n {
				t.Fatalf("sequenced %d of %d", got, n)
			}
			entries := check(t, l)
			var stored []tlog.Hash
			reader := tlog.HashReaderFunc(func(ix []int64) (out []tlog.Hash, _ error) {
				for _, i := range ix {
					out = append(out, stored[i])
				}
				return out, nil
			})
			for i, e := range entries {
				h, err := tlog.StoredHashes(int64(i), e, reader)
				if err != nil {
					t.Fatal(err)
				}
				stored = append(stored, h...)
			}
			want, err := tlog.TreeHash(int64(len(entries)), reader)
			if err != nil {
				t.Fatal(err)
			}
			head, err := l.Head(t.Context())
			if err != nil || head.Size != int64(next) || head.Root != want {
				t.Fatalf("size %d root %v, want %d %v: %v", head.Size, head.Root, next, want, err)
			}
			for _, i := range []int64{0, int64(next) / 2, int64(next) - 1} {
				p, h, err := l.Proof(t.Context(), i)
				if err != nil {
					t.Fatal(err)
				}
				if err := tlog.CheckRecord(p, h.Size, h.Root, i, tlog.RecordHash(entries[i])); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i := range next {
			if _, found, err := l.Find(t.Context(), ref(i)); err != nil || !found {
				t.Fatal(i, found, err)
			}
		}
		if n, err := l.Waiting(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
	})
}

func TestWhatIsDue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 1, 14, 3, 0, 0, time.UTC)
		l := open(t, d, func() time.Time { return now })
		later := now.Add(7 * time.Minute)
		for i := range Crowd - 1 {
			queue(t, l, Leaf{Ref: ref(i), Data: []byte("crowd"), Pool: []byte("p"), NotBefore: later})
		}
		queue(t, l, Leaf{Ref: ref(90), Data: []byte("held"), NotBefore: later.Add(time.Minute)},
			Leaf{Ref: ref(91), Data: []byte("another pool"), Pool: []byte("q"), NotBefore: later})
		if n := sequence(t, l); n != 0 {
			t.Fatalf("%d left before their time and without a crowd", n)
		}
		queue(t, l, Leaf{Ref: ref(80), Data: []byte("crowd"), Pool: []byte("p"), NotBefore: later})
		if n := sequence(t, l); n != Crowd {
			t.Fatalf("%d left, want the crowd of %d", n, Crowd)
		}
		now = later
		if n := sequence(t, l); n != 1 {
			t.Fatalf("%d left, want the one whose time came", n)
		}
		now = later.Add(time.Hour)
		if n := sequence(t, l); n != 1 {
			t.Fatalf("%d left, want the held one", n)
		}
	})
}

// A dependent never stands before its sign, whenever either is queued, and names its index.
func TestDependents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 1, 14, 3, 0, 0, time.UTC)
		l := open(t, d, func() time.Time { return now })
		queue(t, l, Leaf{Ref: ref(1), Data: []byte("sign"), NotBefore: now.Add(time.Minute)},
			Leaf{Ref: ref(2), Data: []byte("withdraw"), Of: ref(1)})
		if n := sequence(t, l); n != 0 {
			t.Fatal("a dependent went first")
		}
		now = now.Add(time.Hour)
		for i := range 50 {
			queue(t, l, Leaf{Ref: ref(100 + i), Data: []byte("other")})
		}
		sequence(t, l)
		entries := check(t, l)
		at, _, _ := l.Find(t.Context(), ref(1))
		dep, _, _ := l.Find(t.Context(), ref(2))
		if want := receipt.AppendIndex([]byte("withdraw"), at.Index); !bytes.Equal(entries[dep.Index], want) || dep.Index <= at.Index {
			t.Fatalf("%q at %d, want %q after %d", entries[dep.Index], dep.Index, want, at.Index)
		}
	})
}

// A leaf that is queued again after it was sequenced is in the log once, and does not stop the rest.
func TestOnceOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d, time.Now)
		for range 2 {
			queue(t, l, Leaf{Ref: ref(1), Data: []byte("once")})
			sequence(t, l)
		}
		queue(t, l, Leaf{Ref: ref(1), Data: []byte("once")}, Leaf{Ref: ref(2), Data: []byte("next")})
		sequence(t, l)
		if entries := check(t, l); len(entries) != 2 || string(entries[1]) != "next" {
			t.Fatalf("%q", entries)
		}
		if n, _ := l.Waiting(t.Context()); n != 0 {
			t.Fatal(n)
		}
	})
}

// A leaf that got into the queue while another process sequenced it does not block the log for ever.
func TestABlockedQueueClears(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d, time.Now)
		queue(t, l, Leaf{Ref: ref(1), Data: []byte("once")})
		sequence(t, l)
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO log_queue (ref, data, not_before) VALUES ($1, $1, 0)`, ref(1))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		queue(t, l, Leaf{Ref: ref(2), Data: []byte("next")})
		_, _ = l.Sequence(t.Context())
		sequence(t, l)
		if entries := check(t, l); len(entries) != 2 || string(entries[1]) != "next" {
			t.Fatalf("%q", entries)
		}
	})
}

// Many sequencers at once, as several processes would run them: no leaf lost, none twice.
func TestSequencersAgree(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		d := dbtest.Open(t, c)
		l := open(t, d, time.Now)
		var others []*Log
		for range 3 {
			o, err := db.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			others = append(others, &Log{db: o, key: l.key, vkey: l.vkey, origin: l.origin, now: l.now})
		}
		var wg sync.WaitGroup
		for i := range 200 {
			queue(t, l, Leaf{Ref: ref(i), Data: ref(i)})
			if i%10 == 0 {
				for _, o := range others {
					wg.Go(func() {
						if _, err := o.Sequence(context.Background()); err != nil && !strings.Contains(err.Error(), "busy") {
							t.Error(err)
						}
					})
				}
			}
		}
		wg.Wait()
		sequence(t, l)
		seen := map[string]bool{}
		for _, e := range check(t, l) {
			seen[string(e)] = true
		}
		if len(seen) != 200 {
			t.Fatalf("%d different entries, want 200", len(seen))
		}
	})
}

// The order inside a batch is drawn: in 200 batches of two, either comes first now and then.
func TestOrderIsDrawn(t *testing.T) {
	first := 0
	for range 200 {
		if got := inOrder([]Leaf{{Ref: ref(1)}, {Ref: ref(2)}}); bytes.Equal(got[0].Ref, ref(1)) {
			first++
		}
	}
	if first < 50 || first > 150 {
		t.Fatalf("the first came first %d times of 200", first)
	}
}

// A log that was touched behind our back is found at start, and the place is named.
func TestCheckFindsTampering(t *testing.T) {
	for name, tc := range map[string]struct {
		statement string
		args      []any
		want      string
	}{
		"an entry's bytes": {`UPDATE log_entry SET data = $1 WHERE idx = 300`, []any{[]byte("forged")}, "entry 300"},
		"an entry is gone": {`DELETE FROM log_entry WHERE idx = 5`, nil, "index 6 stands where 5"},
		"the last is gone": {`DELETE FROM log_entry WHERE idx = 399`, nil, "end at 399"},
		"one too many":     {`INSERT INTO log_entry (idx, ref, data) VALUES (400, NULL, $1)`, []any{[]byte("x")}, "index 400"},
		"a tile's bytes":   {`UPDATE log_tile SET data = $1 WHERE level = 0 AND n = 0`, []any{make([]byte, 8192)}, "tile 0/0 disagrees"},
		"the upper tile":   {`UPDATE log_tile SET data = $1 WHERE level = 1 AND n = 0`, []any{make([]byte, 32)}, "tile 1/0 disagrees"},
		"a tile is gone":   {`DELETE FROM log_tile WHERE level = 0 AND n = 1`, nil, "tile 0/1"},
		"the root":         {`UPDATE log_state SET root = $1`, []any{make([]byte, 32)}, "root at size 400"},
		"the size":         {`UPDATE log_state SET size = 399`, nil, "of 399"},
		"the checkpoint":   {`UPDATE log_state SET note = $1`, []any{[]byte("x")}, "checkpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "x.db")})
			l := open(t, d, time.Now)
			var leaves []Leaf
			for i := range 400 {
				leaves = append(leaves, Leaf{Ref: ref(i), Data: ref(i)})
			}
			queue(t, l, leaves...)
			sequence(t, l)
			check(t, l)
			if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(tc.statement, tc.args...); return err }); err != nil {
				t.Fatal(err)
			}
			err := d.View(t.Context(), func(tx *db.Tx) error {
				_, err := l.Check(tx, func(int64, []byte) error { return nil })
				return err
			})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("%v, want %q", err, tc.want)
			}
		})
	}
}

func TestPromiseIsNoCheckpoint(t *testing.T) {
	d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "x.db")})
	l := open(t, d, time.Now)
	signed, err := l.Promise(tlog.RecordHash([]byte("leaf")), time.Date(2026, 11, 1, 14, 10, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	key, err := receipt.ParseKey(l.Key())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := receipt.OpenPromise(signed, key); err != nil || p.Leaf != tlog.RecordHash([]byte("leaf")) {
		t.Fatal(p, err)
	}
	if _, err := receipt.OpenCheckpoint(signed, key); err == nil {
		t.Fatal("a promise passes for a checkpoint")
	}
}

func TestRunWakesAndEnds(t *testing.T) {
	d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "x.db")})
	l := open(t, d, time.Now)
	grown := make(chan int64, 4)
	l.OnGrow(func(size int64) { grown <- size })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	data := make([]byte, 32)
	rand.Read(data)
	queue(t, l, Leaf{Ref: ref(1), Data: data})
	l.Wake()
	select {
	case size := <-grown:
		if size != 1 {
			t.Fatal(size)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nobody woke")
	}
	cancel()
	<-done
}

func BenchmarkSequence(b *testing.B) {
	d := dbtest.Open(b, db.Config{File: filepath.Join(b.TempDir(), "x.db")})
	l := open(b, d, time.Now)
	i := 0
	for b.Loop() {
		b.StopTimer()
		var leaves []Leaf
		for range 5000 {
			leaves = append(leaves, Leaf{Ref: ref(i), Data: make([]byte, 107)})
			i++
		}
		queue(b, l, leaves...)
		b.StartTimer()
		sequence(b, l)
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "leaves/s")
}
