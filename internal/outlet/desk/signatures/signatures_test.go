package signatures_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/internal/outlet/desk/desktest"
	"outcry/internal/outlet/desk/signatures"
	"outcry/receipt"
)

// floor is a desk over an open letter where the third of an hour and domain is held.
type floor struct {
	*desktest.House
	s       *lettertest.Site
	news    *news.Book
	file    *casefile.File // what was applied; nil: nothing yet
	broken  error          // what Touch answers once: the errand runs again
	touched int

	mailless bool // it is not known that mail leaves this server
}

const (
	home      = "/desk/c/" + lettertest.Case + "/signatures"
	ofLetter  = home + "/" + lettertest.Slug
	followers = "/desk/c/" + lettertest.Case + "/followers"
)

func onFloor(t *testing.T, fn func(t *testing.T, f *floor)) {
	t.Helper()
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		budgets := letter.Usual()
		budgets.Burst = 2
		file := lettertest.File()
		file.Pace = letter.Immediate
		fn(t, open(t, c, lettertest.Options{Budgets: budgets, File: file}))
	})
}

func open(t *testing.T, c db.Config, o lettertest.Options) *floor {
	t.Helper()
	f := &floor{s: lettertest.Open(t, c, o)}
	f.House = desktest.On(t, f.s.DB)
	f.Now = f.s.Clock.Now()
	f.Known = []string{lettertest.Case}
	f.file = &casefile.File{Sources: []casefile.Source{{ID: "platform", Title: casefile.Text{"en": "A platform"}}, {ID: "quiet", Visibility: casefile.ForTeam, Title: casefile.Text{"en": "Hidden"}}}}
	f.file.Case.Slug = lettertest.Case
	f.news = news.NewBook(news.Config{DB: f.s.DB, Log: f.s.Log, MailURL: lettertest.MailURL, Now: func() time.Time { return f.Now }, Case: func(slug string) (*casefile.File, error) {
		if f.file == nil {
			return nil, fault.New(fault.NotFound, "fault.not_found")
		}
		return f.file, nil
	}})
	signatures.Hang(f.Desk, signatures.Config{Letters: f.s.Book, News: f.news,
		Case: func(context.Context, string) (*casefile.File, error) {
			if f.file == nil {
				return nil, fault.New(fault.NotFound, "fault.not_found")
			}
			return f.file, nil
		},
		Stand: func(context.Context) error { return nil },
		Touch: func(context.Context, string) error {
			f.touched++
			err := f.broken
			f.broken = nil
			return err
		},
		Resume: func(ctx context.Context, _, slug string) error {
			if f.mailless {
				return fault.New(fault.Refused, "fault.mailproof.unproven")
			}
			return f.s.Book.Resume(ctx, f.s.Letter.ID)
		},
		TakeKey: func(ctx context.Context, slug, recipient string) error {
			return f.s.DB.Update(ctx, func(tx *db.Tx) error {
				if err := f.news.Choose(tx, slug, recipient); err != nil {
					return err
				}
				if f.file != nil {
					f.file.Campaign.NewsRecipient = recipient
				}
				return nil
			})
		},
	})
	return f
}

// crowd signs as four of one domain, two of whom are held; all are in the log.
func (f *floor) crowd(t *testing.T) (signed []letter.Counted) {
	t.Helper()
	for _, name := range []string{"a", "b", "c", "d"} {
		signed = append(signed, f.s.Sign(t, name+"@one.example"))
	}
	f.s.Grow(t)
	return signed
}

// later moves both clocks.
func (f *floor) later(d time.Duration) {
	f.Now = f.Now.Add(d)
	f.s.Clock.Set(f.Now)
}

func (f *floor) proven(b *desktest.Browser) {
	b.Prove()
	f.s.Clock.Set(f.Now)
}

func number(t *testing.T, f *floor, query string, args ...any) (n int) {
	t.Helper()
	lettertest.Must(t, f.s.DB.View(t.Context(), func(tx *db.Tx) error {
		_, err := tx.One(query, args...).Scan(&n)
		return err
	}))
	return n
}

func (f *floor) struck(t *testing.T) int {
	return number(t, f, "SELECT count(*) FROM letter_removed")
}

// looked is the form that a page gives back once its number was shown, ready to be sent.
func looked(page string) url.Values {
	form := url.Values{"do": {"remove"}}
	for _, name := range []string{"held", "day", "lock", "reason", "words", "seen"} {
		form.Set(name, desktest.Hidden(page, name))
	}
	return form
}

