package app

import (
	"context"
	"log/slog"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/wish"
	"outcry/internal/kernel/fault"
)

// heed has this node's pages follow what those who bind a campaign have just said; other nodes are told with the commit and look by themselves. What fails here
// the watcher does within a second.
func (a *App) heed(ctx context.Context) {
	if _, err := a.reload(context.WithoutCancel(ctx)); err != nil {
		a.Config.Log.Error("what was stopped could not be read at once", slog.Any("error", err))
	}
	a.heeded.Store(true)
	a.pages.Moved()
	a.look()
}

// reload reads the cases again, one reader after the other, so that none puts what it read before in the place of what another has read since.
func (a *App) reload(ctx context.Context) (bool, error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	return a.site.Reload(ctx)
}

// stopped tells whether those who bind the campaign have stopped a letter: its case is taken out, letters are stopped, the person has died, or something that it
// asks for is stopped. A letter that does not say what it asks for is taken to ask for whatever is stopped.
func (a *App) stopped(l *letter.Letter) bool {
	f, err := a.site.Case(l.Case)
	if err != nil {
		return fault.Is(err, fault.Gone)
	}
	return f.Stopped(casefile.ScopeLetter) || slices.ContainsFunc(f.Stops, func(s casefile.Stop) bool {
		return s.Kind == casefile.StopAsk && (len(l.About.Asks) == 0 || slices.Contains(l.About.Asks, casefile.Ask(s.Name)))
	})
}

// MakeWish makes a private link for one who binds a campaign, and returns its address: it is told once. Nothing is made where the installation is only looked at.
func (a *App) MakeWish(ctx context.Context, caseSlug string, as casefile.Giver, until casefile.Date) (wish.Link, string, error) {
	if a.Look {
		return wish.Link{Case: caseSlug, As: as, Until: until}, "", a.Wishes.Preview(ctx, caseSlug, as, until)
	}
	return a.Wishes.Make(ctx, caseSlug, as, until)
}

// RevokeWish forgets a private link by its id; where the installation is only looked at it says which one that is.
func (a *App) RevokeWish(ctx context.Context, id string) (wish.Link, error) {
	if a.Look {
		return a.Wishes.Find(ctx, id)
	}
	return a.Wishes.Revoke(ctx, id)
}
