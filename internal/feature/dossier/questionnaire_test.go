package dossier

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
)

var paperKeys = regexp.MustCompile(`\b(case|unit|date|list|dossier|sheet|questionnaire|plain|calendar|feed)\.[a-z_]+\b`)

// part is a part of the questionnaire: what stands under each of its questions.
func partOf(doc *html.Node, number string) map[string]string {
	answers := map[string]string{}
	var found *html.Node
	each(doc, func(n *html.Node) {
		if by, _ := attr(n, "aria-labelledby"); n.Data == "section" && by == "part-"+number {
			found = n
		}
	})
	if found == nil {
		return nil
	}
	each(found, func(n *html.Node) {
		if n.Data != "div" {
			return
		}
		var term string
		var lines []string
		for c := range n.ChildNodes() {
			switch c.Data {
			case "dt":
				term = words(c)
			case "dd":
				lines = append(lines, words(c))
			}
		}
		if key, _, ok := strings.Cut(term, ". "); ok {
			term = key
		}
		if term != "" {
			answers[term] = strings.Join(lines, " | ")
		}
	})
	return answers
}

const blankLine, handLine = "Not known to this page", "To be filled in by hand; this site does not keep it"

func TestQuestionnaire(t *testing.T) {
	_, doc := serve(t, vera(t)).get("/en/vera/questionnaire", 200)
	for _, want := range []struct{ part, number, answer string }{
		{"I", "1–2", "Vera Example | Вера Примерова | فيرا إكزامبل"}, {"I", "3", handLine}, {"I", "4", blankLine}, {"I", "5", blankLine}, {"I", "6 (a)–(d)", handLine},
		{"I", "7", "nurse | editor of a ward newsletter"}, {"I", "8", handLine},
		{"II", "1", "5 December 2023 [2] | Earlier: Held from 3 March 2023 to 2 October 2023 [1, 2]"},
		{"II", "2", "courtroom [2]"}, {"II", "3", blankLine}, {"II", "4", "☐ yes ☐ no ☐ not known"}, {"II", "5", blankLine},
		{"II", "6", "Charge, as printed: “дискредитация” [2]"}, {"II", "7", "Criminal Code, article 280.3, part 1 [2]"},
		{"III", "3", blankLine}, {"III", "5", "Made-up Regional Court · Decision on appeal: 5 December 2023 [1]"}, {"III", "7", "Criminal Code, article 280.3, part 1 [2]"},
		{"VII", "1", handLine}, {"VII", "2", handLine}, {"VII", "3", handLine}, {"VII", "4", handLine},
	} {
		if got := partOf(doc, want.part)[want.number]; !strings.EqualFold(got, want.answer) {
			t.Errorf("%s.%s says %q, want %q", want.part, want.number, got, want.answer)
		}
	}
	if got := partOf(doc, "III")["4"]; !strings.HasPrefix(got, "Remand Prison No. 0 · Primersk") || !strings.Contains(got, "| Camp No. 00 · Dalny Primer · There since: 11 January 2024 [2]") {
		t.Errorf("the places: %q", got)
	}
	if got := partOf(doc, "III")["2"]; !strings.Contains(got, "213 days held") || !strings.Contains(got, "5 years") {
		t.Errorf("how long: %q", got)
	}
	story, steps := partOf(doc, "IV")["What happened, in order of time"], partOf(doc, "VI")["What was tried, and what came of it"]
	order := []string{"Detention: 3 March 2023", "Remand", "Verdict: 2 October 2023", "Release", "5 December 2023", "11 January 2024", "The lawyer was not let in"}
	at := -1
	for _, want := range order {
		i := strings.Index(story, want)
		if want == "The lawyer was not let in" { // its source is kept back, and it is told
			if i < 0 {
				continue
			}
		}
		if i <= at {
			t.Errorf("IV has %q at %d, after %d:\n%s", want, i, at, story)
		}
		at = i
	}
	for _, no := range []string{"dinner", "refused food", "picket"} {
		if strings.Contains(story+steps, no) {
			t.Errorf("the form says %q", no)
		}
	}
	if !strings.Contains(steps, "12 October 2023") || !strings.Contains(steps, "Decision on appeal: 5 December 2023") {
		t.Errorf("VI: %s", steps)
	}
	boxes := 0
	each(doc, func(n *html.Node) {
		if typ, _ := attr(n, "type"); n.Data == "input" && typ == "checkbox" {
			if _, ticked := attr(n, "checked"); ticked {
				t.Error("the page ticks a category")
			}
			boxes++
		}
	})
	if boxes != 5 || !strings.Contains(words(doc), "This page draws no such conclusion") || !strings.Contains(words(doc), "Parts I and II were compared with this form as it was published in 2018. Parts III to VII could not be compared") {
		t.Errorf("%d categories; %s", boxes, words(doc))
	}
}

// A case that tells nothing leaves every line empty; and what is private never comes onto the form, wherever it stands in the file.
func TestQuestionnaireLeavesBlank(t *testing.T) {
	const bare = "campaign: {slug: c, languages: [en]}\nperson: {names: [{text: Anna Example, lang: en}]}\ncase: {slug: anna, title: {en: Release Anna}, publication: {level: public, consents: [{giver: family, scope: [name], channel: {en: x}, date: 2024-03-01}]}}\n"
	w, err := read(bare)
	if err != nil {
		t.Logf("%v", err)
	}
	f, ok := w.File.Public(nil)
	if !ok {
		t.Fatal("not public")
	}
	_, doc := serve(t, f).get("/en/anna/questionnaire", 200)
	for part, numbers := range map[string][]string{"I": {"4", "5", "7"}, "II": {"1", "2", "3", "5", "6", "7"}, "III": {"1", "2", "3", "4", "5", "6", "7"}} {
		for _, n := range numbers {
			if got := partOf(doc, part)[n]; got != blankLine {
				t.Errorf("%s.%s says %q of a person of whom nothing is known", part, n, got)
			}
		}
	}
	g := vera(t)
	g.Person.Born = casefile.On(1980, 0, 0)
	g.Person.Nationalities = []string{"RU", "FR"}
	g.Person.Identifiers = []casefile.Identifier{{Scheme: "wikidata", ID: "Q4242"}}
	g.Institutions[3].Post = &casefile.Post{Address: casefile.Text{"en": "1 Camp Street"}}
	src, doc := serve(t, g).get("/en/vera/questionnaire", 200)
	if got := partOf(doc, "I"); got["4"] != "1980" || got["5"] != "Russia | France" || got["8"] != handLine || got["6 (a)–(d)"] != handLine {
		t.Errorf("%v", got)
	}
	for _, secret := range []string{"Q4242", "Camp Street", "somebody who was held there"} {
		if strings.Contains(src, secret) {
			t.Errorf("the form says %q", secret)
		}
	}
}
