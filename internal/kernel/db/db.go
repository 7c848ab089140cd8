// Package db runs one SQL text on two engines: SQLite inside the process, and PostgreSQL.
//
// There is one writer. [DB.Update] queues a function; a goroutine runs what is queued in one transaction and commits it
// once, so that a thousand people signing at the same moment wait for a few syncs of the disk and not for a thousand.
// If anything in a group fails, the group is rolled back and each function runs again alone; and once more, if PostgreSQL gives it up for
// another process's sake (a deadlock, a serialization failure). Hence a function given to Update may run more than once: it does no I/O of its
// own, and returns what it expects to be refused as an outcome, not as an error.
//
// Statements are plain constants with $n placeholders in the dialect both engines share. What differs is a named blank in
// the text ({share}, {update}) or a method of [Tx] (Exclusive); there are no others.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pgxstd "github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"outcry/internal/kernel/fault"
)

// Engine names what is behind a DB.
type Engine uint8

const (
	SQLite Engine = iota
	Postgres
)

// String is the engine's name as documents print it.
func (e Engine) String() string {
	if e == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Config says which database to open. Exactly one of File and URL is set.
type Config struct {
	File string // path of the SQLite file; made if missing, its folder must exist
	URL  string // postgres://…
	Log  *slog.Logger

	// Commit, if not nil, is told before each commit of the writer and, if it came about, after it. It is for tests that stop the process there: no
	// command and no setting leads to it.
	Commit func(done bool)
}

const (
	groupMost = 512  // functions in one commit
	queueMost = 4096 // functions waiting; beyond that the caller is told to try again
	readers   = 8
	breath    = 50 * time.Millisecond

	// Who writes is told within turn, patience and patience again at the most, and nearly always much earlier.
	patience = 15 * time.Second // a group on PostgreSQL that takes longer is given up
	turn     = 5 * time.Second  // who waits longer than that for its turn gives up
)

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	engine Engine
	pool   *sql.DB // writer's connection and, on PostgreSQL, the readers'
	reads  *sql.DB
	looks  looks // reads, on SQLite
	log    *slog.Logger
	told   func(done bool) // Config.Commit
	blanks *strings.Replacer
	dial   *pgx.ConnConfig // of PostgreSQL, for the connection that listens

	turn, patience time.Duration

	queue chan *unit
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once

	// owned by the writer goroutine
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// Open opens the database and starts its writer. It does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	d := &DB{log: c.Log, told: c.Commit, turn: turn, patience: patience, queue: make(chan *unit, queueMost), stop: make(chan struct{}), done: make(chan struct{})}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.told == nil {
		d.told = func(bool) {}
	}
	open := d.openSQLite
	if c.URL != "" {
		open = d.openPostgres
	}
	if err := open(ctx, c); err != nil {
		return nil, err
	}
	go d.write()
	return d, nil
}

func (d *DB) openSQLite(ctx context.Context, c Config) error {
	d.engine, d.blanks = SQLite, strings.NewReplacer("{share}", "", "{update}", "", "{blob}", "BLOB", "{norowid}", "WITHOUT ROWID", "{bytewise}", "")
	if _, err := os.Stat(filepath.Dir(c.File)); err != nil {
		return fmt.Errorf("the database's folder: %w", err)
	}
	// A first connection makes the file, so that its rights are ours alone before anything is in it.
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the database file: %w", err)
	}
	f.Close()
	dsn := func(more ...string) string {
		q := url.Values{"_pragma": {
			"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "foreign_keys(ON)",
			"temp_store(MEMORY)", "journal_size_limit(4194304)",
		}}
		q["_pragma"] = append(q["_pragma"], more...)
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: c.File}).EscapedPath(), RawQuery: q.Encode()}).String()
	}
	// Keys are random, so a large letter's writes touch pages all over: the writer keeps 16 MiB of them, readers the usual 2.
	if d.pool, err = sql.Open("sqlite", dsn("cache_size(-16384)")); err != nil {
		return err
	}
	d.pool.SetMaxOpenConns(2) // the writer's, and one for migrations
	if err = d.pool.PingContext(ctx); err != nil {
		d.pool.Close()
		return fmt.Errorf("%s is not a database we can use: %w", c.File, err)
	}
	if d.reads, err = sql.Open("sqlite", dsn("query_only(ON)")); err != nil {
		return err
	}
	d.reads.SetMaxOpenConns(readers)
	d.reads.SetMaxIdleConns(readers)
	d.looks.DB = d.reads
	return nil
}

