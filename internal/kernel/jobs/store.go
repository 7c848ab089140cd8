package jobs

import (
	"context"
	"math"

	"outcry/internal/kernel/db"
)

const (
	insertJobSQL = `INSERT INTO job (id, kind, due, lease, tries, expires, payload) VALUES ($1, $2, $3, 0, 0, $4, $5) ON CONFLICT (id) DO NOTHING`
	anyDueSQL    = `SELECT 1 FROM job WHERE due <= $1 AND lease <= $1 LIMIT 1`
	leaseJobsSQL = `UPDATE job SET lease = $2, tries = tries + 1
		WHERE lease <= $1 AND id IN (SELECT id FROM job WHERE due <= $1 AND lease <= $1 ORDER BY due LIMIT $3)
		RETURNING id, kind, tries, expires, payload`
	deleteJobSQL = `DELETE FROM job WHERE id = $1`
	// Who lost the lease has no say any more, but for deleting: what is done is done.
	releaseJobSQL = `UPDATE job SET lease = 0, tries = tries - 1 WHERE id = $1 AND lease = $2`
	delayJobSQL   = `UPDATE job SET lease = 0, due = $3 WHERE id = $1 AND lease = $2`
	// A dead letter is leased for ever and holds nothing.
	buryJobSQL    = `UPDATE job SET lease = $4, due = $3, payload = $5 WHERE id = $1 AND lease = $2`
	deleteDeadSQL = `DELETE FROM job WHERE lease = $2 AND due < $1`
	// No job is put off or leased for longer than this: the clock was ahead then.
	rightDueSQL   = `UPDATE job SET due = $1 WHERE due > $2 AND lease < $3`
	rightLeaseSQL = `UPDATE job SET lease = 0 WHERE lease > $1 AND lease < $2`
	countJobsSQL  = `SELECT count(*) FROM job WHERE lease < $1`
	countDeadSQL  = `SELECT count(*) FROM job WHERE lease = $1`
)

const forever = int64(math.MaxInt64)

type row struct {
	id      []byte
	kind    string
	lease   int64 // its end, which marks it as ours too
	tries   int
	expires int64
	payload []byte
}

func insertJob(tx *db.Tx, id []byte, kind string, due, expires int64, payload []byte) error {
	_, err := tx.Exec(insertJobSQL, id, kind, due, expires, payload)
	return err
}

func anyDue(ctx context.Context, d *db.DB, now int64) (due bool, err error) {
	err = d.Look(ctx, func(tx *db.Tx) error {
		due, err = tx.One(anyDueSQL, now).Scan(new(int))
		return err
	})
	return due, err
}

func leaseJobs(tx *db.Tx, now, until int64, most int) (rows []row, err error) {
	err = tx.Each(leaseJobsSQL, []any{now, until, most}, func(scan func(...any) error) error {
		r := row{lease: until}
		if err := scan(&r.id, &r.kind, &r.tries, &r.expires, &r.payload); err != nil {
			return err
		}
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func deleteJob(tx *db.Tx, id []byte) error {
	_, err := tx.Exec(deleteJobSQL, id)
	return err
}

// releaseJob gives a row back that was leased and not begun.
func releaseJob(tx *db.Tx, r row) error {
	_, err := tx.Exec(releaseJobSQL, r.id, r.lease)
	return err
}

func delayJob(tx *db.Tx, r row, due int64) error {
	_, err := tx.Exec(delayJobSQL, r.id, r.lease, due)
	return err
}

func buryJob(tx *db.Tx, r row, now int64) error {
	_, err := tx.Exec(buryJobSQL, r.id, r.lease, now, forever, []byte{})
	return err
}

// rightTimes has what is due or leased until after never wait no longer, and tells how much that was.
func rightTimes(tx *db.Tx, now, never int64) (n int64, err error) {
	due, err := tx.Exec(rightDueSQL, now, never, forever)
	if err != nil {
		return 0, err
	}
	leased, err := tx.Exec(rightLeaseSQL, never, forever)
	return due + leased, err
}

func deleteDead(tx *db.Tx, before int64) error {
	_, err := tx.Exec(deleteDeadSQL, before, forever)
	return err
}

func countJobs(tx *db.Tx) (c Count, err error) {
	if _, err = tx.One(countJobsSQL, forever).Scan(&c.Waiting); err != nil {
		return c, err
	}
	_, err = tx.One(countDeadSQL, forever).Scan(&c.Dead)
	return c, err
}
