package translog

import "outcry/internal/kernel/db"

const (
	selectWrappedSQL = `SELECT wrapped FROM log_key WHERE one = 1`
	updateWrappedSQL = `UPDATE log_key SET wrapped = $1 WHERE one = 1`
)

// selectWrapped is nil where there is no log.
func selectWrapped(tx *db.Tx) (wrapped []byte, err error) {
	_, err = tx.One(selectWrappedSQL).Scan(&wrapped)
	return wrapped, err
}

func updateWrapped(tx *db.Tx, wrapped []byte) error {
	_, err := tx.Exec(updateWrappedSQL, wrapped)
	return err
}