func rule(words string) url.Values {
	return url.Values{"held": {"1"}, "reason": {"automated"}, "words": {words}, "do": {"look"}}
}

func has(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q\n%s", want, page)
		}
	}
}

func hasNot(t *testing.T, page string, unwanted ...string) {
	t.Helper()
	for _, u := range unwanted {
		if strings.Contains(page, u) {
			t.Errorf("the page has %q\n%s", u, page)
		}
	}
}

// A rule is looked at, decided, and undone within ten minutes: the public number moves with the log and with nothing else, and both numbers are said before.
func TestRemoveAndUndo(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		page := lead.Sees(home)
		has(t, page, "2 signatures are held", "data-list", `data-key="a"`, `data-key="r"`, "outcry letter close orlov/home")
		f.proven(lead)
		page = lead.Sees(ofLetter + "/remove/2026-11-20")
		has(t, page, `id="held" name="held" value="1" checked`, `value="2026-11-20"`)
		page = lead.Does(ofLetter+"/remove", rule("A program signed 400 times"))
		has(t, page, "This means 2 signatures", "The public count is 4 now. Without them it will be 2.", "A program signed 400 times")
		if f.struck(t) != 0 {
			t.Fatal("looking took them out")
		}
		form := looked(page)
		page = lead.Does(ofLetter+"/remove", form)
		has(t, page, "Done")
		if f.struck(t) != 2 {
			t.Fatalf("%d are out", f.struck(t))
		}
		page = lead.Sees(home)
		has(t, page, "A program signed 400 times", "The public count is 4 now. Without them it will be 2.", "without a trace")
		if w := lead.Ask("POST", ofLetter+"/remove", form); w.Code != http.StatusConflict { // pressed twice
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if f.struck(t) != 2 {
			t.Fatal("pressed twice, taken out twice")
		}
		removal := desktest.Hidden(page, "removal")
		if w := lead.Ask("POST", ofLetter+"/restore", url.Values{"removal": {removal}}); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), home) {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		if f.struck(t) != 0 || f.s.Counted() != 4 {
			t.Fatal("not undone")
		}
		f.later(11 * time.Minute)
		f.s.GrowAll(t)
		if f.s.Counted() != 4 {
			t.Fatalf("undone, and the log has %d", f.s.Counted())
		}
		// Again, and past the ten minutes: undoing is an entry of its own.
		f.proven(lead)
		lead.Does(ofLetter+"/remove", looked(lead.Does(ofLetter+"/remove", rule("again"))))
		f.later(11 * time.Minute)
		f.s.GrowAll(t)
		if f.s.Counted() != 2 {
			t.Fatalf("the log has %d", f.s.Counted())
		}
		page = lead.Sees(home)
		has(t, page, "The log has it by now")
		f.proven(lead)
		lead.Ask("POST", ofLetter+"/restore", url.Values{"removal": {desktest.Hidden(page, "removal")}})
		f.s.GrowAll(t)
		if f.s.Counted() != 4 {
			t.Fatalf("the log has %d", f.s.Counted())
		}
		var acts []string
		for _, act := range lead.Trail() {
			if strings.HasPrefix(act, "lead remove orlov/home") || strings.HasPrefix(act, "lead moderate orlov/home") {
				acts = append(acts, act)
			}
		}
		if len(acts) < 4 {
			t.Errorf("the trail has %q", acts)
		}
	})
}

