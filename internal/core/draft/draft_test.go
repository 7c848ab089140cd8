package draft

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/test/seizure"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refusal(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// book is a Book in March 2026, whose clock a test moves.
type book struct {
	*Book
	t   testing.TB
	now time.Time
}

func openBook(t testing.TB, d *db.DB) *book {
	t.Helper()
	u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	check(t, err)
	return bookWith(t, d, u)
}

func bookWith(t testing.TB, d *db.DB, u *seal.Unlock) *book {
	b := &book{t: t, now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}
	b.Book = NewBook(Config{DB: d, Unlock: u, Now: func() time.Time { return b.now }})
	return b
}

func (b *book) begin(slug, doc string) {
	b.t.Helper()
	check(b.t, b.DB.Update(b.t.Context(), func(tx *db.Tx) error { return b.Begin(tx, slug, []byte(doc), "editor") }))
}

// says holds that a case's draft is a document in a revision.
func (b *book) says(slug, doc string, revision int) Draft {
	b.t.Helper()
	d, err := b.Draft(b.t.Context(), slug)
	check(b.t, err)
	if !same(parsed(b.t, d.Doc), parsed(b.t, []byte(doc))) || d.Revision != revision {
		b.t.Errorf("revision %d says %s, want %d %s", d.Revision, d.Doc, revision, doc)
	}
	return d
}

func parsed(t testing.TB, doc []byte) *node {
	t.Helper()
	n, err := parse(doc)
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return n
}

func (b *book) saves(slug string, base int, doc, by string) Saved {
	b.t.Helper()
	s, err := b.Save(b.t.Context(), slug, base, []byte(doc), by)
	check(b.t, err)
	return s
}

func (b *book) marks(slug string, n int) {
	b.t.Helper()
	check(b.t, b.DB.Update(b.t.Context(), func(tx *db.Tx) error { return b.MarkPublished(tx, slug, n) }))
}

// history is a draft's, as "n what by", the newest first; + is the newest, ! waits aside, = is public.
func (b *book) history(slug string) string {
	b.t.Helper()
	list, err := b.History(b.t.Context(), slug)
	check(b.t, err)
	var out []string
	for _, r := range list {
		signs := ""
		for _, s := range []struct {
			is   bool
			sign string
		}{{r.Newest, "+"}, {r.Open, "!"}, {r.Public, "="}} {
			if s.is {
				signs += s.sign
			}
		}
		if r.Doc != nil || r.Made.Minute() != 0 {
			b.t.Errorf("revision %d of a history holds a document, or a minute", r.N)
		}
		out = append(out, fmt.Sprintf("%d%s %s %s", r.N, signs, r.What, r.By))
	}
	return strings.Join(out, ", ")
}