func (d *DB) openPostgres(ctx context.Context, c Config) error {
	d.engine, d.blanks = Postgres, strings.NewReplacer("{share}", "FOR SHARE", "{update}", "FOR UPDATE", "{blob}", "BYTEA", "{norowid}", "", "{bytewise}", `COLLATE "C"`)
	conf, err := pgx.ParseConfig(c.URL)
	if err != nil {
		// pgx's own text quotes the address, and with it perhaps a password.
		return errors.New("--database is not an address of PostgreSQL; it looks like postgres://user@host:5432/name")
	}
	conf.RuntimeParams["application_name"] = "outcry"
	conf.RuntimeParams["synchronous_commit"] = "on" // who is told "you are counted" is on the disk, whatever the server's own settings say
	// A node that lost its power in the middle of a transaction must not hold its locks against the others until the network notices, which is hours.
	conf.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	conf.RuntimeParams["tcp_keepalives_idle"], conf.RuntimeParams["tcp_keepalives_interval"], conf.RuntimeParams["tcp_keepalives_count"] = "20", "10", "3"
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 5 * time.Second
	}
	d.dial = conf
	d.pool = sql.OpenDB(&gate{Connector: pgxstd.GetConnector(*conf)})
	d.pool.SetMaxOpenConns(readers + 2)
	d.pool.SetMaxIdleConns(readers + 2)
	d.reads = d.pool
	if err := d.pool.PingContext(ctx); err != nil {
		d.pool.Close()
		return fmt.Errorf("PostgreSQL at %s does not answer: %w", conf.Host, mute(err))
	}
	return nil
}

// mute drops what a driver's connection error says of the address it dialled: only the server's own code stays.
func mute(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s (SQLSTATE %s)", pe.Message, pe.Code)
	}
	if inner := errors.Unwrap(err); inner != nil && errors.As(err, new(*pgconn.ConnectError)) {
		return inner
	}
	return err
}

// Engine tells which engine it is; only doctor and tests ask.
func (d *DB) Engine() Engine { return d.engine }

// Close lets the writer finish what is queued and closes the connections.
func (d *DB) Close() error {
	d.once.Do(func() { close(d.stop) })
	<-d.done
	err := d.pool.Close()
	if d.reads != d.pool {
		err = errors.Join(err, d.reads.Close())
	}
	return err
}

// Flush moves what SQLite's log of writes holds into the database file and empties that log, so that what was overwritten is not left in
// it. It waits for readers for some seconds, and then says that it is busy. On PostgreSQL there is nothing to do.
func (d *DB) Flush(ctx context.Context) error {
	if d.engine == Postgres {
		return nil
	}
	for range 50 {
		var busy, written, moved int
		err := d.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &written, &moved)
		if err != nil || busy == 0 {
			return d.fail(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fault.New(fault.Busy, "fault.busy").Because(errors.New("readers hold SQLite's log of writes"))
}

// Check asks the database for a sign of life; for /healthz.
func (d *DB) Check(ctx context.Context) error {
	return d.Look(ctx, func(tx *Tx) error {
		_, err := tx.One("SELECT 1").Scan(new(int))
		return err
	})
}

// View runs fn on one consistent state of the database. fn only reads.
func (d *DB) View(ctx context.Context, fn func(*Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if d.engine == SQLite {
		opts = nil
	}
	t, err := d.reads.BeginTx(ctx, opts)
	if err != nil {
		return d.fail(err)
	}
	defer t.Rollback()
	return d.fail(fn(&Tx{ctx: ctx, db: d, run: t}))
}

// Look is View for one statement, which is of one state by itself: it spares the two that begin and end a transaction.
func (d *DB) Look(ctx context.Context, fn func(*Tx) error) error {
	run := runner(d.reads)
	if d.engine == SQLite {
		run = &d.looks
	}
	return d.fail(fn(&Tx{ctx: ctx, db: d, run: run}))
}

// fail turns what a driver says into a fault where the caller can do something about it.
func (d *DB) fail(err error) error {
	if err == nil || fault.Of(err) != nil || errors.Is(err, context.Canceled) {
		return err
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		if unusable(se) {
			return fault.New(fault.Busy, "fault.busy").Because(err)
		}
		return err
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		switch pe.Code[:2] {
		case "08", "53", "57", "40", "25": // connection, resources, shutdown, rollback, read-only
			return fault.New(fault.Busy, "fault.busy").Because(mute(err))
		}
		return mute(err)
	}
	if errors.Is(err, context.DeadlineExceeded) || d.engine == Postgres && isConn(err) {
		return fault.New(fault.Busy, "fault.busy").Because(mute(err))
	}
	return err
}

// unusable tells whether an SQLite error is about the file and its disk, and not about a statement.
func unusable(err *sqlite.Error) bool {
	switch err.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}
