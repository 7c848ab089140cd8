package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
)

// A restored backup is an older state of the log, and what it would go on to sign is a fork. So before a process signs its first, be it a server or a
// command, it asks the witnesses what they have seen: translog asks stand, wherever it is about to sign. What stops a log is a proof, signed by its own
// key; what a witness only says stops nothing as long as there are enough others.

const older = "this is an older state of the log, as of a backup, or another. " + translog.WayOut

// stand holds that witnesses know this log again, once in a process's life. The error is ErrInWay, with the way out.
func (a *App) stand(ctx context.Context) error {
	if err := a.Log.Stopped(ctx); errors.Is(err, translog.ErrAnother) { // whoever is asked by now
		return refuse(ErrInWay, "%v: %s", err, older)
	} else if err != nil {
		return err
	}
	if a.allies == nil {
		return nil
	}
	return a.allies.stand(ctx)
}

func (w *allies) stand(ctx context.Context) error {
	w.standing.Lock()
	defer w.standing.Unlock()
	if w.stood {
		return nil
	}
	err := w.compare(ctx)
	w.stood = err == nil
	return err
}

// compare asks every witness what it has seen of the log. Who can't be asked is told, and keeps nobody waiting. So is who says that it has seen another
// log and does not show it, unless there is no quorum without such witnesses.
func (w *allies) compare(ctx context.Context) error {
	if err := w.log.LoadCosigned(ctx); errors.Is(err, translog.ErrAnother) {
		return refuse(ErrInWay, "%v: %s", err, older)
	} else if err != nil {
		return err
	}
	var claimed []error
	for range 3 { // another node of the installation may have grown the log since the head was read
		h, err := w.log.Head(ctx)
		if err != nil {
			return err
		}
		var proven error
		claimed, proven = w.ask(ctx, h, w.list)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if proven != nil {
			return refuse(ErrInWay, "%v: %s", proven, older)
		}
		now, err := w.log.Head(ctx)
		if err != nil {
			return err
		}
		if len(claimed) == 0 || now.Size == h.Size {
			break
		}
	}
	if quorum := w.log.Policy().Quorum(); len(claimed) > len(w.list)-quorum {
		return refuse(ErrInWay, "%v. Without those who say that, %d of %d, no quorum of %d is left. Ask them for what they signed: "+
			"a witness that is wrong can be taken out of outcry.yaml. If they are right, %s", errors.Join(claimed...), len(claimed), len(w.list), quorum, older)
	}
	return nil
}

// CheckWitnesses holds the log against the checkpoints that its witnesses show, and asks them to sign nothing. The error is translog.ErrAnother where one
// proves that the log went on without this database; unseen are those that show none, which proves nothing. For doctor.
func (a *App) CheckWitnesses(ctx context.Context) (seen int, unseen []string, err error) {
	if err := a.Log.Stopped(ctx); err != nil || a.allies == nil {
		return 0, nil, err
	}
	for _, y := range a.allies.list {
		note, err := y.latest(ctx, a.allies.client, a.Log.Origin())
		if err == nil {
			err = a.Log.Compare(ctx, y.name, note)
		}
		switch {
		case errors.Is(err, translog.ErrAnother), ctx.Err() != nil:
			return seen, unseen, err
		case err != nil:
			unseen = append(unseen, fmt.Sprintf("%s (%v)", y.name, err))
		default:
			seen++
		}
	}
	return seen, unseen, nil
}

// halted keeps away what would add to a log that has stopped: if a newer copy is restored, as it should be, it is lost, and nobody may be told that it
// counts. What takes something back is let through: a name leaves the pages at once, and what is said about it waits.
func (a *App) halted(w http.ResponseWriter, r *http.Request) error {
	err := a.Log.Halted()
	if err == nil || !adds(r.Pattern) {
		return nil
	}
	if _, e := web.Form(w, r); e != nil {
		return e
	}
	return err
}

// adds tells whether a page takes a form that adds to the log, or promises to.
func adds(pattern string) bool {
	switch pattern {
	case "POST /sign", "POST /confirm", "POST /mine/{secret}/name", "POST /mine/{secret}/news":
		return true
	}
	return false
}
