package draft

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/photo"
	"outcry/internal/kernel/seal"
)

// face is a photograph of nobody: noise, so that it is as large as one may be.
func face(t testing.TB, seed uint64, side int) photo.Photo {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.IntN(256))
	}
	img.SetGray(1, 1, color.Gray{uint8(seed)})
	var b bytes.Buffer
	check(t, png.Encode(&b, img))
	p, err := photo.Read(&b)
	check(t, err)
	return p
}

func shows(p photo.Photo, title string) string {
	return fmt.Sprintf(`{"case":{"title":%q},"person":{"photo":{"sha256":%q}}}`, title, p.SHA256())
}

// photos is how many rows are kept of a draft.
func (b *book) photos(slug string) int {
	b.t.Helper()
	n, err := b.Photos(b.t.Context(), slug)
	check(b.t, err)
	return n
}

// in is one transaction.
func (b *book) in(fn func(tx *db.Tx) error) {
	b.t.Helper()
	check(b.t, b.DB.Update(b.t.Context(), fn))
}

// A photograph opens for its own draft alone, with the key; nothing of it, of its hash or of its size is told by a row.
func TestPhotosAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		p, small := face(t, 1, 240), face(t, 2, 100)
		b.begin("anna", `{"a":"1"}`)
		b.begin("boris", `{"a":"1"}`)
		refusal(t, "no draft", b.KeepPhoto(ctx, "carl", p), fault.NotFound)
		for range 2 {
			check(t, b.KeepPhoto(ctx, "anna", p))
		}
		check(t, b.KeepPhoto(ctx, "anna", small))
		other := bookWith(t, d, b.Unlock) // another node
		have, err := other.Photo(ctx, "anna", p.SHA256())
		if err != nil || !bytes.Equal(have, p.Bytes) {
			t.Errorf("%d bytes, %v", len(have), err)
		}
		for _, c := range [][2]string{{"boris", p.SHA256()}, {"anna", strings.Repeat("0", 64)}, {"carl", p.SHA256()}} {
			_, err := b.Photo(ctx, c[0], c[1])
			refusal(t, c[0], err, fault.NotFound)
		}
		check(t, d.View(ctx, func(tx *db.Tx) error {
			return tx.Each("SELECT slug, name, kept FROM draft_photo", nil, func(scan func(...any) error) error {
				var slug, name string
				var kept []byte
				if err := scan(&slug, &name, &kept); err != nil {
					return err
				}
				for _, p := range []photo.Photo{p, small} {
					for at := 0; at+32 <= len(p.Bytes); at++ {
						if bytes.Contains(kept, p.Bytes[at:at+32]) {
							t.Fatalf("bytes %d of a photograph are in its row", at)
						}
					}
					if sum := p.SHA256(); strings.Contains(name, sum[:16]) || strings.Contains(sum, name) {
						t.Errorf("its hash: %s", name)
					}
				}
				if adds := len(b.keyed().Seal("x", nil)); (len(kept)-adds)%photoStep != 0 {
					t.Errorf("%d bytes tell its size", len(kept))
				}
				return nil
			})
		}))
		if a, c := photoName(b.keyed(), "anna", p.SHA256()), photoName(b.keyed(), "boris", p.SHA256()); a == c {
			t.Error("one photograph has one name in two drafts")
		}
		b.in(func(tx *db.Tx) error {
			name := photoName(b.keyed(), "anna", p.SHA256())
			kept, _, err := selectPhoto(tx, "anna", name)
			if err != nil {
				return err
			}
			return putPhoto(tx, "boris", photoName(b.keyed(), "boris", p.SHA256()), 0, kept)
		})
		if _, err := b.Photo(ctx, "boris", p.SHA256()); err == nil {
			t.Error("another draft's row opens")
		}
		b.in(func(tx *db.Tx) error {
			name := photoName(b.keyed(), "boris", p.SHA256())
			if _, err := dropPhoto(tx, "boris", name); err != nil {
				return err
			}
			return putPhoto(tx, "boris", name, 0, coveredPhoto(b.keyed(), "boris", name, small.Bytes))
		})
		if _, err := b.Photo(ctx, "boris", p.SHA256()); err == nil {
			t.Error("other bytes than those of its hash are given")
		}
		locked := bookWith(t, d, seal.NewLocked(t.TempDir()))
		if _, err := locked.Photo(ctx, "anna", p.SHA256()); err == nil {
			t.Error("it opens while the server is locked")
		}
		if err := locked.KeepPhoto(ctx, "anna", p); err == nil {
			t.Error("one is kept while the server is locked")
		}
	})
}

// keyed is the key that the book uses.
func (b *book) keyed() seal.Box {
	b.t.Helper()
	box, err := b.key(b.t.Context())
	check(b.t, err)
	return box
}

