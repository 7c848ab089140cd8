package letter_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
)

// in is the letter's file saying a state.
func in(state letter.State) *letter.File {
	return edited(func(f *letter.File) { f.State = state })
}

// A file opens and pauses; it does not close, and does not open what is closed.
func TestApplyStates(t *testing.T) {
	each(t, lettertest.Options{Empty: true}, func(t *testing.T, s *lettertest.Site) {
		refuses := func(f *letter.File, say string) {
			t.Helper()
			for _, err := range []error{s.Book.Preview(t.Context(), lettertest.Case, f, lettertest.Order), applied(s, f)} {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), say) {
					t.Fatalf("%v, want one that says %q", err, say)
				}
			}
		}
		is := func(f *letter.File, want letter.State) {
			t.Helper()
			s.Letter = s.Apply(t, f)
			l, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
			if err != nil || l.State != want || s.Letter.State != want {
				t.Fatalf("%+v %v, want it %s", l, err, want)
			}
			files, err := s.Book.Export(t.Context(), lettertest.Case)
			if diff := cmp.Diff(f.State, files[0].State); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
		}
		refuses(in(letter.Closed), "outcry letter close orlov/home")
		if n := number(t, s, "SELECT count(*) FROM letter"); n != 0 {
			t.Fatal("what was refused is there")
		}
		is(in(letter.Paused), letter.Paused) // opened first: its text is in the log, and it has a pepper
		if len(s.Entries(t)) != 1 {
			t.Fatal("its text is not in the log")
		}
		is(in(letter.Open), letter.Open)
		s.Sign(t, "anna@example.org")
		is(in(letter.Paused), letter.Paused)
		is(edited(func(f *letter.File) { second(f); f.State = letter.Paused }), letter.Paused)
		newer := func(state letter.State) *letter.File {
			return edited(func(f *letter.File) { second(f); f.State = state })
		}
		is(newer(letter.Open), letter.Open)
		refuses(newer(letter.Closed), "outcry letter close orlov/home")
		refuses(newer(letter.Draft), "can't become a draft again")
		closes(t, s)
		for _, state := range []letter.State{letter.Open, letter.Paused, letter.Draft} {
			refuses(newer(state), "closed for good")
		}
		refuses(edited(func(f *letter.File) { second(f); f.State, f.Version, f.Body["en"] = letter.Closed, 3, "x" }), "stays as it is")
		refuses(edited(func(f *letter.File) { second(f); f.State, f.Body["en"] = letter.Closed, "x" }), "stays as it is")
		closed := newer(letter.Closed)
		closed.Contact = "archive@letters.example"
		is(closed, letter.Closed)
		if l, _ := s.Book.Letter(lettertest.Case, lettertest.Slug); l.About.Contact != closed.Contact {
			t.Fatal("what is beside the text did not change")
		}
		agrees(t, s)
	})
}

func applied(s *lettertest.Site, f *letter.File) error {
	_, err := s.Book.Apply(context.Background(), lettertest.Case, f, lettertest.Order)
	return err
}

// What stands beside the text is kept and exported.
func TestApplySuccessor(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		f := edited(func(f *letter.File) {
			f.Slug, f.Pace, f.Succeeds, f.NoNames = "next", letter.Steady, lettertest.Slug, true
		})
		s.Apply(t, f)
		files, err := s.Book.Export(t.Context(), lettertest.Case)
		lettertest.Must(t, err)
		if diff := cmp.Diff(*f, files[1]); diff != "" {
			t.Fatal(diff)
		}
		slugs, err := s.Book.Slugs(t.Context(), lettertest.Case)
		if diff := cmp.Diff([]string{lettertest.Slug, "next"}, slugs); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestSuccession(t *testing.T) {
	for name, c := range map[string]struct {
		files []letter.File
		known []string
		want  []string
	}{
		"none":                {[]letter.File{{Slug: "a"}, {Slug: "b"}}, nil, nil},
		"another of the file": {[]letter.File{{Slug: "a", Succeeds: "b"}, {Slug: "b"}}, nil, nil},
		"another of the case": {[]letter.File{{Slug: "a", Succeeds: "b"}}, []string{"b"}, nil},
		"itself":              {[]letter.File{{Slug: "a", Succeeds: "a"}}, []string{"a"}, []string{"letters[0].succeeds"}},
		"nothing there":       {[]letter.File{{Slug: "a"}, {Slug: "b", Succeeds: "c"}}, []string{"d"}, []string{"letters[1].succeeds"}},
	} {
		var got []string
		for _, p := range letter.Succession(c.files, c.known) {
			got = append(got, p.Path)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Two files with two texts for one version, at one moment, in two processes: one is refused, and nothing of it is there; so with a new letter.
func TestApplyRaces(t *testing.T) {
	for name, o := range map[string]lettertest.Options{"a new version": {}, "a new letter": {Empty: true}} {
		t.Run(name, func(t *testing.T) {
			each(t, o, func(t *testing.T, s *lettertest.Site) {
				other := s.Again(t)
				lettertest.Must(t, other.Book.Load(t.Context()))
				books := []*letter.Book{s.Book, other.Book}
				const many = 8
				var mu sync.Mutex
				taken := map[string]bool{}
				together(t, many, func(i int) error {
					f := edited(func(f *letter.File) {
						if !o.Empty {
							second(f)
						}
						f.Body["en"] = strings.Repeat("x", 1+i%4)
					})
					_, err := books[i%2].Apply(t.Context(), lettertest.Case, f, lettertest.Order)
					var problems casefile.Problems
					if errors.As(err, &problems) {
						return nil
					}
					mu.Lock()
					defer mu.Unlock()
					taken[f.Body["en"]] = true
					return err
				})
				lettertest.Must(t, s.Book.Load(t.Context()))
				l, err := s.Book.Letter(lettertest.Case, lettertest.Slug)
				lettertest.Must(t, err)
				if len(taken) != 1 || !taken[l.Texts["en"].Body] || l.State != letter.Open {
					t.Fatalf("%v were taken, and the letter says %q", taken, l.Texts["en"].Body)
				}
				s.Letter = l
				shares, err := os.ReadDir(filepath.Join(s.Secret + ".shares"))
				if err != nil || len(shares) != 1 || shares[0].Name() != l.ID.String() {
					t.Fatalf("%d shares: %v", len(shares), err)
				}
				texts := 1
				if !o.Empty {
					texts = 2
				}
				if n := len(s.Entries(t)); n != texts {
					t.Fatalf("%d texts in the log", n)
				}
				agrees(t, s)
			})
		})
	}
}

// A letter that is closed while its next text is on the way into the log stays closed, and the log whole.
func TestCloseRacesApply(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		together(t, 2, func(i int) error {
			if i == 0 {
				_, err := s.Book.Close(t.Context(), s.Letter.ID, nil)
				return err
			}
			_, err := s.Book.Apply(context.WithoutCancel(t.Context()), lettertest.Case, edited(second), lettertest.Order)
			if err != nil && !fault.Is(err, fault.Invalid) {
				return err
			}
			return nil
		})
		if n := number(t, s, "SELECT count(*) FROM letter WHERE state = 'closed'"); n != 1 {
			t.Fatal("it is not closed")
		}
		agrees(t, s)
	})
}
