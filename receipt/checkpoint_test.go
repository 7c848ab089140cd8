package receipt

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func TestOrigin(t *testing.T) {
	for url, want := range map[string]string{
		"https://letters.example":             "letters.example/log",
		"https://letters.example/":            "letters.example/log",
		"https://Letters.Example:443/":        "letters.example/log",
		"http://letters.example:80":           "letters.example/log",
		"https://letters.example:8443":        "letters.example:8443/log",
		"http://127.0.0.1:8080/":              "127.0.0.1:8080/log",
		"https://[2001:db8::1]:8443":          "[2001:db8::1]:8443/log",
		"https://committee.example/letters":   "committee.example/letters/log",
		"https://committee.example/Letters//": "committee.example/Letters/log",
		"https://committee.example/a%20b":     "committee.example/a%20b/log",
		"https://xn--e1afmkfd.example":        "xn--e1afmkfd.example/log",
	} {
		if got, err := Origin(url); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", url, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "letters.example", "ftp://letters.example", "https://", "https:///path", "https://user@letters.example",
		"https://letters.example/?q", "https://letters.example/?", "https://letters.example/#top", "https://пример.example",
		"https://letters.example/a+b", "https://letters.example/a/../b", "https://letters.example/a//b", "https://letters.example/..",
		"https://letters.example\n", "https://letters .example",
	} {
		if got, err := Origin(bad); err == nil {
			t.Errorf("%q has the origin %q", bad, got)
		}
	}
}

// A key of the signed-note kind, from a seed of 32 letters A.
const testVKey = "letters.example/log+12c8b941+AduZX+JRadFByrm7upK6oB+fLh7OffTLKsBRkPN/zB+d"

