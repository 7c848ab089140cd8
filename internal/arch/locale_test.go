package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// forms are the keys that go-i18n reads as parts of one message: a table that has one of them is a message.
var forms = []string{"zero", "one", "two", "few", "many", "other", "id", "description", "hash", "translation"}

// catalogue reads the keys of a catalogue: tables, and one message a line or between triple quotes. What it can't read is an error, never passed over.
func catalogue(body string) (map[string]int, error) {
	keys := map[string]int{}
	const quotes = `"""`
	table := ""
	header := regexp.MustCompile(`^\[([a-z0-9_.]+)\]$`)
	entry := regexp.MustCompile(`^"?([a-z0-9_.]+)"? = ("|\{)`)
	n, long := 0, false
	for line := range strings.Lines(body) {
		n++
		line = strings.TrimSpace(line)
		if long { // inside a text of several lines
			long = !strings.HasSuffix(line, quotes)
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if m := header.FindStringSubmatch(line); m != nil {
			table = m[1]
			continue
		}
		m := entry.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("line %d is neither a table nor a message: %s", n, line)
		}
		key := m[1]
		if slices.Contains(forms, key) {
			key = table
		} else if table != "" {
			key = table + "." + key
		}
		keys[key] = n
		long = strings.HasSuffix(line, "= "+quotes)
	}
	return keys, nil
}

// localeKeys: each key that the code asks for is in the catalogue, and each key of the catalogue is asked for somewhere.
//
// A key is asked for by p.T("a.key"), p.N("a.key", n), fault.New(kind, "a.key") and Key: "a.key". A key put together, "case.kind." + x, asks for all that
// begin so. A key that is handed on (a constant, an argument, a table) counts as used wherever its text stands.
func localeKeys(t *tree) (faults []string) {
	const en = "locales/en.toml"
	body, err := fs.ReadFile(t.fsys, en)
	if err != nil {
		return []string{err.Error()}
	}
	keys, err := catalogue(string(body))
	if err != nil {
		return []string{en + ": " + err.Error()}
	}
	used := map[string]bool{}
	var prefixes []string
	begins := func(prefix string) bool {
		for k := range keys {
			if strings.HasPrefix(k, prefix) {
				return true
			}
		}
		return false
	}
	for _, f := range t.files {
		if f.test || equipment(f.dir) {
			continue
		}
		asked := func(e ast.Expr) {
			whole, start, pos := keyOf(e)
			switch {
			case whole != "" && keys[whole] == 0:
				faults = append(faults, t.at(pos, "%q is not in %s", whole, en))
			case whole == "" && start != "" && !begins(start):
				faults = append(faults, t.at(pos, "no key in %s begins with %q", en, start))
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				s, ok := n.Fun.(*ast.SelectorExpr)
				if !ok {
					break
				}
				x, _ := s.X.(*ast.Ident)
				switch {
				case (s.Sel.Name == "T" || s.Sel.Name == "N") && len(n.Args) > 0:
					asked(n.Args[0])
				case s.Sel.Name == "New" && x != nil && x.Name == "fault" && len(n.Args) > 1:
					asked(n.Args[1])
				}
			case *ast.KeyValueExpr:
				k, ok := n.Key.(*ast.Ident)
				if s, _ := literal(n.Value); ok && k.Name == "Key" && strings.Contains(s, ".") {
					asked(n.Value)
				}
			case *ast.BasicLit:
				if s, ok := literal(n); ok {
					used[s] = true
				}
			case *ast.BinaryExpr:
				if _, start, _ := keyOf(n); strings.HasSuffix(start, ".") || strings.HasSuffix(start, "_") {
					prefixes = append(prefixes, start)
				}
			}
			return true
		})
	}
	var idle []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if !used[k] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) }) {
			idle = append(idle, fmt.Sprintf("%s:%d: %q is not used", en, keys[k], k))
		}
	}
	const some = 20
	if len(idle) > some {
		idle = append(idle[:some], fmt.Sprintf("%s: %d keys more are not used", en, len(idle)-some))
	}
	return append(faults, idle...)
}

// keyOf reads a key from an expression: a whole one, or how it begins.
func keyOf(e ast.Expr) (whole, start string, pos token.Pos) {
	switch e := e.(type) {
	case *ast.BasicLit:
		whole, _ = literal(e)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			left, start, pos := keyOf(e.X)
			if left != "" {
				start = left
			}
			return "", start, pos
		}
	case *ast.ParenExpr:
		return keyOf(e.X)
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Sprintf" && len(e.Args) > 1 {
			format, _ := literal(e.Args[0])
			start, _, _ = strings.Cut(format, "%")
			return "", start, e.Pos()
		}
	}
	return whole, "", e.Pos()
}
