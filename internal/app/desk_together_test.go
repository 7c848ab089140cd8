package app

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// formOf is what a browser sends of a page's form to an address, without a button.
func formOf(t *testing.T, page, action string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	must(t, err)
	attr := func(n *html.Node, key string) (string, bool) {
		i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
		if i < 0 {
			return "", false
		}
		return n.Attr[i].Val, true
	}
	var form url.Values
	for n := range doc.Descendants() {
		a, _ := attr(n, "action")
		if method, _ := attr(n, "method"); n.Data != "form" || a != action || method != "post" {
			continue
		}
		form = url.Values{}
		for in := range n.Descendants() {
			name, _ := attr(in, "name")
			value, _ := attr(in, "value")
			kind, _ := attr(in, "type")
			_, checked := attr(in, "checked")
			switch {
			case name == "":
			case in.Data == "input" && (checked || kind != "checkbox" && kind != "radio"):
				form.Add(name, value)
			case in.Data == "textarea" && in.FirstChild != nil:
				form.Add(name, in.FirstChild.Data)
			case in.Data == "textarea":
				form.Add(name, "")
			case in.Data == "select":
				chosen := ""
				for o := range in.Descendants() {
					if _, on := attr(o, "selected"); on {
						chosen, _ = attr(o, "value")
					}
				}
				form.Add(name, chosen)
			}
		}
		break
	}
	if form == nil {
		t.Fatalf("no form to %s in %.500s", action, page)
	}
	return form
}

// keptOfDraft is all that a draft keeps for its people to read: what it says now, and what waits aside because somebody else wrote the same.
func (h *hall) keptOfDraft(slug string) string {
	h.t.Helper()
	ctx := h.t.Context()
	d, err := h.Drafts.Draft(ctx, slug)
	must(h.t, err)
	all := string(d.Doc)
	list, err := h.Drafts.History(ctx, slug)
	must(h.t, err)
	for _, r := range list {
		if r.Open {
			one, err := h.Drafts.At(ctx, slug, r.N)
			must(h.t, err)
			all += string(one.Doc)
		}
	}
	return all
}

// together sends two forms at the same moment.
func together(a, b *desktest.Browser, pathA, pathB string, formA, formB url.Values) (one, two *httptest.ResponseRecorder) {
	var both sync.WaitGroup
	both.Go(func() { one = a.Ask("POST", pathA, formA) })
	both.Go(func() { two = b.Ask("POST", pathB, formB) })
	both.Wait()
	return one, two
}

func with(form url.Values, pairs ...string) url.Values {
	form = maps.Clone(form)
	for i := 0; i < len(pairs); i += 2 {
		form[pairs[i]] = []string{pairs[i+1]}
	}
	return form
}

// Two organisers write the same event, and translate the same text, at the same moment and from the same page: what each typed is in the draft or waits aside, and whoever came
// second is shown both. What they wrote at different places is all in the draft.
func TestTwoEditAtOnce(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		h.bringAnna()
		rowan, ash := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Ash", organiser.Editor)
		event, ru := "/desk/c/anna/case/events/arrest", "/desk/c/anna/languages/ru"
		rowan.Sees("/desk/c/anna")
		clashes := 0
		lost := func(what string, words ...string) {
			t.Helper()
			beside, _, err := h.Drafts.Tongue(t.Context(), "anna", "ru")
			must(t, err)
			shown, waiting := rowan.Sees(ru+"?show=clash"), 0 // to everybody, word by word beside the other one, with a button that takes it
			for _, list := range beside.Aside {
				for _, v := range list {
					waiting++
					for _, word := range strings.Fields(v.Text) {
						if !strings.Contains(shown, word) {
							t.Errorf("%s: %q is kept and not shown", what, v.Text)
						}
					}
				}
			}
			if n := strings.Count(shown, `name="use"`); n != waiting {
				t.Errorf("%s: %d texts wait, %d can be chosen", what, waiting, n)
			}
			for all := h.keptOfDraft("anna") + fmt.Sprint(beside.Waiting, beside.Aside); len(words) > 0; words = words[1:] {
				if !strings.Contains(all, words[0]) {
					t.Errorf("%s: %q is lost", what, words[0])
				}
			}
		}
		for round := range 5 {
			// The same words.
			form := formOf(t, rowan.Sees(event), event)
			mine, theirs := fmt.Sprintf("Rowan saw it, %d", round), fmt.Sprintf("Ash saw it, %d", round)
			one, two := together(rowan, ash, event, event, with(form, "f.what.en", mine), with(form, "f.what.en", theirs))
			codes := []int{one.Code, two.Code}
			slices.Sort(codes)
			if codes[0] != 303 || codes[1] != 409 {
				t.Errorf("the same event: %v %.300s", codes, one.Body)
			}
			for _, w := range []*httptest.ResponseRecorder{one, two} {
				if body := w.Body.String(); w.Code == 409 {
					clashes++
					if !strings.Contains(body, mine) || !strings.Contains(body, theirs) {
						t.Errorf("who came second is not shown both: %.300s", body)
					}
				}
			}
			lost("the same event", mine, theirs)

			// Different words of the same event.
			form = formOf(t, rowan.Sees(event), event)
			mine, theirs = fmt.Sprintf("It was evening, %d", round), fmt.Sprintf("Был вечер, %d", round)
			one, two = together(rowan, ash, event, event, with(form, "f.what.en", mine), with(form, "f.what.ru", theirs))
			if one.Code != 303 || two.Code != 303 {
				t.Errorf("different words of an event: %d, %d", one.Code, two.Code)
			}
			if now, err := h.Drafts.Draft(t.Context(), "anna"); err != nil || !strings.Contains(string(now.Doc), mine) || !strings.Contains(string(now.Doc), theirs) {
				t.Errorf("different words of an event are not both in the draft: %v", err)
			}

			// The same translation, each on a page of their own.
			formA, formB := formOf(t, rowan.Sees(ru), ru), formOf(t, ash.Sees(ru), ru)
			key := ""
			for name := range formA {
				if strings.HasPrefix(name, "t-") && (key == "" || name < key) {
					key = name
				}
			}
			if key == "" {
				t.Fatal("there is nothing to translate")
			}
			mine, theirs = fmt.Sprintf("Так перевела Ровен, %d", round), fmt.Sprintf("Так перевёл Эш, %d", round)
			one, two = together(rowan, ash, ru, ru, with(formA, key, mine), with(formB, key, theirs))
			codes = []int{one.Code, two.Code}
			slices.Sort(codes)
			if codes[0] != 200 || codes[1] != 409 {
				t.Errorf("the same translation: %v", codes)
			}
			clashes++
			lost("the same translation", mine, theirs)

			// One writes the event's words in the language that the other one translates them into.
			form, formB = formOf(t, rowan.Sees(event), event), nil
			page := ash.Sees(ru + "?show=all")
			formB = formOf(t, page, ru)
			key = keyOf(formB, fmt.Sprintf("Был вечер, %d", round))
			if key == "" { // another page of the list
				continue
			}
			mine, theirs = fmt.Sprintf("Написала Ровен, %d", round), fmt.Sprintf("Перевёл Эш, %d", round)
			together(rowan, ash, event, ru, with(form, "f.what.ru", mine), with(formB, key, theirs))
			lost("an event and its translation", mine, theirs)
		}
		if clashes < 8 {
			t.Errorf("they met only %d times", clashes)
		}
	})
}

// keyOf is the field that holds a text.
func keyOf(form url.Values, text string) string {
	for name := range form {
		if strings.HasPrefix(name, "t-") && form.Get(name) == text {
			return name
		}
	}
	return ""
}
