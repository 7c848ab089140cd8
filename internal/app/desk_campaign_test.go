package app

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/mail"
	"outcry/internal/outlet/desk/desktest"
)

// hall is a whole installation whose desk people join by its forms, with a clock that a test moves and a mailbox that it reads.
type hall struct {
	*App
	*desktest.House
	t    *testing.T
	sink *mail.Sink
}

func newHall(t *testing.T, d db.Config) *hall {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	h := &hall{t: t, sink: &mail.Sink{}, House: &desktest.House{T: t, Now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}}
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: func() time.Time { return h.House.Now }, Log: slog.New(slog.DiscardHandler)}
	c.URL, c.Database, c.From = "https://letters.example.org", d.URL, "no-reply@letters.example.org"
	must(t, Init(ctx, c))
	c.Mail = h.sink
	a, err := Open(ctx, c)
	must(t, err)
	t.Cleanup(func() { a.Close() })
	h.App, h.House.DB, h.House.Book = a, a.DB, a.Organisers
	h.House.Handler, err = a.Handler(ctx)
	must(t, err)
	running, stop := context.WithCancel(ctx)
	t.Cleanup(stop)
	go a.Log.Run(running)
	return h
}

// get is what a stranger gets.
func (h *hall) get(path string) (int, string) {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.House.Handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(b)
}

