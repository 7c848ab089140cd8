package news

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

const drilled = "orlov"

// drilling is a book on a clock, and a key of the organisers' own.
func drilling(t *testing.T, d *db.DB) (b *Book, to string, key seal.Identity, now *time.Time) {
	t.Helper()
	at := time.Date(2026, 11, 20, 12, 3, 20, 0, time.UTC)
	now = &at
	b = NewBook(Config{DB: d, Now: func() time.Time { return *now }})
	to, key = newKey(t)
	return b, to, key, now
}

func newKey(t *testing.T) (string, seal.Identity) {
	t.Helper()
	to, id := key(t)
	return to.String(), id
}

// wordIn is the word that the holder of a key reads in a drill, as outcry open shows it.
func wordIn(t *testing.T, sealed []byte, key seal.Identity) string {
	t.Helper()
	list, err := Open(bytes.NewReader(sealed), key)
	must(t, err)
	var out bytes.Buffer
	_, err = list.CSV(&out)
	must(t, err)
	lines := strings.Split(out.String(), "\n")
	if len(lines) < 2 || list.Cut || list.Case != drilled {
		t.Fatalf("%q %+v", out.String(), list)
	}
	word, _, _ := strings.Cut(strings.Trim(lines[1], `"`), `"`)
	return word
}

func faulty(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != kind || f.Key != key {
		t.Fatalf("%v, want %s %s", err, kind, key)
	}
}

// columns is every column of every row of a table.
func columns(t *testing.T, d *db.DB, table string) (rows []string) {
	t.Helper()
	n := map[string]int{"news_drill": 6, "news_export": 5}[table]
	must(t, d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each("SELECT * FROM "+table, nil, func(scan func(...any) error) error {
			values, to := make([]any, n), make([]any, n)
			for i := range values {
				to[i] = &values[i]
			}
			err := scan(to...)
			rows = append(rows, fmt.Sprintf("%s %q", values, values))
			return err
		})
	}))
	return rows
}

// A key is proven by who opens what was sealed to it, however the word is typed; and once.
func TestDrill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, to, key, _ := drilling(t, d)
		ctx := t.Context()
		begun, err := b.BeginDrill(ctx, drilled, " news_recipient: \""+to+"\" \n")
		must(t, err)
		d2, found, err := b.Drill(ctx, drilled)
		if err != nil || !found || d2.Recipient != to || !bytes.Equal(begun.Sealed, d2.Sealed) {
			t.Fatal(d2, found, err)
		}
		word := wordIn(t, d2.Sealed, key)
		if len(strings.ReplaceAll(word, "-", "")) != 16 {
			t.Fatalf("the word is %q", word)
		}
		_, other := newKey(t)
		if list, err := Open(bytes.NewReader(d2.Sealed), other); err != nil || list.Opened() != 0 {
			t.Fatal("another's key opens it", err)
		}
		for _, row := range columns(t, d, "news_drill") {
			if strings.Contains(row, word) || strings.Contains(row, strings.ReplaceAll(word, "-", "")) {
				t.Fatal("the word is kept")
			}
		}
		if _, err := b.Answer(ctx, "another", word); err == nil {
			t.Fatal("another case's drill")
		}
		for _, wrong := range []string{"", "x", word[:len(word)-1], word + "a"} {
			_, err := b.Answer(ctx, drilled, wrong)
			faulty(t, err, fault.Invalid, "fault.news.word")
		}
		if proven, chosen, err := b.Proven(ctx, drilled); err != nil || len(proven) != 0 || chosen != "" {
			t.Fatal(proven, chosen, err)
		}
		if err := d.Update(ctx, func(tx *db.Tx) error { return b.Choose(tx, drilled, to) }); !fault.Is(err, fault.Refused) {
			t.Fatalf("chosen before it is proven: %v", err)
		}
		got, err := b.Answer(ctx, drilled, " "+strings.ToUpper(strings.ReplaceAll(word, "-", " "))+"\"\n")
		if err != nil || got != to {
			t.Fatal(got, err)
		}
		_, err = b.Answer(ctx, drilled, word) // replayed
		faulty(t, err, fault.Gone, "fault.news.no_drill")
		for range 2 {
			must(t, d.Update(ctx, func(tx *db.Tx) error { return b.Choose(tx, drilled, to) }))
		}
		if proven, chosen, err := b.Proven(ctx, drilled); err != nil || len(proven) != 1 || chosen != to {
			t.Fatal(proven, chosen, err)
		}
	})
}

