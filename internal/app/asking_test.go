package app

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/wish"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// second puts another person beside anna, whose page offers her.
func (s *bound) second() {
	s.t.Helper()
	text := strings.NewReplacer("Let Anna go home", "Let Boris go home", "Anna Example", "Boris Example", "anna", "boris", "Anna", "Boris", "Анна", "Борис", "Анну", "Бориса").Replace(annaFile(s.t, ""))
	s.applied(text)
}

// sequenced does something while the log takes what is queued.
func (s *bound) sequenced(do func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	go s.Log.Run(ctx)
	do()
}

// needing puts into anna's file what is lacking.
func needing(src string) string {
	return strings.Replace(src, "  state: open\n  asks: [", "  state: open\n  needs: [letters, lawyer]\n  asks: [letters, ", 1)
}

func (s *bound) applied(src string) {
	s.t.Helper()
	f, err := ReadCampaign([]byte(src))
	must(s.t, err)
	s.sequenced(func() { must(s.t, s.Apply(s.t.Context(), f)) })
	s.refresh()
}

// tells wants texts on a page, and, behind a !, not on it.
func (s *bound) tells(path string, texts ...string) {
	s.t.Helper()
	_, body := s.ask("GET", path, "")
	for _, text := range texts {
		never, absent := strings.CutPrefix(text, "!")
		if absent && strings.Contains(body, never) {
			s.t.Errorf("%s says %q", path, never)
		} else if !absent && !strings.Contains(body, text) {
			s.t.Errorf("%s does not say %q", path, text)
		}
	}
}

// What the person stopped being asked for is asked nowhere, from the next request on: not by the letter, its frame and its picture, the front page, the page about the
// person, feeds, paper, and not beside another's page. What was signed stays counted, and lifted all of it is back.
func TestAStoppedAskIsHeededEverywhere(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		s.second()
		s.applied(needing(annaFile(t, "")))
		prisoner, embed := s.link(wish.Prisoner), "/embed/"+s.letter.ID.String()
		const sign, read, rest = "Read and sign the letter", "Read the letter", "takes no signatures"
		asks := func() {
			t.Helper()
			s.tells("/en/anna/release", `name="email"`, `href="#sign"`, `property="og:image" content="`+s.URL+`/en/anna/release/card.png"`, "!"+rest)
			if code, card := s.ask("GET", "/en/anna/release/card.png", ""); code != 200 || !strings.HasPrefix(card, "\x89PNG") {
				t.Errorf("the picture of a shared link answers %d", code)
			}
			s.tells(embed+"?lang=en", sign, "!"+rest)
			s.tells(embed+".svg?lang=en", "!"+rest)
			s.tells("/en/anna", sign, "!"+rest)
			s.tells("/en/anna/feed.xml", "Let Anna go home", "Sign the letter", "!"+rest)
			s.tells("/en/anna/feed.json", "Sign the letter", "!"+rest)
			s.tells("/en/anna/sheet", "It can be signed.", "!"+rest)
			s.tells("/en/nothing-here", "Let Anna go home")
		}
		asks()
		_, counts := s.ask("GET", "/letters.json", "")
		if _, front := s.ask("GET", "/en/", ""); strings.Count(front, sign) != 2 {
			t.Errorf("the front page leads to %d letters", strings.Count(front, sign))
		}
		s.press(prisoner, "ask", "release", "stop", "0")
		s.tells("/en/anna/release", `!name="email"`, `!href="#sign"`, "!og:image", rest, "She did nothing.")
		s.tells(embed+"?lang=en", "!"+sign, read, rest)
		s.tells(embed+".svg?lang=en", rest)
		s.tells("/en/anna", "!"+sign, read, rest, "<dt>Not to be asked for</dt>")
		s.tells("/en/anna/feed.xml", "!Sign the letter", rest)
		s.tells("/en/anna/feed.json", "!Sign the letter", rest)
		s.tells("/en/anna/sheet", "!It can be signed.", rest)
		s.tells("/en/nothing-here", "!Let Anna go home", "Let Boris go home")
		if _, front := s.ask("GET", "/en/", ""); strings.Count(front, sign) != 1 {
			t.Errorf("the front page leads to %d letters to be signed", strings.Count(front, sign))
		}
		if code, _ := s.ask("POST", "/sign", "lang=en&case=anna&letter=release&version=1&email=signer%40example.org"); code != 403 {
			t.Errorf("a form that was open before answers %d", code)
		}
		if _, now := s.ask("GET", "/letters.json", ""); now != counts || strings.Contains(now, "Release") || strings.Contains(now, "home") {
			t.Errorf("the counts changed with the stop, or ask for something: %s", now)
		}
		s.press(prisoner, "ask", "release", "agree", "1")
		asks()

		// Beside another's page, and in the list of people, stands what she lacks; not what is stopped.
		s.tells("/en/boris", `href="/en/anna"`, "Letters to prison · A lawyer")
		s.press(prisoner, "ask", "letters", "stop", "0")
		s.refresh()
		s.tells("/en/boris", `href="/en/anna"`, "A lawyer", "!Letters to prison")
		s.press(prisoner, "ask", "letters", "agree", "1")
		s.refresh()
		s.tells("/en/boris", "Letters to prison")
	})
}

