package translog

import "outcry/internal/kernel/db"

const rightQueuedSQL = `UPDATE log_queue SET not_before = $2 WHERE not_before > $1`

// rightQueued has what waits for a time after never wait until then instead, and tells how many leaves that were.
func rightQueued(tx *db.Tx, never, then int64) (int64, error) {
	return tx.Exec(rightQueuedSQL, never, then)
}
