package poster

import (
	"image"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// Size is a kind of sheet.
type Size string

const (
	A4     Size = "a4"
	A3     Size = "a3"
	USPage Size = "letter" // US Letter, 8.5 by 11 inches
	Square Size = "square" // 1080 by 1080 pixels
	Story  Size = "story"  // 1080 by 1920 pixels
	Card   Size = "card"   // 1200 by 630 pixels: of a link that is shared
)

// Known are the sizes that can be asked for.
func (Size) Known() []string {
	return []string{string(A4), string(A3), string(USPage), string(Square), string(Story), string(Card)}
}

// form is what a size is like.
type form struct {
	w, h   float64 // points; of a screen's, pixels
	unit   float64 // points that all lengths of a layout are multiples of: a page is about 595 units wide
	screen bool
	dots   float64 // pixels a point in a PNG
}

var forms = map[Size]form{
	A4:     {595.276, 841.89, 1, false, 150.0 / 72},
	A3:     {841.89, 1190.551, 841.89 / 595.276, false, 150.0 / 72},
	USPage: {612, 792, 1, false, 150.0 / 72},
	Square: {1080, 1080, 1080 / 595.0, true, 1},
	Story:  {1080, 1920, 1080 / 540.0, true, 1},
	Card:   {1200, 630, 1200 / 600.0, true, 1},
}

// bleed is 3 mm in points.
const bleed = 3 * 72 / 25.4

// LanguagesMost is how many languages have room on one sheet.
const LanguagesMost = 4

// Order is what is wanted.
type Order struct {
	Size      Size
	Languages []lang.Tag // the first stands first, and its side is where the sheet begins; 1 to LanguagesMost
	Gray      bool       // for a printer without colours: no large dark fields
	Linkless  bool       // without a code and without any address: for places where a link is a crime
	Bleed     bool       // 3 mm more at each side, and marks where to cut; paper sizes only
	Photo     image.Image
	PhotoAlt  string        // what is to be seen on it
	Credit    casefile.Text // whose it is; nothing where that is not to be said
}

// Picture puts the case's own photograph on the sheet, once its languages are known. img is it as it was read; nil where no picture is drawn, but all that is said of it stands.
func (o *Order) Picture(f *casefile.File, img image.Image) {
	p := f.Person.Photo
	o.Photo, o.Credit = img, p.Credit
	o.PhotoAlt, _ = p.Alt.In(o.Languages[0], f.Campaign.Languages...)
}

// Letter is the letter that the sheet is for.
type Letter struct {
	Title, Demand, Addressee casefile.Text
	Open                     bool // it can be signed now
	Stopped                  bool // out of regard for those it concerns, nothing is done for it
	URL                      func(lang.Tag) string
	Revision                 string // changes with all of the above
}

// in tells whether the letter is there in a language: whole or absent.
func (l *Letter) in(tag lang.Tag) bool { return l.Title[tag] != "" && l.Demand[tag] != "" }

// languages are those of the letter for which the program has words, in their order.
func (l *Letter) languages(words *lang.Catalog) (list []lang.Tag) {
	for _, tag := range words.Tags() {
		if l.in(tag) {
			list = append(list, tag)
		}
	}
	return list
}

// Spoken is the language in which a sheet for readers of that language is made: theirs, else the first of the case that letter and program speak. False: there
// is none.
func (l *Letter) Spoken(want lang.Tag, f *casefile.File, words *lang.Catalog) (lang.Tag, bool) {
	have := l.languages(words)
	for _, tag := range append([]lang.Tag{want}, f.Campaign.Languages...) {
		if slices.Contains(have, tag) {
			return tag, true
		}
	}
	if len(have) == 0 {
		return "", false
	}
	return have[0], true
}
