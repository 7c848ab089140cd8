package tongues

import (
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
)

// part names what a piece belongs to, such as one event, in the reader's language. What stands in it is the committee's own, in a language that there is.
func (w *work) part(p *lang.Printer, x *piece) string {
	first := x.steps[0]
	word := p.T("desk.tongues.part." + first.name)
	name := ""
	in := func(t casefile.Text) string { s, _ := t.In(p.Tag(), w.saved.Campaign.Languages...); return s }
	switch v := first.of; first.name {
	case "letters":
		name = in(v.Interface().(letter.File).Title)
	case "events":
		e := v.Interface().(casefile.Event)
		word, name = e.When.Words(p), p.T("case.kind."+string(e.Kind))
	case "institutions":
		name = in(v.Interface().(casefile.Institution).Name)
	case "sources":
		name = in(v.Interface().(casefile.Source).Publisher)
	case "positions":
		name = in(v.Interface().(casefile.Position).Org)
	case "recognitions":
		name = in(v.Interface().(casefile.Recognition).By)
	case "questions":
		name = in(v.Interface().(casefile.Question).Ask)
	case "proceedings":
		name = v.Interface().(casefile.Proceeding).Number
	}
	name = brief(name)
	if name == "" || first.name == "letters" && len(w.saved.Letters) == 1 {
		return word
	}
	return p.T("desk.tongues.named", "Part", word, "Name", name)
}

// briefMost is how much of a text names what it stands in, in characters.
const briefMost = 60

func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > briefMost {
		return string(r[:briefMost]) + "…"
	}
	return s
}

// field names a piece within its part.
func field(p *lang.Printer, x *piece) string {
	last := x.steps[len(x.steps)-1]
	label := p.T("desk.tongues.field." + last.name)
	if last.n > 1 {
		label = p.T("desk.tongues.numbered", "Field", label, "Which", p.Number(int64(last.n)))
	}
	for i := len(x.steps) - 2; i > 0; i-- {
		s := x.steps[i]
		switch {
		case !p.Has("desk.tongues.inner." + s.name):
		case s.n > 1:
			label = p.T("desk.tongues.within_numbered", "Part", p.T("desk.tongues.inner."+s.name), "Which", p.Number(int64(s.n)), "Field", label)
		default:
			label = p.T("desk.tongues.within", "Part", p.T("desk.tongues.inner."+s.name), "Field", label)
		}
	}
	return label
}

// who is in words who translated.
func who(p *lang.Printer, by string) string {
	if by == draft.Link {
		return p.T("desk.role.link")
	}
	return p.T("desk.role." + by)
}

// tongueName is a language's name for itself.
func tongueName(tag lang.Tag) string { return lang.Endonym(tag) }
