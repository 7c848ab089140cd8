package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"outcry/internal/core/organiser"
)

// Whoever is signed out while they type is told so: the script asks before it sends, and without a script the page to sign in says that nothing was taken.
func TestSignedOutWhileTyping(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	invite := url.Values{"role": {"reader"}}
	if w := rowan.ask("POST", Root+"/invite", invite, requested, askedFirst); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
		t.Errorf("asked while signed in: %d %s", w.Code, w.Body)
	}
	if page := rowan.sees(Root + "/people"); strings.Contains(page, "invite/end") {
		t.Error("a question was taken for a form")
	}
	if page := rowan.sees(Root + "/invite"); !strings.Contains(page, `<template id="lapsed">`) {
		t.Error("the page has no words for it")
	}
	if w := rowan.ask("POST", Root+"/out", nil); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	for _, by := range []string{askedFirst, "autosave", "preview"} {
		if w := rowan.ask("POST", Root+"/invite", invite, requested, by); w.Code != http.StatusUnauthorized || w.Body.Len() > 0 {
			t.Errorf("%s: %d %s", by, w.Code, w.Body)
		}
	}
	const told = "what you just sent was not taken"
	w := rowan.ask("POST", Root+"/invite", invite)
	if page := rowan.sees(w.Header().Get("Location")); w.Code != http.StatusSeeOther || !strings.Contains(page, told) || !strings.Contains(page, `name="back" value="/desk/invite"`) {
		t.Errorf("a form: %d %s", w.Code, w.Header().Get("Location"))
	}
	w = rowan.ask("GET", Root+"/invite", nil)
	if page := rowan.sees(w.Header().Get("Location")); w.Code != http.StatusSeeOther || strings.Contains(page, told) {
		t.Errorf("a page: %d %s", w.Code, w.Header().Get("Location"))
	}
}

// Whoever joins is told of each field that has to be mended at once, with the pseudonym kept: the password and the code have to be typed anew each time.
func TestJoinNamesEachField(t *testing.T) {
	h := open(t)
	token, _, err := h.book.InviteByServer(t.Context(), organiser.Home, organiser.Lead, true)
	must(t, err)
	b, path := &browser{house: h}, organiser.JoinPath+token.Text()
	w := b.ask("POST", path, url.Values{"lang": {"en"}})
	w = b.ask("POST", path, url.Values{"lang": {"en"}, "act": {"join"}, "name": {"R"}, "password": {"short"}, "code": {"12"}, "device": {"phone"}, "carried": {hidden(w.Body.String(), "carried")}})
	page, last := w.Body.String(), 0
	for _, field := range []string{"name", "place", "password", "code"} {
		at := strings.Index(page, `href="#`+field+`"`)
		if at <= last || !strings.Contains(page, `id="`+field+`-error"`) {
			t.Errorf("%s is not named, or not in its turn", field)
		}
		last = at
	}
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, `value="R"`) {
		t.Errorf("%d", w.Code)
	}
}

// Whose word does not fit is led to the field to type it anew, at the door and wherever it is asked again; which of the three was wrong is not said.
func TestWrongWordLeadsToItsField(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	wrong := url.Values{"name": {"Rowan"}, "password": {"not these words"}, "code": {"000000"}, "device": {"phone"}}
	for path, b := range map[string]*browser{Root + "/in": {house: h}, Root + "/prove": rowan} {
		w := b.ask("POST", path, wrong)
		if page := w.Body.String(); w.Code != http.StatusForbidden || !strings.Contains(page, `href="#password"`) || !strings.Contains(page, `id="password"`) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
