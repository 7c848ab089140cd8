package tongues

import (
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

var linkForm = regexp.MustCompile(`https://letters\.example(/desk/t/[A-Za-z0-9_-]{43})`)

// links makes a private link as an editor does.
func (r *room) links(b *desktest.Browser, tag string) (path string) {
	r.T.Helper()
	b.Prove()
	w := b.Ask("POST", langs+"/"+tag+"/links", url.Values{"act": {"make"}})
	m := linkForm.FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil {
		r.T.Fatalf("%d %s", w.Code, w.Body)
	}
	if again := b.Sees(langs + "/" + tag + "/links"); strings.Contains(again, m[1]) {
		r.T.Error("a link is told twice")
	}
	return m[1]
}

// turns the pages of a private link until a piece stands there.
func (r *room) guestPage(path, piece string) *page {
	r.T.Helper()
	nobody := r.Nobody()
	for _, n := range strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15") {
		w := nobody.Ask("POST", path, url.Values{"show": {"all"}, "page": {n}})
		if w.Code != 200 {
			r.T.Fatalf("%d %s", w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), `name="t-`+digest(piece)+`"`) {
			return &page{nobody, path, fields(w.Body.String()), w.Body.String()}
		}
	}
	r.T.Fatalf("%s is on no page", piece)
	return nil
}

// Somebody who is no organiser translates by a link: its page tells nothing before its button is pressed, and nothing but what is to be translated behind it.
func TestByPrivateLink(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Editor)
		if w := rowan.Ask("POST", langs+"/ru/links", url.Values{"act": {"make"}}); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/desk/prove") {
			t.Errorf("made without a fresh proof: %d", w.Code)
		}
		path := r.links(rowan, "ru")
		nobody := r.Nobody()
		w := nobody.Ask("GET", path, nil)
		other := nobody.Ask("GET", "/desk/t/"+strings.Repeat("A", 43), nil)
		if w.Code != 200 || strings.ReplaceAll(w.Body.String(), path, "") != strings.ReplaceAll(other.Body.String(), "/desk/t/"+strings.Repeat("A", 43), "") {
			t.Errorf("the page tells whether there is such a link: %d", w.Code)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "strict-origin"} {
			for _, w := range []*httptest.ResponseRecorder{w, nobody.Ask("POST", path, nil)} {
				if w.Header().Get(name) != want {
					t.Errorf("%s: %q", name, w.Header().Get(name))
				}
			}
		}
		if strings.Contains(w.Body.String(), "Kagarlitsky") || strings.Contains(w.Body.String(), "Русский") && strings.Contains(w.Body.String(), "Translation") {
			t.Errorf("%s", w.Body)
		}
		r.edits(func(c *letter.Campaign) {
			c.Events = append(c.Events, c.Events[1])
			e := &c.Events[len(c.Events)-1]
			e.ID, e.Visibility, e.What = "inner", "team", casefile.Text{"en": "SEALED-FROM-GUESTS"}
		})
		const piece = "events[id=bridge].what"
		p := r.guestPage(path, piece)
		for _, secret := range []string{"/desk/c/", "/desk/people", "home", "Rowan", "SEALED-FROM-GUESTS", `href="/desk`} {
			if strings.Contains(p.body, secret) {
				t.Errorf("%q is on a guest's page", secret)
			}
		}
		if strings.Contains(nobody.Ask("POST", path, url.Values{"act": {"file"}}).Body.String(), "SEALED-FROM-GUESTS") {
			t.Error("the file holds what is not to be translated")
		}
		r.stops = []casefile.Stop{{Kind: casefile.StopEvent, Name: "video", By: "lawyer"}}
		for _, text := range []string{nobody.Ask("POST", path, url.Values{"act": {"file"}}).Body.String(), r.guestPage(path, piece).body} {
			if strings.Contains(text, "events[id=video]") || strings.Contains(text, digest("events[id=video].what")) {
				t.Error("a guest is shown what the lawyer has stopped")
			}
		}
		r.stops = nil
		if w := p.types(piece, "По ссылке").sends(); w.Code != 200 || !strings.Contains(w.Body.String(), "By private link") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if code := p.types(piece, "По ссылке, дальше").autosaves(); code != 204 {
			t.Errorf("%d", code)
		}
		if got := r.campaign().Event("bridge").What["ru"]; got != "По ссылке, дальше" || r.tongue("ru").Notes[piece].By != draft.Link {
			t.Errorf("%q %+v", got, r.tongue("ru").Notes[piece])
		}
		if trail := rowan.Trail(); !slices.Contains(trail, "link translate "+slug+"/ru") || !slices.Contains(trail, "editor translate "+slug+"/ru/link-made") {
			t.Errorf("%q", trail)
		}
		if body := rowan.Sees("/desk/trail"); !strings.Contains(body, "By private link") {
			t.Error("the trail does not say it in words")
		}
		// A piece that is none of its language, or not its to see, is not taken.
		for _, path := range []string{"events[id=inner].what", "campaign.contact"} {
			p.form.Set("t-"+digest(path), "x")
			p.form.Set("w-"+digest(path), "")
		}
		p.form.Set("f-"+digest(piece), "ru")
		p.sends()
		if c := r.campaign(); c.Event("inner").What["ru"] != "" || c.Campaign.Contact == "x" {
			t.Error("more than its language is taken")
		}
		// The file, out and in.
		src := nobody.Ask("POST", path, url.Values{"act": {"file"}})
		if _, bad := readCatalogue(src.Body.Bytes()); src.Code != 200 || len(bad) > 0 {
			t.Fatalf("%d %v", src.Code, bad)
		}
		w = sendsFile(nobody, path, []byte(strings.Replace(src.Body.String(), "По ссылке, дальше", "Из файла", 1)))
		name := desktest.Hidden(w.Body.String(), "name")
		if w.Code != 200 || name == "" || !strings.Contains(w.Body.String(), "1 text would change") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := nobody.Ask("POST", path, url.Values{"act": {"take"}, "name": {name}}); w.Code != 200 || r.campaign().Event("bridge").What["ru"] != "Из файла" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		// An organiser and a guest at one piece.
		a, b := r.opens(rowan, "ru", piece), r.guestPage(path, piece)
		a.types(piece, "Здесь").sends()
		if w := b.types(piece, "Там").sends(); w.Code != 409 || r.campaign().Event("bridge").What["ru"] != "Здесь" || r.tongue("ru").Aside[piece][0].Text != "Там" {
			t.Errorf("%d", w.Code)
		}
	})
}

