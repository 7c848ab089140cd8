package organiser

import (
	"slices"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// A grave act of a committee of three waits for a second person, who may do it and has proven who they are; then it is decided, once, with its line in the trail, and
// what is carried out is what was proposed, to the byte.
func TestTwoPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		a, b := h.joins(Home, "Rowan", Lead), h.joins(Home, "Ash", Lead)
		h.joins("allies", "Birch", Lead)
		deed := Deed{Act: Publish, Object: "anna", Payload: []byte("revision 7\x00\xff")}
		approve := func(s Session, id string) error { _, err := h.Approve(ctx, s, id); return err }
		_, err := h.Do(ctx, h.at(a.Token), deed)
		refused(t, "without a fresh proof", err, "fault.desk.prove")
		rowan := h.fresh("Rowan")
		o, err := h.Do(ctx, rowan, deed)
		if err != nil || o.Proposed() || o.Errand.ID == "" || o.Errand.State != Waiting {
			t.Errorf("two people: %+v, %v", o, err)
		}
		must(t, h.Ended(ctx, o.Errand.ID, nil))
		h.joins(Home, "Cedar", Translator)
		birch, cedar, rowan, ash := h.fresh("Birch"), h.fresh("Cedar"), h.fresh("Rowan"), h.at(b.Token)
		o, err = h.Do(ctx, rowan, deed)
		p := o.Proposal
		if err != nil || !o.Proposed() || o.Errand.ID != "" {
			t.Fatalf("three people: %+v, %v", o, err)
		}
		if due, err := h.Due(ctx); err != nil || len(due) != 0 {
			t.Fatalf("a proposal is carried out: %+v, %v", due, err)
		}
		refused(t, "oneself", approve(rowan, p.ID), "fault.desk.self")
		refused(t, "another committee", approve(birch, p.ID), "fault.desk.proposal")
		refused(t, "another committee", h.Refuse(ctx, birch, p.ID), "fault.desk.proposal")
		refused(t, "a role that may not", approve(cedar, p.ID), "fault.desk.role")
		refused(t, "a role that may not", h.Refuse(ctx, cedar, p.ID), "fault.desk.role")
		refused(t, "no fresh proof", approve(ash, p.ID), "fault.desk.prove")
		if list, err := h.Proposals(ctx, birch); err != nil || len(list) != 0 {
			t.Errorf("another committee sees %d, %v", len(list), err)
		}
		if list, err := h.Proposals(ctx, rowan); err != nil || len(list) != 1 || !list[0].Mine || string(list[0].Payload) != string(deed.Payload) {
			t.Errorf("%+v, %v", list, err)
		}
		e, err := h.Approve(ctx, h.fresh("Ash"), p.ID)
		must(t, err)
		if e.ID != p.ID || string(e.Payload) != string(deed.Payload) || e.Digest() != deed.Digest() || e.Role != Lead {
			t.Errorf("%+v", e)
		}
		refused(t, "twice", approve(h.fresh("Ash"), p.ID), "fault.desk.proposal")
		due, err := h.Due(ctx)
		if err != nil || len(due) != 1 || due[0].ID != p.ID || string(due[0].Payload) != string(deed.Payload) || due[0].Act != Publish || due[0].Object != "anna" || due[0].Committee.ID != rowan.Committee.ID {
			t.Errorf("%+v, %v", due, err)
		}
		must(t, h.Ended(ctx, p.ID, nil))
		o, err = h.Do(ctx, h.fresh("Ash"), deed)
		must(t, err)
		must(t, h.Refuse(ctx, h.fresh("Rowan"), o.Proposal.ID))
		refused(t, "what was refused", approve(h.fresh("Rowan"), o.Proposal.ID), "fault.desk.proposal")
		o, err = h.Do(ctx, h.fresh("Rowan"), deed)
		must(t, err)
		h.now = h.now.Add(72 * time.Hour)
		h.held["Ash"], err = h.SignIn(ctx, h.claim("", "Ash"), Token{}, Computer, "en")
		must(t, err)
		refused(t, "after 72 hours", approve(h.fresh("Ash"), o.Proposal.ID), "fault.desk.proposal")
		if due, err := h.Due(ctx); err != nil || len(due) != 0 {
			t.Errorf("%+v, %v", due, err)
		}
		acts := h.did(h.at(h.held["Ash"]))
		if i := slices.Index(acts, "lead publish proposed/anna"); i < 0 || !slices.Contains(acts[i:], "lead publish anna") || !slices.Contains(acts[i:], "lead publish refused/anna") {
			t.Errorf("%q", acts)
		}
	})
}

// Whoever can write the rows, and has no secret, can't have anything else carried out than what was decided.
func TestRowsOfDeedsAreBound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		for _, name := range []string{"Rowan", "Ash", "Cedar"} {
			h.joins(Home, name, Lead)
		}
		hand := func(statement string) {
			t.Helper()
			must(t, d.Update(ctx, func(tx *db.Tx) error { _, err := tx.Exec(statement); return err }))
		}
		for _, statement := range []string{`UPDATE organiser_proposal SET act = 'delete'`, `UPDATE organiser_proposal SET object = 'boris'`} {
			o, err := h.Do(ctx, h.fresh("Rowan"), Deed{Act: Publish, Object: "anna", Payload: []byte("7")})
			must(t, err)
			hand(statement)
			_, err = h.Approve(ctx, h.fresh("Ash"), o.Proposal.ID)
			refused(t, statement, err, "fault.desk.proposal")
		}
		for _, statement := range []string{`UPDATE organiser_errand SET act = 'publish'`, `UPDATE organiser_errand SET object = 'boris'`, `UPDATE organiser_errand SET committee = 'other'`} {
			o, err := h.Do(ctx, h.fresh("Rowan"), Deed{Act: Withhold, Object: "case"})
			must(t, err)
			hand(statement + ` WHERE id = '` + o.Errand.ID + `'`)
			if taken, err := h.Take(ctx, o.Errand.ID); taken || err != nil {
				t.Errorf("%s: %v, %v", statement, taken, err)
			}
			if due, err := h.Due(ctx); err != nil || len(due) != 0 {
				t.Errorf("%s: %+v, %v", statement, due, err)
			}
		}
	})
}
