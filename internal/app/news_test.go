package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// The log tells each key under which a campaign takes addresses, once for each change, and the letter may begin with it all in one file.
func TestNewsKeysAreLogged(t *testing.T) {
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
		must(Init(ctx, c))
		a, err := Open(ctx, c)
		must(err)
		defer a.Close()
		var want []receipt.Fingerprint
		campaign := func(key string) {
			t.Helper()
			src := file
			if key != "" {
				src = bytes.Replace(file, []byte("\nperson:"), []byte("\n  news_recipient: "+key+"\nperson:"), 1)
			}
			f, err := ReadCampaign(src)
			must(err)
			must(a.Apply(ctx, f))
		}
		var keys []seal.Recipient
		for i := range 2 {
			to, err := seal.NewIdentityFile(filepath.Join(dir, fmt.Sprint("key", i)), c.Now())
			must(err)
			keys = append(keys, to)
		}
		for _, step := range []struct {
			key  string
			told bool
		}{{keys[0].String(), true}, {keys[0].String(), false}, {keys[1].String(), true}, {"", false}, {keys[1].String(), true}} {
			campaign(step.key)
			if step.told {
				to, err := seal.ParseRecipient(step.key)
				must(err)
				want = append(want, to.Fingerprint())
			}
			_, err = a.Log.Sequence(ctx)
			must(err)
			if offered := a.News.Offered("anna"); offered { // no page has been read yet
				t.Error("news are offered of a case that is not loaded")
			}
			_, err := a.site.Reload(ctx)
			must(err)
			if offered := a.News.Offered("anna"); offered != (step.key != "") {
				t.Errorf("offered is %v", offered)
			}
			if step.key != "" {
				sealed, _, err := a.News.Seal("anna", seal.Hide("x@example.org"), "en", []byte(rand.Text()))
				must(err)
				must(a.DB.Update(ctx, func(tx *db.Tx) error { return a.News.Add(tx, sealed) }))
			}
			must(a.Close())
			a, err = Open(ctx, c)
			must(err)
		}
		head, err := a.Log.Head(ctx)
		must(err)
		var have []receipt.Fingerprint
		must(a.Log.Entries(ctx, 0, head.Size, func(_ int64, data []byte) error {
			e, err := receipt.Parse(data)
			if k, ok := e.(receipt.KeyEntry); ok {
				if k.Campaign != letter.CampaignID("anna") || k.Kind != receipt.NewsKey {
					t.Errorf("%+v", k)
				}
				have = append(have, k.Fingerprint)
			}
			return err
		}))
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("the log tells %v, want %v", have, want)
		}
		if _, err := a.Handler(ctx); err != nil {
			t.Errorf("it does not start: %v", err)
		}
		var out bytes.Buffer
		if n, err := a.ExportNews(ctx, "anna", &out); err != nil || n != 4 {
			t.Errorf("%d rows, %v", n, err)
		}
		if _, err := a.ExportNews(ctx, "boris", &out); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
