package sheet

import "math"

// verb is a step of an outline.
type verb uint8

const (
	move  verb = iota // 1 point
	line              // 1
	quad              // 2: control, end
	cubic             // 3: two controls, end
	shut              // none
)

// Path is outlines to be filled, by the nonzero rule.
type Path struct {
	verbs  []verb
	points []float64 // x, y, x, y, …

	minX, minY, maxX, maxY float64
}

func (p *Path) add(v verb, at ...float64) {
	if len(p.points) == 0 && len(at) > 0 {
		p.minX, p.minY, p.maxX, p.maxY = at[0], at[1], at[0], at[1]
	}
	p.verbs = append(p.verbs, v)
	p.points = append(p.points, at...)
	for i := 0; i+1 < len(at); i += 2 { // an outline lies within its control points
		p.minX, p.maxX = math.Min(p.minX, at[i]), math.Max(p.maxX, at[i])
		p.minY, p.maxY = math.Min(p.minY, at[i+1]), math.Max(p.maxY, at[i+1])
	}
}

// Move begins an outline.
func (p *Path) Move(x, y float64) { p.add(move, x, y) }

// Line goes straight on.
func (p *Path) Line(x, y float64) { p.add(line, x, y) }

// Quad goes on in a curve with one control point.
func (p *Path) Quad(cx, cy, x, y float64) { p.add(quad, cx, cy, x, y) }

// Cubic goes on in a curve with two control points.
func (p *Path) Cubic(ax, ay, bx, by, x, y float64) { p.add(cubic, ax, ay, bx, by, x, y) }

// Close ends an outline where it began.
func (p *Path) Close() { p.add(shut) }

// Rect adds a rectangle.
func (p *Path) Rect(b Box) {
	p.Move(b.X, b.Y)
	p.Line(b.X+b.W, b.Y)
	p.Line(b.X+b.W, b.Y+b.H)
	p.Line(b.X, b.Y+b.H)
	p.Close()
}

// Bounds is a box around all of it, for curves perhaps a little larger than they are.
func (p *Path) Bounds() Box { return Box{p.minX, p.minY, p.maxX - p.minX, p.maxY - p.minY} }

// shift moves all of it sideways.
func (p *Path) shift(dx float64) {
	for i := 0; i < len(p.points); i += 2 {
		p.points[i] += dx
	}
	p.minX, p.maxX = p.minX+dx, p.maxX+dx
}

// walk hands each step to fn, its points moved by dx, dy after being multiplied by k.
func (p *Path) walk(k, dx, dy float64, fn func(v verb, at []float64)) {
	var at [6]float64
	i := 0
	for _, v := range p.verbs {
		n := [...]int{move: 2, line: 2, quad: 4, cubic: 6, shut: 0}[v]
		for j := 0; j < n; j += 2 {
			at[j], at[j+1] = p.points[i+j]*k+dx, p.points[i+j+1]*k+dy
		}
		i += n
		fn(v, at[:n])
	}
}

// Box is a rectangle: its upper left corner and its size.
type Box struct{ X, Y, W, H float64 }

// Inset is the box made smaller by d on each side.
func (b Box) Inset(d float64) Box { return Box{b.X + d, b.Y + d, b.W - 2*d, b.H - 2*d} }
