package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/seal"
)

// doorsOpen is the whole list of pages for who has no session.
var doorsOpen = []string{"GET /desk/in", "POST /desk/in", "GET /desk/join/{token}", "POST /desk/join/{token}", "POST /desk/passkey/ask", "POST /desk/in/passkey"}

// filled is a route's address with something in its blanks.
func filled(pattern string, with map[string]string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	for name, value := range with {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return method, path
}

// Each page of the desk, tried as nobody, as every role with and without a fresh proof, and with the ids of another committee. What a role may not is refused, noted,
// and changes nothing; what is grave asks for a proof first.
func TestEveryPageAsEverybody(t *testing.T) {
	h := open(t)
	h.desk.Require(organiser.Edit, "GET "+Root+"/case/{case}", func(w http.ResponseWriter, _ *http.Request, _ *Visit) error { w.WriteHeader(200); return nil })
	h.desk.Require(organiser.Export, "POST "+Root+"/case/{case}/export", func(w http.ResponseWriter, _ *http.Request, _ *Visit) error { w.WriteHeader(200); return nil })
	everybody := map[organiser.Role]*browser{}
	for _, r := range organiser.Roles() {
		everybody[r] = h.joins(organiser.Home, "Person "+string(r), r)
	}
	h.now = h.now.Add(time.Hour)
	stranger := h.joins("allies", "Stranger", organiser.Lead)
	nobody := &browser{house: h}
	theirs := map[string]string{"id": stranger.session().Organiser.ID, "case": "anna", "token": strings.Repeat("A", 43), "day": "2026-02-28"}

	var open []string
	for _, route := range h.desk.Routes() {
		method, path := filled(route.Pattern, theirs)
		if route.Act == "" {
			open = append(open, route.Pattern)
			continue
		}
		w := nobody.ask(method, path, url.Values{"act": {"end"}, "id": {"x"}})
		if w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), Root+"/in") || w.Body.Len() > 200 {
			t.Errorf("nobody: %s: %d %s", route.Pattern, w.Code, w.Body)
		}
		for _, r := range organiser.Roles() {
			if route.Pattern == "POST "+Root+"/out" {
				continue // below
			}
			b, what := everybody[r], fmt.Sprintf("%s: %s", r, route.Pattern)
			// a form that means nobody and nothing of this committee
			w := b.ask(method, path, url.Values{"act": {"end"}, "id": {theirs["id"]}, "role": {""}})
			switch may, steps := organiser.May(r, route.Act), organiser.Steps(route.Act); {
			case !may:
				if w.Code != 403 || !strings.Contains(w.Body.String(), "Your role may not do this.") {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
				if !slices.Contains(b.trail(), string(r)+" "+string(route.Act)+" refused") {
					t.Errorf("%s: nobody is told", what)
				}
			case steps:
				if w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), Root+"/prove?") {
					t.Errorf("%s without a proof: %d %s", what, w.Code, w.Body)
				}
			case method == "GET" && strings.Contains(path, "{"):
				t.Errorf("%s: a blank is left", what)
			case strings.HasPrefix(route.Pattern, "GET "+Root+"/proposals/{") || strings.HasPrefix(route.Pattern, "GET "+Root+"/errands/{") || strings.HasPrefix(route.Pattern, "GET "+Root+"/trail/sealed"):
				if w.Code != 404 && w.Code != 410 {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
			case method == "GET":
				if w.Code != 200 {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
			case w.Code == 200:
				t.Errorf("%s: 200", what)
			}
		}
	}
	if !slices.Equal(open, doorsOpen) {
		t.Errorf("open to everybody: %q", open)
	}

	// With a fresh proof a lead still finds nobody of another committee, nor anything of it.
	lead := everybody[organiser.Lead]
	lead.prove()
	stranger.prove()
	w := stranger.ask("POST", Root+"/invite", url.Values{"role": {"reader"}})
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	desk, err := h.book.People(t.Context(), stranger.session())
	must(t, err)
	invitation := desk.Invitations[0].ID
	for what, w := range map[string]int{
		"a person":      lead.ask("GET", Root+"/people/"+theirs["id"], nil).Code,
		"a role":        lead.ask("POST", Root+"/people/"+theirs["id"], url.Values{"act": {"change"}, "role": {"reader"}, "place": {"inside"}}).Code,
		"an end":        lead.ask("POST", Root+"/people/"+theirs["id"], url.Values{"act": {"end"}}).Code,
		"a sign out":    lead.ask("POST", Root+"/people/"+theirs["id"], url.Values{"act": {"out"}}).Code,
		"an invitation": lead.ask("POST", Root+"/invite/end", url.Values{"id": {invitation}}).Code,
		"a session":     lead.ask("POST", Root+"/sessions", url.Values{"id": {stranger.session().ID}}).Code,
		"a case":        stranger.ask("GET", Root+"/case/anna", nil).Code,
		"an export":     stranger.ask("POST", Root+"/case/anna/export", nil).Code,
	} {
		if w != 404 {
			t.Errorf("another committee's: %s: %d", what, w)
		}
	}
	if w := lead.ask("POST", Root+"/case/anna/export", nil).Code; w != 200 {
		t.Errorf("one's own: %d", w)
	}
	for _, page := range []string{"/people", "/trail", "/proposals", "/sessions", "/"} {
		if body := lead.sees(Root + page); strings.Contains(body, "Stranger") || strings.Contains(body, "allies") {
			t.Errorf("%s tells of another committee", page)
		}
	}
	if acts := stranger.trail(); slices.ContainsFunc(acts, func(a string) bool { return !strings.HasPrefix(a, "server ") && !strings.HasPrefix(a, "lead ") }) || len(acts) > 8 {
		t.Errorf("their trail: %q", acts)
	}
	again, err := h.book.People(t.Context(), stranger.session())
	must(t, err)
	if len(again.People) != 1 || again.People[0].Role != organiser.Lead || len(again.Invitations) != 1 {
		t.Errorf("their committee: %+v", again)
	}
}

