package casefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/photo"
)

// face is a photograph of nobody, of that shade.
func face(t *testing.T, shade uint8) photo.Photo {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 80, 100))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.SetGray(40, 40, color.Gray{255 - shade})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	p, err := photo.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pictured is a file with a photograph, said in the lines of the program.
func pictured(src string, p photo.Photo, rest string) string {
	return strings.Replace(src, "lang: en}\n", fmt.Sprintf("lang: en}\n  photo: {sha256: %s, width: %d, height: %d, %s}\n", p.SHA256(), p.Width, p.Height, rest), 1)
}

const worded = "alt: {en: Anna by a window, ru: Анна у окна}, credit: {en: family archive}"

func TestPhotoIsSaid(t *testing.T) {
	p := face(t, 60)
	good := pictured(minimal, p, worded)
	if f := must(t, good); f.Person.Photo.Alt["ru"] != "Анна у окна" {
		t.Error("the words are gone")
	}
	must(t, pictured(minimal, p, "decorative: true"))
	must(t, pictured(minimal, p, "decorative: true, credit: {ru: семейный архив}, source: paper"))
	for say, bad := range map[string]string{
		"person.photo.alt.ru: missing":          strings.Replace(good, ", ru: Анна у окна", "", 1),
		"person.photo.alt: missing":             pictured(minimal, p, "credit: {en: family archive}"),
		"person.photo.credit: missing":          strings.Replace(good, ", credit: {en: family archive}", "", 1),
		"person.photo.alt: what is decorative":  pictured(minimal, p, worded+", decorative: true"),
		"person.photo.alt.fr":                   strings.Replace(good, "{en: Anna by a window", "{fr: Anna, en: Anna by a window", 1),
		"person.photo.width":                    strings.Replace(good, "width: 80", "width: 1201", 1),
		"person.photo.height":                   strings.Replace(good, "height: 100", "height: -1", 1),
		"person.photo.sha256: write the 64":     strings.Replace(good, p.SHA256(), strings.ToUpper(p.SHA256()), 1),
		"person.photo.sha256: missing":          strings.Replace(good, "sha256: "+p.SHA256()+", ", "", 1),
		`person.photo.source: there is no sour`: pictured(minimal, p, worded+", source: none"),
	} {
		refused(t, good, bad, say)
	}
}

// The photograph is in what the public may see while it is agreed to, and no longer; and where it is not, nothing tells that there is one.
func TestPhotoIsShownWhereItIsAgreedTo(t *testing.T) {
	p := face(t, 60)
	good := pictured(agreed, p, worded+", source: album")
	good = strings.Replace(good, "sources:\n", "sources:\n  - {id: album, kind: relative, publisher: {en: The family album}, published: 2024}\n", 1)
	day := Date{2024, 3, 10}
	for name, c := range map[string]struct {
		change func(string) string
		stops  []Stop
		day    Date
		want   bool
	}{
		"agreed":                {want: true},
		"nobody was asked":      {change: swapped("[name, photo,", "[name,")},
		"another agreed":        {change: swapped("[name, photo, letter, fund, press, others]", "[name]", "date: 2024-03-01}\n", "date: 2024-03-01}\n      - {giver: lawyer, scope: [photo], channel: {en: by letter}, date: 2024-03-02}\n"), want: true},
		"that was withdrawn":    {change: swapped("[name, photo, letter, fund, press, others]", "[name]", "date: 2024-03-01}\n", "date: 2024-03-01}\n      - {giver: lawyer, scope: [photo], channel: {en: by letter}, date: 2024-03-02, withdrawn: 2024-03-03}\n")},
		"until yesterday":       {change: swapped("date: 2024-03-01}\n", "date: 2024-03-01, until: 2024-03-09}\n      - {giver: lawyer, scope: [name], channel: {en: by letter}, date: 2024-03-02}\n")},
		"until today":           {change: swapped("date: 2024-03-01}\n", "date: 2024-03-01, until: 2024-03-10}\n      - {giver: lawyer, scope: [name], channel: {en: by letter}, date: 2024-03-02}\n"), want: true},
		"stopped":               {stops: []Stop{{Kind: StopScope, Name: "photo", By: "family", Day: day}}},
		"something else is":     {stops: []Stop{{Kind: StopScope, Name: "letter", By: "family", Day: day}}, want: true},
		"taken back by her":     {change: swapped("date: 2024-03-01}\n", "date: 2024-03-01}\n      - {giver: prisoner, scope: [photo], channel: {en: by letter}, date: 2024-03-02, withdrawn: 2024-03-03}\n")},
		"necessity":             {change: necessary, want: true},
		"released, and unasked": {change: swapped("corrections:", "  - {id: out, when: 2024-03-05, kind: release, nature: event, source: paper, release: dropped}\ncorrections:")},
		"died":                  {change: swapped("corrections:", "  - {id: dead, when: 2024-03-05, kind: death, nature: event, source: paper, family: told}\ncorrections:"), want: true},
	} {
		t.Run(name, func(t *testing.T) {
			src := good
			if c.change != nil {
				src = c.change(good)
				if src == good {
					t.Fatal("nothing was changed")
				}
			}
			f := must(t, src)
			shown, ok := f.Public(append(f.Lapses(day), c.stops...))
			if !ok {
				t.Fatal("nothing is shown at all")
			}
			if got := shown.Person.Photo != nil; got != c.want {
				t.Errorf("shown: %v", got)
			}
			words := []string{p.SHA256(), "by a window", "у окна", "family archive", "album"}
			if in := found(shown, words...); c.want && len(in) != len(words) || !c.want && in != nil {
				t.Errorf("the projection has %v", in)
			}
			if f.Person.Photo == nil {
				t.Error("it is gone from the file itself")
			}
		})
	}
	hidden := must(t, strings.Replace(good, "id: album, ", "id: album, visibility: team, ", 1))
	if shown, _ := hidden.Public(nil); shown.Person.Photo == nil || shown.Person.Photo.Source != KeptBack {
		t.Error("a source that is kept back is told")
	}
}

