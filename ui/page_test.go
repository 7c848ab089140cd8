package ui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// TestPages holds on every page of the gallery what a reader with a keyboard, a screen reader or no script needs.
func TestPages(t *testing.T) {
	for name, markup := range gallery(t) {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(markup, "<!doctype html>") && !strings.HasPrefix(markup, "<!DOCTYPE html>") {
				t.Error("no doctype")
			}
			doc := document(t, markup)
			kind, tag, _ := strings.Cut(strings.TrimSuffix(name, ".html"), "-")
			root := one(t, doc, "html")
			dir := "ltr"
			if tag == "ar" {
				dir = "rtl"
			}
			if attr(root, "lang") != tag || attr(root, "dir") != dir {
				t.Errorf("lang %q dir %q", attr(root, "lang"), attr(root, "dir"))
			}
			main := one(t, doc, "main")
			if skip := one(t, doc, "a.skip"); attr(skip, "href") != "#"+attr(main, "id") || attr(main, "tabindex") != "-1" {
				t.Error("the skip link does not lead into main")
			}
			if first := firstElement(one(t, doc, "body")); !hasClass(first, "skip") {
				t.Error("the skip link is not the first thing on the page")
			}
			one(t, doc, "h1")
			one(t, doc, "footer")
			one(t, doc, "meta[name=viewport]")
			if got := len(all(doc, "meta[name=robots]")) == 1; got != (kind == "wait") {
				t.Errorf("noindex: %v", got)
			}
			if current := one(t, one(t, doc, "nav.languages"), "a[aria-current=page]"); attr(current, "lang") != tag || attr(current, "dir") != dir {
				t.Errorf("the language of the page is said to be %s", attr(current, "lang"))
			}
			references(t, doc)
			ownOnly(t, doc)
		})
	}
}

// references holds that each id is one element's, and that labels, descriptions and links within the page find theirs.
func references(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]int{}
	for _, n := range all(doc, "[id]") {
		ids[attr(n, "id")]++
	}
	for id, times := range ids {
		if times > 1 {
			t.Errorf("id %s stands %d times", id, times)
		}
	}
	labelled := map[string]bool{}
	for _, n := range all(doc, "label") {
		labelled[attr(n, "for")] = true
	}
	for _, n := range all(doc, "input") {
		if attr(n, "type") != "hidden" && !labelled[attr(n, "id")] {
			t.Errorf("input %q has no label", attr(n, "id"))
		}
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for", "data-copy"} {
		for _, n := range all(doc, "["+name+"]") {
			for _, id := range strings.Fields(attr(n, name)) {
				if ids[id] != 1 {
					t.Errorf("%s=%q finds nothing", name, id)
				}
			}
		}
	}
	for _, n := range all(doc, "a") {
		if id, within := strings.CutPrefix(attr(n, "href"), "#"); within && ids[id] != 1 {
			t.Errorf("link to #%s finds nothing", id)
		}
	}
}