// It stays while a revision names it that can be restored; a day without one, for a form that is on its way; and no longer.
func TestPhotosLiveAsLongAsRevisions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		first, second, typed := face(t, 1, 80), face(t, 2, 80), face(t, 3, 80)
		b.begin("anna", `{"a":"1"}`)
		for _, p := range []photo.Photo{first, second, typed} {
			check(t, b.KeepPhoto(ctx, "anna", p))
		}
		sweep := func(want int, when string) {
			t.Helper()
			check(t, sameWith(b, seal.NewLocked(t.TempDir())).Sweep(ctx)) // a locked server forgets in time too
			if n := b.photos("anna"); n != want {
				t.Errorf("%s: %d are kept, want %d", when, n, want)
			}
		}
		b.saves("anna", 1, shows(first, "one"), "editor")
		b.now = b.now.Add(2 * time.Hour)
		b.saves("anna", 2, shows(second, "two"), "editor")
		b.now = b.now.Add(22 * time.Hour)
		sweep(3, "within a day")
		b.now = b.now.Add(time.Hour)
		sweep(2, "after a day")
		r, err := b.Restore(ctx, "anna", 2, "editor")
		check(t, err)
		if sum := photoOf(r.Doc); sum != first.SHA256() {
			t.Fatal(sum)
		}
		if have, err := b.Photo(ctx, "anna", photoOf(r.Doc)); err != nil || !bytes.Equal(have, first.Bytes) {
			t.Errorf("what was restored lacks its photograph: %v", err)
		}
		b.now = b.now.Add(2 * time.Hour)
		b.saves("anna", r.Revision, `{"a":"2"}`, "editor")
		b.now = b.now.AddDate(0, 0, 178)
		sweep(2, "while those can be restored")
		b.now = b.now.AddDate(0, 0, 3)
		sweep(0, "when none of them is kept")
		here := b.now
		b.now = here.AddDate(1, 0, 0)
		check(t, b.KeepPhoto(ctx, "anna", typed))
		b.now = here
		sweep(0, "when a clock was a year ahead")
	})
}

// sameWith is the same book, with another secret.
func sameWith(b *book, u *seal.Unlock) *Book {
	return NewBook(Config{DB: b.DB, Unlock: u, Now: b.Now})
}

// Forgetting a history takes its photographs along at once; a purge takes all, and dropping a draft too; another draft's stay.
func TestPhotosAreForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		old, now := face(t, 1, 80), face(t, 2, 80)
		for _, slug := range []string{"anna", "boris"} {
			b.begin(slug, shows(old, "one"))
			check(t, b.KeepPhoto(ctx, slug, old))
			check(t, b.KeepPhoto(ctx, slug, now))
			b.saves(slug, 1, shows(now, "two"), "editor")
		}
		b.now = b.now.Add(-2 * time.Hour) // by another node's clock it was kept later than now
		b.in(func(tx *db.Tx) error { _, err := b.Forget(tx, "anna"); return err })
		if _, err := b.Photo(ctx, "anna", old.SHA256()); !fault.Is(err, fault.NotFound) {
			t.Errorf("a photograph of a history that was forgotten: %v", err)
		}
		if _, err := b.Photo(ctx, "anna", now.SHA256()); err != nil {
			t.Errorf("the draft's own: %v", err)
		}
		b.in(func(tx *db.Tx) error {
			n, err := sameWith(b, seal.NewLocked(t.TempDir())).DropPhotos(tx, "anna")
			if n != 1 {
				t.Errorf("%d", n)
			}
			return err
		})
		if n, m := b.photos("anna"), b.photos("boris"); n != 0 || m != 2 {
			t.Errorf("%d of the one that was purged, %d of the other", n, m)
		}
		b.says("anna", shows(now, "two"), 2)
		for _, want := range []bool{true, false} {
			b.in(func(tx *db.Tx) error {
				was, err := b.DropPhoto(tx, old.SHA256())
				if was != want {
					t.Errorf("dropped: %v", was)
				}
				return err
			})
		}
		head, err := b.Draft(t.Context(), "boris")
		check(t, err)
		b.in(func(tx *db.Tx) error {
			_, err := b.Drop(tx, "boris", head.Revision)
			return err
		})
		if n := b.photos("boris"); n != 0 {
			t.Errorf("%d of a draft that was dropped", n)
		}
	})
}

