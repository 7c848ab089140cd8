package app

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// What organisers do with a name by a command is on the public list of a running server as soon as that has looked, and a server makes anew what it
// finds names by before it answers.
func TestAServerShowsWhatOrganisersDid(t *testing.T) {
	file, err := os.ReadFile("../../cmd/outcry/testdata/anna.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		ctx, dir := context.Background(), t.TempDir()
		c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now}
		c.URL, c.Database = "https://letters.example.org", d.URL
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		open := func() *App {
			t.Helper()
			a, err := Open(ctx, c)
			must(err)
			t.Cleanup(func() { a.Close() })
			return a
		}
		must(Init(ctx, c))
		hand := open()
		campaign, err := ReadCampaign(file)
		must(err)
		must(hand.Apply(ctx, campaign))
		must(hand.Book.Start(ctx))
		l := hand.Book.Letters("")[0]
		must(hand.Book.Rehearse(ctx, l, 2, nil))
		var lock receipt.Lock // of a signer who shows a name
		of := func(query string, args ...any) (n int64) {
			t.Helper()
			must(hand.DB.Update(ctx, func(tx *db.Tx) error {
				n, err = tx.Exec(query, args...)
				return err
			}))
			return n
		}
		must(hand.DB.View(ctx, func(tx *db.Tx) error {
			var raw []byte
			_, err := tx.One("SELECT lock FROM letter_signature").Scan(&raw)
			copy(lock[:], raw)
			return err
		}))
		of("INSERT INTO letter_prominent (lock, checked_by_role, note) VALUES ($1, 'editor', 'met her')", lock[:])
		if _, err := hand.ChangeName(ctx, l, lock, OrdinaryName, "", ""); err != nil {
			t.Error("what is left of a name can't be cleared:", err)
		}
		if _, err := hand.ChangeName(ctx, l, lock, OrdinaryName, "", ""); !fault.Is(err, fault.NotFound) {
			t.Error("nothing is cleared:", err)
		}
		of("INSERT INTO letter_prominent (lock, checked_by_role, note) VALUES ($1, 'editor', 'met her')", lock[:])
		server := open()
		h, err := server.Handler(ctx)
		must(err)
		if n := of("DELETE FROM letter_prominent"); n != 0 {
			t.Error("a server leaves what it finds of names that are gone")
		}
		for {
			n, err := hand.Log.Sequence(ctx)
			must(err)
			if n == 0 {
				break
			}
		}
		shows := func(when string, want bool) {
			t.Helper()
			must(server.Refresh(ctx))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", fmt.Sprintf("https://letters.example.org/en/%s/%s/names", l.Case, l.Slug), nil))
			if got := strings.Contains(w.Body.String(), "Anna Orlova"); w.Code != 200 || got != want {
				t.Fatalf("%s: %d, shown %t, want %t", when, w.Code, got, want)
			}
		}
		show := func() {
			t.Helper()
			of("INSERT INTO letter_name (lock, letter, name, affiliation, salt, script, sort_key, idx, earlier, removed) VALUES ($1, $2, 'Anna Orlova', '', $1, 'Latn', $1, 0, 0, 0)",
				lock[:], l.ID[:])
		}
		show()
		must(hand.touch(ctx, l.Case))
		shows("shown", true)
		r, err := hand.RemoveFromLetter(ctx, l, letter.Rule{Lock: &lock}, receipt.Duplicate, "twice", "moderator", nil)
		must(err)
		shows("struck off", false)
		_, _, err = hand.RestoreToLetter(ctx, l, r.ID)
		must(err)
		shows("put back", true)
		if n, err := hand.ChangeName(ctx, l, lock, ProminentName, "editor", "met her"); err != nil || n.Name != "Anna Orlova" {
			t.Error(n, err)
		}
		if _, err := hand.ChangeName(ctx, l, lock, HideName, "moderator", ""); err != nil {
			t.Error(err)
		}
		shows("hidden", false)
	})
}
