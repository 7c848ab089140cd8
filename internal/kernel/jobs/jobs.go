// Package jobs is one durable queue for everything that leaves the house: mail now, other channels later.
//
// A job is added in its author's transaction, leased by a worker, done and deleted. A worker that dies leaves a lease that runs out, and the
// job is done again: at least once, so that a handler must bear a repeat. A job that fails is tried again with a growing, jittered pause; one that
// expires or is refused for good becomes a dead letter, whose payload is destroyed at once and whose row only counts.
//
// Payloads are ciphertext to this package and to the disk.
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

const (
	// An attempt is begun only if it may last for attemptTime, and is stopped endTime before its lease is over, so that its end is written by then. What
	// is left of a lease is for waiting until a worker is free: a row that waited longer is given back, for the next lease. Mail, our slowest
	// handler, needs 210 seconds at most: 30 to sign in, 30 to hand over, 120 for the last answer, 30 to reset.
	leaseTime   = attemptTime + endTime + 10*time.Second
	attemptTime = 220 * time.Second
	endTime     = 10 * time.Second

	firstWait = 10 * time.Second
	longWait  = time.Hour
	remember  = 7 * 24 * time.Hour // how long a dead letter is counted
	batch     = 64
	ends      = 32 // jobs done whose end is being written: with those in hand, what a kill makes us do again
	look      = time.Second
	sweep     = time.Hour    // between two deletions of dead letters that have had their week
	never     = 2 * longWait // nothing is put off or leased for so long, even by a process whose clock is an hour ahead of ours
	endPause  = 2 * time.Second
	endTries  = int(leaseTime / endPause)
)

// Job is one thing to do.
type Job struct {
	ID      ID // the zero ID is drawn by Add
	Kind    string
	Payload []byte
	Due     time.Time // the zero time is at once; an hour from now at most, for what is due later is taken for the mark of a clock that was wrong
	Expires time.Time // after it the job is dead
}

// ID names a job. Drawn before the transaction, it keeps one that runs again, its commit's answer having been lost, from adding the job a second time.
// It holds the moment in which it was drawn, and is not to be told to anybody.
type ID [16]byte

// NewID draws an ID. Later ones are greater, so that what is added, leased and deleted together lies in few pages of the table: each commit writes these whole.
func NewID(now time.Time) (id ID) {
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMicro()))
	rand.Read(id[8:])
	return id
}

// Handler does a job; ctx ends when the server stops or the lease nears its end, which is after 220 seconds at the earliest. Who goes on after that
// may do what another worker does again. id is the same for each attempt.
// An error is tried again, unless it is Permanent.
type Handler func(ctx context.Context, id []byte, payload []byte) error

// permanent marks an error that no further attempt will mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent says that trying again is useless: the job is dead.
func Permanent(err error) error { return permanent{err} }

// Config is what a Queue is made with.
type Config struct {
	DB      *db.DB
	Workers int // jobs done at the same time; 4 if zero
	Now     func() time.Time
	Log     *slog.Logger
}

// Queue is the queue of this database; several processes may run one each.
type Queue struct {
	db      *db.DB
	workers int
	now     func() time.Time
	log     *slog.Logger
	wake    chan struct{}

	handlers map[string]Handler // written before Run
	swept    time.Time          // by Run's goroutine alone
}

// New makes a queue. Handlers are added before Run.
func New(c Config) *Queue {
	if c.Workers == 0 {
		c.Workers = 4
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Queue{db: c.DB, workers: c.Workers, now: c.Now, log: c.Log, wake: make(chan struct{}, 1), handlers: map[string]Handler{}}
}

// Handle says who does jobs of a kind.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = h }

// Add puts a job into the queue in its author's transaction, unless one of its ID is there. After the commit the author calls Wake.
func (q *Queue) Add(tx *db.Tx, j Job) error {
	if j.ID == (ID{}) {
		j.ID = NewID(q.now())
	}
	due := int64(0)
	if !j.Due.IsZero() {
		due = j.Due.UnixMicro()
	}
	return insertJob(tx, j.ID[:], j.Kind, due, j.Expires.UnixMicro(), j.Payload)
}

// Wake tells the workers that something may be due.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, and then waits for the attempts in hand.
func (q *Queue) Run(ctx context.Context) {
	work, writing := make(chan row), make(chan struct{}, ends)
	var wg sync.WaitGroup
	for range q.workers {
		wg.Go(func() {
			for r := range work {
				end := q.attempt(ctx, r)
				writing <- struct{}{} // a worker does not wait for the disk: ends share commits
				wg.Go(func() { q.write(ctx, end); <-writing })
			}
		})
	}
	defer wg.Wait()
	defer close(work)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-q.wake:
		}
		for q.hand(ctx, work) == batch {
		}
		timer.Reset(look)
	}
}

