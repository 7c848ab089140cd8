package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/outlet/desk/casework"
	"outcry/internal/outlet/desk/desktest"
	"outcry/ui"
)

// workshop is a desk with the demonstration's draft, and somebody who has signed in to it.
type workshop struct {
	*desktest.House
	drafts *draft.Book
	url    string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	src, err := os.ReadFile("../../internal/app/demo/kagarlitsky-2023.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := letter.ReadCampaign(src)
	if err != nil {
		t.Fatal(err)
	}
	h := &workshop{House: desktest.Open(t)}
	h.Known = []string{c.Case.Slug}
	h.drafts = draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: func() time.Time { return h.Now }})
	casework.Hang(h.Desk, casework.Config{
		Drafts:  h.drafts,
		Applied: func(context.Context, string) ([]byte, error) { return letter.WriteDraft(c), nil },
		Told:    func(context.Context, string) (map[string]bool, error) { return map[string]bool{"verdict": true}, nil },
		Today:   func() casefile.Date { return casefile.Date{Year: 2026, Month: 3, Day: 1} },
	})
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
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
		got := rowan.Send(r)
		for k, v := range got.Header() {
			if k != "Set-Cookie" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(got.Code)
		_, _ = io.Copy(w, got.Body)
	}))
	t.Cleanup(s.Close)
	h.url = s.URL + "/desk/c/" + c.Case.Slug + "/case"
	return h
}

// revision is the draft's.
func (h *workshop) revision() int {
	h.T.Helper()
	d, err := h.drafts.Draft(h.T.Context(), "kagarlitsky")
	if err != nil {
		h.T.Fatal(err)
	}
	return d.Revision
}

// TestCaseworkPages: in both directions, on a telephone and zoomed in, each page passes the checks, and nothing on it is wider than the window.
func TestCaseworkPages(t *testing.T) {
	t.Parallel()
	h, b := newWorkshop(t), New(t)
	sources := map[string]string{}
	for n, v := range []View{{Phone: true}, {Width: 320, Language: "ar"}, {Dark: true, NoScript: true}} {
		t.Run(v.String(), func(t *testing.T) {
			p := b.Page(t, v)
			for i, path := range []string{"", "/events/meetings", "/case", "/sources", "/events/verdict/out"} {
				lang := "en"
				if v.Language != "" {
					lang = v.Language
				}
				if status := p.Open(h.url + path + "?lang=" + lang); status != 200 {
					t.Fatalf("%s: %d", path, status)
				}
				if !v.NoScript {
					Eval[int](p, `document.querySelectorAll("details").forEach((d) => { d.open = true }), 1`)
					if long() || i%2 == n { // in the quick run each page in one direction
						p.Axe()
					}
				}
				sources[v.String()+path] = p.Source()
				if wide := p.Overflow(); wide > 0 {
					t.Errorf("%s is %d pixels wider than its window", path, wide)
				}
				if dir := os.Getenv("OUTCRY_LOOK"); dir != "" {
					p.Screenshot(dir+"/casework"+strings.ReplaceAll(path, "/", "-")+"-"+v.String()+".png", 0)
				}
			}
		})
	}
	Vnu(t, sources)
}

