package sheet

import (
	"math"
	"slices"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// Align is where lines begin.
type Align uint8

const (
	Start Align = iota // where the language begins: to the right, if it is written from there
	Left
	Right
)

// Block is one paragraph.
type Block struct {
	Field string // what its author calls it, for a refusal
	Text  string
	Lang  lang.Tag // says the direction of writing, and which forms letters have
	Bold  bool

	Size, Least float64 // of letters: as large as that, and not smaller than this
	Lead        float64 // from line to line, in sizes; Arabic letters and such get more
	Tight       float64 // how much nearer than usual letters stand, in sizes
	Before      float64 // empty room above, in points; it shrinks with the letters
	Ink         Ink
	Align       Align
	Balance     bool // lines of about the same length, for a title
	Anywhere    bool // may be broken within a word, for an address
}

// Set is a block that was set at a size, ready to be drawn.
type Set struct {
	block  Block
	text   *text
	size   float64
	width  float64 // of the column
	lead   float64
	before float64
	lines  []row
}

// row is a line: its runs from left to right.
type row struct {
	runs  []shaping.Output
	width float64 // in points
}

// Set sets a block in a column. From its Size at k = 1 letters get smaller down to Least at k = 0. False: a word is wider than the column. An error is a fault
// that names the field: a text that can't be shown as it reads, or letters that no face has.
func (t *Setter) Set(b Block, width, k float64) (Set, bool, error) {
	words, err := t.shape(b.Field, b.Text, b.Lang, b.Bold, b.Tight)
	if err != nil {
		return Set{}, false, err
	}
	s := Set{block: b, text: words, size: b.Least + (b.Size-b.Least)*k, width: width, lead: b.Lead, before: b.Before * (0.4 + 0.6*k)}
	if words.tall {
		s.lead = math.Max(b.Lead*1.2, 1.45)
	}
	if len(words.runes) == 0 {
		return s, true, nil
	}
	units := width / s.size * em
	lines := t.wrap(words, units, b.Anywhere)
	if b.Balance && len(lines) > 1 {
		low, high := units/2, units
		for range 9 {
			middle := (low + high) / 2
			if tried := t.wrap(words, middle, b.Anywhere); len(tried) > len(lines) || wider(tried, middle) {
				low = middle
			} else {
				high = middle
			}
		}
		lines = t.wrap(words, high, b.Anywhere)
	}
	for i := range lines {
		lines[i].width *= s.size / em
	}
	s.lines = lines
	return s, !slices.ContainsFunc(lines, func(l row) bool { return l.width > width+0.01 }), nil
}

func wider(lines []row, units float64) bool {
	return slices.ContainsFunc(lines, func(l row) bool { return l.width > units+1 })
}

// wrap breaks a text into lines, whose widths are in units.
func (t *Setter) wrap(words *text, units float64, anywhere bool) (rows []row) {
	dir, policy := di.DirectionLTR, shaping.Never
	if words.rtl {
		dir = di.DirectionRTL
	}
	if anywhere || words.anywhere {
		policy = shaping.WhenNecessary
	}
	runs := make([]shaping.Output, len(words.runs)) // the wrapper writes on what it is given
	for i, r := range words.runs {
		r.Glyphs = slices.Clone(r.Glyphs)
		runs[i] = r
	}
	most := fixed.Int26_6(math.Min(units*64, math.MaxInt32/2))
	lines, _ := t.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: dir, BreakPolicy: policy}, most, words.runes, shaping.NewSliceIterator(runs))
	for _, l := range lines {
		rows = append(rows, words.row(l))
	}
	return rows
}

// row takes the spaces off a line's end and puts its runs into the order in which they are seen.
func (w *text) row(l shaping.Line) (r row) {
	end := 0
	for _, run := range l {
		end = max(end, run.Runes.Offset+run.Runes.Count)
	}
	for end > 0 && w.runes[end-1] == ' ' {
		end--
	}
	for _, run := range l {
		run.Glyphs = slices.DeleteFunc(slices.Clone(run.Glyphs), func(g shaping.Glyph) bool { return g.TextIndex() >= end })
		if len(run.Glyphs) == 0 {
			continue
		}
		run.RecomputeAdvance()
		r.runs = append(r.runs, run)
		r.width += float64(run.Advance) / 64
	}
	level := func(i int) int8 { return w.levels[r.runs[i].Runes.Offset] }
	highest := int8(0)
	for i := range r.runs {
		highest = max(highest, level(i))
	}
	for at := highest; at > 0; at-- { // rule L2 of Unicode's bidirectional algorithm
		for i := 0; i < len(r.runs); i++ {
			from := i
			for i < len(r.runs) && level(i) >= at {
				i++
			}
			slices.Reverse(r.runs[from:i])
		}
	}
	return r
}

