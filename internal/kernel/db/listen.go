package db

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is PostgreSQL's name of what processes of one installation tell each other.
const channel = "outcry"

// Word is all that one process tells the others: what sort of thing has changed. They look for themselves at what it was. It says nothing of anybody, for
// PostgreSQL may keep what is told on its disk for a while.
type Word string

const (
	Grown   Word = "log"  // the log has new entries
	Changed Word = "case" // a case or a letter has changed
	Hidden  Word = "name" // a shown name is gone, or is another one now
	Unsure  Word = ""     // said by Listen itself: whatever was told meanwhile was not heard
)

const (
	deaf    = time.Second      // between two attempts to hear again
	silence = 10 * time.Second // after which the connection is asked whether it is one still
	answer  = 5 * time.Second  // within which it must say so
)

// Tell has the other processes on this database hear a word once the transaction is committed. On SQLite, where no other serves, it does nothing.
func (tx *Tx) Tell(w Word) error {
	if tx.db.engine == SQLite {
		return nil
	}
	_, err := tx.Exec("SELECT pg_notify($1, $2)", channel, string(w))
	return err
}

// Listen hands over what processes on this database tell, this one's own words too, until ctx ends. It holds a connection of its own, besides the pool's.
// While that can't be had, heard is told Unsure about once a second, and once more when it is there. What comes is only a reason to look earlier: who listens
// looks now and then without one. heard must return quickly. On SQLite Listen returns at once.
func (d *DB) Listen(ctx context.Context, heard func(Word)) {
	if d.engine == SQLite {
		return
	}
	for was := true; ctx.Err() == nil; {
		err := d.listen(ctx, func(w Word) { was = true; heard(w) })
		if ctx.Err() != nil {
			return
		}
		if was {
			d.log.Warn("other processes can't be heard for now", slog.Any("error", mute(err)))
			was = false
		}
		heard(Unsure)
		select {
		case <-ctx.Done():
		case <-time.After(deaf - rand.N(deaf/4)):
		}
	}
}

// listen hears until the connection fails.
func (d *DB) listen(ctx context.Context, heard func(Word)) error {
	soon, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	conn, err := pgx.ConnectConfig(soon, d.dial)
	if err != nil {
		return err
	}
	defer func() {
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(soon)
	}()
	if _, err := conn.Exec(soon, "LISTEN "+channel); err != nil {
		return err
	}
	heard(Unsure)
	for {
		quiet, cancel := context.WithTimeout(ctx, silence)
		n, err := conn.WaitForNotification(quiet)
		over := quiet.Err() != nil
		cancel()
		switch {
		case err == nil:
			heard(Word(n.Payload))
		case ctx.Err() != nil || !over || conn.IsClosed():
			return err
		default: // a wire that was cut says nothing either
			if err := ping(ctx, conn); err != nil {
				return err
			}
		}
	}
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	soon, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	return conn.Ping(soon)
}
