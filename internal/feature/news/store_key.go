package news

import (
	"crypto/sha256"
	"time"

	"outcry/internal/kernel/db"
)

const (
	putDrillSQL = `INSERT INTO news_drill (casefile, recipient, sealed, word, until, tries) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (casefile) DO UPDATE SET recipient = excluded.recipient, sealed = excluded.sealed, word = excluded.word, until = excluded.until, tries = 0`
	selectDrillSQL = `SELECT recipient, sealed, word, until, tries FROM news_drill WHERE casefile = $1`
	lockDrillSQL   = selectDrillSQL + ` {update}`
	countTrySQL    = `UPDATE news_drill SET tries = tries + 1 WHERE casefile = $1`
	deleteDrillSQL = `DELETE FROM news_drill WHERE casefile = $1`
	sweepDrillsSQL = `DELETE FROM news_drill WHERE until <= $1`

	insertKeySQL  = `INSERT INTO news_key (casefile, recipient, chosen) VALUES ($1, $2, 0) ON CONFLICT (casefile, recipient) DO NOTHING`
	hasKeySQL     = `SELECT 1 FROM news_key WHERE casefile = $1 AND recipient = $2`
	selectKeysSQL = `SELECT recipient, chosen FROM news_key WHERE casefile = $1 ORDER BY recipient`
	eachChosenSQL = `SELECT casefile, recipient FROM news_key WHERE chosen = 1`
	chooseKeySQL  = `UPDATE news_key SET chosen = 1 WHERE casefile = $1 AND recipient = $2`
	otherKeysSQL  = `DELETE FROM news_key WHERE casefile = $1 AND recipient <> $2`

	insertExportSQL  = `INSERT INTO news_export (id, casefile, organiser, until, fetched) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (id) DO NOTHING`
	selectExportsSQL = `SELECT id, organiser, until, fetched FROM news_export WHERE casefile = $1 ORDER BY until, id`
	takeExportSQL    = `UPDATE news_export SET fetched = 1, organiser = '' WHERE id = $1 AND fetched = 0`
	unnameExportsSQL = `UPDATE news_export SET organiser = '' WHERE until <= $1 AND organiser <> ''`
	sweepExportsSQL  = `DELETE FROM news_export WHERE until <= $1`
)

// drillRow is a drill as it is kept.
type drillRow struct {
	Drill
	word  []byte // a hash
	tries int
}

func putDrill(tx *db.Tx, caseSlug string, d Drill, word [sha256.Size]byte) error {
	_, err := tx.Exec(putDrillSQL, caseSlug, d.Recipient, d.Sealed, word[:], hours(d.Until))
	return err
}

func selectDrill(tx *db.Tx, caseSlug string) (drillRow, bool, error) {
	return scanDrill(tx.One(selectDrillSQL, caseSlug))
}

// lockDrill is selectDrill, and holds the row: of two answers at once each counts.
func lockDrill(tx *db.Tx, caseSlug string) (drillRow, bool, error) {
	return scanDrill(tx.One(lockDrillSQL, caseSlug))
}

func scanDrill(row db.Row) (d drillRow, found bool, err error) {
	var until int64
	found, err = row.Scan(&d.Recipient, &d.Sealed, &d.word, &until, &d.tries)
	d.Until = atHour(until)
	return d, found, err
}

func countTry(tx *db.Tx, caseSlug string) error {
	_, err := tx.Exec(countTrySQL, caseSlug)
	return err
}

func deleteDrill(tx *db.Tx, caseSlug string) error {
	_, err := tx.Exec(deleteDrillSQL, caseSlug)
	return err
}

func insertKey(tx *db.Tx, caseSlug, recipient string) error {
	_, err := tx.Exec(insertKeySQL, caseSlug, recipient)
	return err
}

func hasKey(tx *db.Tx, caseSlug, recipient string) (bool, error) {
	return tx.One(hasKeySQL, caseSlug, recipient).Scan(new(int))
}

func selectKeys(tx *db.Tx, caseSlug string) (all []string, chosen string, err error) {
	err = tx.Each(selectKeysSQL, []any{caseSlug}, func(scan func(...any) error) error {
		var recipient string
		var is int
		if err := scan(&recipient, &is); err != nil {
			return err
		}
		if is != 0 {
			chosen = recipient
		}
		all = append(all, recipient)
		return nil
	})
	return all, chosen, err
}

// selectChosen are the chosen keys of all cases that have one.
func selectChosen(tx *db.Tx) (map[string]string, error) {
	chosen := map[string]string{}
	return chosen, tx.Each(eachChosenSQL, nil, func(scan func(...any) error) error {
		slug, recipient := "", ""
		err := scan(&slug, &recipient)
		chosen[slug] = recipient
		return err
	})
}

func chooseKey(tx *db.Tx, caseSlug, recipient string) error {
	if _, err := tx.Exec(chooseKeySQL, caseSlug, recipient); err != nil {
		return err
	}
	_, err := tx.Exec(otherKeysSQL, caseSlug, recipient)
	return err
}

func insertExport(tx *db.Tx, r Ready) error {
	_, err := tx.Exec(insertExportSQL, r.ID, r.Case, r.Organiser, hours(r.Until))
	return err
}

func selectExports(tx *db.Tx, caseSlug string) (list []Ready, err error) {
	err = tx.Each(selectExportsSQL, []any{caseSlug}, func(scan func(...any) error) error {
		r := Ready{Case: caseSlug}
		var until, fetched int64
		err := scan(&r.ID, &r.Organiser, &until, &fetched)
		r.Until, r.Fetched = atHour(until), fetched != 0
		list = append(list, r)
		return err
	})
	return list, err
}

func takeExport(tx *db.Tx, id string) (bool, error) {
	n, err := tx.Exec(takeExportSQL, id)
	return n == 1, err
}

// sweepNews forgets what ended by an hour: drills, and for whom a list waited; and what ended long ago of lists altogether.
func sweepNews(tx *db.Tx, ended, longAgo int64) error {
	if _, err := tx.Exec(sweepDrillsSQL, ended); err != nil {
		return err
	}
	if _, err := tx.Exec(unnameExportsSQL, ended); err != nil {
		return err
	}
	_, err := tx.Exec(sweepExportsSQL, longAgo)
	return err
}

// hours are those since 1970.
func hours(t time.Time) int64 { return t.Unix() / 3600 }

func atHour(n int64) time.Time { return time.Unix(n*3600, 0).UTC() }
