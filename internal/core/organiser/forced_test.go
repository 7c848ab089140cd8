package organiser

import (
	"fmt"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
)

// enters signs somebody in anew, and has them prove it.
func (h *house) enters(name string) Session {
	h.t.Helper()
	var err error
	h.now = h.now.Add(time.Minute)
	h.held[name], err = h.SignIn(h.t.Context(), h.claim("", name), Token{}, Computer, "en")
	must(h.t, err)
	return h.fresh(name)
}

// Somebody whom a forced lead has just brought in is no second person: neither by approving nor by proposing, nor once the others' places were ended, nor if the lead's own is.
func TestNobodyIsBroughtInForIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		for _, name := range []string{"Rowan", "Ash", "Elm"} {
			h.joins(Home, name, Lead)
		}
		h.now = h.now.Add(10 * 24 * time.Hour)
		h.joins(Home, "Sock", Lead)
		h.joins(Home, "Mask", Lead)
		refuses := func(when, proposer, approver string) {
			t.Helper()
			o, err := h.Do(ctx, h.enters(proposer), Deed{Act: Publish, Object: "anna"})
			must(t, err)
			if !o.Proposed() {
				t.Fatalf("%s: decided by %s alone", when, proposer)
			}
			s := h.enters(approver)
			settled, err := h.Settled(ctx, s, o.Proposal)
			must(t, err)
			_, err = h.Approve(ctx, s, o.Proposal.ID)
			refused(t, when, err, "fault.desk.newcomer")
			if settled {
				t.Errorf("%s: the page says that they may", when)
			}
			who := h.enters(proposer)
			second, err := h.Second(ctx, who, Publish)
			must(t, err)
			if from := h.now.UTC().AddDate(0, 0, settleDays).Format(time.DateOnly); when != "approving" && (second.May != 0 || second.From != from) {
				t.Errorf("%s: %+v, not from %s", when, second, from)
			}
			must(t, h.Refuse(ctx, who, o.Proposal.ID))
		}
		refuses("approving", "Rowan", "Sock")
		refuses("proposing", "Sock", "Rowan")
		for _, name := range []string{"Ash", "Elm"} {
			id := h.enters(name).Organiser.ID
			must(t, h.End(ctx, h.enters("Rowan"), id))
		}
		refuses("approving, with the others gone", "Rowan", "Sock")
		refuses("proposing, with the others gone", "Sock", "Rowan")
		must(t, h.End(ctx, h.enters("Sock"), h.enters("Rowan").Organiser.ID))
		refuses("among themselves", "Sock", "Mask")

		h.now = h.now.Add(settleDays * 24 * time.Hour)
		h.joins(Home, "Fir", Lead)
		o, err := h.Do(ctx, h.enters("Sock"), Deed{Act: Publish, Object: "anna"})
		must(t, err)
		if _, err := h.Approve(ctx, h.enters("Mask"), o.Proposal.ID); err != nil {
			t.Errorf("three days later: %v", err)
		}
	})
}

// In the days in which a committee is made nobody has been there longer: also who was there by mistake may go.
func TestNewCommitteeOfNewcomers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		for _, name := range []string{"Rowan", "Ash", "Elm", "Fir"} {
			h.joins(Home, name, Lead)
		}
		must(t, h.End(ctx, h.enters("Rowan"), h.enters("Fir").Organiser.ID))
		o, err := h.Do(ctx, h.enters("Rowan"), Deed{Act: Publish, Object: "anna"})
		must(t, err)
		if _, err := h.Approve(ctx, h.enters("Ash"), o.Proposal.ID); err != nil {
			t.Error(err)
		}
	})
}

// A proposal of somebody who may not do such an act any more is none.
func TestDemotedProposer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		for _, name := range []string{"Rowan", "Ash", "Elm"} {
			h.joins(Home, name, Lead)
		}
		proposes := func() string {
			t.Helper()
			o, err := h.Do(ctx, h.enters("Ash"), Deed{Act: Publish, Object: "anna"})
			must(t, err)
			return o.Proposal.ID
		}
		ash, kept := h.enters("Ash").Organiser.ID, proposes()
		must(t, h.Change(ctx, h.enters("Rowan"), ash, Editor, Abroad))
		if _, err := h.Approve(ctx, h.enters("Elm"), kept); err != nil {
			t.Errorf("an editor may: %v", err)
		}
		gone := proposes()
		must(t, h.Change(ctx, h.enters("Rowan"), ash, Reader, Abroad))
		if list, err := h.Proposals(ctx, h.enters("Rowan")); err != nil || len(list) != 0 {
			t.Errorf("%d wait, %v", len(list), err)
		}
		_, err := h.Approve(ctx, h.enters("Elm"), gone)
		refused(t, "a reader's", err, "fault.desk.proposal")
	})
}

