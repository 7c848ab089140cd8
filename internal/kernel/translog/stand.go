package translog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// A log that goes on from an older state of itself, as of a restored backup, signs a second past: a fork, which nobody can take back. What proves that it
// would is a checkpoint that its own key signed and that this database is not the continuation of. Once one was seen it is kept, in the database, and no
// process signs any more: not a checkpoint, not a promise, not a certificate. It is judged anew each time, so that a newer copy of the database is free of
// it, and a renewed log, whose key did not sign it, too.

// ErrAnother says that this log's key has signed for another log than this database holds.
var ErrAnother = errors.New("translog: this log's key has signed another log")

// WayOut is what can be done about it.
const WayOut = "To go on from here would show two logs under one key, and readers would find that out. " +
	"Is there a newer copy of the database, on another disk, node or backup? Restore that. If what is lost is lost, say so in public and begin a new log over the same entries: " +
	"outcry log renew shows what it would do. docs/operate/witness.md has all of it"

// Another is a checkpoint that proves it; errors.Is knows it as ErrAnother.
type Another struct {
	By   string // who showed it; empty: it was kept
	Size int64  // what it says
	Have int64  // and what there is
}

func (e *Another) Error() string {
	shown := "there is a checkpoint"
	if e.By != "" {
		shown = "the witness " + e.By + " shows a checkpoint"
	}
	if e.Size > e.Have {
		return fmt.Sprintf("%s, signed by this log, of %d entries, and this database holds %d", shown, e.Size, e.Have)
	}
	return fmt.Sprintf("%s, signed by this log, of %d entries that are not the first %d of this database", shown, e.Size, e.Size)
}

// Is is for errors.Is.
func (e *Another) Is(target error) bool { return target == ErrAnother }

// Compare holds a checkpoint that somebody shows against the log as the database has it now. The error is an *Another if the log's key signed it and the
// log did not grow out of it; that of receipt.OpenCheckpoint if it is none, or another key's. Nothing is kept.
func (l *Log) Compare(ctx context.Context, by string, note []byte) error {
	err := l.db.View(ctx, func(tx *db.Tx) error { return l.continues(tx, note) })
	if a := (*Another)(nil); errors.As(err, &a) {
		a.By = by
	}
	return err
}

// Judge is Compare, and has every process of the installation stop if it finds an *Another.
func (l *Log) Judge(ctx context.Context, by string, note []byte) error {
	err := l.Compare(ctx, by, note)
	var a *Another
	if !errors.As(err, &a) {
		return err
	}
	l.halt(a)
	return errors.Join(err, l.db.Update(ctx, func(tx *db.Tx) error {
		if err := stillNamed(tx, l.vkey); err != nil {
			return err
		}
		return upsertRecount(tx, anotherName, a.Size, note)
	}))
}

// Stopped is what keeps the log from being signed, an *Another, or nil.
func (l *Log) Stopped(ctx context.Context) error {
	err := l.db.View(ctx, l.stands)
	var a *Another
	switch {
	case errors.As(err, &a):
		l.halt(a)
	case err == nil:
		l.halted.Store(nil)
	}
	return err
}

// Halted is Stopped as this process last heard it.
func (l *Log) Halted() error {
	if a := l.halted.Load(); a != nil {
		return fault.New(fault.Locked, "fault.waits").Because(a)
	}
	return nil
}

// BeforeSigning has a function asked before a batch is taken into the log, outside of any transaction; its error keeps the log as it is. It is set before
// anything is sequenced.
func (l *Log) BeforeSigning(fn func(ctx context.Context) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before = fn
}

func (l *Log) mayGrow(ctx context.Context) error {
	l.mu.Lock()
	before := l.before
	l.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(ctx)
}

// halt has this process know, and says so once.
func (l *Log) halt(a *Another) {
	if l.halted.Swap(a) == nil {
		l.log.Error("nothing is signed any more", slog.Any("error", a), slog.String("way_out", WayOut))
	}
}

// stands fails with *Another if a checkpoint is kept that this database is not the continuation of.
func (l *Log) stands(tx *db.Tx) error {
	note, err := selectRecount(tx, anotherName)
	if err != nil || note == nil {
		return err
	}
	err = l.continues(tx, note)
	if f := (*receipt.Fault)(nil); errors.As(err, &f) {
		return nil // another key's: the log was renewed
	}
	return err
}

// continues reads each hash from the database: what is in memory may be of what was there before.
func (l *Log) continues(tx *db.Tx, note []byte) error {
	key, err := receipt.ParseKey(l.vkey)
	if err != nil {
		return err
	}
	tree, err := receipt.OpenCheckpoint(note, key)
	if err != nil {
		return err
	}
	have, _, _, err := selectState(tx)
	if err != nil {
		return err
	}
	if tree.N > have {
		return &Another{Size: tree.N, Have: have}
	}
	root, err := tlog.TreeHash(tree.N, hashes(tx, new(tiles)))
	if err == nil && root != tree.Hash {
		return &Another{Size: tree.N, Have: have}
	}
	return err
}