// From the third organiser on somebody else has to approve, and sees what it is; meanwhile nothing happens, and what has come since is not taken along.
func TestRemoveByTwo(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		moderator := f.Joins(organiser.Home, "Ash", organiser.Moderator)
		editor := f.Joins(organiser.Home, "Elm", organiser.Editor)
		f.proven(moderator)
		page := moderator.Does(ofLetter+"/remove", looked(moderator.Does(ofLetter+"/remove", rule("A program signed"))))
		if f.struck(t) != 0 {
			t.Fatal("one alone took them out")
		}
		has(t, page, "2 signatures", "The public reason: A program signed.", "An open letter for Pavel Orlov")
		if strings.Count(page, "A program signed") != 1 {
			t.Error("a reason in the words of its kind is said twice", page)
		}
		id := regexp.MustCompile(`action="/desk/proposals/([0-9a-f]+)"`).FindStringSubmatch(page)
		if id == nil {
			t.Fatal(page)
		}
		for who, b := range map[string]*desktest.Browser{"who proposed it": moderator, "who may not": editor} {
			f.proven(b)
			if w := b.Ask("POST", "/desk/proposals/"+id[1], url.Values{"act": {"approve"}}); w.Code != http.StatusForbidden {
				t.Errorf("%s approves: %d", who, w.Code)
			}
		}
		if w := lead.Ask("POST", "/desk/proposals/"+id[1], url.Values{"act": {"approve"}}); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/desk/prove") {
			t.Errorf("without a fresh proof: %d %v", w.Code, w.Header())
		}
		f.proven(lead)
		has(t, lead.Sees("/desk/proposals/"+id[1]), "A program signed")
		has(t, lead.Does("/desk/proposals/"+id[1], url.Values{"act": {"approve"}}), "Done")
		if f.struck(t) != 2 {
			t.Fatalf("%d are out", f.struck(t))
		}
		list, err := f.s.Book.Removals(t.Context(), f.s.Letter.ID)
		if err != nil || len(list) != 1 || list[0].Role != "moderator" || list[0].Words != "A program signed" {
			t.Fatalf("%+v %v", list, err)
		}
		// Another one, and meanwhile a fifth is held: nothing is taken out that nobody has seen.
		lettertest.Must(t, restoreAll(t, f))
		f.proven(moderator)
		page = moderator.Does(ofLetter+"/remove", looked(moderator.Does(ofLetter+"/remove", rule("A program signed"))))
		id = regexp.MustCompile(`action="/desk/proposals/([0-9a-f]+)"`).FindStringSubmatch(page)
		for _, name := range []string{"e", "f", "g"} {
			f.s.Sign(t, name+"@three.example")
		}
		f.s.Grow(t)
		f.proven(lead)
		page = lead.Does("/desk/proposals/"+id[1], url.Values{"act": {"approve"}})
		has(t, page, "more signatures than you saw")
		if f.struck(t) != 0 {
			t.Fatalf("%d are out", f.struck(t))
		}
	})
}

func restoreAll(t *testing.T, f *floor) error {
	list, err := f.s.Book.Removals(t.Context(), f.s.Letter.ID)
	for _, r := range list {
		if _, _, err := f.s.Book.Restore(t.Context(), r.ID); err != nil {
			return err
		}
	}
	return err
}

// An errand that was cut off after its work runs again and does nothing twice, though it was undone in between.
func TestRemoveResumes(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		f.proven(lead)
		form := looked(lead.Does(ofLetter+"/remove", rule("A program signed")))
		f.broken = fault.New(fault.Busy, "fault.busy")
		page := lead.Does(ofLetter+"/remove", form)
		hasNot(t, page, "notice done")
		if f.struck(t) != 2 {
			t.Fatalf("%d are out", f.struck(t))
		}
		list, err := f.s.Book.Removals(t.Context(), f.s.Letter.ID)
		lettertest.Must(t, err)
		lead.Ask("POST", ofLetter+"/restore", url.Values{"removal": {list[0].ID.String()}})
		if f.struck(t) != 0 {
			t.Fatal("not undone")
		}
		f.later(time.Hour)
		f.Run()
		if f.struck(t) != 0 || f.touched < 3 {
			t.Fatalf("run again, %d are out; touched %d times", f.struck(t), f.touched)
		}
		if n := number(t, f, "SELECT count(*) FROM organiser_errand WHERE state = 'waiting'"); n != 0 {
			t.Fatal("the errand waits for ever")
		}
	})
}

