package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/photo"
)

// What is read into memory: far above any installation, far below what could hurt.
const (
	partMost    = 4 << 20   // bytes of one member that is no copy of a source
	partsMost   = 512 << 20 // of all of them
	membersMost = 200_000
)

// damaged is an error with ErrDamaged.
type damaged struct{ say string }

func (d damaged) Error() string        { return d.say }
func (d damaged) Is(target error) bool { return target == ErrDamaged }

func wrong(format string, args ...any) error { return damaged{fmt.Sprintf(format, args...)} }

// Broken are what is wrong in the cases of an archive: it is whole, and was not written by these rules.
type Broken struct {
	Name string // of the member
	casefile.Problems
}

func (b Broken) Error() string {
	return b.Name + ": " + strings.ReplaceAll(b.Problems.Error(), "\n", "\n"+b.Name+": ")
}
func (b Broken) Unwrap() error { return b.Problems }

// Read reads and verifies a whole archive before it says anything of it: every member's size and hash, that nothing else is there, and every case's form and rules.
// Files are verified and not kept: [Each] reads them again. The error is ErrDamaged for what is no archive, or [Broken].
func Read(in io.Reader) (Content, Manifest, error) {
	parts, photos := map[string][]byte{}, map[string]image.Point{}
	m, err := walk(in, func(x Member, r io.Reader) error {
		if strings.HasPrefix(x.Name, Sources) {
			return nil
		}
		data, err := io.ReadAll(r)
		if strings.HasPrefix(x.Name, Photos) && err == nil {
			p, ok := photo.Ours(data)
			if !ok {
				return wrong("%s is no photograph as this program writes them", x.Name)
			}
			photos[x.Name] = image.Pt(p.Width, p.Height)
			return nil
		}
		parts[x.Name] = data
		return err
	})
	if err != nil {
		return Content{}, m, err
	}
	c, err := assemble(m, parts)
	if err == nil {
		err = c.pictured(photos)
	}
	return c, m, err
}

// pictured holds that each case has its photograph, in the size that it says, and that there is none which nobody names.
func (c *Content) pictured(photos map[string]image.Point) error {
	for _, k := range c.Cases {
		p := k.File.Person.Photo
		if p == nil {
			continue
		}
		switch size, here := photos[PhotoName(p.SHA256)]; {
		case !here:
			return wrong("the photograph of %s is not in it", k.File.Case.Slug)
		case size != image.Pt(p.Width, p.Height):
			return wrong("the photograph of %s has another size than the case says", k.File.Case.Slug)
		}
	}
	for name := range photos {
		if !slices.ContainsFunc(c.Cases, func(k Case) bool { return k.File.Person.Photo != nil && PhotoName(k.File.Person.Photo.SHA256) == name }) {
			return wrong("%s is in it, and no case names it", name)
		}
	}
	return nil
}

// Each reads an archive again and hands every member that is wanted to fn, verified as far as it was read to its end.
func Each(in io.Reader, wanted func(name string) bool, fn func(x Member, r io.Reader) error) error {
	_, err := walk(in, func(x Member, r io.Reader) error {
		if !wanted(x.Name) {
			return nil
		}
		return fn(x, r)
	})
	return err
}

// walk hands every member to fn, in order, and holds what fn read against the manifest.
//
// What no manifest can cover, such as tar's own padding, is held against what [Write] writes: not one byte may differ.
func walk(in io.Reader, fn func(x Member, r io.Reader) error) (m Manifest, err error) {
	read, written := sha256.New(), sha256.New()
	in = io.TeeReader(in, read)
	r, w := tar.NewReader(in), tar.NewWriter(written)
	about, err := first(r)
	if err != nil {
		return m, err
	}
	err = w.WriteHeader(header(Member{Name: manifestName, Bytes: int64(len(about))}))
	if _, e := w.Write(about); err != nil || e != nil {
		return m, errors.Join(err, e)
	}
	dec := json.NewDecoder(bytes.NewReader(about))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, wrong("its manifest can't be read")
	}
	if m.Format != Format {
		return m, wrong("it is of another form (%.40q) than this program reads (%s): use the newer outcry", m.Format, Format)
	}
	if !bytes.Equal(encode(m), about) || !m.Day.Whole() {
		return m, wrong("its manifest is not as it was written")
	}
	if len(m.Members) > membersMost {
		return m, wrong("it has more than %d members", membersMost)
	}
	total := int64(0)
	for i, x := range m.Members {
		total += x.Bytes
		switch {
		case !known(x.Name) || x.Bytes < 0:
			return m, wrong("its manifest names %.80q, which has no place in an archive", x.Name)
		case i > 0 && m.Members[i-1].Name >= x.Name:
			return m, wrong("its manifest is not in order at %s", x.Name)
		case strings.HasPrefix(x.Name, Sources) && x.Name != Sources+x.SHA256:
			return m, wrong("%s is called otherwise than its hash", x.Name)
		case strings.HasPrefix(x.Name, Photos) && x.Name != PhotoName(x.SHA256):
			return m, wrong("%s is called otherwise than its hash", x.Name)
		case strings.HasPrefix(x.Name, Sources):
			total -= x.Bytes
		case x.Bytes > partMost || total > partsMost:
			return m, wrong("%s is larger than any such member is", x.Name)
		}
	}
	for _, x := range m.Members {
		h, err := r.Next()
		if err != nil {
			return m, broken(err, "it ends before "+x.Name)
		}
		if want := header(x); h.Name != want.Name || h.Size != want.Size || h.Typeflag != want.Typeflag {
			return m, wrong("where the manifest has %s, there is %.80q", x.Name, h.Name)
		}
		if err := w.WriteHeader(header(x)); err != nil {
			return m, err
		}
		hash := sha256.New()
		whole := io.TeeReader(r, io.MultiWriter(hash, w))
		if err := fn(x, whole); err != nil {
			return m, broken(err, "it ends inside "+x.Name)
		}
		if _, err := io.Copy(io.Discard, whole); err != nil {
			return m, broken(err, "it ends inside "+x.Name)
		}
		if hex.EncodeToString(hash.Sum(nil)) != x.SHA256 {
			return m, wrong("%s is damaged: it is not what the manifest has", x.Name)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return m, wrong("there is more in it than the manifest names")
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return m, err
	}
	if err := w.Close(); err != nil {
		return m, err
	}
	if !bytes.Equal(read.Sum(nil), written.Sum(nil)) {
		return m, wrong("it was changed, or packed anew, after it was written")
	}
	return m, nil
}

