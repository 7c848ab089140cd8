package poster

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"regexp"
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/test/peers"
)

// The files are opened by programs that are not ours: poppler draws the PDF, zbar reads the code.

// What the PDF shows is what the PNG shows, for every size. A letter moved by two points, or left out, is found.
func TestPDFAndPNGAgree(t *testing.T) {
	m, f := maker(t), vera(t, nil)
	const meanMost, farMost = 1.2, 0.004
	for name, o := range map[string]Order{
		"a4":     {Size: A4, Languages: []lang.Tag{"ru", "ar"}},
		"photo":  {Size: A4, Languages: []lang.Tag{"fr"}, Photo: portrait()},
		"gray":   {Size: A4, Languages: []lang.Tag{"en"}, Gray: true},
		"bleed":  {Size: USPage, Languages: []lang.Tag{"ar"}, Bleed: true},
		"square": {Size: Square, Languages: []lang.Tag{"en"}},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := m.Make(f, release(), o)
			if err != nil {
				t.Fatal(err)
			}
			page := peers.Page(t, bytesOf(t, made, PDF), made.dots)
			ours, err := png.Decode(bytes.NewReader(bytesOf(t, made, PNG)))
			if err != nil {
				t.Fatal(err)
			}
			mean, far := peers.Apart(page, ours)
			t.Logf("mean %.3f, far %.5f", mean, far)
			if mean > meanMost || far > farMost {
				t.Errorf("PDF and PNG are apart: mean %.2f of 255, %.3f %% far", mean, far*100)
			}
			moved := image.NewRGBA(ours.Bounds())
			draw.Draw(moved, moved.Bounds(), ours, image.Pt(2, 0), draw.Src)
			if mean, far := peers.Apart(page, moved); mean <= meanMost && far <= farMost {
				t.Errorf("a picture moved by two pixels is not found: mean %.2f, %.3f %% far", mean, far*100)
			}
			lacking := image.NewRGBA(ours.Bounds())
			draw.Draw(lacking, lacking.Bounds(), ours, image.Point{}, draw.Src)
			b := ours.Bounds()
			gone := image.Rect(b.Dx()/10, b.Dy()*84/100, b.Dx()*9/10, b.Dy()*96/100) // most of the foot
			draw.Draw(lacking, gone, image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
			if mean, far := peers.Apart(page, lacking); mean <= meanMost && far <= farMost {
				t.Errorf("a foot that is not there is not found: mean %.2f, %.3f %% far", mean, far*100)
			}
		})
	}
}

// The code is read by a reader that is not ours, from the PDF on paper and from the picture; it leads where the words say. A sheet without links has none.
func TestCodeIsRead(t *testing.T) {
	m, f := maker(t), vera(t, nil)
	for _, o := range []Order{
		{Size: A4, Languages: []lang.Tag{"en"}},
		{Size: A4, Languages: []lang.Tag{"ar", "ru", "en", "fr"}},
		{Size: A4, Languages: []lang.Tag{"ru"}, Gray: true},
		{Size: A3, Languages: []lang.Tag{"ru", "ar"}, Bleed: true},
		{Size: USPage, Languages: []lang.Tag{"fr"}, Photo: portrait()},
		{Size: Square, Languages: []lang.Tag{"ar"}},
		{Size: Story, Languages: []lang.Tag{"ru"}},
	} {
		made, err := m.Make(f, release(), o)
		if err != nil {
			t.Fatal(err)
		}
		want := "https://letters.example.org/" + string(o.Languages[0]) + "/vera/release"
		page := peers.Page(t, bytesOf(t, made, PDF), 110.0/72)
		if have := peers.Code(t, page); have != want {
			t.Errorf("%s %v: in the PDF zbar reads %q", o.Size, o.Languages, have)
		}
		picture, err := png.Decode(bytes.NewReader(bytesOf(t, made, PNG)))
		if err != nil {
			t.Fatal(err)
		}
		if have := peers.Code(t, picture); have != want {
			t.Errorf("%s %v: in the PNG zbar reads %q", o.Size, o.Languages, have)
		}
		o.Linkless = true
		if made, err = m.Make(f, release(), o); err != nil {
			t.Fatal(err)
		}
		pdf := bytesOf(t, made, PDF)
		if have := peers.Code(t, peers.Page(t, pdf, 110.0/72)); have != "" {
			t.Errorf("%s %v: on a sheet without links zbar reads %q", o.Size, o.Languages, have)
		}
		if regexp.MustCompile(`/URI|example`).Match(pdf) {
			t.Errorf("%s %v: a sheet without links has one", o.Size, o.Languages)
		}
	}
}

// A code with a tenth of it torn off is still read, and with half of it none is: it is the picture that is read, and nothing else.
func TestDamagedCode(t *testing.T) {
	made, err := maker(t).Make(vera(t, nil), release(), Order{Size: A4, Languages: []lang.Tag{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	page := peers.Page(t, bytesOf(t, made, PDF), 2)
	torn := func(part int) string {
		out := image.NewRGBA(page.Bounds())
		draw.Draw(out, out.Bounds(), page, image.Point{}, draw.Src)
		// The code stands 40 points from the left and 22 from the foot, 128 wide; its modules begin 12 points further in. The middle is covered.
		side := 104 * part / 10
		middle := image.Pt(2*(40+64), page.Bounds().Dy()-2*(22+64))
		draw.Draw(out, image.Rect(middle.X-side, middle.Y-side, middle.X+side, middle.Y+side), image.White, image.Point{}, draw.Src)
		return peers.Code(t, out)
	}
	if torn(2) == "" {
		t.Error("a code with some of it torn off is not read")
	}
	if have := torn(8); have != "" {
		t.Errorf("a code of which two thirds are torn off is read: %q", have)
	}
}
