package app

import (
	"context"
	"io"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
	"outcry/internal/kernel/fault"
)

// PlanCase is what applying the case part of a file alone would change; nothing is written. The letters that are here must still find what they refer to.
func (a *App) PlanCase(ctx context.Context, f *casefile.File) ([]casefile.Change, error) {
	if err := a.pictured(ctx, f); err != nil {
		return nil, err
	}
	old, err := a.Export(ctx, f.Case.Slug)
	if fault.Is(err, fault.NotFound) {
		return casefile.Diff(&casefile.File{}, f), nil
	}
	if err != nil {
		return nil, err
	}
	whole := &Campaign{File: *f, Letters: old.Letters}
	if p := whole.Check(); len(p) > 0 {
		return nil, p
	}
	return casefile.Diff(&old.File, f), nil
}

// ApplyCase brings the case to what the file says and leaves its letters alone; see [App.Apply].
func (a *App) ApplyCase(ctx context.Context, f *casefile.File) error {
	return a.Apply(ctx, &Campaign{File: *f})
}

// ExportTable is a table of a case for spreadsheets.
func (a *App) ExportTable(ctx context.Context, caseSlug string, table archive.Table) ([]byte, error) {
	f, err := a.Cases.File(ctx, caseSlug)
	if err != nil {
		return nil, err
	}
	return archive.WriteTable(f, table)
}

// ReadTable takes the rows of a table into a case that is here, and gives what the case would be then; nothing is written: [App.ApplyCase] does.
func (a *App) ReadTable(ctx context.Context, caseSlug string, table archive.Table, in io.Reader) (archive.Taken, error) {
	f, err := a.Cases.File(ctx, caseSlug)
	if err != nil {
		return archive.Taken{}, err
	}
	return archive.ReadTable(f, table, in)
}
