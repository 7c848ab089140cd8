package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/internal/outlet/desk"
)

// deskURL is where organisers go: the address of the site that mails name, which is neutral if there is such a one.
func (c Config) deskURL() string { return c.MailURL }

// desk hangs the organisers' pages in beside the site's.
func (a *App) desk() {
	d := desk.New(desk.Config{Book: a.Organisers, Catalog: a.site.Words, URL: a.deskURL(), Tongue: a.site.Tongue}, a.site.Mux())
	d.Passkeys(organiser.NewPasskeys(a.Organisers, a.URL, a.MailURL))
	a.deskCampaign(d)
	a.deskCasework(d)
	a.deskReview(d)
	a.deskTongues(d)
	a.deskSignatures(d)
	a.deskSafety(d)
	a.room.Store(d)
}

// carry carries out, each second, what was decided at the desk and not done yet: what was cut off when the program ended, and what had to wait.
func (a *App) carry(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		if d := a.room.Load(); d != nil {
			if err := d.Run(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, seal.ErrLocked) {
				a.Config.Log.Error("what was decided at the desk could not be carried out", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-second.C:
		}
	}
}

// slugs are those of all cases, shown or not.
func (a *App) slugs(ctx context.Context) (slugs []string, err error) {
	all, err := a.Cases.All(ctx)
	for _, f := range all {
		slugs = append(slugs, f.Case.Slug)
	}
	return slugs, err
}

// there tells whether there is a case of a slug, shown or not.
func (a *App) there(ctx context.Context, slug string) (bool, error) {
	_, err := a.Cases.File(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// InviteOrganiser makes a link by which somebody joins a committee in a role, and returns its address: it is told once. Nothing is made where the installation is only
// looked at. begin says that the committee may be a new one.
func (a *App) InviteOrganiser(ctx context.Context, committee string, role organiser.Role, begin bool) (organiser.Invitation, string, error) {
	if a.Look {
		i := organiser.Invitation{Committee: organiser.Committee{Name: committee}, Role: role}
		return i, "", a.Organisers.CheckInvite(ctx, committee, role, begin)
	}
	t, i, err := a.Organisers.InviteByServer(ctx, committee, role, begin)
	return i, a.deskURL() + organiser.JoinPath + t.Text(), err
}

// UnlockCommittee lets a committee's organisers sign in again, and tells whether it was locked. Nothing is changed where the installation is only looked at. A committee that
// is not there is a fault of kind Invalid.
func (a *App) UnlockCommittee(ctx context.Context, committee string) (was bool, err error) {
	if !a.Look {
		return a.Organisers.ReopenByServer(ctx, committee)
	}
	all, err := a.Organisers.Committees(ctx)
	if err != nil {
		return false, err
	}
	for _, c := range all {
		if c.Name == committee {
			return c.Locked, nil
		}
	}
	return false, a.Organisers.CheckInvite(ctx, committee, organiser.Lead, false)
}

// FirstOrganiser makes the link of the first lead for an installation that Init has just made. Without a public URL there is none yet, and the address is empty.
func FirstOrganiser(ctx context.Context, c Config) (address string, err error) {
	if err := c.complete(); err != nil || c.URL == "" {
		return "", err
	}
	d, err := openDB(ctx, c)
	if err != nil {
		return "", err
	}
	defer d.Close()
	t, _, err := organiser.NewBook(organiser.Config{DB: d, Unlock: seal.NewLocked(""), Now: c.Now}).InviteByServer(ctx, organiser.Home, organiser.Lead, true)
	return c.deskURL() + organiser.JoinPath + t.Text(), err
}
