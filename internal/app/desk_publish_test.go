package app

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk/desktest"
)

// written changes the draft of the case as somebody's form does.
func (h *hall) written(change func(c *letter.Campaign)) {
	h.t.Helper()
	ctx := h.t.Context()
	d, err := h.Drafts.Draft(ctx, "anna-berg")
	must(h.t, err)
	c, err := letter.ReadDraft(d.Doc)
	must(h.t, err)
	change(c)
	_, err = h.Drafts.Save(ctx, "anna-berg", d.Revision, letter.WriteDraft(c), "editor")
	must(h.t, err)
}

// names has a judge act in an event.
func names(tag lang.Tag, name string) func(*letter.Campaign) {
	return func(c *letter.Campaign) {
		feb := casefile.On(2026, 2, 1)
		c.Sources = []casefile.Source{{ID: "paper", Kind: "independent_media", Publisher: casefile.Text{"en": "A Paper", "ru": "Газета"}, Published: feb}}
		e := casefile.Event{ID: "search", Kind: "search", Nature: "event", Source: "paper"}
		e.When.Date = feb.Date
		if name != "" {
			e.Actor = &casefile.Actor{Role: "judge", PublicFunction: true, Source: "paper", Name: casefile.Text{tag: name}}
		}
		c.Events = []casefile.Event{e}
	}
}

var proposalForm = regexp.MustCompile(`action="(/desk/proposals/[^"]+)"`)

// proposed is where what was just asked for waits for a second person.
func (h *hall) proposed(page string) string {
	h.t.Helper()
	m := proposalForm.FindStringSubmatch(page)
	if m == nil {
		h.t.Fatalf("it does not wait: %s", page)
	}
	return m[1]
}

// last is the errand that was decided last.
func (h *hall) last(b *desktest.Browser) organiser.Errand {
	h.t.Helper()
	list, err := h.App.Organisers.Errands(h.t.Context(), b.Session())
	must(h.t, err)
	return list[0]
}

// What waited for a second person is not put over what happened meanwhile: pages that were taken back, a letter that was paused, a file by which somebody agrees no more.
func TestProposalOvertaken(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan, ash := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Ash", organiser.Editor)
		h.Joins(organiser.Home, "Elm", organiser.Reader)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.prove(rowan)
		approve := func(path string) organiser.Errand {
			t.Helper()
			ash.Prove()
			ash.Does(path, url.Values{"act": {"approve"}})
			return h.last(ash)
		}
		say := func(words string) string {
			t.Helper()
			h.written(func(c *letter.Campaign) { c.Case.Summary = casefile.Text{"en": words, "ru": words} })
			return h.proposed(h.publish(rowan, at))
		}
		if e := approve(say("First words.")); e.State != organiser.Done {
			t.Fatalf("%+v", e)
		}
		for _, c := range []struct {
			what string
			do   func()
			held func() bool
		}{
			{"a letter that was paused", func() {
				must(t, h.pause(t.Context(), "anna-berg", "letter"))
			}, func() bool { return h.letterState(at) == "paused" }},
			{"a file by which the family agrees no more", func() {
				f, err := h.Export(t.Context(), "anna-berg")
				must(t, err)
				f.Case.Publication.Consents[0].Withdrawn = casefile.Date{Year: 2026, Month: 3, Day: 1}
				f.Case.Publication.Level = casefile.Quiet
				must(t, h.Apply(t.Context(), f))
			}, func() bool { code, _ := h.get("/en/anna-berg"); return code == 404 }},
		} {
			waits := say("Words over " + c.what)
			c.do()
			must(t, h.Refresh(t.Context()))
			if e := approve(waits); e.State != organiser.Failed || e.Fault != "fault.campaign.overtaken" {
				t.Errorf("%s: %s %s", c.what, e.State, e.Fault)
			}
			must(t, h.Refresh(t.Context()))
			if !c.held() {
				t.Errorf("%s: what was proposed before was put over it", c.what)
			}
		}
	})
}

func TestWithheldWhileAProposalWaits(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan, ash := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Ash", organiser.Editor)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.publish(rowan, at)
		h.Joins(organiser.Home, "Elm", organiser.Reader)
		h.written(func(c *letter.Campaign) { c.Case.Summary = casefile.Text{"en": "More.", "ru": "Ещё."} })
		waits := h.proposed(h.publish(rowan, at))
		ash.Does(at+"/withhold", nil)
		ash.Prove()
		ash.Does(waits, url.Values{"act": {"approve"}})
		if code, _ := h.get("/en/anna-berg"); code != 410 || h.last(ash).State != organiser.Failed {
			t.Errorf("%d %+v", code, h.last(ash))
		}
	})
}

