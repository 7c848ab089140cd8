package campaign

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// field is one text of a campaign in one language, or the contact, which has none.
type field struct {
	id     string // of the form's field
	key    string // of its label; with "_hint" of its hint
	path   string // how a conflict names it, without the language
	n      int    // number of the letter it is of, from 1, where there are several; else 0
	rows   int    // lines that a box shows; 0: a line
	most   int    // bytes
	must   bool   // without it the language is not whole
	get    func(c *letter.Campaign) string
	set    func(c *letter.Campaign, s string)
	shared bool // of all languages
}

// fields are the texts of a campaign in a language, in the order of the form. Letters that are closed have none: what people signed stays.
func fields(c *letter.Campaign, tag lang.Tag) (list []field) {
	of := func(id, key, path string, rows, most int, must bool, text func(c *letter.Campaign) *casefile.Text) {
		list = append(list, field{id: id, key: key, path: path, rows: rows, most: most, must: must,
			get: func(c *letter.Campaign) string { return (*text(c))[tag] }, set: func(c *letter.Campaign, s string) { put(text(c), tag, s) }})
	}
	list = append(list, field{id: "name", key: "name", path: "person.names", most: nameMost, must: true, get: func(c *letter.Campaign) string { return nameIn(c, tag) },
		set: func(c *letter.Campaign, s string) { rename(c, tag, s) }})
	of("title", "page_title", "case.title", 0, 160*4, true, func(c *letter.Campaign) *casefile.Text { return &c.Case.Title })
	of("summary", "summary", "case.summary", 6, 8<<10, false, func(c *letter.Campaign) *casefile.Text { return &c.Case.Summary })
	open, n := 0, 0
	for _, l := range c.Letters {
		open += btoi(l.State != letter.Closed)
	}
	for _, l := range c.Letters {
		if l.State == letter.Closed {
			continue
		}
		n++
		slug, first := l.Slug, len(list)
		in := func(pick func(*letter.File) *casefile.Text) func(c *letter.Campaign) *casefile.Text {
			return func(c *letter.Campaign) *casefile.Text { return pick(letterOf(c, slug)) }
		}
		path := "letters[slug=" + slug + "]."
		of("letter-title-"+slug, "letter_title", path+"title", 0, titleMost, true, in(func(l *letter.File) *casefile.Text { return &l.Title }))
		of("letter-to-"+slug, "addressee", path+"addressee", 0, shortMost, true, in(func(l *letter.File) *casefile.Text { return &l.Addressee }))
		of("letter-ask-"+slug, "demand", path+"demand", 0, shortMost, true, in(func(l *letter.File) *casefile.Text { return &l.Demand }))
		of("letter-body-"+slug, "body", path+"body", 16, 64<<10, true, in(func(l *letter.File) *casefile.Text { return &l.Body }))
		for i := first; i < len(list) && open > 1; i++ {
			list[i].n = n
		}
	}
	list = append(list, field{id: "run", key: "run_by", path: "campaign.run_by", most: shortMost, must: true, get: func(c *letter.Campaign) string { return c.Campaign.RunBy[tag] },
		set: func(c *letter.Campaign, s string) {
			each(c, func(t *casefile.Text, _ *string) { put(t, tag, s) })
		}})
	list = append(list, field{id: "contact", key: "contact", path: "campaign.contact", most: shortMost, must: true, shared: true, get: func(c *letter.Campaign) string { return c.Campaign.Contact },
		set: func(c *letter.Campaign, s string) {
			each(c, func(_ *casefile.Text, contact *string) { *contact = s })
		}})
	return list
}

