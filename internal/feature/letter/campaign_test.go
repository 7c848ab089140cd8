package letter

import (
	"bytes"
	"os"
	"testing"
)

// A draft is kept as written, whether it breaks a rule or not, and the same campaign is the same bytes.
func TestDraftRoundTrip(t *testing.T) {
	src, err := os.ReadFile("../../app/demo/kagarlitsky-2023.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCampaign(src)
	if err != nil {
		t.Fatal(err)
	}
	doc := WriteDraft(c)
	again, err := ReadDraft(doc)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Letters) == 0 || len(again.Events) < 10 || !bytes.Equal(WriteDraft(again), doc) {
		t.Errorf("%d letters, %d events come back, or as other bytes", len(again.Letters), len(again.Events))
	}
	if p := again.Check(); len(p) > 0 {
		t.Errorf("a good campaign is refused after a draft kept it: %v", p)
	}

	again.Case.Title, again.Letters[0].Body = nil, nil
	broken, err := ReadDraft(WriteDraft(again))
	if err != nil {
		t.Fatalf("a draft that breaks a rule can't be kept: %v", err)
	}
	if len(broken.Check()) == 0 {
		t.Error("its broken rules are not told")
	}
	if _, err := ReadDraft([]byte(`{"person":{"nose":"red"}}`)); err == nil {
		t.Error("an unknown field is read")
	}
}
