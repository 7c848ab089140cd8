package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Campaign is a whole campaign file: a case and its letters.
type Campaign = letter.Campaign

// ReadCampaign reads a campaign file. The error is casefile.Problems, all of them at once.
func ReadCampaign(src []byte) (*Campaign, error) { return letter.ReadCampaign(src) }

// Plan is what applying a file would change; nothing is written.
func (a *App) Plan(ctx context.Context, c *Campaign) ([]casefile.Change, error) {
	if err := a.allowed(ctx, c); err != nil {
		return nil, err
	}
	old, err := a.Export(ctx, c.Case.Slug)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	for i := range c.Letters {
		if err := a.Book.Preview(ctx, c.Case.Slug, &c.Letters[i], c.Campaign.Languages); err != nil {
			return nil, err
		}
	}
	if old == nil {
		old = &Campaign{}
	}
	return casefile.Diff(old, c), nil
}

// allowed keeps made-up signers out of real campaigns, letters from following what is not there, and pages from showing what is not kept.
func (a *App) allowed(ctx context.Context, c *Campaign) error {
	if err := a.pictured(ctx, &c.File); err != nil {
		return err
	}
	for i, l := range c.Letters {
		if l.Rehearsal > 0 && !a.Demo {
			return casefile.Problems{{Path: fmt.Sprintf("letters[%d].rehearsal_signers", i), Say: "made-up signers are for the demonstration; take the line out", Breach: casefile.Broken("rule.letter_rehearsal")}}
		}
	}
	known, err := a.Book.Slugs(ctx, c.Case.Slug)
	if err != nil {
		return err
	}
	if problems := letter.Succession(c.Letters, known); len(problems) > 0 {
		return problems
	}
	return nil
}

// Apply brings the campaign to what the file says. It may be run again after any failure, and while the server runs.
func (a *App) Apply(ctx context.Context, c *Campaign) error { return a.bring(ctx, c, a.Cases.Apply) }

// bring is Apply, with the case's own part done by put.
func (a *App) bring(ctx context.Context, c *Campaign, put func(*db.Tx, *casefile.File) (casefile.Applied, error)) error {
	if err := a.allowed(ctx, c); err != nil {
		return err
	}
	if err := a.stand(ctx); err != nil {
		return err
	}
	err := a.DB.Update(ctx, func(tx *db.Tx) error {
		was, err := a.newsKey(tx, c.Case.Slug)
		if err != nil {
			return err
		}
		if err := a.reveal(tx, &c.File); err != nil {
			return err
		}
		if _, err := put(tx, &c.File); err != nil {
			return err
		}
		return a.News.Announce(tx, letter.CampaignID(c.Case.Slug), was, c.Campaign.NewsRecipient)
	})
	if err != nil {
		return err
	}
	a.Log.Wake()
	for i := range c.Letters {
		if _, err := a.Book.Apply(ctx, c.Case.Slug, &c.Letters[i], c.Campaign.Languages); err != nil {
			return err
		}
	}
	// Last, so that a server that watches reads the letters as they are now.
	return a.DB.Update(ctx, func(tx *db.Tx) error { return a.Cases.Touch(tx, c.Case.Slug) })
}

// Export is the campaign as a file would say it; a fault of kind NotFound if there is none of that case.
func (a *App) Export(ctx context.Context, caseSlug string) (*Campaign, error) {
	f, err := a.Cases.File(ctx, caseSlug)
	if err != nil {
		return nil, err
	}
	letters, err := a.Book.Export(ctx, caseSlug)
	return &Campaign{File: *f, Letters: letters}, err
}

// ErrWhich says that a case has to be named, because there are several or none.
var ErrWhich = errors.New("which case")

// Only is the one case there is; ErrWhich, with their names, if there are more, or none.
func (a *App) Only(ctx context.Context) (string, error) {
	all, err := a.Cases.All(ctx)
	if err != nil {
		return "", err
	}
	switch len(all) {
	case 0:
		return "", refuse(ErrWhich, "there is no campaign here yet: apply a campaign file first")
	case 1:
		return all[0].Case.Slug, nil
	}
	slugs := make([]string, len(all))
	for i, f := range all {
		slugs[i] = f.Case.Slug
	}
	return "", refuse(ErrWhich, "there are %d cases here; name one with --case: %s", len(all), strings.Join(slugs, ", "))
}