// ownOnly holds the strict policy: nothing inline, nothing loaded from others, no address of ours given to them.
func ownOnly(t *testing.T, doc *html.Node) {
	t.Helper()
	for _, n := range all(doc, "style") {
		t.Errorf("inline style: %s", text(n))
	}
	for _, n := range all(doc, "script") {
		if !strings.HasPrefix(attr(n, "src"), "/assets/") || text(n) != "" {
			t.Errorf("script that is not a file of ours: %v", n.Attr)
		}
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"):
				t.Errorf("inline %s on <%s>", a.Key, n.Data)
			case a.Key == "src" && !strings.HasPrefix(a.Val, "/assets/"),
				n.Data == "link" && a.Key == "href" && !strings.HasPrefix(a.Val, "/assets/") && attr(n, "rel") != "canonical" && attr(n, "rel") != "alternate":
				t.Errorf("<%s %s=%q> is loaded from elsewhere", n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "a" && strings.HasPrefix(attr(n, "href"), "http") && attr(n, "rel") != "noreferrer" {
			t.Errorf("%s would learn where the reader comes from", attr(n, "href"))
		}
		if hasAttr(n, "data-copy") && !hasAttr(n, "hidden") {
			t.Error("a button that needs a script shows without one")
		}
	}
}

func TestTitle(t *testing.T) {
	c := catalog(t)
	for _, row := range []struct {
		page Page
		want string
	}{
		{Page{P: c.Printer("en"), Site: "Letters", Title: "Free Anna"}, "Free Anna – Letters"},
		{Page{P: c.Printer("en"), Site: "Letters", Title: "Free Anna", Error: true}, "Error: Free Anna – Letters"},
		{Page{P: c.Printer("ru"), Site: "Письма", Title: "Свободу Анне", Error: true}, "Ошибка: Свободу Анне – Письма"},
		{Page{P: c.Printer("en"), Site: "Letters", Title: "Letters"}, "Letters"},
		{Page{P: c.Printer("en"), Title: "Continue"}, "Continue"},
	} {
		doc := document(t, render(t, Layout(row.page)))
		if got := text(one(t, doc, "title")); got != row.want {
			t.Errorf("title %q, want %q", got, row.want)
		}
	}
}

func TestHead(t *testing.T) {
	p := catalog(t).Printer("en")
	doc := document(t, render(t, Layout(samples[0].page(p, "Free Anna"))))
	var got []string
	for _, n := range all(doc, "link[rel=alternate]") {
		got = append(got, attr(n, "hreflang")+" "+attr(n, "href"))
	}
	want := []string{"en https://outcry.example/en/anna", "ru https://outcry.example/ru/anna", "x-default https://outcry.example/anna"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := attr(one(t, doc, "link[rel=canonical]"), "href"); got != "https://outcry.example/en/anna" {
		t.Errorf("canonical %s", got)
	}

	// A page with a token in its address names no address at all, and no other language.
	bare := document(t, render(t, Layout(Page{P: p, Title: "Your signature", NoIndex: true, Languages: []Language{{"en", "/en"}}})))
	for _, selector := range []string{"link[rel=canonical]", "link[rel=alternate]", "meta[property]", "nav", "meta[name=description]", ".strip"} {
		if len(all(bare, selector)) > 0 {
			t.Errorf("a bare page has %s", selector)
		}
	}
	if attr(one(t, bare, "meta[name=robots]"), "content") != "noindex" {
		t.Error("it may be indexed")
	}
}

func TestBannersAndFoot(t *testing.T) {
	p := catalog(t).Printer("en")
	page := samples[0].page(p, "Free Anna")
	page.Banner.Lang = "ru"
	doc := document(t, render(t, Layout(page)))
	strips := all(doc, ".strip")
	if len(strips) != 2 || !strings.HasPrefix(text(strips[0]), "Rehearsal") || text(strips[1]) != page.Banner.Text {
		t.Fatalf("%d strips", len(strips))
	}
	if attr(firstElement(strips[1]), "lang") != "ru" {
		t.Error("the banner's language is not said")
	}
	foot := one(t, doc, "footer")
	if !strings.Contains(text(foot), "run by Committee for Anna Primerova.") {
		t.Errorf("who runs it: %s", text(foot))
	}
	if got := attr(one(t, foot, "a[rel=noreferrer][href=mailto:letters@example.org]"), "href"); got == "" {
		t.Error("no way to reach them")
	}
	for _, address := range []string{"/what", "/advice", "/recount", "https://example.org/outcry"} {
		one(t, foot, "a[href="+address+"]")
	}
	page.Footer, page.Rehearsal = Footer{}, false
	foot = one(t, document(t, render(t, Layout(page))), "footer")
	if len(all(foot, "a")) > 0 || len(all(foot, "li")) > 0 {
		t.Errorf("an empty footer has links: %s", text(foot))
	}
}

// hostile are values that a person could type or a file could hold.
var hostile = []string{
	`"><script>alert(1)</script>`,
	`' onmouseover='alert(1)`,
	`</title></textarea></style><img src=x onerror=alert(1)>`,
	"javascript:alert(1)",
	" \tJaVaScRiPt:alert(1)",
	"java\nscript:alert(1)",
	"data:text/html,<script>alert(1)</script>",
	"vbscript:msgbox",
	"\u202egro.elpmaxe\u202c\u2066",
	"&lt;b&gt; &amp;amp; &#106;avascript:",
	"]]><!--", "{{.Name}} %s ${x}",
}

// everything fills every parameter of every component with one value.
func everything(t *testing.T, v string) string {
	t.Helper()
	p := catalog(t).Printer("en")
	page := Page{
		P: p, Site: v, Home: v, Title: v + ".", Description: v, Canonical: v, Alternates: []Alternate{{v, v}},
		Languages: []Language{{"en", v}, {"ru", v}}, Banner: Banner{v, ""},
		Footer: Footer{RunBy: v, Contact: v, ContactURL: v, Keep: v, Advice: v, Recount: v, Onion: v, Source: v},
	}
	field := Field{ID: v, Name: v, Label: v, Hint: v, Error: v, Value: v, Type: v, InputMode: v, Autocomplete: v, Dir: v}
	return render(t, with(Layout(page),
		ErrorSummary(p, []Problem{{v, v}, {"", v}}),
		with(Form(v), Hidden(v, v), Input(field), CodeInput(field), Button(v), QuietButton(v), GraveButton(v), Jump(v, v)),
		CountBlock(Count{Live: v, Key: v, Number: v, Words: v, AsOf: v, Goal: v, N: 200, Until: 300}),
		with(Notice(Danger, v)), with(Details(v)),
		Facts([]Fact{{Term: v, Text: v, Lang: "ru", URL: v}, {Term: v, Text: v}}),
		Steps([]Step{{v, Past}, {v, Now}, {v, Next}}),
		Sourced(Report{Text: v, Lang: "ru", Nature: v, Source: v, SourceURL: v}),
		Copy(p, CopyField{ID: v, Label: v, Hint: v, Value: v}),
		Share(p, Shared{URL: v, Title: v, Text: v}),
	))
}

// shape is a page's elements and attributes without what they say.
func shape(doc *html.Node) []string {
	var lines []string
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			line := n.Data
			for _, a := range n.Attr {
				line += " " + a.Key
			}
			lines = append(lines, line)
		}
		if n.Type == html.CommentNode {
			lines = append(lines, "comment")
		}
	}
	return lines
}

