package arch

import (
	"context"
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// owners says whose tables are whose; db's own are goose's.
var owners = map[string]*regexp.Regexp{
	"internal/kernel/seal":     regexp.MustCompile(`^day_key$`),
	"internal/kernel/jobs":     regexp.MustCompile(`^job$`),
	"internal/kernel/translog": regexp.MustCompile(`^log_`),
	"internal/core/casefile":   regexp.MustCompile(`^casefile(_|$)`),
	"internal/core/draft":      regexp.MustCompile(`^draft(_|$)`),
	"internal/core/organiser":  regexp.MustCompile(`^organiser(_|$)`),
	"internal/core/mailproof":  regexp.MustCompile(`^mailproof(_|$)`),
	"internal/feature/letter":  regexp.MustCompile(`^letter(_|$)`),
	"internal/feature/news":    regexp.MustCompile(`^news(_|$)`),
	"internal/feature/wish":    regexp.MustCompile(`^wish_`),
}

var (
	statement = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|TRUNCATE|PRAGMA|VACUUM|EXPLAIN|LOCK|REPLACE)\s`)
	named     = regexp.MustCompile(`\b(?:FROM|INTO|UPDATE|JOIN|TABLE|USING)\s+([a-z_]+)(?:(?:\s+(?:AS\s+)?[a-z_]+)?\s*,\s*([a-z_]+))*`)
	common    = regexp.MustCompile(`(?:\bWITH(?:\s+RECURSIVE)?|,)\s+([a-z_]+)(?:\s*\([^)]*\))?\s+AS\s*\(`)
)

// query is an SQL constant.
type query struct {
	file *file
	pos  token.Pos
	name string
	text string
}

// queries finds every constant that is an SQL statement, put together from others of its package if need be.
func (t *tree) queries() []query {
	type key struct{ dir, name string }
	values := map[key]ast.Expr{}
	type spec struct {
		f     *file
		name  *ast.Ident
		value ast.Expr
	}
	var specs []spec
	for _, f := range t.files {
		if f.test || equipment(f.dir) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if !ok || d.Tok != token.CONST {
				return true
			}
			for _, s := range d.Specs {
				v := s.(*ast.ValueSpec)
				for i, e := range v.Values {
					specs = append(specs, spec{f, v.Names[i], e})
					values[key{f.dir, v.Names[i].Name}] = e
				}
			}
			return true
		})
	}
	var eval func(dir string, e ast.Expr, deep int) (string, bool)
	eval = func(dir string, e ast.Expr, deep int) (string, bool) {
		switch e := e.(type) {
		case *ast.BasicLit:
			return literal(e)
		case *ast.ParenExpr:
			return eval(dir, e.X, deep)
		case *ast.Ident:
			if v := values[key{dir, e.Name}]; v != nil && deep < 20 {
				return eval(dir, v, deep+1)
			}
		case *ast.BinaryExpr:
			a, ok1 := eval(dir, e.X, deep+1)
			b, ok2 := eval(dir, e.Y, deep+1)
			return a + b, ok1 && ok2 && e.Op == token.ADD
		}
		return "", false
	}
	var list []query
	for _, s := range specs {
		if text, ok := eval(s.f.dir, s.value, 0); ok && statement.MatchString(text) {
			list = append(list, query{s.f, s.name.Pos(), s.name.Name, text})
		}
	}
	return list
}

// sqlOnlyInStores: a statement is a constant in store.go or store_*.go, so that all of a package's SQL is read in one place, and prepared by a test.
func sqlOnlyInStores(t *tree) (faults []string) {
	for _, f := range t.files {
		if f.test || equipment(f.dir) || f.dir == "internal/kernel/db" {
			continue
		}
		store := regexp.MustCompile(`^store(_[a-z]+)*\.go$`).MatchString(path.Base(f.path))
		constant := map[ast.Node]bool{}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				if n.Tok == token.CONST {
					ast.Inspect(n, func(c ast.Node) bool { constant[c] = true; return true })
				}
			case *ast.BasicLit:
				s, ok := literal(n)
				switch {
				case !ok || !statement.MatchString(s):
				case !store:
					faults = append(faults, t.at(n.Pos(), "SQL outside of store.go and store_*.go"))
				case !constant[n]:
					faults = append(faults, t.at(n.Pos(), "SQL that is no constant: no test can prepare it"))
				}
			}
			return true
		})
	}
	return faults
}

// sqlOnlyOwnTables: a package's statements name its own tables, and say which columns they want.
func sqlOnlyOwnTables(t *tree) (faults []string) {
	for _, q := range t.queries() {
		if q.file.dir == "internal/kernel/db" {
			continue
		}
		own := owners[q.file.dir]
		if own == nil {
			faults = append(faults, t.at(q.pos, "%s owns no tables, but has SQL", q.file.dir))
			continue
		}
		if strings.Contains(q.text, "SELECT *") {
			faults = append(faults, t.at(q.pos, "%s: name the columns", q.name))
		}
		for _, table := range tables(q.text) {
			if !own.MatchString(table) {
				faults = append(faults, t.at(q.pos, "%s names %s, which is not a table of %s", q.name, table, q.file.dir))
			}
		}
	}
	return faults
}

// tables are those that a statement names, without its own common table expressions.
func tables(text string) []string {
	var own, list []string
	for _, m := range common.FindAllStringSubmatch(text, -1) {
		own = append(own, m[1])
	}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		for _, table := range m[1:] {
			if table != "" && !slices.Contains(own, table) && !slices.Contains(list, table) {
				list = append(list, table)
			}
		}
	}
	return list
}

// Every table of the migrations has one owner, else the rule above guards nothing.
func TestEveryTableHasAnOwner(t *testing.T) {
	dir := path.Join(root(t), "internal/kernel/db/migrations")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		b, err := os.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`CREATE TABLE (?:IF NOT EXISTS )?(\w+)`).FindAllStringSubmatch(string(b), -1) {
			found++
			var whose []string
			for dir, own := range owners {
				if own.MatchString(m[1]) {
					whose = append(whose, dir)
				}
			}
			if len(whose) != 1 {
				t.Errorf("%s: table %s is owned by %q", e.Name(), m[1], whose)
			}
		}
	}
	if found == 0 {
		t.Error("the migrations make no table")
	}
}

// prepare has an engine read a statement without running it.
func prepare(d *db.DB, text string) error {
	return d.Update(context.Background(), func(tx *db.Tx) error {
		if d.Engine() == db.Postgres {
			if _, err := tx.Exec("PREPARE house_rule AS " + text); err != nil {
				return err
			}
			_, err := tx.Exec("DEALLOCATE house_rule")
			return err
		}
		args := make([]any, highest(text))
		return tx.Each("EXPLAIN "+text, args, func(func(...any) error) error { return nil })
	})
}

// highest is the highest $n of a statement.
func highest(text string) (n int) {
	for _, m := range regexp.MustCompile(`\$(\d+)`).FindAllStringSubmatch(text, -1) {
		i, _ := strconv.Atoi(m[1])
		n = max(n, i)
	}
	return n
}

func TestEveryStatementIsUnderstoodByBothEngines(t *testing.T) {
	tr, err := load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	queries := slices.DeleteFunc(tr.queries(), func(q query) bool { return q.file.dir == "internal/kernel/db" })
	if len(queries) < 20 {
		t.Fatalf("only %d statements were found", len(queries))
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, q := range queries {
			if err := prepare(d, q.text); err != nil {
				t.Error(tr.at(q.pos, "%s: %v\n%s", q.name, err, q.text))
			}
		}
		for _, broken := range []string{
			"SELECT payload FROM jobs WHERE id = $1", "SELECT nothing FROM job", "INSERT INTO job (id, kind) VALUES ($1)", "UPDATE job SET due = = $1",
		} {
			if prepare(d, broken) == nil {
				t.Errorf("a broken statement was understood: %s", broken)
			}
		}
	})
}
