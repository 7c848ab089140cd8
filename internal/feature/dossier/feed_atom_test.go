package dossier

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/test/peers"
)

const annasCampaign = `
campaign:
  slug: free-anna
  languages: [en, ru, ar]
  run_by: {en: "Committee <Anna> & friends", ru: Комитет}
  contact: "committee@example.org"
person:
  names:
    - {text: Anna Example, lang: en}
    - {text: Анна Пример, lang: ru}
case:
  slug: anna
  publication: {level: public, consents: [{giver: family, scope: [name], channel: {en: by letter}, date: 2024-03-01}]}
  title: {en: "Release <b>Anna</b> & go", ru: Освободите Анну}
  summary: {en: "She was *detained*.\n\nMore."}
sources:
  - {id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}
`

const annasEvents = `events:
  - {id: context, when: unknown, kind: context, nature: event, source: paper, what: {en: nobody knows when}}
  - {id: arrest, when: 2024-02, kind: detention, nature: event, source: paper, what: {en: "</p><script>alert(1)</script> & ]]>"}}
  - {id: books, when: 2024-02-10, kind: search, nature: event, status: contested, source: paper, by: {en: her colleagues}, what: {en: they took her books}}
  - {id: saying, when: 2024-02-10, kind: claim, nature: party, source: paper, by: {en: the ministry}, what: {en: it was canary-legal}}
  - {id: claimed, when: 2024-02-10, kind: search, nature: event, status: asserted_by_party, source: paper, what: {en: a canary-warrant was shown}}
  - {id: view, when: 2024-02-10, kind: search, nature: opinion, source: paper, by: {en: a lawyer}, what: {en: it was canary-cruel}}
  - {id: guess, when: 2024-02-10, kind: search, nature: speculation, source: paper, by: {en: a newspaper}, what: {en: because of a canary-poem}}
  - {id: denunciation, when: 2024-02-11, kind: denunciation, nature: event, source: paper, actor: {role: accuser}}
`

// made is what the public may see of a file's text.
func made(t testing.TB, src string) *casefile.File {
	t.Helper()
	w, err := read(src)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := w.File.Public(nil)
	if !ok {
		t.Fatal("the public may not see it")
	}
	return f
}

// atomOf is what a reader of feeds looks for, named as RFC 4287 does.
type atomOf struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      []string `xml:"http://www.w3.org/2005/Atom id"`
	Title   []string `xml:"http://www.w3.org/2005/Atom title"`
	Sub     string   `xml:"http://www.w3.org/2005/Atom subtitle"`
	Updated []string `xml:"http://www.w3.org/2005/Atom updated"`
	Author  []string `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		URL  string `xml:"href,attr"`
	} `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID      []string `xml:"http://www.w3.org/2005/Atom id"`
		Title   []string `xml:"http://www.w3.org/2005/Atom title"`
		Updated []string `xml:"http://www.w3.org/2005/Atom updated"`
		Link    struct {
			Rel string `xml:"rel,attr"`
			URL string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
		Category struct {
			Term  string `xml:"term,attr"`
			Label string `xml:"label,attr"`
		} `xml:"http://www.w3.org/2005/Atom category"`
		Content struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"http://www.w3.org/2005/Atom content"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

var (
	uuid    = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	allowed = regexp.MustCompile(`</?(?:p|del)>`)
)

// follow fetches a feed and holds it against what every one must have.
func (s *site) follow(path string) (f atomOf) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		s.t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	body := w.Body.String()
	if !strings.HasPrefix(body, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="`) {
		s.t.Errorf("it begins with %.120s", body)
	}
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		s.t.Fatalf("%v\n%s", err, body)
	}
	seen := map[string]bool{}
	one := func(what string, list []string) string {
		s.t.Helper()
		if len(list) != 1 || list[0] == "" {
			s.t.Fatalf("%s: %q", what, list)
		}
		return list[0]
	}
	id := func(list []string) {
		s.t.Helper()
		if i := one("id", list); !uuid.MatchString(i) || seen[i] {
			s.t.Errorf("the id is %s", i)
		}
		seen[list[0]] = true
	}
	when := func(list []string) time.Time {
		s.t.Helper()
		at, err := time.Parse(time.RFC3339, one("updated", list))
		if err != nil {
			s.t.Error(err)
		}
		return at
	}
	id(f.ID)
	one("title", f.Title)
	one("author", f.Author)
	newest := when(f.Updated)
	for i, e := range f.Entries {
		id(e.ID)
		one("title of an entry", e.Title)
		if at := when(e.Updated); at.After(newest) || i == 0 && !at.Equal(newest) {
			s.t.Errorf("entry %d is of %v, and what stands before it of %v", i, at, newest)
		} else {
			newest = at
		}
		if e.Link.Rel != "alternate" || e.Content.Type != "html" || strings.Contains(allowed.ReplaceAllString(e.Content.Text, ""), "<") {
			s.t.Errorf("%+v", e)
		}
	}
	rels := map[string]string{}
	for _, l := range f.Links {
		rels[l.Rel+" "+l.Type] = l.URL
	}
	if len(rels) != 2 || rels["self application/atom+xml"] == "" || rels["alternate text/html"] == "" {
		s.t.Errorf("%q", rels)
	}
	return f
}

