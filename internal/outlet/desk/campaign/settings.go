package campaign

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// setting is a field that is no text of the page or a letter: how a campaign is run. What can be chosen is kept as one string: a word of a vocabulary, several with blanks
// between, or yes.
type setting struct {
	field
	kind    settingKind
	tag     lang.Tag // of a text
	options []option
}

type settingKind uint8

const (
	written settingKind = iota
	oneOf
	anyOf
	yesNo
)

const (
	yes        = "yes"
	bannerMost = 600    // bytes: it stands on every page
	there      = "has-" // a hidden field of that name says that a box which is not ticked was there to be ticked
)

// option is one that can be chosen; more says what it comes to.
type option struct{ value, label, more string }

// part is the settings of one thing: the campaign, or a letter.
type settingPart struct {
	title string
	tag   lang.Tag // of the title
	list  []setting
}

// settings are a campaign's, and those of each letter that is not closed.
func settings(p *lang.Printer, c *letter.Campaign) (list []settingPart) {
	var own settingPart
	own.title, own.tag = p.T("desk.campaign.settings.own"), p.Tag()
	tags := c.Campaign.Languages
	var stands []option
	for _, tag := range tags {
		stands = append(stands, option{value: string(tag), label: lang.Endonym(tag)})
	}
	own.list = append(own.list, setting{kind: oneOf, options: stands, field: field{id: "first", key: "first", path: "campaign.languages",
		get: func(c *letter.Campaign) string {
			if len(c.Campaign.Languages) == 0 {
				return ""
			}
			return string(c.Campaign.Languages[0])
		},
		set: func(c *letter.Campaign, s string) {
			if i := slices.Index(c.Campaign.Languages, lang.Tag(s)); i > 0 {
				rest := slices.Delete(slices.Clone(c.Campaign.Languages), i, i+1)
				c.Campaign.Languages = append([]lang.Tag{lang.Tag(s)}, rest...)
			}
		}}})
	for _, tag := range tags {
		own.list = append(own.list, setting{tag: tag, field: field{id: "run-" + string(tag), key: "run_by", path: "campaign.run_by." + string(tag), most: shortMost,
			get: func(c *letter.Campaign) string { return c.Campaign.RunBy[tag] },
			set: func(c *letter.Campaign, s string) {
				each(c, func(t *casefile.Text, _ *string) { put(t, tag, s) })
			}}})
	}
	own.list = append(own.list, setting{field: field{id: "contact", key: "contact", path: "campaign.contact", most: shortMost, shared: true,
		get: func(c *letter.Campaign) string { return c.Campaign.Contact },
		set: func(c *letter.Campaign, s string) {
			each(c, func(_ *casefile.Text, contact *string) { *contact = s })
		}}})
	for _, tag := range tags {
		own.list = append(own.list, setting{tag: tag, field: field{id: "banner-" + string(tag), key: "banner", path: "campaign.banner." + string(tag), rows: 2, most: bannerMost,
			get: func(c *letter.Campaign) string { return c.Campaign.Banner[tag] },
			set: func(c *letter.Campaign, s string) { put(&c.Campaign.Banner, tag, s) }}})
	}
	list = append(list, own)
	for i := range c.Letters {
		if c.Letters[i].State != letter.Closed {
			list = append(list, settingsOf(p, c, &c.Letters[i]))
		}
	}
	return list
}

// settingsOf are a letter's.
func settingsOf(p *lang.Printer, c *letter.Campaign, l *letter.File) (part settingPart) {
	slug, path := l.Slug, "letters[slug="+l.Slug+"]."
	if part.title, part.tag = l.Title.In(p.Tag(), c.Campaign.Languages...); part.title == "" {
		part.title, part.tag = slug, ""
	}
	pace := setting{kind: oneOf, field: field{id: "pace-" + slug, key: "pace", path: path + "pace",
		get: func(c *letter.Campaign) string { return string(letterOf(c, slug).Pace) },
		set: func(c *letter.Campaign, s string) { letterOf(c, slug).Pace = letter.Pace(s) }}}
	for _, word := range letter.Pace("").Known() {
		pace.options = append(pace.options, option{word, p.T("desk.campaign.pace." + word), p.T("desk.campaign.pace.means_" + word)})
	}
	asks := setting{kind: anyOf, field: field{id: "asks-" + slug, key: "asks", path: path + "asks",
		get: func(c *letter.Campaign) string {
			var words []string
			for _, a := range letterOf(c, slug).Asks {
				words = append(words, string(a))
			}
			return strings.Join(words, " ")
		},
		set: func(c *letter.Campaign, s string) {
			l := letterOf(c, slug)
			l.Asks = nil
			for _, word := range strings.Fields(s) {
				l.Asks = append(l.Asks, casefile.Ask(word))
			}
		}}}
	for _, word := range casefile.Ask("").Known() {
		label := p.T("case.ask." + word)
		if slices.Contains(c.Case.Refused, casefile.Ask(word)) {
			label = p.T("desk.campaign.settings.refused", "Ask", label)
		}
		asks.options = append(asks.options, option{value: word, label: label})
	}
	names := setting{kind: yesNo, field: field{id: "names-" + slug, key: "no_names", path: path + "no_names",
		get: func(c *letter.Campaign) string {
			if letterOf(c, slug).NoNames {
				return yes
			}
			return ""
		},
		set: func(c *letter.Campaign, s string) { letterOf(c, slug).NoNames = s == yes }}}
	part.list = []setting{asks, pace, names}
	return part
}

