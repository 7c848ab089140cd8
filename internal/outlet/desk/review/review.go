package review

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// Config is what the pages need.
type Config struct {
	Drafts *draft.Book
	// Applied is what the installation tells of a case now, as letter.WriteDraft writes it; nil: nothing.
	Applied func(ctx context.Context, slug string) ([]byte, error)
	// Shown is what the public may see of a case; NotFound and Gone as on its page.
	Shown func(slug string) (*casefile.File, error)
}

// room is the pages.
type room struct {
	Config
	d *desk.Desk
}

const (
	queuePath = desk.Root + "/review"
	casePath  = desk.Root + "/c/{case}"
)

// Hang hangs the pages into a desk.
func Hang(d *desk.Desk, c Config) {
	o := &room{c, d}
	for _, h := range []struct {
		act     organiser.Act
		pattern string
		handler desk.Handler
	}{
		{organiser.Look, "GET " + queuePath, o.queue},
		{organiser.Look, "GET " + casePath + "/changes", o.changes},
		{organiser.Translate, "POST " + casePath + "/changes/ask", o.ask},
		{organiser.Review, "POST " + casePath + "/changes/back", o.sendBack},
		{organiser.Look, "GET " + casePath + "/history", o.history},
		{organiser.Look, "GET " + casePath + "/history/compare", o.compare},
		{organiser.Purge, "GET " + casePath + "/history/forget", o.askForget},
		{organiser.Purge, "POST " + casePath + "/history/forget", o.forget},
		{organiser.Look, "GET " + casePath + "/history/{n}", o.revision},
		{organiser.Edit, "POST " + casePath + "/history/{n}/restore", o.restore},
		{organiser.Edit, "POST " + casePath + "/history/{n}/take", o.take},
		{organiser.Edit, "POST " + casePath + "/history/{n}/settle", o.settle},
	} {
		d.Require(h.act, h.pattern, h.handler)
	}
	d.Leads(draft.ErrDamaged, "/history", "desk.review.history.title")
	d.Shelf(desk.Item{Key: "desk.review.title", Path: queuePath, Act: organiser.Look})
	d.Today(o.tasks)
}

var errAbsent = fault.New(fault.NotFound, "fault.not_found")

// at is a case whose draft somebody reads.
type at struct {
	v     *desk.Visit
	p     *lang.Printer
	slug  string
	draft draft.Draft
	c     *letter.Campaign // the draft, for names

	damaged bool // its newest revision does not open
}

func (o *room) open(r *http.Request, v *desk.Visit) (a *at, err error) {
	a = &at{v: v, p: v.P, slug: r.PathValue("case")}
	applied, err := o.Applied(r.Context(), a.slug)
	if err != nil {
		return nil, err
	}
	if a.draft, err = o.Drafts.Open(r.Context(), a.slug, applied); err != nil {
		return a, err
	}
	a.c, err = letter.ReadDraft(a.draft.Doc)
	return a, err
}

// older is open for the pages that lead from a draft whose newest revision is damaged to those that are not.
func (o *room) older(r *http.Request, v *desk.Visit) (*at, error) {
	a, err := o.open(r, v)
	if errors.Is(err, draft.ErrDamaged) {
		a.c, a.damaged, err = &letter.Campaign{}, true, nil
	}
	return a, err
}

func (a *at) path(rest string) string { return desk.Root + "/c/" + a.slug + rest }

func (a *at) may(act organiser.Act) bool { return organiser.May(a.v.Role, act) }

// name is how the person is called, in the reader's language if it can be.
func (a *at) name() string { return nameOf(a.p, a.c, a.slug) }

func nameOf(p *lang.Printer, c *letter.Campaign, slug string) string {
	if name, _ := c.Name(p.Tag()); name != "" {
		return name
	}
	return slug
}

// role is who did something, in words.
func role(p *lang.Printer, by string) string {
	if key := "desk.role." + by; p.Has(key) {
		return p.T(key)
	}
	return by
}

// changesView is the page of what a draft changes.
type changesView struct {
	*at
	page   desk.Page
	groups []group
	public bool // there is a public page
	gone   bool // there was one
	moved  bool // the draft says something else than what was to be read
	remark string
}

func (o *room) changes(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	return o.showChanges(w, r, a, nil, "")
}

func (o *room) showChanges(w http.ResponseWriter, r *http.Request, a *at, wrong *fault.Error, remark string) error {
	view := changesView{at: a, page: o.d.Frame(r, a.v, a.p.T("desk.review.changes.title")), remark: remark}
	_, err := o.Shown(a.slug) // what a draft was last held against may have been taken back since, or be known to the committee alone
	switch {
	case err == nil:
		view.public = a.draft.Published > 0
	case fault.Is(err, fault.Gone):
		view.gone = true
	case !fault.Is(err, fault.NotFound):
		return err
	}
	var before []byte
	if view.public {
		now, _, err := o.Drafts.LastPublished(r.Context(), a.slug)
		if err != nil {
			return err
		}
		before = now.Doc
	}
	if view.groups, err = grouped(a.p, before, a.draft.Doc); err != nil {
		return err
	}
	view.moved = a.draft.Review != nil && a.draft.Review.N != a.draft.Revision
	if wrong == nil {
		return o.d.Show(w, r, changesPage(view))
	}
	view.page.Problems = []ui.Problem{{Field: wrong.Field, Text: a.p.T(wrong.Key)}}
	return o.refused(w, r, wrong, changesPage(view))
}

