package campaign

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/mailproof"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/outlet/desk/desktest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is a desk with the pages of campaigns; what the app does for them is pretended: who publishes has published.
type house struct {
	*desktest.House
	drafts    *draft.Book
	mailbox   *mail.Sink
	taken     map[string]bool
	asked     func() // while a campaign is begun; nil: nothing
	published map[string]*letter.Campaign
}

func open(t testing.TB) *house {
	t.Helper()
	h := &house{House: desktest.Open(t), mailbox: &mail.Sink{}, taken: map[string]bool{}, published: map[string]*letter.Campaign{}}
	now := func() time.Time { return h.Now }
	h.drafts = draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: now})
	gone := fault.New(fault.NotFound, "fault.not_found")
	Hang(h.Desk, Config{
		Drafts: h.drafts, Mail: mailproof.NewBook(mailproof.Config{DB: h.DB, Mail: h.mailbox, Way: "test", Own: []string{"letters.example"}, Now: now}), Now: now, URL: "https://letters.example",
		Applied: func(_ context.Context, slug string) ([]byte, error) {
			if c := h.published[slug]; c != nil {
				return letter.WriteDraft(c), nil
			}
			return nil, nil
		},
		Shown: func(slug string) (*casefile.File, error) {
			if c := h.published[slug]; c != nil {
				return &c.File, nil
			}
			return nil, gone
		},
		Letters: func(context.Context, string) ([]*letter.Letter, error) { return nil, nil },
		Begin: func(ctx context.Context, s organiser.Session, slug string, doc []byte) error {
			if h.asked != nil {
				h.asked()
			}
			if h.taken[slug] {
				return fault.New(fault.Conflict, "fault.campaign.slug_taken")
			}
			h.taken[slug] = true
			return h.DB.Update(ctx, func(tx *db.Tx) error {
				if err := h.drafts.Begin(tx, slug, doc, string(s.Role)); err != nil {
					return err
				}
				return h.Book.Hold(tx, slug, s.Committee)
			})
		},
		Number: func(_ context.Context, _ string, f *letter.File, today casefile.Date) error { return nil },
		Publish: func(_ context.Context, c *letter.Campaign, _ string, _ int) error {
			h.published[c.Case.Slug] = c
			return nil
		},
		Undo: func(context.Context, string, string, int, string) error {
			return fault.New(fault.Gone, "fault.undo.late")
		},
		Undoable:    func(context.Context, string) (time.Time, string, bool, error) { return time.Time{}, "", false, nil },
		Withhold:    func(_ context.Context, slug string) error { delete(h.published, slug); return nil },
		OpenSigning: func(context.Context, string, string) error { return nil },
		Preview: func(_ context.Context, out io.Writer, tag, text lang.Tag, c *letter.Campaign, of string) error {
			_, err := io.WriteString(out, "<!doctype html><p>"+string(tag)+"/"+string(text)+"/"+of+"/"+html.EscapeString(nameIn(c, "en"))+"</p>")
			return err
		},
		Trial: func(context.Context, string, lang.Tag, func(context.Context) error) (string, error) {
			return "token", nil
		},
		TryCode:    func(context.Context, string, string) error { return nil },
		ProofMail:  func(_ lang.Tag, code string) *mail.Message { return &mail.Message{Subject: "test", Text: code} },
		PhotoBytes: func(ctx context.Context, slug, sum string) ([]byte, error) { return h.drafts.Photo(ctx, slug, sum) },
		Pictured: func(ctx context.Context, f *casefile.File) error {
			if f.Person.Photo == nil {
				return nil
			}
			_, err := h.drafts.Photo(ctx, f.Case.Slug, f.Person.Photo.SHA256)
			if fault.Is(err, fault.NotFound) {
				return casefile.Problems{{Path: "person.photo.sha256", Breach: casefile.Broken("rule.photo_gone")}}
			}
			return err
		},
		Backup: func() string { return "2026-02-28" },
	})
	return h
}

var languages = []lang.Tag{"ar", "en", "fr", "ru"}

