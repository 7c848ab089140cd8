package dossier

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// render gives the page about a person and, in a main of its own, the whole timeline.
func render(t testing.TB, p *lang.Printer, v View) (string, *html.Node) {
	t.Helper()
	var w bytes.Buffer
	for _, c := range []templ.Component{Standing(p, v), PersonName(p, v), Glance(p, v), Restrictions(p, v), Dates(p, v), Custody(p, v), Timeline(p, v), Unknown(p, v),
		Explanations(p, v), Recognised(p, v), Positions(p, v), Wishes(p, v), Corrected(p, v, v.corrections("")), Others(p, v), Grounds(p, v), Sources(p, v)} {
		if err := c.Render(context.Background(), &w); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := html.Parse(strings.NewReader("<!doctype html><main>" + w.String() + "</main>"))
	if err != nil {
		t.Fatal(err)
	}
	return w.String(), doc
}

var keyLike = regexp.MustCompile(`\b(case|unit|date|list|dossier)\.[a-z_]+\b`)

// Every panel, in both languages, is sound markup: nothing inline, no key instead of a sentence, anchors that lead somewhere.
func TestPanelsAreSound(t *testing.T) {
	w := demo(t)
	for _, tag := range []lang.Tag{"en", "ru"} {
		p := printer(t, tag)
		src, doc := render(t, p, View{File: &w.File})
		if strings.Contains(src, "{{") || strings.ContainsAny(src, "\ue000\ue001\ue002") {
			t.Errorf("%s: a placeholder was left", tag)
		}
		if k := keyLike.FindString(words(doc)); k != "" {
			t.Errorf("%s: the key %q stands in the page instead of a sentence", tag, k)
		}
		ids := map[string]bool{}
		each(doc, func(n *html.Node) {
			if id, ok := attr(n, "id"); ok {
				if ids[id] {
					t.Errorf("%s: the id %q stands twice", tag, id)
				}
				ids[id] = true
			}
			if _, ok := attr(n, "style"); ok || n.Data == "script" && n.Type == html.ElementNode {
				t.Errorf("%s: inline style or script in <%s>", tag, n.Data)
			}
			if l, ok := attr(n, "lang"); ok && n.Data == "bdi" {
				if d, _ := attr(n, "dir"); d != lang.Dir(lang.Tag(l)) {
					t.Errorf("%s: a fragment in %s has the direction %q", tag, l, d)
				}
			}
			if n.Data == "section" {
				by, _ := attr(n, "aria-labelledby")
				if h := byID(n, by); h == nil || h.Data != "h2" || words(h) == "" {
					t.Errorf("%s: a section without its heading: %s", tag, by)
				}
			}
		})
		each(doc, func(n *html.Node) {
			if href, _ := attr(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("%s: %s leads nowhere", tag, href)
			}
		})
		if items := strings.Count(src, `<li id="event-`); items != len(w.Events) {
			t.Errorf("%s: %d of %d events in the timeline", tag, items, len(w.Events))
		}
	}
}

// A text that is not there in the reader's language is shown in another one and says which.
func TestFallbackIsMarked(t *testing.T) {
	w := demo(t)
	_, doc := render(t, printer(t, "ru"), View{File: &w.File})
	found := false
	each(doc, func(n *html.Node) {
		if l, _ := attr(n, "lang"); n.Data == "bdi" && l == "en" && words(n) == "international agent" {
			found = true
		}
	})
	if !found {
		t.Error("the English label inside the Russian page is not marked as English")
	}
	f := casefile.File{Campaign: casefile.Campaign{Languages: []lang.Tag{"ar"}}, Questions: []casefile.Question{{Ask: casefile.Text{"ar": "لماذا أُفرج عنه؟"}}}}
	src, _ := render(t, printer(t, "en"), View{File: &f})
	if want := `<bdi lang="ar" dir="rtl">لماذا أُفرج عنه؟</bdi>`; !strings.Contains(src, want) {
		t.Errorf("the page lacks %s:\n%s", want, src)
	}
}

// What people type is text, wherever it stands.
func TestTypedTextIsEscaped(t *testing.T) {
	w := demo(t)
	const evil = `<script>alert(1)</script>"'&`
	w.Events[0].What = casefile.Text{"en": evil}
	w.Sources[0].Publisher = casefile.Text{"en": evil}
	w.Positions[0].Org = casefile.Text{"en": evil}
	w.Case.Publication.Necessity.Note = casefile.Text{"en": evil + "\ue000"}
	w.Campaign.Contact = evil
	src, doc := render(t, printer(t, "en"), View{File: &w.File})
	each(doc, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "script" {
			t.Error("a script got into the page")
		}
	})
	if !strings.Contains(words(doc), evil) {
		t.Errorf("the text itself is gone:\n%s", src)
	}
}

