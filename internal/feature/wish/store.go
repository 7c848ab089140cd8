package wish

import (
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
)

const (
	insertLinkSQL = `INSERT INTO wish_link (hash, casefile, capacity, made, until) VALUES ($1, $2, $3, $4, $5)`
	selectLinkSQL = `SELECT casefile, capacity, made, until FROM wish_link WHERE hash = $1`
	eachLinkSQL   = `SELECT hash, casefile, capacity, made, until FROM wish_link`
	deleteLinkSQL = `DELETE FROM wish_link WHERE hash = $1`

	selectWordsSQL = `SELECT casefile, capacity, kind, name, agreed, turns FROM wish_word WHERE casefile = $1`
	eachWordSQL    = `SELECT casefile, capacity, kind, name, agreed, turns FROM wish_word`
	putWordSQL     = `INSERT INTO wish_word (casefile, capacity, kind, name, agreed, turns) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (casefile, capacity, kind, name) DO UPDATE SET agreed = excluded.agreed, turns = excluded.turns`
)

// lockNumber is this package's lock: two acts on a case are one after the other, on however many nodes.
const lockNumber = 0x6f75746372790105

func insertLink(tx *db.Tx, hash []byte, l Link) error {
	_, err := tx.Exec(insertLinkSQL, hash, l.Case, string(l.As), l.Made.String(), l.Until.String())
	return err
}

func selectLink(tx *db.Tx, hash []byte) (l Link, found bool, err error) {
	var made, until string
	if found, err = tx.One(selectLinkSQL, hash).Scan(&l.Case, &l.As, &made, &until); err != nil || !found {
		return l, found, err
	}
	l.ID = idOf(hash)
	l.Made, l.Until, err = dates(made, until)
	return l, true, err
}

// row is a link with its hash, for the organisers' commands.
type row struct {
	Link
	hash []byte
}

func selectLinks(tx *db.Tx) (list []row, err error) {
	err = tx.Each(eachLinkSQL, nil, func(scan func(...any) error) error {
		var r row
		var made, until string
		if err := scan(&r.hash, &r.Case, &r.As, &made, &until); err != nil {
			return err
		}
		r.ID = idOf(r.hash)
		if r.Made, r.Until, err = dates(made, until); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	})
	return list, err
}

func deleteLink(tx *db.Tx, hash []byte) error {
	_, err := tx.Exec(deleteLinkSQL, hash)
	return err
}

// word is what a capacity last said of an item, but for its stop.
type word struct {
	Item
	slug   string // of the case
	by     casefile.Giver
	agreed casefile.Date // zero: it does not agree
	turns  int64
}

func selectWords(tx *db.Tx, slug string) ([]word, error) { return wordsOf(tx, selectWordsSQL, slug) }

func selectAllWords(tx *db.Tx) ([]word, error) { return wordsOf(tx, eachWordSQL) }

func wordsOf(tx *db.Tx, query string, args ...any) (list []word, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var w word
		var agreed string
		if err := scan(&w.slug, &w.by, &w.Kind, &w.Name, &agreed, &w.turns); err != nil {
			return err
		}
		if w.agreed, _, err = dates(agreed, ""); err != nil {
			return err
		}
		list = append(list, w)
		return nil
	})
	return list, err
}

func putWord(tx *db.Tx, w word) error {
	_, err := tx.Exec(putWordSQL, w.slug, string(w.by), string(w.Kind), w.Name, w.agreed.String(), w.turns)
	return err
}

// dates reads two days; an empty one is none.
func dates(first, second string) (a, b casefile.Date, err error) {
	for _, d := range []struct {
		text string
		to   *casefile.Date
	}{{first, &a}, {second, &b}} {
		if d.text == "" {
			continue
		}
		if *d.to, err = casefile.ParseDate(d.text); err != nil {
			return a, b, err
		}
	}
	return a, b, nil
}
