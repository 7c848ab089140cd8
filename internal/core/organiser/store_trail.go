package organiser

import (
	"fmt"
	"time"

	"outcry/internal/kernel/db"
)

const (
	trailFields     = `SELECT n, hour, role, act, object, salt, prev, hash FROM organiser_trail `
	lastEntrySQL    = trailFields + `WHERE committee = $1 ORDER BY n DESC LIMIT 1`
	eachEntrySQL    = trailFields + `WHERE committee = $1 ORDER BY n`
	sameEntrySQL    = `SELECT COUNT(*) FROM organiser_trail WHERE committee = $1 AND hour = $2 AND role = $3 AND act = $4 AND object = $5`
	countEntriesSQL = `SELECT COUNT(*) FROM organiser_trail WHERE committee = $1 AND hour >= $2 AND act = $3 AND object = $4`
	insertEntrySQL  = `INSERT INTO organiser_trail (committee, n, hour, role, act, object, salt, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	deleteTrailSQL  = `DELETE FROM organiser_trail WHERE committee = $1 AND hour < $2`

	insertCutSQL = `INSERT INTO organiser_cut (committee, day, n, hash) VALUES ($1, $2, $3, $4) ON CONFLICT (committee, day) DO NOTHING`
	eachCutSQL   = `SELECT day, n, hash FROM organiser_cut WHERE committee = $1 ORDER BY day`
	lastCutSQL   = `SELECT day, n, hash FROM organiser_cut WHERE committee = $1 ORDER BY day DESC LIMIT 1`
)

func hours(t time.Time) int64   { return t.Unix() / 3600 }
func minutes(t time.Time) int64 { return t.Unix() / 60 }
func atHour(n int64) time.Time  { return time.Unix(n*3600, 0).UTC() }

func entriesOf(tx *db.Tx, query string, args ...any) (list []Entry, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var e Entry
		var hour int64
		var prev, hash []byte
		if err := scan(&e.N, &hour, &e.Role, &e.Act, &e.Object, &e.Salt, &prev, &hash); err != nil {
			return err
		}
		e.Hour = atHour(hour)
		if len(prev) == len(e.Prev) && len(hash) == len(e.Hash) { // else it follows nothing, as Verify tells, and hides no other entry
			e.Prev, e.Hash = [32]byte(prev), [32]byte(hash)
		}
		list = append(list, e)
		return nil
	})
	return list, err
}

func cutsOf(tx *db.Tx, query, committee string) (list []Cut, err error) {
	err = tx.Each(query, []any{committee}, func(scan func(...any) error) error {
		var c Cut
		var hash []byte
		if err := scan(&c.Day, &c.N, &hash); err != nil {
			return err
		}
		if len(hash) == len(c.Hash) {
			c.Hash = [32]byte(hash)
		}
		list = append(list, c)
		return nil
	})
	return list, err
}

func insertCut(tx *db.Tx, committee string, e Entry) error {
	_, err := tx.Exec(insertCutSQL, committee, e.day(), e.N, e.Hash[:])
	return err
}

// last is where a committee's trail stands: its last entry or, where that was cut, the cut. The hour is then the first behind the cut's day: a day that was cut gets no
// more entries, also by a clock that was put back, for it has one cut.
func last(tx *db.Tx, committee string) (e Entry, cut bool, err error) {
	list, err := entriesOf(tx, lastEntrySQL, committee)
	if err != nil {
		return e, false, err
	}
	cuts, err := cutsOf(tx, lastCutSQL, committee)
	if err != nil {
		return e, false, err
	}
	if len(list) > 0 {
		e = list[0]
	}
	if len(cuts) == 0 || cuts[0].N < e.N {
		return e, false, nil
	}
	day, err := time.Parse(time.DateOnly, cuts[0].Day)
	if err != nil {
		return e, false, fmt.Errorf("%w: a cut of no day", ErrTrail)
	}
	return Entry{N: cuts[0].N, Hash: cuts[0].Hash, Hour: day.AddDate(0, 0, 1)}, true, nil
}

// note adds an entry to a committee's trail, and the cut of the day before if it is the first of its day. The caller holds lockNumber.
func note(tx *db.Tx, committee string, now time.Time, r Role, a Act, object string) error {
	if !objectForm.MatchString(object) {
		return fmt.Errorf("organiser: %q can't stand in the trail", object)
	}
	before, cut, err := last(tx, committee)
	if err != nil {
		return err
	}
	e := before.next(committee, now, r, a, object)
	if before.N > 0 && !cut && before.day() != e.day() {
		if err := insertCut(tx, committee, before); err != nil {
			return err
		}
	}
	_, err = tx.Exec(insertEntrySQL, committee, e.N, hours(e.Hour), string(e.Role), string(e.Act), e.Object, e.Salt, e.Prev[:], e.Hash[:])
	return err
}

// noted tells whether the same stands there already for this hour.
func noted(tx *db.Tx, committee string, now time.Time, r Role, a Act, object string) (bool, error) {
	n := 0
	_, err := tx.One(sameEntrySQL, committee, hours(now), string(r), string(a), object).Scan(&n)
	return n > 0, err
}

// endDay cuts the last day that there are entries of, once it is over: nothing of it may come after this.
func endDay(tx *db.Tx, committee, today string) error {
	e, cut, err := last(tx, committee)
	if err != nil || cut || e.N == 0 || e.day() >= today {
		return err
	}
	return insertCut(tx, committee, e)
}
