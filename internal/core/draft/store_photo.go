package draft

import "outcry/internal/kernel/db"

const (
	putPhotoSQL = `INSERT INTO draft_photo (slug, name, hour, kept) VALUES ($1, $2, $3, $4)
		ON CONFLICT (slug, name) DO UPDATE SET hour = excluded.hour, kept = excluded.kept`
	selectPhotoSQL   = `SELECT kept FROM draft_photo WHERE slug = $1 AND name = $2`
	countPhotosSQL   = `SELECT COUNT(*) FROM draft_photo WHERE slug = $1`
	eachPhotoSQL     = `SELECT name, hour, (SELECT COUNT(*) FROM draft_revision WHERE draft_revision.slug = draft_photo.slug AND draft_revision.photo = draft_photo.name) FROM draft_photo WHERE slug = $1 ORDER BY name`
	heldPhotosSQL    = `SELECT photo FROM draft_revision WHERE slug = $1 AND n IN ($2, $3, $4, $5, $6)`
	dropPhotoSQL     = `DELETE FROM draft_photo WHERE slug = $1 AND name = $2`
	dropPhotosSQL    = `DELETE FROM draft_photo WHERE slug = $1`
	revisionNamesSQL = `SELECT COUNT(*) FROM draft_revision WHERE slug = $1 AND photo = $2`
	// What no revision names, unless one of the draft was not looked through yet. Two days and more after that hour a clock was wrong.
	sweepPhotosSQL = `DELETE FROM draft_photo WHERE slug = $1 AND (hour < $2 OR hour > $2 + 48) AND NOT EXISTS
		(SELECT 1 FROM draft_revision WHERE draft_revision.slug = draft_photo.slug AND (draft_revision.photo = draft_photo.name OR draft_revision.photo = ''))`
	selectUnseenSQL = `SELECT slug, n, doc FROM draft_revision WHERE photo = '' ORDER BY slug, n LIMIT $1`
	seePhotoSQL     = `UPDATE draft_revision SET photo = $3 WHERE slug = $1 AND n = $2`
)

// putPhoto keeps a photograph; one that is there is sealed anew, for it may be damaged.
func putPhoto(tx *db.Tx, slug, name string, hour int64, kept []byte) error {
	_, err := tx.Exec(putPhotoSQL, slug, name, hour, kept)
	return err
}

func selectPhoto(tx *db.Tx, slug, name string) (kept []byte, found bool, err error) {
	found, err = tx.One(selectPhotoSQL, slug, name).Scan(&kept)
	return kept, found, err
}

func countPhotos(tx *db.Tx, slug string) (n int, err error) {
	_, err = tx.One(countPhotosSQL, slug).Scan(&n)
	return n, err
}

// photoRow is a photograph without what is in it.
type photoRow struct {
	name  string
	hour  int64
	named int  // by how many revisions
	held  bool // by one that the draft can't do without
}

// selectPhotos are the photographs of a draft.
func selectPhotos(tx *db.Tx, s state, review int) (list []photoRow, err error) {
	held := map[string]bool{}
	err = tx.Each(heldPhotosSQL, []any{s.slug, s.head, s.published, s.earlier, s.applied, review}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		held[name] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	err = tx.Each(eachPhotoSQL, []any{s.slug}, func(scan func(...any) error) error {
		var p photoRow
		err := scan(&p.name, &p.hour, &p.named)
		p.held = held[p.name]
		list = append(list, p)
		return err
	})
	return list, err
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
