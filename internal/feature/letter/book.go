package letter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// Config is what a Book needs.
type Config struct {
	DB      *db.DB
	Unlock  *seal.Unlock
	Days    *seal.DayKeys
	Log     *translog.Log
	Jobs    *jobs.Queue
	Mail    mail.Transport // nil: no mail server is set, so letters can be read and not signed
	Words   *lang.Catalog
	URL     string // public URL of the site, without a slash at the end
	MailURL string // what mailed links begin with: a neutral host if there is one
	News    News   // nil: nobody can ask for news by mail
	Budgets Budgets
	Now     func() time.Time
	Logger  *slog.Logger
	Checked func(done, of int64) // told how many signatures Start has held against the log: before the first, now and then, after the last; nil: nobody
	// Stopped tells whether those who bind the campaign have stopped a letter that is open: it can be read then, and not signed. It does no I/O; nil: none ever is.
	Stopped func(*Letter) bool
}

// News keeps the addresses of those who ask for news of a campaign: sealed to its organisers, tied to no signature.
type News interface {
	// Offered tells whether the organisers of a case gave a key; without one no address is taken.
	Offered(caseSlug string) bool
	// Seal makes the row to keep, and the address of the page that ends it: of one asking, which nobody else knows, it is always the same.
	Seal(caseSlug string, a Address, tongue lang.Tag, asking []byte) (row []byte, stop string, err error)
	// Add keeps the row.
	Add(tx *db.Tx, row []byte) error
	// Has tells whether a row of the same asking is kept.
	Has(tx *db.Tx, row []byte) (bool, error)
}

// Book keeps the letters of this installation. Its verbs decide permission and transaction. Safe for any goroutine.
type Book struct {
	Config
	budgets *budgets
	// pretended is what refused asks spend instead; nothing is decided by it.
	pretended *budgets
	bursts    *bursts
	passing   seal.Pepper // of this process: for budgets and codes of what is no business of a letter's own pepper

	mu      sync.RWMutex
	letters []*Letter                      // as last read; replaced whole, never changed in place
	peppers map[receipt.Letter]seal.Pepper // of open letters

	count count
}

// Faults of this package; the words are the catalogue's.
var (
	errNoLetter  = fault.New(fault.NotFound, "fault.letter.none")
	errNotOpen   = fault.New(fault.Refused, "fault.letter.not_open")
	errPaused    = fault.New(fault.Refused, "fault.letter.paused")
	errWaits     = fault.New(fault.Refused, "fault.letter.waits")
	errClosed    = fault.New(fault.Refused, "fault.letter.closed")
	errStopped   = fault.New(fault.Refused, "fault.letter.stopped")
	errDied      = fault.New(fault.Refused, "death.refused")
	errNoMail    = fault.New(fault.Locked, "fault.no_mail")
	errLocked    = fault.New(fault.Locked, "fault.locked")
	errNoCode    = fault.New(fault.Invalid, "fault.code.missing").At("code")
	errWrongCode = fault.New(fault.Invalid, "fault.code.wrong").At("code")
	errTries     = fault.New(fault.TooMany, "fault.code.tries").At("code")
	errExpired   = fault.New(fault.Gone, "fault.token.expired")
	errOldLink   = fault.New(fault.Gone, "fault.token.link_expired")
	errBroken    = fault.New(fault.Invalid, "fault.token.broken")
	errNoNews    = fault.New(fault.Refused, "fault.news.none")
	errUsedCode  = fault.New(fault.Gone, "fault.code.used").At("code")
	errNoLink    = fault.New(fault.NotFound, "fault.link.none")
	errNoReceipt = fault.New(fault.NotFound, "fault.receipt.none")
)

const (
	pagePurpose = "page token"
	linkPurpose = "link token"
	mailPurpose = "queued mail"
	mailKind    = "letter mail"
)

// NewBook opens the book and says that it does its jobs. Load must be called before anything else.
func NewBook(c Config) *Book {
	b := &Book{Config: c, budgets: newBudgets(c.Budgets), pretended: newBudgets(c.Budgets), bursts: newBursts(c.Budgets), passing: seal.PassingPepper(), peppers: map[receipt.Letter]seal.Pepper{}}
	if b.Logger == nil {
		b.Logger = slog.New(slog.DiscardHandler)
	}
	c.Jobs.Handle(mailKind, b.deliver)
	b.followNames()
	return b
}