// begun makes a campaign by the forms, and returns its path at the desk.
func (h *hall) begun(b *desktest.Browser) string {
	h.t.Helper()
	page := b.Does("/desk/new", url.Values{"tongue": {"en", "ru"}, "country": {"RU"}})
	for _, want := range []string{`name="name-en"`, `name="name-ru"`, `name="ask-ru"`} {
		if !strings.Contains(page, want) {
			h.t.Fatalf("the questions lack %s: %s", want, page)
		}
	}
	w := b.Ask("POST", "/desk/new", answered())
	if w.Code != 303 || w.Header().Get("Location") != "/desk/c/anna-berg" {
		h.t.Fatalf("%d %s %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return w.Header().Get("Location")
}

func answered() url.Values {
	return url.Values{"step": {"2"}, "slug": {"anna-berg"}, "tongue": {"en", "ru"}, "country": {"RU"}, "name-en": {"Anna Berg"}, "name-ru": {"Анна Берг"}, "to-en": {"To the Court of Appeal"},
		"to-ru": {"Апелляционному суду"}, "ask-en": {"Let Anna Berg go home."}, "ask-ru": {"Отпустите Анну Берг домой."}, "run-en": {"Committee for Anna Berg"},
		"run-ru": {"Комитет в защиту Анны Берг"}, "contact": {"committee@example.net"}}
}

func (h *hall) ground(b *desktest.Browser, at string) {
	h.t.Helper()
	page := b.Sees(at + "/ground")
	w := b.Ask("POST", at+"/ground", url.Values{"base": {desktest.Hidden(page, "base")}, "kind": {"consent"}, "giver": {"family"}, "scope": {"name", "letter"}, "channel": {"by letter"}, "day": {"2026-02-20"}})
	if w.Code != 303 {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// publish goes through the page before it; the answer is the page that says what became of it.
func (h *hall) publish(b *desktest.Browser, at string) string {
	h.t.Helper()
	b.Prove()
	page := b.Sees(at + "/publish")
	return b.Does(at+"/publish", url.Values{"base": {desktest.Hidden(page, "base")}, "checked": {"yes"}})
}

// clockForm is a time of the day: a count is of the moment at which the log was read.
var clockForm = regexp.MustCompile(`\b[0-9]{2}:[0-9]{2}\b`)

// outside is all that strangers see of the installation: pages, feeds, lists and numbers.
func (h *hall) outside() map[string]string {
	h.t.Helper()
	must(h.t, h.Refresh(h.t.Context())) // as the program does each second
	seen := map[string]string{}
	for _, path := range []string{"/en/", "/ru/", "/en/people", "/en/people?q=Berg", "/en/people/map", "/letters.json", "/en/anna-berg", "/ru/anna-berg", "/en/anna-berg/letter", "/ru/anna-berg/letter",
		"/en/anna-berg/timeline", "/en/anna-berg/changes", "/en/anna-berg/sheet", "/en/anna-berg/plain", "/en/anna-berg/feed.xml", "/en/anna-berg/feed.json", "/en/anna-berg/calendar.ics",
		"/en/anna-berg/letter/card.png", "/en/anna-berg/letter/poster.pdf", "/en/anna-berg/letter/poster.txt", "/en/anna-berg/letter/names"} {
		code, body := h.get(path)
		seen[path] = http.StatusText(code) + " " + clockForm.ReplaceAllString(body, "")
	}
	return seen
}

func TestCampaignFromNothing(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		nothing := h.outside()
		at := h.begun(rowan)
		h.ground(rowan, at)
		must(t, h.Refresh(t.Context()))
		for path, body := range h.outside() { // a draft is nowhere
			if body != nothing[path] || strings.Contains(body, "Berg") && !strings.Contains(path, "Berg") {
				t.Errorf("a draft shows at %s", path)
			}
		}
		page := rowan.Sees(at)
		for _, want := range []string{"Anna Berg", at + "/publish", at + "/texts", at + "/try"} {
			if !strings.Contains(page, want) {
				t.Errorf("the checklist lacks %q", want)
			}
		}

		// Published before mail is proven: it can be read, and not signed.
		h.publish(rowan, at)
		if page := rowan.Sees(at); strings.Contains(page, at+"/try") || !strings.Contains(page, at+"/open") {
			t.Errorf("the checklist says that somebody has tried to sign, or does not lead to opening: %s", page)
		}
		code, body := h.get("/ru/anna-berg/letter")
		if code != 200 || !strings.Contains(body, "Отпустите Анну Берг домой") || strings.Contains(body, `name="email"`) {
			t.Errorf("%d %s", code, body)
		}
		w := rowan.Ask("POST", at+"/open", url.Values{"letter": {"letter"}})
		if rowan.Sees(w.Header().Get("Location")); h.letterState(at) != "paused" {
			t.Fatalf("it opened before mail was proven: %s", h.letterState(at))
		}
		h.prove(rowan)
		if page := rowan.Sees("/desk/"); !strings.Contains(page, `href="`+at+`/open"`) {
			t.Errorf("today does not say that the letter can be opened: %s", page)
		}
		rowan.Prove()
		rowan.Does(at+"/open", url.Values{"letter": {"letter"}})
		if h.letterState(at) != "open" {
			t.Fatalf("it is %s", h.letterState(at))
		}
		if _, body = h.get("/en/anna-berg/letter"); !strings.Contains(body, `name="email"`) {
			t.Error("it can't be signed")
		}
		if code, _ := h.get("/en/anna-berg/letter/poster.txt"); code != 200 {
			t.Errorf("the poster: %d", code)
		}
		page = rowan.Sees(at + "/spread")
		for _, want := range []string{"https://letters.example.org/ru/anna-berg/letter", "/en/anna-berg/letter/poster.pdf", "/en/anna-berg/letter/card.png"} {
			if !strings.Contains(page, want) {
				t.Errorf("what there is to send lacks %s", want)
			}
		}
		if page := rowan.Sees(at); !strings.Contains(page, "brought up to date") {
			t.Error("the next count is not told")
		}

		// Taken back at any time, at once.
		rowan.Does(at+"/withhold", nil)
		if code, body := h.get("/en/anna-berg"); code != 410 || strings.Contains(body, "Berg") {
			t.Errorf("withheld: %d %s", code, body)
		}
	})
}

func (h *hall) letterState(string) string {
	h.t.Helper()
	all, err := h.App.Book.All(h.t.Context(), "anna-berg")
	must(h.t, err)
	if len(all) != 1 {
		h.t.Fatalf("%d letters", len(all))
	}
	return string(all[0].State)
}

var codeForm = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)

// prove proves that mail arrives, by the pages.
func (h *hall) prove(b *desktest.Browser) {
	h.t.Helper()
	before := len(h.sink.List())
	page := b.Does("/desk/mail", url.Values{"first": {"a@mailbox.example"}, "second": {"b@elsewhere.example"}})
	test := desktest.Hidden(page, "test")
	if test == "" || len(h.sink.List()) != before+2 {
		h.t.Fatalf("%s", page)
	}
	by := map[string]string{}
	for _, m := range h.sink.List() {
		by[m.To] = codeForm.FindString(m.Text)
	}
	if page := b.Does("/desk/mail", url.Values{"test": {test}, "first": {by["a@mailbox.example"]}, "second": {by["b@elsewhere.example"]}}); !strings.Contains(page, "Mail arrives") {
		h.t.Fatalf("%s", page)
	}
}

// Undoing within ten minutes brings back to the byte what strangers saw before; after that it is refused, and the page says what to do instead.
func TestUndoPublication(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.prove(rowan)
		nothing := h.outside()
		h.publish(rowan, at)
		if code, _ := h.get("/en/anna-berg"); code != 200 || h.letterState(at) != "open" {
			t.Fatalf("published: %d, and %s", code, h.letterState(at))
		}
		rowan.Does(at+"/undo", nil)
		h.done(rowan)
		h.same(nothing, h.outside(), "the first publication")
		if n := h.count(t, "casefile_change"); n != 0 {
			t.Errorf("%d changes of a publication that was undone", n)
		}
		if h.letterState(at) != "paused" {
			t.Errorf("its letter is %s", h.letterState(at))
		}
		if page := rowan.Sees(at + "/texts/en"); !strings.Contains(page, "Committee for Anna Berg") {
			t.Error("the draft is lost")
		}

		// Again, and a second publication over it, undone.
		h.publish(rowan, at)
		rowan.House.Now = rowan.House.Now.Add(time.Hour)
		first := h.outside()
		page := rowan.Sees(at + "/texts/en")
		form := url.Values{"base": {desktest.Hidden(page, "base")}, "summary": {"She has been held since February."}, "letter-body-letter": {"Another text."}}
		if w := rowan.Ask("POST", at+"/texts/en", form); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h.publish(rowan, at)
		if _, body := h.get("/en/anna-berg/letter"); !strings.Contains(body, "Another text.") {
			t.Fatalf("%s", body)
		}
		rowan.Does(at+"/undo", nil)
		h.done(rowan)
		now := h.outside()
		for _, path := range []string{"/en/anna-berg", "/ru/anna-berg", "/en/anna-berg/changes", "/en/anna-berg/feed.xml", "/en/anna-berg/plain"} {
			if now[path] != first[path] {
				t.Errorf("%s is not as it was:\n%s\n%s", path, first[path], now[path])
			}
		}
		if body := now["/en/anna-berg/letter"]; strings.Contains(body, "Another text.") || !strings.Contains(body, "Universal Declaration") {
			t.Error("the letter's text is not as it was")
		}
		if page := rowan.Sees(at + "/texts/en"); !strings.Contains(page, "Another text.") {
			t.Error("what was written is lost with the publication")
		}

		// Too late.
		h.publish(rowan, at)
		rowan.House.Now = rowan.House.Now.Add(10*time.Minute + time.Second)
		if page := rowan.Sees(at); strings.Contains(page, at+"/undo") {
			t.Error("the button is still there")
		}
		late := h.outside()
		if page := rowan.Does(at+"/undo", nil); !strings.Contains(page, "take the page from the public instead") {
			t.Errorf("%s", page)
		}
		h.same(late, h.outside(), "a refused undoing")
	})
}

