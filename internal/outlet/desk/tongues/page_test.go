package tongues

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
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
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk/desktest"
)

// room is a house with a translation desk, and the scenario's draft in it.
type room struct {
	*desktest.House
	drafts *draft.Book
	stops  []casefile.Stop
}

// untold is an installation that tells nothing yet.
func untold(context.Context, string) ([]byte, error) { return nil, nil }

const slug = "kagarlitsky"

func open(t testing.TB, d *db.DB) *room {
	t.Helper()
	h := desktest.On(t, d)
	r := &room{House: h, drafts: draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: func() time.Time { return h.Now }})}
	h.Known = []string{slug, "other"}
	c := scenario(t)
	for _, name := range h.Known {
		c.Case.Slug = name
		must(t, h.DB.Update(t.Context(), func(tx *db.Tx) error { return r.drafts.Begin(tx, name, letter.WriteDraft(c), "editor") }))
	}
	Hang(h.Desk, Config{Drafts: r.drafts, Applied: untold, Now: func() time.Time { return h.Now },
		Stops: func(context.Context, string) ([]casefile.Stop, error) { return r.stops, nil }})
	return r
}

// each runs a test on both engines.
func each(t *testing.T, fn func(t *testing.T, r *room)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, open(t, d)) })
}

// draft is what the draft says.
func (r *room) campaign() *letter.Campaign {
	r.T.Helper()
	d, err := r.drafts.Draft(r.T.Context(), slug)
	must(r.T, err)
	c, err := letter.ReadDraft(d.Doc)
	must(r.T, err)
	return c
}

// edits changes the draft as an editor does on another page.
func (r *room) edits(fn func(c *letter.Campaign)) {
	r.T.Helper()
	d, err := r.drafts.Draft(r.T.Context(), slug)
	must(r.T, err)
	c, err := letter.ReadDraft(d.Doc)
	must(r.T, err)
	fn(c)
	_, err = r.drafts.Save(r.T.Context(), slug, d.Revision, letter.WriteDraft(c), "editor")
	must(r.T, err)
}

const langs = "/desk/c/" + slug + "/languages"

// page is an open page of the editor: its fields as a browser would send them.
type page struct {
	by   *desktest.Browser
	path string
	form url.Values
	body string
}

var (
	hiddenForm = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	areaForm   = regexp.MustCompile(`(?s)<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>`)
)

func fields(body string) url.Values {
	v := url.Values{}
	at := strings.Index(body, `data-save`)
	if at < 0 {
		return v
	}
	for _, m := range hiddenForm.FindAllStringSubmatch(body[at:], -1) {
		v.Set(unescape(m[1]), unescape(m[2]))
	}
	for _, m := range areaForm.FindAllStringSubmatch(body[at:], -1) {
		v.Set(m[1], unescape(m[2]))
	}
	return v
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'").Replace(s)
}

// opens opens the page on which a piece stands.
func (r *room) opens(b *desktest.Browser, tag, path string) *page {
	r.T.Helper()
	for n := 1; n < 40; n++ {
		at := fmt.Sprintf("%s/%s?show=all&page=%d", langs, tag, n)
		body := b.Sees(at)
		if strings.Contains(body, `name="t-`+digest(path)+`"`) {
			return &page{b, langs + "/" + tag, fields(body), body}
		}
	}
	r.T.Fatalf("%s is on no page", path)
	return nil
}

// types types a text into a piece.
func (p *page) types(path, text string) *page {
	p.form.Set("t-"+digest(path), text)
	return p
}

// sends sends the page with a press of a button.
func (p *page) sends(button ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for k, v := range p.form {
		form[k] = v
	}
	for i := 0; i+1 < len(button); i += 2 {
		form.Set(button[i], button[i+1])
	}
	return p.by.Ask("POST", p.path, form)
}

// autosaves sends it as the script does.
func (p *page) autosaves() int {
	return p.by.Ask("POST", p.path, p.form, "X-Requested-With", "autosave").Code
}

func (r *room) tongue(tag lang.Tag) draft.Tongue {
	r.T.Helper()
	t, _, err := r.drafts.Tongue(r.T.Context(), slug, tag)
	must(r.T, err)
	return t
}

