package dossier

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// Dated is an event as a feed tells it: in plain text and in the words of the page, each line a sentence or a list, the last ones who says so and what
// sort of statement it is.
type Dated struct {
	Anchor string        // of the event on the page; empty where it is about the page
	Path   string        // where it can be read
	Key    string        // names it for good: an event by its own id or, without one, by its kind, time and source
	On     casefile.Date // the first day it may have happened on, or the day on which it was taken back
	Nature casefile.Nature
	Title  string   // its kind; nothing that was typed, so no speculation
	Struck []string // what it said before it was taken back
	Lines  []string
}

// Newest lists what a feed tells, the newest first, that many at most: the events of a known time, the corrections, the letters; nothing that stands only where
// its label does. An event that was taken back rises to the day on which it was, under the name it has always had: readers of feeds then replace what they have.
func (v View) Newest(p *lang.Printer, calls []Call, most int) (list []Dated) {
	alike := map[string]int{}
	for i := range v.File.Events {
		e := &v.File.Events[i]
		if !e.When.Date.Known() || needsLabel(e) {
			continue
		}
		key := "id " + e.ID
		if e.ID == "" {
			key = strings.Join([]string{string(e.Kind), e.When.String(), string(e.Source)}, " ")
			alike[key]++
			key += " " + strconv.Itoa(alike[key])
		}
		d := Dated{Anchor: v.anchor(e), Path: v.path(p, e), Key: key, On: e.When.Date.From.First(), Nature: e.Nature, Title: p.T("case.kind." + string(e.Kind))}
		if r := e.Retracted; r != nil {
			d.Struck = v.plainly(p, e)
			d.Title = p.T("feed.taken", "What", d.Title)
			d.Lines = []string{p.T("dossier.taken", "Date", r.On.Words(p))}
			if len(r.Why) > 0 {
				d.Lines = append(d.Lines, dotted([][]fragment{sentence(p, "dossier.why", "Reason", v.frag(p, r.Why))}))
			}
			if r.On.Compare(d.On) > 0 {
				d.On = r.On.First()
			}
		} else {
			d.Lines = v.plainly(p, e)
		}
		list = append(list, d)
	}
	list = append(list, v.mended(p)...)
	if !v.dead() && !v.File.Stopped(casefile.ScopeLetter) {
		for _, c := range calls {
			list = append(list, v.asks(p, c))
		}
	}
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b Dated) int { return b.On.Compare(a.On) })
	return list[:min(len(list), most)]
}

// needsLabel tells of what stands only where its label does: speculation, opinion, what a party claims. A reader of feeds shows a line, and seldom the label (R5).
func needsLabel(e *casefile.Event) bool {
	switch e.Nature {
	case casefile.NatureParty, casefile.NatureOpinion, casefile.NatureSpeculation:
		return true
	}
	return e.Kind == casefile.Claimed || e.Status == casefile.Speculation || e.Status == casefile.AssertedByParty
}

// Call is a letter that asks for something: what stands of it on what people print and follow.
type Call struct {
	Title, Demand string
	Lang          lang.Tag      // of both
	Path          string        // of its page
	Dated         casefile.Date // day of its text
	Open          bool          // it can be signed now
}

// asks is a letter as a feed has it. It is named by its path, and its state is told anew when it changes.
func (v View) asks(p *lang.Printer, c Call) Dated {
	_, slug := path.Split(c.Path) // the same letter in every language
	d := Dated{Path: c.Path, Key: "letter " + slug, On: c.Dated.First(), Nature: casefile.NatureParty, Title: p.T("letter.kicker")}
	for _, s := range []string{c.Title, c.Demand, p.T("letter.to_sign")} {
		if s != "" {
			d.Lines = append(d.Lines, s)
		}
	}
	if !c.Open {
		d.Title, d.Lines[len(d.Lines)-1] = p.T("feed.letter_over"), p.T("feed.letter_over_note")
	}
	return d
}

