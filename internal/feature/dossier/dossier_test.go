package dossier

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// wholeFile is what tests read a campaign file into.
type wholeFile struct {
	casefile.File `yaml:",inline"`
}

var letters = regexp.MustCompile(`(?ms)^letters:.*?(^\w|\z)`)

// demo is the demonstration's case, without its letters.
func demo(t testing.TB) wholeFile {
	t.Helper()
	src, err := os.ReadFile("../../app/demo/kagarlitsky-2023.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := read(letters.ReplaceAllString(string(src), "$1"))
	if err != nil {
		t.Fatalf("the demonstration's file:\n%v", err)
	}
	return w
}

// minimal is the least file that passes; tests put their lines into it.
const minimal = `campaign:
  slug: free-anna
  languages: [en, ru]
  run_by: {en: Committee for Anna}
  contact: anna@example.org
person:
  names:
    - {text: Anna Example, lang: en}
case:
  slug: anna
  title: {en: Release Anna Example}
sources:
  - {id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}
events:
  - {when: 2024-02, kind: detention, nature: event, source: paper}
`

func read(src string) (w wholeFile, err error) {
	return w, casefile.Decode([]byte(src), &w)
}

func day(y, m, d int) casefile.Date { return casefile.Date{Year: y, Month: m, Day: d} }

func printer(t testing.TB, tag lang.Tag) *lang.Printer {
	t.Helper()
	c, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(tag)
}

func each(n *html.Node, fn func(*html.Node)) {
	fn(n)
	for c := range n.ChildNodes() {
		each(c, fn)
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// words are a node's text with single spaces.
func words(n *html.Node) string {
	var b strings.Builder
	each(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && n.Data != "bdi" && n.Data != "time" && n.Data != "a" && n.Data != "strong" {
			b.WriteByte(' ')
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func byID(doc *html.Node, id string) (found *html.Node) {
	each(doc, func(n *html.Node) {
		if got, ok := attr(n, "id"); ok && got == id {
			found = n
		}
	})
	return found
}

// textOf is what a reader sees of a node.
func textOf(n *html.Node) string {
	var b strings.Builder
	each(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// vera is a made-up case with an example of most things, as the public may see it. Each change is made to the file's text first.
func vera(t testing.TB, changes ...string) *casefile.File {
	t.Helper()
	b, err := os.ReadFile("testdata/vera.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src := string(b)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(src, changes[i]) {
			t.Fatalf("the file has no %q", changes[i])
		}
		src = strings.Replace(src, changes[i], changes[i+1], 1)
	}
	w, err := read(src)
	if err != nil {
		t.Fatalf("vera.yaml:\n%v", err)
	}
	f, ok := w.File.Public(nil)
	if !ok {
		t.Fatal("the public may not see it")
	}
	return f
}

// byClass is the first element of that class.
func byClass(doc *html.Node, class string) *html.Node {
	for n := range doc.Descendants() {
		if got, _ := attr(n, "class"); got == class {
			return n
		}
	}
	return nil
}
