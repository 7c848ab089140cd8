package poster

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
)

// site is what a letter's pages hand requests on to.
type site struct {
	pages  *Pages
	cache  *web.Cache
	file   *casefile.File
	letter Letter
	err    error // instead of the case
}

func newSite(t *testing.T) *site {
	s := &site{cache: web.NewCache(1 << 22), file: vera(t, nil), letter: release()}
	m := maker(t)
	s.pages = NewPages(Pages{Cache: s.cache,
		Maker:  func() (*Maker, error) { return m, nil },
		Case:   func(string) (*casefile.File, error) { return s.file, s.err },
		Letter: func(string, string) (Letter, error) { return s.letter, nil }})
	return s
}

func (s *site) ask(tag lang.Tag, name string) (*httptest.ResponseRecorder, error) {
	return s.askIn(context.Background(), tag, name)
}

func (s *site) askIn(ctx context.Context, tag lang.Tag, name string) (*httptest.ResponseRecorder, error) {
	r := httptest.NewRequestWithContext(ctx, "GET", "/"+string(tag)+"/vera/release/"+name, nil)
	r.SetPathValue("case", "vera")
	r.SetPathValue("letter", "release")
	w := httptest.NewRecorder()
	return w, s.pages.Beside(tag)[name](w, r)
}

func TestPublicSheets(t *testing.T) {
	s := newSite(t)
	for name, kind := range map[string]string{"card.png": "image/png", "poster.pdf": "application/pdf", "poster.txt": "text/plain; charset=utf-8"} {
		w, err := s.ask("ru", name)
		if err != nil || w.Header().Get("Content-Type") != kind || w.Header().Get("Etag") == "" || w.Header().Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %v %v", name, err, w.Header())
		}
	}
	w, err := s.ask("ar", "card.png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(w.Body)
	if err != nil || img.Bounds().Dx() != 1200 || img.Bounds().Dy() != 630 {
		t.Errorf("the card: %v", err)
	}
	delete(s.letter.Title, "ar") // a letter in a language is whole or absent: its readers get the one that there is
	if w, err := s.ask("ar", "poster.txt"); err != nil || !bytes.Contains(w.Body.Bytes(), []byte("Release Vera Primerova")) {
		t.Errorf("a letter that is not there in Arabic: %v\n%s", err, w.Body)
	}
}

// A sheet is drawn once, and again when what stands on it has changed: never because a count has moved.
func TestDrawnWhenFactsChange(t *testing.T) {
	s := newSite(t)
	tag := func() string {
		t.Helper()
		w, err := s.ask("en", "poster.pdf")
		if err != nil {
			t.Fatal(err)
		}
		return w.Header().Get("Etag")
	}
	first := tag()
	s.cache.Drop("vera") // as a letter's count does
	s.file = vera(t, nil)
	s.pages.hands <- struct{}{} // nothing can be drawn now
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if w, err := s.askIn(soon, "en", "poster.pdf"); err != nil || w.Header().Get("Etag") != first {
		t.Errorf("nothing has changed, and it is drawn again: %v", err)
	}
	<-s.pages.hands
	s.file = vera(t, func(f *casefile.File) { f.Case.Checked = casefile.Date{Year: 2026, Month: 11, Day: 20} })
	second := tag()
	if second == first {
		t.Error("it was checked again, and the sheet does not say so")
	}
	s.letter.Title["en"] = "Release Vera"
	third := tag()
	if third == second {
		t.Error("the letter has another title, and the sheet has the old one")
	}
	s.letter.URL = func(lang.Tag) string { return "https://other.example.org/en/vera/release" }
	if tag() == third {
		t.Error("the letter has another address, and the code leads to the old one")
	}
}

