package journey

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"golang.org/x/mod/sumdb/tlog"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"outcry/receipt"
)

// rows opens the installation's database beside its server, as whoever sits at the machine can.
func (s *site) rows(t testing.TB) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", s.dsn
	if s.sqlite() {
		file := url.URL{Scheme: "file", Opaque: filepath.Join(s.data, "outcry.db"), RawQuery: "_pragma=busy_timeout(5000)"}
		driver, dsn = "sqlite", file.String()
	}
	d, err := sql.Open(driver, dsn)
	must(t, err)
	return d
}

// number asks the database for one.
func (s *site) number(t testing.TB, query string, args ...any) (n int64) {
	t.Helper()
	d := s.rows(t)
	defer d.Close()
	must(t, d.QueryRow(query, args...).Scan(&n))
	return n
}

// twin copies the database of a site whose server does not run, and returns the copy's address; empty for SQLite, which lies in the folder.
func (e engine) twin(t testing.TB) string {
	t.Helper()
	if e.sqlite() {
		return ""
	}
	u, err := url.Parse(e.dsn)
	must(t, err)
	old := strings.TrimPrefix(u.Path, "/")
	var b [6]byte
	rand.Read(b[:])
	name := "c" + hex.EncodeToString(b[:])
	u.Path = "/postgres"
	admin, err := sql.Open("pgx", u.String())
	must(t, err)
	defer admin.Close()
	_, err = admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + old)
	must(t, err)
	drop := u.String()
	t.Cleanup(func() {
		if admin, err := sql.Open("pgx", drop); err == nil {
			defer admin.Close()
			_, err = admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
			if err != nil {
				t.Log(err)
			}
		}
	})
	u.Path = "/" + name
	return u.String()
}

// edit is what somebody does to the rows while the server is down, and a part of what the server has to say then.
type edit struct {
	name string
	say  string
	do   func(x editor)
}

// editor is somebody at the database.
type editor struct {
	t     testing.TB
	d     *sql.DB
	p     public // the log before
	old   public // the log when it was shorter
	lock  []byte // of a signature that counts
	left  []byte // of one that was withdrawn
	waits []byte // of one in the queue
	at    int64  // index of the first
}

func (x editor) exec(query string, args ...any) {
	x.t.Helper()
	n, err := x.d.Exec(query, args...)
	must(x.t, err)
	if rows, err := n.RowsAffected(); err != nil || rows == 0 {
		x.t.Fatalf("%s: touched %d rows, %v", query, rows, err)
	}
}

func (x editor) bytes(query string, args ...any) (b []byte) {
	x.t.Helper()
	must(x.t, x.d.QueryRow(query, args...).Scan(&b))
	return b
}

// hurt changes one bit of a column.
func (x editor) hurt(table, column string, at int, where string, args ...any) {
	x.t.Helper()
	b := x.bytes("SELECT "+column+" FROM "+table+" WHERE "+where, args...)
	b[at] ^= 1
	x.exec(fmt.Sprintf("UPDATE %s SET %s = $%d WHERE %s", table, column, len(args)+1, where), append(args, b)...)
}

