package wish

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/locales"
	"outcry/ui"
)

// pages serves a Book's pages behind the shield that stands before every page.
func pages(t testing.TB, h *house) http.Handler {
	t.Helper()
	words, err := lang.Load(locales.FS)
	must(t, err)
	mux := &web.Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.DiscardHandler), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		web.WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	g := &Pages{Book: h.Book, Words: words, Cache: web.NewCache(1 << 20), URL: "https://letters.example",
		Frame: func(page ui.Page, _ *casefile.File) ui.Page {
			page.Site, page.Home, page.Rehearsal = "Committee for Anna", "/en/", true
			page.Banner, page.Footer = ui.Banner{Text: "Committee for Anna"}, ui.Footer{RunBy: "Committee for Anna"}
			return page
		},
		Case: func(slug string) (*casefile.File, error) { return h.Cases.Shown(t.Context(), slug) },
		Tongue: func(r *http.Request) lang.Tag {
			if l := lang.Tag(r.URL.Query().Get("lang")); words.Has(l) {
				return l
			}
			return "en"
		}}
	g.Routes(mux)
	handler, err := web.Shield(mux)
	must(t, err)
	return handler
}

func ask(h http.Handler, method, path, body string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// press finds the form of an item on a page and sends it with one of its buttons.
func press(t *testing.T, h http.Handler, path, page, item, act string) *httptest.ResponseRecorder {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`).FindAllStringSubmatch(page, -1) {
		form := url.Values{}
		for _, f := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(m[0], -1) {
			form.Set(f[1], f[2])
		}
		if form.Get("name") != item || form.Get("act") == "" && !strings.Contains(m[0], `name="act" value="`+act+`"`) || form.Get("act") != "" && form.Get("act") != act {
			continue
		}
		if !strings.HasPrefix(m[1], path) {
			t.Fatalf("a form goes to %s", m[1])
		}
		form.Set("act", act)
		return ask(h, "POST", m[1], form.Encode())
	}
	t.Fatalf("there is no button %s for %s", act, item)
	return nil
}

// The link opens a page that says nothing and does nothing; its button opens the one behind. No answer is kept, found or told of.
func TestTheLinkTellsNothingToWhoOpensIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		handler, path := pages(t, h), "/wish/"+h.link("anna", Family).Text()
		closed := map[string]string{}
		for _, method := range []string{"GET", "HEAD"} {
			for _, at := range []string{path, "/wish/" + newToken().Text(), "/wish/x"} {
				w := ask(handler, method, at+"?lang=ru&act=stop&kind=scope&name=name&turns=0", "")
				if w.Code != 200 {
					t.Fatalf("%s: %d", method, w.Code)
				}
				for head, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "strict-origin"} {
					if have := w.Header().Get(head); have != want {
						t.Errorf("%s: %s is %q", method, head, have)
					}
				}
				body := strings.ReplaceAll(w.Body.String(), at, "/wish/TOKEN")
				if closed[method] == "" {
					closed[method] = body
				}
				if body != closed[method] {
					t.Errorf("%s: a link that is there is told from one that is not", method)
				}
				for _, telling := range []string{"Anna", "Анн", "Committee", "family", "семь"} {
					if strings.Contains(body, telling) {
						t.Errorf("the page says %q", telling)
					}
				}
			}
		}
		h.has()
		w := ask(handler, "POST", path+"?lang=ru", "lang=ru")
		page := w.Body.String()
		if w.Code != 200 || !strings.Contains(page, "Анна Пример") || !strings.Contains(page, `<meta name="robots" content="noindex"`) || !strings.Contains(page, "committee@example.org") ||
			w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "strict-origin" {
			t.Errorf("%d %v %s", w.Code, w.Header(), page)
		}
		for _, hidden := range []string{"secret", "meeting", "Встреча"} { // an event of the team's own
			if strings.Contains(page, hidden) {
				t.Errorf("the page says %q", hidden)
			}
		}
		if strings.Contains(page, "<input type=\"text\"") || strings.Contains(page, "<textarea") {
			t.Error("something is asked for")
		}
		h.has()
	})
}

// Each act takes effect at once, says what it has come to, and can be undone for a while; all by forms alone.
func TestTheButtons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		changed := 0
		h.Changed = func(context.Context) { changed++ }
		handler := pages(t, h)
		family, lawyer, prisoner := "/wish/"+h.link("anna", Family).Text(), "/wish/"+h.link("anna", Lawyer).Text(), "/wish/"+h.link("anna", Prisoner).Text()
		at := func(path string) string {
			t.Helper()
			w := ask(handler, "POST", path+"?lang=en", "lang=en")
			if w.Code != 200 {
				t.Fatal(w.Code)
			}
			return w.Body.String()
		}
		shows := func(page string, want ...string) {
			t.Helper()
			for _, s := range want {
				if !strings.Contains(page, s) {
					t.Errorf("the page does not say %q", s)
				}
			}
		}
		page := at(family)
		for _, scope := range casefile.Scope("").Known() {
			shows(page, `id="scope-`+scope+`-agree"`, `id="scope-`+scope+`-stop"`)
		}
		if n := strings.Count(page, "The organisers have noted an agreement of this day: 1 March 2024"); n != 6 {
			t.Errorf("%d agreements of the file are told, not 6", n)
		}
		shows(page, `id="ask-release-stop"`, `id="ask-clemency-agree"`, "https://letters.example/en/anna")
		if strings.Contains(page, `value="harm"`) || strings.Contains(page, `value="lift"`) || strings.Contains(page, `id="ask-exchange`) {
			t.Error("the family is offered what it has not got")
		}
		page = press(t, handler, family, page, "name", "stop").Body.String()
		shows(page, "Stopped: “The page itself, with the name”.", "answer from now on that they were taken out", "What can’t be taken back", "Nothing is public here now", "You stopped this on 1 April 2024.")
		h.has("scope name family false 2024-04-01")
		if changed != 1 {
			t.Errorf("the pages were told %d times", changed)
		}
		again := press(t, handler, family, at(family), "name", "stop").Body.String()
		shows(again, "It is so already")
		page = press(t, handler, family, page, "name", "undo").Body.String()
		shows(page, "Undone: “The page itself, with the name”.", "https://letters.example/en/anna")
		h.has()
		page = press(t, handler, lawyer, at(lawyer), "raid", "harm").Body.String()
		shows(page, "for it harms the defence: “9 February 2024: Search”", "It is not on the page any more", `id="event-raid-agree"`)
		h.has("event raid lawyer true 2024-04-01")
		page = at(prisoner)
		shows(page, `id="event-raid-lift"`, "The defence has stopped this.")
		if strings.Contains(page, `id="event-held`) {
			t.Error("the prisoner is shown events that nobody has stopped")
		}
		page = press(t, handler, prisoner, page, "raid", "lift").Body.String()
		shows(page, "The stop is lifted", "Nobody’s stop holds here now.")
		h.has()
		old := at(family)
		press(t, handler, family, old, "photo", "stop")
		press(t, handler, family, at(family), "photo", "agree")
		shows(press(t, handler, family, old, "photo", "stop").Body.String(), "Nothing was changed, for that page was an old one")
		h.has()
		page = press(t, handler, family, at(family), "photo", "stop").Body.String()
		h.clock.t = h.clock.t.Add(11 * time.Minute)
		shows(press(t, handler, family, page, "photo", "undo").Body.String(), "ten minutes have passed")
		h.has("scope photo family false 2024-04-01")
		for _, tag := range []string{"ar", "ru", "fr"} {
			page := ask(handler, "POST", family+"?lang="+tag, "lang="+tag).Body.String()
			if !strings.Contains(page, `<html lang="`+tag+`"`) || strings.Contains(page, "wish.") {
				t.Errorf("%s: a word is missing", tag)
			}
		}
	})
}

