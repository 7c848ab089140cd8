package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/wish"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/mail"
)

// bound is a server with a public case, anna, and its letter; what is asked of it is asked without a browser.
type bound struct {
	t *testing.T
	*App
	h      http.Handler
	sink   *mail.Sink
	letter *letter.Letter
}

const annaEvents = `events:
  - {id: arrest, when: 2024-02-10, kind: detention, nature: event, source: paper}
  - {id: raid, when: 2024-02-09, kind: search, nature: event, source: paper, what: {en: Her flat was canary-searched}}
`

// annaFile is the scripts' campaign, with asks, and with more events.
func annaFile(t *testing.T, more string) string {
	t.Helper()
	b, err := os.ReadFile("../../cmd/outcry/testdata/anna.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	from, to := strings.Index(s, "events:\n"), strings.Index(s, "letters:\n")
	s = s[:from] + annaEvents + more + s[to:] + "    asks: [release]\n"
	s = strings.Replace(s, "  state: open\n  title:", "  state: open\n  asks: [release, visits]\n  title:", 1)
	return strings.Replace(s, "scope: [name]", "scope: [name, photo, letter, fund, press, others]", 1)
}

func bind(t *testing.T, d db.Config) *bound {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	c.URL, c.Database = "https://letters.example.org", d.URL
	must(t, Init(ctx, c))
	s := &bound{t: t, sink: &mail.Sink{}}
	c.Mail = s.sink
	a, err := Open(ctx, c)
	must(t, err)
	t.Cleanup(func() { a.Close() })
	s.App = a
	s.apply("")
	s.h, err = a.Handler(ctx)
	must(t, err)
	s.refresh()
	if s.letter, err = a.Book.Letter("anna", "release"); err != nil {
		t.Fatal(err)
	}
	return s
}

// apply brings the case to the file with these events more, as a command beside the server does.
func (s *bound) apply(more string) {
	s.t.Helper()
	f, err := ReadCampaign([]byte(annaFile(s.t, more)))
	must(s.t, err)
	ctx, cancel := context.WithCancel(s.t.Context())
	go s.Log.Run(ctx)
	defer cancel()
	must(s.t, s.Apply(s.t.Context(), f))
}

func (s *bound) refresh() { s.t.Helper(); must(s.t, s.Refresh(s.t.Context())) }

func (s *bound) ask(method, path, form string) (int, string) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(b)
}

func (s *bound) is(want int, paths ...string) {
	s.t.Helper()
	for _, p := range paths {
		if code, _ := s.ask("GET", p, ""); code != want {
			s.t.Errorf("%s answers %d, want %d", p, code, want)
		}
	}
}

func (s *bound) link(as casefile.Giver) string {
	s.t.Helper()
	_, address, err := s.MakeWish(s.t.Context(), "anna", as, casefile.Date{})
	must(s.t, err)
	u, err := url.Parse(address)
	must(s.t, err)
	return u.Path
}

// press is one button of a private link's page, as often as its forms say that it was pressed before.
func (s *bound) press(link, kind, name, act string, turns string) string {
	s.t.Helper()
	code, page := s.ask("POST", link+"?lang=en", url.Values{"lang": {"en"}, "kind": {kind}, "name": {name}, "act": {act}, "turns": {turns}}.Encode())
	if code != 200 {
		s.t.Fatalf("%s %s %s answers %d: %s", act, kind, name, code, page)
	}
	return page
}

func (s *bound) signs() bool {
	s.t.Helper()
	_, page := s.ask("GET", "/en/anna/release", "")
	code, _ := s.ask("POST", "/sign", "lang=en&case=anna&letter=release&version=1&email=signer%40example.org")
	if form := strings.Contains(page, `name="email"`); form != (code == 200) {
		s.t.Errorf("there is a form: %v, and it is answered %d", form, code)
	}
	return code == 200
}