// A language is begun, translated, offered once it is whole, and taken back; the draft can be published all the time.
func TestLanguageFromBeginningToEnd(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Editor)
		if body := rowan.Sees(langs); !strings.Contains(body, "Русский") || strings.Contains(body, "العربية</bdi>") {
			t.Error("the languages of the campaign are not there")
		}
		for in, code := range map[string]int{"": 422, "xx-nonsense": 422, "<b>": 422, "ru": 409, "ar": 303} {
			if w := rowan.Ask("POST", langs, url.Values{"tongue": {in}}); w.Code != code {
				t.Errorf("%q: %d", in, w.Code)
			}
		}
		if w := rowan.Ask("GET", langs+"/de", nil); w.Code != 404 {
			t.Errorf("a language that nobody began: %d", w.Code)
		}
		p := r.opens(rowan, "ar", "letters[slug=release].title")
		for _, want := range []string{`lang="ar" dir="rtl"`, `lang="en" dir="ltr"`, "data-save"} {
			if !strings.Contains(p.body, want) {
				t.Errorf("%s is not there", want)
			}
		}
		p.types("letters[slug=release].title", "أطلقوا سراح بوريس").types("person.names", "بوريس كاغارليتسكي")
		if w := p.sends(); w.Code != 200 || !strings.Contains(w.Body.String(), "2 texts saved.") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if c := r.campaign(); c.Letters[0].Title["ar"] != "" || len(c.Person.Names) != 2 || slices.Contains(c.Campaign.Languages, "ar") || len(c.Check()) > 0 {
			t.Error("half a translation is in the draft")
		}
		if again := r.opens(rowan, "ar", "letters[slug=release].title"); again.form.Get("t-"+digest("letters[slug=release].title")) != "أطلقوا سراح بوريس" {
			t.Error("what was typed is lost")
		}
		body := rowan.Sees(langs + "/ar/offer")
		if !strings.Contains(body, "Still missing") || !strings.Contains(body, "Text of the letter") || strings.Contains(body, "Offer this language") {
			t.Errorf("%s", body)
		}
		if w := rowan.Ask("POST", langs+"/ar/offer", url.Values{"act": {"offer"}}); w.Code != 409 || slices.Contains(r.campaign().Campaign.Languages, "ar") {
			t.Errorf("offered with half a letter: %d", w.Code)
		}
		for _, field := range []string{"addressee", "demand", "body", "run_by"} {
			path := "letters[slug=release]." + field
			if w := r.opens(rowan, "ar", path).types(path, "نص "+field).sends(); w.Code != 200 {
				t.Fatalf("%s: %d", field, w.Code)
			}
		}
		if w := rowan.Ask("POST", langs+"/ar/offer", url.Values{"act": {"offer"}}); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		c := r.campaign()
		if !slices.Contains(c.Campaign.Languages, "ar") || c.Letters[0].Body["ar"] != "نص body" || len(c.Person.Names) != 3 || len(c.Check()) > 0 || len(r.tongue("ar").Waiting) > 0 {
			t.Fatalf("%v %v", c.Campaign.Languages, c.Check())
		}
		// A letter that is there is not made a half one.
		w := r.opens(rowan, "ar", "letters[slug=release].demand").types("letters[slug=release].demand", " ").sends()
		if w.Code != 422 || !strings.Contains(w.Body.String(), "replaced, not emptied") || r.campaign().Letters[0].Demand["ar"] == "" {
			t.Errorf("%d", w.Code)
		}
		// Other texts may go.
		if w := r.opens(rowan, "ar", "person.names").types("person.names", "").sends(); w.Code != 200 || len(r.campaign().Person.Names) != 2 {
			t.Errorf("%d", w.Code)
		}
		if w := rowan.Ask("POST", langs+"/ar/offer", url.Values{"act": {"forget"}, "sure": {"yes"}}); w.Code != 409 {
			t.Errorf("deleted while it is offered: %d", w.Code)
		}
		if w := rowan.Ask("POST", langs+"/ar/offer", url.Values{"act": {"withdraw"}}); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		c = r.campaign()
		if slices.Contains(c.Campaign.Languages, "ar") || c.Letters[0].Body["ar"] != "" || len(c.Check()) > 0 || r.tongue("ar").Waiting["letters[slug=release].body"] != "نص body" {
			t.Errorf("%v %v %v", c.Campaign.Languages, c.Check(), r.tongue("ar").Waiting)
		}
		if w := rowan.Ask("POST", langs+"/ar/offer", url.Values{"act": {"forget"}}); w.Code != 422 {
			t.Errorf("deleted without a word: %d", w.Code)
		}
		if w := rowan.Ask("POST", langs+"/ar/offer", url.Values{"act": {"forget"}, "sure": {"yes"}}); w.Code != 303 || strings.Contains(rowan.Sees(langs), "العربية</bdi>") {
			t.Errorf("%d", w.Code)
		}
	})
}

