package letter

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"outcry/internal/kernel/lang"
)

// drawingStyle holds the colours of ui's sheet. It is all the style that a drawing has, and web.Picture allows this text alone; where it is taken out, the attributes say
// the light ones.
const drawingStyle = `.paper{fill:#faf6ee}.bar{fill:#ad1229}.ink{fill:#17130f}.soft{fill:#5a5348}` +
	`@media(prefers-color-scheme:dark){.paper{fill:#161310}.bar{fill:#b81f37}.ink{fill:#f3ede2}.soft{fill:#b9af9f}}`

// Measures of a drawing, in pixels.
const (
	drawingWide = 360
	drawingEdge = 20
	drawingBar  = 5
	lineHeight  = 1.5 // times the size of its letters: room for marks above and below in any script
)

// line is a piece of text in a drawing. It goes on below itself where it is too long.
type line struct {
	text  string
	lang  lang.Tag // its own; the drawing's if empty
	size  float64  // of its letters
	soft  bool
	bold  bool
	whole bool    // a number: the drawing grows, rather than that it is cut
	above float64 // room over it
}

// drawing is a picture of a few lines of text, readable aloud: a well-formed SVG whatever the texts hold.
type drawing struct {
	lang  lang.Tag
	title line   // what it is a picture of
	words string // what it says, read aloud after the title
	lines []line
}

// bytes draws it.
func (d drawing) bytes() []byte {
	wide := float64(drawingWide)
	var set []line
	for _, l := range d.lines {
		rows := []string{l.text}
		if !l.whole {
			rows = wrapped(l.text, l.size, drawingWide-2*drawingEdge)
		}
		for i, row := range rows {
			one := l
			if one.text = row; i > 0 {
				one.above = 0
			}
			wide = max(wide, breadth(row, l.size)+2*drawingEdge)
			set = append(set, one)
		}
	}
	var text bytes.Buffer
	y := float64(drawingBar + drawingEdge)
	for _, l := range set {
		y += l.above + l.size*lineHeight
		d.set(&text, l, y-l.size*(lineHeight-1), wide)
	}
	high := y + drawingEdge
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title words" lang="%s" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`,
		plain(string(d.lang)), wide, high, wide, high)
	fmt.Fprintf(&b, `<title id="title" lang="%s">%s</title><desc id="words">%s</desc>`, plain(string(d.of(d.title))), plain(d.title.text), plain(d.words))
	fmt.Fprintf(&b, `<style>%s</style>`, drawingStyle)
	fmt.Fprintf(&b, `<rect class="paper" fill="#faf6ee" width="%.0f" height="%.0f"/><rect class="bar" fill="#ad1229" width="%.0f" height="%d"/>`, wide, high, wide, drawingBar)
	b.Write(text.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (d drawing) of(l line) lang.Tag {
	if l.lang == "" {
		return d.lang
	}
	return l.lang
}

// set writes one row. All rows begin at the side where the drawing's language begins, also one that runs the other way.
func (d drawing) set(b *bytes.Buffer, l line, y, wide float64) {
	x, anchor := float64(drawingEdge), "start"
	if lang.Dir(d.lang) == "rtl" {
		x = wide - drawingEdge
	}
	if lang.Dir(d.of(l)) != lang.Dir(d.lang) {
		anchor = "end"
	}
	class, fill, weight := "ink", "#17130f", "400"
	if l.soft {
		class, fill = "soft", "#5a5348"
	}
	if l.bold {
		weight = "700"
	}
	fmt.Fprintf(b, `<text class="%s" fill="%s" x="%.0f" y="%.0f" font-family="system-ui, sans-serif" font-size="%.0f" font-weight="%s" direction="%s" text-anchor="%s" lang="%s">%s</text>`,
		class, fill, x, y, l.size, weight, lang.Dir(d.of(l)), anchor, plain(string(d.of(l))), plain(l.text))
}

// plain is text for an XML document: what has a meaning there is escaped, and what may not stand there at all is replaced.
func plain(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}

// wrapped cuts a text into rows that fit, between words and, where a word alone is too long or the script has no blanks, within.
func wrapped(s string, size, room float64) (rows []string) {
	row := ""
	for _, word := range strings.Fields(s) {
		if row != "" && breadth(row+" "+word, size) <= room {
			row += " " + word
			continue
		}
		if row != "" {
			rows = append(rows, row)
		}
		for row = word; breadth(row, size) > room; {
			at := fitting(row, size, room)
			if at == len(row) {
				break // one letter with all its marks
			}
			rows, row = append(rows, row[:at]), row[at:]
		}
	}
	if row != "" {
		rows = append(rows, row)
	}
	return rows
}

// fitting is how many bytes of a word fit: at least one letter, and no letter without its marks.
func fitting(word string, size, room float64) (at int) {
	var used float64
	for i, r := range word {
		if i > 0 && !clings(r) {
			at = i
		}
		used += em(r) * size
		if used > room && at > 0 {
			return at
		}
	}
	return len(word)
}

func clings(r rune) bool { return unicode.In(r, unicode.M, unicode.Cf) }

// breadth is how broad a text is at most, in pixels: which font sets it is the reader's, so it is measured by broad ones.
func breadth(s string, size float64) (sum float64) {
	for _, r := range s {
		sum += em(r) * size
	}
	return sum
}

// em is the breadth of a letter in a broad, bold font, as a part of its size.
func em(r rune) float64 {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r == ' ', r == '\u00a0', r == '\u202f', strings.ContainsRune(".,:;'’|!()-il", r):
		return 0.45
	case r == '\ufdfd', r == '\ufdfa': // whole sentences in one letter
		return 12
	case unicode.Is(unicode.Arabic, r) && r >= '\ufb50':
		return 2
	case strings.ContainsRune("mwMWшщжюфыШЩЖЮФЫѠѡ@%—…", r):
		return 1.25
	case unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Hebrew):
		if unicode.IsUpper(r) {
			return 0.92
		}
		return 0.7
	case unicode.In(r, unicode.Arabic, unicode.Georgian, unicode.Devanagari, unicode.Thai):
		return 0.9
	case unicode.IsDigit(r) && r < 0x2000:
		return 0.75
	case r < 0x300:
		return 0.9
	}
	switch {
	case unicode.In(r, unicode.Tamil, unicode.Malayalam):
		return 2.1
	case unicode.In(r, unicode.Kannada, unicode.Telugu, unicode.Sinhala, unicode.Myanmar, unicode.Khmer, unicode.Ethiopic):
		return 1.7
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		if r < 0x1f000 {
			return 1.05
		}
		return 1.4 // pictures
	}
	return 1.3
}
