package letter

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// ofField asks that a refusal is one that a page can word beside its field, and that it repeats nothing of what was typed.
func ofField(t *testing.T, err error, typed string, fields ...string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid {
		t.Fatalf("%q is refused with %v", typed, err)
	}
	for _, field := range fields {
		if f.Field == field {
			return
		}
	}
	t.Fatalf("%q is refused at the field %q", typed, f.Field)
}

// What is taken for an address is sent to as it was typed, and our mailer takes it; its folded form is one, however often it is folded and in whatever case it was typed.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"anna@example.org", " Anna+x@Example.ORG ", "a.n.n.a@googlemail.com", "почта@пример.example", "ｖictim@example.org", "\u212a@b.example", "+@a.example", "a+b+c@d.example",
		"\u0130@i.example", "ß@x.example", "ﬁ@gmail.com", "a\uff0bb@x.example", "a\uff20b@x.example", "=?utf-8?q?anna?=@example.org", "a@b.c.d.co.uk", "a@xn--e1afmkfd.example", "a@faß.example", "a@1.2.3.4",
		"\"a b\"@x.example", "a@b\r\nc.example", "a\u200b@x.example", strings.Repeat("ﷺ", 21) + "@x.example", "a@" + strings.Repeat("b.", 120) + "example", "ά\u0345@x.example", "σς@x.example", "ǅ@x.example"} {
		f.Add(s)
	}
	sink := &mail.Sink{}
	f.Fuzz(func(t *testing.T, typed string) {
		began := time.Now()
		a, err := ParseAddress(typed)
		if err != nil {
			ofField(t, err, typed, "email")
			return
		}
		s := a.Reveal()
		if s != strings.TrimSpace(typed) || len(s) > addressMost || !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
		}) {
			t.Fatalf("%q is taken as %q", typed, s)
		}
		m := mail.Message{ID: strings.Repeat("0", 32), To: s, Subject: "x", Text: "x"}
		if err := sink.Send(context.Background(), &m); err != nil {
			t.Fatalf("%q is taken, and can't be mailed: %v", s, err)
		}
		folded := Fold(a).Reveal()
		local, domain, ok := cutLast(folded)
		if !ok || local == "" || domain == "" || len(folded) > 20*addressMost {
			t.Fatalf("%q is folded to %q", s, folded)
		}
		typedLocal, typedDomain, _ := cutLast(s)
		spellings := []string{folded, strings.ToLower(typedLocal) + "@" + typedDomain} // a domain has its own rules of case
		if up := strings.ToUpper(local); strings.ToLower(up) == local {                // not every letter comes back from its capital
			spellings = append(spellings, up+"@"+domain)
		}
		for _, same := range spellings {
			if again := Fold(seal.Hide(same)).Reveal(); again != folded {
				t.Fatalf("%q is folded to %q, and %q to %q", s, folded, same, again)
			}
		}
		d := Domain(a)
		if d == "" || strings.ContainsFunc(d, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsUpper(r) }) {
			t.Fatalf("%q is of the domain %q", s, d)
		}
		if better := Suggest(a); better != "" {
			if _, err := ParseAddress(better); err != nil {
				t.Fatalf("%q is suggested for %q", better, s)
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Fatalf("%v for %d bytes", took, len(typed))
		}
	})
}

