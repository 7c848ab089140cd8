package db_test

import (
	"errors"
	"slices"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// Who asked is told before each commit and after it, not of one that came to nothing.
func TestCommitIsTold(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		var heard []bool
		c.Commit = func(done bool) { heard = append(heard, done) }
		d := dbtest.Open(t, c)
		spoilt := errors.New("spoilt")
		for _, want := range []error{nil, spoilt, nil} {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				if want != nil {
					return want
				}
				_, err := tx.Exec(`INSERT INTO job (id, kind, due, lease, tries, expires, payload) VALUES ($1, 'a', 0, 0, 0, 0, $1)`, []byte{byte(len(heard))})
				return err
			})
			if !errors.Is(err, want) {
				t.Fatal(err)
			}
		}
		if n := count(t, d); n != 2 || !slices.Equal(heard, []bool{false, true, false, true}) {
			t.Errorf("%d rows; heard %v", n, heard)
		}
	})
}
