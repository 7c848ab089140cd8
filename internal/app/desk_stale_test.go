package app

import (
	"net/url"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// A page that lay open while somebody published undoes nothing that it did not show: the publication before, of which it speaks, would be public again by it. Nor does an errand
// that had to wait.
func TestUndoOfWhatWasSeen(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.publish(rowan, at)
		says := func(text string) {
			h.written(func(c *letter.Campaign) { c.Case.Summary = casefile.Text{"en": text, "ru": text} })
			h.publish(rowan, at)
		}
		says("What harms somebody.")
		open := url.Values{"mark": {desktest.Hidden(rowan.Sees(at), "mark")}}
		says("What harms nobody.")
		later := h.outside()
		if w := rowan.Ask("POST", at+"/undo", open); w.Code != 409 {
			t.Errorf("the page of the publication before: %d %s", w.Code, w.Header().Get("Location"))
		}
		if err := h.undoDraft(t.Context(), "anna-berg", open.Get("mark"), 1, "lead"); err == nil {
			t.Error("an errand that waited is carried out")
		}
		h.same(later, h.outside(), "a page that is older")
		rowan.Does(at+"/undo", url.Values{"mark": {desktest.Hidden(rowan.Sees(at), "mark")}})
		h.done(rowan)
		if _, body := h.get("/en/anna-berg"); !strings.Contains(body, "What harms somebody.") {
			t.Error("the page that shows it does not undo it")
		}
	})
}

// What is deleted is the draft that was looked at: what somebody has written since is looked at first.
func TestDiscardOfWhatWasSeen(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		rowan.Prove()
		page := rowan.Sees(at + "/discard")
		h.written(func(c *letter.Campaign) { c.Case.Summary = casefile.Text{"en": "An evening's work."} })
		w := rowan.Ask("POST", at+"/discard", url.Values{"sure": {"yes"}, "base": {desktest.Hidden(page, "base")}})
		if w.Code != 409 || rowan.Ask("GET", at, nil).Code != 200 {
			t.Fatalf("%d: what nobody has looked at is deleted", w.Code)
		}
		rowan.Does(at+"/discard", url.Values{"sure": {"yes"}, "base": {desktest.Hidden(w.Body.String(), "base")}})
		if rowan.Ask("GET", at, nil).Code != 404 {
			t.Error("the page that came back deletes nothing")
		}
	})
}
