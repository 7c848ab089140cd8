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

// Called is what a visit's pages call a case; empty where they have no name for it.
type Called func(ctx context.Context, v *Visit, slug string) string

// Calls says how cases are called; without, tasks name none.
func (d *Desk) Calls(c Called) { d.called = c }

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
	cases, err := d.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	waiting, err := d.waiting(ctx, v, proposals)
	if err != nil {
		return nil, err
	}
	n, due := 0, ""
	var about []string
	for _, p := range waiting {
		if p.approve {
			n++
			due = cmp.Or(due, p.Lapses().Format(time.DateOnly))
			about = append(about, d.nameOf(ctx, v, cases, p.Object))
		}
	}
	if n > 0 {
		list = append(list, proposalsTask(v, n, len(cases), about, due))
	}
	errands, err := d.Book.Errands(ctx, v.Session)
	if err != nil {
		return list, err
	}
	for _, e := range errands {
		if e.State == organiser.Failed && organiser.May(v.Role, e.Act) && d.Book.Now().Sub(e.Made) < 48*time.Hour {
			list = append(list, Task{Key: "desk.today.failed", Args: []any{"Act", v.P.T("desk.act." + string(e.Act)), "Object", cmp.Or(d.nameOf(ctx, v, cases, e.Object), objectWords(v.P, e.Object))}, Path: Root + "/errands/" + e.ID, Weight: 75})
			break
		}
	}
	return list, nil
}

// namedMost is how many campaigns a task names.
const namedMost = 3

// proposalsTask leads to so many proposals that wait for this visit. Where there are several campaigns it says which of them they are about, if those are few.
func proposalsTask(v *Visit, n, cases int, about []string, due string) Task {
	t := Task{Key: "desk.today.proposals", N: n, Path: Root + "/proposals", Weight: 70, Due: due}
	slices.Sort(about)
	if about = slices.Compact(about); cases > 1 && len(about) <= namedMost && !slices.Contains(about, "") {
		t.Key, t.Args = "desk.today.proposals_about", []any{"Names", v.P.Join(about)}
	}
	return t
}

// nameOf is what the case is called that an object is of; empty for none of theirs.
func (d *Desk) nameOf(ctx context.Context, v *Visit, cases []string, object string) string {
	slug, _, _ := strings.Cut(object, "/")
	if d.called == nil || !slices.Contains(cases, slug) {
		return ""
	}
	return d.NameOf(ctx, v, slug)
}

// NameOf is what a visit's pages call a case of their own committee; its slug where it has no name yet.
func (d *Desk) NameOf(ctx context.Context, v *Visit, slug string) string {
	if d.called == nil {
		return slug
	}
	return cmp.Or(d.called(ctx, v, slug), slug)
}

// names are what the cases are called that objects are of, by their slugs.
func (d *Desk) names(ctx context.Context, v *Visit, objects ...string) (map[string]string, error) {
	cases, err := d.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	list := map[string]string{}
	for _, object := range objects {
		_, object = marked(object)
		slug, _, _ := strings.Cut(object, "/")
		if _, there := list[slug]; !there {
			list[slug] = d.nameOf(ctx, v, cases, object)
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