// hand leases what is due and hands it to the workers; it tells how many.
func (q *Queue) hand(ctx context.Context, work chan<- row) int {
	rows, err := q.lease(ctx)
	if err != nil {
		if ctx.Err() == nil {
			q.log.Error("jobs could not be leased", slog.Any("error", err))
		}
		return 0
	}
	for i, r := range rows {
		select {
		case work <- r:
		case <-ctx.Done(): // another start takes them up, and at once
			q.write(ctx, func(tx *db.Tx) error {
				for _, r := range rows[i:] {
					if err := releaseJob(tx, r); err != nil {
						return err
					}
				}
				return nil
			})
			return 0
		}
	}
	return len(rows)
}

func (q *Queue) lease(ctx context.Context) (rows []row, err error) {
	now := q.now()
	due, err := anyDue(ctx, q.db, now.UnixMicro())
	old := now.Sub(q.swept).Abs() >= sweep
	if err != nil || !due && !old {
		return nil, err
	}
	righted := int64(0)
	// Not given up halfway when the server stops: what was leased must be known, to be given back.
	err = q.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if old {
			if err := deleteDead(tx, now.Add(-remember).UnixMicro()); err != nil {
				return err
			}
			if righted, err = rightTimes(tx, now.UnixMicro(), now.Add(never).UnixMicro()); err != nil {
				return err
			}
		}
		rows, err = leaseJobs(tx, now.UnixMicro(), now.Add(leaseTime).UnixMicro(), batch)
		return err
	})
	if old && err == nil {
		q.swept = now
	}
	if righted > 0 && err == nil {
		q.log.Warn("the clock was set back: jobs waited for a time that was never right, and are due now", slog.Int64("jobs", righted))
	}
	return rows, err
}

// attempt does one job and tells what is to be written of how it went.
func (q *Queue) attempt(ctx context.Context, r row) (end func(*db.Tx) error) {
	left := min(time.Duration(r.lease-q.now().UnixMicro())*time.Microsecond, leaseTime) - endTime // a clock that went back gives no more
	if left < attemptTime {
		q.log.Debug("a job waited too long in hand and is leased again", slog.String("kind", r.kind))
		return func(tx *db.Tx) error { return releaseJob(tx, r) }
	}
	err := q.try(ctx, r, left)
	end = func(tx *db.Tx) error { return deleteJob(tx, r.id) }
	now := q.now()
	switch {
	case err == nil:
	case errors.As(err, new(permanent)) || now.UnixMicro() >= r.expires:
		q.log.Warn("a job is dead", slog.String("kind", r.kind), slog.Int("tries", r.tries), slog.Any("error", err))
		end = func(tx *db.Tx) error { return buryJob(tx, r, now.UnixMicro()) }
	case ctx.Err() != nil: // we stopped it: free the lease
		end = func(tx *db.Tx) error { return delayJob(tx, r, now.UnixMicro()) }
	default:
		wait := pause(r.tries)
		q.log.Info("a job is tried again later", slog.String("kind", r.kind), slog.Int("tries", r.tries), slog.Duration("wait", wait), slog.Any("error", err))
		end = func(tx *db.Tx) error { return delayJob(tx, r, now.Add(wait).UnixMicro()) }
	}
	return end
}

// write writes a job's end, even while the server stops. A database that is held or away is asked again for about as long as a lease lasts: what is done
// would be done twice otherwise. Meanwhile its place among the ends is taken, and soon nothing more is begun.
func (q *Queue) write(ctx context.Context, end func(*db.Tx) error) {
	err := q.db.Weave(context.WithoutCancel(ctx), end)
	for tries := 0; fault.Is(err, fault.Busy) && tries < endTries; tries++ {
		select {
		case <-ctx.Done():
			tries = endTries
		case <-time.After(endPause):
		}
		err = q.db.Weave(context.WithoutCancel(ctx), end)
	}
	if err != nil {
		q.log.Error("a job's end could not be written; it will be done again", slog.Any("error", err))
	}
}

var errExpired = errors.New("expired")

func (q *Queue) try(ctx context.Context, r row, most time.Duration) (err error) {
	h := q.handlers[r.kind]
	if h == nil {
		return fmt.Errorf("nobody does jobs of kind %q", r.kind)
	}
	if q.now().UnixMicro() >= r.expires {
		return Permanent(errExpired)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a job: %T", p) // its text might quote a payload
		}
	}()
	return h(ctx, r.id, r.payload)
}

// pause grows twofold from ten seconds to an hour; a quarter of it is chance, so that what failed together does not come back together.
func pause(tries int) time.Duration {
	d := longWait
	if tries < 10 {
		d = min(longWait, firstWait<<max(tries-1, 0))
	}
	return d - time.Duration(mathrand.Int64N(int64(d/4)))
}

// Count is how many jobs wait and how many died in the last week.
type Count struct{ Waiting, Dead int64 }

// Count counts the queue; for doctor.
func (q *Queue) Count(ctx context.Context) (c Count, err error) {
	err = q.db.View(ctx, func(tx *db.Tx) error {
		c, err = countJobs(tx)
		return err
	})
	return c, err
}
