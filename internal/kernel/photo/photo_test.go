package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"outcry/internal/kernel/fault"
)

var (
	red, green   = color.RGBA{208, 32, 32, 255}, color.RGBA{32, 160, 32, 255}
	blue, yellow = color.RGBA{32, 48, 192, 255}, color.RGBA{224, 208, 48, 255}
)

// quarters is a picture of four colours, so that whoever turns it is found out: red and green above, blue and yellow below.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [][]color.RGBA{{red, green}, {blue, yellow}}[y*2/h][x*2/w]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// noise is the dearest picture there is.
func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32()) | byte(i&3/3*255)
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read reads a file that is whole, and holds what every photograph holds.
func read(t testing.TB, src []byte) (Photo, image.Image) {
	t.Helper()
	p, err := Read(bytes.NewReader(src))
	if err != nil {
		t.Fatalf("%v (%v)", err, fault.Of(err))
	}
	img, err := Decode(p.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(p.Width, p.Height) || max(size.X, size.Y) > SideMost || len(p.Bytes) > BytesMost {
		t.Fatalf("%v, said to be %d by %d, in %d bytes", size, p.Width, p.Height, len(p.Bytes))
	}
	bare(t, p.Bytes)
	return p, img
}

// bare holds that a JPEG has its tables and its pixels, and nothing else anywhere.
func bare(t testing.TB, b []byte) {
	t.Helper()
	var kinds []byte
	at := 2
	for at+4 <= len(b) && b[at] == 0xff && b[at+1] != 0xda {
		kinds = append(kinds, b[at+1])
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	for _, k := range kinds {
		if k != 0xdb && k != 0xc0 && k != 0xc4 {
			t.Errorf("a segment of kind %#x stands in it", k)
		}
	}
	if at+4 > len(b) || !bytes.HasPrefix(b, []byte{0xff, 0xd8}) || bytes.Index(b[at+2:], []byte{0xff, 0xd9}) != len(b)-at-4 {
		t.Errorf("it does not end with its pixels: %d bytes, segments %x", len(b), kinds)
	}
}

// near tells whether two colours are the same but for what a JPEG loses.
func near(a, b color.Color) bool {
	r, g, bl, _ := a.RGBA()
	r2, g2, bl2, _ := b.RGBA()
	for _, d := range []int{int(r>>8) - int(r2>>8), int(g>>8) - int(g2>>8), int(bl>>8) - int(bl2>>8)} {
		if d > 12 || d < -12 {
			return false
		}
	}
	return true
}

// seen are the colours of the four quarters, in their middles: above left, above right, below left, below right.
func seen(img image.Image) (list [4]color.Color) {
	b := img.Bounds()
	for i := range list {
		list[i] = img.At(b.Dx()*(1+2*(i%2))/4, b.Dy()*(1+2*(i/2))/4)
	}
	return list
}

func shows(t testing.TB, img image.Image, want ...color.Color) {
	t.Helper()
	for i, c := range seen(img) {
		if !near(c, want[i]) {
			t.Errorf("quarter %d is %v, not %v", i, c, want[i])
		}
	}
}

func TestKinds(t *testing.T) {
	alpha := image.NewNRGBA(image.Rect(0, 0, 96, 64))
	deep := image.NewNRGBA64(alpha.Rect)
	for y := range 64 {
		for x := range 96 {
			c := quarters(96, 64).RGBAAt(x, y)
			deep.Set(x, y, c)
			if y < 32 {
				alpha.Set(x, y, c)
			}
		}
	}
	gray := image.NewGray(alpha.Rect)
	for i := range gray.Pix {
		gray.Pix[i] = 90
	}
	for name, src := range map[string][]byte{
		"jpeg": asJPEG(t, quarters(96, 64)), "png": asPNG(t, quarters(96, 64)), "deep png": asPNG(t, deep), "webp": testdata(t, "lossy.webp"), "webp without loss": testdata(t, "lossless.webp"),
		"progressive jpeg": testdata(t, "progressive.jpg"),
	} {
		t.Run(name, func(t *testing.T) {
			p, img := read(t, src)
			if p.Width != 96 || p.Height != 64 {
				t.Errorf("%d by %d", p.Width, p.Height)
			}
			shows(t, img, red, green, blue, yellow)
			again, err := Read(bytes.NewReader(src))
			if err != nil || again.SHA256() != p.SHA256() {
				t.Errorf("read again it is another: %v", err)
			}
		})
	}
	_, img := read(t, asPNG(t, alpha))
	shows(t, img, red, green, color.White, color.White) // what can be seen through lies on white
	_, img = read(t, asPNG(t, gray))
	shows(t, img, color.Gray{90}, color.Gray{90}, color.Gray{90}, color.Gray{90})
	if p, _ := read(t, testdata(t, "lossy.webp")); !p.Profile {
		t.Error("that there was a colour profile is not told")
	}
	if p, _ := read(t, asJPEG(t, quarters(96, 64))); p.Profile {
		t.Error("a colour profile is told of where there is none")
	}
}

// However large and dear it comes, it is kept small, in its form.
func TestSizes(t *testing.T) {
	for name, c := range map[string]struct {
		img  image.Image
		w, h int // 0: whatever it takes
	}{
		"landscape": {quarters(3000, 2000), 1200, 800}, "portrait": {quarters(1999, 4001), 600, 1200}, "just so": {quarters(1200, 900), 1200, 900}, "odd": {quarters(1201, 901), 1200, 900},
		"small": {quarters(64, 70), 64, 70}, "strip": {quarters(6000, 64), 1200, 13}, "noise": {noise(1300, 1000), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, img := read(t, asPNG(t, c.img))
			if c.w > 0 {
				if p.Width != c.w || p.Height != c.h {
					t.Errorf("%d by %d, not %d by %d", p.Width, p.Height, c.w, c.h)
				}
				shows(t, img, red, green, blue, yellow)
				return
			}
			if want := 1300.0 / 1000; float64(p.Width)/float64(p.Height) < want-0.02 || float64(p.Width)/float64(p.Height) > want+0.02 || p.Width < 200 {
				t.Errorf("%d by %d", p.Width, p.Height)
			}
		})
	}
}

// Each pixel made is the mean of those it stands for: none is dropped, and none counts twice.
func TestShrunkIsTheMean(t *testing.T) {
	for _, n := range []int{5, 64, 97, 100, 1201, 4000} {
		for _, m := range []int{1, 2, 3, 60, 64, 97, 1200} {
			if m > n {
				continue
			}
			into := make([]float32, m)
			for _, s := range shares(n, m) {
				into[s.to] += s.here
				if s.rest > 0 {
					into[s.to+1] += s.rest
				}
			}
			for i, v := range into {
				if v < 0.999 || v > 1.001 {
					t.Fatalf("%d of %d gets %v of %d", i, m, v, n)
				}
			}
		}
	}
	flat := image.NewRGBA(image.Rect(0, 0, 1999, 1333))
	for i := range flat.Pix {
		flat.Pix[i] = 200 | byte(i&3/3*55)
	}
	for i, v := range shrunk(flat, 1200).Pix {
		if want := byte(200); i&3 == 3 && v != 255 || i&3 != 3 && v != want {
			t.Fatalf("of an even gray, byte %d is %d", i, v)
		}
	}
}

func TestOrientation(t *testing.T) {
	for o, want := range map[int][4]color.Color{
		0: {red, green, blue, yellow}, 1: {red, green, blue, yellow}, 2: {green, red, yellow, blue}, 3: {yellow, blue, green, red}, 4: {blue, yellow, red, green},
		5: {red, blue, green, yellow}, 6: {blue, red, yellow, green}, 7: {yellow, green, blue, red}, 8: {green, yellow, red, blue}, 9: {red, green, blue, yellow},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			exif := tiff(order, o)
			for name, src := range map[string][]byte{
				"jpeg": withSegments(asJPEG(t, quarters(96, 64)), segment(0xe1, "Exif\x00\x00"+exif)),
				"png":  withChunks(asPNG(t, quarters(96, 64)), chunk("eXIf", exif)),
				"webp": withRIFF(testdata(t, "lossy.webp"), riff("EXIF", exif)), "webp as some write it": withRIFF(testdata(t, "lossless.webp"), riff("EXIF", "Exif\x00\x00"+exif)),
			} {
				p, img := read(t, src)
				if w, h := 96, 64; o >= 5 && o <= 8 && (p.Width != h || p.Height != w) || (o < 5 || o > 8) && (p.Width != w || p.Height != h) {
					t.Errorf("%s, %d: %d by %d", name, o, p.Width, p.Height)
				}
				for i, c := range seen(img) {
					if !near(c, want[i]) {
						t.Errorf("%s, orientation %d: quarter %d is %v, not %v", name, o, i, c, want[i])
					}
				}
			}
		}
	}
}

