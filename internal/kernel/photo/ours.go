package photo

import (
	"bytes"
	"image"
	"image/jpeg"
)

// Ours tells whether bytes are a photograph as [Read] writes them, to the last table: what comes from another installation is held against this before it is kept.
func Ours(b []byte) (Photo, bool) {
	start := bytes.Index(b[:min(len(b), 1024)], []byte{0xff, 0xda})
	if len(b) > BytesMost || start < 0 || !bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff, 0xdb}) {
		return Photo{}, false
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil || max(c.Width, c.Height) > SideMost || c.Width < 1 || c.Height < 1 {
		return Photo{}, false
	}
	for _, q := range qualities {
		head := tables(c.Width, c.Height, q)
		pixels, ok := bytes.CutPrefix(b, head)
		if !ok || marker(pixels, 0) != len(pixels) || !bytes.HasSuffix(pixels, []byte{0xff, 0xd9}) {
			continue
		}
		if _, err := Decode(b); err != nil {
			return Photo{}, false
		}
		return Photo{Bytes: b, Width: c.Width, Height: c.Height}, true
	}
	return Photo{}, false
}

// tables is all that stands before the pixels of a photograph of ours of that size and quality: it is the same whatever they show.
func tables(w, h, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h)), &jpeg.Options{Quality: quality}); err != nil {
		panic(err) // the sizes are within what a JPEG can say, and a buffer takes all
	}
	const after = 2 + 12 // the length of a scan's own head
	at := bytes.Index(b.Bytes(), []byte{0xff, 0xda, 0, 12})
	return b.Bytes()[:at+after]
}