// A translation is older than its source from the edit on that changed it; the page says which, shows what changed, and takes it as still right.
func TestStale(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
		if body := rowan.Sees(langs); !strings.Contains(body, "All there") {
			t.Fatalf("%s", body)
		}
		const path = "events[id=bridge].what"
		r.edits(func(c *letter.Campaign) { c.Event("bridge").Status = casefile.Reported }) // another edit, of no text
		r.Now = r.Now.AddDate(0, 0, 3)
		r.edits(func(c *letter.Campaign) { c.Event("bridge").What["en"] = "Two explosions on the Crimean bridge." })
		r.edits(func(c *letter.Campaign) { c.Event("bridge").Status = casefile.Contested })
		rowan.SignIn(organiser.Home)
		body := rowan.Sees(langs)
		if !strings.Contains(body, "1 text is older than its source") || !strings.Contains(body, "revision 3, 4 March 2026") {
			t.Fatalf("%s", body)
		}
		body = rowan.Sees(langs + "/ru?show=stale")
		for _, want := range []string{"Before:</span>An explosion", "Now:</span>Two explosions", "revision 3, 4 March 2026. Role: Editor", "Translated 1 March 2026. Role: Editor."} {
			if !strings.Contains(body, want) {
				t.Errorf("%q is not there: %s", want, body)
			}
		}
		p := &page{rowan, langs + "/ru", fields(body), body}
		if w := p.sends("right", digest(path)); w.Code != 200 || !strings.Contains(w.Body.String(), "1 text is marked as still right.") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if note := r.tongue("ru").Notes[path]; note.By != "translator" || note.Day != "2026-03-04" || note.Was != "Two explosions on the Crimean bridge." {
			t.Errorf("%+v", note)
		}
		if body := rowan.Sees(langs); strings.Contains(body, "older than its source</a>") {
			t.Error("it is still stale")
		}
		// What is typed while the source changes is of the words that the page showed.
		p = r.opens(rowan, "ru", path)
		r.edits(func(c *letter.Campaign) { c.Event("bridge").What["en"] = "Three explosions." })
		if w := p.types(path, "Два взрыва на Крымском мосту.").sends(); w.Code != 200 {
			t.Errorf("%d", w.Code)
		}
		if body := rowan.Sees(langs + "/ru?show=stale"); !strings.Contains(body, "Before:</span>Two explosions on the Crimean bridge.") || !strings.Contains(body, "Два взрыва") {
			t.Errorf("%s", body)
		}
		// Both languages changed together elsewhere: nothing is stale.
		r.edits(func(c *letter.Campaign) {
			c.Event("bridge").What = casefile.Text{"en": "Four explosions.", "ru": "Четыре взрыва."}
		})
		if body := rowan.Sees(langs + "/ru?show=stale"); strings.Contains(body, "Четыре") {
			t.Errorf("%s", body)
		}
	})
}

