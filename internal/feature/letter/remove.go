package letter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// Rule says which signatures are meant, by what is kept of them. All that it says must fit; it says at least one thing.
type Rule struct {
	Held bool          // held in a burst, and not released
	Day  int64         // confirmed on that day, counted from 1970; 0 is any
	Lock *receipt.Lock // this one
}

func (r Rule) empty() bool { return !r.Held && r.Day == 0 && r.Lock == nil }

// RemovalID names a removal. It is random and public.
type RemovalID [16]byte

// String is 32 characters of hex.
func (id RemovalID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText is String.
func (id RemovalID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// ParseRemovalID reads what String wrote.
func ParseRemovalID(text string) (id RemovalID, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return id, fmt.Errorf("%q is no removal: its name is 32 characters of hex, as letter remove and letter list print it", text)
	}
	return RemovalID(raw), nil
}

// Removal is signatures that organisers took out together, for a reason that is public.
type Removal struct {
	ID       RemovalID
	Letter   receipt.Letter
	Reason   receipt.Reason
	Words    string    // the public reason, a line as organisers worded it
	Role     string    // who took them out, such as moderator; no person's name
	Day      int64     // since 1970
	Count    int       // still out under it
	Undoable bool      // at least one can be put back without a trace in the log
	Until    time.Time // when that ends; known only to who has just removed
}

// Errors of organisers' verbs; a command words them.
var (
	ErrNoRule    = errors.New("a rule that says nothing means everyone")
	ErrNoMatch   = errors.New("no signature that counts is meant by this")
	ErrNoRemoval = errors.New("there is no such removal")
	ErrWords     = errors.New("the public reason is one line of 1 to 300 bytes, the role one of 1 to 60")
)

// chunkRemoved is how many signatures one transaction takes out, or puts back; tests make it small.
var chunkRemoved = 500

const (
	publicMost = 300
	roleMost   = 60
	undoTime   = 10 * time.Minute
	rounds     = 100 // in which what is on its way into the log gets there
)

// Matching counts the signatures that a rule means.
func (b *Book) Matching(ctx context.Context, id receipt.Letter, r Rule) (n int, err error) {
	if r.empty() {
		return 0, ErrNoRule
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		n, err = countMatching(tx, id, r)
		return err
	})
	return n, err
}

// Remove takes the signatures that a rule means out of the count, for a public reason (T12). For ten minutes Restore undoes it without a trace;
// then the log has it. Their tags stay, so that the addresses can't sign again while the letter lives; their names are not shown. Organisers may.
// Stopped in the middle, what was done is a removal, and running it again removes the rest under another name; see RemoveOnce.
func (b *Book) Remove(ctx context.Context, id receipt.Letter, rule Rule, reason receipt.Reason, words, role string, progress func(done, of int)) (Removal, error) {
	m := Removing{Rule: rule, Reason: reason, Words: words, Role: role}
	rand.Read(m.ID[:])
	return b.remove(ctx, id, m, func(*db.Tx) (bool, error) { return true, nil }, progress)
}