// Nobody is given a session that somebody else knows, nor keeps one: a token that was there before signing in is nobody's after it, and a cookie is never taken from an address or a form.
func TestNoSessionIsFixed(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	mallory := h.joins(organiser.Home, "Mallory", organiser.Reader)
	victim := &browser{house: h, name: "Rowan", secret: rowan.secret, cookie: mallory.cookie} // planted
	planted := mallory.cookie
	if w := victim.signIn(""); w.Code != 303 || victim.cookie == planted {
		t.Fatalf("%d", w.Code)
	}
	if w := mallory.ask("GET", Root+"/", nil); w.Code != 303 {
		t.Errorf("the planted session is open: %d", w.Code)
	}
	invented := strings.Repeat("A", 43)
	victim.cookie = invented
	if victim.signIn(""); victim.cookie == invented {
		t.Error("an invented token was taken")
	}
	held := victim.cookie
	nobody := &browser{house: h}
	for _, path := range []string{Root + "/?" + Cookie + "=" + held, Root + "/;" + Cookie + "=" + held, "/?" + held} {
		if w := nobody.ask("GET", path, nil); w.Code == 200 && strings.Contains(w.Body.String(), "Signed in") {
			t.Errorf("%s opens the desk", path)
		}
	}
	if w := victim.ask("GET", "/", nil); len(w.Result().Cookies()) > 0 {
		t.Error("the public side sets a cookie")
	}
}

