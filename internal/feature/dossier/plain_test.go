package dossier

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
)

// leads finds what leads somewhere, or reads as if it did; it is written apart from what takes it out.
var leads = regexp.MustCompile(`(?i)://|mailto:|\bwww\.|[a-z0-9-]+\.(?:org|com|net|example|ru|me|onion|рф|info)\b|@[a-z0-9_.]{3,}|\b\d{1,3}(?:\.\d{1,3}){3}\b`)

// hostile are ways to write an address; each names the word by which it would be found again.
var hostile = []string{
	"https://evil.org/path", "HTTP://EVIL.ORG", "www.evil.org", "evil.org", "t.me/evil_channel", "@evil_channel", "write to evil@example.org", "mailto:evil@evil.org",
	"[a link](https://evil.org)", "<https://evil.org>", "<a href=\"https://evil.org\">evil</a>", "evil\u200b.org", "evil\u00ad.org", "ev\u2060il.org", "evil．org", "evil[.]org", "evil(dot)org",
	"зло.рф", "http://192.0.2.7/evil", "192.0.2.7", "evilevilevilevil.onion", "https:\\\\evil.org", "tg://resolve?domain=evil", "**evil.org**", "`evil.org`", "evil.org.", "(evil.org)", "![x](//evil.org/x.png)",
}

// everywhere puts words into every text of a case that a page shows.
func everywhere(f *casefile.File, s string) {
	put := func(list ...*casefile.Text) {
		for _, t := range list {
			*t = casefile.Text{"en": "before " + s + " after", "ru": "до " + s + " после"}
		}
	}
	put(&f.Campaign.RunBy, &f.Campaign.Banner, &f.Case.Title, &f.Case.Summary, &f.Case.Act)
	f.Campaign.Contact = s
	for i := range f.Person.Names {
		f.Person.Names[i].Text = "Vera " + s
	}
	for i := range f.Person.Occupations {
		put(&f.Person.Occupations[i])
	}
	for i := range f.Institutions {
		put(&f.Institutions[i].Name, &f.Institutions[i].City)
	}
	for i := range f.Sources {
		put(&f.Sources[i].Publisher, &f.Sources[i].Title)
		f.Sources[i].URL, f.Sources[i].Archived = "https://evil.org/source", "https://evil.org/copy"
	}
	for i := range f.Events {
		e := &f.Events[i]
		put(&e.What, &e.Place, &e.Authority, &e.Org, &e.By, &e.Regime, &e.Note, &e.AsPrinted, &e.When.AsPrinted)
		if e.Charge != nil {
			put(&e.Charge.AsPrinted)
			if e.Charge.Law != nil {
				put(&e.Charge.Law.Code)
				e.Charge.Law.Article = s
			}
		}
		for j := range e.Sentence {
			put(&e.Sentence[j].Note, &e.Sentence[j].AsPrinted)
		}
	}
	for i := range f.Questions {
		put(&f.Questions[i].Ask)
	}
}

// No way to write an address comes through onto the page without links, from no text of the case: not as a link, not as text, not in what nobody sees.
func TestPlainLeadsNowhere(t *testing.T) {
	for _, s := range hostile {
		f := vera(t)
		everywhere(f, s)
		site := serve(t, f)
		for _, tag := range tongues {
			src, doc := site.get("/"+string(tag)+"/vera/plain", 200)
			each(doc, func(n *html.Node) {
				for _, a := range n.Attr {
					switch a.Key {
					case "href", "src", "action", "content", "title", "aria-label", "value":
						if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && (!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//")) || leads.MatchString(a.Val) && !ours(a.Val) {
							t.Errorf("%q, %s: %s=%q", s, tag, a.Key, a.Val)
						}
					}
				}
			})
			if found := leads.FindString(words(doc)); found != "" {
				t.Fatalf("%q, %s: %q stands in the text:\n%s", s, tag, found, words(article(doc)))
			}
			if strings.Contains(strings.ToLower(src), "evil.org") || strings.Contains(src, "committee@") {
				t.Errorf("%q, %s: the address is in the page's source", s, tag)
			}
			each(article(doc), func(n *html.Node) {
				if n.Data == "a" || n.Data == "img" || n.Data == "code" {
					t.Errorf("%q: <%s> in the text", s, n.Data)
				}
			})
		}
	}
}

// ours tells an address on this site from one that leads away.
func ours(path string) bool {
	return strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/en/") || strings.HasPrefix(path, "/ru/") || strings.HasPrefix(path, "/ar/") || strings.HasPrefix(path, "/fr/")
}

// What leads nowhere stays as it was typed, Markdown's signs and all.
func TestPlainKeepsWords(t *testing.T) {
	for _, s := range []string{"12. December", "# 3", "* a *", "2023. A year", "№ 00, ст. 280.3", "A & B <c>", "_x_ [y]", "- dash", "«Палата»", "نصّ عربي، 12", "1) one", "a\\b"} {
		if got := unlinked(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	_, doc := serve(t, vera(t)).get("/en/vera/plain", 200)
	said := words(article(doc))
	for _, want := range []string{"Vera Example", "Serving a sentence", "Camp No. 00", "as printed: “дискредитация”", "article 280.3", "Hearing: 14 May 2024", "Made-up Regional Court, 5 December 2023", "The Ward Paper", "Vera Example is a nurse."} {
		if !strings.Contains(said, want) {
			t.Errorf("the text does not say %q:\n%s", want, said)
		}
	}
	// Two pieces that lead nowhere alone do when they stand beside each other.
	if got := text(bare([]fragment{{text: "see "}, {"evil", true, ""}, {text: "."}, {"org", true, ""}})); strings.Contains(got, "evil.org") {
		t.Errorf("%q", got)
	}
}
