package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

const (
	insertJob = `INSERT INTO job (id, kind, due, lease, tries, expires, payload) VALUES ($1, $2, 0, 0, 0, 0, $1)`
	countJob  = `SELECT count(*) FROM job`
)

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.View(context.Background(), func(tx *db.Tx) error {
		_, err := tx.One(countJob).Scan(&n)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManyWritersOneCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				err := d.Update(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(insertJob, []byte{byte(i), byte(i >> 8)}, "a")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != 300 {
			t.Fatalf("%d rows, want 300", n)
		}
	})
}

// One failing function must neither take its neighbours with it nor leave a trace of its own.
func TestAFailureStaysAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := d.Update(t.Context(), func(tx *db.Tx) error {
					if _, err := tx.Exec(insertJob, []byte{byte(i)}, "a"); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return boom
					case 2:
						panic("in a write")
					}
					return nil
				})
				if (i%3 == 0) != (err == nil) {
					t.Errorf("%d: %v", i, err)
				}
				if i%3 == 1 && !errors.Is(err, boom) {
					t.Errorf("%d: %v, want boom", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != 20 {
			t.Fatalf("%d rows, want 20", n)
		}
	})
}

func TestALeftCallerIsPassedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Update(ctx, func(tx *db.Tx) error { t.Error("was run"); return nil }); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestOneAndEach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.View(t.Context(), func(tx *db.Tx) error {
			var n int
			if found, err := tx.One(`SELECT tries FROM job WHERE id = $1`, []byte("none")).Scan(&n); found || err != nil {
				t.Fatal(found, err)
			}
			return tx.Each(`SELECT tries FROM job`, nil, func(func(...any) error) error { t.Fatal("a row"); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A look sees what was committed before it, one statement at a time.
func TestLook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for want := range 3 {
			n := -1
			if err := d.Look(t.Context(), func(tx *db.Tx) error {
				_, err := tx.One(countJob).Scan(&n)
				return err
			}); err != nil || n != want {
				t.Fatalf("%d rows, want %d: %v", n, want, err)
			}
			if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(insertJob, []byte{byte(want)}, "a"); return err }); err != nil {
				t.Fatal(err)
			}
		}
		d.Close()
		if err := d.Look(t.Context(), func(tx *db.Tx) error { _, err := tx.One(countJob).Scan(new(int)); return err }); err == nil {
			t.Fatal("a closed database was looked at")
		}
	})
}

func TestMigrateTwiceIsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if n, err := d.Migrate(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if m, err := d.Schema(t.Context()); err != nil || m.Have != m.Want || m.Want == 0 {
			t.Fatal(m, err)
		}
	})
}

// The same value planted and deleted must not stay in SQLite's file, once its log is folded in.
func TestDeletedBytesAreGone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "outcry.db")
	d := dbtest.Open(t, db.Config{File: file})
	secret := []byte("a-value-that-was-deleted")
	for _, q := range []string{insertJob, `DELETE FROM job WHERE id = $1 AND kind = $2`} {
		if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q, secret, "k"); return err }); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	for _, name := range []string{file, file + "-wal"} {
		b, _ := os.ReadFile(name)
		if strings.Contains(string(b), string(secret)) {
			t.Errorf("%s still has it", filepath.Base(name))
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.db")
	os.WriteFile(bad, []byte(strings.Repeat("this is not a database ", 100)), 0o600)
	for name, tc := range map[string]struct {
		c    db.Config
		want string
	}{
		"no folder":      {db.Config{File: filepath.Join(dir, "none", "x.db")}, "folder"},
		"not a database": {db.Config{File: bad}, "not a database"},
		"no server":      {db.Config{URL: "postgres://u:secretpw@127.0.0.1:1/x"}, "does not answer"},
		"no address":     {db.Config{URL: "postgres://u:secretpw@127.0.0.1:port/x"}, "not an address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := db.Open(t.Context(), tc.c)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("%v, want %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "secretpw") {
				t.Fatalf("the password is in %q", err)
			}
		})
	}
}

func TestClosedAnswersBusy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		d.Close()
		if err := d.Update(t.Context(), func(*db.Tx) error { return nil }); !fault.Is(err, fault.Busy) {
			t.Fatal(err)
		}
	})
}
