package db_test

import (
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// Whatever the server, the role or the database are set to: a commit that was acknowledged is on the disk.
func TestCommitsAreOnTheDisk(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		ask, want := "PRAGMA synchronous", "2"
		if c.URL != "" {
			ask, want = "SHOW synchronous_commit", "on"
			careless := dbtest.Open(t, c)
			if err := careless.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$")
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		var writer, reader string
		d := dbtest.Open(t, c)
		if err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.One(ask).Scan(&writer); return err }); err != nil {
			t.Fatal(err)
		}
		if err := d.View(t.Context(), func(tx *db.Tx) error { _, err := tx.One(ask).Scan(&reader); return err }); err != nil {
			t.Fatal(err)
		}
		if writer != want {
			t.Errorf("the writer commits with %s, want %s (a reader says %s)", writer, want, reader)
		}
	})
}
