package directory

import (
	"math"
	"regexp"
	"strconv"
	"testing"

	"outcry/internal/core/casefile"
)

// The projection is the one that the outline was drawn in: known places lie where another program put them, and cities far from any coast on land.
func TestProjection(t *testing.T) {
	for _, c := range []struct {
		lat, lon int
		x, y     float64 // as d3-geo 3.1 has them, at this scale
	}{{5575, 3762, 1117.4, 102.3}, {-3460, -5838, 675.3, 707.7}, {1687, 9615, 1462.2, 347.0}, {0, 0, 960, 467}} {
		x, y := project(casefile.Geo{Lat: c.lat, Lon: c.lon})
		if math.Abs(x-c.x) > 1 || math.Abs(y-c.y) > 1 {
			t.Errorf("%d %d lies at %.1f %.1f, want %.1f %.1f", c.lat, c.lon, x, y, c.x, c.y)
		}
	}
	rings := outline(t)
	if len(rings) < 100 || len(land) > 20<<10 {
		t.Errorf("%d rings in %d bytes", len(rings), len(land))
	}
	for name, g := range map[string]casefile.Geo{
		"Omsk": {Lat: 5499, Lon: 7337}, "Minsk": {Lat: 5390, Lon: 2757}, "Tehran": {Lat: 3569, Lon: 5142}, "Chengdu": {Lat: 3067, Lon: 10407}, "Nairobi": {Lat: -129, Lon: 3682},
		"Denver": {Lat: 3974, Lon: -10499}, "Brasília": {Lat: -1579, Lon: -4788}, "Alice Springs": {Lat: -2370, Lon: 13388}, "Yakutsk": {Lat: 6203, Lon: 12973},
	} {
		if x, y := project(g); !inside(rings, x, y) {
			t.Errorf("%s lies in the sea, at %.0f %.0f", name, x, y)
		}
	}
	for name, g := range map[string]casefile.Geo{"the Atlantic": {Lat: 3000, Lon: -4000}, "the Pacific": {Lat: 0, Lon: -15000}, "the Indian Ocean": {Lat: -3000, Lon: 8000}} {
		if x, y := project(g); inside(rings, x, y) {
			t.Errorf("%s is land", name)
		}
	}
}

type point struct{ x, y float64 }

// outline reads the rings of the embedded path: absolute M, relative l, z.
func outline(t *testing.T) (rings [][]point) {
	numbers := regexp.MustCompile(`-?\d+`)
	for _, ring := range regexp.MustCompile(`M[^z]*z`).FindAllString(land, -1) {
		var at point
		var points []point
		list := numbers.FindAllString(ring, -1)
		if len(list)%2 != 0 {
			t.Fatalf("an odd number of coordinates: %.60s", ring)
		}
		for i := 0; i < len(list); i += 2 {
			x, _ := strconv.Atoi(list[i])
			y, _ := strconv.Atoi(list[i+1])
			at = point{at.x + float64(x), at.y + float64(y)}
			points = append(points, at)
			if at.x < 0 || at.x > mapWidth || at.y < 0 || at.y > mapHeight+1 {
				t.Fatalf("the outline leaves the map at %v", at)
			}
		}
		rings = append(rings, points)
	}
	return rings
}

func inside(rings [][]point, x, y float64) bool {
	odd := false
	for _, r := range rings {
		for i, a := range r {
			b := r[(i+1)%len(r)]
			if (a.y > y) != (b.y > y) && x < (b.x-a.x)*(y-a.y)/(b.y-a.y)+a.x {
				odd = !odd
			}
		}
	}
	return odd
}

func TestWindow(t *testing.T) {
	city := func(lat, lon int) *City { return &City{Geo: casefile.Geo{Lat: lat, Lon: lon}} }
	for name, c := range map[string]struct {
		on    []*City
		whole bool
	}{
		"none":         {nil, true},
		"one":          {[]*City{city(5499, 7337)}, false},
		"one country":  {[]*City{city(5576, 3762), city(5203, 11350)}, false},
		"two sides":    {[]*City{city(5576, 3762), city(1215, -8627)}, false},
		"all over":     {[]*City{city(6000, -15000), city(-4000, 17000)}, true},
		"at an edge":   {[]*City{city(6600, 17900)}, false},
		"at the south": {[]*City{city(-5480, -6830)}, false},
	} {
		w := around(c.on)
		if w.whole() != c.whole || w.x < 0 || w.y < 0 || w.x+w.w > mapWidth || w.y+w.h > mapHeight {
			t.Errorf("%s: %+v", name, w)
		}
		for _, one := range c.on {
			if x, y := project(one.Geo); x < float64(w.x) || x > float64(w.x+w.w) || y < float64(w.y) || y > float64(w.y+w.h) {
				t.Errorf("%s: %v lies outside %+v", name, one.Geo, w)
			}
		}
	}
	if world.dot(1) >= world.dot(50) || world.dot(1000) > 60 || (window{w: closest}).dot(1) < 3 {
		t.Error("dots do not grow with how many there are, within bounds")
	}
}

