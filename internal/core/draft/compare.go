package draft

import (
	"strings"
	"unicode"
)

// Run is a piece of two texts that were compared.
type Run struct {
	In   In
	Text string
}

// In says in which of two texts a piece stands.
type In uint8

const (
	Both In = iota
	OldOnly
	NewOnly
)

// cellsMost bounds the work of a comparison: what differs by more is told as one.
const cellsMost = 1 << 20

// Compare tells two texts apart: their paragraphs first, and by words where those differ. The runs that are not NewOnly are the old text, those that are not OldOnly the new one.
func Compare(old, new string) []Run {
	var r runs
	lineEnd := func(c rune) bool { return c == '\n' }
	r.compare(pieces(old, lineEnd), pieces(new, lineEnd), func(a, b []string) {
		r.compare(pieces(strings.Join(a, ""), unicode.IsSpace), pieces(strings.Join(b, ""), unicode.IsSpace), func(a, b []string) {
			r.add(OldOnly, a)
			r.add(NewOnly, b)
		})
	})
	return tidy(r.list)
}

// tidy takes what is changed on both sides of a space for one change.
func tidy(list []Run) (out []Run) {
	var old, new string
	flush := func() {
		for _, r := range []Run{{OldOnly, old}, {NewOnly, new}} {
			if r.Text != "" {
				out = append(out, r)
			}
		}
		old, new = "", ""
	}
	for i, r := range list {
		switch {
		case r.In == OldOnly:
			old += r.Text
		case r.In == NewOnly:
			new += r.Text
		case old != "" && new != "" && strings.TrimSpace(r.Text) == "" && i+1 < len(list):
			old, new = old+r.Text, new+r.Text
		default:
			flush()
			out = append(out, r)
		}
	}
	flush()
	return out
}

type runs struct{ list []Run }

func (r *runs) add(in In, words []string) {
	text := strings.Join(words, "")
	switch n := len(r.list); {
	case text == "":
	case n > 0 && r.list[n-1].In == in:
		r.list[n-1].Text += text
	default:
		r.list = append(r.list, Run{in, text})
	}
}

// compare keeps the longest sequence that both have; what lies between is differ's.
func (r *runs) compare(a, b []string, differ func(a, b []string)) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	r.add(Both, a[:head])
	end := a[len(a)-tail:]
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	if len(a)*len(b) > cellsMost {
		differ(a, b)
		r.add(Both, end)
		return
	}
	width := len(b) + 1
	longest := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	i, j, fromA, fromB := 0, 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			differ(a[fromA:i], b[fromB:j])
			r.add(Both, a[i:i+1])
			i, j = i+1, j+1
			fromA, fromB = i, j
		case longest[(i+1)*width+j] >= longest[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	differ(a[fromA:], b[fromB:])
	r.add(Both, end)
}

// pieces cuts a text where what ends a piece begins, and where it is over.
func pieces(text string, ends func(rune) bool) (list []string) {
	begin, ended := 0, false
	for i, c := range text {
		if end := ends(c); end != ended {
			if i > begin {
				list = append(list, text[begin:i])
			}
			begin, ended = i, end
		}
	}
	if begin < len(text) {
		list = append(list, text[begin:])
	}
	return list
}
