package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/outlet/desk/desktest"
	"outcry/internal/outlet/desk/tongues"
	"outcry/ui"
)

// booth is a translation desk with the demonstration's draft, into Arabic: an editor at it, and a private link.
type booth struct {
	*desktest.House
	drafts    *draft.Book
	url, link string
}

const boothTitle = "letters[slug=release].title"

func newBooth(t *testing.T) *booth {
	t.Helper()
	src, err := os.ReadFile("../../internal/app/demo/kagarlitsky-2023.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := letter.ReadCampaign(src)
	if err != nil {
		t.Fatal(err)
	}
	c.Event("bridge").What["ar"] = "انفجار على جسر القرم."
	c.Campaign.Languages = append(c.Campaign.Languages, "ar")
	h := &booth{House: desktest.Open(t)}
	h.Known = []string{c.Case.Slug}
	h.drafts = draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: func() time.Time { return h.Now }})
	if err := h.DB.Update(t.Context(), func(tx *db.Tx) error { return h.drafts.Begin(tx, c.Case.Slug, letter.WriteDraft(c), "editor") }); err != nil {
		t.Fatal(err)
	}
	c.Event("bridge").What["ru"], c.Event("bridge").What["en"] = "Два взрыва на Крымском мосту ночью.", "Two explosions on the Crimean bridge, at night."
	if _, err := h.drafts.Save(t.Context(), c.Case.Slug, 1, letter.WriteDraft(c), "editor"); err != nil {
		t.Fatal(err)
	}
	tongues.Hang(h.Desk, tongues.Config{Drafts: h.drafts, Applied: func(context.Context, string) ([]byte, error) { return nil, nil }, Now: func() time.Time { return h.Now }})
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	root := "/desk/c/" + c.Case.Slug + "/languages"
	rowan.Prove()
	h.link = regexp.MustCompile(`/desk/t/[A-Za-z0-9_-]{43}`).FindString(rowan.Ask("POST", root+"/ar/links", url.Values{"act": {"make"}}).Body.String())
	files := map[string]ui.File{}
	for _, f := range ui.Assets() {
		files[f.Path] = f
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f, ok := files[r.URL.Path]; ok {
			w.Header().Set("Content-Type", f.Type)
			_, _ = w.Write(f.Body)
			return
		}
		by := rowan
		if strings.HasPrefix(r.URL.Path, "/desk/t/") {
			by = h.Nobody()
		}
		got := by.Send(r)
		for k, v := range got.Header() {
			if k != "Set-Cookie" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(got.Code)
		_, _ = io.Copy(w, got.Body)
	}))
	t.Cleanup(s.Close)
	h.url, h.link = s.URL+root, s.URL+h.link
	return h
}

// waits is what waits in Arabic.
func (h *booth) waits(path string) string {
	h.T.Helper()
	t, _, err := h.drafts.Tongue(h.T.Context(), "kagarlitsky", "ar")
	if err != nil {
		h.T.Fatal(err)
	}
	return t.Waiting[path]
}

// TestTranslationPages: from left to right and from right to left, wide and narrow, each page passes the checks, and nothing on it is wider than the window.
func TestTranslationPages(t *testing.T) {
	t.Parallel()
	h, b := newBooth(t), New(t)
	for n, v := range []View{{}, {Language: "ar"}, {Phone: true, Language: "ar"}, {Width: 320, Dark: true}, {Phone: true, NoScript: true}} {
		t.Run(v.String(), func(t *testing.T) {
			lang := "en"
			if v.Language != "" {
				lang = v.Language
			}
			p := b.Page(t, v)
			for i, path := range []string{"?", "/ar?from=ru&", "/ar?show=stale&from=ru&", "/ru?", "/ar/links?", "/ar/offer?"} {
				if status := p.Open(h.url + path + "lang=" + lang); status != 200 {
					t.Fatalf("%s: %d", path, status)
				}
				if !v.NoScript {
					Eval[int](p, `document.querySelectorAll("main details").forEach((d) => { d.open = true }), 1`)
					switch { // the quick run has each page looked at in one of the first three views, and its colours in the dark one
					case long() || i%3 == n:
						p.Axe()
					case v.Dark:
						p.Axe("color-contrast", "target-size")
					}
				}
				if wide := p.Overflow(); wide > 0 {
					t.Errorf("%s is %d pixels wider than its window", path, wide)
				}
				if dir := os.Getenv("OUTCRY_LOOK"); dir != "" {
					p.Screenshot(dir+"/tongues"+strings.NewReplacer("/", "-", "?", "_", "&", "", "=", "").Replace(path)+"-"+v.String()+".png", 0)
				}
			}
		})
	}
}

// TestTranslatorByLink: the link's page says nothing until its button is pressed. Behind it the page saves by itself where scripts run, and by its button where none do.
func TestTranslatorByLink(t *testing.T) {
	t.Parallel()
	b := New(t)
	for _, v := range []View{{Phone: true, Language: "ar"}, {NoScript: true}} {
		t.Run(v.String(), func(t *testing.T) {
			h := newBooth(t)
			p := b.Page(t, v)
			if status := p.Open(h.link); status != 200 || p.Has("textarea") {
				t.Fatalf("%d", status)
			}
			p.Follow("main form .button")
			if !p.Has("textarea") || p.Has("header nav") {
				t.Fatal("the texts are not there, or more than they")
			}
			if !v.NoScript {
				p.Axe()
			}
			if dir := os.Getenv("OUTCRY_LOOK"); dir != "" {
				p.Screenshot(dir+"/tongues-guest-"+v.String()+".png", 0)
			}
			first := Eval[string](p, `document.querySelector("textarea").id`)
			Eval[int](p, `document.getElementById("`+first+`").focus(), 1`)
			p.Press("Free Boris")
			if v.NoScript {
				p.Follow(".pieces > .verbs button:not([name])")
			} else {
				p.Await(`document.querySelector("[data-saved]").textContent !== ""`, 10*time.Second)
			}
			if got := h.waits(boothTitle); got != "Free Boris" {
				t.Errorf("saved: %q", got)
			}
		})
	}
}
