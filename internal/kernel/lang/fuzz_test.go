package lang_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/lang"
)

// Whatever a browser says it reads, it gets a language that there is, the same each time, soon; and the note on one that there is not names it in its own words.
func FuzzMatch(f *testing.F) {
	words := catalog(f)
	for _, accept := range []string{"", "*", "ru-RU,ru;q=0.9,en;q=0.8", "uk", "zh-TW,zh;q=0.9", "sr-Latn, sr;q=NaN", "en;q=1e-400", "iw,he", "und-Cyrl", "x-private", "ar-u-nu-latn", "EN ; Q=0.5 , ,;,",
		"fr;q=1.0000000000000001", strings.Repeat("de,", 400), "tlh-a-b-c-d", "ky-Arab", "\xff,\x00", "en-" + strings.Repeat("a", 2000)} {
		f.Add(accept, "en")
	}
	f.Add("", "xx")
	f.Fuzz(func(t *testing.T, accept, site string) {
		began := time.Now()
		tag, unspoken := words.Match(accept, lang.Tag(site)), words.Unspoken(accept)
		if took := time.Since(began); took > time.Second {
			t.Fatalf("%v for %d bytes", took, len(accept))
		}
		if !slices.Contains(words.Tags(), tag) || words.Match(accept, lang.Tag(site)) != tag {
			t.Fatalf("%q on a site in %q gets %q", accept, site, tag)
		}
		if unspoken == "" {
			return
		}
		if words.Has(unspoken) || tag != words.Match("", lang.Tag(site)) {
			t.Fatalf("%q gets %q, and a note that %q is not spoken", accept, tag, unspoken)
		}
		if name := lang.Endonym(unspoken); name == "" || name == string(unspoken) || strings.ContainsFunc(name, unicode.IsControl) {
			t.Fatalf("%q is called %q", unspoken, name)
		}
	})
}

// A tag has one spelling, which is short and plain, for it stands in addresses and attributes.
func FuzzCanonical(f *testing.F) {
	for _, tag := range []string{"en", "EN", "iw", "sr-latn", "zh-Hant-TW", "sl-rozaj-biske", "und", "mul", "qaa", "en-u-nu-latn", "i-klingon", "root", "no", "sh", "en_US", "a", "c", "ja-JP-x-lvariant", "\u0131n", "en-\x00"} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		_ = lang.Endonym(lang.Tag(typed))
		tag, ok := lang.Canonical(typed)
		if !ok {
			return
		}
		if again, ok := lang.Canonical(string(tag)); !ok || again != tag {
			t.Fatalf("%q is %q, which is %q, %v", typed, tag, again, ok)
		}
		if tag == "" || len(tag) > 35 || strings.ContainsFunc(string(tag), func(r rune) bool {
			return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		}) {
			t.Fatalf("%q is %q", typed, tag)
		}
		if name := lang.Endonym(tag); name == "" || strings.ContainsFunc(name, unicode.IsControl) {
			t.Fatalf("%q is called %q", tag, name)
		}
	})
}

// What is looked for is found in whatever case and form it is typed, and folding is done once and for all.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Łódź", "ÆØÅ", "İstanbul", "Straße", "Ελλάς", "ё й і ґ", "أحمد", "カタカナ", "が", "นํ้า", "नि", "ﬃ", "ǆ", "\u1e9e", "\u0345", "ۀ", "\u03c2\u0301", "Ⅷ", "\u2126", "o\u0338"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := lang.Fold(s)
		if len(s) > 1000 || !utf8.ValidString(s) {
			return // no name is so, and what is looked for so finds none
		}
		for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
			if again := lang.Fold(form.String(s)); again != once {
				t.Fatalf("%q is folded to %q, and in another form to %q", s, once, again)
			}
		}
		if again := lang.Fold(once); again != once {
			t.Fatalf("%q is folded to %q, and that to %q", s, once, again)
		}
		if len(once) > 20*len(s)+20 {
			t.Fatalf("%d bytes are folded to %d", len(s), len(once))
		}
	})
}
