// Package seizure searches what a server left behind for values that it must not have kept, as somebody would who took the machine away.
//
// Plant [Canary] values through the program under test, then [Scanner.Scan] every file it can have written, and [Scanner.ScanProcess] its memory. Each value
// is searched for as it is and in some sixty encodings: case, URL, quoted-printable, JSON, HTML, hex, octal, base32, base64 wherever it may begin, UTF-16 and
// UTF-32, backwards, and unsalted hashes. Text wrapped by mail (soft line breaks) is searched unwrapped too; gzip, zlib and zip data are unpacked wherever
// they begin, also inside a database's pages. File names count as data.
//
// What it can't see: values encrypted (that is the point), in formats that it does not unpack (zstd, brotli, PostgreSQL's own compression of long columns:
// search a dump of the tables as well), and a value that a database has broken over two of its pages.
package seizure

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Canary is a value that must not be found, and what to call it in a report.
type Canary struct {
	Name  string
	Value string   // 8 bytes at least, and nothing that occurs by itself
	Also  []string // other forms that the program makes of it, for instance the address folded for comparison
}

// Hit is where a canary was found. The same find at more places of one file is one Hit.
type Hit struct {
	Path     string // of the file; what was unpacked from it follows after "!"
	Offset   int64  // of the first place, in bytes; -1: in the name
	Canary   string // its name
	Encoding string
	Times    int
}

func (h Hit) String() string {
	if h.Offset < 0 {
		return fmt.Sprintf("%s: %s in the name, as %s", h.Path, h.Canary, h.Encoding)
	}
	return fmt.Sprintf("%s: %s at byte %d, as %s, %d times", h.Path, h.Canary, h.Offset, h.Encoding, h.Times)
}

// Report writes hits one a line, for a test's failure.
func Report(hits []Hit) string {
	var b strings.Builder
	for _, h := range hits {
		fmt.Fprintln(&b, h)
	}
	return b.String()
}

// chunk is how much is read at once. A variable, so that a test may put a border where it likes.
var chunk = 1 << 20

// deepest is how many packings inside each other are unpacked.
const deepest = 4

// Scanner searches for its canaries. It may be used by several goroutines.
type Scanner struct {
	// Unpacked is the most bytes that one packed stream may give; a longer one is an error, never passed over. New sets 256 MiB.
	Unpacked int64

	canaries []Canary
	patterns []pattern
	starts   map[uint32][]int32 // a pattern's first four bytes, little endian → patterns
	sieve    []uint64           // a bit for each hash of those
	overlap  int
}

// New prepares the search.
func New(canaries ...Canary) (*Scanner, error) {
	s := &Scanner{Unpacked: 256 << 20, canaries: canaries, starts: map[uint32][]int32{}, sieve: make([]uint64, 1<<sieveBits/64)}
	for _, c := range canaries {
		if len(c.Value) < 8 {
			return nil, fmt.Errorf("seizure: canary %s is shorter than 8 bytes: chance would find it", c.Name)
		}
	}
	s.patterns = patterns(canaries)
	longest := 0
	for i, p := range s.patterns {
		x := binary.LittleEndian.Uint32(p.bytes)
		s.starts[x] = append(s.starts[x], int32(i))
		h := sieveHash(x)
		s.sieve[h/64] |= 1 << (h % 64)
		longest = max(longest, len(p.bytes))
	}
	s.overlap = 2*longest + 64 // a wrapped text is longer than its pattern
	return s, nil
}

const sieveBits = 23 // a megabyte: a thousand canaries have a million beginnings

func sieveHash(x uint32) uint32 { return x * 2654435761 >> (32 - sieveBits) }

