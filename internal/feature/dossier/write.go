package dossier

import (
	"maps"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// addressed is the institution to which people may write to the person now; nil if they may not, or nobody knows where. The person's word comes first: letters must be
// among what they agree to being asked for, or among what is said to be lacking, and nobody may have stopped that. Nothing is sent to an old address: once
// the person is on the way, or brought to where nobody tells, there is none. A ban on correspondence ends it, and so do a release and a death.
func (v View) addressed() *casefile.Institution {
	if c := v.File.Case; !slices.Contains(c.Asks, "letters") && !slices.Contains(c.Needs, "letters") {
		return nil
	}
	h := v.period()
	if v.dead() || h == nil || h.Ended != nil {
		return nil
	}
	for _, g := range v.now().Gaps {
		if g.Kind == casefile.GapWhereabouts {
			return nil
		}
	}
	for _, r := range v.now().Measures {
		if r.Measure != nil && r.Measure.Kind == "correspondence_ban" && !r.Pending {
			return nil
		}
	}
	places := stays(h)
	if len(places) == 0 {
		return nil
	}
	i := v.File.Institution(places[len(places)-1].At)
	if i == nil || i.Post == nil || len(i.Post.Address) == 0 {
		return nil
	}
	return i
}

// Write is the address of the part of the page about a person that tells where to write to them; empty if they can't be written to now.
func (g *Pages) Write(p *lang.Printer, f *casefile.File) string {
	v := g.View(f)
	if v.addressed() == nil {
		return ""
	}
	return v.page(p) + "#write"
}

// envelope is what stands on a letter: the whole name in the languages of that place, or every one in use, the birth, and the address in each language in which it is
// known, that of the place first. Nothing is transliterated.
func (v View) envelope(p *lang.Printer, i *casefile.Institution) (lines [][]fragment) {
	for _, n := range v.File.Person.Names {
		if slices.Contains(i.Post.Tongues, n.Lang) {
			lines = append(lines, []fragment{{n.Text, true, n.Lang}})
		}
	}
	if len(lines) == 0 {
		for _, n := range v.File.Person.Names {
			lines = append(lines, []fragment{{n.Text, true, n.Lang}})
		}
	}
	if b := v.File.Person.Born; b.Date.Known() {
		lines = append(lines, plain(p.T("write.born", "Date", b.Words(p))))
	}
	order := append(slices.Clone(i.Post.Tongues), v.File.Campaign.Languages...)
	rest := slices.Sorted(maps.Keys(i.Post.Address))
	for _, tag := range append(order, rest...) {
		line := []fragment{{i.Post.Address[tag], true, tag}}
		if i.Post.Address[tag] != "" && !slices.ContainsFunc(lines, func(l []fragment) bool { return l[0] == line[0] }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// posting are the rules there, each with its term: in which languages letters are let through, what holds for letters, and for parcels where these are wanted too.
func (v View) posting(p *lang.Printer, i *casefile.Institution) (list []fact) {
	if len(i.Post.Tongues) > 0 {
		var names []string
		for _, t := range i.Post.Tongues {
			names = append(names, lang.Endonym(t))
		}
		list = append(list, fact{term: p.T("write.languages"), text: [][]fragment{plain(p.Join(names))}})
	}
	c := v.File.Case
	if len(i.Post.Letters) > 0 {
		list = append(list, fact{term: p.T("write.letters"), text: [][]fragment{v.line(p, i.Post.Letters)}})
	}
	if len(i.Post.Parcels) > 0 && (slices.Contains(c.Asks, "parcels") || slices.Contains(c.Needs, "parcels")) {
		list = append(list, fact{term: p.T("write.parcels"), text: [][]fragment{v.line(p, i.Post.Parcels)}})
	}
	return list
}
