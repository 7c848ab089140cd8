package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/feature/archive"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/mail"
)

// archiveDay is the day of all that these tests write: an archive's bytes have the day in them.
func archiveDay() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) }

// archiving is an empty installation on SQLite, or on the engine of the database's URL.
func archiving(t *testing.T, database string) *App {
	t.Helper()
	dir := t.TempDir()
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: archiveDay, Mail: &mail.Sink{}}
	c.URL, c.Database = "https://letters.example.org", database
	if err := Init(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	a, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// export writes an archive to a file and gives its bytes.
func export(t *testing.T, a *App) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	if _, err := a.ExportArchive(context.Background(), &b, true); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "campaigns.tar")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, b.Bytes()
}

func imported(t *testing.T, a *App, file string) ImportedArchive {
	t.Helper()
	r, err := a.ImportArchive(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fill applies made-up cases, with what binds some of them, copies of sources and a draft of a letter.
func fill(t *testing.T, a *App, n int) {
	t.Helper()
	err := a.DB.Update(context.Background(), func(tx *db.Tx) error {
		if err := a.Cases.KeepPhoto(tx, casetest.Photo()); err != nil {
			return err
		}
		for seed := range n {
			f := casetest.File(int64(seed))
			if _, err := a.Cases.Apply(tx, f); err != nil {
				return fmt.Errorf("seed %d: %w", seed, err)
			}
			if seed%3 == 0 {
				for _, s := range []casefile.Stop{{Kind: casefile.StopAsk, Name: "exchange", By: "prisoner", Day: casefile.Date{Year: 2026, Month: 3, Day: 1}},
					{Kind: casefile.StopScope, Name: "photo", By: "lawyer", Harm: true, Day: casefile.Date{Year: 2026, Month: 4, Day: 2}}} {
					if err := a.Cases.Stop(tx, f.Case.Slug, s); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f := casetest.File(0)
	text := casefile.Text{}
	for _, tag := range f.Campaign.Languages {
		text[tag] = "A line of a letter."
	}
	draft := letter.File{Slug: "release", State: letter.Draft, Pace: letter.Steady, Version: 1, Dated: casefile.Date{Year: 2026, Month: 5, Day: 1}, Addressee: text, Demand: text, Title: text, Body: text, RunBy: text, Contact: "a@b.example"}
	if _, err := a.Book.Apply(context.Background(), f.Case.Slug, &draft, f.Campaign.Languages); err != nil {
		t.Fatal(err)
	}
}

// What goes into an empty installation comes out of it as the same bytes, on either engine, from either.
func TestArchiveGoesRound(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 30
	}
	first := archiving(t, "")
	fill(t, first, n)
	copied := keepACopy(t, first)
	file, want := export(t, first)
	if _, again := export(t, first); !bytes.Equal(again, want) {
		t.Fatal("two exports of one state differ")
	}
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		a := archiving(t, d.URL)
		r := imported(t, a, file)
		if len(r.Cases) != n || len(r.Same) != 0 || r.Stops != (n+2)/3*2 || r.Copies != 1 || !slices.Equal(r.Drafts, []string{casetest.File(0).Case.Slug + "/release"}) || len(r.Records) != 0 {
			t.Errorf("imported %d cases, %d the same, %d stops, %d copies, drafts %v, records %v", len(r.Cases), len(r.Same), r.Stops, r.Copies, r.Drafts, r.Records)
		}
		if b, err := os.ReadFile(filepath.Join(a.Data, sourcesName, copied)); err != nil || !strings.HasPrefix(string(b), "A page") {
			t.Errorf("the copy of a source did not come along: %v", err)
		}
		if _, have := export(t, a); !bytes.Equal(have, want) {
			t.Error("what came out is not what went in")
		}
		// Again is no change; and what differs is left alone.
		if r := imported(t, a, file); len(r.Cases) != 0 || len(r.Same) != n || len(r.Drafts) != 0 {
			t.Errorf("the second time it took in %d cases", len(r.Cases))
		}
		other := casetest.File(7)
		other.Case.Title[other.Campaign.Languages[0]] = "Another title"
		err := a.DB.Update(context.Background(), func(tx *db.Tx) error { _, err := a.Cases.Apply(tx, other); return err })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.ImportArchive(context.Background(), file); !errors.Is(err, ErrInWay) || !strings.Contains(err.Error(), other.Case.Slug) {
			t.Errorf("a case that differs was not told: %v", err)
		}
	})
}

// keepACopy stores a copy of a source that names one, and gives its hash.
func keepACopy(t *testing.T, a *App) string {
	t.Helper()
	f := casetest.File(0)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("A page as it was.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sum, _, err := hashFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f.Sources[0].SHA256 = sum
	err = a.DB.Update(context.Background(), func(tx *db.Tx) error { _, err := a.Cases.Apply(tx, f); return err })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.KeepSource(context.Background(), f.Case.Slug, f.Sources[0].ID, file); err != nil {
		t.Fatal(err)
	}
	return sum
}

// A letter that was open begins elsewhere as a draft: what was counted goes along as a record, from one archive to the next, and no signer does.
func TestArchiveOfALetter(t *testing.T) {
	src, err := os.ReadFile("../../cmd/outcry/testdata/anna.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	a := archiving(t, "")
	a.Demo = true
	campaign, err := ReadCampaign(src)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Apply(ctx, campaign); err != nil {
		t.Fatal(err)
	}
	l, err := a.Letter(ctx, "release")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Book.Rehearse(ctx, l, 3, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Log.Sequence(ctx); err != nil {
		t.Fatal(err)
	}
	file, one := export(t, a)
	c, _, err := archive.Read(bytes.NewReader(one))
	if err != nil || len(c.Letters) != 1 || c.Letters[0].Count == nil || c.Letters[0].Count.Counted != 3 || c.Log == nil || c.Log.Key != a.Log.Key() || len(c.Letters[0].Texts[1]) == 0 {
		t.Fatalf("%v: %+v", err, c.Letters)
	}
	noRows(t, a, one)
	b := archiving(t, "")
	if r := imported(t, b, file); !slices.Equal(r.Drafts, []string{"anna/release"}) || !slices.Equal(r.Records, []string{"anna/release"}) {
		t.Errorf("%+v", r)
	}
	if l, err := b.Letter(ctx, "release"); err != nil || l.State != letter.Draft || l.Version != 1 {
		t.Errorf("%v: %+v", err, l)
	}
	second, two := export(t, b)
	if !bytes.Contains(two, []byte(`"counted": 3`)) || !bytes.Contains(two, []byte("earlier/")) {
		t.Error("what was counted elsewhere was forgotten")
	}
	third := archiving(t, "")
	imported(t, third, second)
	if _, three := export(t, third); !bytes.Equal(two, three) {
		t.Error("the third committee has another archive than the second")
	}
}

// noRows holds that nothing of what the database keeps of a signer stands in an archive.
func noRows(t *testing.T, a *App, tar []byte) {
	t.Helper()
	found := 0
	err := a.Log.Entries(context.Background(), 0, 100, func(_ int64, data []byte) error {
		found++
		if bytes.Contains(tar, data) || bytes.Contains(tar, []byte(hex.EncodeToString(data))) {
			t.Errorf("an entry stands in the archive: %x", data)
		}
		return nil
	})
	if err != nil || found < 3 {
		t.Fatalf("%d entries, %v", found, err)
	}
	secret, err := os.ReadFile(a.SecretFile)
	if err != nil || bytes.Contains(tar, bytes.TrimSpace(secret)) {
		t.Error("the secret stands in the archive")
	}
}

// A news key stays where its other half is.
func TestArchiveHasNoNewsKey(t *testing.T) {
	a := archiving(t, "")
	f := casetest.File(1)
	f.Campaign.NewsRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	err := a.DB.Update(context.Background(), func(tx *db.Tx) error { _, err := a.Cases.Apply(tx, f); return err })
	if err != nil {
		t.Fatal(err)
	}
	file, b := export(t, a)
	if bytes.Contains(b, []byte(f.Campaign.NewsRecipient)) {
		t.Error("the organisers' key is in the archive")
	}
	if r := imported(t, a, file); !slices.Equal(r.Same, []string{f.Case.Slug}) {
		t.Errorf("%+v", r)
	}
}

// A copy that was changed on the disk is in no archive under the old name, and is told.
func TestSourceCopies(t *testing.T) {
	ctx, a := context.Background(), archiving(t, "")
	sum := keepACopy(t, a)
	path := filepath.Join(a.Data, sourcesName, sum)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Fatal(err, info.Mode())
	}
	states := func(whole bool) (have string) {
		t.Helper()
		list, err := a.Sources(ctx, "", whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			if x.SHA256 == sum {
				have += string(x.State)
			}
		}
		return have
	}
	if s := states(true); s != "kept" {
		t.Error(s)
	}
	if err := os.WriteFile(path, []byte("A page as it never was.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := states(true); s != "changed" {
		t.Error(s)
	}
	if s := states(false); s != "kept" {
		t.Error(s)
	}
	if _, err := a.ExportArchive(ctx, io.Discard, true); err == nil || !strings.Contains(err.Error(), sum) {
		t.Errorf("a copy that was changed went out: %v", err)
	}
	if _, err := a.ExportArchive(ctx, io.Discard, false); err != nil {
		t.Error(err)
	}
	os.Remove(path)
	if s := states(true); s != "missing" {
		t.Error(s)
	}
	slug := casetest.File(0).Case.Slug
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("Something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.KeepSource(ctx, slug, casetest.File(0).Sources[0].ID, other); !errors.Is(err, ErrInWay) {
		t.Errorf("another file was kept as that copy: %v", err)
	}
	if _, err := a.KeepSource(ctx, slug, "nothing", other); !errors.Is(err, ErrAbsent) {
		t.Error(err)
	}
	if list, err := os.ReadDir(filepath.Join(a.Data, sourcesName)); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}
