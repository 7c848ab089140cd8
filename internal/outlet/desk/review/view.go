package review

import (
	"fmt"

	"outcry/internal/kernel/lang"
	"outcry/ui"
)

// facts are what a part says that is new or gone as a whole.
func (g group) facts() (list []ui.Fact) {
	for _, l := range g.rows {
		s := l.new
		if g.kind == removed {
			s = l.old
		}
		list = append(list, ui.Fact{Term: l.label, Text: s.text, Lang: s.tag})
	}
	return list
}

func revisionName(p *lang.Printer, n int) string {
	return p.T("desk.review.revision.title", "Number", p.Number(int64(n)))
}

func comparePath(from, to int) string { return fmt.Sprintf("/history/compare?from=%d&to=%d", from, to) }

// wrong is what stands beside the remark.
func wrong(list []ui.Problem) string {
	for _, p := range list {
		if p.Field == "remark" {
			return p.Text
		}
	}
	return ""
}

func remarkSays(list []ui.Problem) string {
	if wrong(list) != "" {
		return "remark-hint remark-error"
	}
	return "remark-hint"
}
