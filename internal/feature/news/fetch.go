package news

import (
	"context"
	"io"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// fetchHours is how long a list that was decided on waits for whoever asked for it.
const fetchHours = 24

var errFetched = fault.New(fault.Gone, "fault.news.fetched")

// Ready is a sealed list that waits to be fetched. The list is not made before: who ends the news meanwhile is not on it.
type Ready struct {
	ID        string // of the errand that decided it
	Case      string
	Organiser string // the random id of who asked for it; empty once it was fetched, or can't be any more
	Until     time.Time
	Fetched   bool
}

// MakeReady lets somebody fetch a case's sealed list once, within 24 hours. Twice under one ID is as good as once, also when it was fetched.
func (b *Book) MakeReady(ctx context.Context, id, caseSlug, organiser string) error {
	return fault.In("news", b.DB.Update(ctx, func(tx *db.Tx) error {
		return insertExport(tx, Ready{ID: id, Case: caseSlug, Organiser: organiser, Until: hourOf(b.Now()).Add(fetchHours * time.Hour)})
	}))
}

// Ready are the lists of a case that wait for somebody.
func (b *Book) Ready(ctx context.Context, caseSlug, organiser string) (list []Ready, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		all, err := selectExports(tx, caseSlug)
		list = nil
		for _, r := range all {
			if !r.Fetched && r.Organiser != "" && r.Organiser == organiser && b.Now().Before(r.Until) {
				list = append(list, r)
			}
		}
		return err
	})
	return list, fault.In("news", err)
}

// Unfetched is how many lists of a case wait for somebody.
func (b *Book) Unfetched(ctx context.Context, caseSlug string) (n int, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		all, err := selectExports(tx, caseSlug)
		n = 0
		for _, r := range all {
			if r.Organiser != "" {
				n++
			}
		}
		return err
	})
	return n, fault.In("news", err)
}

// Fetch takes a list that waits for somebody, and writes it, as Export does. It is taken before the first byte is written, once: one whose way was cut has to be asked
// for again, which its end tells. A list of another's, another case's, one that was fetched or has ended is a fault of kind Gone. taken is told once it is that.
func (b *Book) Fetch(ctx context.Context, id, caseSlug, organiser string, taken func() error, out io.Writer) (n int, err error) {
	took := false
	err = b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		took = false
		all, err := selectExports(tx, caseSlug)
		for _, r := range all {
			if r.ID == id && r.Organiser != "" && r.Organiser == organiser && b.Now().Before(r.Until) && err == nil {
				took, err = takeExport(tx, id)
			}
		}
		return err
	})
	if err == nil && !took {
		return 0, errFetched
	}
	if err == nil {
		err = taken()
	}
	if err != nil {
		return 0, fault.In("news", err)
	}
	return b.Export(ctx, caseSlug, out)
}

// Sweep forgets drills and lists that have ended, of any case; app calls it now and then. Who asked for a list is forgotten when it was fetched, or after its 24 hours; that
// it was there is kept as long as the errand that made it ready, which would else make it ready again.
func (b *Book) Sweep(ctx context.Context) error {
	now := hourOf(b.Now())
	return fault.In("news", b.DB.Update(ctx, func(tx *db.Tx) error { return sweepNews(tx, hours(now), hours(now.AddDate(0, 0, -40))) }))
}