// Whoever has a lead's cookie and neither password nor code takes out, fetches and changes nothing, and the attempt is seen.
func TestStolenSession(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		f.proven(lead)
		form := looked(lead.Does(ofLetter+"/remove", rule("A program signed")))
		lead.Does(ofLetter+"/remove", form)
		list, err := f.s.Book.Removals(t.Context(), f.s.Letter.ID)
		lettertest.Must(t, err)
		to, key := keys(t)
		f.file.Campaign.NewsRecipient = to
		f.follow(t, "anna.canary@example.org")
		lettertest.Must(t, f.news.MakeReady(t.Context(), "ready", lettertest.Case, lead.Session().Organiser.ID))
		_, err = f.news.BeginDrill(t.Context(), lettertest.Case, to)
		lettertest.Must(t, err)
		d, _, err := f.news.Drill(t.Context(), lettertest.Case)
		lettertest.Must(t, err)
		f.later(time.Hour) // the proof is old: this is all that a thief has
		was := number(t, f, "SELECT count(*) FROM organiser_errand") + number(t, f, "SELECT count(*) FROM organiser_proposal")
		for path, form := range map[string]url.Values{
			ofLetter + "/remove":                     form,
			ofLetter + "/restore":                    {"removal": {list[0].ID.String()}},
			followers + "/key":                       {"recipient": {to}},
			followers + "/key/answer":                {"word": {wordIn(t, d.Sealed, key)}},
			followers + "/key/use":                   {"fingerprint": {news.Fingerprint(to)}},
			followers + "/export":                    {},
			followers + "/fetch":                     {"id": {"ready"}},
			"GET " + followers + "/key":              nil,
			"GET " + ofLetter + "/remove":            nil,
			"GET " + followers + "/key/drill.sealed": nil,
		} {
			method, to, get := strings.Cut(path, " ")
			if !get {
				method, to = "POST", path
			}
			w := lead.Ask(method, to, form)
			if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/desk/prove") {
				t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
			}
		}
		f.Run()
		if n := number(t, f, "SELECT count(*) FROM organiser_errand") + number(t, f, "SELECT count(*) FROM organiser_proposal"); n != was {
			t.Error("something was decided")
		}
		if proven, chosen, err := f.news.Proven(t.Context(), lettertest.Case); err != nil || len(proven) != 0 || chosen != "" {
			t.Error("a key was proven", err)
		}
		if ready, err := f.news.Ready(t.Context(), lettertest.Case, lead.Session().Organiser.ID); err != nil || len(ready) != 1 {
			t.Error("the list was fetched", err)
		}
		if f.struck(t) != 2 {
			t.Error("a removal was undone")
		}
	})
}

// Who may not, may not, and of another committee nobody sees anything.
func TestRoles(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		f.Joins(organiser.Home, "Rowan", organiser.Lead)
		reader := f.Joins(organiser.Home, "Fern", organiser.Reader)
		editor := f.Joins(organiser.Home, "Elm", organiser.Editor)
		other := f.Joins("allies", "Oak", organiser.Lead)
		page := reader.Sees(home)
		hasNot(t, page, "data-key", "/remove", "/report", "Pause")
		hasNot(t, reader.Sees(ofLetter+"/names"), "data-key")
		hasNot(t, reader.Sees(followers), "/key\"", "/export")
		f.proven(editor)
		for _, path := range []string{ofLetter + "/turn", ofLetter + "/release", ofLetter + "/remove", ofLetter + "/restore", ofLetter + "/names", ofLetter + "/report", followers + "/key",
			followers + "/export", followers + "/fetch"} {
			if w := editor.Ask("POST", path, nil); w.Code != http.StatusForbidden {
				t.Errorf("an editor at %s: %d", path, w.Code)
			}
		}
		f.proven(other)
		for _, path := range []string{home, ofLetter + "/names", ofLetter + "/remove", ofLetter + "/report", followers, followers + "/key"} {
			if w := other.Ask("GET", path, nil); w.Code != http.StatusNotFound {
				t.Errorf("another committee at %s: %d", path, w.Code)
			}
		}
	})
}

// What somebody types in a reason is refused where it would turn the page, and stands as typed where it is only rude to machines.
func TestHostileReason(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		f.proven(lead)
		for _, words := range []string{"", " ", "two\nlines", "bell\a", "turned \u202e round", strings.Repeat("x", 301), "bad \xff"} {
			w := lead.Ask("POST", ofLetter+"/remove", rule(words))
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#words"`) {
				t.Errorf("%q: %d", words, w.Code)
			}
		}
		for name, form := range map[string]url.Values{
			"no rule":       {"reason": {"automated"}, "words": {"x"}},
			"a bad day":     {"day": {"2026-13-44"}, "reason": {"automated"}, "words": {"x"}},
			"a bad lock":    {"lock": {"zz"}, "reason": {"automated"}, "words": {"x"}},
			"no reason":     {"held": {"1"}, "words": {"x"}},
			"the mailbox's": {"held": {"1"}, "reason": {"asked_by_mailbox"}, "words": {"x"}},
			"unseen":        {"held": {"1"}, "reason": {"automated"}, "words": {"x"}, "do": {"remove"}},
			"nobody":        {"day": {"2020-01-01"}, "reason": {"automated"}, "words": {"x"}, "do": {"remove"}, "seen": {"9"}},
		} {
			if w := lead.Ask("POST", ofLetter+"/remove", form); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusConflict {
				t.Errorf("%s: %d", name, w.Code)
			}
		}
		if f.struck(t) != 0 {
			t.Fatal("something was taken out")
		}
		rude := `<script>alert(1)</script> =HYPERLINK("x") {{.N}} '" & ru: тест`
		page := lead.Does(ofLetter+"/remove", rule(rude))
		hasNot(t, page, "<script>alert")
		form := looked(page)
		if form.Get("words") != rude {
			t.Errorf("%q", form.Get("words"))
		}
		lead.Does(ofLetter+"/remove", form)
		page = lead.Sees(home)
		hasNot(t, page, "<script>alert")
		has(t, page, html.EscapeString("<script>alert(1)</script>"))
		list, err := f.s.Book.Removals(t.Context(), f.s.Letter.ID)
		if err != nil || len(list) != 1 || list[0].Words != rude {
			t.Fatalf("%+v %v", list, err)
		}
	})
}

