package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/seal"
)

// watch sees what has changed, by this process or another, and tells pages and viewers. It does nothing else, lest they wait for it.
func (a *App) watch(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
		case <-a.wake:
		}
		soon, cancel := context.WithTimeout(ctx, lookTime)
		err := a.Refresh(soon)
		cancel()
		if err != nil && ctx.Err() == nil {
			a.Config.Log.Error("what has changed could not be read", slog.Any("error", err))
		}
	}
}

// sweeps sweeps now and then.
func (a *App) sweeps(ctx context.Context) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
			a.sweep(ctx)
		}
	}
}

// sweep deletes, each hour, what has been kept long enough. What can't be deleted now is the next hour's.
func (a *App) sweep(ctx context.Context) {
	if err := a.Book.Sweep(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, seal.ErrLocked) {
		a.Config.Log.Error("used tokens could not be swept", slog.Any("error", err))
	}
	if err := a.Organisers.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.Config.Log.Error("what has ended at the desk could not be swept", slog.Any("error", err))
	}
	if err := errors.Join(a.Cases.Sweep(ctx), a.MailProof.Sweep(ctx), a.News.Sweep(ctx)); err != nil && ctx.Err() == nil {
		a.Config.Log.Error("what can be undone no more could not be swept", slog.Any("error", err))
	}
	if err := a.Drafts.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.Config.Log.Error("old revisions of drafts could not be swept", slog.Any("error", err))
	}
	if err := a.sweepPhotos(ctx, casefile.PhotoAside); err != nil && ctx.Err() == nil {
		a.Config.Log.Error("photographs that nobody names could not be swept", slog.Any("error", err))
	}
}
