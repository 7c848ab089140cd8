// Package translog is the append-only log: a queue, one sequencer, tiles and signed checkpoints, in the application's own
// database, so that what is logged commits together with what it is about.
//
// It knows bytes and a reference only; what an entry means is receipt's and its author's business. Formats are C2SP's
// (c2sp.org/tlog-tiles, tlog-checkpoint, signed-note) over golang.org/x/mod/sumdb/tlog, so that any client of such logs can judge ours.
//
// The way of a leaf: [Log.Queue] inside its author's transaction → [Log.Sequence] takes what is due, in an order drawn by
// crypto/rand, gives it indexes, writes entries and tiles and signs a checkpoint, in one transaction again. A leaf has one
// reference and is sequenced once; a dependent leaf never stands before what it is about.
package translog

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// Crowd is how many leaves of one pool leave together without waiting for their time.
const Crowd = 16

const (
	batchMost   = 8192
	lockNumber  = 0x6f757463            // PostgreSQL's advisory lock of the sequencer
	breath      = time.Second           // between two checkpoints
	idle        = 50 * time.Millisecond // between two looks at the queue, however often we are woken
	wrapPurpose = "log key"
)

// ErrNone says that this database has no log yet.
var ErrNone = errors.New("translog: no log in this database")

// Leaf is what is queued: bytes under a reference of its own.
type Leaf struct {
	Ref       []byte
	Data      []byte
	Of        []byte    // reference of the entry it is about; that one's index is appended to Data, 8 bytes big-endian
	Pool      []byte    // leaves of one pool leave as soon as a Crowd of them waits; nil waits for NotBefore alone
	NotBefore time.Time // not sequenced earlier; the zero time is at once
}

// Config is what a Log is opened with.
type Config struct {
	DB     *db.DB
	Unlock *seal.Unlock
	Now    func() time.Time
	Log    *slog.Logger

	// Checked, if not nil, is told how far Check has come: before the first entry, and every few thousand after it up to the last.
	Checked func(done, of int64)
}

// Log is an open log. Its methods may be called from any goroutine.
type Log struct {
	db     *db.DB
	key    ed25519.PrivateKey // nil while the secret is locked; under mu
	vkey   string
	origin string
	now    func() time.Time
	log    *slog.Logger
	wake   chan struct{}
	full   tiles

	checked func(done, of int64) // Config.Checked

	righted time.Time // by Run's goroutine alone; see clock.go

	witnessed witnessed // see cosign.go

	halted atomic.Pointer[Another] // see stand.go

	mu     sync.Mutex
	grown  []func(size int64)
	before func(ctx context.Context) error // see stand.go
	about  []func(tx *db.Tx, of []byte, index int64, data []byte) error
}

// Create makes the log of this installation: a key under the given origin, for life, and the checkpoint of the empty tree.
// It leaves a log that is already there alone.
func Create(ctx context.Context, d *db.DB, u *seal.Unlock, origin string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	key, err := receipt.NewKey(origin, public)
	if err != nil {
		return fmt.Errorf("translog: a log can't be named %q: %w", origin, err)
	}
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		return err
	}
	signed, err := receipt.SignCheckpoint(private, origin, tlog.Tree{N: 0, Hash: root})
	if err != nil {
		return err
	}
	return insertLog(ctx, d, key.String(), u.Wrap(wrapPurpose, private.Seed()), root, signed)
}

