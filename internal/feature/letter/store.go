package letter

import (
	"encoding/json"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

const (
	upsertLetterSQL = `INSERT INTO letter (id, campaign, casefile, slug, state, version, pace, dated, about) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, pace = excluded.pace, dated = excluded.dated, about = excluded.about`
	selectLettersSQL = `SELECT id, campaign, casefile, slug, state, version, pace, dated, about,
			CASE WHEN EXISTS (SELECT 1 FROM letter_opened o WHERE o.letter = letter.id) OR EXISTS (SELECT 1 FROM letter_signature s WHERE s.letter = letter.id) THEN 1 ELSE 0 END
		FROM letter ORDER BY casefile, slug`
	insertOpenedSQL = `INSERT INTO letter_opened (letter) VALUES ($1) ON CONFLICT (letter) DO NOTHING`
	lockOpenSQL     = `SELECT state FROM letter WHERE id = $1 {share}`

	insertTextSQL  = `INSERT INTO letter_text (letter, version, lang, title, body, demand, addressee, sha) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	deleteTextSQL  = `DELETE FROM letter_text WHERE letter = $1 AND version = $2`
	selectTextsSQL = `SELECT lang, title, body, demand, addressee FROM letter_text WHERE letter = $1 AND version = $2`
	eachTextSQL    = `SELECT letter, version, lang, title, body, demand, addressee, sha FROM letter_text ORDER BY letter, version`

	insertUsedSQL = `INSERT INTO letter_used (token_hash, expires, letter) VALUES ($1, $2, $3) ON CONFLICT (token_hash) DO NOTHING`
	// The same for a letter in a state, whose row is held until the transaction ends. The casts are for PostgreSQL, which takes a bare parameter of a
	// SELECT for text.
	insertUsedInSQL = `INSERT INTO letter_used (token_hash, expires, letter)
		SELECT CAST($1 AS {blob}), CAST($2 AS BIGINT), id FROM letter WHERE id = $3 AND state = $4 {share} ON CONFLICT (token_hash) DO NOTHING`
	deleteUsedSQL = `DELETE FROM letter_used WHERE expires < $1`

	insertSignatureSQL = `INSERT INTO letter_signature (lock, letter, tag, version, assurance, state, link_hash, day) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7)
		ON CONFLICT (letter, tag) DO NOTHING`
	rotateLinkSQL   = `UPDATE letter_signature SET link_hash = $3 WHERE letter = $1 AND tag = $2`
	selectByLockSQL = `SELECT lock, letter, state, assurance FROM letter_signature WHERE lock = $1 AND link_hash IS NULL`
	selectByLinkSQL = `SELECT lock, letter, state, assurance FROM letter_signature WHERE link_hash = $1`
	selectByTagSQL  = `SELECT lock FROM letter_signature WHERE letter = $1 AND tag = $2`
	endCountedSQL   = `UPDATE letter_signature SET state = $2, tag = NULL, link_hash = NULL WHERE lock = $1 AND state = $3`
	endStruckSQL    = `UPDATE letter_signature SET state = $2, link_hash = NULL WHERE lock = $1 AND state = $3`
	selectStruckSQL = `SELECT r.words FROM letter_removed d JOIN letter_removal r ON r.id = d.removal WHERE d.lock = $1`
	deleteStruckSQL = `DELETE FROM letter_removed WHERE lock = $1`

	insertSuppressedSQL = `INSERT INTO letter_suppressed (letter, tag) VALUES ($1, $2) ON CONFLICT (letter, tag) DO NOTHING`
	deleteSuppressedSQL = `DELETE FROM letter_suppressed WHERE letter = $1 AND tag = $2`
	selectSuppressedSQL = `SELECT 1 FROM letter_suppressed WHERE letter = $1 AND tag = $2`
	eachSignatureSQL    = `SELECT lock, letter, version, assurance, state FROM letter_signature`
)

// signatureState is what a row says of a signature.
type signatureState string

const (
	counted   signatureState = "counted"
	withdrawn signatureState = "withdrawn" // by its signer, who opened the lock
	removed   signatureState = "removed"   // without its lock: a mailbox asked
)

func upsertLetter(tx *db.Tx, l *Letter) error {
	about, err := json.Marshal(l.About)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(upsertLetterSQL, l.ID[:], l.Campaign[:], l.Case, l.Slug, string(l.State), int(l.Version), string(l.Pace), l.Dated, string(about)); err != nil {
		return err
	}
	l.Opened = l.Opened || l.State == Open
	return opened(tx, l.ID, l.State)
}

// opened notes of a letter that is open from now on that it could be signed once.
func opened(tx *db.Tx, id receipt.Letter, s State) error {
	if s != Open {
		return nil
	}
	_, err := tx.Exec(insertOpenedSQL, id[:])
	return err
}

func selectLetters(tx *db.Tx) (list []*Letter, err error) {
	err = tx.Each(selectLettersSQL, nil, func(scan func(...any) error) error {
		var id, campaign []byte
		var about string
		once := 0
		l := &Letter{}
		if err := scan(&id, &campaign, &l.Case, &l.Slug, &l.State, &l.Version, &l.Pace, &l.Dated, &about, &once); err != nil {
			return err
		}
		l.Opened = once != 0
		copy(l.ID[:], id)
		copy(l.Campaign[:], campaign)
		list = append(list, l)
		return json.Unmarshal([]byte(about), &l.About)
	})
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if l.Texts, err = selectTexts(tx, l.ID, l.Version); err != nil {
			return nil, err
		}
		if l.Reports, err = selectReports(tx, l.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// lockOpen holds the letter's row until the transaction ends and tells its state: closing can't race a confirm.
func lockOpen(tx *db.Tx, id receipt.Letter) (state State, err error) {
	_, err = tx.One(lockOpenSQL, id[:]).Scan(&state)
	return state, err
}

func insertTexts(tx *db.Tx, id receipt.Letter, v Version, texts map[lang.Tag]Wording, sha receipt.Manifest) error {
	if _, err := tx.Exec(deleteTextSQL, id[:], int(v)); err != nil {
		return err
	}
	for tag, w := range texts {
		if _, err := tx.Exec(insertTextSQL, id[:], int(v), string(tag), w.Title, w.Body, w.Demand, w.Addressee, sha[:]); err != nil {
			return err
		}
	}
	return nil
}

func selectTexts(tx *db.Tx, id receipt.Letter, v Version) (map[lang.Tag]Wording, error) {
	texts := map[lang.Tag]Wording{}
	err := tx.Each(selectTextsSQL, []any{id[:], int(v)}, func(scan func(...any) error) error {
		var tag string
		var w Wording
		err := scan(&tag, &w.Title, &w.Body, &w.Demand, &w.Addressee)
		texts[lang.Tag(tag)] = w
		return err
	})
	return texts, err
}

// textRow is a version as stored: its texts and the hash of their manifest.
type textRow struct {
	letter  receipt.Letter
	version Version
	texts   map[lang.Tag]Wording
	sha     receipt.Manifest
}

func eachText(tx *db.Tx, fn func(textRow) error) error {
	var rows []textRow
	err := tx.Each(eachTextSQL, nil, func(scan func(...any) error) error {
		var id, sha []byte
		var tag string
		var w Wording
		var v Version
		if err := scan(&id, &v, &tag, &w.Title, &w.Body, &w.Demand, &w.Addressee, &sha); err != nil {
			return err
		}
		r := textRow{letter: receipt.Letter(id), version: v, texts: map[lang.Tag]Wording{}}
		copy(r.sha[:], sha)
		if n := len(rows); n > 0 && rows[n-1].letter == r.letter && rows[n-1].version == v && rows[n-1].sha == r.sha {
			r = rows[n-1]
		} else {
			rows = append(rows, r)
		}
		r.texts[lang.Tag(tag)] = w
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// insertUsed remembers a used token until the day it ends, or until the letter closes that it was for; nil if it was for none.
func insertUsed(tx *db.Tx, of []byte, hash []byte, expires int64) (first bool, err error) {
	n, err := tx.Exec(insertUsedSQL, hash, expires, of)
	return n == 1, err
}

// insertUsedOpen is lockOpen and insertUsed in one statement. That it is not first may also mean that the letter is not open.
func insertUsedOpen(tx *db.Tx, id receipt.Letter, hash []byte, expires int64) (first bool, err error) {
	n, err := tx.Exec(insertUsedInSQL, hash, expires, id[:], string(Open))
	return n == 1, err
}

func deleteUsed(tx *db.Tx, before int64) error {
	_, err := tx.Exec(deleteUsedSQL, before)
	return err
}

func insertSignature(tx *db.Tx, s receipt.Sign, tag []byte, day int64) (fresh bool, err error) {
	n, err := tx.Exec(insertSignatureSQL, s.Lock[:], s.Letter[:], tag, int(s.Version), int(s.Assurance), string(counted), day)
	return n == 1, err
}

func rotateLink(tx *db.Tx, id receipt.Letter, tag seal.Tag, hash []byte) error {
	_, err := tx.Exec(rotateLinkSQL, id[:], tag[:], hash)
	return err
}

// signatureRow is what a private link finds.
type signatureRow struct {
	lock      receipt.Lock
	letter    receipt.Letter
	state     signatureState
	assurance receipt.Assurance
	first     bool // found by the link that its entry was made for
}

func selectBySecret(tx *db.Tx, s Secret) (r signatureRow, found bool, err error) {
	lock := s.preimage().Lock()
	for _, by := range []struct {
		query string
		key   []byte
	}{{selectByLockSQL, lock[:]}, {selectByLinkSQL, s.hash()}} {
		var l, id []byte
		found, err = tx.One(by.query, by.key).Scan(&l, &id, &r.state, &r.assurance)
		if err != nil || found {
			copy(r.lock[:], l)
			copy(r.letter[:], id)
			r.first = r.lock == lock
			return r, found, err
		}
	}
	return r, false, nil
}

// endSignature takes a signature out for good, once. One that counted forgets its tag, so that the address may sign again; one that was struck off
// keeps it until the letter closes.
func endSignature(tx *db.Tx, lock receipt.Lock, as signatureState, struck bool) (bool, error) {
	query, was := endCountedSQL, counted
	if struck {
		query, was = endStruckSQL, removed
	}
	n, err := tx.Exec(query, lock[:], string(as), string(was))
	return n == 1, err
}

func selectByTag(tx *db.Tx, id receipt.Letter, tag seal.Tag) (lock receipt.Lock, found bool, err error) {
	var l []byte
	found, err = tx.One(selectByTagSQL, id[:], tag[:]).Scan(&l)
	copy(lock[:], l)
	return lock, found, err
}

// selectStruck finds the public reason for which a signature was struck off.
func selectStruck(tx *db.Tx, lock receipt.Lock) (words string, struck bool, err error) {
	struck, err = tx.One(selectStruckSQL, lock[:]).Scan(&words)
	return words, struck, err
}

func deleteStruck(tx *db.Tx, lock receipt.Lock) (bool, error) {
	n, err := tx.Exec(deleteStruckSQL, lock[:])
	return n == 1, err
}

func insertSuppressed(tx *db.Tx, id receipt.Letter, tag seal.Tag) error {
	_, err := tx.Exec(insertSuppressedSQL, id[:], tag[:])
	return err
}

func deleteSuppressed(tx *db.Tx, id receipt.Letter, tag seal.Tag) error {
	_, err := tx.Exec(deleteSuppressedSQL, id[:], tag[:])
	return err
}

func isSuppressed(tx *db.Tx, id receipt.Letter, tag seal.Tag) (bool, error) {
	return tx.One(selectSuppressedSQL, id[:], tag[:]).Scan(new(int))
}

// signatureFact is a row as it must agree with the log.
type signatureFact struct {
	lock      receipt.Lock
	letter    receipt.Letter
	version   Version
	assurance receipt.Assurance
	state     signatureState
}

func eachSignature(tx *db.Tx, fn func(signatureFact) error) error {
	return tx.Each(eachSignatureSQL, nil, func(scan func(...any) error) error {
		var f signatureFact
		var lock, id []byte
		if err := scan(&lock, &id, &f.version, &f.assurance, &f.state); err != nil {
			return err
		}
		copy(f.lock[:], lock)
		copy(f.letter[:], id)
		return fn(f)
	})
}
