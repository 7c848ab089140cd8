package campaign

import (
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
)

// country is one that can be chosen.
type country struct{ code, name string }

// countries are all that have a name in a language, by that name.
func countries(p *lang.Printer) (list []country) {
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			if name := p.Country(code); name != code {
				list = append(list, country{code, name})
			}
		}
	}
	slices.SortFunc(list, func(x, y country) int { return p.Compare(x.name, y.name) })
	return slices.CompactFunc(list, func(x, y country) bool { return x.name == y.name })
}

// says is what is read with a field: its hint and its error.
func says(id string, hint bool, fault string) string {
	switch {
	case hint && fault != "":
		return id + "-hint " + id + "-error"
	case hint:
		return id + "-hint"
	case fault != "":
		return id + "-error"
	}
	return ""
}

func (f field) label(p *lang.Printer) string {
	if f.n > 0 {
		return p.T("desk.campaign.field_of", "Field", p.T("desk.campaign.field."+f.key), "Number", p.Number(int64(f.n)))
	}
	return p.T("desk.campaign.field." + f.key)
}

func (f field) hint(p *lang.Printer) string {
	if key := "desk.campaign.field_hint." + f.key; p.Has(key) {
		return p.T(key)
	}
	return ""
}

// dir is how a field is written: an address from left to right, a text as its letters are.
func (f field) dir() string {
	if f.shared {
		return "ltr"
	}
	return "auto"
}

// groundWords is a ground in one sentence.
func groundWords(p *lang.Printer, g casefile.Ground) string {
	if g.Necessity != nil {
		return p.T("desk.campaign.ground.necessity_line", "Date", g.Necessity.Date.Words(p))
	}
	return p.T("desk.campaign.ground.consent_line", "Giver", p.T("desk.campaign.giver."+string(g.Consent.Giver)), "Date", g.Consent.Date.Words(p))
}

// which is the number of a ground's consent, or "note".
func which(list []casefile.Consent, g casefile.Ground) string {
	for i := range list {
		if g.Consent == &list[i] {
			return strconv.Itoa(i)
		}
	}
	return "note"
}

// state is how a campaign stands, in one sentence.
func (s *standing) state() string {
	switch {
	case s.gone:
		return s.p.T("desk.campaign.state.gone")
	case s.public && s.changed:
		return s.p.T("desk.campaign.state.changed")
	case s.public:
		return s.p.T("desk.campaign.state.public")
	}
	return s.p.T("desk.campaign.state.draft")
}

func campaignPath(slug string) string { return desk.Root + "/c/" + slug }

// left is the number of steps that are not done and can't be left out.
func left(s *standing) (n int) {
	for _, t := range s.steps {
		n += btoi(!t.done && !t.free)
	}
	return n
}

// titleOf is a letter's title for a reader.
func titleOf(p *lang.Printer, l *letter.Letter) string {
	w, _ := l.Wording(p.Tag())
	return w.Title
}

// others are the chosen languages that are not offered, as a form takes them.
func (b beginning) others() string {
	var list []string
	for _, tag := range b.tongues {
		if !slices.Contains(b.known, tag) {
			list = append(list, string(tag))
		}
	}
	if len(list) == 0 {
		return b.more
	}
	return strings.Join(list, " ")
}

// dayWords is a day as it is kept, in words.
func dayWords(p *lang.Printer, text string) string {
	d, err := casefile.ParseDate(text)
	if err != nil {
		return text
	}
	return d.Words(p)
}
