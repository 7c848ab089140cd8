package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/campaign"
)

// deskCampaign hangs the pages on which a campaign is begun, published and taken back.
func (a *App) deskCampaign(d *desk.Desk) {
	campaign.Hang(d, campaign.Config{
		Drafts: a.Drafts, Mail: a.MailProof, Now: a.Now, URL: a.URL,
		Applied: a.appliedDocument, Shown: a.site.Case, Letters: a.Book.All, Begin: a.beginCampaign, Number: a.Book.Number,
		Publish: a.publishDraft, Begun: a.Cases.Begun, Undo: a.undoDraft, Undoable: a.undoable, Withhold: a.Withhold, Discard: a.discardDraft, OpenSigning: a.OpenSigning,
		Preview: a.previewPage, Trial: a.Book.Trial, TryCode: a.Book.TryCode, ProofMail: a.proofMail, Backup: a.lastBackup,
		PhotoBytes: a.draftedPhoto, Pictured: a.pictured,
	})
}

var errThere = fault.New(fault.Conflict, "fault.campaign.slug_taken").At("slug")

// beginCampaign makes a case's draft and gives it to a committee. A slug under which there is anything is taken.
func (a *App) beginCampaign(ctx context.Context, s organiser.Session, slug string, doc []byte) error {
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		if !tx.Again() { // else it may have been done, and its answer lost
			if _, err := a.Cases.In(tx, slug); !fault.Is(err, fault.NotFound) {
				if err == nil {
					err = errThere
				}
				return err
			}
		}
		if err := a.Drafts.Begin(tx, slug, doc, string(s.Role)); err != nil && !(tx.Again() && fault.Is(err, fault.Conflict)) {
			return err
		}
		return a.Organisers.Hold(tx, slug, s.Committee)
	})
}

var errPublic = fault.New(fault.Conflict, "fault.campaign.was_public")

var errMoved = fault.New(fault.Conflict, "fault.campaign.moved")

// discardDraft deletes a committee's draft of which nothing was ever public: its revisions, translations, links, photographs, the committee's key for it and whose it was. The
// trail still names it. It may run again, also after somebody has begun another under the same short name: only the document that it was decided of goes.
func (a *App) discardDraft(ctx context.Context, c organiser.Committee, slug string, revision int, sum string) error {
	d, err := a.Drafts.Draft(ctx, slug)
	switch digest := sha256.Sum256(d.Doc); {
	case fault.Is(err, fault.NotFound): // it ran before
		return a.DB.Flush(ctx)
	case err != nil:
		return err
	case d.Revision != revision || hex.EncodeToString(digest[:]) != sum:
		return errMoved
	}
	if letters, err := a.Book.All(ctx, slug); err != nil || len(letters) > 0 {
		return cmp.Or(err, error(errPublic))
	}
	err = a.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := a.Cases.In(tx, slug); !fault.Is(err, fault.NotFound) {
			return cmp.Or(err, error(errPublic))
		}
		if held, err := a.Organisers.Release(tx, slug, c); err != nil || !held {
			return err
		}
		dropped, err := a.Drafts.Drop(tx, slug, revision)
		if err == nil && !dropped && !tx.Again() {
			err = errMoved
		}
		if err != nil {
			return err
		}
		return a.News.Drop(tx, slug)
	})
	if err != nil {
		return err
	}
	return a.DB.Flush(ctx) // what was deleted is not left in SQLite's log of writes; busy, this runs again
}

// publishDraft publishes a campaign, and then says of which revision of its draft that was: in this order, so that what the draft is first held against is the whole.
func (a *App) publishDraft(ctx context.Context, c *Campaign, mark string, revision int) error {
	if err := a.keepKey(ctx, c); err != nil {
		return err
	}
	if err := a.Publish(ctx, c, mark); err != nil {
		return err
	}
	return a.DB.Update(ctx, func(tx *db.Tx) error { return a.Drafts.MarkPublished(tx, c.Case.Slug, revision) })
}

