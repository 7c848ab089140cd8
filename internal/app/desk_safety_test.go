package app

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// bringAnna brings a public case to a hall, as a command beside the server does.
func (h *hall) bringAnna() {
	h.t.Helper()
	f, err := ReadCampaign([]byte(annaFile(h.t, "")))
	must(h.t, err)
	must(h.t, h.Apply(h.t.Context(), f))
	must(h.t, h.Refresh(h.t.Context()))
}

// isShown tells what a stranger gets of the case.
func (h *hall) isShown(want int) {
	h.t.Helper()
	must(h.t, h.Refresh(h.t.Context()))
	if code, _ := h.get("/en/anna"); code != want {
		h.t.Errorf("the page answers %d, want %d", code, want)
	}
}

// Every page of a committee is taken back by one press, and a purge takes what it says of that committee alone, with the counts as they were.
func TestBadDay(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		ctx := t.Context()
		h.bringAnna()
		rowan, stranger := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins("allies", "Stranger", organiser.Lead)
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error {
			if err := h.Organisers.Hold(tx, "theirs", stranger.Session().Committee); err != nil {
				return err
			}
			for _, slug := range []string{"anna", "theirs"} {
				for n := range 3 {
					if _, err := tx.Exec(`INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, $2, $3, $4)`, []byte(slug+string(rune('a'+n))), slug, []byte("sealed"), []byte(slug+string(rune('a'+n)))); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		applied, err := h.appliedDocument(ctx, "anna")
		must(t, err)
		draft, err := h.Drafts.Open(ctx, "anna", applied)
		must(t, err)
		for _, word := range []string{"one", "two", "three"} {
			h.House.Now = h.House.Now.Add(2 * time.Hour)
			saved, err := h.Drafts.Save(ctx, "anna", draft.Revision, []byte(strings.Replace(string(draft.Doc), "Anna", "Anna "+word, 1)), "lead")
			must(t, err)
			draft = saved.Draft
		}
		for _, slug := range []string{"anna"} {
			_, _, err := h.Drafts.Welcome(ctx, slug, "ru")
			must(t, err)
		}
		kept := func(b *desktest.Browser) map[string]int64 {
			t.Helper()
			slugs, err := h.Organisers.Cases(ctx, b.Session())
			must(t, err)
			rows, err := h.keptOf(ctx, b.Session(), slugs, b.Session().Committee.Name == organiser.Home)
			must(t, err)
			n := map[string]int64{}
			for _, k := range rows {
				n[k.Key] = k.N
			}
			return n
		}
		rowan.SignIn("")
		stranger.SignIn("allies")
		if n := kept(rowan); n["followers"] != 3 || n["guests"] != 1 || n["revisions"] < 4 || n["people"] != 1 || n["signatures"] != 0 || n["names"] != -1 {
			t.Errorf("%v", n)
		}
		if n := kept(stranger); n["followers"] != 3 || n["guests"] != 0 || n["mails"] != -1 {
			t.Errorf("%v", n)
		}
		for _, path := range []string{"/desk/safety", "/desk/kept", "/desk/settings"} {
			rowan.Sees(path)
			if page := stranger.Sees(path); strings.Contains(page, "anna") {
				t.Errorf("%s tells another committee's case", path)
			}
		}

		h.isShown(200)
		if page := rowan.Does("/desk/safety/withhold", url.Values{"sure": {"yes"}}); !strings.Contains(page, "Done") {
			t.Errorf("%s", page)
		}
		h.isShown(410)

		rowan.Prove()
		if page := rowan.Sees("/desk/safety/purge"); !strings.Contains(page, "Addresses for news (3)") || !strings.Contains(page, "Private links of translators (1)") {
			t.Errorf("%s", page)
		}
		if page := rowan.Does("/desk/safety/purge", url.Values{"sure": {"yes"}}); !strings.Contains(page, "It was carried out.") {
			t.Errorf("%s", page)
		}
		if n := kept(rowan); n["followers"] != 0 || n["guests"] != 0 || n["revisions"] > 2 {
			t.Errorf("after a purge: %v", n)
		}
		if n := kept(stranger); n["followers"] != 3 {
			t.Errorf("another committee's: %v", n)
		}
	})
}

// What was decided in the moment in which the server died is carried out by the next one, once it runs.
func TestDecidedBeforeACrash(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		h.bringAnna()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		o, err := h.Organisers.Do(t.Context(), rowan.Session(), withholdDeed("anna"))
		must(t, err)
		c := h.App.Config
		must(t, h.App.Close())

		c.Log = slog.New(slog.DiscardHandler)
		a, err := Open(t.Context(), c)
		must(t, err)
		t.Cleanup(func() { a.Close() })
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		h.App, h.House.DB, h.House.Book = a, a.DB, a.Organisers
		h.House.Handler, err = a.Handler(ctx)
		must(t, err)
		go func() { done <- a.Run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
		defer func() { stop(); <-done }()
		for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			e, err := a.Organisers.Errand(t.Context(), rowan.Session(), o.Errand.ID)
			must(t, err)
			if e.State == organiser.Done {
				break
			}
			if time.Since(begin) > 20*time.Second {
				t.Fatalf("%+v", e)
			}
		}
		if _, err := a.Cases.Shown(t.Context(), "anna"); err == nil {
			t.Error("the page is there")
		}
	})
}

