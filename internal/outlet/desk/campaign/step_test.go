package campaign

import (
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
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

	// It is not done while a source does not say what sort it is: the page could not be published so.
	const unsorted = "A source lacks something, such as what sort it is"
	done := func() bool {
		page := rowan.Sees("/desk/c/anna-berg")
		step := page[strings.Index(page, `>What happened, and who says so</a>`):]
		step = step[:strings.Index(step, "</li>")]
		if strings.Contains(step, unsorted) == strings.Contains(step, "Done") {
			t.Errorf("%s", step)
		}
		return strings.Contains(step, "Done")
	}
	for _, x := range []struct {
		name   string
		source casefile.Source
		done   bool
	}{
		{"whole", casefile.Source{ID: "herald", Kind: "independent_media", Publisher: casefile.Text{"en": "Herald"}, Title: casefile.Text{"en": "Arrested"}, Published: day}, true},
		{"no kind", casefile.Source{ID: "herald", Publisher: casefile.Text{"en": "Herald"}, Title: casefile.Text{"en": "Arrested"}, Published: day}, false},
		{"no publisher", casefile.Source{ID: "herald", Kind: "independent_media", Title: casefile.Text{"en": "Arrested"}, Published: day}, false},
	} {
		c := h.campaign()
		c.Sources = []casefile.Source{x.source}
		d, err := h.drafts.Draft(t.Context(), "anna-berg")
		must(t, err)
		_, err = h.drafts.Save(t.Context(), "anna-berg", d.Revision, letter.WriteDraft(c), "lead")
		must(t, err)
		if done() != x.done {
			t.Errorf("%s: done is not %v: %v", x.name, x.done, c.Check())
		}
	}
}

// Nobody is sent to posters that there are none of: who may do no earlier step has nothing to do.
func TestNothingToSpreadYet(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en")
	elm := h.Joins(organiser.Home, "Elm", organiser.Reader)
	for path, nothing := range map[string]string{"/desk/": "There is nothing to do today.", "/desk/c/anna-berg": "Poster, card, text to send"} {
		page := elm.Sees(path)
		if strings.Contains(page, "See poster, card and text") || !strings.Contains(page, nothing) {
			t.Errorf("%s: %s", path, page)
		}
	}
}

// Without a mail server the desk says that of the desk's own mails, and not what a signer would be told.
func TestNoMailServer(t *testing.T) {
	h := open(t)
	for _, f := range []*fault.Error{fault.New(fault.Locked, "fault.no_mail"), fault.New(fault.Locked, "fault.mailproof.no_mail")} {
		for _, tag := range h.Catalog.Tags() {
			p := h.Catalog.Printer(tag)
			list, was, err := told(p, f)
			if err != nil || was != f || len(list) != 1 || list[0].Text != p.T("fault.mailproof.no_mail") || list[0].Text == p.T("fault.no_mail") {
				t.Errorf("%s: %v %v %v", tag, list, was, err)
			}
		}
	}
}