// Open opens the log. The error is ErrNone where there is none, and wraps seal.ErrOpen under another unlock secret. Under one that is locked it can be read;
// what signs fails with seal.ErrLocked until [Log.Unlock].
func Open(ctx context.Context, c Config) (*Log, error) {
	vkey, wrapped, err := selectLogKey(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	key, err := receipt.ParseKey(vkey)
	if err != nil {
		return nil, err
	}
	var private ed25519.PrivateKey
	if !c.Unlock.Locked() {
		if private, err = unwrapKey(c.Unlock, wrapped); err != nil {
			return nil, err
		}
	}
	l := &Log{db: c.DB, key: private, vkey: vkey, origin: key.Origin(), now: c.Now, log: c.Log, wake: make(chan struct{}, 1)}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.checked = c.Checked; l.checked == nil {
		l.checked = func(int64, int64) {}
	}
	return l, nil
}

// Origin is the log's name: the public URL at its beginning, without scheme, plus "/log".
func (l *Log) Origin() string { return l.origin }

// Key is the verifier key, as signed-note writes it.
func (l *Log) Key() string { return l.vkey }

// Promise signs that a leaf will be in the log by a time, under the promise's own key name. A log that has stopped promises nothing.
func (l *Log) Promise(leaf tlog.Hash, by time.Time) ([]byte, error) {
	key, err := l.signer()
	if err = errors.Join(err, l.Halted()); err != nil {
		return nil, err
	}
	return receipt.SignPromise(key, receipt.Promise{Origin: l.origin, Leaf: leaf, Latest: by})
}

// Certify signs a certificate of closing, under the certificates' own key name. Its origin is filled in.
func (l *Log) Certify(c receipt.Certificate) ([]byte, error) {
	c.Origin = l.origin
	key, err := l.signer()
	if err = errors.Join(err, l.Halted()); err != nil {
		return nil, err
	}
	return receipt.SignCertificate(key, c)
}

// Queue puts a leaf into the queue, in its author's transaction. After the commit the author calls Wake.
// A reference that is queued already is left as it is.
func (l *Log) Queue(tx *db.Tx, leaf Leaf) error {
	due := int64(0)
	if !leaf.NotBefore.IsZero() {
		due = leaf.NotBefore.UnixMicro()
	}
	return insertQueue(tx, leaf, due)
}

// Drop takes back what waits about an entry and is told by which, in its author's transaction, and tells how much that was: none means that
// there was nothing, or that it is in the log already. It waits for a batch that is being made.
func (l *Log) Drop(tx *db.Tx, of []byte, which func(data []byte) bool) (dropped int, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return 0, err
	}
	var refs [][]byte
	err = eachAbout(tx, of, func(ref, data []byte) error {
		if which(data) {
			refs = append(refs, ref)
		}
		return nil
	})
	for _, ref := range refs {
		if err == nil {
			err = dropQueued(tx, ref)
		}
	}
	return len(refs), err
}

// hastenMost is how many leaves are called before their time in one transaction: as many as a batch takes.
const hastenMost = batchMost

// Hasten makes due at once what waits for its time and is told by which; pool is the leaf's own. It tells how many it called: as long as that
// is not none there may be more, and the author calls again.
func (l *Log) Hasten(tx *db.Tx, which func(pool, data []byte) bool) (called int, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return 0, err
	}
	var refs [][]byte
	err = eachLater(tx, l.now().UnixMicro(), func(ref, pool, data []byte) error {
		if len(refs) < hastenMost && which(pool, data) {
			refs = append(refs, ref)
		}
		return nil
	})
	for _, ref := range refs {
		if err == nil {
			err = hasten(tx, ref, 0)
		}
	}
	return len(refs), err
}

// Logged tells whether a reference is in the log, in its caller's transaction.
func (l *Log) Logged(tx *db.Tx, ref []byte) (bool, error) {
	_, found, err := selectIndex(tx, ref)
	return found, err
}

// OnAbout adds a function that is told of each entry about another one, in the transaction that takes it into the log: of is the other's
// reference, index the new entry's. It is added before anything is sequenced, by every process that sequences.
func (l *Log) OnAbout(fn func(tx *db.Tx, of []byte, index int64, data []byte) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.about = append(l.about, fn)
}

// Wake tells the sequencer that something may be due.
func (l *Log) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// OnGrow adds a function that is told the log's new size after each batch of this process. It must return quickly.
func (l *Log) OnGrow(fn func(size int64)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grown = append(l.grown, fn)
}

// Run sequences until ctx ends: what is due, at most one batch and so one checkpoint a second.
func (l *Log) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-l.wake:
		}
		l.rightTimes(ctx)
		n, err := l.Sequence(ctx)
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrAnother) { // that was told
			l.log.Error("the log could not grow", slog.Any("error", err))
		}
		// The pause comes after a batch and not before it, so that a lone leaf does not wait.
		pause := idle
		if n > 0 {
			pause = breath
		}
		timer.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(breath)
	}
}

