package letter

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// count is the fold of the log so far. Whoever shows a number reads it here; it moves with the log and with nothing else.
type count struct {
	mu    sync.Mutex
	tally receipt.Tally
	root  tlog.Hash
	at    time.Time // when the log was seen to have grown to this
}

// Count is a letter's number at one size of the log.
type Count struct {
	receipt.Count
	Size int64     // of the log
	At   time.Time // when it was taken
}

// Start reads the whole log, checks it, and holds every row against it: a server whose rows disagree with its log must not start, and
// the error names the first that does. Then the count is that of the log.
func (b *Book) Start(ctx context.Context) error {
	if err := b.Load(ctx); err != nil {
		return err
	}
	var tally receipt.Tally
	var head translog.Head
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) { // one state of the database, for another process may be signing
		tally = receipt.Tally{}
		if head, err = b.Log.Check(tx, func(_ int64, data []byte) error { return tally.Add(data) }); err != nil {
			return err
		}
		return b.audit(tx, &tally)
	})
	if err != nil {
		return err
	}
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	b.count.tally, b.count.root, b.count.at = tally, head.Root, b.Now()
	return nil
}

// CatchUp folds what the log has grown by, and tells whether it had: with an error, too, for what was folded before it is not told again.
func (b *Book) CatchUp(ctx context.Context) (grown bool, err error) {
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	return b.catchUp(ctx)
}

func (b *Book) catchUp(ctx context.Context) (bool, error) {
	head, err := b.Log.Head(ctx)
	was := b.count.tally.Size()
	if err != nil || head.Size < was || head.Size == was && head.Root == b.count.root {
		return false, err
	}
	err = b.Log.Entries(ctx, was, head.Size, func(_ int64, data []byte) error { return b.count.tally.Add(data) })
	if err != nil {
		return b.count.tally.Size() > was, err
	}
	b.count.root, b.count.at = head.Root, b.Now()
	return true, nil
}

// Count is the number of a letter as the log has it.
func (b *Book) Count(id receipt.Letter) Count {
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	c, _ := b.count.tally.Letter(id)
	return Count{c, b.count.tally.Size(), b.count.at}
}

// Published is /letters.json.
func (b *Book) Published() receipt.Published {
	b.mu.RLock()
	slugs := map[receipt.Letter][2]string{}
	for _, l := range b.letters {
		slugs[l.ID] = [2]string{l.Case, l.Slug}
	}
	b.mu.RUnlock()
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	return b.count.tally.Publish(b.Log.Origin(), b.count.root, func(id receipt.Letter) (string, string) { return slugs[id][0], slugs[id][1] })
}

// Text is a version's wording in each language; a fault of kind NotFound if there is none.
func (b *Book) Text(ctx context.Context, id receipt.Letter, v Version) (texts map[lang.Tag]Wording, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		texts, err = selectTexts(tx, id, v)
		return err
	})
	if err == nil && len(texts) == 0 {
		err = errNoLetter
	}
	return texts, err
}

// Manifest is a version's text as the log hashes it. Every version that was ever logged can be read for good.
func (b *Book) Manifest(ctx context.Context, id receipt.Letter, v Version) ([]byte, error) {
	if !slices.ContainsFunc(b.Count(id).Texts, func(t receipt.TextVersion) bool { return t.Version == v }) {
		return nil, errNoLetter // a draft, or a version that is still on its way
	}
	texts, err := b.Text(ctx, id, v)
	return Manifest(id, v, texts), err
}
