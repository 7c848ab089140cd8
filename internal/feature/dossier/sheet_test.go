package dossier

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// paper are the pages that are made to be printed or copied.
var paper = []string{"sheet", "questionnaire", "plain"}

// article is the piece of a page that is printed.
func article(doc *html.Node) (found *html.Node) {
	each(doc, func(n *html.Node) {
		if n.Data == "article" && found == nil {
			found = n
		}
	})
	return found
}

// Every page for paper, in every language, is sound: nothing inline, no key instead of a sentence, headings in order, fragments with their language.
func TestPaperIsSound(t *testing.T) {
	s := serve(t, vera(t))
	for _, tag := range tongues {
		for _, name := range paper {
			path := "/" + string(tag) + "/vera/" + name
			src, doc := s.get(path, 200)
			if strings.Contains(src, "{{") || strings.ContainsAny(src, "\ue000\ue001\ue002") {
				t.Errorf("%s: a placeholder was left", path)
			}
			if k := paperKeys.FindString(words(doc)); k != "" {
				t.Errorf("%s: the key %q stands there instead of a sentence", path, k)
			}
			level, heads := 0, 0
			ids := map[string]bool{}
			each(doc, func(n *html.Node) {
				if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
					if at := int(n.Data[1] - '0'); at > level+1 || words(n) == "" {
						t.Errorf("%s: %s %q follows a heading of level %d", path, n.Data, words(n), level)
					} else {
						level = at
					}
					if n.Data == "h1" {
						heads++
					}
				}
				if _, ok := attr(n, "style"); ok {
					t.Errorf("%s: inline style in <%s>", path, n.Data)
				}
				if id, ok := attr(n, "id"); ok {
					if ids[id] {
						t.Errorf("%s: the id %q stands twice", path, id)
					}
					ids[id] = true
				}
				if l, ok := attr(n, "lang"); ok && n.Data == "bdi" {
					if d, _ := attr(n, "dir"); d != lang.Dir(lang.Tag(l)) {
						t.Errorf("%s: a fragment in %s has the direction %q", path, l, d)
					}
				}
			})
			if heads != 1 {
				t.Errorf("%s: %d first headings", path, heads)
			}
			if tag == "fr" && !strings.Contains(src, `<bdi lang="en" dir="ltr">`) {
				t.Errorf("%s: what is not translated is not marked", path)
			}
			if article(doc) == nil {
				t.Errorf("%s: nothing to print", path)
			}
		}
	}
}

// The sheet answers what a desk asks, each with the numbers of its sources, and every address is written out.
func TestSheet(t *testing.T) {
	s := serve(t, vera(t))
	s.pages.Calls = func(*lang.Printer, string) []Call {
		return []Call{{Title: "Release Vera Example", Demand: "Let her go home.", Lang: "en", Path: "/en/vera/release", Dated: day(2024, 1, 2), Open: true}}
	}
	_, doc := s.get("/en/vera/sheet", 200)
	said := words(article(doc))
	for _, want := range []string{
		"Vera Example", "Вера Примерова", "nurse", "as of 20 March 2024", "Serving a sentence",
		"Held since 5 December 2023", "Camp No. 00", "There since: 11 January 2024",
		"as printed: “дискредитация”", "a newsletter in a hospital corridor", "Guilty (5 December 2023)",
		"Ban on teaching", "Hearing: 14 May 2024", "Release Vera Example", "Let her go home.", "https://letters.example/en/vera/release", "It can be signed.",
		"Made-up Regional Court", "https://court.example/22-000", "https://archive.example/22-000", "https://paper.example/vera",
		"checked", "committee@outcry.example", "The newest version of this page: https://letters.example/en/vera",
	} {
		if !strings.Contains(strings.ToLower(said), strings.ToLower(want)) {
			t.Errorf("the sheet does not say %q:\n%s", want, said)
		}
	}
	for _, guess := range []string{"dinner", "ill at ease", "refused food"} {
		if strings.Contains(said, guess) {
			t.Errorf("the sheet says %q", guess)
		}
	}
	f := s.must("vera")
	cites := 0
	each(article(doc), func(n *html.Node) {
		if class, _ := attr(n, "class"); class != "small cite" {
			return
		}
		cites++
		for _, number := range strings.Split(strings.Trim(words(n), "[]"), ", ") {
			if i, err := strconv.Atoi(number); err != nil || i < 1 || i > len(f.Sources) {
				t.Errorf("%q is the number of no source", number)
			}
		}
	})
	if cites < 6 {
		t.Errorf("%d facts name their sources", cites)
	}
	each(article(doc), func(n *html.Node) {
		if n.Data == "a" || n.Data == "nav" || n.Data == "details" {
			t.Errorf("<%s> on paper: %s", n.Data, words(n))
		}
	})
}