// match calls found for each pattern in b.
func (s *Scanner) match(b []byte, found func(at int, p *pattern)) {
	for i := 0; i+4 <= len(b); i++ {
		x := binary.LittleEndian.Uint32(b[i:])
		h := sieveHash(x)
		if s.sieve[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		for _, n := range s.starts[x] {
			p := &s.patterns[n]
			if len(b)-i >= len(p.bytes) && string(b[i:i+len(p.bytes)]) == string(p.bytes) {
				found(i, p)
			}
		}
	}
}

// Scan searches files, and folders with all that is below them: names, contents, targets of links. A file that goes away meanwhile is passed over; one that
// can't be read is an error, and the hits so far are returned with it.
func (s *Scanner) Scan(paths ...string) ([]Hit, error) {
	f := finds{}
	var errs []error
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path != root {
				return nil
			}
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			if path != root {
				s.name(path, d.Name(), f)
			}
			switch kind := d.Type(); {
			case kind&fs.ModeSymlink != 0:
				if target, err := os.Readlink(path); err == nil {
					s.name(path, target, f)
				}
			case kind.IsRegular(), kind&fs.ModeDevice != 0 && path == root:
				if err := s.file(path, f); err != nil && !errors.Is(err, fs.ErrNotExist) {
					errs = append(errs, err)
				}
			}
			return nil
		})
		errs = append(errs, err)
	}
	return f.list(), errors.Join(errs...)
}

// ScanBytes searches b, and calls it name in its hits.
func (s *Scanner) ScanBytes(name string, b []byte) ([]Hit, error) {
	f := finds{}
	err := s.data(name, memory(b), 0, f)
	return f.list(), err
}

func (s *Scanner) name(path, name string, f finds) {
	s.match([]byte(name), func(_ int, p *pattern) { f.add(path, -1, s.canaries[p.canary].Name, p.encoding) })
}

func (s *Scanner) file(path string, f finds) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd) // a device has no size to stat
	if err != nil {
		return err
	}
	return s.data(path, section{file, size}, 0, f)
}

// source is what is searched: any part of it can be read again, as unpacking does.
type source interface {
	io.ReaderAt
	Size() int64
}

type section struct {
	io.ReaderAt
	size int64
}

func (s section) Size() int64 { return s.size }

type memory []byte

func (m memory) Size() int64 { return int64(len(m)) }

func (m memory) ReadAt(b []byte, at int64) (int, error) {
	if at >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(b, m[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// data searches a source chunk by chunk; each chunk begins with the end of the one before, so that no border hides a value.
func (s *Scanner) data(name string, src source, depth int, f finds) error {
	size := src.Size()
	length := max(chunk, 4*s.overlap)
	buf := make([]byte, min(int64(length), size))
	var errs []error
	for base := int64(0); base < size; {
		n, err := src.ReadAt(buf[:min(int64(len(buf)), size-base)], base)
		if err != nil && err != io.EOF {
			return errors.Join(append(errs, fmt.Errorf("%s at byte %d: %w", name, base, err))...)
		}
		b, last := buf[:n], base+int64(n) >= size || n == 0
		mine := n - s.overlap // what begins later belongs to the next chunk
		if last {
			mine = n
		}
		s.chunk(name, b, base, mine, f)
		if depth < deepest {
			errs = append(errs, s.unpack(name, src, b, base, mine, depth, f))
		}
		if last {
			break
		}
		base += int64(mine)
	}
	return errors.Join(errs...)
}

// chunk searches one chunk as it is, and with the line breaks taken out that mail puts in.
func (s *Scanner) chunk(name string, b []byte, base int64, mine int, f finds) {
	s.match(b, func(at int, p *pattern) {
		if at < mine {
			f.add(name, base+int64(at), s.canaries[p.canary].Name, p.encoding)
		}
	})
	for _, v := range views {
		text, cuts := v.unwrap(b)
		if len(cuts) == 0 {
			continue
		}
		s.match(text, func(at int, p *pattern) {
			from, to := origin(cuts, at), origin(cuts, at+len(p.bytes)-1)
			if from < mine && to-from != len(p.bytes)-1 { // else no break was inside: found above
				f.add(name, base+int64(from), s.canaries[p.canary].Name, p.encoding+", "+v.name)
			}
		})
	}
}

// finds gathers hits.
type finds map[Hit]*Hit

func (f finds) add(path string, offset int64, canary, encoding string) {
	k := Hit{Path: path, Canary: canary, Encoding: encoding}
	if offset < 0 {
		k.Offset = -1
	}
	if h := f[k]; h != nil {
		h.Times++
		h.Offset = min(h.Offset, offset)
		return
	}
	h := k
	h.Offset, h.Times = offset, 1
	f[k] = &h
}

func (f finds) list() []Hit {
	var all []Hit
	for _, h := range f {
		all = append(all, *h)
	}
	slices.SortFunc(all, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Canary, b.Canary), cmp.Compare(a.Encoding, b.Encoding))
	})
	return all
}
