package letter

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
)

// Characters that an editor would hide or mend.
const (
	zeroWidth  = "\u200b"
	softHyphen = "\u00ad"
	rightLeft  = "\u202e"
	bom        = "\ufeff"
	noBreak    = "\u00a0"
	kelvin     = "\u212a"
	nfd        = "u\u0308" // ü as two characters
	nfc        = "\u00fc"
)

func address(t testing.TB, typed string) Address {
	t.Helper()
	a, err := ParseAddress(typed)
	if err != nil {
		t.Fatalf("%q is refused: %v", typed, err)
	}
	return a
}

func TestAddressesTaken(t *testing.T) {
	label := strings.Repeat("d", 63)
	long := strings.Repeat("l", 64) + "@" + label + "." + label + "." + strings.Repeat("d", 58) + ".de"
	for typed, kept := range map[string]string{
		"anna@example.org":            "anna@example.org",
		" anna@example.org\t":         "anna@example.org",
		"anna@example.org\r\n":        "anna@example.org", // pasted with its line's end
		noBreak + "anna@example.org":  "anna@example.org",
		"Anna.Orlova@Example.ORG":     "Anna.Orlova@Example.ORG", // sent to as typed
		"anna+letters@example.org":    "anna+letters@example.org",
		"a@b.cd":                      "a@b.cd",
		"a_b-c/d=e'f!g@example.org":   "a_b-c/d=e'f!g@example.org",
		"анна@пример.рф":              "анна@пример.рф",
		"anna@xn--e1afmkfd.xn--p1ai":  "anna@xn--e1afmkfd.xn--p1ai",
		nfc + "ber@example.org":       nfc + "ber@example.org",
		"anna@b" + nfc + "cher.de":    "anna@b" + nfc + "cher.de",
		"ＡＮＮＡ@example.org":            "ＡＮＮＡ@example.org",
		"anna@example.org" + noBreak:  "anna@example.org",
		"anna@mail.sub.example.co.uk": "anna@mail.sub.example.co.uk",
		long:                          long,
	} {
		if got := address(t, typed).Reveal(); got != kept {
			t.Errorf("%q is kept as %q, want %q", typed, got, kept)
		}
	}
	if len(long) != addressMost {
		t.Fatalf("the longest address has %d bytes", len(long))
	}
}

func TestAddressesRefused(t *testing.T) {
	long := strings.Repeat("l", 64) + "@" + strings.Repeat("d.", 95)
	for typed, want := range map[string]*fault.Error{
		"":                                 errNoAddress,
		" \t\r\n":                          errNoAddress,
		long + "de":                        errLong,
		strings.Repeat("x", 1<<20):         errLong,
		"anna":                             errIncomplete,
		"anna@":                            errIncomplete,
		"@example.org":                     errIncomplete,
		"anna@example":                     errIncomplete,
		"anna@localhost":                   errIncomplete,
		"anna@example.":                    errIncomplete,
		"anna@example.org.":                errIncomplete,
		"anna@.example.org":                errIncomplete,
		"anna@example..org":                errIncomplete,
		".anna@example.org":                errIncomplete,
		"anna.@example.org":                errIncomplete,
		"an..na@example.org":               errIncomplete,
		"anna@@example.org":                errIncomplete,
		"anna@example@example.org":         errIncomplete,
		"anna example@example.org":         errIncomplete,
		"anna@example org":                 errIncomplete,
		"anna@exa_mple.org":                errIncomplete,
		"anna@-example.org":                errIncomplete,
		"anna@example-.org":                errIncomplete,
		"anna@[127.0.0.1]":                 errIncomplete,
		"anna@[IPv6:::1]":                  errIncomplete,
		`"anna"@example.org`:               errIncomplete,
		`"an na"@example.org`:              errIncomplete,
		`"a@b"@example.org`:                errIncomplete,
		`an\na@example.org`:                errIncomplete,
		"<anna@example.org>":               errIncomplete,
		"Anna <anna@example.org>":          errIncomplete,
		`"Anna" <anna@example.org>`:        errIncomplete,
		"anna@example.org (Anna)":          errIncomplete,
		"anna@example.org, b@example.org":  errIncomplete,
		"group:anna@example.org;":          errIncomplete,
		"mailto:anna@example.org":          errIncomplete,
		"=?utf-8?q?Anna?= <a@example.org>": errIncomplete,
		"anna@example.org\r\nBcc: b@c.org": errIncomplete,
		"anna@example.org\nb@example.org":  errIncomplete,
		"an\x00na@example.org":             errIncomplete,
		"anna@example.org\x00":             errIncomplete,
		"an\tna@example.org":               errIncomplete,
		"an\x7fna@example.org":             errIncomplete,
		"an\xffna@example.org":             errIncomplete,
		"an\ufffdna@example.org":           errIncomplete,
		"an" + zeroWidth + "na@e.org":      errIncomplete,
		"anna@exam" + zeroWidth + "ple.de": errIncomplete,
		"anna@example.org" + zeroWidth:     errIncomplete,
		"an" + softHyphen + "na@e.org":     errIncomplete,
		rightLeft + "anna@example.org":     errIncomplete,
		bom + "anna@example.org":           errIncomplete,
		"an" + noBreak + "na@example.org":  errIncomplete,
		nfd + "ber@example.org":            errIncomplete,
		kelvin + "arl@example.org":         errIncomplete, // as any character that has a plainer twin
		"anna@b" + nfd + "cher.de":         errIncomplete,
		"anna＠example.org":                 errIncomplete,
		strings.Repeat("l", 65) + "@e.org": errIncomplete,
	} {
		a, err := ParseAddress(typed)
		f := fault.Of(err)
		if f == nil || f.Key != want.Key || f.Kind != fault.Invalid || f.Field != "email" {
			t.Errorf("%.60q: %v, want %s at the field email", typed, err, want.Key)
			continue
		}
		if a.Reveal() != "" {
			t.Errorf("%.60q is refused and given out", typed)
		}
		if f.Args != nil || (want != errNoAddress && strings.Contains(err.Error(), strings.TrimSpace(typed))) {
			t.Errorf("%.60q: the fault quotes it: %v %v", typed, err, f.Args)
		}
	}
}

