package draft

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

func TestWhatIsKeptOfAHistory(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d).Truncate(time.Hour) }
	const day = 24 * time.Hour
	var list []Revision // the newest first
	add := func(count int, r Revision) (numbers []int) {
		for range count {
			r.N = 10_000 - len(list)
			list = append(list, r)
			numbers = append(numbers, r.N)
		}
		return numbers
	}
	saved := func(by string, when time.Time) Revision { return Revision{By: by, What: WhatSaved, Made: when} }
	lately := add(300, saved("editor", ago(time.Hour)))
	typed := add(2, Revision{By: "editor", What: whatTyped, Made: ago(2 * time.Hour), Aside: true})
	oldTyped := add(1, Revision{By: "editor", What: whatTyped, Made: ago(5 * day), Aside: true})
	hourA := add(5, saved("editor", ago(5*day)))
	hourB := add(5, saved("lead", ago(5*day)))
	restored := add(1, Revision{By: "lead", What: WhatRestored, Made: ago(5 * day)})
	based := add(1, saved("lead", ago(5*day))) // not the last of its hour
	aside := add(1, Revision{By: "lead", What: WhatSaved, Made: ago(6 * day), Aside: true, Open: true, Base: based[0]})
	var hourly []int
	for k := range 250 {
		hourly = append(hourly, add(1, saved("lead", ago(7*day+time.Duration(k)*time.Hour)))...)
	}
	old := add(3, saved("lead", ago(181*day)))
	oldAside := add(1, Revision{By: "lead", What: WhatSaved, Made: ago(181 * day), Aside: true, Open: true})
	gone := ended(list, map[int]bool{old[1]: true}, now)
	for what, c := range map[string]struct {
		numbers []int
		gone    int // from which place on; -1: none
	}{
		"of the last day": {lately, -1}, "of a form": {typed, -1}, "of an old form": {oldTyped, 0}, "of one hour": {hourA, 1}, "of another role": {hourB, 1},
		"restored": {restored, -1}, "on which one aside rests": {based, -1}, "aside": {aside, -1}, "old": {old[:1], 0}, "public": {old[1:2], -1}, "old, aside": {oldAside, 0},
	} {
		for i, n := range c.numbers {
			if slices.Contains(gone, n) != (c.gone >= 0 && i >= c.gone) {
				t.Errorf("%s, %d: gone: %v", what, i, slices.Contains(gone, n))
			}
		}
	}
	stay := 0
	for i, n := range hourly {
		if !slices.Contains(gone, n) {
			if stay++; stay <= i {
				t.Fatalf("a newer one went before %d", n)
			}
		}
	}
	if most := KeptMost - 5; stay != most { // two last ones of an hour, one restored, one aside and its base
		t.Errorf("%d hours stay, not %d", stay, most)
	}
	// Whoever saves without end fills no disk.
	list = nil
	add(floodMost+50, saved("editor", ago(time.Hour)))
	if gone := ended(list, map[int]bool{10_000: true}, now); len(gone) != 50 || slices.Contains(gone, 10_000-floodMost+1) {
		t.Errorf("%d of a flood go", len(gone))
	}
}

func TestSweepingAndForgetting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		b.begin("anna", `{"a":"0"}`)
		b.begin("boris", `{"a":"0"}`)
		base := 1
		for k := range 6 {
			base = b.saves("anna", base, fmt.Sprintf(`{"a":"%d"}`, k+1), "editor").Draft.Revision
		}
		b.marks("anna", 2)
		b.marks("anna", 3)
		check(t, b.AskReview(ctx, "anna", 4, "editor", ""))
		check(t, b.Sweep(ctx))
		if h := b.history("anna"); strings.Count(h, ",") != 6 {
			t.Errorf("what is of the last days went: %s", h)
		}
		b.now = b.now.Add(100 * time.Hour)
		// It needs no secret.
		locked := bookWith(t, d, seal.NewLocked(""))
		locked.now = b.now
		check(t, locked.Sweep(ctx))
		if h := b.history("anna"); h != "7+ saved editor, 4 saved editor, 3= saved editor, 2 saved editor, 1 begun editor" {
			t.Error(h)
		}
		// A form from a revision that went is saved, and kept aside besides; what it did not touch is not turned back.
		s := b.saves("anna", 5, `{"a":"3","b":"new"}`, "editor") // turned back to what the revision before said, which is the base now
		if s.Aside == 0 || len(s.Conflicts) > 0 || string(s.Draft.Doc) != `{"a":"6","b":"new"}` {
			t.Errorf("%+v %s", s, s.Draft.Doc)
		}
		b.now = b.now.AddDate(0, 0, KeptDays+1)
		check(t, locked.Sweep(ctx))
		check(t, d.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO draft_guest (hash, slug, tongue, until, made) VALUES ($1, 'anna', 'fr', 1, 1)`, []byte("h"))
			return err
		}))
		locked.now = b.now
		check(t, locked.Sweep(ctx))
		if h := b.history("anna"); strings.Count(h, ",") != 3 || !strings.Contains(h, "3= ") || !strings.Contains(h, "2 saved") || !strings.Contains(h, "4 saved") || !strings.Contains(h, "+ saved") {
			t.Error(h)
		}
		held, err := locked.Held(ctx)
		check(t, err)
		if held.Drafts != 2 || held.Revisions != 5 || held.Oldest.IsZero() {
			t.Errorf("%+v", held)
		}
		if n := rows(t, d, "draft_guest"); n != 0 {
			t.Errorf("%d links that ended are there", n)
		}

		b.saves("boris", 1, `{"a":"1"}`, "editor")
		check(t, d.Update(ctx, func(tx *db.Tx) error {
			n, err := locked.ForgetAll(tx)
			if n != 3 {
				t.Errorf("%d revisions were forgotten", n)
			}
			return err
		}))
		if h := b.history("anna") + "; " + b.history("boris"); strings.Count(h, ",") != 1 || !strings.Contains(h, "3= ") || !strings.Contains(h, "2+ saved") {
			t.Error(h)
		}
		_, before, err := b.LastPublished(ctx, "anna")
		check(t, err)
		if before.N != 0 {
			t.Errorf("what was public before is still there: %+v", before)
		}
		b.saves("anna", b.says("anna", `{"a":"6","b":"new"}`, s.Draft.Revision).Revision, `{"a":"7"}`, "editor") // work goes on
		head, err := b.Draft(ctx, "anna")
		check(t, err)
		drops := func(revision int, want bool) {
			check(t, d.Update(ctx, func(tx *db.Tx) error {
				dropped, err := locked.Drop(tx, "anna", revision)
				if dropped != want {
					t.Errorf("dropped at revision %d of %d: %v", revision, head.Revision, dropped)
				}
				return err
			}))
		}
		drops(head.Revision-1, false)
		_, err = b.Draft(ctx, "anna")
		check(t, err)
		drops(head.Revision, true)
		_, err = b.Draft(ctx, "anna")
		refusal(t, "a draft that was dropped", err, fault.NotFound)
		if n := rows(t, d, "draft_revision"); n != 1 {
			t.Errorf("%d revisions are left", n)
		}
		if n := rows(t, d, "draft_review"); n != 0 {
			t.Errorf("%d reviews are left", n)
		}
	})
}

func rows(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	check(t, d.View(t.Context(), func(tx *db.Tx) error {
		_, err := tx.One("SELECT COUNT(*) FROM " + table).Scan(&n)
		return err
	}))
	return n
}