// done holds that the last errand was carried out.
func (h *hall) done(b *desktest.Browser) {
	h.t.Helper()
	list, err := h.App.Organisers.Errands(h.t.Context(), b.Session())
	must(h.t, err)
	for _, e := range list {
		if e.State != organiser.Done {
			h.t.Errorf("%s of %s is %s: %s", e.Act, e.Object, e.State, e.Fault)
		}
	}
}

// same holds that strangers see what they saw; what the log was told stays there, so numbers without a name are left aside.
func (h *hall) same(was, is map[string]string, what string) {
	h.t.Helper()
	for path, body := range was {
		if path == "/letters.json" {
			if strings.Contains(body, "anna") != strings.Contains(is[path], "anna") {
				h.t.Errorf("%s: %s", what, is[path])
			}
			continue
		}
		if is[path] != body {
			h.t.Errorf("%s: %s is not as it was:\n%s\n%s", what, path, body, is[path])
		}
	}
}

func (h *hall) count(t *testing.T, table string) (n int) {
	t.Helper()
	must(t, h.App.DB.View(t.Context(), func(tx *db.Tx) error {
		_, err := tx.One("SELECT COUNT(*) FROM " + table).Scan(&n)
		return err
	}))
	return n
}

// With three organisers one proposes and another publishes; what is published is what was proposed, whatever the draft says by then.
func TestPublishByTwo(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		ash := h.Joins(organiser.Home, "Ash", organiser.Editor)
		h.Joins(organiser.Home, "Elm", organiser.Reader)
		at := h.begun(rowan)
		h.ground(rowan, at)
		page := h.publish(rowan, at)
		if code, _ := h.get("/en/anna-berg"); code != 404 {
			t.Fatalf("one alone has published: %d", code)
		}
		m := regexp.MustCompile(`action="(/desk/proposals/[^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%s", page)
		}
		form := rowan.Sees(at + "/texts/en")
		if w := rowan.Ask("POST", at+"/texts/en", url.Values{"base": {desktest.Hidden(form, "base")}, "summary": {"Written later."}}); w.Code != 303 {
			t.Fatalf("%d", w.Code)
		}
		rowan.Prove()
		if w := rowan.Ask("POST", m[1], url.Values{"act": {"approve"}}); w.Code == 303 && strings.Contains(w.Header().Get("Location"), "/errands/") {
			t.Fatal("one has approved their own")
		}
		ash.Prove()
		ash.Does(m[1], url.Values{"act": {"approve"}})
		code, body := h.get("/en/anna-berg")
		if code != 200 || strings.Contains(body, "Written later.") {
			t.Errorf("%d %s", code, html.UnescapeString(body))
		}
	})
}

// Trying a signature leaves nothing behind: not in any table, not in the log, not in a count.
func TestTrialLeavesNothing(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.publish(rowan, at)
		rowan.Sees(at + "/try") // the trail notes once an hour that somebody was here
		rowan.Ask("POST", at+"/try", url.Values{"email": {"not an address"}})
		if _, err := h.Days(t); err != nil {
			t.Fatal(err)
		}
		before, numbers := h.rows(t), h.outside()["/letters.json"]
		page := rowan.Does(at+"/try", url.Values{"email": {"rowan@mailbox.example"}, "tongue": {"ru"}})
		token := desktest.Hidden(page, "token")
		all := h.sink.List()
		if token == "" || len(all) != 1 || all[0].To != "rowan@mailbox.example" || strings.Contains(page, "rowan@mailbox.example") {
			t.Fatalf("%d mails; %s", len(all), page)
		}
		m := all[0]
		p := h.App.site.Words.Printer("ru")
		for _, key := range []string{"mail.confirm.hello", "mail.confirm.code", "mail.confirm.not_you", "mail.trial.mark"} {
			if !strings.Contains(m.Text, p.T(key)) {
				t.Errorf("the mail lacks %s: %s", key, m.Text)
			}
		}
		if m.Subject != "Проба: "+p.T("mail.confirm.subject") {
			t.Error(m.Subject)
		}
		if w := rowan.Ask("POST", at+"/try", url.Values{"token": {token}, "code": {"0000-0000"}}); w.Code != 422 {
			t.Errorf("a wrong code: %d", w.Code)
		}
		if page := rowan.Does(at+"/try", url.Values{"token": {token}, "code": {codeForm.FindString(m.Text)}}); !strings.Contains(page, "Nobody was counted") {
			t.Errorf("%s", page)
		}
		begun := func() (n int) {
			must(t, h.App.DB.Update(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.One(`SELECT n FROM mailproof_begun WHERE kind = 'trial'`).Scan(&n); err != nil {
					return err
				}
				_, err := tx.Exec(`DELETE FROM mailproof_begun`)
				return err
			}))
			return n
		}
		if n := begun(); n != 1 { // how many there were in this hour is all that is known of them, and not for longer
			t.Errorf("%d test mails are counted", n)
		}
		if after := h.rows(t); after != before {
			t.Errorf("before and after:\n%s\n%s", before, after)
		}
		if now := h.outside()["/letters.json"]; now != numbers {
			t.Errorf("%s\n%s", numbers, now)
		}
		h.House.Now = h.House.Now.Add(73 * time.Hour)
		if w := rowan.SignIn(""); w.Code != 303 {
			t.Fatalf("%d", w.Code)
		}
		if w := rowan.Ask("POST", at+"/try", url.Values{"token": {token}, "code": {codeForm.FindString(m.Text)}}); w.Code != 410 {
			t.Errorf("after 73 hours: %d", w.Code)
		}
	})
}

// Days has today's key made, so that no later step makes it.
func (h *hall) Days(t *testing.T) (string, error) {
	t.Helper()
	return h.App.days.Token(t.Context(), "test", nil)
}

// rows are all rows of the database, but for sessions and the trail, which know that somebody was there.
func (h *hall) rows(t *testing.T) string {
	t.Helper()
	out := map[string][]string{}
	must(t, h.App.DB.View(t.Context(), func(tx *db.Tx) error {
		for _, table := range backupTables {
			if table.Name == "organiser_session" || table.Name == "organiser_trail" {
				continue
			}
			n := 0
			if _, err := tx.One("SELECT COUNT(*) FROM " + table.Name).Scan(&n); err != nil {
				return err
			}
			out[table.Name] = []string{fmt.Sprint(n)}
			if len(table.Keep) == 0 {
				continue
			}
			err := tx.Each("SELECT "+strings.Join(table.Keep, ", ")+" FROM "+table.Name, nil, func(scan func(...any) error) error {
				row, to := make([]any, len(table.Keep)), make([]any, len(table.Keep))
				for i := range row {
					to[i] = &row[i]
				}
				err := scan(to...)
				out[table.Name] = append(out[table.Name], fmt.Sprintf("%v", row))
				return err
			})
			if err != nil {
				return err
			}
			slices.Sort(out[table.Name])
		}
		return nil
	}))
	b, err := json.MarshalIndent(out, "", " ")
	must(t, err)
	return string(b)
}

// What was cut off is carried out again, and comes to the same: a publication, and its undoing.
func TestCarriedOutAgain(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.ground(rowan, at)
		nothing := h.outside()
		h.publish(rowan, at)
		public, ctx := h.outside(), t.Context()
		list, err := h.App.Organisers.Errands(ctx, rowan.Session())
		must(t, err)
		now, err := h.App.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		r, err := h.App.Drafts.At(ctx, "anna-berg", now.Published)
		must(t, err)
		c, err := letter.ReadDraft(r.Doc)
		must(t, err)
		for range 2 {
			must(t, h.publishDraft(ctx, c, list[0].ID, r.N))
		}
		h.same(public, h.outside(), "published again")
		draft, err := h.App.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		for range 2 {
			must(t, h.undoDraft(ctx, "anna-berg", list[0].ID, draft.Revision, "lead"))
			h.same(nothing, h.outside(), "undone again")
		}
		if now, err := h.App.Drafts.Draft(ctx, "anna-berg"); err != nil || string(now.Doc) != string(draft.Doc) {
			t.Errorf("the draft is another one: %v", err)
		}
	})
}
