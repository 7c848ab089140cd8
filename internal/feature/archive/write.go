package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// listed are all members in the order of their names.
func listed(parts map[string][]byte, files []Member) (list []Member) {
	for name, data := range parts {
		list = append(list, Member{Name: name, Bytes: int64(len(data)), SHA256: sum(data), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	list = append(list, files...)
	slices.SortStableFunc(list, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Write writes an archive: the same content is the same bytes. A file that is not what it is said to be, in size or hash, ends it with an error.
func Write(out io.Writer, c Content) (Manifest, error) {
	m := Manifest{Format: Format, Day: c.Day}
	parts, err := c.small()
	if err != nil {
		return m, err
	}
	for _, f := range c.Files {
		if !known(f.Name) || !strings.HasPrefix(f.Name, Sources) && !strings.HasPrefix(f.Name, Photos) && !strings.HasPrefix(f.Name, Earlier) {
			return m, fmt.Errorf("archive: a file can't be called %s", f.Name)
		}
	}
	m.Members = listed(parts, c.Files)
	w := tar.NewWriter(out)
	about := encode(m)
	if err := put(w, Member{Name: manifestName, Bytes: int64(len(about)), SHA256: sum(about), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(about)), nil }}); err != nil {
		return m, err
	}
	for _, x := range m.Members {
		if err := put(w, x); err != nil {
			return m, err
		}
	}
	return m, w.Close()
}

func put(w *tar.Writer, x Member) error {
	if err := w.WriteHeader(header(x)); err != nil {
		return err
	}
	in, err := x.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, hash), io.LimitReader(in, x.Bytes))
	switch {
	case err != nil:
		return err
	case n != x.Bytes || hex.EncodeToString(hash.Sum(nil)) != x.SHA256:
		return fmt.Errorf("%s is not what its name says: it was changed or cut after it was kept", x.Name)
	}
	return nil
}

// header is what tar says of a member: its name and size, and nothing of this machine or of when.
func header(x Member) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: x.Name, Size: x.Bytes, Mode: 0o644, Format: tar.FormatUSTAR}
}

// Names lists the members of parts in their order.
func Names(parts map[string][]byte) []string { return slices.Sorted(maps.Keys(parts)) }
