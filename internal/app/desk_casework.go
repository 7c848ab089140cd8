package app

import (
	"context"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/casework"
)

// deskCasework hangs the pages on which is written what is told of a person.
func (a *App) deskCasework(d *desk.Desk) {
	casework.Hang(d, casework.Config{
		Drafts:  a.Drafts,
		Applied: a.appliedDocument,
		Told:    a.toldEvents,
		Today:   a.Cases.Today,
	})
}

// appliedDocument is what the installation tells of a case now, as a draft keeps it; nil if there is no such case yet.
func (a *App) appliedDocument(ctx context.Context, slug string) ([]byte, error) {
	c, err := a.Export(ctx, slug)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return letter.WriteDraft(c), nil
}

// toldEvents are the ids of the events that stand on a case's public page, or stood there, or may have: whatever was applied counts, even while the page is not shown.
func (a *App) toldEvents(ctx context.Context, slug string) (map[string]bool, error) {
	ids := map[string]bool{}
	f, err := a.Cases.File(ctx, slug)
	if g := fault.Of(err); g != nil && g.Kind == fault.NotFound {
		return ids, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range f.Events {
		if e.Visibility == "" || e.Visibility == casefile.ForAll {
			ids[e.ID] = true
		}
	}
	list, err := a.Cases.Changes(ctx, slug, casefile.Date{})
	if g := fault.Of(err); err != nil && (g == nil || g.Kind != fault.NotFound && g.Kind != fault.Gone) {
		return nil, err
	}
	for _, c := range list {
		if c.Section == casefile.SectionEvents {
			ids[c.ID] = true
		}
	}
	delete(ids, "")
	return ids, nil
}
