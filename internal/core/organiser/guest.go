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
		committee := ""
		found, err := tx.One(selectHolderSQL, slug).Scan(&committee)
		if err != nil {
			return fault.In("organiser", err)
		}
		if !found {
			all, err := selectCommittees(tx)
			if err != nil {
				return fault.In("organiser", err)
			}
			for _, c := range all {
				if c.Name == Home {
					committee = c.ID
				}
			}
		}
		if committee == "" { // nobody holds it: there is no trail
			return nil
		}
		if there, err := noted(tx, committee, b.Now(), Linked, a, object); err != nil || there {
			return err
		}
		return note(tx, committee, b.Now(), Linked, a, object)
	})
}