// What a file says beside its pixels is not there afterwards, in whatever form it came.
func TestNothingBesideThePixels(t *testing.T) {
	for name, src := range planted(t) {
		t.Run(name, func(t *testing.T) {
			for _, s := range secrets {
				if !bytes.Contains(src, []byte(s)) && !strings.Contains(name, "png") {
					t.Fatalf("%q was not planted", s)
				}
			}
			p, img := read(t, src)
			for _, s := range secrets {
				if bytes.Contains(p.Bytes, []byte(s)) {
					t.Errorf("%q is in what is kept", s)
				}
			}
			if n := bytes.Count(p.Bytes, []byte{0xff, 0xd8}); n != 1 {
				t.Errorf("%d pictures begin in it", n)
			}
			shows(t, img, red, green, blue, yellow)
			if !p.Profile {
				t.Error("that there was a colour profile is not told")
			}
		})
	}
}

// What is no photograph of ours is refused in words, at the field, and before it is unfolded.
func TestRefused(t *testing.T) {
	good := asJPEG(t, quarters(96, 64))
	whole := asPNG(t, quarters(96, 64))
	var anim bytes.Buffer
	pal := image.NewPaletted(image.Rect(0, 0, 96, 64), []color.Color{red, green})
	if err := gif.EncodeAll(&anim, &gif.GIF{Image: []*image.Paletted{pal, pal}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	lossy := testdata(t, "lossy.webp")
	moving := slices.Clone(lossy)
	moving[20] |= 2
	grown := bombWebP(lossy, 2000, 1500) // the canvas says more than the picture
	for name, c := range map[string]struct {
		src  []byte
		key  string
		kind fault.Kind
	}{
		"nothing":                {nil, "fault.photo.none", fault.Invalid},
		"a text":                 {[]byte("Release Anna"), "fault.photo.kind", fault.Invalid},
		"SVG":                    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "fault.photo.kind", fault.Invalid},
		"GIF":                    {anim.Bytes(), "fault.photo.kind", fault.Invalid},
		"HEIC":                   {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "fault.photo.kind", fault.Invalid},
		"BMP":                    {[]byte("BM\x00\x00\x00\x00"), "fault.photo.kind", fault.Invalid},
		"TIFF":                   {[]byte("II*\x00\x08\x00\x00\x00"), "fault.photo.kind", fault.Invalid},
		"PDF":                    {[]byte("%PDF-1.7"), "fault.photo.kind", fault.Invalid},
		"page before a JPEG":     {append([]byte("<!doctype html><script>alert(1)</script>"), good...), "fault.photo.kind", fault.Invalid},
		"RIFF of sound":          {[]byte("RIFF\x24\x00\x00\x00WAVEfmt \x00\x00"), "fault.photo.kind", fault.Invalid},
		"animated WebP":          {moving, "fault.photo.animated", fault.Invalid},
		"a canvas of another":    {grown, "fault.photo.broken", fault.Invalid},
		"only a beginning":       {good[:3], "fault.photo.broken", fault.Invalid},
		"JPEG cut off":           {good[:len(good)*3/4], "fault.photo.broken", fault.Invalid},
		"PNG cut off":            {whole[:len(whole)*3/4], "fault.photo.broken", fault.Invalid},
		"WebP cut off":           {lossy[:len(lossy)*3/4], "fault.photo.broken", fault.Invalid},
		"a few pixels":           {asPNG(t, quarters(63, 400)), "fault.photo.small", fault.Invalid},
		"too many bytes":         {append(slices.Clone(good), make([]byte, FileMost)...), "fault.photo.large", fault.TooLarge},
		"PNG bomb":               {bombPNG(60000, 60000, 8, 2, 0), "fault.photo.pixels", fault.TooLarge},
		"PNG beyond numbers":     {bombPNG(1<<27, 1<<30, 8, 3, 0), "fault.photo.pixels", fault.TooLarge},
		"deep PNG":               {bombPNG(4500, 4500, 16, 6, 0), "fault.photo.pixels", fault.TooLarge},
		"PNG in passes":          {bombPNG(4500, 4500, 8, 6, 1), "fault.photo.pixels", fault.TooLarge},
		"JPEG bomb":              {bombJPEG(good, 65500, 65500, 0xc0), "fault.photo.pixels", fault.TooLarge},
		"progressive bomb":       {bombJPEG(good, 6000, 6000, 0xc2), "fault.photo.pixels", fault.TooLarge},
		"hidden progressive":     {hidden(bombJPEG(good, 6000, 6000, 0xc2)), "fault.photo.pixels", fault.TooLarge},
		"a thousand scans":       {scans(good, 1000), "fault.photo.pixels", fault.TooLarge},
		"WebP bomb":              {bombWebP(lossy, 16000, 16000), "fault.photo.pixels", fault.TooLarge},
		"the frame is the bomb":  {withSegments(bombJPEG(good, 65500, 65500, 0xc0), segment(0xe1, "Exif\x00\x00"+string(good))), "fault.photo.pixels", fault.TooLarge},
		"a bomb behind a canvas": {lossless16k(t), "fault.photo.broken", fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.src))
			f := fault.Of(err)
			if f == nil || f.Key != c.key || f.Kind != c.kind || f.Field != Field {
				t.Errorf("answered with %v", err)
			}
		})
	}
	if _, err := Read(iotest.ErrReader(errors.New("the line is gone"))); err == nil || fault.Of(err) != nil {
		t.Errorf("a reader's own fault is said to be the picture's: %v", err)
	}
	// What a telephone makes is taken: 48 million pixels, and what an editor writes of 12.
	for name, h := range map[string]struct {
		h     head
		w, h_ int
	}{"48 million": {headJPEG(bombJPEG(good, 8000, 6000, 0xc0)), 8000, 6000}, "progressive, 12 million": {headJPEG(bombJPEG(good, 4000, 3000, 0xc2)), 4000, 3000},
		"png": {headPNG(bombPNG(4000, 3000, 8, 6, 0)), 4000, 3000}} {
		if n := h.h.costs(image.Config{Width: h.w, Height: h.h_, ColorModel: color.YCbCrModel}); n > costMost {
			t.Errorf("%s: %d bytes", name, n)
		}
	}
}

