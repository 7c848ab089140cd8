package dossier

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/lang"
)

// Each kind of event is looked for under one title.
func TestGroupsHoldEveryKindOnce(t *testing.T) {
	var all []string
	for _, g := range groups {
		for _, k := range g.kinds {
			all = append(all, string(k))
		}
	}
	known := casefile.EventKind("").Known()
	slices.Sort(all)
	slices.Sort(known)
	if !slices.Equal(all, known) {
		t.Errorf("grouped are\n%s\nof\n%s", all, known)
	}
}

func shown(doc *html.Node) (ids []string) {
	each(doc, func(n *html.Node) {
		if id, _ := attr(n, "id"); n.Data == "li" && strings.HasPrefix(id, "event-") {
			ids = append(ids, strings.TrimPrefix(id, "event-"))
		}
	})
	return ids
}

// The form is a plain one: what it asks for is what the address says, and what the case does not have is not asked for.
func TestTimelineFilters(t *testing.T) {
	s := serve(t, vera(t))
	for query, want := range map[string]string{
		"":                                "newsletter arrest remand picket register verdict release prosecutors-appeal appeal rearrest to-the-camp strike cold rumour her-word next-hearing posters",
		"?kind=custody":                   "arrest remand release rearrest to-the-camp",
		"?kind=restrictions":              "register",
		"?from=2024":                      "to-the-camp strike cold rumour her-word next-hearing",
		"?to=2023&kind=court":             "newsletter verdict prosecutors-appeal appeal",
		"?from=2024&to=2023&kind=custody": "arrest remand release rearrest to-the-camp",
		"?kind=actions":                   "picket posters",
		"?kind=nonsense&from=1066&to=x":   "newsletter arrest remand picket register verdict release prosecutors-appeal appeal rearrest to-the-camp strike cold rumour her-word next-hearing posters",
		"?kind=press":                     "newsletter arrest remand picket register verdict release prosecutors-appeal appeal rearrest to-the-camp strike cold rumour her-word next-hearing posters",
	} {
		_, doc := s.get("/en/vera/timeline"+query, 200)
		if got := strings.Join(shown(doc), " "); got != want {
			t.Errorf("%s shows\n%s, want\n%s", query, got, want)
		}
	}
	src, doc := s.get("/en/vera/timeline?kind=custody&from=2023", 200)
	form := element(doc, "form")
	if method, _ := attr(form, "method"); method != "get" {
		t.Errorf("the form is sent by %s", method)
	}
	chosen := ""
	each(form, func(n *html.Node) {
		if _, ok := attr(n, "selected"); ok {
			v, _ := attr(n, "value")
			chosen += v + " "
		}
	})
	if chosen != "custody 2023 " || !strings.Contains(src, "5 events") || !strings.Contains(src, "/ru/vera/timeline?kind=custody&amp;from=2023") {
		t.Errorf("chosen: %s", chosen)
	}
}

// A page in the cache has the address that the page itself gives: what a reader makes up adds none.
func TestFiltersAreFew(t *testing.T) {
	v := View{File: vera(t)}
	for query, want := range map[[4]string]string{
		{"custody", "2023", "2024", "1"}:                            "?kind=custody&from=2023&to=2024",
		{"custody", "", "", "999"}:                                  "?kind=custody",
		{"x", "y", "z", "-7"}:                                       "",
		{"fund", "99999999999999", "2024 ", "99999999999999999999"}: "",
	} {
		f := v.asked(query[0], query[1], query[2], query[3])
		if got := f.query(f.sheet); got != want {
			t.Errorf("%v becomes %s, want %s", query, got, want)
		}
	}
}

// A thousand events are on pages, each once, and no page is heavier than a slow phone bears: 30 KiB over the wire, the style with it.
func TestLongTimeline(t *testing.T) {
	f, ok := casetest.Files(1, 1000)[0].Public(nil)
	if !ok {
		t.Fatal("it is not public")
	}
	s := serve(t, f)
	at := "/en/" + f.Case.Slug
	seen := map[string]bool{}
	for page := 1; page <= (len(f.Events)+onSheet-1)/onSheet; page++ {
		src, doc := s.get(fmt.Sprintf("%s/timeline?page=%d", at, page), 200)
		for _, id := range shown(doc) {
			if seen[id] {
				t.Errorf("%s stands on two pages", id)
			}
			seen[id] = true
		}
		if n := weight(t, src); n > 22<<10 {
			t.Errorf("page %d weighs %d bytes", page, n)
		}
	}
	if len(seen) != len(f.Events) {
		t.Errorf("%d of %d events are on the pages", len(seen), len(f.Events))
	}
	for _, path := range []string{at, at + "/changes", at + "/e/" + f.Events[0].ID} {
		src, _ := s.get(path, 200)
		if n := weight(t, src); n > 22<<10 {
			t.Errorf("%s weighs %d bytes", path, n)
		}
	}
}