// Places are where somebody is held or was held last, to the city: never where nobody tells, and of the dead nowhere.
func TestPlaces(t *testing.T) {
	arrival := func(at casefile.InstitutionID, place casefile.Text) func(*casefile.File) {
		return event(casefile.Event{ID: "moved", Kind: casefile.TransferArrival, When: casefile.On(2026, 3, 1), At: at, Place: place})
	}
	for name, c := range map[string]struct {
		file *casefile.File
		city string
		lat  int // hundredths; 0: on no map
	}{
		"where held":                     {made(t, "x"), "Omsk", 5499},
		"where held now":                 {made(t, "x", arrival("chita", nil)), "Chita", 5203},
		"the city's name, not the words": {made(t, "x", arrival("chita", casefile.Text{"en": "brought far away"})), "Chita", 5203},
		"words that name a city":         {made(t, "x", arrival("", casefile.Text{"ru": "Чита"}), func(f *casefile.File) { f.Events[0].At = "chita" }), "", 5203},
		"words alone":                    {made(t, "x", arrival("", casefile.Text{"en": "a camp in the north"})), "a camp in the north", 0},
		"a part of a prison": {made(t, "x", arrival("ward", nil), func(f *casefile.File) {
			f.Institutions = append(f.Institutions, casefile.Institution{ID: "ward", Name: casefile.Text{"en": "Ward 3"}, Part: "chita"})
		}), "Chita", 5203},
		"after release, where held last":  {made(t, "x", event(casefile.Event{ID: "out", Kind: casefile.Release, When: casefile.On(2026, 5, 1), Release: "dropped"})), "Omsk", 5499},
		"on the way, nowhere":             {made(t, "x", event(casefile.Event{ID: "way", Kind: casefile.TransferStart, When: casefile.On(2026, 5, 1)})), "", 0},
		"of the dead, nowhere":            {made(t, "x", event(casefile.Event{ID: "dead", Kind: casefile.Death, When: casefile.On(2026, 5, 1)})), "", 0},
		"never held, nowhere":             {made(t, "x", func(f *casefile.File) { f.Events = nil }), "", 0},
		"disappeared, nowhere":            {made(t, "x", func(f *casefile.File) { f.Events = f.Events[:1]; f.Events[0].Custody = casefile.CustodyDenied }), "", 0},
		"a loop of institutions ends":     {made(t, "x", func(f *casefile.File) { f.Institutions[0].Part = "omsk" }), "Omsk", 5499},
		"an institution that is not told": {made(t, "x", arrival("nowhere", nil)), "Omsk", 5499},
	} {
		e := newEntry(c.file, nil)
		city, lat := "", 0
		if e.Place != nil {
			city, _ = e.Place.Name.In("en")
			if e.Place.Geo != nil {
				lat = e.Place.Geo.Lat
			}
		}
		if c.city != "" && city != c.city || lat != c.lat {
			t.Errorf("%s: %q at %d, want %q at %d", name, city, lat, c.city, c.lat)
		}
	}
}

func TestCities(t *testing.T) {
	moved := func(lat, lon int, name string) func(*casefile.File) {
		return func(f *casefile.File) {
			f.Institutions[0].Geo, f.Institutions[0].City = &casefile.Geo{Lat: lat, Lon: lon}, casefile.Text{"en": name}
		}
	}
	on, off := cities([]*Entry{
		newEntry(made(t, "a"), nil), newEntry(made(t, "b", moved(5502, 7340, "Omsk")), nil), // the same city, measured elsewhere
		newEntry(made(t, "c", moved(5499, 7337, "Омск")), nil),     // in another language, at the same place
		newEntry(made(t, "d", moved(5502, 7340, "Ust-Omsk")), nil), // near, and another city
		newEntry(made(t, "e", moved(4000, -9000, "Omsk")), nil),    // of the same name, far away
		newEntry(made(t, "f", func(f *casefile.File) { f.Institutions[0].Geo = nil }), nil),
	})
	if len(on) != 3 || len(on[0].Entries) != 3 || len(off) != 1 || off[0].Slug != "f" {
		t.Errorf("%d cities, %d people in the first, %v on no map", len(on), len(on[0].Entries), slugs(off))
	}
}
