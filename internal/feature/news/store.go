package news

import (
	"outcry/internal/kernel/db"
)

const (
	insertNewsSQL = `INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	deleteNewsSQL = `DELETE FROM news WHERE unsub_hash = $1`
	hasNewsSQL    = `SELECT 1 FROM news WHERE unsub_hash = $1`
	countNewsSQL  = `SELECT COUNT(*) FROM news WHERE casefile = $1`
	someNewsSQL   = `SELECT id, sealed FROM news WHERE casefile = $1 AND id > $2 ORDER BY id LIMIT 500`
)

func insertNews(tx *db.Tx, r row) error {
	_, err := tx.Exec(insertNewsSQL, r.id[:], r.caseSlug, r.sealed, r.stop[:])
	return err
}

func deleteNews(tx *db.Tx, h hash) error {
	_, err := tx.Exec(deleteNewsSQL, h[:])
	return err
}

func hasNews(tx *db.Tx, h hash) (bool, error) { return tx.One(hasNewsSQL, h[:]).Scan(new(int)) }

func countNews(tx *db.Tx, caseSlug string) (n int, err error) {
	_, err = tx.One(countNewsSQL, caseSlug).Scan(&n)
	return n, err
}

// someNews are the rows behind an id, in the order of their ids, which are random.
func someNews(tx *db.Tx, caseSlug string, after []byte) (list []row, err error) {
	err = tx.Each(someNewsSQL, []any{caseSlug, after}, func(scan func(...any) error) error {
		var id []byte
		r := row{caseSlug: caseSlug}
		if err := scan(&id, &r.sealed); err != nil {
			return err
		}
		copy(r.id[:], id)
		list = append(list, r)
		return nil
	})
	return list, err
}
