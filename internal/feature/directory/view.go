package directory

import (
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/ui"
)

// view is what a page is made of.
type view struct {
	Found
	p       *lang.Printer
	page    ui.Page
	query   Query
	today   casefile.Date
	rest    string // of the path, behind the list's: "" or "/map"
	choices choices
	all     int    // on the list
	wider   []wide // where nobody was found
	mapped  bool   // there are cities enough to lead to the map

	cities []*City
	off    []*Entry // on no map
	window window
}

// text is one of a case's own texts, in a reader's language or the one that there is.
type text struct {
	words string
	lang  lang.Tag
}

func textIn(p *lang.Printer, f *casefile.File, t casefile.Text) text {
	s, tag := t.In(p.Tag(), f.Campaign.Languages...)
	return text{s, tag}
}

// path is the address of somebody's page.
func path(p *lang.Printer, e *Entry) string { return "/" + string(p.Tag()) + "/" + e.Slug }

// to is an address of this page, or of the other one beside it, with another query.
func (v *view) to(rest string, q Query) string { return Path(v.p.Tag()) + rest + q.address() }

// turned is an address of another page of the list.
func (v *view) turned(page int) string {
	q := v.query
	q.Page = page
	return v.to(v.rest, q)
}

// status is where somebody stands, in the words of the page about them.
func (e *Entry) status(p *lang.Printer) string {
	if e.Stand.Died != nil && e.Stand.Liberty != casefile.DiedInCustody {
		return p.T("people.status.died")
	}
	return p.T("case.status." + string(e.Stand.Liberty))
}

// place is a city's name, for a page of that language.
func (e *Entry) at(p *lang.Printer) (city, house text) {
	if e.Place == nil {
		return city, house
	}
	return textIn(p, e.File, e.Place.Name), textIn(p, e.File, e.Place.House)
}

// charge is the charge as its source prints it, else under its common name; empty if none is told.
func (e *Entry) charge(p *lang.Printer) (printed text, common string) {
	if e.Charge == nil {
		return text{}, ""
	}
	if len(e.Charge.AsPrinted) > 0 {
		return textIn(p, e.File, e.Charge.AsPrinted), ""
	}
	if e.Charge.Kind != "" {
		return text{}, p.T("case.offence." + string(e.Charge.Kind))
	}
	return text{}, ""
}

// lacks are what somebody needs, in one line.
func (e *Entry) lacks(p *lang.Printer) string {
	var list []string
	for _, n := range e.File.Case.Needs {
		list = append(list, p.T("case.need."+string(n)))
	}
	return strings.Join(list, " · ")
}

// option is a line of a menu.
type option struct {
	value, label string
	chosen       bool
}

// options makes a menu of terms; the one that was chosen is there even if nobody has it any more.
func options[T ~string](terms []T, chosen T, label func(T) string) (list []option) {
	if chosen != "" && !slices.Contains(terms, chosen) {
		terms = append(slices.Clone(terms), chosen)
	}
	for _, t := range terms {
		list = append(list, option{string(t), label(t), t == chosen})
	}
	return list
}

func (v *view) countries() []option {
	list := options(v.choices.countries, v.query.Country, v.p.Country)
	slices.SortStableFunc(list, func(a, b option) int { return v.p.Compare(a.label, b.label) })
	return list
}

func (v *view) situations() []option {
	return options(v.choices.situations, v.query.Situation, func(s Situation) string { return v.p.T("people.status." + string(s)) })
}

func (v *view) charges() []option {
	return options(v.choices.charges, v.query.Charge, func(k casefile.ChargeKind) string { return v.p.T("case.offence." + string(k)) })
}

func (v *view) needs() []option {
	return options(v.choices.needs, v.query.Need, func(n casefile.Need) string { return v.p.T("case.need." + string(n)) })
}

func (v *view) sorts() []option {
	return []option{
		{"", v.p.T("people.sort_name"), v.query.Sort == ByName},
		{string(ByDate), v.p.T("people.sort_date"), v.query.Sort == ByDate},
		{string(ByHeld), v.p.T("people.sort_held"), v.query.Sort == ByHeld},
	}
}

// filtered tells whether a menu says anything but "all".
func (v *view) filtered() bool {
	q := v.query
	return q.Country != "" || q.Situation != "" || q.Charge != "" || q.Need != "" || q.Soon
}

// name is a city's, for a page of that language.
func (v *view) name(c *City) text { return textIn(v.p, c.Entries[0].File, c.Name) }

// where is a city with its country, as one line.
func (v *view) country(c *City) string {
	if c.Country == "" {
		return ""
	}
	return v.p.Country(c.Country)
}

// sortCities puts the cities in the order of the reader's language.
func (v *view) sortCities() {
	slices.SortStableFunc(v.cities, func(a, b *City) int { return v.p.Compare(v.name(a).words, v.name(b).words) })
}

// box is a window as an SVG's viewBox.
func (w window) box() string {
	return strings.Join([]string{strconv.Itoa(w.x), strconv.Itoa(w.y), strconv.Itoa(w.w), strconv.Itoa(w.h)}, " ")
}

// whole tells that all of the world is shown.
func (w window) whole() bool { return w == world }

// x and y are a city's place on the map, r its dot.
func (v *view) dot(c *City) (x, y, r string) {
	px, py := project(c.Geo)
	return strconv.Itoa(int(px + 0.5)), strconv.Itoa(int(py + 0.5)), strconv.Itoa(v.window.dot(len(c.Entries)))
}

// said is what stands on a dot for a mouse: the city and how many.
func (v *view) said(c *City) string {
	return v.p.T("people.dot", "City", v.name(c).words, "Count", v.p.N("people.count", len(c.Entries)))
}
