package draft

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

// Of many who change a language at once nobody's change is lost; languages and cases are apart; a language that is dropped takes its links along.
func TestTonguesAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBook(t, d)
		const many = 12
		done := make(chan error)
		for i := range many {
			go func() {
				_, err := b.Translate(t.Context(), "a", "fa", func(k *Tongue) { k.Waiting[fmt.Sprint(i)] = "text" })
				done <- err
			}()
		}
		for range many {
			check(t, <-done)
		}
		k, found, err := b.Tongue(t.Context(), "a", "fa")
		check(t, err)
		if !found || len(k.Waiting) != many {
			t.Errorf("%d of %d changes are there", len(k.Waiting), many)
		}
		for _, other := range []struct {
			slug string
			tag  lang.Tag
		}{{"a", "ar"}, {"b", "fa"}} {
			if _, found, err := b.Tongue(t.Context(), other.slug, other.tag); err != nil || found {
				t.Errorf("%v: %v %v", other, found, err)
			}
		}
		_, err = b.Translate(t.Context(), "a", "fa", func(k *Tongue) {
			clear(k.Waiting)
			k.Waiting["x"], k.Aside["y"] = "", nil
		})
		check(t, err)
		if k, _, err := b.Tongue(t.Context(), "a", "fa"); err != nil || len(k.Waiting)+len(k.Aside) > 0 {
			t.Errorf("what says nothing is kept: %+v", k)
		}
		_, link, err := b.Welcome(t.Context(), "a", "fa")
		check(t, err)
		_, other, err := b.Welcome(t.Context(), "a", "ar")
		check(t, err)
		check(t, b.DropTongue(t.Context(), "a", "fa"))
		if tags, err := b.Tongues(t.Context(), "a"); err != nil || len(tags) > 0 {
			t.Errorf("%v %v", tags, err)
		}
		_, err = b.Guest(t.Context(), link)
		refusal(t, "a link of a language that is dropped", err, fault.NotFound)
		if g, err := b.Guest(t.Context(), other); err != nil || g.Slug != "a" || g.Tongue != "ar" {
			t.Errorf("%+v %v", g, err)
		}
		_, err = b.Translate(t.Context(), "a", "fa", func(k *Tongue) { k.Waiting["x"] = strings.Repeat("x", keptMost) })
		refusal(t, "too much", err, fault.TooLarge)
		for i := range tonguesMost {
			_, err = b.Translate(t.Context(), "c", lang.Tag(fmt.Sprint("x", i)), func(*Tongue) {})
			check(t, err)
		}
		_, err = b.Translate(t.Context(), "c", "fa", func(*Tongue) {})
		refusal(t, "one language too many", err, fault.TooMany)
	})
}

// What is kept of a language opens under its own case, language and part alone, and not without the key; a file waits for a day.
func TestTonguesAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBook(t, d)
		_, err := b.Translate(t.Context(), "a", "fa", func(k *Tongue) { k.Waiting["events[id=secret].what"] = "secret" })
		check(t, err)
		name, err := b.Lay(t.Context(), "a", "fa", "rowan", []byte("a file"))
		check(t, err)
		if file, found, err := b.Laid(t.Context(), "a", "fa", "rowan", name); err != nil || !found || string(file) != "a file" {
			t.Errorf("%q %v %v", file, found, err)
		}
		for _, wrong := range []string{"", partState, "0000000000000000", "../" + name} {
			if _, found, err := b.Laid(t.Context(), "a", "fa", "rowan", wrong); err != nil || found {
				t.Errorf("%q: %v %v", wrong, found, err)
			}
		}
		var kept []byte
		check(t, d.View(t.Context(), func(tx *db.Tx) (err error) {
			kept, _, err = selectPart(tx, "a", "fa", partState)
			return err
		}))
		if plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(kept))); err == nil && bytes.Contains(plain, []byte("secret")) || bytes.Contains(kept, []byte("secret")) {
			t.Error("it is not sealed")
		}
		check(t, d.Update(t.Context(), func(tx *db.Tx) error { return putPart(tx, "a", "ar", partState, 0, kept) }))
		if other, _, err := b.Tongue(t.Context(), "a", "ar"); err != nil || other.Lost == "" || len(other.Notes) > 0 {
			t.Errorf("it opens as another language: %+v, %v", other, err)
		}
		b.now = b.now.Add(25 * time.Hour)
		check(t, b.Sweep(t.Context()))
		if _, found, err := b.Laid(t.Context(), "a", "fa", "rowan", name); err != nil || found {
			t.Errorf("a file after a day: %v %v", found, err)
		}
		if _, found, err := b.Tongue(t.Context(), "a", "fa"); err != nil || !found {
			t.Errorf("swept away with it: %v %v", found, err)
		}
	})
}

