package journey

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/poster"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	paper "outcry/internal/kernel/sheet"
	"outcry/locales"
)

// paperFields are the places of a sheet in which words of a campaign stand, each with how they get there.
var paperFields = []struct {
	name string
	put  func(f *casefile.File, l *poster.Letter, o *poster.Order, s string)
}{
	{"title", func(_ *casefile.File, l *poster.Letter, _ *poster.Order, s string) { l.Title["en"] = s }},
	{"demand", func(_ *casefile.File, l *poster.Letter, _ *poster.Order, s string) { l.Demand["en"] = s }},
	{"addressee", func(_ *casefile.File, l *poster.Letter, _ *poster.Order, s string) { l.Addressee["en"] = s }},
	{"person.names", func(f *casefile.File, _ *poster.Letter, _ *poster.Order, s string) {
		for i := range f.Person.Names {
			f.Person.Names[i].Text = s
		}
	}},
	{"person.occupations", func(f *casefile.File, _ *poster.Letter, _ *poster.Order, s string) {
		f.Person.Occupations = []casefile.Text{{"en": s}, {"en": "teacher"}}
	}},
	{"campaign.banner", func(f *casefile.File, _ *poster.Letter, _ *poster.Order, s string) {
		f.Campaign.Banner = casefile.Text{"en": s}
	}},
	{"sources", func(f *casefile.File, _ *poster.Letter, _ *poster.Order, s string) {
		for i := range f.Sources {
			f.Sources[i].Publisher = casefile.Text{"en": s}
		}
	}},
	{"institutions", func(f *casefile.File, _ *poster.Letter, _ *poster.Order, s string) {
		for i := range f.Institutions {
			f.Institutions[i].Name, f.Institutions[i].City = casefile.Text{"en": s}, casefile.Text{"en": "Town"}
		}
	}},
	{"person.photo.credit", func(_ *casefile.File, _ *poster.Letter, o *poster.Order, s string) { o.Credit = casefile.Text{"en": s} }},
}

const paperURL = "https://letters.example/en/vera/release"

// Every hostile text in every place of a sheet is fitted, or refused by the name of what it stands in; and the file that is made of it holds words, outlines, the letter's address and
// nothing else, in every format.
func TestHostilePosters(t *testing.T) {
	t.Parallel()
	words, err := lang.Load(locales.FS)
	must(t, err)
	faces, err := paper.Load(nil)
	must(t, err)
	m := &poster.Maker{Words: words, Faces: faces}
	src, err := os.ReadFile("../../internal/feature/poster/testdata/vera.yaml")
	must(t, err)
	sizes := []poster.Size{poster.A4, poster.Card, poster.Square, poster.Story}
	made, refused, files, turn := 0, 0, 0, 0
	for i, h := range hostileTexts {
		for j, at := range paperFields {
			if !prove && (i+j)%len(paperFields) > 1 {
				continue
			}
			turn++
			var f casefile.File
			must(t, casefile.Decode(src, &f))
			public, ok := f.Public(nil)
			if !ok {
				t.Fatal("nobody may see it")
			}
			o := poster.Order{Size: sizes[turn%len(sizes)], Languages: []lang.Tag{"en"}, Linkless: turn%5 == 4}
			l := poster.Letter{Title: casefile.Text{"en": "Release Vera"}, Demand: casefile.Text{"en": "We ask for one thing."}, Addressee: casefile.Text{"en": "The court"}, Open: true,
				URL: func(lang.Tag) string { return paperURL }}
			at.put(public, &l, &o, h.text)
			drawn, err := m.Make(public, l, o)
			if err != nil {
				refused++
				if f := fault.Of(err); f == nil {
					t.Errorf("%s in %s: %v", h.what, at.name, err)
				} else if !strings.Contains(", "+f.Field+", ", ", "+at.name+", ") && f.Field != at.name+".en" && !(f.Field == "lang" && strings.TrimSpace(h.text) == "") {
					t.Errorf("%s in %s is refused as %v of %q", h.what, at.name, err, fault.Of(err).Field)
				}
				continue
			}
			made++
			for line := range strings.Lines(drawn.Text) {
				if unpaired(line) {
					t.Errorf("%s in %s: marks of direction are left open: %q", h.what, at.name, line)
				}
			}
			formats := []poster.Format{poster.SVG, poster.PDF, poster.PNG}
			if !prove {
				formats = formats[turn%3 : turn%3+1]
				if h.what == "a script" {
					formats = []poster.Format{poster.SVG, poster.PDF}
				}
			}
			for _, as := range formats {
				var b bytes.Buffer
				must(t, drawn.Write(&b, as))
				files++
				for _, why := range onPaper(b.Bytes(), as, paperURL) {
					t.Errorf("%s in %s, as %s: %s", h.what, at.name, as, why)
				}
			}
		}
	}
	t.Logf("%d sheets in %d files, %d refused by their field", made, files, refused)
}

