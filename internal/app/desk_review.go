package app

import (
	"outcry/internal/feature/letter"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/review"
)

// deskReview hangs in the pages on which organisers read what others wrote, and the history of drafts.
func (a *App) deskReview(d *desk.Desk) {
	review.Hang(d, review.Config{Drafts: a.Drafts, Applied: a.appliedDocument, Shown: a.site.Case})
}

// canonical is the one form in which drafts keep a campaign: read strictly, without what is sealed, and written as an exported one is.
func canonical(doc []byte) ([]byte, error) {
	c, err := letter.ReadDraft(doc)
	if err != nil {
		return nil, err
	}
	c.DropSealed()
	return letter.WriteDraft(c), nil
}