// Two at the same piece: what was there first stays, the other stands beside it, and either can be chosen. It is the same for a text in the draft and for one that waits.
func TestTwoAtOnePiece(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan, ash := r.Joins(organiser.Home, "Rowan", organiser.Translator), r.Joins(organiser.Home, "Ash", organiser.Editor)
		if w := rowan.Ask("POST", langs, url.Values{"tongue": {"fa"}}); w.Code != 303 {
			t.Fatal(w.Code)
		}
		for _, c := range []struct{ tag, path, other string }{
			{"ru", "events[id=bridge].what", "events[id=video].what"}, {"fa", "letters[slug=release].title", "letters[slug=release].demand"}, {"fa", "case.summary", "case.act"},
		} {
			a, b := r.opens(rowan, c.tag, c.path), r.opens(ash, c.tag, c.path)
			// Each also changes a piece that the other has open, and does not touch.
			if r.opens(rowan, c.tag, c.other).form.Has("t-" + digest(c.path)) {
				a.types(c.other, "other of Rowan")
			}
			if w := a.types(c.path, "by Rowan").sends(); w.Code != 200 {
				t.Fatalf("%d", w.Code)
			}
			w := b.types(c.path, "by Ash").sends()
			if w.Code != 409 || !strings.Contains(w.Body.String(), "1 text was changed by somebody else") || !strings.Contains(w.Body.String(), "by Rowan") || !strings.Contains(w.Body.String(), "Ash") {
				t.Fatalf("%s: %d %s", c.path, w.Code, w.Body)
			}
			p := r.opens(rowan, c.tag, c.path)
			if p.form.Get("t-"+digest(c.path)) != "by Rowan" || !strings.Contains(p.body, "Somebody else wrote this at the same time") {
				t.Errorf("%s: %s", c.path, p.form.Get("t-"+digest(c.path)))
			}
			if a.form.Get("t-"+digest(c.other)) == "other of Rowan" && p.form.Get("t-"+digest(c.other)) != "other of Rowan" {
				t.Errorf("%s: a page that was not touched there took it back", c.other)
			}
			if got := r.tongue(lang.Tag(c.tag)).Aside[c.path]; len(got) != 1 || got[0].Text != "by Ash" || got[0].By != "editor" {
				t.Errorf("%+v", got)
			}
			if w := p.sends("use", digest(c.path)+"-"+digest("by Ash")); w.Code != 200 {
				t.Fatalf("%d", w.Code)
			}
			if p := r.opens(rowan, c.tag, c.path); p.form.Get("t-"+digest(c.path)) != "by Ash" || strings.Contains(p.body, "at the same time") {
				t.Errorf("%s: the other one was not taken", c.path)
			}
		}
		// Taken away instead.
		a, b := r.opens(rowan, "fa", "case.title"), r.opens(ash, "fa", "case.title")
		a.types("case.title", "one").sends()
		b.types("case.title", "two").sends()
		r.opens(ash, "fa", "case.title").sends("drop", digest("case.title")+"-"+digest("two"))
		if k := r.tongue("fa"); k.Waiting["case.title"] != "one" || len(k.Aside) > 0 {
			t.Errorf("%+v", k)
		}
	})
}

// At the same moment, on whatever engine: of many who save at once nobody's text is lost.
func TestManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
		rowan.Ask("POST", langs, url.Values{"tongue": {"fa"}})
		for _, c := range []struct{ tag, path string }{{"ru", "events[id=bridge].what"}, {"fa", "case.title"}} {
			b := &bench{Config: Config{Drafts: r.drafts, Applied: untold, Now: func() time.Time { return r.Now }}}
			const many = 4
			done := make(chan error)
			for i := range many {
				go func() {
					w, err := b.look(t.Context(), slug, lang.Tag(c.tag), "")
					if err == nil {
						was := ""
						if p := w.piece(c.path); c.tag == "ru" {
							was = digest("Взрыв на Крымском мосту.")
							_ = p
						}
						_, err = b.save(t.Context(), w, []entry{{path: c.path, text: fmt.Sprintf("text %d", i), was: was}}, fmt.Sprintf("hand-%d", i), "translator")
					}
					done <- err
				}()
			}
			for range many {
				must(t, <-done)
			}
			kept := r.tongue(lang.Tag(c.tag))
			texts := []string{kept.Waiting[c.path], r.campaign().Event("bridge").What[lang.Tag(c.tag)]}
			for _, v := range kept.Aside[c.path] {
				texts = append(texts, v.Text)
			}
			for i := range many {
				if !slices.Contains(texts, fmt.Sprintf("text %d", i)) {
					t.Errorf("%s: text %d is lost: %q", c.tag, i, texts)
				}
			}
		}
	})
}