func swapped(pairs ...string) func(string) string {
	return func(s string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			s = strings.Replace(s, pairs[i], pairs[i+1], 1)
		}
		return s
	}
}

func necessary(s string) string {
	from := strings.Index(s, "    consents:\n")
	to := strings.Index(s, "  title: {en: Release")
	return s[:from] + "    necessity: {note: {en: nobody could be asked}, date: 2024-03-01}\n" + s[to:]
}

// Nothing can name what is not here; what is named stays; what nobody names goes after a month, and what a draft has taken after a day.
func TestPhotosAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		now := time.Date(2024, 3, 10, 9, 0, 0, 0, time.UTC)
		b := New(Config{DB: d, Now: func() time.Time { return now }})
		keep := func(p photo.Photo) {
			t.Helper()
			if err := d.Update(ctx, func(tx *db.Tx) error { return b.KeepPhoto(tx, p) }); err != nil {
				t.Fatal(err)
			}
		}
		// sweep drops what a draft takes: one of these hashes.
		sweep := func(also ...string) (n int) {
			t.Helper()
			if err := d.Update(ctx, func(tx *db.Tx) (err error) {
				n, err = b.SweepPhotos(tx, PhotoAside, func(sum string, b []byte) (bool, error) {
					if photo.Sum(b) != sum {
						t.Errorf("%d other bytes", len(b))
					}
					return slices.Contains(also, sum), nil
				})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		drop := func(sum string) (found bool, err error) {
			err = d.Update(ctx, func(tx *db.Tx) (err error) {
				found, err = b.DropPhoto(tx, sum)
				return err
			})
			return found, err
		}
		one, two := face(t, 60), face(t, 200)
		f := must(t, pictured(strings.Replace(minimal, "  slug: anna\n", public, 1), one, worded))
		f.Case.Publication.Consents[0].Scope = append(f.Case.Publication.Consents[0].Scope, ScopePhoto)
		problem := func(want string) {
			t.Helper()
			var p Problems
			if _, err := apply(t, d, b, f); !errors.As(err, &p) || len(p) != 1 || !strings.Contains(p.Error(), want) || !fault.Is(err, fault.Invalid) {
				t.Errorf("applied with %v, want %q", err, want)
			}
			if _, err := b.File(ctx, "anna"); !fault.Is(err, fault.NotFound) {
				t.Errorf("it is there: %v", err)
			}
		}
		problem("no photograph of this hash is kept here")
		keep(two)
		problem("no photograph of this hash is kept here")
		keep(one)
		f.Person.Photo.Height++
		problem("person.photo: the photograph of this hash is 80 pixels wide and 100 high")
		f.Person.Photo.Height--
		if _, err := apply(t, d, b, f); err != nil {
			t.Fatal(err)
		}
		shown, err := b.Shown(ctx, "anna")
		if err != nil || shown.Person.Photo == nil {
			t.Fatalf("not shown: %v", err)
		}
		have, err := b.Photo(ctx, shown.Person.Photo.SHA256)
		if err != nil || !bytes.Equal(have, one.Bytes) {
			t.Errorf("%d bytes, %v", len(have), err)
		}
		if _, err := b.Photo(ctx, strings.Repeat("0", 64)); !fault.Is(err, fault.NotFound) {
			t.Errorf("one that is not here: %v", err)
		}
		if _, err := drop(one.SHA256()); !fault.Is(err, fault.Conflict) {
			t.Errorf("one that is named is dropped: %v", err)
		}

		if n := sweep(two.SHA256()); n != 0 {
			t.Errorf("%d are dropped on their first day", n)
		}
		now = now.AddDate(0, 0, 29)
		if n := sweep(); n != 0 {
			t.Errorf("%d are dropped before their time", n)
		}
		if n := sweep(one.SHA256(), two.SHA256()); n != 1 {
			t.Errorf("%d are dropped that a draft took", n)
		}
		keep(two) // anew
		now = now.AddDate(0, 0, 30)
		if n := sweep(); n != 1 {
			t.Errorf("%d are dropped", n)
		}
		if _, err := b.Photo(ctx, two.SHA256()); !fault.Is(err, fault.NotFound) {
			t.Errorf("it is here still: %v", err)
		}
		if _, err := b.Photo(ctx, one.SHA256()); err != nil {
			t.Errorf("one that is named was dropped: %v", err)
		}
		f.Person.Photo = nil
		if _, err := apply(t, d, b, f); err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false} {
			if found, err := drop(one.SHA256()); found != want || err != nil {
				t.Errorf("the %d. time: %v %v", i+1, found, err)
			}
		}
		keep(one)
		keep(two)
		f.Person.Photo = PhotoOf(&one)
		f.Person.Photo.Decorative = true
		if _, err := apply(t, d, b, f); err != nil {
			t.Fatal(err)
		}
		if err := d.Update(ctx, func(tx *db.Tx) error {
			n, err := b.DropUnnamed(tx)
			if n != 1 {
				t.Errorf("%d are dropped that nobody names", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Photo(ctx, one.SHA256()); err != nil {
			t.Errorf("one that is named was dropped: %v", err)
		}
	})
}

// What an undoing may bring back is not dropped before; where a purge dropped it all the same, the page comes back without it. An undone first publication names none any more.
func TestUndoingAndPhotographs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		now := time.Date(2024, 3, 10, 23, 58, 0, 0, time.UTC)
		b := New(Config{DB: d, Now: func() time.Time { return now }})
		p, q := face(t, 60), face(t, 200)
		marks := 0
		in := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Update(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		publish := func(f *File) {
			t.Helper()
			marks++
			in(func(tx *db.Tx) error {
				_, err := b.Publish(tx, f, fmt.Sprint(marks), []byte{})
				return err
			})
		}
		undo := func() *File {
			t.Helper()
			in(func(tx *db.Tx) error {
				_, err := b.Undo(tx, "anna", fmt.Sprint(marks))
				return err
			})
			f, err := b.File(ctx, "anna")
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		dropped := func(how string, fn func(tx *db.Tx) (int, error), want int) {
			t.Helper()
			in(func(tx *db.Tx) error {
				n, err := fn(tx)
				if n != want {
					t.Errorf("%s: %d are dropped, want %d", how, n, want)
				}
				return err
			})
		}
		sweep := func(tx *db.Tx) (int, error) {
			return b.SweepPhotos(tx, 0, func(string, []byte) (bool, error) { return true, nil })
		}
		without := must(t, strings.Replace(minimal, "  slug: anna\n", public, 1))
		without.Case.Publication.Consents[0].Scope = append(without.Case.Publication.Consents[0].Scope, ScopePhoto)
		with := copied(without)
		with.Person.Photo = PhotoOf(&p)
		with.Person.Photo.Decorative = true
		another := copied(with)
		another.Person.Photo = PhotoOf(&q)
		another.Person.Photo.Decorative = true
		in(func(tx *db.Tx) error { return b.KeepPhoto(tx, p) })

		publish(with)
		if f := undo(); f.Person.Photo != nil || f.Case.Publication.Level != Quiet {
			t.Errorf("after an undone first publication: %+v", f.Person.Photo)
		}
		dropped("after the undone first one", sweep, 1)

		in(func(tx *db.Tx) error {
			if err := b.KeepPhoto(tx, q); err != nil {
				return err
			}
			return b.KeepPhoto(tx, p)
		})
		publish(with)
		publish(another)
		now = now.Add(3 * time.Minute) // another day
		dropped("while that can be undone", sweep, 0)
		if f := undo(); f.Person.Photo == nil || f.Person.Photo.SHA256 != p.SHA256() {
			t.Error("the undoing did not bring the photograph back")
		}
		if _, err := b.Photo(ctx, p.SHA256()); err != nil {
			t.Error(err)
		}
		publish(another)
		dropped("by a purge", b.DropUnnamed, 1)
		if f := undo(); f.Person.Photo != nil || f.Case.Publication.Level != Public {
			t.Errorf("the page names a photograph that is gone, or is gone itself: %+v", f.Person.Photo)
		}
	})
}

// Of two nodes, one keeps a photograph while the other drops it: then it is kept.
func TestPhotoIsKeptWhileItIsSwept(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		ctx, p := t.Context(), face(t, 60)
		now := time.Date(2024, 3, 10, 9, 0, 0, 0, time.UTC)
		d, e := dbtest.Open(t, c), dbtest.Open(t, c)
		b, other := New(Config{DB: d, Now: func() time.Time { return now }}), New(Config{DB: e, Now: func() time.Time { return now }})
		keep := func() error { return e.Update(ctx, func(tx *db.Tx) error { return other.KeepPhoto(tx, p) }) }
		if err := keep(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		var once sync.Once
		if err := d.Update(ctx, func(tx *db.Tx) error {
			_, err := b.SweepPhotos(tx, 0, func(string, []byte) (bool, error) {
				once.Do(func() {
					go func() { done <- keep() }()
					time.Sleep(100 * time.Millisecond)
				})
				return true, nil
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, err := b.Photo(ctx, p.SHA256()); err != nil {
			t.Errorf("it was kept, and is gone: %v", err)
		}
	})
}

// What was public while a clock was a year ahead does not lie in plain for that year, nor what another node named tomorrow.
func TestPhotosAndAClockThatJumped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, p := t.Context(), face(t, 60)
		here := time.Date(2024, 3, 10, 9, 0, 0, 0, time.UTC)
		now := here
		b := New(Config{DB: d, Now: func() time.Time { return now }})
		sweep := func(days int64) (n int) {
			t.Helper()
			if err := d.Update(ctx, func(tx *db.Tx) (err error) {
				n, err = b.SweepPhotos(tx, days, func(string, []byte) (bool, error) { return true, nil })
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		keep := func() {
			t.Helper()
			if err := d.Update(ctx, func(tx *db.Tx) error { return b.KeepPhoto(tx, p) }); err != nil {
				t.Fatal(err)
			}
		}
		keep()
		f := must(t, pictured(strings.Replace(minimal, "  slug: anna\n", public, 1), p, "decorative: true"))
		if _, err := apply(t, d, b, f); err != nil {
			t.Fatal(err)
		}
		for _, clock := range []time.Time{here.AddDate(1, 0, 0), here} {
			now = clock
			sweep(PhotoAside)
		}
		f.Person.Photo = nil
		if _, err := apply(t, d, b, f); err != nil {
			t.Fatal(err)
		}
		if now = here.AddDate(0, 0, 1); sweep(PhotoAside) != 1 {
			t.Error("it stays in plain after a day")
		}
		now = here.AddDate(0, 0, 2)
		keep()
		if now = here; sweep(0) != 1 {
			t.Error("it stays in plain after an undoing")
		}
	})
}