func TestFeedTellsWhatThePageTells(t *testing.T) {
	s := serve(t, made(t, annasCampaign+annasEvents))
	f := s.follow("/en/anna/feed.xml")
	if f.Lang != "en" || f.Title[0] != "Release <b>Anna</b> & go" || f.Sub != "She was detained." || f.Author[0] != "Committee <Anna> & friends" ||
		f.Links[0].URL != "https://letters.example/en/anna/feed.xml" || f.Links[1].URL != "https://letters.example/en/anna" || len(f.Entries) != 3 {
		t.Fatalf("%+v", f)
	}
	for i, want := range []struct{ title, updated, term, holds, event string }{
		{"Denunciation", "2024-02-11T00:00:00Z", "event", "", "denunciation"},
		{"Search", "2024-02-10T00:00:00Z", "event", "<p>they took her books</p><p>reported event · contested · ", "books"},
		{"Detention", "2024-02-01T00:00:00Z", "event", "<p>February 2024</p><p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; ]]&gt;</p>", "arrest"},
	} {
		e := f.Entries[i]
		if e.Title[0] != want.title || e.Updated[0] != want.updated || e.Category.Term != want.term || !strings.Contains(e.Content.Text, want.holds) {
			t.Errorf("entry %d: %+v", i, e)
		}
		if !strings.Contains(e.Content.Text, "A Paper") {
			t.Errorf("entry %d does not say who says so: %s", i, e.Content.Text)
		}
		if e.Link.URL != "https://letters.example/en/anna/e/"+want.event {
			t.Errorf("entry %d leads to %s", i, e.Link.URL)
		}
		s.get(strings.TrimPrefix(e.Link.URL, "https://letters.example"), 200)
	}
	page, _ := s.get("/en/anna", 200)
	for _, want := range []string{`<link rel="alternate" type="application/atom+xml" href="/en/anna/feed.xml">`, `href="/en/anna/feed.xml" type="application/atom+xml">Follow by feed (Atom)</a>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	s.get("/en/boris/feed.xml", 404)
	ru := s.follow("/ru/anna/feed.xml")
	if ru.Lang != "ru" || ru.Title[0] != "Освободите Анну" || ru.Author[0] != "Комитет" || ru.Entries[2].Title[0] != "Задержание" || ru.Links[1].URL != "https://letters.example/ru/anna" {
		t.Errorf("%+v", ru)
	}
	for i := range f.Entries {
		if f.Entries[i].ID[0] == ru.Entries[i].ID[0] {
			t.Error("two texts have one id")
		}
	}
}

// An entry keeps its id whatever is mended in it, put before it, or said of another; and so it does when it is taken back.
func TestIDsAreForLife(t *testing.T) {
	before := map[string]string{}
	for _, e := range serve(t, made(t, annasCampaign+annasEvents)).follow("/en/anna/feed.xml").Entries {
		before[e.ID[0]] = e.Content.Text
	}
	changed := strings.NewReplacer("nobody knows when", "nobody can say when", "they took her books}", "they took all her books}, retracted: {on: 2024-05-01, why: {en: it was a neighbour’s flat}}", "status: contested, ", "",
		"  - {id: arrest, when: 2024-02,", "  - {id: hearing, when: 2024-01-01, kind: hearing_held, nature: legal, source: paper}\n  - {id: arrest, when: 2024-02-03,").Replace(annasEvents)
	s := serve(t, made(t, strings.Replace(annasCampaign, "A Paper", "The Paper", 1)+changed))
	after := s.follow("/en/anna/feed.xml")
	kept, same := 0, 0
	for _, e := range after.Entries {
		if text, ok := before[e.ID[0]]; ok {
			kept++
			if text == e.Content.Text {
				same++
			}
		}
	}
	if len(after.Entries) != 4 || kept != 3 || same != 0 {
		t.Errorf("%d entries, %d have kept their id, %d were not read again", len(after.Entries), kept, same)
	}
	back := after.Entries[0]
	if back.Title[0] != "Taken back: Search" || back.Updated[0] != "2024-05-01T00:00:00Z" || back.Link.URL != "https://letters.example/en/anna/e/books" ||
		!strings.Contains(back.Content.Text, "it was a neighbour’s flat") || !strings.Contains(back.Content.Text, "<del>they took all her books</del>") ||
		strings.Contains(back.Content.Text, "<p>they took") {
		t.Errorf("what was taken back: %+v", back)
	}
	other := serve(t, made(t, annasCampaign+annasEvents))
	other.pages.Origin = "elsewhere.example/log"
	for _, e := range other.follow("/en/anna/feed.xml").Entries {
		if before[e.ID[0]] != "" {
			t.Error("two installations give one id")
		}
	}
}

// What stands only where its label does, speculation, opinion, a party's claim, is in no feed: not as an event, not struck, not as a correction (R5).
func TestFeedHasNothingThatNeedsALabel(t *testing.T) {
	for name, more := range map[string]string{
		"as told":    "",
		"taken back": ", retracted: {on: 2024-05-01, why: {en: a canary-slip}}}",
	} {
		src := annasEvents
		if more != "" {
			src = regexp.MustCompile(`(?m)(canary.*)\}$`).ReplaceAllString(src, "${1}"+more)
			src = strings.Replace(src, "nature: event, status: asserted_by_party", "nature: party", 1)
		}
		src += `corrections:
  - {on: 2024-03-02, of: guess, was: {en: a canary-song}, now: {en: a poem}, why: {en: a slip}}
  - {on: 2024-03-03, was: {en: Anne}, now: {en: Anna}, why: {en: a slip}}
`
		s := serve(t, made(t, annasCampaign+src))
		for _, path := range []string{"/en/anna/feed.xml", "/en/anna/feed.json"} {
			body, _ := s.get(path, 200)
			if strings.Contains(body, "canary") || !strings.Contains(body, "Anne") || !strings.Contains(body, "they took her books") {
				t.Errorf("%s: %s says\n%s", name, path, body)
			}
		}
		if body, _ := s.get("/en/anna/timeline", 200); strings.Count(body, "canary") < 4 {
			t.Errorf("%s: what was looked for?", name)
		}
	}
}

// Corrections stand in the feed, with what the page said and why; nothing typed stands in a title.
func TestFeedTellsCorrections(t *testing.T) {
	s := serve(t, made(t, annasCampaign+annasEvents+`corrections:
  - {on: 2024-03-02, of: books, was: {en: two books}, now: {en: three books}, why: {en: she counted}}
  - {on: 2024-03-03, was: {en: Anne}, now: {en: Anna}, why: {en: a slip}}
`))
	f := s.follow("/en/anna/feed.xml")
	if len(f.Entries) != 5 {
		t.Fatalf("%d entries", len(f.Entries))
	}
	for i, want := range []struct{ title, url, text string }{
		{"Correction", "/en/anna/changes", "<p>This page said: \u2068Anne\u2069</p><p>It says now: \u2068Anna\u2069</p><p>Reason: \u2068a slip\u2069</p>"},
		{"Correction: Search", "/en/anna/e/books", "<p>This page said: \u2068two books\u2069</p><p>It says now: \u2068three books\u2069</p><p>Reason: \u2068she counted\u2069</p>"},
	} {
		if e := f.Entries[i]; e.Title[0] != want.title || e.Link.URL != "https://letters.example"+want.url || e.Content.Text != want.text {
			t.Errorf("%+v", e)
		}
		s.get(want.url, 200)
	}
}

// A letter is told when it opens, and anew when it takes no signatures; not of the dead.
func TestFeedTellsLetters(t *testing.T) {
	call := Call{Title: "Release <Anna>", Demand: "Let her go.", Lang: "en", Path: "/en/anna/release", Dated: day(2024, 3, 4), Open: true}
	ask := func(src string, c Call) atomOf {
		s := serve(t, made(t, src))
		s.pages.Calls = func(*lang.Printer, string) []Call { return []Call{c} }
		return s.follow("/en/anna/feed.xml")
	}
	open := ask(annasCampaign+annasEvents, call).Entries[0]
	if open.Title[0] != "Open letter" || open.Updated[0] != "2024-03-04T00:00:00Z" || open.Link.URL != "https://letters.example/en/anna/release" || open.Content.Text != "<p>Release &lt;Anna&gt;</p><p>Let her go.</p><p>Sign the letter</p>" {
		t.Errorf("%+v", open)
	}
	call.Open = false
	over := ask(annasCampaign+annasEvents, call).Entries[0]
	if over.ID[0] != open.ID[0] || over.Title[0] == open.Title[0] || strings.Contains(over.Content.Text, "Sign the letter") {
		t.Errorf("%+v", over)
	}
	died := ask(annasCampaign+annasEvents+"  - {id: death, when: 2024-03-02, kind: death, nature: event, source: paper, family: told}\n", call)
	if died.Title[0] != "Anna Example" {
		t.Errorf("the title of the feed about a dead person is %q", died.Title[0])
	}
	for _, e := range died.Entries {
		if strings.Contains(e.Title[0], "letter") {
			t.Error("something is asked for the dead")
		}
	}
}

func TestFeedIsShort(t *testing.T) {
	const undated = "events:\n  - {id: context, when: unknown, kind: context, nature: event, source: paper}\n"
	if f := serve(t, made(t, annasCampaign+undated)).follow("/en/anna/feed.xml"); len(f.Entries) != 0 || f.Updated[0] != "2024-03-01T00:00:00Z" {
		t.Errorf("%+v", f)
	}
	var many strings.Builder
	for i := range 60 {
		fmt.Fprintf(&many, "  - {id: picket-%d, when: 2024-%02d-%02d, kind: picket, nature: event, source: paper, what: {en: picket %d}}\n", i, 1+i/28, 1+i%28, i)
	}
	f := serve(t, made(t, annasCampaign+undated+many.String())).follow("/en/anna/feed.xml")
	if len(f.Entries) != feedMost || !strings.Contains(f.Entries[0].Content.Text, "picket 59") || !strings.Contains(f.Entries[feedMost-1].Content.Text, "picket 10<") {
		t.Errorf("%d entries, from %q to %q", len(f.Entries), f.Entries[0].Content.Text, f.Entries[len(f.Entries)-1].Content.Text)
	}
}

// What is made up says so wherever it is read alone.
func TestFeedOfARehearsal(t *testing.T) {
	s := serve(t, made(t, strings.Replace(annasCampaign, "  slug: free-anna\n", "  slug: free-anna\n  rehearsal: true\n", 1)+annasEvents))
	remark := s.pages.Words.Printer("en").T("rehearsal.banner")
	for _, e := range s.follow("/en/anna/feed.xml").Entries {
		if !strings.HasSuffix(e.Content.Text, paragraph(remark)) {
			t.Error(e.Content.Text)
		}
	}
}

// The JSON feed tells what the Atom feed does, under the same ids, as jsonfeed.org's version 1.1 requires.
func TestJSONFeed(t *testing.T) {
	s := serve(t, vera(t))
	atom := s.follow("/ar/vera/feed.xml")
	body, _ := s.get("/ar/vera/feed.json", 200)
	var f map[string]any
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		t.Fatal(err)
	}
	if f["version"] != "https://jsonfeed.org/version/1.1" || f["title"] != atom.Title[0] || f["home_page_url"] != "https://letters.example/ar/vera" ||
		f["feed_url"] != "https://letters.example/ar/vera/feed.json" || f["language"] != "ar" {
		t.Errorf("%v", f)
	}
	items := f["items"].([]any)
	if len(items) != len(atom.Entries) {
		t.Fatalf("%d items, %d entries", len(items), len(atom.Entries))
	}
	for i, one := range items {
		item, e := one.(map[string]any), atom.Entries[i]
		if item["id"] != e.ID[0] || item["url"] != e.Link.URL || item["title"] != e.Title[0] || item["content_html"] != e.Content.Text || item["date_modified"] != e.Updated[0] {
			t.Errorf("%v differs from %+v", item, e)
		}
	}
}

// Jing, which the HTML checker brings along, holds feeds against a schema made from RFC 4287; it must refuse a feed that breaks it.
func TestFeedIsValid(t *testing.T) {
	jar := "../../../test/browser/node_modules/vnu-jar/build/dist/vnu.jar"
	if _, err := os.Stat(jar); err != nil {
		peers.Missing(t, "npm's vnu-jar is not here: make assets")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		peers.Missing(t, "Java is not here, which Jing needs (Debian: apt-get install default-jre-headless)")
	}
	dir := t.TempDir()
	keep := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	jing := func(files ...string) (string, error) {
		out, err := exec.Command(java, append([]string{"-cp", jar, "nu.validator.vendor.thaiopensource.relaxng.util.Driver", "-c", "testdata/atom.rnc"}, files...)...).CombinedOutput()
		return string(out), err
	}
	var good, bad []string
	s := serve(t, vera(t))
	s.pages.Calls = func(*lang.Printer, string) []Call {
		return []Call{{Title: "Release", Path: "/en/vera/release", Dated: day(2024, 3, 4)}}
	}
	for _, tag := range tongues {
		body, _ := s.get("/"+string(tag)+"/vera/feed.xml", 200)
		good = append(good, keep("good-"+string(tag)+".xml", body))
		for i, broken := range []string{strings.Replace(body, "<updated>", "<published>", 1), strings.Replace(body, `<id>urn:uuid:`, `<id>`, 1), strings.Replace(body, "T00:00:00Z", "", 1),
			strings.Replace(body, "</subtitle>", "</subtitle><subtitle>x</subtitle>", 1), strings.Replace(body, `type="html"`, `type="md"`, 1)} {
			if broken == body {
				t.Fatalf("%d changes nothing", i)
			}
			bad = append(bad, keep(fmt.Sprintf("bad-%s-%d.xml", tag, i), strings.Replace(broken, "</updated>", "</published>", map[bool]int{true: 1}[i == 0])))
		}
	}
	if out, err := jing(good...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, _ := jing(bad...)
	for _, path := range bad {
		if !strings.Contains(out, filepath.Base(path)) {
			t.Errorf("the checker lets %s pass", filepath.Base(path))
		}
	}
}