// answered are the answers in some languages.
func answeredIn(tags ...lang.Tag) url.Values {
	form := url.Values{"step": {"2"}, "country": {"RU"}, "contact": {"committee@example.net"}, "slug": {"anna-berg"}}
	for _, tag := range tags {
		t := string(tag)
		form.Add("tongue", t)
		form.Set("name-"+t, "Anna Berg "+t)
		form.Set("to-"+t, "To the Court "+t)
		form.Set("ask-"+t, "Let Anna go home "+t)
		form.Set("run-"+t, "Committee "+t)
	}
	return form
}

func (h *house) begun(b *desktest.Browser, tags ...lang.Tag) {
	h.T.Helper()
	if w := b.Ask("POST", "/desk/new", answeredIn(tags...)); w.Code != 303 {
		h.T.Fatalf("%d %s", w.Code, w.Body)
	}
}

func (h *house) campaign() *letter.Campaign {
	h.T.Helper()
	d, err := h.drafts.Draft(h.T.Context(), "anna-berg")
	must(h.T, err)
	c, err := letter.ReadDraft(d.Doc)
	must(h.T, err)
	return c
}

// The answers stand in the draft as they were typed, beside whole sentences of each language; a language that the interface lacks begins in the reader's.
func TestSample(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, append(slices.Clone(languages), "ka")...)
	c := h.campaign()
	if p := c.Check(); len(p) != 0 {
		t.Errorf("%v", p)
	}
	if c.Case.Publication.Level != casefile.Quiet || c.Letters[0].State != letter.Draft || c.Person.Country != "RU" {
		t.Errorf("%v %v %v", c.Case.Publication.Level, c.Letters[0].State, c.Person.Country)
	}
	for _, tag := range append(slices.Clone(languages), "ka") {
		body, from := c.Letters[0].Body[tag], tag
		if tag == "ka" {
			from = "en"
		}
		p := h.Catalog.Printer(from)
		for _, want := range []string{"**Anna Berg " + string(tag) + "**", "**Let Anna go home " + string(tag) + "**"} {
			if !strings.Contains(body, "\n\n"+want+"\n\n") {
				t.Errorf("%s: no paragraph %q in %q", tag, want, body)
			}
		}
		for _, key := range []string{"hello", "about", "ask", "law", "meanwhile", "answer"} {
			if !strings.Contains(body, p.T("desk.campaign.sample."+key)) {
				t.Errorf("%s lacks %s", tag, key)
			}
		}
		if strings.Count(body, "Anna Berg") != 1 || !whole(c, tag) {
			t.Errorf("%s: %q", tag, body)
		}
	}
	if page := rowan.Sees("/desk/c/anna-berg/texts/ka"); !strings.Contains(page, "no sample letter in this language") {
		t.Error("nothing says that the sample is not translated")
	}
}

