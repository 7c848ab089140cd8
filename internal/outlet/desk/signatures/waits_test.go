package signatures

import (
	"strings"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
	"outcry/locales"
)

// A letter that was never open is not called paused, and is not opened again but opened.
func TestNeverOpen(t *testing.T) {
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range words.Tags() {
		p := words.Printer(tag)
		for _, opened := range []bool{false, true} {
			s := standing{Letter: &letter.Letter{Case: "anna", Slug: "home", State: letter.Paused, Opened: opened}}
			var b strings.Builder
			if err := turnPart(desk.Page{P: p}, s).Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			waits := s.stateWords(p) == p.T("desk.signatures.state_word.waits") && strings.Contains(b.String(), p.T("desk.campaign.open.button")) && !strings.Contains(b.String(), p.T("desk.signatures.resume"))
			paused := s.stateWords(p) == p.T("desk.signatures.state_word.paused") && strings.Contains(b.String(), p.T("desk.signatures.resume"))
			if waits == opened || paused != opened {
				t.Errorf("%s, opened %v: %s, %s", tag, opened, s.stateWords(p), b.String())
			}
		}
	}
}