// TestCaseworkAdds: what follows changes before one's eyes; without a script a button does the same. Enter saves.
func TestCaseworkAdds(t *testing.T) {
	t.Parallel()
	b := New(t)
	for _, v := range []View{{Phone: true}, {NoScript: true}} {
		t.Run(v.String(), func(t *testing.T) {
			h := newWorkshop(t)
			p := b.Page(t, v)
			p.Open(h.url + "?lang=en")
			before := h.revision()
			typed(p, `#f\.what\.en`, "Detained again")
			p.Follow(`section a[href$="/case/person"]`) // and back: a browser keeps what was typed, or not; nothing was saved
			if h.revision() != before {
				t.Error("leaving the page saved something")
			}
			p.Open(h.url + "?lang=en")
			typed(p, `#f\.what\.en`, "Detained again")
			typed(p, `#f\.kind`, "Arrested")
			typed(p, `#f\.when\.date\.from`, "2024-02-13")
			if v.NoScript {
				p.Follow(`button[name=preview]`)
			}
			p.Await(`document.querySelector("#follows").textContent.includes("In custody, before trial")`, 20*time.Second)
			if text := p.Text("#follows"); !strings.Contains(text, "Not in custody, but under restrictions") {
				t.Errorf("%s", text)
			}
			if got := Eval[string](p, `document.querySelector("#f\\.what\\.en").value`); got != "Detained again" || h.revision() != before {
				t.Errorf("%q, revision %d", got, h.revision())
			}
			Eval[int](p, `document.querySelector("#f\\.when\\.date\\.from").focus(), 1`)
			p.Press(kb.Enter)
			p.Await(`document.body?.textContent.includes("Saved in the draft.")`, 20*time.Second)
			if h.revision() != before+1 {
				t.Errorf("revision %d after %d", h.revision(), before)
			}
			p.Follow(`form[action$="/undo"] button`)
			if !strings.Contains(p.Text("main"), "Undone.") || h.revision() != before+2 {
				t.Error("not undone")
			}
		})
	}
}

// typed is text that somebody types into a field, key by key.
func typed(p *Page, css, text string) {
	p.t.Helper()
	Eval[int](p, `document.querySelector("`+strings.ReplaceAll(css, `\`, `\\`)+`").focus(), 1`)
	p.Press(text)
}

// TestCaseworkAutosave: an open page is saved while it is typed in, and says so; each save goes on from the one before.
func TestCaseworkAutosave(t *testing.T) {
	t.Parallel()
	h, b := newWorkshop(t), New(t)
	p := b.Page(t, View{})
	p.Open(h.url + "/events/arrest?lang=en")
	Eval[int](p, `document.querySelectorAll("details").forEach((d) => { d.open = true }), 1`)
	before := h.revision()
	for i, text := range []string{"One", "Two"} {
		typed(p, `#f\.note\.en`, text)
		want := before + 1 + i
		deadline := time.Now().Add(20 * time.Second)
		for h.revision() != want && time.Now().Before(deadline) {
			time.Sleep(100 * time.Millisecond)
		}
		p.Await(`document.querySelector("[data-saved]").textContent === "Saved in the draft." && document.querySelector("[name=base]").value === "`+strconv.Itoa(want)+`"`, 20*time.Second)
	}
	typed(p, `#f\.when\.date\.from`, "no day")
	p.Await(`document.querySelector("[data-saved]").textContent.startsWith("Not saved: something here")`, 20*time.Second)
	p.Allow(`422`)
	if h.revision() != before+2 {
		t.Errorf("revision %d after %d", h.revision(), before)
	}
}

// TestCaseworkKeys: j and k go through the list while the focus is in it, e opens; in a field they are letters.
func TestCaseworkKeys(t *testing.T) {
	t.Parallel()
	h, b := newWorkshop(t), New(t)
	p := b.Page(t, View{})
	p.Open(h.url + "?lang=en")
	at := `[...document.querySelectorAll("[data-list] > li")].indexOf(document.activeElement)`
	Eval[int](p, `document.querySelector("[data-list] > li").focus(), 1`)
	for _, step := range []struct {
		key  string
		want int
	}{{"j", 1}, {"j", 2}, {"k", 1}, {"x", 1}} {
		p.Press(step.key)
		if got := Eval[int](p, at); got != step.want {
			t.Errorf("%s: %d, want %d", step.key, got, step.want)
		}
	}
	Eval[int](p, `document.querySelector("#f\\.what\\.en").focus(), 1`)
	p.Press("jke")
	if got := Eval[string](p, `document.querySelector("#f\\.what\\.en").value`); got != "jke" {
		t.Errorf("typed %q", got)
	}
	Eval[int](p, `document.querySelector("[data-list] > li").focus(), 1`)
	p.Press("e")
	p.Await(`location.pathname.includes("/case/events/")`, 20*time.Second)
}
