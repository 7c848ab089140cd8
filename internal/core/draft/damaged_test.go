package draft

import (
	"bytes"
	"errors"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// harms has the disk damage rows.
func (b *book) harms(query string, args ...any) {
	b.t.Helper()
	b.in(func(tx *db.Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			b.t.Fatal("nothing is damaged: ", query)
		}
		return err
	})
}

const harmRevision = `UPDATE draft_revision SET doc = $3 WHERE slug = $1 AND n = $2`

// A newest revision that does not open is told; what is kept beside it and all other drafts are there, and an earlier one takes its place.
func TestDamagedRevision(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		b.begin("anna", `{"a":"1"}`)
		b.begin("boris", `{"a":"1"}`)
		b.saves("anna", 1, `{"a":"2"}`, "editor")
		b.saves("anna", 2, `{"a":"3"}`, "editor")
		check(t, b.AskReview(ctx, "anna", 3, "editor", "look"))
		b.harms(harmRevision, "anna", 3, []byte("damaged"))
		told := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", what, err)
			}
		}
		head, err := b.Draft(ctx, "anna")
		told("the draft", err)
		if head.Revision != 3 || head.Doc != nil || head.Review == nil || head.Review.Remark != "look" {
			t.Errorf("what is known of it: %+v", head)
		}
		_, err = b.Save(ctx, "anna", 3, []byte(`{"a":"4"}`), "editor")
		told("saving over it", err)
		_, err = b.At(ctx, "anna", 3)
		told("the revision", err)
		_, err = b.Restore(ctx, "anna", 3, "editor")
		told("restoring it", err)
		b.says("boris", `{"a":"1"}`, 1)
		if all, err := b.Drafts(ctx); err != nil || len(all) != 2 {
			t.Errorf("%d drafts, %v", len(all), err)
		}
		if r, err := b.Restore(ctx, "anna", 2, "editor"); err != nil || r.Revision != 4 {
			t.Errorf("an earlier one takes its place: %d, %v", r.Revision, err)
		}
		b.says("anna", `{"a":"2"}`, 4)
		// A form that was filled in from it is held against the one before, and kept aside where that differs.
		b.saves("anna", 4, `{"a":"9"}`, "editor")
		if s := b.saves("anna", 3, `{"a":"5"}`, "editor"); s.Aside != 6 {
			t.Errorf("%+v", s)
		}
		b.says("anna", `{"a":"9"}`, 5)
		b.harms(harmRevision, "anna", 6, []byte("damaged")) // the one that is aside
		if s := b.saves("anna", 3, `{"a":"5"}`, "editor"); s.Aside != 7 {
			t.Errorf("one aside that is damaged stands for what was typed: %+v", s)
		}
		b.harms(harmRevision, "anna", 5, []byte("damaged"))
		b.in(func(tx *db.Tx) error { _, err := b.Forget(tx, "anna"); return err })
	})
}

// What the draft last saw as applied may be damaged: it is taken from what is applied now, and the draft stays as it is.
func TestDamagedApplied(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		open := func(slug, applied, want string, revision int) {
			t.Helper()
			_, err := b.Open(ctx, slug, []byte(applied))
			check(t, err)
			b.says(slug, want, revision)
		}
		open("anna", `{"a":"1"}`, `{"a":"1"}`, 1)
		b.saves("anna", 1, `{"a":"2"}`, "editor")
		b.harms(harmRevision, "anna", 1, []byte("damaged"))
		for range 2 {
			open("anna", `{"a":"1"}`, `{"a":"2"}`, 4)
		}
		if now, _, err := b.LastPublished(ctx, "anna"); err != nil || now.N != 3 {
			t.Errorf("what is public: %d, %v", now.N, err)
		}
		open("anna", `{"a":"1","b":"1"}`, `{"a":"2","b":"1"}`, 6)

		open("boris", `{"a":"1"}`, `{"a":"1"}`, 1)
		b.harms(harmRevision, "boris", 1, []byte("damaged"))
		for range 2 { // it said what is applied
			open("boris", `{"a":"2"}`, `{"a":"2"}`, 2)
		}
	})
}

// A remark, or what is kept of a language, that does not open hides nothing else.
func TestDamagedBeside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		for _, slug := range []string{"anna", "boris"} {
			b.begin(slug, `{"a":"1"}`)
			check(t, b.AskReview(ctx, slug, 1, "editor", "look"))
		}
		b.harms(`UPDATE draft_review SET remark = $1 WHERE slug = 'anna'`, []byte("damaged"))
		if list, err := b.Reviews(ctx); err != nil || len(list) != 2 || list[0].Remark != "" || list[1].Remark != "look" {
			t.Errorf("%+v, %v", list, err)
		}
		if all, err := b.Drafts(ctx); err != nil || all["anna"].Review == nil {
			t.Errorf("%v, %v", all, err)
		}

		wait := func(path string) Tongue {
			t.Helper()
			kept, err := b.Translate(ctx, "anna", "de", func(k *Tongue) { k.Waiting[path] = "etwas" })
			check(t, err)
			return kept
		}
		wait("one")
		b.harms(`UPDATE draft_translation SET kept = $1`, []byte("damaged"))
		kept, found, err := b.Tongue(ctx, "anna", "de")
		if err != nil || !found || kept.Lost != "2026-03-01" || len(kept.Waiting) != 0 {
			t.Errorf("%+v, %v, %v", kept, found, err)
		}
		if kept = wait("two"); kept.Lost != "2026-03-01" || len(kept.Waiting) != 1 {
			t.Errorf("%+v", kept)
		}
		b.now = b.now.AddDate(0, 0, lostDays)
		if kept = wait("three"); kept.Lost == "" {
			t.Error("it is told for less than a month")
		}
		b.now = b.now.AddDate(0, 0, 1)
		if kept = wait("four"); kept.Lost != "" || len(kept.Waiting) != 3 {
			t.Errorf("%+v", kept)
		}
		b.harms(`UPDATE draft_translation SET kept = $1`, []byte("damaged"))
		b.in(func(tx *db.Tx) error { _, err := b.Forget(tx, "anna"); return err })
	})
}

// A photograph that does not open is told, and keeping it again mends it.
func TestDamagedPhoto(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		p := face(t, 1, 80)
		b.begin("anna", shows(p, "one"))
		for _, harm := range [][]byte{nil, {}, []byte("damaged"), coveredPhoto(b.keyed(), "anna", photoName(b.keyed(), "anna", p.SHA256()), []byte("another"))} {
			check(t, b.KeepPhoto(ctx, "anna", p))
			if have, err := b.Photo(ctx, "anna", p.SHA256()); err != nil || !bytes.Equal(have, p.Bytes) {
				t.Errorf("%d bytes, %v", len(have), err)
			}
			if harm == nil {
				continue
			}
			b.harms(`UPDATE draft_photo SET kept = $1`, harm)
			_, err := b.Photo(ctx, "anna", p.SHA256())
			refusal(t, "a damaged one", err, fault.Gone)
		}
	})
}
