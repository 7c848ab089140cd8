package directory

import (
	"math"
	"slices"

	"outcry/internal/core/casefile"
)

// Place is where somebody is held, or was held last: a city, and the house in it.
type Place struct {
	Name    casefile.Text // of the city, or the place as an event tells it
	House   casefile.Text // the prison or court; empty where none is told
	Country string        // ISO 3166, two letters; may be empty
	Geo     *casefile.Geo // of the city; nil where nobody tells: on the list and not on the map
}

// place finds where the person is held, or was held last: the newest stay of which the public may know, or else the office to which they were brought first.
// Where nobody outside knows it, it is nowhere.
func (e *Entry) place() {
	if e.Situation == Missing || e.Situation == Died {
		return
	}
	n := len(e.Stand.Custody)
	if n == 0 {
		return
	}
	period := e.Stand.Custody[n-1]
	for _, s := range slices.Backward(period.Stays) {
		if e.Place = placed(e.File, s.At, s.Place); e.Place != nil {
			return
		}
	}
	e.Place = placed(e.File, period.Begun.At, period.Begun.Place)
}

// placed makes a place of what an event tells: an institution of the file, or words. Words find the geo of an institution whose city is called the same.
func placed(f *casefile.File, at casefile.InstitutionID, words casefile.Text) *Place {
	p := &Place{}
	if i := f.Institution(at); i != nil {
		p.House = i.Name
		for range len(f.Institutions) { // no longer than there are any, loop or no
			if p.Geo == nil {
				p.Geo = i.Geo
			}
			if len(i.City) > 0 && len(p.Name) == 0 {
				p.Name = i.City
			}
			if p.Country == "" {
				p.Country = i.Country
			}
			if i = f.Institution(i.Part); i == nil {
				break
			}
		}
	}
	if len(p.Name) == 0 { // the city's own name brings together who is held in it; an event may tell more, or write it otherwise
		p.Name = words
	}
	if len(p.Name) == 0 && len(p.House) == 0 {
		return nil
	}
	for i := range f.Institutions {
		if o := &f.Institutions[i]; p.Geo == nil && o.Geo != nil && alike(o.City, p.Name) {
			p.Geo = o.Geo
			if p.Country == "" {
				p.Country = o.Country
			}
		}
	}
	return p
}

// alike tells whether two texts say the same in a language that both have.
func alike(a, b casefile.Text) bool {
	for tag, s := range a {
		if s != "" && b[tag] == s {
			return true
		}
	}
	return false
}

// City is a dot on the map, and those who are held there, or were held there last.
type City struct {
	Name    casefile.Text
	Country string
	Geo     casefile.Geo
	Entries []*Entry
}

// near is within how many hundredths of a degree two places of one name are one city: committees measure from different corners.
const near = 50

// cities gathers entries by city, in the order in which they come; those whose city is on no map are apart.
func cities(list []*Entry) (on []*City, off []*Entry) {
	for _, e := range list {
		if e.Place == nil || e.Place.Geo == nil {
			off = append(off, e)
			continue
		}
		g := *e.Place.Geo
		at := slices.IndexFunc(on, func(c *City) bool {
			return c.Geo == g || alike(c.Name, e.Place.Name) && abs(c.Geo.Lat-g.Lat) <= near && abs(c.Geo.Lon-g.Lon) <= near
		})
		if at < 0 {
			at = len(on)
			on = append(on, &City{Name: e.Place.Name, Country: e.Place.Country, Geo: g})
		}
		on[at].Entries = append(on[at].Entries, e)
	}
	return on, off
}

func abs(n int) int { return max(n, -n) }

// The map is drawn as the land's outline was: in Equal Earth, which shows areas as they are and favours no country by its size
// (Šavrič, Patterson, Jenny 2018), mapWidth units wide.
const (
	mapWidth  = 1920
	mapHeight = 934
	mapScale  = 354.6846 // units a radian at the middle: half the width over the projection's own half width
)

// project is a place on the map, in its units from the left and from the top.
func project(g casefile.Geo) (x, y float64) {
	const a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
	lon, lat := float64(g.Lon)/100*math.Pi/180, float64(g.Lat)/100*math.Pi/180
	l := math.Asin(math.Sqrt(3) / 2 * math.Sin(lat))
	l2 := l * l
	l6 := l2 * l2 * l2
	x = lon * math.Cos(l) / (math.Sqrt(3) / 2 * (a1 + 3*a2*l2 + l6*(7*a3+9*a4*l2)))
	y = l * (a1 + a2*l2 + l6*(a3+a4*l2))
	return mapWidth/2 + mapScale*x, mapHeight/2 - mapScale*y
}

// window is the part of the map that is shown, in its units.
type window struct{ x, y, w, h int }

var world = window{0, 0, mapWidth, mapHeight}

// closest is how small a window may be: nearer, the outline of the land is too rough to help.
const closest = 300

// around is the smallest window, of the map's own shape, that shows all cities with room about them; the world for none.
func around(on []*City) window {
	if len(on) == 0 {
		return world
	}
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range on {
		x, y := project(c.Geo)
		left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
	}
	const shape = float64(mapWidth) / mapHeight
	w := max((right-left)*1.25, (bottom-top)*1.25*shape, closest)
	if w >= mapWidth*3/4 {
		return world
	}
	h := w / shape
	within := func(middle, size, most float64) int { return int(min(max(middle-size/2, 0), most-size)) }
	return window{within((left+right)/2, w, mapWidth), within((top+bottom)/2, h, mapHeight), int(w), int(h)}
}

// dot is a city's radius in units of a window: by the area of how many there are, and never too small to see.
func (w window) dot(n int) int {
	return max(3, int(float64(w.w)/1920*(11+4*math.Sqrt(float64(min(n, 100))))))
}
