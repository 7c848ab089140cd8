package app

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// drilled is a key that has passed its drill for a case.
func (s *bound) drilled(slug string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "committee.key")
	to, err := seal.NewIdentityFile(path, time.Now())
	must(s.t, err)
	key, err := seal.ReadIdentityFile(path)
	must(s.t, err)
	d, err := s.News.BeginDrill(s.t.Context(), slug, to.String())
	must(s.t, err)
	list, err := news.Open(bytes.NewReader(d.Sealed), key)
	must(s.t, err)
	var out bytes.Buffer
	_, err = list.CSV(&out)
	must(s.t, err)
	_, err = s.News.Answer(s.t.Context(), slug, strings.Split(out.String(), `"`)[7])
	must(s.t, err)
	return to.String()
}

// logged are the fingerprints of the keys that the log names, in order.
func (s *bound) logged() (list []receipt.Fingerprint) {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.Log.Sequence(ctx)
	must(s.t, err)
	head, err := s.Log.Head(ctx)
	must(s.t, err)
	must(s.t, s.Log.Entries(ctx, 0, head.Size, func(_ int64, data []byte) error {
		if e, err := receipt.Parse(data); err == nil {
			if k, ok := e.(receipt.KeyEntry); ok {
				list = append(list, k.Fingerprint)
			}
		}
		return nil
	}))
	return list
}

// A campaign's key changes at the desk by taking a proven one alone: the log says so once, and what a draft says of it is of no account.
func TestTakeKey(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := bind(t, d)
		ctx := t.Context()
		unproven, err := seal.NewIdentityFile(filepath.Join(t.TempDir(), "another.key"), time.Now())
		must(t, err)
		if err := s.takeKey(ctx, "anna", unproven.String()); !fault.Is(err, fault.Refused) {
			t.Fatalf("a key that has passed no drill: %v", err)
		}
		if s.News.Offered("anna") || len(s.logged()) != 0 {
			t.Fatal("an address would be taken")
		}
		to := s.drilled("anna")
		for range 2 { // the errand runs again
			must(t, s.takeKey(ctx, "anna", to))
		}
		s.refresh()
		if !s.News.Offered("anna") {
			t.Fatal("no address is taken")
		}
		was, err := seal.ParseRecipient(to)
		must(t, err)
		if got := s.logged(); len(got) != 1 || got[0] != was.Fingerprint() {
			t.Fatalf("the log names %x", got)
		}
		second, read := s.drilled("anna"), mustExport(t, s)
		must(t, s.takeKey(ctx, "anna", second))
		must(t, s.Publish(ctx, read, "mark")) // which was on its way meanwhile
		if now := mustExport(t, s).Campaign.NewsRecipient; now != second {
			t.Fatalf("a publication has brought back the key before: %.12q", now)
		}
		if got := s.logged(); len(got) != 2 {
			t.Fatalf("the log names %d keys", len(got))
		}
		if err := s.takeKey(ctx, "anna", to); !fault.Is(err, fault.Refused) { // another drill first
			t.Fatalf("back to the old one: %v", err)
		}
		c := &Campaign{File: casefile.File{}}
		for _, says := range []string{"", to, unproven.String(), second} {
			c.Case.Slug, c.Campaign.NewsRecipient = "anna", says
			if err := s.keepKey(ctx, c); err != nil || c.Campaign.NewsRecipient != second {
				t.Fatalf("a draft that says %.12q is published with %.12q: %v", says, c.Campaign.NewsRecipient, err)
			}
		}
		must(t, s.Apply(ctx, mustExport(t, s)))
		if got := s.logged(); len(got) != 2 {
			t.Fatal("published as it is, and the log names another key")
		}

		// One that was never published gets the key that was taken for it, and none otherwise.
		c.Case.Slug, c.Campaign.NewsRecipient = "lind", unproven.String()
		if err := s.keepKey(ctx, c); err != nil || c.Campaign.NewsRecipient != "" {
			t.Fatalf("%.12q %v", c.Campaign.NewsRecipient, err)
		}
		first := s.drilled("lind")
		if err := s.keepKey(ctx, c); err != nil || c.Campaign.NewsRecipient != "" {
			t.Fatalf("proven and not taken: %.12q %v", c.Campaign.NewsRecipient, err)
		}
		must(t, s.takeKey(ctx, "lind", first))
		if err := s.keepKey(ctx, c); err != nil || c.Campaign.NewsRecipient != first {
			t.Fatalf("%.12q %v", c.Campaign.NewsRecipient, err)
		}
	})
}

func mustExport(t *testing.T, s *bound) *letter.Campaign {
	t.Helper()
	c, err := s.Export(t.Context(), "anna")
	must(t, err)
	return c
}