// Two people write the same: nothing is lost, both are shown, and one press keeps mine.
func TestTextsOfTwo(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	ash := h.Joins(organiser.Home, "Ash", organiser.Editor)
	h.begun(rowan, "en", "ru")
	const at = "/desk/c/anna-berg/texts/en"
	base := desktest.Hidden(rowan.Sees(at), "base")

	// The script saves: 204 and the base from which it goes on, as often as it likes.
	auto := func(b *desktest.Browser, form url.Values) (int, string) {
		w := b.Ask("POST", at, form, "X-Requested-With", "autosave")
		return w.Code, strings.Trim(w.Header().Get("ETag"), `"`)
	}
	code, next := auto(rowan, url.Values{"base": {base}, "summary": {"Held."}})
	if code != 204 || next == "" || next == base {
		t.Fatalf("%d %q", code, next)
	}
	if code, next = auto(rowan, url.Values{"base": {next}, "summary": {"Held since May."}}); code != 204 || h.campaign().Case.Summary["en"] != "Held since May." {
		t.Fatalf("%d %v", code, h.campaign().Case.Summary)
	}
	if code, _ := auto(rowan, url.Values{"base": {next}, "letter-title-letter": {strings.Repeat("a", 300)}}); code != 422 {
		t.Errorf("what can't be kept: %d", code)
	}

	// Another field is no conflict; the same one is.
	if w := ash.Ask("POST", at, url.Values{"base": {base}, "name": {"Anna B."}}); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if c := h.campaign(); nameIn(c, "en") != "Anna B." || c.Case.Summary["en"] != "Held since May." {
		t.Errorf("%v %v", c.Person.Names, c.Case.Summary)
	}
	if code, _ := auto(ash, url.Values{"base": {base}, "summary": {"Held since June."}}); code != 409 {
		t.Errorf("the script of who is in conflict is told %d", code)
	}
	w := ash.Ask("POST", at, url.Values{"base": {base}, "summary": {"Held since June."}})
	page := w.Body.String()
	if w.Code != 409 || !strings.Contains(page, "Held since May.") || !strings.Contains(page, "Held since June.") || !strings.Contains(page, `href="#summary"`) {
		t.Fatalf("%d %s", w.Code, page)
	}
	if h.campaign().Case.Summary["en"] != "Held since May." {
		t.Error("who came later has overwritten who came first")
	}
	keep := url.Values{"base": {desktest.Hidden(page, "base")}, "settle": {desktest.Hidden(page, "settle")}, "summary": {desktest.Hidden(page, "summary")}}
	if w := ash.Ask("POST", at, keep); w.Code != 303 || h.campaign().Case.Summary["en"] != "Held since June." || nameIn(h.campaign(), "en") != "Anna B." {
		t.Errorf("%d %v", w.Code, h.campaign().Case.Summary)
	}
	if d, err := h.drafts.Draft(t.Context(), "anna-berg"); err != nil || d.Aside != 0 {
		t.Errorf("%d wait aside, %v", d.Aside, err)
	}
}

func TestGround(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en")
	const at = "/desk/c/anna-berg/ground"
	good := func() url.Values {
		return url.Values{"base": {desktest.Hidden(rowan.Sees(at), "base")}, "kind": {"consent"}, "giver": {"lawyer"}, "scope": {"name", "photo"}, "channel": {"by letter"}, "day": {"2026-02-20"}}
	}
	for field, change := range map[string]func(url.Values){
		"kind": func(f url.Values) { f.Del("kind") }, "giver": func(f url.Values) { f.Set("giver", "Anna's brother Pyotr") }, "scope": func(f url.Values) { f["scope"] = []string{"photo"} },
		"channel": func(f url.Values) { f.Set("channel", " ") }, "day": func(f url.Values) { f.Set("day", "2026-03-02") }, "note": func(f url.Values) { f.Set("kind", "necessity") },
	} {
		form := good()
		change(form)
		if w := rowan.Ask("POST", at, form); w.Code != 422 || !strings.Contains(w.Body.String(), `href="#`+field+`"`) || grounded(h.campaign(), casefile.Date{Year: 2026, Month: 3, Day: 1}) {
			t.Errorf("%s: %d", field, w.Code)
		}
	}
	note := url.Values{"base": {desktest.Hidden(rowan.Sees(at), "base")}, "kind": {"necessity"}, "note": {"Held without contact."}}
	if w := rowan.Ask("POST", at, note); w.Code != 303 || h.campaign().Case.Publication.Necessity == nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := rowan.Ask("POST", at, good()); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	p := h.campaign().Case.Publication
	if p.Necessity != nil || len(p.Consents) != 1 || p.Consents[0].Giver != "lawyer" || p.Consents[0].Date.String() != "2026-02-20" || len(p.Consents[0].Scope) != 2 || p.Level != casefile.Quiet {
		t.Errorf("%+v", p)
	}
	note.Set("base", desktest.Hidden(rowan.Sees(at), "base"))
	if w := rowan.Ask("POST", at, note); w.Code != 422 || !strings.Contains(w.Body.String(), `href="#kind"`) {
		t.Errorf("a note beside an agreement: %d", w.Code)
	}
	h.Now = h.Now.AddDate(0, 6, 0)
	rowan.SignIn("")
	page := rowan.Sees(at)
	if !strings.Contains(page, "Half a year has passed") {
		t.Error("that it is due is not said")
	}
	if w := rowan.Ask("POST", at, url.Values{"base": {desktest.Hidden(page, "base")}, "kind": {"again"}, "which": {"0"}}); w.Code != 303 || h.campaign().Case.Publication.Consents[0].Confirmed.String() != "2026-09-01" {
		t.Errorf("%d %+v", w.Code, h.campaign().Case.Publication.Consents)
	}
}

