package casefile

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/currency"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

var (
	slugForm    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
	sumForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
	scriptForm  = regexp.MustCompile(`^[A-Z][a-z]{3}$`)
)

const (
	slugMost  = 60  // characters
	titleMost = 160 // characters: a title is one line on a phone's card
)

// taken are addresses of the site's own pages, which stand where a case's would.
var taken = map[string]bool{"people": true, "advice": true, "privacy": true, "recount": true}

// check gathers what is wrong with a file beyond its form.
type check struct {
	Problems
	file *File
	ids  []string // of the sources

	institutionIDs, proceedingIDs []string

	addresses map[string]string // ids of what has an address: of an event, a question or a claim
	events    map[string]*Event
	ring      map[string]bool // ids of events that come after themselves
	soft      []labelled      // what stands nowhere without its label
}

// Check tells what is wrong in the file beyond its form: the rules of publication (R1, R2, R4, R5), references, and what
// belongs together. A file that passes may be shown to whom its publication says.
func (f *File) Check() Problems {
	c := &check{file: f, addresses: map[string]string{}, events: map[string]*Event{}, ring: map[string]bool{}, soft: f.labelled()}
	for i := range f.Events {
		if e := &f.Events[i]; e.ID != "" && c.events[e.ID] == nil {
			c.events[e.ID] = e
		}
	}
	c.campaign()
	c.sources() // before all that refer to them
	c.institutions()
	c.proceedings()
	c.person()
	c.aboutCase()
	for i := range f.Events {
		c.event(fmt.Sprintf("events[%d]", i), &f.Events[i])
	}
	for i := range f.Positions {
		c.position(fmt.Sprintf("positions[%d]", i), &f.Positions[i])
	}
	for i := range f.Questions {
		c.question(fmt.Sprintf("questions[%d]", i), &f.Questions[i])
	}
	for i := range f.Recognitions {
		c.recognition(fmt.Sprintf("recognitions[%d]", i), &f.Recognitions[i])
	}
	c.portfolio()
	for i := range f.Corrections { // behind all that has an address
		c.correction(fmt.Sprintf("corrections[%d]", i), &f.Corrections[i])
	}
	for i := range f.Redactions {
		c.redaction(i)
	}
	c.texts("", reflect.ValueOf(f).Elem())
	return c.Problems
}

// need complains about something absent; key is its sentence in the catalogue.
func (c *check) need(given bool, path, key, say string) {
	if !given {
		c.add(path, Broken(key), "%s", say)
	}
}

// only complains about something that has no place here.
func (c *check) only(given, allowed bool, path, key, say string) {
	if given && !allowed {
		c.add(path, Broken(key), "%s", say)
	}
}

// among complains about something that stands with other kinds of event alone.
func (c *check) among(given bool, kind EventKind, kinds []EventKind, path, say string) {
	if given && !slices.Contains(kinds, kind) {
		c.add(path, Broken("rule.kinds", "Kinds", kinds), "%s", say)
	}
}

func (c *check) slug(path, s string) {
	switch {
	case s == "":
		c.add(path, Broken("rule.slug_missing"), "missing; write the short name that stands in addresses, for example free-anna")
	case !slugForm.MatchString(s) || len(s) > slugMost:
		c.add(path, Broken("rule.slug_form", "Given", s, "Most", slugMost), "%q can't stand in an address; write small letters a to z, digits and single hyphens, %d at most", s, slugMost)
	}
}

func (c *check) country(path, s string) {
	if s != "" && !countryForm.MatchString(s) {
		c.add(path, Broken("rule.country", "Given", s), "%q is not a country; write its two capital letters, for example RU", s)
	}
}