// each gives who runs a campaign and how to reach them, of the campaign and of each letter that is not closed.
func each(c *letter.Campaign, fn func(runBy *casefile.Text, contact *string)) {
	fn(&c.Campaign.RunBy, &c.Campaign.Contact)
	for i := range c.Letters {
		if c.Letters[i].State != letter.Closed {
			fn(&c.Letters[i].RunBy, &c.Letters[i].Contact)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// letterOf is a letter of a campaign by its slug; one that nothing is kept of if somebody took it out meanwhile.
func letterOf(c *letter.Campaign, slug string) *letter.File {
	for i := range c.Letters {
		if c.Letters[i].Slug == slug {
			return &c.Letters[i]
		}
	}
	return &letter.File{}
}

func nameIn(c *letter.Campaign, tag lang.Tag) string {
	for _, n := range c.Person.Names {
		if n.Lang == tag {
			return n.Text
		}
	}
	return ""
}

// rename sets the first name in a language.
func rename(c *letter.Campaign, tag lang.Tag, s string) {
	i := slices.IndexFunc(c.Person.Names, func(n casefile.Name) bool { return n.Lang == tag })
	switch {
	case i < 0 && s != "":
		c.Person.Names = append(c.Person.Names, casefile.Name{Text: s, Lang: tag})
	case i >= 0 && s == "":
		c.Person.Names = slices.Delete(c.Person.Names, i, i+1)
	case i >= 0:
		c.Person.Names[i].Text = s
	}
}

// lacking are the fields of a language in which something must stand, and nothing does.
func lacking(c *letter.Campaign, tag lang.Tag) (list []field) {
	for _, f := range fields(c, tag) {
		if f.must && f.get(c) == "" {
			list = append(list, f)
		}
	}
	return list
}

// whole tells whether a language has all that it must have.
func whole(c *letter.Campaign, tag lang.Tag) bool { return len(lacking(c, tag)) == 0 }

// tongues is the list of a campaign's languages.
type tongues struct {
	desk.Page
	a    *at
	list []tongue
}

type tongue struct {
	tag     lang.Tag
	lacking int
	foreign bool // the interface is not in it
}

func (o *room) texts(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.visited(r, v)
	if err != nil {
		return err
	}
	page := tongues{Page: o.d.Frame(r, v, v.P.T("desk.campaign.texts.title")), a: a}
	for _, tag := range a.c.Campaign.Languages {
		page.list = append(page.list, tongue{tag, len(lacking(a.c, tag)), !o.d.Catalog.Has(tag)})
	}
	return o.show(w, r, nil, tonguesPage(page))
}

// writing is the page of a campaign's texts in one language.
type writing struct {
	desk.Page
	a       *at
	tag     lang.Tag
	base    int
	c       *letter.Campaign // what stands in the fields
	fields  []field
	clashes []clash
	aside   int  // where what was typed is kept, if it clashed
	saved   bool // just now
	foreign bool
	next    lang.Tag // a language that is not whole yet; empty: none
}

// clash is a text that two have changed.
type clash struct {
	label        string
	id           string // of the field; empty: it stands on another page
	mine, theirs string // in words
	value        string // mine, as the form sends it
}

func (o *room) writing(r *http.Request, v *desk.Visit) (*writing, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	tag := lang.Tag(r.PathValue("tongue"))
	if !slices.Contains(a.c.Campaign.Languages, tag) {
		return nil, errAbsent
	}
	p := &writing{Page: o.d.Frame(r, v, v.P.T("desk.campaign.text.title", "Language", lang.Endonym(tag))), a: a, tag: tag, base: a.draft.Revision, c: a.c, fields: fields(a.c, tag), foreign: !o.d.Catalog.Has(tag)}
	for _, other := range a.c.Campaign.Languages {
		if other != tag && !whole(a.c, other) {
			p.next = other
			break
		}
	}
	return p, nil
}

func (o *room) text(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := o.writing(r, v)
	if err != nil {
		return err
	}
	p.saved = r.URL.Query().Has("saved")
	return o.show(w, r, nil, textPage(p))
}

// saveText keeps what was typed, whole or not: only what can't be kept is refused.
func (o *room) saveText(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	p, err := o.writing(r, v)
	if err != nil {
		return err
	}
	from := base(form)
	c, err := o.based(r.Context(), p.a, from)
	if err != nil {
		return err
	}
	list := fields(c, p.tag)
	p.Problems = unfit(v.P, form)
	for _, f := range list {
		if !form.Has(f.id) {
			continue
		}
		s := line(form.Get(f.id))
		if f.rows > 0 {
			s = typed(form.Get(f.id))
		}
		if len(s) > f.most {
			p.Problems = append(p.Problems, ui.Problem{Field: f.id, Text: v.P.T("fault.campaign.long", "Most", v.P.Number(int64(f.most/2)))})
		}
		f.set(c, s)
	}
	if len(p.Problems) > 0 {
		if autosaved(r) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return nil
		}
		p.c, p.base, p.fields = c, from, list
		return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), textPage(p))
	}
	s, err := o.Drafts.Save(r.Context(), p.a.slug, from, letter.WriteDraft(c), string(v.Role))
	switch {
	case err != nil:
		return err
	case autosaved(r):
		return saved(w, s)
	case len(s.Conflicts) > 0:
		return o.clashed(w, r, v, p, c, s)
	}
	if err := o.settled(r, p.a.slug, form); err != nil {
		return err
	}
	if form.Get("then") == "list" {
		return to(w, r, p.a.path(""))
	}
	return to(w, r, p.a.path("/texts/"+string(p.tag)+"?saved"))
}

