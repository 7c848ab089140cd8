package letter

import (
	"outcry/internal/kernel/db"
	"outcry/receipt"
)

const (
	insertRemovingSQL = `INSERT INTO letter_removing (removal) VALUES ($1) ON CONFLICT (removal) DO NOTHING`
	isRemovingSQL     = `SELECT 1 FROM letter_removing WHERE removal = $1`
	lockRemovingSQL   = `SELECT 1 FROM letter_removing WHERE removal = $1 {update}`
	deleteRemovingSQL = `DELETE FROM letter_removing WHERE removal = $1`
	countStruckSQL    = `SELECT count(*) FROM letter_removed WHERE removal = $1`
	heldDaysSQL       = `SELECT day, count(*) FROM letter_signature WHERE letter = $1 AND state = $2 AND assurance = $3 GROUP BY day ORDER BY day`
)

// beginRemoving marks a removal as under way.
func beginRemoving(tx *db.Tx, id RemovalID) error {
	_, err := tx.Exec(insertRemovingSQL, id[:])
	return err
}

func isRemoving(tx *db.Tx, id RemovalID) (bool, error) {
	return tx.One(isRemovingSQL, id[:]).Scan(new(int))
}

// lockRemoving tells whether a removal is under way, and holds it until the transaction ends.
func lockRemoving(tx *db.Tx, id RemovalID) (bool, error) {
	return tx.One(lockRemovingSQL, id[:]).Scan(new(int))
}

func endRemoving(tx *db.Tx, id RemovalID) error {
	_, err := tx.Exec(deleteRemovingSQL, id[:])
	return err
}

func countStruck(tx *db.Tx, by RemovalID) (n int, err error) {
	_, err = tx.One(countStruckSQL, by[:]).Scan(&n)
	return n, err
}

func selectHeldDays(tx *db.Tx, id receipt.Letter) (list []HeldDay, err error) {
	err = tx.Each(heldDaysSQL, []any{id[:], string(counted), int64(receipt.Held)}, func(scan func(...any) error) error {
		var d HeldDay
		err := scan(&d.Day, &d.Count)
		list = append(list, d)
		return err
	})
	return list, err
}
