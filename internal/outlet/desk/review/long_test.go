package review

import (
	"fmt"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// A case with eight times as many events is read in eight times the work, not in sixty-four times: else whoever may look, or has the cookie of such a one, holds up everybody else by looking.
func TestChangesOfALongCase(t *testing.T) {
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	took := func(events int) float64 {
		c := &letter.Campaign{}
		c.Campaign.Slug, c.Case.Slug, c.Campaign.Languages = "anna", "anna", []lang.Tag{"en"}
		for i := range events {
			c.Sources = append(c.Sources, casefile.Source{ID: casefile.SourceID(fmt.Sprint("s", i)), Title: casefile.Text{"en": "A source"}})
			c.Events = append(c.Events, casefile.Event{ID: fmt.Sprint("e", i), Source: casefile.SourceID(fmt.Sprint("s", i)), What: casefile.Text{"en": "Something happened."}})
			c.Positions = append(c.Positions, casefile.Position{Org: casefile.Text{"en": fmt.Sprint("Somebody ", i)}})
		}
		doc := letter.WriteDraft(c)
		return testing.AllocsPerRun(1, func() {
			if list, err := grouped(words.Printer("en"), nil, doc); err != nil || len(list) < 2*events {
				t.Fatal(len(list), err)
			}
		})
	}
	if few, many := took(25), took(200); many > 12*few {
		t.Errorf("eight times as many events take %.0f and not %.0f", many, few)
	}
}
