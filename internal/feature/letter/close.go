package letter

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// Stage is a part of closing that is done.
type Stage string

const (
	Stopped   Stage = "stopped"   // nobody can sign any more
	Drained   Stage = "drained"   // no signature waits for the log
	Logged    Stage = "logged"    // the log says that the letter is closed
	Destroyed Stage = "destroyed" // the share is gone, and the pepper with it: no address can be told from another
	Forgotten Stage = "forgotten" // tags, used tokens and suppressed addresses are gone
	Certified Stage = "certified" // the certificate is there; closed for good
)

// Step is how far closing has come: a stage that is done, or how much of the next one is.
type Step struct {
	Stage Stage
	Done  int // of a stage under way; 0 of 0 once the stage is done
	Of    int
}

const (
	chunkForgotten = 1000
	whileDraining  = 100 * time.Millisecond
)

// Close ends a letter for good (step 9): nobody can sign it any more, what is in the queue goes into the log, the log says that it is closed, and
// then its pepper, its tags, its used tokens and its suppressed addresses are destroyed. Private links still withdraw. What was counted then is
// signed in the certificate. Organisers may; there is no way back.
//
// It may be stopped at any point and run again by any process, and two may run it at once: each step finds what is done already. progress, if not
// nil, is told after each stage and during the long ones. The error is WrongState for a letter that was never open.
func (b *Book) Close(ctx context.Context, id receipt.Letter, progress func(Step)) (c receipt.Certificate, err error) {
	if progress == nil {
		progress = func(Step) {}
	}
	l, err := b.stop(ctx, id)
	if err != nil {
		return c, err
	}
	if l.State == Closed {
		return b.certificate(ctx, id)
	}
	if err := b.Load(ctx); err != nil { // this process has no pepper of it any more
		return c, err
	}
	b.budgets.forget(id)
	b.pretended.forget(id)
	progress(Step{Stage: Stopped})
	entry := receipt.Marshal(receipt.Close{Campaign: l.Campaign, Letter: id})
	// The reference is drawn from the entry, so that a closing that is continued queues it once.
	sum := sha256.Sum256(entry)
	ref := sum[:16]
	if err := b.drain(ctx, id, translog.Leaf{Ref: ref, Data: entry}, progress); err != nil {
		return c, err
	}
	progress(Step{Stage: Drained})
	if err := b.sequenced(ctx, ref); err != nil {
		return c, err
	}
	progress(Step{Stage: Logged})
	if err := b.Unlock.DropPepper(id.String()); err != nil {
		return c, err
	}
	progress(Step{Stage: Destroyed})
	if err := b.forget(ctx, id, progress); err != nil {
		return c, err
	}
	progress(Step{Stage: Forgotten})
	if c, err = b.certify(ctx, id); err != nil {
		return c, err
	}
	progress(Step{Stage: Certified})
	return c, b.Load(ctx)
}

// Closing lists the letters whose closing has begun and is not done; of each only its id and its names.
func (b *Book) Closing(ctx context.Context) (list []*Letter, err error) {
	err = b.DB.Look(ctx, func(tx *db.Tx) error {
		list, err = selectClosing(tx)
		return err
	})
	return list, err
}

