package jobs

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// However slow a handler is, no job is done twice, and no attempt gets less time than promised. In the bubble a sleep lasts no time, but passes only when
// nothing else goes on, the disk and the server included.
func TestSlowHandlersDoEachJobOnce(t *testing.T) {
	const workers = 4
	for _, tc := range []struct {
		name         string
		queues, jobs int
		slow         time.Duration
	}{
		{"one process", 1, 160, 20 * time.Second},
		{"two processes", 2, 160, 20 * time.Second},
		{"one process, nearly too slow", 1, 96, attemptTime - time.Second},
		{"two processes, nearly too slow", 2, 96, attemptTime - time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					var mu sync.Mutex
					done := map[string]int{}
					var all []*Queue
					for range tc.queues {
						q := New(Config{DB: dbtest.Open(t, c), Workers: workers, Now: time.Now})
						q.Handle("mail", func(ctx context.Context, id, _ []byte) error {
							mu.Lock()
							done[string(id)]++
							mu.Unlock()
							select {
							case <-time.After(tc.slow):
								return nil
							case <-ctx.Done():
								t.Error("an attempt was stopped before its time")
								return ctx.Err()
							}
						})
						all = append(all, q)
					}
					add(t, all[0], tc.jobs)
					began := time.Now()
					var wg sync.WaitGroup
					for _, q := range all {
						wg.Go(func() { q.Run(ctx) })
					}
					best := time.Duration(tc.jobs/workers/tc.queues) * tc.slow
					for c := (Count{Waiting: int64(tc.jobs)}); c.Waiting > 0 && time.Since(began) < 3*best; time.Sleep(tc.slow / 8) {
						var err error
						if c, err = all[0].Count(ctx); err != nil {
							t.Fatal(err)
						}
					}
					took := time.Since(began)
					cancel()
					wg.Wait()
					count(t, all[0], Count{})
					if len(done) != tc.jobs {
						t.Errorf("%d different jobs done, want %d", len(done), tc.jobs)
					}
					twice := 0
					for _, n := range done {
						twice += n - 1
					}
					if twice > 0 {
						t.Errorf("%d attempts too many", twice)
					}
					// A second process may wait at times for what the first has in hand, until that gives it back.
					if most := 2*best + 2*leaseTime; took > most {
						t.Errorf("all took %v, want %v at most", took, most)
					}
				})
			})
		})
	}
}

// leaseOf is what the row says of its lease and tries.
func leaseOf(t *testing.T, q *Queue) (end int64, tries int) {
	t.Helper()
	if err := q.db.View(t.Context(), func(tx *db.Tx) error {
		_, err := tx.One(`SELECT lease, tries FROM job`).Scan(&end, &tries)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return end, tries
}

// A row that waited too long in hand is given back untried; who has it by then keeps it.
func TestWaitedTooLongInHand(t *testing.T) {
	const hold = leaseTime - attemptTime - endTime
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := start()
		q := New(Config{DB: d, Now: c.now})
		var had time.Duration
		q.Handle("mail", func(ctx context.Context, _, _ []byte) error {
			end, _ := ctx.Deadline()
			had = time.Until(end)
			return nil
		})
		take := func() row {
			t.Helper()
			rows, err := q.lease(t.Context())
			if err != nil || len(rows) != 1 {
				t.Fatal(len(rows), err)
			}
			return rows[0]
		}
		attempt := func(r row) time.Duration {
			t.Helper()
			had = 0
			q.write(t.Context(), q.attempt(t.Context(), r))
			return had
		}
		add(t, q, 1)
		first := take()
		c.advance(hold + time.Microsecond)
		if had := attempt(first); had != 0 {
			t.Fatalf("begun with %v left", had)
		}
		if end, tries := leaseOf(t, q); end != 0 || tries != 0 {
			t.Fatalf("not given back untried: lease %d, tries %d", end, tries)
		}
		second := take()
		c.advance(leaseTime)
		third := take() // another process, say
		attempt(second)
		if end, tries := leaseOf(t, q); end != third.lease || tries != 2 {
			t.Fatalf("the lease of another is gone: %d instead of %d, tries %d", end, third.lease, tries)
		}
		c.advance(hold)
		if had := attempt(third); had > attemptTime || had < attemptTime-5*time.Second {
			t.Fatalf("an attempt has %v, want %v", had, attemptTime)
		}
		count(t, q, Count{})

		// A clock that goes back gives no more time than a lease has.
		add(t, q, 1)
		fourth := take()
		c.advance(-time.Hour)
		if had := attempt(fourth); had > leaseTime-endTime || had < attemptTime {
			t.Fatalf("an attempt has %v after the clock went back", had)
		}
	})
}

// Who outlasts its lease, and fails, takes nothing from who has the job by then.
func TestLateFailureHasNoSay(t *testing.T) {
	for name, failure := range map[string]error{"for now": errors.New("452"), "for good": Permanent(errors.New("550"))} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				c := start()
				q := New(Config{DB: d, Now: c.now})
				var second []row
				q.Handle("mail", func(context.Context, []byte, []byte) (err error) {
					c.advance(leaseTime)
					if second, err = q.lease(t.Context()); len(second) != 1 || err != nil {
						t.Fatal(len(second), err)
					}
					return failure
				})
				add(t, q, 1)
				one(t, q)
				if end, _ := leaseOf(t, q); end != second[0].lease {
					t.Fatalf("lease %d, want %d", end, second[0].lease)
				}
				count(t, q, Count{Waiting: 1})
			})
		})
	}
}

// A server that stops gives back what it had not begun, so that the next start does it at once.
func TestStopGivesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := start()
		q := New(Config{DB: d, Workers: 1, Now: c.now})
		ctx, stop := context.WithCancel(t.Context())
		begun := make(chan struct{}, batch)
		q.Handle("mail", func(ctx context.Context, _, _ []byte) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		add(t, q, 20)
		ended := make(chan struct{})
		go func() {
			q.Run(ctx)
			close(ended)
		}()
		<-begun
		stop()
		<-ended
		q.Handle("mail", func(context.Context, []byte, []byte) error { return nil })
		if n := one(t, q); n != 20 {
			t.Fatalf("%d jobs at the next start, want 20", n)
		}
		count(t, q, Count{})
	})
}
