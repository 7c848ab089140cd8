package site

import (
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
	"outcry/locales"
)

const campaign = `
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
  publication: {level: public, consent: {giver: family, scope: [name], channel: {en: by letter}, date: 2024-03-01}}
  title: {en: "Release <b>Anna</b> & go", ru: Освободите Анну}
  summary: {en: "She was *detained*.\n\nMore."}
sources:
  - {id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}
entries:
`

const entries = `  - {when: unknown, kind: context, nature: event, source: paper, what: {en: nobody knows when}}
  - {id: arrest, when: 2024-02, kind: detention, nature: event, source: paper, what: {en: "</p><script>alert(1)</script> & ]]>"}}
  - {when: 2024-02-10, kind: search, nature: party, source: paper, by: {en: her colleagues}, what: {en: they took her books}}
  - {when: 2024-02-10, kind: search, nature: speculation, source: paper, by: {en: a newspaper}, what: {en: because of a poem}}
  - {when: 2024-02-11, kind: denunciation, nature: event, source: paper, actor: {role: accuser}}
`

// opened is a site with one case, and a way to change its file and look again.
func opened(t *testing.T) (s *Site, apply func(src string), get func(path string, head ...string) *httptest.ResponseRecorder) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")})
	u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	must(err)
	must(translog.Create(t.Context(), d, u, "letters.example/log"))
	now := func() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }
	l, err := translog.Open(t.Context(), translog.Config{DB: d, Unlock: u, Now: now})
	must(err)
	words, err := lang.Load(locales.FS)
	must(err)
	s = New(Config{URL: "https://letters.example", Home: "en", Words: words, Cases: casefile.New(casefile.Config{DB: d}), DB: d, Log: l, Cache: web.NewCache(1 << 20), Now: now,
		Letters: func(*lang.Printer, string) []Panel { return nil }, Logger: slog.New(slog.DiscardHandler)})
	h, err := s.Handler()
	must(err)
	apply = func(src string) {
		t.Helper()
		var f casefile.File
		must(casefile.Decode([]byte(src), &f))
		must(d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := s.Cases.Apply(tx, &f)
			return err
		}))
		_, err := s.Reload(t.Context())
		must(err)
	}
	get = func(path string, head ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		for i := 0; i+1 < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	return s, apply, get
}

// atom is what a reader of feeds looks for, named as RFC 4287 does.
type atom struct {
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
	uuid = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	tags = regexp.MustCompile(`</?p>`)
)

// read parses a feed and holds it against what RFC 4287 requires of every one.
func read(t *testing.T, w *httptest.ResponseRecorder) (f atom) {
	t.Helper()
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	body := w.Body.String()
	if !strings.HasPrefix(body, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="`) {
		t.Errorf("it begins with %.120s", body)
	}
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	seen := map[string]bool{}
	one := func(what string, list []string) string {
		t.Helper()
		if len(list) != 1 || list[0] == "" {
			t.Fatalf("%s: %q", what, list)
		}
		return list[0]
	}
	id := func(list []string) {
		t.Helper()
		if s := one("id", list); !uuid.MatchString(s) || seen[s] {
			t.Errorf("the id is %s", s)
		}
		seen[list[0]] = true
	}
	when := func(list []string) time.Time {
		t.Helper()
		at, err := time.Parse(time.RFC3339, one("updated", list))
		if err != nil {
			t.Error(err)
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
			t.Errorf("entry %d is of %v, and what stands before it of %v", i, at, newest)
		} else {
			newest = at
		}
		if e.Link.Rel != "alternate" || e.Content.Type != "html" || strings.Contains(tags.ReplaceAllString(e.Content.Text, ""), "<") {
			t.Errorf("%+v", e)
		}
	}
	rels := map[string]string{}
	for _, l := range f.Links {
		rels[l.Rel+" "+l.Type] = l.URL
	}
	if len(rels) != 2 || rels["self application/atom+xml"] == "" || rels["alternate text/html"] == "" {
		t.Errorf("%q", rels)
	}
	return f
}

