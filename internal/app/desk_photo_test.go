package app

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/photo"
	"outcry/internal/kernel/seal"
	"outcry/internal/outlet/desk/desktest"
)

// noise is a file with a picture of nobody, and the photograph that comes of it.
func noise(t *testing.T, seed uint64) (file []byte, p photo.Photo) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	img := image.NewGray(image.Rect(0, 0, 150, 200))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.IntN(256))
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	p, err := photo.Read(bytes.NewReader(b.Bytes()))
	must(t, err)
	return b.Bytes(), p
}

// pictures sends a photograph to a draft by its form.
func (h *hall) pictures(b *desktest.Browser, at string, file []byte) {
	h.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	w, err := m.CreateFormFile(photo.Field, "face.png")
	must(h.t, err)
	_, err = w.Write(file)
	must(h.t, err)
	for k, v := range map[string]string{"base": desktest.Hidden(b.Sees(at+"/photo"), "base"), "alt-en": "A woman at a window", "alt-ru": "Женщина у окна", "credit-en": "family archive", "credit-ru": "семейный архив"} {
		must(h.t, m.WriteField(k, v))
	}
	must(h.t, m.Close())
	r := httptest.NewRequest("POST", at+"/photo", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	if w := b.Send(r); w.Code != 303 {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// agrees says that the family agrees to the page, the letter and pictures.
func (h *hall) agrees(b *desktest.Browser, at string) {
	h.t.Helper()
	page := b.Sees(at + "/ground")
	w := b.Ask("POST", at+"/ground", url.Values{"base": {desktest.Hidden(page, "base")}, "kind": {"consent"}, "giver": {"family"}, "scope": {"name", "letter", "photo"}, "channel": {"by letter"}, "day": {"2026-02-20"}})
	if w.Code != 303 {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// windows are the bytes of a photograph, 32 by 32, but for its tables, which every photograph has.
func windows(p photo.Photo) map[string]bool {
	set := map[string]bool{}
	for at := bytes.Index(p.Bytes, []byte{0xff, 0xda}); at+32 <= len(p.Bytes); at++ {
		set[string(p.Bytes[at:at+32])] = true
	}
	return set
}

func within(set map[string]bool, b []byte) bool {
	for at := 0; at+32 <= len(b); at++ {
		if set[string(b[at:at+32])] {
			return true
		}
	}
	return false
}

// lies are the tables and files in which something of a photograph lies open.
func (h *hall) lies(a *App, p photo.Photo) (where []string) {
	h.t.Helper()
	set := windows(p)
	for table, columns := range h.tables() {
		found := false
		must(h.t, a.DB.View(h.t.Context(), func(tx *db.Tx) error {
			cells, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range cells {
				into[i] = &cells[i]
			}
			return tx.Each("SELECT "+strings.Join(columns, ", ")+" FROM "+table, nil, func(scan func(...any) error) error {
				err := scan(into...)
				for _, c := range cells {
					switch c := c.(type) {
					case []byte:
						found = found || within(set, c) || bytes.Contains(c, []byte(p.SHA256()))
					case string:
						found = found || within(set, []byte(c)) || strings.Contains(c, p.SHA256())
					}
				}
				return err
			})
		}))
		if found {
			where = append(where, table)
		}
	}
	must(h.t, a.DB.Flush(h.t.Context()))
	files, err := filepath.Glob(filepath.Join(a.Data, "*"))
	must(h.t, err)
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && (within(set, b) || bytes.Contains(b, []byte(p.SHA256()))) {
			where = append(where, "file")
		}
	}
	return where
}

// backed restores a backup and tells in which tables of the copy something of a photograph lies open, and whether the copy's draft has it.
func (h *hall) backed(p photo.Photo) (where []string, drafted bool) {
	h.t.Helper()
	ctx := h.t.Context()
	key, to, err := seal.PassingIdentity()
	must(h.t, err)
	file := filepath.Join(h.t.TempDir(), "a.backup")
	_, err = CreateBackup(ctx, h.App.Config, []seal.Recipient{to}, file, nil)
	must(h.t, err)
	c := Config{Data: filepath.Join(h.t.TempDir(), "restored"), SecretFile: h.SecretFile, Now: h.App.Now}
	_, err = RestoreBackup(ctx, c, file, key, nil)
	must(h.t, err)
	c.Mail = h.sink
	a, err := Open(ctx, c)
	must(h.t, err)
	defer a.Close()
	copied := &hall{App: a, House: h.House, t: h.t}
	where = copied.lies(a, p)
	b, err := a.Drafts.Photo(ctx, "anna-berg", p.SHA256())
	return where, err == nil && bytes.Equal(b, p.Bytes)
}

// Until a campaign is published its photograph lies open nowhere: in no table, no file and no backup. The committee sees it, by whichever node; once it is published strangers
// do; once that is undone it is sealed again.
func TestPhotographOfADraft(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		c := h.App.Config
		if d.URL != "" {
			c.Data = filepath.Join(t.TempDir(), "another")
			must(t, os.CopyFS(c.Data, os.DirFS(h.Data)))
		}
		second, err := Open(ctx, c)
		must(t, err)
		defer second.Close()
		own := h.House.Handler
		pages, err := second.Handler(ctx)
		must(t, err)

		rowan, stranger := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins("allies", "Stranger", organiser.Lead)
		at := h.begun(rowan)
		h.agrees(rowan, at)
		h.prove(rowan)
		file, p := noise(t, 1)
		h.pictures(rowan, at, file)
		address, public := at+"/photo/"+p.SHA256()+".jpg", casefile.PhotoPath("anna-berg", &casefile.Photo{SHA256: p.SHA256()})
		for _, where := range h.lies(h.App, p) {
			t.Errorf("before publication it lies open: %s", where)
		}
		if where, drafted := h.backed(p); len(where) > 0 || !drafted {
			t.Errorf("in a backup it lies open: %v; the copy's draft has it: %v", where, drafted)
		}
		seen := func(want int, path, when string) {
			t.Helper()
			was := h.House.Handler
			for node, handler := range []http.Handler{own, pages} {
				h.House.Handler = handler
				w := rowan.Ask("GET", path, nil)
				if w.Code != want || want == 200 && !bytes.Equal(w.Body.Bytes(), p.Bytes) {
					t.Errorf("%s, node %d: %s answers %d, want %d", when, node, path, w.Code, want)
				}
			}
			h.House.Handler = was
		}
		follow := func() {
			t.Helper()
			must(t, h.Refresh(ctx))
			must(t, second.Refresh(ctx))
		}
		seen(200, address, "a draft's")
		seen(404, public, "a draft's")
		if page := rowan.Sees(at + "/preview/page?tongue=en"); !strings.Contains(page, `src="`+address+`"`) || strings.Contains(page, public) {
			t.Error("the preview does not show the draft's own photograph")
		}
		if w := stranger.Ask("GET", address, nil); w.Code != 404 {
			t.Errorf("another committee's lead: %d", w.Code)
		}

		h.publish(rowan, at)
		follow()
		seen(200, public, "published")
		if where := h.lies(h.App, p); !strings.Contains(fmt.Sprint(where), "casefile_photo") {
			t.Errorf("the search does not find what is public: %v", where)
		}
		rowan.Does(at+"/undo", nil)
		h.done(rowan)
		follow()
		seen(404, public, "undone")
		seen(200, address, "undone")
		for _, where := range h.lies(h.App, p) {
			if where == "casefile_photo" || where == "file" {
				t.Errorf("after the undoing it lies open: %s", where)
			}
		}

		// The second node publishes what the first one took in. Another picture takes its place; the first one goes from what is open, and an older draft shows it.
		h.House.Handler = pages
		h.publish(rowan, at)
		follow()
		seen(200, public, "published again")
		h.House.Now = h.House.Now.Add(time.Hour)
		rowan.SignIn("")
		older, err := h.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		other, q := noise(t, 2)
		h.pictures(rowan, at, other)
		h.publish(rowan, at)
		follow()
		seen(404, public, "another one is public")
		h.House.Now = h.House.Now.Add(48 * time.Hour)
		h.sweep(ctx)
		if _, err := h.Cases.Photo(ctx, p.SHA256()); !fault.Is(err, fault.NotFound) {
			t.Errorf("what is public no more is kept open: %v", err)
		}
		if _, err := h.Cases.Photo(ctx, q.SHA256()); err != nil {
			t.Errorf("what is public: %v", err)
		}
		_, err = h.Drafts.Restore(ctx, "anna-berg", older.Revision, "lead")
		must(t, err)
		rowan.SignIn("")
		seen(200, address, "restored")
	})
}

// A purge takes a photograph wherever it is, but for what a public page shows. The draft says that it is gone.
func TestPurgedPhotographs(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.agrees(rowan, at)
		h.prove(rowan)
		file, p := noise(t, 1)
		h.pictures(rowan, at, file)
		purge := func() {
			t.Helper()
			h.House.Now = h.House.Now.Add(time.Minute)
			rowan.Prove()
			if page := rowan.Sees("/desk/safety/purge"); !strings.Contains(page, "Photographs of drafts (1)") {
				t.Errorf("the page before a purge: %s", page)
			}
			if page := rowan.Does("/desk/safety/purge", url.Values{"sure": {"yes"}}); !strings.Contains(page, "It was carried out.") {
				t.Fatalf("%s", page)
			}
		}
		gone := func(of photo.Photo) {
			t.Helper()
			if where := h.lies(h.App, of); len(where) > 0 {
				t.Errorf("it lies open: %v", where)
			}
			if _, err := h.draftedPhoto(ctx, "anna-berg", of.SHA256()); !fault.Is(err, fault.NotFound) {
				t.Errorf("it is there: %v", err)
			}
		}
		purge()
		gone(p)
		if page := rowan.Sees(at + "/photo"); !strings.Contains(page, "is not kept here any more") {
			t.Errorf("the draft does not say so: %s", page)
		}
		if w := rowan.Ask("POST", at+"/publish", url.Values{"base": {desktest.Hidden(rowan.Sees(at+"/photo"), "base")}, "checked": {"yes"}}); w.Code != 422 {
			t.Errorf("it is published without the picture that it names: %d", w.Code)
		}
		// The same one again, and published; then another one in the draft, and one that somebody kept for a file.
		h.pictures(rowan, at, file)
		h.publish(rowan, at)
		must(t, h.Refresh(ctx))
		other, q := noise(t, 2)
		h.pictures(rowan, at, other)
		_, kept := noise(t, 3)
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error { return h.Cases.KeepPhoto(tx, kept) }))
		must(t, h.purge(ctx, []string{"anna-berg"}))
		gone(q)
		gone(kept)
		if code, body := h.get(casefile.PhotoPath("anna-berg", &casefile.Photo{SHA256: p.SHA256()})); code != 200 || body != string(p.Bytes) {
			t.Errorf("a public page lost its picture: %d", code)
		}
	})
}