func fresh(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

var edits = []edit{
	{"a signature's row is gone", "rows are gone", func(x editor) { x.exec("DELETE FROM letter_signature WHERE lock = $1", x.lock) }},
	{"a withdrawn one's row is gone", "rows are gone", func(x editor) { x.exec("DELETE FROM letter_signature WHERE lock = $1", x.left) }},
	{"a row without an entry", "is in no entry of the log", func(x editor) {
		x.exec("INSERT INTO letter_signature (lock, letter, tag, version, assurance, state, day) SELECT $1, letter, NULL, version, assurance, state, day FROM letter_signature WHERE lock = $2", fresh(32), x.lock)
	}},
	{"a row for another", "is in no entry of the log", func(x editor) {
		x.exec("UPDATE letter_signature SET lock = $1 WHERE lock = $2", fresh(32), x.lock)
	}},
	{"another version", "says another letter, version or assurance", func(x editor) { x.exec("UPDATE letter_signature SET version = 2 WHERE lock = $1", x.lock) }},
	{"another assurance", "says another letter, version or assurance", func(x editor) { x.exec("UPDATE letter_signature SET assurance = 9 WHERE lock = $1", x.lock) }},
	{"another letter", "says another letter, version or assurance", func(x editor) {
		x.exec("UPDATE letter_signature SET tag = NULL, letter = (SELECT id FROM letter WHERE slug = $1) WHERE lock = $2", inBatches, x.lock)
	}},
	{"withdrawn in the row only", "the log says otherwise", func(x editor) { x.exec("UPDATE letter_signature SET state = 'withdrawn' WHERE lock = $1", x.lock) }},
	{"withdrawn in the log only", "the log says otherwise", func(x editor) { x.exec("UPDATE letter_signature SET state = 'counted' WHERE lock = $1", x.left) }},
	{"a leaf that waited is gone", "does not wait for one", func(x editor) { x.exec("DELETE FROM log_queue WHERE ref = $1", x.waits) }},
	{"a leaf waits twice", "is no entry that we made", func(x editor) {
		x.exec("INSERT INTO log_queue (ref, data, of_ref, pool, not_before) SELECT $1, data, of_ref, pool, not_before FROM log_queue WHERE ref = $2", fresh(32), x.waits)
	}},
	{"a leaf of nobody waits", "waits for the log, and there is no such signature", func(x editor) {
		lock := fresh(32)
		var data []byte
		must(x.t, x.d.QueryRow("SELECT data FROM log_queue WHERE ref = $1", x.waits).Scan(&data))
		forged := append(slices.Clone(data[:len(data)-32]), lock...)
		x.exec("INSERT INTO log_queue (ref, data, of_ref, pool, not_before) SELECT $1, $2, of_ref, pool, not_before FROM log_queue WHERE ref = $3", lock, forged, x.waits)
	}},
	{"a leaf that waits is of another text", "says another letter, version or assurance than its entry that waits", func(x editor) {
		var data []byte
		must(x.t, x.d.QueryRow("SELECT data FROM log_queue WHERE ref = $1", x.waits).Scan(&data))
		data[7+1+16+16+1]++
		x.exec("UPDATE log_queue SET data = $1 WHERE ref = $2", data, x.waits)
	}},
	{"a letter's text", "is not the one that the log's entry", func(x editor) {
		x.exec("UPDATE letter_text SET body = body || ' And more.' WHERE lang = 'en' AND letter = (SELECT id FROM letter WHERE slug = $1)", atOnce)
	}},
	{"a letter's title in one language", "is not the one that the log's entry", func(x editor) {
		x.exec("UPDATE letter_text SET title = 'Другое' WHERE lang = 'ru' AND letter = (SELECT id FROM letter WHERE slug = $1)", atOnce)
	}},
	{"a text's hash", "is not the one that the log's entry", func(x editor) {
		x.hurt("letter_text", "sha", 3, "lang = 'en' AND letter = (SELECT id FROM letter WHERE slug = $1)", atOnce)
	}},
	{"a text in another language", "is not the one that the log's entry", func(x editor) {
		x.exec("INSERT INTO letter_text (letter, version, lang, title, body, demand, addressee, sha) SELECT letter, version, 'de', title, body, demand, addressee, sha FROM letter_text WHERE lang = 'en'")
	}},
	{"a text in one language less", "is not the one that the log's entry", func(x editor) { x.exec("DELETE FROM letter_text WHERE lang = 'ru'") }},
	{"a letter's texts are gone", "is gone; the log's entry", func(x editor) {
		x.exec("DELETE FROM letter_text WHERE letter = (SELECT id FROM letter WHERE slug = $1)", atOnce)
	}},
	{"a letter is gone", "is gone, or of another campaign", func(x editor) { x.exec("DELETE FROM letter WHERE slug = $1", atOnce) }},
	{"a letter of another campaign", "is gone, or of another campaign", func(x editor) { x.exec("UPDATE letter SET campaign = $1 WHERE slug = $2", fresh(16), atOnce) }},
	{"a version that was never logged", "shows version 2", func(x editor) {
		x.exec("INSERT INTO letter_text (letter, version, lang, title, body, demand, addressee, sha) SELECT letter, 2, lang, title, body, demand, addressee, sha FROM letter_text WHERE letter = (SELECT id FROM letter WHERE slug = $1)", atOnce)
		var id []byte
		must(x.t, x.d.QueryRow("SELECT id FROM letter WHERE slug = $1", atOnce).Scan(&id))
		x.exec("UPDATE letter_text SET sha = $1 WHERE letter = $2 AND version = 2", manifest(x, id, 2), id)
		x.exec("UPDATE letter SET version = 2 WHERE slug = $1", atOnce)
	}},
	{"an entry's byte", "entry 17", func(x editor) { x.hurt("log_entry", "data", 60, "idx = 17") }},
	{"an entry is gone", "index 18 stands where 17", func(x editor) { x.exec("DELETE FROM log_entry WHERE idx = 17") }},
	{"the last entry is gone", "entries end at", func(x editor) { x.exec("DELETE FROM log_entry WHERE idx = $1", x.p.tree.N-1) }},
	{"an entry too many", "in a log of", func(x editor) {
		x.exec("INSERT INTO log_entry (idx, ref, data) SELECT $1, NULL, data FROM log_entry WHERE idx = 20", x.p.tree.N)
	}},
	{"swapped entries", "entry 30", func(x editor) {
		a, b := x.bytes("SELECT data FROM log_entry WHERE idx = 30"), x.bytes("SELECT data FROM log_entry WHERE idx = 31")
		x.exec("UPDATE log_entry SET data = $1 WHERE idx = 30", b)
		x.exec("UPDATE log_entry SET data = $1 WHERE idx = 31", a)
	}},
	{"a tile's byte", "tile 0/0 disagrees with the entries at hash 17: entry 17", func(x editor) { x.hurt("log_tile", "data", 17*tlog.HashSize, "level = 0 AND n = 0") }},
	{"an upper tile's byte", "tile 1/0 disagrees", func(x editor) { x.hurt("log_tile", "data", 5, "level = 1 AND n = 0") }},
	{"a tile is gone", "tile 0/1", func(x editor) { x.exec("DELETE FROM log_tile WHERE level = 0 AND n = 1") }},
	{"the root", "root at size", func(x editor) { x.hurt("log_state", "root", 0, "one = 1") }},
	{"the size", "in a log of", func(x editor) { x.exec("UPDATE log_state SET size = size - 1") }},
	{"the checkpoint", "checkpoint", func(x editor) { x.hurt("log_state", "note", 5, "one = 1") }},
	{"the checkpoint of an earlier time", "checkpoint speaks of size", func(x editor) { x.exec("UPDATE log_state SET note = $1", x.old.note) }},
	{"the key", "belongs to", func(x editor) { x.exec("UPDATE log_key SET vkey = $1", newForger(x.t, fresh(32)).key.String()) }},
	{"an entry, its tiles and the root", "checkpoint", func(x editor) { // all that can be done without the key
		list := append([][]byte{}, x.p.entries...)
		list[x.at] = twin(x.t, list[x.at])
		x.relay(list)
		x.exec("UPDATE log_state SET root = $1", hash(rootOf(x.t, list)))
	}},
	{"the log as it was earlier", ": signature ", func(x editor) { // whole and signed, but the rows are newer
		n := x.old.tree.N
		x.exec("DELETE FROM log_entry WHERE idx >= $1", n)
		x.relay(x.old.entries)
		x.exec("UPDATE log_state SET size = $1, root = $2, note = $3", n, hash(x.old.tree.Hash), x.old.note)
	}},
}

func hash(h tlog.Hash) []byte { return h[:] }

// relay puts other entries into the log, with their tiles.
func (x editor) relay(list [][]byte) {
	x.t.Helper()
	for i, data := range list {
		if string(data) != string(x.p.entries[i]) {
			x.exec("UPDATE log_entry SET data = $1 WHERE idx = $2", data, i)
		}
	}
	x.exec("DELETE FROM log_tile")
	for path, data := range tilesOf(list) {
		var level, n int
		if _, err := fmt.Sscanf(path, "/log/tile/%d/%03d", &level, &n); err == nil {
			x.exec("INSERT INTO log_tile (level, n, data) VALUES ($1, $2, $3)", level, n, data)
		}
	}
}

// manifest is the hash of a text version's rows, by the published rule.
func manifest(x editor, id []byte, version int) []byte {
	x.t.Helper()
	texts := map[string]string{}
	for _, lang := range []string{"en", "ru"} {
		var title, body, demand, addressee string
		must(x.t, x.d.QueryRow("SELECT title, body, demand, addressee FROM letter_text WHERE letter = $1 AND version = $2 AND lang = $3", id, version, lang).Scan(&title, &body, &demand, &addressee))
		texts[lang] = fmt.Sprintf(`{"addressee":%q,"body":%q,"demand":%q,"title":%q}`, addressee, body, demand, title)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, `{"letter":"%x","texts":{"en":%s,"ru":%s},"version":%d}`, id, texts["en"], texts["ru"], version))
	return sum[:]
}

