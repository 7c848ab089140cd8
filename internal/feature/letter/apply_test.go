package letter_test

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// edited is the letter's file after a change.
func edited(change func(*letter.File)) *letter.File {
	f := lettertest.File()
	change(f)
	return f
}

func second(f *letter.File) {
	f.Version, f.Body["en"], f.Dated.Day = 2, "We who sign have known him for long.", 3
}

func TestApplyOpens(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		l := s.Letter
		if _, err := os.Stat(filepath.Join(s.Secret+".shares", l.ID.String())); err != nil {
			t.Error("no share file beside the secret:", err)
		}
		want := receipt.Text{Campaign: letter.CampaignID(lettertest.Case), Letter: l.ID, Version: 1, Manifest: sha256.Sum256(letter.Manifest(l.ID, 1, l.Texts))}
		if diff := cmp.Diff([]receipt.Entry{want}, s.Entries(t)); diff != "" {
			t.Error(diff)
		}
		seen, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
		lettertest.Must(t, err)
		if diff := cmp.Diff(l, seen); diff != "" || seen.State != letter.Open || seen.Pace != letter.Steady || seen.Version != 1 || seen.Dated != "2026-11-02" {
			t.Errorf("%+v\n%s", seen, diff)
		}
		served, err := s.Book.Manifest(t.Context(), l.ID, 1)
		lettertest.Must(t, err)
		if sha256.Sum256(served) != want.Manifest {
			t.Error("what is served is not what the log hashes")
		}
		for _, v := range []letter.Version{0, 2} {
			_, err := s.Book.Manifest(t.Context(), l.ID, v)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("version %d: %v", v, err)
			}
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

func TestApplyAgainIsNothing(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		before := tables(t, s)
		s.Apply(t, lettertest.File())
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What a letter says beside its text may change without a version; the log does not move.
func TestApplyAbout(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		f := edited(func(f *letter.File) {
			f.Contact, f.Pace, f.RunBy["en"] = "new@letters.example", letter.Immediate, "The new committee"
			f.Reports = []letter.Report{
				{Kind: letter.Elsewhere, Value: 2000, Comparator: "more_than", AsOf: casefile.Date{Year: 2026, Month: 10}, Source: "b", Nature: casefile.NatureParty, Note: casefile.Text{"en": "among them poets"}},
				{Kind: letter.Paper, By: casefile.Text{"en": "The committee's volunteers"}, Value: 100, AsOf: casefile.Date{Year: 2026}, Source: "a", Nature: casefile.NatureEvent},
			}
		})
		s.Apply(t, f)
		l, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
		lettertest.Must(t, err)
		if l.About.Contact != f.Contact || l.Pace != letter.Immediate || l.About.RunBy["en"] != "The new committee" || !cmp.Equal(l.Reports, f.Reports) {
			t.Fatalf("%+v", l)
		}
		if n := len(s.Entries(t)); n != 1 {
			t.Fatalf("%d entries", n)
		}
		s.Apply(t, lettertest.File())
		if l, _ = s.Book.Letter(lettertest.Case, lettertest.Slug); len(l.Reports) != 0 {
			t.Fatal("reports that the file has no more are still there")
		}
	})
}

