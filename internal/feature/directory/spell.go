package directory

import (
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// found is what somebody is found by.
type found struct {
	words  []string // folded ([lang.NameWords]): of every name, of what they do, of where they are held
	sounds []string // the same in Latin letters, written as roughly as everybody writes them; see sound
}

// foundBy gathers what a person is found by. Nothing of the events is among it but the place where the list says they are.
func foundBy(f *casefile.File, at *Place) (by found) {
	add := func(text string, tag lang.Tag) {
		for _, w := range lang.NameWords(text) {
			if !slices.Contains(by.words, w) {
				by.words = append(by.words, w)
			}
			for _, s := range sounds(w, tag) {
				if s != "" && !slices.Contains(by.sounds, s) {
					by.sounds = append(by.sounds, s)
				}
			}
		}
	}
	for _, n := range f.Person.Names {
		add(n.Text, n.Lang)
	}
	texts := slices.Clone(f.Person.Occupations)
	if at != nil {
		texts = append(texts, at.Name, at.House)
	}
	for _, t := range texts {
		for _, tag := range t.Tags() {
			add(t[tag], tag)
		}
	}
	return by
}

// What of a query is looked at.
const (
	textMost  = 400 // bytes
	askedMost = 8   // words
)

// asked is a query, ready to be compared.
type asked struct{ words, sounds []string }

// ask reads what somebody typed: any text at all, of which the first words count.
func ask(text string) (a asked) {
	words := lang.FoldedWords(strings.ToValidUTF8(lang.Bounded(text, textMost), ""))
	for _, w := range words[:min(len(words), askedMost)] {
		a.words = append(a.words, w)
		a.sounds = append(a.sounds, sound(w))
	}
	return a
}

// finds tells whether each word that is asked for begins a word of theirs, as it is spelled or as it sounds.
func (by *found) finds(a asked) bool {
	for i, w := range a.words {
		if !begins(by.words, w) && (a.sounds[i] == "" || !begins(by.sounds, a.sounds[i])) {
			return false
		}
	}
	return true
}

func begins(list []string, with string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, with) })
}

// sounds is how a word may be written in Latin letters: in two ways where its language reads a letter otherwise than Russian does.
func sounds(word string, tag lang.Tag) []string {
	list := []string{sound(word)}
	if base, _, _ := strings.Cut(string(tag), "-"); base == "uk" || base == "be" {
		list = append(list, sound(strings.ReplaceAll(word, "г", "һ")))
	}
	return list
}

// cyrillic gives each folded letter its usual Latin one: the common part of what passports, libraries and newspapers write for
// Russian, Ukrainian, Belarusian, Serbian, Macedonian, Bulgarian, Kazakh, Tajik and their neighbours. [lang.Fold] has taken the
// accents (ё й ї ў ѓ ќ) and і, ґ, є before.
var cyrillic = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o",
	'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "",
	'э': "e", 'ю': "yu", 'я': "ya", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dzh", 'ѕ': "dz",
	'ә': "a", 'ғ': "g", 'қ': "k", 'ң': "n", 'ө': "o", 'ұ': "u", 'ү': "u", 'һ': "h", 'ҳ': "h", 'ҷ': "j",
}

// rough takes out what ways of writing the same name differ in. The first that fits wins, so longer ones stand first.
var rough = strings.NewReplacer(
	"shch", "sc", "sch", "sc", "szcz", "sc", "tch", "c", "tsch", "c", "dzh", "z", "dj", "z", "zh", "z", "kh", "h", "ch", "c", "cz", "c", "sh", "s", "sz", "s", "ts", "c", "tz", "c",
	"ph", "f", "x", "ks", "q", "k", "w", "v", "ou", "u", "y", "i", "j", "i",
)

// sound is a folded word in Latin letters, so roughly that Кагарлицкий, Kagarlitsky, Kagarlickij and Kagarlitskii are one. It finds too
// much rather than too little, and is shown to nobody. A word of another script has none.
func sound(word string) string {
	var b strings.Builder
	for _, r := range word {
		switch latin, ok := cyrillic[r]; {
		case ok:
			b.WriteString(latin)
		case r >= 'a' && r <= 'z':
			b.WriteRune(r)
		case r >= '0' && r <= '9':
			return ""
		case r > 0x24F: // neither Latin nor a Cyrillic letter that we know
			return ""
		}
	}
	s := rough.Replace(b.String())
	var out []byte
	for i := range len(s) {
		switch n := len(out); {
		case n > 0 && out[n-1] == s[i]: // one of two
		case n > 0 && out[n-1] == 'i' && s[i] == 'e': // Yevgeny, Evgeny
			out[n-1] = 'e'
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}