// The preview may stand in a frame of the desk and in no other page's; nothing in it runs. All other pages stand in no frame.
func TestPreviewIsFramedByTheDeskAlone(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en", "ka")
	policy := func(path string) string {
		w := rowan.Ask("GET", path, nil)
		if w.Code != 200 {
			t.Fatalf("%s: %d", path, w.Code)
		}
		return w.Header().Get("Content-Security-Policy")
	}
	framed := policy("/desk/c/anna-berg/preview/page")
	for _, want := range []string{"frame-ancestors 'self'", "sandbox allow-same-origin", "form-action 'none'", "default-src 'none'"} {
		if !strings.Contains(framed, want) {
			t.Errorf("the preview lacks %q: %s", want, framed)
		}
	}
	for _, never := range []string{"script-src", "allow-scripts", "allow-forms", "allow-top", "allow-popups", "unsafe"} {
		if strings.Contains(framed, never) {
			t.Errorf("the preview has %q: %s", never, framed)
		}
	}
	holder := policy("/desk/c/anna-berg/preview")
	if !strings.Contains(holder, "frame-src 'self'") || !strings.Contains(holder, "frame-ancestors 'none'") {
		t.Errorf("the page around it: %s", holder)
	}
	for _, path := range []string{"", "/texts", "/texts/en", "/ground", "/photo", "/try", "/spread"} {
		if p := policy("/desk/c/anna-berg" + path); !strings.Contains(p, "frame-ancestors 'none'") || strings.Contains(p, "frame-src") {
			t.Errorf("%s: %s", path, p)
		}
	}
	for query, want := range map[string]string{"": "en//letter/", "?of=": "en///", "?tongue=ka": "en/ka/letter/", "?tongue=xx&of=nothing": "en///"} {
		if page := rowan.Sees("/desk/c/anna-berg/preview/page" + query); !strings.Contains(page, want) {
			t.Errorf("%s is of %s", query, page)
		}
	}
	if w := h.Nobody().Ask("GET", "/desk/c/anna-berg/preview/page", nil); w.Code != http.StatusSeeOther {
		t.Errorf("a stranger sees the draft: %d", w.Code)
	}
	other := h.Joins("others", "Elm", organiser.Lead)
	if w := other.Ask("GET", "/desk/c/anna-berg/preview/page", nil); w.Code != http.StatusNotFound {
		t.Errorf("another committee sees the draft: %d", w.Code)
	}
}

// What was read is what is published: not a draft that changed since, nor one that is not whole or rests on nobody's word.
func TestPublish(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en")
	const at = "/desk/c/anna-berg"
	if w := rowan.Ask("GET", at+"/publish", nil); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/desk/prove") {
		t.Errorf("without a fresh proof: %d %s", w.Code, w.Header().Get("Location"))
	}
	rowan.Prove()
	page := rowan.Sees(at + "/publish")
	if strings.Contains(page, `name="base"`) || !strings.Contains(page, at+"/ground") {
		t.Errorf("on nobody's word: %s", page)
	}
	d, err := h.drafts.Draft(t.Context(), "anna-berg")
	must(t, err)
	if w := rowan.Ask("POST", at+"/publish", url.Values{"base": {strconv.Itoa(d.Revision)}}); w.Code != 422 || len(h.published) != 0 {
		t.Errorf("%d", w.Code)
	}
	ground := rowan.Sees(at + "/ground")
	rowan.Ask("POST", at+"/ground", url.Values{"base": {desktest.Hidden(ground, "base")}, "kind": {"consent"}, "giver": {"family"}, "scope": {"name"}, "channel": {"by letter"}, "day": {"2026-02-20"}})
	base := desktest.Hidden(rowan.Sees(at+"/publish"), "base")
	text := rowan.Sees(at + "/texts/en")
	rowan.Ask("POST", at+"/texts/en", url.Values{"base": {desktest.Hidden(text, "base")}, "summary": {"Changed."}})
	if w := rowan.Ask("POST", at+"/publish", url.Values{"base": {base}}); w.Code != 409 || len(h.published) != 0 {
		t.Errorf("a draft that changed since: %d", w.Code)
	}
	if page := rowan.Sees(at); !strings.Contains(page, "Not public") {
		t.Error("it says that it is public")
	}
	base = desktest.Hidden(rowan.Sees(at+"/publish"), "base")
	rowan.Does(at+"/publish", url.Values{"base": {base}, "checked": {"yes"}})
	c := h.published["anna-berg"]
	if c == nil || c.Case.Publication.Level != casefile.Public || c.Letters[0].State != letter.Open || c.Case.Checked.String() != "2026-03-01" || c.Case.Summary["en"] != "Changed." {
		t.Fatalf("%+v", c)
	}
	if page := rowan.Does(at+"/undo", nil); !strings.Contains(page, "take the page from the public instead") {
		t.Errorf("too late, and the page does not say what to do: %s", page)
	}
	if rowan.Does(at+"/withhold", nil); len(h.published) != 0 {
		t.Error("it is not withheld")
	}
	reader := h.Joins(organiser.Home, "Elm", organiser.Reader)
	for _, path := range []string{"/publish", "/undo", "/withhold", "/open", "/texts/en", "/ground", "/try"} {
		if w := reader.Ask("POST", at+path, nil); w.Code != http.StatusForbidden {
			t.Errorf("a reader at %s: %d", path, w.Code)
		}
	}
}

