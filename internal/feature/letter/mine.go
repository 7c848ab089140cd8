package letter

import (
	"context"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// Mine is what a private link finds.
type Mine struct {
	Letter *Letter
	Lock   receipt.Lock
	Ended  bool // withdrawn, by a link or by the mailbox
	Struck bool // taken out by the organisers, and Reason is theirs
	Held   bool // counted in a line apart until the organisers have looked
	First  bool // the link that its entry was made for, so that it opens the lock
	Reason string
	News   bool // news can be had by mail
}

// Mine finds the signature of a private link. Whoever holds the link may.
func (b *Book) Mine(ctx context.Context, s Secret) (m Mine, err error) {
	var r signatureRow
	var found, struck bool
	var reason string
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		if r, found, err = selectBySecret(tx, s); err != nil || !found || r.state != removed {
			return err
		}
		reason, struck, err = selectStruck(tx, r.lock)
		return err
	})
	if err != nil {
		return m, err
	}
	if !found {
		return m, errNoLink
	}
	l, err := b.byID(r.letter)
	if err != nil {
		return m, err
	}
	return Mine{Letter: l, Lock: r.lock, Ended: r.state != counted && !struck, Struck: struck, Reason: reason,
		Held: r.state == counted && r.assurance == receipt.Held, First: r.first, News: b.News != nil && b.News.Offered(l.Case)}, nil
}

// Withdraw is step 7 by the private link: the row forgets its tag, and the log gets an entry that opens the lock. A link that replaced
// an earlier one can't open it; then the entry says that the mailbox asked. Withdrawing twice is withdrawing once.
func (b *Book) Withdraw(ctx context.Context, s Secret) (m Mine, err error) {
	if m, err = b.Mine(ctx, s); err != nil || m.Ended {
		return m, err
	}
	as, entry := withdrawn, receipt.Withdraw{Campaign: m.Letter.Campaign, Preimage: s.preimage()}.WithoutIndex()
	if !m.First {
		as, entry = removed, receipt.Remove{Campaign: m.Letter.Campaign, Reason: receipt.AskedByMailbox}.WithoutIndex()
	}
	if err = b.DB.Update(ctx, func(tx *db.Tx) error { return b.end(tx, m.Letter, m.Lock, as, entry) }); err != nil {
		return m, err
	}
	b.Log.Wake()
	m.Ended, m.Struck = true, false
	return m, nil
}

// end takes a signature out for good, at its signer's wish: its tag is forgotten, unless organisers had struck it off; so is its name, and whatever
// of it still waits for the log; the entry is queued in their place.
func (b *Book) end(tx *db.Tx, l *Letter, lock receipt.Lock, as signatureState, entry []byte) error {
	if err := b.forgetName(tx, lock); err != nil { // first, for it waits for the sequencer, who holds no row of ours then
		return err
	}
	struck, err := deleteStruck(tx, lock)
	if err != nil {
		return err
	}
	ended, err := endSignature(tx, lock, as, struck)
	if err != nil || !ended {
		return err
	}
	if _, err := b.Log.Drop(tx, lock[:], standing); err != nil {
		return err
	}
	return b.Log.Queue(tx, b.leafAbout(l, lock, entry))
}

// standing tells the leaves that say whether a signature counts from those that say whether its name is shown. Of each sort at most one
// waits about a signature: the order within a batch is drawn.
func standing(data []byte) bool {
	e, err := receipt.Parse(receipt.AppendIndex(data, 0))
	if err != nil {
		return false
	}
	switch e.(type) {
	case receipt.Withdraw, receipt.Remove, receipt.Restore:
		return true
	}
	return false
}

// mark is what stands for an address in budgets and codes: the letter's tag while it has a pepper, one of this process after that.
func (b *Book) mark(l *Letter, a Address) seal.Tag {
	if p, err := b.pepper(l.ID); err == nil {
		return p.Tag(Fold(a))
	}
	return b.passing.Tag(Fold(a))
}

// BeginFollowing asks for news at an address, from behind a private link: a code is mailed first. The address is tied to no signature, nor kept
// before the code is typed.
func (b *Book) BeginFollowing(ctx context.Context, s Secret, typed string, tongue lang.Tag) (w Waiting, err error) {
	m, err := b.Mine(ctx, s)
	if err != nil {
		return w, err
	}
	if !m.News {
		return w, errNoNews
	}
	address, err := ParseAddress(typed)
	if err != nil {
		return w, err
	}
	return b.ask(ctx, toFollow, newClaim(m.Letter, m.Letter.Version, b.mark(m.Letter, address), tongue, address, b.Now()), m.Letter, false)
}

// ReopenFollowing is Reopen of that page.
func (b *Book) ReopenFollowing(ctx context.Context, token string) (Waiting, error) {
	return b.reopen(ctx, toFollow, token)
}

// Following is the page after that.
type Following struct {
	Letter *Letter
	Stop   string // address of the page that ends it; told here, and in each mail
}

// FollowNews keeps the address, sealed to the organisers. A page and its code that were used already change nothing, and as long as the address is kept
// they are told the same as at first, for that answer may have been lost; once it was taken out they are told that the code is used.
func (b *Book) FollowNews(ctx context.Context, pageToken, typed string) (f Following, err error) {
	c, l, err := b.open(ctx, toFollow.page(), pageToken)
	if err != nil {
		return f, err
	}
	if b.News == nil || !b.News.Offered(l.Case) {
		return f, errNoNews
	}
	if err := b.check(ctx, toFollow, c, typed); err != nil {
		return f, err
	}
	row, stop, err := b.News.Seal(l.Case, c.address, c.lang, c.ask[:])
	if err != nil {
		return f, err
	}
	var kept bool
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		first, err := insertUsed(tx, nil, c.used(), c.expiryDay())
		if err != nil {
			return err
		}
		if kept = first; !first {
			kept, err = b.News.Has(tx, row)
			return err
		}
		return b.News.Add(tx, row)
	})
	if err == nil && !kept {
		err = errUsedCode
	}
	if err != nil {
		return f, err
	}
	return Following{l, stop}, nil
}
