package dossier

import (
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// recognised are the lines on a body's decision.
func (v View) recognised(p *lang.Printer, r *casefile.Recognition) (out [][]fragment) {
	if len(r.AsPrinted) > 0 {
		out = append(out, sentence(p, "case.as_printed", "Printed", v.frag(p, r.AsPrinted)))
	}
	if r.On != (casefile.Date{}) {
		out = append(out, plain(r.On.Words(p)))
	}
	if r.Number != "" {
		out = append(out, sentence(p, "dossier.number", "Number", fragment{text: r.Number, isolated: true}))
	}
	if r.Withdrawn != (casefile.Date{}) {
		out = append(out, plain(p.T("dossier.withdrawn", "Date", r.Withdrawn.Words(p))))
	}
	return out
}

func asks(p *lang.Printer, list []casefile.Ask) (words []string) {
	for _, a := range list {
		words = append(words, p.T("case.ask."+string(a)))
	}
	return words
}

func needs(p *lang.Printer, list []casefile.Need) (words []string) {
	for _, n := range list {
		words = append(words, p.T("case.need."+string(n)))
	}
	return words
}

// corrections are those of one event or question, or all of them where of is empty; the newest first.
func (v View) corrections(of string) (list []casefile.Correction) {
	for _, c := range v.File.Corrections {
		if of == "" || c.Of == of {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b casefile.Correction) int { return b.On.Compare(a.On) })
	return list
}

// used are the sources on which some events rest, and what is said of them.
func used(list []*casefile.Event) map[casefile.SourceID]bool {
	ids := map[casefile.SourceID]bool{}
	add := func(evidence []casefile.Evidence) {
		for _, e := range evidence {
			if e.Source != "" && !e.Source.KeptBack() {
				ids[e.Source] = true
			}
		}
	}
	for _, e := range list {
		add(evidence(e.Source, e.Evidence))
		for _, k := range e.Claims {
			add(evidence(k.Source, k.Evidence))
		}
	}
	return ids
}
