package db_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// thingTables are a small schema of the test's own, and what a dump keeps of it.
var thingTables = []string{
	`CREATE TABLE thing (id {blob} PRIMARY KEY, n BIGINT NOT NULL, words TEXT, data {blob}, due BIGINT NOT NULL) {norowid}`,
	`CREATE TABLE other (a INTEGER NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) {norowid}`,
	`CREATE TABLE secret (id {blob} PRIMARY KEY, words TEXT NOT NULL) {norowid}`,
}

// kept is the plan for these tables, and for those of the migrations, of which nothing is kept.
func kept(t *testing.T, d *db.DB) []db.Table {
	t.Helper()
	plan := []db.Table{
		{Name: "thing", Key: []string{"id"}, Keep: []string{"id", "n", "words", "data"}, Fill: map[string]int64{"due": 7}},
		{Name: "other", Key: []string{"a", "b"}, Keep: []string{"a", "b"}},
		{Name: "secret"},
	}
	for _, name := range tableNames(t, d) {
		if name != "thing" && name != "other" && name != "secret" {
			plan = append(plan, db.Table{Name: name})
		}
	}
	return plan
}

func tableNames(t *testing.T, d *db.DB) (names []string) {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if d.Engine() == db.Postgres {
		query = `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()`
	}
	must(t, d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(query, nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			if name != "goose_db_version" && !strings.HasPrefix(name, "sqlite_") {
				names = append(names, name)
			}
			return err
		})
	}))
	return names
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func do(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	must(t, d.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

// things makes the schema; full says whether rows are put in.
func things(t *testing.T, c db.Config, full bool) *db.DB {
	d := dbtest.Open(t, c)
	for _, query := range thingTables {
		do(t, d, query)
	}
	if !full {
		return d
	}
	do(t, d, `INSERT INTO thing (id, n, words, data, due) VALUES ($1, $2, $3, $4, $5)`, []byte{9}, int64(-1)<<63, "", []byte{}, 1)
	do(t, d, `INSERT INTO thing (id, n, words, data, due) VALUES ($1, $2, $3, $4, $5)`, []byte{1, 0}, int64(1)<<62, "наши\nслова 'and' \"more\"", []byte("\x00\xff\x80"), 2)
	do(t, d, `INSERT INTO thing (id, n, words, data, due) VALUES ($1, $2, NULL, NULL, $3)`, []byte{5}, 0, 3)
	must(t, d.Update(t.Context(), func(tx *db.Tx) error {
		for i := range 4321 { // to be more than one record, and more than one commit at loading
			if _, err := tx.Exec(`INSERT INTO other (a, b) VALUES ($1, $2)`, 4321-i, fmt.Sprint("row ", i, strings.Repeat(".", i%97))); err != nil {
				return err
			}
		}
		return nil
	}))
	do(t, d, `INSERT INTO secret (id, words) VALUES ($1, $2)`, []byte{1}, "never in a dump")
	return d
}

func dump(t *testing.T, d *db.DB) []byte {
	t.Helper()
	var out bytes.Buffer
	sum, err := d.Dump(t.Context(), kept(t, d), json.RawMessage(`{"made":"today"}`), &out, nil)
	must(t, err)
	if sum.Rows != sum.Tables["thing"]+sum.Tables["other"] {
		t.Fatalf("%+v", sum)
	}
	return out.Bytes()
}

// What one engine dumped the other loads, and dumps again to the very same bytes but for the engine's name.
func TestDumpGoesBetweenEngines(t *testing.T) {
	texts := map[db.Engine][]byte{}
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		d := things(t, c, true)
		texts[d.Engine()] = dump(t, d)
		if bytes.Contains(texts[d.Engine()], []byte("never in a dump")) {
			t.Error("a table that is left out is in the dump")
		}
	})
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		for from, text := range texts {
			t.Run("from "+from.String(), func(t *testing.T) {
				if c.URL == "" {
					c.File = t.TempDir() + "/x.db"
				}
				d := things(t, c, false)
				do(t, d, `DELETE FROM thing`)
				do(t, d, `DELETE FROM other`)
				r, err := db.ReadDump(bytes.NewReader(text))
				must(t, err)
				if string(r.About) != `{"made":"today"}` || r.Engine != from.String() {
					t.Fatalf("%s %s", r.About, r.Engine)
				}
				var order []string
				sum, err := d.Load(t.Context(), kept(t, d), r, func(table string) error { order = append(order, table); return nil }, nil)
				must(t, err)
				if sum.Rows != 4324 || sum.Tables["other"] != 4321 || len(order) != 2 || order[0] != "thing" {
					t.Fatalf("%+v %q", sum, order)
				}
				again := dump(t, d)
				for e := range texts {
					if bytes.Equal(named(again, d.Engine()), named(texts[e], e)) {
						continue
					}
					t.Errorf("what was loaded from %s is not what was dumped from %s", from, e)
				}
				must(t, d.View(t.Context(), func(tx *db.Tx) error {
					n := 0
					_, err := tx.One(`SELECT count(*) FROM thing WHERE due = 7`).Scan(&n)
					if n != 3 {
						t.Errorf("%d of 3 columns are filled", n)
					}
					return err
				}))
				do(t, d, `DROP TABLE thing`)
				do(t, d, `DROP TABLE other`)
				do(t, d, `DROP TABLE secret`)
			})
		}
	})
}

// named is a dump without its engine's name and its last record, whose hash is of that too.
func named(text []byte, e db.Engine) []byte {
	text = bytes.Replace(text, []byte(`"engine":"`+e.String()+`"`), nil, 1)
	from := bytes.IndexByte(text[20:], '"') // behind the length of the head, which goes by that name
	return text[20+from : bytes.LastIndexByte(text, 'Z')]
}

