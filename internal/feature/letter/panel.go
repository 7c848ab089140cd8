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
}

// Panels are those of a case's letters, in a language.
func (g *Pages) Panels(p *lang.Printer, caseSlug string) (list []Panel) {
	for _, l := range g.Book.Letters(caseSlug) {
		v := view{p: p, url: g.Book.URL, letter: l, count: g.Book.Count(l.ID)}
		v.wording, v.wordingLang = l.Wording(p.Tag())
		list = append(list, Panel{v.wording.Title, v.path(), l.State == Open, panel(v)})
	}
	return list
}
