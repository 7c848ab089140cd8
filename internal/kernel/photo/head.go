package photo

import (
	"bytes"
	"encoding/binary"
)

// head is what a file says of itself before its pixels are read. It is a stranger's word: it bounds what is done, and nothing of it is kept.
type head struct {
	cost        int // bits that a pixel takes while it is decoded, at most
	scans       int // of a JPEG: how often its decoder goes over all pixels, which a few bytes can ask for
	orientation int // 1 to 8, as in EXIF; 0: not told
	animated    bool
	profile     bool
}

const (
	scansMost = 100 // a careful progressive JPEG has a dozen

	// Bits a pixel, where a file does not tell them in time.
	worstJPEG = 4 * (8 + 32 + 8)
	worstPNG  = 2 * 64
	worstWebP = 12 * 8
)

// headJPEG walks the segments as image/jpeg does, garbage between them included, so that both see the same.
func headJPEG(src []byte) (h head) {
	h.cost = worstJPEG // unless a frame says less
	framed := false
	for at := 2; ; {
		next := marker(src, at)
		if next < 0 {
			return h
		}
		kind := src[next-1]
		at = next
		switch {
		case kind == 0xd9:
			return h
		case kind >= 0xd0 && kind <= 0xd7: // alone
			continue
		case at+2 > len(src):
			return h
		}
		n := int(binary.BigEndian.Uint16(src[at:]))
		if n < 2 || at+n > len(src) {
			return h
		}
		body := src[at+2 : at+n]
		at += n
		switch {
		case kind == 0xc0 || kind == 0xc1 || kind == 0xc2:
			if !framed {
				h.cost = costJPEG(body, kind == 0xc2)
			}
			framed = true
		case kind == 0xda:
			h.scans++
		case kind == 0xe1 && h.orientation == 0:
			if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok {
				h.orientation = orientation(tiff)
			}
		case kind == 0xe2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")):
			h.profile = true
		}
	}
}

// marker finds the next marker at a place or behind it and tells where its code ends; -1: there is none.
func marker(src []byte, at int) int {
	for {
		i := bytes.IndexByte(src[min(at, len(src)):], 0xff)
		if i < 0 {
			return -1
		}
		at += i + 1
		for at < len(src) && src[at] == 0xff {
			at++
		}
		switch {
		case at >= len(src):
			return -1
		case src[at] != 0:
			return at + 1
		}
	}
}

// costJPEG is what a frame's pixel takes: a byte for each sample, and four more for its coefficient where all are kept until the last scan. With a key plate the whole is
// made again.
func costJPEG(frame []byte, progressive bool) int {
	if len(frame) < 6 || len(frame) != 6+3*int(frame[5]) {
		return worstJPEG
	}
	samples, most := 0, 1
	for i := 6; i < len(frame); i += 3 {
		area := int(frame[i+1]>>4) * int(frame[i+1]&15)
		samples += area
		most = max(most, area)
	}
	bits := 8 // of one component, however it says to be sampled
	switch frame[5] {
	case 1:
	case 3:
		bits = (samples*8 + most - 1) / most
	default:
		return worstJPEG
	}
	if progressive {
		bits *= 5
	}
	return bits
}

func headPNG(src []byte) (h head) {
	h.cost = worstPNG
	for at := 8; at+12 <= len(src); {
		n := int64(binary.BigEndian.Uint32(src[at:]))
		if n > int64(len(src)-at-12) {
			return h
		}
		kind, body := string(src[at+4:at+8]), src[at+8:at+8+int(n)]
		at += 12 + int(n)
		switch kind {
		case "IHDR":
			if len(body) == 13 {
				h.cost = costPNG(body[8], body[9], body[12])
			}
		case "eXIf":
			if h.orientation == 0 {
				h.orientation = orientation(body)
			}
		case "iCCP":
			h.profile = true
		case "IEND":
			return h
		}
	}
	return h
}

// costPNG is what a pixel takes as image/png keeps it; twice that where it comes in passes, each a picture of its own.
func costPNG(depth, colour, interlaced byte) int {
	bits := 32
	switch {
	case depth == 16:
		bits = 64
	case colour == 3: // a palette
		bits = 8
	}
	if interlaced != 0 {
		bits *= 2
	}
	return bits
}

// headWebP goes over the chunks. A lossy picture alone takes two bytes a pixel; a lossless one, and the transparency of either, the room of its transforms.
func headWebP(src []byte) (h head) {
	defer func() {
		if h.cost == 0 {
			h.cost = worstWebP
		}
	}()
	for at := 12; at+8 <= len(src); {
		n := int64(binary.LittleEndian.Uint32(src[at+4:]))
		if n > int64(len(src)-at-8) {
			return h
		}
		kind, body := string(src[at:at+4]), src[at+8:at+8+int(n)]
		at += 8 + int(n) + int(n&1)
		switch kind {
		case "VP8 ":
			h.cost = max(h.cost, 16)
		case "VP8L", "ALPH":
			h.cost = worstWebP
		case "VP8X":
			h.animated = h.animated || len(body) > 0 && body[0]&2 != 0
		case "ANIM", "ANMF":
			h.animated = true
		case "ICCP":
			h.profile = true
		case "EXIF":
			if h.orientation == 0 {
				h.orientation = orientation(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
			}
		}
	}
	return h
}

// orientation is how a picture lies, by the first directory of an EXIF block (TIFF 6.0; CIPA DC-008, tag 0x0112): 1 to 8, or 0 where it is not told or can't be read.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		const short = 3
		if order.Uint16(entries) == 0x0112 {
			if v := order.Uint16(entries[8:]); order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 && v >= 1 && v <= 8 {
				return int(v)
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}
