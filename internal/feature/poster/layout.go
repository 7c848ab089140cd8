package poster

import (
	"math"
	"strings"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/sheet"
)

// palette is the paper, the ink and the red of the site's style sheet.
type palette struct {
	paper, ink, soft, rule sheet.Ink
	head, onHead, onHead2  sheet.Ink // the field with the title, and what stands on it
	foot, onFoot, onFoot2  sheet.Ink
	plain                  bool // fields are not filled: a printer without colours saves its ink, and edges stay sharp
}

func colours(gray bool) palette {
	white, black := sheet.Ink{R: 255, G: 255, B: 255}, sheet.Ink{}
	if gray {
		soft := sheet.Ink{R: 70, G: 70, B: 70}
		return palette{paper: white, ink: black, soft: soft, rule: sheet.Ink{R: 150, G: 150, B: 150}, head: white, onHead: black, onHead2: black, foot: white, onFoot: black, onFoot2: soft, plain: true}
	}
	paper, ink := sheet.Ink{R: 0xfa, G: 0xf6, B: 0xee}, sheet.Ink{R: 0x17, G: 0x13, B: 0x0f}
	return palette{paper: paper, ink: ink, soft: sheet.Ink{R: 0x5a, G: 0x53, B: 0x48}, rule: sheet.Ink{R: 0xc9, G: 0xbd, B: 0xa8},
		head: sheet.Ink{R: 0xa4, G: 0x0f, B: 0x27}, onHead: white, onHead2: sheet.Ink{R: 0xff, G: 0xe3, B: 0xd6}, foot: ink, onFoot: paper, onFoot2: sheet.Ink{R: 0xd3, G: 0xc9, B: 0xb8}}
}

// page is a sheet while it is laid out. Lengths in what follows are units of the form, and become points in [page.u].
type page struct {
	form
	palette
	order Order
	list  []telling
	set   *sheet.Setter

	field  string  // in the way of the last try
	beside float64 // how wide a field of its own a photograph has beside all else, in points; 0: it has none
}

// many tells that there is little room for each language.
func (p *page) many() bool { return len(p.list) > 2 }

func (p *page) u(units float64) float64 { return units * p.unit }

// rtl tells on which side the sheet begins.
func (p *page) rtl() bool { return lang.Dir(p.list[0].tag) == "rtl" }

// style is how a piece is set: its size and least size in units, and so on.
type style struct {
	size, least, lead float64
	before            float64
	bold              bool
	ink               sheet.Ink
	tight             float64
	balance, anywhere bool
}

func (p *page) block(t piece, s style) sheet.Block {
	return sheet.Block{Field: t.field, Text: t.text, Lang: t.tag, Bold: s.bold, Size: p.u(s.size), Least: p.u(s.least), Lead: s.lead, Before: p.u(s.before), Ink: s.ink, Tight: s.tight,
		Balance: s.balance, Anywhere: s.anywhere}
}

// group is some blocks beneath each other that stay together.
type group struct {
	sets   []sheet.Set
	height float64
}

// stack sets blocks beneath each other; what is empty is left out, and so is the room above the first. wide tells that a word did not fit.
func (p *page) stack(blocks []sheet.Block, width, k float64) (g group, wide bool, err error) {
	for _, b := range blocks {
		if b.Text == "" {
			continue
		}
		if len(g.sets) == 0 {
			b.Before = 0
		}
		s, fits, err := p.set.Set(b, width, k)
		if err != nil {
			return g, false, err
		}
		if !fits {
			p.field, wide = b.Field, true
		}
		g.sets = append(g.sets, s)
		g.height += s.Height()
	}
	return g, wide, nil
}

func (g group) draw(on *sheet.Sheet, x, y float64) {
	for _, s := range g.sets {
		s.Draw(on, x, y)
		y += s.Height()
	}
}

// plan is a layout at one size of letters.
type plan struct {
	head  []group // the kicker and the title, of each language
	cells [][3]group
	cols  int
	foot  group
	qr    float64 // side of the code; 0: none

	headH, midH, footH float64      // as little as each needs
	rows               [][3]float64 // how high the groups of a row's cells are, so that they stand side by side
	cellW, photoW      float64
}

// margins, in units.
const (
	side   = 40.0 // at the left and the right
	gutter = 26.0 // between columns
	gap    = 15.0 // between the groups of a cell, at least
	bar    = 9.0  // a field that holds nothing

	cardPhoto = 190.0 // the width of a photograph on a card, as high as that
)

// pads are the empty room above and below what stands in the three fields, in units.
type pads struct{ head, mid, foot float64 }

func (p *page) pads() pads {
	switch {
	case p.order.Size == Card:
		return pads{20, 15, 10}
	case p.many():
		return pads{22, 17, 16}
	case p.order.Size == Square:
		return pads{24, 20, 18}
	}
	return pads{30, 24, 22}
}

