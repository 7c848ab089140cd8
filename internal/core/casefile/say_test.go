package casefile

import (
	"strings"
	"testing"

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
