package casetest

import (
	"fmt"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// newsRecipient is the public half of a key whose other half nobody has.
const newsRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

func (g *gen) file(events int) *casefile.File {
	f := &casefile.File{}
	g.f = f
	g.langs = []lang.Tag{pick(g, []lang.Tag{"en", "ru", "ar", "fr"})}
	for range 1 + g.n(4) {
		if tag := pick(g, tongues); !slices.Contains(g.langs, tag) {
			g.langs = append(g.langs, tag)
		}
	}
	g.aboutPerson()
	g.campaign()
	g.sources()
	g.institutions()
	g.proceedings()
	g.withheld()
	g.events(events)
	g.aboutCase()
	for range g.n(4) {
		f.Positions = append(f.Positions, g.position())
	}
	for range g.n(3) {
		f.Questions = append(f.Questions, g.question())
	}
	for range g.n(3) {
		f.Recognitions = append(f.Recognitions, g.recognition())
	}
	if g.odds(2) {
		f.Portfolio = &casefile.Portfolio{Others: g.text(), AsOf: g.day(), Nature: casefile.NatureEvent, Source: g.source()}
	}
	g.mended()
	g.photo()
	return f
}

func (g *gen) campaign() {
	c := &g.f.Campaign
	c.Slug = g.f.Case.Slug + "-campaign"
	c.Languages, c.RunBy, c.Contact = g.langs, g.short(), fmt.Sprintf("committee-%d@example.org", g.seed)
	if g.odds(3) {
		c.Banner = g.text()
	}
	c.Rehearsal = g.wild && g.odds(10)
	if g.odds(4) {
		c.NewsRecipient = newsRecipient
	}
}

func (g *gen) aboutPerson() {
	p := &g.f.Person
	first, last := pick(g, given), pick(g, family)
	g.f.Case.Slug = strings.ToLower(fmt.Sprintf("%s-%s-%d", first, last, g.seed))
	p.Names = []casefile.Name{{Text: first + " " + last, Lang: g.langs[0], Script: "Latn"}}
	for _, tag := range g.langs[1:] {
		p.Names = append(p.Names, casefile.Name{Text: g.words(tag, 1), Lang: tag, Script: scripts[tag]})
	}
	p.Born = g.partial()
	p.Country = pick(g, countries)
	for range g.n(3) {
		p.Occupations = append(p.Occupations, g.short())
	}
	for range g.n(3) {
		if c := pick(g, countries); !slices.Contains(p.Nationalities, c) {
			p.Nationalities = append(p.Nationalities, c)
		}
	}
	for range g.n(3) {
		if tag := pick(g, tongues); !slices.Contains(p.Languages, tag) {
			p.Languages = append(p.Languages, tag)
		}
	}
	for _, scheme := range some[casefile.IdentifierScheme](g) {
		p.Identifiers = append(p.Identifiers, casefile.Identifier{Scheme: scheme, ID: g.number(scheme)})
	}
}

// number is one as a catalogue writes its own.
func (g *gen) number(scheme casefile.IdentifierScheme) string {
	switch scheme {
	case "wikidata":
		return fmt.Sprintf("Q%d", 1000+g.n(1_000_000))
	case "orcid":
		digits, total := fmt.Sprintf("00000002%07d", g.n(10_000_000)), 0
		for _, d := range digits {
			total = (total + int(d-'0')) * 2
		}
		check := "0123456789X"[(12-total%11)%11]
		return fmt.Sprintf("%s-%s-%s-%s%c", digits[:4], digits[4:8], digits[8:12], digits[12:], check)
	}
	return fmt.Sprint(1000 + g.n(100_000))
}

func (g *gen) sources() {
	for i := range 1 + g.n(5) {
		s := casefile.Source{ID: casefile.SourceID(fmt.Sprintf("source-%d", i+1)), Kind: term[casefile.SourceKind](g), Publisher: g.short(), Published: g.partial(),
			Language: pick(g, tongues), Country: pick(g, countries), URL: g.url(), Reliability: term[casefile.Reliability](g), Interest: term[casefile.Interest](g)}
		if g.odds(2) {
			s.Title = g.text()
		}
		if g.odds(2) {
			s.Archived = g.url()
		}
		if g.odds(2) {
			s.SHA256 = g.hex()
		}
		if g.wild && i > 0 {
			s.Visibility = pick(g, []casefile.Visibility{"", casefile.ForAll, casefile.ForCoalition, casefile.ForTeam})
		}
		g.f.Sources = append(g.f.Sources, s)
	}
	if g.odds(3) {
		g.f.Person.Earlier = &casefile.Earlier{What: g.text(), When: g.partial(), Source: g.f.Sources[0].ID}
	}
}

func (g *gen) institutions() {
	for i := range 1 + g.n(4) {
		at := pick(g, cities)
		x := casefile.Institution{ID: casefile.InstitutionID(fmt.Sprintf("place-%d", i+1)), Kind: term[casefile.InstitutionKind](g), Name: g.short(), City: g.wording(func(lang.Tag) string { return at.name }),
			Country: at.country, Geo: &casefile.Geo{Lat: at.lat, Lon: at.lon}}
		if i > 0 && g.odds(2) {
			x.Part = g.f.Institutions[0].ID
		}
		if g.odds(2) {
			x.Post = &casefile.Post{Address: g.text(), Letters: g.long(), Parcels: g.long(), Source: g.source(), Checked: g.day(), Tongues: []lang.Tag{pick(g, tongues)}}
		}
		g.f.Institutions = append(g.f.Institutions, x)
	}
}

func (g *gen) proceedings() {
	for i := range 1 + g.n(3) {
		p := casefile.Proceeding{ID: casefile.ProceedingID(fmt.Sprintf("proceeding-%d", i+1)), Track: term[casefile.Track](g), Stage: term[casefile.Stage](g),
			Number: fmt.Sprintf("1-%d/2024", g.n(900)), Court: pick(g, g.f.Institutions).ID, Sources: []casefile.SourceID{g.source()}}
		if g.odds(2) {
			p.Sits = g.short()
		}
		if i > 0 && g.odds(2) {
			p.Of = g.f.Proceedings[i-1].ID
		}
		g.f.Proceedings = append(g.f.Proceedings, p)
	}
}

func (g *gen) withheld() {
	if g.odds(3) {
		g.f.Withheld = some(g, casefile.RolePrisoner)
	}
}

func (g *gen) aboutCase() {
	c := &g.f.Case
	c.Title = g.wording(func(tag lang.Tag) string { return g.words(tag, 5) })
	c.Summary = g.wording(func(tag lang.Tag) string { return g.words(tag, 20) + "\n\n" + g.words(tag, 20) })
	c.Act, c.Sources, c.Checked = g.text(), []casefile.SourceID{g.f.Sources[0].ID}, g.day()
	c.State, c.Publication.Level = casefile.Open, casefile.Public
	if g.wild {
		c.State, c.Publication.Level = term[casefile.State](g), term[casefile.Level](g)
	}
	if g.odds(6) {
		d := g.day()
		c.Publication.Necessity = &casefile.Necessity{Note: g.text(), Date: d, Confirmed: after(d, 3)}
	} else {
		for i := range 1 + g.n(3) {
			c.Publication.Consents = append(c.Publication.Consents, g.consent(i == 0))
		}
	}
	for _, by := range some[casefile.Editor](g) {
		c.Publication.Approved = append(c.Publication.Approved, casefile.Approval{By: by, On: g.day()})
	}
	if g.odds(4) {
		return
	}
	c.Asks, c.Needs = some[casefile.Ask](g), some[casefile.Need](g)
	if g.odds(2) {
		c.Refused = some(g, c.Asks...)
	}
}

// consent is one that stands and is for everything, or any other.
func (g *gen) consent(whole bool) casefile.Consent {
	d := casefile.Date{Year: 2025, Month: 1 + g.n(9), Day: 1 + g.n(28)}
	k := casefile.Consent{Giver: term[casefile.Giver](g), Channel: g.text(), Date: d, Confirmed: after(d, 4)}
	if whole {
		k.Giver = "prisoner"
		for _, s := range casefile.ScopeName.Known() {
			k.Scope = append(k.Scope, casefile.Scope(s))
		}
		return k
	}
	k.Scope, k.Until = some[casefile.Scope](g), after(d, 30)
	if g.odds(2) {
		k.Withdrawn = after(d, 6)
	}
	return k
}

func (g *gen) position() casefile.Position {
	p := casefile.Position{Org: g.short(), Stance: term[casefile.Stance](g), Observed: casefile.Span{From: g.day()}, Checked: g.text(), Source: g.source()}
	if g.odds(2) {
		p.Observed.To = after(p.Observed.From, 3+g.n(9))
	}
	if p.Stance == casefile.NoResponse {
		p.Asked = g.day()
	}
	if g.odds(2) {
		p.Where, p.Note = g.short(), g.text()
	}
	return p
}

// claim is another value of an event's field, or an answer to a question.
func (g *gen) claim() casefile.Claim {
	k := casefile.Claim{ID: fmt.Sprintf("claim-%d", g.next()), What: g.text(), Made: g.partial(), By: g.short(), Nature: term[casefile.Nature](g), Retracted: g.retracted()}
	k.Source, k.Evidence = g.borne()
	k.Status = g.holding(k.Source, k.Evidence)
	if k.Retracted != nil {
		k.Status = casefile.Retracted
	}
	return k
}

// status is any that needs no more than a source.
func (g *gen) status() casefile.Status { return term(g, casefile.Retracted) }

func (g *gen) question() casefile.Question {
	q := casefile.Question{ID: fmt.Sprintf("question-%d", g.next()), Ask: g.text(), NotToConclude: g.text()}
	for range 1 + g.n(3) {
		q.Answers = append(q.Answers, g.claim())
	}
	return q
}

func (g *gen) recognition() casefile.Recognition {
	d := g.day()
	r := casefile.Recognition{By: g.short(), Status: term[casefile.RecognitionStatus](g), Criteria: g.url(), On: d, Number: fmt.Sprintf("%d/2024", g.n(90)), Source: g.source()}
	if g.odds(2) || r.Status == "other_status" {
		r.AsPrinted = g.printed()
	}
	if g.odds(4) {
		r.Withdrawn = after(d, 12)
	}
	return r
}

// mended are corrections and redactions. What was taken out stands nowhere else in the file.
func (g *gen) mended() {
	for range g.n(3) {
		of := ""
		if g.odds(2) && len(g.f.Events) > 0 {
			of = pick(g, g.f.Events).ID
		}
		g.f.Corrections = append(g.f.Corrections, casefile.Correction{On: g.day(), Of: of, Was: g.text(), Now: g.text(), Why: g.text()})
	}
	for range g.n(3) {
		g.f.Redactions = append(g.f.Redactions, casefile.Redaction{Event: fmt.Sprintf("gone-%d", g.next()), On: g.day(), Why: term[casefile.RedactionReason](g)})
	}
}
