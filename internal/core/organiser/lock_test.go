package organiser

import (
	"slices"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// joinsAt is joins at a place.
func (h *house) joinsAt(committee, name string, r Role, p Place) {
	h.t.Helper()
	h.joins(committee, name, r)
	id := h.at(h.held[name]).Organiser.ID
	must(h.t, h.DB.Update(h.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(updateRoleSQL, id, string(r), string(p)); return err }))
}

func (h *house) signsIn(committee, name string) error {
	h.t.Helper()
	h.now = h.now.Add(60e9)
	token, err := h.SignIn(h.t.Context(), h.claim(committee, name), Token{}, Computer, "en")
	if err == nil {
		h.held[name] = token
	}
	return err
}

// Locking puts everybody out, of that committee alone; a lead who is abroad comes in and opens it again, nobody else does.
func TestLock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joinsAt(Home, "Rowan", Lead, Inside)
		h.joinsAt(Home, "Ash", Lead, Abroad)
		h.joinsAt(Home, "Cedar", Editor, Abroad)
		h.joinsAt(Home, "Elm", Moderator, Inside)
		h.joinsAt(Home, "Fir", Reader, Inside)
		h.joinsAt("allies", "Birch", Lead, Inside)
		link, _, err := h.InviteByServer(ctx, Home, Lead, false)
		must(t, err)

		refused(t, "a reader", h.Lock(ctx, h.at(h.held["Fir"])), "fault.desk.role")
		must(t, h.Lock(ctx, h.at(h.held["Elm"]))) // no fresh proof is asked for
		for _, name := range []string{"Rowan", "Ash", "Cedar", "Elm", "Fir"} {
			if _, err := h.Session(ctx, h.held[name]); !IsNobody(err) {
				t.Errorf("%s is in: %v", name, err)
			}
		}
		h.at(h.held["Birch"])
		for _, name := range []string{"Rowan", "Cedar", "Elm", "Fir"} {
			refused(t, name, h.signsIn("", name), "fault.desk.locked")
		}
		if _, err := h.Invited(ctx, link); err == nil {
			t.Error("an invitation is open")
		}
		// One that the server makes afterwards lets in whom a sign-in would let in.
		link, _, err = h.InviteByServer(ctx, Home, Lead, false)
		must(t, err)
		h.keys["Hazel"] = NewSecret()
		a := h.applicant("Hazel")
		a.Place = Inside
		_, err = h.Join(ctx, link, a)
		refused(t, "joining from inside", err, "fault.desk.locked")

		must(t, h.signsIn("", "Ash"))
		if s := h.at(h.held["Ash"]); !s.Committee.Locked {
			t.Error("nobody says that it is locked")
		}
		refused(t, "without a proof", h.Reopen(ctx, h.at(h.held["Ash"])), "fault.desk.prove")
		must(t, h.Reopen(ctx, h.fresh("Ash")))
		must(t, h.signsIn("", "Fir"))
		must(t, h.signsIn("", "Rowan"))
		refused(t, "a lead inside", h.Reopen(ctx, h.fresh("Rowan")), "fault.desk.abroad")

		must(t, h.Lock(ctx, h.at(h.held["Rowan"])))
		if was, err := h.ReopenByServer(ctx, Home); !was || err != nil {
			t.Errorf("%v, %v", was, err)
		}
		if was, err := h.ReopenByServer(ctx, Home); was || err != nil {
			t.Errorf("again: %v, %v", was, err)
		}
		_, err = h.ReopenByServer(ctx, "nowhere")
		refused(t, "no committee", err, "fault.desk.committee")
		must(t, h.signsIn("", "Rowan"))
		acts := h.did(h.at(h.held["Rowan"]))
		for _, want := range []string{"moderator lock ", "lead unlock ", "server unlock "} {
			if !slices.Contains(acts, want) {
				t.Errorf("no %q in %q", want, acts)
			}
		}
	})
}

// Whoever only looks at the page on which a committee is handed over changes nothing of who has to approve what; whoever hands it over does, for some days.
func TestLookingAtHandingOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joinsAt(Home, "Rowan", Lead, Abroad)
		needed := func() bool {
			t.Helper()
			w, err := h.Second(ctx, h.fresh("Rowan"), Key)
			must(t, err)
			return w.Needed
		}
		must(t, h.Noted(ctx, h.fresh("Rowan"), HandOver, "")) // as the page does
		if needed() {
			t.Error("after a look at the page a second person is needed")
		}
		rowan := h.fresh("Rowan")
		must(t, h.HandOver(ctx, rowan, rowan.Organiser.ID))
		if !needed() {
			t.Error("after a handing over no second person is needed")
		}
	})
}

// Handing over makes somebody abroad a lead, and leaves nothing of those who are inside.
func TestHandOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joinsAt(Home, "Rowan", Lead, Inside)
		h.joinsAt(Home, "Elm", Editor, Inside)
		h.joinsAt(Home, "Cedar", Editor, Abroad)
		h.joinsAt(Home, "Ash", Translator, Abroad)
		h.joinsAt("allies", "Birch", Lead, Abroad)
		ids := map[string]string{}
		for name, token := range h.held {
			ids[name] = h.at(token).Organiser.ID
		}
		link, _, err := h.InviteByServer(ctx, Home, Lead, false)
		must(t, err)
		rowan := h.fresh("Rowan")
		for what, c := range map[string]struct{ id, key string }{"somebody inside": {ids["Elm"], "fault.desk.abroad"}, "another committee's": {ids["Birch"], "fault.not_found"}, "nobody": {"", "fault.not_found"}} {
			refused(t, what, h.HandOver(ctx, rowan, c.id), c.key)
		}
		refused(t, "an editor", h.HandOver(ctx, h.fresh("Cedar"), ids["Cedar"]), "fault.desk.role")
		must(t, h.HandOver(ctx, h.fresh("Rowan"), ids["Cedar"]))
		cedar := h.at(h.held["Cedar"])
		desk, err := h.People(ctx, cedar)
		if err != nil || cedar.Role != Lead || len(desk.People) != 2 || desk.People[0].ID != ids["Cedar"] || desk.People[1].ID != ids["Ash"] || desk.People[1].Role != Translator {
			t.Errorf("%s, %+v, %v", cedar.Role, desk.People, err)
		}
		for _, name := range []string{"Rowan", "Elm", "Ash"} {
			if _, err := h.Session(ctx, h.held[name]); !IsNobody(err) {
				t.Errorf("%s is in: %v", name, err)
			}
		}
		refused(t, "who is gone", h.signsIn("", "Rowan"), "fault.desk.wrong")
		must(t, h.signsIn("", "Ash"))
		if _, err := h.Invited(ctx, link); err == nil {
			t.Error("an invitation is open")
		}
		h.at(h.held["Birch"])
		if acts := h.did(cedar); !slices.Contains(acts, "lead handover lead") {
			t.Errorf("%q", acts)
		}
	})
}
