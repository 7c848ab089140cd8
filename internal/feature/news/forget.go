package news

import (
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Forget deletes every address that waits for news of a case, and whatever was begun to hand them out, in the caller's transaction. It tells how many addresses went. The
// key that they are sealed to stays: who asks for news later is sealed to it again.
func (b *Book) Forget(tx *db.Tx, caseSlug string) (n int64, err error) {
	if n, err = tx.Exec(forgetNewsSQL, caseSlug); err != nil {
		return 0, fault.In("news", err)
	}
	for _, statement := range []string{forgetExportsSQL, forgetDrillSQL} {
		if _, err := tx.Exec(statement, caseSlug); err != nil {
			return 0, fault.In("news", err)
		}
	}
	return n, nil
}

// Drop is Forget, with the keys that were proven: whoever begins a case of that name again proves their own.
func (b *Book) Drop(tx *db.Tx, caseSlug string) error {
	if _, err := b.Forget(tx, caseSlug); err != nil {
		return err
	}
	_, err := tx.Exec(forgetKeysSQL, caseSlug)
	return fault.In("news", err)
}
