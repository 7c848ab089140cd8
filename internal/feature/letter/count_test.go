package letter_test

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/live"
	"outcry/internal/kernel/web"
	"outcry/receipt"
)

func TestPublished(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		c := s.Sign(t, "boris@example.org")
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		s.Grow(t)
		head, err := s.Log.Head(t.Context())
		lettertest.Must(t, err)
		want := receipt.Published{Origin: lettertest.Origin, Size: 4, Root: head.Root, Letters: []receipt.Count{{
			ID: s.Letter.ID, Campaign: s.Letter.Campaign, Case: lettertest.Case, Slug: lettertest.Slug, Counted: 1, Withdrawn: 1,
			ByVersion: map[uint16]int64{1: 1}, ByAssurance: map[receipt.Assurance]int64{receipt.Email: 1},
		}}}
		if diff := cmp.Diff(want, s.Book.Published()); diff != "" {
			t.Error(diff)
		}
		b, err := json.Marshal(s.Book.Published())
		lettertest.Must(t, err)
		if !strings.Contains(string(b), `"by_assurance":{"email":1}`) {
			t.Errorf("%s", b)
		}
		count := s.Book.Count(s.Letter.ID)
		if count.Size != 4 || !count.At.Equal(s.Clock.Now()) || len(count.Texts) != 1 {
			t.Errorf("%+v", count)
		}
		if none := s.Book.Count(receipt.Letter{9}); none.Counted != 0 || none.Size != 4 {
			t.Errorf("an unknown letter: %+v", none)
		}
	})
}

// The number that is shown moves with the log and with nothing else: rows alone don't change it.
func TestCountIsTheLogs(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		s.Grow(t)
		exec(t, s, "INSERT INTO letter_signature (lock, letter, tag, version, assurance, state, day) VALUES ($1, $2, $3, 1, 1, 'counted', 1)", make([]byte, 32), s.Letter.ID[:], []byte("tag"))
		lettertest.Must(t, s.Book.Load(t.Context()))
		err := s.Book.CatchUp(t.Context())
		lettertest.Must(t, err)
		if s.Counted() != 1 {
			t.Fatalf("%d counted", s.Counted())
		}
	})
}

// Several tell the pages that the log has moved: the watcher, and whoever hears of something else. Whoever had looked before it moved, and is slow, does not speak last.
func TestTheNewestNumberIsToldLast(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		pages := func() (*letter.Pages, *live.Hub) {
			hub := live.New(live.Config{Now: time.Now, MinInterval: -1})
			return &letter.Pages{Book: s.Book, Words: s.Words, Cache: web.NewCache(1 << 20), Live: hub}, hub
		}
		g, hub := pages()
		looked, goOn, told := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var slow atomic.Bool
		s.Book.Stopped = func(*letter.Letter) bool {
			if slow.CompareAndSwap(true, false) { // it holds the number already
				close(looked)
				<-goOn
			}
			return false
		}
		slow.Store(true)
		go func() {
			defer close(told)
			g.Moved()
		}()
		<-looked
		s.Sign(t, "anna@example.org")
		s.Grow(t)
		g.Moved()
		close(goOn)
		<-told
		fresh, want := pages()
		fresh.Moved()
		for _, tag := range s.Words.Tags() {
			topic := letter.Topic(tag, s.Letter.ID)
			if diff := cmp.Diff(string(want.Last(topic)), string(hub.Last(topic))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tag, diff)
			}
		}
	})
}

// Made-up signers take the way of real ones, and are marked for good.
func TestRehearse(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		for _, step := range []struct{ ask, added int }{{30, 30}, {30, 0}, {12, 0}, {45, 15}} {
			last := 0
			lettertest.Must(t, s.Book.Rehearse(t.Context(), s.Letter, step.ask, func(done int) { last = done }))
			if n := s.Grow(t); n != step.added || last != step.added {
				t.Fatalf("asked for %d: %d came, %d told, want %d", step.ask, n, last, step.added)
			}
		}
		s.Sign(t, "anna@example.org")
		s.Grow(t)
		if diff := cmp.Diff(map[receipt.Assurance]int64{receipt.Rehearsal: 45, receipt.Email: 1}, s.Book.Count(s.Letter.ID).ByAssurance); diff != "" {
			t.Fatal(diff)
		}
		if len(s.Mailbox.All()) != 1 {
			t.Fatal("made-up signers get mail")
		}
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

func TestRehearseFails(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		exec(t, s, "UPDATE letter SET state = 'closing'")
		if err := s.Book.Rehearse(t.Context(), s.Letter, 5000, nil); err == nil {
			t.Fatal("rehearsed a letter that is not open")
		}
		if n := number(t, s, "SELECT count(*) FROM letter_signature"); n != 0 {
			t.Fatal("rows of a rehearsal that failed")
		}
	})
}

// Open letters are listed by case and address; drafts are not.
func TestLoadListsWhatIsOpen(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Apply(t, edited(func(f *letter.File) { f.Slug = "a-second" }))
		_, err := s.Book.Apply(t.Context(), "petrov", lettertest.File(), lettertest.Order)
		lettertest.Must(t, err)
		s.Apply(t, edited(func(f *letter.File) { f.Slug, f.State = "draft", letter.Draft }))
		var all []string
		for _, l := range s.Book.Letters("") {
			all = append(all, l.Case+"/"+l.Slug)
		}
		if diff := cmp.Diff([]string{"orlov/a-second", "orlov/home", "petrov/home"}, all); diff != "" {
			t.Error(diff)
		}
		if n := len(s.Book.Letters(lettertest.Case)); n != 2 {
			t.Errorf("%d letters of the case", n)
		}
	})
}