func TestSaving(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		_, err := b.Draft(ctx, "anna")
		refusal(t, "no draft", err, fault.NotFound)
		_, err = b.Save(ctx, "anna", 1, []byte(`{}`), "editor")
		refusal(t, "no draft", err, fault.NotFound)
		b.begin("anna", `{"title":{"en":"A"},"events":[{"id":"x","what":"1"}]}`)
		refusal(t, "a second beginning", d.Update(ctx, func(tx *db.Tx) error { return b.Begin(tx, "anna", []byte(`{}`), "editor") }), fault.Conflict)
		b.begin("boris", `{"a":"1"}`)

		// One after the other.
		s := b.saves("anna", 1, `{"title":{"en":"A","ru":"А"},"events":[{"id":"x","what":"1"}]}`, "translator")
		if s.Draft.Revision != 2 || s.Base != 2 || s.Merged || s.Aside != 0 || s.Draft.By != "translator" || !s.Draft.Changed.Equal(b.now.Truncate(time.Hour)) {
			t.Errorf("%+v", s)
		}
		if s = b.saves("anna", 2, string(s.Draft.Doc), "editor"); s.Draft.Revision != 2 || s.Base != 2 || s.Merged {
			t.Errorf("what says nothing new is revision %d", s.Draft.Revision)
		}
		// Two from the same form, in different places: both stay, and the second goes on from what its form holds.
		s = b.saves("anna", 1, `{"title":{"en":"A"},"events":[{"id":"x","what":"2"}]}`, "editor")
		b.says("anna", `{"title":{"en":"A","ru":"А"},"events":[{"id":"x","what":"2"}]}`, s.Draft.Revision)
		if !s.Merged || s.Aside != 0 || s.Base == s.Draft.Revision {
			t.Errorf("%+v", s)
		}
		s = b.saves("anna", s.Base, `{"title":{"en":"A"},"events":[{"id":"x","what":"23"}]}`, "editor") // the screen has no Russian
		now := b.says("anna", `{"title":{"en":"A","ru":"А"},"events":[{"id":"x","what":"23"}]}`, s.Draft.Revision)
		if s.Aside != 0 || len(s.Conflicts) != 0 {
			t.Errorf("in conflict with oneself: %+v", s)
		}
		// The same place: what was there first stays, the other is kept whole and told, and typing on keeps one copy, not one for each pause.
		s = b.saves("anna", 1, `{"title":{"en":"A!"},"events":[{"id":"x","what":"9"}]}`, "lead")
		b.says("anna", `{"title":{"en":"A!","ru":"А"},"events":[{"id":"x","what":"23"}]}`, s.Draft.Revision)
		if len(s.Conflicts) != 1 || s.Conflicts[0].Path != "events[id=x].what" || string(s.Conflicts[0].Mine) != `"9"` || string(s.Conflicts[0].Theirs) != `"23"` || s.Draft.Aside != 1 {
			t.Errorf("%+v", s)
		}
		kept, err := b.At(ctx, "anna", s.Aside)
		check(t, err)
		if string(kept.Doc) != `{"title":{"en":"A!"},"events":[{"id":"x","what":"9"}]}` || !kept.Open || kept.By != "lead" {
			t.Errorf("%s %+v", kept.Doc, kept)
		}
		again := b.saves("anna", 1, `{"title":{"en":"A!"},"events":[{"id":"x","what":"9"}]}`, "lead")
		if again.Aside != s.Aside || again.Draft.Aside != 1 {
			t.Errorf("the same is kept aside twice: %d, %d", s.Aside, again.Aside)
		}
		on := b.saves("anna", s.Base, `{"title":{"en":"A!"},"events":[{"id":"x","what":"99"}]}`, "lead")
		if on.Aside == 0 || on.Aside == s.Aside || on.Draft.Aside != 1 {
			t.Errorf("typing on: %+v", on)
		}
		list, err := b.Conflicts(ctx, "anna", on.Aside)
		check(t, err)
		if len(list) != 1 || string(list[0].Mine) != `"99"` {
			t.Errorf("%+v", list)
		}
		check(t, b.Settle(ctx, "anna", on.Aside))
		refusal(t, "settling twice", b.Settle(ctx, "anna", on.Aside), fault.NotFound)
		refusal(t, "settling what is not aside", b.Settle(ctx, "anna", 1), fault.NotFound)
		if now, err = b.Draft(ctx, "anna"); err != nil || now.Aside != 0 {
			t.Errorf("%d wait: %v", now.Aside, err)
		}
		// A revision that never was is no base: nothing is taken out by it, and what differs is told.
		for _, base := range []int{0, -1, 999} {
			s = b.saves("anna", base, `{"title":{"en":"other"}}`, "editor")
			if len(s.Conflicts) == 0 || s.Aside == 0 || s.Draft.Revision != now.Revision {
				t.Errorf("from revision %d: %+v", base, s)
			}
		}
		for what, c := range map[string]struct {
			doc  string
			kind fault.Kind
		}{"no document": {`"a"`, fault.Invalid}, "half a one": {`{"a":`, fault.Invalid}, "a large one": {`{"a":"` + strings.Repeat("a", Most) + `"}`, fault.TooLarge}} {
			_, err := b.Save(ctx, "anna", now.Revision, []byte(c.doc), "editor")
			refusal(t, what, err, c.kind)
		}
		b.says("boris", `{"a":"1"}`, 1)
		all, err := b.Drafts(ctx)
		check(t, err)
		if len(all) != 2 || all["anna"].Revision != now.Revision || all["anna"].Doc != nil || all["anna"].Aside != 1 || all["boris"].By != "editor" {
			t.Errorf("%+v", all)
		}
	})
}