// mended are the corrections: what the page said, what it says now, and why.
func (v View) mended(p *lang.Printer) (list []Dated) {
	alike := map[string]int{}
	for i := range v.File.Corrections {
		c := &v.File.Corrections[i]
		if e := v.File.Event(c.Of); c.On == (casefile.Date{}) || e != nil && needsLabel(e) {
			continue
		}
		key := strings.Join([]string{"correction", c.Of, c.On.String()}, " ")
		alike[key]++
		d := Dated{Path: v.page(p) + "/changes", Key: key + " " + strconv.Itoa(alike[key]), On: c.On.First(), Nature: casefile.NatureParty, Title: p.T("feed.mended")}
		if e := v.File.Event(c.Of); e != nil {
			d.Path, d.Nature = v.path(p, e), e.Nature
			d.Title = p.T("feed.mended_event", "What", p.T("case.kind."+string(e.Kind)))
		}
		for _, t := range []struct {
			key  string
			text casefile.Text
		}{{"feed.was", c.Was}, {"feed.is", c.Now}, {"dossier.why", c.Why}} {
			if len(t.text) > 0 {
				d.Lines = append(d.Lines, dotted([][]fragment{sentence(p, t.key, "Text", v.frag(p, t.text), "Reason", v.frag(p, t.text))}))
			}
		}
		if len(d.Lines) == 0 {
			continue
		}
		list = append(list, d)
	}
	return list
}

// plainly is an event below its kind, as the timeline has it.
func (v View) plainly(p *lang.Printer, e *casefile.Event) (lines []string) {
	when := [][]fragment{{{text: e.When.Words(p)}}}
	if len(e.When.AsPrinted) > 0 {
		when = append(when, sentence(p, "case.as_printed", "Printed", v.frag(p, e.When.AsPrinted)))
	}
	if e.When.Inferred {
		when = append(when, []fragment{{text: p.T("case.date.inferred_note")}})
	}
	add := func(list ...[]fragment) { lines = append(lines, dotted(list)) }
	measures := func(list []casefile.Measure) {
		for i := range list {
			add(append([][]fragment{{{text: list[i].Kind.Label(p)}}}, v.details(p, &list[i])...)...)
		}
	}
	add(when...)
	if len(e.What) > 0 {
		add(v.line(p, e.What))
	}
	for _, s := range v.facts(p, e) {
		add(s)
	}
	if len(e.Cities) > 0 {
		lines = append(lines, cities(p, e), v.names(p, e))
	}
	if len(e.Requested) > 0 && asked(p, e.Requested) == nil {
		measures(e.Requested)
	}
	if len(e.Sentence) > 0 {
		lines = append(lines, p.T("case.sentence_label"))
		measures(e.Sentence)
	}
	if len(e.Effects) > 0 {
		if e.Designation != "" {
			lines = append(lines, p.T("case.designation.effects"))
		}
		measures(e.Effects)
	}
	says := [][]fragment{{{text: p.T("case.nature." + string(e.Nature))}}}
	if e.Status == casefile.Contested || e.Status == casefile.Refuted || e.Status == casefile.UnknownStatus {
		says = append(says, plain(p.T("case.claim."+string(e.Status))))
	}
	if len(e.By) > 0 {
		says = append(says, sentence(p, "case.said_by", "By", v.frag(p, e.By)))
	}
	if s := v.File.Source(e.Source); s != nil {
		says = append(says, v.publisher(p, s))
	}
	add(says...)
	return lines
}

// dotted is a line of sentences and words, with a dot between, as the style of the page has it.
func dotted(list [][]fragment) string {
	parts := make([]string, len(list))
	for i, s := range list {
		for _, f := range s {
			if f.isolated && len(s) > 1 {
				parts[i] += "\u2068" + f.text + "\u2069" // what bdi is on a page
			} else {
				parts[i] += f.text
			}
		}
	}
	return strings.Join(parts, " · ")
}
