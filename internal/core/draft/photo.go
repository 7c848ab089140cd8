package draft

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/photo"
	"outcry/internal/kernel/seal"
)

const (
	photosMost  = 60       // of one draft; for one more, another gives way
	photoStep   = 16 << 10 // bytes; what is sealed is filled up to a multiple of it
	unsaidHours = 24       // for which a photograph is kept that no revision names: its form may be on its way
	pageOfRevs  = 100      // revisions that are looked through in one transaction

	noPhoto = "-" // in a revision's row: it names none

	anyHour = 1 << 40 // is after every hour
)

// KeepPhoto keeps the photograph of a draft that is not public yet, sealed. Whoever may edit the draft may; again is no harm. It stays while a revision that is kept names it,
// and a day without one. Where a draft has sixty another one gives way, so that nobody can fill it against the others; see [givesWay]. NotFound if there is no such draft.
func (b *Book) KeepPhoto(ctx context.Context, slug string, p photo.Photo) error {
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	if n, err := b.Photos(ctx, slug); err != nil {
		return err
	} else if n >= photosMost {
		if err := b.LookThrough(ctx); err != nil { // else it may be one that is named that gives way
			return err
		}
	}
	var refused error
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		s, found, err := selectState(tx, slug)
		if err != nil || !found {
			refused = errNone
			return err
		}
		row, _, err := selectReview(tx, slug)
		if err != nil {
			return err
		}
		list, err := selectPhotos(tx, s, row.N)
		if err != nil {
			return err
		}
		name, hour := photoName(box, slug, p.SHA256()), hours(b.Now())
		switch at := slices.IndexFunc(list, func(p photoRow) bool { return p.name == name }); {
		case at < 0:
			for ; len(list) >= photosMost; list = slices.Delete(list, at, at+1) {
				at = givesWay(list)
				if _, err := dropPhoto(tx, slug, list[at].name); err != nil {
					return err
				}
			}
		case list[at].named > 0:
			hour = list[at].hour // who sends it again makes it no newer
		}
		return putPhoto(tx, slug, name, hour, coveredPhoto(box, slug, name, p.Bytes))
	})
	if err == nil {
		err = refused
	}
	return fault.In("draft", err)
}

// givesWay is which of a draft's photographs goes where there are too many: the oldest that no revision names. If each is named, it is one that only earlier versions have,
// which ask for it again when they are restored, as after a purge: of the hour in which most were kept, and of the latest such. So who floods a draft with photographs takes the place of
// their own, and neither what it says now, nor what is public, nor what it said before loses its picture. Of sixty at most five are held.
func givesWay(list []photoRow) (at int) {
	crowd := map[int64]int{}
	for _, p := range list {
		crowd[p.hour]++
	}
	at = -1
	for i, p := range list {
		if p.held {
			continue
		}
		if at < 0 {
			at = i
			continue
		}
		q := list[at]
		switch {
		case (p.named > 0) != (q.named > 0):
			if p.named == 0 {
				at = i
			}
		case p.named == 0:
			if p.hour < q.hour {
				at = i
			}
		case cmp.Or(cmp.Compare(crowd[p.hour], crowd[q.hour]), cmp.Compare(p.hour, q.hour)) > 0:
			at = i
		}
	}
	return at
}

// Photo is a photograph that is kept of a draft, a JPEG, by its hash; NotFound if it is not here: it may be public, and then kept elsewhere. One that is damaged is a fault of kind Gone:
// keeping it again mends it.
func (b *Book) Photo(ctx context.Context, slug, sum string) (bytes []byte, err error) {
	if b.Unlock.Locked() {
		return nil, seal.ErrLocked
	}
	found := false
	err = b.DB.View(ctx, func(tx *db.Tx) (err error) {
		bytes, found, err = b.PhotoIn(tx, slug, sum)
		return err
	})
	if err == nil && !found {
		err = errNone
	}
	return bytes, fault.In("draft", err)
}

// PhotoIn is Photo inside the caller's transaction, for the publication that shows it; false if it is not here, or the server is locked. What does not have the hash
// that it was kept under, or does not open, is a fault of kind Gone.
func (b *Book) PhotoIn(tx *db.Tx, slug, sum string) (bytes []byte, found bool, err error) {
	if b.Unlock.Locked() {
		return nil, false, nil
	}
	box, found, err := keyOf(tx, b.Unlock)
	if err != nil || !found {
		return nil, false, err
	}
	name := photoName(box, slug, sum)
	kept, found, err := selectPhoto(tx, slug, name)
	if err != nil || !found {
		return nil, false, err
	}
	if bytes, err = uncoveredPhoto(box, slug, name, kept); err != nil || photo.Sum(bytes) != sum {
		return nil, false, errPhoto
	}
	return bytes, true, nil
}

var errPhoto = fault.New(fault.Gone, "fault.photo.damaged").At(photo.Field)

