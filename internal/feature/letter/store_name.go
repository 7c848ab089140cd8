package letter

import (
	"bytes"
	"errors"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

const (
	insertNameSQL = `INSERT INTO letter_name (lock, letter, name, affiliation, salt, script, sort_key, idx, earlier, removed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, 0)`
	deleteNameSQL   = `DELETE FROM letter_name WHERE lock = $1`
	insertWordSQL   = `INSERT INTO letter_word (word, lock) VALUES ($1, $2)`
	deleteWordsSQL  = `DELETE FROM letter_word WHERE lock = $1`
	numberNameSQL   = `UPDATE letter_name SET idx = $2 WHERE lock = $1 AND idx IS NULL`
	selectNameSQL   = `SELECT letter, name, affiliation, salt, COALESCE(idx, -1), earlier, removed FROM letter_name WHERE lock = $1`
	eachNameSQL     = `SELECT lock, letter, name, affiliation, salt, COALESCE(idx, -1), earlier, removed FROM letter_name`
	eachDerivedSQL  = `SELECT lock, name, script, sort_key FROM letter_name`
	deriveNameSQL   = `UPDATE letter_name SET script = $2, sort_key = $3 WHERE lock = $1`
	listedLocksSQL  = `SELECT lock FROM letter_name WHERE letter = $1 AND idx IS NOT NULL AND idx < $2 AND removed = 0`
	eachWordSQL     = `SELECT lock, word FROM letter_word ORDER BY lock, word`
	selectStateSQL  = `SELECT letter, state FROM letter_signature WHERE lock = $1`
	insertFirstSQL  = `INSERT INTO letter_prominent (lock, checked_by_role, note) VALUES ($1, $2, $3) ON CONFLICT (lock) DO UPDATE SET checked_by_role = excluded.checked_by_role, note = excluded.note`
	deleteFirstSQL  = `DELETE FROM letter_prominent WHERE lock = $1`
	eachFirstSQL    = `SELECT lock FROM letter_prominent`
	countScriptsSQL = `SELECT script, count(*) FROM letter_name n
		WHERE letter = $1 AND idx IS NOT NULL AND idx < $2 AND removed = 0 AND NOT EXISTS (SELECT 1 FROM letter_prominent p WHERE p.lock = n.lock) GROUP BY script`

	// CROSS has SQLite begin with the few prominent ones.
	prominentNamesSQL = `SELECT n.lock, n.name, n.affiliation, p.checked_by_role, p.note FROM letter_prominent p CROSS JOIN letter_name n
		WHERE n.lock = p.lock AND n.letter = $1 AND n.idx IS NOT NULL AND n.idx < $2 AND n.removed = 0 ORDER BY n.sort_key, n.lock`
	ownNamesSQL = `SELECT n.lock, n.name, n.affiliation, '', '' FROM letter_name n
		WHERE n.letter = $1 AND n.script = $3 AND n.idx IS NOT NULL AND n.idx < $2 AND n.removed = 0
			AND NOT EXISTS (SELECT 1 FROM letter_prominent p WHERE p.lock = n.lock)
		ORDER BY n.sort_key, n.lock LIMIT $4 OFFSET $5`
	otherNamesSQL = `SELECT n.lock, n.name, n.affiliation, '', '' FROM letter_name n
		WHERE n.letter = $1 AND n.script <> $3 AND n.idx IS NOT NULL AND n.idx < $2 AND n.removed = 0
			AND NOT EXISTS (SELECT 1 FROM letter_prominent p WHERE p.lock = n.lock)
		ORDER BY n.sort_key, n.lock LIMIT $4 OFFSET $5`
	foundNamesSQL = `SELECT n.lock, n.name, n.affiliation, COALESCE(p.checked_by_role, ''), COALESCE(p.note, '')
		FROM letter_name n LEFT JOIN letter_prominent p ON p.lock = n.lock
		WHERE n.lock IN (SELECT w.lock FROM letter_word w WHERE w.word >= $4 AND w.word < $5)
			AND n.letter = $1 AND n.idx IS NOT NULL AND n.idx < $2 AND n.removed = 0
		ORDER BY CASE WHEN p.lock IS NULL THEN 1 ELSE 0 END, CASE WHEN n.script = $3 THEN 0 ELSE 1 END, n.sort_key, n.lock`
)

// nameRow is a name as it is kept.
type nameRow struct {
	Name
	lock    receipt.Lock
	letter  receipt.Letter
	salt    []byte
	index   int64 // of its show entry; -1 while that waits for the log
	earlier bool  // another name of this signature was logged before, and nothing after it says that it is hidden
	removed bool  // the signature was taken out by rule
}

// logged tells whether the log shows a name of this signature: only then is there something to hide.
func (r nameRow) logged() bool { return r.index >= 0 || r.earlier }

func (r nameRow) commitment() receipt.Commitment {
	return receipt.NameCommitment(r.salt, r.Name.Name, r.Affiliation)
}

func (r *nameRow) scan(scan func(...any) error, more ...any) error {
	var id []byte
	var earlier, removed int
	err := scan(append(more, &id, &r.Name.Name, &r.Affiliation, &r.salt, &r.index, &earlier, &removed)...)
	copy(r.letter[:], id)
	r.earlier, r.removed = earlier != 0, removed != 0
	return err
}

func selectName(tx *db.Tx, lock receipt.Lock) (r nameRow, found bool, err error) {
	r.lock = lock
	err = tx.Each(selectNameSQL, []any{lock[:]}, func(scan func(...any) error) error {
		found = true
		return r.scan(scan)
	})
	return r, found, err
}

func eachName(tx *db.Tx, fn func(nameRow) error) error {
	return tx.Each(eachNameSQL, nil, func(scan func(...any) error) error {
		var r nameRow
		var lock []byte
		if err := r.scan(scan, &lock); err != nil {
			return err
		}
		copy(r.lock[:], lock)
		return fn(r)
	})
}

func insertName(tx *db.Tx, r nameRow) error {
	earlier := 0
	if r.earlier {
		earlier = 1
	}
	_, err := tx.Exec(insertNameSQL, r.lock[:], r.letter[:], r.Name.Name, r.Affiliation, r.salt, script(r.Name.Name), sortKey(r.Name.Name), earlier)
	if err != nil {
		return err
	}
	return insertWords(tx, r.lock, r.Name.Name)
}

func insertWords(tx *db.Tx, lock receipt.Lock, name string) error {
	for _, w := range lang.NameWords(name) {
		if _, err := tx.Exec(insertWordSQL, []byte(w), lock[:]); err != nil {
			return err
		}
	}
	return nil
}

// deriveName writes anew what a name is found by and where it stands.
func deriveName(tx *db.Tx, lock receipt.Lock, name string) error {
	if _, err := tx.Exec(deriveNameSQL, lock[:], script(name), sortKey(name)); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteWordsSQL, lock[:]); err != nil {
		return err
	}
	return insertWords(tx, lock, name)
}

