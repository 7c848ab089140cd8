package letter

import (
	"github.com/a-h/templ"

	"outcry/internal/kernel/lang"
)

// Panel is a letter's piece of the page about a person.
type Panel struct {
	Title, URL string
	Open       bool // it can be signed now
	Body       templ.Component

	Demand string
	Lang   lang.Tag // of title and demand
	Dated  string   // day of the newest text, 2006-01-02
}

// Panels are those of a case's letters, in a language.
func (g *Pages) Panels(p *lang.Printer, caseSlug string) (list []Panel) {
	for _, l := range g.Book.Letters(caseSlug) {
		v := view{p: p, url: g.Book.URL, letter: l, count: g.Book.Count(l.ID), stopped: g.Book.stopped(l)}
		v.wording, v.wordingLang = l.Wording(p.Tag())
		list = append(list, Panel{v.wording.Title, v.path(), l.State == Open && !v.stopped, panel(v), v.wording.Demand, v.wordingLang, l.Dated})
	}
	return list
}
