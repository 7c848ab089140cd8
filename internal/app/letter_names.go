package app

import (
	"context"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// LetterName is a line of a letter's public list, as organisers read it.
type LetterName struct {
	Lock        receipt.Lock `json:"lock"`
	Name        string       `json:"name"`
	Affiliation string       `json:"affiliation,omitempty"`
	CheckedBy   string       `json:"checked_by,omitempty"` // the role that checked who it is; such names come first
	Note        string       `json:"note,omitempty"`       // how; for the committee alone
}

// caught brings what is read of letters to the log, so that a list is the one that is public now.
func (a *App) caught(ctx context.Context) error {
	if err := a.Book.Load(ctx); err != nil {
		return err
	}
	return a.Book.CatchUp(ctx)
}

// LetterNames lists the names that a letter shows, or those that a query finds; more says that there are others. A fault of kind NotFound if the
// public can't see the letter.
func (a *App) LetterNames(ctx context.Context, l *letter.Letter, query string) (list []LetterName, more bool, err error) {
	if err := a.caught(ctx); err != nil {
		return nil, false, err
	}
	list = []LetterName{}
	add := func(names []letter.ShownName) {
		for _, s := range names {
			list = append(list, LetterName{s.Lock, s.Name.Name, s.Affiliation, s.CheckedBy, s.Note})
		}
	}
	if query != "" {
		found, err := a.Book.FindNames(ctx, l.ID, query, lang.First)
		add(found.Names)
		return list, found.More, err
	}
	for page, pages := 1, 1; page <= pages; page++ {
		p, err := a.Book.Names(ctx, l.ID, lang.First, page)
		if err != nil {
			return nil, false, err
		}
		add(p.Prominent)
		add(p.Names)
		pages = p.Pages
	}
	return list, false, nil
}

// NameChange is what organisers do with a shown name.
type NameChange uint8

const (
	HideName NameChange = iota + 1
	ProminentName
	OrdinaryName
)

// ChangeName does it to the name of a signature of that letter, and tells the name; with Look it only tells. Note is needed to make it prominent,
// a role for that and for hiding. OrdinaryName also clears what is left of a name that is gone, and tells none. A running server shows it within a
// second or two.
func (a *App) ChangeName(ctx context.Context, l *letter.Letter, lock receipt.Lock, do NameChange, role, note string) (LetterName, error) {
	if err := a.caught(ctx); err != nil {
		return LetterName{}, err
	}
	n, err := a.Book.NameOf(ctx, l.ID, lock)
	of := LetterName{Lock: lock, Name: n.Name, Affiliation: n.Affiliation}
	gone := do == OrdinaryName && fault.Is(err, fault.NotFound) // then NotProminent tells whether there is something to do
	if err != nil && !gone || a.Look {
		return of, err
	}
	switch do {
	case HideName:
		_, err = a.Book.HideByDesk(ctx, lock, role)
	case ProminentName:
		of.CheckedBy, of.Note = role, note
		err = a.Book.Prominent(ctx, lock, n, role, note)
	case OrdinaryName:
		_, err = a.Book.NotProminent(ctx, l.ID, lock)
	}
	if err != nil {
		return of, err
	}
	return of, a.touch(ctx, l.Case)
}
