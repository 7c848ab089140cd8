package directory

import (
	"slices"
	"strings"
	"sync/atomic"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// List is everybody who has a public page, with all that is derived from their files. Safe for any goroutine.
type List struct {
	readers []*lang.Printer
	loaded  atomic.Pointer[loaded]
}

// loaded is a list at one time, and what every page asks of it. Nobody changes it.
type loaded struct {
	entries   []*Entry // by their slugs
	choices   choices
	cities    int  // with somebody in them
	rehearsal bool // everybody is made up
}

// NewList makes an empty list for readers of the interface's languages.
func NewList(words *lang.Catalog) *List {
	l := &List{}
	for _, tag := range words.Tags() {
		l.readers = append(l.readers, words.Printer(tag))
	}
	return l
}

// Load puts these in place of the list. They are projections ([casefile.File.Public]): all that they say may be seen. Whoever
// keeps the public cases calls it when one has changed, before pages are made of it; a file that is the same pointer as before is
// not derived again.
func (l *List) Load(files []*casefile.File) {
	known := map[*casefile.File]*Entry{}
	for _, e := range l.all() {
		known[e.File] = e
	}
	list := make([]*Entry, 0, len(files))
	for _, f := range files {
		e := known[f]
		if e == nil {
			e = newEntry(f, l.readers)
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *Entry) int { return strings.Compare(a.Slug, b.Slug) })
	on, _ := cities(list)
	l.loaded.Store(&loaded{entries: list, choices: choicesOf(list), cities: len(on), rehearsal: len(list) > 0 && !slices.ContainsFunc(list, func(e *Entry) bool { return !e.File.Campaign.Rehearsal })})
}

// now is the list as it was loaded last; empty before that.
func (l *List) now() *loaded {
	if p := l.loaded.Load(); p != nil {
		return p
	}
	return &loaded{}
}

func (l *List) all() []*Entry { return l.now().entries }

// died tells whether the case of that slug is of somebody who died.
func (l *List) died(slug string) bool {
	return slices.ContainsFunc(l.all(), func(e *Entry) bool { return e.Slug == slug && e.Situation == Died })
}

// Len is how many there are.
func (l *List) Len() int { return len(l.all()) }

// choices are what a menu can offer: what somebody on the list has.
type choices struct {
	countries  []string
	situations []Situation
	charges    []casefile.ChargeKind
	needs      []casefile.Need
}

func choicesOf(list []*Entry) (c choices) {
	countries, situations, charges, needs := map[string]bool{}, map[Situation]bool{}, map[casefile.ChargeKind]bool{}, map[casefile.Need]bool{}
	for _, e := range list {
		countries[e.File.Person.Country] = true
		for _, s := range Situations() {
			situations[s] = situations[s] || e.in(s)
		}
		for _, k := range e.Charges {
			charges[k] = true
		}
		for _, n := range e.File.Case.Needs {
			needs[n] = true
		}
	}
	delete(countries, "")
	for code := range countries {
		c.countries = append(c.countries, code)
	}
	slices.Sort(c.countries)
	c.situations = known(Situations(), situations)
	c.charges = known(terms[casefile.ChargeKind](), charges)
	c.needs = known(terms[casefile.Need](), needs)
	return c
}

// terms are a vocabulary's, in its order.
func terms[T interface {
	~string
	Known() []string
}]() (list []T) {
	var none T
	for _, s := range none.Known() {
		list = append(list, T(s))
	}
	return list
}

// known keeps the terms that somebody has, in the vocabulary's order.
func known[T comparable](list []T, had map[T]bool) (out []T) {
	for _, t := range list {
		if had[t] {
			out = append(out, t)
		}
	}
	return out
}
