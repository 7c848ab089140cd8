package sheet

import (
	"reflect"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// em is the size at which text is shaped, in units: once, for every size in which it is then tried.
const em = 1000

// Setter sets text with some faces. It is for one goroutine; what it has shaped it remembers.
type Setter struct {
	faces   *Faces
	own     map[*font.Font]*font.Face
	chosen  [2]map[rune]*font.Face
	shaper  shaping.HarfbuzzShaper
	split   shaping.Segmenter
	wrapper shaping.LineWrapper
	order   bidi.Paragraph
	shaped  map[asked]*text
}

// asked is a text as it was asked for.
type asked struct {
	text  string
	tag   lang.Tag
	bold  bool
	tight float64
}

// text is a shaped text.
type text struct {
	runes    []rune
	runs     []shaping.Output
	levels   []int8 // by rune: odd runs from right to left
	rtl      bool   // the paragraph
	tall     bool   // it has letters that need more room between lines
	anywhere bool   // it is written without spaces, in a script whose words we can't tell
}

// Setter makes a setter.
func (f *Faces) Setter() *Setter {
	return &Setter{faces: f, own: map[*font.Font]*font.Face{}, chosen: [2]map[rune]*font.Face{{}, {}}, shaped: map[asked]*text{}}
}

// tallScripts have letters or marks far above and below the line; unspaced ones put no space between words.
var (
	tallScripts = []*unicode.RangeTable{unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Thaana, unicode.Devanagari, unicode.Bengali, unicode.Tibetan, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Tamil, unicode.Sinhala}
	unspaced = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}
	// spread are the scripts whose letters stand apart, so that they may stand a little closer.
	spread = map[language.Script]bool{language.Latin: true, language.Cyrillic: true, language.Greek: true}
)

// choice has the segmenter ask a setter for faces, and notes what none has.
type choice struct {
	*Setter
	bold    bool
	missing []rune
	err     error
}

func (c *choice) ResolveFace(r rune) *font.Face {
	known := c.chosen[0]
	if c.bold {
		known = c.chosen[1]
	}
	if face := known[r]; face != nil {
		return face
	}
	found, err := c.faces.find(r, c.bold)
	if err != nil {
		c.err = err
	}
	if found == nil {
		if found = c.faces.regular[0]; !invisible(r) {
			c.missing = append(c.missing, r)
		}
	}
	if c.own[found] == nil {
		c.own[found] = font.NewFace(found)
	}
	known[r] = c.own[found]
	return known[r]
}

// shape turns a text into glyphs. A letter that no face has is a fault of kind Invalid, which names it.
func (t *Setter) shape(field, words string, tag lang.Tag, bold bool, tight float64) (*text, error) {
	key := asked{words, tag, bold, tight}
	if done := t.shaped[key]; done != nil {
		return done, nil
	}
	cleaned, err := clean(field, words)
	if err != nil {
		return nil, err
	}
	out := &text{runes: []rune(cleaned), rtl: lang.Dir(tag) == "rtl"}
	for _, r := range out.runes {
		out.tall = out.tall || unicode.In(r, tallScripts...)
		out.anywhere = out.anywhere || unicode.In(r, unspaced...)
	}
	out.levels = t.levels(out.runes, out.rtl)
	pick := &choice{Setter: t, bold: bold}
	for from := 0; from < len(out.runes); {
		to := from + 1
		for to < len(out.runes) && out.levels[to] == out.levels[from] {
			to++
		}
		in := shaping.Input{Text: out.runes, RunStart: from, RunEnd: to, Size: fixed.I(em), Language: language.NewLanguage(string(tag)), Direction: di.DirectionLTR}
		if out.levels[from]%2 != 0 {
			in.Direction = di.DirectionRTL
		}
		for _, part := range t.split.Split(in, pick) {
			part.Direction = in.Direction
			if pick.err != nil {
				return nil, pick.err
			}
			run := t.shaper.Shape(part)
			for _, g := range run.Glyphs {
				if g.GlyphID != 0 {
					continue
				}
				for _, r := range out.runes[g.TextIndex() : g.TextIndex()+g.RunesCount()] {
					if !invisible(r) {
						pick.missing = append(pick.missing, r)
					}
				}
			}
			if spread[part.Script] && tight != 0 {
				closer(&run, tight)
			}
			out.runs = append(out.runs, run)
		}
		from = to
	}
	if len(pick.missing) > 0 {
		for _, known := range t.chosen { // the next text asks again
			for _, r := range pick.missing {
				delete(known, r)
			}
		}
		return nil, fault.New(fault.Invalid, "fault.sheet.letters", "Field", field, "Letters", named(pick.missing)).At(field)
	}
	t.shaped[key] = out
	return out, nil
}

// closer moves letters nearer to each other, by a part of their size; marks stay on their letters.
func closer(run *shaping.Output, tight float64) {
	for i := range run.Glyphs {
		if g := &run.Glyphs[i]; g.Advance > 0 {
			g.Advance -= fixed.Int26_6(tight * em * 64)
		}
	}
	run.RecomputeAdvance()
}

// levels are the embedding levels of Unicode's bidirectional algorithm, by rune. The library's runs tell only the direction, and its own order of a line is wrong
// where a number stands in Arabic words that stand in a Latin sentence; it has computed the levels all the same.
func (t *Setter) levels(runes []rune, rtl bool) []int8 {
	base := bidi.LeftToRight
	if rtl {
		base = bidi.RightToLeft
	}
	levels := make([]int8, len(runes))
	if len(runes) == 0 {
		return levels
	}
	known := reflect.ValueOf(t.order.Segment(runes, base)).FieldByName("levels")
	for i := range levels {
		levels[i] = int8(known.Index(i).Int())
	}
	return levels
}
