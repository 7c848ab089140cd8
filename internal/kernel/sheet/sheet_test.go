package sheet

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"strings"
	"testing"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

func faces(t testing.TB) *Faces {
	t.Helper()
	f, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func block(text string, tag lang.Tag) Block {
	return Block{Field: "title", Text: text, Lang: tag, Size: 40, Least: 10, Lead: 1.2}
}

// seen are the characters of a line from left to right, as glyphs stand for them; a ligature shows its first.
func seen(s Set, line int) string {
	var b strings.Builder
	for _, run := range s.lines[line].runs {
		for _, g := range run.Glyphs {
			b.WriteRune(s.text.runes[g.TextIndex()])
		}
	}
	return b.String()
}

// The order in a line is that of Unicode's algorithm, also where the shaping library's own is not: a number in Arabic or Hebrew words in a Latin sentence.
func TestLineIsInOrder(t *testing.T) {
	set := faces(t).Setter()
	for _, c := range []struct {
		text string
		tag  lang.Tag
		want string
	}{
		{"abc 12 def", "en", "abc 12 def"},
		{"ب 12 ت", "ar", "ت 12 ب"},
		{"abc ب 12 ت def", "en", "abc ت 12 ب def"}, // the number keeps its place among the words that it stands between
		{"ب 12 def", "en", "12 ب def"},
		{"ب abc 12 ت", "ar", "ت abc 12 ب"},
		{"ب (abc 1)", "ar", ")abc 1( ب"}, // brackets are drawn mirrored
		{"abc (ب)", "en", "abc (ب)"},
		{"ب \u2068abc ت 7 def\u2069 ث", "ar", "ث abc 7 ت def ب"},
	} {
		s, fits, err := set.Set(block(c.text, c.tag), 1000, 1)
		if err != nil || !fits || s.Lines() != 1 {
			t.Fatalf("%q: %v, fits %v, %d lines", c.text, err, fits, s.Lines())
		}
		have := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(seen(s, 0))
		if have != c.want {
			t.Errorf("%q (%s) is seen as %q, want %q", c.text, c.tag, have, c.want)
		}
	}
}

// Arabic letters join: a letter alone, at the beginning, within and at the end of a word are different glyphs; and lam with alef is one.
func TestLettersJoin(t *testing.T) {
	set := faces(t).Setter()
	glyphs := func(text string) (ids []uint32) {
		s, _, err := set.Set(block(text, "ar"), 1000, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range s.lines[0].runs {
			for _, g := range run.Glyphs {
				if g.Width > 0 {
					ids = append(ids, uint32(g.GlyphID))
				}
			}
		}
		return ids
	}
	forms := map[uint32]bool{}
	for _, id := range glyphs("ه ههه") {
		forms[id] = true
	}
	if len(forms) < 4 {
		t.Errorf("heh has %d forms, not 4", len(forms))
	}
	apart := len(glyphs("ل ا"))
	if together := len(glyphs("لا")); together >= apart && together != 1 && together != 2 {
		t.Errorf("lam and alef are %d pieces together, %d apart", together, apart)
	}
}

func TestTextFitsOrIsRefused(t *testing.T) {
	set := faces(t).Setter()
	lay := func(b Block, w, h float64) (Set, error) {
		var done Set
		err := Shrink(func(k float64) (bool, string, error) {
			s, fits, err := set.Set(b, w, k)
			done = s
			return fits && s.Height() <= h, b.Field, err
		})
		return done, err
	}
	big, err := lay(block("Release Anna", "en"), 300, 200)
	if err != nil || big.Size() != 40 {
		t.Errorf("%v at %g points", err, big.Size())
	}
	small, err := lay(block(strings.Repeat("Release Anna ", 12), "en"), 300, 200)
	if err != nil || small.Size() >= 40 || small.Height() > 200 || small.Widest() > 300.01 {
		t.Errorf("%v: %g points, %g by %g", err, small.Size(), small.Widest(), small.Height())
	}
	_, err = lay(block(strings.Repeat("Release Anna ", 80), "en"), 300, 200)
	if f := fault.Of(err); f == nil || f.Key != "fault.sheet.long" || f.Field != "title" || f.Args["Field"] != "title" {
		t.Errorf("what is far too long is not refused by its name: %v", err)
	}
	_, err = lay(block(strings.Repeat("Release", 30), "en"), 300, 200)
	if f := fault.Of(err); f == nil || f.Key != "fault.sheet.long" {
		t.Errorf("a word wider than the sheet: %v", err)
	}
	address := block("letters.example.org/"+strings.Repeat("a", 60), "")
	address.Anywhere = true
	if s, err := lay(address, 300, 200); err != nil || s.Widest() > 300.01 || s.Lines() < 2 {
		t.Errorf("an address is not broken: %v", err)
	}
}

// A title of lines of one length: none is much shorter than the others, and no line more than without.
func TestTitleIsBalanced(t *testing.T) {
	set := faces(t).Setter()
	b := block("Release Anna and all the others now", "en")
	plain, _, err := set.Set(b, 560, 1)
	if err != nil {
		t.Fatal(err)
	}
	b.Balance = true
	even, _, err := set.Set(b, 560, 1)
	if err != nil {
		t.Fatal(err)
	}
	shortest := func(s Set) float64 {
		w := s.width
		for _, l := range s.lines {
			w = min(w, l.width)
		}
		return w
	}
	if even.Lines() != plain.Lines() || shortest(even) <= shortest(plain) {
		t.Errorf("%d lines, the shortest %g points; without, %d lines and %g", even.Lines(), shortest(even), plain.Lines(), shortest(plain))
	}
}

func TestHostileText(t *testing.T) {
	set := faces(t).Setter()
	for text, key := range map[string]string{
		"Release \u202eannA":               "fault.sheet.hidden",
		"Release \u202dAnna\u202c":         "fault.sheet.hidden",
		"Release\x00 Anna":                 "fault.sheet.hidden",
		"Release\x1b[31m Anna":             "fault.sheet.hidden",
		"bro\xffken":                       "fault.sheet.hidden",
		"\u200b\u200d\u2060":               "fault.sheet.blank",
		"   \n\t ":                         "fault.sheet.blank",
		strings.Repeat("a ", 50<<10):       "fault.sheet.large",
		strings.Repeat("a", textMost+1):    "fault.sheet.large",
		"Z" + strings.Repeat("\u0300", 40): "fault.sheet.marks",
		"Anna 🏠":                           "fault.sheet.letters",
		"თავისუფლება":                      "fault.sheet.letters",
		"自由":                               "fault.sheet.letters",
		"\ue000":                           "fault.sheet.letters",
		"":                                 "",
		"Re\u00adlease An\u200bna":         "",
		"line\r\nline\u2028line":           "",
		"می\u200cخواهیم":                   "",
		"Ti\u0301nh Việt":                  "",
		"<script>alert(1)</script>":        "",
		"=1+1; DROP TABLE letter; --":      "",
	} {
		_, _, err := set.Set(block(text, "en"), 400, 0)
		f := fault.Of(err)
		switch {
		case key == "" && err != nil:
			t.Errorf("%.30q is refused: %v", text, err)
		case key != "" && (f == nil || f.Key != key || f.Field != "title"):
			t.Errorf("%.30q: %v, want %s", text, err, key)
		}
	}
	_, _, err := set.Set(block("Anna 🏠 დ", "en"), 400, 0)
	if f := fault.Of(err); f == nil || f.Args["Letters"] != "U+10D3 დ, U+1F3E0 🏠" {
		t.Errorf("the letters are not named: %v", f.Args)
	}
}

// Further scripts come from a folder. Its files are read when a letter is missed, and one that is none is named.
func TestFolderOfFaces(t *testing.T) {
	const debian = "/usr/share/fonts/truetype/noto"
	if _, err := os.Stat(debian + "/NotoSansGeorgian-Bold.ttf"); err != nil {
		if os.Getenv("OUTCRY_REQUIRE") == "all" {
			t.Fatal("OUTCRY_REQUIRE=all, but fonts-noto-core is not here")
		}
		t.Skip("fonts-noto-core is not here")
	}
	dir := t.TempDir()
	for _, name := range []string{"NotoSansGeorgian-Regular.ttf", "NotoSansGeorgian-Bold.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf"} {
		b, err := os.ReadFile(debian + "/" + name)
		if err == nil {
			err = os.WriteFile(dir+"/"+name, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	set := f.Setter()
	weight := func(bold bool, text string) int {
		b := block(text, "ka")
		b.Bold = bold
		s, _, err := set.Set(b, 1000, 1)
		if err != nil {
			t.Fatal(err)
		}
		s.Draw(&Sheet{}, 0, 0)
		return int(s.Widest())
	}
	if thin, thick := weight(false, "თავისუფლება"), weight(true, "თავისუფლება"); thin == thick {
		t.Error("bold letters are as wide as others")
	}
	weight(true, "राजनीतिक बंदियों को रिहा करो") // no bold face: the regular one
	long := block("ปล่อยตัวนักโทษการเมืองทั้งหมดเดี๋ยวนี้", "th")
	if s, fits, err := set.Set(long, 200, 1); err != nil || !fits || s.Lines() < 2 {
		t.Errorf("Thai, which has no spaces, is not broken: %v, fits %v", err, fits)
	}
	if err := os.WriteFile(dir+"/Broken-Sans.ttf", []byte("no face"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err = Load(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Setter().Set(block("Anna", "en"), 400, 0); err != nil {
		t.Errorf("a file that is not needed was read: %v", err)
	}
	if _, _, err := f.Setter().Set(block("ა", "ka"), 400, 0); err == nil || !strings.Contains(err.Error(), "Broken-Sans.ttf") {
		t.Errorf("a file that is no face is not named: %v", err)
	}
}

// sample is a sheet with everything that can be on one.
func sample(t testing.TB, gray bool, bleed float64) *Sheet {
	t.Helper()
	s := &Sheet{W: 300, H: 400, Bleed: bleed, Gray: gray, Paper: Ink{250, 246, 238}, Title: "Release Anna", Lang: "en", Alt: "Release Anna, все слова"}
	s.Band(Box{0, 0, 300, 120}, Ink{164, 15, 39})
	set := faces(t).Setter()
	y := 20.0
	for _, b := range []Block{block("Release Anna", "en"), block("Свободу Анне", "ru"), block("الحرية لآنا 2026", "ar")} {
		b.Size, b.Ink, b.Bold = 28, Ink{255, 255, 255}, y < 60
		if y > 100 {
			b.Ink = Ink{23, 19, 15}
		}
		l, fits, err := set.Set(b, 260, 1)
		if err != nil || !fits {
			t.Fatal(err)
		}
		l.Draw(s, 20, y)
		y += 50
	}
	picture := image.NewRGBA(image.Rect(0, 0, 90, 90))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i / 90)
	}
	s.Place(picture, Box{20, 200, 80, 100})
	if err := s.QR("https://letters.example.org/en/anna/release", Box{160, 200, 120, 120}, Ink{}, Ink{255, 255, 255}); err != nil {
		t.Fatal(err)
	}
	s.Link(Box{160, 200, 120, 120}, "https://letters.example.org/en/anna/release")
	return s
}

func written(t testing.TB, s *Sheet) (pdf, raster, svg []byte) {
	t.Helper()
	var a, b, c bytes.Buffer
	for _, err := range []error{s.PDF(&a), s.PNG(&b, 2), s.SVG(&c)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return a.Bytes(), b.Bytes(), c.Bytes()
}

func TestSameSheetSameBytes(t *testing.T) {
	a1, b1, c1 := written(t, sample(t, false, 8))
	a2, b2, c2 := written(t, sample(t, false, 8))
	for kind, pair := range map[string][2][]byte{"PDF": {a1, a2}, "PNG": {b1, b2}, "SVG": {c1, c2}} {
		if !bytes.Equal(pair[0], pair[1]) {
			t.Errorf("the same sheet is another %s", kind)
		}
	}
	for range 10 { // what a library keeps in a map comes in another order now and then
		var again bytes.Buffer
		if err := sample(t, false, 8).PDF(&again); err != nil || !bytes.Equal(again.Bytes(), a1) {
			t.Fatalf("the same sheet is another PDF (%v)", err)
		}
	}
	for _, hint := range []string{"FPDF", "(D:20", "/tmp"} {
		if text := string(a1); strings.Contains(text, hint) && hint != "(D:20" || strings.Contains(text, "(D:2026") {
			t.Errorf("the PDF says %s", hint)
		}
	}
}

// Without colours there is none in any of the files.
func TestGrayIsGray(t *testing.T) {
	s := sample(t, true, 0)
	pdf, raster, svg := written(t, s)
	img, err := png.Decode(bytes.NewReader(raster))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := img.(*image.Gray); !ok {
		t.Errorf("the PNG is %T", img)
	}
	if bytes.Contains(pdf, []byte("/DeviceRGB")) {
		t.Error("the PDF's picture has colours")
	}
	for part := range strings.SplitSeq(string(svg), `fill="#`) {
		if c := part[:6]; !strings.HasPrefix(part, "<svg") && (c[:2] != c[2:4] || c[:2] != c[4:6]) {
			t.Errorf("the SVG has %s", c)
		}
	}
	p := pen{gray: true}
	for _, k := range s.marks {
		if k.path != nil {
			p.fill(k.path, s.toned(k.ink))
		}
	}
	if strings.Contains(p.b.String(), "rg\n") {
		t.Error("the PDF's page has colours")
	}
}

// What touches an edge goes on into the bleed, marks stand outside of it, and the file says where to cut.
func TestBleed(t *testing.T) {
	s := sample(t, false, 8)
	pdf, _, _ := written(t, s)
	for _, want := range []string{"/TrimBox [23.00 23.00 323.00 423.00]", "/BleedBox [15.00 15.00 331.00 431.00]"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("the PDF has no %s", want)
		}
	}
	r := s.Raster(1)
	red, white := 0, 0
	for y := range r.Bounds().Dy() {
		c := r.RGBAAt(18, y) // in the bleed
		if c.R == 164 && c.G == 15 {
			red++
		}
		if c := r.RGBAAt(7, y); c.R == 255 && c.G == 255 && c.B == 255 {
			white++
		}
	}
	if red < 120 || red > 130 {
		t.Errorf("%d points of the bleed are red, not some 128", red)
	}
	if h := r.Bounds().Dy(); white < h-4 || white == h {
		t.Errorf("beyond the bleed %d of %d points are white: crop marks are there, and nothing else", white, h)
	}
	if c := r.RGBAAt(23, 7); c.R > 230 {
		t.Errorf("no crop mark: %v", c)
	}
}

func FuzzSet(f *testing.F) {
	for _, s := range []string{"Release Anna", "الحرية لآنا 2026 (№1)", "Свободу Анне!", "\u202eabc", "a\u0301\u0302\u0303", "🏠", "ب 12 def", "\u2067a\u2069 ب"} {
		f.Add(s, true, 200.0)
	}
	set := faces(f).Setter()
	f.Fuzz(func(t *testing.T, typed string, rtl bool, width float64) {
		if !(width > 20 && width < 2000) || len(typed) > 400 {
			return
		}
		tag := lang.Tag("en")
		if rtl {
			tag = "ar"
		}
		b := block(typed, tag)
		b.Balance = true
		s, fits, err := set.Set(b, width, 0)
		if len(set.shaped) > 1000 {
			set.shaped = map[asked]*text{}
		}
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v", typed, err)
			}
			return
		}
		glyphs := 0
		for _, l := range s.lines {
			if fits && l.width > width+0.02 {
				t.Fatalf("%q: a line of %g in %g", typed, l.width, width)
			}
			for _, run := range l.runs {
				for _, g := range run.Glyphs {
					glyphs++
					for _, r := range s.text.runes[g.TextIndex() : g.TextIndex()+g.RunesCount()] {
						if g.GlyphID == 0 && !invisible(r) {
							t.Fatalf("%q: an empty box for %U", typed, r)
						}
					}
				}
			}
		}
		if strings.TrimFunc(typed, func(r rune) bool { return invisible(r) || r <= ' ' }) != "" && glyphs == 0 {
			t.Fatalf("%q: nothing is drawn", typed)
		}
		s.Draw(&Sheet{}, 0, 0)
	})
}