// papers makes sheets of a published case by the command for it, and holds each that is made against the same; one that is refused is refused by the name of a field.
func (a *assault) papers(t *testing.T, slug string) {
	t.Helper()
	folder := t.TempDir()
	must(t, os.Chmod(folder, 0o777))
	for i, as := range []poster.Format{poster.SVG, poster.PDF, poster.PNG, poster.Text} {
		if !prove && i == a.samples%3 {
			continue
		}
		file := filepath.Join(folder, "sheet."+string(as))
		size := []string{"a4", "square", "card", "story"}[(i+a.samples)%4]
		out, err := a.command("poster", "make", slug+"/release", "--lang", []string{"en", "ru"}[i%2], "--size", size, "-o", file).CombinedOutput()
		a.calmly(t, "poster make", out)
		if err != nil {
			if !regexp.MustCompile(`[a-z]+(\.[a-z]+)+|“[a-z.]+”|no longer|stopped`).Match(out) || bytes.Contains(out, []byte("panic")) {
				t.Errorf("a sheet is refused, and no field is named: %.300s", out)
			}
			continue
		}
		b, err := os.ReadFile(file)
		must(t, err)
		for _, why := range onPaper(b, as, publicURL+"/") {
			t.Errorf("a %s of %s: %s", as, slug, why)
		}
		a.sheets++
	}
}

// onPaper is what is wrong with the file of a sheet that may lead to addresses which begin in one way.
func onPaper(b []byte, as poster.Format, url string) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	switch as {
	case poster.SVG:
		return drawing(b, url)
	case poster.PNG:
		for _, name := range chunks(b) {
			if !slices.Contains([]string{"IHDR", "IDAT", "IEND"}, name) {
				bad("a chunk %s", name)
			}
		}
		if list := chunks(b); len(list) < 3 || list[0] != "IHDR" || list[len(list)-1] != "IEND" {
			bad("its chunks are %q", list)
		}
	case poster.PDF:
		text := string(pdfStream.ReplaceAll(b, nil))
		for _, name := range []string{"/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/EmbeddedFile", "/Filespec", "/SubmitForm", "/ImportData", "/GoToR", "/RichMedia", "/AcroForm", "/XFA", "/Metadata", "/Font "} {
			if regexp.MustCompile(regexp.QuoteMeta(name) + `\b`).MatchString(pdfString.ReplaceAllString(text, "()")) {
				bad("it holds %s", name)
			}
		}
		for _, found := range regexp.MustCompile(`/URI \(([^)]*)\)`).FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(found[1], url) {
				bad("it leads to %q", found[1])
			}
		}
		if n := strings.Count(text, "/URI ("); n > 2 || n != strings.Count(text, "/S /URI") {
			bad("it leads to %d addresses", n)
		}
	case poster.Text:
		for line := range strings.Lines(string(b)) {
			if unpaired(line) || strings.ContainsFunc(line, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }) {
				bad("a line turns what stands beside it: %q", line)
			}
		}
	}
	return wrong
}

var (
	pdfStream = regexp.MustCompile(`(?s)\nstream\r?\n.*?\nendstream`)
	pdfString = regexp.MustCompile(`(?s)\((\\.|[^\\()])*\)`)
)

// chunks are the names of a PNG's parts.
func chunks(b []byte) (list []string) {
	for b = b[min(8, len(b)):]; len(b) >= 12; {
		n := int(binary.BigEndian.Uint32(b))
		list = append(list, string(b[4:8]))
		b = b[min(len(b), n+12):]
	}
	if len(b) > 0 {
		list = append(list, "what is no chunk")
	}
	return list
}

// drawing is what is wrong with an SVG: it may be outlines, and pictures that it holds itself.
func drawing(b []byte, url string) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	d := xml.NewDecoder(bytes.NewReader(b))
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return wrong
		}
		if err != nil {
			bad("it is not XML: %v", err)
			return wrong
		}
		switch e := token.(type) {
		case xml.EndElement:
			depth--
		case xml.ProcInst, xml.Directive:
			bad("it holds %v", token)
		case xml.StartElement:
			if depth++; !slices.Contains([]string{"svg", "title", "desc", "path", "image", "a", "rect"}, e.Name.Local) || e.Name.Space != "http://www.w3.org/2000/svg" {
				bad("an element %s", e.Name.Local)
			}
			for _, at := range e.Attr {
				switch {
				case strings.HasPrefix(strings.ToLower(at.Name.Local), "on"), at.Name.Local == "style", at.Name.Space != "" && at.Name.Space != "xml" && at.Name.Space != "http://www.w3.org/XML/1998/namespace":
					bad("an attribute %s", at.Name.Local)
				case at.Name.Local != "href":
				case e.Name.Local == "a" && strings.HasPrefix(at.Value, url), e.Name.Local == "image" && strings.HasPrefix(at.Value, "data:image/jpeg;base64,"):
				default:
					bad("%s leads to %.80q", e.Name.Local, at.Value)
				}
			}
		}
	}
}
