package safety

import (
	"bytes"
	"context"
	"net/http"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// Config is what the pages need of the installation.
type Config struct {
	// Withhold is the deed by which a case's pages are taken back, for who carries that act out.
	Withhold func(slug string) organiser.Deed
	// Shown are those of the cases that have public pages now.
	Shown func(ctx context.Context, slugs []string) ([]string, error)
	// Purge deletes what can be purged of these cases: it may run again.
	Purge func(ctx context.Context, slugs []string) error
	// Kept are the rows of the page that says what is held, for one committee: its cases' slugs, and whether it answers for the installation.
	Kept func(ctx context.Context, s organiser.Session, slugs []string, home bool) ([]Kept, error)
	// Settings are what the installation is set to.
	Settings func() []Setting
	// Findings are what is found when one looks at the installation. It takes up to some seconds.
	Findings func(ctx context.Context) []Finding
}

// Kept is something that is held.
type Kept struct {
	Key string // desk.kept.Key.what, .why, .until say it
	N   int64  // how many; negative: it is not counted
}

// Setting is something that the installation is set to.
type Setting struct {
	Name  string // as in outcry.yaml; desk.settings.Name says what it is
	Value string // never a password; empty: not set
	From  string // file, start, or rule: the file, what the program was started with, or neither
}

// Finding is something that was looked at.
type Finding struct {
	Check string
	State string // ok, note or wrong
	Says  string // in English; where desk.finding.Check_State is a key, that with Args stands in its place
	Fix   string // likewise in English, and for the server's owner
	Args  []any
}

// room is the pages. Safe for any goroutine.
type room struct {
	Config
	d *desk.Desk
}

const (
	root     = desk.Root + "/safety"
	kept     = desk.Root + "/kept"
	settings = desk.Root + "/settings"
	ally     = desk.Root + "/ally"
)

// Hang hangs the pages into a desk.
func Hang(d *desk.Desk, c Config) {
	o := &room{Config: c, d: d}
	for _, h := range []struct {
		act     organiser.Act
		pattern string
		handler desk.Handler
	}{
		{organiser.Look, "GET " + root, o.safety},
		{organiser.Lock, "POST " + root + "/lock", o.lock},
		{organiser.Unlock, "POST " + root + "/open", o.reopen},
		{organiser.Unlock, "GET " + root + "/open", o.askReopen},
		{organiser.Withhold, "POST " + root + "/withhold", o.withhold},
		{organiser.Purge, "GET " + root + "/purge", o.askPurge},
		{organiser.Purge, "POST " + root + "/purge", o.purge},
		{organiser.HandOver, "GET " + root + "/handover", o.askHandOver},
		{organiser.HandOver, "POST " + root + "/handover", o.handOver},
		{organiser.Look, "GET " + kept, o.kept},
		{organiser.Settings, "GET " + settings, o.settings},
		{organiser.Invite, "GET " + ally, o.askAlly},
		{organiser.Invite, "POST " + ally, o.ally},
	} {
		d.Require(h.act, h.pattern, h.handler)
	}
	d.Carries(organiser.Purge, o.carryPurge)
	d.Today(o.today)
	d.Shelf(desk.Item{Key: "desk.safety.title", Path: root, Act: organiser.Look}, desk.Item{Key: "desk.kept.title", Path: kept, Act: organiser.Look},
		desk.Item{Key: "desk.settings.title", Path: settings, Act: organiser.Settings})
}

var (
	errAbsent = fault.New(fault.NotFound, "fault.not_found")
	errSure   = fault.New(fault.Invalid, "fault.desk.sure").At("sure")
	errNobody = fault.New(fault.Invalid, "fault.desk.input_person").At("person")
)

func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// show answers with a page, in the status of a fault if a form came back.
func (o *room) show(w http.ResponseWriter, r *http.Request, f *fault.Error, c templ.Component) error {
	if f == nil {
		return o.d.Show(w, r, c)
	}
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	web.WriteStatus(w, f)
	_, err := w.Write(b.Bytes())
	return err
}

// told is a fault as a form says it that came back; any that is none goes on.
func told(p *lang.Printer, err error) ([]ui.Problem, *fault.Error, error) {
	f := fault.Of(err)
	if err == nil {
		return nil, nil, nil
	}
	if f == nil || f.Field == "" {
		return nil, nil, err
	}
	return []ui.Problem{{Field: f.Field, Text: p.T(f.Key)}}, f, nil
}

// today asks a lead abroad to open a room that is locked.
func (o *room) today(_ context.Context, v *desk.Visit) ([]desk.Task, error) {
	if !v.Committee.Locked {
		return nil, nil
	}
	return []desk.Task{{Key: "desk.safety.today_locked", Path: root, Weight: 100}}, nil
}

// safetyView is the page of bad days.
type safetyView struct {
	desk.Page
	role   organiser.Role
	locked bool
	leads  int      // who can open it again
	shown  []string // by what their pages call them
}

func (o *room) safety(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	page, err := o.view(r, v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, safetyPage(page))
}

func (o *room) view(r *http.Request, v *desk.Visit) (page safetyView, err error) {
	page = safetyView{Page: o.d.Frame(r, v, v.P.T("desk.safety.title")), role: v.Role, locked: v.Committee.Locked}
	people, err := o.d.Book.People(r.Context(), v.Session)
	if err != nil {
		return page, err
	}
	for _, p := range people.People {
		if p.Role == organiser.Lead && p.Place == organiser.Abroad {
			page.leads++
		}
	}
	slugs, err := o.shown(r.Context(), v)
	for _, slug := range slugs {
		page.shown = append(page.shown, o.d.NameOf(r.Context(), v, slug))
	}
	return page, err
}

// shown are the committee's cases that the public sees now.
func (o *room) shown(ctx context.Context, v *desk.Visit) ([]string, error) {
	slugs, err := o.d.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	return o.Shown(ctx, slugs)
}

func (o *room) lock(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	if err := o.d.Book.Lock(r.Context(), v.Session); err != nil {
		return err
	}
	return to(w, r, desk.Root+"/in")
}

func (o *room) askReopen(w http.ResponseWriter, r *http.Request, _ *desk.Visit) error {
	return to(w, r, root) // where a fresh proof leads
}

func (o *room) reopen(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	if err := o.d.Book.Reopen(r.Context(), v.Session); err != nil {
		return err
	}
	return to(w, r, root)
}

// sure tells whether a form says that it is meant: one tick, so that a slip of the thumb takes nothing away.
func sure(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err == nil && form.Get("sure") != "yes" {
		err = errSure
	}
	return err
}

func (o *room) withhold(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	list, f, err := told(v.P, sure(w, r))
	if err != nil {
		return err
	}
	if f != nil {
		page, err := o.view(r, v)
		if err != nil {
			return err
		}
		page.Problems = list
		return o.show(w, r, f, safetyPage(page))
	}
	slugs, err := o.shown(r.Context(), v)
	if err != nil {
		return err
	}
	var deeds []organiser.Deed
	for _, slug := range slugs {
		deeds = append(deeds, o.Withhold(slug))
	}
	return o.d.DoEach(w, r, v, deeds)
}

// purging is the page that says what a purge takes.
type purging struct {
	desk.Page
	kept []Kept
}

func (o *room) askPurge(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	return o.showPurge(w, r, v, nil)
}

// purgeable are the keys of what is kept that a purge takes.
var purgeable = map[string]bool{"followers": true, "revisions": true, "photos": true, "guests": true, "waiting": true}

func (o *room) showPurge(w http.ResponseWriter, r *http.Request, v *desk.Visit, refused error) error {
	list, f, err := told(v.P, refused)
	if err != nil {
		return err
	}
	page := purging{Page: o.d.Frame(r, v, v.P.T("desk.purge.title"))}
	page.Problems = list
	rows, err := o.rows(r.Context(), v)
	if err != nil {
		return err
	}
	for _, k := range rows {
		if purgeable[k.Key] {
			page.kept = append(page.kept, k)
		}
	}
	return o.show(w, r, f, purgePage(page))
}

func (o *room) purge(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	if err := sure(w, r); err != nil {
		return o.showPurge(w, r, v, err)
	}
	return o.d.Do(w, r, v, organiser.Deed{Act: organiser.Purge}, root)
}

func (o *room) carryPurge(ctx context.Context, e organiser.Errand) error {
	slugs, err := o.d.Book.CasesOf(ctx, e.Committee)
	if err != nil {
		return err
	}
	if err := o.Purge(ctx, slugs); err != nil {
		return err
	}
	_, err = o.d.Book.Purge(ctx, e.Committee.ID)
	return err
}

// handing is the page on which a committee is handed over.
type handing struct {
	desk.Page
	abroad []organiser.Organiser
	inside int
}

func (o *room) askHandOver(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	return o.showHandOver(w, r, v, nil)
}

func (o *room) showHandOver(w http.ResponseWriter, r *http.Request, v *desk.Visit, refused error) error {
	list, f, err := told(v.P, refused)
	if err != nil {
		return err
	}
	page := handing{Page: o.d.Frame(r, v, v.P.T("desk.handover.title"))}
	page.Problems = list
	people, err := o.d.Book.People(r.Context(), v.Session)
	if err != nil {
		return err
	}
	for _, p := range people.People {
		if p.Place == organiser.Abroad {
			page.abroad = append(page.abroad, p)
		} else {
			page.inside++
		}
	}
	return o.show(w, r, f, handOverPage(page))
}

func (o *room) handOver(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	switch {
	case err != nil:
		return err
	case form.Get("person") == "":
		return o.showHandOver(w, r, v, errNobody)
	}
	if err := sure(w, r); err != nil {
		return o.showHandOver(w, r, v, err)
	}
	if err := o.d.Book.HandOver(r.Context(), v.Session, form.Get("person")); err != nil {
		return err
	}
	return to(w, r, desk.Root+"/people") // who gave it away is asked to sign in there
}
