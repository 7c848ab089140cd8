package tongues

import (
	"slices"
	"strings"
	"unicode"
)

// span is a run of a text that was compared with another one.
type span struct {
	kind spanKind
	text string
}

type spanKind uint8

const (
	same spanKind = iota
	out           // in the old one alone
	in            // in the new one alone
)

// tableMost bounds the work of a comparison, in cells; beyond it all that differs between the two ends is told as one.
const tableMost = 4_000_000

// compare tells two texts apart by words: the runs of both, in order; those of the old one are the same and out, those of the new one the same and in.
func compare(old, now string) []span {
	a, b := words(old), words(now)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var list []span
	add := func(kind spanKind, words ...string) {
		text := strings.Join(words, "")
		if n := len(list); text != "" && n > 0 && list[n-1].kind == kind {
			list[n-1].text += text
		} else if text != "" {
			list = append(list, span{kind, text})
		}
	}
	add(same, a[:head]...)
	middle(a[head:len(a)-tail], b[head:len(b)-tail], add)
	add(same, a[len(a)-tail:]...)
	return list
}

// middle is compare of what has no common ends: the longest common subsequence stays.
func middle(a, b []string, add func(kind spanKind, words ...string)) {
	if len(a) == 0 || len(b) == 0 || (len(a)+1)*(len(b)+1) > tableMost {
		add(out, a...)
		add(in, b...)
		return
	}
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			add(same, a[i])
			i, j = i+1, j+1
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			add(out, a[i])
			i++
		default:
			add(in, b[j])
			j++
		}
	}
	add(out, a[i:]...)
	add(in, b[j:]...)
}

// words cuts a text into words, each with the white space behind it.
func words(text string) (list []string) {
	begin, white := 0, false
	for i, r := range text {
		space := unicode.IsSpace(r)
		if white && !space {
			list = append(list, text[begin:i])
			begin = i
		}
		white = space
	}
	if begin < len(text) {
		list = append(list, text[begin:])
	}
	return slices.Clip(list)
}