// staleNames are the signatures of whose names something is derived otherwise than now, and those of which words or a mark are left and no name.
func staleNames(tx *db.Tx) (list []receipt.Lock, err error) {
	found, err := wordsOf(tx)
	if err != nil {
		return nil, err
	}
	known := map[receipt.Lock]bool{} // nothing is left to do
	err = tx.Each(eachDerivedSQL, nil, func(scan func(...any) error) error {
		var raw, key []byte
		var name, code string
		if err := scan(&raw, &name, &code, &key); err != nil {
			return err
		}
		var lock receipt.Lock
		copy(lock[:], raw)
		want := lang.NameWords(name)
		slices.Sort(want)
		same := slices.EqualFunc(found[lock], want, func(a []byte, b string) bool { return string(a) == b })
		if !same || code != script(name) || !bytes.Equal(key, sortKey(name)) {
			list = append(list, lock)
		}
		known[lock] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	left := func(lock receipt.Lock) {
		if !known[lock] {
			list, known[lock] = append(list, lock), true
		}
	}
	for lock := range found {
		left(lock)
	}
	return list, eachProminent(tx, left)
}

// deleteName forgets a name, what it is found by, and that its bearer was checked: a later name would be another's.
func deleteName(tx *db.Tx, lock receipt.Lock) error {
	gone, err := tx.Exec(deleteNameSQL, lock[:])
	if err != nil {
		return err
	}
	for _, query := range []string{deleteWordsSQL, deleteFirstSQL} {
		if _, err := tx.Exec(query, lock[:]); err != nil {
			return err
		}
	}
	if gone == 0 {
		return nil
	}
	return tx.Tell(db.Hidden) // other processes have pages with it
}

func numberName(tx *db.Tx, lock receipt.Lock, index int64) error {
	_, err := tx.Exec(numberNameSQL, lock[:], index)
	return err
}

// selectSigned is what a signature's row says, whoever asks.
func selectSigned(tx *db.Tx, lock receipt.Lock) (id receipt.Letter, state signatureState, found bool, err error) {
	var l []byte
	found, err = tx.One(selectStateSQL, lock[:]).Scan(&l, &state)
	copy(id[:], l)
	return id, state, found, err
}

func insertProminent(tx *db.Tx, lock receipt.Lock, role, note string) error {
	_, err := tx.Exec(insertFirstSQL, lock[:], role, note)
	return err
}

func deleteProminent(tx *db.Tx, lock receipt.Lock) (bool, error) {
	n, err := tx.Exec(deleteFirstSQL, lock[:])
	return n == 1, err
}

// countNames counts the names below an index that are in the alphabetical list: those of one script, and all others.
func countNames(tx *db.Tx, id receipt.Letter, size int64, own string) (same, other int, err error) {
	err = tx.Each(countScriptsSQL, []any{id[:], size}, func(scan func(...any) error) error {
		var code string
		var n int
		err := scan(&code, &n)
		if code == own {
			same += n
		} else {
			other += n
		}
		return err
	})
	return same, other, err
}

func selectNames(tx *db.Tx, query string, args ...any) (list []ShownName, err error) {
	err = eachShown(tx, query, args, func(s ShownName) error {
		list = append(list, s)
		return nil
	})
	return list, err
}

func eachShown(tx *db.Tx, query string, args []any, fn func(ShownName) error) error {
	return tx.Each(query, args, func(scan func(...any) error) error {
		var s ShownName
		var lock []byte
		if err := scan(&lock, &s.Name.Name, &s.Affiliation, &s.CheckedBy, &s.Note); err != nil {
			return err
		}
		copy(s.Lock[:], lock)
		return fn(s)
	})
}

var errEnough = errors.New("enough")

// findNames walks the names that have a word which begins so, as long as fn wants more.
func findNames(tx *db.Tx, id receipt.Letter, size int64, own, word string, fn func(ShownName) (more bool)) error {
	err := eachShown(tx, foundNamesSQL, []any{id[:], size, own, []byte(word), after(word)}, func(s ShownName) error {
		if !fn(s) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// after is the first word that does not begin with this one. No byte of UTF-8 is 0xFF.
func after(word string) []byte { return append([]byte(word), 0xFF) }

// eachListed hands over the signatures whose names are listed below an index.
func eachListed(tx *db.Tx, id receipt.Letter, size int64, fn func(receipt.Lock)) error {
	return tx.Each(listedLocksSQL, []any{id[:], size}, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		var lock receipt.Lock
		copy(lock[:], raw)
		fn(lock)
		return nil
	})
}

// wordsOf reads back what each name is found by.
func wordsOf(tx *db.Tx) (map[receipt.Lock][][]byte, error) {
	all := map[receipt.Lock][][]byte{}
	err := tx.Each(eachWordSQL, nil, func(scan func(...any) error) error {
		var lock, word []byte
		if err := scan(&lock, &word); err != nil {
			return err
		}
		var l receipt.Lock
		copy(l[:], lock)
		all[l] = append(all[l], bytes.Clone(word))
		return nil
	})
	return all, err
}

func eachProminent(tx *db.Tx, fn func(receipt.Lock)) error {
	return tx.Each(eachFirstSQL, nil, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		var lock receipt.Lock
		copy(lock[:], raw)
		fn(lock)
		return nil
	})
}
