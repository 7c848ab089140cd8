package browser

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/app"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/db"
)

// crowd publishes made-up people, as a command beside the server would, and waits until the site has them.
func (i *installation) crowd(t testing.TB, people int) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Data: filepath.Join(i.dir, "data"), SecretFile: filepath.Join(i.dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.DB.Update(t.Context(), func(tx *db.Tx) error {
		for _, f := range casetest.People(11, people, 12) {
			if _, err := a.Cases.Apply(tx, f); err != nil {
				return fmt.Errorf("%s: %w", f.Case.Slug, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for over := time.Now().Add(patience); i.status(t, i.URL+"/en/made-up-1") != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatal("the people are not served")
		}
	}
}

// The list of people in every language, by keyboard and without a script: as accessible, as light and as tidy as every other page, and found by what is typed.
func TestPeople(t *testing.T) {
	t.Parallel()
	b, i := New(t), install(t, "sqlite")
	all := newSeen(languages(t, i.program))
	tags := few(languages(t, i.program))
	for _, tag := range tags {
		u := &tour{t, b.Page(t, View{Phone: true, Language: tag}), tag, all, tag == "en"}
		u.visit("people-empty", i.URL+"/"+tag+"/people", http.StatusOK)
	}
	i.crowd(t, 33)
	for _, tag := range tags {
		u := &tour{t, b.Page(t, View{Phone: true, Language: tag}), tag, all, tag == "en"}
		at := i.URL + "/" + tag + "/people"
		u.visit("people", at, http.StatusOK)
		u.visit("people-filtered", at+"?status=held&soon=1&sort=date", http.StatusOK)
		u.visit("people-none", at+"?q=nobody&status=held", http.StatusOK)
		u.visit("people-map", at+"/map", http.StatusOK)
		u.visit("home-many", i.URL+"/"+tag+"/", http.StatusOK)
		u.visit("person-others", i.URL+"/"+tag+"/made-up-1", http.StatusOK)
	}
	Vnu(t, all.pages)
	if want := 7 * len(tags); len(all.pages) != want {
		t.Errorf("%d pages were looked at, want %d", len(all.pages), want)
	}

	p := b.Page(t, View{Phone: true, NoScript: true, Language: "en"})
	p.Open(i.URL + "/en/people")
	said(t, p, "33 people found")
	p.Fill("#q", "Primerova")
	p.Follow("main form button")
	n := 0
	for _, f := range casetest.People(11, 33, 12) {
		if name, _ := f.Name("en"); strings.HasSuffix(name, " Primerova") {
			n++
		}
	}
	said(t, p, fmt.Sprintf("%d p", n))
	p.Follow("main .cases h2 a")
	said(t, p, "Primerova", "Others who need support")
	if weight(p) > 30<<10 {
		t.Errorf("the page weighs %d bytes", weight(p))
	}
}
