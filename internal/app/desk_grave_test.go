package app

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// codeOf is what an authenticator says.
func codeOf(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, now)
	must(t, err)
	return code
}

// grave are the acts that empty a desk or put somebody in danger, as forms that would be taken, and what the trail calls each.
func (w *town) grave() []struct {
	act  organiser.Act
	path string
	form url.Values
} {
	c := "/desk/c/anna"
	return []struct {
		act  organiser.Act
		path string
		form url.Values
	}{
		{organiser.Export, c + "/followers/export", nil},
		{organiser.Export, c + "/followers/fetch", url.Values{"id": {w.home["ready"]}}},
		{organiser.Key, c + "/followers/key", url.Values{"recipient": {"age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq"}}},
		{organiser.Key, c + "/followers/key/answer", url.Values{"word": {"abacus"}}},
		{organiser.Publish, c + "/publish", url.Values{"base": {"3"}, "checked": {"yes"}}},
		{organiser.Publish, c + "/open", url.Values{"letter": {"release"}}},
		{organiser.Remove, c + "/signatures/release/remove", url.Values{"held": {"yes"}, "reason": {"forged"}, "words": {"They were made by a machine."}, "do": {"remove"}, "seen": {"9"}}},
		{organiser.Remove, c + "/signatures/release/restore", url.Values{"removal": {strings.Repeat("ab", 16)}}},
		{organiser.Invite, "/desk/invite", url.Values{"role": {"lead"}}},
		{organiser.Invite, "/desk/ally", url.Values{"name": {"sock"}}},
		{organiser.People, "/desk/people/" + w.home["person"], url.Values{"act": {"end"}}},
		{organiser.People, "/desk/people/" + w.home["person"], url.Values{"act": {"change"}, "role": {"lead"}, "place": {"abroad"}}},
		{organiser.Own, "/desk/ways/password", url.Values{"password": {"the thief's own password"}}},
		{organiser.Own, "/desk/ways/codes", nil},
		{organiser.Purge, "/desk/safety/purge", url.Values{"sure": {"yes"}}},
		{organiser.Purge, c + "/history/forget", url.Values{"sure": {"yes"}}},
		{organiser.HandOver, "/desk/safety/handover", url.Values{"person": {w.home["person"]}, "sure": {"yes"}}},
		{organiser.Unlock, "/desk/safety/open", nil},
	}
}

// Whoever has a lead's cookie and nothing else carries nothing grave out: nothing is exported, opened, published, removed or changed, nobody is invited or ended, and the page
// on which each of the others reads the trail says what was tried.
func TestStolenLeadSession(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		w := newTown(t, d)
		thief, reader := w.Nobody(), w.people[organiser.Reader].stale
		thief.Plant(w.people[organiser.Lead].stale.Cookie())
		tables := w.tables()
		before, public := w.dump(tables), w.outside()
		for _, g := range w.grave() {
			for range 2 {
				if r := thief.Ask("POST", g.path, g.form); r.Code != 303 || !strings.HasPrefix(r.Header().Get("Location"), "/desk/prove?") {
					t.Errorf("%s: %d %.200s", g.path, r.Code, r.Body)
				}
			}
			before = w.still(tables, before, "a thief's "+g.path)
			if !slices.Contains(reader.Trail(), "lead "+string(g.act)+" unproven") {
				t.Errorf("nobody is told of %s", g.path)
			}
		}
		for _, code := range []string{"", "000000", "abcd-efgh-ijkl-mnop"} {
			if r := thief.Ask("POST", "/desk/prove", url.Values{"password": {desktest.Password}, "code": {code}}); r.Code != 403 {
				t.Errorf("a guess: %d", r.Code)
			}
		}
		w.still(tables, before, "a thief's guesses")
		w.same(public, w.outside(), "after a thief")
		page := reader.Sees("/desk/trail")
		for _, want := range []string{"export of supporters", "keys", "publishing", "removing signatures", "handing over", "stopped: no fresh proof", "it did not fit"} {
			if !strings.Contains(page, want) {
				t.Errorf("the others' page of the trail lacks %q", want)
			}
		}
	})
}

