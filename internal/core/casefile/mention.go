package casefile

import (
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Mentions tells where any of the words stands in a file, which is what [Marshal] takes: in its texts, ids, addresses and titles. They
// are words that must not be in it at all, such as the name of an accuser (R4): no file may hold them, so they come from a list of the
// organisers' own that is kept nowhere here. A text is searched by whole words, whatever their case and accents, whatever signs that are
// not seen stand between their letters, and as a browser shows an address; in scripts whose words change at the end, a word of four
// letters and more is found with another ending, of three letters at most. Several words in one line of the list are looked for in that
// order. No word is in the answer: a problem tells its line in the list, from 1; an empty line is none.
func Mentions(file any, words []string) (p Problems) {
	n := plant(reflect.ValueOf(file))
	if n == nil {
		return nil
	}
	looked := make([][]string, len(words))
	for i, w := range words {
		looked[i] = strings.Fields(folded(w))
	}
	leaves(n, "", func(path, text string) {
		have := strings.Fields(folded(coded.ReplaceAllStringFunc(text, decoded)))
		for i, w := range looked {
			if len(w) > 0 && spells(have, w) {
				p.add(path, Breach{}, "what line %d of the list names stands here; write this so that it doesn't", i+1)
			}
		}
	})
	return p
}

// Mentions is [Mentions] of the file alone.
func (f *File) Mentions(words []string) Problems { return Mentions(f, words) }

// coded is a piece of an address as it is copied from a browser.
var coded = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)

func decoded(piece string) string {
	if plain, err := url.PathUnescape(piece); err == nil {
		return plain
	}
	return piece
}

// folded is a text's words without case and accents; ё is е, as people write it.
func folded(s string) string {
	return plainWords(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s)))
}

// spells tells whether the words stand there one after another.
func spells(have, want []string) bool {
	for i := 0; i+len(want) <= len(have); i++ {
		if slices.EqualFunc(have[i:i+len(want)], want, inflects) {
			return true
		}
	}
	return false
}

const (
	stemLeast  = 4 // letters of a word that may have other endings
	endingMost = 3 // letters
)

// inflects tells whether a word is the one looked for, or that with another ending: Иванов in Ивановым, Мария in Марии.
func inflects(have, want string) bool {
	if have == want {
		return true
	}
	stem := []rune(want)
	if len(stem) < stemLeast || !unicode.In(stem[0], unicode.Cyrillic, unicode.Latin, unicode.Greek, unicode.Armenian, unicode.Georgian) {
		return false
	}
	if strings.ContainsRune("аеийоуыьэюяієї", stem[len(stem)-1]) {
		stem = stem[:len(stem)-1]
	}
	rest, ok := strings.CutPrefix(have, string(stem))
	return ok && len([]rune(rest)) <= endingMost
}