// Finish continues every closing that was begun, here or by another process. It asks the database one cheap question if there is none.
func (b *Book) Finish(ctx context.Context) error {
	list, err := b.Closing(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range list {
		if _, err := b.Close(ctx, l.ID, nil); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// stop is T14: with the row held no confirm is under way, and none comes after.
func (b *Book) stop(ctx context.Context, id receipt.Letter) (l Letter, err error) {
	var found bool
	err = b.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if l, found, err = lockLetter(tx, id); err != nil || !l.State.Alive() {
			return err
		}
		return setState(tx, id, Closing)
	})
	switch {
	case err != nil:
		return l, err
	case !found:
		return l, errNoLetter
	case l.State == Draft || l.State == Opening:
		return l, WrongState{l.State}
	}
	return l, nil
}

// drain calls what waits of a letter before its time, and once no text and no signature of it waits, queues the entry that closes it (T15): the
// log takes neither after that. What is about a signature may come later.
func (b *Book) drain(ctx context.Context, id receipt.Letter, leaf translog.Leaf, progress func(Step)) error {
	most := 0
	for {
		waits := 0
		err := b.DB.Update(ctx, func(tx *db.Tx) error {
			waits = 0
			if _, err := b.Log.Hasten(tx, func(pool, data []byte) bool { return string(pool) == string(id[:]) || precedes(id, data) }); err != nil {
				return err
			}
			err := b.Log.Waiters(tx, func(_, of, data []byte) error {
				if of == nil && precedes(id, data) {
					waits++
				}
				return nil
			})
			if err != nil || waits > 0 {
				return err
			}
			return b.Log.Queue(tx, leaf)
		})
		if err != nil || waits == 0 {
			return err
		}
		most = max(most, waits)
		progress(Step{Stopped, most - waits, most})
		n, err := b.Log.Sequence(ctx)
		if err != nil && !fault.Is(err, fault.Busy) {
			return err
		}
		if n > 0 {
			continue
		}
		if err := pause(ctx, whileDraining); err != nil {
			return err
		}
	}
}

// precedes tells what the log refuses once a letter is closed: its texts and its signatures.
func precedes(id receipt.Letter, data []byte) bool {
	e, err := receipt.Parse(data)
	if err != nil {
		return false
	}
	switch e := e.(type) {
	case receipt.Text:
		return e.Letter == id
	case receipt.Sign:
		return e.Letter == id
	}
	return false
}

// forget is T16, in chunks so that nobody waits long for the writer. The link hashes stay: private links still withdraw.
func (b *Book) forget(ctx context.Context, id receipt.Letter, progress func(Step)) error {
	of := 0
	if err := b.DB.Look(ctx, func(tx *db.Tx) (err error) { of, err = countTags(tx, id); return err }); err != nil {
		return err
	}
	for done := 0; ; {
		var n int64
		if err := b.DB.Update(ctx, func(tx *db.Tx) (err error) { n, err = clearTags(tx, id, chunkForgotten); return err }); err != nil {
			return err
		}
		if n == 0 {
			break
		}
		done += int(n)
		progress(Step{Destroyed, done, max(of, done)})
	}
	for last := []byte{}; last != nil; {
		after := last
		if err := b.DB.Update(ctx, func(tx *db.Tx) (err error) { last, err = clearUsed(tx, id, after, chunkForgotten); return err }); err != nil {
			return err
		}
	}
	for n := int64(1); n > 0; {
		if err := b.DB.Update(ctx, func(tx *db.Tx) (err error) { n, err = clearSuppressed(tx, id, chunkForgotten); return err }); err != nil {
			return err
		}
	}
	return b.DB.Flush(ctx)
}

// certify is T17: the number is that of the log at the size that the certificate names.
func (b *Book) certify(ctx context.Context, id receipt.Letter) (c receipt.Certificate, err error) {
	if err := b.CatchUp(ctx); err != nil {
		return c, err
	}
	b.count.mu.Lock()
	n, _ := b.count.tally.Letter(id)
	c = receipt.Certificate{Letter: id, Campaign: n.Campaign, Entry: n.Closed, Size: b.count.tally.Size(), Root: b.count.root, Counted: n.Counted,
		On: b.Now().UTC().Format(time.DateOnly)}
	b.count.mu.Unlock()
	note, err := b.Log.Certify(c)
	if err != nil {
		return c, err
	}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		if err := insertCertificate(tx, id, note); err != nil { // another process may have been first; then its stays
			return err
		}
		return setState(tx, id, Closed)
	})
	if err != nil {
		return c, err
	}
	return b.certificate(ctx, id)
}

// Certificate is the signed note of a closed letter; a fault of kind NotFound if there is none. Anyone may read it.
func (b *Book) Certificate(ctx context.Context, id receipt.Letter) (note []byte, err error) {
	err = b.DB.Look(ctx, func(tx *db.Tx) error {
		note, err = selectCertificate(tx, id)
		return err
	})
	if err == nil && note == nil {
		err = errNoLetter
	}
	return note, err
}

func (b *Book) certificate(ctx context.Context, id receipt.Letter) (c receipt.Certificate, err error) {
	note, err := b.Certificate(ctx, id)
	if err != nil {
		return c, err
	}
	key, err := receipt.ParseKey(b.Log.Key())
	if err != nil {
		return c, err
	}
	return receipt.OpenCertificate(note, key)
}

// pause waits for a while, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// forget drops what is kept in memory about the addresses of a letter.
func (b *budgets) forget(id receipt.Letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k := range b.tags {
		if k.letter == id {
			delete(b.tags, k)
		}
	}
}
