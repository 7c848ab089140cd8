package mailproof

import (
	"time"

	"outcry/internal/kernel/db"
)

// lockNumber is this package's lock against another process that takes the same codes at the same moment.
const lockNumber = 0x6f75746372790111

const (
	selectProofSQL = `SELECT day FROM mailproof WHERE setting = $1`
	putProofSQL    = `INSERT INTO mailproof (setting, day) VALUES ($1, $2) ON CONFLICT (setting) DO UPDATE SET day = excluded.day`
	insertTestSQL  = `INSERT INTO mailproof_test (id, setting, first, second, tries, until) VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO NOTHING`
	selectTestSQL  = `SELECT setting, first, second, tries, until FROM mailproof_test WHERE id = $1`
	countTrySQL    = `UPDATE mailproof_test SET tries = tries + 1 WHERE id = $1`
	dropTestSQL    = `DELETE FROM mailproof_test WHERE id = $1`
	dropOverSQL    = `DELETE FROM mailproof_test WHERE until <= $1`

	selectBegunSQL = `SELECT n FROM mailproof_begun WHERE committee = $1 AND kind = $2 AND hour = $3`
	putBegunSQL    = `INSERT INTO mailproof_begun (committee, kind, hour, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (committee, kind) DO UPDATE SET hour = excluded.hour, n = excluded.n`
	dropBegunSQL = `DELETE FROM mailproof_begun WHERE hour < $1`
)

func selectProof(tx *db.Tx, setting []byte) (day string, err error) {
	_, err = tx.One(selectProofSQL, setting).Scan(&day)
	return day, err
}

func putProof(tx *db.Tx, setting []byte, day string) error {
	_, err := tx.Exec(putProofSQL, setting, day)
	return err
}

func insertTest(tx *db.Tx, t test) error {
	_, err := tx.Exec(insertTestSQL, t.id, t.setting, t.hashes[0], t.hashes[1], t.until.Unix()/60)
	return err
}

func selectTest(tx *db.Tx, id []byte) (t test, found bool, err error) {
	var until int64
	found, err = tx.One(selectTestSQL, id).Scan(&t.setting, &t.hashes[0], &t.hashes[1], &t.tries, &until)
	t.id, t.until = id, time.Unix(until*60, 0).UTC()
	return t, found, err
}

func countTry(tx *db.Tx, id []byte) error {
	_, err := tx.Exec(countTrySQL, id)
	return err
}

func dropTest(tx *db.Tx, id []byte) error {
	_, err := tx.Exec(dropTestSQL, id)
	return err
}

func dropOver(tx *db.Tx, now time.Time) error {
	if _, err := tx.Exec(dropOverSQL, now.Unix()/60); err != nil {
		return err
	}
	_, err := tx.Exec(dropBegunSQL, hours(now))
	return err
}

// selectBegun is how many tests of a kind a committee has begun in an hour.
func selectBegun(tx *db.Tx, committee string, k Kind, hour int64) (n int64, err error) {
	_, err = tx.One(selectBegunSQL, committee, string(k), hour).Scan(&n)
	return n, err
}

func putBegun(tx *db.Tx, committee string, k Kind, hour, n int64) error {
	_, err := tx.Exec(putBegunSQL, committee, string(k), hour, n)
	return err
}

// hours are those since 1970.
func hours(t time.Time) int64 { return t.Unix() / 3600 }
