package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// pictures are those of docs/pictures: file → language, page, how it is looked at, and how many CSS pixels from the top.
var pictures = map[string]struct {
	tag, page, how string
	height         int
}{
	"letter":         {"en", "letter", "desktop", 1330},
	"letter-phone":   {"en", "letter", "phone", 1900},
	"letter-dark":    {"en", "letter", "dark", 900},
	"letter-ru":      {"ru", "letter", "phone", 1900},
	"letter-rtl":     {"ar", "letter", "desktop", 1330},
	"letter-closed":  {"en", "letter-closed", "desktop", 1200},
	"names":          {"en", "names-1", "desktop", 1400},
	"private-phone":  {"en", "private", "phone", 2300},
	"withdraw-ar":    {"ar", "leave-code-wrong", "phone", 0},
	"person-phone":   {"en", "person", "phone", 2050},
	"person":         {"ru", "person", "desktop", 2600},
	"glance-en":      {"en", "glance", "phone", 1480},
	"glance-ru":      {"ru", "glance", "phone", 1480},
	"glance-ar":      {"ar", "glance", "phone", 1480},
	"people-ru":      {"ru", "people", "phone", 2000},
	"map":            {"en", "people-map", "desktop", 1100},
	"sheet":          {"en", "vera-sheet", "desktop", 1500},
	"struck-ar":      {"ar", "vera-struck", "phone", 0},
	"waiting-phone":  {"en", "waiting", "phone", 0},
	"counted-phone":  {"en", "counted", "phone", 0},
	"error-phone-ru": {"ru", "error", "phone", 1500},
	"proof":          {"en", "proof", "desktop", 0},
	"mailbox":        {"en", "mailbox", "desktop", 0},
}

// writes tells whether pictures are made.
func writes() bool { return os.Getenv("OUTCRY_WRITE") == "1" || os.Getenv("OUTCRY_GALLERY") != "" }

// picture writes the pictures of this page, where OUTCRY_WRITE=1 says that docs are to be written; OUTCRY_GALLERY names a folder for pictures of every page.
func (u *tour) picture(page, how string) {
	if folder := os.Getenv("OUTCRY_GALLERY"); folder != "" {
		u.p.Screenshot(filepath.Join(folder, page+"-"+how+"-"+u.tag+".png"), 0)
	}
	if os.Getenv("OUTCRY_WRITE") != "1" {
		return
	}
	for name, x := range pictures {
		if x.tag == u.tag && x.page == page && x.how == how {
			path := filepath.Join("..", "..", "docs", "pictures", name+".png")
			u.p.Screenshot(path, x.height)
			small(u.p.t, path)
		}
	}
}

// small writes a picture again with the 64 colours that are most of it, in a sixth of the bytes.
func small(t testing.TB, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	often := map[color.RGBA]int{}
	for y := full.Bounds().Min.Y; y < full.Bounds().Max.Y; y++ {
		for x := full.Bounds().Min.X; x < full.Bounds().Max.X; x++ {
			often[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(often), func(a, b color.RGBA) int { return cmp.Compare(often[b], often[a]) })
	var colours color.Palette
	for _, c := range most[:min(64, len(most))] {
		colours = append(colours, c)
	}
	few := image.NewPaletted(full.Bounds(), colours)
	draw.Draw(few, full.Bounds(), full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
