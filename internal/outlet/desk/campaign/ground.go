package campaign

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// grounding is the page that says on whose word a campaign is public (R1, R2).
type grounding struct {
	desk.Page
	a       *at
	base    int
	kind    string // consent, necessity; empty: not chosen
	giver   string
	scope   []string
	channel string
	day     string
	note    string
	tag     lang.Tag          // of channel and note: the reader's, if the campaign is in it, or the campaign's first
	grounds []casefile.Ground // those that stand in the draft
	foreign bool              // the language of channel and note is not the reader's
	givers  []string
	scopes  []string
}

const (
	consent   = "consent"
	necessity = "necessity"
	again     = "again"
)

func (o *room) grounding(r *http.Request, v *desk.Visit) (*grounding, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	g := &grounding{Page: o.d.Frame(r, v, v.P.T("desk.campaign.ground.title")), a: a, base: a.draft.Revision, tag: v.P.Tag(), grounds: a.c.Grounds(o.day()), day: o.day().String(),
		givers: casefile.Giver("").Known(), scopes: casefile.Scope("").Known(), scope: []string{string(casefile.ScopeName), string(casefile.ScopeLetter)}}
	if list := a.c.Campaign.Languages; !slices.Contains(list, g.tag) && len(list) > 0 {
		g.tag, g.foreign = list[0], true
	}
	return g, nil
}

func (o *room) ground(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	g, err := o.grounding(r, v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, groundPage(g))
}

// saveGround keeps a consent or a note beside those that stand there: one that is withdrawn is written in the case's own pages, and is never overwritten here.
func (o *room) saveGround(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	g, err := o.grounding(r, v)
	if err != nil {
		return err
	}
	from := base(form)
	c, err := o.based(r.Context(), g.a, from)
	if err != nil {
		return err
	}
	if form.Get("kind") == again {
		o.confirm(c, form)
	} else if g.read(v, c, form, o.day()); len(g.Problems) > 0 {
		g.base = from
		return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), groundPage(g))
	}
	s, err := o.Drafts.Save(r.Context(), g.a.slug, from, letter.WriteDraft(c), string(v.Role))
	switch {
	case err != nil:
		return err
	case len(s.Conflicts) > 0:
		if g, err = o.grounding(r, v); err != nil {
			return err
		}
		f := fault.New(fault.Conflict, "fault.campaign.clash_ground")
		g.Problems = []ui.Problem{{Text: said(v.P, f)}}
		return o.show(w, r, f, groundPage(g))
	}
	return to(w, r, g.a.path(""))
}

// confirm says that a ground was asked for again today, and given again.
func (o *room) confirm(c *letter.Campaign, form url.Values) {
	p := &c.Case.Publication
	n, err := strconv.Atoi(form.Get("which"))
	switch {
	case err == nil && n >= 0 && n < len(p.Consents) && p.Consents[n].Withdrawn == casefile.Date{}:
		p.Consents[n].Confirmed = o.day()
	case err != nil && p.Necessity != nil:
		p.Necessity.Confirmed = o.day()
	}
}

// read lays what was typed on a campaign, or says what is wrong with it.
func (g *grounding) read(v *desk.Visit, c *letter.Campaign, form url.Values, today casefile.Date) {
	say := func(field, key string) { g.Problems = append(g.Problems, ui.Problem{Field: field, Text: v.P.T(key)}) }
	g.kind, g.giver, g.scope = form.Get("kind"), form.Get("giver"), form["scope"]
	g.channel, g.day, g.note = line(form.Get("channel")), line(form.Get("day")), typed(form.Get("note"))
	p := &c.Case.Publication
	g.Problems = unfit(v.P, form)
	switch g.kind {
	case consent:
		k := casefile.Consent{Giver: casefile.Giver(g.giver)}
		if !slices.Contains(g.givers, g.giver) {
			say("giver", "fault.campaign.giver")
		}
		for _, s := range g.scopes {
			if slices.Contains(g.scope, s) {
				k.Scope = append(k.Scope, casefile.Scope(s))
			}
		}
		if !slices.Contains(k.Scope, casefile.ScopeName) {
			say("scope", "fault.campaign.scope")
		}
		if g.channel == "" || len(g.channel) > shortMost {
			say("channel", "fault.campaign.channel")
		}
		day, err := casefile.ParseDate(g.day)
		if err != nil || !day.Whole() || day.Compare(today) > 0 {
			say("day", "fault.campaign.day")
		}
		if k.Date = day; len(g.Problems) > 0 {
			return
		}
		put(&k.Channel, g.tag, g.channel)
		p.Necessity = nil // somebody could be asked after all
		if i := slices.IndexFunc(p.Consents, func(o casefile.Consent) bool {
			return o.Giver == k.Giver && o.Withdrawn == casefile.Date{} && o.Date == k.Date
		}); i >= 0 {
			p.Consents[i] = k
			return
		}
		p.Consents = append(p.Consents, k)
	case necessity:
		switch {
		case g.note == "" || len(g.note) > 8<<10:
			say("note", "fault.campaign.note")
			return
		case len(p.Consents) > 0:
			say("kind", "fault.campaign.both")
			return
		}
		n := &casefile.Necessity{Date: today}
		if p.Necessity != nil {
			n.Note = p.Necessity.Note
		}
		put(&n.Note, g.tag, g.note)
		p.Necessity = n
	default:
		say("kind", "fault.campaign.kind")
	}
}

// grounded tells whether a campaign says on whose word it is public, as its rules ask for it today.
func grounded(c *letter.Campaign, today casefile.Date) bool {
	for _, g := range c.Grounds(today) {
		if g.State == casefile.GroundLapsed {
			continue
		}
		if g.Necessity != nil && len(g.Necessity.Note) > 0 || g.Consent != nil && slices.Contains(g.Consent.Scope, casefile.ScopeName) {
			return true
		}
	}
	return false
}
