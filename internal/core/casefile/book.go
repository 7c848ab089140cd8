package casefile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Config is what a Book is made with.
type Config struct {
	DB  *db.DB
	Now func() time.Time // nil: today is the last day of which a case tells
	// Agreed is what was agreed to by other ways than a case's file, by the case's slug: it counts like the consents of the file. nil: nothing was.
	Agreed func(tx *db.Tx) (map[string][]Consent, error)
}

// Book keeps the applied cases, one for each slug of a case, and what those who bind the campaign have stopped.
type Book struct {
	db     *db.DB
	now    func() time.Time
	agreed func(tx *db.Tx) (map[string][]Consent, error)
}

// New makes a Book.
func New(c Config) *Book { return &Book{c.DB, c.Now, c.Agreed} }

// Today is the day by which consents are looked at (UTC); the zero Date where the Book has no clock.
func (b *Book) Today() Date {
	if b.now == nil {
		return Date{}
	}
	y, m, d := b.now().UTC().Date()
	return Date{y, int(m), d}
}

// Applied is what came of applying a file.
type Applied struct {
	New    bool // it said something new
	Sealed int  // events and sources that are sealed: they were not kept
}

// Apply puts a file in place of the case of that slug, in the caller's transaction, and tells whether it said anything new. What is
// sealed in it is not kept; f itself stays as it is. What was changed on the public page is noted with the day.
// Only who may run commands on the server calls it. A file that breaks a rule is refused with its Problems, and so is one that lacks an
// event which stood on a public page, without a word on it: see [Redaction]; and one that names a photograph which is not kept here, see [Book.KeepPhoto].
func (b *Book) Apply(tx *db.Tx, f *File) (done Applied, err error) { return b.apply(tx, f, nil) }

// apply is Apply; aside puts aside what stood before.
func (b *Book) apply(tx *db.Tx, f *File, aside *before) (done Applied, err error) {
	f = copied(f)
	done.Sealed = f.DropSealed()
	if p := f.Check(); len(p) > 0 {
		return done, p
	}
	if err := tx.Exclusive(lockNumber); err != nil {
		return done, fault.In("casefile", err)
	}
	if p, err := b.Pictured(tx, f, nil); err != nil || len(p) > 0 {
		return done, orProblems(err, p)
	}
	doc := writeJSON(f)
	before, found, err := selectFile(tx, f.Case.Slug)
	if err != nil {
		return done, fault.In("casefile", err)
	}
	if before == doc {
		return done, fault.In("casefile", putAside(tx, f.Case.Slug, before, 0, aside))
	}
	var old *File
	if found {
		was, err := stored(before)
		if err != nil {
			return done, err
		}
		old, _ = was.Public(nil)
	}
	p, err := missing(tx, old, f)
	switch {
	case err != nil:
		return done, fault.In("casefile", err)
	case len(p) > 0:
		return done, p
	}
	revision, err := selectRevision(tx)
	if err != nil {
		return done, fault.In("casefile", err)
	}
	now, _ := f.Public(nil)
	day := b.Today()
	if day == (Date{}) {
		day = f.Latest()
	}
	if aside == nil { // what is there from now on was not published at the desk
		if err := dropBefore(tx, f.Case.Slug); err != nil {
			return done, fault.In("casefile", err)
		}
	}
	if err := putAside(tx, f.Case.Slug, before, revision+1, aside); err != nil {
		return done, fault.In("casefile", err)
	}
	if err := putChanges(tx, f.Case.Slug, revision+1, day, changes(old, now)); err != nil {
		return done, fault.In("casefile", err)
	}
	done.New = true
	return done, fault.In("casefile", putFile(tx, f.Case.Slug, doc, revision+1))
}

func orProblems(err error, p Problems) error {
	if err != nil {
		return err
	}
	return p
}

// missing tells of the events that stood on a public page and are neither in the file nor said to have been taken out: their addresses
// are for life.
func missing(tx *db.Tx, old, f *File) (p Problems, err error) {
	if !f.Shown() {
		return nil, nil // nothing is refused to who takes a page down
	}
	all, err := recorded(tx, f.Case.Slug)
	ids := map[string]bool{}
	for _, c := range all {
		ids[c.ID] = ids[c.ID] || c.Section == SectionEvents
	}
	if old != nil {
		for _, e := range old.Events {
			ids[e.ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if id == "" || !ids[id] || f.Event(id) != nil || f.redacted(id) {
			continue
		}
		p.add("events", Broken("rule.event_told", "Given", id), "the event %q stood on the public page, and its address is for life; put it back, take it back in public with retracted: {on: …, why: …}, "+
			"hide it with visibility: team, or take it out with redactions: [{event: %s, on: …, why: …}]", id, id)
	}
	return p, err
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

// Shown is what the public may see today of the case of that slug: its projection, see [File.Public]. To anyone else a case that is not
// public is not there (NotFound); one that is public by its file and withheld, stopped or without a ground is Gone.
func (b *Book) Shown(ctx context.Context, slug string) (*File, error) {
	var f *File
	var stops []Stop
	var agreed map[string][]Consent
	err := b.db.View(ctx, func(tx *db.Tx) (err error) {
		if f, err = b.In(tx, slug); err != nil {
			return err
		}
		if agreed, err = b.agreements(tx); err != nil {
			return err
		}
		stops, err = selectStops(tx, slug)
		return fault.In("casefile", err)
	})
	switch {
	case err != nil:
		return nil, err
	case f.Case.Publication.Level != Public:
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	shown, ok := b.project(f, stops, agreed[slug])
	if !ok {
		return nil, fault.New(fault.Gone, "case.withheld")
	}
	return shown, nil
}

// agreements are what was agreed to beside the files.
func (b *Book) agreements(tx *db.Tx) (map[string][]Consent, error) {
	if b.agreed == nil {
		return nil, nil
	}
	return b.agreed(tx)
}

// project is what the public may see today.
func (b *Book) project(f *File, stops []Stop, agreed []Consent) (*File, bool) {
	f.Case.Publication.Consents = append(f.Case.Publication.Consents, agreed...)
	return f.Public(append(f.Lapses(b.Today()), stops...))
}

// Public lists what the public may see today of every case, by their slugs; what it may not see at all is not among them. It is what
// every page, feed and list is made of.
func (b *Book) Public(ctx context.Context) (shown []*File, err error) {
	all, err := b.All(ctx)
	if err != nil {
		return nil, err
	}
	var stops map[string][]Stop
	var agreed map[string][]Consent
	err = b.db.View(ctx, func(tx *db.Tx) (err error) {
		if agreed, err = b.agreements(tx); err != nil {
			return err
		}
		stops, err = selectAllStops(tx)
		return err
	})
	for _, f := range all {
		if s, ok := b.project(f, stops[f.Case.Slug], agreed[f.Case.Slug]); ok {
			shown = append(shown, s)
		}
	}
	return shown, fault.In("casefile", err)
}

// All lists the cases by their slugs as they were applied, shown or not: for commands and the organisers, never for a page.
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
