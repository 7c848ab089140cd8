package poster

import (
	"math"
	"strings"

	"outcry/internal/kernel/sheet"
)

// shown is an address as it is read and typed.
func shown(url string) string {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		return url
	}
	return rest
}

// paint draws a plan. Room that is left goes to the title's field and between the groups.
func (p *page) paint(on *sheet.Sheet, l *plan) error {
	free := p.h - l.headH - l.midH - l.footH
	headH := l.headH + free*0.5
	if most := p.h * 0.6; headH > most {
		headH = math.Max(most, l.headH)
	}
	midH := p.h - headH - l.footH
	if p.beside > 0 {
		on.Place(p.order.Photo, sheet.Box{X: p.w, W: p.beside, H: p.h})
	}
	p.paintHead(on, l, headH)
	p.paintMiddle(on, l, headH, midH)
	return p.paintFoot(on, l, headH+midH)
}

func (p *page) paintHead(on *sheet.Sheet, l *plan, high float64) {
	if p.plain {
		on.Band(sheet.Box{W: p.w, H: p.u(bar)}, p.ink)
		on.Band(sheet.Box{X: p.u(side), Y: high - p.u(2), W: p.w - 2*p.u(side), H: p.u(2)}, p.ink)
	} else {
		on.Band(sheet.Box{W: p.w, H: high}, p.head)
	}
	x, y := p.u(side), p.u(p.pads().head)
	spare := (high - l.headH) / float64(len(l.head))
	for _, g := range l.head {
		kicker, title := g.sets[0], g.sets[1:]
		kicker.Draw(on, x, y)
		y += kicker.Height() + spare // the title stands at the foot of its field
		group{sets: title}.draw(on, x, y)
		for _, s := range title {
			y += s.Height()
		}
		y += p.headGap()
	}
}

func (p *page) paintMiddle(on *sheet.Sheet, l *plan, top, high float64) {
	left, right := p.u(side), p.w-p.u(side)
	y := top + p.u(p.pads().mid)
	room := high - p.u(2*p.pads().mid)
	if l.photoW > 0 {
		box := sheet.Box{X: right - l.photoW, Y: y, W: l.photoW, H: math.Min(room, l.photoW*photoMost)}
		if p.rtl() {
			box.X = left
			left += l.photoW + p.u(gutter)
		}
		on.Place(p.order.Photo, box)
	}
	spare := (room - p.rowsHeight(l)) / float64(len(l.rows))
	for i, row := range l.rows {
		if i > 0 {
			y += p.u(gap)
			on.Band(sheet.Box{X: left, Y: y - p.u(1), W: l.cellW*float64(l.cols) + p.u(gutter)*float64(l.cols-1), H: p.u(2)}, p.rule)
			y += p.u(gap)
		}
		high := p.rowHeight(row) + spare
		for j := range l.cols {
			if n := i*l.cols + j; n < len(l.cells) {
				col := j
				if p.rtl() {
					col = l.cols - 1 - j
				}
				p.paintCell(on, l.cells[n], row, left+float64(col)*(l.cellW+p.u(gutter)), y, l.cellW, high)
			}
		}
		y += high
	}
}

// paintCell draws the groups of a cell from its top to its bottom, thin lines between them, each group as high as its row has it.
func (p *page) paintCell(on *sheet.Sheet, cell [3]group, row [3]float64, x, y, width, high float64) {
	used, filled := 0.0, 0
	for _, h := range row {
		if used += h; h > 0 {
			filled++
		}
	}
	between := 0.0
	if filled > 1 {
		between = (high - used) / float64(filled-1)
	}
	first := true
	for i, g := range cell {
		if row[i] == 0 {
			continue
		}
		if !first {
			on.Band(sheet.Box{X: x, Y: y + between/2 - p.u(0.4), W: width, H: p.u(0.8)}, p.rule)
			y += between
		}
		first = false
		g.draw(on, x, y)
		y += row[i]
	}
}

func (p *page) paintFoot(on *sheet.Sheet, l *plan, top float64) error {
	box := sheet.Box{Y: top, W: p.w, H: p.h - top}
	if p.plain && !p.order.Linkless {
		on.Band(sheet.Box{X: p.u(side), Y: top, W: p.w - 2*p.u(side), H: p.u(2)}, p.ink)
	} else {
		on.Band(box, p.footInk())
	}
	if p.order.Linkless {
		return nil
	}
	x := p.u(side)
	url := p.list[0].url
	if l.qr > 0 {
		code := sheet.Box{X: p.u(side), Y: top + (l.footH-l.qr)/2, W: l.qr, H: l.qr}
		x += l.qr + p.u(gutter)
		if p.rtl() {
			code.X, x = p.w-p.u(side)-l.qr, p.u(side)
		}
		ink, ground := sheet.Ink{}, sheet.Ink{R: 255, G: 255, B: 255}
		if err := on.QR(url, code, ink, ground); err != nil {
			return err
		}
		on.Link(code, url)
	}
	y := top + (l.footH-l.foot.height)/2
	l.foot.draw(on, x, y)
	on.Link(sheet.Box{X: x, Y: y, W: p.w - 2*p.u(side) - l.qr, H: l.foot.height}, url)
	return nil
}

// footInk fills the foot; a linkless sheet ends in a bar, whatever it is printed with.
func (p *page) footInk() sheet.Ink {
	if p.order.Linkless {
		return p.ink
	}
	return p.foot
}