func (c *check) campaign() {
	f := c.file.Campaign
	c.slug("campaign.slug", f.Slug)
	c.need(len(f.Languages) > 0, "campaign.languages", "rule.languages", "missing; list the languages of this file, the first as the one to fall back to: [en, ru]")
	for i, tag := range f.Languages {
		c.only(true, slices.Index(f.Languages, tag) == i, fmt.Sprintf("campaign.languages[%d]", i), "rule.language_twice", "this language stands twice; keep one")
	}
	c.need(len(f.RunBy) > 0, "campaign.run_by", "rule.run_by", "missing; say who runs this: readers must know whom they trust")
	c.need(f.Contact != "", "campaign.contact", "rule.contact", "missing; say how to reach those who run this")
	if f.NewsRecipient != "" {
		if _, err := seal.ParseRecipient(f.NewsRecipient); err != nil {
			c.add(newsRecipient, Broken("rule.key"), "%v", err)
		}
	}
}

func (c *check) person() {
	p := c.file.Person
	c.need(len(p.Names) > 0, "person.names", "rule.name_none", "missing; write the name as it is used, once for each language")
	for i, n := range p.Names {
		at := fmt.Sprintf("person.names[%d]", i)
		c.need(n.Text != "", at+".text", "rule.name", "missing; write the name")
		c.need(n.Lang != "", at+".lang", "rule.name_language", "missing; say in which language the name is written so")
		c.only(n.Script != "", scriptForm.MatchString(n.Script), at+".script", "rule.script", "write the script's four letters, for example Cyrl or Latn")
	}
	c.country("person.country", p.Country)
	c.moment("person.born", p.Born)
	for i, country := range p.Nationalities {
		c.country(fmt.Sprintf("person.nationality[%d]", i), country)
	}
	for i, id := range p.Identifiers {
		at := fmt.Sprintf("person.identifiers[%d]", i)
		c.need(id.Scheme != "", at+".scheme", "rule.catalogue", "missing; say of which catalogue")
		c.need(id.ID != "", at+".id", "rule.catalogue_number", "missing; write the number")
	}
	if p.Earlier != nil {
		c.need(len(p.Earlier.What) > 0, "person.earlier_custody.what", "rule.earlier", "missing; say what is known of it")
		c.cited("person.earlier_custody.source", p.Earlier.Source, true)
	}
	c.photo(p.Photo)
}

func (c *check) sources() {
	for i, s := range c.file.Sources {
		at := fmt.Sprintf("sources[%d]", i)
		switch {
		case s.ID == "":
			c.add(at+".id", Broken("rule.id_missing"), "missing; write a short word by which events name this source")
		case !slugForm.MatchString(string(s.ID)):
			c.add(at+".id", Broken("rule.id_form", "Given", string(s.ID)), "%q can't name a source; write small letters a to z, digits and single hyphens", s.ID)
		case s.ID.KeptBack():
			c.add(at+".id", Broken("rule.source_reserved", "Given", string(s.ID)), "%q stands in place of a source that is not told; call this one otherwise", s.ID)
		case slices.Contains(c.ids, string(s.ID)):
			c.add(at+".id", Broken("rule.id_twice", "Given", string(s.ID)), "another source is called %q already; call this one otherwise", s.ID)
		}
		c.ids = append(c.ids, string(s.ID))
		c.need(s.Kind != "", at+".kind", "rule.source_kind", "missing; say what sort of source it is")
		c.need(len(s.Publisher) > 0, at+".publisher", "rule.publisher", "missing; say who published it")
		c.need(!s.Published.IsZero(), at+".published", "rule.published", "missing; say when it was published, or write unknown")
		c.moment(at+".published", s.Published)
		c.link(at+".url", s.URL)
		c.link(at+".archived", s.Archived)
		c.country(at+".country", s.Country)
		c.only(s.SHA256 != "", sumForm.MatchString(s.SHA256), at+".sha256", "rule.sha256", "write the 64 hexadecimal digits of the copy's SHA-256, in small letters")
	}
}

func (c *check) link(path, s string) {
	u, err := url.Parse(s)
	c.only(s != "", err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil, path,
		"rule.link", "this is not a web address; write it in full, beginning with https://")
}

