package directory

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// Query is what a reader looks for. The zero Query is everybody, by name, the first page.
type Query struct {
	Text      string // names, in any script; occupations; where held
	Country   string // ISO 3166, two letters
	Situation Situation
	Charge    casefile.ChargeKind
	Need      casefile.Need
	Soon      bool // something is to come within SoonDays
	Sort      Sort
	Page      int // from 1; 0 is 1
}

// Sort is the order of the list.
type Sort string

const (
	ByName Sort = ""
	ByDate Sort = "date" // the nearest date first, then who has none
	ByHeld Sort = "held" // the earliest first of those who are held, then the others
)

// Found is a page of who was found.
type Found struct {
	Entries []*Entry
	Total   int
	Page    int // from 1
	Pages   int // at least 1
}

// pageMost is how many stand on a page.
const pageMost = 30

// Find chooses from the list and sorts it for a reader of that language, as of a day.
func (l *List) Find(q Query, reader lang.Tag, today casefile.Date) Found {
	all := l.choose(q, today)
	sorted(all, q.Sort, reader, today)
	f := Found{Total: len(all), Pages: max(1, (len(all)+pageMost-1)/pageMost)}
	f.Page = min(max(q.Page, 1), f.Pages)
	from := (f.Page - 1) * pageMost
	f.Entries = all[from:min(from+pageMost, len(all))]
	return f
}

// choose is whom a query finds, in no order.
func (l *List) choose(q Query, today casefile.Date) (all []*Entry) {
	a := ask(q.Text)
	for _, e := range l.all() {
		if q.fits(e, today) && e.found.finds(a) {
			all = append(all, e)
		}
	}
	return all
}

// fits tells whether somebody stands under all that was chosen.
func (q Query) fits(e *Entry, today casefile.Date) bool {
	return (q.Country == "" || e.File.Person.Country == q.Country) &&
		(q.Situation == "" || e.in(q.Situation)) &&
		(q.Charge == "" || slices.Contains(e.Charges, q.Charge)) &&
		(q.Need == "" || slices.Contains(e.File.Case.Needs, q.Need)) &&
		(!q.Soon || e.Soon(today))
}

// plain tells whether a query is made of our own words alone: a page of it may be kept.
func (q Query) plain() bool { return q.Text == "" }

func sorted(list []*Entry, by Sort, reader lang.Tag, today casefile.Date) {
	// what is looked up for a comparison is looked up once
	type row struct {
		entry *Entry
		on    casefile.Date // zero: last
		name  []byte
	}
	rows := make([]row, len(list))
	for i, e := range list {
		rows[i] = row{entry: e, name: e.keys[reader]}
		switch by {
		case ByDate:
			if ev := e.Next(today); ev != nil {
				rows[i].on = ev.When.Date.From.First()
			}
		case ByHeld:
			rows[i].on = e.Since().First()
		}
	}
	none := casefile.Date{}
	slices.SortFunc(rows, func(a, b row) int {
		if (a.on == none) != (b.on == none) {
			if a.on == none {
				return 1
			}
			return -1
		}
		held := 0
		if by == ByHeld && a.on == none { // held from a day that is not told, before those who are not held
			held = cmp.Compare(count(b.entry.InCustody), count(a.entry.InCustody))
		}
		return cmp.Or(a.on.Compare(b.on), held, bytes.Compare(a.name, b.name), strings.Compare(a.entry.Slug, b.entry.Slug))
	})
	for i := range rows {
		list[i] = rows[i].entry
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// clock is the start of a whole day; day, of which day a time is.
func clock(d casefile.Date) time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

func day(t time.Time) casefile.Date {
	y, m, d := t.UTC().Date()
	return casefile.Date{Year: y, Month: int(m), Day: d}
}
