package db

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	pgxstd "github.com/jackc/pgx/v5/stdlib"
)

// Weave is Update for a function that bears the statements of others between its own: one that decides by what its statements did, and not by what it read
// before. On PostgreSQL those of a group then share their ways to the server: all first statements go together, then all second ones, so that a hundred
// signers wait for three answers and not for three hundred. What is promised of Update holds; One and Each are asked at once, each by itself.
func (d *DB) Weave(ctx context.Context, fn func(*Tx) error) error {
	return d.enqueue(&unit{ctx: ctx, fn: fn, woven: d.engine == Postgres, done: make(chan error, 1)})
}

// statement is what a woven function waits for.
type statement struct {
	query string
	args  []any
	rows  int64
}

// thread is a woven function that stops at each of its statements.
type thread struct {
	next func() (*statement, bool)
	err  error // what it returned, once next has no more
}

var errCut = errors.New("the group of a woven write was given up")

// weave runs the functions side by side. An error is one of theirs, and the group's: all of them are to run again.
func (d *DB) weave(tx *Tx, group []*unit) error {
	if len(group) == 1 {
		return safely(group[0].fn, tx)
	}
	threads := make([]*thread, len(group))
	for i, u := range group {
		t := &thread{}
		next, stop := iter.Pull(func(yield func(*statement) bool) {
			t.err = safely(u.fn, &Tx{ctx: tx.ctx, db: tx.db, run: tx.run, yield: yield})
		})
		defer stop()
		t.next, threads[i] = next, t
	}
	for {
		batch, going := &pgx.Batch{}, threads[:0]
		for _, t := range threads {
			s, more := t.next()
			if t.err != nil {
				return t.err
			}
			if more {
				going = append(going, t)
				batch.Queue(s.query, s.args...).Exec(func(tag pgconn.CommandTag) error {
					s.rows = tag.RowsAffected()
					return nil
				})
			}
		}
		if threads = going; len(threads) == 0 {
			return nil
		}
		if err := d.conn.Raw(func(c any) error { return c.(*pgxstd.Conn).Conn().SendBatch(tx.ctx, batch).Close() }); err != nil {
			return err
		}
	}
}
