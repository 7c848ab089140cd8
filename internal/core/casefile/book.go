package casefile

import (
	"context"
	"errors"
	"slices"
	"strings"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Config is what a Book is made with.
type Config struct{ DB *db.DB }

// Book keeps the applied cases, one for each slug of a case.
type Book struct{ db *db.DB }

// New makes a Book.
func New(c Config) *Book { return &Book{c.DB} }

// Apply puts a file in place of the case of that slug, in the caller's transaction, and tells whether it said anything new.
// Only who may run commands on the server calls it. A file that breaks a rule is refused with its Problems.
func (b *Book) Apply(tx *db.Tx, f *File) (changed bool, err error) {
	if p := f.Check(); len(p) > 0 {
		return false, p
	}
	if err := tx.Exclusive(lockNumber); err != nil {
		return false, fault.In("casefile", err)
	}
	doc := writeJSON(f)
	old, _, err := selectFile(tx, f.Case.Slug)
	if err != nil || old == doc {
		return false, fault.In("casefile", err)
	}
	revision, err := selectRevision(tx)
	if err != nil {
		return false, fault.In("casefile", err)
	}
	return true, fault.In("casefile", putFile(tx, f.Case.Slug, doc, revision+1))
}

// Touch moves the revision when something that stands on a case's pages has changed beside its file, such as a letter.
func (b *Book) Touch(tx *db.Tx, slug string) error {
	if err := tx.Exclusive(lockNumber); err != nil {
		return fault.In("casefile", err)
	}
	revision, err := selectRevision(tx)
	if err != nil {
		return fault.In("casefile", err)
	}
	return fault.In("casefile", touchFile(tx, slug, revision+1))
}

// File is the case of that slug as it was applied, shown or not: for commands and for the organisers.
// A case that is not there is a fault of kind NotFound.
func (b *Book) File(ctx context.Context, slug string) (*File, error) {
	var f *File
	err := b.db.View(ctx, func(tx *db.Tx) (err error) {
		f, err = b.In(tx, slug)
		return err
	})
	return f, err
}

// In is File inside the caller's transaction.
func (b *Book) In(tx *db.Tx, slug string) (*File, error) {
	doc, found, err := selectFile(tx, slug)
	if err != nil {
		return nil, fault.In("casefile", err)
	}
	if !found {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return stored(doc)
}

// Shown is the case of that slug if the public may see it. To anyone else a case that is not public is not there (NotFound);
// a public one that was withheld is Gone.
func (b *Book) Shown(ctx context.Context, slug string) (*File, error) {
	f, err := b.File(ctx, slug)
	switch {
	case err != nil:
		return nil, err
	case f.Case.Publication.Level != Public:
		return nil, fault.New(fault.NotFound, "fault.not_found")
	case f.Case.State == Withheld:
		return nil, fault.New(fault.Gone, "case.withheld")
	}
	return f, nil
}

// All lists the cases by their slugs, shown or not: who makes a public page asks each [File.Shown].
func (b *Book) All(ctx context.Context) ([]*File, error) {
	var all []*File
	err := b.db.View(ctx, func(tx *db.Tx) error {
		docs, err := selectFiles(tx)
		if err != nil {
			return fault.In("casefile", err)
		}
		for _, doc := range docs {
			f, err := stored(doc)
			if err != nil {
				return err
			}
			all = append(all, f)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b *File) int { return strings.Compare(a.Case.Slug, b.Case.Slug) })
	return all, err
}

// Revision grows with every change of any case, by whatever process: a page made at another revision may be stale.
func (b *Book) Revision(ctx context.Context) (revision int64, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) (err error) {
		revision, err = selectRevision(tx)
		return err
	})
	return revision, fault.In("casefile", err)
}

// bare is a File whose rules are not asked: it passed them when it was applied.
type bare struct {
	File `yaml:",inline"`
}

func (*bare) Check() Problems { return nil }

// stored reads a document that Apply wrote. Problems in it are ours, not an organiser's.
func stored(doc string) (*File, error) {
	var f bare
	if err := readJSON(doc, &f); err != nil {
		return nil, errors.New("casefile: a stored case can't be read; apply its file again: " + err.Error())
	}
	return &f.File, nil
}
