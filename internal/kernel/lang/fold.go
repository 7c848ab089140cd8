package lang

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// What a name is found by, at most.
const (
	WordsMost = 24 // of a name
	WordMost  = 96 // bytes of a word
)

// special are letters that people who lack them type in another way, and that Unicode does not take apart.
var special = strings.NewReplacer(
	"ø", "o", "ł", "l", "đ", "d", "ð", "d", "ħ", "h", "ŧ", "t", "ŋ", "n", "ı", "i", "ə", "e", "æ", "ae", "œ", "oe", "þ", "th", "ß", "ss", "ґ", "г", "і", "и", "є", "е",
	"ٱ", "ا", "ة", "ه", "ى", "ي", "ی", "ي", "ې", "ي", "ک", "ك", "ہ", "ه", "ھ", "ه", "ۀ", "ه", "ە", "ه", "ء", "", "ـ", "",
)

// Fold is a text as search compares it: no case, no accents, one spelling for letters that are typed in several ways. Both what is stored and what is
// asked for are folded, so folding too much only finds more.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(norm.NFKD.String(s))) {
		switch {
		case accent(r), Unseen(r), Joiner(r), Variant(r):
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

// FoldedWords are a text's folded words, in their order, each of WordMost bytes at most.
func FoldedWords(s string) (words []string) {
	for _, w := range strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) }) {
		words = append(words, Bounded(w, WordMost))
	}
	return words
}

// apostrophes stand inside a word for some and between two for others.
var apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "", "ʻ", "", "`", "", "´", "")

// NameWords are what a name is found by, WordsMost at most: its folded words; in scripts that put no spaces between words, what is left of them from every
// character on, so that the beginning of a stored word can be the middle of a name.
func NameWords(name string) (list []string) {
	add := func(w string) {
		if w != "" && len(list) < WordsMost && !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	whole := FoldedWords(name)
	for _, w := range whole {
		add(w)
	}
	if closed := apostrophes.Replace(name); closed != name {
		for _, w := range FoldedWords(closed) {
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

// Bounded cuts a text to at most that many bytes, between characters.
func Bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// Unseen are characters that show nothing by themselves: controls, format characters (of direction, of tags, of no width), and what Unicode
// keeps for more of them; but for [Joiner] and [Variant], which change their neighbours.
func Unseen(r rune) bool {
	switch {
	case Joiner(r) || Variant(r):
		return false
	case r == 0x034F, r == 0x17B4, r == 0x17B5, r == 0x2065, r >= 0xFFF0 && r <= 0xFFF8, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// Joiner are the two characters that say whether their neighbours join.
func Joiner(r rune) bool { return r == 0x200C || r == 0x200D }

// Variant are the characters that choose a form of the letter before them.
func Variant(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180F && r != 0x180E
}
