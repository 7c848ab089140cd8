package lang

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// TestNamesAreUnicodes: the tables say what the package says that they were taken from. With OUTCRY_WRITE=1 they are written instead, which is to be done for
// a language that localeOf learns.
func TestNamesAreUnicodes(t *testing.T) {
	var endonyms, countries strings.Builder
	endonyms.WriteString("\n")
	for _, tag := range display.Self.Supported.Tags() {
		endonyms.WriteString(tag.String() + "\t" + display.Self.Name(tag) + "\n")
	}
	printed := []string{}
	for _, tag := range display.Supported.Tags() {
		if localeOf(Tag(tag.String())) != nil {
			printed = append(printed, tag.String())
		}
	}
	slices.Sort(printed)
	countries.WriteString("\t" + strings.Join(printed, "\t") + "\n")
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			region, err := language.ParseRegion(code)
			if err != nil || !region.IsCountry() || region.String() != code {
				continue
			}
			var names []string
			for _, tag := range printed {
				names = append(names, display.Regions(language.Make(tag)).Name(region))
			}
			if strings.Join(names, "") != "" {
				countries.WriteString(code + "\t" + strings.Join(names, "\t") + "\n")
			}
		}
	}
	for _, table := range []struct{ file, want, have string }{{"endonyms.txt", endonyms.String(), endonymTable}, {"countries.txt", countries.String(), countryTable}} {
		if os.Getenv("OUTCRY_WRITE") != "" {
			if err := os.WriteFile(table.file, []byte(table.want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if table.have != table.want {
			t.Errorf("%s is not what Unicode's tables say: make generate", table.file)
		}
	}
}

// Names are found in the tables as that package finds them, for whatever tag.
func TestNamesAreFoundAlike(t *testing.T) {
	n := 0
	scripts, regions := []string{"", "-Latn", "-Cyrl", "-Arab", "-Hans", "-Hant", "-Deva", "-Tfng", "-Vaii", "-Zzzz"}, []string{"", "-ZZ", "-001", "-419", "-150"}
	for _, tag := range display.Self.Supported.Tags() {
		if _, _, region := tag.Raw(); region != (language.Region{}) {
			regions = append(regions, "-"+region.String())
		}
	}
	for _, region := range []string{"RU", "CN", "TW", "HK", "IR", "PK", "IN", "AF", "RS", "ME", "MN", "TR", "BR", "UZ", "MY", "KZ", "AZ", "DD", "SU"} {
		regions = append(regions, "-"+region)
	}
	bases := []string{"prs", "ku", "tt", "aii", "xal", "azb", "tl", "iw", "sh", "mo", "cmn", "nb", "und", "mul", "en-x-team", "be-tarask"}
	for _, tag := range display.Self.Supported.Tags() {
		if base, _, _ := tag.Raw(); !slices.Contains(bases, base.String()) {
			bases = append(bases, base.String())
		}
	}
	for _, base := range bases {
		for _, script := range scripts {
			for _, region := range regions {
				tag, err := language.Parse(base + script + region)
				if err != nil {
					continue
				}
				n++
				if got, want := self(tag), display.Self.Name(tag); got != want {
					t.Errorf("%s calls itself %q, want %q", tag, got, want)
				}
			}
		}
	}
	if n < 50_000 {
		t.Errorf("only %d tags were tried", n)
	}
	for _, tag := range []string{"en", "ru", "ar", "pt", "xx", ""} {
		namer := display.Regions(language.Make(tag))
		for _, code := range []string{"RU", "ru", "RUS", "643", "XK", "DD", "UK", "GB", "AN", "ZZ", "EU", "419", "AC"} {
			region, err := language.ParseRegion(code)
			if err != nil {
				continue
			}
			want := ""
			if localeOf(Tag(tag)) != nil && region.IsCountry() {
				want = namer.Name(region)
			}
			if got := countryName(Tag(tag), region); got != want {
				t.Errorf("%s in %q is called %q, want %q", code, tag, got, want)
			}
		}
	}
}
