package organiser

import (
	"errors"
	"slices"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// A grave act of a committee of three waits for a second person, who may do it and has proven who they are; then it is done, once, with its line in the trail.
func TestTwoPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		a, b := h.joins(Home, "Rowan", Lead), h.joins(Home, "Ash", Lead)
		h.joins("allies", "Birch", Lead)
		deed := Deed{Act: Publish, Object: "anna", Digest: [32]byte{1}}
		carried := 0
		carry := func(*db.Tx) error { carried++; return nil }
		approve := func(s Session, id string) error {
			return h.Approve(ctx, s, id, func(tx *db.Tx, p Proposal) error {
				if p.Deed != deed {
					t.Errorf("%+v", p)
				}
				return carry(tx)
			})
		}
		_, _, err := h.Do(ctx, h.at(a.Token), deed, carry)
		refused(t, "without a fresh proof", err, "fault.desk.prove")
		rowan := h.fresh("Rowan")
		if done, _, err := h.Do(ctx, rowan, deed, carry); !done || err != nil || carried != 1 {
			t.Errorf("two people: %v, %v, %d", done, err, carried)
		}
		failing := errors.New("no")
		if done, _, err := h.Do(ctx, rowan, deed, func(*db.Tx) error { return failing }); done || !errors.Is(err, failing) {
			t.Errorf("what failed: %v, %v", done, err)
		}
		h.joins(Home, "Cedar", Translator)
		carried = 0
		birch, cedar, rowan, ash := h.fresh("Birch"), h.fresh("Cedar"), h.fresh("Rowan"), h.at(b.Token)
		done, p, err := h.Do(ctx, rowan, deed, carry)
		if done || err != nil || carried != 0 {
			t.Fatalf("three people: %v, %v, %d", done, err, carried)
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
		if list, err := h.Proposals(ctx, rowan); err != nil || len(list) != 1 || !list[0].Mine {
			t.Errorf("%+v, %v", list, err)
		}
		ash = h.fresh("Ash")
		if err := h.Approve(ctx, ash, p.ID, func(*db.Tx, Proposal) error { return failing }); !errors.Is(err, failing) {
			t.Errorf("what failed: %v", err)
		}
		if carried != 0 {
			t.Fatal("it was carried out")
		}
		must(t, approve(ash, p.ID))
		refused(t, "twice", approve(ash, p.ID), "fault.desk.proposal")
		if carried != 1 {
			t.Errorf("carried out %d times", carried)
		}
		_, p, err = h.Do(ctx, ash, deed, carry)
		must(t, err)
		must(t, h.Refuse(ctx, h.fresh("Rowan"), p.ID))
		_, p, err = h.Do(ctx, h.fresh("Rowan"), deed, carry)
		must(t, err)
		h.now = h.now.Add(72 * time.Hour)
		h.held["Ash"], err = h.SignIn(ctx, h.claim("", "Ash"), Token{}, Computer, "en")
		must(t, err)
		refused(t, "after 72 hours", approve(h.fresh("Ash"), p.ID), "fault.desk.proposal")
		acts := h.did(h.at(h.held["Ash"]))
		if i := slices.Index(acts, "lead publish proposed/anna"); i < 0 || !slices.Contains(acts[i:], "lead publish anna") || !slices.Contains(acts[i:], "lead publish refused/anna") {
			t.Errorf("%q", acts)
		}
	})
}
