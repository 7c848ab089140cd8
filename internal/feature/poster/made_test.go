package poster

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/sheet"
	"outcry/locales"
)

// vera is a made-up case as the public sees it, changed by fn before.
func vera(t testing.TB, fn func(*casefile.File)) *casefile.File {
	t.Helper()
	b, err := os.ReadFile("testdata/vera.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f casefile.File
	if err := casefile.Decode(b, &f); err != nil {
		t.Fatal(err)
	}
	if p := f.Check(); len(p) > 0 {
		t.Fatal(p)
	}
	if fn != nil {
		fn(&f)
	}
	out, ok := f.Public(nil)
	if !ok {
		t.Fatal("nobody may see it")
	}
	return out
}

func release() Letter {
	return Letter{
		Title:     casefile.Text{"en": "Release Vera Primerova", "ru": "Освободите Веру Примерову", "ar": "الحرية لفيرا بريميروفا", "fr": "Libérez Vera Primerova"},
		Demand:    casefile.Text{"en": "We ask for one thing: release Vera Primerova.", "ru": "Мы просим об одном: освободите Веру Примерову.", "ar": "نطالب بأمر واحد: الإفراج عن فيرا بريميروفا (الرسالة №1 لسنة 2026).", "fr": "Nous demandons une seule chose\u00a0: la libération de Vera Primerova."},
		Addressee: casefile.Text{"en": "The Prosecutor General of Exampleland", "ru": "Генеральному прокурору Примерии", "ar": "النائب العام في بلاد المثال", "fr": "Procureur général d’Exemplie"},
		Open:      true,
		URL:       func(tag lang.Tag) string { return "https://letters.example.org/" + string(tag) + "/vera/release" },
	}
}

func maker(t testing.TB) *Maker {
	t.Helper()
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	faces, err := sheet.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Maker{Words: words, Faces: faces}
}

func bytesOf(t testing.TB, m *Made, as Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b, as); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// portrait is a picture of nobody.
func portrait() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 400, 600))
	for y := range 600 {
		for x := range 400 {
			c := color.RGBA{uint8(190 - y/8), uint8(180 - y/9), uint8(160 - y/10), 255}
			if dx, dy := x-200, y-230; dx*dx*100+dy*dy*64 < 100*100*100 {
				c = color.RGBA{120, 90, 75, 255}
			}
			if dx, dy := x-200, y-620; dx*dx+dy*dy < 230*230 {
				c = color.RGBA{60, 55, 70, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// samples are sheets to look at.
var samples = map[string]Order{
	"poster-en":       {Size: A4, Languages: []lang.Tag{"en"}},
	"poster-ru":       {Size: A4, Languages: []lang.Tag{"ru"}},
	"poster-ar":       {Size: A4, Languages: []lang.Tag{"ar"}},
	"poster-fr":       {Size: A4, Languages: []lang.Tag{"fr"}, Photo: portrait(), PhotoAlt: "A drawing"},
	"poster-ru-ar":    {Size: A4, Languages: []lang.Tag{"ru", "ar"}},
	"poster-photo":    {Size: A4, Languages: []lang.Tag{"ar", "ru"}, Photo: portrait(), PhotoAlt: "A drawing"},
	"poster-three":    {Size: A4, Languages: []lang.Tag{"ar", "en", "ru"}},
	"poster-four":     {Size: A4, Languages: []lang.Tag{"en", "ru", "ar", "fr"}},
	"poster-gray":     {Size: A4, Languages: []lang.Tag{"fr"}, Gray: true},
	"poster-linkless": {Size: A4, Languages: []lang.Tag{"ru", "en"}, Linkless: true},
	"poster-bleed":    {Size: USPage, Languages: []lang.Tag{"en", "fr"}, Bleed: true},
	"poster-square":   {Size: Square, Languages: []lang.Tag{"ru"}},
	"poster-story":    {Size: Story, Languages: []lang.Tag{"ar", "ru"}},
	"poster-card":     {Size: Card, Languages: []lang.Tag{"ru"}},
	"poster-card-ar":  {Size: Card, Languages: []lang.Tag{"ar"}},
	"card-photo":      {Size: Card, Languages: []lang.Tag{"en"}, Photo: portrait(), PhotoAlt: "A drawing"},
	"card-photo-ar":   {Size: Card, Languages: []lang.Tag{"ar"}, Photo: portrait(), PhotoAlt: "A drawing"},
	"card-photo-two":  {Size: Card, Languages: []lang.Tag{"fr", "ru"}, Photo: portrait(), PhotoAlt: "A drawing"},
	"square-photo":    {Size: Square, Languages: []lang.Tag{"ru"}, Photo: portrait(), PhotoAlt: "A drawing", Credit: casefile.Text{"ru": "Фото: семейный архив"}},
	"story-photo":     {Size: Story, Languages: []lang.Tag{"ar"}, Photo: portrait(), PhotoAlt: "A drawing", Credit: casefile.Text{"en": "Photograph: family archive"}},
	"poster-card-two": {Size: Card, Languages: []lang.Tag{"ru", "en"}},
}

// pictured are those that docs/pictures has, by their pixels a point.
var pictured = map[string]float64{"poster-en": 0.75, "poster-ru-ar": 0.75, "poster-ar": 0.75, "poster-four": 0.75, "poster-gray": 0.75, "poster-linkless": 0.75, "poster-square": 0.42, "poster-card": 0.5}

// TestGallery writes sheets as files to look at, where OUTCRY_GALLERY names a folder; with OUTCRY_WRITE=1 it writes the pictures of the docs.
func TestGallery(t *testing.T) {
	folder, docs := os.Getenv("OUTCRY_GALLERY"), os.Getenv("OUTCRY_WRITE") == "1"
	if folder == "" && !docs {
		t.Skip("OUTCRY_GALLERY names no folder, and OUTCRY_WRITE=1 does not say that docs are to be written")
	}
	write := func(path string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m, f := maker(t), vera(t, nil)
	for name, o := range samples {
		made, err := m.Make(f, release(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if folder != "" {
			for _, as := range []Format{PNG, PDF, SVG} {
				write(filepath.Join(folder, name+"."+string(as)), bytesOf(t, made, as))
			}
		}
		if scale := pictured[name]; docs && scale > 0 {
			var b bytes.Buffer
			if err := made.Sheet.PNG(&b, scale); err != nil {
				t.Fatal(err)
			}
			write(filepath.Join("../../../docs/pictures", name+".png"), b.Bytes())
		}
	}
}
