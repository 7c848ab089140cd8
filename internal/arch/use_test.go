package arch

import (
	"go/ast"
	"slices"
	"strings"
)

// outside are what only the edge of the program may touch: elsewhere the time is a field Now, settings are a Config, and words go where the caller says.
var outside = map[string][]string{
	"time": {"Now", "Since", "Until"},
	"os":   {"Getenv", "LookupEnv", "Environ", "Stdin", "Stdout", "Stderr", "Args", "Exit", "Hostname"},
	"fmt":  {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	"log":  {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default"},
	"log/slog": {"Debug", "DebugContext", "Default", "Error", "ErrorContext", "Info", "InfoContext", "Log", "LogAttrs", "SetDefault", "Warn", "WarnContext",
		"With"}, // the default logger's; a *slog.Logger of one's own is no package
}

func edgeOnly(t *tree) (faults []string) {
	for _, f := range t.files {
		if f.test || equipment(f.dir) || in(f.dir, "cmd", "internal/cli", "internal/app") {
			continue
		}
		for imported, names := range outside {
			as := f.name(imported)
			if as == "" {
				continue
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == as {
						faults = append(faults, t.at(s.Pos(), "%s.%s outside of cmd, cli and app", as, s.Sel.Name))
					}
				}
				return true
			})
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if x, ok := c.Fun.(*ast.Ident); ok && (x.Name == "print" || x.Name == "println") {
					faults = append(faults, t.at(c.Pos(), "%s writes to the error output", x.Name))
				}
			}
			return true
		})
	}
	return faults
}

// revealedOnlyWhereSent: the inside of a seal.Private is for the packages that seal it, send it or fold it.
func revealedOnlyWhereSent(t *tree) (faults []string) {
	for _, f := range t.files {
		if f.test || equipment(f.dir) || in(f.dir, "internal/kernel/seal", "internal/kernel/mail", "internal/kernel/jobs", "internal/feature/letter", "internal/feature/news", "internal/feature/wish",
			"internal/core/draft", "internal/core/organiser", "internal/core/mailproof", "internal/outlet/desk") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Reveal" {
				faults = append(faults, t.at(s.Pos(), "%s reveals a private value", f.dir))
			}
			return true
		})
	}
	return faults
}

// most is how many lines a hand-written file of code may have.
const most = 600

func shortFiles(t *tree) (faults []string) {
	for _, x := range t.texts {
		if n := strings.Count(x.body, "\n"); n > most && (strings.HasSuffix(x.path, ".go") || strings.HasSuffix(x.path, ".templ")) {
			faults = append(faults, x.path+": more than 600 lines: split it by noun")
		}
	}
	return faults
}