// A picture that is something else as well is a picture afterwards, and nothing else.
func TestPolyglots(t *testing.T) {
	for name, tail := range map[string]string{"zip": "PK\x03\x04PLANTED", "page": "<html><script>PLANTED</script>", "pdf": "%PDF-1.4 PLANTED", "second picture": string(asJPEG(t, quarters(64, 64))) + "PLANTED"} {
		for kind, src := range map[string][]byte{"jpeg": asJPEG(t, quarters(96, 64)), "png": asPNG(t, quarters(96, 64)), "webp": testdata(t, "lossy.webp")} {
			p, _ := read(t, append(slices.Clone(src), tail...))
			if bytes.Contains(p.Bytes, []byte("PLANTED")) {
				t.Errorf("%s behind a %s is kept", name, kind)
			}
		}
	}
	js := withSegments(asJPEG(t, quarters(96, 64)), segment(0xfe, "*/=alert(1)/*PLANTED"), segment(0xe0, "/*PLANTED"))
	if p, _ := read(t, js); bytes.Contains(p.Bytes, []byte("PLANTED")) {
		t.Error("a script in a comment is kept")
	}
}

// What we wrote stays as it is, to the byte. What says a little more, or is of other tables, is none of ours, and is written anew.
func TestOurs(t *testing.T) {
	for name, src := range map[string][]byte{"small": asPNG(t, quarters(96, 64)), "large": asPNG(t, quarters(2000, 900)), "dear": asPNG(t, noise(1300, 1000))} {
		t.Run(name, func(t *testing.T) {
			p, _ := read(t, src)
			again, ok := Ours(p.Bytes)
			if !ok || again.Width != p.Width || again.Height != p.Height {
				t.Fatalf("not known again: %v, %d by %d", ok, again.Width, again.Height)
			}
			if twice, _ := read(t, p.Bytes); twice.SHA256() != p.SHA256() {
				t.Error("read again, it is another")
			}
			other := bytes.Index(p.Bytes, []byte{0xff, 0xc4})
			for say, b := range map[string][]byte{
				"something behind": append(slices.Clone(p.Bytes), "PLANTED"...), "a comment": withSegments(p.Bytes, segment(0xfe, "PLANTED")),
				"a comment behind the pixels": slices.Concat(p.Bytes[:len(p.Bytes)-2], []byte(segment(0xfe, "PLANTED")), []byte{0xff, 0xd9}),
				"cut off":                     p.Bytes[:len(p.Bytes)-100], "half the pixels": slices.Concat(p.Bytes[:len(p.Bytes)*2/3], []byte{0xff, 0xd9}),
				"another table": slices.Concat(p.Bytes[:other-1], []byte{p.Bytes[other-1] ^ 1}, p.Bytes[other:]), "nothing": nil, "a beginning": p.Bytes[:4],
			} {
				if _, ok := Ours(b); ok {
					t.Errorf("%s is taken for ours", say)
				}
			}
		})
	}
	if _, ok := Ours(asJPEG(t, quarters(96, 64))); ok {
		t.Error("what another program wrote, with other tables, is taken for ours")
	}
}

