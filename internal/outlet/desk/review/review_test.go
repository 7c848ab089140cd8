package review

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/desktest"
)

// house is a desk with the review's pages and two cases, of which anna is public.
type house struct {
	*desktest.House
	drafts  *draft.Book
	applied map[string][]byte
	hidden  error // why the public sees nothing; nil: it sees what is applied
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{House: desktest.Open(t), applied: map[string][]byte{}}
	h.drafts = draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: func() time.Time { return h.Now }, Canon: func(doc []byte) ([]byte, error) {
		c, err := letter.ReadDraft(doc)
		if err != nil {
			return nil, err
		}
		return letter.WriteDraft(c), nil
	}})
	Hang(h.Desk, Config{Drafts: h.drafts, Applied: func(_ context.Context, slug string) ([]byte, error) { return h.applied[slug], nil },
		Shown: func(slug string) (*casefile.File, error) {
			if h.applied[slug] == nil || h.hidden != nil {
				return nil, cmp.Or[error](h.hidden, fault.New(fault.NotFound, "fault.not_found"))
			}
			return &casefile.File{}, nil
		}})
	h.Known = []string{"anna", "boris"}
	h.applied["anna"] = campaign("anna", "Anna Primerova").doc()
	h.begin("boris", campaign("boris", "Boris Obraztsov").doc())
	if _, err := h.drafts.Open(t.Context(), "anna", h.applied["anna"]); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) begin(slug string, doc []byte) {
	h.T.Helper()
	if err := h.DB.Update(h.T.Context(), func(tx *db.Tx) error { return h.drafts.Begin(tx, slug, doc, "editor") }); err != nil {
		h.T.Fatal(err)
	}
}

// save changes the newest draft, or that of a revision.
func (h *house) save(slug string, base int, change func(c *letter.Campaign)) draft.Saved {
	h.T.Helper()
	ctx := h.T.Context()
	now, err := h.drafts.Draft(ctx, slug)
	if err == nil && base > 0 {
		var r draft.Revision
		r, err = h.drafts.At(ctx, slug, base)
		now.Revision, now.Doc = base, r.Doc
	}
	if err != nil {
		h.T.Fatal(err)
	}
	c, err := letter.ReadDraft(now.Doc)
	if err != nil {
		h.T.Fatal(err)
	}
	change(c)
	s, err := h.drafts.Save(ctx, slug, now.Revision, letter.WriteDraft(c), "editor")
	if err != nil {
		h.T.Fatal(err)
	}
	return s
}

type made letter.Campaign

func (m *made) doc() []byte { return letter.WriteDraft((*letter.Campaign)(m)) }

func campaign(slug, name string) *made {
	c := &letter.Campaign{}
	c.Campaign.Slug, c.Campaign.Languages = slug, []lang.Tag{"en", "ar"}
	c.Person.Names = []casefile.Name{{Text: name, Lang: "en"}}
	c.Case.Slug = slug
	c.Case.Title = casefile.Text{"en": "A teacher in prison", "ar": "معلّمة في السجن"}
	when := casefile.Partial{}
	when.Date.From, _ = casefile.ParseDate("2023-05-12")
	c.Sources = []casefile.Source{{ID: "daily", Kind: casefile.SourceKind(casefile.SourceKind("").Known()[0]), Publisher: casefile.Text{"en": "The Daily Example"}}}
	c.Events = []casefile.Event{{ID: "held", When: when, Kind: casefile.Detention, Nature: casefile.NatureEvent, What: casefile.Text{"en": "She was detained in front of her pupils."}, Source: "daily"}}
	c.Letters = []letter.File{{Slug: "release", Title: casefile.Text{"en": "Let her go"}, Body: casefile.Text{"en": "First paragraph.\n\nWe ask for her release."}}}
	return (*made)(c)
}

var tagForm = regexp.MustCompile(`<[^>]*>`)

// plain is a page's text.
func plain(page string) string {
	return strings.Join(strings.Fields(tagForm.ReplaceAllString(page, " ")), " ")
}

// main is what stands between the menu and the foot.
func body(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	return page
}

func holds(t *testing.T, what, page string, parts ...string) {
	t.Helper()
	text := plain(body(page))
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q is not there:\n%s", what, part, text)
		}
	}
}

func lacks(t *testing.T, what, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(body(page), part) {
			t.Errorf("%s: %q is there:\n%s", what, part, body(page))
		}
	}
}

