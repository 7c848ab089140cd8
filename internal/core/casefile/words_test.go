package casefile

import (
	"os"
	"strings"
	"testing"
)

// vocabularies are all the closed lists that a file is written with, by the field that takes them.
var vocabularies = []struct {
	field string
	vocabulary
}{
	{"case.publication.level", Level("")}, {"case.state", State("")}, {"consent.giver", Giver("")}, {"consent.scope", Scope("")},
	{"entries.kind", EventKind("")}, {"nature", Nature("")}, {"role", Role("")}, {"charge.kind", ChargeKind("")}, {"verdict", Verdict("")},
	{"release", ReleaseKind("")}, {"designation", Designation("")}, {"measure kinds", MeasureKind("")}, {"not_told", NotTold("")},
	{"response", Response("")}, {"count.words", Quantity("")}, {"comparator", Comparator("")}, {"part", Part("")}, {"collected", Collected("")},
	{"stance", Stance("")}, {"status", Status("")}, {"sources.kind", SourceKind("")}, {"reliability", Reliability("")}, {"interest", Interest("")},
}

// docs/scenario.md lists every word, since error messages send people there.
func TestVocabulariesAreInTheDocument(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vocabularies {
		line := "- **" + v.field + "**: `" + strings.Join(v.Known(), "` `") + "`\n"
		if !strings.Contains(string(doc), line) {
			t.Errorf("docs/scenario.md lacks the line\n%s", line)
		}
	}
}

// Every word of a vocabulary is read back as itself, and nothing else is.
func TestVocabulariesAreClosed(t *testing.T) {
	for _, v := range vocabularies {
		seen := map[string]bool{}
		for _, w := range v.Known() {
			if seen[w] || w == "" || strings.ToLower(w) != w && v.field != "reliability" {
				t.Errorf("%s: the word %q stands twice or can't be written in a file", v.field, w)
			}
			seen[w] = true
			if !knows(v.vocabulary, w) || knows(v.vocabulary, w+"s") {
				t.Errorf("%s: %q is not told apart", v.field, w)
			}
		}
	}
}