// settled says of what was kept aside that the form deals with it, if it does.
func (o *room) settled(r *http.Request, slug string, form url.Values) error {
	n, err := strconv.Atoi(form.Get("settle"))
	if err != nil {
		return nil
	}
	if err := o.Drafts.Settle(r.Context(), slug, n); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil // somebody else did
}

// clashed shows what somebody else changed meanwhile beside what was typed, over a form that holds what stands there now; what was typed is kept whole.
func (o *room) clashed(w http.ResponseWriter, r *http.Request, v *desk.Visit, p *writing, mine *letter.Campaign, s draft.Saved) (err error) {
	if p.c, err = letter.ReadDraft(s.Draft.Doc); err != nil {
		return err
	}
	p.base, p.aside = s.Draft.Revision, s.Aside
	p.fields = fields(p.c, p.tag)
	p.clashes = clashes(p.P, p.fields, mine, p.c, s.Conflicts)
	if len(p.clashes) == 0 {
		return to(w, r, p.a.path("/texts/"+string(p.tag)))
	}
	f := fault.New(fault.Conflict, "fault.campaign.clash")
	p.Problems = []ui.Problem{{Field: p.clashes[0].id, Text: said(v.P, f)}}
	return o.show(w, r, f, textPage(p))
}

// clashes are conflicts in the words of the form.
func clashes(p *lang.Printer, list []field, mine, theirs *letter.Campaign, conflicts []draft.Conflict) (out []clash) {
	done := map[string]bool{}
	for _, k := range conflicts {
		found := false
		for _, f := range list {
			if k.Path == f.path || strings.HasPrefix(k.Path, f.path+".") || strings.HasPrefix(k.Path, f.path+"[") {
				found = true
				if x, y := f.get(mine), f.get(theirs); x != y && !done[f.id] {
					done[f.id] = true
					out = append(out, clash{f.label(p), f.id, x, y, x})
				}
			}
		}
		if !found && !echoed(k.Path) {
			out = append(out, clash{k.Path, "", plain(k.Mine), plain(k.Theirs), ""})
		}
	}
	return out
}

// echoed tells a path at which a letter repeats what the campaign says of itself: one field stands for both.
func echoed(path string) bool {
	return strings.HasPrefix(path, "letters[") && (strings.Contains(path, "].run_by") || strings.Contains(path, "].contact"))
}

// plain is a value of a document as a reader knows it.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// carried are the fields of what somebody typed, for the button that lays it over what stands there.
func carried(clashes []clash) (list url.Values) {
	list = url.Values{}
	for _, k := range clashes {
		if k.id != "" {
			list.Set(k.id, k.value)
		}
	}
	return list
}