func TestFeedTellsWhatThePageTells(t *testing.T) {
	_, apply, get := opened(t)
	apply(campaign + entries)
	f := read(t, get("/en/anna/feed.xml"))
	if f.Lang != "en" || f.Title[0] != "Release <b>Anna</b> & go" || f.Sub != "She was detained." || f.Author[0] != "Committee <Anna> & friends" ||
		f.Links[0].URL != "https://letters.example/en/anna/feed.xml" || f.Links[1].URL != "https://letters.example/en/anna" || len(f.Entries) != 4 {
		t.Fatalf("%+v", f)
	}
	page := get("/en/anna").Body.String()
	for i, want := range []struct{ title, updated, term, holds string }{
		{"Denunciation", "2024-02-11T00:00:00Z", "event", ""},
		{"Search", "2024-02-10T00:00:00Z", "speculation", "<p>because of a poem</p><p>speculation · "},
		{"Search", "2024-02-10T00:00:00Z", "party", "<p>they took her books</p><p>an interested party says so · "},
		{"Detention", "2024-02-01T00:00:00Z", "event", "<p>February 2024</p><p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; ]]&gt;</p>"},
	} {
		e := f.Entries[i]
		if e.Title[0] != want.title || e.Updated[0] != want.updated || e.Category.Term != want.term || !strings.Contains(e.Content.Text, want.holds) {
			t.Errorf("entry %d: %+v", i, e)
		}
		if !strings.Contains(e.Content.Text, "A Paper") {
			t.Errorf("entry %d does not say who says so: %s", i, e.Content.Text)
		}
		at, anchor, _ := strings.Cut(e.Link.URL, "#")
		if at != "https://letters.example/en/anna" || !strings.Contains(page, `<li id="`+anchor+`">`) {
			t.Errorf("entry %d leads to %s, which is not on the page", i, e.Link.URL)
		}
	}
	if f.Entries[3].Link.URL != "https://letters.example/en/anna#entry-arrest" {
		t.Error(f.Entries[3].Link.URL)
	}
	for _, want := range []string{`<link rel="alternate" type="application/atom+xml" href="/en/anna/feed.xml">`, `<a href="/en/anna/feed.xml" type="application/atom+xml">Follow by feed (Atom)</a>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if other := get("/en/privacy").Body.String(); strings.Contains(other, "atom+xml") {
		t.Error("a page that has no feed names one")
	}
	if w := get("/en/boris/feed.xml"); w.Code != http.StatusNotFound {
		t.Errorf("a case that is not there: %d", w.Code)
	}
	apply(strings.Replace(campaign, "level: public", "level: quiet", 1) + entries)
	if w := get("/en/anna/feed.xml"); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Anna") {
		t.Errorf("a case that nobody may see: %d", w.Code)
	}
}

func TestFeedOfEachLanguage(t *testing.T) {
	_, apply, get := opened(t)
	apply(campaign + entries)
	en, ru := read(t, get("/en/anna/feed.xml")), read(t, get("/ru/anna/feed.xml"))
	if ru.Lang != "ru" || ru.Title[0] != "Освободите Анну" || ru.Author[0] != "Комитет" || ru.Entries[3].Title[0] != "Задержание" || ru.Links[1].URL != "https://letters.example/ru/anna" {
		t.Errorf("%+v", ru)
	}
	for i := range en.Entries {
		if en.Entries[i].ID[0] == ru.Entries[i].ID[0] {
			t.Error("two texts have one id")
		}
	}
}

// An entry keeps its id whatever is mended in it, put before it, or said of another.
func TestIDsAreForLife(t *testing.T) {
	_, apply, get := opened(t)
	apply(campaign + entries)
	before := map[string]string{}
	for _, e := range read(t, get("/en/anna/feed.xml")).Entries {
		before[e.ID[0]] = e.Content.Text
	}
	etag := get("/en/anna/feed.xml").Header().Get("Etag")
	if w := get("/en/anna/feed.xml", "If-None-Match", etag); etag == "" || w.Code != http.StatusNotModified {
		t.Errorf("asked again: %d", w.Code)
	}
	changed := strings.NewReplacer("nobody knows when", "nobody can say when", "they took her books", "they took all her books",
		"  - {id: arrest, when: 2024-02,", "  - {when: 2024-01-01, kind: hearing_held, nature: legal, source: paper}\n  - {id: arrest, when: 2024-02-03,").Replace(entries)
	apply(strings.Replace(campaign, "A Paper", "The Paper", 1) + changed)
	after := read(t, get("/en/anna/feed.xml"))
	kept, same := 0, 0
	for _, e := range after.Entries {
		if text, ok := before[e.ID[0]]; ok {
			kept++
			if text == e.Content.Text {
				same++
			}
		}
	}
	if len(after.Entries) != 5 || kept != 4 || same != 0 {
		t.Errorf("%d entries, %d have kept their id, %d were not read again", len(after.Entries), kept, same)
	}
}

func TestFeedIsShort(t *testing.T) {
	_, apply, get := opened(t)
	apply(campaign + "  - {when: unknown, kind: context, nature: event, source: paper}\n")
	if f := read(t, get("/en/anna/feed.xml")); len(f.Entries) != 0 || f.Updated[0] != "2024-03-01T00:00:00Z" {
		t.Errorf("%+v", f)
	}
	var many strings.Builder
	for i := range 60 {
		fmt.Fprintf(&many, "  - {when: 2024-%02d-%02d, kind: picket, nature: event, source: paper, what: {en: picket %d}}\n", 1+i/28, 1+i%28, i)
	}
	apply(campaign + many.String())
	f := read(t, get("/en/anna/feed.xml"))
	if len(f.Entries) != feedMost || !strings.Contains(f.Entries[0].Content.Text, "picket 59") || !strings.Contains(f.Entries[feedMost-1].Content.Text, "picket 10<") {
		t.Errorf("%d entries, from %q to %q", len(f.Entries), f.Entries[0].Content.Text, f.Entries[len(f.Entries)-1].Content.Text)
	}
}

// What is made up says so wherever it is read alone.
func TestFeedOfARehearsal(t *testing.T) {
	s, apply, get := opened(t)
	apply(strings.Replace(campaign, "  slug: free-anna\n", "  slug: free-anna\n  rehearsal: true\n", 1) + entries)
	remark := s.Words.Printer("en").T("rehearsal.banner")
	for _, e := range read(t, get("/en/anna/feed.xml")).Entries {
		if !strings.HasSuffix(e.Content.Text, paragraph(remark)) {
			t.Error(e.Content.Text)
		}
	}
}

// The page on what is kept speaks of news where a key was given, with its fingerprint, and nowhere else.
func TestFingerprintOfTheNewsKey(t *testing.T) {
	s, apply, get := opened(t)
	title := s.Words.Printer("en").T("news.kept")
	apply(campaign + entries)
	if page := get("/en/privacy").Body.String(); strings.Contains(page, title) {
		t.Error("news are spoken of where none can be had")
	}
	to, err := seal.NewIdentityFile(filepath.Join(t.TempDir(), "key"), s.Now())
	if err != nil {
		t.Fatal(err)
	}
	apply(strings.Replace(campaign, "  contact:", "  news_recipient: "+to.String()+"\n  contact:", 1) + entries)
	page := get("/en/privacy").Body.String()
	for _, want := range []string{title, fmt.Sprintf(`value="%x"`, to.Fingerprint()), "Committee &lt;Anna&gt; &amp; friends: fingerprint of the key"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if w := get("/robots.txt"); !strings.Contains(w.Body.String(), "\nDisallow: /news/\n") {
		t.Error(w.Body)
	}
}
