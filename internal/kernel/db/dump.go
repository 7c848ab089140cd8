package db

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Table says what a dump keeps of one table. All tables and columns that there are must be named: what nobody decided about is an error, so that
// nothing is kept, or lost, by oversight.
type Table struct {
	Name  string
	Since int64            // schema version that made it
	Keep  []string         // columns that are kept; none: of the table nothing is
	Key   []string         // columns that order the rows; never one that tells when a row came
	Fill  map[string]int64 // columns that are not kept, and what stands in them after loading
	Later map[string]int64 // columns of Keep that came with a later schema than the table, and with which
	Why   string           // in a line, for whoever reads the plan
}

// kind is what a column holds, the same on both engines.
type kind uint8

const (
	whole kind = iota + 1
	text
	octets
)

// column is a column as the database has it.
type column struct {
	name string
	kind kind
}

const (
	columnsOfSQLite   = `SELECT m.name, p.name, p.type FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.name, p.cid`
	columnsOfPostgres = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
	schemaTable       = "goose_db_version" // goose's own: made anew by the migrations of where a dump is loaded
)

// columns reads which tables there are, and their columns.
func (tx *Tx) columns() (map[string][]column, error) {
	query := columnsOfSQLite
	if tx.db.engine == Postgres {
		query = columnsOfPostgres
	}
	all := map[string][]column{}
	err := tx.Each(query, nil, func(scan func(...any) error) error {
		var table, name, says string
		if err := scan(&table, &name, &says); err != nil {
			return err
		}
		if table == schemaTable {
			return nil
		}
		kinds := map[string]kind{"BLOB": octets, "BYTEA": octets, "TEXT": text, "INTEGER": whole, "BIGINT": whole, "INT": whole}
		k := kinds[strings.ToUpper(says)]
		if k == 0 {
			return fmt.Errorf("column %s of table %s is of the kind %q, which no dump knows", name, table, says)
		}
		all[table] = append(all[table], column{name, k})
		return nil
	})
	return all, err
}

// part is a table as a dump of this schema holds it.
type part struct {
	table   Table
	columns []column // of Table.Keep those that there are
}

// plan holds what was decided against what there is, at a version of the schema.
func plan(tables []Table, have map[string][]column, schema int64) (list []part, err error) {
	left := map[string]bool{}
	for name := range have {
		left[name] = true
	}
	for _, t := range tables {
		if !left[t.Name] {
			if t.Since > schema {
				continue
			}
			return nil, fmt.Errorf("there is no table %s", t.Name)
		}
		delete(left, t.Name)
		if len(t.Keep) == 0 {
			continue
		}
		p := part{table: t}
		for _, name := range t.Keep {
			i := slices.IndexFunc(have[t.Name], func(c column) bool { return c.name == name })
			switch {
			case i >= 0:
				p.columns = append(p.columns, have[t.Name][i])
			case t.Later[name] <= schema:
				return nil, fmt.Errorf("there is no column %s in table %s", name, t.Name)
			}
		}
		for _, c := range have[t.Name] {
			if _, filled := t.Fill[c.name]; !filled && !slices.Contains(t.Keep, c.name) {
				return nil, fmt.Errorf("nobody decided whether a backup keeps column %s of table %s", c.name, t.Name)
			}
		}
		list = append(list, p)
	}
	for name := range left {
		return nil, fmt.Errorf("nobody decided whether a backup keeps table %s", name)
	}
	return list, nil
}

// CheckPlan holds a plan against the tables and columns of this database; the error names the first that it forgets, or that there is not.
func (d *DB) CheckPlan(ctx context.Context, tables []Table) error {
	m, err := d.Schema(ctx)
	if err != nil {
		return err
	}
	return d.View(ctx, func(tx *Tx) error {
		have, err := tx.columns()
		if err == nil {
			_, err = plan(tables, have, m.Have)
		}
		return err
	})
}

// Dumped is how much a dump holds.
type Dumped struct {
	Rows   int64            `json:"rows"`
	Tables map[string]int64 `json:"tables"` // rows by table
}

// Dump writes what the plan keeps, all from one state of the database, whoever writes meanwhile; the rows of a table in the order of its key. about
// stands before it, for the caller's own use. progress, if not nil, is told now and then. Not more than a few hundred KiB is in memory at a time.
func (d *DB) Dump(ctx context.Context, tables []Table, about json.RawMessage, out io.Writer, progress func(done, of int64)) (sum Dumped, err error) {
	m, err := d.Schema(ctx)
	if err != nil {
		return sum, err
	}
	err = d.View(ctx, func(tx *Tx) error {
		have, err := tx.columns()
		if err != nil {
			return err
		}
		parts, err := plan(tables, have, m.Have)
		if err != nil {
			return err
		}
		of := int64(0)
		for _, p := range parts {
			var n int64
			if _, err := tx.One("SELECT count(*) FROM " + p.table.Name).Scan(&n); err != nil {
				return err
			}
			of += n
		}
		w, err := newDumpWriter(out, dumpHead{Schema: m.Have, Engine: d.engine.String(), About: about})
		if err != nil {
			return err
		}
		for _, p := range parts {
			if err := tx.dumpTable(p, w, func(rows int64) {
				if progress != nil {
					progress(rows, of)
				}
			}); err != nil {
				return fmt.Errorf("table %s: %w", p.table.Name, err)
			}
		}
		sum = w.sum
		return w.end()
	})
	return sum, err
}

// dumpTick is how many rows pass between two words on progress.
const dumpTick = 1000

func (tx *Tx) dumpTable(p part, w *dumpWriter, tell func(rows int64)) error {
	names := make([]string, len(p.columns))
	for i, c := range p.columns {
		names[i] = c.name
	}
	if err := w.table(p.table.Name, names); err != nil {
		return err
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + p.table.Name + " ORDER BY " + strings.Join(p.table.Key, ", ")
	err := tx.Each(query, nil, func(scan func(...any) error) error {
		if err := tx.ctx.Err(); err != nil {
			return err
		}
		if err := scan(into...); err != nil {
			return err
		}
		for i, c := range p.columns {
			v, err := c.value(values[i])
			if err != nil {
				return err
			}
			values[i] = v
		}
		if w.sum.Rows%dumpTick == 0 {
			tell(w.sum.Rows)
		}
		return w.row(values)
	})
	if err != nil {
		return err
	}
	tell(w.sum.Rows)
	return w.endTable()
}

// value is what the driver gave, as the column's kind has it: SQLite does not hold columns to their types.
func (c column) value(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int64:
		if c.kind == whole {
			return x, nil
		}
	case []byte:
		switch c.kind {
		case octets:
			return x, nil
		case text:
			return string(x), nil
		}
	case string:
		switch c.kind {
		case octets:
			return []byte(x), nil
		case text:
			return x, nil
		}
	}
	return nil, fmt.Errorf("column %s holds a %T", c.name, v)
}