// Whoever is named for the first time is named to the second person too, and in the trail as such; and the second person reads what was proposed, whatever was saved since.
func TestNamingIsAnActOfItsOwn(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan, ash := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Ash", organiser.Editor)
		h.Joins(organiser.Home, "Elm", organiser.Reader)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.written(names("en", "Ivan Law"))
		waits := h.proposed(h.publish(rowan, at))
		h.written(names("en", ""))
		page := ash.Sees(waits)
		if !strings.Contains(page, "Ivan Law") {
			t.Errorf("who approves is not told whom: %s", page)
		}
		for _, link := range regexp.MustCompile(`href="(/desk/c/[^"]+(?:/history/|revision=)[^"]+)"`).FindAllStringSubmatch(page, -1) {
			path := strings.ReplaceAll(link[1], "&amp;", "&")
			path = strings.Replace(path, "/preview?", "/preview/page?of=&", 1)
			if body := ash.Sees(path); !strings.Contains(body, "Ivan Law") {
				t.Errorf("%s is not of what was proposed", path)
			}
		}
		if n := strings.Count(page, "revision="); n == 0 {
			t.Error("there is no way to look at it")
		}
		ash.Prove()
		ash.Does(waits, url.Values{"act": {"approve"}})
		if _, body := h.get("/en/anna-berg"); !strings.Contains(body, "Ivan Law") {
			t.Fatalf("%+v", h.last(ash))
		}
		trail := strings.Join(ash.Trail(), "\n")
		for _, want := range []string{"lead show_name proposed/anna-berg", "editor show_name anna-berg"} {
			if !strings.Contains(trail, want) {
				t.Errorf("the trail lacks %q:\n%s", want, trail)
			}
		}

		// Taken out, undoing does not bring the name back.
		waits = h.proposed(h.publish(rowan, at))
		ash.Prove()
		ash.Does(waits, url.Values{"act": {"approve"}})
		if _, body := h.get("/en/anna-berg"); strings.Contains(body, "Ivan Law") {
			t.Fatal("the name stands still")
		}
		if strings.Contains(ash.Sees(at), at+"/undo") {
			t.Error("it is offered to undo")
		}
		ash.Does(at+"/undo", nil)
		if _, body := h.get("/en/anna-berg"); strings.Contains(body, "Ivan Law") || h.last(ash).State != organiser.Failed {
			t.Errorf("undoing has named him again: %+v", h.last(ash))
		}
	})
}

// A letter that was paused within the ten minutes stays so when the publication is undone.
func TestUndoLeavesPaused(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.ground(rowan, at)
		h.prove(rowan)
		h.publish(rowan, at)
		h.written(func(c *letter.Campaign) { c.Case.Summary = casefile.Text{"en": "More.", "ru": "Ещё."} })
		h.publish(rowan, at)
		must(t, h.pause(t.Context(), "anna-berg", "letter"))
		rowan.Does(at+"/undo", nil)
		h.done(rowan)
		if h.letterState(at) != "paused" {
			t.Errorf("it is %s", h.letterState(at))
		}
	})
}

// What a purge has deleted stands nowhere in the files of the database, and in no note about a translation.
func TestPurgeLeavesNoWords(t *testing.T) {
	h := newHall(t, db.Config{})
	ctx := t.Context()
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan)
	must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, $2, $3, $4)`, []byte("id"), "anna-berg", []byte("canary-of-a-follower"), []byte("hash"))
		return err
	}))
	_, err := h.Drafts.Translate(ctx, "anna-berg", "ru", func(f *draft.Tongue) {
		f.Notes["case.summary"] = draft.Note{From: "en", Was: "words that harm", Target: "00"}
		f.Aside["case.summary"] = []draft.Version{{Text: "words that harm"}}
		f.Waiting["letters[slug=letter].title"] = "waits"
	})
	must(t, err)
	files := func() (all string) {
		list, err := filepath.Glob(filepath.Join(h.Data, databaseName+"*"))
		must(t, err)
		for _, name := range list {
			b, err := os.ReadFile(name)
			must(t, err)
			all += string(b)
		}
		return all
	}
	if !strings.Contains(files(), "canary-of-a-follower") {
		t.Fatal("it stands nowhere before")
	}
	rowan.Prove()
	rowan.Does("/desk/safety/purge", url.Values{"sure": {"yes"}})
	if strings.Contains(files(), "canary-of-a-follower") {
		t.Error("the address is in the files still")
	}
	f, _, err := h.Drafts.Tongue(ctx, "anna-berg", "ru")
	must(t, err)
	if f.Notes["case.summary"].Was != "" || len(f.Aside) != 0 || len(f.Waiting) != 1 {
		t.Errorf("%+v", f)
	}
}
