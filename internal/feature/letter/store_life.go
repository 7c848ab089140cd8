package letter

import (
	"outcry/internal/kernel/db"
	"outcry/receipt"
)

const (
	lockLetterSQL = `SELECT campaign, state, version, pace FROM letter WHERE id = $1 {update}`
	setStateSQL   = `UPDATE letter SET state = $2 WHERE id = $1`
	closingSQL    = `SELECT id, casefile, slug FROM letter WHERE state = $1 ORDER BY casefile, slug`

	countTagsSQL = `SELECT count(*) FROM letter_signature WHERE letter = $1 AND tag IS NOT NULL`
	clearTagsSQL = `UPDATE letter_signature SET tag = NULL
		WHERE lock IN (SELECT lock FROM letter_signature WHERE letter = $1 AND tag IS NOT NULL LIMIT $2)`
	// No index finds a letter's used tokens; in the order of their keys the whole table is read once, not once a chunk.
	usedTokensSQL      = `SELECT token_hash FROM letter_used WHERE letter = $1 AND token_hash > $2 ORDER BY token_hash LIMIT $3`
	clearUsedSQL       = `DELETE FROM letter_used WHERE letter = $1 AND token_hash > $2 AND token_hash <= $3`
	clearSuppressedSQL = `DELETE FROM letter_suppressed
		WHERE letter = $1 AND tag IN (SELECT tag FROM letter_suppressed WHERE letter = $1 LIMIT $2)`

	insertCertificateSQL = `INSERT INTO letter_certificate (letter, note) VALUES ($1, $2) ON CONFLICT (letter) DO NOTHING`
	selectCertificateSQL = `SELECT note FROM letter_certificate WHERE letter = $1`

	// A rule's parts that say nothing are zero.
	countMatchingSQL = `SELECT count(*) FROM letter_signature
		WHERE letter = $1 AND state = $2 AND (CAST($3 AS BIGINT) = 0 OR day = $3) AND (CAST($4 AS BIGINT) = 0 OR assurance = $4)`
	selectMatchingSQL = `SELECT lock FROM letter_signature
		WHERE letter = $1 AND state = $2 AND (CAST($3 AS BIGINT) = 0 OR day = $3) AND (CAST($4 AS BIGINT) = 0 OR assurance = $4) AND lock > $5
		ORDER BY lock LIMIT $6`
	matchingLockSQL = `SELECT lock FROM letter_signature
		WHERE letter = $1 AND state = $2 AND (CAST($3 AS BIGINT) = 0 OR day = $3) AND (CAST($4 AS BIGINT) = 0 OR assurance = $4) AND lock = $5`
	turnSignatureSQL = `UPDATE letter_signature SET state = $3 WHERE lock = $1 AND state = $2`
	releaseSQL       = `UPDATE letter_signature SET assurance = $3 WHERE lock = $1 AND assurance = $2 AND state = $4`

	insertRemovalSQL  = `INSERT INTO letter_removal (id, letter, reason, words, role, day) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`
	selectRemovalSQL  = `SELECT letter FROM letter_removal WHERE id = $1`
	selectRemovalsSQL = `SELECT id, reason, words, role, day FROM letter_removal WHERE letter = $1 ORDER BY day, id`
	insertStruckSQL   = `INSERT INTO letter_removed (lock, removal) VALUES ($1, $2) ON CONFLICT (lock) DO UPDATE SET removal = excluded.removal`
	chunkStruckSQL    = `SELECT lock FROM letter_removed WHERE removal = $1 AND lock > $2 ORDER BY lock LIMIT $3`
	allStruckSQL      = `SELECT d.lock, r.letter, r.reason FROM letter_removed d JOIN letter_removal r ON r.id = d.removal`
	eachStruckSQL     = `SELECT lock FROM letter_removed WHERE removal = $1`
	isStruckSQL       = `SELECT 1 FROM letter_removed WHERE lock = $1 AND removal = $2`
	unstrikeSQL       = `DELETE FROM letter_removed WHERE lock = $1 AND removal = $2`
	strikeNameSQL     = `UPDATE letter_name SET removed = $2 WHERE lock = $1`
)

// lockLetter holds a letter's row against everyone who reads it under lock, until the transaction ends. found is false if there is none.
func lockLetter(tx *db.Tx, id receipt.Letter) (l Letter, found bool, err error) {
	var campaign []byte
	found, err = tx.One(lockLetterSQL, id[:]).Scan(&campaign, &l.State, &l.Version, &l.Pace)
	copy(l.Campaign[:], campaign)
	l.ID = id
	return l, found, err
}

func setState(tx *db.Tx, id receipt.Letter, s State) error {
	if _, err := tx.Exec(setStateSQL, id[:], string(s)); err != nil {
		return err
	}
	return opened(tx, id, s)
}

// selectClosing lists letters whose closing has begun: their ids and names.
func selectClosing(tx *db.Tx) (list []*Letter, err error) {
	err = tx.Each(closingSQL, []any{string(Closing)}, func(scan func(...any) error) error {
		var id []byte
		l := &Letter{State: Closing}
		if err := scan(&id, &l.Case, &l.Slug); err != nil {
			return err
		}
		copy(l.ID[:], id)
		list = append(list, l)
		return nil
	})
	return list, err
}

func countTags(tx *db.Tx, id receipt.Letter) (n int, err error) {
	_, err = tx.One(countTagsSQL, id[:]).Scan(&n)
	return n, err
}

func clearTags(tx *db.Tx, id receipt.Letter, most int) (n int64, err error) {
	return tx.Exec(clearTagsSQL, id[:], most)
}

