package campaign

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk/desktest"
)

var withinForm = regexp.MustCompile(`href="([^"#]+)#([^"]+)"`)

// The texts that are missing are named on the campaign's page and before publishing, each with a link to the field where it is typed.
func TestWhatIsMissingIsNamed(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en", "ru")
	const at = "/desk/c/anna-berg"
	linked := func(page string) (to []string) {
		t.Helper()
		for _, m := range withinForm.FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], at) {
				continue
			}
			to = append(to, m[1]+"#"+m[2])
			if !strings.Contains(rowan.Sees(m[1]), `id="`+m[2]+`"`) {
				t.Errorf("%s has no field %s", m[1], m[2])
			}
		}
		return to
	}
	if list := linked(rowan.Sees(at)); len(list) > 0 {
		t.Errorf("nothing is missing: %v", list)
	}
	base := desktest.Hidden(rowan.Sees(at+"/texts/ru"), "base")
	if w := rowan.Ask("POST", at+"/texts/ru", url.Values{"base": {base}, "letter-ask-letter": {""}, "title": {""}}); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	rowan.Prove()
	want := at + "/texts/ru#title " + at + "/texts/ru#letter-ask-letter"
	for _, path := range []string{at, at + "/publish"} {
		if have := strings.Join(linked(rowan.Sees(path)), " "); have != want {
			t.Errorf("%s leads to %s, want %s", path, have, want)
		}
	}
	reader := h.Joins(organiser.Home, "Reader", organiser.Reader)
	if page := reader.Sees(at); strings.Contains(page, "/texts/ru#") {
		t.Error("who may not write is led to a form")
	}
}

// What is wrong with a campaign is mended at the field that a problem is about.
func TestMendAt(t *testing.T) {
	c := &letter.Campaign{}
	c.Campaign.Languages = []lang.Tag{"en", "ru"}
	c.Letters = []letter.File{{Slug: "old", State: letter.Closed}, {Slug: "release"}}
	c.Events = []casefile.Event{{ID: "arrest"}, {}}
	c.Sources = []casefile.Source{{ID: "herald"}}
	c.Case.Title = casefile.Text{"en": "A title"}
	a := &at{slug: "anna"}
	for path, want := range map[string]string{
		"letters[1].body.ru":               "/texts/ru#letter-body-release",
		"letters[1].body":                  "/texts/en#letter-body-release",
		"letters[0].body.ru":               "/texts",
		"letters[1].asks[0]":               "/texts",
		"case.title":                       "/texts/ru#title",
		"case.title.en":                    "/texts/en#title",
		"person.names":                     "/texts/en#name",
		"campaign.contact":                 "/texts/en#contact",
		"campaign.banner":                  "/settings",
		"person.photo.alt":                 "/photo",
		"person.country":                   "/case/person#f.country",
		"case.publication.consents[0].day": "/ground",
		"events[0].evidence[1].source":     "/case/events/arrest#f.evidence.1.source",
		"events[1].what":                   "/case/events/_2#f.what",
		"sources[0].published":             "/case/sources/herald#f.published",
		"positions[2].org":                 "/case/positions/_3#f.org",
		"withheld":                         "/case/withheld",
	} {
		if have := a.mendAt(c, path); have != "/desk/c/anna"+want {
			t.Errorf("%s: %s, want %s", path, have, want)
		}
	}
}
