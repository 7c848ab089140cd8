package photo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"sync"

	"golang.org/x/image/webp"

	"outcry/internal/kernel/fault"
)

const (
	FileMost  = 12 << 20  // bytes of a file that is read
	BytesMost = 80 << 10  // bytes of a photograph as it is kept and shown
	SideMost  = 1200      // pixels of its longer side
	SideLeast = 64        // pixels of the shorter side below which it is no photograph of a face
	costMost  = 128 << 20 // bytes that decoding may take, as far as a file's head tells; some 80 million pixels of a telephone's JPEG
)

// Field is the form's field that a fault names.
const Field = "photo"

// Photo is a photograph as it is kept: a JPEG without anything beside its pixels. The same file gives the same bytes.
type Photo struct {
	Bytes         []byte
	Width, Height int  // pixels
	Profile       bool // the file had a colour profile. It is dropped and nothing is converted: colours beyond sRGB look paler than they were
}

// SHA256 is the hash of the bytes, hexadecimal: the name of the photograph.
func (p *Photo) SHA256() string { return Sum(p.Bytes) }

// Sum is the name of a photograph's bytes.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// one keeps two files from being unfolded at the same time: costMost is what this package takes at most, whoever asks.
var one sync.Mutex

// Read takes the photograph out of a JPEG, PNG or WebP file. Of an animated PNG it is the picture that stands still; an animated WebP is refused, as is all else, and a file
// of more than FileMost bytes or with more pixels than costMost allows, before it is decoded. Its faults name Field; any other error is the reader's.
//
// A file that [Read] wrote is given back as it is, so that a hash stays what it is when a photograph leaves by one installation and comes in by another.
func Read(r io.Reader) (Photo, error) {
	src, err := whole(r)
	if err != nil {
		return Photo{}, err
	}
	if p, ok := Ours(src); ok {
		return p, nil
	}
	img, h, err := opened(src, SideMost)
	if err != nil {
		return Photo{}, err
	}
	p, err := written(img)
	p.Profile = h.profile
	return p, err
}

// Open is Read for who draws with the picture in print: its pixels, up to side of them on its longer side, and nothing is written.
func Open(r io.Reader, side int) (image.Image, error) {
	src, err := whole(r)
	if err != nil {
		return nil, err
	}
	img, _, err := opened(src, side)
	if err != nil {
		return nil, err
	}
	return img, nil
}

// whole is a file as it comes. Who sends slowly keeps nobody waiting: nothing is held meanwhile but the bytes.
func whole(r io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, FileMost+1))
	switch {
	case err != nil:
		return nil, fault.In("photo", err)
	case len(src) == 0:
		return nil, fault.New(fault.Invalid, "fault.photo.none").At(Field)
	case len(src) > FileMost:
		return nil, fault.New(fault.TooLarge, "fault.photo.large", "Most", FileMost>>20).At(Field)
	}
	return src, nil
}

// opened is the picture in a file, turned as it is to be looked at, and no larger than that.
func opened(src []byte, side int) (*image.RGBA, head, error) {
	one.Lock()
	defer one.Unlock()
	img, h, err := decode(src)
	if err != nil {
		return nil, h, err
	}
	return turned(shrunk(img, side), h.orientation), h, nil
}

// Decode reads a photograph that [Read] wrote, for who draws with it.
func Decode(b []byte) (image.Image, error) {
	img, err := jpeg.Decode(bytes.NewReader(b))
	return img, fault.In("photo", err)
}

// decode reads the pixels as they lie in the file.
func decode(src []byte) (image.Image, head, error) {
	broken := func(err error) error { return fault.New(fault.Invalid, "fault.photo.broken").At(Field).Because(err) }
	kind := kindOf(src)
	if kind == nil {
		return nil, head{}, fault.New(fault.Invalid, "fault.photo.kind").At(Field)
	}
	c, err := kind.config(bytes.NewReader(src))
	if err != nil {
		return nil, head{}, broken(err)
	}
	h := kind.head(src)
	switch {
	case h.animated:
		return nil, h, fault.New(fault.Invalid, "fault.photo.animated").At(Field)
	case min(c.Width, c.Height) < SideLeast:
		return nil, h, fault.New(fault.Invalid, "fault.photo.small", "Least", SideLeast).At(Field)
	case h.costs(c) > costMost, h.scans > scansMost:
		return nil, h, fault.New(fault.TooLarge, "fault.photo.pixels").At(Field)
	}
	img, err := kind.decode(bytes.NewReader(src))
	if err != nil {
		return nil, h, broken(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(c.Width, c.Height) {
		return nil, h, fault.New(fault.Invalid, "fault.photo.broken").At(Field)
	}
	return img, h, nil
}

// costs is how many bytes decoding takes, as far as the head tells.
func (h *head) costs(c image.Config) int64 {
	bits := int64(h.cost)
	if c.ColorModel == color.RGBAModel { // a JPEG without luminance is made again
		bits += 32
	}
	pixels := int64(c.Width) * int64(c.Height)
	if pixels > costMost { // and the product might be more than a number holds
		return pixels
	}
	return pixels * bits / 8
}

// format is a kind of file that is read, known by how it begins and by nothing else: neither its name nor what a browser calls it.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	head   func([]byte) head
}

func kindOf(src []byte) *format {
	switch {
	case bytes.HasPrefix(src, []byte("\xff\xd8\xff")):
		return &format{jpeg.DecodeConfig, jpeg.Decode, headJPEG}
	case bytes.HasPrefix(src, []byte("\x89PNG\r\n\x1a\n")):
		return &format{png.DecodeConfig, png.Decode, headPNG}
	case len(src) >= 16 && bytes.HasPrefix(src, []byte("RIFF")) && bytes.HasPrefix(src[8:], []byte("WEBPVP8")):
		return &format{webp.DecodeConfig, decodeWebP, headWebP}
	}
	return nil
}

// decodeWebP gives the colours of a lossy WebP as they are meant. Its luminance goes from 16 to 235 and its chrominance from 16 to 240 (RFC 9649, section 2.5: BT.601), and
// package webp hands that out as if they went from 0 to 255, as in a JPEG: a face would be gray.
func decodeWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	switch m := img.(type) {
	case *image.YCbCr:
		widen(m)
	case *image.NYCbCrA:
		widen(&m.YCbCr)
	}
	return img, nil
}

// widen brings a picture's values from the range of a broadcast to that of a JPEG.
func widen(m *image.YCbCr) {
	var y, c [256]byte
	for i := range 256 {
		y[i] = uint8(min(max((2*255*(i-16)+219)/(2*219), 0), 255))
		c[i] = uint8(min(max((2*255*(i-128)+2*128*224+224)/(2*224), 0), 255))
	}
	for i, v := range m.Y {
		m.Y[i] = y[v]
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = c[m.Cb[i]], c[m.Cr[i]]
	}
}
