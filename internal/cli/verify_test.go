package cli

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"outcry/receipt"
)

// Everything a recount can tell of a letter, in its words; the site's own statements stand apart from what was counted.
func TestReportWords(t *testing.T) {
	open, closed, certified := receipt.Letter{15: 1}, receipt.Letter{15: 2}, receipt.Letter{15: 3}
	r := &receipt.Report{Origin: "letters.example/log", Size: 90, PublishedSize: 80, Pinned: true,
		Letters: []receipt.Count{
			{ID: open, Case: "anna", Slug: "release", Counted: 30, Withdrawn: 2, Removed: 3, Shown: 12,
				ByAssurance: map[receipt.Assurance]int64{receipt.Email: 26, receipt.Held: 4}, ByVersion: map[uint16]int64{1: 30},
				Removals: map[receipt.Reason]int64{receipt.AskedByMailbox: 1, receipt.NotTheirs: 2},
				Reported: []receipt.Statement{
					{Kind: receipt.Paper, AsOf: 20260501, Value: 5000, Entry: 7},
					{Kind: receipt.Elsewhere, AsOf: 20260500, Value: 1, Entry: 8},
					{Kind: receipt.Vouched, AsOf: 20260000, Value: 2, Entry: 9},
					{Kind: 99, Value: 3, Entry: 10},
				}},
			{ID: closed, Closed: 20},
			{ID: certified, Closed: 21},
		},
		Keys:         []receipt.LoggedKey{{Campaign: receipt.Campaign{15: 4}, Kind: receipt.NewsKey, Entry: 5}, {Campaign: receipt.Campaign{15: 4}, Kind: 8, Entry: 6}},
		Certificates: []receipt.Certificate{{Letter: certified, Entry: 21, Size: 25, Counted: 17, On: "2026-11-23"}},
		Unknown:      map[receipt.Type]int64{9: 2},
	}
	var out strings.Builder
	printReport(&out, r)
	id := func(n string) string { return strings.Repeat("0", 31) + n }
	want := `log      letters.example/log, 90 entries
key      as given
letter   anna/release: 30 counted, 2 withdrawn, 3 removed
         email: 26
         held: 4, until the organisers have looked at them
         version 1: 30
         with a name shown: 12
         removed, asked by mailbox: 1
         removed, not theirs: 2
reported anna/release: 5000 on paper as of 2026-05-01, stated by the site, not counted (entry 7)
reported anna/release: 1 elsewhere as of 2026-05, stated by the site, not counted (entry 8)
reported anna/release: 2 vouched for as of 2026, stated by the site, not counted (entry 9)
reported anna/release: 3 of kind 99, stated by the site, not counted (entry 10)
letter   ` + id("2") + `: 0 counted, 0 withdrawn, 0 removed
closed   ` + id("2") + `: by entry 20, no certificate yet
letter   ` + id("3") + `: 0 counted, 0 withdrawn, 0 removed
closed   ` + id("3") + `: by entry 21; its certificate of 2026-11-23 holds, with 17 counted at 25 entries
sealed   campaign ` + id("4") + `: the key that news addresses are sealed to has the fingerprint ` + strings.Repeat("0", 64) + ` since entry 5
sealed   campaign ` + id("4") + `: a key of kind 8 has the fingerprint ` + strings.Repeat("0", 64) + ` since entry 6
unknown  2 entries of type 9, by a later version of the program
note     the site's numbers are of the first 80 entries
holds    every entry, every hash, every number
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// A certificate is a receipt as well: its key signed it, or it does not hold.
func TestOpenCertificate(t *testing.T) {
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))
	key, err := receipt.NewKey("letters.example/log", private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	data, err := receipt.SignCertificate(private, receipt.Certificate{Origin: key.Origin(), Letter: receipt.Letter{15: 1}, Entry: 5, Size: 9, Counted: 3, On: "2026-11-23"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := open(data, key, receipt.Policy{})
	if err != nil || !c.OK || c.Kind != "certificate" || *c.Index != 5 || c.Size != 9 || *c.Counted != 3 || c.On != "2026-11-23" {
		t.Errorf("%+v, %v", c, err)
	}
	forged := strings.Replace(string(data), "counted 3", "counted 4", 1)
	if c, err := open([]byte(forged), key, receipt.Policy{}); err == nil || c.OK || c.Kind != "certificate" {
		t.Errorf("a forged one holds: %+v", c)
	}
}
