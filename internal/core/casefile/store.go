package casefile

import "outcry/internal/kernel/db"

const (
	selectFileSQL     = `SELECT doc FROM casefile WHERE slug = $1`
	selectFilesSQL    = `SELECT doc FROM casefile`
	selectRevisionSQL = `SELECT COALESCE(MAX(revision), 0) FROM casefile`
	touchFileSQL      = `UPDATE casefile SET revision = $2 WHERE slug = $1`
	putFileSQL        = `INSERT INTO casefile (slug, doc, revision) VALUES ($1, $2, $3)
		ON CONFLICT (slug) DO UPDATE SET doc = excluded.doc, revision = excluded.revision`
)

// lockNumber is this package's lock against another process that applies a file at the same moment.
const lockNumber = 0x6f75746372790102

func selectFile(tx *db.Tx, slug string) (doc string, found bool, err error) {
	found, err = tx.One(selectFileSQL, slug).Scan(&doc)
	return doc, found, err
}

func selectFiles(tx *db.Tx) (docs []string, err error) {
	err = tx.Each(selectFilesSQL, nil, func(scan func(...any) error) error {
		var doc string
		if err := scan(&doc); err != nil {
			return err
		}
		docs = append(docs, doc)
		return nil
	})
	return docs, err
}

func selectRevision(tx *db.Tx) (revision int64, err error) {
	_, err = tx.One(selectRevisionSQL).Scan(&revision)
	return revision, err
}

func putFile(tx *db.Tx, slug, doc string, revision int64) error {
	if _, err := tx.Exec(putFileSQL, slug, doc, revision); err != nil {
		return err
	}
	return tx.Tell(db.Changed)
}

func touchFile(tx *db.Tx, slug string, revision int64) error {
	if _, err := tx.Exec(touchFileSQL, slug, revision); err != nil {
		return err
	}
	return tx.Tell(db.Changed)
}
