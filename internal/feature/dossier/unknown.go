package dossier

import (
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// gap is something that readers look for and nobody tells, with all the events that leave it open.
type gap struct {
	kind casefile.GapKind
	from []*casefile.Event
}

// gaps are what is not known, each kind once, in the order of the vocabulary's urgency.
func (v View) gaps() (list []gap) {
	for _, g := range v.now().Gaps {
		if g.Kind == casefile.GapStateUnclear {
			continue // the contradictions stand below, one by one
		}
		at := slices.IndexFunc(list, func(o gap) bool { return o.kind == g.Kind })
		if at < 0 {
			at = len(list)
			list = append(list, gap{kind: g.Kind})
		}
		for _, e := range g.From {
			if !slices.Contains(list[at].from, e) {
				list[at].from = append(list[at].from, e)
			}
		}
	}
	return list
}

// unsettled are the questions to which no answer is established.
func (v View) unsettled() (list []*casefile.Question) {
	for i := range v.File.Questions {
		q := &v.File.Questions[i]
		if !slices.ContainsFunc(q.Answers, func(a casefile.Claim) bool { return held(&a) == casefile.Established }) {
			list = append(list, q)
		}
	}
	return list
}

// silent are the organisations of which somebody looked for a statement and found none.
func (v View) silent() (list []*casefile.Position) {
	for i := range v.File.Positions {
		if o := &v.File.Positions[i]; o.Stance == casefile.NoStatementFound {
			list = append(list, o)
		}
	}
	return list
}

// unknown tells whether there is anything that is not known.
func (v View) unknown() bool {
	return len(v.now().Gaps)+len(v.now().Conflicts)+len(v.unsettled())+len(v.silent()) > 0
}

// looked says within which time, and who looked.
func (v View) looked(p *lang.Printer, o *casefile.Position) []fragment {
	if !o.Observed.Known() || len(o.Checked) == 0 {
		return nil
	}
	return sentence(p, "case.observed", "Span", o.Observed.Words(p), "By", v.frag(p, o.Checked))
}
