package news

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

const (
	anna    = "anna.canary@example.org"
	mailURL = "https://post.example"
)

// key makes a key of organisers.
func key(t testing.TB) (seal.Recipient, seal.Identity) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "committee.key")
	to, err := seal.NewIdentityFile(path, time.Unix(0, 0))
	must(t, err)
	id, err := seal.ReadIdentityFile(path)
	must(t, err)
	return to, id
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a Book with a case for each slug, whose organisers gave that key.
func site(t testing.TB, d *db.DB, keys map[string]string) *Book {
	t.Helper()
	u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	must(t, err)
	must(t, translog.Create(t.Context(), d, u, "letters.example/log"))
	l, err := translog.Open(t.Context(), translog.Config{DB: d, Unlock: u, Now: func() time.Time { return time.Unix(1_793_000_000, 0) }})
	must(t, err)
	return NewBook(Config{DB: d, Log: l, MailURL: mailURL, Case: func(slug string) (*casefile.File, error) {
		k, ok := keys[slug]
		if !ok {
			return nil, fault.New(fault.NotFound, "fault.not_found")
		}
		return &casefile.File{Campaign: casefile.Campaign{NewsRecipient: k}}, nil
	}})
}

// asking is what nobody else knows of one asking.
func asking() []byte { return []byte(rand.Text()) }

// follow seals an address and keeps it, and returns the link that ends it.
func follow(t testing.TB, b *Book, caseSlug, address string) (stop string) {
	t.Helper()
	sealed, stop, err := b.Seal(caseSlug, seal.Hide(address), "ru", asking())
	must(t, err)
	must(t, b.DB.Update(context.WithoutCancel(t.Context()), func(tx *db.Tx) error { return b.Add(tx, sealed) }))
	return stop
}

func tokenOf(stop string) string { return strings.TrimPrefix(stop, mailURL+pathPrefix) }

func count(t testing.TB, b *Book, caseSlug string) int {
	t.Helper()
	n, err := b.Count(t.Context(), caseSlug)
	must(t, err)
	return n
}

func export(t testing.TB, b *Book, caseSlug string) []byte {
	t.Helper()
	var out bytes.Buffer
	_, err := b.Export(t.Context(), caseSlug, &out)
	must(t, err)
	return out.Bytes()
}

