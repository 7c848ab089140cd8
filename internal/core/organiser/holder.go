package organiser

import (
	"context"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

var errHeld = fault.New(fault.Conflict, "fault.desk.held").At("slug")

// Holds tells whether a case is a committee's. A case that was given to none is the first committee's; one that there is not is nobody's, so that nobody learns which slugs
// other committees have taken.
func (b *Book) Holds(ctx context.Context, c Committee, slug string) (holds bool, err error) {
	if !objectForm.MatchString(slug) { // nothing is called so
		return false, nil
	}
	given := false
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		holder, found, err := selectHolder(tx, slug)
		given, holds = found, found && holder == c.ID || !found && c.Name == Home
		return err
	})
	if err == nil && holds && !given && b.There != nil {
		holds, err = b.There(ctx, slug)
	}
	return holds, fault.In("organiser", err)
}

// Hold gives a case to a committee, in the caller's transaction: the one in which the case is made, by who has seen in it that there is no case of that name. A fault of
// kind Conflict if it is another committee's.
func (b *Book) Hold(tx *db.Tx, slug string, c Committee) error {
	if err := tx.Exclusive(lockNumber); err != nil {
		return fault.In("organiser", err)
	}
	holder, found, err := selectHolder(tx, slug)
	switch {
	case err != nil:
		return fault.In("organiser", err)
	case found && holder != c.ID:
		return errHeld
	case found:
		return nil
	}
	_, err = tx.Exec(putHolderSQL, slug, c.ID)
	return fault.In("organiser", err)
}

// Release takes a case from a committee, in the caller's transaction: the one in which the case goes. What they have proposed of it goes too: its name may be another's
// tomorrow. False: it is not theirs, or not any more.
func (b *Book) Release(tx *db.Tx, slug string, c Committee) (held bool, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return false, fault.In("organiser", err)
	}
	holder, given, err := selectHolder(tx, slug)
	if err == nil && !given {
		var home Committee
		home, _, err = selectCommittee(tx, Home)
		holder = home.ID
	}
	if err != nil || holder != c.ID {
		return false, fault.In("organiser", err)
	}
	if _, err := tx.Exec(dropAsksOfSQL, c.ID, slug); err != nil {
		return false, fault.In("organiser", err)
	}
	_, err = tx.Exec(dropHolderSQL, slug)
	return true, fault.In("organiser", err)
}

// Cases are the slugs of one's own committee's cases, in order; the first committee's are also those that were given to none.
func (b *Book) Cases(ctx context.Context, s Session) ([]string, error) {
	return b.CasesOf(ctx, s.Committee)
}

// CasesOf is Cases of any committee, for who carries out an errand.
func (b *Book) CasesOf(ctx context.Context, c Committee) (slugs []string, err error) {
	var known []string
	if b.Known != nil {
		if known, err = b.Known(ctx); err != nil {
			return nil, fault.In("organiser", err)
		}
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		slugs = nil
		holders, err := selectHolders(tx)
		if err != nil {
			return err
		}
		home, found, err := selectCommittee(tx, Home)
		if err != nil {
			return err
		}
		for slug, holder := range holders {
			if holder == c.ID {
				slugs = append(slugs, slug)
			}
		}
		for _, slug := range known {
			if _, given := holders[slug]; !given && found && home.ID == c.ID {
				slugs = append(slugs, slug)
			}
		}
		return nil
	})
	slices.Sort(slugs)
	return slices.Compact(slugs), fault.In("organiser", err)
}