// Signing stops and goes on; held signatures are let through, those in the log at once.
func TestPauseAndRelease(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.crowd(t)
		moderator := f.Joins(organiser.Home, "Ash", organiser.Moderator)
		for range 2 { // pressed twice
			if w := moderator.Ask("POST", ofLetter+"/turn", url.Values{"do": {"pause"}}); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), home) {
				t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		}
		has(t, moderator.Sees(home), "Let it be signed again", "paused")
		if _, err := f.s.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 0, "x@example.org", "en"); err == nil {
			t.Fatal("it can be signed")
		}
		f.mailless = true
		has(t, moderator.Does(ofLetter+"/turn", url.Values{"do": {"resume"}}), f.Catalog.Printer("en").T("fault.mailproof.unproven"))
		has(t, moderator.Sees(home), "Let it be signed again")
		f.mailless = false
		moderator.Ask("POST", ofLetter+"/turn", url.Values{"do": {"resume"}})
		f.s.Ask(t, "x@example.org")
		if w := moderator.Ask("POST", ofLetter+"/turn", url.Values{"do": {"close"}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("closing by that form: %d", w.Code)
		}
		if w := moderator.Ask("POST", ofLetter+"/release", url.Values{"day": {""}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("no day: %d", w.Code)
		}
		for range 2 {
			if w := moderator.Ask("POST", ofLetter+"/release", url.Values{"day": {"2026-11-20"}}); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), home) {
				t.Fatalf("%d %v", w.Code, w.Header())
			}
		}
		f.s.GrowAll(t)
		if c := f.s.Book.Count(f.s.Letter.ID); c.ByAssurance[receipt.Held] != 0 || c.Counted != 4 {
			t.Fatalf("%+v", c)
		}
		hasNot(t, moderator.Sees(home), "Held in a burst")
		has(t, strings.Join(moderator.Trail(), "\n"), "moderator moderate orlov/home/pause", "moderator moderate orlov/home/release")
	})
}

// keys are a committee's own.
func keys(t *testing.T) (string, seal.Identity) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "committee.key")
	to, err := seal.NewIdentityFile(path, time.Unix(0, 0))
	lettertest.Must(t, err)
	key, err := seal.ReadIdentityFile(path)
	lettertest.Must(t, err)
	return to.String(), key
}

func (f *floor) follow(t *testing.T, address string) {
	t.Helper()
	row, _, err := f.news.Seal(lettertest.Case, seal.Hide(address), "en", []byte(fmt.Sprintf("%-32s", address)))
	lettertest.Must(t, err)
	lettertest.Must(t, f.s.DB.Update(t.Context(), func(tx *db.Tx) error { return f.news.Add(tx, row) }))
}

// table is what outcry open writes of a file.
func table(t *testing.T, file []byte, key seal.Identity) string {
	t.Helper()
	list, err := news.Open(bytes.NewReader(file), key)
	lettertest.Must(t, err)
	if list.Cut || len(list.Closed) > 0 {
		t.Fatalf("%+v", list)
	}
	var out bytes.Buffer
	_, err = list.CSV(&out)
	lettertest.Must(t, err)
	return out.String()
}

func wordIn(t *testing.T, file []byte, key seal.Identity) string {
	t.Helper()
	return strings.Split(table(t, file, key), `"`)[7]
}
