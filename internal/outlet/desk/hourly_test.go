package desk

import (
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
)

// Whoever took a cookie sends no more forms by it than people do; its owner, signed in anew, and everybody else do, and by any session a room is locked.
func TestFormsOfASessionEnd(t *testing.T) {
	h := open(t)
	rowan, ash := h.joins(organiser.Home, "Rowan", organiser.Lead), h.joins(organiser.Home, "Ash", organiser.Reader)
	thief := *rowan
	post := func(b *browser, path string) int { t.Helper(); return b.ask("POST", path, nil).Code }
	id := thief.session().ID
	for range formsMost - 1 {
		if !h.desk.forms.Take(id, formsMost, h.now) {
			t.Fatal("too early")
		}
	}
	const path = Root + "/proposals/none"
	if code := post(&thief, path); code != 422 {
		t.Errorf("the last one that is taken: %d", code)
	}
	if w := thief.ask("POST", path, nil); w.Code != 429 || !strings.Contains(w.Body.String(), "Sign in anew") {
		t.Errorf("one more: %d %s", w.Code, w.Body)
	}
	if code := thief.ask("GET", Root+"/", nil).Code; code != 200 {
		t.Errorf("a page: %d", code)
	}
	if code := post(ash, path); code != 422 {
		t.Errorf("somebody else: %d", code)
	}
	h.now = h.now.Add(time.Minute)
	owner := *rowan
	owner.cookie = ""
	owner.signIn("")
	if code := post(&owner, path); code != 422 {
		t.Errorf("the owner, signed in anew: %d", code)
	}
	if code := post(&thief, Root+"/out"); code != 303 {
		t.Errorf("signing out: %d", code)
	}
	h.now = h.now.Add(time.Hour)
	if code := post(&owner, path); code != 422 {
		t.Errorf("an hour later: %d", code)
	}
}

// What is given back can be taken again, within the hour in which it was taken; what was never taken can't.
func TestHourly(t *testing.T) {
	var h Hourly
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	h.Give("a")
	for n, want := range []bool{true, true, false, false} {
		if h.Take("a", 2, now) != want {
			t.Errorf("%d of two: %v", n+1, !want)
		}
	}
	h.Give("a")
	if !h.Take("a", 2, now) || h.Take("a", 2, now) || !h.Take("b", 2, now) {
		t.Error("one was given back, and another's is another's")
	}
	now = now.Add(time.Hour)
	if h.Give("a"); !h.Take("a", 1, now) {
		t.Error("an hour later")
	}
	h.Give("b")
	if !h.Take("b", 1, now) || h.Take("b", 1, now) {
		t.Error("one of the hour before was given back to this one")
	}
}
