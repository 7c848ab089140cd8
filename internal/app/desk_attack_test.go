package app

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
	"outcry/internal/outlet/desk/desktest"
)

// in is a form that signs somebody in.
func in(b *desktest.Browser, code string) url.Values {
	return url.Values{"name": {b.Name}, "password": {desktest.Password}, "code": {code}, "device": {"phone"}}
}

// A cookie that somebody planted is nobody's after signing in and after a proof; one that is planted beside the right one makes both nobody's, for a browser doesn't say which
// came from where. What is set goes to the desk alone, over nothing but a secure line, and is read by no script.
func TestDeskCookieIsNeverPlanted(t *testing.T) {
	h := newHall(t, db.Config{}).soft()
	rowan, mallory := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Mallory", organiser.Reader)
	opens := func(cookie string) bool {
		b := h.Nobody()
		b.Plant(cookie)
		return b.Ask("GET", "/desk/people", nil).Code == 200
	}
	for _, planted := range []string{mallory.Cookie(), strings.Repeat("A", 43), "x", ""} {
		victim := *rowan
		victim.Plant(planted)
		w := victim.SignIn("")
		if w.Code != 303 || victim.Cookie() == planted || len(victim.Cookie()) != 43 {
			t.Fatalf("%q: %d", planted, w.Code)
		}
		if planted != "" && opens(planted) {
			t.Errorf("%q opens the desk after somebody has signed in with it", planted)
		}
		c := w.Result().Cookies()[0]
		if !c.HttpOnly || !c.Secure || c.SameSite != 3 || c.Path != "/desk" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
			t.Errorf("%+v", c)
		}
		*rowan = victim
	}
	was := rowan.Cookie()
	rowan.Prove()
	if rowan.Cookie() == was || opens(was) || !opens(rowan.Cookie()) {
		t.Error("the cookie of before the proof opens the desk after it")
	}

	// In whoever's session somebody proves who they are, it becomes nobody else's.
	mallory.SignIn("")
	victim := *rowan
	victim.Plant(mallory.Cookie())
	h.House.Now = h.House.Now.Add(time.Minute)
	if w := victim.Ask("POST", "/desk/prove", url.Values{"password": {desktest.Password}, "code": {rowan.Code()}}); w.Code != 403 || mallory.Session().Fresh {
		t.Errorf("a proof in a planted session: %d", w.Code)
	}
	for _, both := range [][]string{{rowan.Cookie(), mallory.Cookie()}, {mallory.Cookie(), rowan.Cookie()}, {rowan.Cookie(), "x"}} {
		if w := h.Nobody().Ask("GET", "/desk/people", nil, "Cookie", "outcry-desk="+both[0]+"; outcry-desk="+both[1]); w.Code != 303 {
			t.Errorf("with two cookies: %d", w.Code)
		}
	}
	for _, path := range []string{"/desk/people?outcry-desk=" + rowan.Cookie(), "/desk/people;outcry-desk=" + rowan.Cookie()} {
		if w := h.Nobody().Ask("GET", path, nil, "Authorization", "Bearer "+rowan.Cookie(), "X-Outcry-Desk", rowan.Cookie()); w.Code == 200 {
			t.Errorf("%s opens the desk", path)
		}
	}
}

