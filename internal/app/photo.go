package app

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
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

// pictured asks, before anything is written, what applying a file would be refused for: the photograph that it names has to be here.
func (a *App) pictured(ctx context.Context, f *casefile.File) error {
	var p casefile.Problems
	err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		p, err = a.Cases.Pictured(tx, f)
		return err
	})
	if err == nil && len(p) > 0 {
		err = p
	}
	return err
}

// sweepPhotos drops photographs that neither a case nor a draft has named for thirty days. Of drafts nothing can be known while the secret lacks: then none is dropped.
func (a *App) sweepPhotos(ctx context.Context) error {
	if a.Locked() {
		return nil
	}
	drafts, err := a.Drafts.Drafts(ctx)
	if err != nil {
		return err
	}
	var named []string
	for slug := range drafts {
		d, err := a.Drafts.Draft(ctx, slug)
		if err != nil {
			return err
		}
		c, err := letter.ReadDraft(d.Doc)
		if err != nil {
			return err
		}
		if p := c.Person.Photo; p != nil {
			named = append(named, p.SHA256)
		}
	}
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := a.Cases.SweepPhotos(tx, named...)
		return err
	})
}
