package casefile

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// vocabularies are all the closed lists that a file is written with, by the field that takes them.
var vocabularies = []struct {
	field string
	vocabulary
}{
	{"case.publication.level", Level("")}, {"case.state", State("")}, {"consent.giver", Giver("")}, {"consent.scope", Scope("")},
	{"events.kind", EventKind("")}, {"nature", Nature("")}, {"role", Role("")}, {"charge.kind", ChargeKind("")}, {"verdict", Verdict("")},
	{"release", ReleaseKind("")}, {"designation", Designation("")}, {"measure kinds", MeasureKind("")}, {"not_told", NotTold("")},
	{"response", Response("")}, {"count.words", Quantity("")}, {"comparator", Comparator("")}, {"part", Part("")}, {"collected", Collected("")},
	{"stance", Stance("")}, {"status", Status("")}, {"sources.kind", SourceKind("")}, {"reliability", Reliability("")}, {"interest", Interest("")},
	{"approved.by", Editor("")}, {"asks, refused", Ask("")}, {"needs", Need("")}, {"visibility", Visibility("")}, {"family", Family("")}, {"identifiers.scheme", IdentifierScheme("")},
	{"institutions.kind", InstitutionKind("")}, {"proceedings.track", Track("")}, {"proceedings.stage", Stage("")}, {"side", Side("")}, {"custody", CustodyKind("")},
	{"bearing", Bearing("")}, {"credibility", Credibility("")}, {"claims.field", Field("")}, {"recognitions.status", RecognitionStatus("")}, {"redactions.why", RedactionReason("")},
}

// No closed list of the model is forgotten here.
func TestEveryVocabularyIsListed(t *testing.T) {
	listed := map[reflect.Type]bool{}
	for _, v := range vocabularies {
		listed[reflect.TypeOf(v.vocabulary)] = true
	}
	var walk func(reflect.Type)
	seen := map[reflect.Type]bool{}
	walk = func(of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		if _, closed := reflect.Zero(of).Interface().(vocabulary); closed && !listed[of] {
			t.Errorf("%v is in no list of the document", of)
		}
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(of.Elem())
		case reflect.Struct:
			for _, f := range fieldsOf(of) {
				walk(of.FieldByIndex(f.index).Type)
			}
		}
	}
	walk(reflect.TypeFor[File]())
	if len(seen) < 50 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}

// Each term has a word for readers; that every catalogue has what English has is held where catalogues are loaded.
func TestVocabulariesHaveWords(t *testing.T) {
	body, err := os.ReadFile("../../../locales/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	table := ""
	for line := range strings.Lines(string(body)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "[") {
			table = strings.Trim(line, "[]")
		} else if key, _, ok := strings.Cut(line, " = "); ok {
			keys[table+"."+key] = true
		}
	}
	for _, v := range []struct {
		table string
		vocabulary
	}{
		{"kind", EventKind("")}, {"nature", Nature("")}, {"claim", Status("")}, {"status", Liberty("")}, {"role", Role("")}, {"release", ReleaseKind("")}, {"verdict", Verdict("")},
		{"designation", Designation("")}, {"measure", MeasureKind("")}, {"offence", ChargeKind("")}, {"stance", Stance("")}, {"origin", SourceKind("")}, {"quantity", Quantity("")},
		{"quantity", Comparator("")}, {"custody", CustodyKind("")}, {"institution", InstitutionKind("")}, {"track", Track("")}, {"stage", Stage("")}, {"side", Side("")}, {"ask", Ask("")},
		{"need", Need("")}, {"recognition", RecognitionStatus("")}, {"redaction", RedactionReason("")}, {"bearing", Bearing("")}, {"credibility", Credibility("")},
		{"field", Field("")}, {"deadline", DeadlineKind("")}, {"gap", GapKind("")}, {"conflict", ConflictKind("")}, {"change", ChangeKind("")}, {"section", Section("")},
	} {
		for _, w := range v.Known() {
			if key := "case." + v.table + "." + w; !keys[key] {
				t.Errorf("the catalogues have no %s", key)
			}
		}
	}
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
