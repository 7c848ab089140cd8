package casefile

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

func apply(t *testing.T, d *db.DB, b *Book, f *File) (changed bool, err error) {
	t.Helper()
	err = d.Update(context.Background(), func(tx *db.Tx) error {
		done, err := b.Apply(tx, f)
		changed = done.New
		return err
	})
	return changed, err
}

func must(t *testing.T, src string) *File {
	t.Helper()
	w, err := read(src)
	if err != nil {
		t.Fatal(err)
	}
	return &w.File
}

const public = "  slug: anna\n  publication:\n    level: public\n    consents: [{giver: family, scope: [name], channel: {en: in person}, date: 2024-03-01}]\n"

func TestBook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		b := New(Config{DB: d})
		revision := func() int64 {
			t.Helper()
			r, err := b.Revision(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := revision(); r != 0 {
			t.Errorf("revision of nothing is %d", r)
		}
		if _, err := b.File(ctx, "anna"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a case that is not there: %v", err)
		}

		w := demo(t)
		quiet := must(t, minimal)
		for _, f := range []*File{&w.File, quiet} {
			if changed, err := apply(t, d, b, f); err != nil || !changed {
				t.Fatalf("apply %s: %v, %v", f.Case.Slug, changed, err)
			}
		}
		if r := revision(); r != 2 {
			t.Errorf("after two cases the revision is %d", r)
		}
		if changed, err := apply(t, d, b, quiet); err != nil || changed {
			t.Errorf("the same file again: changed %v, %v", changed, err)
		}
		if r := revision(); r != 2 {
			t.Errorf("a file that says nothing new moved the revision to %d", r)
		}

		got, err := b.File(ctx, "kagarlitsky")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&w.File, got); diff != "" {
			t.Errorf("kept otherwise than applied:\n%s", diff)
		}
		all, err := b.All(ctx)
		if err != nil || len(all) != 2 || all[0].Case.Slug != "anna" || all[1].Case.Slug != "kagarlitsky" {
			t.Errorf("all: %d cases, %v", len(all), err)
		}

		// R2: what does not say public is not there for the public.
		if _, err := b.Shown(ctx, "anna"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a case that does not say how public it is was shown: %v", err)
		}
		if _, err := b.Shown(ctx, "kagarlitsky"); err != nil {
			t.Errorf("a public case: %v", err)
		}
		shown := strings.Replace(minimal, "  slug: anna\n", public, 1)
		if _, err := apply(t, d, b, must(t, shown)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Shown(ctx, "anna"); err != nil {
			t.Errorf("public by the family's consent: %v", err)
		}
		withheld := must(t, strings.Replace(shown, "  title:", "  state: withheld\n  title:", 1))
		if changed, err := apply(t, d, b, withheld); err != nil || !changed {
			t.Fatal(changed, err)
		}
		if _, err := b.Shown(ctx, "anna"); !fault.Is(err, fault.Gone) {
			t.Errorf("a withheld case: %v", err)
		}
		if r := revision(); r != 4 {
			t.Errorf("after two changes more the revision is %d", r)
		}

		// Something beside the file has changed: the pages are stale, the case is not.
		if err := d.Update(ctx, func(tx *db.Tx) error { return b.Touch(tx, "anna") }); err != nil {
			t.Fatal(err)
		}
		if f, err := b.File(ctx, "anna"); revision() != 5 || err != nil || f.Case.State != Withheld {
			t.Errorf("after a touch: revision %d, %+v, %v", revision(), f, err)
		}

		// A file that breaks a rule does not get past Apply, whoever made it.
		broken := *withheld
		broken.Case.Publication = Publication{Level: Public}
		var p Problems
		if _, err := apply(t, d, b, &broken); !errors.As(err, &p) || len(p) != 1 {
			t.Errorf("public without anybody's consent: %v", err)
		}
	})
}
