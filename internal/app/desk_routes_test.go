package app

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/desktest"
)

// guestDoors are the pages for who has no session, of the whole installation: the list is whole.
var guestDoors = []string{"GET /desk/in", "POST /desk/in", "GET /desk/join/{token}", "POST /desk/join/{token}", "POST /desk/passkey/ask", "POST /desk/in/passkey"}

// Each page of the desk, of every feature, tried as nobody, as every role with and without a fresh proof, and by a lead of another committee: what a role may not is
// refused and noted, what is grave asks for a proof, and another committee's case is not there. No page that may be read fails.
func TestEveryDeskPageAsEverybody(t *testing.T) {
	h := newHall(t, db.Config{})
	h.bringAnna()
	everybody := map[organiser.Role]*desktest.Browser{}
	for _, r := range organiser.Roles() {
		everybody[r] = h.Joins(organiser.Home, "Person "+string(r), r)
	}
	stranger := h.Joins("allies", "Stranger", organiser.Lead)
	stranger.Prove()
	blank := regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)
	filled := func(pattern string) (method, path string) {
		method, path, _ = strings.Cut(pattern, " ")
		path = strings.NewReplacer("{$}", "", "{case}", "anna", "{letter}", "release", "{tongue}", "en", "{lang}", "en", "{token}", strings.Repeat("A", 43)).Replace(path)
		return method, blank.ReplaceAllString(path, "1")
	}
	reads := 0
	for _, route := range h.room.Load().Routes() {
		method, path := filled(route.Pattern)
		if route.Act == "" {
			if !slices.Contains(guestDoors, route.Pattern) && !strings.Contains(route.Pattern, " "+desk.Root+"/t/{token}") {
				t.Errorf("%s is open to everybody", route.Pattern)
			}
			continue
		}
		if w := (&desktest.Browser{House: h.House}).Ask(method, path, url.Values{}); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), desk.Root+"/in") {
			t.Errorf("nobody: %s: %d %s", route.Pattern, w.Code, w.Body)
		}
		if strings.Contains(route.Pattern, "{case}") {
			if w := stranger.Ask(method, path, url.Values{}); w.Code != 404 {
				t.Errorf("another committee: %s: %d %s", route.Pattern, w.Code, w.Body)
			}
		}
		for _, r := range organiser.Roles() {
			b, what := everybody[r], fmt.Sprintf("%s: %s", r, route.Pattern)
			switch may, steps := organiser.May(r, route.Act), organiser.Steps(route.Act); {
			case !may:
				if w := b.Ask(method, path, url.Values{}); w.Code != 403 || !strings.Contains(w.Body.String(), "Your role may not do this.") {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
				if !slices.Contains(b.Trail(), string(r)+" "+string(route.Act)+" refused") {
					t.Errorf("%s: nobody is told", what)
				}
			case steps:
				if w := b.Ask(method, path, url.Values{}); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), desk.Root+"/prove?") {
					t.Errorf("%s without a proof: %d %s", what, w.Code, w.Body)
				}
			case method == "GET":
				reads++
				if w := b.Ask(method, path, nil); w.Code >= 500 {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
			}
		}
	}
	lead := everybody[organiser.Lead]
	for _, route := range h.room.Load().Routes() {
		method, path := filled(route.Pattern)
		if method != "GET" || !organiser.Steps(route.Act) {
			continue
		}
		if !lead.Session().Fresh {
			lead.Prove()
		}
		if w := lead.Ask(method, path, nil); w.Code >= 500 {
			t.Errorf("a lead who has proven it: %s: %d %s", route.Pattern, w.Code, w.Body)
		}
	}
	if reads < 60 {
		t.Errorf("only %d pages were read", reads)
	}
}
