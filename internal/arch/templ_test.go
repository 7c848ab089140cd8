package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"outcry/test/peers"
)

// generate runs the pinned templ on the templates of one folder, as make generate does, in a folder of its own, and returns what it wrote by name.
func generate(t *testing.T, templates map[string][]byte) (map[string][]byte, error) {
	t.Helper()
	dir := t.TempDir()
	for name, b := range templates {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "tool", "-modfile=tools/go.mod", "templ", "generate", "-log-level", "warn", "-path", dir)
	cmd.Dir = root(t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	written := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "_templ.go") {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			written[e.Name()] = b
		}
	}
	return written, nil
}

func needTempl(t *testing.T) {
	t.Helper()
	cmd := exec.Command("go", "tool", "-modfile=tools/go.mod", "templ", "version")
	cmd.Dir = root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		peers.Missing(t, "the templ tool can't be built, perhaps for want of a network: %v\n%s", err, out)
	}
}

// What is committed as generated is what the templates generate; nothing generated is left of a template that is gone.
func TestTemplatesAreGenerated(t *testing.T) {
	needTempl(t)
	fsys := os.DirFS(root(t))
	templates := map[string]map[string][]byte{} // folder → name → text
	committed := map[string][]byte{}            // path → text
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(p, ".templ") && !strings.HasSuffix(p, "_templ.go") {
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if strings.HasSuffix(p, ".go") {
			committed[p] = b
			return nil
		}
		if templates[path.Dir(p)] == nil {
			templates[path.Dir(p)] = map[string][]byte{}
		}
		templates[path.Dir(p)][path.Base(p)] = b
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, list := range templates {
		written, err := generate(t, list)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		for name, b := range written {
			p := path.Join(dir, name)
			if !bytes.Equal(committed[p], b) {
				t.Errorf("%s is not what its template generates: make generate", p)
			}
			delete(committed, p)
		}
	}
	for p := range committed {
		t.Errorf("%s has no template any more", p)
	}
}

func TestStaleTemplateIsNoticed(t *testing.T) {
	needTempl(t)
	before, err := generate(t, map[string][]byte{"a.templ": []byte("package a\n\ntempl a() {\n\t<p>one</p>\n}\n")})
	if err != nil {
		t.Fatal(err)
	}
	after, err := generate(t, map[string][]byte{"a.templ": []byte("package a\n\ntempl a() {\n\t<p>two</p>\n}\n")})
	if err != nil {
		t.Fatal(err)
	}
	if len(before) != 1 || len(after) != 1 || slices.Equal(before["a_templ.go"], after["a_templ.go"]) {
		t.Errorf("another template generates the same: %d and %d files", len(before), len(after))
	}
	if _, err := generate(t, map[string][]byte{"a.templ": []byte("package a\n\ntempl a() {\n\t<p>\n}\n")}); err == nil {
		t.Error("a broken template was taken")
	}
}
