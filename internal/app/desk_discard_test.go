package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
)

// named are the tables in which a word stands.
func (h *hall) named(word string) (where []string) {
	h.t.Helper()
	for table, columns := range h.tables() {
		found := false
		must(h.t, h.App.DB.View(h.t.Context(), func(tx *db.Tx) error {
			cells, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range cells {
				into[i] = &cells[i]
			}
			return tx.Each("SELECT "+strings.Join(columns, ", ")+" FROM "+table, nil, func(scan func(...any) error) error {
				err := scan(into...)
				for _, c := range cells {
					switch c := c.(type) {
					case []byte:
						found = found || strings.Contains(string(c), word)
					case string:
						found = found || strings.Contains(c, word)
					}
				}
				return err
			})
		}))
		if found {
			where = append(where, table)
		}
	}
	return where
}

// A draft goes whole, with all that hangs by it: only the trail and the errand still name it. From the third organiser on two decide it, and another's stays.
func TestDiscardDraft(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		ctx := t.Context()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.agrees(rowan, at)
		file, p := noise(t, 7)
		h.pictures(rowan, at, file)
		_, _, err := h.Drafts.Welcome(ctx, "anna-berg", "en")
		must(t, err)
		key, err := seal.NewIdentityFile(filepath.Join(t.TempDir(), "committee.key"), h.House.Now)
		must(t, err)
		_, err = h.News.BeginDrill(ctx, "anna-berg", key.String())
		must(t, err)
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO news_key (casefile, recipient, chosen) VALUES ('anna-berg', $1, 1)`, key.String())
			return err
		}))
		other := answered()
		other.Set("slug", "boris-lind")
		if w := rowan.Ask("POST", "/desk/new", other); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if !strings.Contains(rowan.Sees(at+"/settings"), at+"/discard") {
			t.Error("the settings don't lead to it")
		}
		rowan.Prove()
		if w := rowan.Ask("POST", at+"/discard", url.Values{}); w.Code != 422 || !strings.Contains(w.Body.String(), `id="sure-error"`) {
			t.Errorf("without the tick: %d", w.Code)
		}
		if w := rowan.Ask("GET", at, nil); w.Code != 200 {
			t.Fatalf("gone without the tick: %d", w.Code)
		}
		gone, err := h.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		rowan.Does(at+"/discard", url.Values{"sure": {"yes"}})
		for _, table := range h.named("anna-berg") {
			if table != "organiser_trail" && table != "organiser_errand" {
				t.Errorf("%s still names it", table)
			}
		}
		if where := h.lies(h.App, p); len(where) > 0 {
			t.Errorf("its photograph lies in %v", where)
		}
		if n := h.count(t, "draft_photo"); n != 0 {
			t.Errorf("%d sealed photographs stay", n)
		}
		if w := rowan.Ask("GET", at, nil); w.Code != 404 {
			t.Errorf("its page: %d", w.Code)
		}
		if w := rowan.Ask("GET", "/desk/c/boris-lind", nil); w.Code != 200 {
			t.Errorf("another draft: %d", w.Code)
		}
		again := func(c organiser.Committee, wants string, d draft.Draft) { // an errand may run again, whatever has become of the name meanwhile
			t.Helper()
			sum := sha256.Sum256(d.Doc)
			if err := h.discardDraft(ctx, c, "anna-berg", d.Revision, hex.EncodeToString(sum[:])); fmt.Sprint(err) != wants {
				t.Errorf("discarded again: %v, want %s", err, wants)
			}
		}
		home := rowan.Session().Committee
		again(home, "<nil>", gone)

		// The name is free, and nothing of what was there comes back.
		h.begun(rowan)
		fresh, err := h.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		again(home, errMoved.Error(), gone)
		again(home, errMoved.Error(), draft.Draft{Revision: fresh.Revision, Doc: gone.Doc})
		again(organiser.Committee{ID: "0123456789abcdef"}, "<nil>", fresh) // another committee's errand
		if w := rowan.Ask("GET", at, nil); w.Code != 200 {
			t.Errorf("an errand of before has deleted what was begun since: %d", w.Code)
		}
		if page := rowan.Sees(at + "/followers"); strings.Contains(page, key.String()) {
			t.Error("the key is proven for a campaign that is another one")
		}
		if _, chosen, err := h.News.Proven(ctx, "anna-berg"); err != nil || chosen != "" {
			t.Errorf("%q %v", chosen, err)
		}

		// What was public once is no draft.
		h.ground(rowan, at)
		h.publish(rowan, at)
		rowan.Prove()
		if w := rowan.Ask("POST", at+"/discard", url.Values{"sure": {"yes"}}); w.Code != 409 {
			t.Errorf("a public one: %d", w.Code)
		}
		if strings.Contains(rowan.Sees(at+"/settings"), at+"/discard") {
			t.Error("the settings lead to deleting what is public")
		}
		public, err := h.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		again(home, errPublic.Error(), public) // decided before its publication

		ash := h.Joins(organiser.Home, "Ash", organiser.Lead)
		h.Joins(organiser.Home, "Elm", organiser.Reader)
		rowan.Prove()
		rowan.Does("/desk/c/boris-lind/discard", url.Values{"sure": {"yes"}})
		page := rowan.Does("/desk/c/boris-lind/discard", url.Values{"sure": {"yes"}}) // which waits twice now
		if w := rowan.Ask("GET", "/desk/c/boris-lind", nil); w.Code != 200 {
			t.Fatalf("one alone has deleted: %d", w.Code)
		}
		ash.Prove()
		m := regexp.MustCompile(`action="(/desk/proposals/[^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%s", page)
		}
		ash.Does(m[1], url.Values{"act": {"approve"}})
		if w := rowan.Ask("GET", "/desk/c/boris-lind", nil); w.Code != 404 {
			t.Errorf("approved, and there: %d", w.Code)
		}
		if n := h.count(t, "organiser_proposal"); n != 0 {
			t.Errorf("%d proposals of what is gone still wait", n)
		}
	})
}
