package signatures_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/outlet/desk/desktest"
)

// shows lets each signer show a name, and gives the lock of each.
func (f *floor) shows(t *testing.T, signed []letter.Counted, names ...string) (locks []string) {
	t.Helper()
	for i, name := range names {
		m, err := f.s.Book.Show(t.Context(), signed[i].Secret, name, "")
		lettertest.Must(t, err)
		locks = append(locks, m.Lock.String())
	}
	f.s.Grow(t)
	return locks
}

// A name is hidden by one press and the next one is where the reader goes on; one that was changed meanwhile is not hidden in its place.
func TestNames(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		signed := f.crowd(t)
		locks := f.shows(t, signed, "Anna Orlova", "Bohdan <i>Rude</i>", "Chloé Lind")
		moderator := f.Joins(organiser.Home, "Ash", organiser.Moderator)
		names := ofLetter + "/names"
		page := moderator.Sees(names)
		has(t, page, "3 names are shown", "Anna Orlova", "Bohdan &lt;i&gt;Rude", `data-key="r"`, `id="n-`+locks[1]+`"`)
		hide := url.Values{"do": {"hide"}, "lock": {locks[1]}, "name": {"Bohdan <i>Rude</i>"}, "next": {locks[2]}, "page": {"1"}}
		for range 2 { // pressed twice
			if w := moderator.Ask("POST", names, hide); w.Code != http.StatusSeeOther || w.Header().Get("Location") != names+"#n-"+locks[2] {
				t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		}
		f.s.Grow(t)
		hasNot(t, moderator.Sees(names), "Bohdan")
		if _, err := f.s.Book.Show(t.Context(), signed[1].Secret, "Bohdan Lis", ""); err != nil { // its signer may
			t.Fatal(err)
		}
		f.s.Grow(t)
		has(t, moderator.Sees(names+"?q=bohdan"), "Bohdan Lis")
		w := moderator.Ask("POST", names, hide) // an old page
		if !strings.HasPrefix(w.Header().Get("Location"), "/desk/errands/") {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		has(t, moderator.Sees(w.Header().Get("Location")), "shows another name by now")
		has(t, moderator.Sees(names), "Bohdan Lis")

		// One that is checked comes first, with how it was checked.
		check := names + "/" + locks[2]
		page = moderator.Sees(check)
		has(t, page, "Chloé Lind")
		form := url.Values{"name": {desktest.Hidden(page, "name")}, "affiliation": {""}, "note": {""}}
		if w := moderator.Ask("POST", check, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#note"`) {
			t.Fatalf("without a note: %d", w.Code)
		}
		form.Set("note", "answered from her own page <b>")
		if w := moderator.Ask("POST", check, form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != names+"#n-"+locks[2] {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		page = moderator.Sees(names)
		has(t, page, "Checked by: Moderator.", "answered from her own page &lt;b&gt;")
		if strings.Index(page, "Chloé") > strings.Index(page, "Anna") {
			t.Error("it is not first")
		}
		form.Set("name", "Chloé Somebody")
		if w := moderator.Ask("POST", check, form); w.Code != http.StatusConflict {
			t.Errorf("another name than is shown: %d", w.Code)
		}
		moderator.Ask("POST", names, url.Values{"do": {"ordinary"}, "lock": {locks[2]}})
		page = moderator.Sees(names)
		hasNot(t, page, "Checked by")
		for name, form := range map[string]url.Values{"no lock": {"do": {"hide"}}, "no act": {"lock": {locks[0]}}} {
			if w := moderator.Ask("POST", names, form); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, w.Code)
			}
		}
		if w := moderator.Ask("GET", names+"/zz", nil); w.Code != http.StatusNotFound {
			t.Errorf("%d", w.Code)
		}
	})
}

// A count of another kind stands apart: checked against its source, once in the log however often the form is sent.
func TestReport(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		moderator := f.Joins(organiser.Home, "Ash", organiser.Moderator)
		path := ofLetter + "/report"
		page := moderator.Sees(path)
		has(t, page, "A platform", `id="by-ru"`)
		hasNot(t, page, "Hidden")
		good := url.Values{"kind": {"paper"}, "value": {"340"}, "as_of": {"2026-11"}, "by-en": {"Three people <i>"}, "by-ru": {"Трое"}}
		for name, c := range map[string]struct{ field, value string }{
			"no kind": {"kind", ""}, "another kind": {"kind", "dream"}, "no number": {"value", "many"}, "nought": {"value", "0"}, "too many": {"value", "99999999999999999999"},
			"no date": {"as_of", ""}, "no such date": {"as_of", "2026-13"}, "nobody": {"by-en", ""}, "no such source": {"source", "nowhere"}, "a word of its own": {"comparator", "roughly"},
			"long": {"note-en", strings.Repeat("x", 301)}, "turned": {"by-en", "turned \u202e round"},
		} {
			form := url.Values{}
			for k, v := range good {
				form[k] = v
			}
			form.Set(c.field, c.value)
			if c.field == "by-en" && c.value == "" {
				form.Del("by-ru")
			}
			if w := moderator.Ask("POST", path, form); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, w.Code)
			}
		}
		if w := moderator.Ask("POST", path, url.Values{"kind": {"elsewhere"}, "value": {"9"}, "as_of": {"2026"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "#source") {
			t.Errorf("elsewhere without a source: %d", w.Code)
		}
		for range 2 {
			if w := moderator.Ask("POST", path, good); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), home) {
				t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		}
		if w := moderator.Ask("POST", path, url.Values{"kind": {"elsewhere"}, "value": {"12000"}, "comparator": {"more_than"}, "as_of": {"2026-11-02"}, "source": {"platform"}}); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		f.later(time.Minute)
		f.s.GrowAll(t)
		list, err := f.s.Book.All(t.Context(), lettertest.Case)
		lettertest.Must(t, err)
		if r := list[0].Reports; len(r) != 2 || len(f.s.Book.Count(f.s.Letter.ID).Reported) != 2 || f.s.Counted() != 0 {
			t.Fatalf("%+v", r)
		}
	})
}
