package app

import (
	"context"
	"io"

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

// ExportNews writes a case's sealed addresses, and tells how many rows; a fault of kind NotFound if there is no such case.
func (a *App) ExportNews(ctx context.Context, caseSlug string, out io.Writer) (int, error) {
	if _, err := a.Cases.File(ctx, caseSlug); err != nil {
		return 0, err
	}
	return a.News.Export(ctx, caseSlug, out)
}

// OpenNews opens a file of sealed addresses on the organisers' own machine: it needs no installation. The error is news.ErrNotSealed, or one of reading.
func OpenNews(in io.Reader, key seal.Identity) (*news.List, error) { return news.Open(in, key) }