func TestKey(t *testing.T) {
	public := testKey(0).Public().(ed25519.PublicKey)
	k, err := NewKey("letters.example/log", public)
	if err != nil {
		t.Fatal(err)
	}
	if k.String() != testVKey || k.Origin() != "letters.example/log" {
		t.Errorf("%s of %s", k, k.Origin())
	}
	back, err := ParseKey("  " + testVKey + "\n")
	if err != nil || back != k {
		t.Errorf("%v, %v", back, err)
	}
	v, err := note.NewVerifier(k.PromiseKey())
	if err != nil || v.Name() != "letters.example/log/promise" {
		t.Fatalf("promise key %s: %v", k.PromiseKey(), err)
	}
	if got, want := k.PromiseKey()[len(v.Name())+9:], testVKey[len(k.Origin())+9:]; got != want {
		t.Errorf("the promise key holds %s, and the log's %s", got, want)
	}
	if strings.Contains(k.PromiseKey(), testVKey[len(k.Origin())+1:][:8]) {
		t.Error("the promise key has the hash of the log's name")
	}
	text, err := json.Marshal(k)
	if err != nil || string(text) != `"`+testVKey+`"` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestKeyRefuses(t *testing.T) {
	parts := strings.SplitN(testVKey, "+", 3)
	for name, text := range map[string]string{
		"nothing":         "",
		"no hash":         parts[0] + "+" + parts[2],
		"another name":    "letters.example/bog+" + parts[1] + "+" + parts[2],
		"another hash":    parts[0] + "+00000000+" + parts[2],
		"upper case hash": parts[0] + "+" + strings.ToUpper(parts[1]) + "+" + parts[2],
		"short key":       parts[0] + "+" + parts[1] + "+" + parts[2][:40],
		"two lines":       testVKey + "\n" + testVKey,
		"line in base64":  parts[0] + "+" + parts[1] + "+" + parts[2][:20] + "\n" + parts[2][20:],
		"private key":     "PRIVATE+KEY+" + testVKey,
	} {
		if k, err := ParseKey(text); err == nil {
			t.Errorf("%s: taken as %v", name, k)
		}
	}
	if _, err := NewKey("two words", testKey(0).Public().(ed25519.PublicKey)); err == nil {
		t.Error("a name with a space is taken")
	}
	if _, err := NewKey("letters.example/log", ed25519.PublicKey{1}); err == nil {
		t.Error("a key of one byte is taken")
	}
}

func mustKey(t testing.TB, text string) Key {
	t.Helper()
	k, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCheckpoint(t *testing.T) {
	key := mustKey(t, testVKey)
	tree := tlog.Tree{N: 1234, Hash: tlog.Hash(fill32(7))}
	signed, err := SignCheckpoint(testKey(0), key.Origin(), tree)
	if err != nil {
		t.Fatal(err)
	}
	want := "letters.example/log\n1234\n" + base64.StdEncoding.EncodeToString(tree.Hash[:]) + "\n\n— letters.example/log "
	if !strings.HasPrefix(string(signed), want) {
		t.Errorf("%s", signed)
	}
	if got, err := OpenCheckpoint(signed, key); err != nil || got != tree {
		t.Errorf("%v, %v", got, err)
	}
	byNote := func(name string, seed byte, text string) []byte {
		s, err := sign(testKey(seed), name, text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	text := want[:strings.Index(want, "\n\n")+1]
	for name, tt := range map[string]struct {
		signed []byte
		kind   FaultKind
	}{
		"nothing":               {nil, FaultMalformed},
		"a page":                {[]byte("<!DOCTYPE html>\n\n<p>sign in\n"), FaultMalformed},
		"no signature":          {[]byte(text + "\n"), FaultMalformed},
		"another key":           {byNote(key.Origin(), 1, text), FaultSignature},
		"another name":          {byNote("mirror.example", 0, text), FaultSignature},
		"a changed size":        {[]byte(strings.Replace(string(signed), "1234", "1235", 1)), FaultSignature},
		"the promise key":       {byNote(key.Origin()+"/promise", 0, text), FaultSignature},
		"another log":           {byNote("other.example/log", 0, strings.Replace(text, "letters.", "other.", 1)), FaultOrigin},
		"another log, our key":  {byNote(key.Origin(), 0, strings.Replace(text, "letters.", "other.", 1)), FaultOrigin},
		"signed, no checkpoint": {byNote(key.Origin(), 0, key.Origin()+"\nmany\n"), FaultMalformed},
		"too long":              {append(signed, make([]byte, maxCheckpoint)...), FaultMalformed},
	} {
		if tree, err := OpenCheckpoint(tt.signed, key); err == nil {
			t.Errorf("%s: opened as %v", name, tree)
		} else if f := faultOf(t, err); f.Kind != tt.kind {
			t.Errorf("%s: %s: %s, want %s", name, f.Kind, f, tt.kind)
		}
	}
	if _, err := OpenCheckpoint(signed, Key{}); err == nil {
		t.Error("no key opens a checkpoint")
	}
	// Signatures of witnesses are let be.
	n, err := note.Open(signed, note.VerifierList(verifier(testVKey)))
	if err != nil {
		t.Fatal(err)
	}
	vkey, _ := note.NewEd25519VerifierKey("witness.example", testKey(2).Public().(ed25519.PublicKey))
	cosigned, err := note.Sign(n, signer{verifier(vkey), testKey(2)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenCheckpoint(cosigned, key); err != nil || got != tree {
		t.Errorf("cosigned: %v, %v", got, err)
	}
}

// goldenPromise is what SignPromise has to write to the byte, for Ed25519 signs alike every time.
const goldenPromise = `outcry promise v1
letters.example/log
BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=
2026-11-22T14:21:00Z

— letters.example/log/promise `

func TestPromise(t *testing.T) {
	key := mustKey(t, testVKey)
	p := Promise{Origin: key.Origin(), Leaf: tlog.Hash(fill32(7)), Latest: time.Date(2026, 11, 22, 17, 20, 0, 1, time.FixedZone("", 3*3600))}
	signed, err := SignPromise(testKey(0), p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(signed), goldenPromise) || strings.Count(string(signed), "\n") != 6 {
		t.Errorf("%s", signed)
	}
	got, err := OpenPromise(signed, key)
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 11, 22, 14, 21, 0, 0, time.UTC)
	if got.Origin != p.Origin || got.Leaf != p.Leaf || !got.Latest.Equal(want) {
		t.Errorf("%+v", got)
	}
	whole := p
	whole.Latest = want
	if again, err := SignPromise(testKey(0), whole); err != nil || string(again) != string(signed) {
		t.Errorf("a whole minute is moved: %s, %v", again, err)
	}
	if _, err := SignPromise(testKey(0), Promise{Origin: "two words", Latest: want}); err == nil {
		t.Error("an origin with a space is signed for")
	}
	if _, err := SignPromise(testKey(0)[:9], whole); err == nil {
		t.Error("half a key signs")
	}

	name := key.Origin() + "/promise"
	text := string(signed[:strings.Index(string(signed), "\n\n")+1])
	resign := func(name, text string) []byte {
		s, err := sign(testKey(0), name, text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	change := func(old, new string) []byte { return resign(name, strings.Replace(text, old, new, 1)) }
	for name, tt := range map[string]struct {
		signed []byte
		kind   FaultKind
	}{
		"nothing":               {nil, FaultMalformed},
		"by the log's own name": {resign(key.Origin(), text), FaultSignature},
		"changed":               {[]byte(strings.Replace(string(signed), "14:21", "15:21", 1)), FaultSignature},
		"seconds":               {change(":00Z", ":30Z"), FaultMalformed},
		"not UTC":               {change("00Z", "00+00:00"), FaultMalformed},
		"no such time":          {change("14:21", "25:21"), FaultMalformed},
		"another version":       {change("v1", "v2"), FaultMalformed},
		"a line more":           {resign(name, text+"more\n"), FaultMalformed},
		"a short hash":          {change("BwcH", ""), FaultMalformed},
		"another origin":        {change("letters.", "other."), FaultOrigin},
		"too long":              {make([]byte, maxPromise+1), FaultMalformed},
	} {
		if p, err := OpenPromise(tt.signed, key); err == nil {
			t.Errorf("%s: opened as %v", name, p)
		} else if f := faultOf(t, err); f.Kind != tt.kind {
			t.Errorf("%s: %s: %s, want %s", name, f.Kind, f, tt.kind)
		}
	}
	if _, err := OpenPromise(signed, Key{}); err == nil {
		t.Error("no key opens a promise")
	}
	if _, err := OpenCheckpoint(signed, key); err == nil {
		t.Error("a promise opens as a checkpoint")
	}
}

func FuzzOpenPromise(f *testing.F) {
	key := mustKey(f, testVKey)
	for _, latest := range []time.Time{{}, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 0, 0, time.UTC)} {
		signed, err := SignPromise(testKey(0), Promise{Origin: key.Origin(), Leaf: LeafHash(nil), Latest: latest})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signed)
	}
	f.Add([]byte(goldenPromise))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := OpenPromise(data, key)
		if err != nil {
			faultOf(t, err)
			return
		}
		again, err := SignPromise(testKey(0), p)
		if err != nil {
			t.Fatal(err)
		}
		if text, _, _ := strings.Cut(string(again), "\n\n"); !strings.HasPrefix(string(data), text+"\n\n") {
			t.Fatalf("%q opens as %q", data, again)
		}
	})
}