// A link that was taken back, has ended, or is another case's or language's opens nothing.
func TestLinkThatOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Editor)
		first, second := r.links(rowan, "ru"), r.links(rowan, "ru")
		open := func(path string) int { return r.Nobody().Ask("POST", path, nil).Code }
		save := func(path string) int {
			return r.Nobody().Ask("POST", path, url.Values{"hand": {"0123456789abcdef"}, "t-" + digest("case.title"): {"x"}, "w-" + digest("case.title"): {digest(r.campaign().Case.Title["ru"])}}).Code
		}
		if open(first) != 200 || open(second) != 200 {
			t.Fatal("a link does not open")
		}
		body := rowan.Sees(langs + "/ru/links")
		ids := regexp.MustCompile(`name="id" value="([0-9a-f]{16})"`).FindAllStringSubmatch(body, -1)
		if len(ids) != 2 {
			t.Fatalf("%s", body)
		}
		// Another committee, another case and a translator end none.
		ally := r.Joins("allies", "Elm", organiser.Lead)
		if w := ally.Ask("POST", langs+"/ru/links", url.Values{"act": {"end"}, "id": {ids[0][1]}}); w.Code != 404 {
			t.Errorf("%d", w.Code)
		}
		for _, tag := range []string{"en", "ru"} {
			rowan.Ask("POST", "/desk/c/other/languages/"+tag+"/links", url.Values{"act": {"end"}, "id": {ids[0][1]}})
		}
		rowan.Ask("POST", langs+"/en/links", url.Values{"act": {"end"}, "id": {ids[0][1]}})
		if open(first) != 200 || open(second) != 200 {
			t.Error("ended from elsewhere")
		}
		rowan.Ask("POST", langs+"/ru/links", url.Values{"act": {"end"}, "id": {ids[0][1]}})
		rowan.Ask("POST", langs+"/ru/links", url.Values{"act": {"end"}, "id": {ids[0][1]}})
		codes := []int{open(first), open(second)}
		slices.Sort(codes)
		if !slices.Equal(codes, []int{200, 404}) {
			t.Fatalf("taken back: %v", codes)
		}
		living := first
		if open(first) == 404 {
			living = second
			if save(first) != 404 {
				t.Error("a link that was taken back saves")
			}
		} else if save(second) != 404 {
			t.Error("a link that was taken back saves")
		}
		r.Now = r.Now.Add(30*24*time.Hour - 2*time.Hour)
		if code := open(living); code != 200 {
			t.Errorf("on its last day: %d", code)
		}
		r.Now = r.Now.Add(2 * time.Hour)
		if open(living) != 404 || save(living) != 404 || sendsFile(r.Nobody(), living, []byte("x")).Code != 404 {
			t.Error("a link that has ended opens")
		}
		if title := r.campaign().Case.Title["ru"]; title == "x" {
			t.Error("saved")
		}
		must(t, r.drafts.Sweep(t.Context()))
		if list, err := r.drafts.Guests(t.Context(), slug); err != nil || len(list) > 0 {
			t.Errorf("%v %v", list, err)
		}
		// The links of a language go with it.
		rowan.SignIn(organiser.Home)
		rowan.Ask("POST", langs, url.Values{"tongue": {"fa"}})
		path := r.links(rowan, "fa")
		if open(path) != 200 {
			t.Fatal("it does not open")
		}
		rowan.Ask("POST", langs+"/fa/offer", url.Values{"act": {"forget"}, "sure": {"yes"}})
		if open(path) != 404 {
			t.Error("a link of a language that is gone opens")
		}
	})
}

