package casework

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/web"
)

// TestHostileInput: whatever is typed into every field comes back as it was typed, as text and nothing else, and the draft can still be read.
func TestHostileInput(t *testing.T) {
	for _, typed := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=HYPERLINK("http://a.example")`, `javascript:alert(1)`, "a\u202etxt", "раураl", strings.Repeat("x", 100<<10), `{{.Name}}`, "a\x00b", "\xff\xfe"} {
		h := open(t, scenario(t))
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
		rowan.Sees(h.path())
		for _, path := range []string{h.path(), h.path("person"), h.path("case"), h.path("events", "release"), h.path("sources", "article"), h.path("positions", "_1"), h.path("questions", h.applied.Questions[0].ID), h.path("withheld")} {
			if path == h.path("events", "release") {
				path = h.path("events", h.applied.Events[5].ID)
			}
			blank := formOf(t, rowan.Sees(path), path)
			form := url.Values{"base": blank["base"]}
			for k := range blank {
				if k != "base" && !strings.HasSuffix(k, ".n") {
					form.Set(k, typed)
				} else {
					form[k] = blank[k]
				}
			}
			if len(form.Encode()) > web.LongMost {
				form = with(blank, "f.what.en", typed, "f.source", typed)
				if path != h.path() && !strings.Contains(path, "/events/") {
					continue
				}
			}
			w := rowan.Ask("POST", path, form)
			page := w.Body.String()
			if w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%.30q at %s: %d %.200s", typed, path, w.Code, page)
			}
			if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") || strings.Contains(page, `href="javascript:`) {
				t.Errorf("%q at %s is markup", typed, path)
			}
			back := formOf(t, page, path)
			for k := range form {
				got, want := strings.ReplaceAll(back.Get(k), "\r\n", "\n"), form.Get(k)
				if strings.Contains(typed, "\x00") || strings.Contains(typed, "\xff") { // HTML has no such characters
					continue
				}
				if got != want && got != "1" {
					t.Fatalf("%.30q at %s: %s came back as %.40q", typed, path, k, got)
				}
			}
			if n := strings.Count(page, `class="problems"`); n != 1 {
				t.Errorf("%d summaries", n)
			}
		}
		c, _ := h.now()
		if !reflect.DeepEqual(letter.WriteDraft(c), letter.WriteDraft(h.applied)) {
			t.Errorf("%.30q changed the draft", typed)
		}
	}
}

// TestHarmlessTextsAreKept: markup, formulas and homoglyphs in a text are text, in the draft and on every page that shows it.
func TestHarmlessTextsAreKept(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	for i, typed := range []string{`<script>alert(1)</script> & "quotes"`, `=1+1`, "раураl", strings.Repeat("x", 30<<10)} {
		rowan.Does(h.path(), with(formOf(t, rowan.Sees(h.path()), h.path()), "f.what.en", typed, "f.kind", "context", "f.when.date.from", "2024-01-0"+strconv.Itoa(i+1), "f.source", "article"))
		c, _ := h.now()
		e := c.Event(fmt.Sprintf("2024-01-0%d-context", i+1))
		if e == nil || e.What["en"] != typed {
			t.Fatalf("%.40q: %+v", typed, e)
		}
		for _, path := range []string{h.path(), h.path("events", e.ID), h.path("events", e.ID, "out")} {
			if strings.Contains(rowan.Sees(path), "<script>alert") {
				t.Errorf("%s runs it", path)
			}
		}
	}
}

// TestLongForm: a form that is longer than any page's is refused in words.
func TestLongForm(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	w := rowan.Ask("POST", h.path(), url.Values{"f.what.en": {strings.Repeat("x", web.LongMost)}})
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "More was sent at once") {
		t.Errorf("%d %.200s", w.Code, w.Body)
	}
	if w := h.Nobody().Ask("POST", h.path(), url.Values{"f.what.en": {strings.Repeat("x", web.LongMost)}}); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
}
