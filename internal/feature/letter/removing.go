package letter

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// Removing is a removal as it was decided on.
type Removing struct {
	ID     RemovalID // given by who decided, so that running it again is the same removal
	Rule   Rule
	Reason receipt.Reason
	Words  string // the public reason
	Role   string
	Most   int // as many as were seen to be meant; 0: any number
}

// ErrMore says that a rule means more signatures than were seen when it was decided on: who decides looks again.
var ErrMore = errors.New("by now this rule means more signatures than were seen")

// RemoveOnce is Remove under a name that was given before. It may be run again after any failure, and at the same time elsewhere: what is left is taken out, what was
// taken out is not taken out twice, and nothing that was put back since. Nothing begins where the rule means more than m.Most by now (ErrMore); what comes to be
// meant while it is under way stays. Once it was carried out it only tells what is out under it still.
func (b *Book) RemoveOnce(ctx context.Context, id receipt.Letter, m Removing, progress func(done, of int)) (r Removal, err error) {
	l, err := b.removable(ctx, id, &m)
	if err != nil {
		return r, err
	}
	begun, under := false, false
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		if _, begun, err = selectRemoval(tx, m.ID); err != nil {
			return err
		}
		under, err = isRemoving(tx, m.ID)
		return err
	})
	switch {
	case err != nil:
		return r, err
	case begun && !under:
		return b.Removal(ctx, m.ID)
	case !begun && m.Most > 0:
		if n, err := b.Matching(ctx, l.ID, m.Rule); err != nil || n > m.Most {
			return r, errors.Join(err, moreIf(err == nil))
		}
	}
	r, err = b.remove(ctx, id, m, func(tx *db.Tx) (bool, error) {
		_, begun, err := selectRemoval(tx, m.ID)
		if err == nil && !begun {
			err = beginRemoving(tx, m.ID)
		}
		if err != nil {
			return false, err
		}
		return lockRemoving(tx, m.ID) // no longer there, if it ended elsewhere, or was put back
	}, progress)
	if err != nil && !errors.Is(err, ErrNoMatch) {
		return r, err
	}
	if ended := b.DB.Update(ctx, func(tx *db.Tx) error { return endRemoving(tx, m.ID) }); ended != nil {
		return r, ended
	}
	if errors.Is(err, ErrNoMatch) { // all of it was put back, or withdrawn, meanwhile
		if r, was := b.Removal(ctx, m.ID); was == nil {
			return r, nil
		}
	}
	return r, err
}

// PublicReason tells whether words can stand as a public reason: one line, not too long, without signs that can't be seen and turn what stands beside them.
func PublicReason(words string) bool {
	return aLine(strings.TrimSpace(words), publicMost) && utf8.ValidString(words) && !strings.ContainsFunc(words, func(r rune) bool {
		return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
	})
}

// Pending counts the signatures of a removal that the log counts still: undone now, it leaves no trace of them.
func (b *Book) Pending(ctx context.Context, id RemovalID) (n int, err error) {
	var locks []receipt.Lock
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		locks, err = eachStruck(tx, id)
		return err
	})
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	for _, lock := range locks {
		if s, ok := b.count.tally.Standing(lock); ok && s.Counted {
			n++
		}
	}
	return n, err
}

func moreIf(more bool) error {
	if more {
		return ErrMore
	}
	return nil
}

// Weight is what a rule means, and what taking it out would do to the public number.
type Weight struct {
	Matching int   // signatures
	Logged   int   // of them, those that the log counts; the others wait for it
	Counted  int64 // the public number, held ones among it
	Held     int64 // of that
}

// After is the public number without them, once the log says so.
func (w Weight) After() int64 { return w.Counted - int64(w.Logged) }

// weighedAtOnce is how many signatures are read at once.
const weighedAtOnce = 2000

// Weigh tells what a rule means at the size of the log that is counted. It is for organisers.
func (b *Book) Weigh(ctx context.Context, id receipt.Letter, r Rule) (w Weight, err error) {
	if r.empty() {
		return w, ErrNoRule
	}
	count := b.Count(id)
	w.Counted, w.Held = count.Counted, count.ByAssurance[receipt.Held]
	for after := []byte{}; after != nil; {
		var locks []receipt.Lock
		err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
			locks, err = selectMatching(tx, id, r, after, weighedAtOnce)
			return err
		})
		if err != nil {
			return w, err
		}
		after = nil
		b.count.mu.Lock()
		for i := range locks {
			w.Matching++
			if s, ok := b.count.tally.Standing(locks[i]); ok && s.Counted {
				w.Logged++
			}
			after = locks[i][:]
		}
		b.count.mu.Unlock()
	}
	return w, nil
}

// HeldDay is a day on which a burst held signatures that are held still.
type HeldDay struct {
	Day   int64 // since 1970
	Count int
}

// HeldDays are a letter's, the oldest first.
func (b *Book) HeldDays(ctx context.Context, id receipt.Letter) (list []HeldDay, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list, err = selectHeldDays(tx, id)
		return err
	})
	return list, err
}