// The page of settings says where each comes from, and no password.
func TestSettingsAreTold(t *testing.T) {
	dir := t.TempDir()
	stored := Settings{URL: "https://letters.example.org", SMTP: "smtp://bob:secret-one@mail.example:587"}
	must(t, writeSettings(dir, stored))
	c := Config{Data: dir, Settings: Settings{Database: "postgres://bob:secret-two@db.example/outcry?password=secret-three", Rehearsal: "secret-four", Embed: []string{"https://ally.example"}}}
	c.Rehearsal = ""
	must(t, c.complete())
	c.Rehearsal = "secret-four"
	have := map[string]string{}
	for _, s := range (&App{Config: c}).settings() {
		have[s.Name] = s.Value + " " + s.From
		if strings.Contains(s.Value, "secret") || strings.Contains(s.Value, "bob") {
			t.Errorf("%s tells %q", s.Name, s.Value)
		}
	}
	for name, want := range map[string]string{"url": "https://letters.example.org file", "mail_url": "https://letters.example.org rule", "from": "no-reply@letters.example.org rule", "smtp": "mail.example:587 file",
		"database": "db.example start", "language": "en rule", "embed": "https://ally.example start", "shares": " rule", "rehearsal": "… start"} {
		if have[name] != want {
			t.Errorf("%s: %q, want %q", name, have[name], want)
		}
	}
	if len(have) != 12 {
		t.Errorf("%d settings", len(have))
	}
}

// The findings are there for the page and for doctor, and one that is wrong says so.
func TestFindings(t *testing.T) {
	h := newHall(t, db.Config{})
	var checks []string
	for _, f := range h.Findings(t.Context()) {
		checks = append(checks, f.Check)
		if (f.Err == nil) != (f.Says != "") || f.State == Wrong && f.Err == nil {
			t.Errorf("%+v", f)
		}
		if f.Check == "mail" && f.State != Wrong { // its mail is a sink
			t.Errorf("%+v", f)
		}
	}
	if want := []string{"queue", "mail", "name", "clock", "disk", "seizure"}; !slices.Equal(checks, want) {
		t.Errorf("%q, want %q", checks, want)
	}
	if _, err := Device(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("nothing lies somewhere")
	}
}

// Whoever runs the server opens a committee that was locked, and sees before that it is.
func TestUnlockCommittee(t *testing.T) {
	h := newHall(t, db.Config{})
	ctx := t.Context()
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	must(t, h.Organisers.Lock(ctx, rowan.Session()))
	for _, c := range []struct{ look, was bool }{{true, true}, {true, true}, {false, true}, {false, false}, {true, false}} {
		h.Look = c.look
		if was, err := h.UnlockCommittee(ctx, organiser.Home); was != c.was || err != nil {
			t.Errorf("%+v: %v, %v", c, was, err)
		}
		list, err := h.Organisers.Committees(ctx)
		if err != nil || list[0].Locked != (c.look && c.was) {
			t.Errorf("%+v: %+v, %v", c, list, err)
		}
	}
	if w := rowan.SignIn(""); w.Code != 303 {
		t.Errorf("%d", w.Code)
	}
}
