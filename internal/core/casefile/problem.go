package casefile

import (
	"fmt"
	"slices"
	"strings"

	"outcry/internal/kernel/fault"
)

// Problem is one thing wrong in a campaign file: where, and what to do. It quotes the file, so it is for its author alone.
// Line and Column count from 1, characters and not bytes; they are 0 where the input has none.
type Problem struct {
	Line, Column int
	Path         string // as in case.title.en or events[3].kind
	Say          string // in English, for somebody with the file before them
	Breach              // the same for somebody at a page
}

// same tells whether two are one, told twice.
func (p Problem) same(q Problem) bool {
	return p.Line == q.Line && p.Column == q.Column && p.Path == q.Path && p.Say == q.Say
}

func (p Problem) String() string {
	s := p.Say
	if p.Path != "" {
		s = p.Path + ": " + s
	}
	if p.Line > 0 {
		s = fmt.Sprintf("%d:%d: %s", p.Line, p.Column, s)
	}
	return fit(s)
}

// fit is a quoted text that can be shown: it may have been written as \x1b in the file, and a terminal shows this.
func fit(s string) string {
	return strings.Map(func(r rune) rune {
		if unfit(r) {
			return '\ufffd'
		}
		return r
	}, s)
}

// Problems are all that is wrong in a file, in its order. As an error it is a fault of kind Invalid, a line for each.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) Unwrap() error { return fault.New(fault.Invalid, "fault.invalid") }

func (p *Problems) add(path string, r Breach, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Say: fmt.Sprintf(format, args...), Breach: r})
}

// about tells whether one of them is about a path, something in it, or something around it: then what a rule says of that
// path only follows from it.
func (p Problems) about(path string) bool {
	within := func(inner, outer string) bool {
		rest, ok := strings.CutPrefix(inner, outer)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	}
	return slices.ContainsFunc(p, func(q Problem) bool { return q.Path != "" && (within(path, q.Path) || within(q.Path, path)) })
}

// sorted puts them in the order of the file and drops repetitions.
func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.CompactFunc(p, Problem.same)
}

// meant is the advice for a mistyped word: the nearest one of the list, or the whole list when nothing is near and it is short.
func meant(word string, list []string) string {
	if n, ok := nearest(word, list); ok {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if len(list) == 0 {
		return "none is listed yet"
	}
	if len(list) <= 12 {
		return "write one of: " + strings.Join(list, ", ")
	}
	return fmt.Sprintf("docs/scenario.md lists the %d that are", len(list))
}

// nearest finds the word of the list that is one or two slips away.
func nearest(word string, list []string) (string, bool) {
	best, at := 3, ""
	if len([]rune(word)) < 5 {
		best = 2
	}
	for _, w := range list {
		if d := slips([]rune(strings.ToLower(word)), []rune(w)); d < best {
			best, at = d, w
		}
	}
	return at, at != ""
}

// slips counts the letters to put in, leave out, change or swap with their neighbour to get from a to b.
func slips(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+btoi(a[i-1] != b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
