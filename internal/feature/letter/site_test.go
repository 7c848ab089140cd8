package letter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// each opens a site on both engines.
func each(t *testing.T, o lettertest.Options, fn func(t *testing.T, s *lettertest.Site)) {
	t.Helper()
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) { fn(t, lettertest.Open(t, c, o)) })
}

// atOnce is a letter whose leaves don't wait.
func atOnce() lettertest.Options {
	f := lettertest.File()
	f.Pace = letter.Immediate
	return lettertest.Options{File: f}
}

// refused wants a fault of a kind and key.
func refused(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != kind || f.Key != key {
		t.Fatalf("%v, want %v: %s", err, kind, key)
	}
}

// exec changes the database behind everyone's back.
func exec(t testing.TB, s *lettertest.Site, query string, args ...any) {
	t.Helper()
	lettertest.Must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s touched nothing", query)
		}
		return err
	}))
}

// number asks for one number.
func number(t testing.TB, s *lettertest.Site, query string, args ...any) (n int64) {
	t.Helper()
	lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
		_, err := tx.One(query, args...).Scan(&n)
		return err
	}))
	return n
}

const columnsOf = `SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid`
const columnsOfPostgres = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`

// tables reads every row of every table, each as one line, sorted.
func tables(t testing.TB, s *lettertest.Site) (rows []string) {
	t.Helper()
	query := columnsOf
	if s.DB.Engine() == db.Postgres {
		query = columnsOfPostgres
	}
	lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
		columns := map[string][]string{}
		err := tx.Each(query, nil, func(scan func(...any) error) error {
			var table, column string
			err := scan(&table, &column)
			columns[table] = append(columns[table], column)
			return err
		})
		if err != nil {
			return err
		}
		for table, names := range columns {
			err := tx.Each("SELECT "+strings.Join(names, ", ")+" FROM "+table, nil, func(scan func(...any) error) error {
				values, into := make([]any, len(names)), make([]any, len(names))
				for i := range values {
					into[i] = &values[i]
				}
				err := scan(into...)
				line := table
				for i, v := range values {
					if b, ok := v.([]byte); ok {
						v = string(b)
					}
					line += fmt.Sprintf(" %s=%v", names[i], v)
				}
				rows = append(rows, line)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	slices.Sort(rows)
	return rows
}

// of keeps the rows of one table.
func of(table string, rows []string) (kept []string) {
	for _, r := range rows {
		if strings.HasPrefix(r, table+" ") {
			kept = append(kept, r)
		}
	}
	return kept
}

// kinds are the entries' types.
func kinds(entries []receipt.Entry) (list []receipt.Type) {
	for _, e := range entries {
		list = append(list, e.Type())
	}
	return list
}

// verified folds the whole log as an auditor does.
func verified(t testing.TB, s *lettertest.Site) *receipt.Tally {
	t.Helper()
	var tally receipt.Tally
	lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
		_, err := s.Log.Check(tx, func(_ int64, data []byte) error { return tally.Add(data) })
		return err
	}))
	return &tally
}

// mine asks behind a private link.
func mine(t testing.TB, s *lettertest.Site, c letter.Counted) letter.Mine {
	t.Helper()
	m, err := s.Book.Mine(t.Context(), c.Secret)
	lettertest.Must(t, err)
	return m
}