// Load reads the letters, again after a change by another process. A letter whose share is gone can be read but not signed.
func (b *Book) Load(ctx context.Context) error {
	var list []*Letter
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
		if list, err = selectLetters(tx); err != nil {
			return err
		}
		for _, l := range list {
			if l.Removals, err = b.removals(tx, l.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	peppers := map[receipt.Letter]seal.Pepper{}
	for _, l := range list {
		if !l.State.Alive() {
			continue
		}
		p, err := b.Unlock.Pepper(l.ID.String())
		switch {
		case err == nil:
			peppers[l.ID] = p
		case errors.Is(err, os.ErrNotExist):
			b.Logger.Error("a letter can't be signed: its share file is gone", slog.String("letter", l.ID.String()))
		case errors.Is(err, seal.ErrLocked): // read again when the secret is given
		default:
			return fmt.Errorf("letter %s/%s: %w", l.Case, l.Slug, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters, b.peppers = list, peppers
	return nil
}

// Letters lists what the public may see of a case, or of all cases for an empty slug. What they point to is shared: read only.
func (b *Book) Letters(caseSlug string) (list []*Letter) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, l := range b.letters {
		if l.State.Shown() && (caseSlug == "" || l.Case == caseSlug) {
			list = append(list, l)
		}
	}
	return list
}

// Letter finds a letter by its address.
func (b *Book) Letter(caseSlug, slug string) (*Letter, error) {
	for _, l := range b.Letters(caseSlug) {
		if l.Slug == slug {
			return l, nil
		}
	}
	return nil, errNoLetter
}

func (b *Book) byID(id receipt.Letter) (*Letter, error) {
	for _, l := range b.Letters("") {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, errNoLetter
}

func (b *Book) pepper(id receipt.Letter) (seal.Pepper, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	p, ok := b.peppers[id]
	if !ok {
		return p, errLocked
	}
	return p, nil
}

// Counted is the page after confirming: the same whether the address was counted before or now.
type Counted struct {
	Letter *Letter
	Held   bool      // while this burst lasts, who confirms stands in a line apart
	Secret Secret    // of the private link; told this once
	By     time.Time // when the total will have it
}

// ConfirmCode is step 4 by the code that was mailed, typed into the waiting page.
func (b *Book) ConfirmCode(ctx context.Context, pageToken, typed string) (Counted, error) {
	c, l, err := b.open(ctx, pagePurpose, pageToken)
	if err != nil {
		return Counted{}, err
	}
	if err := b.check(ctx, toSign, c, typed); err != nil {
		return Counted{}, err
	}
	return b.confirm(ctx, c, l, receipt.Email)
}

// ConfirmLink is step 4 by the second button behind the mailed link.
func (b *Book) ConfirmLink(ctx context.Context, linkToken string) (Counted, error) {
	c, l, err := b.open(ctx, linkPurpose, linkToken)
	if err != nil {
		return Counted{}, err
	}
	return b.confirm(ctx, c, l, receipt.Email)
}

// confirm is one transaction: the letter is open and stays so, the token is used up, the row and its leaf are there together. An
// address that was counted before gets a new private link instead; one that has withdrawn since this token was used, nothing.
func (b *Book) confirm(ctx context.Context, c claim, l *Letter, as receipt.Assurance) (Counted, error) {
	if as != receipt.Rehearsal && b.stopped(l) {
		return Counted{}, errStopped
	}
	now := b.Now()
	crowd := classOf(Domain(c.address))
	held := as == receipt.Email && b.bursts.over(l.ID, crowd, now)
	if held {
		as = receipt.Held
	}
	secret := newSecret()
	sign := receipt.Sign{Campaign: l.Campaign, Letter: l.ID, Version: c.version, Assurance: as,
		Commitment: secret.commitment(c.address, c.version), Lock: secret.preimage().Lock()}
	leaf := translog.Leaf{Ref: sign.Lock[:], Data: receipt.Marshal(sign), Pool: l.Pace.pool(l.ID), NotBefore: l.Pace.NotBefore(now)}
	used, hash := c.used(), secret.hash()
	state := Open
	var fresh bool
	err := b.DB.Weave(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		state, fresh = Open, false
		first, err := insertUsedOpen(tx, l.ID, used, c.expiryDay())
		if err != nil {
			return err
		}
		if !first { // the letter is not open, or the token was used before
			if state, err = lockOpen(tx, l.ID); err != nil || state != Open {
				return err
			}
			if first, err = insertUsed(tx, l.ID[:], used, c.expiryDay()); err != nil { // it may have been opened this moment
				return err
			}
		}
		if first {
			if fresh, err = insertSignature(tx, sign, c.tag[:], seal.Day(now)); err != nil {
				return err
			}
			if fresh {
				return b.Log.Queue(tx, leaf)
			}
		}
		return rotateLink(tx, l.ID, c.tag, hash)
	})
	if err != nil {
		return Counted{}, err
	}
	if state != Open {
		return Counted{}, unsigned(state)
	}
	if fresh && as != receipt.Rehearsal {
		b.bursts.count(l.ID, crowd, now)
	}
	b.Log.Wake()
	return Counted{Letter: l, Held: held, Secret: secret, By: l.Pace.CountedBy(now)}, nil
}

// stopped tells whether an open letter takes no signatures, at the wish of those who bind the campaign.
func (b *Book) stopped(l *Letter) bool { return l.State == Open && b.Stopped != nil && b.Stopped(l) }

// signable is nil of a letter that can be signed now, and says of any other why not.
func (b *Book) signable(l *Letter) error {
	switch {
	case l.Waits():
		return errWaits
	case l.State != Open:
		return unsigned(l.State)
	case b.stopped(l):
		return errStopped
	}
	return nil
}

// unsigned says why a letter in a state can't be signed.
func unsigned(s State) error {
	switch s {
	case Paused:
		return errPaused
	case Closing, Closed:
		return errClosed
	}
	return errNotOpen
}

// Waits tells whether a signature is still on its way into the log.
func (b *Book) Waits(ctx context.Context, lock receipt.Lock) (bool, error) {
	f, found, err := b.Log.Find(ctx, lock[:])
	return found && f.Index < 0, err
}

// Receipt is what stands behind /r/<lock>: the proof once the entry is in the log, a promise until then.
type Receipt struct {
	Lock    receipt.Lock
	Proof   []byte                // a C2SP tlog-proof whose extra data is the entry; nil while it waits
	Index   int64                 // of the entry
	Size    int64                 // of the log that the proof is against
	Signed  []receipt.Cosignature // of the witnesses on the checkpoint in the proof; none while it is provisional, or where nobody is asked
	Quorum  int                   // how many witnesses are wanted; 0: nobody is asked
	Promise []byte                // a signed note; nil once there is a proof
	By      time.Time             // what the promise promises
}

// Text is the file to keep.
func (r Receipt) Text() []byte {
	if r.Proof != nil {
		return r.Proof
	}
	return r.Promise
}

// Receipt makes the proof, or the promise, of an entry by its lock. Locks are public: anyone may ask.
func (b *Book) Receipt(ctx context.Context, lock receipt.Lock) (r Receipt, err error) {
	f, found, err := b.Log.Find(ctx, lock[:])
	if err != nil {
		return r, err
	}
	if !found {
		return r, errNoReceipt
	}
	r = Receipt{Lock: lock, Index: f.Index}
	if f.Index < 0 {
		r.By = time.UnixMicro(f.NotBefore).Add(time.Minute)
		if f.NotBefore == 0 {
			r.By = b.Now().Add(time.Minute)
		}
		r.Promise, err = b.Log.Promise(receipt.LeafHash(f.Data), r.By)
		return r, err
	}
	proof, head, by, err := b.Log.ProofToKeep(ctx, f.Index)
	if err != nil {
		return r, err
	}
	r.Signed, r.Quorum = by, b.Log.Policy().Quorum()
	r.Size, r.Proof = head.Size, receipt.FormatProof(f.Data, f.Index, proof, head.Note)
	return r, nil
}

// Sweep forgets the used tokens that could not be used again anyway, and the day keys that have had their time; app calls it now and then.
func (b *Book) Sweep(ctx context.Context) error {
	if err := b.Days.Turn(ctx); err != nil {
		return err
	}
	return b.DB.Update(ctx, func(tx *db.Tx) error { return deleteUsed(tx, seal.Day(b.Now())) })
}