// Once a death is told the letter's own pages ask for nothing: the name stands where the demand did, the text stays as what was signed, and what was opened before is answered in
// plain words. Nothing that was signed is lost, and who signed can still withdraw.
func TestTheLetterOfTheDead(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		s.second()
		s.refresh()
		_, page := s.ask("POST", "/sign", "lang=en&case=anna&letter=release&version=1&email=signed%40example.org")
		form := func(page, code string) string {
			return url.Values{"lang": {"en"}, "case": {"anna"}, "letter": {"release"}, "page": {between(page, `name="page" value="`, `"`)}, "code": {code}}.Encode()
		}
		_, page = s.ask("POST", "/confirm", form(page, s.code("signed@example.org")))
		own := "/mine/" + between(page, "/mine/", "?")
		_, page = s.ask("POST", "/sign", "lang=en&case=anna&letter=release&version=1&email=waits%40example.org")
		waits, wrong := form(page, s.code("waits@example.org")), form(page, "2222-2222")
		link := ""
		for _, m := range s.sink.List() {
			if m.To == "waits@example.org" {
				u, err := url.Parse(strings.TrimSpace(between(m.Text, "https://letters.example.org", "\n")))
				must(t, err)
				link = "lang=en&link=" + url.QueryEscape(u.Query().Get("t"))
			}
		}
		s.tells("/en/anna/release", `<h1 lang="en" dir="ltr">Let Anna go home</h1>`)

		s.apply("  - {id: end, when: 2024-05-01, kind: death, nature: event, source: paper, family: told}\n")
		s.refresh()
		const refused = "The person whom this letter is about has died. The letter takes no signatures any more."
		s.tells("/en/anna/release", `<h1 lang="en" dir="ltr">Anna Example</h1>`, "<title>Anna Example", "The letter asks for nothing any more.", "The letter as it was signed (text of 2 March 2024)", "She did nothing.",
			"Signatures that were given stay counted.", "Whether the letter is closed for good, its organisers decide.", `href="/en/anna/release/withdraw"`, "1", "!name=\"email\"", `!href="#sign"`, "!for now", "!You sign this text", "!content=\"Release Anna\"")
		for tag, want := range map[string]string{"ru": "больше нет в живых", "ar": "توفي الشخص", "fr": "est décédée"} {
			s.tells("/"+tag+"/anna/release", want)
		}
		s.tells("/embed/"+s.letter.ID.String()+"?lang=en", ">Anna Example</h1>", "Nobody can sign this letter any more.", "!Let Anna go home", "!Read and sign")
		s.tells("/embed/"+s.letter.ID.String()+".svg?lang=en", "Anna Example", "!Let Anna go home")
		s.tells("/en/", "Anna Example", "Read and sign the letter", "!/en/anna/release", "/en/boris/release")
		for name, tc := range map[string]struct {
			path, form string
			code       int
		}{
			"a form that was open":   {"/sign", "lang=en&case=anna&letter=release&version=1&email=late%40example.org", 403},
			"one with a slip in it":  {"/sign", "lang=en&case=anna&letter=release&version=1&email=late", 403},
			"a code that was mailed": {"/confirm", waits, 403},
			"a code with a slip":     {"/confirm", wrong, 403},
			"a link that was mailed": {"/confirm", link, 403},
			"its second button":      {"/confirm", link + "&sign=yes", 403},
		} {
			code, page := s.ask("POST", tc.path, tc.form)
			if code != tc.code || !strings.Contains(page, refused) || strings.Contains(page, `name="email"`) || strings.Contains(page, `name="code"`) || strings.Contains(page, "72 hours") {
				t.Errorf("%s answers %d: %s", name, code, page)
			}
		}
		if _, page := s.ask("POST", "/sign", "lang=ru&case=anna&letter=release&version=1&email=late%40example.org"); !strings.Contains(page, "Подписать письмо больше нельзя") {
			t.Error(page)
		}
		for over := time.Now().Add(10 * time.Second); time.Now().Before(over) && s.Book.Count(s.letter.ID).Counted == 0; time.Sleep(10 * time.Millisecond) {
			s.refresh() // it is on its way into the log
		}
		s.tells("/letters.json", `"email":1`)
		if code, page := s.ask("POST", own, "lang=en&withdraw=yes"); code != 200 || !strings.Contains(page, "withdrawn") {
			t.Errorf("who signed can't withdraw: %d", code)
		}
	})
}