// What a draft changes stands there part by part in words, both texts beside each other, with what was taken out and put in marked.
func TestChangesInWords(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	page := rowan.Sees("/desk/c/anna/changes")
	holds(t, "nothing", page, "The draft says what the page says.", "Anna Primerova")
	lacks(t, "nothing", page, "/publish", "/changes/ask")

	h.save("anna", 0, func(c *letter.Campaign) {
		c.Events[0].What["en"] = "She was detained on <b>her</b> way home."
		c.Events[0].Kind = casefile.Search
		c.Case.Title["ar"] = "معلّمة في السجن منذ عام"
		when := casefile.Partial{}
		when.Date.From, _ = casefile.ParseDate("2023-06")
		c.Events = append(c.Events, casefile.Event{ID: "moved", When: when, Kind: casefile.TransferArrival, What: casefile.Text{"en": "She came to another prison."}, Source: "daily"})
		c.Letters[0].State = letter.Open
		c.Letters[0].Title = nil
	})
	page = rowan.Sees("/desk/c/anna/changes")
	text := plain(body(page))
	holds(t, "changes", page, "parts of the page would change", "12 May 2023", "On the page now", "In the draft", "English", "العربية", "She came to another prison.", "June 2023", "The Daily Example", "Letter: ", "can be signed")
	for _, mark := range []string{`<del><span class="unseen" lang="en">taken out: </span>in front of her pupils.</del>`, `<ins><span class="unseen" lang="en">put in: </span>on &lt;b&gt;her&lt;/b&gt; way home.</ins>`,
		`lang="ar" dir="rtl"`, `>New<`, `href="/desk/c/anna/publish"`} {
		if !strings.Contains(page, mark) {
			t.Errorf("%s is not there:\n%s", mark, body(page))
		}
	}
	for _, raw := range []string{"events[", "what.en", "transfer_arrival", `"daily"`, "moved.", "2023-06"} {
		if strings.Contains(text, raw) {
			t.Errorf("%q stands there as a machine writes it:\n%s", raw, text)
		}
	}
	// A case of which nothing is public: all of it is new.
	holds(t, "boris", rowan.Sees("/desk/c/boris/changes"), "Nothing is public yet", "Boris Obraztsov")
	// Right to left, in each language there is.
	for _, tag := range []string{"ru", "ar", "fr"} {
		page := rowan.Sees("/desk/c/anna/changes?lang=" + tag)
		if !strings.Contains(page, `<html lang="`+tag+`"`) || strings.Contains(plain(body(page)), "On the page now") {
			t.Errorf("%s: %s", tag, plain(body(page)))
		}
	}
}

func TestAskingAndSendingBack(t *testing.T) {
	h := open(t)
	rowan, tilia := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Tilia", organiser.Translator)
	s := h.save("anna", 0, func(c *letter.Campaign) { c.Case.Title["en"] = "A teacher held" })
	holds(t, "an empty queue", rowan.Sees("/desk/review"), "Nothing waits to be read.")
	lacks(t, "nothing was asked", rowan.Sees("/desk/c/anna/changes"), "/changes/back")

	w := tilia.Ask("POST", "/desk/c/anna/changes/ask", url.Values{"revision": {strconv.Itoa(s.Draft.Revision)}, "remark": {strings.Repeat("x", draft.RemarkMost+1)}})
	if w.Code != 422 && w.Code != 400 || !strings.Contains(w.Body.String(), "The remark is too long.") || !strings.Contains(w.Body.String(), `aria-describedby="remark-hint remark-error"`) {
		t.Errorf("a long remark: %d %s", w.Code, body(w.Body.String()))
	}
	page := tilia.Does("/desk/c/anna/changes/ask", url.Values{"revision": {strconv.Itoa(s.Draft.Revision)}, "remark": {"<i>Look</i> at the title"}})
	holds(t, "asked", page, "Somebody has asked for this to be read.", "Asked for by: Translator", "&lt;i&gt;Look&lt;/i&gt; at the title")
	lacks(t, "a translator", page, "/changes/back", "/publish", "/changes/ask", "<i>")
	holds(t, "the queue", rowan.Sees("/desk/review"), "Anna Primerova", "Asked for by: Translator")
	holds(t, "today", rowan.Sees("/desk/"), "Read 1 draft that waits")
	lacks(t, "today, of a translator", tilia.Sees("/desk/"), "draft that waits")

	h.save("anna", 0, func(c *letter.Campaign) { c.Case.Title["en"] = "A teacher held since May" })
	page = rowan.Sees("/desk/c/anna/changes")
	holds(t, "changed since", page, "The draft was changed after that.")
	if m := regexp.MustCompile(`href="(/desk/c/anna/history/compare[^"]*)"`).FindStringSubmatch(page); m == nil {
		t.Error("nothing leads to what was changed since")
	} else {
		holds(t, "since", rowan.Sees(strings.ReplaceAll(m[1], "&amp;", "&")), "since May")
	}
	page = rowan.Does("/desk/c/anna/changes/back", url.Values{"remark": {"The source is missing"}})
	holds(t, "sent back", page, "This was sent back", "Sent back by: Lead", "The source is missing")
	holds(t, "today, after it", rowan.Sees("/desk/"), "Look at what was sent back: Anna Primerova")
	if w := rowan.Ask("POST", "/desk/c/anna/changes/back", url.Values{}); w.Code != 409 {
		t.Errorf("sending back twice: %d", w.Code)
	}
	if w := tilia.Ask("POST", "/desk/c/anna/changes/back", url.Values{}); w.Code != 403 {
		t.Errorf("a translator sends back: %d", w.Code)
	}
	acts := strings.Join(rowan.Trail(), "; ")
	for _, line := range []string{"translator translate anna", "lead review anna", "translator review refused"} {
		if !strings.Contains(acts, line) {
			t.Errorf("the trail lacks %q: %s", line, acts)
		}
	}
	// Publishing ends it.
	h.Now = h.Now.Add(time.Hour)
	tilia.SignIn(organiser.Home)
	now, err := h.drafts.Draft(t.Context(), "anna")
	if err != nil {
		t.Fatal(err)
	}
	tilia.Does("/desk/c/anna/changes/ask", url.Values{"revision": {strconv.Itoa(now.Revision)}})
	if err := h.DB.Update(t.Context(), func(tx *db.Tx) error { return h.drafts.MarkPublished(tx, "anna", now.Revision) }); err != nil {
		t.Fatal(err)
	}
	h.applied["anna"] = now.Doc
	holds(t, "published", rowan.Sees("/desk/review"), "Nothing waits to be read.")
	holds(t, "published", rowan.Sees("/desk/c/anna/changes"), "The draft says what the page says.")
}

