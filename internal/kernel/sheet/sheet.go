package sheet

import (
	"image"
	"math"

	"outcry/internal/kernel/lang"
)

// Ink is an opaque colour.
type Ink struct{ R, G, B uint8 }

// gray is the ink as a printer without colours has it, by its brightness to the eye (ITU-R BT.601).
func (i Ink) gray() Ink {
	y := uint8((299*int(i.R) + 587*int(i.G) + 114*int(i.B) + 500) / 1000)
	return Ink{y, y, y}
}

// Sheet is one page: what is drawn on it, in the order in which it is drawn.
type Sheet struct {
	W, H  float64 // of what is left after cutting
	Bleed float64 // how far what touches an edge goes on beyond it; 0: nothing is cut, and there are no crop marks
	Gray  bool    // without colours
	Paper Ink

	Title string   // of the document
	Lang  lang.Tag // in which most of it is written
	Alt   string   // every word on it, for whoever can't see it

	marks []mark
}

// mark is something drawn: an outline in an ink, a picture, or a link that is not seen.
type mark struct {
	path    *Path
	ink     Ink
	picture image.Image
	box     Box
	link    string
}

// Fill draws outlines.
func (s *Sheet) Fill(p *Path, ink Ink) {
	if len(p.verbs) > 0 {
		s.marks = append(s.marks, mark{path: p, ink: ink})
	}
}

// Band draws a rectangle; where it touches an edge of the sheet it goes on into the bleed.
func (s *Sheet) Band(b Box, ink Ink) {
	p := &Path{}
	p.Rect(s.bled(b))
	s.Fill(p, ink)
}

func (s *Sheet) bled(b Box) Box {
	const touch = 0.01
	x0, y0, x1, y1 := b.X, b.Y, b.X+b.W, b.Y+b.H
	if x0 < touch {
		x0 = -s.Bleed
	}
	if y0 < touch {
		y0 = -s.Bleed
	}
	if x1 > s.W-touch {
		x1 = s.W + s.Bleed
	}
	if y1 > s.H-touch {
		y1 = s.H + s.Bleed
	}
	return Box{x0, y0, x1 - x0, y1 - y0}
}

// Place draws a picture so that it covers the box; of what is too wide or too high both sides lose as much, the upper one less.
func (s *Sheet) Place(picture image.Image, b Box) {
	if picture.Bounds().Empty() || b.W <= 0 || b.H <= 0 {
		return
	}
	s.marks = append(s.marks, mark{picture: covering(picture, b, s.Gray), box: b})
}

// Link makes the box lead to an address where the file is opened on a screen.
func (s *Sheet) Link(b Box, address string) {
	s.marks = append(s.marks, mark{box: b, link: address})
}

// markSpace is how far the crop marks reach beyond the bleed.
const markSpace = 15

// margin is what lies around the sheet for who cuts it.
func (s *Sheet) margin() float64 {
	if s.Bleed <= 0 {
		return 0
	}
	return s.Bleed + markSpace
}

// whole is the size of the file's page, margins included.
func (s *Sheet) whole() (w, h float64) { return s.W + 2*s.margin(), s.H + 2*s.margin() }

func (s *Sheet) toned(i Ink) Ink {
	if s.Gray {
		return i.gray()
	}
	return i
}

// crop are the marks at which the sheet is cut, outside of the bleed.
func (s *Sheet) crop() *Path {
	p := &Path{}
	const wide, apart = 0.35, 2
	from, length := s.Bleed+apart, float64(markSpace-apart-1)
	for _, x := range []float64{0, s.W} {
		p.Rect(Box{x - wide/2, -from - length, wide, length})
		p.Rect(Box{x - wide/2, s.H + from, wide, length})
	}
	for _, y := range []float64{0, s.H} {
		p.Rect(Box{-from - length, y - wide/2, length, wide})
		p.Rect(Box{s.W + from, y - wide/2, length, wide})
	}
	return p
}

// covering scales and cuts a picture to a box, at no more than 200 pixels an inch.
func covering(src image.Image, b Box, gray bool) image.Image {
	const perPoint = 200.0 / 72
	in := src.Bounds()
	k := math.Max(b.W/float64(in.Dx()), b.H/float64(in.Dy())) // points a pixel
	cutW, cutH := b.W/k, b.H/k
	const upper = 0.35 // of what is cut off in height: faces are above the middle
	x0, y0 := float64(in.Min.X)+(float64(in.Dx())-cutW)/2, float64(in.Min.Y)+(float64(in.Dy())-cutH)*upper
	cut := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x0+cutW)), int(math.Round(y0+cutH))).Intersect(in)
	w, h := math.Min(cutW, b.W*perPoint), math.Min(cutH, b.H*perPoint)
	size := image.Rect(0, 0, max(1, int(math.Round(w))), max(1, int(math.Round(h))))
	return scaled(src, cut, size, gray)
}