// A name that was taken is shown as one short line of letters that harm no neighbour, and is taken as the same when it is typed again.
func FuzzParseName(f *testing.F) {
	for _, s := range []string{"Anna Orlova", "  А. Н.  Орлов ", "محمد", "नृ\u200dप", "e\u0301", "a" + strings.Repeat("\u0301", 9), "\u202eevil", "日本\ufe00語", "a\u200db", "👨‍👩‍👧", "www.x.org", "a@b.example", "a ://b", "\u115f",
		"\ue000", "\U000e0041", "ﬀ", strings.Repeat("ab ", 60), "O’Neil", "\u0300", "\u1160x", "x\u034fy", "க்\u200cஷ", "\u17b4", "a\ufffdb", "x\u00a0y"} {
		f.Add(s, "University of "+s)
	}
	f.Fuzz(func(t *testing.T, typed, place string) {
		began := time.Now()
		n, err := ParseName(typed, place)
		if err != nil {
			ofField(t, err, typed, "name", "affiliation")
			return
		}
		for i, s := range []string{n.Name, n.Affiliation} {
			if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || strings.TrimSpace(s) != s || len(s) > 16*affiliationMost || utf8.RuneCountInString(s) > (1+marksMost)*affiliationMost*3 || i == 0 && s == "" {
				t.Fatalf("%q is shown as %q", typed, s)
			}
			if strings.ContainsFunc(s, func(r rune) bool {
				return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && !lang.Joiner(r) || unicode.Is(unicode.Co, r) || r != ' ' && unicode.IsSpace(r)
			}) {
				t.Fatalf("%q is shown as %q", typed, s)
			}
		}
		if again, err := ParseName(n.Name, n.Affiliation); err != nil || again != n {
			t.Fatalf("%q is shown as %q, which is shown as %q: %v", typed, n, again, err)
		}
		list := lang.NameWords(n.Name)
		for _, w := range list {
			if w == "" || len(w) > lang.WordMost || !utf8.ValidString(w) {
				t.Fatalf("%q is found by %q", n.Name, list)
			}
		}
		if key := sortKey(n.Name); len(list) > lang.WordsMost || len(key) == 0 || len(key) > sortKeyMost || len(script(n.Name)) != 4 {
			t.Fatalf("%q has %d words, a key of %d bytes and the script %q", n.Name, len(list), len(key), script(n.Name))
		}
		if took := time.Since(began); took > time.Second {
			t.Fatalf("%v for %d bytes", took, len(typed)+len(place))
		}
	})
}

// What a token or a queued mail holds is read back to the byte, or not at all.
func FuzzClaim(f *testing.F) {
	c := claim{letter: receipt.Letter{1}, version: 3, tag: seal.Tag{2}, expires: 1_800_000_000, lang: "ru", address: seal.Hide("anna@example.org")}
	f.Add(c.bytes())
	f.Add(mailPayload{aim: toFollow, code: "ABCD2345", claim: c}.bytes())
	f.Add(mailPayload{}.bytes())
	f.Add(seal.Padded(bytes.Repeat([]byte{0xff}, 80), 200))
	f.Add([]byte{0, 75})
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, ok := parseClaim(b); ok {
			if len(c.lang)+len(c.address.Reveal()) <= claimSize-77 {
				back, ok := parseClaim(c.bytes())
				if !ok || back.ask != c.ask || back.letter != c.letter || back.version != c.version || back.tag != c.tag || back.expires != c.expires || back.lang != c.lang || back.address.Reveal() != c.address.Reveal() {
					t.Fatalf("%x is read as what is written otherwise", b)
				}
			}
			_ = c.expiryDay()
		}
		if m, ok := parseMail(b); ok && m.code != "" && len(m.claim.lang)+len(m.claim.address.Reveal()) <= claimSize-77 {
			if back, ok := parseMail(m.bytes()); !ok || back.aim != m.aim || back.code != m.code || back.claim.ask != m.claim.ask || m.aim > toFollow {
				t.Fatalf("%x is read as what is written otherwise", b)
			}
		}
	})
}

// One private link has one spelling; so has a removal's name.
func FuzzParseSecret(f *testing.F) {
	f.Add(newSecret().Text())
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("A", 42) + "B")
	f.Add(strings.Repeat("A", 43) + "=")
	f.Add(strings.Repeat("a", 21) + "\n" + strings.Repeat("a", 22))
	f.Add(strings.Repeat("0a", 16))
	f.Fuzz(func(t *testing.T, text string) {
		if s, ok := ParseSecret(text); ok {
			if s.Text() != text || len(text) != base64.RawURLEncoding.EncodedLen(32) {
				t.Fatalf("%q is read as %q", text, s.Text())
			}
			if s.preimage() == (receipt.Preimage{}) || bytes.Equal(s.hash(), s.s.Reveal()) {
				t.Fatal("a secret's parts are the secret")
			}
		}
		if id, err := ParseRemovalID(text); err == nil && id.String() != strings.ToLower(text) {
			t.Fatalf("%q is read as %s", text, id)
		}
	})
}

// A wish for a text gets one that there is, or none; a page's key holds nothing that a reader made up.
func FuzzChosenText(f *testing.F) {
	l := &Letter{Texts: map[lang.Tag]Wording{"en": {}, "ka": {}}}
	for _, s := range []string{"ka", "en", "KA", "", "ka\x00", "xx", "ka&q=1"} {
		f.Add(s, "en")
	}
	f.Fuzz(func(t *testing.T, wish, tag string) {
		switch got := chosenQuery(l.chosen(wish, lang.Tag(tag))); got {
		case "", "?text=en", "?text=ka":
		default:
			t.Fatalf("%q is a wish for %q", wish, got)
		}
	})
}