// draw finds the largest letters with which all of it fits, and draws it. Titles may then grow into the room that is left, and the rest after them.
func (p *page) draw(on *sheet.Sheet) error {
	if p.order.Photo != nil && p.order.Size == Card { // too low for a picture between title and foot
		p.beside = p.u(cardPhoto)
		p.w -= p.beside
	}
	var done *plan
	title, rest := 0.0, 0.0
	err := sheet.Shrink(func(k float64) (bool, string, error) {
		l, fits, err := p.plan(k, k)
		if fits {
			done, title, rest = l, k, k
		}
		return fits, p.field, err
	})
	if err != nil {
		return err
	}
	grow := func(try func(k float64) (*plan, bool, error), from float64) (float64, error) {
		const step = 1.0 / 32
		for k := from + step; k <= 1; k += step {
			l, fits, err := try(k)
			if err != nil || !fits {
				return k - step, err
			}
			done = l
		}
		return 1, nil
	}
	if title, err = grow(func(k float64) (*plan, bool, error) { return p.plan(k, rest) }, title); err != nil {
		return err
	}
	if _, err = grow(func(k float64) (*plan, bool, error) { return p.plan(title, k) }, rest); err != nil {
		return err
	}
	return p.paint(on, done)
}

// plan lays the sheet out with titles of a size and the rest in another; false: it does not fit, and field says what is in the way.
func (p *page) plan(title, k float64) (*plan, bool, error) {
	l := &plan{}
	width := p.w - 2*p.u(side)
	ok := true
	keep := func(g group, wide bool, err error) (group, error) {
		ok = ok && !wide
		return g, err
	}
	for i := range p.list {
		g, err := keep(p.stack(p.headBlocks(i), width, title))
		if err != nil {
			return nil, false, err
		}
		l.head = append(l.head, g)
		l.headH += g.height
	}
	l.headH += p.u(2*p.pads().head) + p.headGap()*float64(len(l.head)-1)
	if err := p.planMiddle(l, width, k, keep); err != nil {
		return nil, false, err
	}
	if err := p.planFoot(l, width, k, keep); err != nil {
		return nil, false, err
	}
	if !ok {
		return l, false, nil
	}
	if l.headH+l.midH+l.footH > p.h {
		p.field = l.largest()
		return l, false, nil
	}
	return l, true, nil
}

// headGap is the room between the titles of two languages.
func (p *page) headGap() float64 {
	if p.many() {
		return p.u(gap / 2)
	}
	return p.u(gap)
}

// largest is the field of the block that takes most of the sheet.
func (l *plan) largest() (field string) {
	most := 0.0
	look := func(g group) {
		for _, s := range g.sets {
			if h := s.Height(); h > most && s.Field() != "" {
				most, field = h, s.Field()
			}
		}
	}
	for _, g := range l.head {
		look(g)
	}
	for _, c := range l.cells {
		for _, g := range c {
			look(g)
		}
	}
	return field
}

func (p *page) headBlocks(i int) []sheet.Block {
	t := p.list[i]
	size, least := 100.0, 20.0
	switch n := len(p.list); {
	case p.order.Size == Card && n == 1:
		size, least = 62, 22
	case p.order.Size == Card:
		size, least = 40, 16
	case n == 2:
		size, least = 70, 20
	case n > 2:
		size, least = 50, 15
	}
	kicker := style{size: 14, least: 10, lead: 1.2, bold: true, ink: p.onHead2}
	if p.plain {
		kicker.ink = p.soft
	}
	title := style{size: size, least: least, lead: 1.06, before: 4, bold: true, ink: p.onHead, tight: 0.018, balance: true}
	return []sheet.Block{p.block(t.kicker, kicker), p.block(t.title, title)}
}

// cellBlocks are what is told of the person, what is asked, and what it rests on.
func (p *page) cellBlocks(i int) (groups [3][]sheet.Block) {
	t := p.list[i]
	big, least := 1.0, 1.0
	switch n := len(p.list); {
	case n == 2:
		big = 0.72
	case n > 2:
		big = 0.62
	}
	if p.screen && !p.many() {
		least = 1.25
	}
	st := func(size, small, lead, before float64, bold bool, ink sheet.Ink) style {
		return style{size: math.Max(size*big, small*least), least: small * least, lead: lead, before: before * big, bold: bold, ink: ink}
	}
	if p.order.Size == Card {
		groups[0] = []sheet.Block{p.block(t.name, st(23, 11, 1.15, 0, true, p.ink)), p.block(joined(t.stand...), st(16, 8, 1.3, 2, false, p.ink)),
			p.block(joined(t.says, t.check), st(10.5, 7, 1.35, 4, false, p.soft))}
		for _, n := range t.notes {
			groups[0] = append(groups[0], p.block(n, st(10.5, 7, 1.35, 0, false, p.soft)))
		}
		return groups
	}
	groups[0] = []sheet.Block{p.block(t.name, st(32, 13, 1.15, 0, true, p.ink)), p.block(t.work, st(18, 9.5, 1.3, 0, false, p.soft))}
	for j, s := range t.stand {
		before := 0.0
		if j == 0 {
			before = 7
		}
		groups[0] = append(groups[0], p.block(s, st(20, 10, 1.3, before, j == 0, p.ink)))
	}
	groups[1] = []sheet.Block{p.block(t.demand, st(26, 11, 1.28, 0, false, p.ink)), p.block(t.to, st(16, 9.5, 1.3, 7, false, p.soft))}
	small := st(10.5, 7, 1.35, 0, false, p.soft)
	groups[2] = []sheet.Block{p.block(t.says, small), p.block(t.check, small)}
	for _, n := range t.notes {
		groups[2] = append(groups[2], p.block(n, small))
	}
	return groups
}

