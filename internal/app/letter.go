package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// Letter finds a letter in any state by CASE/LETTER, or by LETTER where there is one case. The error is ErrAbsent, with what there is, or ErrWhich.
func (a *App) Letter(ctx context.Context, name string) (*letter.Letter, error) {
	caseSlug, slug, whole := strings.Cut(name, "/")
	if !whole {
		slug = name
		var err error
		if caseSlug, err = a.Only(ctx); err != nil {
			return nil, a.which(ctx, slug, err)
		}
	}
	all, err := a.Book.All(ctx, "")
	if err != nil {
		return nil, err
	}
	var have []string
	for _, l := range all {
		if l.Case == caseSlug && l.Slug == slug {
			return l, nil
		}
		have = append(have, l.Case+"/"+l.Slug)
	}
	if len(have) == 0 {
		return nil, refuse(ErrAbsent, "there is no letter here yet: apply a campaign file with one")
	}
	return nil, refuse(ErrAbsent, "there is no letter %s/%s here; there is %s", caseSlug, slug, strings.Join(have, ", "))
}

// which says how to name a letter where there are several cases.
func (a *App) which(ctx context.Context, slug string, err error) error {
	all, e := a.Cases.All(ctx)
	if !errors.Is(err, ErrWhich) || e != nil || len(all) < 2 {
		return err
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Case.Slug+"/"+slug)
	}
	return refuse(ErrWhich, "there are %d cases here; say which one is meant: %s", len(all), strings.Join(names, ", "))
}

// touch has a running server read the case's letters again.
func (a *App) touch(ctx context.Context, caseSlug string) error {
	return a.DB.Update(ctx, func(tx *db.Tx) error { return a.Cases.Touch(tx, caseSlug) })
}

// PauseLetter keeps an open letter from being signed until it is resumed; see letter.Book.Pause.
func (a *App) PauseLetter(ctx context.Context, l *letter.Letter) error {
	return errors.Join(a.Book.Pause(ctx, l.ID), a.touch(ctx, l.Case))
}

// ResumeLetter lets a paused letter be signed again.
func (a *App) ResumeLetter(ctx context.Context, l *letter.Letter) error {
	return errors.Join(a.Book.Resume(ctx, l.ID), a.touch(ctx, l.Case))
}

// CloseLetter ends a letter for good, or continues what was begun; see letter.Book.Close. A running server drops the pepper within a second of the
// first step.
func (a *App) CloseLetter(ctx context.Context, l *letter.Letter, progress func(letter.Step)) (receipt.Certificate, error) {
	if err := a.stand(ctx); err != nil {
		return receipt.Certificate{}, err
	}
	var untold error
	c, err := a.Book.Close(ctx, l.ID, func(s letter.Step) {
		if s.Stage == letter.Stopped && s.Of == 0 {
			untold = a.touch(ctx, l.Case)
		}
		if progress != nil {
			progress(s)
		}
	})
	if err != nil {
		return c, err
	}
	return c, errors.Join(untold, a.touch(ctx, l.Case))
}

// RemoveFromLetter takes signatures out of the count by a rule; see letter.Book.Remove.
func (a *App) RemoveFromLetter(ctx context.Context, l *letter.Letter, rule letter.Rule, reason receipt.Reason, words, role string, progress func(done, of int)) (letter.Removal, error) {
	if err := a.stand(ctx); err != nil {
		return letter.Removal{}, err
	}
	r, err := a.Book.Remove(ctx, l.ID, rule, reason, words, role, progress)
	return r, errors.Join(err, a.touch(ctx, l.Case)) // also after half of it
}

// Removal finds a removal and its letter.
func (a *App) Removal(ctx context.Context, id letter.RemovalID) (letter.Removal, *letter.Letter, error) {
	r, err := a.Book.Removal(ctx, id)
	if err != nil {
		return r, nil, err
	}
	all, err := a.Book.All(ctx, "")
	if err != nil {
		return r, nil, err
	}
	i := slices.IndexFunc(all, func(l *letter.Letter) bool { return l.ID == r.Letter })
	if i < 0 {
		return r, nil, letter.ErrNoRemoval
	}
	return r, all[i], nil
}

// RestoreToLetter puts back what a removal took out; see letter.Book.Restore.
func (a *App) RestoreToLetter(ctx context.Context, l *letter.Letter, id letter.RemovalID) (undone, restored int, err error) {
	if err := a.stand(ctx); err != nil {
		return 0, 0, err
	}
	undone, restored, err = a.Book.Restore(ctx, id)
	return undone, restored, errors.Join(err, a.touch(ctx, l.Case))
}

// ReleaseInLetter lets held signatures count as all others do; see letter.Book.Release.
func (a *App) ReleaseInLetter(ctx context.Context, l *letter.Letter, rule letter.Rule, progress func(done, of int)) (released, waiting int, err error) {
	if err := a.stand(ctx); err != nil {
		return 0, 0, err
	}
	released, waiting, err = a.Book.Release(ctx, l.ID, rule, progress)
	return released, waiting, errors.Join(err, a.touch(ctx, l.Case))
}

// CheckReport finds what is wrong in a line for a letter, before it is written: its source must be one of the case's.
func (a *App) CheckReport(ctx context.Context, l *letter.Letter, r letter.Report) error {
	f, err := a.Cases.File(ctx, l.Case)
	if err != nil {
		return err
	}
	if problems := letter.CheckReport(r, "report", f.Source); len(problems) > 0 {
		return problems
	}
	return nil
}

// ReportForLetter adds a line to a letter, or replaces one; see letter.Book.Report.
func (a *App) ReportForLetter(ctx context.Context, l *letter.Letter, r letter.Report) (replaced *letter.Report, err error) {
	if err := a.CheckReport(ctx, l, r); err != nil {
		return nil, err
	}
	if err := a.stand(ctx); err != nil {
		return nil, err
	}
	if replaced, err = a.Book.Report(ctx, l.ID, r); err != nil {
		return nil, err
	}
	return replaced, a.touch(ctx, l.Case)
}

// LetterState is a letter as organisers list it.
type LetterState struct {
	Letter   *letter.Letter
	Count    letter.Count
	Waiting  int // signatures on their way into the log
	Removals []letter.Removal
}

// LetterStates lists all letters, in any state, with what the log says of each.
func (a *App) LetterStates(ctx context.Context) (list []LetterState, err error) {
	if err := a.Book.CatchUp(ctx); err != nil {
		return nil, err
	}
	all, err := a.Book.All(ctx, "")
	if err != nil {
		return nil, err
	}
	waits, err := a.Book.Waiters(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		removals, err := a.Book.Removals(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, LetterState{Letter: l, Count: a.Book.Count(l.ID), Waiting: waits[l.ID], Removals: removals})
	}
	return list, nil
}

// finish continues whatever closing was begun, by this process before it ended or by another one, once a second.
func (a *App) finish(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		if err := a.finishOnce(ctx); err != nil && ctx.Err() == nil && a.Log.Halted() == nil { // that was told
			a.Config.Log.Error("a letter that is being closed could not be closed", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-second.C:
		}
	}
}

func (a *App) finishOnce(ctx context.Context) error {
	list, err := a.Book.Closing(ctx)
	var errs []error
	for _, l := range list {
		if _, err := a.CloseLetter(ctx, l, nil); err != nil && !fault.Is(err, fault.Busy) { // a busy database is asked again in a second
			errs = append(errs, fmt.Errorf("%s/%s: %w", l.Case, l.Slug, err))
		}
	}
	return errors.Join(append(errs, err)...)
}
