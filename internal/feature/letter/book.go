package letter

import (
	"context"
	"crypto/rand"
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
	Budgets Budgets
	Now     func() time.Time
	Logger  *slog.Logger
}

// Book keeps the letters of this installation. Its verbs decide permission and transaction. Safe for any goroutine.
type Book struct {
	Config
	budgets *budgets

	mu      sync.RWMutex
	letters []*Letter                      // as last read; replaced whole, never changed in place
	peppers map[receipt.Letter]seal.Pepper // of open letters

	count count
}

// Faults of this package; the words are the catalogue's.
var (
	errNoLetter  = fault.New(fault.NotFound, "fault.letter.none")
	errNotOpen   = fault.New(fault.Refused, "fault.letter.not_open")
	errNoMail    = fault.New(fault.Locked, "fault.no_mail")
	errLocked    = fault.New(fault.Locked, "fault.locked")
	errNoCode    = fault.New(fault.Invalid, "fault.code.missing").At("code")
	errWrongCode = fault.New(fault.Invalid, "fault.code.wrong").At("code")
	errTries     = fault.New(fault.TooMany, "fault.code.tries").At("code")
	errExpired   = fault.New(fault.Gone, "fault.token.expired")
	errOldLink   = fault.New(fault.Gone, "fault.token.link_expired")
	errBroken    = fault.New(fault.Invalid, "fault.token.broken")
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
	b := &Book{Config: c, budgets: newBudgets(c.Budgets), peppers: map[receipt.Letter]seal.Pepper{}}
	if b.Logger == nil {
		b.Logger = slog.New(slog.DiscardHandler)
	}
	c.Jobs.Handle(mailKind, b.deliver)
	return b
}

// Load reads the letters, again after a change by another process. A letter whose share is gone can be read but not signed.
func (b *Book) Load(ctx context.Context) error {
	var list []*Letter
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
		list, err = selectLetters(tx)
		return err
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
			b.Logger.Error("a letter can't be signed: its share file beside the secret is gone", slog.String("letter", l.ID.String()))
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

// Waiting is what the page after asking is made of: the same for every address.
type Waiting struct {
	Letter  *Letter
	Version Version
	Token   string // of this page; worthless without the mailed code
	Address Address
	Suggest string // a likelier spelling of the domain; empty if there is none
}

// Begin is step 2: an address was typed under a version of a letter. It queues one sealed mail, or a sealed nothing if a
// budget is spent, and answers the same either way. Anyone may call it. The faults name the field.
func (b *Book) Begin(ctx context.Context, caseSlug, slug string, v Version, typed string, tongue lang.Tag) (w Waiting, err error) {
	l, err := b.Letter(caseSlug, slug)
	if err != nil {
		return w, err
	}
	address, err := ParseAddress(typed)
	if err != nil {
		return w, err
	}
	if b.Mail == nil {
		return w, errNoMail
	}
	pepper, err := b.pepper(l.ID)
	if err != nil {
		return w, err
	}
	if v < 1 || v > l.Version {
		v = l.Version
	}
	now := b.Now()
	tag := pepper.Tag(Fold(address))
	c := newClaim(l, v, tag, tongue, address, now)
	token, err := b.Days.Token(ctx, pagePurpose, c.bytes())
	if err != nil {
		return w, err
	}
	code, err := b.Days.Code(ctx, l.ID[:], tag[:])
	if err != nil {
		return w, err
	}
	letter := mailPayload{code: code, claim: c}
	within := b.budgets.mail(l.ID, tag, Domain(address), now)
	if !within {
		letter = mailPayload{} // sealed all the same, so that the disk and the clock tell nothing
	}
	sealed, err := b.Days.Seal(ctx, mailPurpose, letter.bytes())
	if err != nil {
		return w, err
	}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		return b.Jobs.Add(tx, jobs.Job{Kind: mailKind, Payload: sealed, Expires: now.Add(seal.TokenLife)})
	})
	if err != nil {
		if within {
			b.budgets.refund(l.ID, tag)
		}
		return w, err
	}
	b.Jobs.Wake()
	return Waiting{Letter: l, Version: v, Token: token, Address: address, Suggest: Suggest(address)}, nil
}

