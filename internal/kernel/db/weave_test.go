package db_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

const insertOnce = `INSERT INTO job (id, kind, due, lease, tries, expires, payload) VALUES ($1, $2, 0, 0, 0, 0, $1) ON CONFLICT (id) DO NOTHING`

// woven runs n functions that are all queued before the first of them runs.
func woven(t *testing.T, d *db.DB, n int, fn func(i int, tx *db.Tx) error) []error {
	t.Helper()
	held, release := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.Update(t.Context(), func(*db.Tx) error { close(held); <-release; return nil })
	})
	<-held
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = d.Weave(t.Context(), func(tx *db.Tx) error { return fn(i, tx) }) })
	}
	time.Sleep(200 * time.Millisecond)
	close(release)
	wg.Wait()
	return errs
}

// Each decides by what its own statements did, whoever's came between; on PostgreSQL all have begun before the first is answered.
func TestWeave(t *testing.T) {
	const n = 100
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var begun, won atomic.Int64
		var together atomic.Bool
		for _, err := range woven(t, d, n, func(i int, tx *db.Tx) error {
			begun.Add(1)
			fresh, err := tx.Exec(insertOnce, []byte("the same"), "a")
			if err != nil {
				return err
			}
			if begun.Load() == n {
				together.Store(true)
			}
			won.Add(fresh)
			if _, err := tx.Exec(insertJob, []byte{byte(i)}, "a"); err != nil {
				return err
			}
			var kind string
			if found, err := tx.One(`SELECT kind FROM job WHERE id = $1`, []byte{byte(i)}).Scan(&kind); !found || err != nil {
				return fmt.Errorf("its own row: %v, %w", found, err)
			}
			changed, err := tx.Exec(`UPDATE job SET kind = 'b' WHERE id = $1`, []byte{byte(i)})
			if err == nil && changed != 1 {
				err = fmt.Errorf("%d rows changed", changed)
			}
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if won.Load() != 1 || count(t, d) != n+1 {
			t.Errorf("%d wrote the one row, and there are %d in all", won.Load(), count(t, d))
		}
		if d.Engine() == db.Postgres && !together.Load() {
			t.Error("they ran one after another")
		}
	})
}

// What fails, by a statement or by itself, neither takes its neighbours with it nor leaves a trace.
func TestAWovenFailureStaysAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		for i, err := range woven(t, d, 40, func(i int, tx *db.Tx) error {
			if _, err := tx.Exec(insertJob, []byte{byte(i)}, "a"); err != nil {
				return err
			}
			switch i % 4 {
			case 1:
				return boom
			case 2:
				panic("in a write")
			case 3:
				_, err := tx.Exec(insertJob, []byte{byte(i)}, "a")
				return err
			}
			return nil
		}) {
			if (i%4 == 0) != (err == nil) || i%4 == 1 && !errors.Is(err, boom) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if n := count(t, d); n != 10 {
			t.Errorf("%d rows, want 10", n)
		}
	})
}
