package campaign

import (
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk/desktest"
)

const settingsAt = "/desk/c/anna-berg/settings"

// What is set stands in the draft, for the campaign and for each letter; what a box does not say is left as it is, and what nobody can choose is refused.
func TestSettings(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en", "ru", "ar")
	page := rowan.Sees(settingsAt)
	base := desktest.Hidden(page, "base")
	for _, want := range []string{"The count moves once a day, at midnight UTC.", "They become public with the next publication.", `id="banner-ar"`, "Let Anna go home en"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q", want)
		}
	}
	form := url.Values{"base": {base}, "first": {"ru"}, "run-en": {"Friends"}, "run-ru": {"Друзья"}, "run-ar": {"أصدقاء"}, "contact": {"friends@example.net"},
		"banner-en": {"The hearing is on <b>Monday</b>."}, "pace-letter": {"daily"}, "has-asks-letter": {"yes"}, "asks-letter": {"visits", "release"}, "has-names-letter": {"yes"}, "names-letter": {"yes"}}
	if page = rowan.Does(settingsAt, form); !strings.Contains(page, "Saved in the draft.") || !strings.Contains(page, html.EscapeString("<b>Monday</b>")) {
		t.Errorf("%s", page)
	}
	c := h.campaign()
	l := c.Letters[0]
	if !slices.Equal(c.Campaign.Languages, []lang.Tag{"ru", "en", "ar"}) || c.Campaign.RunBy["ru"] != "Друзья" || l.RunBy["ar"] != "أصدقاء" || c.Campaign.Contact != "friends@example.net" || l.Contact != "friends@example.net" ||
		len(c.Campaign.Banner) != 1 || l.Pace != letter.Daily || !l.NoNames || !slices.Equal(l.Asks, []casefile.Ask{"release", "visits"}) {
		t.Errorf("%+v\n%+v", c.Campaign, l)
	}
	if p := c.Check(); len(p) != 0 {
		t.Errorf("%v", p)
	}
	// The box that is there and not ticked says no; the one that is not there says nothing.
	base = desktest.Hidden(page, "base")
	rowan.Does(settingsAt, url.Values{"base": {base}, "has-names-letter": {"yes"}})
	if l := h.campaign().Letters[0]; l.NoNames || len(l.Asks) != 2 || l.Pace != letter.Daily {
		t.Errorf("%+v", l)
	}
	before := string(letter.WriteDraft(h.campaign()))
	for field, value := range map[string]string{"pace-letter": "yearly", "asks-letter": "ransom", "names-letter": "perhaps", "first": "fr"} {
		if w := rowan.Ask("POST", settingsAt, url.Values{"base": {base}, field: {value}}); w.Code != 422 {
			t.Errorf("%s: %d", field, w.Code)
		}
	}
	w := rowan.Ask("POST", settingsAt, url.Values{"base": {base}, "contact": {"kept@example.net"}, "banner-en": {strings.Repeat("a", bannerMost+1)}})
	if w.Code != 422 || !strings.Contains(w.Body.String(), `href="#banner-en"`) || !strings.Contains(w.Body.String(), "kept@example.net") {
		t.Errorf("%d", w.Code)
	}
	if string(letter.WriteDraft(h.campaign())) != before {
		t.Error("what was refused is in the draft")
	}
	// What must not be asked for is marked.
	c = h.campaign()
	c.Case.Refused = []casefile.Ask{"clemency"}
	d, err := h.drafts.Draft(t.Context(), "anna-berg")
	must(t, err)
	_, err = h.drafts.Save(t.Context(), "anna-berg", d.Revision, letter.WriteDraft(c), "editor")
	must(t, err)
	if page := rowan.Sees(settingsAt); !strings.Contains(page, "Clemency (not to be asked for in the person’s name)") {
		t.Error("a refused demand stands there as any other")
	}
	if ash := h.Joins(organiser.Home, "Ash", organiser.Moderator); ash.Ask("GET", settingsAt, nil).Code != 403 {
		t.Error("who may not edit sees them")
	}
	if page := rowan.Sees("/desk/c/anna-berg"); !strings.Contains(page, settingsAt) {
		t.Error("no link")
	}
	for _, tag := range languages {
		if page := rowan.Sees(settingsAt + "?lang=" + string(tag)); !strings.Contains(page, h.Catalog.Printer(tag).T("desk.campaign.pace.means_immediate")) {
			t.Errorf("%s", tag)
		}
	}
}

