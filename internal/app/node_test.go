package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/receipt"
	"outcry/test/peers"
)

// nodes are servers of one installation in one process, each with folders of its own but the secret's. Nothing runs in them by itself.
type nodes struct {
	list   []*App
	letter *letter.Letter
}

func newNodes(t *testing.T, n int, d db.Config) nodes {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	must := mustBe(t)
	file, err := os.ReadFile("../../cmd/outcry/testdata/anna.yaml")
	must(err)
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now}
	c.URL, c.Database = "https://letters.example.org", d.URL
	must(Init(ctx, c))
	var all nodes
	for i := range n {
		if i > 0 && d.URL != "" {
			own := filepath.Join(dir, fmt.Sprint("data", i))
			must(os.CopyFS(own, os.DirFS(c.Data)))
			c.Data = own
		}
		a, err := Open(ctx, c)
		must(err)
		t.Cleanup(func() { a.Close() })
		all.list = append(all.list, a)
		if i == 0 {
			campaign, err := ReadCampaign(file)
			must(err)
			must(a.Apply(ctx, campaign))
		}
		must(a.Book.Start(ctx))
	}
	all.letter = all.list[0].Book.Letters("")[0]
	return all
}

func mustBe(t *testing.T) func(error) {
	return func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A job that takes the count and one that makes it grow may run twice, in one process and in another, at any moment: what was counted is not counted again.
func TestCountedTwiceIsCountedOnce(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		ctx, must := t.Context(), mustBe(t)
		all := newNodes(t, 2, c)
		const signed = 200
		var wg sync.WaitGroup
		over := make(chan struct{})
		for _, a := range all.list {
			for range 3 {
				wg.Go(func() {
					for {
						if _, err := a.Log.Sequence(ctx); err != nil {
							t.Error(err)
						}
						if err := a.Book.CatchUp(ctx); err != nil {
							t.Error(err)
						}
						select {
						case <-over:
							return
						default:
						}
					}
				})
			}
		}
		must(all.list[0].Book.Rehearse(ctx, all.letter, signed, nil))
		close(over)
		wg.Wait()
		for {
			n, err := all.list[1].Log.Sequence(ctx)
			must(err)
			if n == 0 {
				break
			}
		}
		for i, a := range all.list {
			for range 2 {
				err := a.Book.CatchUp(ctx)
				must(err)
			}
			if n := a.Book.Count(all.letter.ID).ByAssurance[receipt.Rehearsal]; n != signed {
				t.Errorf("node %d counts %d of %d", i, n, signed)
			}
		}
	})
}

// names is the public list of names as a node has it in memory.
func (a *App) names(h http.Handler, l *letter.Letter) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", fmt.Sprintf("https://letters.example.org/en/%s/%s/names", l.Case, l.Slug), nil))
	return w.Body.String()
}

// A name that was hidden on one node is gone from another node's pages as soon as that hears of it, and when it can't hear, all pages are.
func TestHiddenNameIsGoneFromOtherNodes(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	ctx, must := context.Background(), mustBe(t)
	all := newNodes(t, 2, db.Config{URL: dsn})
	one, other := all.list[0], all.list[1]
	must(one.Book.Rehearse(ctx, all.letter, 2, nil))
	for n := 1; n > 0; {
		var err error
		n, err = one.Log.Sequence(ctx)
		must(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		must(one.DB.Update(ctx, func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }))
	}
	var lock receipt.Lock
	must(one.DB.View(ctx, func(tx *db.Tx) error {
		var raw []byte
		_, err := tx.One("SELECT lock FROM letter_signature").Scan(&raw)
		copy(lock[:], raw)
		return err
	}))
	h, err := other.Handler(ctx)
	must(err)
	show := func() {
		t.Helper()
		exec("INSERT INTO letter_name (lock, letter, name, affiliation, salt, script, sort_key, idx, earlier, removed) VALUES ($1, $2, 'Anna Orlova', '', $1, 'Latn', $1, 0, 0, 0)",
			lock[:], all.letter.ID[:])
		other.pages.Moved()
		if !strings.Contains(other.names(h, all.letter), "Anna Orlova") {
			t.Fatal("the name is not shown")
		}
	}
	gone := func(how string) {
		t.Helper()
		for deadline := time.Now().Add(3 * time.Second); strings.Contains(other.names(h, all.letter), "Anna Orlova"); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the name is still shown", how)
			}
		}
	}
	hearing, deafen := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); other.hear(hearing) }()
	defer func() { deafen(); <-ended }()
	listening := func() (n int) {
		t.Helper()
		must(one.DB.View(ctx, func(tx *db.Tx) error {
			_, err := tx.One("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()").Scan(&n)
			return err
		}))
		return n
	}
	for deadline := time.Now().Add(10 * time.Second); listening() == 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	show()
	time.Sleep(100 * time.Millisecond) // what it heard of the beginning is over
	if !strings.Contains(other.names(h, all.letter), "Anna Orlova") {
		t.Fatal("the page goes by itself: this shows nothing")
	}
	if _, err := one.ChangeName(ctx, all.letter, lock, HideName, "moderator", ""); err != nil {
		t.Fatal(err)
	}
	gone("told")

	show()
	exec("DELETE FROM letter_name") // and nobody tells
	time.Sleep(100 * time.Millisecond)
	if !strings.Contains(other.names(h, all.letter), "Anna Orlova") {
		t.Fatal("the page goes by itself: this shows nothing")
	}
	exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
	gone("deaf")
}

// A node with a copy of the shares in a folder of its own destroys it too when a letter has been closed.
func TestClosedLetterLeavesNoShareOnAnyNode(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		ctx, must := context.Background(), mustBe(t)
		all := newNodes(t, 1, d)
		one := all.list[0]
		own := filepath.Join(t.TempDir(), "secret")
		c := one.Config
		raw, err := os.ReadFile(c.SecretFile)
		must(err)
		must(os.WriteFile(own, raw, 0o600))
		must(os.CopyFS(own+".shares", os.DirFS(c.SecretFile+".shares")))
		c.SecretFile = own
		other, err := Open(ctx, c)
		must(err)
		t.Cleanup(func() { other.Close() })
		_, err = other.Handler(ctx)
		must(err)
		shares := func() int {
			t.Helper()
			list, err := os.ReadDir(own + ".shares")
			must(err)
			return len(list)
		}
		must(other.Refresh(ctx))
		had := shares()
		if had == 0 {
			t.Fatal("there is no share to destroy")
		}
		_, err = one.CloseLetter(ctx, all.letter, nil)
		must(err)
		must(other.Refresh(ctx))
		if left := shares(); left != had-1 {
			t.Errorf("%d shares of %d are left", left, had)
		}
	})
}

// Whatever the process may have of open files, some are nobody's who only reads.
func TestFilesAreKeptForSigning(t *testing.T) {
	c, v := connections(), viewers()
	if c <= 0 || v <= 0 || v >= c || v > viewersMost {
		t.Errorf("%d connections, %d of them viewers", c, v)
	}
}
