package lang_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

func catalog(t testing.TB) *lang.Catalog {
	t.Helper()
	c, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNumbersDatesPlurals(t *testing.T) {
	c := catalog(t)
	en, ru := c.Printer("en"), c.Printer("ru")
	for _, tc := range []struct{ got, want string }{
		{en.Number(1846), "1,846"}, {ru.Number(1846), "1\u00a0846"}, {en.Number(0), "0"},
		{en.Day(2023, 12, 12), "12 December 2023"}, {ru.Day(2023, 12, 12), "12 декабря 2023 г."},
		{en.Month(2023, 12), "December 2023"},
		{en.Clock(time.Date(2026, 1, 1, 14, 20, 0, 0, time.UTC)), "14:20 UTC"},
		{en.Join([]string{"a"}), "a"}, {en.Join([]string{"a", "b"}), "a and b"}, {en.Join([]string{"a", "b", "c"}), "a, b and c"}, {ru.Join([]string{"а", "б", "в"}), "а, б и в"},
		{en.N("case.held_days", 1), "1 day held"}, {en.N("case.held_days", 140), "140 days held"},
		{ru.N("case.held_days", 1), "1\u00a0день в заключении"}, {ru.N("case.held_days", 3), "3\u00a0дня в заключении"}, {ru.N("case.held_days", 140), "140\u00a0дней в заключении"}, {ru.N("case.held_days", 21), "21\u00a0день в заключении"},
		{en.T("no.such.key"), "no.such.key"},
	} {
		if strings.ReplaceAll(tc.got, "\u00a0", " ") != strings.ReplaceAll(tc.want, "\u00a0", " ") {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestNeverANeighbour(t *testing.T) {
	c := catalog(t)
	for accept, want := range map[string]lang.Tag{
		"ru-UA": "ru", "ru": "ru", "RU-ru": "ru", "uk": "en", "be,kk;q=0.8": "en", "uk,ru;q=0.5": "ru", "en-GB;q=0.3,ru;q=0.9": "ru",
		"": "en", "zh-TW": "en", "sr-Latn": "en", "ru-Latn": "en", "ru;q=0,en": "en", ",,;;q=": "en", strings.Repeat("xx,", 50_000) + "ru": "en",
	} {
		if got := c.Match(accept, "en"); got != want {
			t.Errorf("%.30q: %s, want %s", accept, got, want)
		}
	}
	if c.Match("uk", "ru") != "ru" {
		t.Error("the site's own language stands in")
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[lang.Tag]string{"en": "ltr", "ru": "ltr", "ar": "rtl", "fa-IR": "rtl", "he": "rtl", "az-Arab": "rtl", "ku-Latn": "ltr", "ckb": "rtl", "ka": "ltr"} {
		if lang.Dir(tag) != want {
			t.Errorf("%s: %s", tag, lang.Dir(tag))
		}
	}
}

// A language is complete or absent: each way of being incomplete is refused, naming file and key.
func TestIncompleteIsRefused(t *testing.T) {
	base := "[a]\nx = \"hello {{.Name}}\"\nn = { one = \"{{.N}} day\", other = \"{{.N}} days\" }\n"
	good := "[a]\nx = \"привет, {{.Name}}\"\nn = { one = \"{{.N}} день\", few = \"{{.N}} дня\", many = \"{{.N}} дней\", other = \"{{.N}} дня\" }\n"
	load := func(ru string) error {
		_, err := lang.Load(fstest.MapFS{"en.toml": {Data: []byte(base)}, "ru.toml": {Data: []byte(ru)}})
		return err
	}
	if err := load(good); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ ru, want string }{
		"a key is missing":      {strings.Replace(good, "x = ", "y = ", 1), "a.x: missing"},
		"a key too many":        {good + "z = \"я\"\n", "a.z"},
		"another placeholder":   {strings.Replace(good, ".Name", ".Nme", 1), "a.x"},
		"a plural form too few": {strings.Replace(good, "few = \"{{.N}} дня\", ", "", 1), "plural forms"},
		"not a placeholder":     {strings.Replace(good, "{{.Name}}", "{{Name}}", 1), "a.x"},
		"forms beside a key":    {strings.Replace(good, "{ one", "{ z = \"я\", one", 1), "a.n: has plural forms, and z beside them"},
		"a number":              {strings.Replace(good, "x = ", "x = 1 # ", 1), "a.x: is no text"},
		"nothing":               {good + "[b]\nx = \" \"\n", "b.x: is empty"},
		"twice":                 {good + "[q]\n\"r.s\" = \"я\"\n[q.r]\ns = \"я\"\n", "q.r.s: stands there twice"},
		"HTML":                  {strings.Replace(good, "привет", "<b>привет", 1), "a.x: holds HTML"},
		"not TOML":              {"[a\nx", "ru.toml"},
	} {
		if err := load(tc.ru); err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "ru.toml") {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if _, err := lang.Load(fstest.MapFS{"xx.toml": {Data: []byte(base)}}); err == nil {
		t.Error("a language without numbers passes")
	}
	var _ fs.FS = locales.FS
}

func TestArgumentsAreNotInterpreted(t *testing.T) {
	p := catalog(t).Printer("en")
	if got := p.T("case.as_of", "Date", "{{.Date}}<b>"); got != "as of {{.Date}}<b>" {
		t.Error(got)
	}
}

func BenchmarkT(b *testing.B) {
	p := catalog(b).Printer("ru")
	for b.Loop() {
		p.T("case.as_of", "Date", "x")
	}
}

func TestCountry(t *testing.T) {
	words := catalog(t)
	for tag, want := range map[lang.Tag]map[string]string{
		"en": {"RU": "Russia", "MK": "North Macedonia", "XK": "Kosovo", "ZZZ": "ZZZ", "": "", "ru<": "ru<"},
		"ru": {"BY": "Беларусь", "SZ": "Эсватини"},
		"ar": {"IR": "إيران"},
		"fr": {"TR": "Turquie"},
	} {
		for code, name := range want {
			if got := words.Printer(tag).Country(code); got != name {
				t.Errorf("%s in %s is called %q, want %q", code, tag, got, name)
			}
		}
	}
}

// Texts are ordered as a language's own alphabet has it, capital letters or not; keys tell the same order by their bytes.
func TestCompare(t *testing.T) {
	words := catalog(t)
	for _, c := range []struct {
		tag  lang.Tag
		list []string
	}{
		{"en", []string{"apple", "Banana", "Émile", "Zoe"}},
		{"ru", []string{"Ёжик", "Елена", "жанна", "Яна"}},
		{"ar", []string{"أحمد", "بسمة", "هدى"}},
	} {
		p := words.Printer(c.tag)
		for i, a := range c.list[:len(c.list)-1] {
			b := c.list[i+1]
			want := p.Compare(a, b)
			if want >= 0 || p.Compare(b, a) != -want || bytes.Compare(p.SortKey(a), p.SortKey(b)) != want {
				t.Errorf("%s: %q and %q: %d", c.tag, a, b, want)
			}
		}
	}
	if p := words.Printer("en"); p.Compare("ANNA", "anna") != 0 {
		t.Error("capital letters count")
	}
}