// A code, a recovery code and an invitation are taken once, however many bring them at the same moment; of what a passkey is asked there is nothing to take.
func TestDeskCodesAreSpent(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		rowan.Prove()
		recovery := regexp.MustCompile(`\b[a-z2-7]{4}(-[a-z2-7]{4}){3}\b`).FindString(rowan.Ask("POST", "/desk/ways/codes", nil).Body.String())
		for what, code := range map[string]func() string{"a code": rowan.Code, "a recovery code": func() string { return recovery }} {
			h.House.Now = h.House.Now.Add(time.Hour) // and all tries are there again
			spent := code()
			var answers [8]int
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() { answers[i] = h.Nobody().Ask("POST", "/desk/in", in(rowan, spent)).Code })
			}
			all.Wait()
			slices.Sort(answers[:])
			if answers[0] != 303 || answers[1] != 403 || answers[7] != 403 {
				t.Errorf("%s by eight at once: %v", what, answers)
			}
			if w := h.Nobody().Ask("POST", "/desk/in", in(rowan, spent)); w.Code != 403 {
				t.Errorf("%s again: %d", what, w.Code)
			}
			if rowan.SignIn(""); rowan.Ask("POST", "/desk/prove", url.Values{"password": {desktest.Password}, "code": {spent}}).Code != 403 {
				t.Errorf("%s, spent, is a proof", what)
			}
		}

		token, _, err := h.Organisers.InviteByServer(t.Context(), organiser.Home, organiser.Reader, false)
		must(t, err)
		path := organiser.JoinPath + token.Text()
		page := h.Nobody().Ask("POST", path, url.Values{"lang": {"en"}}).Body.String()
		secret := strings.ReplaceAll(regexp.MustCompile(`dir="ltr">([A-Z2-7 ]+)<`).FindStringSubmatch(page)[1], " ", "")
		var answers [4]int
		var all sync.WaitGroup
		for i := range answers {
			form := url.Values{"lang": {"en"}, "act": {"join"}, "name": {fmt.Sprint("Joiner ", i)}, "place": {"inside"}, "password": {desktest.Password}, "carried": {desktest.Hidden(page, "carried")},
				"code": {codeOf(t, secret, h.House.Now)}, "device": {"phone"}}
			all.Go(func() { answers[i] = h.Nobody().Ask("POST", path, form).Code })
		}
		all.Wait()
		slices.Sort(answers[:])
		if answers[0] != 200 || answers[1] != 410 || answers[3] != 410 {
			t.Errorf("an invitation by four at once: %v", answers)
		}

		asked := h.Nobody().Ask("POST", "/desk/passkey/ask", url.Values{}, "Host", "letters.example.org")
		if n := h.count(t, "organiser_ceremony"); n != 0 { // what nobody has answered is kept nowhere
			t.Fatalf("%d, %d rows", asked.Code, n)
		}
	})
}

// Whoever is nobody is told the same of pseudonyms, committees, invitations and private links that there are and that there are not, to the byte.
func TestDeskTellsNobody(t *testing.T) {
	h := newHall(t, db.Config{}).soft()
	h.bringAnna()
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.Joins("allies", "Birch", organiser.Lead)
	same := func(what string, ask func(s string) *httptest.ResponseRecorder, status int, list ...string) {
		t.Helper()
		first := ""
		for _, s := range list {
			w := ask(s)
			text := strings.ReplaceAll(fmt.Sprint(w.Code, w.Result().Header, w.Body), html.EscapeString(s), "…")
			if w.Code != status || first != "" && text != first {
				t.Errorf("%s: %.20q is told from %.20q: %s", what, s, list[0], apartAt(first, text))
			}
			first = cmp.Or(first, text)
		}
	}
	same("a pseudonym", func(name string) *httptest.ResponseRecorder {
		return h.Nobody().Ask("POST", "/desk/in", url.Values{"name": {name}, "password": {desktest.Password}, "code": {"000000"}})
	}, 403, "Rowan", "Nobody there", "Birch", "rowan ", "Rowan'--")
	same("a committee", func(name string) *httptest.ResponseRecorder {
		return h.Nobody().Ask("POST", "/desk/in", url.Values{"committee": {name}, "name": {"Birch"}, "password": {desktest.Password}, "code": {"000000"}})
	}, 403, "allies", "nowhere-at-all", "locked%00", "../home")

	open, _, err := h.Organisers.InviteByServer(t.Context(), organiser.Home, organiser.Reader, false)
	must(t, err)
	late, _, err := h.Organisers.InviteByServer(t.Context(), organiser.Home, organiser.Reader, false)
	must(t, err)
	invented := strings.Repeat("B", 42) + "A"
	ask := func(method, path string) func(string) *httptest.ResponseRecorder {
		return func(s string) *httptest.ResponseRecorder { return h.Nobody().Ask(method, path+s, nil) }
	}
	same("the page of an invitation", ask("GET", "/desk/join/"), 200, open.Text(), invented, late.Text(), "no-token-at-all")
	_, guest, err := h.Drafts.Welcome(t.Context(), "anna", "en")
	must(t, err)
	same("the page of a private link", ask("GET", "/desk/t/"), 200, guest.Text(), invented, "no-token-at-all")
	h.House.Now = h.House.Now.Add(31 * 24 * time.Hour)
	same("an invitation that has ended", ask("POST", "/desk/join/"), 410, late.Text(), invented, "no-token-at-all")
	same("a private link that has ended", ask("POST", "/desk/t/"), 404, guest.Text(), invented, "no-token-at-all")
	_ = rowan
}