// clearUsed forgets the next used tokens of a letter after one, and gives the last of them; nil if there are no more.
func clearUsed(tx *db.Tx, id receipt.Letter, after []byte, most int) (last []byte, err error) {
	err = tx.Each(usedTokensSQL, []any{id[:], after, most}, func(scan func(...any) error) error { return scan(&last) })
	if err == nil && last != nil {
		_, err = tx.Exec(clearUsedSQL, id[:], after, last)
	}
	return last, err
}

func clearSuppressed(tx *db.Tx, id receipt.Letter, most int) (n int64, err error) {
	return tx.Exec(clearSuppressedSQL, id[:], most)
}

func insertCertificate(tx *db.Tx, id receipt.Letter, note []byte) error {
	_, err := tx.Exec(insertCertificateSQL, id[:], string(note))
	return err
}

func selectCertificate(tx *db.Tx, id receipt.Letter) (note []byte, err error) {
	var text string
	found, err := tx.One(selectCertificateSQL, id[:]).Scan(&text)
	if !found {
		return nil, err
	}
	return []byte(text), err
}

// terms are a rule's values as the statements take them.
func (r Rule) terms(id receipt.Letter) []any {
	held := int64(0)
	if r.Held {
		held = int64(receipt.Held)
	}
	return []any{id[:], string(counted), r.Day, held}
}

func countMatching(tx *db.Tx, id receipt.Letter, r Rule) (n int, err error) {
	if r.Lock != nil {
		locks, err := selectMatching(tx, id, r, nil, 1)
		return len(locks), err
	}
	_, err = tx.One(countMatchingSQL, r.terms(id)...).Scan(&n)
	return n, err
}

// selectMatching lists the next signatures after a lock that count and that a rule means.
func selectMatching(tx *db.Tx, id receipt.Letter, r Rule, after []byte, most int) ([]receipt.Lock, error) {
	if r.Lock == nil {
		return selectLocks(tx, selectMatchingSQL, append(r.terms(id), after, most))
	}
	if string(after) >= string(r.Lock[:]) {
		return nil, nil
	}
	return selectLocks(tx, matchingLockSQL, append(r.terms(id), r.Lock[:]))
}

func selectLocks(tx *db.Tx, query string, args []any) (locks []receipt.Lock, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var lock []byte
		if err := scan(&lock); err != nil {
			return err
		}
		locks = append(locks, receipt.Lock(lock))
		return nil
	})
	return locks, err
}

// turnSignature takes a signature from one state to another; false if it was in neither.
func turnSignature(tx *db.Tx, lock receipt.Lock, from, to signatureState) (bool, error) {
	n, err := tx.Exec(turnSignatureSQL, lock[:], string(from), string(to))
	return n == 1, err
}

// releaseSignature lifts a hold; false if there was none, or the signature does not count.
func releaseSignature(tx *db.Tx, lock receipt.Lock) (bool, error) {
	n, err := tx.Exec(releaseSQL, lock[:], int64(receipt.Held), int64(receipt.Email), string(counted))
	return n == 1, err
}

func insertRemoval(tx *db.Tx, r Removal) error {
	_, err := tx.Exec(insertRemovalSQL, r.ID[:], r.Letter[:], int(r.Reason), r.Words, r.Role, r.Day)
	return err
}

func selectRemoval(tx *db.Tx, id RemovalID) (letter receipt.Letter, found bool, err error) {
	var of []byte
	found, err = tx.One(selectRemovalSQL, id[:]).Scan(&of)
	copy(letter[:], of)
	return letter, found, err
}

func selectRemovals(tx *db.Tx, id receipt.Letter) (list []Removal, err error) {
	err = tx.Each(selectRemovalsSQL, []any{id[:]}, func(scan func(...any) error) error {
		var key []byte
		r := Removal{Letter: id}
		if err := scan(&key, &r.Reason, &r.Words, &r.Role, &r.Day); err != nil {
			return err
		}
		copy(r.ID[:], key)
		list = append(list, r)
		return nil
	})
	return list, err
}

func strike(tx *db.Tx, lock receipt.Lock, by RemovalID) error {
	_, err := tx.Exec(insertStruckSQL, lock[:], by[:])
	return err
}

func unstrike(tx *db.Tx, lock receipt.Lock, by RemovalID) (bool, error) {
	n, err := tx.Exec(unstrikeSQL, lock[:], by[:])
	return n == 1, err
}

// isStruck tells whether a removal holds a signature.
func isStruck(tx *db.Tx, lock receipt.Lock, by RemovalID) (bool, error) {
	return tx.One(isStruckSQL, lock[:], by[:]).Scan(new(int))
}

func chunkStruck(tx *db.Tx, by RemovalID, after []byte, most int) ([]receipt.Lock, error) {
	return selectLocks(tx, chunkStruckSQL, []any{by[:], after, most})
}

func eachStruck(tx *db.Tx, by RemovalID) ([]receipt.Lock, error) {
	return selectLocks(tx, eachStruckSQL, []any{by[:]})
}

// strikeName hides a shown name while its signature is out of the count, or shows it again.
func strikeName(tx *db.Tx, lock receipt.Lock, out bool) error {
	n := 0
	if out {
		n = 1
	}
	_, err := tx.Exec(strikeNameSQL, lock[:], n)
	return err
}

// struckOff says of a signature by which letter's organisers, and why, it was taken out.
type struckOff struct {
	letter receipt.Letter
	reason receipt.Reason
}

func allStruck(tx *db.Tx) (map[receipt.Lock]struckOff, error) {
	all := map[receipt.Lock]struckOff{}
	err := tx.Each(allStruckSQL, nil, func(scan func(...any) error) error {
		var lock, id []byte
		var s struckOff
		if err := scan(&lock, &id, &s.reason); err != nil {
			return err
		}
		copy(s.letter[:], id)
		all[receipt.Lock(lock)] = s
		return nil
	})
	return all, err
}
