package dossier

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
)

// listOf is a list of designated organisations.
func listOf(t testing.TB, lines ...string) func() *casefile.Registry {
	t.Helper()
	r, err := casefile.ReadRegistry(strings.NewReader("domain,name,country,register,listed_on,removed_on\n" + strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return func() *casefile.Registry { return r }
}

// outwards are the addresses of other hosts to which a page's links lead.
func outwards(doc *html.Node) (list []string) {
	each(doc, func(n *html.Node) {
		for _, key := range []string{"href", "src", "action"} {
			if to, ok := attr(n, key); ok && n.Data != "link" && (strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:")) && !strings.HasPrefix(to, "https://letters.example/") {
				list = append(list, to)
			}
		}
	})
	return list
}

// No page links to a designated organisation, each says why, in the list's words; what is passed on does not even hold the address. Every other link stays.
func TestNoPageLeadsToADesignatedOrganisation(t *testing.T) {
	file := func() *casefile.File {
		return vera(t, "Vera Example is a nurse.", "Vera Example is a [nurse](https://paper.example/nurse), says the [court](https://court.example/summary).",
			"{en: The lawyer was not let in.", "{en: \"The lawyer was not let in, see https://paper.example/lawyer and https://court.example/lawyer.\"",
			"kind: counsel_denied\n    nature: party", "kind: counsel_denied\n    nature: event", // else no feed has it
			"contact: committee@outcry.example", "contact: committee@paper.example")
	}
	list := listOf(t, "paper.example,The Ward Paper Ltd,RU,undesirable organisations,2024-02-09,", "archive.example,An Archive,BY,extremist materials,2023-03,", "court.example,Formerly Ltd,RU,undesirable organisations,2020-01-15,2021-02-01")
	for _, tc := range []struct {
		path    string
		links   bool // it links out where there is no list
		text    bool // the address stands there as text
		outside string
	}{
		{"", true, true, "https://court.example/22-000"}, {"/timeline", true, true, "https://court.example/22-000"}, {"/e/arrest", true, true, "https://court.example/22-000"},
		{"/sheet", false, false, "https://court.example/22-000"}, {"/questionnaire", false, true, "https://court.example/22-000"},
		{"/feed.xml", false, false, "https://court.example/lawyer"}, {"/feed.json", false, false, "https://court.example/lawyer"}, {"/plain", false, false, ""}, {"/calendar.ics", false, false, ""},
	} {
		path := "/en/vera" + tc.path
		open, before := serve(t, file()).get(path, 200)
		if has := strings.Contains(strings.Join(outwards(before), " "), "paper.example"); has != tc.links {
			t.Fatalf("without a list %s links to it: %v", path, has)
		}
		if !strings.Contains(open, tc.outside) || strings.Contains(open, "can be punished") {
			t.Errorf("without a list %s has not %q, or speaks of one", path, tc.outside)
		}
		s := serve(t, file())
		s.pages.Designated = list
		src, doc := s.get(path, 200)
		for _, to := range outwards(doc) {
			if strings.Contains(to, "paper.example") || strings.Contains(to, "archive.example") {
				t.Errorf("%s links to %s", path, to)
			}
		}
		if has := strings.Contains(src, "paper.example"); has != tc.text {
			t.Errorf("%s has the address as text: %v", path, has)
		}
		if !strings.Contains(src, tc.outside) {
			t.Errorf("%s has lost %s, which no list has now", path, tc.outside)
		}
		if strings.Contains(words(doc), "Formerly Ltd") {
			t.Errorf("%s names an organisation that no list has any more", path)
		}
		if tc.path == "/plain" || tc.path == "/calendar.ics" {
			continue // without links for everybody
		}
		said := words(doc)
		for _, want := range []string{"Russia: “The Ward Paper Ltd”, list “undesirable organisations”. Listed: 9 February 2024.", "That is what the list says; this page does not say it."} {
			if tc.path == "/feed.xml" || tc.path == "/feed.json" { // what is typed stands isolated
				said, want = strings.NewReplacer("\u2068", "", "\u2069", "", `\u2068`, "", `\u2069`, "").Replace(src), strings.SplitN(want, "”", 2)[0]
			}
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %q:\n%s", path, want, said)
			}
		}
	}
}

// The words of a link that goes stay where they stood, and the page says in each language why.
func TestTheWordsOfALinkStay(t *testing.T) {
	f := vera(t, "Vera Example is a nurse.", "Vera Example is a [nurse](https://paper.example/nurse).")
	s := serve(t, f)
	s.pages.Designated = listOf(t, "paper.example,The Ward Paper Ltd,RU,undesirable organisations,2024-02-09,")
	for tag, want := range map[string]string{"en": "This is not a link", "ru": "Это не ссылка", "ar": "هذا ليس رابطًا", "fr": "Ceci n’est pas un lien"} {
		_, doc := s.get("/"+tag+"/vera", 200)
		if said := words(doc); !strings.Contains(said, want) || !strings.Contains(said, "The Ward Paper Ltd") {
			t.Errorf("%s: not a word of why", tag)
		}
	}
	_, doc := s.get("/en/vera", 200)
	summary := byID(doc, "summary")
	if got := words(summary); !strings.Contains(got, "Vera Example is a nurse.") || !strings.Contains(got, "This is not a link") || len(outwards(summary)) > 0 {
		t.Errorf("the summary: %s", got)
	}
}

// A committee that is listed itself has no address on paper; on its pages it stands as text.
func TestThePaperOfAListedCommittee(t *testing.T) {
	s := serve(t, vera(t))
	s.pages.Designated = listOf(t, "letters.example,The Committee,RU,undesirable organisations,2024-02-09,", "outcry.example,The Committee,RU,undesirable organisations,2024-02-09,")
	_, doc := s.get("/en/vera/sheet", 200)
	if got := words(article(doc)); strings.Contains(got, "letters.example") || strings.Contains(got, "outcry.example") || !strings.Contains(got, "An address is left out here") {
		t.Error(got)
	}
}
