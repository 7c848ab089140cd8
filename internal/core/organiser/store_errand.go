package organiser

import (
	"encoding/json"

	"outcry/internal/kernel/db"
)

const (
	errandFields     = `SELECT id, n, committee, act, object, payload, role, made, state, fault, args, held FROM organiser_errand `
	errandByIDSQL    = errandFields + `WHERE id = $1`
	eachErrandSQL    = errandFields + `WHERE committee = $1 AND made >= $2 ORDER BY n DESC`
	errandsOfSQL     = errandFields + `WHERE committee = $1 AND (object = $2 OR object = '' OR $2 = '') ORDER BY n` // without an object: of all that the committee has
	errandsDueSQL    = errandFields + `WHERE state = 'waiting' ORDER BY n`
	lastErrandSQL    = `SELECT COALESCE(MAX(n), 0) FROM organiser_errand`
	insertErrandSQL  = `INSERT INTO organiser_errand (id, n, committee, act, object, payload, role, made, state, fault, args, held) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', '', '', 0)`
	holdErrandSQL    = `UPDATE organiser_errand SET held = $2 WHERE id = $1`
	endErrandSQL     = `UPDATE organiser_errand SET state = $2, fault = $3, args = $4, payload = $5, held = 0 WHERE id = $1 AND state = 'waiting'`
	endErrandsSQL    = `DELETE FROM organiser_errand WHERE committee = $1 AND state <> 'waiting'`
	endProposalsSQL  = `DELETE FROM organiser_proposal WHERE committee = $1`
	deleteErrandsSQL = `DELETE FROM organiser_errand WHERE state <> 'waiting' AND made < $1`
)

// errandRow is an errand as it is kept.
type errandRow struct {
	Errand
	n, made, held int64
	sealed        []byte
}

func (r *errandRow) scan(scan func(...any) error) error {
	args := ""
	if err := scan(&r.ID, &r.n, &r.Committee.ID, &r.Act, &r.Object, &r.sealed, &r.Role, &r.made, &r.State, &r.Fault, &args, &r.held); err != nil {
		return err
	}
	r.Made = atHour(r.made)
	if json.Unmarshal([]byte(args), &r.Args) != nil { // none, or damaged: its sentence then names nothing
		r.Args = nil
	}
	return nil
}

func selectErrands(tx *db.Tx, query string, args ...any) (list []errandRow, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var r errandRow
		if err := r.scan(scan); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	})
	return list, err
}

func selectErrand(tx *db.Tx, id string) (r errandRow, found bool, err error) {
	list, err := selectErrands(tx, errandByIDSQL, id)
	if err != nil || len(list) == 0 {
		return r, false, err
	}
	return list[0], true, nil
}

func insertErrand(tx *db.Tx, e Errand, sealed []byte) error {
	last := int64(0)
	if _, err := tx.One(lastErrandSQL).Scan(&last); err != nil {
		return err
	}
	_, err := tx.Exec(insertErrandSQL, e.ID, last+1, e.Committee.ID, string(e.Act), e.Object, sealed, string(e.Role), hours(e.Made))
	return err
}

// endErrand takes the payload away: what was done, or can't be, needs it no more.
func endErrand(tx *db.Tx, id string, s ErrandState, key string, args map[string]string) error {
	text := ""
	if len(args) > 0 {
		b, err := json.Marshal(args)
		if err != nil {
			return err
		}
		text = string(b)
	}
	_, err := tx.Exec(endErrandSQL, id, string(s), key, text, []byte{})
	return err
}
