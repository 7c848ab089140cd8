package dossier

import (
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/markup"
)

// A feed (Atom, RFC 4287; JSON Feed 1.1) is how to follow a person without giving an address: the reader asks, and nobody is on a list.

const (
	feedMost = 50 // entries
	atomKind = "application/atom+xml; charset=utf-8"
	jsonKind = "application/feed+json; charset=utf-8"
)

// feed is what both forms are written from.
type feed struct {
	tag                            lang.Tag
	id, title, about, author, page string
	day                            casefile.Date
	entries                        []feedItem
}

type feedItem struct {
	Dated
	id, url, label, body string // label: what sort of statement it is; body: HTML
}

// feedOf is a case's feed in a language.
func (g *Pages) feedOf(p *lang.Printer, f *casefile.File) feed {
	tag, order, v := p.Tag(), f.Campaign.Languages, g.View(f)
	title, _ := f.Case.Title.In(tag, order...)
	if v.dead() { // a title asks for something, and nothing is asked for the dead
		title = v.called(p).text
	}
	summary, _ := f.Case.Summary.In(tag, order...)
	author, _ := f.Campaign.RunBy.In(tag, order...)
	// Who follows passes on what a reader of feeds keeps and shows as links by itself: no address of a designated organisation is in it (R14).
	title, _ = v.lists.Cleared(title, v.Today)
	author, _ = v.lists.Cleared(author, v.Today)
	about := strings.Join(v.cleared(p, markup.Line(summary)), " ")
	doc := feed{tag: tag, id: g.permanent("feed", string(tag), f, ""), title: title, about: about, author: author, page: g.URL + v.page(p), day: founded(f)}
	var remark string // what stands on each page stands in each entry: readers show them alone
	if f.Campaign.Rehearsal {
		remark = paragraph(p.T("rehearsal.banner"))
	}
	for i, d := range v.Newest(p, g.calls(p, f), feedMost) {
		if i == 0 {
			doc.day = d.On
		}
		var body strings.Builder
		lines := v.cleared(p, slices.Concat(d.Lines, d.Struck)...)
		for i, line := range lines {
			if i >= len(d.Lines) && i < len(d.Lines)+len(d.Struck) {
				body.WriteString("<p><del>" + html.EscapeString(line) + "</del></p>")
				continue
			}
			body.WriteString(paragraph(line))
		}
		doc.entries = append(doc.entries, feedItem{Dated: d, id: g.permanent("feed", string(tag), f, d.Key), url: g.URL + d.Path, label: p.T("case.nature." + string(d.Nature)), body: body.String() + remark})
	}
	return doc
}

// calls are the letters of a case.
func (g *Pages) calls(p *lang.Printer, f *casefile.File) []Call {
	if g.Calls == nil {
		return nil
	}
	return g.Calls(p, f.Case.Slug)
}

type (
	atomDoc struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID       string      `xml:"id"`
		Title    atomText    `xml:"title"`
		Subtitle atomText    `xml:"subtitle"`
		Updated  string      `xml:"updated"`
		Author   atomAuthor  `xml:"author"`
		Links    []atomLink  `xml:"link"`
		Entries  []atomEntry `xml:"entry"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		URL  string `xml:"href,attr"`
	}
	atomEntry struct {
		ID       string       `xml:"id"`
		Title    atomText     `xml:"title"`
		Updated  string       `xml:"updated"`
		Link     atomLink     `xml:"link"`
		Category atomCategory `xml:"category"`
		Content  atomText     `xml:"content"`
	}
	atomCategory struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
)

func plainText(s string) atomText { return atomText{"text", s} }

// atom writes the feed as Atom.
func (d feed) atom(out io.Writer) error {
	doc := atomDoc{Lang: string(d.tag), ID: d.id, Title: plainText(d.title), Subtitle: plainText(d.about), Author: atomAuthor{d.author}, Updated: moment(d.day),
		Links: []atomLink{{"self", "application/atom+xml", d.page + "/feed.xml"}, {"alternate", "text/html", d.page}}}
	for _, e := range d.entries {
		doc.Entries = append(doc.Entries, atomEntry{ID: e.id, Title: plainText(e.Title), Updated: moment(e.On), Link: atomLink{"alternate", "text/html", e.url},
			Category: atomCategory{string(e.Nature), e.label}, Content: atomText{"html", e.body}})
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(out).Encode(doc)
}

type (
	jsonDoc struct {
		Version  string       `json:"version"`
		Title    string       `json:"title"`
		Home     string       `json:"home_page_url"`
		Self     string       `json:"feed_url"`
		About    string       `json:"description,omitempty"`
		Language string       `json:"language"`
		Authors  []jsonAuthor `json:"authors"`
		Items    []jsonItem   `json:"items"`
	}
	jsonAuthor struct {
		Name string `json:"name"`
	}
	jsonItem struct {
		ID       string   `json:"id"`
		URL      string   `json:"url"`
		Title    string   `json:"title"`
		Body     string   `json:"content_html"`
		Modified string   `json:"date_modified"`
		Tags     []string `json:"tags"`
	}
)

// json writes the feed as JSON Feed 1.1 (jsonfeed.org).
func (d feed) json(out io.Writer) error {
	doc := jsonDoc{Version: "https://jsonfeed.org/version/1.1", Title: d.title, Home: d.page, Self: d.page + "/feed.json", About: d.about, Language: string(d.tag),
		Authors: []jsonAuthor{{d.author}}, Items: []jsonItem{}}
	for _, e := range d.entries {
		doc.Items = append(doc.Items, jsonItem{e.id, e.url, e.Title, e.body, moment(e.On), []string{e.label}})
	}
	return json.NewEncoder(out).Encode(doc)
}

func paragraph(s string) string { return "<p>" + html.EscapeString(s) + "</p>" }

// moment is the beginning of a day: nothing here is told finer.
func moment(d casefile.Date) string { return d.First().String() + "T00:00:00Z" }

// founded is the day on which the page was found fit to be public: what a feed without entries is of.
func founded(f *casefile.File) casefile.Date {
	p := f.Case.Publication
	switch {
	case len(p.Consents) > 0 && p.Consents[0].Date != (casefile.Date{}):
		return p.Consents[0].Date
	case p.Necessity != nil && p.Necessity.Date != (casefile.Date{}):
		return p.Necessity.Date
	}
	return casefile.Date{Year: 1970}
}

// permanent is an id for life, a uuid: of the installation's log, which has its name for life, a use, a language, a case and an entry. The address may change.
func (g *Pages) permanent(use, tag string, f *casefile.File, key string) string {
	u := sha256.Sum256([]byte(strings.Join([]string{"outcry " + use, g.Origin, tag, f.Case.Slug, key}, "\n")))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // RFC 9562, version 8
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
