package journey

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/seal"
	"outcry/test/seizure"
)

// bird is the n-th address, of a kind that mailboxes have and programs stumble over. Each is unlike any other, and so is its domain.
func bird(n int) string {
	mark, domain := hex.EncodeToString(fresh(5)), "nest-"+hex.EncodeToString(fresh(4))+".example"
	switch n % 5 {
	case 0:
		return "Robin." + mark + "@" + domain
	case 1:
		return "wren" + mark + "+letters@" + domain
	case 2:
		return "жаворонок." + mark + "@гнездо-" + hex.EncodeToString(fresh(4)) + ".example"
	case 3:
		return "o'finch_" + mark + "@" + strings.ToUpper(domain)
	}
	return "j.a.y." + mark + "@gmail.com"
}

// folded is the address as the program compares it.
func folded(t testing.TB, address string) string {
	t.Helper()
	a, err := letter.ParseAddress(address)
	must(t, err)
	return letter.Fold(a).Reveal()
}

// feathers are what must not be found of a signer: the address in any spelling, its parts, and whatever only mails and private pages hold.
func (p *signer) feathers(t testing.TB, pepper seal.Pepper) (list []seizure.Canary) {
	t.Helper()
	add := func(name, value string, also ...string) {
		if len(value) >= 8 {
			list = append(list, seizure.Canary{Name: name + " of " + p.address, Value: value, Also: also})
		}
	}
	local, domain, _ := strings.Cut(p.address, "@")
	foldedLocal, foldedDomain, _ := strings.Cut(folded(t, p.address), "@")
	ascii, err := idna.Lookup.ToASCII(domain)
	must(t, err)
	add("the address", p.address, folded(t, p.address), local+"@"+ascii)
	add("the mailbox", local, foldedLocal)
	if domain != "gmail.com" {
		add("the domain", domain, foldedDomain)
	}
	add("the code", p.code, strings.ReplaceAll(p.code, "-", ""))
	_, token, _ := strings.Cut(p.link, "&t=")
	add("the link's token", token)
	if f, err := p.waiting.form("page"); err == nil {
		add("the page's token", f.values.Get("page"))
	}
	if p.secret != "" {
		add("the private link", p.secret)
		add("the secret", string(p.raw()))
	}
	if p.counted.status == 0 && !p.marked { // a tag of someone who has not confirmed is nowhere
		tag := pepper.Tag(seal.Hide(folded(t, p.address)))
		add("the tag", string(tag[:]))
	}
	return list
}

// plant is a deliberate leak, and where it must be found.
type plant struct {
	name  string // of the canary
	value string
	under []string // paths of which one begins the hit's
}

func newPlant(name string, under ...string) plant {
	return plant{"planted: " + name, "cuckoo-" + hex.EncodeToString(fresh(8)), under}
}

// plants leaks something in each place that is going to be searched, while the server runs.
func (s *site) plants(t testing.TB) (list []plant) {
	t.Helper()
	for _, dir := range []string{s.data, s.home, s.temp} {
		p := newPlant("in "+filepath.Base(dir), filepath.Join(dir, "egg"))
		must(t, os.WriteFile(filepath.Join(dir, "egg"), []byte("to="+p.value+"\n"), 0o600))
		list = append(list, p)
	}
	p := newPlant("in the server's log", s.log())
	f, err := os.OpenFile(s.log(), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	fmt.Fprintf(f, "level=INFO msg=\"mail sent\" to=%s\n", p.value)
	must(t, f.Close())
	list = append(list, p)

	d := s.rows(t)
	defer d.Close()
	d.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := d.Exec(query, args...)
		must(t, err)
	}
	tables := filepath.Join(s.data, "outcry.db")
	if s.pg != nil {
		tables = filepath.Join(s.pg.DataDir, "base")
	}
	standing, deleted := newPlant("in a table", tables, tables+"-wal"), newPlant("in a deleted row", filepath.Join(s.data, "outcry.db-wal"))
	dumped := plant{"planted: in the dump", standing.value, []string{"dump"}}
	if s.sqlite() {
		exec("PRAGMA secure_delete = ON")
	} else {
		deleted.under = []string{filepath.Join(s.pg.DataDir, "pg_wal")}
	}
	exec("CREATE TABLE egg (x TEXT)")
	exec("INSERT INTO egg VALUES ($1)", standing.value)
	for range 3 { // a page of the journal may end in the middle of one
		exec("INSERT INTO egg VALUES ($1)", deleted.value)
	}
	exec("DELETE FROM egg WHERE x = $1", deleted.value)
	list = append(list, standing, dumped, deleted)
	if s.pg != nil {
		file := newPlant("in the database server's folder", filepath.Join(s.pg.DataDir, "egg"))
		must(t, os.WriteFile(file.under[0], []byte(file.value), 0o644))
		said := newPlant("in the database server's log", filepath.Join(s.pg.DataDir, "server.log"))
		if _, err := d.Exec("SELECT '" + said.value + "'::int"); err == nil {
			t.Error("a word passes for a number")
		}
		list = append(list, file, said)
		exec("CHECKPOINT")
	}
	return list
}

// dump is every value of every table, as text and as bytes: so nothing hides in a database's own packing.
func (s *site) dump(t testing.TB) []byte {
	t.Helper()
	d := s.rows(t)
	defer d.Close()
	query := "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	if s.sqlite() {
		query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
	}
	var names []string
	rows, err := d.Query(query)
	must(t, err)
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		names = append(names, name)
	}
	must(t, rows.Err())
	if !slices.Contains(names, "letter_signature") || len(names) < 10 {
		t.Fatalf("the tables are %q", names)
	}
	var b bytes.Buffer
	for _, name := range names {
		must(t, appendTable(&b, d, name))
	}
	return b.Bytes()
}

func appendTable(b *bytes.Buffer, d *sql.DB, name string) error {
	rows, err := d.Query(`SELECT * FROM "` + name + `"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				v = string(raw)
			}
			fmt.Fprintf(b, "\n%s.%s\t%v", name, columns[i], v)
		}
	}
	return rows.Err()
}
