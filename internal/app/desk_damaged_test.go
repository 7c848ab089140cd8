package app

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// harmed has the disk damage rows.
func (h *hall) harmed(query string, args ...any) {
	h.t.Helper()
	must(h.t, h.App.DB.Update(h.t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			h.t.Errorf("nothing is damaged: %s", query)
		}
		return err
	}))
}

// Whatever row of what is sealed at the desk is damaged, no page of it answers that something went wrong here: what is not damaged is there, and what is says so.
func TestDamagedRowsHideNothing(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		w := newTown(t, d)
		lead := w.people[organiser.Lead].fresh
		damaged := []byte("damaged")
		_, p := noise(t, 1)
		must(t, w.Drafts.KeepPhoto(t.Context(), "anna", p))
		must(t, w.Drafts.AskReview(t.Context(), "anna", 3, "lead", "look"))
		for _, harm := range []struct {
			what, query string
			args        []any
		}{
			{"nothing yet", `UPDATE draft_photo SET hour = hour`, nil},
			{"a line of the record", `UPDATE organiser_trail SET hash = $1, prev = $1 WHERE n = 2`, []any{damaged}},
			{"its last line", `UPDATE organiser_trail SET hash = $1 WHERE n = (SELECT MAX(n) FROM organiser_trail)`, []any{damaged}},
			{"its sealed days", `UPDATE organiser_trail_sealed SET box = $1, keys = 'damaged'`, []any{damaged}},
			{"what is proposed", `UPDATE organiser_proposal SET payload = $1`, []any{damaged}},
			{"what was decided", `UPDATE organiser_errand SET payload = $1, args = '{'`, []any{damaged}},
			{"a photograph", `UPDATE draft_photo SET kept = $1`, []any{damaged}},
			{"a remark", `UPDATE draft_review SET remark = $1`, []any{damaged}},
			{"notes on a language", `UPDATE draft_translation SET kept = $1`, []any{damaged}},
			{"an earlier version", `UPDATE draft_revision SET doc = $1 WHERE slug = 'anna' AND n = 1`, []any{damaged}},
			{"the newest version", `UPDATE draft_revision SET doc = $1 WHERE slug = 'anna'`, []any{damaged}},
		} {
			if harm.what == "notes on a language" { // which were begun by looking
				lead.Sees("/desk/c/anna/languages/en")
				lead.Ask("POST", "/desk/c/anna/languages", url.Values{"tongue": {"de"}})
			}
			w.harmed(harm.query, harm.args...)
			for pattern := range eachRoute() {
				if !strings.HasPrefix(pattern, "GET /desk/") {
					continue
				}
				if r := w.home.asked(lead, pattern); r.Code >= 500 || strings.Contains(r.Body.String(), "could not be read just now") {
					t.Errorf("%s is damaged: %s answers %d", harm.what, pattern, r.Code)
				}
			}
		}
		// Locking, of all, still works.
		if r := lead.Ask("POST", "/desk/safety/lock", nil); r.Code != 303 {
			t.Errorf("locking: %d", r.Code)
		}
	})
}

// A draft whose newest version is damaged says so on each of its pages and leads to the earlier ones, of which one takes its place; Today tells of it, and of the others as ever.
func TestDamagedDraft(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.agrees(rowan, at)
		other := answered()
		other.Set("slug", "boris-berg")
		if w := rowan.Ask("POST", "/desk/new", other); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		before, err := h.Drafts.Draft(t.Context(), "anna-berg")
		must(t, err)
		h.harmed(`UPDATE draft_revision SET doc = $1 WHERE slug = 'anna-berg' AND n = $2`, []byte("damaged"), before.Revision)
		const says = "What is kept of this version is damaged"
		for _, path := range []string{"", "/texts", "/photo", "/case", "/publish", "/changes", "/languages", "/settings", "/preview"} {
			if path == "/publish" {
				h.House.Now = h.House.Now.Add(time.Minute)
				rowan.Prove()
			}
			w := rowan.Ask("GET", at+path, nil)
			if page := w.Body.String(); w.Code != 409 || !strings.Contains(page, says) || !strings.Contains(page, `href="`+at+`/history"`) {
				t.Errorf("%s: %d %s", path, w.Code, page)
			}
		}
		today := rowan.Sees("/desk/")
		for _, want := range []string{"The draft is damaged", `href="` + at + `/history"`, `href="/desk/c/boris-berg"`, says} {
			if !strings.Contains(today, want) {
				t.Errorf("Today lacks %s: %s", want, today)
			}
		}
		page := rowan.Sees(at + "/history")
		if !strings.Contains(page, "The newest version is damaged") || !strings.Contains(page, `href="`+at+`/history/1"`) {
			t.Errorf("%s", page)
		}
		if page = rowan.Sees(at + "/history/1"); !strings.Contains(page, "Anna Berg") || !strings.Contains(page, at+"/history/1/restore") {
			t.Errorf("an earlier version: %s", page)
		}
		rowan.Does(at+"/history/1/restore", nil)
		if page = rowan.Sees(at); !strings.Contains(page, "Anna Berg") {
			t.Errorf("%s", page)
		}
		if page = rowan.Sees("/desk/"); strings.Contains(page, "damaged") {
			t.Errorf("Today tells of it still: %s", page)
		}
	})
}

// A draft's photograph that is damaged is told on its page, which takes it again, and on the page before publishing; the rest of the draft is there.
func TestDamagedPhotograph(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.agrees(rowan, at)
		h.prove(rowan)
		file, p := noise(t, 1)
		h.pictures(rowan, at, file)
		address := at + "/photo/" + p.SHA256() + ".jpg"
		h.harmed(`UPDATE draft_photo SET kept = $1`, []byte("damaged"))
		if page := rowan.Sees(at + "/photo"); !strings.Contains(page, "is damaged and can’t be opened") || !strings.Contains(page, "A woman at a window") || strings.Contains(page, address) {
			t.Errorf("%s", page)
		}
		if w := rowan.Ask("GET", address, nil); w.Code != 410 {
			t.Errorf("the picture answers %d", w.Code)
		}
		rowan.Prove()
		if w := rowan.Ask("POST", at+"/publish", url.Values{"base": {desktest.Hidden(rowan.Sees(at+"/photo"), "base")}, "checked": {"yes"}}); w.Code != 422 {
			t.Errorf("it is published without the picture that it names: %d", w.Code)
		}
		h.pictures(rowan, at, file)
		if w := rowan.Ask("GET", address, nil); w.Code != 200 || !slices.Equal(w.Body.Bytes(), p.Bytes) {
			t.Errorf("taken again: %d", w.Code)
		}
		h.publish(rowan, at)
		h.harmed(`UPDATE draft_photo SET kept = $1`, []byte("damaged"))
		if w := rowan.Ask("GET", address, nil); w.Code != 200 || !slices.Equal(w.Body.Bytes(), p.Bytes) {
			t.Errorf("what is public is at hand: %d", w.Code)
		}
	})
}
