package casefile

import "outcry/internal/kernel/db"

const (
	putPhotoSQL = `INSERT INTO casefile_photo (sha256, bytes, width, height, day) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (sha256) DO UPDATE SET day = excluded.day`
	selectPhotoSQL     = `SELECT bytes FROM casefile_photo WHERE sha256 = $1`
	selectPhotoSizeSQL = `SELECT width, height FROM casefile_photo WHERE sha256 = $1`
	selectPhotosSQL    = `SELECT sha256, day FROM casefile_photo ORDER BY sha256`
	usePhotoSQL        = `UPDATE casefile_photo SET day = $2 WHERE sha256 = $1 AND day <> $2`
	dropPhotoSQL       = `DELETE FROM casefile_photo WHERE sha256 = $1`
	selectAsideSQL     = `SELECT doc FROM casefile_before WHERE undone = 0 AND doc <> '' ORDER BY casefile`
)

func putPhoto(tx *db.Tx, sum string, bytes []byte, width, height int, day Date) error {
	_, err := tx.Exec(putPhotoSQL, sum, bytes, width, height, day.number())
	return err
}

func selectPhoto(tx *db.Tx, sum string) (bytes []byte, found bool, err error) {
	found, err = tx.One(selectPhotoSQL, sum).Scan(&bytes)
	return bytes, found, err
}

func selectPhotoSize(tx *db.Tx, sum string) (width, height int, found bool, err error) {
	found, err = tx.One(selectPhotoSizeSQL, sum).Scan(&width, &height)
	return width, height, found, err
}

// selectPhotos are the photographs there are, each with the day on which it was kept last.
func selectPhotos(tx *db.Tx) (kept map[string]int64, err error) {
	kept = map[string]int64{}
	err = tx.Each(selectPhotosSQL, nil, func(scan func(...any) error) error {
		var sum string
		var day int64
		if err := scan(&sum, &day); err != nil {
			return err
		}
		kept[sum] = day
		return nil
	})
	return kept, err
}

func usePhoto(tx *db.Tx, sum string, day Date) error {
	_, err := tx.Exec(usePhotoSQL, sum, day.number())
	return err
}

func dropPhoto(tx *db.Tx, sum string) (found bool, err error) {
	n, err := tx.Exec(dropPhotoSQL, sum)
	return n > 0, err
}

// selectAside are the documents that an undoing would bring back.
func selectAside(tx *db.Tx) (docs []string, err error) {
	err = tx.Each(selectAsideSQL, nil, func(scan func(...any) error) error {
		var doc string
		err := scan(&doc)
		docs = append(docs, doc)
		return err
	})
	return docs, err
}
