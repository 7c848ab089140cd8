package wish

import (
	"slices"
	"strconv"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/ui"
)

// page is what the page behind a private link is made of.
type page struct {
	p      *lang.Printer
	frame  ui.Page
	action string // where its forms go
	done   Done
	name   string // of the person
	tag    lang.Tag
	url    string // of the public site
	acted  int64  // Unix seconds: when this page was made
}

func (g *Pages) view(p *lang.Printer, d Done, action string) page {
	v := page{p: p, action: action, done: d, url: g.URL, acted: g.Book.Now().Unix()}
	v.name, v.tag = d.File.Name(p.Tag())
	v.frame = g.Frame(ui.Page{P: p, Title: p.T("wish.title"), NoIndex: true}, d.File)
	v.frame.NoIndex, v.frame.Description = true, ""
	return v
}

// lead says in which capacity the reader speaks.
func (v page) lead() string { return v.p.T("wish.lead." + string(v.done.As)) }

// runBy is who runs the campaign, and how to reach them.
func (v page) runBy() string {
	f := v.done.File
	by, _ := f.Campaign.RunBy.In(v.p.Tag(), f.Campaign.Languages...)
	return v.p.T("wish.runs", "Organiser", by, "Contact", f.Campaign.Contact)
}

// public is the address of the page about the person.
func (v page) public() string { return v.url + "/" + string(v.p.Tag()) + "/" + v.done.File.Case.Slug }

// event is the event of an item, in what would be public.
func (v page) event(s Standing) *casefile.Event { return v.done.Public.Event(s.Name) }

// title is what an item is called.
func (v page) title(s Standing) string {
	switch s.Kind {
	case casefile.StopScope:
		return v.p.T("wish.scope." + s.Name)
	case casefile.StopAsk:
		return v.p.T("case.ask." + s.Name)
	}
	if e := v.event(s); e != nil {
		return v.p.T("wish.event", "Date", e.When.Words(v.p), "What", v.p.T("case.kind."+string(e.Kind)))
	}
	return v.p.T("wish.event_gone")
}

// what explains an item; an event is told in its own words.
func (v page) what(s Standing) string {
	switch s.Kind {
	case casefile.StopScope:
		return v.p.T("wish.what." + s.Name)
	case casefile.StopAsk:
		return v.p.T("wish.ask_what")
	}
	return ""
}

// states say how an item stands.
func (v page) states(s Standing) (lines []string) {
	switch s.Own {
	case Agreed:
		lines = append(lines, v.p.T("wish.state.agreed", "Day", s.Since.Words(v.p)))
	case Stopped:
		lines = append(lines, v.p.T("wish.state.stopped", "Day", s.Since.Words(v.p)))
	case Harmful:
		lines = append(lines, v.p.T("wish.state.harms", "Day", s.Since.Words(v.p)))
	}
	if day := v.noted(s); s.Own == Silent && day != (casefile.Date{}) {
		lines = append(lines, v.p.T("wish.state.noted", "Day", day.Words(v.p)))
	}
	for _, other := range s.Others {
		lines = append(lines, v.p.T("wish.state.by_"+string(other)))
	}
	if len(lines) == 0 && s.Kind != casefile.StopEvent {
		lines = append(lines, v.p.T("wish.state.silent"))
	}
	return lines
}

// noted is the day of an agreement in this capacity that the organisers have written into the case's file; zero if there is none that holds.
func (v page) noted(s Standing) (day casefile.Date) {
	if s.Kind != casefile.StopScope || v.done.Spent {
		return day
	}
	for _, k := range v.done.File.Case.Publication.Consents {
		if k.Giver != v.done.As || k.Withdrawn != (casefile.Date{}) || !slices.Contains(k.Scope, casefile.Scope(s.Name)) {
			continue
		}
		for _, d := range []casefile.Date{k.Date, k.Confirmed} {
			if d.Compare(day) > 0 {
				day = d
			}
		}
	}
	return day
}

// button is one act on an item.
type button struct {
	act   Act
	label string
	grave bool
}

// buttons are the acts that would change something, or say again what is so.
func (v page) buttons(s Standing) (list []button) {
	stopped := s.Own == Stopped || s.Own == Harmful
	for _, act := range offered(v.done.As, s.Item) {
		b := button{act: act, grave: act == Stop || act == Harm}
		switch {
		case act == Lift && len(s.Others) == 0,
			act == Agree && s.Kind == casefile.StopEvent && !stopped,
			act == Harm && s.Kind == casefile.StopEvent && stopped,
			act == Agree && v.done.Spent && !stopped:
			continue
		case act == Agree && s.Kind == casefile.StopEvent:
			b.label = v.p.T("wish.verb.harmless")
		case act == Agree && v.done.Spent:
			b.label = v.p.T("wish.verb.unstop")
		default:
			b.label = v.p.T("wish.verb." + string(act))
		}
		list = append(list, b)
	}
	return list
}

// anchor is an item's id on the page.
func anchor(s Standing) string { return string(s.Kind) + "-" + s.Name }

func turns(s Standing) string { return strconv.FormatInt(s.Turns, 10) }

// said is what the act has come to: first what was done, then what it does, then what can't be undone.
func (v page) said() (lines []string) {
	d := v.done
	if d.Outcome == "" {
		return nil
	}
	lines = append(lines, v.p.T("wish.done."+string(d.Outcome), "Item", v.title(d.Item)))
	switch d.Outcome {
	case DidStop, DidHarm, DidUndo, LiftedTheir, LiftedOwn, AgreedUnder, DidLift, DidAgree:
	default:
		return lines
	}
	if !d.Item.Holds() {
		return append(lines, v.p.T("wish.after.free"))
	}
	switch d.Item.Kind {
	case casefile.StopScope:
		lines = append(lines, v.p.T("wish.effect."+d.Item.Name))
	case casefile.StopAsk:
		lines = append(lines, v.p.T("wish.effect_ask"))
	case casefile.StopEvent:
		lines = append(lines, v.p.T("wish.effect_event"))
	}
	if d.Outcome == DidStop || d.Outcome == DidHarm {
		lines = append(lines, v.p.T("wish.after.copies"))
	}
	return lines
}

// tone is how what was done is set apart.
func (v page) tone() ui.Tone {
	switch v.done.Outcome {
	case OldPage, TooLate, NotYours, AlreadySo:
		return ui.Danger
	}
	return ui.Done
}

// scopes and asks are the items of a kind.
func (v page) of(kind casefile.StopKind) (list []Standing) {
	for _, s := range v.done.Items {
		if s.Kind == kind {
			list = append(list, s)
		}
	}
	return list
}

func (v page) text(t casefile.Text) (string, lang.Tag) {
	return t.In(v.p.Tag(), v.done.File.Campaign.Languages...)
}