// A stolen session reads what its role reads, and that is noted; it can't invite, change people, export or open anything grave, nor prove itself, and the owner sees and ends it.
func TestStolenSession(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	ash := h.joins(organiser.Home, "Ash", organiser.Editor)
	exported := false
	h.desk.Require(organiser.Export, "POST "+Root+"/export", func(http.ResponseWriter, *http.Request, *Visit) error { exported = true; return nil })
	rowan.prove()
	h.now = h.now.Add(6 * time.Minute)
	thief := &browser{house: h, cookie: rowan.cookie}
	for _, p := range []struct {
		method, path string
		form         url.Values
	}{{"POST", "/export", nil}, {"POST", "/invite", url.Values{"role": {"lead"}}}, {"POST", "/people/" + ash.session().Organiser.ID, url.Values{"act": {"end"}}}, {"GET", "/ways", nil},
		{"POST", "/ways/password", url.Values{"password": {"the thief's own password"}}}, {"POST", "/ways/codes", nil}, {"GET", "/ways/authenticator", nil}} {
		if w := thief.ask(p.method, Root+p.path, p.form); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), Root+"/prove?") {
			t.Errorf("%s: %d %s", p.path, w.Code, w.Body)
		}
	}
	for _, code := range []string{"", "000000", "123456"} {
		if w := thief.ask("POST", Root+"/prove", url.Values{"password": {"a guess at a password"}, "code": {code}}); w.Code != 403 {
			t.Errorf("a guess: %d", w.Code)
		}
	}
	if w := thief.ask("POST", Root+"/prove", url.Values{"password": {password}, "code": {"000000"}}); w.Code != 403 {
		t.Errorf("with the password alone: %d", w.Code)
	}
	h.now = h.now.Add(time.Hour)
	thief.sees(Root + "/people")
	if acts := ash.trail(); exported || acts[len(acts)-1] != "lead look " {
		t.Errorf("the others see %q", acts)
	}
	// The owner's next proof takes the token away from the thief.
	rowan.prove()
	if w := thief.ask("GET", Root+"/people", nil); w.Code != 303 {
		t.Errorf("after the owner's proof: %d", w.Code)
	}
}

// Whoever tries pseudonyms learns nothing: status, headers and every byte of the answer are the same for one that is there with a wrong password, with a wrong code, and for one that is not.
func TestOneAnswer(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	h.joins("allies", "Birch", organiser.Lead)
	answers := map[string]string{}
	code := rowan.code()
	if w := (&browser{house: h}).ask("POST", Root+"/in", url.Values{"name": {"Rowan"}, "password": {password}, "code": {code}}); w.Code != 303 {
		t.Fatalf("%d", w.Code)
	}
	for what, form := range map[string]url.Values{
		"nobody":            {"name": {"Nobody"}, "password": {password}, "code": {"000000"}},
		"a wrong password":  {"name": {"Rowan"}, "password": {"a wrong password"}, "code": {"000000"}},
		"a wrong code":      {"name": {"Rowan"}, "password": {password}, "code": {"000000"}},
		"a used code":       {"name": {"Rowan"}, "password": {password}, "code": {code}},
		"another committee": {"name": {"Rowan"}, "password": {password}, "code": {"000000"}, "committee": {"allies"}},
		"no committee":      {"name": {"Rowan"}, "password": {password}, "code": {"000000"}, "committee": {"nowhere"}},
		"nothing":           {},
	} {
		w := (&browser{house: h}).ask("POST", Root+"/in", form)
		body := w.Body.String()
		for name := range form {
			for _, v := range form[name] {
				body = strings.ReplaceAll(body, `value="`+v+`"`, `value=""`)
			}
		}
		answers[what] = fmt.Sprint(w.Code, w.Header(), body)
		if strings.Contains(body, password) {
			t.Errorf("%s: the password comes back", what)
		}
	}
	for what, a := range answers {
		if a != answers["nobody"] {
			t.Errorf("%s is told from nobody:\n%s\n%s", what, a, answers["nobody"])
		}
	}
}

