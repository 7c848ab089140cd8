package letter

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// aim is what an asking is for. Each has tokens and codes of its own: what was mailed for one opens nothing of another.
type aim byte

const (
	toSign   aim = iota
	toLeave      // to withdraw by the mailbox alone
	toFollow     // to get news
)

// page is the purpose of the waiting page's token.
func (a aim) page() string { return [...]string{pagePurpose, "leave token", "follow token"}[a] }

// code is what stands before the letter in the code's hash.
func (a aim) code() []byte { return []byte([...]string{"sign", "leave", "follow"}[a]) }

// Waiting is what the page after asking is made of: the same for every address.
type Waiting struct {
	Letter     *Letter
	Version    Version
	Token      string // of this page; worthless without the mailed code
	Address    Address
	Suggest    string // a likelier spelling of the domain; empty if there is none
	Disposable bool   // the domain is one of mailboxes that soon vanish
}

// Begin is step 2: an address was typed under a version of a letter. It queues one sealed mail, or a sealed nothing if a
// budget is spent, and answers the same either way. Anyone may call it. The faults name the field.
func (b *Book) Begin(ctx context.Context, caseSlug, slug string, v Version, typed string, tongue lang.Tag) (Waiting, error) {
	return b.begin(ctx, caseSlug, slug, v, typed, tongue, false)
}

// Pretend is Begin for who filled a field that nobody sees: the answer is the same, and no mail is sent.
func (b *Book) Pretend(ctx context.Context, caseSlug, slug string, v Version, typed string, tongue lang.Tag) (Waiting, error) {
	return b.begin(ctx, caseSlug, slug, v, typed, tongue, true)
}

func (b *Book) begin(ctx context.Context, caseSlug, slug string, v Version, typed string, tongue lang.Tag, silent bool) (w Waiting, err error) {
	l, err := b.Letter(caseSlug, slug)
	if err != nil {
		return w, err
	}
	if err := b.signable(l); err != nil {
		return w, err
	}
	address, err := ParseAddress(typed)
	if err != nil {
		return w, err
	}
	pepper, err := b.pepper(l.ID)
	if err != nil {
		return w, err
	}
	if v < 1 || v > l.Version {
		v = l.Version
	}
	return b.ask(ctx, toSign, newClaim(l, v, pepper.Tag(Fold(address)), tongue, address, b.Now()), l, silent)
}

const untilMailed = 50 * time.Millisecond

// ask queues the sealed mail of a claim and makes the waiting page. A refused asking costs the same and leaves the same: a job of equal size.
func (b *Book) ask(ctx context.Context, what aim, c claim, l *Letter, silent bool) (w Waiting, err error) {
	if b.Mail == nil {
		return w, errNoMail
	}
	now := b.Now()
	token, err := b.Days.Token(ctx, what.page(), c.bytes())
	if err != nil {
		return w, err
	}
	code, err := b.Days.Code(ctx, what.code(), l.ID[:], c.tag[:])
	if err != nil {
		return w, err
	}
	letter := mailPayload{aim: what, code: code, claim: c}.bytes()
	domain := Domain(c.address)
	within := !silent && b.budgets.mail(what, l.ID, c.tag, domain, now)
	if !within {
		letter = mailPayload{}.bytes() // sealed all the same, so that the disk and the clock tell nothing
		var nobody seal.Tag
		rand.Read(nobody[:])
		b.pretended.mail(what, l.ID, nobody, domain, now) // spending takes microseconds, and those can be measured
	}
	sealed, err := b.Days.Seal(ctx, mailPurpose, b.underPepper(l.ID, letter))
	if err != nil {
		return w, err
	}
	// Who leaves while it is written has spent the mail all the same.
	job := jobs.Job{ID: jobs.NewID(now), Kind: mailKind, Payload: sealed, Expires: now.Add(seal.TokenLife)}
	err = b.DB.Weave(context.WithoutCancel(ctx), func(tx *db.Tx) error { return b.Jobs.Add(tx, job) })
	if err != nil {
		if within {
			b.budgets.refund(l.ID, c.tag)
		}
		return w, err
	}
	time.AfterFunc(untilMailed, b.Jobs.Wake) // when this page is out: a mail in the making would slow down the very answer that it belongs to
	return Waiting{Letter: l, Version: c.version, Token: token, Address: c.address, Suggest: Suggest(c.address), Disposable: disposable(domain)}, nil
}

// check holds a typed code against a claim's.
func (b *Book) check(ctx context.Context, what aim, c claim, typed string) error {
	code := seal.TypedCode(typed)
	if code == "" {
		return errNoCode
	}
	if !b.budgets.try(what, c.letter, c.tag, b.Now()) {
		return errTries
	}
	if !b.Days.CodeIs(ctx, code, what.code(), c.letter[:], c.tag[:]) {
		return errWrongCode
	}
	return nil
}

// Reopen reads a waiting page's token again, to show that page with an error on it.
func (b *Book) Reopen(ctx context.Context, pageToken string) (w Waiting, err error) {
	return b.reopen(ctx, toSign, pageToken)
}

func (b *Book) reopen(ctx context.Context, what aim, token string) (w Waiting, err error) {
	c, l, err := b.open(ctx, what.page(), token)
	if err != nil {
		return w, err
	}
	return Waiting{Letter: l, Version: c.version, Token: token, Address: c.address, Disposable: disposable(Domain(c.address))}, nil
}

