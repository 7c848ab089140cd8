package app

import (
	"context"
	"io"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

// newsKey is the key that a case's file named so far; empty if there is none, or no such case yet.
func (a *App) newsKey(tx *db.Tx, caseSlug string) (string, error) {
	f, err := a.Cases.In(tx, caseSlug)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return f.Campaign.NewsRecipient, nil
}

// trailKeys are the keys to which committees' old days are sealed, by case: those that were proven by a drill and chosen. Where a case's file names another one since, which
// was put there on the server and tried by nobody, or none, the case has no such key: nothing is sealed to one that was given up.
func (a *App) trailKeys(tx *db.Tx) (map[string]string, error) {
	keys, err := a.News.ChosenIn(tx)
	if err != nil {
		return nil, err
	}
	for slug, key := range keys {
		f, err := a.Cases.In(tx, slug)
		if fault.Is(err, fault.NotFound) { // not published yet
			continue
		}
		if err != nil {
			return nil, err
		}
		if f.Campaign.NewsRecipient != key {
			delete(keys, slug)
		}
	}
	return keys, nil
}

// ExportNews writes a case's sealed addresses, and tells how many rows; a fault of kind NotFound if there is no such case.
func (a *App) ExportNews(ctx context.Context, caseSlug string, out io.Writer) (int, error) {
	if _, err := a.Cases.File(ctx, caseSlug); err != nil {
		return 0, err
	}
	return a.News.Export(ctx, caseSlug, out)
}

// OpenNews opens a file of sealed addresses on the organisers' own machine: it needs no installation. The error is news.ErrNotSealed, or one of reading.
func OpenNews(in io.Reader, key seal.Identity) (*news.List, error) { return news.Open(in, key) }

// OpenTrail opens a file of sealed days of a committee's record, likewise, and IsTrail tells by its first bytes whether a file is one. The error is organiser.ErrSealed, or
// one of reading.
func OpenTrail(in io.Reader, key seal.Identity) (*organiser.Opened, error) {
	return organiser.OpenSealed(in, key)
}
func IsTrail(begin []byte) bool { return organiser.IsSealed(begin) }
