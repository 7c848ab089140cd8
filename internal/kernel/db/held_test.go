package db_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/test/peers"
)

// hold keeps every writer of the table of jobs waiting, from another process, until it is let go.
func hold(t *testing.T, driver, dsn string, begin ...string) (release func()) {
	t.Helper()
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range begin {
		if _, err := conn.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return sync.OnceFunc(func() {
		_, err := conn.ExecContext(context.Background(), "ROLLBACK")
		if err := errors.Join(err, conn.Close(), pool.Close()); err != nil {
			t.Error(err)
		}
	})
}

// While the database is held by a lock, all who write are told so within the time of two transactions, however many they are; and none of them has written
// by stealth when it is free again.
func TestHeldDatabaseRefusesAllSoon(t *testing.T) {
	const writers, limit = 600, 100 * time.Millisecond
	check := func(t *testing.T, d *db.DB, release func(), most time.Duration) {
		defer release()
		db.Hurry(d, limit, 3*limit)
		var wg sync.WaitGroup
		began := time.Now()
		for i := range writers {
			wg.Go(func() {
				err := d.Update(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(insertJob, []byte{byte(i), byte(i >> 8)}, "a")
					return err
				})
				if !fault.Is(err, fault.Busy) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took > most {
			t.Errorf("all were told after %v, want %v at most", took, most)
		}
		release()
		db.Hurry(d, time.Minute, time.Minute)
		if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(insertJob, []byte("after"), "a"); return err }); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d); n != 1 {
			t.Errorf("%d rows, want the one that was acknowledged", n)
		}
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		dsn, _ := peers.Postgres(t)
		d := dbtest.Open(t, db.Config{URL: dsn})
		check(t, d, hold(t, "pgx", dsn, "BEGIN", "LOCK TABLE job IN EXCLUSIVE MODE"), 5*time.Second)
	})
	t.Run("SQLite", func(t *testing.T) { // it waits for five seconds by itself
		t.Parallel()
		file := filepath.Join(t.TempDir(), "outcry.db")
		d := dbtest.Open(t, db.Config{File: file})
		check(t, d, hold(t, "sqlite", file, "BEGIN IMMEDIATE"), 13*time.Second)
	})
}

// stuck has the writer busy with a function of its own until it is let go.
func stuck(t *testing.T, d *db.DB) (release func()) {
	t.Helper()
	begun, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.Update(t.Context(), func(*db.Tx) error {
			once.Do(func() { close(begun) })
			<-free
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	<-begun
	return sync.OnceFunc(func() { close(free); wg.Wait() })
}

// Who leaves, or loses patience, before its turn has written nothing, and does not later either.
func TestWhoLeavesBeforeItsTurnWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		db.Hurry(d, 50*time.Millisecond, time.Minute)
		release := stuck(t, d)
		defer release()
		var ran atomic.Int64
		write := func(ctx context.Context) error {
			return d.Update(ctx, func(*db.Tx) error { ran.Add(1); return nil })
		}
		if err := write(t.Context()); !fault.Is(err, fault.Busy) {
			t.Errorf("who waits too long is told %v", err)
		}
		db.Hurry(d, time.Minute, time.Minute)
		gone, leave := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, leave)
		if err := write(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("who leaves is told %v", err)
		}
		release()
		for range 3 {
			if err := d.Update(t.Context(), func(*db.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if n := ran.Load(); n != 0 {
			t.Errorf("%d writes of people who had left", n)
		}
	})
}

// Who leaves in the middle of its transaction is told how it went.
func TestWhoLeavesInItsTurnIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, leave := context.WithCancel(t.Context())
		err := d.Update(ctx, func(tx *db.Tx) error {
			leave()
			time.Sleep(20 * time.Millisecond)
			_, err := tx.Exec(insertJob, []byte("a"), "a")
			return err
		})
		if n := count(t, d); err != nil || n != 1 {
			t.Errorf("%d rows: %v", n, err)
		}
	})
}

// Who goes on after a statement of its own has failed takes nobody's write along: PostgreSQL would roll all of the group back and call that a commit.
func TestSwallowedErrorLosesNobodysWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		release := stuck(t, d)
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() {
				err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(insertJob, []byte{byte(i)}, "a"); return err })
				if err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(50 * time.Millisecond) // all are in the queue, and so in one group, with this one at its end
		wg.Go(func() {
			_ = d.Update(t.Context(), func(tx *db.Tx) error { _, _ = tx.Exec("SELECT nothing"); return nil })
		})
		time.Sleep(50 * time.Millisecond)
		release()
		wg.Wait()
		if n := count(t, d); n != 9 {
			t.Errorf("%d rows of 9 that were acknowledged", n)
		}
	})
}

// down is a server that is not there, and counts who asks.
type down struct{ asked atomic.Int64 }

func (c *down) Driver() driver.Driver { return nil }

func (c *down) Connect(context.Context) (driver.Conn, error) {
	c.asked.Add(1)
	return nil, errors.New("nobody is here")
}

// However often people press a button while the server is away: it is asked a few times a second.
func TestNoStormOfConnections(t *testing.T) {
	server := &down{}
	pool := sql.OpenDB(db.Gated(server))
	defer pool.Close()
	pool.SetMaxOpenConns(10)
	var wg sync.WaitGroup
	var refused atomic.Int64
	over := time.Now().Add(time.Second)
	for range 50 {
		wg.Go(func() {
			for time.Now().Before(over) {
				if pool.PingContext(t.Context()) != nil {
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	// The first ones come together, ten at most; after each pause the same may happen.
	if n := server.asked.Load(); n < 2 || n > 110 || refused.Load() < 1000 {
		t.Errorf("the server was asked %d times, and %d were refused", n, refused.Load())
	}
}