// A dump is of one moment: what others write meanwhile is in it whole, or not at all.
func TestDumpIsOfOneMoment(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		d := things(t, c, true)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ { // always one row of each, in one commit
				_ = d.Update(context.Background(), func(tx *db.Tx) error {
					if _, err := tx.Exec(`INSERT INTO other (a, b) VALUES ($1, 'pair')`, 10_000+i); err != nil {
						return err
					}
					_, err := tx.Exec(`INSERT INTO thing (id, n, due) VALUES ($1, $2, 0)`, fmt.Appendf(nil, "pair %d", i), 10_000+i)
					return err
				})
			}
		})
		met := false
		for range 8 {
			r, err := db.ReadDump(bytes.NewReader(dump(t, d)))
			must(t, err)
			for _, _, err = r.Table(); err == nil; _, _, err = r.Table() {
				for _, err = r.Row(); err == nil; _, err = r.Row() {
				}
				if err != io.EOF {
					t.Fatal(err)
				}
			}
			if sum := r.Dumped().Tables; sum["thing"]-3 != sum["other"]-4321 {
				t.Fatalf("halves of commits: %v", sum)
			}
			met = met || r.Dumped().Tables["thing"] > 3
		}
		stop()
		wg.Wait()
		if !met {
			t.Error("nobody wrote meanwhile")
		}
	})
}

// Every bit that is turned and every byte that is missing is found, by the dump's own lengths, counts and hash.
func TestDamagedDumps(t *testing.T) {
	d := things(t, db.Config{File: t.TempDir() + "/x.db"}, false)
	do(t, d, `INSERT INTO thing (id, n, words, data, due) VALUES ($1, 3, 'four', $1, 5)`, []byte{9})
	do(t, d, `INSERT INTO other (a, b) VALUES (1, 'two')`)
	text := dump(t, d)
	read := func(b []byte) error {
		r, err := db.ReadDump(bytes.NewReader(b))
		for err == nil {
			_, _, err = r.Table()
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
	must(t, read(text))
	for i := range text {
		for bit := range 8 {
			b := bytes.Clone(text)
			b[i] ^= 1 << bit
			if err := read(b); !errors.Is(err, db.ErrDump) {
				t.Fatalf("bit %d of byte %d is turned: %v", bit, i, err)
			}
		}
		if err := read(text[:i]); !errors.Is(err, db.ErrDump) {
			t.Fatalf("only %d bytes are there: %v", i, err)
		}
	}
	if err := read(append(bytes.Clone(text), 'x')); !errors.Is(err, db.ErrDump) {
		t.Fatalf("a byte too many: %v", err)
	}
}

// A table or a column that nobody decided about is an error, and so is one that was decided about and is not there.
func TestForgottenTables(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		d := things(t, c, false)
		plan := kept(t, d)
		must(t, d.CheckPlan(t.Context(), plan))
		for name, wrong := range map[string][]db.Table{
			"keeps table other":          append([]db.Table{plan[0]}, plan[2:]...),
			"keeps column due of":        append([]db.Table{{Name: "thing", Key: plan[0].Key, Keep: plan[0].Keep}}, plan[1:]...),
			"there is no table more":     append([]db.Table{{Name: "more"}}, plan...),
			"there is no column more in": append([]db.Table{{Name: "thing", Key: plan[0].Key, Keep: append([]string{"more"}, plan[0].Keep...), Fill: plan[0].Fill}}, plan[1:]...),
		} {
			if err := d.CheckPlan(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := d.Dump(t.Context(), wrong, nil, io.Discard, nil); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("a dump after it: %v", err)
			}
		}
		later := append([]db.Table{{Name: "more", Since: 1 << 40}, {Name: "thing", Key: plan[0].Key, Keep: append([]string{"more"}, plan[0].Keep...), Fill: plan[0].Fill,
			Later: map[string]int64{"more": 1 << 40}}}, plan[1:]...)
		must(t, d.CheckPlan(t.Context(), later))
	})
}

// However large a table is, a dump of it, and reading that, takes a few MiB.
func TestDumpTakesLittleMemory(t *testing.T) {
	d := things(t, db.Config{File: t.TempDir() + "/x.db"}, false)
	const rows, each = 8192, 4096
	must(t, d.Update(t.Context(), func(tx *db.Tx) error {
		data := make([]byte, each)
		for range rows {
			rand.Read(data)
			if _, err := tx.Exec(`INSERT INTO thing (id, n, data, due) VALUES ($1, 1, $2, 1)`, data[:16], data); err != nil {
				return err
			}
		}
		return nil
	}))
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := heap(), uint64(0)
	file, err := os.Create(filepath.Join(t.TempDir(), "dump"))
	must(t, err)
	defer file.Close()
	_, err = d.Dump(t.Context(), kept(t, d), nil, file, func(int64, int64) { most = max(most, heap()) })
	must(t, err)
	_, err = file.Seek(0, io.SeekStart)
	must(t, err)
	r, err := db.ReadDump(file)
	must(t, err)
	read := 0
	for _, _, err = r.Table(); err == nil; _, _, err = r.Table() {
		for _, err = r.Row(); err == nil; _, err = r.Row() {
			if read++; read%1000 == 0 {
				most = max(most, heap())
			}
		}
	}
	if err != io.EOF || read != rows {
		t.Fatalf("%d rows: %v", read, err)
	}
	if grown := int64(most) - int64(before); grown > 8<<20 {
		t.Errorf("%d MiB for a table of %d", grown>>20, rows*each>>20)
	}
}
