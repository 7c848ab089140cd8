package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "outcry"

// tree is the repository, or a few planted files.
type tree struct {
	fsys  fs.FS
	fset  *token.FileSet
	files []*file // Go files of the module, by path
	texts []text  // hand-written files of any kind, by path
}

type file struct {
	path      string // from the root, with slashes
	dir       string
	ast       *ast.File
	test      bool // compiled for tests only
	generated bool
}

type text struct {
	path string
	body string
}

// textual are the kinds of file that people write here.
var textual = []string{".go", ".templ", ".md", ".toml", ".css", ".js", ".sql", ".txtar", ".yaml", ".yml", ".service", ".sh", ".mod", ".json"}

func load(fsys fs.FS) (*tree, error) {
	t := &tree{fsys: fsys, fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != "." && (name == "node_modules" || name == "bin" || name == "data" || strings.HasPrefix(name, ".") && name != ".ci") {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(textual, path.Ext(p)) && name != "Makefile" && p != ".ci/run" {
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		generated := strings.HasSuffix(p, "_templ.go") || strings.HasPrefix(string(b), "// Code generated")
		if !generated && name != "package-lock.json" {
			t.texts = append(t.texts, text{p, string(b)})
		}
		if path.Ext(p) != ".go" || strings.HasPrefix(p, "tools/") { // a module of its own
			return nil
		}
		a, err := parser.ParseFile(t.fset, p, b, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.files = append(t.files, &file{path: p, dir: path.Dir(p), ast: a, test: strings.HasSuffix(p, "_test.go"), generated: generated})
		return nil
	})
	return t, err
}

// root is the repository's folder on the disk.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// at says where something was found.
func (t *tree) at(pos token.Pos, format string, args ...any) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d: ", p.Filename, p.Line) + fmt.Sprintf(format, args...)
}

// each calls fn for every import of every file.
func (t *tree) eachImport(fn func(f *file, pos token.Pos, imported string)) {
	for _, f := range t.files {
		for _, s := range f.ast.Imports {
			if p, err := strconv.Unquote(s.Path.Value); err == nil {
				fn(f, s.Pos(), p)
			}
		}
	}
}

// name is how a file calls an imported package; empty if it does not import it.
func (f *file) name(imported string) string {
	for _, s := range f.ast.Imports {
		if p, _ := strconv.Unquote(s.Path.Value); p == imported {
			if s.Name != nil {
				return s.Name.Name
			}
			return path.Base(p)
		}
	}
	return ""
}

// in tells whether a folder is one of those, or below one.
func in(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") })
}

// literal is the value of a string literal.
func literal(e ast.Expr) (string, bool) {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, err := strconv.Unquote(l.Value)
		return s, err == nil
	}
	return "", false
}

// rule is a house rule: what it is about, and what breaks it in a tree.
type rule struct {
	name string
	find func(*tree) []string
}

var rules = []rule{
	{"tiers", tiers},
	{"http", httpOnlyInPages},
	{"drivers", driversOnlyInDB},
	{"ciphers", ciphersOnlyInVaults},
	{"edge", edgeOnly},
	{"reveal", revealedOnlyWhereSent},
	{"sql place", sqlOnlyInStores},
	{"sql owner", sqlOnlyOwnTables},
	{"locale keys", localeKeys},
	{"length", shortFiles},
	{"words", cleanWords},
	{"named tests", namedTests},
}

func TestHouseRules(t *testing.T) {
	tr, err := load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.files) < 50 {
		t.Fatalf("only %d Go files were found", len(tr.files))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, found := range r.find(tr) {
				t.Error(found)
			}
		})
	}
}

// plant is a fault that a rule must find: files, and a part of what is to be said. Without that part, the files are in order and nothing may be said.
type plant struct {
	rule  string
	files map[string]string
	want  string
}

func TestPlantedFaultsAreFound(t *testing.T) {
	caught := map[string]bool{}
	for i, p := range plants {
		t.Run(fmt.Sprintf("%s/%d", p.rule, i), func(t *testing.T) {
			m := fstest.MapFS{}
			for name, body := range p.files {
				m[name] = &fstest.MapFile{Data: []byte(body)}
			}
			tr, err := load(m)
			if err != nil {
				t.Fatal(err)
			}
			n := slices.IndexFunc(rules, func(r rule) bool { return r.name == p.rule })
			if n < 0 {
				t.Fatal("no such rule")
			}
			found := rules[n].find(tr)
			switch {
			case p.want == "" && len(found) > 0:
				t.Errorf("what is in order is blamed: %q", found)
			case p.want != "" && (len(found) != 1 || !strings.Contains(found[0], p.want)):
				t.Errorf("want one fault with %q, have %q", p.want, found)
			}
			caught[p.rule] = caught[p.rule] || p.want != ""
		})
	}
	for _, r := range rules {
		if !caught[r.name] {
			t.Errorf("rule %q has not been shown to catch anything", r.name)
		}
	}
}
