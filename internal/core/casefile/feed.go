package casefile

import (
	"slices"
	"strconv"
	"strings"

	"outcry/internal/kernel/lang"
)

// Dated is an entry as a feed tells it: in plain text and in the words of the page, each line a sentence or a list, the last ones who says so and what
// sort of statement it is.
type Dated struct {
	Anchor string // of the entry on the page
	Key    string // names the entry for good: by its own id or, without one, by its kind, time and source
	On     Date   // the first day it may have happened on
	Nature Nature
	Title  string // its kind; nothing that was typed, so no speculation
	Lines  []string
}

// Newest lists the entries of a known time, the newest first, that many at most.
func (v View) Newest(p *lang.Printer, most int) (list []Dated) {
	alike := map[string]int{}
	for i := range v.File.Entries {
		e := &v.File.Entries[i]
		if !e.When.Date.Known() {
			continue
		}
		key := "id " + e.ID
		if e.ID == "" {
			key = strings.Join([]string{string(e.Kind), e.When.String(), string(e.Source)}, " ")
			alike[key]++
			key += " " + strconv.Itoa(alike[key])
		}
		list = append(list, Dated{Anchor: v.anchor(e), Key: key, On: e.When.Date.From.First(), Nature: e.Nature, Title: p.T("case.kind." + string(e.Kind))})
		list[len(list)-1].Lines = v.plainly(p, e)
	}
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b Dated) int { return b.On.Compare(a.On) })
	return list[:min(len(list), most)]
}

// plainly is an entry below its kind, as the timeline has it.
func (v View) plainly(p *lang.Printer, e *Entry) (lines []string) {
	when := [][]fragment{{{text: e.When.Words(p)}}}
	if len(e.When.AsPrinted) > 0 {
		when = append(when, sentence(p, "case.as_printed", "Printed", v.frag(p, e.When.AsPrinted)))
	}
	if e.When.Inferred {
		when = append(when, []fragment{{text: p.T("case.date.inferred_note")}})
	}
	add := func(list ...[]fragment) { lines = append(lines, dotted(list)) }
	measures := func(list []Measure) {
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
