package letter

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

func manifestHash(manifest []byte) receipt.Manifest { return sha256.Sum256(manifest) }

// find reads a letter in any state, and the text of its next version if an opening of that was cut short.
func (b *Book) find(ctx context.Context, caseSlug, slug string) (found *Letter, next map[lang.Tag]Wording, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		found, next = nil, nil
		list, err := selectLetters(tx)
		if err != nil {
			return err
		}
		for _, l := range list {
			if l.Case == caseSlug && l.Slug == slug {
				found = l
				next, err = selectTexts(tx, l.ID, l.Version+1)
			}
		}
		return err
	})
	return found, next, err
}

// refusal is what a campaign file asks of a letter and can't have; its author reads it, in English like the rest of a command's words.
func refusal(f *File, say string, args ...any) error {
	return casefile.Problems{{Path: "letters." + f.Slug, Say: fmt.Sprintf(say, args...)}}
}

// plan makes the letter that a file asks for, and says whether its text is new to the log.
func plan(old *Letter, next map[lang.Tag]Wording, caseSlug string, f *File, order []lang.Tag) (l *Letter, fresh bool, err error) {
	l = &Letter{Campaign: CampaignID(caseSlug), Case: caseSlug, Slug: f.Slug, State: f.State, Version: Version(f.Version), Pace: f.Pace, Dated: f.Dated.String(),
		About: About{RunBy: f.RunBy, Contact: f.Contact, Languages: order, Rehearsal: f.Rehearsal}, Texts: f.wordings(), Reports: f.Reports}
	if l.Pace == "" {
		l.Pace = Steady
	}
	if old == nil || old.State == Draft {
		if l.Version != 1 {
			return nil, false, refusal(f, "a new letter begins with version 1")
		}
		if old == nil {
			rand.Read(l.ID[:])
		} else {
			l.ID = old.ID
		}
		return l, true, nil
	}
	l.ID = old.ID
	same := maps.Equal(old.Texts, l.Texts) && old.Dated == l.Dated
	switch {
	case l.State == Draft:
		return nil, false, refusal(f, "it has been opened, and what is open can't become a draft again")
	case l.Version == old.Version && same:
		return l, old.State == Opening, nil
	case l.Version == old.Version:
		return nil, false, refusal(f, "people have signed the text of version %d as it stands; give the new text version: %d", old.Version, old.Version+1)
	case l.Version == old.Version+1 && len(next) > 0 && !maps.Equal(next, l.Texts):
		return nil, false, refusal(f, "version %d is on its way into the log with another text; apply that text again first, and give this one version: %d", l.Version, l.Version+1)
	case l.Version == old.Version+1:
		return l, true, nil
	}
	return nil, false, refusal(f, "the newest version is %d, so this file can say %d or %d", old.Version, old.Version, old.Version+1)
}

// Preview says whether a file's letter could be applied, without changing anything.
func (b *Book) Preview(ctx context.Context, caseSlug string, f *File, order []lang.Tag) error {
	old, next, err := b.find(ctx, caseSlug, f.Slug)
	if err != nil {
		return err
	}
	_, _, err = plan(old, next, caseSlug, f, order)
	return err
}