// What is taken can be sent to: the waiting page must not wait for a mail that no transport takes.
func TestAddressesTakenCanBeSentTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringOfN(rapid.SampledFrom([]rune("aZ0.+-_'!#%{Кé字")), 1, 20, 64).Draw(t, "local")
		domain := rapid.StringOfN(rapid.SampledFrom([]rune("aZ0.-_яéß字.")), 1, 20, -1).Draw(t, "domain")
		typed := local + "@" + domain + rapid.SampledFrom([]string{"", ".org", ".рф"}).Draw(t, "top")
		a, err := ParseAddress(typed)
		if err != nil {
			return
		}
		var sink mail.Sink
		if err := sink.Send(t.Context(), &mail.Message{ID: strings.Repeat("0", 32), To: a.Reveal(), Subject: "s", Text: "t"}); err != nil {
			t.Fatalf("%q is taken from the form, and then: %v", typed, err)
		}
	})
}

func TestFold(t *testing.T) {
	for _, p := range []struct {
		a, b string
		same bool
	}{
		{"anna@example.org", "anna@example.org", true},
		{"anna@example.org", "ANNA@example.org", true},
		{"anna@example.org", "anna@EXAMPLE.org", true},
		{"anna@example.org", "anna+x@example.org", true},
		{"anna+x@example.org", "anna+y@example.org", true},
		{"anna+x@example.org", "anna+x+y@example.org", true},
		{"Anna+X@example.org", "anna@example.org", true},
		{"anna@gmail.com", "a.n.n.a@gmail.com", true},
		{"anna@gmail.com", "anna@googlemail.com", true},
		{"a.nna+x@googlemail.com", "ANNA@Gmail.com", true},
		{"ＡＮＮＡ@example.org", "anna@example.org", true},
		{"anna＋x@example.org", "anna@example.org", true},
		{"an．na@gmail.com", "anna@gmail.com", true},
		{"anna@ｅｘａｍｐｌｅ.org", "anna@example.org", true},
		{"anna@example。org", "anna@example.org", true},
		{"анна@пример.рф", "АННА@ПРИМЕР.РФ", true},
		{"анна@пример.рф", "анна@xn--e1afmkfd.xn--p1ai", true},
		{"anna@b" + nfc + "cher.de", "anna@xn--bcher-kva.de", true},
		{"anna@B" + "\u00dc" + "CHER.de", "anna@b" + nfc + "cher.de", true},
		{nfc + "ber@example.org", "\u00dcber@example.org", true},
		{"ﬁne@example.org", "fine@example.org", true},
		{"x²@example.org", "x2@example.org", true},
		{"ANNA+ABC@EXAMPLE.ORG", "anna@example.org", true},
		{"anna+@example.org", "anna@example.org", true},
		{"a.n.n.a+x.y@gmail.com", "anna@gmail.com", true},
		{"ANNA@GOOGLEMAIL.COM", "a.nna@gmail.com", true},
		{"ⅷ@example.org", "viii@example.org", true},
		{"①@example.org", "1@example.org", true},
		{"oﬀice@example.org", "office@example.org", true},
		{"ｐｏｓｔ＋１@example.org", "post@example.org", true},
		{"\u017fam@example.org", "sam@example.org", true}, // a long s
		{"o'neil@EXAMPLE.org", "O'NEIL@example.org", true},
		{"ΑΝΝΑ@example.org", "αννα@example.org", true},
		{"ЙОЖ@example.org", "йож@example.org", true},
		{"anna@ПРИМЕР.example", "anna@пример.example", true},

		{"anna@example.org", "anne@example.org", false},
		{"anna@example.org", "anna@example.net", false},
		{"anna@example.org", "anna@mail.example.org", false},
		{"anna@example.org", "an.na@example.org", false}, // dots count but at one provider
		{"anna@yandex.ru", "an.na@yandex.ru", false},
		{"anna@example.org", "anna-x@example.org", false},
		{"anna@example.org", "annax@example.org", false},
		{"+a@example.org", "+b@example.org", false}, // nothing stands before the plus
		{"anna@gmail.com", "anna@gmail.co", false},
		{"anna@gmail.com", "anna@mail.gmail.com", false},
		{"anna@gmail.com", "anna@notgmail.com", false},
		{"anna@пример.рф", "anna@example.org", false},
		{nfc + "ber@example.org", "uber@example.org", false},
		{"аnna@example.org", "anna@example.org", false}, // the first is Cyrillic
		{"anna@b" + nfc + "cher.de", "anna@bucher.de", false},
		{"a/b@example.org", "a_b@example.org", false},
		{"anna@example.org", "anna@example.com", false},
		{"anna@example.org", "anna1@example.org", false},
		{"anna@hotmail.com", "an.na@hotmail.com", false},
		{"anna@mail.ru", "anna@bk.ru", false},
		{"anna_b@example.org", "annab@example.org", false},
		{"o'neil@example.org", "oneil@example.org", false},
		{"anna@ex-ample.org", "anna@example.org", false},
		{"ivan@пример.рф", "ivan@пример.example", false},
		{"oна@example.org", "она@example.org", false}, // the first begins in Latin
		{"1anna@example.org", "lanna@example.org", false},
		{"rn@example.org", "m@example.org", false},
		{"=?utf-8?q?anna?=@example.org", "anna@example.org", false}, // an odd name, and nothing is decoded
	} {
		for _, pair := range [][2]string{{p.a, p.b}, {p.b, p.a}} {
			a, b := Fold(address(t, pair[0])).Reveal(), Fold(address(t, pair[1])).Reveal()
			if (a == b) != p.same {
				t.Errorf("%q is %q and %q is %q; one mailbox: want %t", pair[0], a, pair[1], b, p.same)
			}
		}
	}
}