// What comes from other sites, or is no form of ours, is refused, and changes nothing.
func TestOtherSitesPressNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		handler, path := pages(t, h), "/wish/"+h.link("anna", Family).Text()
		form := "lang=en&act=stop&kind=scope&name=name&turns=0"
		for _, c := range []struct {
			head []string
			body string
			want int
		}{
			{[]string{"Sec-Fetch-Site", "cross-site"}, form, 403},
			{[]string{"Origin", "https://evil.example"}, form, 403},
			{[]string{"Content-Type", "multipart/form-data; boundary=x"}, "--x--", 422},
			{nil, "lang=en&act=stop&kind=scope&name=hair&turns=0", 422},
			{nil, "lang=en&act=stop&kind=case&name=anna&turns=0", 422},
			{nil, "lang=en&act=harm&kind=scope&name=photo&turns=0", 403},
			{nil, "lang=en&act=lift&kind=scope&name=photo&turns=0", 403},
			{nil, "lang=en&act=revoke&kind=scope&name=photo&turns=0", 403},
			{nil, "lang=en&act=undo&kind=scope&name=photo&turns=0&was=harm&acted=1711972800", 403},
			{nil, "lang=en&act=stop&kind=event&name=raid&turns=0", 422},
		} {
			if w := ask(handler, "POST", path, c.body, c.head...); w.Code != c.want {
				t.Errorf("%v %s: %d, want %d", c.head, c.body, w.Code, c.want)
			}
		}
		if w := ask(handler, "POST", path, "lang=en&act=stop&kind=scope&name=name&turns=x"); w.Code != 200 || !strings.Contains(w.Body.String(), "an old one") {
			t.Errorf("%d", w.Code)
		}
		for _, none := range []string{"/wish/" + newToken().Text(), "/wish/x", path + "A"} {
			if w := ask(handler, "POST", none, form); w.Code != 404 {
				t.Errorf("%s: %d", none, w.Code)
			}
		}
		h.has()
		if w := ask(handler, "POST", path, form, "Sec-Fetch-Site", "same-origin"); w.Code != 200 {
			t.Errorf("our own form: %d", w.Code)
		}
		h.has("scope name family false 2024-04-01")
	})
}