// cited checks a reference to a source.
func (c *check) cited(path string, id SourceID, must bool) {
	switch {
	case id == "" && must:
		c.add(path, Broken("rule.source_missing"), "missing; name the source that says so")
	case id != "" && !id.KeptBack() && !slices.Contains(c.ids, string(id)):
		c.lacks(path, "source", string(id), c.ids)
	}
}

func (c *check) aboutCase() {
	f := c.file.Case
	c.slug("case.slug", f.Slug)
	c.only(taken[f.Slug], false, "case.slug", "rule.slug_site", "a page of the site itself has this address; choose another")
	c.need(len(f.Title) > 0, "case.title", "rule.title_none", "missing; write a verb and a name, one line for each language")
	c.publication(f.Publication)
	for _, tag := range f.Title.Tags() {
		if s := f.Title[tag]; strings.Contains(s, "\n") || utf8.RuneCountInString(s) > titleMost {
			c.add("case.title."+string(tag), Broken("rule.title_long", "Most", titleMost), "a title is one line of at most %d characters; shorten it", titleMost)
		}
	}
	c.plain("case.title", f.Title)
	c.plain("case.summary", f.Summary)
	c.plain("case.act", f.Act)
	c.plain("campaign.banner", c.file.Campaign.Banner)
	for i, a := range f.Asks {
		c.only(true, !slices.Contains(f.Refused, a), fmt.Sprintf("case.asks[%d]", i), "rule.ask_refused", "this stands in refused too; what must never be asked for isn't asked for")
	}
	c.only(f.Checked != Date{}, f.Checked.Whole(), "case.checked", "rule.day", "write the day")
	for i, id := range f.Sources {
		c.cited(fmt.Sprintf("case.sources[%d]", i), id, true)
	}
}

// publication holds R1 and R2: public needs exactly one ground, and nothing else makes a case visible.
func (c *check) publication(p Publication) {
	const at = "case.publication"
	if len(p.Consents) > 0 && p.Necessity != nil {
		c.add(at, Broken("rule.ground_both"), "both a consent and a necessity note stand here; keep the one on which this page rests")
	}
	if p.Level == Public && len(p.Consents) == 0 && p.Necessity == nil {
		c.add(at, Broken("rule.ground_none"), "a public page needs the consent of the person or of who speaks for them, or a written necessity note; "+
			"add consents: or necessity:, or write level: quiet")
	}
	named := false
	for i, k := range p.Consents {
		at := fmt.Sprintf("%s.consents[%d]", at, i)
		c.need(k.Giver != "", at+".giver", "rule.giver", "missing; say in which capacity they agreed: prisoner, family, lawyer or proxy; never a name")
		c.need(len(k.Scope) > 0, at+".scope", "rule.scope", "missing; say to what they agreed")
		c.need(len(k.Channel) > 0, at+".channel", "rule.channel", "missing; say how the agreement was given")
		c.need(k.Date.Whole(), at+".date", "rule.consent_day", "missing; write the day on which they agreed")
		c.notBefore(at+".until", k.Until, k.Date)
		c.notBefore(at+".confirmed", k.Confirmed, k.Date)
		c.notBefore(at+".withdrawn", k.Withdrawn, k.Date)
		named = named || slices.Contains(k.Scope, ScopeName) || len(k.Scope) == 0 // one that was withdrawn takes the page down, see Public
	}
	c.only(p.Level == Public && len(p.Consents) > 0, named, at+".consents",
		"rule.consent_name", "a public page shows the name, and no consent is for it; ask, or write level: quiet")
	for i, a := range p.Approved {
		at := fmt.Sprintf("%s.approved[%d]", at, i)
		c.need(a.By != "", at+".by", "rule.approver", "missing; say in which role: editor, second_editor or lawyer; never a name")
		c.need(a.On.Whole(), at+".on", "rule.day", "missing; write the day")
		c.only(a.By != "", slices.IndexFunc(p.Approved, func(o Approval) bool { return o.By == a.By }) == i, at+".by", "rule.approver_twice", "this one stands here already: two persons are meant")
	}
	if n := p.Necessity; n != nil {
		c.need(len(n.Note) > 0, at+".necessity.note", "rule.necessity", "missing; write why the page is public without the person's agreement")
		c.need(n.Date != Date{}, at+".necessity.date", "rule.necessity_day", "missing; write when this was decided")
		c.notBefore(at+".necessity.confirmed", n.Confirmed, n.Date)
	}
}