// A purge of one committee takes nothing from another one's drafts, also not what those have in the open: photographs of before they were sealed, or that were public.
func TestPurgeLeavesOthersPhotographs(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		rowan, stranger := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins("allies", "Stranger", organiser.Lead)
		at := h.begun(rowan)
		own := answered()
		own.Set("slug", "boris-berg")
		if w := stranger.Ask("POST", "/desk/new", own); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		file, p := noise(t, 1)
		mine, q := noise(t, 2)
		h.pictures(stranger, "/desk/c/boris-berg", file)
		h.pictures(rowan, at, mine)
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error { // as programs before this one kept them
			if _, err := tx.Exec("DELETE FROM draft_photo"); err != nil {
				return err
			}
			if _, err := tx.Exec("UPDATE draft_revision SET photo = ''"); err != nil {
				return err
			}
			if err := h.Cases.KeepPhoto(tx, q); err != nil {
				return err
			}
			return h.Cases.KeepPhoto(tx, p)
		}))
		rowan.Prove()
		if page := rowan.Does("/desk/safety/purge", url.Values{"sure": {"yes"}}); !strings.Contains(page, "It was carried out.") {
			t.Fatalf("%s", page)
		}
		if b, err := h.Drafts.Photo(ctx, "boris-berg", p.SHA256()); err != nil || !bytes.Equal(b, p.Bytes) {
			t.Errorf("another committee's draft lost its photograph: %v", err)
		}
		if _, err := h.draftedPhoto(ctx, "anna-berg", q.SHA256()); !fault.Is(err, fault.NotFound) {
			t.Errorf("what was purged is there: %v", err)
		}
		for _, of := range []photo.Photo{p, q} {
			if where := h.lies(h.App, of); len(where) > 0 {
				t.Errorf("it lies open: %v", where)
			}
		}
	})
}