// A page that saves itself does not come into conflict with itself, and says what it can't keep.
func TestAutosave(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"}))
	rowan, ash := r.Joins(organiser.Home, "Rowan", organiser.Translator), r.Joins(organiser.Home, "Ash", organiser.Translator)
	rowan.Ask("POST", langs, url.Values{"tongue": {"fa"}})
	for _, c := range []struct{ tag, path string }{{"ru", "events[id=bridge].what"}, {"fa", "case.title"}} {
		p := r.opens(rowan, c.tag, c.path)
		was := p.form.Get("t-" + digest(c.path))
		for _, text := range []string{"one", "one two", "", "three", was, "four"} {
			if code := p.types(c.path, text).autosaves(); code != 204 {
				t.Errorf("%s %q: %d", c.tag, text, code)
			}
			if got := r.opens(ash, c.tag, c.path).form.Get("t-" + digest(c.path)); got != text {
				t.Errorf("%s: %q for %q", c.tag, got, text)
			}
		}
		if code := p.types(c.path, "a\u202eb").autosaves(); code != 422 {
			t.Errorf("an override of direction: %d", code)
		}
		if w := p.sends(); w.Code != 422 || !strings.Contains(w.Body.String(), "Error: ") || !strings.Contains(w.Body.String(), `href="#t-`+digest(c.path)) {
			t.Errorf("%d", w.Code)
		}
		p.types(c.path, "four")
		r.opens(ash, c.tag, c.path).types(c.path, "by Ash").sends()
		for _, text := range []string{"five", "five six"} {
			if code := p.types(c.path, text).autosaves(); code != 409 {
				t.Errorf("%s: %d", c.tag, code)
			}
		}
		if list := r.tongue(lang.Tag(c.tag)).Aside[c.path]; len(list) != 1 || list[0].Text != "five six" {
			t.Errorf("%+v", list)
		}
	}
}

// A letter that comes later waits, in a language that is offered, until it is whole there.
func TestSecondLetterWaits(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"}))
	rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
	r.edits(func(c *letter.Campaign) {
		c.Letters = append(c.Letters, c.Letters[0])
		l := &c.Letters[1]
		l.Slug, l.State, l.Reports = "second", letter.Draft, nil
		for _, to := range []*casefile.Text{&l.Title, &l.Addressee, &l.Demand, &l.Body, &l.RunBy} {
			*to = casefile.Text{"en": "In English"}
		}
	})
	for i, field := range letterFields {
		path := "letters[slug=second]." + field
		r.opens(rowan, "ru", path).types(path, "По-русски").sends()
		c := r.campaign()
		if there := c.Letters[1].Title["ru"] != ""; there != (i == len(letterFields)-1) || len(c.Check()) > 0 {
			t.Errorf("with %d of %d: there %v, %v", i+1, len(letterFields), there, c.Check())
		}
	}
	if k := r.tongue("ru"); len(k.Waiting) > 0 {
		t.Errorf("%v", k.Waiting)
	}
}

// What the rules find wrong stands at its piece.
func TestRulesAreHeard(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"}))
	rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
	rowan.Ask("POST", langs, url.Values{"tongue": {"ar"}})
	r.opens(rowan, "ru", "case.title").types("case.title", strings.Repeat("слово ", 60)).sends()
	p := r.opens(rowan, "ar", "letters[slug=release].demand").types("letters[slug=release].demand", strings.Repeat("كلمة ", 200))
	p.sends()
	if body := rowan.Sees(langs + "/ru?show=todo"); !strings.Contains(body, "A title is one line of 160 characters at most.") {
		t.Errorf("%s", body)
	}
	body := r.opens(rowan, "ar", "letters[slug=release].demand").body
	if !strings.Contains(body, "Take out at least 833 characters.") || strings.Contains(body, "a letter is whole") {
		t.Errorf("%s", body)
	}
}

