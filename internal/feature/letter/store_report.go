package letter

import (
	"encoding/json"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/receipt"
)

const (
	deleteReportsSQL = `DELETE FROM letter_report WHERE letter = $1`
	insertReportSQL  = `INSERT INTO letter_report (id, letter, kind, value, comparator, as_of, source, nature, note, counted_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	selectReportsSQL = `SELECT kind, value, comparator, as_of, source, nature, note, counted_by FROM letter_report WHERE letter = $1 ORDER BY id`
)

func replaceReports(tx *db.Tx, id receipt.Letter, reports []Report) error {
	if _, err := tx.Exec(deleteReportsSQL, id[:]); err != nil {
		return err
	}
	for i, r := range reports {
		note, err := json.Marshal(r.Note)
		if err != nil {
			return err
		}
		by, err := json.Marshal(r.By)
		if err != nil {
			return err
		}
		key := append(append([]byte(nil), id[:]...), byte(i>>8), byte(i)) // keeps the file's order
		_, err = tx.Exec(insertReportSQL, key, id[:], string(r.Kind), r.Value, string(r.Comparator), r.AsOf.String(), string(r.Source), string(r.Nature), string(note), string(by))
		if err != nil {
			return err
		}
	}
	return nil
}

func selectReports(tx *db.Tx, id receipt.Letter) (list []Report, err error) {
	err = tx.Each(selectReportsSQL, []any{id[:]}, func(scan func(...any) error) error {
		var r Report
		var asOf, note, by string
		if err := scan(&r.Kind, &r.Value, &r.Comparator, &asOf, &r.Source, &r.Nature, &note, &by); err != nil {
			return err
		}
		if err := r.AsOf.UnmarshalText([]byte(asOf)); err != nil {
			return err
		}
		var err error
		if r.Note, err = storedText(note); err != nil {
			return err
		}
		if r.By, err = storedText(by); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	})
	return list, err
}

// storedText is nil where there is nothing, as a file without the field says.
func storedText(src string) (t casefile.Text, err error) {
	if err = json.Unmarshal([]byte(src), &t); len(t) == 0 {
		return nil, err
	}
	return t, err
}
