package sheet

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	ximage "golang.org/x/image/draw"
	"golang.org/x/image/vector"
)

// pixelsMost is the size in pixels beyond which no raster is made: A3 at 300 to the inch is 17 million.
const pixelsMost = 40_000_000

// PNG writes the sheet as a raster of so many pixels a point, margins included; 1 gives a pixel a point. Scales that make more than 40 million pixels are reduced.
func (s *Sheet) PNG(w io.Writer, scale float64) error {
	var out image.Image = s.Raster(scale)
	if s.Gray {
		gray := image.NewGray(out.Bounds())
		draw.Draw(gray, gray.Bounds(), out, image.Point{}, draw.Src)
		out = gray
	}
	return png.Encode(w, out)
}

// Raster draws the sheet into memory; see [Sheet.PNG].
func (s *Sheet) Raster(scale float64) *image.RGBA {
	w, h := s.whole()
	if n := w * h * scale * scale; n > pixelsMost {
		scale *= math.Sqrt(pixelsMost / n)
	}
	c := canvas{dst: image.NewRGBA(image.Rect(0, 0, int(math.Round(w*scale)), int(math.Round(h*scale)))), scale: scale, move: s.margin() * scale}
	draw.Draw(c.dst, c.dst.Bounds(), image.White, image.Point{}, draw.Src)
	edge := Box{-s.Bleed, -s.Bleed, s.W + 2*s.Bleed, s.H + 2*s.Bleed}
	c.within = c.pixels(edge)
	c.fill(boxed(edge), s.toned(s.Paper))
	for _, m := range s.marks {
		switch {
		case m.path != nil:
			c.fill(m.path, s.toned(m.ink))
		case m.picture != nil:
			to := c.pixels(m.box)
			ximage.CatmullRom.Scale(c.dst, to, m.picture, m.picture.Bounds(), draw.Src, nil)
		}
	}
	if s.Bleed > 0 {
		c.within = c.dst.Bounds()
		c.fill(s.crop(), Ink{})
	}
	return c.dst
}

func boxed(b Box) *Path {
	p := &Path{}
	p.Rect(b)
	return p
}

// canvas is a raster that is drawn on.
type canvas struct {
	dst    *image.RGBA
	scale  float64
	move   float64 // of the sheet's corner, in pixels
	within image.Rectangle
	raster vector.Rasterizer
}

// pixels are those that a box covers, to the nearest.
func (c *canvas) pixels(b Box) image.Rectangle {
	at := func(v float64) int { return int(math.Round(v*c.scale + c.move)) }
	return image.Rect(at(b.X), at(b.Y), at(b.X+b.W), at(b.Y+b.H)).Intersect(c.dst.Bounds())
}

// fill draws outlines; only the box around them is looked at, and nothing outside of within is touched.
func (c *canvas) fill(p *Path, ink Ink) {
	b := p.Bounds()
	box := image.Rect(int(math.Floor(b.X*c.scale+c.move)), int(math.Floor(b.Y*c.scale+c.move)),
		int(math.Ceil((b.X+b.W)*c.scale+c.move)), int(math.Ceil((b.Y+b.H)*c.scale+c.move))).Intersect(c.within)
	if box.Empty() {
		return
	}
	r := &c.raster
	r.Reset(box.Dx(), box.Dy())
	r.DrawOp = draw.Over
	p.walk(c.scale, c.move-float64(box.Min.X), c.move-float64(box.Min.Y), func(v verb, at []float64) {
		f := func(i int) float32 { return float32(at[i]) }
		switch v {
		case move:
			r.MoveTo(f(0), f(1))
		case line:
			r.LineTo(f(0), f(1))
		case quad:
			r.QuadTo(f(0), f(1), f(2), f(3))
		case cubic:
			r.CubeTo(f(0), f(1), f(2), f(3), f(4), f(5))
		case shut:
			r.ClosePath()
		}
	})
	r.Draw(c.dst, box, image.NewUniform(color.RGBA{ink.R, ink.G, ink.B, 255}), image.Point{})
}

// scaled is a part of a picture in another size.
func scaled(src image.Image, part, size image.Rectangle, gray bool) image.Image {
	out := image.NewRGBA(size)
	draw.Draw(out, size, image.White, image.Point{}, draw.Src) // what can be seen through is white
	ximage.CatmullRom.Scale(out, size, src, part, draw.Over, nil)
	if !gray {
		return out
	}
	toned := image.NewGray(size)
	draw.Draw(toned, size, out, image.Point{}, draw.Src)
	return toned
}