// remove is Remove and RemoveOnce. more is asked in each transaction, before it takes the first out: whether there is more to do.
func (b *Book) remove(ctx context.Context, id receipt.Letter, m Removing, more func(tx *db.Tx) (bool, error), progress func(done, of int)) (r Removal, err error) {
	l, err := b.removable(ctx, id, &m)
	if err != nil {
		return r, err
	}
	now := b.Now()
	r = Removal{ID: m.ID, Letter: id, Reason: m.Reason, Words: m.Words, Role: m.Role, Day: seal.Day(now), Undoable: true, Until: now.Add(undoTime)}
	if at := l.Pace.NotBefore(now); at.After(r.Until) {
		r.Until = at // its sign entry may wait as long, and what is about that can't leave before
	}
	entry := receipt.Remove{Campaign: l.Campaign, Reason: m.Reason}.WithoutIndex()
	taken := 0
	r.Count, _, err = b.eachMatching(ctx, id, m.Rule, progress, func(tx *db.Tx, lock receipt.Lock, first bool) (outcome, error) {
		// Of a signature one word on its standing waits at most: what was restored or released a moment ago goes into the log first.
		if waits, err := b.stands(tx, lock); err != nil || waits {
			return later, err
		}
		if first { // of each transaction, for one before may not have come about
			if on, err := more(tx); err != nil || !on {
				return passed, err
			}
			var err error
			if taken, err = countStruck(tx, r.ID); err != nil {
				return passed, err
			}
		}
		if m.Most > 0 && taken >= m.Most {
			return passed, nil
		}
		if done, err := turnSignature(tx, lock, counted, removed); err != nil || !done {
			return passed, err
		}
		taken++
		if first {
			if err := insertRemoval(tx, r); err != nil {
				return passed, err
			}
		}
		if err := strike(tx, lock, r.ID); err != nil {
			return passed, err
		}
		if err := strikeName(tx, lock, true); err != nil {
			return passed, err
		}
		return did, b.queueAbout(tx, lock, entry, r.Until)
	})
	if err != nil {
		return r, err
	}
	// By the rows: a chunk that came about, whose answer was lost, and that ran again found its own work done.
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		locks, err := eachStruck(tx, r.ID)
		r.Count = len(locks)
		return err
	})
	if r.Count == 0 && err == nil {
		err = ErrNoMatch
	}
	if err != nil {
		return r, err
	}
	b.Log.Wake()
	return r, nil
}

// removable finds the letter that a removal is of, and says what is wrong with it.
func (b *Book) removable(ctx context.Context, id receipt.Letter, m *Removing) (*Letter, error) {
	m.Words, m.Role = strings.TrimSpace(m.Words), strings.TrimSpace(m.Role)
	switch {
	case m.Rule.empty():
		return nil, ErrNoRule
	case !slices.Contains(receipt.CommitteeReasons(), m.Reason):
		return nil, fmt.Errorf("organisers can't give the reason %q", m.Reason)
	case !aLine(m.Words, publicMost), !aLine(m.Role, roleMost):
		return nil, ErrWords
	}
	l, err := b.shown(ctx, id)
	if err != nil {
		return nil, err
	}
	if !l.State.Alive() {
		return nil, WrongState{State: l.State} // a certificate keeps its number
	}
	return l, nil
}