// The times don't tell either: what somebody costs who is there and what somebody who is not lie in one distribution (Mann–Whitney, twice before it is believed that they don't).
func TestDeskTimeTellsNobody(t *testing.T) {
	h := newHall(t, db.Config{})
	h.Organisers.Hardness = seal.Hardness{KiB: 16 << 10, Passes: 1}
	h.Joins(organiser.Home, "Rowan", organiser.Lead)
	for range 2 {
		took := map[string][]float64{}
		for n := range 100 {
			if n%16 == 0 {
				h.House.Now = h.House.Now.Add(time.Hour) // before anybody's tries are spent
			}
			name := []string{"Rowan", "Nobody"}[(n+n/2)%2]
			begin := time.Now()
			if w := h.Nobody().Ask("POST", "/desk/in", url.Values{"name": {name}, "password": {"a wrong password"}, "code": {"000000"}}); w.Code != 403 {
				t.Fatalf("%d", w.Code)
			}
			took[name] = append(took[name], float64(time.Since(begin)))
		}
		if rankedApart(took["Rowan"], took["Nobody"]) < 3.29 { // one in a thousand
			return
		}
	}
	t.Error("the time tells who is there")
}

// rankedApart is how many deviations two samples' ranks lie apart, as the Mann–Whitney test counts.
func rankedApart(a, b []float64) float64 {
	u := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				u++
			case x == y:
				u += 0.5
			}
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return math.Abs(u-n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}

// Guessing has an end, and is told to who may stop it: a pseudonym's tries are ten an hour, at the door and at a proof, all together have an end too, and so have private links.
func TestDeskGuessesEnd(t *testing.T) {
	h := newHall(t, db.Config{}).soft()
	h.bringAnna()
	rowan, ash := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Ash", organiser.Reader)
	wrong := ""
	for range 10 {
		w := h.Nobody().Ask("POST", "/desk/in", in(rowan, "000000"))
		if wrong = w.Body.String(); w.Code != 403 {
			t.Fatalf("%d", w.Code)
		}
	}
	h.House.Now = h.House.Now.Add(time.Minute)
	if w := h.Nobody().Ask("POST", "/desk/in", in(rowan, rowan.Code())); w.Code != 403 || w.Body.String() != wrong {
		t.Errorf("the right one, after ten wrong ones: %d", w.Code)
	}
	h.House.Now = h.House.Now.Add(time.Hour)
	if w := rowan.SignIn(""); w.Code != 303 {
		t.Errorf("an hour later: %d", w.Code)
	}
	thief := *rowan
	for range 10 {
		if w := thief.Ask("POST", "/desk/prove", url.Values{"password": {desktest.Password}, "code": {"000000"}}); w.Code != 403 {
			t.Fatalf("%d", w.Code)
		}
	}
	h.House.Now = h.House.Now.Add(time.Minute)
	if w := thief.Ask("POST", "/desk/prove", url.Values{"password": {desktest.Password}, "code": {rowan.Code()}}); w.Code != 403 {
		t.Errorf("a right proof, after ten wrong ones: %d", w.Code)
	}
	if page := ash.Sees("/desk/trail"); !strings.Contains(page, "it did not fit") {
		t.Error("nobody is told that somebody guessed at a proof")
	}

	_, guest, err := h.Drafts.Welcome(t.Context(), "anna", "en")
	must(t, err)
	codes := map[int]int{}
	for n := range 110 {
		codes[h.Nobody().Ask("POST", "/desk/t/"+strings.Repeat("B", 40)+fmt.Sprintf("%02dA", n%100), nil).Code]++
	}
	if codes[404] != 100 || codes[429] != 10 {
		t.Errorf("private links: %v", codes)
	}
	if w := h.Nobody().Ask("POST", "/desk/t/"+guest.Text(), nil); w.Code != 200 {
		t.Errorf("one that is there, after that: %d", w.Code)
	}
	clear(codes)
	for n := range 300 {
		codes[h.Nobody().Ask("POST", "/desk/in", url.Values{"name": {fmt.Sprint("Name ", n)}, "password": {"a wrong password"}, "code": {"000000"}}).Code]++
	}
	if codes[403] > 300 || codes[429] < 1 || codes[403]+codes[429] != 300 {
		t.Errorf("all pseudonyms: %v", codes)
	}
}
