package seal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

var made = time.Date(2026, 11, 3, 14, 15, 16, 0, time.UTC)

func newKey(t *testing.T) (Recipient, Identity, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "committee.key")
	to, err := NewIdentityFile(path, made)
	if err != nil {
		t.Fatal(err)
	}
	id, err := ReadIdentityFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return to, id, path
}

func TestOnlyTheKeyOpens(t *testing.T) {
	to, id, _ := newKey(t)
	_, other, _ := newKey(t)
	plain := []byte("anna@example.org")
	box, err := to.Seal(plain)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(box, plain) {
		t.Error("the box shows what is in it")
	}
	if have, err := id.Open(box, 1000); err != nil || !bytes.Equal(have, plain) {
		t.Errorf("%q, %v", have, err)
	}
	again, err := to.Seal(plain)
	if err != nil || bytes.Equal(box, again) || len(box) != len(again) {
		t.Errorf("sealed twice: %v, equal %v", err, bytes.Equal(box, again))
	}
	flipped := bytes.Clone(box)
	flipped[len(flipped)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another key":   func() ([]byte, error) { return other.Open(box, 1000) },
		"no key":        func() ([]byte, error) { return Identity{}.Open(box, 1000) },
		"cut":           func() ([]byte, error) { return id.Open(box[:len(box)-1], 1000) },
		"altered":       func() ([]byte, error) { return id.Open(flipped, 1000) },
		"nothing":       func() ([]byte, error) { return id.Open(nil, 1000) },
		"more than may": func() ([]byte, error) { return id.Open(box, int64(len(plain)-1)) },
	} {
		if b, err := open(); !errors.Is(err, ErrOpen) || b != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if _, err := (Recipient{}).Seal(plain); err == nil {
		t.Error("sealed to nobody")
	}
}

// What we seal is age's own format: its tools open it with the file that we write.
func TestAgeOpensWhatWeSeal(t *testing.T) {
	to, _, path := newKey(t)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	keys, err := age.ParseIdentities(f)
	if err != nil {
		t.Fatal(err)
	}
	box, err := to.Seal([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(box), keys...); err != nil {
		t.Error(err)
	}
}

func TestTheKeyFileIsItsOwnersAlone(t *testing.T) {
	to, _, path := newKey(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "# public key: "+to.String()+"\n") || !strings.Contains(string(text), "# created: 2026-11-03\n") ||
		!strings.Contains(string(text), "\nAGE-SECRET-KEY-PQ-1") {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := NewIdentityFile(path, made); !errors.Is(err, os.ErrExist) {
		t.Errorf("a key was written over: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, text) {
		t.Error("the file has changed")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadIdentityFile(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

func TestReadIdentityFile(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	h, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	secret := x.String()
	for name, tc := range map[string]struct {
		text string
		ok   bool
	}{
		"one":              {secret + "\n", true},
		"as age-keygen":    {"# created: 2026\n# public key: " + x.Recipient().String() + "\n" + secret + "\n", true},
		"the old and new":  {h.String() + "\n" + secret + "\n", true},
		"windows' ends":    {secret + "\r\n", true},
		"empty":            {"", false},
		"only remarks":     {"# a\n", false},
		"the public half":  {x.Recipient().String() + "\n", false},
		"a key of SSH":     {"-----BEGIN OPENSSH PRIVATE KEY-----\n", false},
		"cut":              {secret[:len(secret)-2] + "\n", false},
		"a plugin's":       {"AGE-PLUGIN-YUBIKEY-1Q9HN0Q7Z2Y0TG5G\n", false},
		"a file of a page": {strings.Repeat("<p>\n", 100_000), false},
	} {
		path := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := ReadIdentityFile(path)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret[16:40]) {
			t.Errorf("%s: the error quotes the key: %v", name, err)
		}
		if !tc.ok {
			continue
		}
		to, err := ParseRecipient(x.Recipient().String())
		if err != nil {
			t.Fatal(err)
		}
		box, err := to.Seal([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := id.Open(box, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			if s := fmt.Sprintf(verb, id) + fmt.Sprintf(verb, struct{ id Identity }{id}); strings.Contains(strings.ToUpper(s), secret[16:40]) {
				t.Errorf("%s shows the key: %s", verb, s)
			}
		}
	}
	if _, err := ReadIdentityFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := ReadIdentityFile(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func TestParseRecipient(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	h, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	plain, hybrid := x.Recipient().String(), h.Recipient().String()
	for _, good := range []string{plain, hybrid} {
		r, err := ParseRecipient(good)
		if err != nil || r.String() != good || r.Fingerprint() == [32]byte{} {
			t.Errorf("%.20s…: %v", good, err)
		}
	}
	for name, tc := range map[string]struct{ text, say string }{
		"nothing":            {"", "not the public half"},
		"a word":             {"committee", "not the public half"},
		"cut":                {hybrid[:len(hybrid)-1], "damaged"},
		"one letter":         {plain[:20] + swapped(plain[20]) + plain[21:], "damaged"},
		"capitals":           {strings.ToUpper(plain), "not the public half"},
		"mixed":              {"age1" + strings.ToUpper(plain[4:]), "damaged"},
		"two lines":          {plain + "\n" + plain, "damaged"},
		"a blank":            {plain + " ", "damaged"},
		"an SSH key":         {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ", "SSH"},
		"an old SSH key":     {"ssh-rsa AAAA", "SSH"},
		"a plugin's":         {"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "plugin"},
		"a tag of a plugin":  {"age1tag1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "plugin"},
		"the secret half":    {x.String(), "secret half"},
		"a secret in a line": {"my key: " + strings.ToLower(h.String()), "secret half"},
	} {
		r, err := ParseRecipient(tc.text)
		if err == nil || !strings.Contains(err.Error(), tc.say) || r.to != nil || r.text != "" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(tc.text) > 30 && strings.Contains(err.Error(), tc.text[8:30]) {
			t.Errorf("%s: the error quotes it: %v", name, err)
		}
	}
}

func swapped(b byte) string {
	if b == 'q' {
		return "p"
	}
	return "q"
}
