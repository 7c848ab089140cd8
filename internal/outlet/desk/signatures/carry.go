package signatures

import (
	"context"
	"encoding/json"
	"errors"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
)

// moderate carries out an errand of organiser.Moderate. Each is as good twice as once.
func (h *hall) moderate(ctx context.Context, e organiser.Errand) error {
	var m moderation
	if err := read(e, &m); err != nil {
		return err
	}
	l, err := h.byID(ctx, m.Letter)
	if err != nil {
		return err
	}
	if m.Do != doPause { // which must go even where nothing else may be written
		if err := h.Stand(ctx); err != nil {
			return err
		}
	}
	err = h.moderated(ctx, l, m, string(e.Role))
	return errors.Join(worded(err), h.Touch(ctx, l.Case)) // also after half of it
}

func (h *hall) moderated(ctx context.Context, l *letter.Letter, m moderation, role string) error {
	switch m.Do {
	case doPause:
		return h.Letters.Pause(ctx, l.ID)
	case doResume:
		return h.Resume(ctx, l.Case, l.Slug)
	case doRelease:
		_, waiting, err := h.Letters.Release(ctx, l.ID, letter.Rule{Held: true, Day: m.Day}, nil)
		if errors.Is(err, letter.ErrNoMatch) { // it ran before, or somebody else did it
			return nil
		}
		if err == nil && waiting > 0 {
			err = fault.New(fault.Conflict, "fault.signatures.later")
		}
		return err
	case doRestore:
		id, err := letter.ParseRemovalID(m.Removal)
		if err != nil {
			return errPayload
		}
		r, err := h.Letters.Removal(ctx, id)
		if err == nil && r.Letter != l.ID {
			err = letter.ErrNoRemoval
		}
		if err != nil {
			return err
		}
		_, _, err = h.Letters.Restore(ctx, id)
		return err
	case doReport:
		return h.report(ctx, l, m.Report)
	case doOrdinary:
		_, err := h.Letters.NotProminent(ctx, l.ID, m.Lock)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	case doHide, doFirst:
		return h.name(ctx, l, m, role)
	}
	return errPayload
}

// name hides a name or puts it first, if it is the one that was looked at still.
func (h *hall) name(ctx context.Context, l *letter.Letter, m moderation, role string) error {
	seen := letter.Name{Name: m.Name, Affiliation: m.Affiliation}
	shows, err := h.Letters.NameOf(ctx, l.ID, m.Lock)
	switch {
	case fault.Is(err, fault.NotFound) && m.Do == doHide: // hidden already, by its signer or by us
		return nil
	case err != nil:
		return err
	case shows != seen:
		return errOther
	case m.Do == doFirst:
		return h.Letters.Prominent(ctx, m.Lock, seen, role, m.Note)
	}
	_, err = h.Letters.HideByDesk(ctx, m.Lock, role)
	return err
}

func (h *hall) report(ctx context.Context, l *letter.Letter, raw []byte) error {
	var r letter.Report
	if json.Unmarshal(raw, &r) != nil {
		return errPayload
	}
	f, err := h.Case(ctx, l.Case)
	if err != nil {
		return err
	}
	if len(letter.CheckReport(r, "", f.Source)) > 0 { // its source was taken out meanwhile
		return errSource
	}
	_, err = h.Letters.Report(ctx, l.ID, r)
	return err
}

// remove carries out an errand of organiser.Remove.
func (h *hall) remove(ctx context.Context, e organiser.Errand) error {
	var m removing
	if err := read(e, &m); err != nil {
		return err
	}
	if m.Most < 1 { // which would mean any number
		return errPayload
	}
	l, err := h.byID(ctx, m.Letter)
	if err != nil {
		return err
	}
	if err := h.Stand(ctx); err != nil {
		return err
	}
	_, err = h.Letters.RemoveOnce(ctx, l.ID, letter.Removing{ID: removalOf(e.ID), Rule: m.rule(), Reason: m.Reason, Words: m.Words, Role: string(e.Role), Most: m.Most}, nil)
	return errors.Join(worded(err), h.Touch(ctx, l.Case))
}

// key carries out an errand of organiser.Key.
func (h *hall) key(ctx context.Context, e organiser.Errand) error {
	var k keying
	if err := read(e, &k); err != nil {
		return err
	}
	return h.TakeKey(ctx, k.Case, k.Recipient)
}

// export carries out an errand of organiser.Export: who asked for it can fetch the list from now on. It is not made before they do.
func (h *hall) export(ctx context.Context, e organiser.Errand) error {
	var x exporting
	if err := read(e, &x); err != nil {
		return err
	}
	return h.News.MakeReady(ctx, e.ID, x.Case, x.Organiser)
}

// byID finds a letter of this installation.
func (h *hall) byID(ctx context.Context, id [16]byte) (*letter.Letter, error) {
	all, err := h.Letters.All(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, errNoLetter
}
