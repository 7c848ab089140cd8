package tongues

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/outlet/desk/desktest"
)

// Of more texts than stand beside a piece none is lost: the next one is not taken, stays in its field, and is taken once there is room; by a file likewise.
func TestTooManyBesideOnePiece(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
		const path = "events[id=bridge].what"
		first := r.opens(rowan, "ru", path)
		others := make([]*page, asideMost+1)
		for i := range others {
			others[i] = r.opens(rowan, "ru", path)
		}
		out := rowan.Ask("GET", langs+"/ru/file", nil).Body.String()
		file, _ := readCatalogue([]byte(out))
		first.types(path, "the first").sends()
		for i, p := range others[:asideMost] {
			if w := p.types(path, fmt.Sprint("other ", i)).sends(); w.Code != 409 {
				t.Fatalf("%d: %d", i, w.Code)
			}
		}
		all := func(want ...string) {
			t.Helper()
			list := r.tongue("ru").Aside[path]
			has := func(text string) bool {
				return slices.ContainsFunc(list, func(v draft.Version) bool { return v.Text == text })
			}
			for _, text := range want {
				if !has(text) {
					t.Errorf("%q is lost", text)
				}
			}
			if len(list) != asideMost {
				t.Errorf("%d texts beside the piece", len(list))
			}
		}
		all("other 0", "other 19")
		last := others[asideMost].types(path, "one too many")
		if code := last.autosaves(); code != 422 {
			t.Errorf("by itself: %d", code)
		}
		w := last.sends()
		back := fields(w.Body.String())
		if w.Code != 422 || back.Get("t-"+digest(path)) != "one too many" || !strings.Contains(w.Body.String(), "Twenty other texts wait") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		all("other 0", "other 19")
		if got := r.campaign().Event("bridge").What["ru"]; got != "the first" {
			t.Errorf("%q", got)
		}
		// What came back overwrites nobody either, for its author has not seen what stands there.
		last.form = back
		if w := last.sends(); w.Code != 422 || r.campaign().Event("bridge").What["ru"] != "the first" {
			t.Errorf("%d, and it says %q", w.Code, r.campaign().Event("bridge").What["ru"])
		}

		i := slices.IndexFunc(file.list, func(m message) bool { return m.ctx == path })
		file.list[i].str = "by a file"
		w = sendsFile(rowan, langs+"/ru/file", file.write())
		name := desktest.Hidden(w.Body.String(), "name")
		take := func() *httptest.ResponseRecorder {
			return rowan.Ask("POST", langs+"/ru/file", url.Values{"name": {name}, "act": {"take"}})
		}
		if w := take(); w.Code != 422 || !strings.Contains(w.Body.String(), "1 text was not taken in") || desktest.Hidden(w.Body.String(), "name") != name {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		r.opens(rowan, "ru", path).sends("drop", digest(path)+"-"+digest("other 3"))
		if w := take(); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		all("other 0", "by a file")
		if w := last.sends("drop", digest(path)+"-"+digest("other 4")); w.Code != 422 || fields(w.Body.String()).Get("t-"+digest(path)) != "one too many" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := last.sends(); w.Code != 409 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		all("other 0", "one too many")
	})
}