// What the form refuses folds all the same: nobody is two signers by it.
func TestFoldKelvin(t *testing.T) {
	if a, b := Fold(seal.Hide(kelvin+"arl@example.org")), Fold(address(t, "karl@example.org")); a.Reveal() != b.Reveal() {
		t.Fatalf("%q and %q", a.Reveal(), b.Reveal())
	}
}

// Folding what is folded changes nothing, whatever the alphabet.
func TestFoldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringN(1, 30, 60).Draw(t, "local")
		a, err := ParseAddress(local + "@" + rapid.SampledFrom([]string{"example.org", "Gmail.com", "пример.рф"}).Draw(t, "domain"))
		if err != nil {
			return
		}
		once := Fold(a)
		if twice := Fold(once); twice.Reveal() != once.Reveal() {
			t.Fatalf("%q folds to %q, and that to %q", a.Reveal(), once.Reveal(), twice.Reveal())
		}
	})
}

func TestDomain(t *testing.T) {
	for typed, want := range map[string]string{
		"anna@Example.ORG":     "example.org",
		"anna@googlemail.com":  "gmail.com",
		"anna@пример.рф":       "xn--e1afmkfd.xn--p1ai",
		"anna@ｅｘａｍｐｌｅ.org":     "example.org",
		"a＠b@example.org":      "example.org", // what folds to a second @ gives nobody a domain, and a budget, of their own
		"a\ufe6bb@example.org": "example.org",
	} {
		if got := Domain(address(t, typed)); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	for typed, want := range map[string]string{
		"anna.o@gmial.com":   "anna.o@gmail.com",
		"Anna+x@Gmail.CON":   "Anna+x@gmail.com",
		"anna@yandx.ru":      "anna@yandex.ru",
		"anna@gmail.com":     "",
		"anna@example.org":   "",
		"gmial.com@mail.com": "",
	} {
		if got := Suggest(address(t, typed)); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestAddressNeverPrints(t *testing.T) {
	a := address(t, "zinaida@example.org")
	for _, v := range []any{a, &a, Fold(a), Waiting{Address: a}, claim{address: a}, mailPayload{claim: claim{address: a}}} {
		var b strings.Builder
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&b, verb, v)
		}
		if s := b.String(); strings.Contains(s, "zinaida") || strings.Contains(s, fmt.Sprintf("%x", "zinaida")) {
			t.Errorf("a %T prints its address", v)
		}
	}
}