// undoDraft takes a publication back, by its mark, and leaves the draft as it was: what was not to be public yet is not to be forgotten.
func (a *App) undoDraft(ctx context.Context, slug, mark string, head int, by string) error {
	if err := a.UndoPublication(ctx, slug, mark); err != nil {
		return err
	}
	applied, err := a.appliedDocument(ctx, slug)
	if err != nil {
		return err
	}
	if err := a.restored(ctx, slug, applied, head, by); err != nil && !errors.Is(err, draft.ErrDamaged) { // whoever opens that draft is told
		return err
	}
	if err := a.sweepPhotos(ctx, 0); err != nil { // a face that is public no more is in plain no more
		return err
	}
	return a.DB.Flush(ctx) // nor in SQLite's log of writes; busy, this runs again
}

// restored has a draft say what it said at a revision, whatever is applied now.
func (a *App) restored(ctx context.Context, slug string, applied []byte, head int, by string) error {
	d, err := a.Drafts.Open(ctx, slug, applied)
	if err != nil {
		return err
	}
	was, err := a.Drafts.At(ctx, slug, head)
	if err != nil || string(was.Doc) == string(d.Doc) {
		return err
	}
	_, err = a.Drafts.Restore(ctx, slug, head, by)
	return err
}

func (a *App) undoable(ctx context.Context, slug string) (until time.Time, mark string, ok bool, err error) {
	aside, ok, err := a.Cases.Undoable(ctx, slug)
	return aside.Until, aside.Mark, ok, err
}

var errUnseen = fault.New(fault.Gone, "fault.campaign.unseen")

// previewPage writes the page about a person, or a letter's by its slug, as the public would see it if the campaign were published now.
func (a *App) previewPage(ctx context.Context, out io.Writer, tag, text lang.Tag, c *Campaign, of string) error {
	about, ok, err := a.Cases.Foreseen(ctx, &c.File)
	if err != nil {
		return err
	}
	if !ok {
		return errUnseen
	}
	for i := range c.Letters {
		if f := c.Letters[i]; f.Slug == of && of != "" {
			return a.pages.Preview(ctx, out, tag, text, &f, about)
		}
	}
	panels, err := a.pages.PreviewPanels(ctx, a.site.Words.Printer(tag), c.Letters, about)
	if err != nil {
		return err
	}
	return a.people.Preview(ctx, out, tag, about, panels)
}

// proofMail is the mail that shows that mail arrives: it names nobody and nothing, for strangers' gateways read it.
func (a *App) proofMail(tongue lang.Tag, code string) *mail.Message {
	p := a.site.Words.Printer(tongue)
	text := []string{p.T("mail.proof.text"), p.T("mail.proof.code"), code, p.T("mail.proof.not_you")}
	var page strings.Builder
	page.WriteString(`<!doctype html><html lang="` + string(p.Tag()) + `" dir="` + p.Dir() + `"><head><meta charset="utf-8"><title>` + html.EscapeString(p.T("mail.proof.subject")) + `</title></head><body>`)
	for _, paragraph := range text {
		shown := html.EscapeString(paragraph)
		if paragraph == code {
			shown = `<strong dir="ltr" style="font-family:monospace;font-size:1.5em">` + shown + `</strong>`
		}
		page.WriteString("<p>" + shown + "</p>")
	}
	page.WriteString("</body></html>")
	return &mail.Message{Lang: string(p.Tag()), Subject: p.T("mail.proof.subject"), Text: strings.Join(text, "\n\n") + "\n", HTML: page.String()}
}

// backupDay is the file in the data folder that says on which day the last backup was made here.
const backupDay = "backup.day"

// lastBackup is the day of the last backup that was made of this data folder; empty if none is known of.
func (a *App) lastBackup() string {
	b, err := os.ReadFile(filepath.Join(a.Data, backupDay))
	if err != nil {
		return ""
	}
	day, err := casefile.ParseDate(strings.TrimSpace(string(b)))
	if err != nil {
		return ""
	}
	return day.String()
}
