package letter

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// Name is what a signer shows: as typed, but for what nobody can see. It is checked for nothing else: people have names of one part, of
// six, and in every script, and a pseudonym is a name.
type Name struct {
	Name        string
	Affiliation string // may be empty
}

const (
	nameMost        = 100 // characters; a letter with its marks is one
	affiliationMost = 120
	marksMost       = 4 // on one letter: a fifth only hides its neighbours
)

var (
	errNoName     = fault.New(fault.Invalid, "fault.name.missing")
	errNameLong   = fault.New(fault.Invalid, "fault.name.long", "Most", nameMost)
	errPlaceLong  = fault.New(fault.Invalid, "fault.name.affiliation_long", "Most", affiliationMost)
	errNameBroken = fault.New(fault.Invalid, "fault.name.characters")
	errNameMarks  = fault.New(fault.Invalid, "fault.name.marks")
	errNameAdvert = fault.New(fault.Invalid, "fault.name.address")
)

// ParseName checks what was typed into the two fields of a name. The faults name the field, "name" or "affiliation", and say what to do.
func ParseName(typed, affiliation string) (n Name, err error) {
	n.Name, err = shownText(typed, nameMost, errNameLong)
	if err == nil && !legible(n.Name) {
		err = errNoName
	}
	if err != nil {
		return Name{}, fault.Of(err).At("name")
	}
	n.Affiliation, err = shownText(affiliation, affiliationMost, errPlaceLong)
	if err == nil && n.Affiliation != "" && !legible(n.Affiliation) {
		n.Affiliation = ""
	}
	if err != nil {
		return Name{}, fault.Of(err).At("affiliation")
	}
	return n, nil
}

// shownText is one line as it will be shown. What nobody sees is taken out, for it comes along with every paste; what a page can't show, or
// what would spoil its neighbours, is refused.
func shownText(typed string, most int, long *fault.Error) (string, error) {
	if len(typed) > 40*most {
		return "", long
	}
	if !utf8.ValidString(typed) {
		return "", errNameBroken
	}
	var runes []rune
	for _, r := range norm.NFC.String(typed) {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Z, r) || blank(r):
			runes = append(runes, ' ')
		case lang.Unseen(r):
		case r == utf8.RuneError || !unicode.In(r, assigned...):
			return "", errNameBroken
		default:
			runes = append(runes, r)
		}
	}
	text := norm.NFC.String(strings.Join(strings.Fields(string(joined(runes))), " ")) // what was taken out may have stood between a letter and its mark
	length, marks := 0, 0
	for _, r := range text {
		if !unicode.Is(unicode.M, r) {
			length, marks = length+1, 0
			continue
		}
		if unicode.Is(unicode.Mc, r) || lang.Variant(r) {
			continue
		}
		if marks++; marks > marksMost {
			return "", errNameMarks
		}
	}
	if length > most || len(text) > 16*most {
		return "", long
	}
	if advert.MatchString(norm.NFKC.String(text)) {
		return "", errNameAdvert
	}
	return text, nil
}

// advert is an address of the web or of a mailbox.
var advert = regexp.MustCompile(`(?i)://|(^|[\s(])www\.|@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,}`)

// assigned is what may be in a name: all but private use, and what means nothing yet, for a later Unicode would compose, fold and sort it otherwise.
var assigned = []*unicode.RangeTable{unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cf}

// legible tells whether something can be read: a name is known by its letters, or its digits.
func legible(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0
}

// blank are letters and symbols that look like a space.
func blank(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800: // fillers of Hangul, the empty Braille cell
		return true
	}
	return false
}

// joined drops what stands where it has no meaning: joiners anywhere but inside a word of a script that joins, variation selectors
// anywhere but on a Chinese character or a Mongolian letter, marks on nothing.
func joined(runes []rune) []rune {
	kept := runes[:0:0]
	for i, r := range runes {
		before, after := ' ', ' '
		if len(kept) > 0 {
			before = kept[len(kept)-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		switch {
		case lang.Joiner(r):
			if !joins(before, after) {
				continue
			}
		case lang.Variant(r):
			if !unicode.In(before, unicode.Han, unicode.Mongolian) || lang.Variant(before) {
				continue
			}
		case unicode.Is(unicode.M, r):
			if before == ' ' {
				continue
			}
		}
		kept = append(kept, r)
	}
	return kept
}

// joining are the scripts in which a joiner changes what is read.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Adlam, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// virama is the combining class of the sign that takes a letter's vowel away: a joiner after it may stand at a word's end.
const virama = 9

func joins(before, after rune) bool {
	if lang.Joiner(before) || !unicode.In(before, joining...) {
		return false
	}
	return norm.NFC.PropertiesString(string(before)).CCC() == virama || unicode.In(after, joining...) && unicode.IsLetter(after)
}