// TestHostileValues: whatever a value holds, the page has the same elements and attributes as with a harmless one, runs
// nothing, says the value as it was typed, and keeps a turned direction where it was typed.
func TestHostileValues(t *testing.T) {
	harmless := shape(document(t, everything(t, "x")))
	running := regexp.MustCompile(`(?i)^[\s\x00-\x20]*(j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|data|vbscript)\s*:`)
	for _, v := range hostile {
		t.Run(fmt.Sprintf("%q", v), func(t *testing.T) {
			doc := document(t, everything(t, v))
			if d := cmp.Diff(harmless, shape(doc)); d != "" {
				t.Errorf("the page has changed (-harmless +hostile):\n%s", d)
			}
			said := 0
			for n := range doc.Descendants() {
				for _, a := range n.Attr {
					if (a.Key == "href" || a.Key == "action" || a.Key == "src" || a.Key == "data-live") && running.MatchString(a.Val) && a.Key != "data-live" {
						t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
					}
				}
				if n.Type == html.TextNode && strings.Contains(n.Data, v) {
					said++
				}
			}
			if said < 20 {
				t.Errorf("it is said %d times as typed", said)
			}
			for _, selector := range []string{"a.name", "footer", ".facts", ".report", ".strip"} {
				for _, n := range all(doc, selector) {
					turned(t, n, v)
				}
			}
		})
	}
}

// turned holds that a value that turns the direction stands in an element that ends it: bdi, dir, or a code of its own.
func turned(t *testing.T, under *html.Node, v string) {
	t.Helper()
	for n := range under.Descendants() {
		if n.Type != html.TextNode || !strings.Contains(n.Data, v) {
			continue
		}
		parent := n.Parent
		if parent.Data != "bdi" && !hasAttr(parent, "dir") && parent.Data != "dt" && !hasClass(parent, "tag") {
			t.Errorf("%q in <%s> can turn what follows it", v, parent.Data)
		}
	}
}