// What Canon makes of a document is what is kept; what it refuses is not.
func TestCanon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBook(t, d)
		b.Canon = func(doc []byte) ([]byte, error) {
			if bytes.Contains(doc, []byte("left")) && bytes.Contains(doc, []byte("right")) {
				return nil, errors.New("both can't stand")
			}
			return bytes.ReplaceAll(doc, []byte(`"sealed":"s",`), nil), nil
		}
		b.begin("anna", `{"sealed":"s","a":"1"}`)
		b.says("anna", `{"a":"1"}`, 1)
		b.saves("anna", 1, `{"sealed":"s","a":"1","x":"left"}`, "editor")
		s := b.saves("anna", 1, `{"a":"1","y":"right"}`, "editor") // what comes of both can't be kept: all of it is in conflict
		b.says("anna", `{"a":"1","x":"left"}`, 2)
		if len(s.Conflicts) != 1 || s.Conflicts[0].Path != "" || string(s.Conflicts[0].Mine) != `{"a":"1","y":"right"}` || s.Aside == 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestHistoryAndRestoring(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		b.begin("anna", `{"a":"1"}`)
		b.saves("anna", 1, `{"a":"2"}`, "editor")
		got, err := b.Restore(ctx, "anna", 1, "lead")
		check(t, err)
		if got.Revision != 3 || string(got.Doc) != `{"a":"1"}` {
			t.Errorf("%+v", got)
		}
		if got, err = b.Restore(ctx, "anna", 1, "lead"); err != nil || got.Revision != 3 {
			t.Errorf("restoring what is there made revision %d: %v", got.Revision, err)
		}
		if got, err = b.Restore(ctx, "anna", 2, "lead"); err != nil || string(got.Doc) != `{"a":"2"}` {
			t.Errorf("restoring back: %s %v", got.Doc, err)
		}
		s := b.saves("anna", 1, `{"a":"3"}`, "editor") // in conflict, and then taken
		if got, err = b.Restore(ctx, "anna", s.Aside, "lead"); err != nil || string(got.Doc) != `{"a":"3"}` || got.Aside != 0 {
			t.Errorf("%+v %v", got, err)
		}
		if h := b.history("anna"); h != "6+ restored lead, 5 saved editor, 4 restored lead, 3 restored lead, 2 saved editor, 1 begun editor" {
			t.Error(h)
		}
		_, err = b.Restore(ctx, "anna", 99, "lead")
		refusal(t, "a revision that is not there", err, fault.NotFound)
		_, err = b.At(ctx, "anna", 0)
		refusal(t, "a revision that is not there", err, fault.NotFound)
		_, err = b.History(ctx, "boris")
		refusal(t, "no draft", err, fault.NotFound)
	})
}

func TestReviewing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		b.begin("anna", `{"a":"1"}`)
		b.begin("boris", `{"a":"1"}`)
		refusal(t, "sending back what nobody asked for", b.SendBack(ctx, "anna", "lead", "why"), fault.Conflict)
		refusal(t, "a revision that is not there", b.AskReview(ctx, "anna", 7, "editor", ""), fault.NotFound)
		refusal(t, "no draft", b.AskReview(ctx, "carl", 1, "editor", ""), fault.NotFound)
		refusal(t, "a long remark", b.AskReview(ctx, "anna", 1, "editor", strings.Repeat("я", RemarkMost+1)), fault.Invalid)
		check(t, b.AskReview(ctx, "anna", 1, "editor", " "+strings.Repeat("я", RemarkMost)+" "))
		b.now = b.now.Add(time.Hour)
		check(t, b.AskReview(ctx, "boris", 1, "translator", "please"))
		waiting := func() (list []string) {
			all, err := b.Reviews(ctx)
			check(t, err)
			for _, r := range all {
				list = append(list, r.Slug)
			}
			return list
		}
		if w := waiting(); strings.Join(w, " ") != "anna boris" {
			t.Errorf("%q", w)
		}
		if r := b.says("boris", `{"a":"1"}`, 1).Review; r == nil || r.Remark != "please" || r.By != "translator" || r.N != 1 {
			t.Errorf("%+v", r)
		}
		check(t, b.SendBack(ctx, "boris", "lead", "not yet"))
		now := b.says("boris", `{"a":"1"}`, 1)
		if now.Review != nil || now.Back == nil || now.Back.Remark != "not yet" || now.Back.By != "lead" || len(waiting()) != 1 {
			t.Errorf("%+v %+v", now.Review, now.Back)
		}
		refusal(t, "sending back twice", b.SendBack(ctx, "boris", "lead", "x"), fault.Conflict)
		check(t, b.AskReview(ctx, "boris", 1, "translator", ""))
		b.marks("boris", 1)
		if now = b.says("boris", `{"a":"1"}`, 1); now.Review != nil || now.Back != nil || now.Published != 1 || len(waiting()) != 1 {
			t.Errorf("after publishing: %+v", now)
		}
	})
}

