package casefile

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

func printer(t testing.TB, tag lang.Tag) *lang.Printer {
	t.Helper()
	c, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(tag)
}

// panels are all the pieces of a case's page, in the order of the page.
func panels(p *lang.Printer, v View) []templ.Component {
	return []templ.Component{Standing(p, v), PersonName(p, v), Glance(p, v), Restrictions(p, v), Timeline(p, v), Hearing(p, v), Actions(p, v), Press(p, v),
		FundElsewhere(p, v), Positions(p, v), Explanations(p, v), Others(p, v), Grounds(p, v), Sources(p, v)}
}

func render(t testing.TB, p *lang.Printer, v View) (string, *html.Node) {
	t.Helper()
	var w bytes.Buffer
	for _, c := range panels(p, v) {
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

func each(n *html.Node, fn func(*html.Node)) {
	fn(n)
	for c := range n.ChildNodes() {
		each(c, fn)
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// words are a node's text with single spaces.
func words(n *html.Node) string {
	var b strings.Builder
	each(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && n.Data != "bdi" && n.Data != "time" && n.Data != "a" && n.Data != "strong" {
			b.WriteByte(' ')
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func byID(doc *html.Node, id string) (found *html.Node) {
	each(doc, func(n *html.Node) {
		if got, ok := attr(n, "id"); ok && got == id {
			found = n
		}
	})
	return found
}

var keyLike = regexp.MustCompile(`\b(case|unit|date|list)\.[a-z_]+\b`)

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
		if items := strings.Count(src, `<li id="entry-`); items != len(w.Entries) {
			t.Errorf("%s: %d of %d entries in the timeline", tag, items, len(w.Entries))
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
	f := File{Campaign: Campaign{Languages: []lang.Tag{"ar"}}, Question: &Question{Ask: Text{"ar": "لماذا أُفرج عنه؟"}}}
	src, _ := render(t, printer(t, "en"), View{File: &f})
	if want := `<bdi lang="ar" dir="rtl">لماذا أُفرج عنه؟</bdi>`; !strings.Contains(src, want) {
		t.Errorf("the page lacks %s:\n%s", want, src)
	}
}

// What people type is text, wherever it stands.
func TestTypedTextIsEscaped(t *testing.T) {
	w := demo(t)
	const evil = `<script>alert(1)</script>"'&`
	w.Entries[0].What = Text{"en": evil}
	w.Sources[0].Publisher = Text{"en": evil}
	w.Positions[0].Org = Text{"en": evil}
	w.Case.Publication.Necessity.Note = Text{"en": evil + "\ue000"}
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
	w.Entries = nil
	src, doc := render(t, printer(t, "en"), View{File: &w.File})
	for id, want := range map[string]bool{"glance": true, "timeline": true, "positions": true, "sources": true, "actions": false, "press": false,
		"hearing": false, "fund": false, "explanations": false, "others": false, "publication": false, "restrictions": false} {
		if got := byID(doc, id) != nil; got != want {
			t.Errorf("section %s: %v\n%s", id, got, src)
		}
	}
	if !strings.Contains(words(byID(doc, "timeline")), "No event has been published yet.") {
		t.Error("an empty timeline does not say so")
	}
}

func TestWordsOfNumbers(t *testing.T) {
	en, ru := printer(t, "en"), printer(t, "ru")
	nb := func(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
	for got, want := range map[string]string{
		Count{Value: 2300}.Words(en):                                           "2,300",
		Count{Value: 400, Comparator: "more_than"}.Words(en):                   "more than 400",
		Count{Min: 40, Max: 60}.Words(en):                                      "40 to 60",
		Count{InWords: "tens_of_thousands"}.Words(en):                          "tens of thousands",
		nb(Count{Value: 2300, Comparator: "about"}.Words(ru)):                  "около 2 300",
		Money{Minor: 60000000, Currency: "RUB"}.Words(en):                      "600,000 RUB",
		nb(Money{Minor: 60000000, Currency: "RUB"}.Words(ru)):                  "600 000 RUB",
		Money{Minor: 1050, Currency: "EUR"}.Words(en):                          "10.50 EUR",
		Money{Minor: 1050, Currency: "EUR"}.Words(ru):                          "10,50 EUR",
		Money{Minor: 5000, Currency: "JPY"}.Words(en):                          "5,000 JPY",
		Date{2023, 12, 0}.Words(en):                                            "December 2023",
		Partial{Date: Span{From: Date{2023, 12, 12}}, Part: Evening}.Words(en): "12 December 2023, evening",
		Span{How: After, From: Date{2023, 7, 25}}.Words(en):                    "after 25 July 2023; the day is not known",
		Span{How: Unknown}.Words(en):                                           "date not known",
		Span{From: Date{2023, 12, 11}, To: Date{2023, 12, 12}}.Words(en):       "11 December 2023 to 12 December 2023",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestChecked(t *testing.T) {
	p := printer(t, "en")
	v := View{File: &File{}, Today: Date{2024, 2, 9}}
	if got := v.checked(p, Date{2023, 12, 31}); got != "Last checked 40 days ago" {
		t.Errorf("%q", got)
	}
	if got := (View{}).checked(p, Date{2023, 12, 31}); got != "Checked on 31 December 2023" {
		t.Errorf("%q", got)
	}
}

// Every word that a file may say has its words in every language.
func TestVocabulariesAreInTheCatalogues(t *testing.T) {
	for _, tag := range []lang.Tag{"en", "ru"} {
		p := printer(t, tag)
		for prefix, v := range map[string]vocabulary{
			"case.kind.": EventKind(""), "case.nature.": Nature(""), "case.role.": Role(""), "case.offence.": ChargeKind(""), "case.verdict.": Verdict(""),
			"case.release.": ReleaseKind(""), "case.designation.": Designation(""), "case.quantity.": Quantity(""), "case.stance.": Stance(""), "case.claim.": Status(""),
			"case.origin.": SourceKind(""), "case.date.": Part(""), "case.status.": Liberty(""), "case.consent.": Giver(""),
		} {
			for _, w := range v.Known() {
				if !p.Has(prefix + w) {
					t.Errorf("%s: no words for %s%s", tag, prefix, w)
				}
			}
		}
		for _, w := range Comparator("").Known() {
			if !p.Has("case.quantity." + w) {
				t.Errorf("%s: no words for the comparator %s", tag, w)
			}
		}
		for _, w := range Response("").Known() {
			if !p.Has("case.stance." + w) {
				t.Errorf("%s: no words for the response %s", tag, w)
			}
		}
		for _, w := range NotTold("").Known() {
			if !p.Has("case.term." + w + "_unknown") {
				t.Errorf("%s: no words for what is not told, %s", tag, w)
			}
		}
		for _, w := range MeasureKind("").Known() {
			if l := MeasureKind(w).Label(p); strings.HasPrefix(l, "case.") {
				t.Errorf("%s: no words for %s", tag, l)
			}
		}
	}
}

func TestGrounds(t *testing.T) {
	p := printer(t, "en")
	for name, c := range map[string]struct {
		publication Publication
		want, never string
	}{
		"consent":   {Publication{Public, &Consent{Giver: "family", Date: Date{2024, 3, 1}}, nil}, "The family agreed to this page on 1 March 2024.", "without the person"},
		"necessity": {Publication{Public, nil, &Necessity{Text{"en": "held without contact"}, Date{2024, 3, 0}}}, "without the person’s agreement. The organisers’ reason: held without contact", "agreed to this page"},
	} {
		f := File{Case: Case{Publication: c.publication}, Campaign: Campaign{Contact: "anna@example.org"}}
		_, doc := render(t, p, View{File: &f})
		got := words(byID(doc, "publication"))
		if !strings.Contains(got, c.want) || strings.Contains(got, c.never) || !strings.Contains(got, "anna@example.org") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What the demonstration's case has no example of.
func TestPanelsOfOtherCases(t *testing.T) {
	src := strings.Replace(minimal, "  - {when: 2024-02, kind: detention, nature: event, source: paper}\n", `  - {when: 2024-02-01, kind: detention, nature: event, source: paper, charge: {kind: not_disclosed}}
  - {when: 2024-02-02, kind: meeting, nature: event, source: paper, count: {min: 40, max: 60, text: {en: people from three unions}}, cities: [{en: Paris}, {en: Lyon}]}
  - {when: 2024-02-03, kind: prosecutor_request, nature: event, source: paper, requested: [{kind: fine, amount: {minor: 1050, currency: EUR}}, {kind: works, years: 1, months: 6}]}
  - {when: 2024-02-04, kind: transfer_start, nature: event, source: paper, by: {en: a cellmate}}
positions: [{org: {en: A Party}, stance: no_response, asked: 2024-02-01, source: paper}]
`, 1)
	src = strings.Replace(src, "sources:", "  state: dormant\n  held: {since: 2024-02, where: {en: Old Prison}, stated: {en: three weeks}, checked: 2024-03-01, sources: [paper]}\nsources:", 1)
	w, err := read(src)
	if err != nil {
		t.Fatal(err)
	}
	_, doc := render(t, printer(t, "en"), View{File: &w.File, Today: Date{2024, 4, 10}})
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
