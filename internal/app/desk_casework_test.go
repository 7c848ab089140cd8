package app

import (
	"testing"

	"outcry/internal/app/demo"
	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// TestToldEvents: whatever readers could see once counts as told, whether the page is shown now or not; what was for the team alone does not.
func TestToldEvents(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		a := bind(t, d).App
		ctx := t.Context()
		if told, err := a.toldEvents(ctx, "nobody"); err != nil || len(told) > 0 {
			t.Error(told, err)
		}
		if doc, err := a.appliedDocument(ctx, "nobody"); err != nil || doc != nil {
			t.Error(doc, err)
		}
		c, err := ReadCampaign(demo.File)
		must(t, err)
		c.Case.Slug, c.Letters = "told", nil
		c.Events[3].Visibility = casefile.ForTeam
		must(t, a.Apply(ctx, c))
		doc, err := a.appliedDocument(ctx, "told")
		must(t, err)
		if again, err := letter.ReadDraft(doc); err != nil || again.Case.Slug != "told" {
			t.Error(err)
		}
		gone, hidden := c.Events[5].ID, c.Events[3].ID
		c.Redactions = append(c.Redactions, casefile.Redaction{Event: gone, On: casefile.Date{Year: 2024, Month: 1, Day: 2}, Why: "safety"})
		c.Events = append(c.Events[:5:5], c.Events[6:]...)
		must(t, a.Apply(ctx, c))
		told, err := a.toldEvents(ctx, "told")
		must(t, err)
		if !told[c.Events[0].ID] || !told[gone] || told[hidden] || told[""] {
			t.Errorf("while it is shown: %v", told)
		}
		c.Case.Publication.Level = casefile.Quiet
		must(t, a.Apply(ctx, c))
		if told, err = a.toldEvents(ctx, "told"); err != nil || !told[c.Events[0].ID] || told[hidden] {
			t.Errorf("while it is not: %v, %v", told, err)
		}
	})
}