// Nothing is asked for the dead, on no page that is taken away; a letter that somebody stopped is on none.
func TestPaperAsksNothingForTheDead(t *testing.T) {
	call := func(*lang.Printer, string) []Call {
		return []Call{{Title: "Let Vera go", Lang: "en", Path: "/en/vera/release", Open: true}}
	}
	died := vera(t, "  - id: posters\n", "  - {id: death, when: 2024-03-20, kind: death, nature: event, source: ward-paper, family: told}\n  - id: posters\n")
	s := serve(t, died)
	s.pages.Calls = call
	for _, name := range append([]string{"calendar.ics", "feed.xml", "feed.json"}, paper...) {
		src, doc := s.get("/en/vera/"+name, 200)
		for _, ask := range []string{"Let Vera go", "What we ask", "Release Vera", "can be signed", "Agreed to", "Restrictions in force", "14 May 2024", "20240514"} {
			if name == "feed.xml" && ask == "14 May 2024" || name == "feed.json" && ask == "14 May 2024" {
				continue // it was announced, and that is what the feed told then
			}
			if strings.Contains(src, ask) {
				t.Errorf("%s says %q", name, ask)
			}
		}
		if name == "sheet" && !strings.Contains(words(doc), "Nothing is asked for here any more") {
			t.Error("the sheet does not say that nothing is asked for")
		}
	}
	stopped := vera(t)
	stopped.Stops = []casefile.Stop{{Kind: casefile.StopScope, Name: string(casefile.ScopeLetter)}}
	s = serve(t, stopped)
	s.pages.Calls = call
	for _, name := range append([]string{"feed.xml", "feed.json"}, paper...) {
		if src, _ := s.get("/en/vera/"+name, 200); strings.Contains(src, "Let Vera go") {
			t.Errorf("%s names a letter that was stopped", name)
		}
	}
}

// What was withdrawn is gone from paper, calendar and feed at once; and each is kept under the case's topic.
func TestPaperGoesWithThePage(t *testing.T) {
	s := serve(t, vera(t))
	shown := s.pages.Case
	all := append([]string{"calendar.ics", "feed.xml", "feed.json"}, paper...)
	for _, name := range all {
		if src, _ := s.get("/en/vera/"+name, 200); !strings.Contains(src, "Vera") {
			t.Errorf("%s is about nobody", name)
		}
		s.get("/en/nobody/"+name, 404)
	}
	s.pages.Case = func(slug string) (*casefile.File, error) {
		if slug == "vera" {
			return nil, fault.New(fault.Gone, "case.withheld")
		}
		return shown(slug)
	}
	for _, name := range all {
		s.get("/en/vera/"+name, 200) // still what was rendered
	}
	s.pages.Cache.Drop("vera")
	for _, name := range all {
		if body, _ := s.get("/en/vera/"+name, 410); strings.Contains(body, "Vera") {
			t.Errorf("%s still says %.200s", name, body)
		}
	}
}

// The page about a person leads to all that can be taken away.
func TestPageLeadsToPaper(t *testing.T) {
	s := serve(t, vera(t))
	for _, tag := range tongues {
		src, _ := s.get("/"+string(tag)+"/vera", 200)
		for _, name := range append([]string{"calendar.ics", "feed.xml", "feed.json"}, paper...) {
			if !strings.Contains(src, `href="/`+string(tag)+`/vera/`+name+`"`) {
				t.Errorf("%s: nothing leads to %s", tag, name)
			}
		}
	}
}
