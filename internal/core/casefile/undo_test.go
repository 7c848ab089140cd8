package casefile

import (
	"context"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// open is the shortest public file, with more lines about the case.
func open(more string) string {
	return strings.Replace(minimal, "  slug: anna\n", public+more, 1)
}

func TestUndo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now := context.Background(), time.Date(2024, 4, 1, 9, 0, 0, 0, time.UTC)
		b := New(Config{DB: d, Now: func() time.Time { return now }})
		do := func(fn func(tx *db.Tx) error) error { t.Helper(); return d.Update(ctx, fn) }
		last := ""
		publish := func(f *File, mark, beside string) {
			t.Helper()
			last = mark
			if err := do(func(tx *db.Tx) error { _, err := b.Publish(tx, f, mark, []byte(beside)); return err }); err != nil {
				t.Fatal(err)
			}
		}
		undo := func() (out Aside, err error) {
			err = do(func(tx *db.Tx) (err error) { out, err = b.Undo(tx, "anna", last); return err })
			return out, err
		}
		revision := func() int64 {
			t.Helper()
			r, err := b.Revision(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		told := func() (n int) {
			t.Helper()
			if err := d.View(ctx, func(tx *db.Tx) error { _, err := tx.One("SELECT COUNT(*) FROM casefile_change").Scan(&n); return err }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		with := func(more string) *File { return must(t, open(more)) }
		if _, err := undo(); !fault.Is(err, fault.Gone) {
			t.Errorf("nothing was published: %v", err)
		}

		// The first publication: undone, there is nothing, and nothing tells that there was.
		publish(with(""), "1", "letters before")
		if _, err := b.Shown(ctx, "anna"); err != nil || told() == 0 {
			t.Fatalf("%v; %d changes", err, told())
		}
		at := revision()
		publish(with(""), "1", "letters after") // carried out twice
		if out, ok, err := b.Undoable(ctx, "anna"); err != nil || !ok || string(out.Beside) != "letters before" || out.File != nil || !out.Until.Equal(now.Add(UndoTime)) {
			t.Fatalf("%+v %v %v", out, ok, err)
		}
		for range 2 { // cut off, and carried out again
			out, err := undo()
			if err != nil || out.File != nil || string(out.Beside) != "letters before" {
				t.Fatalf("%+v %v", out, err)
			}
		}
		if _, err := b.Shown(ctx, "anna"); !fault.Is(err, fault.NotFound) || told() != 0 || revision() <= at {
			t.Errorf("%v; %d changes; revision %d after %d", err, told(), revision(), at)
		}

		// A second one: undone, the first is there as it was, with its changes.
		publish(with(""), "2", "")
		first, n := revision(), told()
		was, err := b.Shown(ctx, "anna")
		if err != nil {
			t.Fatal(err)
		}
		publish(with("  summary: {en: More is known.}\n"), "3", "")
		if told() == n {
			t.Fatal("it changed nothing")
		}
		last = "2"
		if _, err := undo(); !fault.Is(err, fault.Gone) {
			t.Errorf("the one before it: %v", err)
		}
		last = "3"
		out, err := undo()
		if err != nil || out.File == nil || len(out.File.Case.Summary) != 0 {
			t.Fatalf("%+v %v", out, err)
		}
		is, err := b.Shown(ctx, "anna")
		if err != nil || writeJSON(was) != writeJSON(is) || told() != n || revision() <= first {
			t.Errorf("%v; %d changes, were %d\n%s\n%s", err, told(), n, writeJSON(was), writeJSON(is))
		}

		// Too late; and not what a file was applied over since.
		publish(with("  summary: {en: More is known.}\n"), "4", "")
		now = now.Add(UndoTime)
		if _, err := undo(); !fault.Is(err, fault.Gone) {
			t.Errorf("after ten minutes: %v", err)
		}
		if _, ok, err := b.Undoable(ctx, "anna"); ok || err != nil {
			t.Errorf("it says that it can be undone: %v", err)
		}
		publish(with("  summary: {en: Even more.}\n"), "5", "")
		if _, err := apply(t, d, b, with("  summary: {en: By a file.}\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := undo(); !fault.Is(err, fault.Gone) {
			t.Errorf("over a file that was applied since: %v", err)
		}
		if f, err := b.File(ctx, "anna"); err != nil || f.Case.Summary["en"] != "By a file." {
			t.Errorf("%v %v", f.Case.Summary, err)
		}

		// What was put aside is forgotten.
		publish(with("  summary: {en: Once more.}\n"), "6", "")
		now = now.Add(2 * UndoTime)
		if err := b.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := d.View(ctx, func(tx *db.Tx) error {
			_, err := tx.One("SELECT COUNT(*) FROM casefile_before").Scan(&left)
			return err
		}); err != nil || left != 0 {
			t.Errorf("%d rows are left: %v", left, err)
		}
	})
}

// What would be seen is what is seen once it is published, and looking stores nothing.
func TestForeseen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		b := New(Config{DB: d, Now: func() time.Time { return time.Date(2024, 4, 1, 9, 0, 0, 0, time.UTC) }})
		f := must(t, open(""))
		f.Case.Publication.Level = Quiet
		f.Case.State = Withheld
		out, ok, err := b.Foreseen(ctx, f)
		if err != nil || !ok || f.Case.Publication.Level != Quiet {
			t.Fatal(ok, err)
		}
		if n, err := b.Revision(ctx); n != 0 || err != nil {
			t.Fatal("something was stored")
		}
		f.Case.Publication.Level, f.Case.State = Public, ""
		if _, err := apply(t, d, b, f); err != nil {
			t.Fatal(err)
		}
		is, err := b.Shown(ctx, "anna")
		if err != nil || writeJSON(is) != writeJSON(out) {
			t.Errorf("%v\n%s\n%s", err, writeJSON(out), writeJSON(is))
		}
		// Before anybody agreed it can be looked at all the same, and claims no ground.
		f.Case.Publication.Consents = nil
		if out, ok, err = b.Foreseen(ctx, f); err != nil || !ok || out.Case.Publication.Necessity != nil {
			t.Errorf("%v %v", ok, err)
		}
		// What was stopped is not foreseen.
		if err := d.Update(ctx, func(tx *db.Tx) error {
			return b.Stop(tx, "anna", Stop{Kind: StopScope, Name: string(ScopeName), By: "family", Day: Date{2024, 3, 2}})
		}); err != nil {
			t.Fatal(err)
		}
		if _, ok, err = b.Foreseen(ctx, f); ok || err != nil {
			t.Errorf("stopped, and foreseen: %v", err)
		}
	})
}
