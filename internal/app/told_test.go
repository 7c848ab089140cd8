package app

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
	"outcry/test/peers"
)

// teller is a node that serves, whose watcher looks when it is told to.
type teller struct {
	*App
	t      *testing.T
	letter *letter.Letter
}

func newTeller(t *testing.T, d db.Config) teller {
	t.Helper()
	all := newNodes(t, 1, d)
	a := teller{all.list[0], t, all.letter}
	a.Config.Log = slog.New(slog.DiscardHandler)
	_, err := a.Handler(t.Context())
	must(t, err)
	must(t, a.Refresh(t.Context()))
	a.tells(0)
	return a
}

// sign has made-up people sign; all of them are in the log with one batch.
func (a teller) sign(n int) {
	a.t.Helper()
	have := int(a.Book.Count(a.letter.ID).ByAssurance[receipt.Rehearsal])
	must(a.t, a.Book.Rehearse(a.t.Context(), a.letter, have+n, nil))
	got, err := a.Log.Sequence(a.t.Context())
	must(a.t, err)
	if got != n {
		a.t.Fatalf("%d came into the log, want %d", got, n)
	}
}

// tells compares what viewers are told with how many have signed.
func (a teller) tells(want int) {
	a.t.Helper()
	for _, tag := range []lang.Tag{"en", "ru"} {
		said := map[string]string{}
		must(a.t, json.Unmarshal(a.Hub.Last(letter.Topic(tag, a.letter.ID)), &said))
		if n := cmp.Or(said["rehearsal"], "0"); n != strconv.Itoa(want) {
			a.t.Errorf("in %s viewers are told of %s signers, want %d", tag, n, want)
		}
	}
}

// An error of the database once all new entries were read: the number is told with the next look, and meanwhile what is published is of one moment.
func TestErrorAfterTheEntriesIsNoNumberLess(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	thief := peers.NewThief(t, dsn)
	a := newTeller(t, db.Config{URL: thief.DSN})
	a.sign(7)
	thief.Cut(7)
	if err := a.Refresh(t.Context()); err == nil || thief.Took() != 1 {
		t.Fatalf("%d answers were lost: %v", thief.Took(), err)
	}
	p := a.Book.Published()
	if root, err := a.Log.RootAt(t.Context(), p.Size); err != nil || root != p.Root {
		t.Errorf("with %d entries the root is published as %v, and is %v: %v", p.Size, p.Root, root, err)
	}
	must(t, a.Refresh(t.Context()))
	a.tells(7)
}

// Whoever else brings the number to the log, such as the desk or a letter that is being closed, keeps it from nobody who watches.
func TestFoldedByOthersIsTold(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		a := newTeller(t, d)
		for i, fold := range []func(context.Context) error{
			a.Book.CatchUp,
			a.caught,
			func(ctx context.Context) error { _, err := a.LetterStates(ctx); return err },
		} {
			a.sign(3)
			must(t, fold(t.Context()))
			must(t, a.Refresh(t.Context()))
			a.tells(3 * (i + 1))
		}
	})
}

// A case that can't be read is the organisers' to mend, and meanwhile numbers move.
func TestNumbersMoveThoughACaseCannotBeRead(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		a := newTeller(t, d)
		exec := func(query string, args ...any) {
			t.Helper()
			must(t, a.DB.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }))
		}
		var doc string
		must(t, a.DB.View(t.Context(), func(tx *db.Tx) error {
			_, err := tx.One("SELECT doc FROM casefile").Scan(&doc)
			return err
		}))
		exec("UPDATE casefile SET doc = $1, revision = revision + 1", "{")
		a.sign(2)
		for range 2 {
			if err := a.Refresh(t.Context()); err == nil {
				t.Fatal("the case can be read")
			}
			a.tells(2)
		}
		must(t, a.PauseLetter(t.Context(), a.letter))
		exec("UPDATE casefile SET doc = $1, revision = revision + 1", doc)
		must(t, a.Refresh(t.Context()))
		if l, err := a.Book.Letter(a.letter.Case, a.letter.Slug); err != nil || l.State != letter.Paused {
			t.Errorf("the letter is %v: %v", l, err)
		}
	})
}

// While the log can't be read, as on a database that is held or behind a wire that was cut, numbers are those of before, and nobody waits for them.
func TestNumbersDoNotWaitForTheDatabase(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	thief := peers.NewThief(t, dsn)
	a := newTeller(t, db.Config{URL: thief.DSN})
	a.sign(2)
	held, release := thief.Hold()
	defer release()
	caught, asked := make(chan error, 1), make(chan int64, 1)
	go func() { caught <- a.Book.CatchUp(t.Context()) }()
	<-held
	go func() { asked <- a.Book.Count(a.letter.ID).Size }()
	select {
	case size := <-asked:
		if size != 1 {
			t.Errorf("the number is of %d entries", size)
		}
	case <-time.After(10 * time.Second):
		t.Error("who asks for the number waits")
	}
	release()
	must(t, <-caught)
	must(t, a.Refresh(t.Context()))
	a.tells(2)
}
