package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"outcry/internal/kernel/fault"
)

// unit is one function waiting for its commit.
type unit struct {
	ctx  context.Context
	fn   func(*Tx) error
	err  error
	done chan error
}

var errClosed = fault.New(fault.Busy, "fault.busy").Because(errors.New("the database is closing"))

// Update runs fn in a transaction that others may share and returns once it is on the disk. fn may run more than once; see the
// package comment. If ctx ends before fn begins it is not run; later its outcome is unknown to the caller, though never half.
// A full queue answers at once with a fault of kind Busy.
func (d *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	u := &unit{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case <-d.stop:
		return errClosed
	default:
	}
	select {
	case d.queue <- u:
	default:
		return fault.New(fault.Busy, "fault.busy").Because(errors.New("too many writes wait"))
	}
	select {
	case err := <-u.done:
		return err
	case <-d.done:
		select {
		case err := <-u.done:
			return err
		default:
			return errClosed
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the one writer: without a timer, it takes what has gathered while the last commit was on its way.
func (d *DB) write() {
	defer close(d.done)
	defer d.drop()
	group := make([]*unit, 0, groupMost)
	for {
		select {
		case u := <-d.queue:
			group = d.gather(append(group[:0], u))
			d.settle(group)
		case <-d.stop:
			for group = d.gather(group[:0]); len(group) > 0; group = d.gather(group[:0]) {
				d.settle(group)
			}
			return
		}
	}
}

func (d *DB) gather(group []*unit) []*unit {
	for len(group) < groupMost {
		select {
		case u := <-d.queue:
			group = append(group, u)
		default:
			return group
		}
	}
	return group
}

// settle commits the group, or each of it alone, and tells everyone how it went. Whom PostgreSQL itself rolled back for another process's sake is
// run once more, after a breath in which the other takes what we let go.
func (d *DB) settle(group []*unit) {
	err := d.commit(group)
	if err == nil {
		for _, u := range group {
			u.done <- d.fail(u.err)
		}
		return
	}
	if len(group) > 1 {
		d.log.Debug("a group of writes runs one by one", slog.Int("writes", len(group)))
	}
	for _, u := range group {
		if len(group) > 1 {
			err = d.commit([]*unit{u})
		}
		if clashed(err) {
			d.log.Debug("a write met another process's and runs again")
			time.Sleep(breath)
			err = d.commit([]*unit{u})
		}
		if err == nil {
			err = u.err
		}
		u.done <- d.fail(err)
	}
}

// clashed tells whether PostgreSQL gave a transaction up to end a deadlock, or because it could not be put in line with another.
func clashed(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "40P01" || pe.Code == "40001")
}

// commit runs the functions in one transaction. A caller who has left meanwhile is passed over.
func (d *DB) commit(group []*unit) (err error) {
	ctx := context.Background() // modernc starts a goroutine a statement for a context that can end
	if d.engine == Postgres {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	if err := d.connect(ctx); err != nil {
		return err
	}
	begin := "BEGIN IMMEDIATE"
	if d.engine == Postgres {
		begin = "BEGIN"
	}
	if _, err := d.conn.ExecContext(ctx, begin); err != nil {
		d.drop()
		return err
	}
	open := true
	defer func() {
		if err == nil || !open {
			return
		}
		if _, e := d.conn.ExecContext(ctx, "ROLLBACK"); e != nil || isConn(err) {
			d.drop()
		}
	}()
	tx := &Tx{ctx: ctx, db: d, run: d.conn}
	if d.engine == SQLite {
		tx.run = prepared{d}
	}
	for _, u := range group {
		if u.err = u.ctx.Err(); u.err != nil {
			continue
		}
		if err := safely(u.fn, tx); err != nil {
			return err
		}
	}
	d.told(false)
	if _, err := d.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	open = false
	d.told(true)
	return nil
}

// safely keeps a panic in one caller's function from ending everyone's writer.
func safely(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %T", p) // its text might quote a private value
		}
	}()
	return fn(tx)
}

func (d *DB) connect(ctx context.Context) (err error) {
	if d.conn != nil {
		return nil
	}
	d.stmts = map[string]*sql.Stmt{}
	d.conn, err = d.pool.Conn(ctx)
	return err
}

// drop gives the writer's connection up, and with it whatever was half done on it.
func (d *DB) drop() {
	if d.conn == nil {
		return
	}
	for _, s := range d.stmts {
		s.Close()
	}
	// Raw with ErrBadConn makes the pool discard the connection instead of handing it on.
	_ = d.conn.Raw(func(any) error { return driver.ErrBadConn })
	d.conn.Close()
	d.conn, d.stmts = nil, nil
}
