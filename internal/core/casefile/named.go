package casefile

import (
	"slices"
)

// Names are the names of others than the person that the public would read in a file, in the order in which they stand there: of whoever acts in an event, is its target, or
// is asked by it, in every language and as printed (R4). Of a file that is not shown, because it is withheld or nobody agreed, they are those that it would show.
// What stands in a text's running words nobody can tell.
func (f *File) Names() (names []string) {
	shown := copied(f)
	shown.Case.Publication.Level, shown.Case.State = Public, ""
	if !shown.grounded() {
		shown.Case.Publication.Necessity = &Necessity{}
	}
	out, ok := shown.Public(nil)
	if !ok { // the person took the word back: the name, if nothing else, will have to be asked for anew
		out = shown
	}
	add := func(t Text) {
		for _, tag := range t.Tags() {
			if name := t[tag]; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, e := range out.Events {
		for _, a := range []*Actor{e.Actor, e.Target, e.AskedBy} {
			if a != nil {
				add(a.Name)
				add(a.AsPrinted)
			}
		}
	}
	return names
}

// NewNames are those of [File.Names] that the public does not read now, in what was applied; nil was: it reads nothing.
func (f *File) NewNames(was *File) []string {
	var known []string
	if was != nil {
		if out, ok := was.Public(nil); ok {
			known = out.Names()
		}
	}
	return slices.DeleteFunc(f.Names(), func(name string) bool { return slices.Contains(known, name) })
}

// Exposes tells whether showing f in the place of now would show what now keeps back for somebody's sake: a name of another, an event, a scope that is not agreed to any
// more, the photograph, or the page itself.
func (f *File) Exposes(now *File) bool {
	was, shown := f.Public(nil)
	if !shown {
		return false
	}
	is, still := now.Public(nil)
	if !still || len(was.NewNames(now)) > 0 || was.Person.Photo != nil && is.Person.Photo == nil {
		return true
	}
	if slices.ContainsFunc(was.Events, func(e Event) bool { return e.ID != "" && is.Event(e.ID) == nil }) {
		return true
	}
	return slices.ContainsFunc(Scope("").Known(), func(s string) bool { return was.Agreed(Scope(s)) && !is.Agreed(Scope(s)) })
}