// A file that is applied finds the photograph that was kept for it, or that of its case's draft; and what drafts had in the open before photographs were sealed is sealed.
func TestPhotographOfAFile(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		h := newHall(t, d).soft()
		ctx := t.Context()
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
		at := h.begun(rowan)
		h.agrees(rowan, at)
		_, p := noise(t, 1)
		_, stray := noise(t, 2)
		h.written(func(c *letter.Campaign) {
			c.Person.Photo = casefile.PhotoOf(&p)
			c.Person.Photo.Decorative = true
		})
		for _, k := range []photo.Photo{p, stray} { // as programs before this one kept it
			must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error { return h.Cases.KeepPhoto(tx, k) }))
		}
		must(t, h.App.DB.Update(ctx, func(tx *db.Tx) error { _, err := tx.Exec("UPDATE draft_revision SET photo = ''"); return err }))
		address := at + "/photo/" + p.SHA256() + ".jpg"
		if w := rowan.Ask("GET", address, nil); w.Code != 200 {
			t.Errorf("what is in the open still: %d", w.Code)
		}
		h.House.Now = h.House.Now.Add(24 * time.Hour)
		h.sweep(ctx)
		if where := h.lies(h.App, p); len(where) > 0 {
			t.Errorf("it lies open: %v", where)
		}
		if b, err := h.Cases.Photo(ctx, stray.SHA256()); err != nil || len(b) != len(stray.Bytes) {
			t.Errorf("what was kept for a file is gone after a day: %v", err)
		}
		rowan.SignIn("")
		if w := rowan.Ask("GET", address, nil); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), p.Bytes) {
			t.Errorf("sealed: %d", w.Code)
		}
		draft, err := h.Drafts.Draft(ctx, "anna-berg")
		must(t, err)
		f, err := letter.ReadDraft(draft.Doc)
		must(t, err)
		f.Case.Publication.Level, f.Letters = casefile.Public, nil
		_, err = h.Plan(ctx, f)
		must(t, err)
		must(t, h.Apply(ctx, f))
		if b, err := h.Cases.Photo(ctx, p.SHA256()); err != nil || !bytes.Equal(b, p.Bytes) {
			t.Errorf("applied: %d bytes, %v", len(b), err)
		}
		f.Person.Photo = casefile.PhotoOf(&stray)
		f.Person.Photo.Decorative = true
		must(t, h.Apply(ctx, f))
		for sum, want := range map[string]fault.Kind{stray.SHA256(): fault.Conflict, p.SHA256(): 0, strings.Repeat("0", 64): fault.NotFound} {
			if err := h.DropPhoto(ctx, sum); (err == nil) != (want == 0) || err != nil && !fault.Is(err, want) {
				t.Errorf("%.8s: %v", sum, err)
			}
		}
		if _, err := h.draftedPhoto(ctx, "anna-berg", p.SHA256()); !fault.Is(err, fault.NotFound) {
			t.Errorf("it was dropped, and is there: %v", err)
		}
	})
}

// What an undone publication had put in the open lies in no file of SQLite's once it is undone: also not in its log of writes, which a server that is taken while it runs still has.
func TestUndoneLiesInNoFile(t *testing.T) {
	h := newHall(t, db.Config{}).soft()
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	at := h.begun(rowan)
	h.agrees(rowan, at)
	h.prove(rowan)
	file, p := noise(t, 1)
	h.pictures(rowan, at, file)
	h.publish(rowan, at)
	set := windows(p)
	lies := func() (where []string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(h.Data, "*"))
		must(t, err)
		for _, file := range files {
			if b, err := os.ReadFile(file); err == nil && within(set, b) {
				where = append(where, filepath.Base(file))
			}
		}
		return where
	}
	if where := lies(); len(where) == 0 {
		t.Fatal("the search does not find what is public")
	}
	rowan.Does(at+"/undo", url.Values{"mark": {desktest.Hidden(rowan.Sees(at), "mark")}})
	h.done(rowan)
	if where := lies(); len(where) > 0 {
		t.Errorf("it lies in %v", where)
	}
}
