package draft

import (
	"context"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// What is kept of a draft. Pages say these numbers.
const (
	KeptMost = 200 // revisions
	KeptDays = 180

	wholeHours = 96   // in which every save is kept, for longer than a proposal waits; of those before it the last of a role in an hour
	floodMost  = 2000 // revisions of those hours
	floodEach  = 500  // revisions after which a draft is swept at once
)

// Sweep deletes what is kept long enough. Of the last four days every save stays, up to two thousand; of what is older the last one of a role in each hour, up to 200 in all and for up to 180 days. What is public, what was
// public before it, what the draft says now, and what waits to be read stay whatever their age; what was kept aside and nobody has looked at stays 180 days. It needs no secret, so that a locked
// server forgets in time too. Links of translators that have ended go as well, and files of theirs that nobody took in within a day; photographs that no revision names any more, after
// a day too.
func (b *Book) Sweep(ctx context.Context) error {
	var states []state
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
		states, err = selectStates(tx)
		return err
	})
	for i := 0; i < len(states) && err == nil; i++ {
		err = b.DB.Update(ctx, func(tx *db.Tx) error {
			if err := tx.Exclusive(lockNumber); err != nil {
				return err
			}
			s, found, err := selectState(tx, states[i].slug)
			if err != nil || !found {
				return err
			}
			return b.sweep(tx, s)
		})
	}
	if err == nil {
		err = b.DB.Update(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(sweepPartsSQL, partState, hours(b.Now())-fileHours); err != nil {
				return err
			}
			_, err := tx.Exec(sweepGuestsSQL, hours(b.Now()))
			return err
		})
	}
	return fault.In("draft", err)
}

func (b *Book) sweep(tx *db.Tx, s state) error {
	list, err := selectRevisions(tx, s)
	if err != nil {
		return err
	}
	row, _, err := selectReview(tx, s.slug)
	if err != nil {
		return err
	}
	for _, n := range ended(list, s.holds(row.N), b.Now()) {
		if _, err := tx.Exec(deleteRevSQL, s.slug, n); err != nil {
			return err
		}
	}
	return sweepPhotos(tx, s.slug, hours(b.Now())-unsaidHours)
}

// holds are the revisions that a draft can't do without.
func (s state) holds(review int) map[int]bool {
	return map[int]bool{s.head: true, s.published: true, s.earlier: true, s.applied: true, review: true}
}

// ended are the revisions that go, of all that there are, the newest first.
func ended(list []Revision, hold map[int]bool, now time.Time) (out []int) {
	base := map[int]bool{} // of what waits aside: without it nobody could tell what was in conflict
	for _, r := range list {
		if r.Open {
			base[r.Base] = true
		}
	}
	type turn struct {
		by   string
		hour time.Time
	}
	last := map[turn]bool{}
	lately, older := 0, 0
	whole, oldest := now.Add(-wholeHours*time.Hour), now.AddDate(0, 0, -KeptDays)
	for _, r := range list {
		t := turn{r.By, r.Made}
		stays := hold[r.N]
		switch {
		case stays:
		case r.Made.Before(oldest):
		case r.Open, base[r.N]:
			stays = true
		case !r.Made.Before(whole):
			stays = lately < floodMost
		case r.What == whatTyped, r.What == WhatSaved && !r.Aside && last[t]:
		default:
			stays = older < KeptMost
		}
		if !r.Aside {
			last[t] = true
		}
		switch {
		case !stays:
			out = append(out, r.N)
		case r.Made.Before(whole):
			older++
		default:
			lately++
		}
	}
	return out
}

// Forget deletes the history of a draft in the caller's transaction: all but what it says now and what is public. It tells how many revisions went. Forms that are open then
// are saved aside. Photographs that only the history named go with it. The notes of its translations lose the texts that the draft does not say any more, and what was kept aside there goes. It needs no secret: a locked
// server can't tell those from translations that wait for the draft, so both go.
func (b *Book) Forget(tx *db.Tx, slug string) (n int, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return 0, fault.In("draft", err)
	}
	s, found, err := selectState(tx, slug)
	if err != nil || !found {
		return 0, fault.In("draft", err)
	}
	list, err := selectRevisions(tx, s)
	if err != nil {
		return 0, fault.In("draft", err)
	}
	s.earlier = 0
	for _, r := range list {
		if s.holds(0)[r.N] {
			continue
		}
		if _, err := tx.Exec(deleteRevSQL, slug, r.N); err != nil {
			return 0, fault.In("draft", err)
		}
		n++
	}
	if err := s.update(tx); err != nil {
		return 0, fault.In("draft", err)
	}
	if err := sweepPhotos(tx, slug, anyHour); err != nil {
		return 0, fault.In("draft", err)
	}
	return n, fault.In("draft", b.forgetTongues(tx, s))
}

// ForgetAll is Forget of every draft.
func (b *Book) ForgetAll(tx *db.Tx) (n int, err error) {
	states, err := selectStates(tx)
	for i := 0; i < len(states) && err == nil; i++ {
		var of int
		of, err = b.Forget(tx, states[i].slug)
		n += of
	}
	return n, fault.In("draft", err)
}

// Drop deletes a draft with all that belongs to it, in the caller's transaction, and tells whether it did: one that is not at that revision any more stays.
func (b *Book) Drop(tx *db.Tx, slug string, revision int) (dropped bool, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return false, fault.In("draft", err)
	}
	if s, found, err := selectState(tx, slug); err != nil || !found || s.head != revision {
		return false, fault.In("draft", err)
	}
	for _, statement := range []string{deleteRevsSQL, deleteReviewSQL, deleteTextsSQL, deleteGuestsSQL, dropPhotosSQL, deleteDraftSQL} {
		if _, err := tx.Exec(statement, slug); err != nil {
			return false, fault.In("draft", err)
		}
	}
	return true, nil
}

// Held is how much is kept of all drafts, for the page that says so.
type Held struct {
	Drafts, Revisions int
	Oldest            time.Time // the hour; the zero time of none
}

// Held tells how much is kept. It needs no secret.
func (b *Book) Held(ctx context.Context) (h Held, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		h = Held{}
		states, err := selectStates(tx)
		for i := 0; i < len(states) && err == nil; i++ {
			var list []Revision
			list, err = selectRevisions(tx, states[i])
			h.Drafts++
			h.Revisions += len(list)
			for _, r := range list {
				if h.Oldest.IsZero() || r.Made.Before(h.Oldest) {
					h.Oldest = r.Made
				}
			}
		}
		return err
	})
	return h, fault.In("draft", err)
}
