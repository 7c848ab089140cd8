package app

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/photo"
)

// KeptPhoto is what came of keeping a photograph: what a campaign file says of it.
type KeptPhoto struct {
	SHA256  string `json:"sha256"`
	Width   int    `json:"width"` // pixels
	Height  int    `json:"height"`
	Bytes   int    `json:"bytes"`
	Profile bool   `json:"profile_dropped,omitempty"` // the file had a colour profile: see photo.Photo
}

// KeepPhoto takes the photograph out of a file and stores its pixels alone; see package photo. A fault says what is wrong with the file.
func (a *App) KeepPhoto(ctx context.Context, file string) (k KeptPhoto, err error) {
	f, err := os.Open(file)
	if err != nil {
		return k, err
	}
	defer f.Close()
	p, err := photo.Read(f)
	if err != nil {
		return k, err
	}
	k = KeptPhoto{p.SHA256(), p.Width, p.Height, len(p.Bytes), p.Profile}
	return k, a.DB.Update(ctx, func(tx *db.Tx) error { return a.Cases.KeepPhoto(tx, p) })
}

// draftedPhoto is a photograph that a draft names: its own, sealed, or one that is public, or was kept for a file. One that is damaged, and nowhere else, is a fault of kind Gone.
func (a *App) draftedPhoto(ctx context.Context, slug, sum string) ([]byte, error) {
	b, hidden := a.Drafts.Photo(ctx, slug, sum)
	if !fault.Is(hidden, fault.NotFound) && !fault.Is(hidden, fault.Gone) {
		return b, hidden
	}
	b, err := a.Cases.Photo(ctx, sum)
	if fault.Is(err, fault.NotFound) {
		err = hidden
	}
	return b, err
}

// reveal brings, in the caller's transaction, the photograph that a case is about to show out of its draft: sealed until then, it is in plain as the case is. One that the
// draft does not have has to be there already.
func (a *App) reveal(tx *db.Tx, f *casefile.File) error {
	p, err := a.sealed(tx, f)
	if err != nil || p == nil {
		return err
	}
	return a.Cases.KeepPhoto(tx, *p)
}

// sealed is the photograph that a file names as its case's draft keeps it; nil: it does not, or it is damaged.
func (a *App) sealed(tx *db.Tx, f *casefile.File) (*photo.Photo, error) {
	named := f.Person.Photo
	if named == nil {
		return nil, nil
	}
	b, found, err := a.Drafts.PhotoIn(tx, f.Case.Slug, named.SHA256)
	if fault.Is(err, fault.Gone) {
		return nil, nil
	}
	if err != nil || !found {
		return nil, err
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	return &photo.Photo{Bytes: b, Width: c.Width, Height: c.Height}, err
}

// DropPhoto ends a photograph at once, wherever it is kept. One that a case names is refused (Conflict), and NotFound one that is not here; seal.ErrLocked while the server is locked.
// Only who may run commands on the server calls it.
func (a *App) DropPhoto(ctx context.Context, sum string) error {
	found, hidden := false, false
	err := a.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if found, err = a.Cases.DropPhoto(tx, sum); err != nil {
			return err
		}
		hidden, err = a.Drafts.DropPhoto(tx, sum)
		return err
	})
	if err == nil && !found && !hidden {
		err = fault.New(fault.NotFound, "fault.photo.absent")
	}
	return err
}

// takePhoto stores a photograph that another installation wrote; the archive in which it came was read before and holds only such.
func (a *App) takePhoto(ctx context.Context, b []byte) error {
	p, ok := photo.Ours(b)
	if !ok {
		return fmt.Errorf("%w: a photograph in it is none as this program writes them", ErrArchive)
	}
	return a.DB.Update(ctx, func(tx *db.Tx) error { return a.Cases.KeepPhoto(tx, p) })
}

// photos are the photographs that cases name, as an archive has them.
func (a *App) photos(ctx context.Context, cases []archive.Case) (list []archive.Member, err error) {
	for _, k := range cases {
		p := k.File.Person.Photo
		if p == nil || slices.ContainsFunc(list, func(m archive.Member) bool { return m.SHA256 == p.SHA256 }) {
			continue
		}
		b, err := a.Cases.Photo(ctx, p.SHA256)
		if err != nil {
			return nil, err
		}
		list = append(list, archive.Member{Name: archive.PhotoName(p.SHA256), Bytes: int64(len(b)), SHA256: p.SHA256, Open: func() (io.ReadCloser, error) {
			b, err := a.Cases.Photo(ctx, p.SHA256) // read again when its turn comes: an archive may have hundreds
			return io.NopCloser(bytes.NewReader(b)), err
		}})
	}
	return list, nil
}

// portrait is a photograph of ours, to draw with.
func (a *App) portrait(ctx context.Context, sum string) (image.Image, error) {
	b, err := a.Cases.Photo(ctx, sum)
	if err != nil {
		return nil, err
	}
	return photo.Decode(b)
}

// pictured asks, before anything is written, what applying a file would be refused for: the photograph that it names has to be here, or be its draft's.
func (a *App) pictured(ctx context.Context, f *casefile.File) error {
	var p casefile.Problems
	err := a.DB.View(ctx, func(tx *db.Tx) error {
		held, err := a.sealed(tx, f)
		if err != nil {
			return err
		}
		p, err = a.Cases.Pictured(tx, f, held)
		return err
	})
	if err == nil && len(p) > 0 {
		err = p
	}
	return err
}

// sweepPhotos drops photographs that no case has named for thirty days. Those that a draft names it takes, so that they are sealed and nothing is left in plain, once none
// has named them for so many days. Of drafts nothing can be known while the secret lacks: then none is dropped.
func (a *App) sweepPhotos(ctx context.Context, days int64) error {
	if a.Locked() {
		return nil
	}
	if err := a.Drafts.LookThrough(ctx); err != nil {
		return err
	}
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := a.Cases.SweepPhotos(tx, days, func(sum string, b []byte) (bool, error) { return a.Drafts.TakePhoto(tx, sum, b) })
		return err
	})
}
