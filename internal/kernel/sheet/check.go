package sheet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"outcry/internal/kernel/fault"
)

// textMost is how many characters a block may have: no sheet has room for more, and shaping takes time.
const textMost = 2000

// marksMost is how many marks may stand on one letter: Vietnamese, Hebrew and Arabic get by with four, and a tower of them would run over its neighbours.
const marksMost = 5

// clean is a block's text as it is shaped: white space is one space, what only hints at hyphens or byte order is gone. What could not be shown as it reads is
// refused: control characters, overrides of the direction of writing, towers of marks, and what is nothing but invisible.
func clean(field, text string) (string, error) {
	if len(text) > 4*textMost {
		return "", tooLarge(field)
	}
	var b strings.Builder
	var hidden []rune
	marks, letters, space, seen := 0, 0, false, false
	for _, r := range text {
		switch {
		case r == ' ' || r >= '\t' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			space, marks = true, 0
			continue
		case r == 0xad || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f: // soft hyphen, byte order, tags
			continue
		case unicode.Is(unicode.Cc, r) || r == 0x202d || r == 0x202e || r == unicode.ReplacementChar || r >= 0xfff9 && r <= 0xfffb:
			hidden = append(hidden, r)
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > marksMost {
				return "", fault.New(fault.Invalid, "fault.sheet.marks", "Field", field).At(field)
			}
		case !invisible(r):
			marks, seen = 0, true
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		letters++
	}
	switch {
	case letters > textMost:
		return "", tooLarge(field)
	case len(hidden) > 0:
		return "", fault.New(fault.Invalid, "fault.sheet.hidden", "Field", field, "Letters", named(hidden)).At(field)
	case !seen && text != "":
		return "", fault.New(fault.Invalid, "fault.sheet.blank", "Field", field).At(field)
	}
	return b.String(), nil
}

func tooLarge(field string) error {
	return fault.New(fault.TooLarge, "fault.sheet.large", "Field", field, "Most", textMost).At(field)
}

// invisible tells characters that draw nothing and only steer their neighbours.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Variation_Selector, r) || r == 0x34f || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0
}

// named names characters by number, and shows those that can be shown: U+1F600 😀.
func named(list []rune) string {
	const most = 8
	slices.Sort(list)
	list = slices.Compact(list)
	var names []string
	for _, r := range list[:min(len(list), most)] {
		name := fmt.Sprintf("U+%04X", r)
		if unicode.IsGraphic(r) && !unicode.In(r, unicode.M, unicode.Zs) {
			name += " " + string(r)
		}
		names = append(names, name)
	}
	if len(list) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