// What is public moves by publishing and by files; the draft follows both, and an undo finds what was public before.
func TestPublishingAndFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := openBook(t, d), t.Context()
		opens := func(applied string) Draft {
			t.Helper()
			var doc []byte
			if applied != "" {
				doc = []byte(applied)
			}
			got, err := b.Open(ctx, "anna", doc)
			check(t, err)
			return got
		}
		public := func(now, before string) {
			t.Helper()
			a, z, err := b.LastPublished(ctx, "anna")
			check(t, err)
			if string(a.Doc) != now || string(z.Doc) != before {
				t.Errorf("public is %s, before it %s", a.Doc, z.Doc)
			}
		}
		_, err := b.Open(ctx, "anna", nil)
		refusal(t, "neither draft nor page", err, fault.NotFound)
		b.begin("anna", `{"a":"1"}`)
		_, _, err = b.LastPublished(ctx, "anna")
		refusal(t, "nothing is public", err, fault.NotFound)
		opens("")
		b.marks("anna", 1)
		b.marks("anna", 1)
		public(`{"a":"1"}`, ``)
		opens(`{"a":"1","pace":"default"}`) // what publishing came to
		b.marks("anna", 1)                  // said again after a crash
		public(`{"a":"1","pace":"default"}`, ``)
		if h := b.history("anna"); h != "2+= published server, 1 begun editor" {
			t.Error(h)
		}
		s := b.saves("anna", 2, `{"a":"2","pace":"default"}`, "editor")
		b.marks("anna", s.Draft.Revision)
		public(`{"a":"2","pace":"default"}`, `{"a":"1","pace":"default"}`)
		opens(`{"a":"2","pace":"default"}`)
		public(`{"a":"2","pace":"default"}`, `{"a":"1","pace":"default"}`)
		// Work goes on, and somebody applies a file: both stay.
		s = b.saves("anna", s.Draft.Revision, `{"a":"2","b":"draft","pace":"default"}`, "editor")
		got := opens(`{"a":"3","pace":"default"}`)
		b.says("anna", `{"a":"3","b":"draft","pace":"default"}`, got.Revision)
		public(`{"a":"3","pace":"default"}`, `{"a":"2","pace":"default"}`)
		if got.Aside != 0 || opens(`{"a":"3","pace":"default"}`).Revision != got.Revision {
			t.Errorf("%+v", got)
		}
		// The same value: the file's stays, the draft as it was is aside.
		was := b.saves("anna", got.Revision, `{"a":"4","b":"draft","pace":"default"}`, "editor").Draft.Revision
		got = opens(`{"a":"5","pace":"default"}`)
		b.says("anna", `{"a":"5","b":"draft","pace":"default"}`, got.Revision)
		list, err := b.Conflicts(ctx, "anna", was)
		check(t, err)
		if got.Aside != 1 || len(list) != 1 || string(list[0].Mine) != `"4"` || string(list[0].Theirs) != `"5"` || string(list[0].Base) != `"3"` {
			t.Errorf("%+v %+v", got, list)
		}
		// An undo: what was public before is public, and the work stays in the draft.
		_, before, err := b.LastPublished(ctx, "anna")
		check(t, err)
		b.marks("anna", before.N)
		if again := opens(string(before.Doc)); again.Revision != got.Revision {
			t.Errorf("undoing moved the draft to %d", again.Revision)
		}
		public(`{"a":"3","pace":"default"}`, `{"a":"5","pace":"default"}`)
		refusal(t, "publishing what is not there", d.Update(ctx, func(tx *db.Tx) error { return b.MarkPublished(tx, "anna", 999) }), fault.NotFound)

		// Somebody looks after the page has changed and before anybody has said which revision that is: it is that one all the same.
		s = b.saves("anna", got.Revision, `{"a":"6","pace":"default"}`, "editor")
		if early := opens(`{"a":"6","pace":"default"}`); early.Revision != s.Draft.Revision || early.Published != s.Draft.Revision {
			t.Errorf("%+v", early)
		}
		b.marks("anna", s.Draft.Revision)
		public(`{"a":"6","pace":"default"}`, `{"a":"3","pace":"default"}`)

		// A case that came by a file has a draft as soon as somebody wants one.
		first, err := b.Open(ctx, "boris", []byte(`{"x":"1"}`))
		check(t, err)
		if first.Revision != 1 || first.Published != 1 || first.By != Server {
			t.Errorf("%+v", first)
		}
		// A draft of a case that was applied before it was published, by whoever runs the server.
		b.begin("carl", `{"x":"mine","y":"1"}`)
		third, err := b.Open(ctx, "carl", []byte(`{"x":"file"}`))
		check(t, err)
		b.says("carl", `{"x":"file","y":"1"}`, third.Revision)
		if third.Aside != 1 || third.Published != 2 {
			t.Errorf("%+v", third)
		}
	})
}

