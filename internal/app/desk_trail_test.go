package app

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
	"outcry/internal/outlet/desk/desktest"
)

// keyed gives a case a key of its own, which has passed its drill and was taken.
func (h *hall) keyed(slug string) (to seal.Recipient, id seal.Identity) {
	h.t.Helper()
	ctx, path := h.t.Context(), filepath.Join(h.t.TempDir(), "committee.key")
	to, err := seal.NewIdentityFile(path, h.House.Now)
	must(h.t, err)
	id, err = seal.ReadIdentityFile(path)
	must(h.t, err)
	d, err := h.News.BeginDrill(ctx, slug, to.String())
	must(h.t, err)
	list, err := OpenNews(bytes.NewReader(d.Sealed), id)
	must(h.t, err)
	var word bytes.Buffer
	_, err = list.CSV(&word)
	must(h.t, err)
	_, err = h.News.Answer(ctx, slug, strings.Split(word.String(), `"`)[7])
	must(h.t, err)
	must(h.t, h.takeKey(ctx, slug, to.String()))
	return to, id
}

// passes lets a day pass on which these people sign in and read what was done, and the program sweeps.
func (h *hall) passes(people map[string]*desktest.Browser) {
	h.t.Helper()
	h.House.Now = h.House.Now.Truncate(24*time.Hour).AddDate(0, 0, 1).Add(9 * time.Hour)
	for committee, b := range people {
		if w := b.SignIn(committee); w.Code != 303 {
			h.t.Fatalf("%d %s", w.Code, w.Body)
		}
		b.Sees("/desk/trail")
	}
	h.App.sweep(h.t.Context())
}

// fetched is a file of sealed days as somebody downloads it.
func (h *hall) fetched(b *desktest.Browser, path, name string) []byte {
	h.t.Helper()
	w := b.Ask("GET", path, nil)
	if w.Code != 200 || w.Header().Get("Content-Disposition") != `attachment; filename="`+name+`"` || w.Header().Get("Content-Type") != "application/octet-stream" || w.Header().Get("Cache-Control") != "no-store" {
		h.t.Fatalf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
	}
	return w.Body.Bytes()
}

func (h *hall) openedDays(file []byte, id seal.Identity) *organiser.Opened {
	h.t.Helper()
	if !IsTrail(file) {
		h.t.Fatalf("%.100q", file)
	}
	o, err := OpenTrail(bytes.NewReader(file), id)
	must(h.t, err)
	return o
}

