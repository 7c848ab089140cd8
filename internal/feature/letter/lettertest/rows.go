package lettertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/receipt"
)

type (
	entryRow struct {
		idx       int64
		ref, data []byte
	}
	queueRow     struct{ ref, data, of []byte }
	signatureRow struct {
		lock               receipt.Lock
		letter, tag, link  []byte
		version, assurance int64
		state              string
	}
	nameRow struct {
		lock              receipt.Lock
		letter, salt      []byte
		name, affiliation string
		idx               int64 // -1 while its entry waits
		removed           bool
	}
	removedRow struct {
		lock   receipt.Lock
		there  bool // the removal is
		letter []byte
		reason int64
	}
	letterRow struct {
		id                    []byte
		casefile, slug, state string
	}
	suppressedRow struct{ letter, tag []byte }
)

// tablesRead is one state of the database.
type tablesRead struct {
	log          []entryRow // by index
	queue        []queueRow // by reference
	signatures   []signatureRow
	names        []nameRow
	words        []receipt.Lock
	removed      []removedRow
	letters      []letterRow
	used         [][]byte // letters
	suppressed   []suppressedRow
	certificates map[string][]byte
	jobs         [][]byte // payloads
	news         [][]byte
	all          []byte // every column of every table
}

const (
	columnsOfSQLite   = `SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid`
	columnsOfPostgres = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`
)

type scanner = func(dest ...any) error

func (r *tablesRead) read(tx *db.Tx, engine db.Engine) error {
	*r = tablesRead{certificates: map[string][]byte{}}
	var lock []byte
	for _, q := range []struct {
		query string
		each  func(scan scanner) error
	}{
		{`SELECT idx, ref, data FROM log_entry ORDER BY idx`, func(scan scanner) error {
			var e entryRow
			err := scan(&e.idx, &e.ref, &e.data)
			r.log = append(r.log, e)
			return err
		}},
		{`SELECT ref, data, of_ref FROM log_queue ORDER BY ref`, func(scan scanner) error {
			var w queueRow
			err := scan(&w.ref, &w.data, &w.of)
			r.queue = append(r.queue, w)
			return err
		}},
		{`SELECT lock, letter, tag, link_hash, version, assurance, state FROM letter_signature`, func(scan scanner) error {
			var s signatureRow
			err := scan(&lock, &s.letter, &s.tag, &s.link, &s.version, &s.assurance, &s.state)
			s.lock = lockOf(lock)
			r.signatures = append(r.signatures, s)
			return err
		}},
		{`SELECT lock, letter, salt, name, affiliation, COALESCE(idx, -1), removed FROM letter_name`, func(scan scanner) error {
			var n nameRow
			var removed int
			err := scan(&lock, &n.letter, &n.salt, &n.name, &n.affiliation, &n.idx, &removed)
			n.lock, n.removed = lockOf(lock), removed != 0
			r.names = append(r.names, n)
			return err
		}},
		{`SELECT lock FROM letter_word`, func(scan scanner) error {
			err := scan(&lock)
			r.words = append(r.words, lockOf(lock))
			return err
		}},
		{`SELECT d.lock, r.letter, COALESCE(r.reason, 0) FROM letter_removed d LEFT JOIN letter_removal r ON r.id = d.removal`, func(scan scanner) error {
			var m removedRow
			err := scan(&lock, &m.letter, &m.reason)
			m.lock, m.there = lockOf(lock), m.letter != nil
			r.removed = append(r.removed, m)
			return err
		}},
		{`SELECT id, casefile, slug, state FROM letter ORDER BY slug`, func(scan scanner) error {
			var l letterRow
			err := scan(&l.id, &l.casefile, &l.slug, &l.state)
			r.letters = append(r.letters, l)
			return err
		}},
		{`SELECT letter FROM letter_used`, func(scan scanner) error {
			var id []byte
			err := scan(&id)
			r.used = append(r.used, id)
			return err
		}},
		{`SELECT letter, tag FROM letter_suppressed`, func(scan scanner) error {
			var u suppressedRow
			err := scan(&u.letter, &u.tag)
			r.suppressed = append(r.suppressed, u)
			return err
		}},
		{`SELECT letter, note FROM letter_certificate`, func(scan scanner) error {
			var id []byte
			var note string
			err := scan(&id, &note)
			r.certificates[string(id)] = []byte(note)
			return err
		}},
		{`SELECT payload FROM job`, func(scan scanner) error {
			var payload []byte
			err := scan(&payload)
			r.jobs = append(r.jobs, payload)
			return err
		}},
		{`SELECT sealed FROM news`, func(scan scanner) error {
			var sealed []byte
			err := scan(&sealed)
			r.news = append(r.news, sealed)
			return err
		}},
	} {
		if err := tx.Each(q.query, nil, q.each); err != nil {
			return fmt.Errorf("%s: %w", q.query, err)
		}
	}
	return r.readAll(tx, engine)
}

// readAll reads every column of every table, whatever tables there are.
func (r *tablesRead) readAll(tx *db.Tx, engine db.Engine) error {
	query := columnsOfSQLite
	if engine == db.Postgres {
		query = columnsOfPostgres
	}
	columns := map[string][]string{}
	err := tx.Each(query, nil, func(scan scanner) error {
		var table, column string
		err := scan(&table, &column)
		columns[table] = append(columns[table], column)
		return err
	})
	for table, names := range columns {
		if err != nil {
			return err
		}
		err = tx.Each("SELECT "+strings.Join(names, ", ")+" FROM "+table, nil, func(scan scanner) error {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			err := scan(into...)
			for _, v := range values {
				if b, ok := v.([]byte); ok {
					r.all = append(r.all, b...)
				} else {
					r.all = fmt.Append(r.all, v)
				}
				r.all = append(r.all, '\n')
			}
			return err
		})
	}
	return err
}

// leaf is the hash that a promise of a signature is about: of its entry, which waits.
func (r *tablesRead) leaf(lock receipt.Lock) (h tlog.Hash) {
	for _, w := range r.queue {
		if bytes.Equal(w.ref, lock[:]) {
			h = receipt.LeafHash(w.data)
		}
	}
	return h
}

// lockOf is a column as a lock; of one that is none, a lock that nothing has.
func lockOf(b []byte) (l receipt.Lock) {
	if len(b) == len(l) {
		copy(l[:], b)
	}
	return l
}

// parsed is an entry; nil if the bytes are none.
func parsed(data []byte) receipt.Entry {
	e, err := receipt.Parse(data)
	if err != nil {
		return nil
	}
	return e
}

// spellings are the forms in which a value could stand somewhere: as it is, in capitals, in hex, in base64 at any place, and if asked for its hash likewise:
// the hash of an address is the address to whoever has a list of them.
func spellings(value string, hashed bool) (forms []string) {
	plain := []string{value, strings.ToLower(value), strings.ToUpper(value)}
	if hashed {
		for _, v := range plain[:2] {
			sum := sha256.Sum256([]byte(v))
			plain = append(plain, string(sum[:]))
		}
	}
	for _, v := range plain {
		h := hex.EncodeToString([]byte(v))
		forms = append(forms, v, h, strings.ToUpper(h))
		for shift := range 3 {
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				b := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + v))
				forms = append(forms, b[(shift*8+5)/6:len(b)-1]) // without the characters that hang on the neighbours
			}
		}
	}
	return forms
}
