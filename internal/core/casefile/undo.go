package casefile

import (
	"cmp"
	"context"
	"slices"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// UndoTime is for how long a publication can be undone.
const UndoTime = 10 * time.Minute

// before is what a publication has put aside.
type before struct {
	doc      string // empty: there was nothing
	revision int64  // of the publication; 0: the case itself did not change
	mark     string
	beside   []byte
	until    time.Time
	undone   bool
}

// Aside is what stood in a case's place before its last publication.
type Aside struct {
	File   *File     // nil: there was none
	Beside []byte    // what its publisher put aside with it
	Until  time.Time // when it can be undone no more
	Mark   string    // of that publication
}

var (
	errUndone  = fault.New(fault.Gone, "fault.undo.none")
	errTooLate = fault.New(fault.Gone, "fault.undo.late")
	errExposes = fault.New(fault.Refused, "fault.undo.exposes")
)

// Publish is [Book.Apply] that can be undone for [UndoTime]: what stood before is put aside that long, with what the caller keeps beside it. mark names this
// publication: carried out twice, it keeps what it kept the first time. Who may publish at the desk calls it, through the app.
func (b *Book) Publish(tx *db.Tx, f *File, mark string, beside []byte) (Applied, error) {
	if b.now == nil {
		return b.Apply(tx, f)
	}
	return b.apply(tx, f, &before{mark: mark, beside: beside, until: b.now().Add(UndoTime)})
}

// putAside keeps what stood before a publication; nil is none.
func putAside(tx *db.Tx, slug, doc string, revision int64, aside *before) error {
	if aside == nil {
		return nil
	}
	kept, found, err := selectBefore(tx, slug)
	if err != nil || found && kept.mark == aside.mark {
		return err
	}
	aside.doc, aside.revision = doc, revision
	return putBefore(tx, slug, *aside)
}

// Undoable is what [Book.Undo] would bring back; false if nothing can be undone, or no more. The mark is that of the last publication while anything is kept of it.
func (b *Book) Undoable(ctx context.Context, slug string) (out Aside, ok bool, err error) {
	if b.now == nil {
		return out, false, nil
	}
	err = b.db.View(ctx, func(tx *db.Tx) error {
		kept, found, err := selectBefore(tx, slug)
		ok = found && !kept.undone && b.now().Before(kept.until)
		out.Mark = kept.mark
		if err != nil || !ok {
			return err
		}
		if out, err = kept.told(); err != nil {
			return err
		}
		exposes, err := b.exposes(tx, slug, out.File)
		ok = !exposes
		return err
	})
	return out, ok, fault.In("casefile", err)
}

// exposes tells whether bringing a file back would show what the one in its place keeps back for somebody's sake: a publication that took a name out, or says that somebody
// agrees no more, is no slip to be undone by one press.
func (b *Book) exposes(tx *db.Tx, slug string, was *File) (bool, error) {
	if was == nil {
		return false, nil
	}
	now, err := b.In(tx, slug)
	if err != nil {
		return false, err
	}
	agreed, err := b.agreements(tx)
	if err != nil {
		return false, fault.In("casefile", err)
	}
	was = copied(was)
	for _, f := range []*File{was, now} {
		f.Case.Publication.Consents = append(f.Case.Publication.Consents, agreed[slug]...)
	}
	return was.Exposes(now), nil
}

// Begun tells whether the publication of that mark has put anything in its place already, and nothing else came after it: then it is only to be carried to its end.
func (b *Book) Begun(ctx context.Context, slug, mark string) (begun bool, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) error {
		kept, found, err := selectBefore(tx, slug)
		begun = found && kept.mark == mark && !kept.undone
		return err
	})
	return begun, fault.In("casefile", err)
}

func (k before) told() (out Aside, err error) {
	out.Beside, out.Until, out.Mark = k.beside, k.until, k.mark
	if k.doc != "" {
		out.File, err = stored(k.doc)
	}
	return out, err
}

// Undo brings back what was public before the publication of a mark, if that is the last one of a case, and forgets that there was one: its changes are told nowhere. Where there was nothing
// the case stays, and is quiet and without a photograph. Undoing what is undone changes nothing and tells the same, so that it can be carried out again. After [UndoTime], or once another one followed or the case was applied
// otherwise, it is a fault of kind Gone; where it would show what that publication took from the public for somebody's sake, Refused: see [File.Exposes].
func (b *Book) Undo(tx *db.Tx, slug, mark string) (out Aside, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return out, fault.In("casefile", err)
	}
	kept, found, err := selectBefore(tx, slug)
	switch {
	case err != nil:
		return out, fault.In("casefile", err)
	case !found || b.now == nil || kept.mark != mark:
		return out, errUndone
	case !kept.undone && !b.now().Before(kept.until):
		return out, errTooLate
	}
	if out, err = kept.told(); err != nil || kept.undone {
		return out, err
	}
	if exposes, err := b.exposes(tx, slug, out.File); err != nil || exposes {
		return out, cmp.Or(err, error(errExposes))
	}
	doc := kept.doc
	if doc == "" {
		f, err := b.In(tx, slug)
		if err != nil {
			return out, err
		}
		f.Case.Publication.Level, f.Person.Photo = Quiet, nil // the draft has it, sealed
		doc = writeJSON(f)
	} else if gone, err := b.unseeable(tx, out.File); err != nil {
		return out, err
	} else if gone {
		doc = writeJSON(out.File)
	}
	revision, err := selectRevision(tx)
	if err != nil {
		return out, fault.In("casefile", err)
	}
	for _, err := range []error{dropRevision(tx, slug, kept.revision), putFile(tx, slug, doc, revision+1), undoneBefore(tx, slug)} {
		if err != nil {
			return out, fault.In("casefile", err)
		}
	}
	return out, nil
}

// Sweep forgets what can be undone no more; app calls it now and then.
func (b *Book) Sweep(ctx context.Context) error {
	if b.now == nil {
		return nil
	}
	return fault.In("casefile", b.db.Update(ctx, func(tx *db.Tx) error { return dropOver(tx, b.now().Add(-UndoTime)) })) // an undoing that was cut short has time to end
}

// Foreseen is what the public would see of a file today if it were applied and public, stops and all; nothing is stored. A file that says on nobody's word is shown
// as if there were such a word, and says none. False: nothing would be seen, because who binds the campaign has stopped it, or every consent has ended.
func (b *Book) Foreseen(ctx context.Context, f *File) (out *File, ok bool, err error) {
	f = copied(f)
	f.DropSealed()
	p := &f.Case.Publication
	p.Level = Public
	if f.Case.State == Withheld {
		f.Case.State = ""
	}
	var stops []Stop
	var agreed map[string][]Consent
	err = b.db.View(ctx, func(tx *db.Tx) (err error) {
		if agreed, err = b.agreements(tx); err != nil {
			return err
		}
		stops, err = selectStops(tx, f.Case.Slug)
		return err
	})
	if err != nil {
		return nil, false, fault.In("casefile", err)
	}
	named := func(list []Consent) bool {
		return slices.ContainsFunc(list, func(k Consent) bool { return slices.Contains(k.Scope, ScopeName) })
	}
	unsaid := p.Necessity == nil && !named(p.Consents) && !named(agreed[f.Case.Slug])
	if unsaid {
		p.Necessity = &Necessity{}
	}
	if out, ok = b.project(f, stops, agreed[f.Case.Slug]); ok && unsaid {
		out.Case.Publication.Necessity = nil
	}
	return out, ok, nil
}
