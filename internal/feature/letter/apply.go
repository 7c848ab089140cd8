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
		found, next, err = findIn(tx, caseSlug, slug)
		return err
	})
	return found, next, err
}

func findIn(tx *db.Tx, caseSlug, slug string) (found *Letter, next map[lang.Tag]Wording, err error) {
	list, err := selectLetters(tx)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range list {
		if l.Case == caseSlug && l.Slug == slug {
			next, err = selectTexts(tx, l.ID, l.Version+1)
			return l, next, err
		}
	}
	return nil, nil, nil
}

// refusal is what a campaign file asks of a letter and can't have; its author reads it, in English like the rest of a command's words.
func refusal(f *File, say string, args ...any) error {
	return casefile.Problems{{Path: "letters." + f.Slug, Say: fmt.Sprintf(say, args...)}}
}

// plan makes the letter that a file asks for, and says whether its text is new to the log.
func plan(old *Letter, next map[lang.Tag]Wording, caseSlug string, f *File, order []lang.Tag) (l *Letter, fresh bool, err error) {
	l = &Letter{Campaign: CampaignID(caseSlug), Case: caseSlug, Slug: f.Slug, State: f.State, Version: Version(f.Version), Pace: f.Pace, Dated: f.Dated.String(),
		About: About{RunBy: f.RunBy, Contact: f.Contact, Languages: order, Rehearsal: f.Rehearsal, Succeeds: f.Succeeds, NoNames: f.NoNames, Asks: f.Asks},
		Texts: f.wordings(), Reports: named(f.Reports)}
	if l.Pace == "" {
		l.Pace = Steady
	}
	ended := old != nil && (old.State == Closing || old.State == Closed)
	switch {
	case l.State == Closed && !ended:
		return nil, false, refusal(f, "closing is for good and destroys what tells signers apart, so no file does it; run outcry letter close %s/%s", caseSlug, f.Slug)
	case ended && l.State != Closed:
		return nil, false, refusal(f, "it was closed for good; say state: closed, and let a new letter with its own slug follow it (succeeds: %s)", f.Slug)
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
		return l, l.State != Draft, nil
	}
	l.ID, l.Opened = old.ID, old.Opened
	same := maps.Equal(old.Texts, l.Texts) && old.Dated == l.Dated
	switch {
	case l.State == Draft:
		return nil, false, refusal(f, "it has been opened, and what is open can't become a draft again")
	case l.Version == old.Version && same:
		return l, old.State == Opening, nil
	case ended:
		return nil, false, refusal(f, "it is closed, and the text that people signed stays as it is")
	case l.Version == old.Version:
		return nil, false, refusal(f, "people have signed the text of version %d as it stands; give the new text version: %d", old.Version, old.Version+1)
	case l.Version == old.Version+1 && len(next) > 0 && !maps.Equal(next, l.Texts):
		return nil, false, refusal(f, "version %d is on its way into the log with another text; apply that text again first, and give this one version: %d", l.Version, l.Version+1)
	case l.Version == old.Version+1:
		return l, true, nil
	}
	return nil, false, refusal(f, "the newest version is %d, so this file can say %d or %d", old.Version, old.Version, old.Version+1)
}

// Succession finds letters of a file that say they follow one which is neither in the file nor among those already known, or themselves.
func Succession(files []File, known []string) (p casefile.Problems) {
	for i, f := range files {
		if f.Succeeds == "" {
			continue
		}
		there := slices.Contains(known, f.Succeeds) || slices.ContainsFunc(files, func(o File) bool { return o.Slug == f.Succeeds })
		if f.Succeeds == f.Slug || !there {
			p = append(p, casefile.Problem{Path: fmt.Sprintf("letters[%d].succeeds", i), Say: "name another letter of this case, by its slug: the one that this one follows",
				Breach: casefile.Broken("rule.letter_follows")})
		}
	}
	return p
}

// Slugs lists a case's letters in any state.
func (b *Book) Slugs(ctx context.Context, caseSlug string) (slugs []string, err error) {
	list, err := b.All(ctx, caseSlug)
	for _, l := range list {
		slugs = append(slugs, l.Slug)
	}
	return slugs, err
}

// All lists a case's letters in any state, drafts among them, or those of all cases for an empty slug. For organisers.
func (b *Book) All(ctx context.Context, caseSlug string) (list []*Letter, err error) {
	var all []*Letter
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		all, err = selectLetters(tx)
		return err
	})
	for _, l := range all {
		if caseSlug == "" || l.Case == caseSlug {
			list = append(list, l)
		}
	}
	return list, err
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

// applying is the number of PostgreSQL's advisory lock under which one file at a time is applied.
const applying = 0x6f757463727902

// Apply brings a letter to what a campaign file says. A new text is in the log before anyone can sign it: the share file is written, then
// {text rows, entry queued}, then it is sequenced, then the letter is open under that version, or paused. It may be run again after any failure,
// and of two files that disagree, applied at one moment, one is refused.
func (b *Book) Apply(ctx context.Context, caseSlug string, f *File, order []lang.Tag) (*Letter, error) {
	for {
		l, moved, err := b.apply(ctx, caseSlug, f, order)
		if err != nil {
			return nil, err
		}
		if !moved {
			return l, b.Load(ctx)
		}
	}
}

