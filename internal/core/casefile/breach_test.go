package casefile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// fileOnly are the functions that tell of what no page lets anybody get wrong, or tell it to somebody at a command line: their problems need no words in the catalogue.
var fileOnly = map[string]string{
	"casefile.readYAML":       "the form of YAML",
	"casefile.scan":           "the form of YAML",
	"casefile.syntax":         "the form of YAML",
	"casefile.ReadDocument":   "the form of JSON",
	"casefile.expect":         "the form of a file: a list, a mapping, a single value",
	"casefile.bind":           "the form of a file",
	"casefile.mapping":        "the form of a file",
	"casefile.unique":         "the form of a file: keys",
	"casefile.fields":         "the form of a file: keys",
	"casefile.complain":       "hands on the form of a file",
	"casefile.Mentions":       "words of a list that a command is given",
	"casefile.ReadRegistry":   "a list of organisations, which a command reads",
	"casefile.Links":          "a warning of a command",
	"letter.refusal":          "what applying refuses; a desk says fault.campaign.problems",
	"archive.records":         "tables, which a command reads",
	"archive.say":             "tables, which a command reads",
	"cli.caseValidateCommand": "what a command shows",
	"casework.unreadable":     "the last fence before a draft, which rule.unfit is made for",
}

// handsOn are the functions that are told a rule's key: whoever calls them names it.
var handsOn = map[string]bool{"casefile.need": true, "casefile.only": true, "casefile.lacks": true, "letter.CheckReport": true}

var blank = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// Every place that tells of a broken rule, in all the program, names the rule's sentence, and each sentence is in every language with the same blanks; or it is among fileOnly.
func TestEveryRuleHasWords(t *testing.T) {
	c, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	printer := c.Printer(lang.First)
	blanks := func(key string) []string {
		var names []string
		for _, m := range blank.FindAllStringSubmatch(printer.T(key)+printer.N(key, 12345), -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	asked, excused, places, excuses := map[string]bool{}, map[string]bool{}, 0, 0
	fset := token.NewFileSet()
	each := func(path string, file *ast.File) {
		pkg := file.Name.Name
		for _, d := range file.Decls {
			within := ""
			if f, ok := d.(*ast.FuncDecl); ok {
				within = pkg + "." + f.Name.Name
			}
			bare := func(n ast.Node, what string) {
				if fileOnly[within] == "" {
					t.Errorf("%s: %s, in %s, has no rule: a reader at a page would get no sentence", fset.Position(n.Pos()), what, within)
				}
				excused[within] = true
				excuses++
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					switch name := called(n); {
					case name == "Broken":
						key, literal := text(n.Args[0])
						if !literal {
							if !handsOn[within] {
								t.Errorf("%s: a rule's key is made up here", fset.Position(n.Pos()))
							}
							break
						}
						places++
						var names []string
						for i := 1; i < len(n.Args); i += 2 {
							name, _ := text(n.Args[i])
							names = append(names, name)
						}
						slices.Sort(names)
						if want := blanks(key); !slices.Equal(names, want) {
							t.Errorf("%s: %s has the blanks %q, and is given %q", fset.Position(n.Pos()), key, want, names)
						}
					case pkg == "casefile" && (name == "need" || name == "only"), within == "letter.CheckReport" && name == "say":
						places++
						key, _ := text(n.Args[len(n.Args)-2])
						if !strings.HasPrefix(key, "rule.") || len(blanks(key)) > 0 {
							t.Errorf("%s: %q is no sentence without blanks", fset.Position(n.Pos()), key)
						}
					case pkg == "casefile" && (name == "among" || name == "lacks"):
						places++
					case pkg == "casefile" && name == "complain":
						bare(n, "complain")
					}
				case *ast.CompositeLit:
					switch named := typeName(n.Type); {
					case named == "Breach" && len(n.Elts) == 0:
						bare(n, "an empty Breach")
					case named == "Problem" && len(n.Elts) > 0 && !has(n, "Breach"):
						bare(n, "a Problem")
					case named == "Problems":
						for _, e := range n.Elts {
							if e, ok := e.(*ast.CompositeLit); ok && e.Type == nil && !has(e, "Breach") {
								bare(e, "a Problem")
							}
						}
					}
				case *ast.BasicLit:
					if key, ok := text(n); ok && strings.HasPrefix(key, "rule.") {
						asked[key] = true
						if !printer.Has(key) {
							t.Errorf("%s: %s is in no catalogue", fset.Position(n.Pos()), key)
						}
					}
				}
				return true
			})
		}
	}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err == nil && (strings.Contains(path, "casefile") || imports(file, "outcry/internal/core/casefile")) {
			each(path, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range c.Keys() {
		if strings.HasPrefix(key, "rule.") && !asked[key] {
			t.Errorf("%s is in the catalogue, and no rule says it", key)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(fileOnly)) {
		if !excused[f] {
			t.Errorf("%s is excused, and tells nothing without a rule any more", f)
		}
	}
	t.Logf("%d places with a rule, %d sentences; %d places that only a file reaches", places, len(asked), excuses)
	if places < 150 {
		t.Errorf("only %d places were found", places)
	}
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok && x.Name == "ui" { // another Problem: a line of a form's summary
			return ""
		}
		return e.Sel.Name
	}
	return ""
}

func text(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

func has(l *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(l.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		k, ok := kv.Key.(*ast.Ident)
		return ok && k.Name == field
	})
}

func imports(f *ast.File, path string) bool {
	return slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == strconv.Quote(path) })
}