// The list that the settings name holds on a running server's pages, and so does the next version of it; one that can't be read changes nothing, and keeps a server from starting.
func TestTheListOfDesignatedOrganisationsHolds(t *testing.T) {
	s := bind(t, db.Config{})
	file := strings.Replace(annaFile(t, ""), "    publisher: {en: A Paper}\n", "    publisher: {en: A Paper}\n    url: https://paper.example/anna\n", 1)
	file = strings.Replace(file, "body: {en: She did nothing.,", "body: {en: \"She did [nothing](https://paper.example/nothing), see [this](https://court.example/).\",", 1)
	file = strings.Replace(file, "    asks: [release]\n", "    asks: [release]\n    reports:\n      - {value: 9, as_of: 2024-03-01, source: paper}\n", 1)
	file = strings.Replace(file, "contact: \"committee@example.org\"", "contact: \"committee@paper.example\"", 1)
	file = strings.Replace(file, "    version: 1\n    dated: 2024-03-02", "    version: 2\n    dated: 2024-03-03", 1)
	s.applied(file)
	const to = `href="https://paper.example/`
	pages := []string{"/en/anna", "/en/anna/release", "/ru/anna/release"}
	s.tells("/en/anna", to, "mailto:committee@paper.example", "!can be punished")
	s.tells("/en/anna/release", to+"anna", to+"nothing", `href="https://court.example/"`)

	list := filepath.Join(s.Data, "designated.csv")
	write := func(text string, on time.Time) {
		t.Helper()
		must(t, os.WriteFile(list, []byte("domain,name,country,register,listed_on,removed_on\n"+text), 0o600))
		must(t, os.Chtimes(list, on, on))
	}
	s.Designated = "designated.csv"
	now := time.Now()
	write("paper.example,The Paper Ltd,RU,undesirable organisations,2021-06-09,\n", now)
	s.refresh()
	for _, p := range pages {
		s.tells(p, "!"+to, "The Paper Ltd", "!mailto:committee@paper.example")
	}
	s.tells("/en/anna", "https://paper.example/anna", "This is not a link")
	s.tells("/en/anna/release", "She did nothing, see ", `href="https://court.example/"`, "Russia: “The Paper Ltd”, list “undesirable organisations”. Listed: 9 June 2021.")
	s.tells("/en/anna/feed.xml", "!paper.example")
	write("paper.example,too few\n", now.Add(time.Minute))
	s.refresh()
	s.tells("/en/anna", "!"+to, "The Paper Ltd")
	s.listed.Store(nil)
	if err := s.relist(); err == nil || !strings.Contains(err.Error(), "designated.csv") {
		t.Errorf("a server starts without its list: %v", err)
	}
	write("court.example,The Court Ltd,BY,extremist materials,2023,\n", now.Add(2*time.Minute))
	must(t, s.relist())
	s.site.Afresh()
	s.tells("/en/anna/release", to+"anna", `!href="https://court.example/`, "The Court Ltd")
}

// After signing one thing more is offered: to write to the person, where there is an address, and only there.
func TestAfterSigningWhereToWrite(t *testing.T) {
	s := bind(t, db.Config{})
	signed := func(address string) string {
		t.Helper()
		_, page := s.ask("POST", "/sign", url.Values{"lang": {"en"}, "case": {"anna"}, "letter": {"release"}, "version": {"1"}, "email": {address}}.Encode())
		code, page := s.ask("POST", "/confirm", url.Values{"lang": {"en"}, "case": {"anna"}, "letter": {"release"}, "page": {between(page, `name="page" value="`, `"`)}, "code": {s.code(address)}}.Encode())
		if code != 200 {
			t.Fatal(code, page)
		}
		return page
	}
	const way = `<a href="/en/anna#write">Write to Anna Example</a>`
	if page := signed("one@example.org"); strings.Contains(page, "#write") {
		t.Error("a signer is led to an address that nobody knows")
	}
	prison := "institutions:\n  - {id: prison, kind: remand_prison, name: {en: The Prison}, city: {en: Town}, country: RU, post: {address: {en: \"1 Prison Street\"}, source: paper, checked: 2024-03-01}}\nsources:\n"
	file := strings.Replace(needing(annaFile(t, "")), "sources:\n", prison, 1)
	s.applied(strings.Replace(file, "kind: detention, nature: event,", "kind: detention, nature: event, at: prison,", 1))
	if page := signed("two@example.org"); !strings.Contains(page, way) {
		t.Error(page)
	}
	s.tells("/en/anna", `id="write"`, "1 Prison Street")
	s.press(s.link(wish.Family), "ask", "letters", "stop", "0")
	s.tells("/en/anna", "!1 Prison Street")
	if page := signed("three@example.org"); strings.Contains(page, "#write") {
		t.Error("a signer is led to write against the family's word")
	}
}

// A letter that has ended leads to the one that follows it, unless that one is stopped.
func TestAStoppedSuccessorIsNotOffered(t *testing.T) {
	s := bind(t, db.Config{})
	file := annaFile(t, "")
	at := strings.Index(file, "  - slug: release\n")
	next := strings.NewReplacer("slug: release", "slug: again", "asks: [release]", "asks: [visits]\n    succeeds: release", "Let Anna go home", "Let Anna be visited").Replace(file[at:])
	s.applied(strings.Replace(file, "slug: release\n    state: open", "slug: release\n    state: paused", 1) + next)
	const button = `<a class="button" href="/en/anna/again">`
	s.tells("/en/anna/release", button, "Let Anna be visited")
	family := s.link(wish.Family)
	s.press(family, "ask", "visits", "stop", "0")
	s.tells("/en/anna/release", "!"+button)
	s.press(family, "ask", "visits", "agree", "1")
	s.tells("/en/anna/release", button)
}
