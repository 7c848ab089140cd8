package campaign

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// second is the page on which one more letter is begun: the one that follows a letter which was handed over, or one that asks another thing.
type second struct {
	desk.Page
	a              *at
	base           int
	slug, succeeds string
	others         []option
	by             map[lang.Tag]answer
}

func (o *room) second(r *http.Request, v *desk.Visit) (*second, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	s := &second{Page: o.d.Frame(r, v, v.P.T("desk.campaign.second.title")), a: a, base: a.draft.Revision, by: map[lang.Tag]answer{}}
	for _, l := range a.c.Letters {
		label, _ := l.Title.In(v.P.Tag(), a.c.Campaign.Languages...)
		if label == "" {
			label = l.Slug
		}
		s.others = append(s.others, option{value: l.Slug, label: label})
	}
	return s, nil
}

// askSecond offers to follow the last letter, at the same addressee.
func (o *room) askSecond(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	s, err := o.second(r, v)
	if err != nil {
		return err
	}
	if n := len(s.a.c.Letters); n > 0 {
		last := &s.a.c.Letters[n-1]
		s.succeeds = last.Slug
		for tag, to := range last.Addressee {
			s.by[tag] = answer{to: to}
		}
	}
	for n := len(s.a.c.Letters) + 1; s.slug == "" || s.has(s.slug); n++ {
		s.slug = LetterSlug + "-" + strconv.Itoa(n)
	}
	return o.show(w, r, nil, secondPage(s))
}

func (s *second) has(slug string) bool {
	return slices.ContainsFunc(s.a.c.Letters, func(l letter.File) bool { return l.Slug == slug })
}

// makeSecond puts the letter into the draft, with the sample of each language that was answered in.
func (o *room) makeSecond(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	s, err := o.second(r, v)
	if err != nil {
		return err
	}
	s.base, s.slug, s.succeeds = base(form), strings.ToLower(line(form.Get("slug"))), form.Get("succeeds")
	if s.succeeds != "" && !s.has(s.succeeds) {
		return errForm
	}
	for _, tag := range s.a.c.Campaign.Languages {
		s.by[tag] = answer{to: line(form.Get("to-" + string(tag))), ask: line(form.Get("ask-" + string(tag)))}
	}
	c, err := o.based(r.Context(), s.a, s.base)
	if err != nil {
		return err
	}
	l := o.next(v.P, s)
	if s.Problems = append(unfit(v.P, form), s.check(&l)...); len(s.Problems) > 0 {
		return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), secondPage(s))
	}
	if slices.ContainsFunc(c.Letters, func(other letter.File) bool { return other.Slug == l.Slug }) {
		return errMoved // it was taken out since, and its address goes on meaning what it meant
	}
	c.Letters = append(c.Letters, l)
	out, err := o.Drafts.Save(r.Context(), s.a.slug, s.base, letter.WriteDraft(c), string(v.Role))
	switch {
	case err != nil:
		return err
	case len(out.Conflicts) > 0:
		return errMoved
	}
	return to(w, r, s.a.path("/texts"))
}

// check finds what is missing, or can't be an address.
func (s *second) check(l *letter.File) (bad []ui.Problem) {
	say := func(field, key string, args ...any) {
		bad = append(bad, ui.Problem{Field: field, Text: s.P.T(key, args...)})
	}
	begun := 0
	for _, tag := range s.a.c.Campaign.Languages {
		one := s.by[tag]
		if one.ask == "" { // a letter in a language is whole or absent, and the addressee stood there before anybody typed
			continue
		}
		begun++
		if one.to == "" {
			say("to-"+string(tag), "fault.campaign.to", "Language", lang.Endonym(tag))
		}
		for field, text := range map[string]string{"to-": one.to, "ask-": one.ask} {
			if len(text) > shortMost {
				say(field+string(tag), "fault.campaign.long", "Most", s.P.Number(shortMost/2))
			}
		}
	}
	if begun == 0 && len(s.a.c.Campaign.Languages) > 0 {
		tag := s.a.c.Campaign.Languages[0]
		say("ask-"+string(tag), "fault.campaign.ask", "Language", lang.Endonym(tag))
	}
	reserved := slices.ContainsFunc(l.Check("", s.a.c.Source), func(p casefile.Problem) bool { return p.Path == ".slug" })
	switch {
	case reserved || !isAddress(l.Slug):
		say("slug", "fault.campaign.letter_slug")
	case s.has(l.Slug):
		say("slug", "fault.campaign.letter_there")
	}
	return bad
}

// next is the letter that the answers make.
func (o *room) next(p *lang.Printer, s *second) letter.File {
	c := s.a.c
	l := letter.File{Slug: s.slug, State: letter.Draft, Pace: letter.Steady, Version: 1, Dated: o.day(), Contact: c.Campaign.Contact, Succeeds: s.succeeds}
	if s.succeeds != "" { // what was decided for the safety of those who sign holds on until somebody decides otherwise
		before := letterOf(c, s.succeeds)
		l.Pace, l.NoNames = before.Pace, before.NoNames
	}
	for _, tag := range c.Campaign.Languages {
		one := s.by[tag]
		if one.ask == "" {
			continue
		}
		one.name = nameIn(c, tag)
		if one.name == "" {
			one.name, _ = c.Name(tag)
		}
		o.sampleIn(p, &l, tag, one)
		put(&l.RunBy, tag, c.Campaign.RunBy[tag])
	}
	return l
}

// marks are the attributes by which a field says that it has a hint, or that it is wrong.
func marks(id string, hint bool, fault string) templ.Attributes {
	a := templ.Attributes{}
	if s := says(id, hint, fault); s != "" {
		a["aria-describedby"] = s
	}
	if fault != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// place is the id of an option; the first has the field's own, so that a fault's link leads to it.
func (s *setting) place(i int) string {
	if i == 0 {
		return s.id
	}
	return s.id + "-" + strconv.Itoa(i)
}
