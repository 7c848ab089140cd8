package lang

import (
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// endonyms are the names that Unicode's tables lack, or have in words that its speakers would not choose.
var endonyms = map[Tag]string{
	"az-Arab": "تۆرکجه", "azb": "تۆرکجه", "ba": "Башҡорт теле", "crh": "Qırımtatar tili", "cv": "Чӑваш чӗлхи", "dv": "ދިވެހި", "ku": "Kurdî",
	"ku-Arab": "کوردی", "nqo": "ߒߞߏ", "prs": "دری", "sr-Latn": "Srpski", "syr": "ܣܘܪܝܝܐ", "tk": "Türkmençe", "tt": "Татар теле", "udm": "Удмурт кыл",
}

// Endonym is a language's name for itself, or its tag where we don't know it.
func Endonym(t Tag) string {
	if name := endonyms[t]; name != "" {
		return name
	}
	parsed, ok := parse(string(t))
	if !ok {
		return string(t)
	}
	name := self(parsed)
	if name == "" {
		return string(t)
	}
	// Names stand alone, in a menu: they begin with a capital, where the script has them and by the language's own rules.
	_, size := utf8.DecodeRuneInString(name)
	return cases.Title(parsed, cases.NoLower).String(name[:size]) + name[size:]
}

// Canonical is how a tag that names a language is written: "sr-Latn" for "sr-latn", "he" for "iw". It is false of what names none: of what is no tag, of a subtag
// that nobody registered, of tags for many languages or no language, of private ones, and of those that say more than language, script, region and variant.
func Canonical(tag string) (Tag, bool) {
	t, ok := parse(tag)
	if !ok || len(t.Extensions()) > 0 {
		return "", false
	}
	base, _, _ := t.Raw()
	switch base.String() {
	case "mis", "mul", "und", "zxx":
		return "", false
	}
	if base.IsPrivateUse() {
		return "", false
	}
	t, err := language.Default.Canonicalize(t)
	if err != nil {
		return "", false
	}
	if again, ok := parse(t.String()); !ok || again.String() != t.String() { // variants in an order that is no order: one language would have two spellings
		return "", false
	}
	return Tag(t.String()), true
}
