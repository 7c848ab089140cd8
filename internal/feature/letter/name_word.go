package letter

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/lang"
)

const (
	wordsMost   = 24  // of a name
	wordMost    = 96  // bytes
	sortKeyMost = 480 // bytes; the first level, which decides nearly always, comes first
)

// special are letters that people who lack them type in another way, and that Unicode does not take apart.
var special = strings.NewReplacer(
	"ø", "o", "ł", "l", "đ", "d", "ð", "d", "ħ", "h", "ŧ", "t", "ŋ", "n", "ı", "i", "ə", "e", "æ", "ae", "œ", "oe", "þ", "th", "ß", "ss", "ґ", "г", "і", "и", "є", "е",
	"ٱ", "ا", "ة", "ه", "ى", "ي", "ی", "ي", "ې", "ي", "ک", "ك", "ہ", "ه", "ھ", "ه", "ۀ", "ه", "ە", "ه", "ء", "", "ـ", "",
)

// fold is a text as search compares it: no case, no accents, one spelling for letters that are typed in several ways. Both what is stored and what is
// asked for are folded, so folding too much only finds more.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(norm.NFKD.String(s))) {
		switch {
		case accent(r), unseen(r), joiner(r), variant(r):
		case r >= 0x30A1 && r <= 0x30F6: // katakana as hiragana
			b.WriteRune(r - 0x60)
		case r >= 0xAB70 && r <= 0xABBF: // small letters of Cherokee, which the tables exchange with its capitals
			b.WriteRune(r - 0xAB70 + 0x13A0)
		case r >= 0x13F8 && r <= 0x13FD:
			b.WriteRune(r - 8)
		default:
			b.WriteRune(r)
		}
	}
	return special.Replace(norm.NFC.String(b.String()))
}

// accent are marks that a searcher may leave out. The vowels of Indian and Thai scripts, and the voice marks of kana, are marks too and are not such.
func accent(r rune) bool {
	if !unicode.Is(unicode.M, r) || r == 0x3099 || r == 0x309A {
		return false
	}
	const nukta = 7
	return unicode.In(r, unicode.Inherited, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Syriac) ||
		norm.NFC.PropertiesString(string(r)).CCC() == nukta
}

// spelled are a text's folded words, in their order.
func spelled(s string) (words []string) {
	for _, w := range strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) }) {
		words = append(words, bounded(w, wordMost))
	}
	return words
}

// apostrophes stand inside a word for some and between two for others.
var apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "", "ʻ", "", "`", "", "´", "")

// words are what a name is found by: its words; in scripts that put no spaces between words, what is left of them from every character on, so that the
// beginning of a stored word can be the middle of a name.
func words(name string) (list []string) {
	add := func(w string) {
		if w != "" && len(list) < wordsMost && !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	whole := spelled(name)
	for _, w := range whole {
		add(w)
	}
	if closed := apostrophes.Replace(name); closed != name {
		for _, w := range spelled(closed) {
			add(w)
		}
	}
	for _, w := range whole {
		if rest, ok := strings.CutPrefix(w, "ال"); ok && utf8.RuneCountInString(rest) > 2 { // the Arabic article, which many leave out
			add(rest)
		}
	}
	for _, w := range whole {
		for i, r := range w {
			if i > 0 && unicode.In(r, unspaced...) && !unicode.Is(unicode.M, r) {
				add(w[i:])
			}
		}
	}
	return list
}

// unspaced are scripts that put no spaces between words.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// bounded cuts a text to at most that many bytes, between characters.
func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// collators are not for several goroutines at once.
var collators = sync.Pool{New: func() any { return collate.New(language.Und) }}

// sortKey is a name's place in the one alphabetical order there is: Unicode's root collation, compared by bytes.
func sortKey(name string) []byte {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	var b collate.Buffer
	key := c.KeyFromString(&b, name)
	return slices.Clone(key[:min(len(key), sortKeyMost)])
}

// scripts by their codes in ISO 15924. Kana are one, and a Japanese name in Chinese characters is with the Chinese.
var scripts = []struct {
	code  string
	table []*unicode.RangeTable
}{
	{"Latn", []*unicode.RangeTable{unicode.Latin}}, {"Cyrl", []*unicode.RangeTable{unicode.Cyrillic}}, {"Grek", []*unicode.RangeTable{unicode.Greek}},
	{"Arab", []*unicode.RangeTable{unicode.Arabic}}, {"Hebr", []*unicode.RangeTable{unicode.Hebrew}}, {"Armn", []*unicode.RangeTable{unicode.Armenian}},
	{"Geor", []*unicode.RangeTable{unicode.Georgian}}, {"Hani", []*unicode.RangeTable{unicode.Han}}, {"Hang", []*unicode.RangeTable{unicode.Hangul}},
	{"Kana", []*unicode.RangeTable{unicode.Hiragana, unicode.Katakana}}, {"Deva", []*unicode.RangeTable{unicode.Devanagari}},
	{"Beng", []*unicode.RangeTable{unicode.Bengali}}, {"Guru", []*unicode.RangeTable{unicode.Gurmukhi}}, {"Gujr", []*unicode.RangeTable{unicode.Gujarati}},
	{"Taml", []*unicode.RangeTable{unicode.Tamil}}, {"Telu", []*unicode.RangeTable{unicode.Telugu}}, {"Knda", []*unicode.RangeTable{unicode.Kannada}},
	{"Mlym", []*unicode.RangeTable{unicode.Malayalam}}, {"Sinh", []*unicode.RangeTable{unicode.Sinhala}}, {"Thai", []*unicode.RangeTable{unicode.Thai}},
	{"Laoo", []*unicode.RangeTable{unicode.Lao}}, {"Khmr", []*unicode.RangeTable{unicode.Khmer}}, {"Mymr", []*unicode.RangeTable{unicode.Myanmar}},
	{"Tibt", []*unicode.RangeTable{unicode.Tibetan}}, {"Ethi", []*unicode.RangeTable{unicode.Ethiopic}}, {"Mong", []*unicode.RangeTable{unicode.Mongolian}},
}

const otherScript = "Zyyy"

// script is what most letters of a name are written in; the first of them where two are equal.
func script(name string) string {
	counts := make([]int, len(scripts))
	best := -1
	for _, r := range name {
		if !unicode.IsLetter(r) {
			continue
		}
		for i, s := range scripts {
			if unicode.In(r, s.table...) {
				counts[i]++
				if best < 0 || counts[i] > counts[best] {
					best = i
				}
				break
			}
		}
	}
	if best < 0 {
		return otherScript
	}
	return scripts[best].code
}

// ScriptOf is what a reader of a language reads, as script tells it of a name.
func ScriptOf(tag lang.Tag) string {
	t, err := language.Parse(string(tag))
	if err != nil {
		return otherScript
	}
	s, _ := t.Script()
	switch code := s.String(); code {
	case "Hans", "Hant", "Jpan":
		return "Hani"
	case "Kore":
		return "Hang"
	case "Hira":
		return "Kana"
	default:
		return code
	}
}
