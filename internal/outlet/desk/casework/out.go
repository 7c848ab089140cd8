package casework

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// leaving is the page that takes something out. What readers could see is never taken out as if it had not been there (R6): it is taken back in public, hidden, or taken out
// with the sort of the reason.
type leaving struct {
	part  part
	item  string
	title string
	base  int
	told  bool   // it is an event that readers could see
	way   string // chosen
	why   *field // of taking back
	sort  *field // of a redaction
	bad   []wrong
}

// the ways out of a page.
const (
	wayBack   = "back"   // it stays, struck, with the reason
	wayHide   = "hide"   // for the team alone
	wayRedact = "redact" // it goes; the address says so
)

// leave reads what is to be taken out.
func (o *room) leave(r *http.Request, v *desk.Visit) (a *at, l *leaving, err error) {
	if a, err = o.open(r, v); err != nil {
		return nil, nil, err
	}
	p, err := partNamed(r.PathValue("part"))
	if err != nil || !p.list || r.PathValue("item") == fresh {
		return nil, nil, errAbsent
	}
	l = &leaving{part: p, item: r.PathValue("item"), base: a.draft.Revision}
	i, err := p.find(&a.c.File, l.item)
	if err != nil {
		return nil, nil, err
	}
	value := p.in(&a.c.File).Index(i)
	l.title, _ = (&planner{p: a.p, file: &a.c.File}).describe(value)
	if e, ok := value.Interface().(casefile.Event); ok {
		l.title = a.p.T("dossier.dated", "What", a.p.T("case.kind."+string(e.Kind)), "Date", e.When.Words(a.p))
		told, err := o.Told(r.Context(), a.slug)
		if err != nil {
			return nil, nil, err
		}
		l.told = e.ID != "" && told[e.ID]
	}
	return a, l, nil
}

func (o *room) out(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, l, err := o.leave(r, v)
	if err != nil {
		return err
	}
	return o.leaving(w, r, a, l, url.Values{}, fault.Internal)
}

func (o *room) leaving(w http.ResponseWriter, r *http.Request, a *at, l *leaving, form url.Values, status fault.Kind) error {
	pl := &planner{p: a.p, file: &a.c.File, form: form}
	back := pl.lay("f", "retracted", nil, reflect.TypeFor[casefile.Retraction]())
	l.why = back.find("f.why")
	l.sort = pl.lay("f.sort", "why", reflect.TypeFor[casefile.Redaction](), reflect.TypeFor[casefile.RedactionReason]())
	l.why.label, l.sort.label = a.p.T("desk.casework.out.why"), a.p.T("desk.casework.out.sort")
	page := o.d.Frame(r, a.v, a.p.T("desk.casework.out.title"))
	for _, b := range l.bad {
		text := b.words(a.p)
		in, at := l.why, l.why.mark(b.name, text)
		if at == "" {
			in, at = l.sort, l.sort.mark(b.name, text)
		}
		if at == "" {
			page.Problems = append(page.Problems, ui.Problem{Field: "way-" + wayBack, Text: text.text})
			continue
		}
		page.Problems = append(page.Problems, summary(a.p, in, at, text))
	}
	return o.show(w, r, status, outPage(page, a, l))
}

// takeOut takes something out of the draft, in the way that was chosen.
func (o *room) takeOut(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, l, err := o.leave(r, v)
	if err != nil {
		return err
	}
	l.base = base(r.PostForm)
	c, err := o.based(r, a, l.base)
	if err != nil {
		return err
	}
	i, err := l.part.find(&c.File, l.item)
	if err != nil {
		return errMoved
	}
	l.way = r.PostForm.Get("way")
	done := a.path()
	if l.part.word != "events" {
		done = a.path(l.part.word)
	}
	if !l.told {
		if l.part.word == "events" {
			without(c, i)
		} else {
			list := l.part.in(&c.File)
			list.Set(reflect.AppendSlice(list.Slice(0, i), list.Slice(i+1, list.Len())))
			if list.Len() == 0 {
				list.SetZero()
			}
		}
		return o.keep(w, r, a, l.base, c, done)
	}
	today := o.Today()
	e := &c.Events[i]
	switch l.way {
	case wayBack:
		form := url.Values{}
		for k, v := range r.PostForm {
			if len(k) > 6 && k[:6] == "f.why." {
				form[k] = v
			}
		}
		back := casefile.Retraction{}
		l.bad = take(form, "f", reflect.ValueOf(&back).Elem())
		if len(back.Why) == 0 && len(l.bad) == 0 {
			l.bad = []wrong{{name: "f.why", key: "reason"}}
		}
		back.On = today
		e.Retracted, e.Status = &back, casefile.Retracted
	case wayHide:
		e.Visibility = casefile.ForTeam
	case wayRedact:
		why := casefile.RedactionReason(r.PostForm.Get("f.sort"))
		if !slices.Contains(why.Known(), string(why)) {
			l.bad = []wrong{{name: "f.sort", key: "reason"}}
			break
		}
		id := e.ID
		without(c, i)
		c.Redactions = append(c.Redactions, casefile.Redaction{Event: id, On: today, Why: why})
	default:
		l.bad = []wrong{{name: "way", key: "way"}}
	}
	if len(l.bad) > 0 {
		return o.leaving(w, r, a, l, r.PostForm, fault.Invalid)
	}
	return o.keep(w, r, a, l.base, c, done)
}

// without takes an event out, and with it what tells of it: its corrections, and that another followed it.
func without(c *letter.Campaign, i int) {
	gone := c.Events[i]
	c.Events = slices.Delete(c.Events, i, i+1)
	if len(c.Events) == 0 {
		c.Events = nil
	}
	if gone.ID == "" {
		return
	}
	for j := range c.Events {
		if c.Events[j].After == gone.ID {
			c.Events[j].After = gone.After
		}
	}
	c.Corrections = slices.DeleteFunc(c.Corrections, func(k casefile.Correction) bool { return k.Of == gone.ID })
	if len(c.Corrections) == 0 {
		c.Corrections = nil
	}
}