// notBefore checks a day that, if it is told at all, comes no earlier than another.
func (c *check) notBefore(path string, day, first Date) {
	c.only(day != Date{}, day.Whole(), path, "rule.day", "write the day")
	c.only(day != Date{} && first != Date{}, day.Last().Compare(first.First()) >= 0, path, "rule.before_given", "this is before it was given; look at both days")
}

func (c *check) moment(path string, p Partial) {
	c.only(p.Part != "", p.Date.From.Whole() && p.Date.How == Exactly, path, "rule.part_of_day", "a part of the day needs the day; write the whole date")
	c.only(p.Inferred, p.Date.From != Date{}, path, "rule.inferred", "an inferred year needs a date")
	c.need(p.Date != Span{} || p.IsZero(), path, "rule.date_missing", "missing; write date: with it, or date: unknown")
}

func (c *check) position(at string, p *Position) {
	c.need(len(p.Org) > 0, at+".org", "rule.position_org", "missing; name the organisation")
	c.need(p.Stance != "", at+".stance", "rule.stance", "missing; say what its position is")
	c.cited(at+".source", p.Source, p.Stance != NoStatementFound)
	if p.Stance == NoStatementFound {
		c.need(p.Observed.Known(), at+".observed", "rule.observed", "missing; that nothing was found holds for a time only: write from/to")
		c.need(len(p.Checked) > 0 || p.Source != "", at+".checked_by", "rule.observer", "missing; say who looked")
	}
	if p.Stance == NoResponse {
		c.need(p.Asked != Date{}, at+".asked", "rule.asked", "missing; only who was asked can leave it unanswered: write when, or use no_statement_found")
	}
}

func (c *check) portfolio() {
	p := c.file.Portfolio
	if p == nil {
		return
	}
	c.need(len(p.Others) > 0, "portfolio.others", "rule.others", "missing; say who else is held")
	c.need(p.AsOf != Date{}, "portfolio.as_of", "rule.others_as_of", "missing; write as of when: numbers move")
	c.need(p.Nature != "", "portfolio.nature", "rule.nature", "missing; say what sort of statement this is")
	c.cited("portfolio.source", p.Source, true)
}

// texts walks everything that has languages and holds that they are languages of this file, so that a slip in a tag does
// not hide a text. What a source prints may be in any language.
func (c *check) texts(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.texts(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.texts(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			c.texts(join(path, f.name), v.FieldByIndex(f.index))
		}
	case reflect.Map:
		t, ok := v.Interface().(Text)
		if !ok || strings.HasSuffix(path, "as_printed") || len(c.file.Campaign.Languages) == 0 {
			return
		}
		for _, tag := range t.Tags() {
			if !slices.Contains(c.file.Campaign.Languages, tag) {
				offered := tagNames(c.file.Campaign.Languages)
				rule := Broken("rule.language_foreign", "Language", tag)
				if near, ok := nearest(string(tag), offered); ok {
					rule = Broken("rule.language_near", "Language", tag, "Near", lang.Tag(near))
				}
				c.add(path+"."+string(tag), rule, "%q is not among campaign.languages; %s, or add it there", tag, meant(string(tag), offered))
			}
		}
	}
}

func tagNames(tags []lang.Tag) []string {
	var names []string
	for _, t := range tags {
		if t != "" { // could not be read
			names = append(names, string(t))
		}
	}
	return names
}

func isCurrency(code string) bool {
	_, err := currency.ParseISO(code)
	return err == nil && strings.ToUpper(code) == code
}
