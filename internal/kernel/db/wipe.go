package db

import "context"

const tablesPostgres = `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() ORDER BY tablename`

// Tables names what tables there are in a PostgreSQL database, ours or not; for who wants an empty one. Of SQLite it tells nothing: there an empty
// database is a new file.
func (d *DB) Tables(ctx context.Context) (names []string, err error) {
	if d.engine != Postgres {
		return nil, nil
	}
	rows, err := d.pool.QueryContext(ctx, tablesPostgres)
	if err != nil {
		return nil, d.fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, d.fail(err)
		}
		names = append(names, name)
	}
	return names, d.fail(rows.Err())
}

// Wipe drops every table of a PostgreSQL database. It is for whoever found it empty and filled it for a while: a rehearsal.
func (d *DB) Wipe(ctx context.Context) error {
	names, err := d.Tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := d.pool.ExecContext(ctx, `DROP TABLE IF EXISTS "`+name+`" CASCADE`); err != nil {
			return d.fail(err)
		}
	}
	return nil
}
