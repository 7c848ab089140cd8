package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	files := Assets()
	// The limits are in bytes as sent: compressed.
	for name, want := range map[string]struct {
		kind string
		most int
	}{
		"style.css":  {"text/css; charset=utf-8", 8 << 10},
		"desk.css":   {"text/css; charset=utf-8", 2 << 10},
		"live.js":    {"text/javascript; charset=utf-8", 2 << 10},
		"desk.js":    {"text/javascript; charset=utf-8", 2 << 10},
		"passkey.js": {"text/javascript; charset=utf-8", 1536},
		"icon.svg":   {"image/svg+xml", 512},
	} {
		f, ok := files[name]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		sum := sha256.Sum256(f.Body)
		if f.Hash != hex.EncodeToString(sum[:8]) {
			t.Errorf("%s: hash %s is not that of its content", name, f.Hash)
		}
		if f.Path != "/assets/"+f.Hash+"/"+name || Asset(name) != f.Path {
			t.Errorf("%s: path %s, address %s", name, f.Path, Asset(name))
		}
		if f.Type != want.kind {
			t.Errorf("%s: type %s, want %s", name, f.Type, want.kind)
		}
		if size := compressed(t, f.Body); size > want.most {
			t.Errorf("%s: %d bytes compressed, at most %d", name, size, want.most)
		}
	}
	if strings.Contains(sheet(), "/*") || strings.Contains(sheet(), "\n\n") {
		t.Error("remarks are sent to every reader")
	}
	if js := string(files["desk.js"].Body); strings.Contains(js, "\n  //") || strings.HasPrefix(js, "//") || !strings.Contains(js, "data-save") {
		t.Error("a script is sent with its remarks, or without its words")
	}
	if len(files) != 6 {
		t.Errorf("%d assets, want 6", len(files))
	}
	delete(files, "style.css")
	if Asset("style.css") == "" || len(Assets()) != 6 {
		t.Error("a caller can take a file away from others")
	}
}

func TestUnknownAssetPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a misspelt name gave an address")
		}
	}()
	Asset("styles.css")
}

func compressed(t *testing.T, body []byte) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// sheet is the style as it is sent, without its comments.
func sheet() string {
	return string(Assets()["style.css"].Body)
}

// TestSheetServesBothDirections: a physical side in the sheet is a page that is wrong from right to left.
func TestSheetServesBothDirections(t *testing.T) {
	physical := regexp.MustCompile(`(?m)(?:^|[{;\s])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)`)
	css := regexp.MustCompile(`@media[^{]*`).ReplaceAllString(sheet()+string(Assets()["desk.css"].Body), "@media ")
	for _, hit := range physical.FindAllString(css, -1) {
		t.Errorf("physical: %q", strings.TrimSpace(hit))
	}
	// Four values to one property name four physical sides: the second and the fourth have to be equal.
	for _, m := range regexp.MustCompile(`(?:margin|padding|inset)\s*:\s*([^;}]+)`).FindAllStringSubmatch(css, -1) {
		if sides := strings.Fields(m[1]); len(sides) == 4 && sides[1] != sides[3] {
			t.Errorf("physical: %q", m[0])
		}
	}
	if !physical.MatchString("a { margin-left: 0 }") || !physical.MatchString("a{text-align:right}") || !physical.MatchString("a {\n  left: 0 }") {
		t.Error("the check finds nothing")
	}
}

// TestSheetAsksNobody: no fonts, pictures or sheets of others, nor any of our own that would cost a request.
func TestSheetAsksNobody(t *testing.T) {
	for _, word := range []string{"url(", "@import", "@font-face", "http:", "https:", "expression("} {
		if strings.Contains(strings.ReplaceAll(sheet()+string(Assets()["desk.css"].Body), "[href^=http]", ""), word) {
			t.Errorf("the sheet has %s", word)
		}
	}
}

// TestContrast: WCAG 2.2 AA in both schemes, 4.5 for words and 3 for the edges of what is used.
func TestContrast(t *testing.T) {
	light, dark := scheme(t, `:root \{\s*color-scheme[^}]*\}`), scheme(t, `prefers-color-scheme: dark\) \{\s*:root \{[^}]*\}`)
	for name, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		colours["white"] = "#ffffff"
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "paper", 7}, {"ink", "sheet", 7}, {"ink", "tint", 7},
			{"soft", "paper", 4.5}, {"soft", "sheet", 4.5}, {"soft", "tint", 4.5},
			{"red", "paper", 4.5}, {"red", "sheet", 4.5}, {"red", "tint", 4.5}, {"paper", "red", 4.5}, {"paper", "ink", 4.5},
			{"white", "press", 4.5}, {"white", "press-deep", 4.5},
			{"edge", "paper", 3}, {"edge", "sheet", 3}, {"edge", "tint", 3},
		} {
			front, back := colours[pair.front], colours[pair.back]
			if got := contrast(t, front, back); got < pair.least {
				t.Errorf("%s: %s %s on %s %s is %.2f, want %.1f", name, pair.front, front, pair.back, back, got, pair.least)
			}
		}
	}
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f, want 21", got)
	}
}

// scheme reads the colours of one block of custom properties.
func scheme(t *testing.T, block string) map[string]string {
	t.Helper()
	found := map[string]string{}
	body := regexp.MustCompile(block).FindString(sheet())
	for _, m := range regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{6})`).FindAllStringSubmatch(body, -1) {
		found[m[1]] = m[2]
	}
	if len(found) < 10 {
		t.Fatalf("only %d colours found", len(found))
	}
	return found
}

// contrast is WCAG's ratio of two colours "#rrggbb".
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		if len(colour) != 7 {
			t.Fatalf("colour %q", colour)
		}
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// TestThemeColourIsThePaper: the browser's own bars take the page's background.
func TestThemeColourIsThePaper(t *testing.T) {
	layout, err := os.ReadFile("page.templ")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range []string{`:root \{\s*color-scheme[^}]*\}`, `prefers-color-scheme: dark\) \{\s*:root \{[^}]*\}`} {
		if paper := scheme(t, block)["paper"]; !strings.Contains(string(layout), `content="`+paper+`"`) {
			t.Errorf("no theme-color is %s", paper)
		}
	}
}

// TestClasses: what our templates use has a rule, and each rule is for a class that a template uses or doc.go names.
func TestClasses(t *testing.T) {
	styled := map[string]bool{}
	selectors := regexp.MustCompile(`\{[^{}]*\}`).ReplaceAllString(sheet(), " {} ")
	for _, m := range regexp.MustCompile(`\.([a-z][a-z-]*)`).FindAllStringSubmatch(selectors, -1) {
		styled[m[1]] = true
	}
	used := map[string]bool{}
	templates, err := filepath.Glob("*.templ")
	if err != nil || len(templates) == 0 {
		t.Fatal("no templates", err)
	}
	for _, name := range templates {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`class="([^"]+)"|class=\{ "([a-z]+)"`).FindAllStringSubmatch(string(body), -1) {
			for _, class := range strings.Fields(m[1] + m[2]) {
				used[class] = true
			}
		}
	}
	for class := range used {
		if !styled[class] {
			t.Errorf("class %s of a template has no rule", class)
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, classes, _ := strings.Cut(string(doc), "# Classes")
	for class := range styled {
		if !used[class] && !regexp.MustCompile(`\b`+class+`\b`).MatchString(classes) {
			t.Errorf("class %s has a rule, no template and no word in doc.go", class)
		}
	}
}