func FuzzRead(f *testing.F) {
	small := quarters(64, 64)
	f.Add(asJPEG(f, small))
	f.Add(asPNG(f, small))
	for _, name := range []string{"lossy.webp", "lossless.webp", "progressive.jpg"} {
		f.Add(testdata(f, name))
	}
	f.Add(withSegments(asJPEG(f, small), segment(0xe1, "Exif\x00\x00"+tiff(binary.BigEndian, 6))))
	f.Add(scans(asJPEG(f, small), 3))
	if p, err := Read(bytes.NewReader(asJPEG(f, small))); err == nil {
		f.Add(p.Bytes)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Read(bytes.NewReader(src))
		if err != nil {
			if v := fault.Of(err); v == nil || v.Field != Field || len(p.Bytes) > 0 {
				t.Fatalf("answered with %v", err)
			}
			return
		}
		img, err := Decode(p.Bytes)
		if err != nil || img.Bounds().Size() != image.Pt(p.Width, p.Height) || max(p.Width, p.Height) > SideMost || len(p.Bytes) > BytesMost {
			t.Fatalf("%d by %d, %d bytes, %v", p.Width, p.Height, len(p.Bytes), err)
		}
		bare(t, p.Bytes)
	})
}

func FuzzOrientation(f *testing.F) {
	for o := range 10 {
		f.Add([]byte(tiff(binary.LittleEndian, o)))
		f.Add([]byte(tiff(binary.BigEndian, o)))
	}
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := orientation(b); o < 0 || o > 8 || o > 0 && len(b) < 22 {
			t.Fatalf("%x is turned by %d", b, o)
		}
	})
}

