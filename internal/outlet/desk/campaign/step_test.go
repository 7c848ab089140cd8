package campaign

import (
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
)

// What happened is told when an event that says how it stands with the person has a source: before that a page begins with what nobody knows, and the checklist says so.
func TestStepOfWhatHappened(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en")
	day := casefile.Partial{Date: casefile.Span{From: casefile.Date{Year: 2025, Month: 3, Day: 3}}}
	for _, x := range []struct {
		name  string
		event casefile.Event
		told  bool
	}{
		{"an arrest that nobody tells", casefile.Event{ID: "arrest", Kind: casefile.Detention, When: day}, false},
		{"an article", casefile.Event{ID: "article", Kind: casefile.Context, When: day, Source: "herald"}, false},
		{"an arrest with a source", casefile.Event{ID: "arrest", Kind: casefile.Detention, When: day, Source: "herald"}, true},
		{"an arrest with two", casefile.Event{ID: "arrest", Kind: casefile.Detention, When: day, Evidence: []casefile.Evidence{{Source: "herald"}}}, true},
	} {
		c := h.campaign()
		c.Sources = []casefile.Source{{ID: "herald", Kind: "independent_media", Publisher: casefile.Text{"en": "Herald"}}}
		c.Events = []casefile.Event{x.event}
		d, err := h.drafts.Draft(t.Context(), "anna-berg")
		must(t, err)
		_, err = h.drafts.Save(t.Context(), "anna-berg", d.Revision, letter.WriteDraft(c), "lead")
		must(t, err)
		page := rowan.Sees("/desk/c/anna-berg")
		if !strings.Contains(page, `<a href="/desk/c/anna-berg/case">What happened, and who says so</a>`) {
			t.Fatalf("%s: there is no such step: %s", x.name, page)
		}
		if told := !strings.Contains(page, "nobody knows whether the person is held"); told != x.told {
			t.Errorf("%s: told is %v", x.name, told)
		}
	}
}