// broken tells a file that ends or makes no sense from a disk that fails.
func broken(err error, say string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
		return wrong("%s", say)
	}
	return err
}

func first(r *tar.Reader) ([]byte, error) {
	h, err := r.Next()
	if err != nil {
		return nil, broken(err, "this is no archive")
	}
	if h.Name != manifestName || h.Size > 64<<20 {
		return nil, wrong("this is a tar file, but no archive of outcry: %s is not the first in it", manifestName)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, broken(err, "it ends inside its manifest")
	}
	return b, nil
}

// assemble makes cases and letters of the members. Whatever would be written otherwise than it was read is refused, so that what goes in comes out the same.
func assemble(m Manifest, parts map[string][]byte) (c Content, err error) {
	c.Day = m.Day
	for _, x := range m.Members {
		switch folder, rest, _ := strings.Cut(x.Name, "/"); folder {
		case "cases":
			f := &casefile.File{}
			if err := casefile.ReadDocument(parts[x.Name], f); err != nil {
				var p casefile.Problems
				if errors.As(err, &p) {
					return c, Broken{x.Name, p}
				}
				return c, err
			}
			switch {
			case f.Case.Slug+".json" != rest:
				return c, wrong("%s holds the case %s", x.Name, f.Case.Slug)
			case f.DropSealed() > 0:
				return c, wrong("%s holds something that is sealed, which is in no archive", x.Name)
			case f.Campaign.NewsRecipient != "":
				return c, wrong("%s holds a key for news, which is in no archive", x.Name)
			case !bytes.Equal(casefile.Document(f), parts[x.Name]):
				return c, wrong("%s is not in the canonical form", x.Name)
			}
			c.Cases = append(c.Cases, Case{File: f})
		case "letters":
			if err := c.letter(rest, parts[x.Name]); err != nil {
				return c, err
			}
		case "sources", "photos", "earlier":
			c.Files = append(c.Files, x)
		case logName:
			c.Log = &Log{}
			if err := exactly(x.Name, parts[x.Name], c.Log); err != nil {
				return c, err
			}
		}
	}
	return c, c.settle(parts)
}

// settle gives the cases their stops, and holds that every letter is of one of them.
func (c *Content) settle(parts map[string][]byte) error {
	for _, name := range Names(parts) {
		rest, ok := strings.CutPrefix(name, "stops/")
		if !ok {
			continue
		}
		i := slices.IndexFunc(c.Cases, func(k Case) bool { return k.File.Case.Slug+".json" == rest })
		if i < 0 {
			return wrong("%s is of a case that is not here", name)
		}
		var list []stop
		if err := exactly(name, parts[name], &list); err != nil {
			return err
		}
		for _, s := range list {
			c.Cases[i].Stops = append(c.Cases[i].Stops, casefile.Stop(s))
		}
	}
	for _, l := range c.Letters {
		if l.Doc == nil || !slices.ContainsFunc(c.Cases, func(k Case) bool { return k.File.Case.Slug == l.Case }) {
			return wrong("the letter %s/%s is not whole, or of a case that is not here", l.Case, l.Slug)
		}
		if l.Count != nil && c.Log == nil {
			return wrong("the letter %s/%s was counted, and there is no log", l.Case, l.Slug)
		}
	}
	return nil
}

// exactly reads JSON that this program would write as the same bytes.
func exactly(name string, data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil || !bytes.Equal(encode(into), data) {
		return wrong("%s is not as it was written", name)
	}
	return nil
}

// letter takes in one member of a letter, named as in CASE/LETTER.count.json.
func (c *Content) letter(name string, data []byte) error {
	caseSlug, file, _ := strings.Cut(name, "/")
	slug, part, _ := strings.Cut(file, ".")
	i := slices.IndexFunc(c.Letters, func(l Letter) bool { return l.Case == caseSlug && l.Slug == slug })
	if i < 0 {
		i = len(c.Letters)
		c.Letters = append(c.Letters, Letter{Case: caseSlug, Slug: slug})
	}
	l := &c.Letters[i]
	switch part {
	case "json":
		l.Doc = data
	case "certificate":
		l.Certificate = data
	case "count.json":
		l.Count = &Count{}
		return exactly("letters/"+name, data, l.Count)
	default:
		version, err := strconv.ParseUint(strings.TrimSuffix(part, ".txt"), 10, 16)
		if err != nil {
			return wrong("letters/%s has no version", name)
		}
		if l.Texts == nil {
			l.Texts = map[uint16][]byte{}
		}
		l.Texts[uint16(version)] = data
	}
	return nil
}
