package draft

import (
	"fmt"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// Whoever sends the same old form again and again fills no disk: of a hundred that wait aside none goes, the next is not taken, and nobody is kept from writing for it.
func TestAsidesEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		b.begin("anna", `{"case":{"title":{"en":"One"}}}`)
		save := func(base int, title string) (Saved, error) {
			return b.Save(ctx, "anna", base, fmt.Appendf(nil, `{"case":{"title":{"en":%q}}}`, title), "editor")
		}
		_, err := save(1, "Two")
		check(t, err)
		first := 0
		for n := range asidesMost {
			s, err := save(1, fmt.Sprint("Another ", n))
			if err != nil || s.Aside == 0 {
				t.Fatalf("%d: %+v, %v", n, s, err)
			}
			if first == 0 {
				first = s.Aside
			}
		}
		before, err := b.History(ctx, "anna")
		check(t, err)
		_, err = save(1, "One more")
		refusal(t, "one more", err, fault.TooMany)
		if after, err := b.History(ctx, "anna"); err != nil || len(after) != len(before) {
			t.Errorf("%d revisions, were %d: %v", len(after), len(before), err)
		}
		if s, err := save(1, "Another 99"); err != nil || s.Aside == 0 {
			t.Errorf("one that is there already: %+v, %v", s, err)
		}
		if s, err := save(first, "Another 0, more of it"); err != nil || s.Aside == 0 {
			t.Errorf("a form that goes on from one of them: %+v, %v", s, err)
		}
		if _, err := save(2, "Three"); err != nil {
			t.Errorf("what clashes with nothing: %v", err)
		}
		check(t, b.Settle(ctx, "anna", first+1))
		if s, err := save(1, "One more"); err != nil || s.Aside == 0 {
			t.Errorf("once one is settled: %+v, %v", s, err)
		}
	})
}