// What was typed stands in the sentence as it is, cut, on one line and with its own direction; words of a vocabulary and languages in the reader's.
func TestRuleWords(t *testing.T) {
	c, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	const open, end = "\u2068", "\u2069"
	for _, x := range []struct {
		tag  lang.Tag
		rule casefile.Breach
		want string
	}{
		{"en", casefile.Broken("rule.giver"), "Say in which capacity they agreed, never by name."},
		{"ru", casefile.Broken("rule.source_near", "Given", "papre", "Near", "paper"), "Источника «" + open + "papre" + end + "» здесь нет. Может быть, имелся в виду «" + open + "paper" + end + "»?"},
		{"en", casefile.Broken("rule.source_unknown", "Given", "a\n\u202eb\u2069\tc"), "There is no source “" + open + "a \ufffdb c" + end + "” here. Choose another, or add this one first."},
		{"fr", casefile.Broken("rule.letter_whole", "Language", lang.Tag("ru")), "Ceci manque dans une langue où la lettre a un titre\u00a0: Русский. Dans chaque langue, une lettre est entière ou absente."},
		{"ar", casefile.Broken("rule.letter_long", "N", 2), "هذا طويل جدًا. احذفوا حرفين على الأقل."},
		{"ru", casefile.Broken("rule.letter_long", "N", 21), "Слишком длинно. Уберите хотя бы 21 знак."},
		{"ru", casefile.Broken("rule.measure_amount", "Measures", []casefile.MeasureKind{casefile.Fine}), "Сумму указывают только здесь: " + casefile.Fine.Label(c.Printer("ru")) + "."},
		{"en", casefile.Broken("rule.kinds", "Kinds", []casefile.EventKind{casefile.Detention, casefile.Remand}),
			"This goes only with an event of one of these kinds: Detention, " + c.Printer("en").T("case.kind."+string(casefile.Remand)) + ". Take it out, or choose another kind."},
		{"en", casefile.Breach{}, "What stands here can’t be read as it stands. Write it again."},
	} {
		if got := x.rule.Words(c.Printer(x.tag)); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.tag, x.rule.Key, got, x.want)
		}
	}
	long := casefile.Broken("rule.repeats_guess", "Words", strings.Repeat("я", 500)).Words(c.Printer("en"))
	if len(long) > 400 || !strings.Contains(long, "я…") {
		t.Errorf("a long text is quoted as %d bytes: %s", len(long), long)
	}
}
