package db_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// What was overwritten is in none of SQLite's files after a flush; writing goes on.
func TestFlush(t *testing.T) {
	mark := []byte("what is to be forgotten 4f1c")
	file := filepath.Join(t.TempDir(), "outcry.db")
	d := dbtest.Open(t, db.Config{File: file})
	left := func() (n int) {
		for _, name := range []string{file, file + "-wal"} {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(raw, mark)
		}
		return n
	}
	update := func(query string, args ...any) {
		t.Helper()
		if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	update(insertJob, []byte("id"), string(mark))
	update(`UPDATE job SET kind = 'x'`)
	if left() == 0 {
		t.Fatal("nothing is left before the flush: the search is blind")
	}
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 0 {
		t.Fatalf("%d times in the files", n)
	}
	update(insertJob, []byte("id 2"), "x")
	if n := count(t, d); n != 2 {
		t.Fatalf("%d rows", n)
	}
}

// Another process that reads keeps the flush waiting, and not for ever.
func TestFlushWaitsForReaders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "outcry.db")
	d := dbtest.Open(t, db.Config{File: file})
	reader, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	hold, err := reader.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Query(countJob); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(insertJob, []byte("id"), "x"); return err }); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if err := d.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) && !fault.Is(err, fault.Busy) {
		t.Fatal("flushed under a reader's feet:", err)
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFlushIsNothingOnPostgres(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			if err := d.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
