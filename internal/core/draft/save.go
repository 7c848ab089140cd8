package draft

import (
	"bytes"
	"context"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

// Begin makes a case's draft in the caller's transaction. It is a fault of kind Conflict if the case has one, TooLarge for a document above [Most], Invalid for what is none.
func (b *Book) Begin(tx *db.Tx, slug string, doc []byte, by string) error {
	doc, err := b.canon(doc)
	if err != nil {
		return err
	}
	if err := tx.Exclusive(lockNumber); err != nil {
		return fault.In("draft", err)
	}
	box, err := b.keyIn(tx)
	if err != nil {
		return fault.In("draft", err)
	}
	_, found, err := selectState(tx, slug)
	switch {
	case err != nil:
		return fault.In("draft", err)
	case found:
		return errThere
	}
	return fault.In("draft", b.begin(tx, box, state{slug: slug, head: 1, last: 1}, Revision{N: 1, Doc: doc, By: by, What: WhatBegun}))
}

func (b *Book) begin(tx *db.Tx, box seal.Box, s state, r Revision) error {
	if err := s.insert(tx); err != nil {
		return err
	}
	r.Made = b.Now()
	return insertRevision(tx, box, s.slug, r)
}

// step is what changes a draft: seen is where the draft stood when it was thought out, next where it stands then.
type step struct {
	seen, next state
	fresh      bool // the draft is made
	add        []Revision
	aside      int // a revision that was of the chain and is aside from now on; 0: none
	asideBase  int
	settle     int // a revision aside that waits no more; 0: none
}

// take carries a step out, unless the draft has moved since.
func (b *Book) take(ctx context.Context, box seal.Box, s step) (done bool, err error) {
	err = b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		done = false
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		now, found, err := selectState(tx, s.next.slug)
		if err != nil || found == s.fresh || found && now != s.seen {
			return err
		}
		done = true
		if s.fresh {
			err = s.next.insert(tx)
		} else {
			err = s.next.update(tx)
		}
		for i := 0; i < len(s.add) && err == nil; i++ {
			s.add[i].Made = b.Now()
			err = insertRevision(tx, box, s.next.slug, s.add[i])
		}
		if s.aside > 0 && err == nil {
			_, err = tx.Exec(asideBaseSQL, s.next.slug, s.aside, s.asideBase)
		}
		if s.settle > 0 && err == nil {
			_, err = tx.Exec(asideRevSQL, s.next.slug, s.settle, asideSettled)
		}
		if err == nil && s.next.last/floodEach != s.seen.last/floodEach {
			err = b.sweep(tx, s.next)
		}
		return err
	})
	return done && err == nil, err
}

// until does what try thinks out, again and again while others overtake it.
func (b *Book) until(ctx context.Context, try func(tx *db.Tx, box seal.Box) (step, error), moves func(s step) bool) error {
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	for range triesMost {
		var s step
		var refused error
		err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
			s, err = try(tx, box)
			if fault.Of(err) != nil {
				refused, err = err, nil
			}
			return err
		})
		if err == nil && refused != nil {
			return refused
		}
		if err != nil || !moves(s) {
			return fault.In("draft", err)
		}
		done, err := b.take(ctx, box, s)
		if err != nil || done {
			return fault.In("draft", err)
		}
	}
	return errBusy
}

func moved(s step) bool { return s.fresh || s.seen != s.next || len(s.add) > 0 }

// Open is the draft of a case, brought up to what the installation tells of the case now (nil: it has none). Without a draft it begins one from that; a case that has neither is NotFound.
// When what is told is not what the draft last saw, somebody applied a file: it is merged in, what was applied stays where both changed something, and the draft as it was is
// kept aside. What is first told after a publication is what that publication came to. A newest revision that is damaged is ErrDamaged, with all of the draft but its document.
func (b *Book) Open(ctx context.Context, slug string, applied []byte) (Draft, error) {
	if len(applied) > 0 {
		doc, err := b.canon(applied)
		if err != nil {
			return Draft{}, err
		}
		err = b.until(ctx, func(tx *db.Tx, box seal.Box) (step, error) { return b.follow(tx, box, slug, doc) }, moved)
		if err != nil {
			return Draft{}, err
		}
	}
	return b.Draft(ctx, slug)
}

// follow thinks out how a draft comes to know what is applied.
func (b *Book) follow(tx *db.Tx, box seal.Box, slug string, applied []byte) (p step, err error) {
	s, found, err := selectState(tx, slug)
	if err != nil {
		return p, err
	}
	p = step{seen: s, next: s, fresh: !found}
	if !found {
		p.next = state{slug: slug, head: 1, last: 1, published: 1, applied: 1, looked: true}
		p.add = []Revision{{N: 1, Doc: applied, By: Server, What: WhatApplied}}
		return p, nil
	}
	base, _, err := selectRevision(tx, box, s, s.applied)
	lost := err == ErrDamaged // what it said nobody knows: what is applied now is taken for it, so nothing of the draft is given up
	if err != nil && !lost {
		return p, err
	}
	if p.next.looked = true; bytes.Equal(base.Doc, applied) && !lost {
		return p, nil
	}
	head, _, err := selectRevision(tx, box, s, s.head)
	said := err != ErrDamaged || s.head != s.applied // else the draft said what was applied, and does again
	if lost {
		base.Doc = applied
	}
	if !said {
		head.Doc, err = applied, nil
	}
	if err != nil {
		return p, err
	}
	if said && bytes.Equal(head.Doc, applied) { // it was published, and nobody has said so yet
		p.next.published, p.next.applied = s.head, s.head
		if s.published != s.head {
			p.next.earlier = s.published
		}
		return p, nil
	}
	doc, conflicts, err := b.merged(base.Doc, head.Doc, applied)
	if err != nil {
		return p, err
	}
	n := s.last + 1
	p.add = []Revision{{N: n, Doc: applied, By: Server, What: WhatApplied, Base: s.applied}}
	p.next.head, p.next.last, p.next.published, p.next.applied = n, n, n, n
	if s.looked || s.published == 0 {
		p.next.earlier = s.published
	} else {
		p.add[0].What = WhatPublic
	}
	if !bytes.Equal(doc, applied) {
		p.add = append(p.add, Revision{N: n + 1, Doc: doc, By: Server, What: WhatMerged, Base: s.head})
		p.next.head, p.next.last = n+1, n+1
	}
	if len(conflicts) > 0 {
		p.aside, p.asideBase = s.head, s.applied
	}
	return p, nil
}

