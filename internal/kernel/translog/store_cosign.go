package translog

import (
	"outcry/internal/kernel/db"
)

const (
	selectCosignedSQL = `SELECT size, note FROM log_cosigned WHERE one = 1`
	// A smaller one never takes the place of a larger one, whichever process comes late.
	upsertCosignedSQL = `INSERT INTO log_cosigned (one, size, note, asked) VALUES (1, $1, $2, 0)
		ON CONFLICT (one) DO UPDATE SET size = excluded.size, note = excluded.note WHERE log_cosigned.size <= excluded.size`
	askSQL = `INSERT INTO log_cosigned (one, size, note, asked) VALUES (1, 0, '', $1)
		ON CONFLICT (one) DO UPDATE SET asked = excluded.asked WHERE log_cosigned.asked <= $2 OR log_cosigned.asked > $3`
	forgetCosignedSQL = `DELETE FROM log_cosigned`

	eachRecountSQL   = `SELECT name, note FROM log_recount ORDER BY name`
	selectRecountSQL = `SELECT note FROM log_recount WHERE name = $1`
	upsertRecountSQL = `INSERT INTO log_recount (name, size, note) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET size = excluded.size, note = excluded.note`
	forgetRecountsSQL = `DELETE FROM log_recount`

	// What proves another past of this log stands among what others stated of it, under a name that no key can have, for it holds blanks.
	anotherName = "a checkpoint of ours"

	renameKeySQL = `UPDATE log_key SET vkey = $1, wrapped = $2 WHERE one = 1`
)

func selectCosigned(tx *db.Tx) (size int64, note []byte, err error) {
	_, err = tx.One(selectCosignedSQL).Scan(&size, &note)
	return size, note, err
}

func upsertCosigned(tx *db.Tx, size int64, note []byte) error {
	_, err := tx.Exec(upsertCosignedSQL, size, note)
	return err
}

// ask takes the turn to ask at a time, if nobody has asked since another. A turn far ahead of now was taken by a clock that has been set back.
func ask(tx *db.Tx, now, before, far int64) (mine bool, err error) {
	n, err := tx.Exec(askSQL, now, before, far)
	return n == 1, err
}

func eachRecount(tx *db.Tx, fn func(name string, note []byte) error) error {
	return tx.Each(eachRecountSQL, nil, func(scan func(...any) error) error {
		var name string
		var note []byte
		if err := scan(&name, &note); err != nil || name == anotherName {
			return err
		}
		return fn(name, note)
	})
}

// selectRecount is nil where nothing stands under that name.
func selectRecount(tx *db.Tx, name string) (note []byte, err error) {
	_, err = tx.One(selectRecountSQL, name).Scan(&note)
	return note, err
}

func upsertRecount(tx *db.Tx, name string, size int64, note []byte) error {
	_, err := tx.Exec(upsertRecountSQL, name, size, note)
	return err
}

// forgetWitnessed drops what witnesses signed: it was under the log's former name.
func forgetWitnessed(tx *db.Tx) error {
	if _, err := tx.Exec(forgetCosignedSQL); err != nil {
		return err
	}
	_, err := tx.Exec(forgetRecountsSQL)
	return err
}

func renameKey(tx *db.Tx, vkey string, wrapped []byte) error {
	_, err := tx.Exec(renameKeySQL, vkey, wrapped)
	return err
}