// takes reads a setting from a form; false of a value that nobody can choose.
func (s *setting) takes(form url.Values) (value string, ok bool) {
	switch s.kind {
	case written:
		if s.rows > 0 {
			return typed(form.Get(s.id)), true
		}
		return line(form.Get(s.id)), true
	case yesNo:
		value = form.Get(s.id)
		return value, value == "" || value == yes
	}
	words := strings.Fields(strings.Join(form[s.id], " "))
	for _, w := range words {
		if !slices.ContainsFunc(s.options, func(o option) bool { return o.value == w }) {
			return "", false
		}
	}
	if s.kind == oneOf && len(words) != 1 {
		return "", false
	}
	var sorted []string // as the vocabulary has them: the order of ticking says nothing
	for _, o := range s.options {
		if slices.Contains(words, o.value) {
			sorted = append(sorted, o.value)
		}
	}
	return strings.Join(sorted, " "), true
}

// words are what a value says to a reader.
func (s *setting) words(p *lang.Printer, value string) string {
	switch s.kind {
	case written:
		return value
	case yesNo:
		if value == yes {
			return p.T("desk.campaign.settings.yes")
		}
		return p.T("desk.campaign.settings.no")
	}
	var list []string
	for _, w := range strings.Fields(value) {
		for _, o := range s.options {
			if o.value == w {
				list = append(list, o.label)
			}
		}
	}
	return p.Join(list)
}

// setup is the page of a campaign's settings.
type setup struct {
	desk.Page
	a       *at
	base    int
	c       *letter.Campaign // what stands in the fields
	parts   []settingPart
	clashes []clash
	aside   int
	saved   bool
	fresh   bool   // nothing of it was ever public
	refusal string // the page on which is said what may be asked for; empty: there is none
}

func (o *room) setup(r *http.Request, v *desk.Visit) (*setup, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	s := &setup{Page: o.d.Frame(r, v, v.P.T("desk.campaign.settings.title")), a: a, base: a.draft.Revision, c: a.c, parts: settings(v.P, a.c)}
	if organiser.May(v.Role, organiser.Delete) {
		applied, err := o.Applied(r.Context(), a.slug)
		if err != nil {
			return nil, err
		}
		s.fresh = applied == nil
	}
	for _, route := range o.d.Routes() {
		if route.Pattern == "GET "+root+"/case/{part}" {
			s.refusal = a.path("/case/case")
		}
	}
	return s, nil
}

func (o *room) settings(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	s, err := o.setup(r, v)
	if err != nil {
		return err
	}
	s.saved = r.URL.Query().Has("saved")
	return o.show(w, r, nil, settingsPage(s))
}

// saveSettings keeps what was chosen. Two who change different things lose nothing; see saveText.
func (o *room) saveSettings(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	s, err := o.setup(r, v)
	if err != nil {
		return err
	}
	from := base(form)
	c, err := o.based(r.Context(), s.a, from)
	if err != nil {
		return err
	}
	parts := settings(v.P, c)
	s.Problems = unfit(v.P, form)
	for _, part := range parts {
		for _, one := range part.list {
			if !form.Has(one.id) && !form.Has(there+one.id) {
				continue
			}
			value, ok := one.takes(form)
			switch {
			case !ok:
				return errForm // no page of ours sends that
			case one.kind == written && len(value) > one.most:
				s.Problems = append(s.Problems, ui.Problem{Field: one.id, Text: v.P.T("fault.campaign.long", "Most", v.P.Number(int64(one.most/2)))})
			}
			one.set(c, value)
		}
	}
	if len(s.Problems) > 0 {
		if autosaved(r) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return nil
		}
		s.c, s.base, s.parts = c, from, parts
		return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), settingsPage(s))
	}
	out, err := o.Drafts.Save(r.Context(), s.a.slug, from, letter.WriteDraft(c), string(v.Role))
	switch {
	case err != nil:
		return err
	case autosaved(r):
		return saved(w, out)
	case len(out.Conflicts) > 0:
		return o.settingsClashed(w, r, v, s, c, out)
	}
	if err := o.settled(r, s.a.slug, form); err != nil {
		return err
	}
	return to(w, r, s.a.path("/settings?saved"))
}

func (o *room) settingsClashed(w http.ResponseWriter, r *http.Request, v *desk.Visit, s *setup, mine *letter.Campaign, out draft.Saved) (err error) {
	if s.c, err = letter.ReadDraft(out.Draft.Doc); err != nil {
		return err
	}
	s.base, s.aside = out.Draft.Revision, out.Aside
	s.parts = settings(v.P, s.c)
	for _, part := range s.parts {
		for _, one := range part.list {
			for _, k := range clashes(v.P, []field{one.field}, mine, s.c, out.Conflicts) {
				if k.id != "" {
					k.mine, k.theirs = one.words(v.P, k.mine), one.words(v.P, k.theirs)
					s.clashes = append(s.clashes, k)
				}
			}
		}
	}
	if len(s.clashes) == 0 { // they meant the same, or it stands on another page, where it is kept aside
		return to(w, r, s.a.path("/settings"))
	}
	f := fault.New(fault.Conflict, "fault.campaign.clash")
	s.Problems = []ui.Problem{{Field: s.clashes[0].id, Text: said(v.P, f)}}
	return o.show(w, r, f, settingsPage(s))
}
