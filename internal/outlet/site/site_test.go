package site

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
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
  publication: {level: public, consents: [{giver: family, scope: [name], channel: {en: by letter}, date: 2024-03-01}]}
  title: {en: "Release <b>Anna</b> & go", ru: Освободите Анну}
  summary: {en: "She was *detained*.\n\nMore."}
sources:
  - {id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}
events:
`

const entries = `  - {id: context, when: unknown, kind: context, nature: event, source: paper, what: {en: nobody knows when}}
  - {id: arrest, when: 2024-02, kind: detention, nature: event, source: paper, what: {en: "</p><script>alert(1)</script> & ]]>"}}
  - {id: books, when: 2024-02-10, kind: search, nature: party, source: paper, by: {en: her colleagues}, what: {en: they took her books}}
  - {id: guess, when: 2024-02-10, kind: search, nature: speculation, source: paper, by: {en: a newspaper}, what: {en: because of a poem}}
  - {id: denunciation, when: 2024-02-11, kind: denunciation, nature: event, source: paper, actor: {role: accuser}}
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
