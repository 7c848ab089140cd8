package letter

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/fault"
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
		case unseen(r):
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
		if unicode.Is(unicode.Mc, r) || variant(r) {
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

// unseen are characters that show nothing by themselves: controls, format characters (of direction, of tags, of no width), and what Unicode
// keeps for more of them. Joiners and variation selectors are looked at by joined.
func unseen(r rune) bool {
	switch {
	case joiner(r) || variant(r):
		return false
	case r == 0x034F, r == 0x17B4, r == 0x17B5, r == 0x2065, r >= 0xFFF0 && r <= 0xFFF8, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// joiner are the two characters that say whether their neighbours join.
func joiner(r rune) bool { return r == 0x200C || r == 0x200D }

// variant are the characters that choose a form of the letter before them.
func variant(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180F && r != 0x180E
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
		case joiner(r):
			if !joins(before, after) {
				continue
			}
		case variant(r):
			if !unicode.In(before, unicode.Han, unicode.Mongolian) || variant(before) {
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
	if joiner(before) || !unicode.In(before, joining...) {
		return false
	}
	return norm.NFC.PropertiesString(string(before)).CCC() == virama || unicode.In(after, joining...) && unicode.IsLetter(after)
}