// One stop of the name, and nothing of the case is served any more, from the very next request on; lifted, all of it is back.
func TestAStoppedNameIsGoneEverywhere(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		id := s.letter.ID.String()
		var public []string
		for _, tag := range []string{"en", "ru", "ar", "fr"} {
			public = append(public, "/"+tag+"/anna", "/"+tag+"/anna/release", "/"+tag+"/anna/feed.xml", "/"+tag+"/anna/release/names")
		}
		public = append(public, "/embed/"+id, "/embed/"+id+".svg", "/letters/"+id+"/1.txt")
		for _, more := range []string{"/en/anna/timeline", "/en/anna/e/raid", "/en/anna/changes", "/en/anna/sheet", "/en/anna/questionnaire", "/en/anna/plain", "/en/anna/calendar.ics"} {
			if code, _ := s.ask("GET", more, ""); code == 200 {
				public = append(public, more)
			}
		}
		s.is(200, public...) // and they are in memory now
		if !s.signs() {
			t.Fatal("the letter can't be signed")
		}
		family := s.link(wish.Family)
		page := s.press(family, "scope", "name", "stop", "0")
		if !strings.Contains(page, "Nothing is public here now") {
			t.Error("the page does not say so")
		}
		s.is(410, public...)
		s.is(410, "/en/anna/aftercare")
		if code, _ := s.ask("POST", "/sign", "lang=en&case=anna&letter=release&version=1&email=signer%40example.org"); code != 410 {
			t.Errorf("signing answers %d", code)
		}
		for _, rest := range []string{"/", "/en/", "/ru/", "/en/privacy", "/letters.json", "/en/anna", "/en/anna/release/withdraw", "/robots.txt"} {
			if _, body := s.ask("GET", rest, ""); strings.Contains(body, "Anna Example") || strings.Contains(body, "Анна Пример") || strings.Contains(body, "Let Anna go home") || rest == "/letters.json" && strings.Contains(body, `"anna"`) {
				t.Errorf("%s still names the person", rest)
			}
		}
		s.refresh()
		s.apply("") // the organisers' file brings nothing back
		s.refresh()
		s.is(410, public...)
		s.press(family, "scope", "name", "agree", "1")
		s.is(200, public...)
		if !s.signs() {
			t.Error("the letter can't be signed afterwards")
		}
	})
}

// A stopped letter, and one that asks what is stopped, can be read and not signed; a code that was mailed before waits for better days.
func TestAStoppedLetterPauses(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		lawyer, prisoner := s.link(wish.Lawyer), s.link(wish.Prisoner)
		for _, step := range []struct {
			link, kind, name, act, turns string
			signs                        bool
		}{
			{lawyer, "scope", "letter", "harm", "0", false},
			{lawyer, "scope", "letter", "agree", "1", true},
			{lawyer, "ask", "visits", "harm", "0", true}, // the letter does not ask it
			{prisoner, "ask", "release", "stop", "0", false},
			{prisoner, "ask", "release", "agree", "1", true},
			{lawyer, "scope", "photo", "stop", "0", true},
		} {
			s.press(step.link, step.kind, step.name, step.act, step.turns)
			if have := s.signs(); have != step.signs {
				t.Errorf("%s %s %s: it can be signed: %v", step.act, step.kind, step.name, have)
			}
			s.is(200, "/en/anna", "/en/anna/release")
		}
		// What waits for its code while the letter is stopped is not lost.
		_, page := s.ask("POST", "/sign", "lang=en&case=anna&letter=release&version=1&email=waits%40example.org")
		token := between(page, `name="page" value="`, `"`)
		code := s.code("waits@example.org")
		s.press(prisoner, "scope", "letter", "stop", "0")
		confirm := url.Values{"lang": {"en"}, "case": {"anna"}, "letter": {"release"}, "page": {token}, "code": {code}}.Encode()
		if status, page := s.ask("POST", "/confirm", confirm); status != 403 || !strings.Contains(page, "takes no signatures for now") {
			t.Errorf("%d %s", status, page)
		}
		s.press(prisoner, "scope", "letter", "agree", "1")
		if status, page := s.ask("POST", "/confirm", confirm); status != 200 || !strings.Contains(page, "/mine/") {
			t.Errorf("%d %s", status, page)
		}
		own := "/mine/" + between(page2(s, confirm), "/mine/", "?")
		s.press(prisoner, "scope", "name", "stop", "0")
		if status, page := s.ask("GET", own, ""); status != 200 || strings.Contains(page, "Let Anna go home") {
			t.Errorf("the signer's own page answers %d, or names whom it was for", status)
		}
		if status, page := s.ask("POST", own, "lang=en&withdraw=yes"); status != 200 || !strings.Contains(page, "withdrawn") {
			t.Errorf("a signer can't withdraw: %d", status)
		}
	})
}

// page2 is the answer to a confirmation that is sent once more: with a link of its own.
func page2(s *bound, confirm string) string {
	_, page := s.ask("POST", "/confirm", confirm)
	return page
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// code is the newest that was mailed to an address.
func (s *bound) code(address string) string {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	go s.Jobs.Run(ctx)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		for _, m := range s.sink.List() {
			if m.To == address {
				for line := range strings.Lines(m.Text) {
					if line = strings.TrimSpace(line); len(line) == 9 && line[4] == '-' {
						return line
					}
				}
			}
		}
	}
	s.t.Fatalf("no code was mailed to %s", address)
	return ""
}

