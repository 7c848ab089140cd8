package lang

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"outcry/locales"
)

// Every language that the interface is meant for can be printed in: numbers, dates, plurals, direction, its own name.
func TestEveryLanguage(t *testing.T) {
	for tag, want := range map[Tag]struct {
		dir, number, day, name string
		forms                  int
	}{
		"ar": {"rtl", "12,480", "12 ديسمبر 2023", "العربية", 6},
		"de": {"ltr", "12.480", "12. Dezember 2023", "Deutsch", 2},
		"en": {"ltr", "12,480", "12 December 2023", "English", 2},
		"es": {"ltr", "12.480", "12 de diciembre de 2023", "Español", 2},
		"fr": {"ltr", "12\u202f480", "12 décembre 2023", "Français", 2},
		"it": {"ltr", "12.480", "12 dicembre 2023", "Italiano", 2},
		"pt": {"ltr", "12.480", "12 de dezembro de 2023", "Português", 2},
		"ru": {"ltr", "12\u00a0480", "12\u00a0декабря 2023\u00a0г.", "Русский", 4},
		"tr": {"ltr", "12.480", "12 Aralık 2023", "Türkçe", 2},
		"uk": {"ltr", "12\u00a0480", "12\u00a0грудня 2023\u00a0р.", "Українська", 4},
	} {
		l := localeOf(tag)
		if l == nil {
			t.Errorf("%s: can't be printed in", tag)
			continue
		}
		p := &Printer{tag: tag, locale: l, forms: categories(l)}
		got := []string{p.Dir(), p.Number(12_480), p.Day(2023, 12, 12), Endonym(tag), fmt.Sprint(len(p.forms))}
		if w := []string{want.dir, want.number, want.day, want.name, fmt.Sprint(want.forms)}; !slices.Equal(got, w) {
			t.Errorf("%s: %q, want %q", tag, got, w)
		}
		if got, want := p.Number(-12_480), "-"+want.number; got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

// The plural rules come from the numbers' library; go-i18n, whose file format we use, has its own: they have to say the same of every
// number up to a hundred thousand. Beyond, only whole millions differ: French, Spanish, Italian and Portuguese have a form
// for them that we fold into other.
func TestPluralsAgreeWithGoI18n(t *testing.T) {
	for _, tag := range []Tag{"ar", "de", "en", "es", "fr", "it", "pt", "ru", "tr", "uk"} {
		base := language.Make(string(tag))
		bundle := i18n.NewBundle(base)
		bundle.MustAddMessages(base, &i18n.Message{ID: "form", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"})
		oracle := i18n.NewLocalizer(bundle, string(tag))
		p := &Printer{tag: tag, locale: localeOf(tag), messages: map[string]message{}}
		forms := map[string][]string{}
		for _, f := range []string{"zero", "one", "two", "few", "many", "other"} {
			forms[f] = []string{f}
		}
		p.messages["form"] = message{other: forms["other"], forms: forms}
		p.pack([]string{"form"}, map[string]int32{"form": 0})
		seen := map[string]bool{}
		for n := 0; n <= 100_000; n += 1 + n/200*7 {
			want := oracle.MustLocalize(&i18n.LocalizeConfig{MessageID: "form", PluralCount: n})
			seen[want] = true
			if got := p.N("form", n); got != want {
				t.Errorf("%s: %d is %s, by go-i18n %s", tag, n, got, want)
			}
		}
		for _, f := range categories(p.locale) {
			if f != "other" && !seen[f] {
				t.Errorf("%s: no number tried was %s", tag, f)
			}
		}
	}
}

func TestDirOfContent(t *testing.T) {
	for tag, want := range map[Tag]string{
		"ps": "rtl", "sd": "rtl", "sd-Deva": "ltr", "ug": "rtl", "ur": "rtl", "yi": "rtl", "dv": "rtl", "ks": "rtl", "ku": "ltr", "ku-Arab": "rtl",
		"az": "ltr", "az-IR": "rtl", "pa": "ltr", "pa-PK": "rtl", "uz-AF": "rtl", "ar-Latn": "ltr", "hy": "ltr", "he-IL": "rtl", "zh-TW": "ltr",
		"": "ltr", "!": "ltr", "und-Arab": "ltr", Tag(strings.Repeat("ar-", 50_000)): "ltr",
	} {
		if got := Dir(tag); got != want {
			t.Errorf("%.20q: %s, want %s", tag, got, want)
		}
	}
}

// cataloguesOf loads catalogues with one key each, for the matcher.
func cataloguesOf(t *testing.T, tags ...Tag) *Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, tag := range tags {
		files[string(tag)+".toml"] = &fstest.MapFile{Data: []byte(`a = "` + tag + `"`)}
	}
	c, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMatch(t *testing.T) {
	c := cataloguesOf(t, "en", "ru", "uk", "ar", "pt")
	if got, want := c.Tags(), []Tag{"en", "ar", "pt", "ru", "uk"}; !slices.Equal(got, want) {
		t.Errorf("tags are %v, want %v", got, want)
	}
	c.printers["de"] = &Printer{} // the site's own, and nothing that a header below could lead to
	for _, tc := range []struct{ accept, want string }{
		{"uk", "uk"}, {"uk-UA,ru;q=0.7", "uk"}, {"ru-UA", "ru"}, {"ru-Cyrl-KZ", "ru"}, {"pt-BR", "pt"}, {"ar-EG", "ar"}, {"EN-gb", "en"},
		{"be", "de"}, {"be-BY,be;q=0.9", "de"}, {"kk", "de"}, {"kk-KZ", "de"}, {"hy", "de"}, {"tt", "de"}, {"fa", "de"}, {"ur", "de"}, {"prs", "de"}, {"zh-TW", "de"}, {"sr-Latn", "de"},
		{"und-Cyrl", "de"}, {"und-UA", "de"}, {"ru-Latn", "de"}, {"uk-Latn", "de"},
		{"be,uk;q=0.5", "uk"}, {"kk;q=0.9,ru;q=0.8,en;q=0.7", "ru"}, {"en;q=0.1,ru;q=0.2", "ru"}, {"ru;Q=0.1,uk;q=0.2", "uk"},
		{"ru;q=0", "de"}, {"ru;q=nan", "de"}, {"ru;q=inf", "de"}, {"ru;q=2", "de"}, {"ru;q=-1", "de"}, {"ru;q=x", "de"}, {"ru ; q=0.5 , uk;q=0.9", "uk"},
		{"*", "de"}, {"", "de"}, {",,,", "de"}, {";q=1", "de"}, {"ru\x00", "de"}, {"é,ru", "ru"},
	} {
		if got := c.Match(tc.accept, "de"); string(got) != tc.want {
			t.Errorf("%q: %s, want %s", tc.accept, got, tc.want)
		}
	}
	if got := c.Match("be", "xx"); got != "en" {
		t.Errorf("a site in a language that there isn't: %s", got)
	}
}

// A tag names a script by what is usual for its region, too: Chinese of Taiwan is not written as that of Beijing.
func TestScriptsAreNotMixed(t *testing.T) {
	for _, tc := range []struct {
		reader string
		ours   Tag
		want   bool
	}{
		{"zh-TW", "zh", false}, {"zh-HK", "zh-Hant", true}, {"zh-CN", "zh", true}, {"sr-Latn", "sr", false}, {"sr-Cyrl", "sr", true}, {"sr-ME", "sr", false},
		{"az-IR", "az", false}, {"ru-UA", "ru", true}, {"be-tarask", "be", true}, {"no", "da", false}, {"", "en", false}, {"en", "", false},
	} {
		if got := alike(tc.reader, tc.ours); got != tc.want {
			t.Errorf("%q for %q: %v", tc.ours, tc.reader, got)
		}
	}
}

// What a stranger puts into the header costs no more than a page view does.
func TestHostileHeader(t *testing.T) {
	c := cataloguesOf(t, "en", "ru")
	for name, accept := range map[string]string{
		"commas": strings.Repeat(",", 100<<10), "one long tag": strings.Repeat("ru", 50<<10), "subtags": strings.Repeat("a-", 50<<10), "tags": strings.Repeat("kk,", 33<<10) + "ru",
		"weights": "ru;" + strings.Repeat("q=", 50<<10), "bytes": strings.Repeat("\xff\x00", 50<<10), "cut to another tag": strings.Repeat(" ", acceptMost-2) + "rundi",
	} {
		if got := c.Match(accept, "en"); got != "en" {
			t.Errorf("%s: %s", name, got)
		}
	}
	worst := strings.Repeat("az-Latn-IR;q=0.1,", 6000)
	if cost := each(200, func() { c.Match(worst, "en") }); cost > 2*time.Millisecond {
		t.Errorf("a hostile header costs %s", cost)
	}
}

// each is the least time of n runs, which neighbours on the machine don't make longer.
func each(n int, run func()) time.Duration {
	least := time.Hour
	for range n {
		start := time.Now()
		run()
		least = min(least, time.Since(start))
	}
	return least
}

// Each way of being wrong is refused by file and key, and all of them are told at once.
func TestLoadTellsEverything(t *testing.T) {
	const en = "a = \"{{.X}} of {{.Y}}\"\nb = \"text\"\nn = { one = \"{{.N}} by {{.By}}\", other = \"{{.N}} by {{.By}}\" }\n"
	const ru = "a = \"{{.X}} из {{.Y}}\"\nb = \"текст\"\nn = { one = \"одно, {{.By}}\", few = \"{{.N}}, {{.By}}\", many = \"{{.N}}, {{.By}}\", other = \"{{.N}}, {{.By}}\" }\n"
	for name, tc := range map[string]struct {
		old, new string
		want     []string
	}{
		"all is well":                      {},
		"an empty text":                    {`"текст"`, `""`, []string{"ru.toml: b: is empty"}},
		"a blank text":                     {`"текст"`, `" "`, []string{"ru.toml: b: is empty"}},
		"a text without other":             {`b = "текст"`, `b = { one = "текст" }`, []string{"ru.toml: b: is empty, or lacks"}},
		"plural forms where en has none":   {`b = "текст"`, `b = { one = "текст", other = "текст" }`, []string{"ru.toml: b: has plural forms"}},
		"a form too many":                  {`few = `, `two = "{{.N}}, {{.By}}", few = `, []string{"ru.toml: n: needs the plural forms few, many, one, other"}},
		"an unknown form":                  {`few = `, `several = `, []string{"ru.toml: ", "several"}},
		"one form lacks a placeholder":     {`few = "{{.N}}, {{.By}}"`, `few = "{{.N}}"`, []string{"ru.toml: n: the form few"}},
		"the number is nowhere":            {`other = "{{.N}}, {{.By}}"`, `other = "{{.By}}"`, []string{"ru.toml: n: the form other"}},
		"a placeholder of its own":         {`{{.X}} из`, `{{.Z}} из`, []string{"ru.toml: a: ", "[X Y]", "[Y Z]"}},
		"a template that does more":        {`{{.X}}`, `{{if .X}}`, []string{"ru.toml: a: a placeholder is written {{.Name}}"}},
		"an open brace":                    {`{{.X}} из`, `{{.X из`, []string{"ru.toml: a: a placeholder is written"}},
		"HTML":                             {`текст`, `<b>текст</b>`, []string{"ru.toml: b: holds HTML"}},
		"a number":                         {`"текст"`, `7`, []string{"ru.toml"}},
		"malformed":                        {`"текст"`, `"текст`, []string{"ru.toml", "line 2"}},
		"the same key twice":               {`b = `, "b = \"x\"\nb = ", []string{"ru.toml", "b"}},
		"two faults":                       {`b = "текст"`, `c = "текст"`, []string{"ru.toml: b: missing", "ru.toml: c: is not in en.toml"}},
		"a number outside of plural forms": {`"текст"`, `"{{.N}}"`, []string{"ru.toml: b: "}},
	} {
		_, err := Load(fstest.MapFS{"en.toml": {Data: []byte(en)}, "ru.toml": {Data: []byte(strings.Replace(ru, tc.old, tc.new, 1))}})
		if tc.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for _, want := range tc.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q", name, err, want)
			}
		}
	}
	for name, tc := range map[string]struct{ file, text, want string }{
		"no English":                {"ru.toml", `a = "b"`, "en.toml"},
		"a number without forms":    {"en.toml", `a = "{{.N}} days"`, "en.toml: a: {{.N}}"},
		"an English form too many":  {"en.toml", `a = { one = "x", few = "x", other = "x" }`, "en.toml: a: needs the plural forms one, other"},
		"an unknown language":       {"xx.toml", `a = "b"`, "xx.toml"},
		"malformed English by line": {"en.toml", "a = \"b\"\nc = d\n", "line 2"},
	} {
		if _, err := Load(fstest.MapFS{tc.file: {Data: []byte(tc.text)}}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// A page prints some two hundred sentences: they are cut at Load, not at each request.
func TestSentencesAreCheap(t *testing.T) {
	p := cataloguesOf(t, "en").Printer("en")
	if n := testing.AllocsPerRun(100, func() { p.T("a") }); n != 0 {
		t.Errorf("a plain sentence allocates %v times", n)
	}
	if cost := each(10_000, func() { p.T("a") }); cost > 2*time.Microsecond {
		t.Errorf("a plain sentence costs %s", cost)
	}
}

// What is read of a catalogue is what go-i18n reads of it.
func TestReadAsGoI18nReads(t *testing.T) {
	words, err := Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range words.Tags() {
		b, err := locales.FS.ReadFile(string(tag) + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		file, err := i18n.ParseMessageFileBytes(b, string(tag)+".toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			t.Fatal(err)
		}
		p := words.Printer(tag)
		if len(p.list) != len(file.Messages) || len(p.list) == 0 {
			t.Errorf("%s: %d messages, by go-i18n %d", tag, len(p.list), len(file.Messages))
		}
		for _, m := range file.Messages {
			said, _ := p.of(m.ID)
			for category, text := range map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other} {
				var want []string
				if text != "" {
					want = cut(text)
				}
				if got := said.form(category); !slices.Equal(got, want) {
					t.Errorf("%s: %s: %s is %q, by go-i18n %q", tag, m.ID, category, got, want)
				}
			}
		}
	}
}