func TestApplyRefuses(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		before := tables(t, s)
		for name, c := range map[string]struct {
			file *letter.File
			say  string
		}{
			"another body":       {edited(func(f *letter.File) { f.Body["ru"] = "Мы." }), "version: 2"},
			"another title":      {edited(func(f *letter.File) { f.Title["en"] = "x" }), "version: 2"},
			"another demand":     {edited(func(f *letter.File) { f.Demand["en"] = "x" }), "version: 2"},
			"another addressee":  {edited(func(f *letter.File) { f.Addressee["en"] = "x" }), "version: 2"},
			"another day":        {edited(func(f *letter.File) { f.Dated.Day = 3 }), "version: 2"},
			"a language less":    {edited(func(f *letter.File) { delete(f.Title, "ru") }), "version: 2"},
			"a version too many": {edited(func(f *letter.File) { second(f); f.Version = 3 }), "1 or 2"},
			"a version back":     {edited(func(f *letter.File) { f.Version = 0 }), "1 or 2"},
			"a draft again":      {edited(func(f *letter.File) { f.State = letter.Draft }), "draft"},
			"a new letter at 2":  {edited(func(f *letter.File) { f.Slug, f.Version = "other", 2 }), "begins with version 1"},
		} {
			preview := s.Book.Preview(t.Context(), lettertest.Case, c.file, lettertest.Order)
			_, err := s.Book.Apply(t.Context(), lettertest.Case, c.file, lettertest.Order)
			for _, err := range []error{preview, err} {
				if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), "letters."+c.file.Slug+": ") || !strings.Contains(err.Error(), c.say) {
					t.Errorf("%s: %v, want one that says %q", name, err, c.say)
				}
			}
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("what was refused has changed something:\n", diff)
		}
		for _, f := range []*letter.File{lettertest.File(), edited(second)} {
			lettertest.Must(t, s.Book.Preview(t.Context(), lettertest.Case, f, lettertest.Order))
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("a preview has changed something:\n", diff)
		}
	})
}

// After a new version, both can be read and signed; a token counts for the version it names.
func TestApplyNewVersion(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		old, oldMail := s.Mailed(t, "old@example.org")
		first, err := s.Book.Manifest(t.Context(), s.Letter.ID, 1)
		lettertest.Must(t, err)
		f := edited(second)
		f.Pace = letter.Immediate
		s.Letter = s.Apply(t, f)
		if s.Letter.Version != 2 || s.Letter.State != letter.Open {
			t.Fatalf("%+v", s.Letter)
		}
		again, err := s.Book.Manifest(t.Context(), s.Letter.ID, 1)
		if err != nil || string(again) != string(first) {
			t.Fatal("the first version reads otherwise now", err)
		}
		_, err = s.Book.ConfirmCode(t.Context(), old.Token, lettertest.Code(oldMail))
		lettertest.Must(t, err)
		for address, v := range map[string]letter.Version{"one@example.org": 1, "two@example.org": 2, "newest@example.org": 0, "future@example.org": 9} {
			w, err := s.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, v, address, "en")
			lettertest.Must(t, err)
			s.Post(t)
			_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(s.Mailbox.Last(address)))
			lettertest.Must(t, err)
		}
		s.Grow(t)
		count := s.Book.Count(s.Letter.ID)
		if diff := cmp.Diff(map[uint16]int64{1: 2, 2: 3}, count.ByVersion); diff != "" || count.Counted != 5 {
			t.Fatal(diff)
		}
		if got, want := kinds(s.Entries(t)[:2]), []receipt.Type{receipt.TypeText, receipt.TypeText}; !slices.Equal(got, want) {
			t.Fatal(got)
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

func TestDraftShowsNothing(t *testing.T) {
	draft := edited(func(f *letter.File) { f.State = letter.Draft })
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		d := s.Apply(t, draft)
		if d.State != letter.Draft || len(s.Book.Letters("")) != 0 || len(s.Book.Published().Letters) != 0 || len(s.Entries(t)) != 0 {
			t.Fatal("a draft is shown")
		}
		_, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
		refused(t, err, fault.NotFound, "fault.letter.none")
		_, err = s.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, "anna@example.org", "en")
		refused(t, err, fault.NotFound, "fault.letter.none")
		if n := number(t, s, "SELECT count(*) FROM job"); n != 0 {
			t.Fatal("a draft sends mail")
		}
		if _, err := os.Stat(s.Secret + ".shares"); err == nil {
			t.Fatal("a draft has a pepper")
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
		// Its text is free to change until it opens; then it is what it was last.
		s.Apply(t, edited(func(f *letter.File) { f.State, f.Body["en"] = letter.Draft, "Another text." }))
		s.Letter = s.Apply(t, edited(func(f *letter.File) { f.Body["en"] = "The last text." }))
		if s.Letter.ID != d.ID || s.Letter.Texts["en"].Body != "The last text." || len(s.Entries(t)) != 1 {
			t.Fatalf("%+v", s.Letter)
		}
		s.Sign(t, "anna@example.org")
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

// A reader names the version they sign; one that the log has no text of must never become a leaf: no auditor could count that log again.
func TestOnlyLoggedVersionsAreSigned(t *testing.T) {
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		s.Apply(t, edited(func(f *letter.File) { f.State = letter.Draft }))
		f := edited(second)
		f.Pace = letter.Immediate
		if _, err := s.Book.Apply(t.Context(), lettertest.Case, f, lettertest.Order); err != nil {
			return // a letter that opens with version 2 may be refused as well
		}
		lettertest.Must(t, s.Book.Load(t.Context()))
		w, err := s.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, "anna@example.org", "en")
		if err == nil {
			s.Post(t)
			s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(s.Mailbox.Last("anna@example.org")))
		}
		_, err = s.Log.Sequence(t.Context())
		lettertest.Must(t, err)
		verified(t, s)
	})
}

