package casework

import (
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
)

// Every kind stands in one group, once.
func TestKindGroups(t *testing.T) {
	var all []string
	for _, g := range kindGroups {
		for _, k := range g.kinds {
			if slices.Contains(all, string(k)) {
				t.Errorf("%s stands twice", k)
			}
			all = append(all, string(k))
		}
	}
	known := casefile.EventKind("").Known()
	slices.Sort(all)
	slices.Sort(known)
	if !slices.Equal(all, known) {
		t.Errorf("%v\n%v", all, known)
	}
}

// The box begins with what is told first of most people; later the kind is chosen, and nothing is saved without. What it changes is shown before it is.
func TestKindIsChosen(t *testing.T) {
	empty := scenario(t)
	empty.Events = nil
	h := open(t, empty)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	page := rowan.Sees(h.path())
	if kind := formOf(t, page, h.path()).Get("f.kind"); kind != string(casefile.Detention) || !strings.Contains(page, `<optgroup label="Arrest and prosecution">`) {
		t.Errorf("%q", kind)
	}
	h = open(t, scenario(t))
	rowan = h.Joins(organiser.Home, "Rowan", organiser.Editor)
	form := formOf(t, rowan.Sees(h.path()), h.path())
	if kind := form.Get("f.kind"); kind != "" {
		t.Errorf("%q", kind)
	}
	typed := with(form, "f.what.en", "She fell ill.", "f.when.date.from", "2024-01-02", "f.source", "article")
	w := rowan.Ask("POST", h.path(), typed)
	if body := w.Body.String(); w.Code != 422 || !strings.Contains(body, `href="#f.kind"`) || !strings.Contains(body, "Choose what sort of thing happened.") || !strings.Contains(body, "She fell ill.") {
		t.Errorf("%d", w.Code)
	}
	if w := rowan.Ask("POST", h.path(), with(typed, "preview", "1")); w.Code != 200 || strings.Contains(w.Body.String(), "Choose what sort of thing happened.") {
		t.Errorf("a look beforehand: %d", w.Code)
	}
	typed.Del("preview")
	rowan.Does(h.path(), with(typed, "f.kind", "health"))
	if c, _ := h.now(); c.Event("2024-01-02-health") == nil {
		t.Error("it is not saved")
	}
}

// A new source says what sort it is before anything is saved: none is supposed, for readers judge by it what is told. What was typed stays, and the fields are open.
func TestSourceSaysItsKind(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	form := with(formOf(t, rowan.Sees(h.path()), h.path()), "f.what.en", "Detained again", "f.kind", "rearrest", "f.when.date.from", "2024-02-13", "f.source", "_new", "s.publisher.en", "The Letter Herald")
	_, before := h.now()
	w := rowan.Ask("POST", h.path(), form)
	page := w.Body.String()
	if w.Code != 422 || !strings.Contains(page, `href="#s.kind"`) || !strings.Contains(page, "Choose what sort of source it is.") {
		t.Fatalf("%d %s", w.Code, page)
	}
	back := formOf(t, page, h.path())
	if back.Get("f.what.en") != "Detained again" || back.Get("s.publisher.en") != "The Letter Herald" || back.Get("f.source") != "_new" {
		t.Errorf("what was typed is gone: %v", back)
	}
	if fold := page[:strings.Index(page, `name="s.kind"`)]; !strings.Contains(fold[strings.LastIndex(fold, "<details"):], " open") {
		t.Error("the field is folded away")
	}
	if _, now := h.now(); now.Revision != before.Revision {
		t.Error("something is saved")
	}
	if w := rowan.Ask("POST", h.path(), with(back, "preview", "1")); w.Code != 200 || strings.Contains(w.Body.String(), "Choose what sort of source it is.") {
		t.Errorf("a look beforehand: %d", w.Code)
	}
	back.Del("preview")
	rowan.Does(h.path(), with(back, "s.kind", "court_document"))
	c, _ := h.now()
	if e := c.Event("2024-02-13-rearrest"); e == nil || c.Source(e.Source) == nil || c.Source(e.Source).Kind != "court_document" {
		t.Errorf("%+v", e)
	}
}