// Only who may translate comes in, and only to a case of their own committee.
func TestWhoMayTranslate(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"}))
	reader, ally := r.Joins(organiser.Home, "Ash", organiser.Reader), r.Joins("allies", "Elm", organiser.Lead)
	translator := r.Joins(organiser.Home, "Rowan", organiser.Translator)
	for _, path := range []string{langs, langs + "/ru", langs + "/ru/file"} {
		if w := reader.Ask("GET", path, nil); w.Code != 403 {
			t.Errorf("%s as reader: %d", path, w.Code)
		}
		if w := ally.Ask("GET", path, nil); w.Code != 404 {
			t.Errorf("%s as an ally: %d", path, w.Code)
		}
		if w := r.Nobody().Ask("GET", path, nil); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/desk/in") {
			t.Errorf("%s as nobody: %d", path, w.Code)
		}
	}
	for _, path := range []string{langs + "/ru/offer", langs + "/ru/links"} {
		for _, method := range []string{"GET", "POST"} {
			if w := translator.Ask(method, path, url.Values{"act": {"make"}}); w.Code != 403 {
				t.Errorf("%s %s as translator: %d", method, path, w.Code)
			}
		}
	}
	if w := reader.Ask("POST", langs+"/ru", url.Values{"hand": {"0123456789abcdef"}, "t-" + digest("case.title"): {"x"}, "w-" + digest("case.title"): {digest(r.campaign().Case.Title["ru"])}}); w.Code != 403 || r.campaign().Case.Title["ru"] == "x" {
		t.Errorf("%d", w.Code)
	}
}

// A language is added by its name from the list, or by its code where it is not on it; what is typed is meant. What there is already is not offered.
func TestLanguageOfTheList(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}))
	rowan := r.Joins(organiser.Home, "Rowan", organiser.Lead)
	page := rowan.Sees(langs)
	if !strings.Contains(page, `<option value="uk" lang="uk">Українська</option>`) || strings.Contains(page, `<option value="ru"`) {
		t.Error("the list is another")
	}
	for _, tag := range commonTongues {
		if known, ok := lang.Canonical(string(tag)); !ok || known != tag || tongueName(tag) == string(tag) {
			t.Errorf("%s: %s %v, called %s", tag, known, ok, tongueName(tag))
		}
	}
	for i, c := range []struct{ common, typed, want string }{{"uk", "", "uk"}, {"", "tt", "tt"}, {"fa", "ka", "ka"}} {
		w := rowan.Ask("POST", langs, url.Values{"common": {c.common}, "tongue": {c.typed}})
		if w.Code != 303 || w.Header().Get("Location") != langs+"/"+c.want {
			t.Errorf("%d: %d %s", i, w.Code, w.Header().Get("Location"))
		}
	}
	w := rowan.Ask("POST", langs, url.Values{"common": {"fa"}, "tongue": {"nonsense-"}})
	if body := w.Body.String(); w.Code != 422 || !strings.Contains(body, `<option value="fa" lang="fa" selected>`) || !strings.Contains(body, `href="#tongue"`) {
		t.Errorf("%d", w.Code)
	}
}

// What is older than its source stands among the day's tasks of who may translate, once somebody has worked at that language here.
func TestStaleIsATask(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}))
	sage, ash := r.Joins(organiser.Home, "Sage", organiser.Translator), r.Joins(organiser.Home, "Ash", organiser.Moderator)
	const task = "1 translation is older than its source"
	sage.Sees(langs + "/ru")
	if strings.Contains(sage.Sees("/desk/"), "older than") {
		t.Error("nothing has changed")
	}
	r.edits(func(c *letter.Campaign) { c.Letters[0].Demand["en"] = "Another demand." })
	if page := sage.Sees("/desk/"); !strings.Contains(page, task) || !strings.Contains(page, `href="`+langs+`"`) {
		t.Errorf("%s", page)
	}
	if strings.Contains(ash.Sees("/desk/"), task) {
		t.Error("it is told to who can't do it")
	}
}
