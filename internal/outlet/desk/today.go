package desk

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
)

// Task is something that waits to be done: one sentence, and the page where it is done.
type Task struct {
	Key    string // of the catalogue: a whole sentence that says what to do
	Args   []any  // pairs, as for lang.Printer.T
	N      int    // if not 0, Key is a plural of it
	Path   string
	Weight int    // 1 to 100; the heaviest come first. 90: somebody could be harmed; 70: something stands still; 50: a deadline; 30: upkeep; 10: advice
	Due    string // the day, 2006-01-02; empty: none
}

// Asked is what there is to do for a visit: only what they may do.
type Asked func(ctx context.Context, v *Visit) ([]Task, error)

// Opening is what a feature shows on the start page, below the tasks; nil: nothing.
type Opening func(ctx context.Context, v *Visit, page Page) templ.Component

// Today adds tasks to the start page.
func (d *Desk) Today(a Asked) { d.asked = append(d.asked, a) }

// Start adds a part to the start page.
func (d *Desk) Start(o Opening) { d.openings = append(d.openings, o) }

// tasksMost is how many tasks a day shows: more is a list, and nobody's day.
const tasksMost = 3

// today is the start page.
type today struct {
	Page
	tasks  []Task
	partly bool // something could not be asked
	parts  []templ.Component
}

func (d *Desk) start(w http.ResponseWriter, r *http.Request, v *Visit) error {
	t := today{Page: d.frame(r, v, v.P.T("desk.start.title"))}
	for _, ask := range d.asked {
		list, err := ask(r.Context(), v)
		if err != nil { // the rest is worth more than none
			d.log().Error("tasks of the day could not be read", slog.Any("error", err))
			t.partly = true
		}
		t.tasks = append(t.tasks, list...)
	}
	t.tasks = first(t.tasks)
	for _, o := range d.openings {
		if c := o(r.Context(), v, t.Page); c != nil {
			t.parts = append(t.parts, c)
		}
	}
	return show(w, r, nil, startPage(t))
}

// first are the few that come first: by weight, then by day, those without one last.
func first(list []Task) []Task {
	slices.SortStableFunc(list, func(a, b Task) int {
		return cmp.Or(b.Weight-a.Weight, strings.Compare(cmp.Or(a.Due, "9"), cmp.Or(b.Due, "9")), strings.Compare(a.Path, b.Path))
	})
	return list[:min(len(list), tasksMost)]
}

// own are the desk's own tasks: what waits for a second person who may be this one, and what could not be done lately.
func (d *Desk) own(ctx context.Context, v *Visit) (list []Task, err error) {
	proposals, err := d.Book.Proposals(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	n := 0
	due := ""
	for _, p := range d.waiting(v, proposals) {
		if p.approve {
			n++
			due = cmp.Or(due, p.Lapses().Format(time.DateOnly))
		}
	}
	if n > 0 {
		list = append(list, Task{Key: "desk.today.proposals", N: n, Path: Root + "/proposals", Weight: 70, Due: due})
	}
	errands, err := d.Book.Errands(ctx, v.Session)
	if err != nil {
		return list, err
	}
	for _, e := range errands {
		if e.State == organiser.Failed && organiser.May(v.Role, e.Act) && d.Book.Now().Sub(e.Made) < 48*time.Hour {
			list = append(list, Task{Key: "desk.today.failed", Args: []any{"Act", v.P.T("desk.act." + string(e.Act)), "Object", objectWords(v.P, e.Object)}, Path: Root + "/errands/" + e.ID, Weight: 75})
			break
		}
	}
	return list, nil
}

// says is a task in words.
func (t Task) says(page Page) string {
	if t.N != 0 {
		return page.P.N(t.Key, t.N, t.Args...)
	}
	return page.P.T(t.Key, t.Args...)
}