// refused answers with a page whose form came back.
func (o *room) refused(w http.ResponseWriter, r *http.Request, f *fault.Error, page templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	web.WriteStatus(w, f)
	return page.Render(r.Context(), w)
}

// ask asks the others to read what the reader has before them.
func (o *room) ask(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	return o.answer(w, r, v, organiser.Translate, "asked", func(ctx context.Context, a *at, form url.Values) error {
		return o.Drafts.AskReview(ctx, a.slug, number(form.Get("revision")), string(v.Role), form.Get("remark"))
	})
}

func (o *room) sendBack(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	return o.answer(w, r, v, organiser.Review, "sent", func(ctx context.Context, a *at, form url.Values) error {
		return o.Drafts.SendBack(ctx, a.slug, string(v.Role), form.Get("remark"))
	})
}

func (o *room) answer(w http.ResponseWriter, r *http.Request, v *desk.Visit, act organiser.Act, done string, do func(ctx context.Context, a *at, form url.Values) error) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	if err := o.d.Book.Noted(r.Context(), v.Session, act, a.slug); err != nil {
		return err
	}
	switch err = do(r.Context(), a, form); {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		return o.showChanges(w, r, a, fault.Of(err), form.Get("remark"))
	case err != nil:
		return err
	}
	return to(w, r, a.path("/changes?done="+done))
}

// number is a revision's number in a form or an address; 0 if it is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || strconv.Itoa(n) != text {
		return 0
	}
	return n
}

func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// waiting is a draft that waits to be read.
type waiting struct {
	draft.Review
	name string
	path string
}

// mine are the drafts of a visitor's committee, by slug, without documents.
func (o *room) mine(ctx context.Context, v *desk.Visit) (list []draft.Draft, err error) {
	slugs, err := o.d.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	all, err := o.Drafts.Drafts(ctx)
	for _, slug := range slugs {
		if d, ok := all[slug]; ok {
			list = append(list, d)
		}
	}
	return list, err
}

func (o *room) queued(ctx context.Context, v *desk.Visit) (list []waiting, err error) {
	all, err := o.mine(ctx, v)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, d := range all {
		own[d.Slug] = true
	}
	reviews, err := o.Drafts.Reviews(ctx)
	for i := 0; i < len(reviews) && err == nil; i++ {
		if one := reviews[i]; own[one.Slug] {
			var name string
			name, err = o.name(ctx, v.P, one.Slug)
			list = append(list, waiting{one, name, desk.Root + "/c/" + one.Slug + "/changes"})
		}
	}
	return list, err
}

func (o *room) name(ctx context.Context, p *lang.Printer, slug string) (string, error) {
	d, err := o.Drafts.Draft(ctx, slug)
	if errors.Is(err, draft.ErrDamaged) {
		return slug, nil
	}
	if err != nil {
		return "", err
	}
	c, err := letter.ReadDraft(d.Doc)
	if err != nil {
		return "", err
	}
	return nameOf(p, c, slug), nil
}

func (o *room) queue(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	list, err := o.queued(r.Context(), v)
	if err != nil {
		return err
	}
	return o.d.Show(w, r, queuePage(o.d.Frame(r, v, v.P.T("desk.review.title")), list))
}

// tasks are what waits to be read, by whoever may; what was sent back and what was kept aside, for whoever writes.
func (o *room) tasks(ctx context.Context, v *desk.Visit) (list []desk.Task, err error) {
	all, err := o.mine(ctx, v)
	if err != nil {
		return nil, err
	}
	n, path := 0, queuePath
	for _, d := range all {
		own := desk.Root + "/c/" + d.Slug
		if d.Review != nil {
			n++
			path = own + "/changes"
		}
		if !organiser.May(v.Role, organiser.Edit) || d.Back == nil && d.Aside == 0 {
			continue
		}
		name, err := o.name(ctx, v.P, d.Slug)
		if err != nil {
			return nil, err
		}
		if d.Aside > 0 {
			list = append(list, desk.Task{Key: "desk.review.task.aside", Args: []any{"Name", name}, Path: own + "/history", Weight: 65})
		}
		if d.Back != nil {
			list = append(list, desk.Task{Key: "desk.review.task.back", Args: []any{"Name", name}, Path: own + "/changes", Weight: 60})
		}
	}
	if n > 0 && organiser.May(v.Role, organiser.Review) {
		if n > 1 {
			path = queuePath
		}
		list = append(list, desk.Task{Key: "desk.review.task.read", N: n, Path: path, Weight: 68})
	}
	return list, nil
}

// forgotten deletes a draft's history.
func (o *room) forgotten(ctx context.Context, slug string) (n int, err error) {
	err = o.Drafts.DB.Update(ctx, func(tx *db.Tx) (err error) {
		n, err = o.Drafts.Forget(tx, slug)
		return err
	})
	if err == nil {
		err = o.Drafts.DB.Flush(ctx) // or they stand in SQLite's log of writes for a while
	}
	return n, err
}