// apply is Apply once; moved says that another process changed the letter between the look at it and the transaction.
func (b *Book) apply(ctx context.Context, caseSlug string, f *File, order []lang.Tag) (l *Letter, moved bool, err error) {
	old, next, err := b.find(ctx, caseSlug, f.Slug)
	if err != nil {
		return nil, false, err
	}
	l, fresh, err := plan(old, next, caseSlug, f, order)
	if err != nil {
		return nil, false, err
	}
	if fresh {
		// One letter has one pepper, for life: a second one would let everyone be counted twice.
		pepper := b.Unlock.Pepper
		if old == nil || old.State == Draft {
			pepper = b.Unlock.NewPepper
		}
		if _, err := pepper(l.ID.String()); err != nil {
			return nil, false, err
		}
	}
	manifest := manifestHash(Manifest(l.ID, l.Version, l.Texts))
	entry := receipt.Marshal(receipt.Text{Campaign: l.Campaign, Letter: l.ID, Version: l.Version, Manifest: manifest})
	// The reference is drawn from the entry, so that a run cut short and run again queues it once.
	sum := sha256.Sum256(entry)
	ref := sum[:16]
	var refused error
	begun, ours := Opening, false
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		var now *Letter
		begun = Opening
		now, moved, refused, err = b.again(tx, old, l, fresh, caseSlug, f, order)
		ours = now != nil && now.ID == l.ID
		if err != nil || moved || refused != nil {
			return err
		}
		if !fresh {
			return b.settle(tx, l, now)
		}
		if now != nil && now.State.Alive() {
			begun = now.State // who signs meanwhile signs the text they see
		} else {
			row := *l
			row.State = Opening
			if err := upsertLetter(tx, &row); err != nil {
				return err
			}
		}
		if err := insertTexts(tx, l.ID, l.Version, l.Texts, manifest); err != nil {
			return err
		}
		return b.Log.Queue(tx, translog.Leaf{Ref: ref, Data: entry})
	})
	// Nobody has seen the id that this share was made for; unless the transaction came about, its answer was lost, and it ran again.
	if old == nil && fresh && err == nil && !ours && (moved || refused != nil) {
		err = b.Unlock.DropPepper(l.ID.String())
	}
	if err == nil {
		err = refused
	}
	if err != nil || moved || !fresh {
		return l, moved, err
	}
	if err := b.sequenced(ctx, ref); err != nil {
		return nil, false, err
	}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(applying); err != nil {
			return err
		}
		now, found, err := lockLetter(tx, l.ID)
		switch {
		case err != nil:
			return err
		case !found || (now.State != Opening && !now.State.Alive()):
			refused = refusal(f, "it was closed meanwhile")
			return nil
		case now.State.Alive() && now.Version > l.Version: // another process has brought it further
			return nil
		case now.State.Alive() && now.State != begun && begun != Opening:
			l.State = now.State // someone paused or resumed it meanwhile
		}
		if err := upsertLetter(tx, l); err != nil {
			return err
		}
		return b.state(tx, l)
	})
	if err == nil {
		err = refused
	}
	return l, false, err
}

// again looks at the letter once more, now that nobody else can change it until the transaction ends, and plans anew. now is nil if there is none.
func (b *Book) again(tx *db.Tx, old, l *Letter, fresh bool, caseSlug string, f *File, order []lang.Tag) (now *Letter, moved bool, refused, err error) {
	if err := tx.Exclusive(applying); err != nil {
		return nil, false, nil, err
	}
	now, next, err := findIn(tx, caseSlug, f.Slug)
	if err != nil {
		return nil, false, nil, err
	}
	if now != nil {
		row, _, err := lockLetter(tx, now.ID)
		if err != nil {
			return nil, false, nil, err
		}
		now.State = row.State
	}
	planned, anew, refused := plan(now, next, caseSlug, f, order)
	if refused != nil {
		return now, false, refused, nil
	}
	moved = anew != fresh || (now == nil) != (old == nil) || now != nil && planned.ID != l.ID
	return now, moved, nil, nil
}

// settle writes what is not text: of a draft all of it; of a letter that people can see, what the file says beside its text. A file opens and
// pauses, and does neither to a letter that is closing or closed.
func (b *Book) settle(tx *db.Tx, l, now *Letter) error {
	if l.State == Draft {
		if err := insertTexts(tx, l.ID, l.Version, l.Texts, manifestHash(Manifest(l.ID, l.Version, l.Texts))); err != nil {
			return err
		}
	} else if !now.State.Alive() {
		l.State = now.State
	}
	if err := upsertLetter(tx, l); err != nil {
		return err
	}
	return b.state(tx, l)
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
	list, err := b.All(ctx, caseSlug)
	for _, l := range list {
		f := File{Slug: l.Slug, State: l.State, Pace: l.Pace, Version: int(l.Version), Contact: l.About.Contact, RunBy: l.About.RunBy, Rehearsal: l.About.Rehearsal,
			Succeeds: l.About.Succeeds, NoNames: l.About.NoNames, Asks: l.About.Asks, Reports: l.Reports,
			Addressee: casefile.Text{}, Demand: casefile.Text{}, Title: casefile.Text{}, Body: casefile.Text{}}
		for i, r := range f.Reports {
			if r.Kind == Elsewhere { // as a file that says nothing means it
				f.Reports[i].Kind = ""
			}
		}
		switch f.State {
		case Opening:
			f.State = Open
		case Closing:
			f.State = Closed
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
