package campaign

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/outlet/desk/desktest"
)

// What is wrong is said at its field, and what was typed comes back; nothing is made.
func TestAnswers(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	for name, c := range map[string]struct {
		change func(url.Values)
		field  string
	}{
		"no name":            {func(f url.Values) { f.Set("name-ru", "\u202e ") }, "name-ru"},
		"no addressee":       {func(f url.Values) { f.Del("to-en") }, "to-en"},
		"no demand":          {func(f url.Values) { f.Set("ask-en", " \n ") }, "ask-en"},
		"a long name":        {func(f url.Values) { f.Set("name-en", strings.Repeat("a", 100<<10)) }, "name-en"},
		"a long demand":      {func(f url.Values) { f.Set("ask-en", strings.Repeat("я", 200)) }, "ask-en"},
		"a bad address":      {func(f url.Values) { f.Set("slug", "../etc") }, "slug"},
		"a capital":          {func(f url.Values) { f.Set("slug", "Anna-berg") }, "slug"},
		"a page of the site": {func(f url.Values) { f.Set("slug", "people") }, "slug"},
		"no language":        {func(f url.Values) { f.Del("tongue") }, "tongue"},
		"no such language":   {func(f url.Values) { f.Set("more", "qq-nonsense-") }, "more"},
		"no such country":    {func(f url.Values) { f.Set("country", "<b>") }, "country"},
	} {
		form := answeredIn("en", "ru")
		c.change(form)
		w := rowan.Ask("POST", "/desk/new", form)
		if w.Code != 422 || !strings.Contains(w.Body.String(), `href="#`+c.field+`"`) {
			t.Errorf("%s: %d", name, w.Code)
		}
		if !strings.Contains(w.Body.String(), "Committee ru") && name != "no language" {
			t.Errorf("%s: what was typed is gone", name)
		}
	}
	if all, err := h.drafts.Drafts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d drafts, %v", len(all), err)
	}

	form := answeredIn("en")
	form.Set("name-en", `<script>alert(1)</script> "É" Müller`+"\u202e")
	if w := rowan.Ask("POST", "/desk/new", form); w.Code != 422 || !strings.Contains(w.Body.String(), `href="#name-en"`) { // a name that reads as another one is refused
		t.Errorf("an override of direction: %d", w.Code)
	}
	form.Set("name-en", `<script>alert(1)</script> "É" Müller`)
	if w := rowan.Ask("POST", "/desk/new", form); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page := rowan.Sees("/desk/c/anna-berg") + rowan.Sees("/desk/c/anna-berg/texts/en") + rowan.Sees("/desk/")
	if strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") || strings.Contains(page, "\u202e") {
		t.Error("markup in a name is markup on a page")
	}
	if w := rowan.Ask("POST", "/desk/new", form); w.Code != 409 || !strings.Contains(w.Body.String(), `href="#slug"`) {
		t.Errorf("a name that is taken: %d", w.Code)
	}
}

var slugForm = regexp.MustCompile(`id="slug"[^>]* value="([^"]*)"`)