// Reopen reads a waiting page's token again, to show that page with an error on it.
func (b *Book) Reopen(ctx context.Context, pageToken string) (w Waiting, err error) {
	c, l, err := b.open(ctx, pagePurpose, pageToken)
	if err != nil {
		return w, err
	}
	return Waiting{Letter: l, Version: c.version, Token: pageToken, Address: c.address}, nil
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
		return c, nil, expired // a token of a day whose key is gone looks like any broken one
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

// Counted is the page after confirming: the same whether the address was counted before or now.
type Counted struct {
	Letter *Letter
	Secret Secret    // of the private link; told this once
	By     time.Time // when the total will have it
}

// ConfirmCode is step 4 by the code that was mailed, typed into the waiting page.
func (b *Book) ConfirmCode(ctx context.Context, pageToken, typed string) (Counted, error) {
	c, l, err := b.open(ctx, pagePurpose, pageToken)
	if err != nil {
		return Counted{}, err
	}
	code := seal.TypedCode(typed)
	if code == "" {
		return Counted{}, errNoCode
	}
	if !b.budgets.try(l.ID, c.tag, b.Now()) {
		return Counted{}, errTries
	}
	if !b.Days.CodeIs(ctx, code, l.ID[:], c.tag[:]) {
		return Counted{}, errWrongCode
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
	now := b.Now()
	secret := newSecret()
	sign := receipt.Sign{Campaign: l.Campaign, Letter: l.ID, Version: c.version, Assurance: as,
		Commitment: secret.commitment(c.address, c.version), Lock: secret.preimage().Lock()}
	leaf := translog.Leaf{Ref: sign.Lock[:], Data: receipt.Marshal(sign), Pool: l.Pace.pool(l.ID), NotBefore: l.Pace.NotBefore(now)}
	used, hash := c.used(), secret.hash()
	closed := false
	err := b.DB.Update(ctx, func(tx *db.Tx) error {
		state, err := lockOpen(tx, l.ID)
		if closed = state != Open; err != nil || closed {
			return err
		}
		first, err := insertUsed(tx, used, c.expiryDay())
		if err != nil {
			return err
		}
		if first {
			fresh, err := insertSignature(tx, sign, c.tag[:], seal.Day(now))
			if err != nil {
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
	if closed {
		return Counted{}, errNotOpen
	}
	b.Log.Wake()
	return Counted{Letter: l, Secret: secret, By: l.Pace.CountedBy(now)}, nil
}

// Mine is what a private link finds.
type Mine struct {
	Letter *Letter
	Lock   receipt.Lock
	Ended  bool // withdrawn
	First  bool // the link that its entry was made for, so that it opens the lock
}

// Mine finds the signature of a private link. Whoever holds the link may.
func (b *Book) Mine(ctx context.Context, s Secret) (m Mine, err error) {
	var r signatureRow
	var found bool
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		r, found, err = selectBySecret(tx, s)
		return err
	})
	if err != nil {
		return m, err
	}
	if !found {
		return m, errNoLink
	}
	l, err := b.byID(r.letter)
	return Mine{Letter: l, Lock: r.lock, Ended: r.state != counted, First: r.first}, err
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
	ref := make([]byte, 16)
	rand.Read(ref)
	leaf := translog.Leaf{Ref: ref, Data: entry, Of: m.Lock[:], Pool: m.Letter.Pace.pool(m.Letter.ID), NotBefore: m.Letter.Pace.NotBefore(b.Now())}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		ended, err := endSignature(tx, m.Lock, as)
		if err != nil || !ended {
			return err
		}
		return b.Log.Queue(tx, leaf)
	})
	if err != nil {
		return m, err
	}
	b.Log.Wake()
	m.Ended = true
	return m, nil
}

// Waits tells whether a signature is still on its way into the log.
func (b *Book) Waits(ctx context.Context, lock receipt.Lock) (bool, error) {
	f, found, err := b.Log.Find(ctx, lock[:])
	return found && f.Index < 0, err
}

// Receipt is what stands behind /r/<lock>: the proof once the entry is in the log, a promise until then.
type Receipt struct {
	Lock    receipt.Lock
	Proof   []byte    // a C2SP tlog-proof whose extra data is the entry; nil while it waits
	Index   int64     // of the entry
	Size    int64     // of the log that the proof is against
	Promise []byte    // a signed note; nil once there is a proof
	By      time.Time // what the promise promises
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
	proof, head, err := b.Log.Proof(ctx, f.Index)
	if err != nil {
		return r, err
	}
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
