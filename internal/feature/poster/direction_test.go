package poster

import (
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// What a text opens is closed where it ends, what it did not open it does not close, and what is whole stays as it is.
func TestMarksOfDirectionEnd(t *testing.T) {
	for typed, want := range map[string]string{
		"Anna":                                         "Anna",
		"Anna \u2067Berg":                              "Anna \u2067Berg\u2069",
		"\u2067a \u2066b":                              "\u2067a \u2066b\u2069\u2069",
		"Anna\u2069\u2069 Berg":                        "Anna Berg",
		"a \u202bb \u202ac\u202c\u202c\u202c":          "a \u202bb \u202ac\u202c\u202c",
		"a \u202bb":                                    "a \u202bb\u202c",
		"a \u2067b \u202ac\u2069 d":                    "a \u2067b \u202ac\u202c\u2069 d",
		"a \u202ab \u2067c\u202c d":                    "a \u202ab \u2067c d\u2069\u202c",
		"a \u202eb":                                    "a \u202eb\u202c",
		"a \u2067b\nc\u2069 d":                         "a \u2067b\u2069\nc d",
		"\u2068a\u2069 \u2066b\u2069 \u202ac\u202c":    "\u2068a\u2069 \u2066b\u2069 \u202ac\u202c",
		"\u2068\u2067\u202a\u2069\u202c\u2069 \u2069x": "\u2068\u2067\u202a\u202c\u2069\u2069 x",
	} {
		if have := closed(typed); have != want || closed(have) != want {
			t.Errorf("%+q became %+q, want %+q", typed, have, want)
		}
	}
	for said, want := range map[string]string{
		"To: \u2068Anna\u2069":                    "To: Anna",
		"\u2068a \u2067b\u2069 c\u2069 d":         "a \u2067b\u2069 c d",
		"\u2067a \u2068b\u2069 c\u2069 \u2069 d ": "\u2067a b c\u2069  d ",
	} {
		if have := released(said); have != want {
			t.Errorf("%+q was read as %+q, want %+q", said, have, want)
		}
	}
}

// Whatever text on a sheet leaves a mark open, no line of its words does, in any language; nor does what stands beside the picture.
func TestWordsTurnNothingBesideThem(t *testing.T) {
	m := maker(t)
	const bad = "Anna \u2067Berg \u202bx"
	typed := func() casefile.Text {
		return casefile.Text{"en": bad, "ru": bad + "\nx", "ar": "\u2069\u2069\u202c" + bad}
	}
	f := vera(t, func(f *casefile.File) {
		f.Person.Names[0].Text = bad
		f.Person.Occupations = []casefile.Text{typed(), typed()}
		f.Campaign.Banner = typed()
		for i := range f.Institutions {
			f.Institutions[i].Name, f.Institutions[i].City = typed(), typed()
		}
		for i := range f.Sources {
			f.Sources[i].Publisher = typed()
		}
	})
	l := release()
	l.Title, l.Demand, l.Addressee = typed(), typed(), typed()
	for _, linkless := range []bool{false, true} {
		o := Order{Size: A4, Languages: []lang.Tag{"en", "ru", "ar"}, Linkless: linkless, Credit: typed()}
		stand := f.Stand(casefile.AsOf{})
		var lines []string
		for _, w := range m.tellings(f, &stand, &l, o) {
			lines = append(lines, strings.Split(w.text(), "\n")...)
		}
		lines = append(lines, o.safe(bad))
		turned := 0
		for _, line := range lines {
			if closed(line) != line {
				t.Errorf("linkless %v: marks are left open: %+q", linkless, line)
			}
			if strings.ContainsRune(line, 0x2067) {
				turned++
			}
		}
		if turned < 20 && !linkless { // what leads nowhere is made of plain words, without any
			t.Errorf("of the marks that were typed only %d are there", turned)
		}
	}
}
