package translog

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
)

const (
	insertKeySQL   = `INSERT INTO log_key (one, vkey, wrapped) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING`
	insertStateSQL = `INSERT INTO log_state (one, size, root, note) VALUES (1, 0, $1, $2) ON CONFLICT (one) DO NOTHING`
	selectKeySQL   = `SELECT vkey, wrapped FROM log_key WHERE one = 1`
	selectStateSQL = `SELECT size, root, note FROM log_state WHERE one = 1`
	swapStateSQL   = `UPDATE log_state SET size = $2, root = $3, note = $4 WHERE one = 1 AND size = $1`

	// What is in the log is not queued again. The casts are for PostgreSQL, which takes a bare parameter of a SELECT for text.
	insertQueueSQL = `INSERT INTO log_queue (ref, data, of_ref, pool, not_before)
		SELECT CAST($1 AS {blob}), CAST($2 AS {blob}), CAST($3 AS {blob}), CAST($4 AS {blob}), CAST($5 AS BIGINT)
		WHERE NOT EXISTS (SELECT 1 FROM log_entry WHERE ref = $1) ON CONFLICT (ref) DO NOTHING`
	// What has been sequenced from an index on is no longer queued: one statement for a whole batch.
	deleteQueueSQL = `DELETE FROM log_queue WHERE ref IN (SELECT ref FROM log_entry WHERE idx >= $1)`
	deleteTwiceSQL = `DELETE FROM log_queue WHERE EXISTS (SELECT 1 FROM log_entry WHERE log_entry.ref = log_queue.ref)`
	eachAboutSQL   = `SELECT ref, data FROM log_queue WHERE of_ref = $1`
	dropQueuedSQL  = `DELETE FROM log_queue WHERE ref = $1`
	eachLaterSQL   = `SELECT ref, pool, data FROM log_queue WHERE not_before > $1`
	hastenSQL      = `UPDATE log_queue SET not_before = $2 WHERE ref = $1`
	countQueueSQL  = `SELECT count(*) FROM log_queue`
	eachWaiterSQL  = `SELECT ref, of_ref, data FROM log_queue`
	selectQueueSQL = `SELECT data, not_before FROM log_queue WHERE ref = $1`

	// Due: its time has come, or a crowd of its pool waits.
	// Those that stand alone come first: what is about them can't leave without them, however much of it there is.
	selectDueSQL = `SELECT ref, data, of_ref FROM log_queue
		WHERE not_before <= $1 OR pool IN (SELECT pool FROM log_queue WHERE pool IS NOT NULL GROUP BY pool HAVING count(*) >= $2)
		ORDER BY CASE WHEN of_ref IS NULL THEN 0 ELSE 1 END LIMIT $3`
	anyDueSQL = `SELECT 1 FROM log_queue
		WHERE not_before <= $1 OR pool IN (SELECT pool FROM log_queue WHERE pool IS NOT NULL GROUP BY pool HAVING count(*) >= $2)
		LIMIT 1`

	insertEntrySQL = `INSERT INTO log_entry (idx, ref, data) VALUES ($1, $2, $3)`
	// Eight in one statement: a batch is one conversation with PostgreSQL, and everyone who signs waits for its end.
	insertEightSQL = `INSERT INTO log_entry (idx, ref, data) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12),
		($13, $14, $15), ($16, $17, $18), ($19, $20, $21), ($22, $23, $24)`
	selectIndexSQL = `SELECT idx FROM log_entry WHERE ref = $1`
	selectEntrySQL = `SELECT idx, data FROM log_entry WHERE ref = $1`
	eachEntrySQL   = `SELECT idx, data FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx`

	selectTileSQL = `SELECT data FROM log_tile WHERE level = $1 AND n = $2`
	// A proof needs about so many that are not full.
	eachTileSQL   = `SELECT level, n, data FROM log_tile WHERE (level = $1 AND n = $2) OR (level = $3 AND n = $4) OR (level = $5 AND n = $6) OR (level = $7 AND n = $8)`
	upsertTileSQL = `INSERT INTO log_tile (level, n, data) VALUES ($1, $2, $3) ON CONFLICT (level, n) DO UPDATE SET data = excluded.data`
)

// errRenewed says that another process gave the log another name and key: what this one would sign is another log's past.
var errRenewed = errors.New("translog: the log goes on under another key (outcry log renew): start this process anew")

// errMoved says that another process took the log further between our reading and our writing.
var errMoved = errors.New("translog: the log's size has moved")

func insertLog(ctx context.Context, d *db.DB, vkey string, wrapped []byte, root tlog.Hash, note []byte) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(insertKeySQL, vkey, wrapped)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(insertStateSQL, root[:], note)
		return err
	})
}

func selectLogKey(ctx context.Context, d *db.DB) (vkey string, wrapped []byte, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		found, err := tx.One(selectKeySQL).Scan(&vkey, &wrapped)
		if err == nil && !found {
			err = ErrNone
		}
		return err
	})
	return vkey, wrapped, err
}

// stillNamed fails if the log has another key by now.
func stillNamed(tx *db.Tx, vkey string) error {
	var now string
	_, err := tx.One(selectKeySQL).Scan(&now, new([]byte))
	if err == nil && now != vkey {
		err = errRenewed
	}
	return err
}

func selectState(tx *db.Tx) (size int64, root tlog.Hash, note []byte, err error) {
	var r []byte
	found, err := tx.One(selectStateSQL).Scan(&size, &r, &note)
	if err == nil && (!found || len(r) != len(root)) {
		err = ErrNone
	}
	copy(root[:], r)
	return size, root, note, err
}