// Many save at once, from two processes, with forms as old as they happen to be: each word that anybody typed stands in the draft or is kept aside.
func TestSavingAtOnceLosesNothing(t *testing.T) {
	const writers, turns = 6, 8
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
		check(t, err)
		var books [2]*book
		for i := range books {
			books[i] = bookWith(t, dbtest.Open(t, c), u)
		}
		ctx := t.Context()
		books[0].begin("anna", `{"shared":"0"}`)
		var wg sync.WaitGroup
		for w := range writers {
			b, r := books[w%2], rand.New(rand.NewPCG(uint64(w), 1))
			wg.Go(func() {
				form, err := b.Draft(ctx, "anna")
				if err != nil {
					t.Error(err)
					return
				}
				for turn := range turns {
					doc, base := form.Doc, form.Revision
					for _, put := range []struct{ path, value string }{ // an event of their own, a field of an event of all, and one value that all fight over
						{fmt.Sprintf("events[id=w%d-%d].what", w, turn), fmt.Sprintf(`"typed-%d-%d"`, w, turn)},
						{fmt.Sprintf("events[id=all].what.l%d", w), fmt.Sprintf(`"tongue-%d-%d"`, w, turn)},
						{"shared", fmt.Sprintf(`"fought-%d-%d"`, w, turn)},
					} {
						if doc, err = Put(doc, put.path, json.RawMessage(put.value)); err != nil {
							t.Error(err)
							return
						}
					}
					s, err := b.Save(ctx, "anna", base, doc, "editor")
					if err != nil {
						t.Error(err)
						return
					}
					if r.IntN(2) == 0 {
						form = s.Draft // shown anew
					} else {
						form.Doc, form.Revision = doc, s.Base // typed on
					}
				}
			})
		}
		wg.Wait()
		b := books[1]
		now, err := b.Draft(ctx, "anna")
		check(t, err)
		for w := range writers {
			for turn := range turns {
				if v, _ := Value(now.Doc, fmt.Sprintf("events[id=w%d-%d].what", w, turn)); string(v) != fmt.Sprintf(`"typed-%d-%d"`, w, turn) {
					t.Errorf("%d's event of turn %d says %s", w, turn, v)
				}
			}
			if v, _ := Value(now.Doc, fmt.Sprintf("events[id=all].what.l%d", w)); string(v) != fmt.Sprintf(`"tongue-%d-%d"`, w, turns-1) {
				t.Errorf("%d's own text says %s", w, v)
			}
		}
		// The fought-over value: every one that was typed is in the history.
		list, err := b.History(ctx, "anna")
		check(t, err)
		seen, numbers := map[string]bool{}, map[int]bool{}
		for _, r := range list {
			if numbers[r.N] {
				t.Errorf("revision %d twice", r.N)
			}
			numbers[r.N] = true
			full, err := b.At(ctx, "anna", r.N)
			check(t, err)
			v, _ := Value(full.Doc, "shared")
			seen[string(v)] = true
		}
		for w := range writers {
			for turn := range turns {
				if !seen[fmt.Sprintf(`"fought-%d-%d"`, w, turn)] {
					t.Errorf("what %d typed in turn %d is lost", w, turn)
				}
			}
		}
		if now.Aside == 0 {
			t.Error("nobody was in conflict: this tried nothing")
		}
	})
}

