package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
	"outcry/internal/kernel/durable"
)

// sourcesName is the folder of the committee's own copies of sources, in the data folder, each named by its SHA-256. They are never served to anyone: a page says
// that a copy is kept, and its hash.
const sourcesName = "sources"

// copyMost is the size in bytes beyond which no copy is kept.
const copyMost = 1 << 30

// CopyState is how it stands with the copy of a source.
type CopyState string

const (
	CopyKept    CopyState = "kept"
	CopyNone    CopyState = "none"    // the file names no copy
	CopyMissing CopyState = "missing" // the file names one, and it is not here
	CopyChanged CopyState = "changed" // what is here is not what its name says
)

// SourceCopy is a source and its copy.
type SourceCopy struct {
	Case   string            `json:"case"`
	Source casefile.SourceID `json:"source"`
	SHA256 string            `json:"sha256,omitempty"`
	Bytes  int64             `json:"bytes,omitempty"`
	State  CopyState         `json:"state"`
}

// KeptCopy is what came of keeping one.
type KeptCopy struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Named  bool   `json:"named"` // the case's file says this hash already
}

// KeepSource stores a copy of a source of a case, synced to the disk and readable by this account alone, and tells its hash. Where the case's file names another
// hash it is refused (ErrInWay): either the copy is of another day, or the file is wrong. Nothing is fetched from anywhere.
func (a *App) KeepSource(ctx context.Context, caseSlug string, id casefile.SourceID, file string) (k KeptCopy, err error) {
	f, err := a.Cases.File(ctx, caseSlug)
	if err != nil {
		return k, err
	}
	s := f.Source(id)
	if s == nil {
		var have []string
		for _, s := range f.Sources {
			have = append(have, string(s.ID))
		}
		return k, refuse(ErrAbsent, "%s has no source %q; it has %s", caseSlug, id, strings.Join(have, ", "))
	}
	if k.SHA256, k.Bytes, err = hashFile(file); err != nil {
		return k, err
	}
	k.Named = s.SHA256 == k.SHA256
	switch {
	case s.SHA256 != "" && !k.Named:
		return k, refuse(ErrInWay, "%s is not the copy that the case names: its SHA-256 is %s, and source %s has %s", file, k.SHA256, id, s.SHA256)
	case k.Bytes > copyMost:
		return k, refuse(ErrInWay, "%s is larger than 1 GiB; keep it elsewhere and write its hash into the file: %s", file, k.SHA256)
	case k.Bytes == 0:
		return k, refuse(ErrInWay, "%s is empty", file)
	}
	in, err := os.Open(file)
	if err != nil {
		return k, err
	}
	defer in.Close()
	_, err = a.keepCopy(in, k.SHA256)
	return k, err
}

// keepCopy stores what is read under the hash that it must have; was tells that it was here already.
func (a *App) keepCopy(in io.Reader, want string) (was bool, err error) {
	dir := filepath.Join(a.Data, sourcesName)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return false, err
	}
	path := filepath.Join(dir, want)
	if have, _, err := hashFile(path); err == nil && have == want {
		_, err := io.Copy(io.Discard, in)
		return true, err
	}
	part, err := os.CreateTemp(dir, ".new-*") // readable by us alone
	if err != nil {
		return false, err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(part, hash), in)
	if err == nil {
		err = part.Sync()
	}
	err = errors.Join(err, part.Close())
	if have := hex.EncodeToString(hash.Sum(nil)); err == nil && have != want {
		err = fmt.Errorf("what was read is %s, not %s: it changed while it was read", have, want)
	}
	if err == nil {
		err = durable.Move(part.Name(), path)
	}
	if err != nil {
		return false, errors.Join(err, removed(part.Name()))
	}
	return false, durable.Sync(a.Data)
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// hashFile reads a whole file and tells its SHA-256 and size.
func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	hash := sha256.New()
	size, err = io.Copy(hash, f)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}

// Sources lists the sources of a case, or of all cases for an empty slug, with what is known of their copies. whole reads every copy; without, a copy counts as kept
// when it is there.
func (a *App) Sources(ctx context.Context, caseSlug string, whole bool) (list []SourceCopy, err error) {
	all, err := a.Cases.All(ctx)
	if err != nil {
		return nil, err
	}
	if caseSlug != "" {
		if _, err := a.Cases.File(ctx, caseSlug); err != nil {
			return nil, err
		}
	}
	for _, f := range all {
		if caseSlug != "" && f.Case.Slug != caseSlug {
			continue
		}
		for _, s := range f.Sources {
			x, err := a.copyOf(s.SHA256, whole)
			if err != nil {
				return nil, err
			}
			x.Case, x.Source = f.Case.Slug, s.ID
			list = append(list, x)
		}
	}
	return list, nil
}

func (a *App) copyOf(want string, whole bool) (x SourceCopy, err error) {
	x.SHA256, x.State = want, CopyNone
	if want == "" {
		return x, nil
	}
	path := filepath.Join(a.Data, sourcesName, want)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		x.State = CopyMissing
		return x, nil
	case err != nil:
		return x, err
	}
	x.Bytes, x.State = info.Size(), CopyKept
	if !whole {
		return x, nil
	}
	have, _, err := hashFile(path)
	if have != want {
		x.State = CopyChanged
	}
	return x, err
}

// copies are the copies that some case names, as an archive has them. One that was changed on the disk is an error: an archive says what it holds.
func (a *App) copies(ctx context.Context) (list []archive.Member, err error) {
	all, err := a.Sources(ctx, "", false)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		name := archive.Sources + x.SHA256
		if x.State != CopyKept || slices.ContainsFunc(list, func(m archive.Member) bool { return m.Name == name }) {
			continue
		}
		path := filepath.Join(a.Data, sourcesName, x.SHA256)
		list = append(list, archive.Member{Name: name, Bytes: x.Bytes, SHA256: x.SHA256, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return list, nil
}