// Cut short at any step and run again, the text is in the log once.
func TestApplyCutShort(t *testing.T) {
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		cut := func() {}
		s.Log.OnGrow(func(int64) { cut() })
		for i, f := range []*letter.File{lettertest.File(), edited(second)} {
			ctx, cancel := context.WithCancel(t.Context())
			cut = cancel // as soon as the entry is in the log
			if _, err := s.Book.Apply(ctx, lettertest.Case, f, lettertest.Order); err == nil {
				t.Fatal("was not cut short")
			}
			l := s.Apply(t, f)
			if l.State != letter.Open || int(l.Version) != f.Version || len(s.Entries(t)) != i+1 {
				t.Fatalf("%+v, %d entries", l, len(s.Entries(t)))
			}
			if n, err := s.Log.Waiting(t.Context()); n != 0 || err != nil {
				t.Fatal(n, err)
			}
			verified(t, s)
		}
	})
}

// A text that may be in the log already can't be replaced by another one of the same version: the log would contradict itself for good.
func TestApplyCutShortAndEdited(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		ctx, cancel := context.WithCancel(t.Context())
		s.Log.OnGrow(func(int64) { cancel() })
		if _, err := s.Book.Apply(ctx, lettertest.Case, edited(second), lettertest.Order); err == nil {
			t.Fatal("was not cut short")
		}
		other := edited(func(f *letter.File) { second(f); f.Body["en"] = "A slip mended." })
		s.Book.Apply(t.Context(), lettertest.Case, other, lettertest.Order) // may be refused
		verified(t, s)
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

// One letter has one pepper: with another one, everyone could be counted twice.
func TestApplyNeverMakesASecondPepper(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		lettertest.Must(t, os.Remove(filepath.Join(s.Secret+".shares", s.Letter.ID.String())))
		other := s.Again(t)
		lettertest.Must(t, other.Book.Load(t.Context()))
		_, err := other.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, "anna@example.org", "en")
		refused(t, err, fault.Locked, "fault.locked")
		other.Book.Apply(t.Context(), lettertest.Case, edited(second), lettertest.Order) // may be refused
		lettertest.Must(t, other.Book.Load(t.Context()))
		_, err = other.Book.Begin(t.Context(), lettertest.Case, lettertest.Slug, 1, "anna@example.org", "en")
		refused(t, err, fault.Locked, "fault.locked")
	})
}

func TestExportIsTheFile(t *testing.T) {
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		files := []letter.File{*lettertest.File(), *lettertest.File()}
		files[0].Pace, files[0].Rehearsal = letter.Immediate, 20
		files[0].Reports = []letter.Report{{Value: 7, Comparator: "at_least", AsOf: casefile.Date{Year: 2026}, Source: "s", Nature: casefile.NatureEvent, Note: casefile.Text{"ru": "поэты"}}}
		files[1].Slug, files[1].State, files[1].Pace = "later", letter.Draft, letter.Steady
		for i := range files {
			s.Apply(t, &files[i])
		}
		_, err := s.Book.Apply(t.Context(), "petrov", lettertest.File(), lettertest.Order) // of another case
		lettertest.Must(t, err)
		got, err := s.Book.Export(t.Context(), lettertest.Case)
		lettertest.Must(t, err)
		if diff := cmp.Diff(files, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