// weight is a page's in bytes over the wire. Style, script and icon take some 8 KiB more.
func weight(t testing.TB, src string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(src))
	z.Close()
	return b.Len()
}

// Every page of any case that a committee may write is sound in each language: no key instead of a sentence, no id twice, no link to nowhere on the page, the weight borne.
func TestPagesOfMadeUpCases(t *testing.T) {
	seeds := 60
	if testing.Short() {
		seeds = 20
	}
	looked := 0
	for seed := range seeds {
		f, ok := casetest.File(int64(seed)).Public(nil)
		if !ok {
			continue
		}
		looked++
		s := serve(t, f)
		s.changed = []casefile.Changed{{Day: day(2024, 1, 1), Kind: casefile.ChangeAdded, Section: casefile.SectionPage}}
		tag := tongues[seed%len(tongues)]
		at := "/" + string(tag) + "/" + f.Case.Slug
		paths := []string{at, at + "/timeline", at + "/changes", at + "/changes?since=2024"}
		for _, e := range f.Events[:min(4, len(f.Events))] {
			paths = append(paths, at+"/e/"+e.ID)
		}
		for _, path := range paths {
			src, doc := s.get(path, 200)
			sound(t, fmt.Sprintf("seed %d, %s", seed, path), src, doc)
		}
	}
	if looked < seeds/5 {
		t.Errorf("only %d of %d cases are public", looked, seeds)
	}
}

func sound(t *testing.T, where, src string, doc *html.Node) {
	t.Helper()
	if k := keyLike.FindString(words(element(doc, "body"))); k != "" {
		t.Errorf("%s: the key %q stands instead of a sentence", where, k)
	}
	if strings.ContainsAny(src, "\ue000\ue001\ue002") {
		t.Errorf("%s: a placeholder was left", where)
	}
	if n := weight(t, src); n > 22<<10 {
		t.Errorf("%s weighs %d bytes", where, n)
	}
	ids := map[string]bool{}
	each(doc, func(n *html.Node) {
		if id, ok := attr(n, "id"); ok {
			if ids[id] {
				t.Errorf("%s: the id %q stands twice", where, id)
			}
			ids[id] = true
		}
	})
	each(doc, func(n *html.Node) {
		if href, _ := attr(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
			t.Errorf("%s: %s leads nowhere", where, href)
		}
		if l, ok := attr(n, "lang"); ok && n.Data == "bdi" {
			if d, _ := attr(n, "dir"); d != lang.Dir(lang.Tag(l)) {
				t.Errorf("%s: a fragment in %s has the direction %q", where, l, d)
			}
		}
	})
}

// What changed since a day, by days, with the corrections of that time; an event that was taken out is told by its category alone.
func TestChanges(t *testing.T) {
	s := serve(t, vera(t))
	s.changed = []casefile.Changed{
		{Day: day(2024, 3, 28), Kind: casefile.ChangeAdded, Section: casefile.SectionEvents, ID: "her-word"},
		{Day: day(2024, 2, 20), Kind: casefile.ChangeTakenOut, Section: casefile.SectionEvents, ID: "neighbour"},
		{Day: day(2024, 2, 1), Kind: casefile.ChangeRetracted, Section: casefile.SectionEvents, ID: "strike"},
		{Day: day(2024, 1, 21), Kind: casefile.ChangeAdded, Section: casefile.SectionPage},
	}
	p := printer(t, "en")
	_, doc := s.get("/en/vera/changes", 200)
	all := words(element(doc, "main"))
	for _, want := range []string{"28 March 2024", p.T("case.change.added"), "Statement from prison", "20 February 2024", p.T("case.redaction.private_person"), "Hunger strike", p.T("case.section.page"), "This page said The picket was on 2 May."} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %s", want, all)
		}
	}
	src, doc := s.get("/en/vera/changes?since=2024-02-15", 200)
	some := words(element(doc, "main"))
	if !strings.Contains(some, "28 March 2024") || strings.Contains(some, "Hunger strike") || strings.Contains(some, "The picket was") || !strings.Contains(src, `value="2024-02-15"`) {
		t.Errorf("since 15 February: %s", some)
	}
	if _, doc := s.get("/en/vera/changes?since=2025", 200); !strings.Contains(words(doc), "Nothing on this page has changed in that time.") {
		t.Error("nothing changed, and nothing says so")
	}
	s.get("/en/vera/changes?since=yesterday", 422)
}