// A server whose rows disagree with its log does not start, and says where.
func TestRowsAndLogAgree(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		people := s.crowd(corpus, func(i int) string { return fmt.Sprintf("person-%d@mail%d.example", i, i%3) })
		s.grows(texts + corpus)
		old := fetch(t, s.base())
		together(t, people[:3], (*signer).withdraw)
		more := &signer{reader: people[0].reader, address: "one-more@mail1.example"}
		must(t, more.sign())
		waiting := &signer{reader: people[0].reader, address: "waiting@mail1.example", letter: inBatches}
		untilBatch(t)
		must(t, waiting.sign())
		s.grows(texts + corpus + 4)
		p := fetch(t, s.base())
		signs, _ := p.parsed(t)
		lock, err := people[10].lock()
		must(t, err)
		if code := s.server.stop(); code != 0 {
			t.Fatalf("the server ends with %d:\n%s", code, s.said())
		}
		pristine := s.twin(t)
		t.Run("edits", func(t *testing.T) {
			for _, change := range edits {
				t.Run(change.name, func(t *testing.T) {
					t.Parallel()
					c := s.copyOf(t, engine{name: s.name, dsn: pristine}.twin(t))
					x := editor{t: t, d: c.rows(t), p: p, old: old, at: signs[lock][0]}
					x.lock, _ = hex.DecodeString(lock)
					x.left, _ = hex.DecodeString(lockOf(people[0]))
					x.waits, _ = hex.DecodeString(lockOf(waiting))
					change.do(x)
					must(t, x.d.Close())
					said := c.refuses()
					if said == "" {
						t.Fatal("the server started")
					}
					if !strings.Contains(said, change.say) || !strings.Contains(said, "outcry: th") || strings.Contains(said, "goroutine") {
						t.Errorf("it does not say %q:\n%s", change.say, said)
					}
				})
			}
			t.Run("nothing", func(t *testing.T) {
				t.Parallel()
				c := s.copyOf(t, engine{name: s.name, dsn: pristine}.twin(t))
				c.start()
				if r := newAuditor(t).content(c.base(), "--key", p.key); r.Size != p.tree.N && r.Size != p.tree.N+1 { // what waits leaves at the next full ten minutes
					t.Errorf("the log has %d entries", r.Size)
				}
			})
		})
	})
}

