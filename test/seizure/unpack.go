package seizure

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// view is a way to read text without the line breaks that an encoder put in.
type view struct {
	name string
	mark byte // each break holds it once
	// span is the break round the mark at b[i]; from == to if it is none.
	span func(b []byte, i int) (from, to int)
}

var views = []view{
	{"soft line breaks taken out", '\n', func(b []byte, i int) (int, int) { // RFC 2045, 6.7
		from := i - len(suffix(b[:i], "\r"))
		if soft := len(suffix(b[:from], "=")); soft > 0 {
			return from - soft, i + 1
		}
		return i, i
	}},
	{"line breaks taken out", '\n', func(b []byte, i int) (int, int) { // base64 of a mail; a folded header
		to := i + 1
		if to < len(b) && (b[to] == ' ' || b[to] == '\t') {
			to++
		}
		return i - len(suffix(b[:i], "\r")), to
	}},
	{"written-out line breaks taken out", '\\', func(b []byte, i int) (int, int) { // the same inside JSON, or a log that quotes
		if !bytes.HasPrefix(b[i:], []byte(`\n`)) {
			return i, i
		}
		from := i - len(suffix(b[:i], `\r`))
		return from - len(suffix(b[:from], "=")), i + 2
	}},
}

// suffix is end if b ends with it, else empty.
func suffix(b []byte, end string) string {
	if bytes.HasSuffix(b, []byte(end)) {
		return end
	}
	return ""
}

// cut remembers that, before place at of an unwrapped text, so many bytes of the original are gone.
type cut struct{ at, gone int }

// unwrap takes the breaks out. No cut: there was none, and no text is returned.
func (v view) unwrap(b []byte) (text []byte, cuts []cut) {
	kept := 0
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], v.mark)
		if n < 0 {
			break
		}
		from, to := v.span(b, i+n)
		i += n + 1
		if from == to || from < kept {
			continue
		}
		text = append(text, b[kept:from]...)
		kept, i = to, max(i, to)
		cuts = append(cuts, cut{len(text), kept - len(text)})
	}
	if len(cuts) == 0 {
		return nil, nil
	}
	return append(text, b[kept:]...), cuts
}

// origin is where the byte at a place of the unwrapped text stood before.
func origin(cuts []cut, at int) int {
	n, exact := slices.BinarySearchFunc(cuts, at, func(c cut, at int) int { return c.at - at })
	if !exact {
		n--
	}
	for n+1 < len(cuts) && cuts[n+1].at == at { // two breaks in a row
		n++
	}
	if n < 0 {
		return at
	}
	return at + cuts[n].gone
}

// packings are what is unpacked wherever it begins: by their first bytes.
var packings = []struct {
	name  string
	magic string
	fits  func(head []byte) bool
	open  func(r io.Reader) (io.Reader, error)
}{
	{"gzip", "\x1f\x8b\x08", always[[]byte], func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"zip", "PK\x03\x04", always[[]byte], openZip},
	{"zlib", "\x78", func(head []byte) bool {
		return len(head) > 1 && binary.BigEndian.Uint16(head)%31 == 0 && head[1]&0x20 == 0
	}, openZlib},
}

// openZlib skips the two bytes of RFC 1950; the checksum at the end is nothing to us.
func openZlib(r io.Reader) (io.Reader, error) {
	if _, err := io.CopyN(io.Discard, r, 2); err != nil {
		return nil, err
	}
	return flate.NewReader(r), nil
}

// openZip reads a local file header (APPNOTE 4.3.7): so entries are found without the archive's directory, which may be lost.
func openZip(r io.Reader) (io.Reader, error) {
	var head [30]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	const deflated = 8
	if binary.LittleEndian.Uint16(head[8:]) != deflated {
		return nil, errors.New("stored: its bytes are searched as they are")
	}
	names := int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	if _, err := io.CopyN(io.Discard, r, names); err != nil {
		return nil, err
	}
	return flate.NewReader(r), nil
}

// unpack finds packed data that begins in the first mine bytes of b, and searches it. What is damaged is searched as far as it goes.
func (s *Scanner) unpack(name string, src source, b []byte, base int64, mine, depth int, f finds) error {
	var errs []error
	for _, p := range packings {
		for i := 0; i < mine; i++ {
			n := bytes.Index(b[i:], []byte(p.magic))
			if i += n; n < 0 || i >= mine {
				break
			}
			if !p.fits(b[i:]) {
				continue
			}
			at := base + int64(i)
			r, err := p.open(io.NewSectionReader(src, at, src.Size()-at))
			if err != nil {
				continue
			}
			out, _ := io.ReadAll(io.LimitReader(r, s.Unpacked+1))
			inner := fmt.Sprintf("%s!%s@%d", name, p.name, at)
			if int64(len(out)) > s.Unpacked {
				errs = append(errs, fmt.Errorf("%s is longer than %d bytes and was not searched to its end", inner, s.Unpacked))
			}
			if len(out) >= least {
				errs = append(errs, s.data(inner, memory(out), depth+1, f))
			}
		}
	}
	return errors.Join(errs...)
}