// ---- files

// tiff is an EXIF block with an orientation behind another entry, and where and with what it was taken.
func tiff(order binary.AppendByteOrder, orientation int) string {
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	make_ := "PLANTED-CAMERA\x00"
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 0x010f)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(b, uint32(len(make_)))
	b = order.AppendUint32(b, 8+2+24+4)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, uint16(orientation)), 0)
	b = order.AppendUint32(b, 0)
	return string(append(b, make_...))
}

func segment(kind byte, body string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0xff, kind}, uint16(2+len(body)))) + body
}

func withSegments(jpg []byte, segments ...string) []byte {
	return slices.Concat(jpg[:2], []byte(strings.Join(segments, "")), jpg[2:])
}

func chunk(kind, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, kind+body...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

func withChunks(pic []byte, chunks ...string) []byte {
	const behind = 8 + 25 // the head
	return slices.Concat(pic[:behind], []byte(strings.Join(chunks, "")), pic[behind:])
}

func riff(kind, body string) string {
	s := kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
	return s + "\x00"[:len(body)%2]
}

func withRIFF(webp []byte, chunks ...string) []byte {
	out := append(slices.Clone(webp), strings.Join(chunks, "")...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func bombPNG(w, h uint32, depth, colour, interlaced byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	rest := ""
	if colour == 3 {
		rest = chunk("PLTE", "\x00\x00\x00")
	}
	return []byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", string(append(head, depth, colour, 0, 0, interlaced))) + rest + chunk("IDAT", "x\x9c") + chunk("IEND", ""))
}

// bombJPEG is a JPEG whose frame says another size, and is of another kind.
func bombJPEG(jpg []byte, w, h uint16, kind byte) []byte {
	out := slices.Clone(jpg)
	at := bytes.Index(out, []byte{0xff, 0xc0, 0, 17})
	out[at+1] = kind
	binary.BigEndian.PutUint16(out[at+5:], h)
	binary.BigEndian.PutUint16(out[at+7:], w)
	return out
}

// hidden puts before a frame what a careless reader takes for one that is cheap: garbage between segments, and a comment that holds a frame.
func hidden(jpg []byte) []byte {
	cheap := segment(0xc0, "\x08\x00\x10\x00\x10\x01\x01\x11\x00")
	return slices.Concat(jpg[:2], []byte(segment(0xfe, cheap)), []byte("\x00garbage\xff\x00"), []byte(segment(0xe5, cheap)), []byte{0xff, 0xff}, jpg[2:])
}

// scans is a JPEG that says so often that its pixels come.
func scans(jpg []byte, n int) []byte {
	at := bytes.Index(jpg, []byte{0xff, 0xda})
	return slices.Concat(jpg[:len(jpg)-2], bytes.Repeat(jpg[at:len(jpg)-2], n), []byte{0xff, 0xd9})
}

func bombWebP(webp []byte, w, h uint32) []byte {
	out := slices.Clone(webp)
	for i, v := range []uint32{w - 1, h - 1} {
		copy(out[24+3*i:], []byte{byte(v), byte(v >> 8), byte(v >> 16)})
	}
	return out
}

// lossless16k is a picture that says to be far larger than the canvas around it.
func lossless16k(t testing.TB) []byte {
	out := testdata(t, "lossless.webp")
	at := bytes.Index(out, []byte("VP8L"))
	binary.LittleEndian.PutUint32(out[at+9:], 16383|16383<<14)
	return out
}