// An old drill proves nothing: not after a day, not after ten wrong words, not once another has begun.
func TestDrillEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, to, key, now := drilling(t, d)
		ctx := t.Context()
		begin := func(to string) string {
			begun, err := b.BeginDrill(ctx, drilled, to)
			must(t, err)
			if to != begun.Recipient {
				t.Fatal(begun.Recipient)
			}
			return wordIn(t, begun.Sealed, key)
		}
		word := begin(to)
		*now = now.Add(24 * time.Hour)
		if _, found, err := b.Drill(ctx, drilled); found || err != nil {
			t.Fatal("it is under way still", err)
		}
		_, err := b.Answer(ctx, drilled, word)
		faulty(t, err, fault.Gone, "fault.news.no_drill")

		word = begin(to)
		for range 10 {
			_, err := b.Answer(ctx, drilled, "wrong")
			faulty(t, err, fault.Invalid, "fault.news.word")
		}
		_, err = b.Answer(ctx, drilled, word)
		faulty(t, err, fault.Gone, "fault.news.tries")

		old := begin(to)
		another, key2 := newKey(t)
		begun, err := b.BeginDrill(ctx, drilled, another)
		must(t, err)
		_, err = b.Answer(ctx, drilled, old)
		faulty(t, err, fault.Invalid, "fault.news.word")
		if got, err := b.Answer(ctx, drilled, wordIn(t, begun.Sealed, key2)); err != nil || got != another {
			t.Fatal(got, err)
		}
		// The key before it has to be drilled anew once another was chosen.
		_, err = b.Answer(ctx, drilled, begin(to))
		must(t, err)
		must(t, d.Update(ctx, func(tx *db.Tx) error { return b.Choose(tx, drilled, another) }))
		if proven, chosen, err := b.Proven(ctx, drilled); err != nil || len(proven) != 1 || chosen != another {
			t.Fatal(proven, chosen, err)
		}
		begin(to)
		*now = now.Add(24 * time.Hour)
		must(t, b.Sweep(ctx))
		if rows := columns(t, d, "news_drill"); len(rows) != 0 {
			t.Fatal("a drill that ended is kept")
		}
	})
}

// What is typed in the key's place and is none is refused, and repeated nowhere.
func TestDrillRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, to, _, _ := drilling(t, d)
		secret, err := age.GenerateHybridIdentity()
		must(t, err)
		for typed, key := range map[string]string{"": "fault.news.key", "age1": "fault.news.key", to[:len(to)-1]: "fault.news.key", to + " " + to: "fault.news.key",
			"ssh-ed25519 AAAA": "fault.news.key", "<script>": "fault.news.key", secret.String(): "fault.news.secret_key", strings.ToLower(secret.String()): "fault.news.secret_key"} {
			_, err := b.BeginDrill(t.Context(), drilled, typed)
			faulty(t, err, fault.Invalid, key)
			if typed != "" && strings.Contains(err.Error(), typed) {
				t.Errorf("%v repeats it", err)
			}
		}
		if rows := columns(t, d, "news_drill"); len(rows) != 0 {
			t.Fatal(rows)
		}
	})
}

