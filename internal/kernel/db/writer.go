package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	pgxstd "github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"outcry/internal/kernel/fault"
)

// unit is one function waiting for its commit.
type unit struct {
	ctx   context.Context
	fn    func(*Tx) error
	err   error
	woven bool // see Weave
	again bool // see Tx.Again
	done  chan error
	taken atomic.Bool // by the writer, who will run it, or by its caller, who has given up: whoever is first
}

// take tells whether the unit is still nobody's, and makes it the caller's.
func (u *unit) take() bool { return u.taken.CompareAndSwap(false, true) }

var (
	errClosed = fault.New(fault.Busy, "fault.busy").Because(errors.New("the database is closing"))
	errLate   = fault.New(fault.Busy, "fault.busy").Because(errors.New("a write waited too long for its turn"))
)

// Update runs fn in a transaction that others may share and returns once it is on the disk. fn may run more than once; see the
// package comment. If ctx ends before fn's turn comes, it is never run; after that Update waits for the outcome, which takes as long as two
// transactions at the most. A full queue answers at once with a fault of kind Busy, and so does a turn that does not come within some seconds: then fn
// is never run either. An error of that kind about a commit leaves it open whether it came about, as every commit does whose answer is lost.
func (d *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return d.enqueue(&unit{ctx: ctx, fn: fn, done: make(chan error, 1)})
}

func (d *DB) enqueue(u *unit) error {
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
	turn := time.NewTimer(d.turn)
	defer turn.Stop()
	gone, late := u.ctx.Done(), turn.C
	for {
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
		case <-gone:
			if u.take() {
				return u.ctx.Err()
			}
			gone = nil
		case <-late:
			if u.take() {
				return errLate
			}
			late = nil
		}
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
			if group = d.gather(take(group[:0], u)); len(group) > 0 {
				d.settle(group)
			}
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
			group = take(group, u)
		default:
			return group
		}
	}
	return group
}

// take adds a unit to a group, unless its caller has given up.
func take(group []*unit, u *unit) []*unit {
	if u.take() {
		group = append(group, u)
	}
	return group
}

// settle commits the group, or each of it alone, and tells everyone how it went.
//
// Each alone is for a failure that one of them brought about. Where the database itself is away, full or held, all fail together: five hundred attempts, each
// with its own patience, would keep those waiting for hours who are told within seconds that they may try again. A lost connection is made anew once, since
// the server may have been restarted while nobody asked it anything. Whom PostgreSQL itself rolled back for another process's sake is run once more,
// after a breath in which the other takes what we let go.
func (d *DB) settle(group []*unit) {
	err := d.commit(group)
	if err != nil && lost(err) {
		for _, u := range group {
			u.again = true
		}
		err = d.commit(group)
	}
	if err == nil || d.away(err) {
		d.tell(group, err)
		return
	}
	if len(group) > 1 {
		d.log.Debug("a group of writes runs one by one", slog.Int("writes", len(group)))
	}
	for i, u := range group {
		if len(group) > 1 {
			err = d.commit([]*unit{u})
		}
		if clashed(err) {
			d.log.Debug("a write met another process's and runs again")
			time.Sleep(breath)
			err = d.commit([]*unit{u})
		}
		if err != nil && d.away(err) {
			d.tell(group[i:], err)
			return
		}
		d.tell(group[i:i+1], err)
	}
}

// tell tells each its own outcome, or the one of all if there is one.
func (d *DB) tell(group []*unit, all error) {
	for _, u := range group {
		if all != nil {
			u.err = all
		}
		u.done <- d.fail(u.err)
	}
}

// lost tells whether the connection is gone, and not merely slow.
func lost(err error) bool { return isConn(err) && !errors.Is(err, context.DeadlineExceeded) }

// away tells whether a failure is the database's as a whole, and of no single function's making.
func (d *DB) away(err error) bool {
	if fault.Of(err) != nil {
		return false
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		return unusable(se)
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code == "25006" || slices.Contains([]string{"08", "53", "57"}, pe.Code[:2]) // read-only; connection, resources, shutdown
	}
	return d.engine == Postgres && (errors.Is(err, context.DeadlineExceeded) || isConn(err))
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
		ctx, cancel = context.WithTimeout(ctx, d.patience)
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
	var woven []*unit
	for _, u := range group {
		if u.err = u.ctx.Err(); u.err != nil {
			continue
		}
		if u.woven {
			woven = append(woven, u)
			continue
		}
		tx.again = u.again
		if err := safely(u.fn, tx); err != nil {
			return err
		}
	}
	if len(woven) > 0 {
		if err := d.weave(tx, woven); err != nil {
			return err
		}
	}
	if err := d.whole(); err != nil {
		return err
	}
	d.told(false)
	if _, err := d.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	open = false
	d.told(true)
	return nil
}

var errSwallowed = errors.New("a write went on after a statement of it had failed")

// whole fails if a function went on after a statement had failed: PostgreSQL then rolls back at COMMIT and calls that no error, and everyone in the group would be
// told that they are counted.
func (d *DB) whole() error {
	if d.engine == SQLite {
		return nil
	}
	return d.conn.Raw(func(c any) error {
		if c.(*pgxstd.Conn).Conn().PgConn().TxStatus() == 'E' {
			return errSwallowed
		}
		return nil
	})
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
