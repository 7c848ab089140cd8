package photo

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"

	"outcry/internal/kernel/fault"
)

// qualities are tried before a picture is made smaller: below the last, faces get blocks.
var qualities = []int{84, 76, 68, 60, 52}

const sideFloor = 160 // pixels of the longer side below which no picture is made smaller: any such fits

// written is the photograph in as many pixels, and as well, as BytesMost has room for.
func written(img *image.RGBA) (Photo, error) {
	for side := max(img.Rect.Dx(), img.Rect.Dy()); ; side = side * 7 / 8 {
		small := shrunk(img, side)
		for _, q := range qualities {
			var b bytes.Buffer
			if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: q}); err != nil {
				return Photo{}, fault.In("photo", err)
			}
			if b.Len() <= BytesMost || side <= sideFloor && q == qualities[len(qualities)-1] {
				return Photo{Bytes: b.Bytes(), Width: small.Rect.Dx(), Height: small.Rect.Dy()}, nil
			}
		}
	}
}

// shrunk lays a picture on white and makes its longer side no longer than that: each pixel is the mean of what it stands for. It takes the room of the result and of one row
// of the source. A picture that is small enough keeps its size.
func shrunk(img image.Image, side int) *image.RGBA {
	from := img.Bounds()
	w, h := from.Dx(), from.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, (w*side+long/2)/long), max(1, (h*side+long/2)/long)
	}
	if same, ok := img.(*image.RGBA); ok && w == from.Dx() && h == from.Dy() {
		return same
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	row := image.NewRGBA(image.Rect(0, 0, from.Dx(), 1))
	across, down := shares(from.Dx(), w), shares(from.Dy(), h)
	sum, next := make([]float32, 3*w), make([]float32, 3*w) // of the row of the result at hand, and of the one below it
	at := 0
	for y := range from.Dy() {
		draw.Draw(row, row.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(row, row.Rect, img, image.Pt(from.Min.X, from.Min.Y+y), draw.Over)
		d := down[y]
		if d.to != at {
			put(out, at, sum)
			at, sum, next = d.to, next, sum
			clear(next)
		}
		for x, a := range across {
			p := row.Pix[4*x : 4*x+3 : 4*x+3]
			for c := range 3 {
				v := float32(p[c])
				sum[3*a.to+c] += v * a.here * d.here
				if a.rest > 0 {
					sum[3*(a.to+1)+c] += v * a.rest * d.here
				}
				if d.rest > 0 {
					next[3*a.to+c] += v * a.here * d.rest
					if a.rest > 0 {
						next[3*(a.to+1)+c] += v * a.rest * d.rest
					}
				}
			}
		}
	}
	put(out, at, sum)
	return out
}

// share is how a row or column of the source goes into those of the result: into one, and what is over into the one behind it.
type share struct {
	to         int
	here, rest float32
}

// shares spreads n evenly over m, which are no more.
func shares(n, m int) []share {
	list := make([]share, n)
	for i := range n {
		to := i * m / n
		end := (i + 1) * m
		over := max(0, end-(to+1)*n) // in parts of n
		if to+1 >= m {
			over = 0
		}
		list[i] = share{to, float32(m-over) / float32(n), float32(over) / float32(n)}
	}
	return list
}

func put(out *image.RGBA, y int, sum []float32) {
	row := out.Pix[y*out.Stride:]
	for x := range out.Rect.Dx() {
		for c := range 3 {
			row[4*x+c] = uint8(min(sum[3*x+c]+0.5, 255))
		}
		row[4*x+3] = 255
	}
}

// turned is a picture as its orientation says it is to be looked at: 1 as it lies; 2 mirrored; 3 upside down; 4 both; 5 to 8 the same with rows for columns.
func turned(img *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation > 4 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			var from int
			switch orientation {
			case 2:
				from = img.PixOffset(w-1-x, y)
			case 3:
				from = img.PixOffset(w-1-x, h-1-y)
			case 4:
				from = img.PixOffset(x, h-1-y)
			case 5:
				from = img.PixOffset(y, x)
			case 6:
				from = img.PixOffset(y, h-1-x)
			case 7:
				from = img.PixOffset(w-1-y, h-1-x)
			case 8:
				from = img.PixOffset(w-1-y, x)
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], img.Pix[from:from+4])
		}
	}
	return out
}
