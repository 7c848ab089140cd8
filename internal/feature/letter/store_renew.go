package letter

import "outcry/internal/kernel/db"

const (
	eachCertificateSQL   = `SELECT letter, note FROM letter_certificate`
	updateCertificateSQL = `UPDATE letter_certificate SET note = $2 WHERE letter = $1`
)

// RenewCertificates signs every certificate anew, in its caller's transaction: the log goes on under another name, and they say of which log they are.
func RenewCertificates(tx *db.Tx, anew func(note []byte) ([]byte, error)) error {
	type certificate struct{ letter, note []byte }
	var list []certificate
	err := tx.Each(eachCertificateSQL, nil, func(scan func(...any) error) error {
		var id []byte
		var note string
		if err := scan(&id, &note); err != nil {
			return err
		}
		list = append(list, certificate{id, []byte(note)})
		return nil
	})
	for _, c := range list {
		if err != nil {
			return err
		}
		var note []byte
		if note, err = anew(c.note); err == nil {
			_, err = tx.Exec(updateCertificateSQL, c.letter, string(note))
		}
	}
	return err
}