// Apply brings a letter to what a campaign file says. A new text is in the log before anyone can sign it: the share file is written, then
// {text rows, entry queued}, then it is sequenced, then the letter is open under that version. It may be run again after any failure.
func (b *Book) Apply(ctx context.Context, caseSlug string, f *File, order []lang.Tag) (*Letter, error) {
	old, next, err := b.find(ctx, caseSlug, f.Slug)
	if err != nil {
		return nil, err
	}
	l, fresh, err := plan(old, next, caseSlug, f, order)
	if err != nil {
		return nil, err
	}
	if l.State == Draft || !fresh {
		if err := b.DB.Update(ctx, func(tx *db.Tx) error { return b.save(tx, l, l.State, l.Version, false) }); err != nil {
			return nil, err
		}
		return l, b.Load(ctx)
	}
	// One letter has one pepper, for life: a second one would let everyone be counted twice.
	pepper := b.Unlock.Pepper
	if old == nil || old.State == Draft {
		pepper = b.Unlock.NewPepper
	}
	if _, err := pepper(l.ID.String()); err != nil {
		return nil, err
	}
	manifest := manifestHash(Manifest(l.ID, l.Version, l.Texts))
	entry := receipt.Marshal(receipt.Text{Campaign: l.Campaign, Letter: l.ID, Version: l.Version, Manifest: manifest})
	// The reference is drawn from the entry, so that a run cut short and run again queues it once.
	sum := sha256.Sum256(entry)
	ref := sum[:16]
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		state, shown := Opening, l.Version
		if old != nil && old.State == Open {
			state, shown = Open, old.Version // who signs meanwhile signs the text they see
		}
		if err := b.save(tx, l, state, shown, true); err != nil {
			return err
		}
		return b.Log.Queue(tx, translog.Leaf{Ref: ref, Data: entry})
	})
	if err != nil {
		return nil, err
	}
	if err := b.sequenced(ctx, ref); err != nil {
		return nil, err
	}
	err = b.DB.Update(ctx, func(tx *db.Tx) error { return b.save(tx, l, Open, l.Version, false) })
	if err != nil {
		return nil, err
	}
	return l, b.Load(ctx)
}

func (b *Book) save(tx *db.Tx, l *Letter, state State, shown Version, texts bool) error {
	row := *l
	row.State, row.Version = state, shown
	if err := upsertLetter(tx, &row); err != nil {
		return err
	}
	if texts || state == Draft {
		if err := insertTexts(tx, l.ID, l.Version, l.Texts, manifestHash(Manifest(l.ID, l.Version, l.Texts))); err != nil {
			return err
		}
	}
	return replaceReports(tx, l.ID, l.Reports)
}

// sequenced takes an entry into the log, or waits until another process has.
func (b *Book) sequenced(ctx context.Context, ref []byte) error {
	for {
		if _, err := b.Log.Sequence(ctx); err != nil && !fault.Is(err, fault.Busy) {
			return err
		}
		f, found, err := b.Log.Find(ctx, ref)
		if err != nil || (found && f.Index >= 0) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Export writes a case's letters as a campaign file has them.
func (b *Book) Export(ctx context.Context, caseSlug string) (files []File, err error) {
	var list []*Letter
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list, err = selectLetters(tx)
		return err
	})
	for _, l := range list {
		if l.Case != caseSlug {
			continue
		}
		f := File{Slug: l.Slug, State: l.State, Pace: l.Pace, Version: int(l.Version), Contact: l.About.Contact, RunBy: l.About.RunBy, Rehearsal: l.About.Rehearsal, Reports: l.Reports,
			Addressee: casefile.Text{}, Demand: casefile.Text{}, Title: casefile.Text{}, Body: casefile.Text{}}
		if f.State == Opening {
			f.State = Open
		}
		if f.Dated, err = casefile.ParseDate(l.Dated); err != nil {
			return nil, err
		}
		for _, tag := range slices.Collect(maps.Keys(l.Texts)) {
			w := l.Texts[tag]
			f.Addressee[tag], f.Demand[tag], f.Title[tag], f.Body[tag] = w.Addressee, w.Demand, w.Title, w.Body
		}
		files = append(files, f)
	}
	return files, err
}

// Rehearse fills a letter with made-up signers, each marked so in the log for good, by the way that real ones take. It
// adds what is missing to n, and tells progress how many it has added. For the demo and for rehearsals only.
func (b *Book) Rehearse(ctx context.Context, l *Letter, n int, progress func(done int)) error {
	have := int(b.Count(l.ID).ByAssurance[receipt.Rehearsal])
	work, errs := make(chan int), make(chan error, 1)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := range work {
				var tag seal.Tag
				rand.Read(tag[:])
				c := newClaim(l, l.Version, tag, lang.First, seal.Hide(fmt.Sprintf("signer-%d@rehearsal.invalid", i)), b.Now())
				if _, err := b.confirm(ctx, c, l, receipt.Rehearsal); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	for i := have; i < n && len(errs) == 0; i++ {
		work <- i
		if progress != nil {
			progress(i - have + 1)
		}
	}
	close(work)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