// Height is what the block takes in its column, the room above it included.
func (s Set) Height() float64 { return s.before + float64(len(s.lines))*s.lead*s.size }

// Lines is into how many lines the block was broken.
func (s Set) Lines() int { return len(s.lines) }

// Field is what the block's author calls it.
func (s Set) Field() string { return s.block.Field }

// Size is the size of its letters.
func (s Set) Size() float64 { return s.size }

// Widest is the width of its longest line.
func (s Set) Widest() (w float64) {
	for _, l := range s.lines {
		w = math.Max(w, l.width)
	}
	return w
}

// Draw draws the block into a sheet, its column beginning at x (its left edge) and y (its top).
func (s Set) Draw(on *Sheet, x, y float64) {
	y += s.before
	const high = 0.79 // the baseline of a line without any room of its own lies so far below its top
	for _, l := range s.lines {
		p := &Path{}
		at, base, k := 0.0, y+((s.lead-1)/2+high)*s.size, s.size/em
		for _, run := range l.runs {
			for _, g := range run.Glyphs {
				outline(p, run.Face, g.GlyphID, k, at+float64(g.XOffset)/64*k, base-float64(g.YOffset)/64*k)
				at += float64(g.Advance) / 64 * k
			}
		}
		p.shift(s.margin(p, at, x))
		on.Fill(p, s.block.Ink)
		y += s.lead * s.size
	}
}

// margin is where a line begins that is drawn at 0, so that what is seen of it stands in line with its neighbours: large letters have more room of their own at their
// side than small ones.
func (s Set) margin(p *Path, wide, x float64) float64 {
	const most = 0.12 // of the size: what is further off is no letter's own room
	own := func(d float64) float64 { return math.Max(-most*s.size, math.Min(d, most*s.size)) }
	if s.block.Align == Right || s.block.Align == Start && s.text.rtl {
		return x + s.width - wide + own(wide-p.maxX)
	}
	return x - own(p.minX)
}

// outline adds a glyph, k points a unit.
func outline(p *Path, face *font.Face, id font.GID, k, x, y float64) {
	drawn, ok := face.GlyphDataOutline(id)
	if !ok {
		return
	}
	k *= em / float64(face.Upem())
	at := func(a opentype.SegmentPoint) (float64, float64) { return x + float64(a.X)*k, y - float64(a.Y)*k }
	open := false
	for _, s := range drawn.Segments {
		x1, y1 := at(s.Args[0])
		x2, y2 := at(s.Args[1])
		x3, y3 := at(s.Args[2])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if open {
				p.Close()
			}
			p.Move(x1, y1)
			open = true
		case opentype.SegmentOpLineTo:
			p.Line(x1, y1)
		case opentype.SegmentOpQuadTo:
			p.Quad(x1, y1, x2, y2)
		case opentype.SegmentOpCubeTo:
			p.Cubic(x1, y1, x2, y2, x3, y3)
		}
	}
	if open {
		p.Close()
	}
}

// steps is in how many sizes a sheet is tried.
const steps = 32

// Shrink tries a layout from its largest letters (k = 1) to its smallest (k = 0), until it fits. What try returns of a layout that does not fit is the field that
// is in the way; the last one's is refused by name, with a fault of kind Invalid. An error ends it at once.
func Shrink(try func(k float64) (fits bool, field string, err error)) error {
	field := ""
	for i := range steps + 1 {
		fits, in, err := try(1 - float64(i)/steps)
		if err != nil || fits {
			return err
		}
		field = in
	}
	return fault.New(fault.Invalid, "fault.sheet.long", "Field", field).At(field)
}
