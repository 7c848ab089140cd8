package app

import (
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/db"
)

// crowd is a site of made-up people, looked at on [casetest.Today].
type crowd struct {
	*App
	http.Handler
}

func newCrowd(t testing.TB) *crowd {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	now := time.Date(casetest.Today.Year, time.Month(casetest.Today.Month), casetest.Today.Day, 9, 0, 0, 0, time.UTC)
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	c.URL = "https://letters.example.org"
	if err := Init(ctx, c); err != nil {
		t.Fatal(err)
	}
	a, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	h, err := a.Handler(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return &crowd{a, h}
}

// apply publishes cases, as a command does, and has the site read them.
func (c *crowd) apply(t testing.TB, files ...*casefile.File) {
	t.Helper()
	if err := c.DB.Update(t.Context(), func(tx *db.Tx) error {
		for _, f := range files {
			if _, err := c.Cases.Apply(tx, f); err != nil {
				return fmt.Errorf("%s: %w", f.Case.Slug, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (c *crowd) page(t testing.TB, path string) (body string, packed int) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, w.Code)
	}
	packed = w.Body.Len()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String(), packed
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), packed
}

// holds tells what a page has to say, and, behind a !, what it must not.
func holds(t *testing.T, path, body string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		never, absent := strings.CutPrefix(text, "!")
		if absent && strings.Contains(body, never) {
			t.Errorf("%s says %q", path, never)
		} else if !absent && !strings.Contains(body, text) {
			t.Errorf("%s does not say %q", path, text)
		}
	}
}

// The list of people comes when it is needed: nobody is led to it before the second public case, though it answers; a page offers others from then on; and the front page shows
// some where there are many, and leads to all.
func TestPeopleComeWhenNeeded(t *testing.T) {
	c := newCrowd(t)
	look := func(path string, texts ...string) {
		t.Helper()
		body, packed := c.page(t, path)
		if packed > 30<<10 {
			t.Errorf("%s is %d bytes, compressed", path, packed)
		}
		holds(t, path, body, texts...)
	}
	const link, three = "Everybody who has a page here", "Others who need support"
	look("/en/people", "No page has been published yet", "!<form")
	look("/en/people/map", "No page has been published yet", "!<svg")
	look("/en/", "!"+link)

	file := casetest.People(5, 14, 12)
	c.apply(t, file[0])
	look("/en/people", "1 person found", `href="/en/made-up-1"`, "!"+link, "!Show these on a map")
	look("/en/made-up-1", "!"+three, "!"+link)
	look("/en/people/map", "1 city")

	c.apply(t, file[1])
	look("/en/people", "2 people found", link)
	look("/en/", link, `href="/en/made-up-1"`, `href="/en/made-up-2"`, "!2 people")
	look("/en/made-up-1", three, `href="/en/made-up-2"`)

	c.apply(t, file[2:]...)
	look("/en/", "All 14 people", `href="/en/people"`)
	look("/ru/people", "Найдено 14 человек", `role="status"`, `lang="ru"`)
	look("/ar/people?status=held&sort=held", `dir="rtl"`)
	look("/en/people/map", "<svg", `class="land"`, "cities")
	front, _ := c.page(t, "/en/")
	if n := strings.Count(front, `href="/en/made-up-`); n < 8 || n > 12 {
		t.Errorf("the front page shows %d of 14 people", n)
	}

	withheld := casetest.Person(5, 1, 12)
	withheld.Case.State = casefile.Withheld
	c.apply(t, withheld)
	look("/en/people", "13 people found", "!made-up-2\"")
	look("/en/people?q="+url.QueryEscape(withheld.Person.Names[0].Text), "!made-up-2\"")
	look("/en/people/map", "!made-up-2\"")
	for _, f := range file {
		if f.Case.Slug != withheld.Case.Slug {
			look("/en/"+f.Case.Slug, "!made-up-2\"")
		}
	}
}

// What a reader types is text on the page and nothing else, is kept nowhere, and finds help where it finds nobody.
func TestPeopleAsked(t *testing.T) {
	c := newCrowd(t)
	c.apply(t, casetest.People(5, 40, 12)...)
	for query, texts := range map[string][]string{
		"":                         {"40 people found", "Page 1 of 2", `rel="next"`, "page=2"},
		"page=2":                   {"Page 2 of 2", `rel="prev"`},
		"page=x&sort=fame&status=": {"40 people found", `<option value="" selected>By name`},
		"q=" + url.QueryEscape(`"><script>alert(1)</script>`): {"0 people found", "&lt;script&gt;", "!<script>alert", "The whole list", "Whatever the name (40 people)"},
		"q=%ff%00%fe":                      {"!\x00", "!\xff"},
		"country=ZZ":                       {"0 people found", "In all countries (40 people)", `<option value="ZZ" selected`},
		"country=<b>&charge=<i>&need=x":    {"40 people found", "!<b>", "!<i>"},
		"status=died&need=letters&soon=1":  {"0 people found", "In any situation", `checked`},
		"q=" + strings.Repeat("a+", 1<<12): {"found"},
		"sort=date&soon=1":                 {"Next date", "checked", `<option value="date" selected`},
	} {
		body, packed := c.page(t, "/en/people?"+query)
		holds(t, fmt.Sprintf("?%.40s", query), body, texts...)
		if packed > 30<<10 {
			t.Errorf("?%.40s is %d bytes, compressed", query, packed)
		}
	}
	r := httptest.NewRequest("GET", "/en/people?q=anna", nil)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "" {
		t.Errorf("what was searched for can be kept: %v", h)
	}
	if !strings.Contains(w.Body.String(), `<meta name="robots" content="noindex"`) {
		t.Error("a search can be indexed")
	}
}
