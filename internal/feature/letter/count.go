package letter

import (
	"context"
	"fmt"
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
	reading sync.Mutex // one reads the log at a time, and not under mu: who only asks for a number does not wait for the database

	mu    sync.Mutex
	tally receipt.Tally
	root  tlog.Hash // of the log at the tally's size, always
	at    time.Time // when the log was seen to have grown to this
}

// foldMost is how many entries are read before they are folded: a batch's, so that what a running server reads is nearly always read at once.
const foldMost = 8192

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
	b.count.reading.Lock()
	defer b.count.reading.Unlock()
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

// CatchUp folds what the log has grown by. What can't be read whole is not folded at all: the number and the log's size and root stay those of one moment. How far it has come is what
// Folded tells, and not for CatchUp to say: whoever else has called it meanwhile has moved the number, too.
func (b *Book) CatchUp(ctx context.Context) error {
	b.count.reading.Lock()
	defer b.count.reading.Unlock()
	head, err := b.Log.Head(ctx)
	for was := b.Folded(); err == nil && was < head.Size; was = b.Folded() {
		err = b.fold(ctx, was, head)
	}
	return err
}

// fold reads the next entries up to the log's head, foldMost at most, and then folds them. The caller holds reading.
func (b *Book) fold(ctx context.Context, was int64, head translog.Head) (err error) {
	to, root := min(head.Size, was+foldMost), head.Root
	if to < head.Size {
		if root, err = b.Log.RootAt(ctx, to); err != nil {
			return err
		}
	}
	grown := make([][]byte, 0, to-was)
	err = b.Log.Entries(ctx, was, to, func(_ int64, data []byte) error { grown = append(grown, data); return nil })
	if err != nil {
		return err
	}
	if int64(len(grown)) != to-was {
		return fmt.Errorf("letter: of the log's entries from %d to %d there are %d", was, to, len(grown))
	}
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	for _, data := range grown {
		if err := b.count.tally.Add(data); err != nil {
			return err
		}
	}
	b.count.root, b.count.at = root, b.Now()
	return nil
}

// Folded is the size of the log that the numbers are of.
func (b *Book) Folded() int64 {
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	return b.count.tally.Size()
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
