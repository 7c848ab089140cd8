package organiser

import (
	"strings"

	"outcry/internal/kernel/db"
)

const (
	oldCommitteesSQL = `SELECT DISTINCT committee FROM organiser_trail WHERE hour < $1`
	oldestHourSQL    = `SELECT hour FROM organiser_trail WHERE committee = $1 AND hour < $2 ORDER BY n LIMIT 1`
	dayEntriesSQL    = trailFields + `WHERE committee = $1 AND hour >= $2 AND hour < $3 ORDER BY n LIMIT $4`
	deleteEntriesSQL = `DELETE FROM organiser_trail WHERE committee = $1 AND hour >= $2 AND hour < $3 AND n <= $4`

	insertSealedSQL = `INSERT INTO organiser_trail_sealed (committee, n, part, day, keys, box) VALUES ($1, $2, $3, $4, $5, $6)`
	eachSealedSQL   = `SELECT n, part, day, keys FROM organiser_trail_sealed WHERE committee = $1 ORDER BY n, part`
	selectSealedSQL = `SELECT box FROM organiser_trail_sealed WHERE committee = $1 AND n = $2 AND part = $3`
	lastSealedSQL   = `SELECT COALESCE(MAX(n), 0) FROM organiser_trail_sealed WHERE committee = $1`
	dropSealedSQL   = `DELETE FROM organiser_trail_sealed WHERE committee = $1 AND n < $2`
)

// entriesAtOnce is how many entries one box holds at the most.
const entriesAtOnce = 5000

// sealedRow is a box without what is in it.
type sealedRow struct {
	n, part int64
	day     string
	keys    []string
}

// selectSealed are a committee's boxes, the oldest first.
func selectSealed(tx *db.Tx, committee string) (list []sealedRow, err error) {
	err = tx.Each(eachSealedSQL, []any{committee}, func(scan func(...any) error) error {
		var r sealedRow
		keys := ""
		if err := scan(&r.n, &r.part, &r.day, &keys); err != nil {
			return err
		}
		r.keys = strings.Fields(keys)
		list = append(list, r)
		return nil
	})
	return list, err
}

// oldCommittees are the ids of those that have entries of before an hour.
func oldCommittees(tx *db.Tx, before int64) (ids []string, err error) {
	err = tx.Each(oldCommitteesSQL, []any{before}, func(scan func(...any) error) error {
		id := ""
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}