// What is taken out is gone at once, whatever was drawn before.
func TestStoppedSheetIsGone(t *testing.T) {
	s := newSite(t)
	if _, err := s.ask("en", "poster.pdf"); err != nil {
		t.Fatal(err)
	}
	s.letter.Stopped = true
	if w, err := s.ask("en", "poster.pdf"); !fault.Is(err, fault.Gone) || w.Body.Len() > 0 {
		t.Errorf("a stopped letter: %v, %d bytes", err, w.Body.Len())
	}
	s.letter.Stopped, s.err = false, fault.New(fault.Gone, "case.withheld")
	if w, err := s.ask("en", "card.png"); !fault.Is(err, fault.Gone) || w.Body.Len() > 0 {
		t.Errorf("a withheld case: %v, %d bytes", err, w.Body.Len())
	}
}

// What can't be drawn is not there; why is no reader's business.
func TestUndrawableSheetIsNotThere(t *testing.T) {
	s := newSite(t)
	s.letter.Title["en"] = "Let Vera 🏠"
	w, err := s.ask("en", "card.png")
	if !fault.Is(err, fault.NotFound) || w.Body.Len() > 0 {
		t.Errorf("%v, %d bytes", err, w.Body.Len())
	}
	if w, err := s.ask("ru", "card.png"); err != nil || w.Body.Len() == 0 {
		t.Errorf("the Russian one is not there either: %v", err)
	}
}

// The case's photograph stands on each sheet while what the public may see names it, is read when a sheet is drawn and never again, and is gone at once when it is taken out.
func TestPhotoStandsOnTheSheets(t *testing.T) {
	s := newSite(t)
	bare := s.file
	shown := vera(t, func(f *casefile.File) {
		f.Person.Photo = &casefile.Photo{SHA256: strings.Repeat("a", 64), Width: 400, Height: 600, Alt: casefile.Text{"en": "Vera by a window", "ru": "Вера у окна"}, Credit: casefile.Text{"en": "family archive"}}
	})
	read := 0
	s.pages.Photo = func(_ context.Context, sum string) (image.Image, error) {
		if read++; sum != strings.Repeat("a", 64) {
			return nil, fault.New(fault.NotFound, "fault.not_found")
		}
		return portrait(), nil
	}
	got := func(tag lang.Tag, name string) string {
		t.Helper()
		w, err := s.ask(tag, name)
		if err != nil {
			t.Fatal(err)
		}
		return w.Body.String()
	}
	corner := func(card string) color.Color {
		t.Helper()
		img, err := png.Decode(strings.NewReader(card))
		if err != nil {
			t.Fatal(err)
		}
		return img.At(1150, 40)
	}
	without, words := got("en", "card.png"), got("ru", "poster.txt")
	if read != 0 || strings.Contains(words, "Вера у окна") {
		t.Error("a photograph is read where there is none")
	}
	s.file = shown
	for range 2 {
		if with := got("en", "card.png"); corner(with) == corner(without) {
			t.Error("the card has no photograph")
		}
		if with := got("ru", "poster.txt"); !strings.Contains(with, "Вера у окна") || !strings.Contains(with, "family archive") {
			t.Errorf("the words say nothing of it:\n%s", with)
		}
	}
	if read != 1 {
		t.Errorf("it was read %d times for one sheet", read)
	}
	pdf := got("en", "poster.pdf")
	s.file = vera(t, func(f *casefile.File) { // another one, of which the same is said
		p := *shown.Person.Photo
		p.SHA256 = strings.Repeat("b", 64)
		f.Person.Photo = &p
	})
	if _, err := s.ask("en", "poster.pdf"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the sheet with the earlier photograph is handed out still: %v", err)
	}
	s.file = bare
	if got("en", "card.png") != without || got("ru", "poster.txt") != words || got("en", "poster.pdf") == pdf {
		t.Error("it was taken out, and is on a sheet still")
	}
}

// Readers who come at once to a page that is not there yet get the same one.
func TestReadersGetOneCard(t *testing.T) {
	s := newSite(t)
	tags := make([]string, 20)
	var all sync.WaitGroup
	for i := range tags {
		all.Go(func() {
			w, err := s.ask("en", "card.png")
			if err != nil || w.Code != http.StatusOK {
				t.Error(err)
			}
			tags[i] = w.Header().Get("Etag")
		})
	}
	all.Wait()
	for _, tag := range tags {
		if tag != tags[0] {
			t.Fatal("readers get different cards")
		}
	}
}
