package campaign

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

const newPath = desk.Root + "/new"

// LetterSlug is the address of the first letter, under its case's.
const LetterSlug = "letter"

const (
	nameMost   = 120 // bytes of a name
	shortMost  = 300 // of an addressee and a demand: as many as a letter prints
	tonguesMax = 12
)

// answers are those to the three questions, as they were typed.
type answers struct {
	tongues []lang.Tag
	more    string // further languages, as typed
	country string
	slug    string // as typed: a draft's name that was bent would be another one than somebody meant
	contact string
	by      map[lang.Tag]answer
}

// answer is one language's.
type answer struct{ name, to, ask, runBy string }

// beginning is the page that makes a campaign.
type beginning struct {
	desk.Page
	answers
	known []lang.Tag // languages that are offered
	asked bool       // the languages are chosen: the questions are there
}

func (o *room) beginning(r *http.Request, v *desk.Visit) beginning {
	return beginning{Page: o.d.Frame(r, v, v.P.T("desk.campaign.new.title")), known: o.d.Catalog.Tags(), answers: answers{tongues: []lang.Tag{v.P.Tag()}, by: map[lang.Tag]answer{}}}
}

func (o *room) askNew(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	return o.show(w, r, nil, newPage(o.beginning(r, v)))
}

// makeNew takes the languages first, then the answers in each of them. What was typed comes back whatever is wrong.
func (o *room) makeNew(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	page := o.beginning(r, v)
	var bad []ui.Problem
	page.answers, bad = o.read(v.P, form)
	if strange := unfit(v.P, url.Values{"more": form["more"]}); len(strange) > 0 {
		bad = strange // what is said of it else repeats it
	}
	page.asked = form.Get("step") != "" && len(bad) == 0
	switch {
	case len(bad) > 0:
		page.Problems = bad
		return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), newPage(page))
	case form.Get("step") == "" || form.Get("act") == "languages":
		if page.asked = form.Get("act") != "languages"; page.slug == "" {
			page.slug = neutral()
		}
		return o.show(w, r, nil, newPage(page))
	}
	if page.Problems = append(unfit(v.P, form), page.check(v.P)...); len(page.Problems) > 0 {
		return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), newPage(page))
	}
	c := o.sample(v.P, page.answers)
	committee, now := v.Session.Committee.ID, o.Now()
	counted := o.taken.Take(committee, takenMost, now) // as if the name were taken, so that nobody asks for a hundred at once
	switch {
	case !counted && !neutralForm.MatchString(c.Case.Slug): // one such as is suggested may be asked for all the same: nobody is found by it
		err = errAsks
	case !o.begun.Take(committee, begunMost, now):
		err = errBegun
	default:
		err = o.Begin(r.Context(), v.Session, c.Case.Slug, letter.WriteDraft(c))
	}
	if fault.Is(err, fault.Conflict) { // in the same words whether that is public, a draft, or another committee's
		err = errTaken
	} else if counted {
		o.taken.Give(committee)
	}
	list, f, err := told(v.P, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		page.Problems = list
		return o.show(w, r, f, newPage(page))
	}
	return to(w, r, desk.Root+"/c/"+c.Case.Slug)
}

// read reads the form; what it finds wrong is about the languages alone.
func (o *room) read(p *lang.Printer, form url.Values) (a answers, bad []ui.Problem) {
	add := func(tag lang.Tag) {
		if !slices.Contains(a.tongues, tag) {
			a.tongues = append(a.tongues, tag)
		}
	}
	for _, text := range form["tongue"] {
		if tag, ok := lang.Canonical(text); ok {
			add(tag)
		}
	}
	a.more = line(form.Get("more"))
	for _, text := range strings.FieldsFunc(a.more, func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '،' }) {
		tag, ok := lang.Canonical(text)
		if !ok || !spoken(tag) {
			bad = append(bad, ui.Problem{Field: "more", Text: p.T("fault.campaign.tongue", "Tag", lang.Bounded(text, 20))})
			continue
		}
		add(tag)
	}
	if i := slices.Index(a.tongues, p.Tag()); i > 0 { // the reader's stands in for what is missing
		a.tongues = append([]lang.Tag{p.Tag()}, slices.Delete(a.tongues, i, i+1)...)
	}
	switch {
	case len(a.tongues) == 0 && len(bad) == 0:
		bad = append(bad, ui.Problem{Field: "tongue", Text: p.T("fault.campaign.no_tongue")})
	case len(a.tongues) > tonguesMax:
		bad = append(bad, ui.Problem{Field: "more", Text: p.T("fault.campaign.tongues", "Most", p.Number(tonguesMax))})
	}
	a.country = strings.ToUpper(line(form.Get("country")))
	a.slug, a.contact = line(form.Get("slug")), line(form.Get("contact"))
	a.by = map[lang.Tag]answer{}
	for _, tag := range a.tongues {
		t := string(tag)
		a.by[tag] = answer{line(form.Get("name-" + t)), line(form.Get("to-" + t)), line(form.Get("ask-" + t)), line(form.Get("run-" + t))}
	}
	return a, bad
}

// spoken tells whether a tag is of a language that there is.
func spoken(tag lang.Tag) bool {
	t, err := language.Parse(string(tag))
	if err != nil {
		return false
	}
	b, sure := t.Base()
	return sure != language.No && b.String() != "und"
}

