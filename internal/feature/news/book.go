package news

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// Config is what a Book needs.
type Config struct {
	DB  *db.DB
	Log *translog.Log
	// Case finds what the public may see of a case, without I/O; a fault if there is nothing.
	Case    func(slug string) (*casefile.File, error)
	MailURL string // what mailed links begin with, without a slash at the end
	Now     func() time.Time
}

// Book keeps the sealed addresses of this installation. Safe for any goroutine.
type Book struct{ Config }

var errNoRow = errors.New("news: this is no row that Seal made")

// NewBook makes a Book.
func NewBook(c Config) *Book { return &Book{c} }

// recipient is the key of a case's organisers.
func (b *Book) recipient(caseSlug string) (seal.Recipient, error) {
	f, err := b.Case(caseSlug)
	if err != nil {
		return seal.Recipient{}, err
	}
	if f.Campaign.NewsRecipient == "" {
		return seal.Recipient{}, fault.New(fault.Refused, "fault.news.none")
	}
	return seal.ParseRecipient(f.Campaign.NewsRecipient)
}

// Offered tells whether addresses are taken: the case is public and its organisers gave a key. Without one nothing is: it could only be kept readable.
func (b *Book) Offered(caseSlug string) bool {
	_, err := b.recipient(caseSlug)
	return err == nil
}

// Seal seals an address to the organisers' key, for Add, and returns the link that ends its news. asking are 16 random bytes or more, of this asking alone
// and known to who asked: from them alone the link follows, so that it can be told again. It does no I/O. A case whose organisers gave no key is a fault of
// kind Refused.
func (b *Book) Seal(caseSlug string, a seal.Private[string], tongue lang.Tag, asking []byte) (sealed []byte, stop string, err error) {
	to, err := b.recipient(caseSlug)
	if err != nil {
		return nil, "", err
	}
	r, stop, err := newRow(to, caseSlug, b.MailURL, a.Reveal(), tongue, asking)
	if err != nil {
		return nil, "", err
	}
	return r.bytes(), stop, nil
}

// Add keeps what Seal made, in the caller's transaction. The same row twice is one row.
func (b *Book) Add(tx *db.Tx, sealed []byte) error {
	r, ok := parseRow(sealed)
	if !ok {
		return errNoRow
	}
	return fault.In("news", insertNews(tx, r))
}

// Has tells whether what Seal made of the same asking is kept.
func (b *Book) Has(tx *db.Tx, sealed []byte) (bool, error) {
	r, ok := parseRow(sealed)
	if !ok {
		return false, errNoRow
	}
	has, err := hasNews(tx, r.stop)
	return has, fault.In("news", err)
}

// Stop forgets the rows of a link. Whoever has the link may; one of which nothing is left, or never was, is answered alike.
func (b *Book) Stop(ctx context.Context, tokens string) error {
	list := hashes(tokens)
	return b.DB.Update(ctx, func(tx *db.Tx) error {
		for _, h := range list {
			if err := deleteNews(tx, h); err != nil {
				return fault.In("news", err)
			}
		}
		return nil
	})
}

// Count is how many rows a case has; an address that was left twice is two.
func (b *Book) Count(ctx context.Context, caseSlug string) (n int, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		n, err = countNews(tx, caseSlug)
		return err
	})
	return n, err
}

// Export writes a case's rows as a file for Open, and tells how many. Only who may run commands on the server calls it.
func (b *Book) Export(ctx context.Context, caseSlug string, out io.Writer) (n int, err error) {
	w := newSealedFile(out, caseSlug)
	after := []byte{}
	for {
		var some []row
		err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
			some, err = someNews(tx, caseSlug, after)
			return err
		})
		if err != nil {
			return w.n, err
		}
		if len(some) == 0 {
			return w.n, w.end()
		}
		for _, r := range some {
			if err := w.add(r.sealed); err != nil {
				return w.n, err
			}
		}
		after = some[len(some)-1].id[:]
	}
}

// Announce queues a log entry that says under which key a campaign receives from now on, in the transaction that changes it; nothing if it stays or is
// taken out. After the commit the caller wakes the log. Only who may apply a campaign file calls it.
func (b *Book) Announce(tx *db.Tx, campaign receipt.Campaign, was, is string) error {
	if is == "" || is == was {
		return nil
	}
	to, err := seal.ParseRecipient(is)
	if err != nil {
		return fmt.Errorf("campaign.news_recipient: %w", err)
	}
	ref := make([]byte, 16)
	rand.Read(ref)
	return b.Log.Queue(tx, translog.Leaf{Ref: ref, Data: receipt.Marshal(receipt.KeyEntry{Campaign: campaign, Kind: receipt.NewsKey, Fingerprint: to.Fingerprint()})})
}
