package campaign

import (
	"context"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/mailproof"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/outlet/desk/desktest"
)

// Posters and cards are said to be there where there are some: of a letter that can be signed. What waits is said once.
func TestSpreadSaysWhatThereIs(t *testing.T) {
	h := desktest.Open(t)
	now := func() time.Time { return h.Now }
	drafts := draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: now})
	var letters []*letter.Letter
	Hang(h.Desk, Config{Drafts: drafts, Mail: mailproof.NewBook(mailproof.Config{DB: h.DB, Mail: &mail.Sink{}, Way: "test", Now: now}), Now: now, URL: "https://letters.example",
		Applied:     func(context.Context, string) ([]byte, error) { return nil, nil },
		Shown:       func(string) (*casefile.File, error) { return &casefile.File{}, nil },
		Letters:     func(context.Context, string) ([]*letter.Letter, error) { return letters, nil },
		OpenSigning: func(context.Context, string, string) error { return nil },
	})
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	c := &letter.Campaign{}
	c.Case.Slug, c.Campaign.Languages, c.Person.Names = "anna", []lang.Tag{"en"}, []casefile.Name{{Text: "Anna", Lang: "en"}}
	must(t, h.DB.Update(t.Context(), func(tx *db.Tx) error {
		if err := drafts.Begin(tx, "anna", letter.WriteDraft(c), "lead"); err != nil {
			return err
		}
		return h.Book.Hold(tx, "anna", rowan.Session().Committee)
	}))
	const made, wait, closed = "They are made already", "made once the letter can be signed", "are there while the letter can be signed"
	for _, x := range []struct {
		name   string
		states []letter.State
		says   map[string]int
	}{
		{"open", []letter.State{letter.Open}, map[string]int{made: 1, wait: 0, closed: 0, "poster.pdf": 1}},
		{"not open yet", []letter.State{letter.Paused}, map[string]int{made: 0, wait: 1, closed: 0, "poster.pdf": 0}},
		{"one of two", []letter.State{letter.Open, letter.Paused}, map[string]int{made: 1, wait: 0, closed: 1, "poster.pdf": 1}},
		{"closed for good", []letter.State{letter.Closed}, map[string]int{made: 0, wait: 0, closed: 1, "poster.pdf": 0}},
	} {
		letters = nil
		for _, s := range x.states {
			letters = append(letters, &letter.Letter{Case: "anna", Slug: string(s), State: s, Texts: map[lang.Tag]letter.Wording{"en": {Title: "Let Anna go", Demand: "Let Anna go."}}})
		}
		page := rowan.Sees("/desk/c/anna/spread")
		for words, n := range x.says {
			if strings.Count(page, words) != n {
				t.Errorf("%s: %q stands there %d times, not %d", x.name, words, strings.Count(page, words), n)
			}
		}
	}
}

// Whoever approves that a letter is opened reads which one.
func TestOpeningNamesTheLetter(t *testing.T) {
	h := open(t)
	var page strings.Builder
	must(t, wordsPart(h.Catalog.Printer("en"), "anna", deed{Kind: kindOpen, Letter: "home", Title: "Let <Anna> go"}).Render(t.Context(), &page))
	if !strings.Contains(page.String(), "<strong><bdi>Let &lt;Anna&gt; go</bdi></strong>") {
		t.Errorf("%s", page.String())
	}
	page.Reset()
	must(t, wordsPart(h.Catalog.Printer("en"), "anna", deed{Kind: kindOpen, Letter: "home"}).Render(t.Context(), &page)) // decided by an earlier version
	if !strings.Contains(page.String(), "<bdi>home</bdi>") {
		t.Errorf("%s", page.String())
	}
}

// The page before publishing says truly who may approve it.
func TestPublishSaysWhoMayApprove(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en")
	c := h.campaign()
	c.Case.Publication.Necessity = &casefile.Necessity{Date: casefile.Date{Year: 2026, Month: 3, Day: 1}, Note: casefile.Text{"en": "Nobody could be asked."}}
	d, err := h.drafts.Draft(t.Context(), "anna-berg")
	must(t, err)
	_, err = h.drafts.Save(t.Context(), "anna-berg", d.Revision, letter.WriteDraft(c), "lead")
	must(t, err)
	says := func(what string, want string, not ...string) {
		t.Helper()
		h.Now = h.Now.Add(time.Minute)
		rowan.SignIn("")
		rowan.Prove()
		page := rowan.Sees("/desk/c/anna-berg/publish")
		if !strings.Contains(page, want) {
			t.Errorf("%s: no %q in %s", what, want, page)
		}
		for _, n := range not {
			if strings.Contains(page, n) {
				t.Errorf("%s: %q stands there", what, n)
			}
		}
	}
	const second, propose, newcomer = "A second organiser has to approve it", "Propose to publish", "Nobody may before"
	says("alone", ">Publish</button>", second, propose)
	h.Joins(organiser.Home, "Elm", organiser.Reader)
	h.Joins(organiser.Home, "Ash", organiser.Translator)
	says("nobody's role", "Nobody else here has a role that may", newcomer)
	h.Now = h.Now.Add(4 * 24 * time.Hour)
	h.Joins(organiser.Home, "Cedar", organiser.Editor)
	says("a newcomer", "Nobody may before 8 March 2026", "other organiser may")
	h.Now = h.Now.Add(3 * 24 * time.Hour)
	says("three days later", "1 other organiser may approve it now.", newcomer)
	if h.Now.Day() != 8 {
		t.Fatal(h.Now)
	}
}
