package site

import (
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/markup"
	"outcry/internal/kernel/web"
)

// A feed (Atom, RFC 4287) is how to follow a case without giving an address: the reader asks, and nobody is on a list.

const (
	feedMost = 50 // entries
	feedKind = "application/atom+xml; charset=utf-8"
	feedFile = "feed.xml"
)

func feedPath(tag lang.Tag, caseSlug string) string {
	return "/" + string(tag) + "/" + caseSlug + "/" + feedFile
}

type (
	feedDoc struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID       string      `xml:"id"`
		Title    feedText    `xml:"title"`
		Subtitle feedText    `xml:"subtitle"`
		Updated  string      `xml:"updated"`
		Author   feedAuthor  `xml:"author"`
		Links    []feedLink  `xml:"link"`
		Entries  []feedEntry `xml:"entry"`
	}
	feedText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	feedAuthor struct {
		Name string `xml:"name"`
	}
	feedLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		URL  string `xml:"href,attr"`
	}
	feedEntry struct {
		ID       string       `xml:"id"`
		Title    feedText     `xml:"title"`
		Updated  string       `xml:"updated"`
		Link     feedLink     `xml:"link"`
		Category feedCategory `xml:"category"`
		Content  feedText     `xml:"content"`
	}
	feedCategory struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
)

// feed is a case's newest entries, in a language.
func (s *Site) feed(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		slug := r.PathValue("case")
		return s.Cache.ServeKind(w, r, feedKind, slug, r.URL.Path, func(out io.Writer) error {
			f, err := s.Case(slug)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(out, xml.Header); err != nil {
				return err
			}
			return xml.NewEncoder(out).Encode(s.feedOf(s.Words.Printer(tag), f))
		})
	}
}

func (s *Site) feedOf(p *lang.Printer, f *casefile.File) feedDoc {
	tag, order := p.Tag(), f.Campaign.Languages
	title, _ := f.Case.Title.In(tag, order...)
	summary, _ := f.Case.Summary.In(tag, order...)
	author, _ := f.Campaign.RunBy.In(tag, order...)
	page := s.URL + "/" + string(tag) + "/" + f.Case.Slug
	doc := feedDoc{Lang: string(tag), ID: s.permanent(tag, f, ""), Title: plainText(title), Subtitle: plainText(markup.Line(summary)), Author: feedAuthor{author},
		Updated: moment(founded(f)),
		Links:   []feedLink{{"self", "application/atom+xml", s.URL + feedPath(tag, f.Case.Slug)}, {"alternate", "text/html", page}}}
	var remark string // what stands on each page stands in each entry: readers show them alone
	if f.Campaign.Rehearsal {
		remark = paragraph(p.T("rehearsal.banner"))
	}
	for i, e := range s.View(f).Newest(p, feedMost) {
		if i == 0 {
			doc.Updated = moment(e.On)
		}
		var body strings.Builder
		for _, line := range e.Lines {
			body.WriteString(paragraph(line))
		}
		doc.Entries = append(doc.Entries, feedEntry{ID: s.permanent(tag, f, e.Key), Title: plainText(e.Title), Updated: moment(e.On),
			Link:     feedLink{"alternate", "text/html", page + "#" + e.Anchor},
			Category: feedCategory{string(e.Nature), p.T("case.nature." + string(e.Nature))}, Content: feedText{"html", body.String() + remark}})
	}
	return doc
}

func plainText(s string) feedText { return feedText{"text", s} }

func paragraph(s string) string { return "<p>" + html.EscapeString(s) + "</p>" }

// moment is the beginning of a day: nothing here is told finer.
func moment(d casefile.Date) string { return d.First().String() + "T00:00:00Z" }

// founded is the day on which the page was found fit to be public: what a feed without entries is of.
func founded(f *casefile.File) casefile.Date {
	p := f.Case.Publication
	switch {
	case p.Consent != nil && p.Consent.Date != (casefile.Date{}):
		return p.Consent.Date
	case p.Necessity != nil && p.Necessity.Date != (casefile.Date{}):
		return p.Necessity.Date
	}
	return casefile.Date{Year: 1970}
}

// permanent is an id for life: of the installation's log, which has its name for life, a language, a case and an entry. The address may change.
func (s *Site) permanent(tag lang.Tag, f *casefile.File, key string) string {
	u := sha256.Sum256([]byte(strings.Join([]string{"outcry feed", s.Log.Origin(), string(tag), f.Case.Slug, key}, "\n")))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // RFC 9562, version 8
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
