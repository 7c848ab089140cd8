package draft

import (
	"cmp"
	"context"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

// view reads a draft; one that is not there is NotFound.
func (b *Book) view(ctx context.Context, slug string, fn func(tx *db.Tx, box seal.Box, s state) error) error {
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		s, found, err := selectState(tx, slug)
		if err != nil || !found {
			return orNone(err)
		}
		return fn(tx, box, s)
	})
	if fault.Of(err) != nil {
		return err
	}
	return fault.In("draft", err)
}

// Draft is the draft of a case as it stands; see [Book.Open] for what was applied elsewhere. With ErrDamaged it is all but the document.
func (b *Book) Draft(ctx context.Context, slug string) (d Draft, err error) {
	err = b.view(ctx, slug, func(tx *db.Tx, box seal.Box, s state) error {
		r, _, damaged := selectRevision(tx, box, s, s.head)
		if damaged != nil && damaged != ErrDamaged {
			return damaged
		}
		d = Draft{Slug: slug, Revision: s.head, Doc: r.Doc, By: r.By, Changed: r.Made, Published: s.published}
		return cmp.Or(d.beside(tx, box), damaged)
	})
	return d, err
}

// beside fills in what is kept beside a draft's revisions.
func (d *Draft) beside(tx *db.Tx, box seal.Box) error {
	if _, err := tx.One(countAsideSQL, d.Slug).Scan(&d.Aside); err != nil {
		return err
	}
	row, found, err := selectReview(tx, d.Slug)
	if err != nil || !found {
		return err
	}
	v := row.open(box)
	if row.back {
		d.Back = &v
	} else {
		d.Review = &v
	}
	return nil
}

// Drafts are all that there are, by their slugs, without their documents. Whose they are is the organisers' own to say.
func (b *Book) Drafts(ctx context.Context) (all map[string]Draft, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return nil, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		all = map[string]Draft{}
		states, err := selectStates(tx)
		if err != nil {
			return err
		}
		for _, s := range states {
			d := Draft{Slug: s.slug, Revision: s.head, Published: s.published}
			var made int64
			if _, err := tx.One(headingRevSQL, s.slug, s.head).Scan(&d.By, &made); err != nil {
				return err
			}
			d.Changed = atHour(made)
			if err := d.beside(tx, box); err != nil {
				return err
			}
			all[s.slug] = d
		}
		return nil
	})
	return all, fault.In("draft", err)
}

// History is every revision that is kept, without its document, the newest first.
func (b *Book) History(ctx context.Context, slug string) (list []Revision, err error) {
	err = b.view(ctx, slug, func(tx *db.Tx, _ seal.Box, s state) error {
		list, err = selectRevisions(tx, s)
		list = slices.DeleteFunc(list, func(r Revision) bool { return r.What == whatTyped })
		return err
	})
	return list, err
}

// At is one revision; NotFound if it is not kept.
func (b *Book) At(ctx context.Context, slug string, n int) (r Revision, err error) {
	err = b.view(ctx, slug, func(tx *db.Tx, box seal.Box, s state) error {
		r, err = kept(selectRevision(tx, box, s, n))
		return err
	})
	return r, err
}

// Restore makes what a revision said the newest again, in a revision of its own: what stood there stays in the history, and restoring that undoes it. A revision that was kept aside waits for nobody
// any more.
func (b *Book) Restore(ctx context.Context, slug string, n int, by string) (Draft, error) {
	err := b.until(ctx, func(tx *db.Tx, box seal.Box) (p step, err error) {
		s, found, err := selectState(tx, slug)
		if err != nil || !found {
			return p, orNone(err)
		}
		r, err := kept(selectRevision(tx, box, s, n))
		if err != nil {
			return p, err
		}
		head, _, damaged := selectRevision(tx, box, s, s.head)
		if damaged != nil && damaged != ErrDamaged {
			return p, damaged
		}
		p = step{seen: s, next: s}
		if r.Open {
			p.settle = n
		}
		if damaged != nil || string(r.Doc) != string(head.Doc) {
			p.next.last++
			p.next.head = p.next.last
			p.add = []Revision{{N: p.next.head, Doc: r.Doc, By: by, What: WhatRestored, Base: n}}
		}
		return p, nil
	}, func(p step) bool { return moved(p) || p.settle > 0 })
	if err != nil {
		return Draft{}, err
	}
	return b.Draft(ctx, slug)
}

func kept(r Revision, found bool, err error) (Revision, error) {
	if err == nil && !found {
		err = errNone
	}
	return r, err
}

// Conflicts are what a revision that was kept aside says otherwise than the draft does now, where both changed what it was made from. Theirs is what the draft says.
func (b *Book) Conflicts(ctx context.Context, slug string, n int) (list []Conflict, err error) {
	err = b.view(ctx, slug, func(tx *db.Tx, box seal.Box, s state) error {
		mine, err := kept(selectRevision(tx, box, s, n))
		if err != nil {
			return err
		}
		from, _, err := b.baseOf(tx, box, s, mine.Base)
		if err != nil {
			return err
		}
		head, _, err := selectRevision(tx, box, s, s.head)
		if err != nil {
			return err
		}
		_, list, err = b.merged(from.Doc, mine.Doc, head.Doc)
		return err
	})
	return list, err
}

// Settle says that nobody has to look at a revision that was kept aside any more; it stays in the history. One that does not wait is NotFound.
func (b *Book) Settle(ctx context.Context, slug string, n int) error {
	none := false
	err := b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		none = false
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		s, found, err := selectState(tx, slug)
		if err != nil || !found {
			none = !found
			return err
		}
		list, err := selectRevisions(tx, s)
		if err != nil {
			return err
		}
		if none = !slices.ContainsFunc(list, func(r Revision) bool { return r.N == n && r.Open }); none {
			return nil
		}
		_, err = tx.Exec(asideRevSQL, slug, n, asideSettled)
		return err
	})
	if err == nil && none {
		return errNone
	}
	return fault.In("draft", err)
}

// MarkPublished says, in the caller's transaction, that a revision is public now. A review that was asked for ends. Saying it twice is saying it once. A revision that is not kept is NotFound.
func (b *Book) MarkPublished(tx *db.Tx, slug string, n int) error {
	if err := tx.Exclusive(lockNumber); err != nil {
		return fault.In("draft", err)
	}
	s, found, err := selectState(tx, slug)
	if err != nil || !found {
		return orNone(fault.In("draft", err))
	}
	list, err := selectRevisions(tx, s)
	if err != nil {
		return fault.In("draft", err)
	}
	there := false
	for _, r := range list {
		if r.N == s.published && r.What == WhatPublic && r.Base == n {
			return nil // what that publication came to was told already
		}
		there = there || r.N == n
	}
	if !there {
		return errNone
	}
	if s.published != n {
		s.earlier, s.published, s.applied, s.looked = s.published, n, n, false
		if err := s.update(tx); err != nil {
			return fault.In("draft", err)
		}
	}
	_, err = tx.Exec(deleteReviewSQL, slug)
	return fault.In("draft", err)
}

// LastPublished are what is public and what was public before that, which is revision 0 if nothing was, or it is damaged. NotFound if nothing is.
func (b *Book) LastPublished(ctx context.Context, slug string) (now, before Revision, err error) {
	err = b.view(ctx, slug, func(tx *db.Tx, box seal.Box, s state) error {
		if now, err = kept(selectRevision(tx, box, s, s.published)); err != nil {
			return err
		}
		if before, _, err = selectRevision(tx, box, s, s.earlier); err == ErrDamaged {
			before, err = Revision{}, nil
		}
		return err
	})
	return now, before, err
}