// The page of others says that the person is to be asked, once they are out; the person's own does not.
func TestOthersAreToldToAskThePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		handler, family, prisoner := pages(t, h), "/wish/"+h.link("anna", Family).Text(), "/wish/"+h.link("anna", Prisoner).Text()
		const told = "Now the person is asked"
		if strings.Contains(ask(handler, "POST", family, "lang=en").Body.String(), told) {
			t.Error("it is said while the person is held")
		}
		h.apply("anna", "public", released)
		page := ask(handler, "POST", family, "lang=en").Body.String()
		if !strings.Contains(page, told) || strings.Contains(page, `value="agree"`) || !strings.Contains(page, `id="scope-name-stop"`) {
			t.Error("others may still agree for a person who is out")
		}
		page = ask(handler, "POST", prisoner, "lang=en").Body.String()
		if strings.Contains(page, told) || !strings.Contains(page, `id="scope-name-agree"`) {
			t.Error("the person is not asked")
		}
	})
}

// Before anything is public the links work: that is when the first word is given.
func TestAQuietCaseHasLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.apply("boris", "quiet", "")
		handler, path := pages(t, h), "/wish/"+h.link("boris", Prisoner).Text()
		page := ask(handler, "POST", path, "lang=en").Body.String()
		if !strings.Contains(page, "Nothing is public here now") || strings.Contains(page, "letters.example/en/boris") {
			t.Error("what is quiet is told of as public")
		}
		if w := press(t, handler, path, page, "name", "agree"); !strings.Contains(w.Body.String(), "Your agreement is noted") {
			t.Error("nobody can agree before")
		}
	})
}

const bound = `  - {id: verdict, when: 2024-04-02, kind: verdict, verdict: guilty, nature: legal, source: paper, family: public_already,
     sentence: [{kind: fine, amount: {minor: 60000000, currency: RUB}}, {kind: internet_restriction, years: 2}]}
  - {id: listed, when: 2024-03-02, kind: designation_added, designation: extremist_register, nature: legal, source: paper, effects: [{kind: bank_card_ban}, {kind: teaching_ban}]}
  - {id: out, when: 2024-04-02, after: verdict, kind: release, release: non_custodial_sentence, nature: event, source: paper}
`

// After a release the page says what binds, what not to do, and how to help; before it there is none, and after a stop it is gone.
func TestAftercare(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		handler := pages(t, h)
		if w := ask(handler, "GET", "/en/anna/aftercare", ""); w.Code != 404 {
			t.Errorf("while the person is held: %d", w.Code)
		}
		src := strings.Replace(anna, "asks: [release, clemency]", "asks: [release]\n  refused: [exchange]", 1)
		var f casefile.File
		must(t, casefile.Decode([]byte(strings.NewReplacer("SLUG", "anna", "LEVEL", "public", "person: {", "person: {country: RU, ").Replace(src)+bound), &f))
		must(t, h.DB.Update(t.Context(), func(tx *db.Tx) error { _, err := h.Cases.Apply(tx, &f); return err }))
		handler = pages(t, h)
		for _, tag := range []string{"en", "ru", "ar", "fr"} {
			w := ask(handler, "GET", "/"+tag+"/anna/aftercare", "")
			if w.Code != 200 || strings.Contains(w.Body.String(), "aftercare.") && strings.Contains(w.Body.String(), ">aftercare.") || strings.Contains(w.Body.String(), "{{") {
				t.Errorf("%s: %d", tag, w.Code)
			}
		}
		page := ask(handler, "GET", "/en/anna/aftercare", "").Body.String()
		h.clock.t = h.clock.t.AddDate(0, 0, 40)
		if late := ask(pages(t, h), "GET", "/en/anna/aftercare", "").Body.String(); !strings.Contains(page, "17 April 2024") || strings.Contains(late, "17 April 2024") {
			t.Error("a day to come is not told, or one that has passed is")
		}
		for _, want := range []string{"After custody: Anna Example", "Fine: 600,000 RUB", "Ban on teaching", "Don’t ask for this in the person’s name: Exchange.",
			"Don’t send money to the person’s card", "Don’t invite the person", "Don’t tag the person", "committee@example.org"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if n := strings.Count(page, "Don’t send money"); n != 1 {
			t.Errorf("it says %d times not to send money", n)
		}
		h.do(h.link("anna", Prisoner), name, Stop)
		handler = pages(t, h)
		if w := ask(handler, "GET", "/en/anna/aftercare", ""); w.Code != 410 {
			t.Errorf("after a stop: %d", w.Code)
		}
	})
}
