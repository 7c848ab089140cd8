package letter_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

func paper(n int) letter.Report {
	return letter.Report{Kind: letter.Paper, By: casefile.Text{"en": "The committee"}, Value: n, AsOf: casefile.Date{Year: 2026, Month: 11, Day: 20}}
}

func TestCheckReport(t *testing.T) {
	source := func(id casefile.SourceID) *casefile.Source {
		if id == "paper" {
			return &casefile.Source{}
		}
		return nil
	}
	at := casefile.Date{Year: 2026}
	by := casefile.Text{"en": "Us"}
	for name, c := range map[string]struct {
		report letter.Report
		want   []string
	}{
		"elsewhere":           {letter.Report{Value: 1, AsOf: at, Source: "paper"}, nil},
		"elsewhere, said":     {letter.Report{Kind: letter.Elsewhere, Value: 1, AsOf: at, Source: "paper"}, nil},
		"elsewhere, no proof": {letter.Report{Kind: letter.Elsewhere, Value: 1, AsOf: at, By: by}, []string{"r.source"}},
		"paper":               {letter.Report{Kind: letter.Paper, Value: 1, AsOf: at, By: by}, nil},
		"vouched":             {letter.Report{Kind: letter.Vouched, Value: 1, AsOf: at, By: by, Source: "paper"}, nil},
		"vouched by nobody":   {letter.Report{Kind: letter.Vouched, Value: 1, AsOf: at, Source: "paper"}, []string{"r.by"}},
		"paper, no source":    {letter.Report{Kind: letter.Paper, Value: 1, AsOf: at, By: by, Source: "x"}, []string{"r.source"}},
		"nothing":             {letter.Report{}, []string{"r.value", "r.source", "r.as_of"}},
		"less than nothing":   {letter.Report{Value: -1, AsOf: at, Source: "paper"}, []string{"r.value"}},
	} {
		var got []string
		for _, p := range letter.CheckReport(c.report, "r", source) {
			got = append(got, p.Path)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What the log hashes is one text for one line, whatever order its languages came in.
func TestReportLine(t *testing.T) {
	r := letter.Report{By: casefile.Text{"ru": "Мы <все>", "en": "Us"}, Value: 7, AsOf: casefile.Date{Year: 2026, Month: 5}, Source: "s", Note: casefile.Text{}}
	if got, want := string(r.Line()), `{"as_of":"2026-05","by":{"en":"Us","ru":"Мы <все>"},"kind":"elsewhere","source":"s","value":7}`; got != want {
		t.Fatalf("%s\nwant %s", got, want)
	}
}

// Each line is stated once in the log, by a file or by a command; a changed line is stated again, and no count moves.
func TestReportsAreLogged(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		f := edited(func(f *letter.File) {
			f.Reports = []letter.Report{paper(100), {Value: 2000, Comparator: "more_than", AsOf: casefile.Date{Year: 2026, Month: 10}, Source: "b"}}
		})
		for range 2 {
			s.Apply(t, f)
			s.Grow(t)
		}
		told, err := s.Book.Report(t.Context(), s.Letter.ID, paper(100))
		if err != nil || told == nil || told.Value != 100 {
			t.Fatal(told, err)
		}
		if s.Grow(t) != 0 {
			t.Fatal("a line was stated twice")
		}
		newer := paper(140)
		newer.Note = casefile.Text{"en": "and a box more"}
		if told, err = s.Book.Report(t.Context(), s.Letter.ID, newer); err != nil || told == nil || told.Value != 100 {
			t.Fatal(told, err)
		}
		vouched := letter.Report{Kind: letter.Vouched, By: casefile.Text{"en": "A union"}, Value: 3, AsOf: casefile.Date{Year: 2026}}
		if told, err = s.Book.Report(t.Context(), s.Letter.ID, vouched); err != nil || told != nil {
			t.Fatal(told, err)
		}
		s.Grow(t)
		want := []receipt.Statement{}
		for _, r := range []letter.Report{newer, vouched} {
			want = append(want, receipt.Statement{Value: uint64(r.Value), Line: sha256.Sum256(r.Line())})
		}
		n := s.Book.Count(s.Letter.ID)
		if len(n.Reported) != 4 || n.Counted != 0 {
			t.Fatalf("%+v", n)
		}
		for _, w := range want {
			found := false
			for _, r := range n.Reported[2:] {
				found = found || r.Value == w.Value && r.Line == w.Line
			}
			if !found {
				t.Errorf("%d is not stated: %+v", w.Value, n.Reported)
			}
		}
		for _, r := range n.Reported {
			if r.Kind == receipt.Elsewhere && (r.AsOf != 20261000 || r.Value != 2000) || r.Kind == receipt.Paper && r.AsOf != 20261120 || r.Kind == receipt.Vouched && r.AsOf != 20260000 {
				t.Errorf("%+v", r)
			}
		}
		l, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
		lettertest.Must(t, err)
		elsewhere := f.Reports[1]
		elsewhere.Kind = letter.Elsewhere
		if diff := cmp.Diff([]letter.Report{newer, elsewhere, vouched}, l.Reports); diff != "" {
			t.Fatal(diff)
		}
		agrees(t, s)
		if _, err := s.Book.Report(t.Context(), receipt.Letter{}, newer); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	})
}

// A draft's numbers are stated once it opens, after its text.
func TestReportsOfADraft(t *testing.T) {
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		f := edited(func(f *letter.File) { f.State, f.Reports = letter.Draft, []letter.Report{paper(100)} })
		s.Apply(t, f)
		if s.Grow(t) != 0 {
			t.Fatal("the log speaks of a draft")
		}
		f.State = letter.Open
		s.Letter = s.Apply(t, f)
		s.Grow(t)
		if got := kinds(s.Entries(t)); len(got) != 2 || got[0] != receipt.TypeText || got[1] != receipt.TypeReport {
			t.Fatal(got)
		}
		agrees(t, s)
	})
}

func TestFileReportsAreChecked(t *testing.T) {
	f := edited(func(f *letter.File) {
		f.Reports = []letter.Report{{Kind: letter.Paper, Value: 1, AsOf: casefile.Date{Year: 2026}}}
	})
	problems := f.Check("letters[0]", func(casefile.SourceID) *casefile.Source { return nil })
	if err := problems.Error(); len(problems) != 1 || !strings.Contains(err, "letters[0].reports[0].by") {
		t.Fatal(err)
	}
}