// The dead are asked for nothing: the letter takes no signature, asks and needs are gone, nothing is collected, and no other page offers the name. It waits for the
// family in nothing but the telling.
func TestDeathEndsAllAsking(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		for _, family := range []string{"", ", family: told"} {
			s.apply("  - {id: end, when: 2024-05-01, kind: death, nature: event, source: paper, what: {en: canary-died}" + family + "}\n")
			s.refresh()
			if s.signs() {
				t.Error("the letter can be signed")
			}
			f, err := s.site.Case("anna")
			must(t, err)
			if !f.Stopped("letter") || !f.Stopped("fund") || !f.Stopped("others") || len(f.Case.Asks)+len(f.Case.Needs) > 0 {
				t.Errorf("something is still asked for: %v %v", f.Stops, f.Case)
			}
			_, page := s.ask("GET", "/en/anna", "")
			if told := strings.Contains(page, "canary-died"); told != (family != "") {
				t.Errorf("the death is told: %v, and of the family the file says %q", told, family)
			}
			for _, p := range []string{"/en/anna", "/en/anna/release", "/embed/" + s.letter.ID.String()} {
				if _, page := s.ask("GET", p, ""); strings.Contains(page, "Be among the first") || strings.Contains(page, `class="goal"`) {
					t.Errorf("%s has a goal", p)
				}
			}
		}
	})
}

// An event that harms the defence is gone from every page at once, and whoever asked for that stands nowhere.
func TestAHarmfulEventIsGone(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		lawyer := s.link(wish.Lawyer)
		pages := []string{"/en/anna", "/en/anna/feed.xml", "/en/anna/release"}
		for _, more := range []string{"/en/anna/timeline", "/en/anna/sheet", "/en/anna/plain", "/en/anna/e/raid"} {
			if code, _ := s.ask("GET", more, ""); code == 200 {
				pages = append(pages, more)
			}
		}
		if _, page := s.ask("GET", "/en/anna", ""); !strings.Contains(page, "canary-searched") {
			t.Fatal("the event is not told")
		}
		page := s.press(lawyer, "event", "raid", "harm", "0")
		if !strings.Contains(page, "harms the defence") {
			t.Error("the page does not say so")
		}
		for _, p := range pages {
			if _, body := s.ask("GET", p, ""); strings.Contains(body, "canary-searched") || strings.Contains(body, "lawyer has") || strings.Contains(body, "harms the defence") {
				t.Errorf("%s tells of it", p)
			}
		}
		if code, _ := s.ask("GET", "/en/anna/e/raid", ""); code == 200 {
			t.Error("its own address is still there")
		}
		s.press(lawyer, "event", "raid", "agree", "1")
		if _, page := s.ask("GET", "/en/anna", ""); !strings.Contains(page, "canary-searched") {
			t.Error("it does not come back")
		}
	})
}

// A server that waits for its secret lets no one sign; whoever must stop something can.
func TestALockedServerStops(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		family := s.link(wish.Family)
		s.secret.Lock()
		if code, _ := s.ask("POST", "/withdraw", "lang=en"); code != 503 {
			t.Errorf("the server is not locked: %d", code)
		}
		s.press(family, "scope", "name", "stop", "0")
		s.is(410, "/en/anna")
	})
}

// After a release the aftercare page is there, and the page of others says that the person is asked.
func TestAfterARelease(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		s.is(404, "/en/anna/aftercare")
		s.apply("  - {id: out, when: " + time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly) + ", kind: release, release: bail_or_measure_change, nature: event, source: paper}\n")
		s.refresh()
		s.is(200, "/en/anna/aftercare", "/ar/anna/aftercare")
		if _, page := s.ask("POST", s.link(wish.Family)+"?lang=en", "lang=en"); !strings.Contains(page, "Now the person is asked") {
			t.Error("the family is not told to ask")
		}
		if _, page := s.ask("GET", "/en/anna", ""); !strings.Contains(page, `href="/en/anna/aftercare"`) {
			t.Error("the person's page does not lead there")
		}
	})
}

// What is stopped at one node is gone at the others as soon as they look, and they look when they are told.
func TestAStopReachesEveryNode(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		c := s.Config
		c.Mail = nil
		other, err := Open(t.Context(), c)
		must(t, err)
		defer other.Close()
		h, err := other.Handler(t.Context())
		must(t, err)
		get := func() int {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/en/anna", nil))
			return w.Code
		}
		if get() != 200 {
			t.Fatal("the other node serves nothing")
		}
		s.press(s.link(wish.Family), "scope", "name", "stop", "0")
		must(t, other.Refresh(t.Context()))
		if code := get(); code != 410 {
			t.Errorf("the other node answers %d", code)
		}
		links, said, err := other.Wishes.List(t.Context(), "anna")
		if err != nil || len(links) != 1 || len(said) != 1 || !slices.Contains(wish.Capacities(), said[0].By) {
			t.Errorf("%v %v %v", links, said, err)
		}
	})
}

// A letter that asks what the person refuses is refused.
func TestALetterAsksNothingRefused(t *testing.T) {
	src := annaFile(t, "")
	if _, err := ReadCampaign([]byte(src)); err != nil {
		t.Fatal(err)
	}
	src = strings.Replace(src, "  asks: [release, visits]\n", "  asks: [visits]\n  refused: [release]\n", 1)
	if _, err := ReadCampaign([]byte(src)); err == nil || !strings.Contains(err.Error(), "letters[0].asks[0]: this must not be asked for") {
		t.Error(err)
	}
}
