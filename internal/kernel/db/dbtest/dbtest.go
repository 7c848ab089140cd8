// Package dbtest runs a test on both engines.
package dbtest

import (
	"context"
	"path/filepath"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/test/peers"
)

// Each runs fn on a migrated, empty SQLite file and on a migrated, empty PostgreSQL database.
// Without PostgreSQL on the machine that half is skipped and says so.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachConfig(t, func(t *testing.T, c db.Config) { fn(t, Open(t, c)) })
}

// EachConfig is Each for tests that open the database themselves, more than once perhaps. Nothing is migrated yet.
func EachConfig(t *testing.T, fn func(t *testing.T, c db.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		fn(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		dsn, _ := peers.Postgres(t)
		fn(t, db.Config{URL: dsn})
	})
}

// Open opens and migrates a database and closes it with the test.
func Open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, err := d.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d
}
