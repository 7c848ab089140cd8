package casefile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

func TestStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		b := New(Config{DB: d})
		if _, err := apply(t, d, b, must(t, agreed)); err != nil {
			t.Fatal(err)
		}
		revision := func() int64 {
			r, err := b.Revision(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		stop := func(slug string, s Stop) error {
			return d.Update(ctx, func(tx *db.Tx) error { return b.Stop(tx, slug, s) })
		}
		lift := func(kind, name string, by Giver) {
			t.Helper()
			if err := d.Update(ctx, func(tx *db.Tx) error { return b.Lift(tx, "anna", kind, name, by) }); err != nil {
				t.Fatal(err)
			}
		}
		day := Date{2024, 5, 1}
		for _, s := range []Stop{{StopScope, "fame", "family", false, day}, {StopAsk, "revenge", "family", false, day}, {"word", "name", "family", false, day}, {StopEvent, "", "family", false, day},
			{StopScope, "name", "", false, day}, {StopScope, "name", "mother", false, day}, {StopScope, "name", "family", false, Date{}}, {StopScope, "name", "family", false, Date{2024, 5, 0}}} {
			if err := stop("anna", s); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", s, err)
			}
		}
		if err := stop("boris", Stop{StopScope, "name", "family", false, day}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a case that is not there: %v", err)
		}
		before := revision()
		given := []Stop{{StopAsk, "release", "prisoner", false, day}, {StopEvent, "arrest", "lawyer", true, day}, {StopScope, "photo", "family", false, day}, {StopScope, "photo", "prisoner", false, Date{2024, 5, 2}}}
		for _, s := range given {
			if err := stop("anna", s); err != nil {
				t.Fatal(err)
			}
		}
		if r := revision(); r != before+4 {
			t.Errorf("the pages are not read again: revision %d after %d", r, before)
		}
		again := given[2]
		again.Day = Date{2024, 6, 1}
		if err := stop("anna", again); err != nil {
			t.Fatal(err)
		}
		got, err := b.Stops(ctx, "anna")
		if d := cmp.Diff(given, got); err != nil || d != "" {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
		shown, err := b.Shown(ctx, "anna")
		if err != nil || shown.Event("arrest") != nil || !shown.Stopped(ScopePhoto) || shown.refuses("letters") || !shown.refuses("release") {
			t.Errorf("%v: %+v", err, shown)
		}
		// Each lifts their own word, and nobody another's.
		lift("scope", "photo", "family")
		if shown, _ := b.Shown(ctx, "anna"); !shown.Stopped(ScopePhoto) {
			t.Error("the family lifted what the person said")
		}
		lift("scope", "photo", "prisoner")
		lift("scope", "photo", "prisoner")
		lift("event", "arrest", "family")
		if shown, _ := b.Shown(ctx, "anna"); shown.Stopped(ScopePhoto) || shown.Event("arrest") != nil {
			t.Error("lifted, and not lifted")
		}
		lift("event", "arrest", "lawyer")
		if shown, _ := b.Shown(ctx, "anna"); shown.Event("arrest") == nil {
			t.Error("the lawyer's word does not end")
		}
	})
}

// The calendar moves what is shown, with no file applied.
func TestBookLooksAtTheDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		today := time.Date(2024, 4, 1, 23, 59, 59, 0, time.UTC)
		b := New(Config{DB: d, Now: func() time.Time { return today }})
		f := consented(t, fmt.Sprintf(familys, ", until: 2024-04-01"), "")
		if done, err := apply(t, d, b, f); err != nil || !done {
			t.Fatal(err)
		}
		if all, err := b.Public(ctx); err != nil || len(all) != 1 {
			t.Fatalf("on the last day: %d, %v", len(all), err)
		}
		today = today.Add(time.Second)
		if all, err := b.Public(ctx); err != nil || len(all) != 0 {
			t.Errorf("a day after: %d, %v", len(all), err)
		}
		if _, err := b.Changes(ctx, "anna", Date{}); !fault.Is(err, fault.Gone) {
			t.Errorf("what changed on a page that is gone: %v", err)
		}
	})
}

func TestChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		today := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
		b := New(Config{DB: d, Now: func() time.Time { return today }})
		step := func(src string) {
			t.Helper()
			if _, err := apply(t, d, b, must(t, src)); err != nil {
				t.Fatal(err)
			}
			today = today.Add(24 * time.Hour)
		}
		told := func(since Date) string {
			t.Helper()
			list, err := b.Changes(ctx, "anna", since)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, c := range list {
				lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", c.Day, c.Kind, c.Section, c.ID)))
			}
			return strings.Join(lines, "\n")
		}
		step(minimal) // quiet: nobody sees it change
		page := strings.Replace(minimal, "  slug: anna\n", public, 1)
		step(page) // 2 May
		if got := told(Date{}); got != "2024-05-02 added page" {
			t.Errorf("published:\n%s", got)
		}
		more := page + "  - {id: search, when: 2024-02-02, kind: search, nature: event, source: paper}\n" +
			"  - {id: verdict, when: 2024-02-03, kind: verdict, nature: legal, source: paper, verdict: guilty}\n" +
			"  - {id: plan, when: 2024-02-03, kind: context, nature: event, source: paper, visibility: team}\n" +
			"questions: [{id: why, ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper, status: contested}], not_to_be_concluded: {en: none}}]\n"
		step(more) // 3 May
		step(more) // 4 May: nothing new
		// Another order is nothing new to a reader.
		const arrest = "  - {id: arrest, when: 2024-02, kind: detention, nature: event, source: paper}\n"
		step(strings.Replace(strings.Replace(more, arrest, "", 1), "questions:", arrest+"questions:", 1)) // 5 May
		changed := strings.NewReplacer("verdict: guilty", "verdict: guilty, family: told", "publisher: {en: A Paper}", "publisher: {en: The Paper}",
			"kind: search,", "kind: search, what: {en: Her books},", "id: why,", "id: why-then,").Replace(more)
		step(changed)                                                                                                  // 6 May
		step(strings.Replace(changed, "title:", "summary: {en: She is held.}\n  title:", 1))                           // 7 May
		step(strings.Replace(changed, "title:", "summary: {en: She is held.}\n  asks: [release]\n  title:", 1) + "\n") // 8 May
		want := strings.Join([]string{
			"2024-05-08 changed case", "2024-05-07 changed case",
			"2024-05-06 changed events search", "2024-05-06 added events verdict", "2024-05-06 taken_out questions why", "2024-05-06 added questions why-then", "2024-05-06 changed sources",
			"2024-05-03 added events search", "2024-05-02 added page"}, "\n")
		if d := cmp.Diff(want, told(Date{})); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if got := told(Date{2024, 5, 7}); got != "2024-05-08 changed case\n2024-05-07 changed case" {
			t.Errorf("since 7 May:\n%s", got)
		}
		// Of what is hidden now nothing is told, be it by the file or by a stop.
		step(strings.Replace(changed, "kind: search,", "visibility: team, kind: search,", 1))
		if err := d.Update(ctx, func(tx *db.Tx) error {
			return b.Stop(tx, "anna", Stop{Kind: StopEvent, Name: "verdict", By: "family", Day: Date{2024, 5, 9}})
		}); err != nil {
			t.Fatal(err)
		}
		if got := told(Date{}); strings.Contains(got, "search") || strings.Contains(got, "verdict") || strings.Contains(got, "plan") {
			t.Errorf("it tells of what is hidden:\n%s", got)
		}
		// Taken down and put up again, its addresses are remembered.
		step(strings.Replace(minimal, "id: arrest", "id: other", 1))
		if _, err := apply(t, d, b, must(t, page)); err == nil || !strings.Contains(err.Error(), `"search"`) || !strings.Contains(err.Error(), `"verdict"`) || strings.Contains(err.Error(), `"plan"`) {
			t.Errorf("addresses were forgotten while the page was down: %v", err)
		}
	})
}

// What was public before this list was kept has its addresses for life, too.
func TestAddressesOfBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := New(Config{DB: d})
		page := strings.Replace(minimal, "  slug: anna\n", public, 1)
		if _, err := apply(t, d, b, must(t, page)); err != nil {
			t.Fatal(err)
		}
		if err := d.Update(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec("DELETE FROM casefile_change")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := apply(t, d, b, must(t, strings.Replace(page, "id: arrest", "id: other", 1))); err == nil || !strings.Contains(err.Error(), `"arrest"`) {
			t.Errorf("it was dropped: %v", err)
		}
	})
}
