package casefile

import (
	"time"

	"outcry/internal/kernel/db"
)

const (
	selectFileSQL     = `SELECT doc FROM casefile WHERE slug = $1`
	selectFilesSQL    = `SELECT doc FROM casefile`
	selectRevisionSQL = `SELECT COALESCE(MAX(revision), 0) FROM casefile`
	touchFileSQL      = `UPDATE casefile SET revision = $2 WHERE slug = $1`
	putFileSQL        = `INSERT INTO casefile (slug, doc, revision) VALUES ($1, $2, $3)
		ON CONFLICT (slug) DO UPDATE SET doc = excluded.doc, revision = excluded.revision`
)

// lockNumber is this package's lock against another process that applies a file at the same moment.
const lockNumber = 0x6f75746372790102

func selectFile(tx *db.Tx, slug string) (doc string, found bool, err error) {
	found, err = tx.One(selectFileSQL, slug).Scan(&doc)
	return doc, found, err
}

func selectFiles(tx *db.Tx) (docs []string, err error) {
	err = tx.Each(selectFilesSQL, nil, func(scan func(...any) error) error {
		var doc string
		if err := scan(&doc); err != nil {
			return err
		}
		docs = append(docs, doc)
		return nil
	})
	return docs, err
}

func selectRevision(tx *db.Tx) (revision int64, err error) {
	_, err = tx.One(selectRevisionSQL).Scan(&revision)
	return revision, err
}

func putFile(tx *db.Tx, slug, doc string, revision int64) error {
	if _, err := tx.Exec(putFileSQL, slug, doc, revision); err != nil {
		return err
	}
	return tx.Tell(db.Changed)
}

func touchFile(tx *db.Tx, slug string, revision int64) error {
	if _, err := tx.Exec(touchFileSQL, slug, revision); err != nil {
		return err
	}
	return tx.Tell(db.Changed)
}

const (
	selectStopsSQL    = `SELECT kind, name, giver, harm, day FROM casefile_stop WHERE casefile = $1`
	selectAllStopsSQL = `SELECT casefile, kind, name, giver, harm, day FROM casefile_stop`
	putStopSQL        = `INSERT INTO casefile_stop (casefile, kind, name, giver, harm, day) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (casefile, kind, name, giver) DO UPDATE SET harm = excluded.harm`
	dropStopSQL      = `DELETE FROM casefile_stop WHERE casefile = $1 AND kind = $2 AND name = $3 AND giver = $4`
	selectChangesSQL = `SELECT revision, day, section, name, kind FROM casefile_change WHERE casefile = $1`
	putChangeSQL     = `INSERT INTO casefile_change (casefile, revision, day, section, name, kind) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (casefile, revision, section, name, kind) DO NOTHING`
)

// A day is kept as days since 1970.
func (d Date) number() int64 {
	if d == (Date{}) {
		return 0
	}
	return d.First().time().Unix() / 86400
}

func dayOf(number int64) Date {
	y, m, d := time.Unix(number*86400, 0).UTC().Date()
	return Date{y, int(m), d}
}

func selectStops(tx *db.Tx, slug string) (stops []Stop, err error) {
	err = tx.Each(selectStopsSQL, []any{slug}, func(scan func(...any) error) error {
		var s Stop
		var harm, day int64
		if err := scan(&s.Kind, &s.Name, &s.By, &harm, &day); err != nil {
			return err
		}
		s.Harm, s.Day = harm != 0, dayOf(day)
		stops = append(stops, s)
		return nil
	})
	return stops, err
}

// selectAllStops are the stops of every case by its slug.
func selectAllStops(tx *db.Tx) (map[string][]Stop, error) {
	stops := map[string][]Stop{}
	err := tx.Each(selectAllStopsSQL, nil, func(scan func(...any) error) error {
		var s Stop
		var slug string
		var harm, day int64
		if err := scan(&slug, &s.Kind, &s.Name, &s.By, &harm, &day); err != nil {
			return err
		}
		s.Harm, s.Day = harm != 0, dayOf(day)
		stops[slug] = append(stops[slug], s)
		return nil
	})
	return stops, err
}

