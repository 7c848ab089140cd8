package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

func TestClaimsAreEquallyLong(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 3, 20, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		a := seal.Hide(strings.Repeat("a", rapid.IntRange(1, addressMost).Draw(t, "length")))
		l := &Letter{ID: receipt.Letter(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "letter"))}
		tag := seal.Tag(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "tag"))
		tongue := lang.Tag(rapid.SampledFrom([]string{"", "en", "ru", "sr-Latn", strings.Repeat("x", 35)}).Draw(t, "lang"))
		c := newClaim(l, Version(rapid.Uint16().Draw(t, "version")), tag, tongue, a, now)
		if len(c.bytes()) != claimSize {
			t.Fatalf("%d bytes", len(c.bytes()))
		}
		if got, ok := parseClaim(c.bytes()); !ok || !bytes.Equal(got.bytes(), c.bytes()) || got.address.Reveal() != a.Reveal() || got.lang != tongue || got.expires != c.expires {
			t.Fatalf("read back as another: %v", ok)
		}
		m := mailPayload{code: "ABCD2345", claim: c}
		if got, ok := parseMail(m.bytes()); !ok || !bytes.Equal(got.bytes(), m.bytes()) {
			t.Fatal("the mail is read back as another")
		}
		if nothing := (mailPayload{}).bytes(); len(nothing) != len(m.bytes()) {
			t.Fatalf("nothing has %d bytes, a mail %d", len(nothing), len(m.bytes()))
		}
		if c.expires != now.Add(72*time.Hour).Unix() {
			t.Fatalf("expires at %d", c.expires)
		}
	})
	if got, ok := parseMail((mailPayload{}).bytes()); !ok || got.code != "" {
		t.Fatal("nothing is read back as a mail")
	}
}

func TestClaimsThatAreNone(t *testing.T) {
	for _, b := range [][]byte{nil, {0}, make([]byte, claimSize), seal.Padded(make([]byte, 74), claimSize), seal.Padded(append(make([]byte, 74), 9), claimSize)} {
		if _, ok := parseClaim(b); ok {
			t.Errorf("%d bytes are taken for a claim", len(b))
		}
		if m, ok := parseMail(b); ok && m.code != "" {
			t.Errorf("%d bytes are taken for a mail", len(b))
		}
	}
}

// Two asks of one address are two uses; the code and the link of one ask are one.
func TestUseIsOfTheAsk(t *testing.T) {
	l := &Letter{}
	a := address(t, "anna@example.org")
	one, two := newClaim(l, 1, seal.Tag{}, "en", a, time.Time{}), newClaim(l, 1, seal.Tag{}, "en", a, time.Time{})
	if bytes.Equal(one.used(), two.used()) {
		t.Fatal("two asks are one use")
	}
	again, _ := parseClaim(one.bytes())
	if !bytes.Equal(one.used(), again.used()) {
		t.Fatal("one ask is two uses")
	}
}

func TestSecret(t *testing.T) {
	s := newSecret()
	text := s.Text()
	if got, ok := ParseSecret(text); !ok || got.preimage() != s.preimage() || !bytes.Equal(got.hash(), s.hash()) {
		t.Fatal("a private link's secret is read back as another")
	}
	if newSecret().Text() == text {
		t.Fatal("two secrets are one")
	}
	raw, _ := base64.RawURLEncoding.DecodeString(text)
	if pre := s.preimage(); len(raw) != 32 || bytes.Equal(pre[:], raw) || bytes.Equal(s.hash(), pre[:]) {
		t.Fatal("what is published at withdrawal, or stored, is the secret")
	}
	if lock := s.preimage().Lock(); bytes.Equal(lock[:], s.hash()) {
		t.Fatal("lock and link hash are the same: a first link could be told from a later one")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, Counted{Secret: s})
		for _, form := range []string{text, fmt.Sprintf("%x", raw), fmt.Sprint(raw), fmt.Sprintf("%#v", raw), fmt.Sprintf("%q", raw), string(raw)} {
			if strings.Contains(out, form) {
				t.Errorf("%s prints the secret", verb)
			}
		}
	}
	other := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	for _, bad := range []string{"", "x", text[:42], text + "A", text + "=", text + "\n", other[:42] + "B", strings.Repeat("!", 43), "\x00" + text[1:]} {
		if _, ok := ParseSecret(bad); ok {
			t.Errorf("%q is taken for a secret", bad)
		}
	}
}

// The commitment binds address and version; without the secret it can't be guessed, with it it can be opened.
func TestCommitment(t *testing.T) {
	s := newSecret()
	a := address(t, "Anna+x@example.org")
	c := s.commitment(a, 2)
	if s.commitment(address(t, "anna@example.org"), 2) != c {
		t.Fatal("two spellings of one mailbox are two commitments")
	}
	for name, other := range map[string]receipt.Commitment{
		"address": s.commitment(address(t, "anne@example.org"), 2), "version": s.commitment(a, 1), "secret": newSecret().commitment(a, 2),
	} {
		if other == c {
			t.Errorf("the commitment does not bind the %s", name)
		}
	}
	if seal.Commit(seal.Derive(s.s.Reveal(), "audit"), []byte("anna@example.org"), []byte{0, 2}) != c {
		t.Error("the commitment can't be opened by the published rule")
	}
}