// Whoever fills a draft with photographs keeps nobody from adding one, and takes the place of their own: what the draft says, what is public, and what it said before the flood
// keep theirs, whatever is sent again.
func TestFloodOfPhotos(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		public, older, now := face(t, 1, 64), face(t, 2, 64), face(t, 3, 64)
		small := func(i int) photo.Photo { return photo.Photo{Bytes: fmt.Appendf(nil, "photograph %d", i)} }
		keep := func(p photo.Photo) {
			t.Helper()
			check(t, b.KeepPhoto(ctx, "anna", p))
			if n := b.photos("anna"); n > photosMost {
				t.Fatalf("%d are kept", n)
			}
		}
		has := func(p photo.Photo, want bool, what string) {
			t.Helper()
			if _, err := b.Photo(ctx, "anna", p.SHA256()); (err == nil) != want || err != nil && !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		b.begin("anna", shows(public, "one"))
		keep(public)
		b.marks("anna", 1)
		b.now = b.now.Add(time.Hour)
		keep(older)
		b.saves("anna", 1, shows(older, "two"), "editor")
		b.now = b.now.Add(time.Hour)
		keep(now)
		n := b.saves("anna", 2, shows(now, "three"), "editor").Draft.Revision

		b.now = b.now.Add(time.Hour)
		for i := range photosMost { // that nobody names: the oldest gives way
			if i == 1 {
				b.now = b.now.Add(time.Hour)
			}
			keep(small(i))
		}
		has(small(0), false, "the oldest that nobody names")
		has(small(photosMost-1), true, "the last that was kept")

		for i := range 2 * photosMost { // and each named by a revision
			p := small(1000 + i)
			keep(p)
			n = b.saves("anna", n, shows(p, fmt.Sprint(i)), "editor").Draft.Revision
			if i == photosMost {
				b.now = b.now.Add(time.Hour)
			}
			for _, old := range []photo.Photo{public, older, now} { // sent again, to look as new as the others
				keep(old)
			}
		}
		last := small(1000 + 2*photosMost - 1)
		b.now = b.now.Add(time.Hour)
		keep(face(t, 4, 64))
		for p, what := range map[*photo.Photo]string{&public: "what is public", &older: "what an older draft shows", &now: "what it said before", &last: "what it says"} {
			has(*p, true, what)
		}
		if _, err := b.Restore(ctx, "anna", 2, "lead"); err != nil {
			t.Fatal(err)
		}
		has(older, true, "what was restored")
	})
}

func TestGivesWay(t *testing.T) {
	for _, c := range []struct {
		want int
		list []photoRow
	}{
		{1, []photoRow{{hour: 3}, {hour: 2}, {hour: 1, named: 1}, {hour: 0, named: 1, held: true}}},
		{0, []photoRow{{hour: 9}, {hour: 1, named: 1}, {hour: 1, named: 1}}},
		{1, []photoRow{{hour: 1, named: 1}, {hour: 9}}},
		{2, []photoRow{{hour: 1, named: 1}, {hour: 2, named: 1, held: true}, {hour: 2, named: 1}, {hour: 3, named: 1}}},
		{2, []photoRow{{hour: 1, named: 1}, {hour: 2, named: 1}, {hour: 3, named: 1}}},
		{1, []photoRow{{hour: 1, held: true}, {hour: 2}}},
	} {
		if at := givesWay(c.list); at != c.want {
			t.Errorf("%d, want %d: %+v", at, c.want, c.list)
		}
	}
}

// Revisions that are older than the notes on photographs are looked through, and until then nothing that they may name is dropped; what was kept in plain for them is sealed.
func TestPhotosOfOlderDrafts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		p, stray := face(t, 1, 80), face(t, 2, 80)
		b.begin("anna", shows(p, "one"))
		b.begin("boris", `{"a":"1"}`)
		for n := range pageOfRevs + 1 {
			b.saves("anna", n+1, shows(p, fmt.Sprint("two ", n)), "editor")
		}
		b.begin("carl", `{"a":"1"}`)
		b.in(func(tx *db.Tx) error { // and one is damaged
			if _, err := tx.Exec("UPDATE draft_revision SET doc = $1 WHERE slug = 'carl'", []byte("damaged")); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE draft_revision SET photo = ''")
			return err
		})
		check(t, b.KeepPhoto(ctx, "anna", stray))
		b.now = b.now.AddDate(0, 0, 2)
		check(t, b.Sweep(ctx))
		if n := b.photos("anna"); n != 1 {
			t.Errorf("dropped while nobody knew whether it is named: %d", n)
		}
		take := func(want bool) {
			t.Helper()
			b.in(func(tx *db.Tx) error {
				taken, err := b.TakePhoto(tx, p.SHA256(), p.Bytes)
				if taken != want {
					t.Errorf("taken: %v", taken)
				}
				return err
			})
		}
		take(false)
		for range 2 {
			check(t, b.LookThrough(ctx))
		}
		take(true)
		take(true)
		if have, err := b.Photo(ctx, "anna", p.SHA256()); err != nil || !bytes.Equal(have, p.Bytes) || b.photos("boris") != 0 {
			t.Errorf("%d bytes, %v, %d of another draft", len(have), err, b.photos("boris"))
		}
		check(t, b.Sweep(ctx))
		if n := b.photos("anna"); n != 1 {
			t.Errorf("%d are kept", n)
		}
		if _, err := b.Photo(ctx, "anna", stray.SHA256()); !fault.Is(err, fault.NotFound) {
			t.Errorf("what nobody names stays: %v", err)
		}
	})
}