func TestAnAddressGoesInAndComesOutWithTheKeyAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, id := key(t)
		_, other := key(t)
		b := site(t, d, map[string]string{"anna": to.String()})
		stop := follow(t, b, "anna", anna)
		if !strings.HasPrefix(stop, mailURL+"/news/") || len(tokenOf(stop)) != 43 {
			t.Errorf("the link is %s", stop)
		}
		file := export(t, b, "anna")
		for _, plain := range []string{anna, "canary", tokenOf(stop)} {
			if bytes.Contains(file, []byte(plain)) {
				t.Errorf("the file shows %q", plain)
			}
		}
		l, err := Open(bytes.NewReader(file), id)
		must(t, err)
		var csv bytes.Buffer
		_, err = l.CSV(&csv)
		must(t, err)
		if want := "\"address\",\"language\",\"stop\"\n\"" + anna + "\",\"ru\",\"" + stop + "\"\n"; csv.String() != want || l.Rows != 1 || len(l.Closed) > 0 || l.Cut || l.Case != "anna" {
			t.Errorf("%+v\n%s", l, csv.String())
		}
		if l, err := Open(bytes.NewReader(file), other); err != nil || l.Opened() != 0 || l.Addresses() != 0 || len(l.Closed) != 1 {
			t.Errorf("with another key: %+v, %v", l, err)
		}
		must(t, b.Stop(t.Context(), tokenOf(stop)))
		if n := count(t, b, "anna"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// The table holds what doc.go says, and each row is as long as any other.
func TestRowsTellNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, _ := key(t)
		b := site(t, d, map[string]string{"anna": to.String()})
		long := strings.Repeat("a", 64) + "@" + strings.Repeat("d.", 92) + "org"
		cyrillic := strings.Repeat("щ", 32) + "@" + strings.Repeat("щ.", 60) + "рф"
		for _, address := range []string{"a@b.de", anna, long, cyrillic} {
			follow(t, b, "anna", address)
		}
		sizes := map[int]bool{}
		must(t, d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT id, casefile, sealed, unsub_hash FROM news`, nil, func(scan func(...any) error) error {
				var id, sealed, unsub []byte
				var slug string
				if err := scan(&id, &slug, &sealed, &unsub); err != nil {
					return err
				}
				sizes[len(sealed)] = true
				if len(id) != 16 || slug != "anna" || len(unsub) != 32 || bytes.Contains(sealed, []byte("canary")) {
					t.Errorf("%x %s %x", id, slug, unsub)
				}
				return nil
			})
		}))
		if len(sizes) != 1 {
			t.Errorf("ciphertexts of %v bytes", sizes)
		}
	})
	f := follower{Address: strings.Repeat("a", plainSize), Lang: "en", Stop: mailURL}
	if _, err := f.padded(); err == nil {
		t.Error("more was taken than is padded")
	}
}

// Without a key nothing is taken: what can't be sealed is not asked for.
func TestNothingIsTakenWithoutAKey(t *testing.T) {
	to, _ := key(t)
	d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")})
	b := site(t, d, map[string]string{"anna": to.String(), "boris": "", "cut": to.String()[:100], "ssh": "ssh-ed25519 AAAA"})
	for slug, want := range map[string]bool{"anna": true, "boris": false, "cut": false, "ssh": false, "unknown": false} {
		if b.Offered(slug) != want {
			t.Errorf("%s: offered is %v", slug, !want)
		}
		sealed, stop, err := b.Seal(slug, seal.Hide(anna), "en", asking())
		if (err == nil) != want || (!want && (sealed != nil || stop != "")) {
			t.Errorf("%s: %v %q %v", slug, sealed != nil, stop, err)
		}
	}
	if _, _, err := b.Seal("boris", seal.Hide(anna), "en", asking()); !fault.Is(err, fault.Refused) {
		t.Error(err)
	}
}

func TestAddTakesWhatSealMadeOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, _ := key(t)
		b := site(t, d, map[string]string{"anna": to.String()})
		sealed, _, err := b.Seal("anna", seal.Hide(anna), "en", asking())
		must(t, err)
		for range 2 {
			must(t, d.Update(t.Context(), func(tx *db.Tx) error { return b.Add(tx, sealed) }))
		}
		if n := count(t, b, "anna"); n != 1 {
			t.Errorf("%d rows", n)
		}
		for _, broken := range [][]byte{nil, {}, sealed[:10], sealed[:49], sealed[:50], append(bytes.Clone(sealed), make([]byte, rowMost)...)} {
			if err := d.Update(t.Context(), func(tx *db.Tx) error { return b.Add(tx, broken) }); err == nil {
				t.Errorf("%d bytes were kept", len(broken))
			}
		}
		if n := count(t, b, "anna"); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// An asking has one link, whatever else is said with it, so that an answer which was lost can be told again; and it tells whether it is kept still.
func TestAnAskingHasOneLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, _ := key(t)
		b := site(t, d, map[string]string{"anna": to.String(), "boris": to.String()})
		one := asking()
		first, stop, err := b.Seal("anna", seal.Hide(anna), "en", one)
		must(t, err)
		again, same, err := b.Seal("anna", seal.Hide(anna), "en", one)
		must(t, err)
		other, another, err := b.Seal("anna", seal.Hide(anna), "en", asking())
		must(t, err)
		if same != stop || another == stop || bytes.Equal(first, again) {
			t.Errorf("the links are %q, %q, and of another asking %q", stop, same, another)
		}
		has := func(sealed []byte) (is bool) {
			t.Helper()
			must(t, d.View(t.Context(), func(tx *db.Tx) error {
				is, err = b.Has(tx, sealed)
				return err
			}))
			return is
		}
		if has(first) {
			t.Error("kept before it was added")
		}
		must(t, d.Update(t.Context(), func(tx *db.Tx) error { return b.Add(tx, first) }))
		if !has(first) || !has(again) || has(other) {
			t.Errorf("%t of the row, %t of its asking, %t of another", has(first), has(again), has(other))
		}
		must(t, b.Stop(t.Context(), tokenOf(same)))
		if has(first) || has(again) {
			t.Error("kept after its link has ended it")
		}
		if _, _, err := b.Seal("anna", seal.Hide(anna), "en", one[:15]); err == nil {
			t.Error("an asking that is too short is taken")
		}
		if err := d.View(t.Context(), func(tx *db.Tx) error { _, err := b.Has(tx, first[:10]); return err }); err == nil {
			t.Error("a row that is none is looked for")
		}
	})
}

func TestStopEndsWhatItsLinkIsFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, _ := key(t)
		b := site(t, d, map[string]string{"anna": to.String(), "boris": to.String()})
		var stops []string
		for i := range 20 {
			stops = append(stops, follow(t, b, "anna", fmt.Sprintf("f%d@example.org", i)))
		}
		follow(t, b, "boris", anna)
		for _, nothing := range []string{"", ".", "x", strings.Repeat("A", 43), tokenOf(stops[0])[:42], tokenOf(stops[0]) + "A", strings.ToUpper(tokenOf(stops[0])), strings.Repeat("x.", 5000)} {
			must(t, b.Stop(t.Context(), nothing))
		}
		if n := count(t, b, "anna"); n != 20 {
			t.Fatalf("%d rows after links that are none", n)
		}
		for range 2 { // twice is once
			must(t, b.Stop(t.Context(), tokenOf(stops[0])))
		}
		if n := count(t, b, "anna"); n != 19 {
			t.Errorf("%d rows after one link", n)
		}
		var joined []string
		for _, s := range stops[1:] {
			joined = append(joined, tokenOf(s))
		}
		must(t, b.Stop(t.Context(), strings.Join(joined, separator)))
		if n := count(t, b, "anna"); n != 19-tokensMost {
			t.Errorf("%d rows after a link of %d tokens", n, len(joined))
		}
		if n := count(t, b, "boris"); n != 1 {
			t.Errorf("%d rows of another case", n)
		}
	})
}

// An export of more rows than are read at once has each once, in an order that tells nothing of when they came.
func TestExportIsWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, id := key(t)
		b := site(t, d, map[string]string{"anna": to.String(), "boris": to.String()})
		const many = 501
		must(t, d.Update(t.Context(), func(tx *db.Tx) error {
			for i := range many {
				sealed, _, err := b.Seal("anna", seal.Hide(fmt.Sprintf("f%03d@example.org", i)), "en", asking())
				if err != nil {
					return err
				}
				if err := b.Add(tx, sealed); err != nil {
					return err
				}
			}
			return nil
		}))
		l, err := Open(bytes.NewReader(export(t, b, "anna")), id)
		must(t, err)
		if l.Rows != many || l.Opened() != many || l.Addresses() != many || l.Cut {
			t.Errorf("%d rows, %d opened, %d addresses, cut %v", l.Rows, l.Opened(), l.Addresses(), l.Cut)
		}
		rising := 0
		for i := range l.Entries[1:] {
			if l.Entries[i].address < l.Entries[i+1].address {
				rising++
			}
		}
		if rising > many*2/3 || rising < many/3 {
			t.Errorf("%d of %d stand in the order in which they came", rising, many-1)
		}
		if l, err := Open(bytes.NewReader(export(t, b, "boris")), id); err != nil || l.Rows != 0 || l.Cut {
			t.Errorf("a case without rows: %+v, %v", l, err)
		}
	})
}

func TestAnnounce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		one, _ := key(t)
		two, _ := key(t)
		b := site(t, d, nil)
		campaign := receipt.Campaign{1, 2, 3}
		for _, step := range []struct{ was, is string }{{"", ""}, {"", one.String()}, {one.String(), one.String()}, {one.String(), two.String()}, {two.String(), ""}, {"", one.String()}} {
			must(t, d.Update(t.Context(), func(tx *db.Tx) error { return b.Announce(tx, campaign, step.was, step.is) }))
			_, err := b.Log.Sequence(t.Context())
			must(t, err)
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return b.Announce(tx, campaign, "", "ssh-ed25519 A") }); err == nil {
			t.Error("a key of SSH was announced")
		}
		bundle, err := b.Log.Bundle(t.Context(), 0, 3)
		must(t, err)
		for _, want := range []seal.Recipient{one, two, one} {
			entry := receipt.Marshal(receipt.KeyEntry{Campaign: campaign, Kind: receipt.NewsKey, Fingerprint: want.Fingerprint()})
			if len(bundle) < 2+len(entry) || !bytes.Equal(bundle[2:2+len(entry)], entry) {
				t.Fatalf("the log has %x, want %x", bundle, entry)
			}
			bundle = bundle[2+len(entry):]
		}
		if head, err := b.Log.Head(t.Context()); err != nil || head.Size != 3 {
			t.Errorf("%d entries, %v", head.Size, err)
		}
	})
}
