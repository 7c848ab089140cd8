package jobs

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

func start() *clock {
	c := &clock{}
	c.ns.Store(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func add(t *testing.T, q *Queue, n int) {
	t.Helper()
	err := q.db.Update(t.Context(), func(tx *db.Tx) error {
		for range n {
			if err := q.Add(tx, Job{Kind: "mail", Payload: []byte("x"), Expires: q.now().Add(72 * time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// one leases and attempts everything due, in this goroutine.
func one(t *testing.T, q *Queue) int {
	t.Helper()
	rows, err := q.lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		q.write(t.Context(), q.attempt(t.Context(), r))
	}
	return len(rows)
}

func count(t *testing.T, q *Queue, want Count) {
	t.Helper()
	if c, err := q.Count(t.Context()); err != nil || c != want {
		t.Fatalf("%+v, want %+v: %v", c, want, err)
	}
}

// Later jobs have greater names, and those of one moment have names of their own.
func TestIDsFollowTheClock(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	last, seen := NewID(now.Add(-time.Microsecond)), map[ID]bool{}
	for i := range 1000 {
		id := NewID(now.Add(time.Duration(i/2) * time.Microsecond))
		if seen[id] {
			t.Fatal("two jobs have one name")
		}
		seen[id] = true
		if i%2 == 0 {
			if bytes.Compare(id[:], last[:]) <= 0 {
				t.Fatalf("%x comes after %x", last, id)
			}
		}
		last = id
	}
}

func TestEveryJobOnceAcrossProcesses(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		var mu sync.Mutex
		done := map[string]int{}
		ctx, cancel := context.WithCancel(t.Context())
		var all []*Queue
		var wg sync.WaitGroup
		for i := range 3 {
			var d *db.DB
			if i == 0 {
				d = dbtest.Open(t, c)
			} else {
				var err error
				if d, err = db.Open(ctx, c); err != nil {
					t.Fatal(err)
				}
				defer d.Close()
			}
			q := New(Config{DB: d, Now: time.Now})
			q.Handle("mail", func(_ context.Context, id, _ []byte) error {
				mu.Lock()
				defer mu.Unlock()
				done[string(id)]++
				return nil
			})
			all = append(all, q)
		}
		add(t, all[0], 300)
		for _, q := range all {
			wg.Go(func() { q.Run(ctx) })
		}
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if c, _ := all[0].Count(t.Context()); c.Waiting == 0 || time.Now().After(deadline) {
				break
			}
		}
		cancel()
		wg.Wait()
		count(t, all[0], Count{})
		if len(done) != 300 {
			t.Fatalf("%d different jobs done, want 300", len(done))
		}
		for id, n := range done {
			if n != 1 {
				t.Fatalf("job %x done %d times", id, n)
			}
		}
	})
}

func TestFailuresAreTriedAgainThenDie(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := start()
		q := New(Config{DB: d, Now: c.now})
		fail := errors.New("452")
		q.Handle("mail", func(context.Context, []byte, []byte) error { return fail })
		add(t, q, 1)
		if one(t, q) != 1 || one(t, q) != 0 {
			t.Fatal("tried again without a pause")
		}
		c.advance(11 * time.Second)
		if one(t, q) != 1 {
			t.Fatal("not tried again after the pause")
		}
		tries := 2
		for range 72 * 4 {
			c.advance(15 * time.Minute)
			tries += one(t, q)
		}
		if tries < 60 || tries > 120 {
			t.Fatalf("%d tries in 72 hours", tries)
		}
		c.advance(time.Hour)
		one(t, q)
		count(t, q, Count{Dead: 1})
		c.advance(8 * 24 * time.Hour)
		add(t, q, 1)
		one(t, q)
		count(t, q, Count{Waiting: 1})
	})
}

// A dead letter keeps nothing of what it was.
func TestDeadLetterIsEmpty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := start()
		q := New(Config{DB: d, Now: c.now})
		q.Handle("mail", func(context.Context, []byte, []byte) error { return Permanent(errors.New("550")) })
		add(t, q, 1)
		one(t, q)
		count(t, q, Count{Dead: 1})
		var size int
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			_, err := tx.One(`SELECT length(payload) FROM job`).Scan(&size)
			return err
		}); err != nil || size != 0 {
			t.Fatal(size, err)
		}
		c.advance(time.Hour)
		if one(t, q) != 0 {
			t.Fatal("a dead letter was tried")
		}
	})
}

// What a killed worker had in hand is done again once its lease is over, and not before.
func TestLeaseRunsOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := start()
		q := New(Config{DB: d, Now: c.now})
		q.Handle("mail", func(context.Context, []byte, []byte) error { panic("anna@example.org") })
		add(t, q, 1)
		if rows, _ := q.lease(t.Context()); len(rows) != 1 {
			t.Fatal("not leased")
		}
		c.advance(leaseTime - time.Second)
		if one(t, q) != 0 {
			t.Fatal("leased twice")
		}
		c.advance(2 * time.Second)
		if one(t, q) != 1 {
			t.Fatal("lost")
		}
		count(t, q, Count{Waiting: 1}) // the panic was caught and counts as a failure
	})
}

// A clock that goes back an hour delays a job by no more than its lease and that hour, and loses none.
func TestClockGoesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := start()
		q := New(Config{DB: d, Now: c.now})
		n := 0
		q.Handle("mail", func(context.Context, []byte, []byte) error { n++; return nil })
		add(t, q, 1)
		c.advance(-time.Hour)
		add(t, q, 1)
		one(t, q)
		c.advance(time.Hour)
		one(t, q)
		if n != 2 {
			t.Fatal(n)
		}
	})
}