// Sequence takes one batch of what is due into the log and tells how many leaves that were. Any process may call it at any time:
// a lock of the database and the log's size, compared and swapped, let one through. The error is ErrAnother where the log has stopped.
func (l *Log) Sequence(ctx context.Context) (int, error) {
	key, err := l.signer()
	if err != nil {
		return 0, err
	}
	due, err := dueNow(ctx, l.db, l.now().UnixMicro())
	if err != nil || !due {
		return 0, err
	}
	if err := l.mayGrow(ctx); err != nil {
		return 0, err
	}
	var n int
	var size int64
	err = l.db.Update(ctx, func(tx *db.Tx) (err error) {
		n, size, err = l.batch(tx, key)
		return err
	})
	var a *Another
	if errors.As(err, &a) {
		l.halt(a)
		return 0, err
	}
	if err != nil {
		// A reference that is in the log and in the queue would be in the way for ever.
		return 0, errors.Join(err, l.db.Update(ctx, deleteTwice))
	}
	if n == 0 {
		return 0, nil
	}
	l.mu.Lock()
	grown := l.grown
	l.mu.Unlock()
	for _, fn := range grown {
		fn(size)
	}
	return n, nil
}

func (l *Log) batch(tx *db.Tx, key ed25519.PrivateKey) (n int, size int64, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return 0, 0, err
	}
	if err := stillNamed(tx, l.vkey); err != nil {
		return 0, 0, err
	}
	if err := l.stands(tx); err != nil {
		return 0, 0, err
	}
	old, _, _, err := selectState(tx)
	if err != nil {
		return 0, 0, err
	}
	leaves, err := selectDue(tx, l.now().UnixMicro())
	if err != nil {
		return 0, 0, err
	}
	e, err := loadEdge(tx, old)
	if err != nil {
		return 0, 0, err
	}
	l.mu.Lock()
	told := l.about
	l.mu.Unlock()
	var fresh []entry
	for _, leaf := range inOrder(leaves) {
		data := leaf.Data
		if leaf.Of != nil {
			if fresh, err = insertEntries(tx, fresh); err != nil { // it may be about one of these
				return 0, 0, err
			}
			at, found, err := selectIndex(tx, leaf.Of)
			if err != nil {
				return 0, 0, err
			}
			if !found {
				continue // what it is about still waits; so does this
			}
			data = receipt.AppendIndex(data, at)
			for _, fn := range told {
				if err := fn(tx, leaf.Of, e.size, data); err != nil {
					return 0, 0, err
				}
			}
		}
		fresh = append(fresh, entry{e.size, leaf.Ref, data})
		e.add(tlog.RecordHash(data))
		n++
	}
	if _, err := insertEntries(tx, fresh); err != nil {
		return 0, 0, err
	}
	if n == 0 {
		return 0, old, nil
	}
	if err := deleteQueued(tx, old); err != nil {
		return 0, 0, err
	}
	if err := e.save(tx); err != nil {
		return 0, 0, err
	}
	root, err := e.root()
	if err != nil {
		return 0, 0, err
	}
	signed, err := receipt.SignCheckpoint(key, l.origin, tlog.Tree{N: e.size, Hash: root})
	if err != nil {
		return 0, 0, err
	}
	if err := tx.Tell(db.Grown); err != nil {
		return 0, 0, err
	}
	return n, e.size, swapState(tx, old, e.size, root, signed)
}

// inOrder draws the order of a batch: who came when is not told. Those that stand alone come first, so that what is about them finds them.
func inOrder(leaves []Leaf) []Leaf {
	var alone, dependent []Leaf
	for _, leaf := range leaves {
		if leaf.Of == nil {
			alone = append(alone, leaf)
		} else {
			dependent = append(dependent, leaf)
		}
	}
	shuffle(alone)
	shuffle(dependent)
	return append(alone, dependent...)
}