// merged is Merge whose result is a document that can be kept; where it would not be, theirs stays and all of mine is in conflict.
func (b *Book) merged(base, mine, theirs []byte) ([]byte, []Conflict, error) {
	doc, conflicts, err := Merge(base, mine, theirs)
	if err != nil {
		return nil, nil, err
	}
	if doc, err = b.canon(doc); err != nil {
		return theirs, []Conflict{{Path: "", Base: base, Mine: mine, Theirs: theirs}}, nil
	}
	return doc, conflicts, nil
}

// Save brings what somebody typed into a draft. base is the revision that their form was filled in from, or [Saved.Base] of its last save; mine is the whole document as they have it: the base's
// with what was typed. Others' changes since then stay; see [Merge] for what is in conflict. In that case mine is kept whole as a revision aside, even if the page that sent it is closed. A base that is not kept any more is taken for an older one, and
// mine is kept aside too. A document that says nothing new adds no revision.
//
// Where a hundred wait aside already nothing of it is saved, and it is a fault of kind TooMany: none of those is lost for it. A case without a draft is NotFound, a document above [Most] TooLarge, what can't be read Invalid.
func (b *Book) Save(ctx context.Context, slug string, base int, mine []byte, by string) (out Saved, err error) {
	if mine, err = b.canon(mine); err != nil {
		return out, err
	}
	err = b.until(ctx, func(tx *db.Tx, box seal.Box) (p step, err error) {
		out = Saved{}
		s, found, err := selectState(tx, slug)
		if err != nil || !found {
			return p, orNone(err)
		}
		p = step{seen: s, next: s}
		from, old, err := b.baseOf(tx, box, s, base)
		if err != nil {
			return p, err
		}
		head, _, err := selectRevision(tx, box, s, s.head)
		if err != nil {
			return p, err
		}
		doc, conflicts, err := b.merged(from.Doc, mine, head.Doc)
		if err != nil {
			return p, err
		}
		out.Conflicts, out.Merged = conflicts, !bytes.Equal(doc, mine)
		put := func(r Revision) int {
			p.next.last++
			r.N, r.Doc, r.By, r.Base = p.next.last, mine, by, from.N
			p.add = append(p.add, r)
			return r.N
		}
		switch {
		case len(conflicts) > 0 || old && out.Merged:
			if out.Aside, err = keptAside(tx, box, s, from.N, mine); err != nil {
				return p, err
			}
			if out.Aside == 0 {
				out.Aside = put(Revision{What: WhatSaved, Aside: true, Open: true})
				waiting := 0
				if from.Open && from.By == by {
					p.settle = from.N // the same form goes on: what it held before is in what it holds now
				} else if _, err = tx.One(countAsideSQL, slug).Scan(&waiting); err != nil {
					return p, err
				}
				if waiting >= asidesMost {
					return p, errAside
				}
			}
			out.Base = out.Aside
		case !out.Merged:
			out.Base = s.head // or what follows
		case bytes.Equal(mine, from.Doc):
			out.Base = from.N
		default:
			out.Base = put(Revision{What: whatTyped, Aside: true})
		}
		if !bytes.Equal(doc, head.Doc) {
			p.next.last++
			p.next.head = p.next.last
			if !out.Merged {
				out.Base = p.next.head
			}
			p.add = append(p.add, Revision{N: p.next.head, Doc: doc, By: by, What: WhatSaved, Base: s.head})
		}
		return p, nil
	}, moved)
	if err != nil {
		return Saved{}, err
	}
	out.Draft, err = b.Draft(ctx, slug)
	return out, err
}

// baseOf is the revision that a form was filled in from, or the nearest before it if that is not kept any more, or damaged; then old says so. One that never was is nothing at all.
func (b *Book) baseOf(tx *db.Tx, box seal.Box, s state, n int) (r Revision, old bool, err error) {
	if n < 1 || n > s.last {
		return r, true, nil
	}
	for near := n; ; near-- {
		found, err := tx.One(nearestRevSQL, s.slug, near).Scan(&near)
		if err != nil || !found {
			return Revision{}, true, err
		}
		if r, _, err = selectRevision(tx, box, s, near); err != ErrDamaged {
			return r, near != n, err
		}
	}
}

// keptAside is the number of the revision in which the same document is kept aside already, as when a page sends it again; 0 if there is none.
func keptAside(tx *db.Tx, box seal.Box, s state, base int, mine []byte) (n int, err error) {
	var kept []byte
	found, err := tx.One(lastAsideSQL, s.slug, base).Scan(&n, &kept)
	if err != nil || !found {
		return 0, err
	}
	if doc, err := opened(box, s.slug, n, kept); err != nil || !bytes.Equal(doc, mine) {
		n = 0 // one that is damaged is not the same
	}
	return n, nil
}

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}