// joined puts pieces on one line, which is called what all of them are.
func joined(list ...piece) (out piece) {
	for _, p := range list {
		switch {
		case p.text == "":
		case out.text == "":
			out = p
		default:
			out.text += " · " + p.text
			if p.field != "" && p.field != out.field {
				out.field = strings.Trim(out.field+", "+p.field, ", ")
			}
		}
	}
	return out
}

func (p *page) planMiddle(l *plan, width, k float64, keep func(group, bool, error) (group, error)) error {
	n := len(p.list)
	l.cols = n
	if n == 4 {
		l.cols = 2
	}
	room := width
	if p.order.Photo != nil && p.beside == 0 {
		l.cols = 1
		l.photoW = width * 0.3
		room -= l.photoW + p.u(gutter)
	}
	l.cellW = (room - p.u(gutter)*float64(l.cols-1)) / float64(l.cols)
	for i := range p.list {
		if i%l.cols == 0 {
			l.rows = append(l.rows, [3]float64{})
		}
		row := &l.rows[len(l.rows)-1]
		var cell [3]group
		for j, blocks := range p.cellBlocks(i) {
			g, err := keep(p.stack(blocks, l.cellW, k))
			if err != nil {
				return err
			}
			cell[j] = g
			row[j] = math.Max(row[j], g.height)
		}
		l.cells = append(l.cells, cell)
	}
	l.midH = p.rowsHeight(l) + p.u(2*p.pads().mid)
	if l.photoW > 0 {
		l.midH = math.Max(l.midH, l.photoW*photoShape+p.u(2*p.pads().mid))
	}
	return nil
}

// rowsHeight is what the rows need at least, with the room between them.
func (p *page) rowsHeight(l *plan) (high float64) {
	for i, r := range l.rows {
		if i > 0 {
			high += p.u(2 * gap)
		}
		high += p.rowHeight(r)
	}
	return high
}

func (p *page) rowHeight(r [3]float64) (high float64) {
	filled := 0
	for _, h := range r {
		if high += h; h > 0 {
			filled++
		}
	}
	return high + p.u(gap)*float64(max(filled-1, 0))
}

// A photograph's height for its width: at least and at most.
const (
	photoShape = 1.25
	photoMost  = 1.5
)

func (p *page) planFoot(l *plan, width, k float64, keep func(group, bool, error) (group, error)) (err error) {
	if p.order.Linkless {
		l.footH = p.u(bar)
		return nil
	}
	var blocks []sheet.Block
	address := piece{"address", shown(p.list[0].url), ""}
	if p.order.Size == Card {
		l.foot, err = keep(p.stack([]sheet.Block{p.aligned(p.block(address, style{size: 15, least: 8, lead: 1.2, bold: true, ink: p.onFoot, anywhere: true}))}, width, k))
		l.footH = l.foot.height + p.u(2*p.pads().foot)
		return err
	}
	big, least := 1.0, 1.0
	if len(p.list) > 1 {
		big = 0.72
	}
	l.qr = p.u(128)
	switch {
	case p.many():
		l.qr = p.u(100)
	case len(p.list) > 1 || p.screen:
		l.qr = p.u(112)
	}
	if p.screen && !p.many() {
		least = 1.25
	}
	for _, t := range p.list {
		blocks = append(blocks, p.aligned(p.block(t.call, style{size: 27 * big, least: 10, lead: 1.2, bold: true, ink: p.onFoot})))
	}
	blocks = append(blocks, p.aligned(p.block(address, style{size: 16, least: 8 * least, lead: 1.3, before: 3, ink: p.onFoot, anywhere: true})))
	for i, t := range p.list {
		before := 0.0
		if i == 0 {
			before = 7
		}
		blocks = append(blocks, p.aligned(p.block(t.care, style{size: 11, least: 7.5 * least, lead: 1.35, before: before, ink: p.onFoot2, balance: true})))
	}
	l.foot, err = keep(p.stack(blocks, width-l.qr-p.u(gutter), k))
	l.footH = math.Max(l.qr, l.foot.height) + p.u(2*p.pads().foot)
	return err
}

// aligned puts every line of the foot at the side where the sheet begins, in whatever language it is.
func (p *page) aligned(b sheet.Block) sheet.Block {
	b.Align = sheet.Left
	if p.rtl() {
		b.Align = sheet.Right
	}
	return b
}
