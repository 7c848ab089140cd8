package organiser

import (
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// What a page says of the second person is what approving finds: nobody where the role is missing, whoever joined lately only where nobody else has been here longer.
func TestSecondPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		enters := func(name string) Session {
			t.Helper()
			var err error
			h.now = h.now.Add(time.Minute)
			h.held[name], err = h.SignIn(ctx, h.claim("", name), Token{}, Computer, "en")
			must(t, err)
			return h.fresh(name)
		}
		is := func(what string, a Act, want Second) {
			t.Helper()
			got, err := h.Second(ctx, enters("Rowan"), a)
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v, not %+v", what, got, err, want)
			}
		}
		h.joins("allies", "Birch", Lead)
		h.joins(Home, "Rowan", Lead)
		is("alone", Publish, Second{})
		h.joins(Home, "Ash", Translator)
		is("two", Publish, Second{})
		h.joins(Home, "Elm", Reader)
		is("three, one of whom may", Publish, Second{Needed: true})
		is("three, and an act that one does", Edit, Second{})

		h.now = h.now.Add(4 * 24 * time.Hour)
		h.joins(Home, "Cedar", Lead)
		from := h.now.UTC().AddDate(0, 0, 3).Format(time.DateOnly)
		is("a newcomer", Publish, Second{Needed: true, From: from})
		propose := func() Proposal {
			t.Helper()
			o, err := h.Do(ctx, enters("Rowan"), Deed{Act: Publish, Object: "anna"})
			must(t, err)
			return o.Proposal
		}
		approves := func(name string, want bool) {
			t.Helper()
			p, s := propose(), enters(name)
			settled, err := h.Settled(ctx, s, p)
			must(t, err)
			if _, err := h.Approve(ctx, s, p.ID); settled != want || (err == nil) != want {
				t.Errorf("%s: settled %v, approves: %v", name, settled, err)
			}
		}
		approves("Cedar", false)
		h.now = h.now.Add(3 * 24 * time.Hour)
		is("who was a newcomer", Publish, Second{Needed: true, May: 1})
		approves("Cedar", true)
		h.joins(Home, "Fir", Lead)
		is("one newcomer more", Publish, Second{Needed: true, May: 1})
		approves("Fir", false)

		// The others' places are ended: who was brought in approves no sooner for that.
		for _, name := range []string{"Ash", "Elm", "Cedar"} {
			id := enters(name).Organiser.ID
			must(t, h.End(ctx, enters("Rowan"), id))
		}
		from = h.now.UTC().AddDate(0, 0, 3).Format(time.DateOnly)
		is("the two alone, lately five", Publish, Second{Needed: true, From: from})
		approves("Fir", false)
		h.now = h.now.Add((3*24 + 1) * time.Hour)
		is("the two alone, for three days", Publish, Second{May: 1})
	})
}