// The answers to one that is there and to one that is not take as long: each costs one hash.
func TestOneTime(t *testing.T) {
	h := hard(t, seal.Hardness{KiB: 16 << 10, Passes: 2})
	h.joins(organiser.Home, "Rowan", organiser.Lead)
	took := map[string][]time.Duration{}
	names := []string{"Rowan", "Nobody"}
	for n := range 60 {
		if n%16 == 0 {
			h.now = h.now.Add(time.Hour) // before anybody's tries are spent
		}
		name := names[n%2]
		begin := time.Now()
		w := (&browser{house: h}).ask("POST", Root+"/in", url.Values{"name": {name}, "password": {"a wrong password"}, "code": {"000000"}})
		if took[name] = append(took[name], time.Since(begin)); w.Code != 403 {
			t.Fatalf("%d", w.Code)
		}
	}
	// The fastest of each, for a machine that is busy makes some of them wait and none of them quick.
	if a, b := slices.Min(took[names[0]]), slices.Min(took[names[1]]); 2*a < b || 2*b < a {
		t.Errorf("one that is there: %v, one that is not: %v", a, b)
	}
}

// No other site posts here, and none shows these pages in a frame; nobody keeps them, and no address of them is told on.
func TestOtherSites(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	rowan.prove()
	for _, route := range h.desk.Routes() {
		method, path := filled(route.Pattern, map[string]string{"id": "x", "case": "anna", "token": strings.Repeat("A", 43)})
		if method == "POST" {
			for _, head := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
				if w := rowan.ask(method, path, url.Values{"role": {"lead"}, "act": {"end"}}, head...); w.Code != 403 || w.Body.String() != "fault.cross_site" {
					t.Errorf("%s with %q: %d %s", route.Pattern, head, w.Code, w.Body)
				}
			}
			continue
		}
		w := rowan.ask(method, path, nil)
		for head, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "strict-origin", "X-Content-Type-Options": "nosniff"} {
			if have := w.Header().Get(head); have != want {
				t.Errorf("%s: %s is %q", route.Pattern, head, have)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "form-action 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", route.Pattern, csp)
		}
		if body := w.Body.String(); strings.Contains(body, "<style") || strings.Contains(body, " style=") || strings.Contains(body, " onclick") {
			t.Errorf("%s has something inline", route.Pattern)
		}
	}
	if desk, err := h.book.People(t.Context(), rowan.session()); err != nil || len(desk.Invitations) != 0 {
		t.Errorf("%+v, %v", desk, err)
	}
}

// Where somebody goes back to is a page of the desk, whatever an address says.
func TestBack(t *testing.T) {
	for from, want := range map[string]string{
		"/desk/people": "/desk/people", "/desk/people/4f": "/desk/people/4f", "/desk/invite": "/desk/invite", "/desk/": "/desk/", "": "/desk/", "/": "/desk/", "/en/": "/desk/", "//evil.example/desk/": "/desk/",
		"https://evil.example/desk/": "/desk/", "/desk//evil.example": "/desk/", "/desk/../en/": "/desk/", "/desk/\\evil.example": "/desk/", "/desk/%5cevil": "/desk/%5cevil", "javascript:alert(1)": "/desk/",
		"/desk/in": "/desk/", "/desk/prove": "/desk/", "/desk/join/x": "/desk/", "/desk/x\r\nSet-Cookie: a=b": "/desk/", "/desk": "/desk/", "/deskx": "/desk/",
	} {
		if have := back(from); have != want {
			t.Errorf("%q: %q, want %q", from, have, want)
		}
	}
}

// While the server is locked nothing opens, and nothing is forgotten.
func TestLocked(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	h.u.Lock()
	for _, path := range []string{"/", "/people", "/trail", "/in"} {
		if w := rowan.ask("GET", Root+path, nil); w.Code != 503 || w.Body.String() != "fault.waits" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := rowan.ask("POST", Root+"/in", url.Values{"name": {"Rowan"}}); w.Code != 503 {
		t.Errorf("%d", w.Code)
	}
	if rowan.cookie == "" {
		t.Error("the cookie was taken away")
	}
}

// What is hung in outside of the desk's path would never get its cookie, and is refused at once.
func TestOnlyUnderTheDesk(t *testing.T) {
	h := open(t)
	defer func() {
		if recover() == nil {
			t.Error("a page outside of the desk was hung in")
		}
	}()
	h.desk.Require(organiser.Look, "GET /elsewhere", nil)
}