// Pages without anything to say stay sound: an empty section says what will stand there, or is not there.
func TestPanelsOfLittle(t *testing.T) {
	w, err := read(minimal)
	if err != nil {
		t.Fatal(err)
	}
	w.Events = nil
	src, doc := render(t, printer(t, "en"), View{File: &w.File})
	for id, want := range map[string]bool{"glance": true, "timeline": true, "positions": true, "sources": true, "dates": false, "custody": false,
		"recognitions": false, "asks": false, "corrections": false, "explanations": false, "others": false, "publication": false, "restrictions": false} {
		if got := byID(doc, id) != nil; got != want {
			t.Errorf("section %s: %v\n%s", id, got, src)
		}
	}
	if !strings.Contains(words(byID(doc, "timeline")), "No event has been published yet.") {
		t.Error("an empty timeline does not say so")
	}
}

func TestChecked(t *testing.T) {
	p := printer(t, "en")
	v := View{File: &casefile.File{}, Today: day(2024, 2, 9)}
	if got := v.checked(p, day(2023, 12, 31)); got != "Last checked 40 days ago" {
		t.Errorf("%q", got)
	}
	if got := (View{}).checked(p, day(2023, 12, 31)); got != "Checked on 31 December 2023" {
		t.Errorf("%q", got)
	}
}

func TestGrounds(t *testing.T) {
	p := printer(t, "en")
	for name, c := range map[string]struct {
		publication casefile.Publication
		want, never string
	}{
		"consent":   {casefile.Publication{Level: casefile.Public, Consents: []casefile.Consent{{Giver: "family", Date: day(2024, 3, 1)}}}, "The family agreed to this page on 1 March 2024.", "without the person"},
		"necessity": {casefile.Publication{Level: casefile.Public, Necessity: &casefile.Necessity{Note: casefile.Text{"en": "held without contact"}, Date: day(2024, 3, 0)}}, "without the person’s agreement. The organisers’ reason: held without contact", "agreed to this page"},
	} {
		f := casefile.File{Case: casefile.Case{Publication: c.publication}, Campaign: casefile.Campaign{Contact: "anna@example.org"}}
		_, doc := render(t, p, View{File: &f})
		got := words(byID(doc, "publication"))
		if !strings.Contains(got, c.want) || strings.Contains(got, c.never) || !strings.Contains(got, "anna@example.org") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What the demonstration's case has no example of.
func TestPanelsOfOtherCases(t *testing.T) {
	src := strings.Replace(minimal, "  - {when: 2024-02, kind: detention, nature: event, source: paper}\n", `  - {when: 2024-02, kind: detention, nature: event, source: paper, charge: {kind: not_disclosed}, claims: [{field: held, what: {en: three weeks}, source: paper, status: reported}]}
  - {when: unknown_before 2024-02-04, kind: transfer_arrival, nature: event, source: paper, place: {en: Old Prison}}
  - {when: 2024-02-02, kind: meeting, nature: event, source: paper, count: {min: 40, max: 60, text: {en: people from three unions}}, cities: [{en: Paris}, {en: Lyon}]}
  - {when: 2024-02-03, kind: prosecutor_request, nature: event, source: paper, requested: [{kind: fine, amount: {minor: 1050, currency: EUR}}, {kind: works, years: 1, months: 6}]}
  - {when: 2024-02-04, kind: transfer_start, nature: event, source: paper, by: {en: a cellmate}}
positions: [{org: {en: A Party}, stance: no_response, asked: 2024-02-01, source: paper}]
`, 1)
	src = strings.Replace(src, "sources:", "  state: dormant\n  checked: 2024-03-01\n  sources: [paper]\nsources:", 1)
	w, err := read(src)
	if err != nil {
		t.Fatal(err)
	}
	_, doc := render(t, printer(t, "en"), View{File: &w.File, Today: day(2024, 4, 10)})
	for id, want := range map[string][]string{
		"glance": {"At present nobody looks after this page.", "Being transferred; the place is not disclosed", "Held since February 2024", "as printed: “three weeks”",
			"Where the person is held is not known.", "Last checked 40 days ago"},
		"timeline":  {"The charge is not disclosed", "40 to 60 people from three unions", "2 cities", "Paris and Lyon", "Fine 10.50 EUR", "Compulsory works for 1 year and 6 months", "Who says so: a cellmate"},
		"positions": {"A Party was asked, has not answered"},
	} {
		got := words(byID(doc, id))
		for _, s := range want {
			if !strings.Contains(got, s) {
				t.Errorf("#%s lacks %q:\n%s", id, s, got)
			}
		}
	}
	if got := words(byID(doc, "glance")); strings.Contains(got, "Old Prison") {
		t.Errorf("the old place stands while the person is being transferred: %s", got)
	}
}