// check finds what is missing or too long, and fills in an address that says nothing where there is none.
func (a *answers) check(p *lang.Printer) (bad []ui.Problem) {
	say := func(field, key string, args ...any) {
		bad = append(bad, ui.Problem{Field: field, Text: p.T(key, args...)})
	}
	if a.country != "" && (len(a.country) != 2 || p.Country(a.country) == a.country) {
		say("country", "fault.campaign.country")
	}
	for _, tag := range a.tongues {
		t, one := string(tag), a.by[tag]
		for _, f := range []struct {
			field, text, key string
			most             int
		}{{"name-", one.name, "fault.campaign.name", nameMost}, {"to-", one.to, "fault.campaign.to", shortMost}, {"ask-", one.ask, "fault.campaign.ask", shortMost}} {
			switch {
			case f.text == "":
				say(f.field+t, f.key, "Language", lang.Endonym(tag))
			case len(f.text) > f.most:
				say(f.field+t, "fault.campaign.long", "Most", p.Number(int64(f.most/2)))
			}
		}
	}
	if a.slug == "" {
		a.slug = neutral()
	}
	if !isAddress(a.slug) {
		say("slug", "fault.campaign.slug")
	}
	return bad
}

const slugMost = 60

// neutralLetters make names that nobody takes for a word, or reads as another one on paper.
const neutralLetters = "bcdfghjkmnpqrstvwxz"

var neutralForm = regexp.MustCompile("^[" + neutralLetters + "]{4}-[" + neutralLetters + "]{4}$")

// neutral is a short name that tells nothing of the person: until the campaign is published it is what whoever takes the server can read of a draft. Such names are far more than
// there will be campaigns: 19⁸.
func neutral() string {
	random := make([]byte, 8)
	rand.Read(random)
	name := make([]byte, 0, 9)
	for i, b := range random {
		if i == 4 {
			name = append(name, '-')
		}
		name = append(name, neutralLetters[int(b)%len(neutralLetters)])
	}
	return string(name)
}

// takenMost is how often an hour a committee is told by this process that a short name is taken. An address can be one campaign's alone, so whoever asks for one that another
// committee has learns that; a list of names they can't go through.
const takenMost = 10

// begunMost is how many campaigns a committee begins within an hour, by this process: each page of the room reads them all, and each takes a second person to delete, so whoever took
// a cookie could make the room useless. The words say thirty.
const begunMost = 30

var (
	errTaken = fault.New(fault.Conflict, "fault.campaign.slug_taken").At("slug")
	errAsks  = fault.New(fault.TooMany, "fault.campaign.slug_asks").At("slug")
	errBegun = fault.New(fault.TooMany, "fault.campaign.begun").At("slug")
)

func isAddress(s string) bool {
	if s == "" || len(s) > slugMost || strings.Trim(s, "-") != s || strings.Contains(s, "--") {
		return false
	}
	if slices.Contains([]string{"people", "advice", "privacy", "recount"}, s) { // pages of the site's own
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// sample is the campaign that the answers make: a draft that says nothing but what was typed, and sentences of ours that stand beside it whole.
func (o *room) sample(p *lang.Printer, a answers) *letter.Campaign {
	c := &letter.Campaign{}
	c.Campaign.Slug, c.Campaign.Languages, c.Campaign.Contact = a.slug, a.tongues, a.contact
	c.Person.Country = a.country
	c.Case.Slug, c.Case.Publication.Level = a.slug, casefile.Quiet
	l := letter.File{Slug: LetterSlug, State: letter.Draft, Pace: letter.Steady, Version: 1, Dated: o.day(), Contact: a.contact}
	for _, tag := range a.tongues {
		one := a.by[tag]
		c.Person.Names = append(c.Person.Names, casefile.Name{Text: one.name, Lang: tag})
		put(&c.Case.Title, tag, o.printer(p, tag).T("desk.campaign.sample.page_title", "Name", one.name))
		put(&c.Campaign.RunBy, tag, one.runBy)
		put(&l.RunBy, tag, one.runBy)
		o.sampleIn(p, &l, tag, one)
	}
	c.Letters = []letter.File{l}
	return c
}

// printer is that of a language's sample; one that the interface lacks begins in the reader's.
func (o *room) printer(p *lang.Printer, tag lang.Tag) *lang.Printer {
	if o.d.Catalog.Has(tag) {
		return o.d.Catalog.Printer(tag)
	}
	return p
}

// sampleIn writes a letter's texts in one language.
func (o *room) sampleIn(p *lang.Printer, l *letter.File, tag lang.Tag, one answer) {
	q := o.printer(p, tag)
	put(&l.Title, tag, title(q, one))
	put(&l.Addressee, tag, one.to)
	put(&l.Demand, tag, one.ask)
	put(&l.Body, tag, Sample(q, one.name, one.ask))
}

// titleMost is how long a letter's title may be, in bytes.
const titleMost = 200

// title is what is asked for; where that is too long for a title, the sample's own.
func title(p *lang.Printer, a answer) string {
	if len(a.ask) <= titleMost {
		return strings.TrimRight(a.ask, ".")
	}
	return p.T("desk.campaign.sample.title", "Name", a.name)
}

// Sample is a letter in a language of the catalogue: firm, polite, by law, and of no party. Its paragraphs are whole; the name and the demand stand on lines of their
// own, as they were typed, and nothing is bent to fit them.
func Sample(p *lang.Printer, name, demand string) string {
	return strings.Join([]string{
		p.T("desk.campaign.sample.hello"),
		p.T("desk.campaign.sample.about"),
		"**" + escaped(name) + "**",
		p.T("desk.campaign.sample.ask"),
		"**" + escaped(demand) + "**",
		p.T("desk.campaign.sample.law"),
		p.T("desk.campaign.sample.meanwhile"),
		p.T("desk.campaign.sample.answer"),
	}, "\n\n")
}

// escaped is a text whose marks mean nothing in Markdown.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>#|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
