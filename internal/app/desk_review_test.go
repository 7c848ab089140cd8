package app

import (
	"bytes"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/test/peers"
)

// A draft follows what is applied, is published by the way that a file takes, holds nothing sealed, and outlives the server and a change of the secret.
func TestDraftsOutliveServerAndSecret(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s, ctx := campaigning(t, d), t.Context()
		opens := func(a *App) (revision int, doc []byte) {
			t.Helper()
			applied, err := a.appliedDocument(ctx, "anna")
			lettertest.Must(t, err)
			got, err := a.Drafts.Open(ctx, "anna", applied)
			lettertest.Must(t, err)
			return got.Revision, got.Doc
		}
		first, doc := opens(s.App)
		if again, _ := opens(s.App); first != 1 || again != 1 {
			t.Errorf("looking twice makes revisions %d and %d", first, again)
		}
		c, err := letter.ReadDraft(doc)
		lettertest.Must(t, err)
		c.Case.Summary["en"] = "She was detained in February 2024, on her way home."
		c.Letters[0].Title["en"] = "Let Anna go home now"
		c.Letters[0].Version = 2
		c.Events = append(c.Events, casefile.Event{ID: "never", Kind: casefile.Search, Visibility: casefile.Sealed, What: casefile.Text{"en": "Canary of the sealed event"}})
		saved, err := s.Drafts.Save(ctx, "anna", first, letter.WriteDraft(c), "editor")
		lettertest.Must(t, err)
		if bytes.Contains(saved.Draft.Doc, []byte("Canary")) || !bytes.Contains(saved.Draft.Doc, []byte("on her way home")) {
			t.Errorf("%s", saved.Draft.Doc)
		}

		// By a file, meanwhile: both stay.
		file, err := ReadCampaign([]byte(backupCase))
		lettertest.Must(t, err)
		file.Case.Title["en"] = "Release Anna Example soon"
		lettertest.Must(t, s.Apply(ctx, file))
		revision, doc := opens(s.App)
		if !bytes.Contains(doc, []byte("on her way home")) || !bytes.Contains(doc, []byte("Release Anna Example soon")) || !bytes.Contains(doc, []byte("Let Anna go home now")) {
			t.Errorf("%s", doc)
		}
		// Published as a file is applied; what that comes to is what the draft says.
		c, err = letter.ReadDraft(doc)
		lettertest.Must(t, err)
		lettertest.Must(t, s.Apply(ctx, c))
		lettertest.Must(t, s.DB.Update(ctx, func(tx *db.Tx) error { return s.Drafts.MarkPublished(tx, "anna", revision) }))
		s.clock.Add(11 * time.Minute)
		s.sequence(t)
		now, doc := opens(s.App)
		if now != revision {
			list, err := s.Drafts.History(ctx, "anna")
			t.Errorf("publishing made another revision: %+v %v\n%s", list, err, doc)
		}
		_, before, err := s.Drafts.LastPublished(ctx, "anna")
		lettertest.Must(t, err)
		if !bytes.Contains(before.Doc, []byte("Release Anna Example soon")) || bytes.Contains(before.Doc, []byte("on her way home")) {
			t.Errorf("before it, there was %s", before.Doc)
		}

		url := ""
		if d.URL == "" {
			url, _ = peers.Postgres(t)
		}
		other := s.elsewhere(t, url)
		_, err = RestoreBackup(ctx, other, s.backup(t), s.key, nil)
		lettertest.Must(t, err)
		other.Mail = s.post
		b, err := Open(ctx, other)
		lettertest.Must(t, err)
		if n, same := opens(b); n != now || !bytes.Equal(same, doc) {
			t.Errorf("restored, it is revision %d: %s", n, same)
		}
		lettertest.Must(t, b.Close())

		lettertest.Must(t, s.Close())
		_, err = Rotate(ctx, Change{Config: s.conf})
		lettertest.Must(t, err)
		b, err = Open(ctx, s.conf)
		lettertest.Must(t, err)
		defer b.Close()
		if n, same := opens(b); n != now || !bytes.Equal(same, doc) {
			t.Errorf("under the new secret, it is revision %d: %s", n, same)
		}
	})
}
