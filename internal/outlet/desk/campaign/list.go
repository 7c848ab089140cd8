package campaign

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
)

// step is one of the checklist. What is done is read from what there is.
type step struct {
	key  string // of the catalogue, under desk.campaign.step
	path string
	act  organiser.Act // whose act it is: a link for who may
	done bool
	free bool   // it can be left out
	say  string // how it stands
}

// standing is how a campaign stands.
type standing struct {
	*at
	steps    []step
	public   bool
	gone     bool             // taken from the public
	changed  bool             // the draft says something else than the page
	letters  []*letter.Letter // that the public has been shown
	until    time.Time        // the last publication can be undone till then; zero: it can't
	mark     string           // of that publication
	proven   bool             // mail is
	paused   bool             // a letter stands and can't be signed
	next     *step            // the first that is not done; nil: all is
	due      time.Time        // the count
	clashing int              // revisions kept aside
	damaged  bool             // the newest revision does not open, and nothing else is known here
}

// stands gathers it.
func (o *room) stands(ctx context.Context, v *desk.Visit, slug string) (*standing, error) {
	a, err := o.load(ctx, v, slug)
	if err != nil {
		return &standing{at: a, damaged: errors.Is(err, draft.ErrDamaged)}, err
	}
	s := &standing{at: a, clashing: a.draft.Aside, changed: a.draft.Published != 0 && a.draft.Published != a.draft.Revision}
	_, err = o.Shown(slug)
	switch {
	case err == nil:
		s.public = true
	case fault.Is(err, fault.Gone):
		s.gone = true
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	if s.public {
		if s.letters, err = o.Letters(ctx, slug); err != nil {
			return nil, err
		}
		for _, l := range s.letters {
			s.paused = s.paused || l.State == letter.Paused
		}
		s.due = due(s.letters, o.Now())
	}
	until, mark, ok, err := o.Undoable(ctx, slug)
	if err != nil {
		return nil, err
	}
	if ok {
		s.until, s.mark = until, mark
	}
	day, err := o.Mail.Proven(ctx)
	if err != nil {
		return nil, err
	}
	s.proven = day != ""
	people, err := o.d.Book.People(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	s.list(o, len(people.People))
	return s, nil
}

// list makes the steps, in the order in which somebody goes through them.
func (s *standing) list(o *room, people int) {
	p, c := s.p, s.c
	ready := 0
	for _, tag := range c.Campaign.Languages {
		ready += btoi(whole(c, tag))
	}
	all := len(c.Campaign.Languages)
	add := func(key, below string, act organiser.Act, done, free bool, say string) {
		s.steps = append(s.steps, step{key, s.path(below), act, done, free, say})
	}
	add("texts", "/texts", organiser.Edit, ready == all && all > 0, false, p.T("desk.campaign.step.texts_say", "Ready", p.Number(int64(ready)), "All", p.Number(int64(all))))
	add("ground", "/ground", organiser.Edit, grounded(c, o.day()), false, "")
	told := ""
	switch {
	case !happened(c):
		told = p.T("desk.campaign.step.happened_say")
	case !sourced(c):
		told = p.T("desk.campaign.step.happened_source")
	}
	add("happened", "/case", organiser.Edit, told == "", false, told)
	add("photo", "/photo", organiser.Edit, c.Person.Photo != nil, true, "")
	before := func(key, below string, act organiser.Act, what int) { // what is advised before it is public: afterwards it is there only if it was done
		if done := o.seen.has(s.slug, what); done || !s.public {
			add(key, below, act, done, true, "")
		}
	}
	before("preview", "/preview", organiser.Look, looked)
	before("try", "/try", organiser.Edit, tried)
	publish := ""
	if s.public && s.changed {
		publish = p.T("desk.campaign.step.publish_changed")
	}
	add("publish", "/publish", organiser.Publish, s.public, false, publish)
	s.steps = append(s.steps, step{"mail", mailPath, organiser.Edit, s.proven, false, ""})
	if s.public && s.paused {
		add("open", "/open", organiser.Publish, false, false, "")
	}
	add("spread", "/spread", organiser.Look, s.public, false, "")
	s.steps = append(s.steps, step{"second", desk.Root + "/invite", organiser.Invite, people > 1, false, ""})
	for i := range s.steps {
		if s.steps[i].key == "spread" { // there is nothing of it before all else is done, and then it is done by itself
			continue
		}
		if !s.steps[i].done && !s.steps[i].free && organiser.May(s.v.Role, s.steps[i].act) {
			s.next = &s.steps[i]
			break
		}
	}
}

// happened tells whether something with a source says how it stands with the person's liberty: without that a page begins with what nobody knows.
func happened(c *letter.Campaign) bool {
	return slices.ContainsFunc(c.Stand(casefile.AsOf{}).From, func(e *casefile.Event) bool { return e.Source != "" || len(e.Evidence) > 0 })
}

// sourced tells whether each source says what it has to, such as what sort it is: a page whose readers are not told who says so is not published.
func sourced(c *letter.Campaign) bool {
	return !slices.ContainsFunc(c.Check(), func(p casefile.Problem) bool { return strings.HasPrefix(p.Path, "sources[") })
}

// finished tells whether every step is done that can't be left out.
func (s *standing) finished() bool {
	for _, t := range s.steps {
		if !t.done && !t.free {
			return false
		}
	}
	return true
}

// listing is a campaign's own page: how it stands, and the checklist until all is done.
type listing struct {
	desk.Page
	*standing
	rooms []desk.Item // other pages of the same campaign
}

// rooms are the pages of a campaign that others hang in, and this package does not know: what is not hung is not shown.
func (o *room) rooms(v *desk.Visit, slug string) (list []desk.Item) {
	there := map[string]bool{}
	for _, r := range o.d.Routes() {
		there[r.Pattern] = true
	}
	for _, i := range []desk.Item{
		{Key: "desk.campaign.room.case", Path: "/case", Act: organiser.Edit},
		{Key: "desk.campaign.room.changes", Path: "/changes", Act: organiser.Look},
		{Key: "desk.campaign.room.languages", Path: "/languages", Act: organiser.Translate},
		{Key: "desk.campaign.room.signatures", Path: "/signatures", Act: organiser.Moderate},
		{Key: "desk.campaign.settings.title", Path: "/settings", Act: organiser.Edit},
	} {
		if there["GET "+root+i.Path] && organiser.May(v.Role, i.Act) {
			i.Path = desk.Root + "/c/" + slug + i.Path
			list = append(list, i)
		}
	}
	return list
}

func (o *room) list(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	s, err := o.stands(r.Context(), v, r.PathValue("case"))
	if err != nil {
		return err
	}
	return o.show(w, r, nil, listPage(listing{o.d.Frame(r, v, v.P.T("desk.campaign.list.title")), s, o.rooms(v, s.slug)}))
}

// start is the part of the start page that lists the committee's campaigns.
func (o *room) start(ctx context.Context, v *desk.Visit, page desk.Page) templ.Component {
	all, err := o.once(ctx, v, false)
	if err != nil {
		return failedPart(page)
	}
	return startPart(page, all)
}

// gathered is what one visit's start page was made of so far: its tasks and its list are of the same campaigns, and reading them once is enough.
type gathered struct {
	mu   sync.Mutex
	of   *desk.Visit
	list []*standing
}

// once is all, read anew by who comes first of the two that a start page asks; the second takes it away.
func (o *room) once(ctx context.Context, v *desk.Visit, first bool) (list []*standing, err error) {
	o.page.mu.Lock()
	if !first && o.page.of == v {
		list = o.page.list
		o.page.of, o.page.list = nil, nil
		o.page.mu.Unlock()
		return list, nil
	}
	o.page.mu.Unlock()
	if list, err = o.all(ctx, v); err == nil && first {
		o.page.mu.Lock()
		o.page.of, o.page.list = v, list
		o.page.mu.Unlock()
	}
	return list, err
}

// all are the committee's campaigns.
func (o *room) all(ctx context.Context, v *desk.Visit) (list []*standing, err error) {
	slugs, err := o.d.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		s, err := o.stands(ctx, v, slug)
		switch {
		case fault.Is(err, fault.NotFound): // given to the committee, and not begun
			continue
		case err != nil && !s.damaged: // else it hides none of the others
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}
