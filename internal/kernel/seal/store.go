package seal

import (
	"context"

	"outcry/internal/kernel/db"
)

const (
	selectDayKeys = `SELECT day, wrapped FROM day_key`
	insertDayKey  = `INSERT INTO day_key (day, wrapped) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING`
	updateDayKey  = `UPDATE day_key SET wrapped = $2 WHERE day = $1`
	deleteDayKeys = `DELETE FROM day_key WHERE day < $1`
)

type dayRow struct {
	day     int64
	wrapped []byte
}

func readDayKeys(ctx context.Context, d *db.DB) (rows []dayRow, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		rows, err = selectDays(tx)
		return err
	})
	return rows, err
}

func selectDays(tx *db.Tx) (rows []dayRow, err error) {
	err = tx.Each(selectDayKeys, nil, func(scan func(...any) error) error {
		var r dayRow
		if err := scan(&r.day, &r.wrapped); err != nil {
			return err
		}
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func updateDay(tx *db.Tx, day int64, wrapped []byte) error {
	_, err := tx.Exec(updateDayKey, day, wrapped)
	return err
}

// turnDayKeys adds today's key unless another process has, and destroys those before oldest. Where the keys that are there are not this secret's any more,
// nothing is done: a key under a secret of yesterday would keep every server from starting.
func turnDayKeys(ctx context.Context, d *db.DB, u *Unlock, today int64, wrapped []byte, oldest int64) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		if _, err := FitDayKeys(tx, u); err != nil {
			return err
		}
		if _, err := tx.Exec(insertDayKey, today, wrapped); err != nil {
			return err
		}
		_, err := tx.Exec(deleteDayKeys, oldest)
		return err
	})
}
