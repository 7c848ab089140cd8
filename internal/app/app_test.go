package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// A folder knows its log: on an empty or a strange database no second log begins under the first one's name.
func TestAnotherDatabaseIsRefused(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		ctx, dir := context.Background(), t.TempDir()
		c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now}
		c.URL, c.Database = "https://letters.example.org", d.URL
		if err := Init(ctx, c); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			a, err := Open(ctx, c)
			if err != nil {
				t.Fatal(err)
			}
			a.Close()
		}
		other := c
		if d.URL == "" {
			os.Remove(filepath.Join(c.Data, databaseName))
		} else {
			other.Database = "" // SQLite, of which there is no file yet
			if err := os.WriteFile(filepath.Join(c.Data, settingsName), []byte("language: en\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Open(ctx, other)
		if !errors.Is(err, ErrInWay) || !strings.Contains(err.Error(), "letters.example.org/log+") {
			t.Fatal(err)
		}
	})
}