// A server that was set back to a copy of its past is in order with itself, as is one that went on from there. Who looked before, sees it.
func TestSetBack(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		crowd := func(s *site, n int, name string) {
			s.crowd(n, func(i int) string { return fmt.Sprintf("%s-%d@example.org", name, i) })
		}
		crowd(s, 5, "before")
		s.grows(texts + 5)
		if code := s.server.stop(); code != 0 {
			t.Fatalf("the server ends with %d", code)
		}
		past := s.copyOf(t, s.twin(t))
		s.start()
		crowd(s, 5, "after")
		s.grows(texts + 10)
		a := newAuditor(t)
		key := a.content(s.base()).Key.String()

		past.start()
		code, r := a.verify(past.base())
		if code != 1 || r.Fault == nil || r.Fault.Kind != receipt.FaultRollback {
			t.Errorf("of the past, verify exits with %d: %v", code, r.Fault)
		}
		newAuditor(t).content(past.base(), "--key", key) // at first sight nothing can be known
		crowd(past, 7, "otherwise")
		past.grows(texts + 12)
		for _, flags := range [][]string{nil, {"--key", key}} {
			code, r = a.verify(past.base(), flags...)
			if code != 1 || r.Fault == nil || r.Fault.Kind != receipt.FaultFork {
				t.Errorf("of the other future, verify %v exits with %d: %v", flags, code, r.Fault)
			}
		}
		a.content(s.base())
	})
}
