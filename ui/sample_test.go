package ui

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"outcry/internal/kernel/lang"
)

// sample is one made-up letter in one language: what the gallery's components are filled with.
type sample struct {
	tag                                                        lang.Tag
	site, kicker, title, lead, banner                          string
	to, letter, demand                                         string
	number, words, asOf, goal                                  string
	label, hint, wrong, button                                 string
	codeLabel, codeHint                                        string
	stepAsk, stepCode, stepDone                                string
	risk, riskTitle, doneTitle, done                           string
	more, moreText                                             string
	facts                                                      []Fact
	report, reportNature, reportSource                         string
	timelineTitle, answersTitle, positionsTitle, measuresTitle string
	events                                                     [][3]string // when, what, nature
	answers                                                    [][3]string // what, who says so, standing
	positions                                                  [][2]string
	measures                                                   []string
	quiet, grave, jump, link                                   string
	runBy, contact                                             string
}

// children renders several components as one.
func children(all ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, c := range all {
			if err := c.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// with gives a component its children.
func with(outer templ.Component, inner ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, children(inner...)), w)
	})
}

// markup is what a feature's own template would write, in the classes that doc.go names. Values are escaped.
func markup(tag, class string, inner ...any) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		open := "<" + tag
		if class != "" {
			open += ` class="` + templ.EscapeString(class) + `"`
		}
		if _, err := io.WriteString(w, open+">"); err != nil {
			return err
		}
		for _, part := range inner {
			var err error
			switch part := part.(type) {
			case string:
				_, err = io.WriteString(w, templ.EscapeString(part))
			case templ.Component:
				err = part.Render(ctx, w)
			}
			if err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "</"+tag+">\n")
		return err
	})
}

// render is a component's markup.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// signPage is the letter's page with a form that came back.
func signPage(p *lang.Printer, s sample) templ.Component {
	field := Field{ID: "email", Label: s.label, Hint: s.hint, Type: "email", Value: "anna@", Error: s.wrong}
	return children(
		ErrorSummary(p, []Problem{{Field: "email", Text: s.wrong}}),
		markup("p", "kicker", s.kicker),
		markup("h1", "", s.title),
		markup("p", "lead", s.lead),
		Jump(s.jump, "#email"),
		CountBlock(Count{Live: "/live?topic=letter&lang=" + string(s.tag), Key: "counted", Number: s.number, Words: s.words, AsOf: s.asOf, Goal: s.goal, N: 1847, Until: 2500}),
		Sourced(Report{Text: s.report, Nature: s.reportNature, Source: s.reportSource, SourceURL: "https://example.org/article"}),
		with(Notice(Danger, s.riskTitle), markup("p", "", s.risk)),
		with(Form("/sign"), Hidden("letter", "5f"), Input(field), Button(s.button), markup("p", "after", s.hint)),
		markup("section", "letter", markup("p", "to", s.to), markup("p", "", s.letter), markup("p", "", s.letter), markup("p", "demand", s.demand)),
		with(Details(s.more), markup("p", "", s.moreText)),
		with(Details(s.risk), markup("p", "", s.moreText)),
	)
}

// waitPage asks for the code; below it stands what follows once it was typed.
func waitPage(p *lang.Printer, s sample) templ.Component {
	return children(
		Steps([]Step{{s.stepAsk, Past}, {s.stepCode, Now}, {s.stepDone, Next}}),
		markup("h1", "", s.stepCode),
		with(Form("/confirm"), CodeInput(Field{ID: "code", Label: s.codeLabel, Hint: s.codeHint}), Button(s.button)),
		with(Form("/again"), QuietButton(s.quiet)),
		with(Notice(Done, s.doneTitle), markup("p", "", s.done)),
		Share(p, Shared{URL: "https://outcry.example/" + string(s.tag) + "/anna/letter", Title: s.title, Text: s.title + " https://outcry.example/" + string(s.tag) + "/anna/letter"}),
		with(Notice(Remark, ""), markup("p", "", s.moreText)),
		with(Form("/mine"), GraveButton(s.grave)),
	)
}

// casePage is a person's page in the classes that its panels use.
func casePage(p *lang.Printer, s sample) templ.Component {
	var events, answers, positions, measures []any
	for _, e := range s.events {
		events = append(events, markup("li", "", markup("div", "when", e[0]), markup("div", "", markup("p", "", e[1]), markup("span", "tag", e[2]))))
	}
	for _, a := range s.answers {
		answers = append(answers, markup("li", "", markup("p", "", a[0]), markup("p", "source", a[1]), markup("span", "tag", a[2])))
	}
	for _, x := range s.positions {
		positions = append(positions, markup("li", "", markup("bdi", "", x[0]), " ", markup("span", "tag", x[1])))
	}
	for _, m := range s.measures {
		measures = append(measures, markup("li", "", m))
	}
	return children(
		markup("p", "kicker", s.kicker),
		markup("h1", "", s.title),
		markup("p", "lead", s.lead),
		Facts(s.facts),
		markup("h2", "", s.measuresTitle),
		markup("ul", "measures", measures...),
		markup("h2", "", s.timelineTitle),
		markup("ol", "timeline", events...),
		markup("h2", "", s.answersTitle),
		markup("ul", "answers wide", answers...),
		markup("h2", "", s.positionsTitle),
		markup("ul", "positions", positions...),
		Sourced(Report{Text: s.report, Source: s.reportSource}),
		markup("pre", "", "outcry verify https://outcry.example --key outcry.example/log+8f3a21d0+ATm4Q0p2Zr1sV0k9Jw5uYp3hQ7c2xB6nE4dL8tF1gH0i"),
	)
}

// page is the layout's params for a sample.
func (s sample) page(p *lang.Printer, title string) Page {
	return Page{
		P: p, Site: s.site, Home: "/" + string(s.tag), Title: title, Description: s.lead,
		Canonical:  "https://outcry.example/" + string(s.tag) + "/anna",
		Alternates: []Alternate{{"en", "https://outcry.example/en/anna"}, {"ru", "https://outcry.example/ru/anna"}, {"x-default", "https://outcry.example/anna"}},
		Languages:  []Language{{"en", "/en/anna"}, {"ru", "/ru/anna"}, {"ar", "/ar/anna"}},
		Rehearsal:  true,
		Banner:     Banner{Text: s.banner, Lang: s.tag},
		Footer: Footer{RunBy: s.runBy, Contact: s.contact, ContactURL: "mailto:" + s.contact, Keep: "/what", Advice: "/advice", Recount: "/recount",
			Onion: "outcryexamplexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.onion", Source: "https://example.org/outcry"},
	}
}