// Release lets held signatures that a rule means count as all others do, on one entry each in the log. waiting are those whose own entry is not in
// the log yet: they can be released once it is. Organisers may.
func (b *Book) Release(ctx context.Context, id receipt.Letter, rule Rule, progress func(done, of int)) (released, waiting int, err error) {
	l, err := b.shown(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	rule.Held = true
	entry := receipt.Restore{Campaign: l.Campaign}.WithoutIndex()
	released, waiting, err = b.eachMatching(ctx, id, rule, progress, func(tx *db.Tx, lock receipt.Lock, _ bool) (outcome, error) {
		if logged, err := b.Log.Logged(tx, lock[:]); err != nil || !logged {
			return later, err
		}
		if waits, err := b.stands(tx, lock); err != nil || waits {
			return later, err
		}
		if done, err := releaseSignature(tx, lock); err != nil || !done {
			return passed, err
		}
		return did, b.queueAbout(tx, lock, entry, time.Time{})
	})
	if released+waiting == 0 && err == nil {
		err = ErrNoMatch
	}
	b.Log.Wake()
	return released, waiting, err
}

// outcome is what became of one signature that a rule means.
type outcome byte

const (
	did    outcome = iota
	passed         // it is no longer as the rule says
	later          // something about it is on its way into the log
)

// eachMatching does something to each signature that a rule means, in chunks of one transaction each, and again to those that were left for
// later, after the log has grown. first is true until one was done in this transaction. left are those that stayed in the way.
func (b *Book) eachMatching(ctx context.Context, id receipt.Letter, rule Rule, progress func(done, of int), do func(tx *db.Tx, lock receipt.Lock, first bool) (outcome, error)) (done, left int, err error) {
	of, err := b.Matching(ctx, id, rule)
	if err != nil {
		return 0, 0, err
	}
	for round := range rounds {
		left = 0
		for after := []byte{}; after != nil; {
			var now, before, skipped int // before: by a run whose answer was lost
			var next []byte
			tried := map[receipt.Lock]bool{}
			err := b.DB.Update(ctx, func(tx *db.Tx) error {
				now, before, skipped, next = 0, 0, 0, nil
				if tx.Again() {
					for lock := range tried {
						of := rule
						of.Lock = &lock
						still, err := countMatching(tx, id, of)
						if err != nil {
							return err
						}
						before += 1 - still
					}
				}
				locks, err := selectMatching(tx, id, rule, after, chunkRemoved)
				for _, lock := range locks {
					if err != nil {
						break
					}
					next = lock[:]
					var o outcome
					switch o, err = do(tx, lock, now == 0); o {
					case did:
						now++
						tried[lock] = true
					case later:
						skipped++
					}
				}
				return err
			})
			if err != nil {
				return done, left, err
			}
			done, left, after = done+before+now, left+skipped, next
			if progress != nil && before+now > 0 {
				progress(done, max(of, done))
			}
		}
		if left == 0 {
			break
		}
		n, err := b.Log.Sequence(ctx)
		if err != nil && !fault.Is(err, fault.Busy) {
			return done, left, err
		}
		if n == 0 && round > 0 { // nothing is due: what is in the way waits for its time
			break
		}
		if n == 0 {
			err = pause(ctx, whileDraining)
		}
		if err != nil {
			return done, left, err
		}
	}
	return done, left, nil
}

// Restore puts back what a removal took out: without a trace what waits for the log still, with an entry of its own what the log has (T13). Who
// withdrew meanwhile stays withdrawn. Organisers may; twice is as good as once. The error is ErrNoRemoval for none of that name.
func (b *Book) Restore(ctx context.Context, id RemovalID) (undone, restored int, err error) {
	var of receipt.Letter
	var found bool
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		of, found, err = selectRemoval(tx, id)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	if !found {
		return 0, 0, ErrNoRemoval
	}
	l, err := b.shown(ctx, of)
	if err != nil {
		return 0, 0, err
	}
	// A removal that is under way ends first, or it would go on with what is put back.
	if err := b.DB.Update(ctx, func(tx *db.Tx) error { return endRemoving(tx, id) }); err != nil {
		return 0, 0, err
	}
	entry := receipt.Restore{Campaign: l.Campaign}.WithoutIndex()
	for after := []byte{}; after != nil; {
		var silent, said int
		var next []byte
		tried := map[receipt.Lock]bool{} // silent or not
		err := b.DB.Update(ctx, func(tx *db.Tx) error {
			silent, said, next = 0, 0, nil
			if tx.Again() {
				for lock, without := range tried {
					switch still, err := isStruck(tx, lock, id); {
					case err != nil:
						return err
					case still:
					case without:
						silent++
					default:
						said++
					}
				}
			}
			locks, err := chunkStruck(tx, id, after, chunkRemoved)
			if err != nil {
				return err
			}
			for _, lock := range locks {
				next = lock[:]
				if _, err := b.stands(tx, lock); err != nil { // first, for it waits for the sequencer, who holds no row of ours then
					return err
				}
				if mine, err := unstrike(tx, lock, id); err != nil || !mine {
					if err != nil {
						return err
					}
					continue
				}
				back, err := turnSignature(tx, lock, removed, counted)
				if err != nil {
					return err
				}
				if !back {
					continue
				}
				dropped, err := b.Log.Drop(tx, lock[:], standing)
				if err != nil {
					return err
				}
				if err := strikeName(tx, lock, false); err != nil {
					return err
				}
				if tried[lock] = dropped > 0; dropped > 0 {
					silent++
					continue
				}
				said++
				if err := b.queueAbout(tx, lock, entry, time.Time{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return undone, restored, err
		}
		undone, restored, after = undone+silent, restored+said, next
	}
	b.Log.Wake()
	return undone, restored, nil
}

// Removals lists the removals of a letter that still hold, the oldest first. It is public but for Undoable.
func (b *Book) Removals(ctx context.Context, id receipt.Letter) (list []Removal, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list, err = b.removals(tx, id)
		return err
	})
	return list, err
}

func (b *Book) removals(tx *db.Tx, id receipt.Letter) (list []Removal, err error) {
	all, err := selectRemovals(tx, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	waits := map[receipt.Lock]bool{}
	err = b.Log.Waiters(tx, func(_, of, data []byte) error {
		if receipt.TypeOf(data) == receipt.TypeRemove && len(of) == len(receipt.Lock{}) {
			waits[receipt.Lock(of)] = true
		}
		return nil
	})
	for _, r := range all {
		if err != nil {
			return nil, err
		}
		var locks []receipt.Lock
		locks, err = eachStruck(tx, r.ID)
		r.Count = len(locks)
		r.Undoable = slices.ContainsFunc(locks, func(lock receipt.Lock) bool { return waits[lock] })
		if r.Count > 0 {
			list = append(list, r)
		}
	}
	return list, err
}

// shown reads a letter that the public may see.
func (b *Book) shown(ctx context.Context, id receipt.Letter) (found *Letter, err error) {
	list, err := b.All(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if l.ID != id {
			continue
		}
		if !l.State.Shown() {
			return nil, WrongState{l.State}
		}
		return l, nil
	}
	return nil, errNoLetter
}

// stands tells whether a word on a signature's standing waits for the log.
func (b *Book) stands(tx *db.Tx, lock receipt.Lock) (waits bool, err error) {
	_, err = b.Log.Drop(tx, lock[:], func(data []byte) bool {
		waits = waits || standing(data)
		return false
	})
	return waits, err
}

// queueAbout queues an entry about a signature, for the organisers: it waits for its time and for nobody else.
func (b *Book) queueAbout(tx *db.Tx, lock receipt.Lock, entry []byte, at time.Time) error {
	ref := make([]byte, 16)
	rand.Read(ref)
	return b.Log.Queue(tx, translog.Leaf{Ref: ref, Data: entry, Of: lock[:], NotBefore: at})
}

// aLine tells whether a text is one line of at most so many bytes, and not empty.
func aLine(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsAny(s, "\r\n")
}

// Removal finds a removal; its Count is 0 once all of it was put back. The error is ErrNoRemoval for none of that name.
func (b *Book) Removal(ctx context.Context, id RemovalID) (r Removal, err error) {
	var of receipt.Letter
	var found bool
	err = b.DB.View(ctx, func(tx *db.Tx) (err error) {
		of, found, err = selectRemoval(tx, id)
		return err
	})
	if err != nil {
		return r, err
	}
	if !found {
		return r, ErrNoRemoval
	}
	list, err := b.Removals(ctx, of)
	if i := slices.IndexFunc(list, func(r Removal) bool { return r.ID == id }); i >= 0 {
		return list[i], err
	}
	return Removal{ID: id, Letter: of}, err
}

// Waiters counts the signatures of each letter that wait for the log.
func (b *Book) Waiters(ctx context.Context) (n map[receipt.Letter]int, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		n = map[receipt.Letter]int{}
		return b.Log.Waiters(tx, func(_, of, data []byte) error {
			if e, err := receipt.Parse(data); err == nil && of == nil {
				if sign, ok := e.(receipt.Sign); ok {
					n[sign.Letter]++
				}
			}
			return nil
		})
	})
	return n, err
}
