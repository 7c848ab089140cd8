package dossier

import (
	"slices"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// composed is what stands on the page about a person beside the panels of this package.
type composed struct {
	title       string
	titleLang   lang.Tag
	summary     string                // HTML of ours
	unlinked    []casefile.Designated // to whom the summary would have led
	summaryLang lang.Tag
	letters     []templ.Component
	more        []templ.Component // of other features
}

// part is a section of the page about a person.
type part struct {
	id, title string
}

// parts are the sections that have something to say, in the order of the page.
func (v View) parts(p *lang.Printer) (list []part) {
	s, c := v.now(), v.File.Case
	for _, o := range []struct {
		id, key string
		here    bool
	}{
		{"write", "write.contents", v.addressed() != nil},
		{"restrictions", "case.restrictions", len(s.Measures) > 0},
		{"dates", "dossier.dates", len(s.Next)+len(s.Deadlines) > 0 && s.Died == nil},
		{"custody", "dossier.custody", v.several()},
		{"timeline", "case.timeline", true},
		{"unknown", "dossier.unknown", v.unknown()},
		{"explanations", "case.explanations", len(v.File.Questions) > 0},
		{"recognitions", "dossier.recognitions", len(v.File.Recognitions) > 0},
		{"positions", "case.positions", true},
		{"asks", "dossier.asks", s.Died == nil && len(c.Asks)+len(c.Refused)+len(c.Needs) > 0},
		{"corrections", "dossier.corrections", len(v.File.Corrections) > 0},
		{"others", "case.others", v.File.Portfolio != nil},
		{"publication", "case.publication", len(c.Publication.Consents) > 0 || c.Publication.Necessity != nil},
		{"sources", "case.sources", len(v.File.Sources) > 0},
	} {
		if o.here {
			list = append(list, part{o.id, p.T(o.key)})
		}
	}
	return list
}

// belongs are what an event is part of.
func (v View) belongs(p *lang.Printer, e *casefile.Event) (list []fact) {
	if pr := v.File.Proceeding(e.Proceeding); pr != nil {
		f := fact{term: p.T("dossier.proceeding")}
		if pr.Stage != "" {
			f.text = append(f.text, plain(p.T("case.stage."+string(pr.Stage))))
		}
		if pr.Track != "" {
			f.text = append(f.text, plain(p.T("case.track."+string(pr.Track))))
		}
		if i := v.File.Institution(pr.Court); i != nil && len(i.Name) > 0 {
			f.text = append(f.text, v.line(p, i.Name))
		}
		if len(pr.Sits) > 0 {
			f.text = append(f.text, v.line(p, pr.Sits))
		}
		if pr.Number != "" {
			f.text = append(f.text, sentence(p, "dossier.number", "Number", fragment{text: pr.Number, isolated: true}))
		}
		list = append(list, f)
	}
	if i := v.File.Institution(e.At); i != nil && len(i.Name) > 0 {
		f := fact{term: p.T("dossier.at"), text: [][]fragment{v.line(p, i.Name)}}
		if len(i.City) > 0 {
			f.text = append(f.text, v.line(p, i.City))
		}
		f.text = append(f.text, plain(p.T("case.institution."+string(i.Kind))))
		list = append(list, f)
	}
	if before := v.File.Event(e.After); before != nil {
		list = append(list, fact{term: p.T("dossier.followed"), text: [][]fragment{plain(p.T("case.kind." + string(before.Kind)))}, to: "/e/" + before.ID})
	}
	return slices.DeleteFunc(list, func(f fact) bool { return len(f.text) == 0 })
}

// correctionsOf are those of an event.
func (v View) correctionsOf(e *casefile.Event) []casefile.Correction {
	if e.ID == "" {
		return nil
	}
	return v.corrections(e.ID)
}

// redacted is the word on an event that was taken out; nil if there is none.
func (v View) redacted(id string) *casefile.Redaction {
	for i := range v.File.Redactions {
		if r := &v.File.Redactions[i]; r.Event == id && id != "" {
			return r
		}
	}
	return nil
}

// changes are what was changed since a day, by days, the newest first.
type changes struct {
	since       casefile.Date // zero: from the beginning
	days        []changedDay
	corrections []casefile.Correction
}

type changedDay struct {
	day  casefile.Date
	list []casefile.Changed
}

// sorted puts changes into days; the list comes with the newest first.
func (v View) sorted(since casefile.Date, list []casefile.Changed) changes {
	c := changes{since: since}
	for _, k := range list {
		if n := len(c.days); n == 0 || c.days[n-1].day != k.Day {
			c.days = append(c.days, changedDay{day: k.Day})
		}
		d := &c.days[len(c.days)-1]
		d.list = append(d.list, k)
	}
	for _, k := range v.corrections("") {
		if k.On.Last().Compare(since.First()) >= 0 {
			c.corrections = append(c.corrections, k)
		}
	}
	return c
}