// A draft that two processes begin, or open, at the same moment is one.
func TestBeginningAtOnce(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
		check(t, err)
		var wg sync.WaitGroup
		var books []*book
		for range 4 {
			books = append(books, bookWith(t, dbtest.Open(t, c), u))
		}
		for _, b := range books {
			wg.Go(func() {
				for k := range 10 {
					if got, err := b.Open(context.WithoutCancel(t.Context()), fmt.Sprint("c", k), []byte(`{"a":"1"}`)); err != nil || got.Revision != 1 {
						t.Errorf("%+v %v", got, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// Documents and remarks can't be read from the disk, open in their own row alone and by the secret alone; a change of the secret keeps them.
func TestDraftsAreSealed(t *testing.T) {
	dir := t.TempDir()
	d := dbtest.Open(t, db.Config{File: filepath.Join(dir, "outcry.db")})
	b, ctx := openBook(t, d), t.Context()
	b.begin("anna", `{"what":"Rowanberry pie on Tuesday"}`)
	b.saves("anna", 1, `{"what":"Cloudberry jam on Friday"}`, "translator")
	check(t, b.AskReview(ctx, "anna", 2, "editor", "Blackcurrant leaves in tea"))
	check(t, d.Flush(ctx))
	scanner, err := seizure.New(seizure.Canary{Name: "an older document", Value: "Rowanberry"}, seizure.Canary{Name: "a document", Value: "Cloudberry"}, seizure.Canary{Name: "a remark", Value: "Blackcurrant"})
	check(t, err)
	hits, err := scanner.Scan(dir)
	check(t, err)
	if len(hits) > 0 {
		t.Error(seizure.Report(hits))
	}
	seeing, err := seizure.New(seizure.Canary{Name: "a role", Value: "translator"})
	check(t, err)
	if hits, err := seeing.Scan(dir); err != nil || len(hits) == 0 {
		t.Errorf("the search finds nothing, not even a role: %v", err)
	}

	next, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "next"))
	check(t, err)
	check(t, d.Update(ctx, func(tx *db.Tx) error { return Rewrap(tx, b.Unlock, next) }))
	for what, c := range map[string]struct {
		u    *seal.Unlock
		want error
	}{"the new secret": {next, nil}, "the old one": {b.Unlock, seal.ErrOpen}, "none": {seal.NewLocked(""), seal.ErrLocked}} {
		one := bookWith(t, d, c.u)
		got, err := one.Draft(ctx, "anna")
		if !errors.Is(err, c.want) || c.want == nil && (string(got.Doc) != `{"what":"Cloudberry jam on Friday"}` || got.Review.Remark != "Blackcurrant leaves in tea") {
			t.Errorf("%s: %s %v", what, got.Doc, err)
		}
		if c.want == nil {
			continue
		}
		_, err1 := one.Save(ctx, "anna", 1, []byte(`{}`), "editor")
		err2 := d.Update(ctx, func(tx *db.Tx) error { return one.Begin(tx, "carl", []byte(`{}`), "editor") })
		_, err3 := one.Open(ctx, "carl", []byte(`{}`))
		err4 := one.AskReview(ctx, "anna", 1, "editor", "")
		for i, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, c.want) {
				t.Errorf("%s, %d: %v", what, i, err)
			}
		}
	}
	// A document that is put in another's place does not open there.
	good := bookWith(t, d, next)
	check(t, d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE draft_revision SET doc = (SELECT doc FROM draft_revision WHERE n = 1) WHERE n = 2`)
		return err
	}))
	if _, err := good.Draft(ctx, "anna"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a document opened in another's place: %v", err)
	}
}