func swapState(tx *db.Tx, old, size int64, root tlog.Hash, note []byte) error {
	n, err := tx.Exec(swapStateSQL, old, size, root[:], note)
	if err == nil && n != 1 {
		err = errMoved
	}
	return err
}

func insertQueue(tx *db.Tx, leaf Leaf, due int64) error {
	_, err := tx.Exec(insertQueueSQL, leaf.Ref, leaf.Data, leaf.Of, leaf.Pool, due)
	return err
}

func deleteQueued(tx *db.Tx, from int64) error {
	_, err := tx.Exec(deleteQueueSQL, from)
	return err
}

// deleteTwice drops what was queued in the very moment in which another process sequenced it.
func deleteTwice(tx *db.Tx) error {
	_, err := tx.Exec(deleteTwiceSQL)
	return err
}

func countQueue(tx *db.Tx) (n int64, err error) {
	_, err = tx.One(countQueueSQL).Scan(&n)
	return n, err
}

func dueNow(ctx context.Context, d *db.DB, now int64) (due bool, err error) {
	err = d.Look(ctx, func(tx *db.Tx) error {
		due, err = tx.One(anyDueSQL, now, Crowd).Scan(new(int))
		return err
	})
	return due, err
}

func selectDue(tx *db.Tx, now int64) (leaves []Leaf, err error) {
	err = tx.Each(selectDueSQL, []any{now, Crowd, batchMost}, func(scan func(...any) error) error {
		var leaf Leaf
		if err := scan(&leaf.Ref, &leaf.Data, &leaf.Of); err != nil {
			return err
		}
		leaves = append(leaves, leaf)
		return nil
	})
	return leaves, err
}

// entry is a row of the log.
type entry struct {
	index     int64
	ref, data []byte
}

// insertEntries writes the entries and gives their emptied list back.
func insertEntries(tx *db.Tx, list []entry) ([]entry, error) {
	var args []any
	for i, e := range list {
		args = append(args, e.index, e.ref, e.data)
		query := insertEntrySQL
		if len(list)-len(list)%8 > i {
			if i%8 < 7 {
				continue
			}
			query = insertEightSQL
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return nil, err
		}
		args = args[:0]
	}
	return list[:0], nil
}

func selectIndex(tx *db.Tx, ref []byte) (index int64, found bool, err error) {
	found, err = tx.One(selectIndexSQL, ref).Scan(&index)
	return index, found, err
}

func selectFound(tx *db.Tx, ref []byte) (f Found, ok bool, err error) {
	if ok, err = tx.One(selectEntrySQL, ref).Scan(&f.Index, &f.Data); ok || err != nil {
		return f, ok, err
	}
	f.Index = -1
	ok, err = tx.One(selectQueueSQL, ref).Scan(&f.Data, &f.NotBefore)
	return f, ok, err
}

func eachEntry(tx *db.Tx, from, to int64, fn func(int64, []byte) error) error {
	return tx.Each(eachEntrySQL, []any{from, to}, func(scan func(...any) error) error {
		var index int64
		var data []byte
		if err := scan(&index, &data); err != nil {
			return err
		}
		return fn(index, data)
	})
}

func selectTile(tx *db.Tx, level int, n int64) (data []byte, err error) {
	found, err := tx.One(selectTileSQL, level, n).Scan(&data)
	if err == nil && !found {
		err = errNoTile
	}
	return data, err
}

// eachTile hands over those of the tiles that are there, four in one statement.
func eachTile(tx *db.Tx, keys []tileKey, fn func(tileKey, []byte)) error {
	for four := range slices.Chunk(keys, 4) {
		var args []any
		for i := range 4 {
			k := four[min(i, len(four)-1)]
			args = append(args, k.level, k.n)
		}
		err := tx.Each(eachTileSQL, args, func(scan func(...any) error) error {
			var k tileKey
			var data []byte
			if err := scan(&k.level, &k.n, &data); err != nil {
				return err
			}
			fn(k, data)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func upsertTile(tx *db.Tx, t tile) error {
	_, err := tx.Exec(upsertTileSQL, t.level, t.n, t.data)
	return err
}

func eachWaiter(tx *db.Tx, fn func(ref, of, data []byte) error) error {
	return tx.Each(eachWaiterSQL, nil, func(scan func(...any) error) error {
		var ref, of, data []byte
		if err := scan(&ref, &of, &data); err != nil {
			return err
		}
		return fn(ref, of, data)
	})
}

func eachAbout(tx *db.Tx, of []byte, fn func(ref, data []byte) error) error {
	return tx.Each(eachAboutSQL, []any{of}, func(scan func(...any) error) error {
		var ref, data []byte
		if err := scan(&ref, &data); err != nil {
			return err
		}
		return fn(ref, data)
	})
}

func dropQueued(tx *db.Tx, ref []byte) error {
	_, err := tx.Exec(dropQueuedSQL, ref)
	return err
}

func eachLater(tx *db.Tx, now int64, fn func(ref, pool, data []byte) error) error {
	return tx.Each(eachLaterSQL, []any{now}, func(scan func(...any) error) error {
		var ref, pool, data []byte
		if err := scan(&ref, &pool, &data); err != nil {
			return err
		}
		return fn(ref, pool, data)
	})
}

func hasten(tx *db.Tx, ref []byte, due int64) error {
	_, err := tx.Exec(hastenSQL, ref, due)
	return err
}
