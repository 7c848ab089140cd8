package letter

import (
	"context"
	"fmt"
	"sync"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/receipt"

	"golang.org/x/mod/sumdb/tlog"
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
	if err := b.Log.Check(ctx, func(_ int64, data []byte) error { return tally.Add(data) }); err != nil {
		return err
	}
	head, err := b.Log.Head(ctx)
	if err != nil {
		return err
	}
	if err := b.audit(ctx, &tally); err != nil {
		return err
	}
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	b.count.tally, b.count.at = tally, b.Now()
	if head.Size == tally.Size() {
		b.count.root = head.Root
		return nil
	}
	_, err = b.catchUp(ctx) // another process was quicker
	return err
}

// CatchUp folds what the log has grown by, and tells whether it had.
func (b *Book) CatchUp(ctx context.Context) (grown bool, err error) {
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	return b.catchUp(ctx)
}

func (b *Book) catchUp(ctx context.Context) (bool, error) {
	head, err := b.Log.Head(ctx)
	if err != nil || head.Size <= b.count.tally.Size() {
		return false, err
	}
	err = b.Log.Entries(ctx, b.count.tally.Size(), head.Size, func(_ int64, data []byte) error { return b.count.tally.Add(data) })
	if err != nil {
		return false, err
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
	texts, err := b.Text(ctx, id, v)
	return Manifest(id, v, texts), err
}

// audit holds rows against the log: every text its hash, every signature its entry, every entry its row.
func (b *Book) audit(ctx context.Context, tally *receipt.Tally) error {
	waits, about := map[receipt.Lock]bool{}, map[receipt.Lock]bool{} // in the queue; what a queued entry is about
	err := b.Log.Waiters(ctx, func(ref, of []byte) error {
		if len(ref) == len(receipt.Lock{}) {
			waits[receipt.Lock(ref)] = true
		}
		if len(of) == len(receipt.Lock{}) {
			about[receipt.Lock(of)] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	logged := map[receipt.Letter]map[Version]receipt.TextVersion{}
	for _, c := range tally.Letters() {
		logged[c.ID] = map[Version]receipt.TextVersion{}
		for _, t := range c.Texts {
			logged[c.ID][t.Version] = t
		}
	}
	return b.DB.View(ctx, func(tx *db.Tx) error {
		err := eachText(tx, func(r textRow) error {
			sum := manifestHash(Manifest(r.letter, r.version, r.texts))
			t, ok := logged[r.letter][r.version]
			if r.sha != sum || (ok && t.Manifest != sum) {
				return fmt.Errorf("the text of version %d of letter %s is not the one that the log's entry %d hashes", r.version, r.letter, t.Entry)
			}
			delete(logged[r.letter], r.version)
			return nil
		})
		if err != nil {
			return err
		}
		for id, versions := range logged {
			for v, t := range versions {
				return fmt.Errorf("the text of version %d of letter %s is gone; the log's entry %d hashes it", v, id, t.Entry)
			}
		}
		rows := 0
		err = eachSignature(tx, func(f signatureFact) error {
			s, ok := tally.Standing(f.lock)
			if !ok {
				if waits[f.lock] {
					return nil
				}
				return fmt.Errorf("signature %s is in no entry of the log and does not wait for one", f.lock)
			}
			rows++
			if s.Letter != f.letter || s.Version != f.version || s.Assurance != f.assurance {
				return fmt.Errorf("signature %s says another letter, version or assurance than its entry in the log", f.lock)
			}
			if s.Counted != (f.state == counted) && !about[f.lock] {
				return fmt.Errorf("signature %s is %s here, and the log says otherwise", f.lock, f.state)
			}
			return nil
		})
		if err == nil && rows != tally.Signatures() {
			err = fmt.Errorf("the log has %d signatures and %d rows here: rows are gone", tally.Signatures(), rows)
		}
		return err
	})
}