func TestHistoryAndRestoring(t *testing.T) {
	h := open(t)
	rowan, ash := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Ash", organiser.Reader)
	h.save("anna", 0, func(c *letter.Campaign) { c.Case.Title["en"] = "Second title" })
	h.save("anna", 0, func(c *letter.Campaign) { c.Case.Title["en"] = "Third title" })
	page := rowan.Sees("/desk/c/anna/history")
	holds(t, "history", page, "the draft now", "on the page", "applied by a file", "at most 200", "180 days", "Compare two versions")
	lacks(t, "history", page, "Kept aside")
	holds(t, "two", rowan.Sees("/desk/c/anna/history/compare?from=2&to=3"), "Second", "Third", "Version 2", "Version 3")
	holds(t, "the same", rowan.Sees("/desk/c/anna/history/compare?from=2&to=2"), "Both say the same.")
	holds(t, "one", rowan.Sees("/desk/c/anna/history/2"), "Where it says something else than the draft", "Make this the draft again")
	page = rowan.Does("/desk/c/anna/history/2/restore", nil)
	holds(t, "restored", page, "Version 2 is the draft again.", "Undo")
	if now, err := h.drafts.Draft(t.Context(), "anna"); err != nil || !bytes.Contains(now.Doc, []byte("Second title")) {
		t.Errorf("%s %v", now.Doc, err)
	}
	m := regexp.MustCompile(`action="(/desk/c/anna/history/3/restore)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no undo: %s", body(page))
	}
	holds(t, "undone", rowan.Does(m[1], nil), "Version 3 is the draft again.")
	if now, err := h.drafts.Draft(t.Context(), "anna"); err != nil || !bytes.Contains(now.Doc, []byte("Third title")) {
		t.Errorf("%s %v", now.Doc, err)
	}
	// Who reads may see all of it and change nothing.
	lacks(t, "a reader", ash.Sees("/desk/c/anna/history/2"), "/restore")
	for _, path := range []string{"/history/2/restore", "/history/2/settle", "/history/2/take", "/history/forget", "/changes/ask", "/changes/back"} {
		if w := ash.Ask("POST", "/desk/c/anna"+path, nil); w.Code != 403 {
			t.Errorf("a reader does %s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/desk/c/anna/history/99", "/desk/c/anna/history/x", "/desk/c/anna/history/compare?from=1&to=99", "/desk/c/anna/history/compare", "/desk/c/carl/changes"} {
		if w := rowan.Ask("GET", path, nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	// Forgetting: by a lead with a fresh proof, for good.
	if w := rowan.Ask("GET", "/desk/c/anna/history/forget", nil); w.Code != 303 {
		t.Errorf("forgetting without a proof: %d", w.Code)
	}
	rowan.Prove()
	page = rowan.Does("/desk/c/anna/history/forget", nil)
	lacks(t, "forgotten", page, `<li value="2"`, `<li value="3"`)
	if acts := strings.Join(rowan.Trail(), "; "); !strings.Contains(acts, "lead purge anna") || !strings.Contains(acts, "lead edit anna") {
		t.Errorf("the trail does not say so: %s", acts)
	}
	holds(t, "what forgetting says", rowan.Sees("/desk/c/anna/history/forget"), "for good")
}

// What was kept aside is shown with both values, can be taken one by one, and is dealt with when somebody says so.
func TestKeptAside(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.save("anna", 0, func(c *letter.Campaign) { c.Case.Title["en"] = "Hers"; c.Events[0].What["en"] = "Hers too" })
	s := h.save("anna", 1, func(c *letter.Campaign) { c.Case.Title["en"] = "His"; c.Events[0].What["en"] = "His too" })
	if s.Aside == 0 {
		t.Fatal("nothing is in conflict")
	}
	at := "/desk/c/anna/history/" + strconv.Itoa(s.Aside)
	holds(t, "today", rowan.Sees("/desk/"), "Two people changed the same. Choose what stays: Anna Primerova")
	holds(t, "changes", rowan.Sees("/desk/c/anna/changes"), "1 version is kept aside")
	if page := rowan.Sees("/desk/c/anna/history"); !strings.Contains(page, `href="`+at+`"`) {
		t.Errorf("nothing leads there: %s", body(page))
	}
	page := rowan.Sees(at)
	holds(t, "aside", page, "Hers too", "His too", "Take this into the draft")
	page = rowan.Does(at+"/take", url.Values{"path": {"events[id=held].what.en"}})
	now, err := h.drafts.Draft(t.Context(), "anna")
	if err != nil || !bytes.Contains(now.Doc, []byte("His too")) || !bytes.Contains(now.Doc, []byte(`"Hers"`)) {
		t.Errorf("%s %v", now.Doc, err)
	}
	if strings.Count(page, "/take") != 1 {
		t.Errorf("one is left: %s", body(page))
	}
	for _, path := range []string{"", "nonsense[", "events[id=held].what.en.x"} {
		if w := rowan.Ask("POST", at+"/take", url.Values{"path": {path}}); w.Code != 404 {
			t.Errorf("taking %q: %d", path, w.Code)
		}
	}
	page = rowan.Does(at+"/settle", nil)
	lacks(t, "settled", page, "Two people changed the same")
	rowan.Does(at+"/settle", nil) // twice is once
	holds(t, "today, then", rowan.Sees("/desk/"), "nothing to do today")
}

// Another committee sees nothing of it: neither pages, nor queue, nor tasks.
func TestOthersSeeNothing(t *testing.T) {
	h := open(t)
	rowan, birch := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins("allies", "Birch", organiser.Lead)
	s := h.save("anna", 0, func(c *letter.Campaign) { c.Case.Title["en"] = "A secret title" })
	rowan.Does("/desk/c/anna/changes/ask", url.Values{"revision": {strconv.Itoa(s.Draft.Revision)}, "remark": {"a secret remark"}})
	holds(t, "the queue of the others", birch.Sees("/desk/review"), "Nothing waits to be read.")
	holds(t, "the others’ day", birch.Sees("/desk/"), "nothing to do today")
	birch.Prove()
	for _, route := range h.Desk.Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if !strings.Contains(path, "{case}") {
			continue
		}
		path = strings.NewReplacer("{case}", "anna", "{n}", "1").Replace(path)
		for _, who := range []*desktest.Browser{birch, h.Nobody()} {
			w := who.Ask(method, path, nil)
			if w.Code != 404 && (who == birch || w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), desk.Root+"/in")) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s %s by somebody else: %d %s", method, path, w.Code, w.Header().Get("Location"))
			}
		}
	}
}

// Of a page that was taken back, or of a publication that was undone, nothing is public: the draft is held against nothing.
func TestNothingIsPublic(t *testing.T) {
	for name, c := range map[string]struct {
		hidden error
		says   string
	}{
		"undone":     {fault.New(fault.NotFound, "fault.not_found"), "Nothing is public yet: all of this is new."},
		"taken back": {fault.New(fault.Gone, "fault.gone"), "Nothing is public now: the page was taken back."},
	} {
		h := open(t)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		h.hidden = c.hidden
		page := rowan.Sees("/desk/c/anna/changes")
		holds(t, name, page, c.says, "Anna Primerova", "Go on to publishing")
		lacks(t, name, page, "The draft says what the page says.", "parts of the page would change")
	}
}
