package directory

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"outcry/internal/kernel/lang"
)

// Panel is what a page about one person offers beside them: [List.Others], drawn for the day, when the page is rendered. It is empty where there is nobody else to
// offer, and where the person died: nothing is offered in their name any more.
func (g *Pages) Panel(p *lang.Printer, slug string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		today := day(g.Now())
		if g.List.died(slug) {
			return nil
		}
		return others(p, g.List.Others(slug, today), today).Render(ctx, w)
	})
}

// Front are whom the front page shows where there are more than it has room for, by their slugs: drawn for the day as on all pages, and for no case.
func (g *Pages) Front(most int) (slugs []string) {
	for _, e := range g.List.Drawn("", day(g.Now()), most) {
		slugs = append(slugs, e.Slug)
	}
	return slugs
}
