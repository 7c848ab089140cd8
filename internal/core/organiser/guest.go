package organiser

import (
	"context"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Linked is the role of a trail's line that nobody of the committee wrote: somebody did it by a private link.
const Linked Role = "link"

// NotedLink writes in the trail of the committee that holds a case that an act was done on it by a private link: once an hour for the same object.
func (b *Book) NotedLink(ctx context.Context, slug string, a Act, object string) error {
	return b.update(ctx, func(tx *db.Tx) error {
		c, err := holding(tx, slug)
		if err != nil {
			return err
		}
		committee := c.ID
		if committee == "" { // nobody holds it: there is no trail
			return nil
		}
		if there, err := noted(tx, committee, b.Now(), Linked, a, object); err != nil || there {
			return err
		}
		return note(tx, committee, b.Now(), Linked, a, object)
	})
}

// Shut tells whether the committee that holds a case is locked: then private links to its drafts open nothing either, until it is open again.
func (b *Book) Shut(ctx context.Context, slug string) (shut bool, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		c, err := holding(tx, slug)
		shut = c.Locked
		return err
	})
	return shut, fault.In("organiser", err)
}

// holding is the committee that holds a case: the first one, of a case that was given to none. The zero Committee: there is none.
func holding(tx *db.Tx, slug string) (Committee, error) {
	holder, found, err := selectHolder(tx, slug)
	if err != nil {
		return Committee{}, fault.In("organiser", err)
	}
	all, err := selectCommittees(tx)
	for _, c := range all {
		if found && c.ID == holder || !found && c.Name == Home {
			return c, nil
		}
	}
	return Committee{}, fault.In("organiser", err)
}
