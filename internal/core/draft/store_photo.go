package draft

import "outcry/internal/kernel/db"

const (
	putPhotoSQL = `INSERT INTO draft_photo (slug, name, hour, kept) VALUES ($1, $2, $3, $4)
		ON CONFLICT (slug, name) DO UPDATE SET hour = excluded.hour`
	selectPhotoSQL   = `SELECT kept FROM draft_photo WHERE slug = $1 AND name = $2`
	selectNamesSQL   = `SELECT name FROM draft_photo WHERE slug = $1 ORDER BY name`
	dropPhotoSQL     = `DELETE FROM draft_photo WHERE slug = $1 AND name = $2`
	dropPhotosSQL    = `DELETE FROM draft_photo WHERE slug = $1`
	revisionNamesSQL = `SELECT COUNT(*) FROM draft_revision WHERE slug = $1 AND photo = $2`
	// What no revision names, unless one of the draft was not looked through yet. Two days and more after that hour a clock was wrong.
	sweepPhotosSQL = `DELETE FROM draft_photo WHERE slug = $1 AND (hour < $2 OR hour > $2 + 48) AND NOT EXISTS
		(SELECT 1 FROM draft_revision WHERE draft_revision.slug = draft_photo.slug AND (draft_revision.photo = draft_photo.name OR draft_revision.photo = ''))`
	selectUnseenSQL = `SELECT slug, n, doc FROM draft_revision WHERE photo = '' ORDER BY slug, n LIMIT $1`
	seePhotoSQL     = `UPDATE draft_revision SET photo = $3 WHERE slug = $1 AND n = $2`
)

// putPhoto keeps a photograph; one that is there is what it is, and was asked for in this hour.
func putPhoto(tx *db.Tx, slug, name string, hour int64, kept []byte) error {
	_, err := tx.Exec(putPhotoSQL, slug, name, hour, kept)
	return err
}

func selectPhoto(tx *db.Tx, slug, name string) (kept []byte, found bool, err error) {
	found, err = tx.One(selectPhotoSQL, slug, name).Scan(&kept)
	return kept, found, err
}

func selectPhotoNames(tx *db.Tx, slug string) (names []string, err error) {
	err = tx.Each(selectNamesSQL, []any{slug}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

func dropPhoto(tx *db.Tx, slug, name string) (was bool, err error) {
	n, err := tx.Exec(dropPhotoSQL, slug, name)
	return n > 0, err
}

func dropPhotos(tx *db.Tx, slug string) (n int64, err error) { return tx.Exec(dropPhotosSQL, slug) }

// revisionNames tells whether a revision of a draft names a photograph.
func revisionNames(tx *db.Tx, slug, name string) (bool, error) {
	n := 0
	_, err := tx.One(revisionNamesSQL, slug, name).Scan(&n)
	return n > 0, err
}

// sweepPhotos deletes the photographs of a draft that no revision names and that were kept before an hour.
func sweepPhotos(tx *db.Tx, slug string, before int64) error {
	_, err := tx.Exec(sweepPhotosSQL, slug, before)
	return err
}

// unseen is a revision of which nobody has noted what photograph it names.
type unseen struct {
	slug string
	n    int
	doc  []byte // sealed
}

func selectUnseen(tx *db.Tx) (list []unseen, err error) {
	err = tx.Each(selectUnseenSQL, []any{pageOfRevs}, func(scan func(...any) error) error {
		var u unseen
		err := scan(&u.slug, &u.n, &u.doc)
		list = append(list, u)
		return err
	})
	return list, err
}

func seePhoto(tx *db.Tx, slug string, n int, name string) error {
	_, err := tx.Exec(seePhotoSQL, slug, n, name)
	return err
}
