package safety

import (
	"context"
	"net/http"
	"slices"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// keptView is the page that says what is held.
type keptView struct {
	desk.Page
	rows []Kept
	home bool
}

// rows are what is held of a visit's committee.
func (o *room) rows(ctx context.Context, v *desk.Visit) ([]Kept, error) {
	slugs, err := o.d.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	return o.Kept(ctx, v.Session, slugs, v.Committee.Name == organiser.Home)
}

func (o *room) kept(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	rows, err := o.rows(r.Context(), v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, keptPage(keptView{o.d.Frame(r, v, v.P.T("desk.kept.title")), rows, v.Committee.Name == organiser.Home}))
}

// number is how many of it are held, in words.
func (k Kept) number(p *lang.Printer) string {
	if k.N < 0 {
		return p.T("desk.kept.uncounted")
	}
	return p.Number(k.N)
}

// settingsView is the page of settings. A committee that is hosted sees that they are not its own.
type settingsView struct {
	desk.Page
	home     bool
	settings []Setting
	findings []Finding
	cases    []called
}

// called is a case with its name.
type called struct{ slug, name string }

func (o *room) settings(w http.ResponseWriter, r *http.Request, v *desk.Visit) (err error) {
	page := settingsView{Page: o.d.Frame(r, v, v.P.T("desk.settings.title")), home: v.Committee.Name == organiser.Home}
	slugs, err := o.d.Book.Cases(r.Context(), v.Session)
	if err != nil {
		return err
	}
	for _, slug := range slugs {
		page.cases = append(page.cases, called{slug, o.d.NameOf(r.Context(), v, slug)})
	}
	if page.home {
		page.settings, page.findings = o.Settings(), o.Findings(r.Context())
	}
	return o.show(w, r, nil, settingsPage(page))
}

// says is a finding in the page's language, or in English where there are no words for it.
func (f Finding) says(p *lang.Printer) (text string, tag lang.Tag) {
	if key := "desk.finding." + f.Check + "_" + f.State; p.Has(key) {
		return p.T(key, f.args(p)...), p.Tag()
	}
	return f.Says, "en"
}

// args are the sentence's, numbers as the language writes them.
func (f Finding) args(p *lang.Printer) []any {
	args := slices.Clone(f.Args)
	for i, a := range args {
		if n, ok := a.(int64); ok {
			args[i] = p.Number(n)
		}
	}
	return args
}

// mends is what to do about it; empty for nothing.
func (f Finding) mends(p *lang.Printer) (text string, tag lang.Tag) {
	if key := "desk.finding." + f.Check + "_fix"; f.Fix != "" && p.Has(key) {
		return p.T(key, f.args(p)...), p.Tag()
	}
	return f.Fix, "en"
}

// allying is the page by which an ally is hosted.
type allying struct {
	desk.Page
	name    string
	address string // of the link, once
	until   string
}

func (o *room) askAlly(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	if v.Committee.Name != organiser.Home {
		return errAbsent
	}
	return o.show(w, r, nil, allyPage(allying{Page: o.d.Frame(r, v, v.P.T("desk.ally.title"))}))
}

func (o *room) ally(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	if v.Committee.Name != organiser.Home {
		return errAbsent
	}
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	page := allying{Page: o.d.Frame(r, v, v.P.T("desk.ally.title")), name: form.Get("name")}
	t, i, err := o.d.Book.InviteAlly(r.Context(), v.Session, page.name)
	list, f, err := told(v.P, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		if f.Kind == fault.Invalid { // one that is made anew is not looked for
			list[0].Text = v.P.T("desk.ally.name_wrong")
		}
		page.Problems = list
	default:
		page.address, page.until = o.d.URL+organiser.JoinPath+t.Text(), v.P.Moment(i.Until)
	}
	return o.show(w, r, f, allyPage(page))
}

// wrong is what stands beside a field.
func wrong(list []ui.Problem, field string) string {
	for _, p := range list {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}