// Guessing is told to come again, and keeps nobody with a link out; a link that sends without end is told to wait.
func TestLinksAreBounded(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"}))
	rowan := r.Joins(organiser.Home, "Rowan", organiser.Editor)
	path := r.links(rowan, "ru")
	seen := map[int]int{}
	for range 120 {
		seen[r.Nobody().Ask("POST", "/desk/t/"+strings.Repeat("B", 43), nil).Code]++
	}
	seen[r.Nobody().Ask("POST", "/desk/t/short", nil).Code]++
	if seen[404] != 100 || seen[429] != 21 {
		t.Errorf("%v", seen)
	}
	if code := r.Nobody().Ask("POST", path, nil).Code; code != 200 {
		t.Errorf("guessing keeps a translator out: %d", code)
	}
	// A stranger can't make the program read a long form.
	if w := r.Nobody().Ask("POST", "/desk/t/"+strings.Repeat("B", 43), url.Values{"x": {strings.Repeat("y", 1<<20)}}); w.Code != 429 {
		t.Errorf("%d", w.Code)
	}
	other := r.links(rowan, "ru")
	seen = map[int]int{}
	nobody := r.Nobody()
	for range formsMost {
		seen[nobody.Ask("POST", path, nil, "Content-Type", "multipart/form-data").Code]++ // which is none, so that no page is made for it
	}
	if len(seen) != 2 || seen[429] != 1 { // one form was sent above
		t.Errorf("%v", seen)
	}
	if code := r.Nobody().Ask("POST", other, nil).Code; code != 200 {
		t.Errorf("another link: %d", code)
	}
	r.Now = r.Now.Add(time.Hour)
	if code := r.Nobody().Ask("POST", path, nil).Code; code != 200 {
		t.Errorf("an hour later: %d", code)
	}
	rowan.Prove()
	for range 50 {
		rowan.Ask("POST", langs+"/ru/links", url.Values{"act": {"make"}})
	}
	if list, err := r.drafts.Guests(t.Context(), slug); err != nil || len(list) != 40 {
		t.Errorf("%d links", len(list))
	}
}

// Neither the link's secret, nor what is translated, nor which piece it was is on the disk in the clear.
func TestNothingInTheClear(t *testing.T) {
	file := t.TempDir() + "/outcry.db"
	d := dbtest.Open(t, db.Config{File: file})
	r := open(t, d)
	rowan := r.Joins(organiser.Home, "Rowan", organiser.Editor)
	rowan.Ask("POST", langs, url.Values{"tongue": {"fa"}})
	path := r.links(rowan, "fa")
	r.guestPage(path, "events[id=bridge].what").types("events[id=bridge].what", "PLANTED-TRANSLATION").sends()
	src := r.Nobody().Ask("POST", path, url.Values{"act": {"file"}}).Body.String()
	sendsFile(r.Nobody(), path, []byte(strings.Replace(src, "PLANTED-TRANSLATION", "PLANTED-FILE", 1)))
	dump := kept(t, file)
	for _, secret := range []string{"PLANTED-TRANSLATION", "PLANTED-FILE", strings.TrimPrefix(path, "/desk/t/"), "id=bridge"} {
		if strings.Contains(dump, secret) {
			t.Errorf("%s is on the disk", secret)
		}
	}
	if !strings.Contains(dump, slug) {
		t.Error("nothing is looked at")
	}
}

// kept is every byte of a database's files.
func kept(t *testing.T, file string) string {
	t.Helper()
	names, err := filepath.Glob(file + "*")
	must(t, err)
	var all strings.Builder
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(t, err)
		all.Write(b)
	}
	return all.String()
}

// A desk that was locked is shut to those who translate by a link too, as if there were no such link; opened again, it is there again.
func TestLinkToALockedDesk(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.JoinsAt(organiser.Home, "Rowan", organiser.Lead, organiser.Abroad)
		path := r.links(rowan, "ru")
		if w := r.Nobody().Ask("POST", path, nil); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if err := r.Book.Lock(t.Context(), rowan.Session()); err != nil {
			t.Fatal(err)
		}
		shut, other := r.Nobody().Ask("POST", path, nil), r.Nobody().Ask("POST", "/desk/t/"+strings.Repeat("A", 43), nil)
		if shut.Code == 200 || shut.Code != other.Code || shut.Body.String() != other.Body.String() {
			t.Errorf("%d %s", shut.Code, shut.Body)
		}
		if _, err := r.Book.ReopenByServer(t.Context(), organiser.Home); err != nil {
			t.Fatal(err)
		}
		if w := r.Nobody().Ask("POST", path, nil); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