// Linked is what a mailed link shows before its second button.
type Linked struct {
	Letter  *Letter
	Version Version
}

// Follow reads a mailed link's token; it changes nothing.
func (b *Book) Follow(ctx context.Context, linkToken string) (Linked, error) {
	c, l, err := b.open(ctx, linkPurpose, linkToken)
	return Linked{l, c.version}, err
}

// open reads a token of one purpose and finds its letter.
func (b *Book) open(ctx context.Context, purpose, token string) (c claim, l *Letter, err error) {
	expired := errExpired
	if purpose == linkPurpose {
		expired = errOldLink
	}
	if len(token) < claimSize || len(token) > 2*claimSize { // every token is equally long: a shorter one was cut on its way
		return c, nil, errBroken
	}
	padded, err := b.Days.OpenToken(ctx, purpose, token)
	if err != nil {
		return c, nil, unopened(err, expired) // a token of a day whose key is gone looks like any broken one
	}
	c, ok := parseClaim(padded)
	if !ok {
		return c, nil, errBroken
	}
	if b.Now().Unix() >= c.expires {
		return c, nil, expired
	}
	l, err = b.byID(c.letter)
	return c, l, err
}

// unopened is what to say of a token that did not open: that it is no good, unless the fault is ours.
func unopened(err, noGood error) error {
	switch {
	case errors.Is(err, seal.ErrOpen):
		return noGood
	case errors.Is(err, seal.ErrLocked):
		return errLocked
	}
	return err
}

// BeginLeaving is step 7 without a link: who holds a mailbox asks for a code to withdraw what it signed. The answer is the same whether or not the
// address has signed. Anyone may call it, while the letter is open or paused.
func (b *Book) BeginLeaving(ctx context.Context, caseSlug, slug, typed string, tongue lang.Tag) (w Waiting, err error) {
	l, err := b.Letter(caseSlug, slug)
	if err != nil {
		return w, err
	}
	if !l.State.Alive() {
		return w, errClosed
	}
	address, err := ParseAddress(typed)
	if err != nil {
		return w, err
	}
	pepper, err := b.pepper(l.ID)
	if err != nil {
		return w, err
	}
	return b.ask(ctx, toLeave, newClaim(l, l.Version, pepper.Tag(Fold(address)), tongue, address, b.Now()), l, false)
}

// ReopenLeaving is Reopen of that page.
func (b *Book) ReopenLeaving(ctx context.Context, token string) (Waiting, error) {
	return b.reopen(ctx, toLeave, token)
}

// Left is the page after that: it does not say whether the address had signed.
type Left struct{ Letter *Letter }

// Leave withdraws by the code. The server lacks the lock's preimage, so the log says that the mailbox asked.
func (b *Book) Leave(ctx context.Context, pageToken, typed string) (left Left, err error) {
	c, l, err := b.open(ctx, toLeave.page(), pageToken)
	if err != nil {
		return left, err
	}
	if err := b.check(ctx, toLeave, c, typed); err != nil {
		return left, err
	}
	var state State
	err = b.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if state, err = lockOpen(tx, l.ID); err != nil || !state.Alive() {
			return err
		}
		first, err := insertUsed(tx, l.ID[:], c.used(), c.expiryDay())
		if err != nil || !first {
			return err
		}
		lock, found, err := selectByTag(tx, l.ID, c.tag)
		if err != nil || !found {
			return err
		}
		return b.end(tx, l, lock, removed, receipt.Remove{Campaign: l.Campaign, Reason: receipt.AskedByMailbox}.WithoutIndex())
	})
	if err == nil && !state.Alive() {
		err = errClosed
	}
	b.Log.Wake()
	return Left{l}, err
}

// notMine is what the mailed "this was not me" holds: no address.
type notMine struct {
	letter receipt.Letter
	tag    seal.Tag
}

const notMinePurpose = "not me token"

func (n notMine) bytes() []byte { return append(n.letter[:], n.tag[:]...) }

func (b *Book) openNotMine(ctx context.Context, token string) (n notMine, err error) {
	plain, err := b.Days.OpenToken(ctx, notMinePurpose, token)
	if err != nil {
		return n, unopened(err, errOldLink)
	}
	if len(plain) != len(n.letter)+len(n.tag) {
		return n, errOldLink
	}
	copy(n.letter[:], plain)
	copy(n.tag[:], plain[len(n.letter):])
	if l, err := b.byID(n.letter); err != nil || !l.State.Alive() {
		return n, errOldLink // what it would change is destroyed
	}
	return n, nil
}

// NotMe reads the token of the mailed "this was not me"; it changes nothing.
func (b *Book) NotMe(ctx context.Context, token string) error {
	_, err := b.openNotMine(ctx, token)
	return err
}

// Never keeps an address from getting any more mail about a letter, or with again lets it have mail as before. Whoever holds the mailed link may.
func (b *Book) Never(ctx context.Context, token string, again bool) error {
	n, err := b.openNotMine(ctx, token)
	if err != nil {
		return err
	}
	var state State
	err = b.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if state, err = lockOpen(tx, n.letter); err != nil || !state.Alive() {
			return err
		}
		if again {
			return deleteSuppressed(tx, n.letter, n.tag)
		}
		return insertSuppressed(tx, n.letter, n.tag)
	})
	if err == nil && !state.Alive() {
		err = errOldLink
	}
	return err
}
