package organiser

import (
	"context"
	"sync"
	"sync/atomic"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

const (
	triesOfName = 10  // wrong tries an hour for one pseudonym; after that nothing opens it until the next hour, and nothing tells so
	triesOfAll  = 300 // and for all together; after that whoever signs in by password is told to come again
	hashesMost  = 2   // passwords in hand at once
	hashesWait  = 16  // and waiting
)

var (
	errWrong   = fault.New(fault.Refused, "fault.desk.wrong").At("password")
	errGuesses = fault.New(fault.TooMany, "fault.desk.guesses")
	errHashes  = fault.New(fault.Busy, "fault.busy")
)

// tries counts wrong ones, in memory of this process, by the mark of the pseudonym whether there is such a one or not.
type tries struct {
	mu    sync.Mutex
	hour  int64          // mu
	all   int            // mu
	names map[string]int // mu
}

func (t *tries) turn(hour int64) {
	if t.hour != hour || t.names == nil {
		t.hour, t.all, t.names = hour, 0, map[string]int{}
	}
}

// left tells whether anybody may try, and whether this pseudonym may be opened.
func (t *tries) left(hour int64, mark []byte) (all, name bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(hour)
	return t.all < triesOfAll, t.names[string(mark)] < triesOfName
}

func (t *tries) wrong(hour int64, mark []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(hour)
	t.all++
	t.names[string(mark)]++
}

// hasher lets few passwords be hashed at once, for each takes memory, and few wait.
type hasher struct {
	places chan struct{}
	wait   *atomic.Int64
}

func newHasher() hasher { return hasher{make(chan struct{}, hashesMost), &atomic.Int64{}} }

func (h hasher) take(ctx context.Context) (leave func(), err error) {
	defer h.wait.Add(-1)
	if h.wait.Add(1) > hashesWait {
		return nil, errHashes
	}
	select {
	case h.places <- struct{}{}:
		return func() { <-h.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash is a password as it is kept.
func (b *Book) hash(ctx context.Context, password seal.Private[string]) (string, error) {
	leave, err := b.hasher.take(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return seal.HashPassword(prepared(password), b.Hardness), nil
}

// is tells whether a password is the one of a hash.
func (b *Book) is(ctx context.Context, password seal.Private[string], phc string) (bool, error) {
	leave, err := b.hasher.take(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return seal.PasswordIs(prepared(password), phc)
}
