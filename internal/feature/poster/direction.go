package poster

import "strings"

// closed is a typed text whose marks of direction end where it ends, and close nothing before it: what is left open would last to the end of the line and turn the words that stand
// behind it there, which are another's. Each line is one of its own, for a mark lasts no longer (UAX 9).
func closed(s string) string {
	if !strings.ContainsFunc(s, turns) {
		return s
	}
	var b strings.Builder
	var open []rune // what closes each mark that is open
	end := func(from int) {
		for i := len(open) - 1; i >= from; i-- {
			b.WriteRune(open[i])
		}
		open = open[:from]
	}
	for _, r := range s {
		switch {
		case r == 0x2069:
			i := len(open) - 1
			for i >= 0 && open[i] != r {
				i--
			}
			if i >= 0 { // and what was opened in it
				end(i)
			}
			continue
		case r == 0x202c:
			if n := len(open); n > 0 && open[n-1] == r {
				end(n - 1)
			}
			continue
		case r >= 0x2066 && r <= 0x2068:
			open = append(open, 0x2069)
		case turns(r): // an override, too: that is refused where it is drawn
			open = append(open, 0x202c)
		case strings.ContainsRune("\n\r\x1c\x1d\x1e\u0085\u2029", r):
			end(0)
		}
		b.WriteRune(r)
	}
	end(0)
	return b.String()
}

// turns tells a mark of direction that lasts until it is closed, or closes one.
func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// released is a text without what keeps a part of a sentence apart (U+2068): it is read where nobody wants marks that can't be seen. Other marks stay as they are.
func released(s string) string {
	var b strings.Builder
	var ours []bool // by isolate that is open
	for _, r := range s {
		switch r {
		case 0x2068:
			ours = append(ours, true)
			continue
		case 0x2066, 0x2067:
			ours = append(ours, false)
		case 0x2069:
			n := len(ours) - 1
			if n < 0 {
				continue
			}
			drop := ours[n]
			if ours = ours[:n]; drop {
				continue
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
