package lang

import (
	_ "embed"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// The names of Unicode's CLDR, as golang.org/x/text/language/display has them: a line each, its parts between tabs. They lie here for themselves, since that package brings
// every language's names for all languages, scripts and countries into the program: two megabytes. TestNamesAreUnicodes holds them against it, and writes them.
var (
	//go:embed endonyms.txt
	endonymTable string // tag, name

	//go:embed countries.txt
	countryTable string // code, names; the first line is the tags of their languages
)

// entry finds a line of a table by its first part, and what follows that.
func entry(table, key string) (string, bool) {
	line := "\n" + key + "\t"
	i := strings.Index(table, line)
	if i < 0 {
		return "", false
	}
	rest, _, _ := strings.Cut(table[i+len(line):], "\n")
	return rest, true
}

// self is a language's name for itself; empty where Unicode has none. One in the script or for the region that the tag names goes before the language's own, and the
// language's own stands for no script but its usual one.
func self(tag language.Tag) string {
	t, _ := language.All.Compose(tag)
	base, script, region := t.Raw()
	usual := usualScript(base)
	if script == (language.Script{}) && region != (language.Region{}) {
		if there, _ := t.Script(); there != usual {
			script = there
		}
	}
	if name, ok := entry(endonymTable, base.String()+"-"+script.String()); ok {
		return name
	}
	if script != (language.Script{}) && script.String() != "Zzzz" && script != usual {
		return ""
	}
	if name, ok := entry(endonymTable, base.String()+"-"+region.String()); ok {
		return name
	}
	name, _ := entry(endonymTable, base.String())
	return name
}

// usualScript is the one that a language is mostly written in.
func usualScript(base language.Base) language.Script {
	t, _ := language.Raw.Compose(base)
	script, _ := t.Script()
	return script
}

// countryName is a country's name in a language of the table, or empty.
func countryName(tag Tag, region language.Region) string {
	tags, _, _ := strings.Cut(countryTable, "\n")
	i := slices.Index(strings.Split(tags, "\t"), string(tag))
	names, ok := entry(countryTable, region.String())
	if i < 1 || !ok {
		return ""
	}
	return strings.Split(names, "\t")[i-1]
}
