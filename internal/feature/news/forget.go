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
