package arch

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
)

// testName is a test as documents name it, perhaps with the part that is meant.
var testName = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]*)(?:/[^`]*)?`")

// namedTests finds tests that a document names as the proof of something, and that are not there.
func namedTests(t *tree) (faults []string) {
	there := map[string]bool{}
	for _, f := range t.files {
		if !f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				there[fn.Name.Name] = true
			}
		}
	}
	for _, x := range t.texts {
		if !strings.HasSuffix(x.path, ".md") {
			continue
		}
		n := 0
		for line := range strings.Lines(x.body) {
			n++
			for _, m := range testName.FindAllStringSubmatch(line, -1) {
				if !there[m[1]] {
					faults = append(faults, fmt.Sprintf("%s:%d: there is no %s", x.path, n, m[1]))
				}
			}
		}
	}
	return faults
}
