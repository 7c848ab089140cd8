package desk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/ui"
)

// followed is the trail as its page shows it, the latest first.
type followed struct {
	entries []organiser.Entry
	cuts    []organiser.Cut
	broken  bool
	more    int // older entries that are not shown

	sealed []sealedTo
	days   int      // that are sealed
	keys   []string // fingerprints of those to which days are sealed now
	cases  []string // where a key can be made, if there is none
}

// sealedTo are days that the same keys open.
type sealedTo struct {
	keys, days []string
}

const (
	shownMost = 500 // entries that a page shows
	casesMost = 5   // links to a campaign's key
)

func (d *Desk) trail(w http.ResponseWriter, r *http.Request, v *Visit) error {
	entries, cuts, err := d.Book.Trail(r.Context(), v.Session)
	f := followed{broken: errors.Is(err, organiser.ErrTrail)}
	if err != nil && !f.broken {
		return err
	}
	slices.Reverse(entries)
	slices.Reverse(cuts)
	if f.more = max(0, len(entries)-shownMost); f.more > 0 {
		entries = entries[:shownMost]
	}
	f.entries, f.cuts = entries, cuts
	days, keys, err := d.Book.Sealed(r.Context(), v.Session)
	if err != nil {
		return err
	}
	f.days, f.keys = len(days), keys
	for _, day := range days {
		if last := len(f.sealed) - 1; last < 0 || !slices.Equal(f.sealed[last].keys, day.Keys) {
			f.sealed = append(f.sealed, sealedTo{keys: day.Keys})
		}
		to := &f.sealed[len(f.sealed)-1]
		to.days = append(to.days, day.Day)
	}
	if len(keys) == 0 {
		if f.cases, err = d.Book.Cases(r.Context(), v.Session); err != nil {
			return err
		}
		f.cases = f.cases[:min(len(f.cases), casesMost)]
	}
	page := d.frame(r, v, v.P.T("desk.trail.title"))
	objects := append([]string(nil), f.cases...)
	for _, e := range f.entries {
		objects = append(objects, e.Object)
	}
	if page.named, err = d.names(r.Context(), v, objects...); err != nil {
		return err
	}
	if f.broken {
		page.Problems = []ui.Problem{{Text: v.P.T("desk.trail.broken")}}
	}
	return show(w, r, nil, trailPage(page, f))
}

// sealedTime is how long sealed days may take on their way: over a slow line all of them take more than the minute that a page has.
const sealedTime = time.Hour

// sealed hands out one sealed day, or all of them. Its name says nothing but the day, for it lies among other downloads.
func (d *Desk) sealed(w http.ResponseWriter, r *http.Request, v *Visit) error {
	ctx, cancel := context.WithTimeout(r.Context(), sealedTime)
	defer cancel()
	day, begun := r.PathValue("day"), false
	object, name := "sealed", "days.sealed"
	if day != "" {
		object, name = "sealed/"+day, day+".sealed"
	}
	err := d.Book.WriteSealed(ctx, v.Session, day, func() error {
		if err := d.Book.Noted(ctx, v.Session, organiser.ReadTrail, object); err != nil {
			return err
		}
		begun = true
		_ = http.NewResponseController(w).SetWriteDeadline(d.Book.Now().Add(sealedTime)) // an error: no connection is behind it
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		return nil
	}, w)
	if begun && fault.Of(err) == nil { // cut on its way: its last line is missing, which outcry open says
		return nil
	}
	return err
}