// The short name that is suggested, and that a draft gets where nobody typed one, says nothing of the person; what was typed is taken as it stands, or comes back so.
func TestShortName(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	seen := map[string]bool{}
	for range 20 {
		page := rowan.Does("/desk/new", url.Values{"tongue": {"en"}, "name-en": {"Anna Berg"}})
		m := slugForm.FindStringSubmatch(page)
		if m == nil || !neutralForm.MatchString(m[1]) || !isAddress(m[1]) || seen[m[1]] {
			t.Fatalf("the suggestion is %q", m)
		}
		seen[m[1]] = true
		if !strings.Contains(page, "names nobody") || !strings.Contains(page, "whoever takes the server can read it") {
			t.Error("nothing is said of who can read it")
		}
	}
	form := answeredIn("en")
	form.Set("slug", "")
	w := rowan.Ask("POST", "/desk/new", form)
	if slug, ok := strings.CutPrefix(w.Header().Get("Location"), "/desk/c/"); w.Code != 303 || !ok || !neutralForm.MatchString(slug) {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	form.Set("slug", "Anna-Berg")
	if w := rowan.Ask("POST", "/desk/new", form); w.Code != 422 || !strings.Contains(w.Body.String(), `value="Anna-Berg"`) || !strings.Contains(w.Body.String(), "single hyphens, 60 at most") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	form.Set("slug", "anna-berg")
	if w := rowan.Ask("POST", "/desk/new", form); w.Header().Get("Location") != "/desk/c/anna-berg" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Who asks again while an earlier answer is still awaited, and again meanwhile, is told of ten names all the same.
func TestShortNamesAtOnce(t *testing.T) {
	h := open(t)
	elm := h.Joins("allies", "Elm", organiser.Editor)
	form := answeredIn("en")
	form.Set("slug", "of-a-file")
	h.taken["of-a-file"] = true
	told, deep := map[int]int{}, 0
	ask := func() { told[elm.Ask("POST", "/desk/new", form).Code]++ }
	h.asked = func() {
		if deep++; deep <= takenMost {
			ask()
		}
	}
	ask()
	if told[409] != takenMost || told[429] != 1 {
		t.Errorf("%v", told)
	}
}

// A committee begins thirty campaigns an hour at the most, whoever of it; others begin theirs.
func TestCampaignsBegunEnd(t *testing.T) {
	h := open(t)
	elm, birch := h.Joins(organiser.Home, "Elm", organiser.Editor), h.Joins("allies", "Birch", organiser.Editor)
	begin := func(b *desktest.Browser) int {
		t.Helper()
		form := answeredIn("en")
		form.Set("slug", "")
		return b.Ask("POST", "/desk/new", form).Code
	}
	form := answeredIn("en")
	form.Set("slug", "of-a-file")
	h.taken["of-a-file"] = true
	for n := range begunMost {
		if code := begin(elm); code != 303 {
			t.Fatalf("%d: %d", n, code)
		}
	}
	if code := begin(elm); code != 429 {
		t.Errorf("one more: %d", code)
	}
	if w := elm.Ask("POST", "/desk/new", form); w.Code != 429 || strings.Contains(w.Body.String(), "is taken") {
		t.Errorf("one that is taken: %d", w.Code)
	}
	if code := begin(birch); code != 303 {
		t.Errorf("others: %d", code)
	}
	h.Now = h.Now.Add(time.Hour)
	if code := begin(elm); code != 303 {
		t.Errorf("an hour later: %d", code)
	}
}

// Another committee is told no more than that a name is taken, in the same words for whatever has it, and not for a whole list of names.
func TestShortNamesOfOthers(t *testing.T) {
	h := open(t)
	h.begun(h.Joins(organiser.Home, "Rowan", organiser.Lead), "en")
	h.taken["of-a-file"] = true
	elm := h.Joins("allies", "Elm", organiser.Editor)
	ask := func(slug string) (int, string) {
		t.Helper()
		form := answeredIn("en")
		form.Set("slug", slug)
		w := elm.Ask("POST", "/desk/new", form)
		return w.Code, strings.ReplaceAll(w.Body.String(), slug, "SLUG")
	}
	code, draft := ask("anna-berg")
	if _, file := ask("of-a-file"); code != 409 || draft != file || !strings.Contains(draft, "This short name is taken") {
		t.Errorf("%d\n%s\n%s", code, draft, file)
	}
	for range takenMost - 2 {
		if code, _ := ask("anna-berg"); code != 409 {
			t.Fatalf("%d", code)
		}
	}
	for slug, want := range map[string]int{"anna-berg": 429, "of-a-file": 429, "nobodys": 429, "bcdf-ghjk": 303, "": 303} {
		if code, _ := ask(slug); code != want {
			t.Errorf("%q after %d of them: %d, want %d", slug, takenMost, code, want)
		}
	}
	h.Now = h.Now.Add(time.Hour)
	elm.SignIn("allies")
	for slug, want := range map[string]int{"anna-berg": 409, "nobodys": 303} {
		if code, _ := ask(slug); code != want {
			t.Errorf("%q an hour later: %d, want %d", slug, code, want)
		}
	}
}
