package app

import "outcry/internal/feature/letter"

// canonical is the one form in which drafts keep a campaign: read strictly, without what is sealed, and written as an exported one is.
func canonical(doc []byte) ([]byte, error) {
	c, err := letter.ReadDraft(doc)
	if err != nil {
		return nil, err
	}
	c.DropSealed()
	return letter.WriteDraft(c), nil
}
