package app

import (
	"bytes"
	"context"
	"net/url"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/core/mailproof"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// Publish brings a campaign to the public as [App.Apply] does, so that it can be undone for ten minutes. mark names this publication: it may be run again under the same
// after any failure. Its key stays what it is: see keepKey. A letter that nobody could sign until now stays paused while it is not proven that mail leaves this server.
func (a *App) Publish(ctx context.Context, c *Campaign, mark string) error {
	if err := a.holdSigning(ctx, c); err != nil {
		return err
	}
	letters, err := a.Book.Export(ctx, c.Case.Slug)
	if err != nil {
		return err
	}
	beside := []byte{} // an empty campaign is no document
	if len(letters) > 0 {
		beside = letter.WriteDraft(&Campaign{Letters: letters})
	}
	err = a.bring(ctx, c, func(tx *db.Tx, f *casefile.File) (casefile.Applied, error) {
		if err := a.keepKeyIn(tx, f); err != nil {
			return casefile.Applied{}, err
		}
		return a.Cases.Publish(tx, f, mark, beside)
	})
	if err != nil {
		return err
	}
	a.heed(ctx)
	return nil
}

// holdSigning pauses the letters of a campaign that would be opened by publishing it before mail is proven.
func (a *App) holdSigning(ctx context.Context, c *Campaign) error {
	day, err := a.MailProof.Proven(ctx)
	if err != nil || day != "" {
		return err
	}
	there, err := a.Book.All(ctx, c.Case.Slug)
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, l := range there {
		open[l.Slug] = l.State == letter.Open
	}
	for i := range c.Letters {
		if l := &c.Letters[i]; l.State == letter.Open && !open[l.Slug] {
			l.State = letter.Paused
		}
	}
	return nil
}

var (
	errUnproven  = fault.New(fault.Refused, "fault.mailproof.unproven")
	errNotPaused = fault.New(fault.Refused, "fault.letter.not_open")
)

// OpenSigning lets a letter that was published be signed, once it is proven that mail leaves this server.
func (a *App) OpenSigning(ctx context.Context, caseSlug, slug string) error {
	day, err := a.MailProof.Proven(ctx)
	if err != nil {
		return err
	}
	if day == "" {
		return errUnproven
	}
	if _, err := a.site.Case(caseSlug); err != nil {
		return err
	}
	l, err := a.Book.Letter(caseSlug, slug)
	if err != nil {
		return err
	}
	switch l.State {
	case letter.Open:
		return nil
	case letter.Paused:
	default:
		return errNotPaused
	}
	if err := a.Book.Resume(ctx, l.ID); err != nil {
		return err
	}
	return a.moved(ctx, caseSlug)
}

// moved has this node's pages follow what was just done to a case's letters, and tells the others.
func (a *App) moved(ctx context.Context, slug string) error {
	if err := a.touch(ctx, slug); err != nil {
		return err
	}
	a.heed(ctx)
	return nil
}

// UndoPublication brings back what was public before a publication, by its mark, while that is the campaign's last one and can be undone. The page is as it was at once; what the log was told
// stays there: a letter that was new is paused, and a text that was changed comes back as one more version. It may be run again after any failure.
func (a *App) UndoPublication(ctx context.Context, slug, mark string) error {
	var aside casefile.Aside
	err := a.DB.Update(ctx, func(tx *db.Tx) error {
		was, err := a.newsKey(tx, slug)
		if err != nil {
			return err
		}
		if aside, err = a.Cases.Undo(tx, slug, mark); err != nil || aside.File == nil {
			return err
		}
		return a.News.Announce(tx, letter.CampaignID(slug), was, aside.File.Campaign.NewsRecipient)
	})
	if err != nil {
		return err
	}
	a.heed(ctx)
	before := &Campaign{}
	if len(aside.Beside) > 0 {
		if before, err = letter.ReadDraft(aside.Beside); err != nil {
			return err
		}
	}
	var order []lang.Tag
	if aside.File != nil {
		order = aside.File.Campaign.Languages
	}
	if err := a.lettersBack(ctx, slug, before.Letters, order); err != nil {
		return err
	}
	return a.moved(ctx, slug)
}

// lettersBack brings a case's letters back to what they were.
func (a *App) lettersBack(ctx context.Context, slug string, before []letter.File, order []lang.Tag) error {
	was := map[string]letter.File{}
	for _, f := range before {
		was[f.Slug] = f
	}
	now, err := a.Book.Export(ctx, slug)
	if err != nil {
		return err
	}
	for _, f := range now {
		old, there := was[f.Slug]
		switch {
		case f.State == letter.Closed:
		case !there || old.State == letter.Draft:
			if err := a.pause(ctx, slug, f.Slug); err != nil {
				return err
			}
		default:
			if f.State == letter.Paused { // by this publication, or by somebody who has seen a burst since: who opens it looks first
				old.State = letter.Paused
			}
			old.Version, old.Dated = f.Version, f.Dated
			if !sameText(old, f) {
				old.Version, old.Dated = f.Version+1, was[f.Slug].Dated
			}
			if bytes.Equal(casefile.Document(old), casefile.Document(f)) {
				continue
			}
			if _, err := a.Book.Apply(ctx, slug, &old, order); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameText tells whether two files of a letter say the same.
func sameText(x, y letter.File) bool {
	words := func(f letter.File) []byte {
		return casefile.Document(letter.File{Addressee: f.Addressee, Body: f.Body, Demand: f.Demand, Title: f.Title})
	}
	return bytes.Equal(words(x), words(y))
}

// pause pauses a letter that is open; any other stays as it is.
func (a *App) pause(ctx context.Context, caseSlug, slug string) error {
	all, err := a.Book.All(ctx, caseSlug)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.Slug == slug && l.State == letter.Open {
			return a.Book.Pause(ctx, l.ID)
		}
	}
	return nil
}

// Withhold takes a case's pages from the public at once, and says so at their addresses. Whoever may take pages back at the desk may; twice is as good as once.
func (a *App) Withhold(ctx context.Context, slug string) error {
	err := a.DB.Update(ctx, func(tx *db.Tx) error {
		f, err := a.Cases.In(tx, slug)
		if err != nil {
			return err
		}
		f.Case.State = casefile.Withheld
		_, err = a.Cases.Apply(tx, f)
		return err
	})
	if err != nil {
		return err
	}
	a.heed(ctx)
	return nil
}

// mailProof is the book of proofs for how this installation sends mail.
func (a *App) mailProof() *mailproof.Book {
	server := "sink"
	if u, err := url.Parse(a.SMTP); err == nil && a.SMTP != "" {
		server = u.Host
	}
	_, domain, _ := strings.Cut(bare(a.From), "@")
	own := []string{domain}
	for _, address := range []string{a.URL, a.Config.MailURL} {
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
			own = append(own, u.Hostname())
		}
	}
	return mailproof.NewBook(mailproof.Config{DB: a.DB, Mail: a.mail, Way: server + "\n" + a.From, Own: own, Now: a.Now})
}

// bare is the address of a sender that may have a name before it.
func bare(from string) string {
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		from, _, _ = strings.Cut(from[i+1:], ">")
	}
	return strings.TrimSpace(from)
}
