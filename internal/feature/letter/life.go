package letter

import (
	"context"

	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// WrongState says that a letter is in a state in which it can't have what was asked of it. It is for organisers at a command line.
type WrongState struct{ State State }

func (w WrongState) Error() string {
	switch w.State {
	case Draft:
		return "the letter is a draft: nobody has seen it"
	case Opening:
		return "the letter is about to open: its text waits for the log"
	case Closing:
		return "the letter is being closed, for good"
	case Closed:
		return "the letter is closed, for good"
	}
	return "the letter is " + string(w.State)
}

// Pause keeps an open letter from being signed until it is resumed; it can be read, and who has signed may withdraw. Organisers may, and
// twice is as good as once. The error is WrongState in any state but open and paused, and a fault of kind NotFound for no letter.
func (b *Book) Pause(ctx context.Context, id receipt.Letter) error {
	return b.turn(ctx, id, Open, Paused)
}

// Resume lets a paused letter be signed again. It is Pause undone, with the same errors.
func (b *Book) Resume(ctx context.Context, id receipt.Letter) error {
	return b.turn(ctx, id, Paused, Open)
}

// turn is T18: the row is held, so that no confirm is under way, and of a pause and a closing at one moment one is second.
func (b *Book) turn(ctx context.Context, id receipt.Letter, from, to State) error {
	var l Letter
	var found bool
	err := b.DB.Update(ctx, func(tx *db.Tx) (err error) {
		l, found, err = lockLetter(tx, id)
		if err != nil || !found || l.State != from {
			return err
		}
		return setState(tx, id, to)
	})
	switch {
	case err != nil:
		return err
	case !found:
		return errNoLetter
	case l.State != from && l.State != to:
		return WrongState{l.State}
	}
	return b.Load(ctx)
}
