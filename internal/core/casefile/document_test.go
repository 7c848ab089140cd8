package casefile

import (
	"os"
	"strings"
	"testing"
)

// The example in docs/cases.md is a file that passes, and its pieces do what the document says.
func TestCasesDocument(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/cases.md")
	if err != nil {
		t.Fatal(err)
	}
	src := "campaign: {slug: free-anna, languages: [en], run_by: {en: Committee}, contact: committee@example.org}\n"
	for i, block := range strings.Split(string(doc), "```") {
		if i%2 == 1 {
			src += strings.TrimPrefix(block, "yaml\n")
		}
	}
	src = strings.Replace(src, "person:\n", "person:\n  names: [{text: Anna Primerova, lang: en}]\n  country: RU\n", 1)
	w, err := read(src)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if _, ok := w.Public(nil); ok {
		t.Error("the consent of the example was withdrawn, and the page is shown")
	}
	w.Case.Publication.Consents[0].Withdrawn = Date{}
	f, ok := w.Public(nil)
	if !ok || len(f.Events) != 4 || f.Source("mother") != nil || !f.Event("arrest").Evidence[1].Source.KeptBack() {
		t.Errorf("shown: %v, %+v", ok, f)
	}
	if w.Person.Photo == nil || f.Person.Photo != nil {
		t.Error("nobody agreed to the photograph, and it is shown")
	}
	if s := f.Stand(AsOf{}); s.Decision == nil || s.Decision.ID != "verdict" || !s.NotFinal {
		t.Errorf("%+v", s)
	}
}