// Each page is whole in each language of the site, and says nothing twice or by a key.
func TestPagesInEachLanguage(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, languages...)
	for _, path := range []string{"/desk/", "/desk/new", "/desk/mail", "/desk/c/anna-berg", "/desk/c/anna-berg/texts", "/desk/c/anna-berg/texts/ar", "/desk/c/anna-berg/ground", "/desk/c/anna-berg/photo",
		"/desk/c/anna-berg/preview", "/desk/c/anna-berg/try", "/desk/c/anna-berg/spread"} {
		for _, tag := range languages {
			page := rowan.Sees(path + "?lang=" + string(tag))
			if !strings.Contains(page, `<html lang="`+string(tag)+`" dir="`+lang.Dir(tag)+`"`) {
				t.Errorf("%s is not in %s", path, tag)
			}
			for _, never := range []string{">desk.", "fault.", "<no value>", "{{"} {
				if strings.Contains(page, never) {
					t.Errorf("%s in %s holds %q", path, tag, never)
				}
			}
		}
	}
}

func TestTasks(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	if page := rowan.Sees("/desk/"); strings.Contains(page, "backup") || !strings.Contains(page, `href="/desk/new"`) {
		t.Error("an empty desk has tasks")
	}
	h.begun(rowan, "en")
	if page := rowan.Sees("/desk/"); !strings.Contains(page, "Say on whose word it is public (Anna Berg en)") {
		t.Errorf("%s", page)
	}
	c := h.campaign()
	c.Case.Publication = casefile.Publication{Level: casefile.Public, Consents: []casefile.Consent{{Giver: "family", Scope: []casefile.Scope{"name"}, Channel: casefile.Text{"en": "x"}, Date: casefile.Date{Year: 2026, Month: 3, Day: 1}}}}
	c.Case.Checked = casefile.Date{Year: 2026, Month: 3, Day: 1}
	c.Sources = []casefile.Source{{ID: "paper", Kind: "independent_media", Publisher: casefile.Text{"en": "A Paper"}, Published: casefile.Partial{Date: casefile.Span{From: casefile.Date{Year: 2026, Month: 2}}}}}
	h.published["anna-berg"] = c
	for days, want := range map[int]string{39: "", 40: "Last compared with its sources 40 days ago: Anna Berg en", 190: "Ask again whether the agreement holds: Anna Berg en"} {
		h.Now = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC).AddDate(0, 0, days)
		rowan.SignIn("")
		page := rowan.Sees("/desk/")
		if want == "" && strings.Contains(page, "Last compared") || !strings.Contains(page, want) {
			t.Errorf("after %d days: %s", days, page)
		}
	}
}
