package review

import (
	"fmt"

	"outcry/internal/kernel/lang"
	"outcry/ui"
)

// only is the one value of a line whose part is new, or gone, as a whole.
func (l line) only(kind groupKind) said {
	if kind == removed {
		return l.old
	}
	return l.new
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
