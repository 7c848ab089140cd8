package db_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/test/peers"
)

const touch = `UPDATE job SET tries = tries + 1 WHERE id = $1`

// two opens two writers on one PostgreSQL database that has the rows a and b.
func two(t *testing.T) (ours, theirs *db.DB) {
	t.Helper()
	dsn, _ := peers.Postgres(t)
	ours, theirs = dbtest.Open(t, db.Config{URL: dsn}), dbtest.Open(t, db.Config{URL: dsn})
	for _, id := range []string{"a", "b"} {
		if err := ours.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(insertJob, []byte(id), "k"); return err }); err != nil {
			t.Fatal(err)
		}
	}
	return ours, theirs
}

func tries(t *testing.T, d *db.DB) (a, b int) {
	t.Helper()
	if err := d.View(context.Background(), func(tx *db.Tx) error {
		if _, err := tx.One(`SELECT tries FROM job WHERE id = $1`, []byte("a")).Scan(&a); err != nil {
			return err
		}
		_, err := tx.One(`SELECT tries FROM job WHERE id = $1`, []byte("b")).Scan(&b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// Two processes that lock the same rows in opposite order: one is given up by PostgreSQL, and its write comes about all the same.
func TestDeadlockRunsAgain(t *testing.T) {
	ours, theirs := two(t)
	var runs [2]int
	var wg, both sync.WaitGroup
	both.Add(2)
	for i, d := range []*db.DB{ours, theirs} {
		ids := [][]byte{[]byte("a"), []byte("b")}
		wg.Go(func() {
			if err := d.Update(t.Context(), func(tx *db.Tx) error {
				runs[i]++
				if _, err := tx.Exec(touch, ids[i]); err != nil {
					return err
				}
				if runs[i] == 1 {
					both.Done()
					both.Wait()
				}
				_, err := tx.Exec(touch, ids[1-i])
				return err
			}); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if runs[0]+runs[1] != 3 {
		t.Errorf("%v runs, want one of the two again", runs)
	}
	if a, b := tries(t, ours); a != 2 || b != 2 {
		t.Errorf("a was written %d times, b %d, want 2 and 2", a, b)
	}
}

// A write that can't be put in line with another process's runs again, on what that wrote; and not for ever.
func TestSerializationFailureRunsAgain(t *testing.T) {
	for name, tc := range map[string]struct{ clashes, runs int }{"once": {1, 2}, "always": {99, 2}} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := two(t)
			runs := 0
			err := ours.Update(t.Context(), func(tx *db.Tx) error {
				runs++
				if _, err := tx.Exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
					return err
				}
				if _, err := tx.One(countJob).Scan(new(int)); err != nil {
					return err
				}
				if runs <= tc.clashes {
					if err := theirs.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(touch, []byte("a")); return err }); err != nil {
						t.Error(err)
					}
				}
				_, err := tx.Exec(touch, []byte("a"))
				return err
			})
			if fails := tc.clashes >= tc.runs; fails != fault.Is(err, fault.Busy) || !fails && err != nil {
				t.Error(err)
			}
			if a, _ := tries(t, ours); runs != tc.runs || a != 2 {
				t.Errorf("%d runs, %d writes, want %d and 2", runs, a, tc.runs)
			}
		})
	}
}

// What another error says is not tried again.
func TestOtherFailuresRunOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		runs := 0
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			runs++
			_, err := tx.Exec("INSERT INTO job (id) VALUES ($1)", []byte("a"))
			return err
		}); err == nil || runs != 1 {
			t.Errorf("%d runs: %v", runs, err)
		}
	})
}

// A panic's text might quote what nobody may read.
func TestPanicIsNotQuoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for want, value := range map[string]any{"string": "anna@example.org", "*errors.errorString": errors.New("anna@example.org")} {
			err := d.Update(t.Context(), func(*db.Tx) error { panic(value) })
			if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
				t.Errorf("%v, want the type %s alone", err, want)
			}
		}
	})
}
