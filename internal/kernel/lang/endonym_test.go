package lang

import (
	"strings"
	"testing"
)

func TestEndonyms(t *testing.T) {
	for tag, want := range map[Tag]struct{ name, dir string }{
		"ka": {"ქართული", "ltr"}, "hy": {"Հայերեն", "ltr"}, "he": {"עברית", "rtl"}, "fa": {"فارسی", "rtl"}, "prs": {"دری", "rtl"}, "zh": {"中文", "ltr"}, "zh-TW": {"繁體中文", "ltr"},
		"hi": {"हिन्दी", "ltr"}, "ckb": {"کوردیی ناوەندی", "rtl"}, "ug": {"ئۇيغۇرچە", "rtl"}, "yi": {"ייִדיש", "rtl"}, "dv": {"ދިވެހި", "rtl"}, "az-Arab": {"تۆرکجه", "rtl"}, "azb": {"تۆرکجه", "rtl"},
		"az": {"Azərbaycan", "ltr"}, "be": {"Беларуская", "ltr"}, "kk": {"Қазақ тілі", "ltr"}, "tt": {"Татар теле", "ltr"}, "sr": {"Српски", "ltr"}, "sr-Latn": {"Srpski", "ltr"},
		"is": {"Íslenska", "ltr"}, "pl": {"Polski", "ltr"}, "nqo": {"ߒߞߏ", "rtl"}, "syr": {"ܣܘܪܝܝܐ", "rtl"}, "ku-Arab": {"کوردی", "rtl"}, "aii": {"aii", "rtl"},
		"xal": {"xal", "ltr"}, "!": {"!", "ltr"}, "": {"", "ltr"},
	} {
		if got := Endonym(tag); got != want.name {
			t.Errorf("%s calls itself %s, want %s", tag, got, want.name)
		}
		if got := Dir(tag); got != want.dir {
			t.Errorf("%s is written %s, want %s", tag, got, want.dir)
		}
	}
}

func TestCanonical(t *testing.T) {
	for tag, want := range map[string]Tag{
		"en": "en", "ka": "ka", "ckb": "ckb", "sr-Latn": "sr-Latn", "sr-latn": "sr-Latn", "az-Arab": "az-Arab", "pt-BR": "pt-BR", "be-tarask": "be-tarask", "de-1996": "de-1996",
		"iw": "he", "EN-gb": "en-GB", "en_GB": "en-GB", "zh-Hant": "zh-Hant", "prs": "prs", "udm": "udm",
		"": "", "xx": "", "Russisch": "", "qqx": "", "mul": "", "zxx": "", "und": "", "und-Arab": "", "mis": "", "en-garbage": "", "en-u-nu-arab": "", "en-x-team": "", "x-team": "", "ru\n": "",
		strings.Repeat("ar-", 50): "",
	} {
		got, ok := Canonical(tag)
		if got != want || ok != (want != "") {
			t.Errorf("%.20q is written %q (%v), want %q", tag, got, ok, want)
		}
	}
}

// A reader whose languages we lack is told so, in the name of his own; and gets none of its neighbours.
func TestUnspoken(t *testing.T) {
	c := cataloguesOf(t, "en", "ru", "pt")
	for accept, want := range map[string]string{
		"be": "Беларуская", "be-BY,be;q=0.9": "Беларуская", "kk-KZ": "Қазақ тілі", "uk": "Українська", "KA-ge": "ქართული", "zh-TW": "中文", "be-Latn": "Беларуская", "kk-Arab-CN": "Қазақ тілі", "zh-Hant-HK": "繁體中文", "sr-Latn": "Srpski",
		"tt;q=0.2,be;q=0.9": "Беларуская", "xx,be": "Беларуская", "und,be": "Беларуская", "*,be": "Беларуская",
		"be,ru;q=0.1": "", "be-BY,be;q=0.9,en;q=0.8": "", "en": "", "pt-BR": "", "": "", "*": "", "xx": "", "qqx": "", "be;q=0": "", "und-Cyrl": "", "aii": "", "ru-Latn": "", strings.Repeat("be-", 99): "",
	} {
		got := c.Unspoken(accept)
		if got != "" && Endonym(got) != want || got == "" && want != "" {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
		if n := len(strings.Split(string(got), "-")); n > 2 || strings.Contains(string(got), "Zzzz") {
			t.Errorf("%q: %s", accept, got)
		}
		if matched := c.Match(accept, "en"); got != "" && matched != "en" {
			t.Errorf("%q gets %s", accept, matched)
		}
	}
}