// TakePhoto seals, in the caller's transaction, a photograph that was kept in plain so far for each draft of which a revision names it, and tells whether one does: then the
// plain one is needed no more. Drafts that were written before photographs were sealed come to theirs by it, and so do those that follow what was public once.
func (b *Book) TakePhoto(tx *db.Tx, sum string, bytes []byte) (taken bool, err error) {
	if b.Unlock.Locked() {
		return false, seal.ErrLocked
	}
	if err := tx.Exclusive(lockNumber); err != nil {
		return false, fault.In("draft", err)
	}
	box, found, err := keyOf(tx, b.Unlock)
	if err != nil || !found {
		return false, fault.In("draft", err)
	}
	states, err := selectStates(tx)
	if err != nil {
		return false, fault.In("draft", err)
	}
	for _, s := range states {
		name := photoName(box, s.slug, sum)
		if named, err := revisionNames(tx, s.slug, name); err != nil || !named {
			if err != nil {
				return false, fault.In("draft", err)
			}
			continue
		}
		taken = true
		if err := putPhoto(tx, s.slug, name, hours(b.Now()), coveredPhoto(box, s.slug, name, bytes)); err != nil {
			return false, fault.In("draft", err)
		}
	}
	return taken, nil
}

// DropPhotos deletes every photograph that is kept of a draft, in the caller's transaction, and tells how many those were. Its revisions still name them: who opens one is told
// to add the picture again, or to take it out. It needs no secret.
func (b *Book) DropPhotos(tx *db.Tx, slug string) (n int64, err error) {
	if err := tx.Exclusive(lockNumber); err != nil {
		return 0, fault.In("draft", err)
	}
	n, err = dropPhotos(tx, slug)
	return n, fault.In("draft", err)
}

// DropPhoto deletes the photograph of a hash wherever it is kept of a draft, in the caller's transaction, and tells whether it was. seal.ErrLocked while the server is locked.
func (b *Book) DropPhoto(tx *db.Tx, sum string) (dropped bool, err error) {
	if b.Unlock.Locked() {
		return false, seal.ErrLocked
	}
	box, found, err := keyOf(tx, b.Unlock)
	if err != nil || !found {
		return false, fault.In("draft", err)
	}
	states, err := selectStates(tx)
	for i := 0; i < len(states) && err == nil; i++ {
		var was bool
		was, err = dropPhoto(tx, states[i].slug, photoName(box, states[i].slug, sum))
		dropped = dropped || was
	}
	return dropped, fault.In("draft", err)
}

// Photos is how many photographs are kept of a draft. It needs no secret.
func (b *Book) Photos(ctx context.Context, slug string) (n int, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		n, err = countPhotos(tx, slug)
		return err
	})
	return n, fault.In("draft", err)
}

// LookThrough notes which photographs are named by revisions that are older than such notes. Once all have theirs it does nothing; until then none is dropped. One that is
// damaged names none: nobody can restore it, and it keeps no other draft's photograph in plain.
func (b *Book) LookThrough(ctx context.Context) error {
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		err = b.DB.Update(ctx, func(tx *db.Tx) error {
			if err := tx.Exclusive(lockNumber); err != nil {
				return err
			}
			list, err := selectUnseen(tx)
			more = len(list) == pageOfRevs
			for i := 0; i < len(list) && err == nil; i++ {
				u := list[i]
				doc, _ := opened(box, u.slug, u.n, u.doc)
				err = seePhoto(tx, u.slug, u.n, namedIn(box, u.slug, doc))
			}
			return err
		})
	}
	return fault.In("draft", err)
}

// photoOf is the hash of the photograph that a document names, where casefile.Person has it; empty if it names none.
func photoOf(doc []byte) (sum string) {
	n, err := parse(doc)
	if err != nil {
		return ""
	}
	if v := n.at("person").at("photo").at("sha256"); v == nil || v.kind != scalar || json.Unmarshal([]byte(v.text), &sum) != nil {
		return ""
	}
	return sum
}

// photoName stands for a photograph of one draft.
func photoName(box seal.Box, slug, sum string) string {
	return hex.EncodeToString(box.Mark("draft photo "+slug, seal.Hide(sum))[:16])
}

// namedIn is what a revision's row says of the photograph that its document names.
func namedIn(box seal.Box, slug string, doc []byte) string {
	if sum := photoOf(doc); sum != "" {
		return photoName(box, slug, sum)
	}
	return noPhoto
}

func photoPurpose(slug, name string) string { return "draft photo " + slug + " " + name }

// coveredPhoto is how a photograph is kept. The same picture always comes to the same bytes, so their exact number would tell which of somebody's pictures this is: it is filled up.
func coveredPhoto(box seal.Box, slug, name string, bytes []byte) []byte {
	full := make([]byte, (4+len(bytes)+photoStep-1)/photoStep*photoStep)
	binary.BigEndian.PutUint32(full, uint32(len(bytes)))
	copy(full[4:], bytes)
	return box.Seal(photoPurpose(slug, name), full)
}

func uncoveredPhoto(box seal.Box, slug, name string, kept []byte) ([]byte, error) {
	full, err := box.Open(photoPurpose(slug, name), kept)
	if err != nil {
		return nil, err
	}
	if len(full) < 4 || uint64(binary.BigEndian.Uint32(full)) > uint64(len(full)-4) {
		return nil, errPhoto
	}
	return full[4:][:binary.BigEndian.Uint32(full)], nil
}