// A lead who is forced to do what somebody wants, with password and authenticator, is alone all the same: in a committee of three the paired acts come to proposals. Nor does it
// help to end the others' places, to bring in somebody who approves, or to hand the committee over to oneself.
func TestForcedLead(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		h.bringAnna()
		rowan := h.JoinsAt(organiser.Home, "Rowan", organiser.Lead, organiser.Abroad)
		ash, elm := h.Joins(organiser.Home, "Ash", organiser.Editor), h.Joins(organiser.Home, "Elm", organiser.Reader)
		h.House.Now = h.House.Now.Add(10 * 24 * time.Hour)
		for _, b := range []*desktest.Browser{rowan, ash, elm} {
			b.SignIn("")
		}
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, $2, $3, $4)`, []byte("a"), "anna", []byte("sealed"), []byte("a"))
			return err
		}))
		at, public := "/desk/c/anna", h.outside()
		exported := func() bool {
			list, err := h.News.Ready(ctx, "anna", rowan.Session().Organiser.ID)
			must(t, err)
			return len(list) > 0
		}
		proposes := func(when, path string, form url.Values) string {
			t.Helper()
			rowan.Prove()
			w := rowan.Ask("POST", path, form)
			to, _, _ := strings.Cut(w.Header().Get("Location"), "?")
			if w.Code != 303 || !strings.HasPrefix(to, "/desk/proposals/") {
				t.Fatalf("%s: %s: %d %s %.2000s", when, path, w.Code, to, w.Body)
			}
			if w := rowan.Ask("POST", to, url.Values{"act": {"approve"}}); w.Code != 403 {
				t.Errorf("%s: they approve their own: %d", when, w.Code)
			}
			must(t, h.room.Load().Run(ctx))
			h.same(public, h.outside(), when)
			if exported() {
				t.Errorf("%s: the list is there for them", when)
			}
			return to
		}
		proposes("alone", at+"/followers/export", nil)
		rowan.Sees(at + "/texts/en")
		page := rowan.Sees(at + "/publish")
		proposes("alone", at+"/publish", url.Values{"base": {desktest.Hidden(page, "base")}, "checked": {"yes"}})
		proposal := proposes("alone", at+"/followers/export", nil)

		// Somebody who is none other.
		rowan.Prove()
		invited := rowan.Ask("POST", "/desk/invite", url.Values{"role": {"lead"}})
		if invited.Code != 200 {
			t.Fatalf("%d", invited.Code)
		}
		sock := h.Joins(organiser.Home, "Sock", organiser.Lead)
		sock.Prove()
		if w := sock.Ask("POST", proposal, url.Values{"act": {"approve"}}); w.Code != 403 || !strings.Contains(w.Body.String(), "less than three days") || exported() {
			t.Errorf("somebody who joined a moment ago approves: %d %.300s", w.Code, w.Body)
		}
		// The others' places are ended: they count still.
		for _, b := range []*desktest.Browser{ash, elm} {
			id := b.Session().Organiser.ID
			rowan.Prove()
			if w := rowan.Ask("POST", "/desk/people/"+id, url.Values{"act": {"end"}}); w.Code != 303 {
				t.Fatalf("%d %.300s", w.Code, w.Body)
			}
		}
		proposes("after the others' places were ended", at+"/followers/export", nil)
		rowan.Prove()
		rowan.Ask("POST", "/desk/safety/handover", url.Values{"person": {rowan.Session().Organiser.ID}, "sure": {"yes"}})
		if w := rowan.SignIn(""); w.Code != 303 {
			t.Fatalf("%d", w.Code)
		}
		proposes("after it was handed over to themselves", at+"/followers/export", nil)
		h.House.Now = h.House.Now.Add(4 * 24 * time.Hour) // then it is a committee of one, as everybody could read for three days
		rowan.SignIn("")
		rowan.Prove()
		if w := rowan.Ask("POST", at+"/followers/export", nil); !strings.HasPrefix(w.Header().Get("Location"), "/desk/errands/") {
			t.Errorf("four days later: %d %s", w.Code, w.Header().Get("Location"))
		}
	})
}