// Strangers who guess at the door shut it for an hour, and keep nobody who is inside from proving who they are: else they could hold up every grave act, and a purge on the day it is
// needed.
func TestStrangersHoldUpNoProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		for n := range triesOfAll {
			h.tries.wrong(hours(h.now), []byte(fmt.Sprint(n)))
		}
		s := h.at(h.held["Rowan"])
		_, err := h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Computer, "en")
		refused(t, "the door", err, "fault.desk.guesses")
		wrong := func() error { _, err := h.Prove(ctx, s, seal.Hide("a wrong password"), h.code("Rowan")); return err }
		refused(t, "a wrong proof", wrong(), "fault.desk.wrong")
		if s = h.fresh("Rowan"); !s.Fresh {
			t.Fatal("no proof")
		}
		for range triesOfName {
			refused(t, "a wrong proof", wrong(), "fault.desk.wrong")
		}
		h.now = h.now.Add(time.Minute)
		_, err = h.Prove(ctx, s, seal.Hide(password), h.code("Rowan"))
		refused(t, "after ten wrong ones", err, "fault.desk.wrong")
	})
}

// Publishing and publishing that names somebody are one thing to a page: of two the later one waits for the earlier one, on whichever node.
func TestNamingWaitsForPublishing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		s := h.fresh("Rowan")
		for _, acts := range [][2]Act{{Publish, ShowName}, {ShowName, Publish}} {
			var ids []string
			for _, a := range acts {
				o, err := h.Do(ctx, s, Deed{Act: a, Object: "anna"})
				must(t, err)
				ids = append(ids, o.Errand.ID)
			}
			other, err := h.Do(ctx, s, Deed{Act: acts[1], Object: "boris"})
			must(t, err)
			for i, want := range []bool{false, true, false} {
				id := append(ids[1:2:2], ids[0], ids[1])[i]
				if taken, err := h.Take(ctx, id); taken != want || err != nil {
					t.Errorf("%s, step %d: %v, %v", acts, i, taken, err)
				}
			}
			if taken, err := h.Take(ctx, other.Errand.ID); !taken || err != nil {
				t.Errorf("of another page: %v, %v", taken, err)
			}
			must(t, h.Ended(ctx, other.Errand.ID, nil))
			must(t, h.Ended(ctx, ids[0], nil))
			if taken, err := h.Take(ctx, ids[1]); !taken || err != nil {
				t.Errorf("%s, in its turn: %v, %v", acts, taken, err)
			}
			must(t, h.Ended(ctx, ids[1], nil))
		}
	})
}

// Whoever is alone after a handing over may publish at once: as long as it is plain who that is. Whoever joined lately, or was said lately to be abroad, or whose companions were
// said lately to be inside, waits as for everything else.
func TestPublishAfterHandOver(t *testing.T) {
	for what, c := range map[string]struct {
		rowan, ash Place // where they said they are
		moves      func(t *testing.T, h *house)
		heir       string
		alone      bool
	}{
		"as it is meant": {Abroad, Inside, func(*testing.T, *house) {}, "Rowan", true},
		"somebody who moved themselves": {Inside, Inside, func(t *testing.T, h *house) {
			must(t, h.Change(t.Context(), h.enters("Rowan"), h.enters("Rowan").Organiser.ID, Lead, Abroad))
		}, "Rowan", false},
		"somebody who moved the others": {Abroad, Abroad, func(t *testing.T, h *house) {
			for _, name := range []string{"Ash", "Elm"} {
				id := h.enters(name).Organiser.ID
				must(t, h.Change(t.Context(), h.enters("Rowan"), id, Lead, Inside))
			}
		}, "Rowan", false},
		"somebody who was brought in": {Inside, Inside, func(t *testing.T, h *house) { h.joins(Home, "Sock", Reader) }, "Sock", false},
	} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			h, ctx := open(t, d), t.Context()
			for name, place := range map[string]Place{"Rowan": c.rowan, "Ash": c.ash, "Elm": c.ash} {
				h.joins(Home, name, Lead)
				must(t, h.Change(ctx, h.enters(name), h.enters(name).Organiser.ID, Lead, place))
			}
			h.now = h.now.Add(10 * 24 * time.Hour)
			c.moves(t, h)
			must(t, h.HandOver(ctx, h.enters("Rowan"), h.enters(c.heir).Organiser.ID))
			second, err := h.Second(ctx, h.enters(c.heir), Publish)
			must(t, err)
			o, err := h.Do(ctx, h.enters(c.heir), Deed{Act: Publish, Object: "anna"})
			must(t, err)
			if o.Proposed() == c.alone || second.Needed == c.alone {
				t.Errorf("%s: alone %v, and the page says it needs another: %v", what, !o.Proposed(), second.Needed)
			}
			if o, err = h.Do(ctx, h.enters(c.heir), Deed{Act: Export, Object: "anna"}); err != nil || !o.Proposed() {
				t.Errorf("%s: the list is had alone, %v", what, err)
			}
			h.now = h.now.Add(settleDays*24*time.Hour + time.Hour)
			if o, err = h.Do(ctx, h.enters(c.heir), Deed{Act: Publish, Object: "anna"}); err != nil || o.Proposed() {
				t.Errorf("%s: three days later: %+v, %v", what, o, err)
			}
		})
	}
}
