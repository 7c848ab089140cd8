package letter

import (
	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// InsertShown puts a name on the public list of a letter without a signature, for tests of a long list.
func InsertShown(tx *db.Tx, id receipt.Letter, lock receipt.Lock, n Name) error {
	if err := insertName(tx, nameRow{Name: n, lock: lock, letter: id, salt: lock[:]}); err != nil {
		return err
	}
	return numberName(tx, lock, 0)
}

// AuditNames holds the names against the log.
func (b *Book) AuditNames(tx *db.Tx, tally *receipt.Tally) error { return b.auditNames(tx, tally) }

// SortKey and ScriptIn are a name's.
func SortKey(name string) []byte  { return sortKey(name) }
func ScriptIn(name string) string { return script(name) }

// Rename gives a signature another name, or none, as its signer does, and leaves the log out of it.
func (b *Book) Rename(tx *db.Tx, id receipt.Letter, lock receipt.Lock, n Name) error {
	if err := b.forgetName(tx, lock); err != nil || n == (Name{}) {
		return err
	}
	return insertName(tx, nameRow{Name: n, lock: lock, letter: id, salt: lock[:]})
}
