package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

const (
	loadRows  = 4096    // in one commit
	loadBytes = 4 << 20 // likewise, whichever comes first
	loadAtOne = 50      // in one statement
)

// MigrateTo brings the schema to a version, for a dump that was made at it. It goes forwards only.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	p, err := d.provider()
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return d.fail(err)
}

// Wanted is the version of the schema that this program wants.
func Wanted() (version int64, err error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	for _, name := range names {
		n, e := goose.NumericComponent(name)
		err, version = errors.Join(err, e), max(version, n)
	}
	return version, err
}

// Load puts a dump into this database, whose schema is at the dump's version and whose tables are empty; several commits, so that whoever is stopped in the
// middle has a part. after, if not nil, is told of each table that is in; progress, if not nil, of rows.
func (d *DB) Load(ctx context.Context, tables []Table, r *DumpReader, after func(table string) error, progress func(done int64)) (Dumped, error) {
	var parts []part
	err := d.View(ctx, func(tx *Tx) error {
		have, err := tx.columns()
		if err == nil {
			parts, err = plan(tables, have, r.Schema)
		}
		return err
	})
	if err != nil {
		return Dumped{}, err
	}
	for {
		name, columns, err := r.Table()
		if err == io.EOF {
			break
		}
		if err != nil {
			return r.Dumped(), err
		}
		i := slices.IndexFunc(parts, func(p part) bool { return p.table.Name == name })
		if i < 0 {
			return r.Dumped(), broken("a table %s, which no dump of this schema has", name)
		}
		p := parts[i]
		parts = slices.Delete(parts, i, i+1)
		if !slices.EqualFunc(columns, p.columns, func(have string, c column) bool { return have == c.name }) {
			return r.Dumped(), broken("table %s has the columns %q", name, columns)
		}
		if err := d.loadTable(ctx, p, r, progress); err != nil {
			return r.Dumped(), fmt.Errorf("table %s: %w", name, err)
		}
		if after != nil {
			if err := after(name); err != nil {
				return r.Dumped(), err
			}
		}
	}
	if len(parts) > 0 {
		return r.Dumped(), broken("table %s is missing", parts[0].table.Name)
	}
	return r.Dumped(), nil
}

func (d *DB) loadTable(ctx context.Context, p part, r *DumpReader, progress func(done int64)) error {
	names, fill := []string{}, []any{}
	for _, c := range p.columns {
		names = append(names, c.name)
	}
	for name, value := range p.table.Fill {
		names, fill = append(names, name), append(fill, value)
	}
	begin := "INSERT INTO " + p.table.Name + " (" + strings.Join(names, ", ") + ") VALUES "
	many, single := begin+blanks(loadAtOne, len(names)), begin+blanks(1, len(names))
	for more := true; more; {
		var rows [][]any
		for size := 0; len(rows) < loadRows && size < loadBytes; {
			row, err := r.Row()
			if err == io.EOF {
				more = false
				break
			}
			if err != nil {
				return err
			}
			for i, c := range p.columns {
				v, err := c.value(row[i])
				if err != nil {
					return broken("%v", err)
				}
				size += len(names)
				switch v := v.(type) {
				case []byte:
					size += len(v)
				case string:
					size += len(v)
				}
			}
			rows = append(rows, append(row, fill...))
		}
		err := d.Update(ctx, func(tx *Tx) error {
			for at := 0; at < len(rows); {
				query, n := single, 1
				if len(rows)-at >= loadAtOne {
					query, n = many, loadAtOne
				}
				if _, err := tx.Exec(query, slices.Concat(rows[at:at+n]...)...); err != nil {
					return err
				}
				at += n
			}
			return nil
		})
		if err != nil {
			return err
		}
		if progress != nil {
			progress(r.sum.Rows)
		}
	}
	return nil
}

// blanks are the placeholders of n rows: ($1, $2), ($3, $4)…
func blanks(n, columns int) string {
	var b strings.Builder
	at := 0
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range columns {
			b.WriteString([]string{"(", ", "}[min(j, 1)])
			at++
			b.WriteString("$" + strconv.Itoa(at))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// CountRows counts the rows of those tables of the plan that are kept, in one state of the database.
func (d *DB) CountRows(ctx context.Context, tables []Table) (map[string]int64, error) {
	counts := map[string]int64{}
	err := d.View(ctx, func(tx *Tx) error {
		have, err := tx.columns()
		if err != nil {
			return err
		}
		for _, t := range tables {
			if _, there := have[t.Name]; !there || len(t.Keep) == 0 {
				continue
			}
			var n int64
			if _, err := tx.One("SELECT count(*) FROM " + t.Name).Scan(&n); err != nil {
				return err
			}
			counts[t.Name] = n
		}
		return nil
	})
	return counts, err
}