// A draft whose history is forgotten keeps no earlier words beside it: not in a note, not aside, not in a file. That a translation is behind its source stays known, and so
// does what waits. Without the key nothing can be told apart, and all of it goes.
func TestForgettingTranslations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBook(t, d)
		ctx := t.Context()
		b.begin("a", `{"title":{"en":"now","fa":"x"},"public":"y"}`)
		_, err := b.Translate(ctx, "a", "fa", func(k *Tongue) {
			k.Notes["title"] = Note{From: "en", Was: "her sister's name", Target: "t1"}
			k.Notes["public"] = Note{From: "en", Was: "now", Target: "t2"}
			k.Waiting["letters[slug=l].title"] = "waits"
			k.Aside["title"] = []Version{{Text: "an earlier word"}}
		})
		check(t, err)
		name, err := b.Lay(ctx, "a", "fa", "rowan", []byte("an earlier file"))
		check(t, err)
		_, err = b.Translate(ctx, "b", "fa", func(k *Tongue) { k.Aside["title"] = []Version{{Text: "another case"}} })
		check(t, err)
		forget := func(b *book) {
			t.Helper()
			check(t, d.Update(ctx, func(tx *db.Tx) error {
				_, err := b.Forget(tx, "a")
				return err
			}))
		}
		forget(b)
		k, found, err := b.Tongue(ctx, "a", "fa")
		check(t, err)
		if !found || k.Notes["title"] != (Note{From: "en", Target: "t1"}) || k.Notes["public"].Was != "now" || k.Waiting["letters[slug=l].title"] != "waits" || len(k.Aside) > 0 {
			t.Errorf("%v %+v", found, k)
		}
		if _, found, err := b.Laid(ctx, "a", "fa", "rowan", name); err != nil || found {
			t.Errorf("the file is there: %v", err)
		}
		if k, _, err := b.Tongue(ctx, "b", "fa"); err != nil || len(k.Aside) != 1 {
			t.Errorf("another case's: %+v %v", k, err)
		}
		forget(bookWith(t, d, seal.NewLocked(t.TempDir())))
		if tags, err := b.Tongues(ctx, "a"); err != nil || len(tags) > 0 {
			t.Errorf("%v %v", tags, err)
		}
	})
}

// However many files somebody brings, one of theirs waits, and nobody else's gives way to it; who else knows its name finds it by it no more than who has read the rows.
func TestFilesAreOneEach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		lay := func(tag lang.Tag, whose, file string) string {
			t.Helper()
			name, err := b.Lay(ctx, "a", tag, whose, []byte(file))
			check(t, err)
			return name
		}
		has := func(tag lang.Tag, whose, name, want string) {
			t.Helper()
			file, found, err := b.Laid(ctx, "a", tag, whose, name)
			if err != nil || string(file) != want || found != (want != "") {
				t.Errorf("%s, %s: %q %v %v", tag, whose, file, found, err)
			}
		}
		own, other := lay("fa", "rowan", "theirs"), lay("ar", "guest", "another language's")
		var names []string
		for i := range 50 {
			names = append(names, lay("fa", "guest", fmt.Sprint("file ", i)))
		}
		has("fa", "guest", names[49], "file 49")
		has("fa", "guest", names[48], "")
		has("fa", "rowan", own, "theirs")
		has("ar", "guest", other, "another language's")
		has("fa", "guest", own, "")
		has("fa", "rowan", names[49], "")
		check(t, d.View(ctx, func(tx *db.Tx) error {
			list, err := selectParts(tx, "a")
			if len(list) != 3 {
				t.Errorf("%d rows", len(list))
			}
			for _, p := range list {
				if strings.Contains(p.part, "rowan") || strings.Contains(p.part, "guest") {
					t.Errorf("it says whose it is: %s", p.part)
				}
			}
			return err
		}))
		check(t, b.Clear(ctx, "a", "fa", "guest", own))
		has("fa", "rowan", own, "theirs")
		check(t, b.Clear(ctx, "a", "fa", "rowan", own))
		has("fa", "rowan", own, "")
	})
}