func putStop(tx *db.Tx, slug string, s Stop) error {
	_, err := tx.Exec(putStopSQL, slug, string(s.Kind), s.Name, string(s.By), btoi(s.Harm), s.Day.number())
	return err
}

func dropStop(tx *db.Tx, slug, kind, name string, by Giver) error {
	_, err := tx.Exec(dropStopSQL, slug, kind, name, string(by))
	return err
}

// selectChanges are all changes of a case but those that only tell that a page was published with all that is on it.
func selectChanges(tx *db.Tx, slug string) (list []Changed, err error) {
	all, err := recorded(tx, slug)
	published := map[int64]bool{}
	for _, r := range all {
		published[r.revision] = published[r.revision] || r.Section == SectionPage
	}
	for _, r := range all {
		if r.Section == SectionPage || !published[r.revision] {
			list = append(list, r.Changed)
		}
	}
	return list, err
}

type change struct {
	Changed
	revision int64
}

func recorded(tx *db.Tx, slug string) (all []change, err error) {
	err = tx.Each(selectChangesSQL, []any{slug}, func(scan func(...any) error) error {
		var c change
		var day int64
		if err := scan(&c.revision, &day, &c.Section, &c.ID, &c.Kind); err != nil {
			return err
		}
		c.Day = dayOf(day)
		all = append(all, c)
		return nil
	})
	return all, err
}

func putChanges(tx *db.Tx, slug string, revision int64, day Date, list []Changed) error {
	for _, c := range list {
		if _, err := tx.Exec(putChangeSQL, slug, revision, day.number(), string(c.Section), c.ID, string(c.Kind)); err != nil {
			return err
		}
	}
	return nil
}

const (
	selectBeforeSQL = `SELECT doc, revision, mark, beside, until, undone FROM casefile_before WHERE casefile = $1`
	putBeforeSQL    = `INSERT INTO casefile_before (casefile, doc, revision, mark, beside, until, undone) VALUES ($1, $2, $3, $4, $5, $6, 0)
		ON CONFLICT (casefile) DO UPDATE SET doc = excluded.doc, revision = excluded.revision, mark = excluded.mark, beside = excluded.beside, until = excluded.until, undone = 0`
	undoneBeforeSQL = `UPDATE casefile_before SET undone = 1 WHERE casefile = $1`
	dropBeforeSQL   = `DELETE FROM casefile_before WHERE casefile = $1`
	dropOverSQL     = `DELETE FROM casefile_before WHERE until <= $1`
	dropRevisionSQL = `DELETE FROM casefile_change WHERE casefile = $1 AND revision = $2`
)

func selectBefore(tx *db.Tx, slug string) (b before, found bool, err error) {
	var until, undone int64
	found, err = tx.One(selectBeforeSQL, slug).Scan(&b.doc, &b.revision, &b.mark, &b.beside, &until, &undone)
	b.until, b.undone = time.Unix(until, 0).UTC(), undone != 0
	return b, found, err
}

func putBefore(tx *db.Tx, slug string, b before) error {
	_, err := tx.Exec(putBeforeSQL, slug, b.doc, b.revision, b.mark, b.beside, b.until.Unix())
	return err
}

func undoneBefore(tx *db.Tx, slug string) error {
	_, err := tx.Exec(undoneBeforeSQL, slug)
	return err
}

func dropBefore(tx *db.Tx, slug string) error {
	_, err := tx.Exec(dropBeforeSQL, slug)
	return err
}

func dropOver(tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(dropOverSQL, now.Unix())
	return err
}

// dropRevision forgets that a publication changed anything: it was undone.
func dropRevision(tx *db.Tx, slug string, revision int64) error {
	_, err := tx.Exec(dropRevisionSQL, slug, revision)
	return err
}
