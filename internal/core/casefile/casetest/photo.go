package casetest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"sync"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/photo"
)

// Photo is the photograph that some of the cases name, and nobody's: whoever applies them keeps it first.
var Photo = sync.OnceValue(func() photo.Photo {
	img := image.NewGray(image.Rect(0, 0, 80, 100))
	for i := range img.Pix {
		x, y := i%80-40, i/80-45
		img.Pix[i] = 190
		if x*x+y*y < 30*30 {
			img.SetGray(i%80, i/80, color.Gray{90})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	p, err := photo.Read(&b)
	if err != nil {
		panic(err)
	}
	return p
})

// photo names the photograph in some cases. It is the last that is made up, so that cases are otherwise what they were without.
func (g *gen) photo() {
	if !g.wild || g.seed%4 != 2 {
		return
	}
	p := Photo()
	named := casefile.PhotoOf(&p)
	g.f.Person.Photo = named
	if g.odds(3) {
		named.Source = g.source()
	}
	if named.Decorative = g.odds(4); named.Decorative {
		return
	}
	named.Credit, named.Alt = g.short(), casefile.Text{}
	for _, tag := range g.langs {
		named.Alt[tag] = g.line(tag)
	}
}