// A list is fetched once, by who asked for it, of the case it was asked for, in its time; deciding it twice makes no second one.
func TestFetchOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, _, now := drilling(t, d)
		ctx := t.Context()
		ok := func() error { return nil }
		for range 2 {
			must(t, b.MakeReady(ctx, "e1", drilled, "ash"))
		}
		list, err := b.Ready(ctx, drilled, "ash")
		if err != nil || len(list) != 1 || list[0].ID != "e1" {
			t.Fatal(list, err)
		}
		for name, c := range map[string][3]string{"another's": {"e1", drilled, "rowan"}, "another case": {"e1", "lind", "ash"}, "none": {"e2", drilled, "ash"}} {
			if _, err := b.Fetch(ctx, c[0], c[1], c[2], ok, io.Discard); !fault.Is(err, fault.Gone) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := b.Ready(ctx, drilled, "rowan"); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
		waits := func(want int) {
			t.Helper()
			if n, err := b.Unfetched(ctx, drilled); err != nil || n != want {
				t.Errorf("%d lists wait, not %d: %v", n, want, err)
			}
		}
		named := func(when string, want bool) {
			t.Helper()
			if rows := columns(t, d, "news_export"); strings.Contains(fmt.Sprintf("%s", rows), "ash") != want {
				t.Errorf("%s: who asked is kept: %v, in %s", when, !want, rows)
			}
		}
		waits(1)
		named("it waits", true)
		var out bytes.Buffer
		if _, err := b.Fetch(ctx, "e1", drilled, "ash", func() error { return errors.New("no way") }, &out); err == nil || out.Len() != 0 {
			t.Fatal("written before it was told that it is taken", err)
		}
		must(t, b.MakeReady(ctx, "e3", drilled, "ash"))
		var wg sync.WaitGroup
		var n atomic.Int32
		for range 4 {
			wg.Go(func() {
				if _, err := b.Fetch(ctx, "e3", drilled, "ash", ok, io.Discard); err == nil {
					n.Add(1)
				}
			})
		}
		wg.Wait()
		if n.Load() != 1 {
			t.Fatalf("fetched %d times", n.Load())
		}
		waits(0)
		named("both were fetched", false)
		must(t, b.MakeReady(ctx, "e3", drilled, "ash")) // the errand runs again after a crash
		if _, err := b.Fetch(ctx, "e3", drilled, "ash", ok, io.Discard); !fault.Is(err, fault.Gone) {
			t.Fatalf("twice: %v", err)
		}
		must(t, b.MakeReady(ctx, "e4", drilled, "ash"))
		*now = now.Add(24 * time.Hour)
		if _, err := b.Fetch(ctx, "e4", drilled, "ash", ok, io.Discard); !fault.Is(err, fault.Gone) {
			t.Fatalf("too late: %v", err)
		}
		named("its time has passed", true)
		must(t, b.Sweep(ctx))
		named("it was swept", false)
		must(t, b.MakeReady(ctx, "e4", drilled, "ash")) // by the errand, which was late
		if list, err := b.Ready(ctx, drilled, "ash"); err != nil || len(list) != 0 {
			t.Error("a list that has ended waits anew", list, err)
		}
		if list, err := b.Ready(ctx, drilled, ""); err != nil || len(list) != 0 {
			t.Error("a list is nobody's, and somebody's", list, err)
		}
		*now = now.AddDate(0, 0, 41)
		must(t, b.Sweep(ctx))
		if rows := columns(t, d, "news_export"); len(rows) != 0 {
			t.Fatal(rows)
		}
	})
}

// The keys of cases are those that were proven and chosen: one whose drill waits, or that was proven and not taken, is none.
func TestChosenIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, to, key, _ := drilling(t, d)
		ctx := t.Context()
		chosen := func() (keys map[string]string) {
			must(t, d.View(ctx, func(tx *db.Tx) (err error) {
				keys, err = b.ChosenIn(tx)
				return err
			}))
			return keys
		}
		drill, err := b.BeginDrill(ctx, drilled, to)
		must(t, err)
		if keys := chosen(); len(keys) > 0 {
			t.Errorf("a drill that waits: %v", keys)
		}
		_, err = b.Answer(ctx, drilled, wordIn(t, drill.Sealed, key))
		must(t, err)
		if keys := chosen(); len(keys) > 0 {
			t.Errorf("a key that was not taken: %v", keys)
		}
		must(t, d.Update(ctx, func(tx *db.Tx) error { return b.Choose(tx, drilled, to) }))
		if keys := chosen(); len(keys) != 1 || keys[drilled] != to {
			t.Errorf("%v", keys)
		}
	})
}
