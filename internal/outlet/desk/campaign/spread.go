package campaign

import (
	"net/http"
	"strings"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
)

// spreading is the page of what there is to print and to send.
type spreading struct {
	desk.Page
	a       *at
	letters []sheet
	open    bool // a letter can be signed: there are posters and cards
	waits   bool // none can, and one will
}

// sheet is what there is of one letter in one language.
type sheet struct {
	tag   lang.Tag
	title string
	path  string
	open  bool
	text  string // to send: title, demand and address, each on lines of their own
	bare  string // the same without a link, for who must not send one
}

func (o *room) spread(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.visited(r, v)
	if err != nil {
		return err
	}
	p := spreading{Page: o.d.Frame(r, v, v.P.T("desk.campaign.spread.title")), a: a}
	if _, err := o.Shown(a.slug); err == nil {
		list, err := o.Letters(r.Context(), a.slug)
		if err != nil {
			return err
		}
		for _, l := range list {
			p.letters = append(p.letters, o.sheets(l)...)
			p.open, p.waits = p.open || l.State == letter.Open, p.waits || l.State == letter.Paused
		}
	}
	return o.show(w, r, nil, spreadPage(p))
}

// sheets are those of a letter in each language of its text that the interface speaks: only such a page is wholly in it.
func (o *room) sheets(l *letter.Letter) (list []sheet) {
	if !l.State.Shown() {
		return nil
	}
	for _, tag := range o.d.Catalog.Tags() {
		w, ok := l.Texts[tag]
		if !ok {
			continue
		}
		s := sheet{tag: tag, title: w.Title, path: letter.Path(tag, l), open: l.State == letter.Open, bare: w.Title}
		if strings.TrimRight(w.Demand, ".!") != strings.TrimRight(w.Title, ".!") { // as the page has it
			s.bare += "\n\n" + w.Demand
		}
		s.text = s.bare + "\n\n" + o.URL + s.path
		list = append(list, s)
	}
	return list
}
