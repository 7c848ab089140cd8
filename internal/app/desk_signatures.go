package app

import (
	"context"
	"errors"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/signatures"
)

// deskSignatures hangs in what organisers do about signatures, and about who wants news.
func (a *App) deskSignatures(d *desk.Desk) {
	signatures.Hang(d, signatures.Config{
		Letters: a.Book,
		News:    a.News,
		Case:    func(ctx context.Context, slug string) (*casefile.File, error) { return a.Cases.File(ctx, slug) },
		Stand:   a.stand,
		Touch:   a.moved,
		Resume:  a.OpenSigning,
		TakeKey: a.takeKey,
		Logger:  a.Config.Log,
	})
}

// takeKey makes a key whose drill was passed the one that a campaign receives under, and announces it in the log; of a campaign that is not public yet it waits until that
// is published (keepKey). A fault of kind Refused for a key that has passed none. Twice is as good as once.
func (a *App) takeKey(ctx context.Context, slug, recipient string) error {
	if err := a.stand(ctx); err != nil {
		return err
	}
	err := a.DB.Update(ctx, func(tx *db.Tx) error {
		if err := a.News.Choose(tx, slug, recipient); err != nil {
			return err
		}
		f, err := a.Cases.In(tx, slug)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		was := f.Campaign.NewsRecipient
		if was == recipient {
			return nil
		}
		f.Campaign.NewsRecipient = recipient
		if _, err := a.Cases.Apply(tx, f); err != nil {
			if problems := (casefile.Problems{}); errors.As(err, &problems) { // a rule is younger than the page
				return fault.New(fault.Conflict, "fault.signatures.page").Because(err)
			}
			return err
		}
		return a.News.Announce(tx, letter.CampaignID(slug), was, recipient)
	})
	if err != nil {
		return err
	}
	a.Log.Wake()
	return a.moved(ctx, slug)
}

// keepKey gives a campaign that is about to be published from the desk the key that it has: the desk changes it by takeKey alone, whatever a draft says. One that is
// published for the first time gets the key that was taken for it, if one has passed its drill; without one no address for news is taken.
func (a *App) keepKey(ctx context.Context, c *Campaign) error {
	return a.DB.View(ctx, func(tx *db.Tx) error { return a.keepKeyIn(tx, &c.File) })
}

// keepKeyIn is keepKey in the transaction that publishes: a key that is taken at the same time stays.
func (a *App) keepKeyIn(tx *db.Tx, f *casefile.File) error {
	now, err := a.Cases.In(tx, f.Case.Slug)
	if err == nil {
		f.Campaign.NewsRecipient = now.Campaign.NewsRecipient
		return nil
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	chosen, err := a.News.ChosenIn(tx)
	f.Campaign.NewsRecipient = chosen[f.Case.Slug]
	return err
}
