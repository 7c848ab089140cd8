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

// photoDays is how long a photograph is kept that no case names: for a file that is being written. One that is a draft's is kept there, sealed, and here no longer than
// PhotoAside days.
const (
	photoDays  = 30
	PhotoAside = 1
)

// PhotoOf is what a file says of a photograph as it was read; the words are its author's to add.
func PhotoOf(p *photo.Photo) *Photo {
	return &Photo{SHA256: p.SHA256(), Width: p.Width, Height: p.Height}
}

// KeepPhoto stores the bytes of a photograph in plain, in the caller's transaction, so that a file can name them: at publication, or before a file is applied. Again is no harm.
// One that no case names is dropped after thirty days, see [Book.SweepPhotos].
func (b *Book) KeepPhoto(tx *db.Tx, p photo.Photo) error {
	if err := tx.Exclusive(lockNumber); err != nil { // no sweep that has found it unwanted drops it after this
		return fault.In("casefile", err)
	}
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

// Pictured tells what is wrong with the photograph that a file names: it has to be here, in the size that the file says. [Book.Apply] asks the same. held, if it is not nil, is
// one that would be here by then: a draft's.
func (b *Book) Pictured(tx *db.Tx, f *File, held *photo.Photo) (p Problems, err error) {
	named := f.Person.Photo
	if named == nil {
		return nil, nil
	}
	width, height, found, err := selectPhotoSize(tx, named.SHA256)
	if held != nil && held.SHA256() == named.SHA256 {
		width, height, found = held.Width, held.Height, true
	}
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

// unseeable takes the photograph out of a file that comes back if it is not here any more, and tells whether it did: no page lacks its picture.
func (b *Book) unseeable(tx *db.Tx, f *File) (gone bool, err error) {
	p, err := b.Pictured(tx, f, nil)
	if gone = len(p) > 0; gone {
		f.Person.Photo = nil
	}
	return gone, err
}

// DropPhoto ends a photograph at once, in the caller's transaction, and tells whether it was here. One that a case names is refused (Conflict): it has to be taken out of the file
// first.
func (b *Book) DropPhoto(tx *db.Tx, sum string) (found bool, err error) {
	if err := tx.Exclusive(lockNumber); err != nil { // nobody applies a file that names it meanwhile
		return false, fault.In("casefile", err)
	}
	named, err := photographed(tx)
	if err != nil {
		return false, err
	}
	if named[sum] {
		return false, fault.New(fault.Conflict, "fault.photo.named")
	}
	found, err = dropPhoto(tx, sum)
	return found, fault.In("casefile", err)
}

// DropUnnamed ends every photograph that no case names, at once, in the caller's transaction, and tells how many those were: those that waited for a file, and those that were
// public. It needs no secret.
func (b *Book) DropUnnamed(tx *db.Tx) (dropped int, err error) {
	return b.eachUnnamed(tx, func(string, int64) (bool, error) { return true, nil })
}

// SweepPhotos drops, in the caller's transaction, each photograph that no case has named for thirty days, and tells how many those were. One that none has named for days goes
// too if taken, which is called with it, says that a draft has taken it and keeps it sealed. What an undoing may bring back stays. It is called often enough to see
// each while it is named.
func (b *Book) SweepPhotos(tx *db.Tx, days int64, taken func(sum string, bytes []byte) (bool, error)) (dropped int, err error) {
	today := b.Today().number()
	undoable, err := selectAside(tx)
	if err != nil {
		return 0, fault.In("casefile", err)
	}
	back := map[string]bool{}
	for _, doc := range undoable {
		f, err := stored(doc)
		if err != nil {
			return 0, err
		}
		if p := f.Person.Photo; p != nil {
			back[p.SHA256] = true
		}
	}
	return b.eachUnnamed(tx, func(sum string, day int64) (bool, error) {
		age := max(0, today-day)
		if age < days {
			return false, nil
		}
		bytes, found, err := selectPhoto(tx, sum)
		if err != nil || !found {
			return false, fault.In("casefile", err)
		}
		kept, err := taken(sum, bytes)
		return !back[sum] && (kept || age >= photoDays), err
	})
}

// eachUnnamed drops the photographs that no case names and of which drop says so; day is that on which one was kept, or named, last. Those that are named are so today, also
// where a clock was wrong and said a later day.
func (b *Book) eachUnnamed(tx *db.Tx, drop func(sum string, day int64) (bool, error)) (dropped int, err error) {
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
	for _, sum := range slices.Sorted(maps.Keys(kept)) {
		if named[sum] {
			if err := usePhoto(tx, sum, b.Today()); err != nil {
				return dropped, fault.In("casefile", err)
			}
			continue
		}
		ends, err := drop(sum, kept[sum])
		if err != nil {
			return dropped, err
		}
		if !ends {
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
