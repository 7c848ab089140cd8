package letter

import (
	"slices"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"outcry/internal/kernel/lang"
)

const sortKeyMost = 480 // bytes; the first level, which decides nearly always, comes first

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
