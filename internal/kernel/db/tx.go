package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// runner is what a transaction needs of a connection: *sql.Tx for readers, the writer's own connection for writers.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Tx is a running transaction; it lives as long as the function it was given to.
type Tx struct {
	ctx context.Context
	db  *DB
	run runner

	again bool // see Again

	yield func(*statement) bool // of a woven function: waits for the statement's answer
}

// Again tells whether this function has run before in a transaction that may have come about: its answer was lost with the connection. What such a run did
// is then done, and of a run that was given up nothing is; the function finds out which by what it finds. Not for a woven function.
func (tx *Tx) Again() bool { return tx.again }

// text fills the blanks of a statement.
func (tx *Tx) text(query string) string {
	if strings.IndexByte(query, '{') < 0 {
		return query
	}
	return tx.db.blanks.Replace(query)
}

// Exec runs a statement and tells how many rows it touched.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.yield != nil {
		s := &statement{query: tx.text(query), args: args}
		if !tx.yield(s) {
			return 0, errCut
		}
		return s.rows, nil
	}
	res, err := tx.run.ExecContext(tx.ctx, tx.text(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Row is the answer to One.
type Row struct {
	rows *sql.Rows
	err  error
}

// One asks for at most one row.
func (tx *Tx) One(query string, args ...any) Row {
	rows, err := tx.run.QueryContext(tx.ctx, tx.text(query), args...)
	return Row{rows, err}
}

// Scan reads the row into dest and tells whether there was one.
func (r Row) Scan(dest ...any) (bool, error) {
	if r.err != nil {
		return false, r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		return false, r.rows.Err()
	}
	if err := r.rows.Scan(dest...); err != nil {
		return false, err
	}
	return true, r.rows.Close()
}

// Each hands every row to fn, which scans it.
func (tx *Tx) Each(query string, args []any, fn func(scan func(dest ...any) error) error) error {
	rows, err := tx.run.QueryContext(tx.ctx, tx.text(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Exclusive holds a lock of that number until the transaction ends, against every other process on this database.
// SQLite's one writer holds it already.
func (tx *Tx) Exclusive(key int64) error {
	if tx.db.engine == SQLite {
		return nil
	}
	_, err := tx.Exec("SELECT pg_advisory_xact_lock($1)", key)
	return err
}

// prepared is the writer's connection with its statements kept: modernc parses a text at each call otherwise;
// pgx keeps them by itself.
type prepared struct{ db *DB }

func (p prepared) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.db.stmts[query]; ok {
		return s, nil
	}
	s, err := p.db.conn.PrepareContext(ctx, query)
	if err == nil {
		p.db.stmts[query] = s
	}
	return s, err
}

func (p prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (p prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// looks are the readers' connections on SQLite, with the statements of Look kept.
type looks struct {
	*sql.DB
	stmts sync.Map // query → *sql.Stmt
}

func (l *looks) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	kept, ok := l.stmts.Load(query)
	if !ok {
		s, err := l.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		if kept, ok = l.stmts.LoadOrStore(query, s); ok {
			s.Close()
		}
	}
	return kept.(*sql.Stmt).QueryContext(ctx, args...)
}

// isConn tells whether the connection, rather than the statement, is at fault.
func isConn(err error) bool {
	var ne net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &ne) || errors.As(err, new(*pgconn.ConnectError)) ||
		(err != nil && pgconn.SafeToRetry(err))
}