// Two people set different things: both stand. The same: both are told in words, and one press puts mine there.
func TestSettingsOfTwo(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	ash := h.Joins(organiser.Home, "Ash", organiser.Editor)
	h.begun(rowan, "en", "ru")
	base := desktest.Hidden(rowan.Sees(settingsAt), "base")
	auto := func(b *desktest.Browser, form url.Values) (int, string) {
		w := b.Ask("POST", settingsAt, form, "X-Requested-With", "autosave")
		return w.Code, strings.Trim(w.Header().Get("ETag"), `"`)
	}
	if code, next := auto(rowan, url.Values{"base": {base}, "contact": {"new@example.net"}, "run-en": {"Rowan’s friends"}}); code != 204 || next == "" {
		t.Fatalf("%d %q", code, next)
	}
	ash.Does(settingsAt, url.Values{"base": {base}, "pace-letter": {"immediate"}})
	if c := h.campaign(); c.Campaign.Contact != "new@example.net" || c.Letters[0].Pace != letter.Immediate {
		t.Errorf("%+v", c.Campaign)
	}
	if code, _ := auto(ash, url.Values{"base": {base}, "contact": {"other@example.net"}}); code != 409 {
		t.Errorf("%d", code)
	}
	w := rowan.Ask("POST", settingsAt, url.Values{"base": {base}, "pace-letter": {"daily"}, "run-en": {"Another committee"}})
	body := w.Body.String()
	if w.Code != 409 || !strings.Contains(body, "Once a day</textarea>") || !strings.Contains(body, "At once</textarea>") || !strings.Contains(body, "Rowan’s friends</textarea>") || strings.Contains(body, "letters[slug") {
		t.Errorf("%d %s", w.Code, body)
	}
	if h.campaign().Letters[0].Pace != letter.Immediate {
		t.Error("theirs is gone")
	}
	rowan.Does(settingsAt, url.Values{"base": {desktest.Hidden(body, "base")}, "settle": {desktest.Hidden(body, "settle")}, "pace-letter": {desktest.Hidden(body, "pace-letter")}, "run-en": {desktest.Hidden(body, "run-en")}})
	if c := h.campaign(); c.Letters[0].Pace != letter.Daily || c.Letters[0].RunBy["en"] != "Another committee" {
		t.Errorf("%+v", c.Letters[0])
	}
}

// A further letter is a draft with the sample, follows the last one and goes on as that does for the safety of who signs.
func TestFurtherLetter(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en", "ru")
	rowan.Does(settingsAt, url.Values{"base": {desktest.Hidden(rowan.Sees(settingsAt), "base")}, "pace-letter": {"daily"}, "names-letter": {"yes"}})
	const at = "/desk/c/anna-berg/letter/new"
	page := rowan.Sees(at)
	form := url.Values{"base": {desktest.Hidden(page, "base")}, "slug": {"letter-2"}, "succeeds": {"letter"}, "to-en": {"To the Supreme Court"}, "ask-en": {"Overturn the verdict"}, "to-ru": {"To the Court of Appeal"}}
	for _, want := range []string{`value="letter-2"`, `<option value="letter" selected>`, `value="To the Court en"`} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %s", want)
		}
	}
	for field, value := range map[string]string{"slug": "sign", "to-en": "", "ask-en": "", "ask-ru": strings.Repeat("я", 200)} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(field, value)
		if w := rowan.Ask("POST", at, bad); w.Code != 422 || !strings.Contains(w.Body.String(), `href="#`+field+`"`) || !strings.Contains(w.Body.String(), "Supreme Court") && field != "to-en" {
			t.Errorf("%s: %d", field, w.Code)
		}
	}
	form.Set("slug", "letter")
	if w := rowan.Ask("POST", at, form); w.Code != 422 || !strings.Contains(w.Body.String(), "A letter of this campaign has this address.") {
		t.Errorf("%d", w.Code)
	}
	form.Set("slug", "appeal")
	if w := rowan.Ask("POST", at, form); w.Code != 303 || w.Header().Get("Location") != "/desk/c/anna-berg/texts" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	c := h.campaign()
	l := c.Letters[1]
	if l.Slug != "appeal" || l.Succeeds != "letter" || l.State != letter.Draft || l.Pace != letter.Daily || !l.NoNames || l.Title["en"] != "Overturn the verdict" || l.RunBy["en"] != "Committee en" || l.Contact != "committee@example.net" ||
		!strings.Contains(l.Body["en"], "**Anna Berg en**\n\n") || len(l.Title) != 1 || len(l.Addressee) != 1 {
		t.Errorf("%+v", l)
	}
	if p := c.Check(); len(p) != 0 {
		t.Errorf("%v", p)
	}
	if page := rowan.Sees(settingsAt); !strings.Contains(page, `id="pace-appeal"`) {
		t.Error("it has no settings")
	}
	if w := rowan.Ask("POST", at, url.Values{"base": {desktest.Hidden(page, "base")}, "slug": {"x"}, "succeeds": {"nothing"}, "to-en": {"a"}, "ask-en": {"b"}}); w.Code != 422 {
		t.Errorf("%d", w.Code)
	}
}
