package peers

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	d, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func setting(t *testing.T, d *sql.DB, name string) string {
	t.Helper()
	var v string
	if err := d.QueryRow("SELECT current_setting($1)", name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPostgresGivesEachCallADatabaseOfItsOwn(t *testing.T) {
	one, dataDir := Postgres(t)
	two, again := Postgres(t)
	if one == two || dataDir != again {
		t.Fatalf("want two databases on one server, have %s and %s in %s and %s", one, two, dataDir, again)
	}
	d := open(t, one)
	if _, err := d.Exec("CREATE TABLE a (x int)"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := open(t, two).QueryRow("SELECT count(*) FROM pg_tables WHERE tablename = 'a'").Scan(&n); err != nil || n != 0 {
		t.Fatalf("the other database has %d such tables, %v", n, err)
	}
	for name, want := range map[string]string{
		"listen_addresses": "", "log_statement": "none", "log_parameter_max_length": "0", "fsync": "off", "server_encoding": "UTF8",
	} {
		if have := setting(t, d, name); have != want {
			t.Errorf("%s = %q, want %q", name, have, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dataDir, "server.log")); err != nil {
		t.Error("the log is not in the data folder:", err)
	}
}

// Of an earlier test nothing is left in the database of a later one, and nobody.
func TestPostgresIsEmpty(t *testing.T) {
	used := map[string]int{}
	var opened []*sql.DB
	for use := range 2 * lentMost {
		t.Run("", func(t *testing.T) {
			dsn, _ := Postgres(t)
			d, err := sql.Open("pgx", dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			ask := func(what string) (s string) {
				t.Helper()
				if err := d.QueryRow(what).Scan(&s); err != nil {
					t.Fatal(what, err)
				}
				return s
			}
			name := ask("SELECT current_database()")
			if used[name]++; used[name] > lentMost {
				t.Errorf("%s is used %d times", name, used[name])
			}
			for what, want := range map[string]string{
				"SELECT coalesce(string_agg(nspname, ' '), '') FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'":    "public",
				"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'public'":                                 "0",
				"SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname NOT IN ('pg_catalog', 'information_schema')": "0",
				"SHOW work_mem": "4MB",
			} {
				if got := ask(what); got != want {
					t.Errorf("use %d: %s: %s, want %s", use, what, got, want)
				}
			}
			others := "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
			for end := time.Now().Add(time.Minute); ask(others) != "0"; time.Sleep(10 * time.Millisecond) { // whoever emptied it may just be leaving
				if time.Now().After(end) {
					t.Fatal("somebody of an earlier test is still there")
				}
			}
			if _, err := d.Exec(`CREATE TABLE left_over (n bigint PRIMARY KEY, x text NOT NULL); INSERT INTO left_over VALUES (1, 'x'); CREATE SCHEMA another;
				CREATE VIEW another.v AS SELECT * FROM left_over; CREATE SEQUENCE s; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Exec("ALTER DATABASE " + name + " SET work_mem = '5MB'"); err != nil {
				t.Fatal(err)
			}
			stays, err := sql.Open("pgx", dsn) // and is not closed before the test ends
			if err != nil {
				t.Fatal(err)
			}
			opened = append(opened, stays)
			held, err := stays.Begin()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := held.Exec("LOCK TABLE left_over"); err != nil {
				t.Fatal(err)
			}
		})
	}
	if len(used) >= 2*lentMost {
		t.Error("no database is used twice")
	}
	for _, d := range opened {
		d.Close()
	}
}

func TestPostgresKeepsNoValueInItsLog(t *testing.T) {
	s := NewPostgres(t, Options{})
	d := open(t, s.Database(t))
	const value = "value-7431"
	for _, statement := range []string{"CREATE TABLE a (x text PRIMARY KEY)", "INSERT INTO a VALUES ('" + value + "')"} {
		if _, err := d.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Exec("INSERT INTO a VALUES ($1)", value); err == nil {
		t.Fatal("the key should have been there already")
	}
	if _, err := d.Exec("SELECT 1/(length($1) - length($1))", value); err == nil {
		t.Fatal("the statement should have failed")
	}
	log, err := os.ReadFile(filepath.Join(s.DataDir, "server.log"))
	if err != nil || !strings.Contains(string(log), "division by zero") || !strings.Contains(string(log), "duplicate key") {
		t.Fatalf("the log does not tell of the errors: %v\n%s", err, log)
	}
	if strings.Contains(string(log), value) {
		t.Errorf("the log holds a parameter's value:\n%s", log)
	}
}

func TestDurableServerSurvivesKill(t *testing.T) {
	s := NewPostgres(t, Options{Durable: true})
	d := open(t, s.Database(t))
	if have := setting(t, d, "fsync"); have != "on" {
		t.Fatalf("fsync = %s", have)
	}
	if _, err := d.Exec("CREATE TABLE a (x int); INSERT INTO a VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	s.Kill(t)
	if err := d.Ping(); err == nil {
		t.Fatal("the killed server still answers")
	}
	s.Restart(t)
	var x int
	if err := d.QueryRow("SELECT x FROM a").Scan(&x); err != nil || x != 7 {
		t.Fatalf("after the crash: %d, %v", x, err)
	}
}
