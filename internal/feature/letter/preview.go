package letter

import (
	"context"
	"io"
	"maps"
	"slices"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// foreseen is the letter that a file would make; nothing is stored. It keeps the life of the one that is there.
func (b *Book) foreseen(ctx context.Context, caseSlug string, f *File, order []lang.Tag) (*Letter, error) {
	old, _, err := b.find(ctx, caseSlug, f.Slug)
	if err != nil {
		return nil, err
	}
	l := &Letter{Campaign: CampaignID(caseSlug), Case: caseSlug, Slug: f.Slug, State: f.State, Version: Version(max(f.Version, 1)), Pace: f.Pace, Dated: f.Dated.String(),
		About: About{RunBy: f.RunBy, Contact: f.Contact, Languages: order, Succeeds: f.Succeeds, NoNames: f.NoNames, Asks: f.Asks}, Texts: f.wordings(), Reports: named(f.Reports)}
	if l.Pace == "" {
		l.Pace = Steady
	}
	if !l.State.Shown() {
		l.State = Open
	}
	if old != nil {
		l.ID, l.Removals = old.ID, old.Removals
		if old.State == Closing || old.State == Closed {
			l.State = old.State
		}
	}
	return l, nil
}

// Preview writes a letter's page as the public would read it if the file were published, about a case as the public would see it. It is the page itself, made of the
// file in the place of what is stored; text is the language of a text that the interface lacks, or empty. For organisers, while they write.
func (g *Pages) Preview(ctx context.Context, out io.Writer, tag, text lang.Tag, f *File, about *casefile.File) error {
	l, err := g.Book.foreseen(ctx, about.Case.Slug, f, about.Campaign.Languages)
	if err != nil {
		return err
	}
	v := g.about(tag, l, about)
	v.stopped = l.State == Open && about.Stopped(casefile.ScopeLetter)
	v.page.NoIndex = true
	return letterPage(v.in(l.chosen(string(text), tag))).Render(ctx, out)
}

// PreviewPanels are the panels of a case's letters as they would be if these files were published.
func (g *Pages) PreviewPanels(ctx context.Context, p *lang.Printer, files []File, about *casefile.File) (list []templ.Component, err error) {
	for i := range files {
		l, err := g.Book.foreseen(ctx, about.Case.Slug, &files[i], about.Campaign.Languages)
		if err != nil {
			return nil, err
		}
		v := view{p: p, url: g.Book.URL, letter: l, count: g.Book.Count(l.ID), stopped: about.Stopped(casefile.ScopeLetter)}
		v.wording, v.wordingLang = l.Wording(p.Tag())
		list = append(list, panel(v))
	}
	return slices.Clip(list), nil
}

// Number gives a file's letter the version and the day that it has to have to be applied: those of the text that stands, or the next version, of that day, where the
// text is another one. A letter that was closed keeps what it has.
func (b *Book) Number(ctx context.Context, caseSlug string, f *File, today casefile.Date) error {
	old, _, err := b.find(ctx, caseSlug, f.Slug)
	if err != nil {
		return err
	}
	switch {
	case old == nil || old.State == Draft:
		f.Version = 1
		if !f.Dated.Whole() {
			f.Dated = today
		}
	case maps.Equal(old.Texts, f.wordings()):
		f.Version = int(old.Version)
		f.Dated, err = casefile.ParseDate(old.Dated)
	case old.State != Closing && old.State != Closed:
		f.Version = int(old.Version) + 1
		f.Dated = today
	}
	return err
}