// Old days of the record are fetched at the desk by the committee alone whose they are, and open with the keys of its own campaigns alone, published or not; that they
// were fetched is noted. A purge leaves them. Without a key the page says that lines are deleted, and where a key is made.
func TestSealedDays(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		h.bringAnna()
		rowan, stranger := h.Joins(organiser.Home, "Rowan", organiser.Reader), h.Joins("allies", "Stranger", organiser.Lead)
		both := map[string]*desktest.Browser{"": rowan, "allies": stranger}
		if w := stranger.Ask("POST", "/desk/new", answered()); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if page := rowan.Sees("/desk/trail"); !strings.Contains(page, "so lines are deleted after 30 days") || !strings.Contains(page, `href="/desk/c/anna/followers"`) || strings.Contains(page, "anna-berg") || strings.Contains(page, "/trail/sealed") {
			t.Errorf("%s", page)
		}
		for _, path := range []string{"/desk/trail/sealed", "/desk/trail/sealed/2026-03-01", "/desk/trail/sealed/..%2Fanna", "/desk/trail/sealed/%00"} {
			if w := rowan.Ask("GET", path, nil); w.Code != 404 {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		ours, opensOurs := h.keyed("anna")
		theirs, opensTheirs := h.keyed("anna-berg") // which is a draft
		h.passes(map[string]*desktest.Browser{"": rowan})
		for range 33 {
			h.passes(both)
		}

		page := rowan.Sees("/desk/trail")
		for _, want := range []string{"Download all 4 locked days", news.Fingerprint(ours.String()), `href="/desk/trail/sealed"`, `href="/desk/trail/sealed/2026-03-02"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q:\n%s", want, page)
			}
		}
		if strings.Contains(page, news.Fingerprint(theirs.String())) || strings.Contains(page, "deleted after 30 days") {
			t.Error("the page tells of another committee's key, or of none")
		}
		if strings.Index(page, "sealed/2026-03-04") > strings.Index(page, "sealed/2026-03-01") {
			t.Error("the oldest day comes first")
		}
		all, their := h.openedDays(h.fetched(rowan, "/desk/trail/sealed", "days.sealed"), opensOurs), h.openedDays(h.fetched(stranger, "/desk/trail/sealed", "days.sealed"), opensTheirs)
		for who, o := range map[string]*organiser.Opened{"ours": all, "theirs": their} {
			if days := len(o.Ends()); o.Wrong != nil || len(o.Closed)+len(o.Gaps)+len(o.Damaged) > 0 || o.Cut || days < 3 || o.Entries[0].N != 1 {
				t.Errorf("%s: %v, %d days %v", who, o.Wrong, days, o.Closed)
			}
		}
		_, cuts, err := h.Organisers.Trail(ctx, rowan.Session())
		must(t, err)
		for _, end := range all.Ends() {
			if !slices.Contains(cuts, end) {
				t.Errorf("the page has no mark of %s", end.Day)
			}
		}
		for i, e := range all.Entries {
			if e.Act == organiser.Edit {
				t.Errorf("entry %d is of another committee: %+v", i, e)
			}
		}
		if o := h.openedDays(h.fetched(rowan, "/desk/trail/sealed/2026-03-01", "2026-03-01.sealed"), opensTheirs); len(o.Entries) > 0 || len(o.Closed) != 1 {
			t.Errorf("their key opens ours: %+v", o)
		}
		// Of a day on which they did nothing they get nothing, though we have it.
		if o := h.openedDays(h.fetched(rowan, "/desk/trail/sealed/2026-03-02", "2026-03-02.sealed"), opensOurs); len(o.Ends()) != 1 || o.Wrong != nil {
			t.Errorf("%+v", o)
		}
		if w := stranger.Ask("GET", "/desk/trail/sealed/2026-03-02", nil); w.Code != 404 {
			t.Errorf("another committee's day: %d", w.Code)
		}
		if w := h.Nobody().Ask("GET", "/desk/trail/sealed", nil); w.Code != 303 {
			t.Errorf("nobody: %d", w.Code)
		}
		trail := rowan.Trail()
		for _, want := range []string{"reader trail sealed", "reader trail sealed/2026-03-01", "reader trail sealed/2026-03-02"} {
			if !slices.Contains(trail, want) {
				t.Errorf("the trail lacks %q", want)
			}
		}
		if slices.Contains(stranger.Trail(), "lead trail sealed/2026-03-02") {
			t.Error("a fetching is noted that was none")
		}
		page = rowan.Sees("/desk/trail")
		for _, want := range []string{"all locked days, downloaded", "a locked day, downloaded: 2026-03-02"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if page := rowan.Sees("/desk/kept"); !strings.Contains(page, "Locked days of the record") {
			t.Error("what is kept does not tell of it")
		}
		sealed := h.count(t, "organiser_trail_sealed")
		must(t, h.purge(ctx, []string{"anna", "anna-berg"}))
		_, err = h.Organisers.Purge(ctx, rowan.Session().Committee.ID)
		must(t, err)
		if left := h.count(t, "organiser_trail_sealed"); left != sealed || left < 7 {
			t.Errorf("%d boxes after a purge, %d before", left, sealed)
		}

		// A key that whoever runs the server has put into the file meanwhile was tried by nobody, and the one before was given up: nothing is sealed to either.
		other, err := seal.NewIdentityFile(filepath.Join(t.TempDir(), "another.key"), h.House.Now)
		must(t, err)
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error {
			f, err := h.Cases.In(tx, "anna")
			if err != nil {
				return err
			}
			f.Campaign.NewsRecipient = other.String()
			_, err = h.Cases.Apply(tx, f)
			return err
		}))
		h.passes(both)
		if page := rowan.Sees("/desk/trail"); !strings.Contains(page, "so lines are deleted after 30 days") || !strings.Contains(page, "Download all 4 locked days") {
			t.Errorf("%s", page)
		}
		if page := stranger.Sees("/desk/trail"); !strings.Contains(page, "Download all 4 locked days") {
			t.Error("another committee's key is none any more")
		}
	})
}

// The record holds short names, and its page says whom they stand for to who may read that campaign: what was proposed and what failed of it, too. Once the campaign is gone there is no name to say.
func TestTrailSpeaksOfPeople(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		rowan, stranger := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins("allies", "Stranger", organiser.Lead)
		h.begun(rowan)
		objects := []string{"anna-berg", "proposed/anna-berg", "failed/anna-berg", "anna-berg/ru"}
		for _, s := range []organiser.Session{rowan.Session(), stranger.Session()} {
			for _, object := range objects {
				must(t, h.Organisers.Noted(ctx, s, organiser.Publish, object))
			}
		}
		page := rowan.Sees("/desk/trail")
		for _, want := range []string{"<bdi>Anna Berg</bdi>", "<bdi>proposed: Anna Berg</bdi>", "<bdi>could not be done: Anna Berg</bdi>"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		if strings.Contains(page, "<bdi>anna-berg") || strings.Contains(page, ": anna-berg<") {
			t.Errorf("the page says a short name: %s", page)
		}
		if page = rowan.Sees("/desk/trail?lang=ru"); !strings.Contains(page, "<bdi>Анна Берг</bdi>") {
			t.Error("not in the reader's language")
		}
		if page = stranger.Sees("/desk/trail"); strings.Contains(page, "Anna Berg") || !strings.Contains(page, "<bdi>proposed: anna-berg</bdi>") {
			t.Errorf("another committee's page: %s", page)
		}
		must(t, h.App.DB.View(ctx, func(tx *db.Tx) error {
			n := 0
			_, err := tx.One(`SELECT COUNT(*) FROM organiser_trail WHERE object LIKE '%nna%erg%' AND object NOT LIKE '%anna-berg%'`).Scan(&n)
			if n > 0 {
				t.Error("the name is kept")
			}
			return err
		}))
		draft, err := h.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error { _, err := h.Drafts.Drop(tx, "anna-berg", draft.Revision); return err }))
		if page = rowan.Sees("/desk/trail?lang=en"); strings.Contains(page, "Berg") || !strings.Contains(page, "<bdi>proposed: anna-berg</bdi>") {
			t.Errorf("the name of what is gone: %s", page)
		}
	})
}
