package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// Under a letter's count stands who recounted it: the number of that letter, and the size of the log that it was counted at. A letter that was not in the
// log then has no such line.
func TestPageSaysWhatWasRecounted(t *testing.T) {
	s := newWatchedSite(t, db.Config{}, 1, "a.example/w")
	c := s.campaign(t, 1, "one")
	must(t, s.Apply(t.Context(), c))
	h, err := s.Handler(t.Context())
	must(t, err)
	first := s.theLetter(t)
	var tally receipt.Tally
	at := s.head(t)
	must(t, s.Log.Entries(t.Context(), 0, at.Size, func(_ int64, data []byte) error { return tally.Add(data) }))
	said, err := s.by[0].key.SignRecount(receipt.NewRecounted(s.Log.Origin(), tlog.Tree{N: at.Size, Hash: at.Root}, tally.Letters(), s.now))
	must(t, err)
	s.by[0].said.Store(&said)

	second := c.Letters[0]
	second.Slug = "second"
	c.Letters = append(c.Letters, second)
	must(t, s.Apply(t.Context(), c))
	must(t, s.Refresh(t.Context()))
	s.now = s.now.Add(time.Hour)
	if !s.round(t) {
		t.Error("pages have nothing new to say")
	}
	s.pages.Moved()
	if s.round(t) {
		t.Error("and again")
	}
	page := func(tag string, l *letter.Letter) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.conf.URL+letter.Path(lang.Tag(tag), l), nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d\n%s", tag, w.Code, w.Body)
		}
		return w.Body.String()
	}
	for tag, words := range map[string]string{
		"en": "Recounted by The a.example/w on 22 November 2026: 0 signatures counted, size of the log 1.",
		"ru": "The a.example/w. Засчитано 0 подписей, размер журнала: 1.",
		"ar": "لا توقيعات محتسَبة، وحجم السجل 1.",
		"fr": "Recompté par The a.example/w le 22 novembre 2026\u00a0: 0 signature comptée, taille du registre 1.",
	} {
		if body := page(tag, first); strings.Count(body, words) != 1 {
			t.Errorf("%s: the page lacks %q", tag, words)
		}
	}
	all, err := s.Book.All(t.Context(), "")
	must(t, err)
	for _, l := range all {
		if l.Slug == "second" && strings.Contains(page("en", l), "Recounted by") {
			t.Error("a letter that is newer than the recount is said to be recounted")
		}
	}
	if len(all) != 2 {
		t.Fatal(len(all))
	}
}
