package casefile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/photo"
)

// photoDays is how long a photograph is kept that no case names: for a file that is being written.
const photoDays = 30

// PhotoOf is what a file says of a photograph as it was read; the words are its author's to add.
func PhotoOf(p *photo.Photo) *Photo {
	return &Photo{SHA256: p.SHA256(), Width: p.Width, Height: p.Height}
}

// KeepPhoto stores the bytes of a photograph, in the caller's transaction, so that a file can name them. Again is no harm. One that no case and no draft names is dropped
// after thirty days, see [Book.SweepPhotos].
func (b *Book) KeepPhoto(tx *db.Tx, p photo.Photo) error {
	return fault.In("casefile", putPhoto(tx, p.SHA256(), p.Bytes, p.Width, p.Height, b.Today()))
}

// Photo are the bytes of a photograph, a JPEG, by its hash; NotFound if they are not here. It asks nobody whether they may be shown: a projection that names the photograph
// says so.
func (b *Book) Photo(ctx context.Context, sum string) (bytes []byte, err error) {
	found := false
	err = b.db.View(ctx, func(tx *db.Tx) (err error) {
		bytes, found, err = selectPhoto(tx, sum)
		return fault.In("casefile", err)
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return bytes, err
}

// Pictured tells what is wrong with the photograph that a file names: it has to be here, in the size that the file says. [Book.Apply] asks the same.
func (b *Book) Pictured(tx *db.Tx, f *File) (p Problems, err error) {
	named := f.Person.Photo
	if named == nil {
		return nil, nil
	}
	width, height, found, err := selectPhotoSize(tx, named.SHA256)
	switch {
	case err != nil:
		return nil, fault.In("casefile", err)
	case !found:
		p.add(atPhoto+".sha256", Broken("rule.photo_gone"), "no photograph of this hash is kept here; store it first: outcry photo keep FILE")
	case width != named.Width || height != named.Height:
		p.add(atPhoto, Broken("rule.photo"), "the photograph of this hash is %d pixels wide and %d high; write width: %d and height: %d", width, height, width, height)
	}
	return p, nil
}

// DropPhoto ends a photograph at once. One that a case names is refused (Conflict): it has to be taken out of the file first.
func (b *Book) DropPhoto(ctx context.Context, sum string) error {
	return b.db.Update(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(lockNumber); err != nil { // nobody applies a file that names it meanwhile
			return fault.In("casefile", err)
		}
		named, err := photographed(tx)
		if err != nil {
			return err
		}
		if named[sum] {
			return fault.New(fault.Conflict, "fault.photo.named")
		}
		found, err := dropPhoto(tx, sum)
		if err == nil && !found {
			return fault.New(fault.NotFound, "fault.photo.absent")
		}
		return fault.In("casefile", err)
	})
}

// SweepPhotos drops, in the caller's transaction, each photograph that no case has named for thirty days, and tells how many those were. also are hashes that something else
// names: a draft. It is called often enough to see each while it is named.
func (b *Book) SweepPhotos(tx *db.Tx, also ...string) (dropped int, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return 0, fault.In("casefile", err)
	}
	named, err := photographed(tx)
	if err != nil {
		return 0, err
	}
	kept, err := selectPhotos(tx)
	if err != nil {
		return 0, fault.In("casefile", err)
	}
	last := b.Today().number() - photoDays
	for _, sum := range slices.Sorted(maps.Keys(kept)) {
		switch {
		case named[sum] || slices.Contains(also, sum):
			if err := usePhoto(tx, sum, b.Today()); err != nil {
				return dropped, fault.In("casefile", err)
			}
			continue
		case kept[sum] > last:
			continue
		}
		if _, err := dropPhoto(tx, sum); err != nil {
			return dropped, fault.In("casefile", err)
		}
		dropped++
	}
	return dropped, nil
}

// photographed are the hashes that applied cases name.
func photographed(tx *db.Tx) (map[string]bool, error) {
	docs, err := selectFiles(tx)
	if err != nil {
		return nil, fault.In("casefile", err)
	}
	named := map[string]bool{}
	for _, doc := range docs {
		f, err := stored(doc)
		if err != nil {
			return nil, err
		}
		if p := f.Person.Photo; p != nil {
			named[p.SHA256] = true
		}
	}
	return named, nil
}

// PhotoPath is the address at which the public sees a photograph of a case, while its projection names it: the same in each language. Another photograph has another one.
func PhotoPath(caseSlug string, p *Photo) string {
	return fmt.Sprintf("/photo/%s/%.32s.jpg", caseSlug, p.SHA256)
}
