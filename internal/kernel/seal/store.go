package seal

import (
	"context"

	"outcry/internal/kernel/db"
)

const (
	selectDayKeys = `SELECT day, wrapped FROM day_key`
	insertDayKey  = `INSERT INTO day_key (day, wrapped) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING`
	deleteDayKeys = `DELETE FROM day_key WHERE day < $1`
)

type dayRow struct {
	day     int64
	wrapped []byte
}

func readDayKeys(ctx context.Context, d *db.DB) (rows []dayRow, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		rows = nil
		return tx.Each(selectDayKeys, nil, func(scan func(...any) error) error {
			var r dayRow
			if err := scan(&r.day, &r.wrapped); err != nil {
				return err
			}
			rows = append(rows, r)
			return nil
		})
	})
	return rows, err
}

// turnDayKeys adds today's key unless another process has, and destroys those before oldest.
func turnDayKeys(ctx context.Context, d *db.DB, today int64, wrapped []byte, oldest int64) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(insertDayKey, today, wrapped); err != nil {
			return err
		}
		_, err := tx.Exec(deleteDayKeys, oldest)
		return err
	})
}
