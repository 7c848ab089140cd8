package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// Only what we sealed opens, for what we sealed it for, and in the one spelling it left in.
func FuzzOpenToken(f *testing.F) {
	ctx := context.Background()
	d := dbtest.Open(f, db.Config{File: filepath.Join(f.TempDir(), "outcry.db")})
	u, err := NewSecretFile(filepath.Join(f.TempDir(), "secret"))
	if err != nil {
		f.Fatal(err)
	}
	days, err := OpenDayKeys(ctx, d, u, func() time.Time { return time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) })
	if err != nil {
		f.Fatal(err)
	}
	token, err := days.Token(ctx, "link", []byte("a claim"))
	if err != nil {
		f.Fatal(err)
	}
	box, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, byte(1), "")
	f.Add(len(token)-1, byte(1), "")
	f.Add(5, byte(0), "\n")
	f.Add(2, byte(0xff), "====")
	f.Add(0, byte(0), token)
	f.Fuzz(func(t *testing.T, at int, with byte, more string) {
		if at < 0 {
			at = -(at + 1)
		}
		altered := []byte(token)
		altered[at%len(altered)] ^= with
		for _, typed := range []string{string(altered), token[:at%len(token)] + more + token[at%len(token):], more} {
			plain, err := days.OpenToken(ctx, "link", typed)
			if (err == nil) != (typed == token) || err == nil && string(plain) != "a claim" {
				t.Fatalf("%q opens as %q, %v", typed, plain, err)
			}
			if _, err := days.OpenToken(ctx, "page", typed); err == nil {
				t.Fatalf("%q opens for another purpose", typed)
			}
		}
		broken := bytes.Clone(box)
		broken[at%len(broken)] ^= with
		for _, b := range [][]byte{broken, box[:at%len(box)], append(bytes.Clone(box), more...), []byte(more)} {
			if plain, err := days.Open(ctx, "link", b); (err == nil) != bytes.Equal(b, box) {
				t.Fatalf("%x opens as %q, %v", b, plain, err)
			}
			if key, err := u.Unwrap("log key", b); err == nil {
				t.Fatalf("%x is unwrapped to %x", b, key)
			}
		}
	})
}

// A code is cleaned once: what comes out can be a code, or never matches one.
func FuzzTypedCode(f *testing.F) {
	for _, s := range []string{"ABCD-2345", " abcd 2345 ", "oil-u", "ABCD\u00a02345", "\u0131\u017f", "ＡＢＣＤ", "abcd—2345", "\x00", strings.Repeat("a", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code := TypedCode(typed)
		if again := TypedCode(code); again != code {
			t.Fatalf("%q is cleaned to %q, and that to %q", typed, code, again)
		}
		if strings.ContainsAny(code, "OILU- \t\u00a0") || strings.ToUpper(code) != code {
			t.Fatalf("%q is cleaned to %q", typed, code)
		}
		if raw, err := codes.DecodeString(code); err == nil && len(code) == 8 && codes.EncodeToString(raw) != code {
			t.Fatalf("%q has two spellings", code)
		}
	})
}

// What is padded comes back; nothing else comes out of it.
func FuzzUnpadded(f *testing.F) {
	f.Add([]byte{0, 0})
	f.Add([]byte{0, 1, 'a', 0, 0})
	f.Add([]byte{0, 1, 'a', 0, 1})
	f.Add([]byte{0xff, 0xff})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := Unpadded(b)
		if err != nil {
			if !errors.Is(err, ErrOpen) {
				t.Fatal(err)
			}
			return
		}
		if again := Padded(plain, len(b)); !bytes.Equal(again, b) {
			t.Fatalf("%x holds %x, which is padded to %x", b, plain, again)
		}
	})
}

// A recipient has one spelling, and a refusal of one repeats nothing of what may have been a secret.
func FuzzParseRecipient(f *testing.F) {
	to, err := NewIdentityFile(filepath.Join(f.TempDir(), "key"), time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{to.String(), to.String()[:40], strings.ToUpper(to.String()), "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ",
		"age1yubikey1qqqq", "ssh-ed25519 AAAA", " " + to.String(), "age-secret-key-pq-1x", "age1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRecipient(text)
		if err != nil {
			if r.String() != "" || len(text) > 12 && strings.Contains(err.Error(), text) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("%q is refused with %q", text, err)
			}
			if _, err := r.Seal(nil); err == nil {
				t.Fatalf("to %q, which was refused, something is sealed", text)
			}
			return
		}
		if r.String() != text || strings.ContainsAny(text, " \t\r\n") || strings.Contains(strings.ToUpper(text), secretMark) {
			t.Fatalf("%q is read as %q", text, r)
		}
		if box, err := r.Seal([]byte("anna@example.org")); err != nil || bytes.Contains(box, []byte("anna")) {
			t.Fatalf("to %q: %q, %v", text, box, err)
		}
	})
}

// Files of secrets and keys are read or refused, and a refusal quotes nothing of them.
func FuzzKeyFiles(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "file")
	if _, err := NewIdentityFile(filepath.Join(dir, "key"), time.Unix(0, 0)); err != nil {
		f.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		f.Fatal(err)
	}
	line := secretHeader + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) + "\n"
	for _, s := range []string{line, line + line, line[:30], strings.Replace(line, "-1 ", "-2 ", 1), strings.Replace(line, "-1 ", "-3 ", 1), string(key), string(key[:len(key)-9]), "# x\n\nAGE-PLUGIN-X-1QQQ\n", "age-encryption.org/v1\n", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		quiet := func(err error) {
			t.Helper()
			for part := range bytes.FieldsSeq(text) {
				if len(part) >= 16 && strings.Contains(err.Error(), string(part)) && !strings.Contains(path, string(part)) {
					t.Fatalf("%q is in %q", part, err)
				}
			}
		}
		u, err := ReadSecretFile(path)
		if err != nil {
			quiet(err)
		} else if again, err := ParseSecret(text); err != nil {
			t.Fatalf("a file's line is no secret by itself: %v", err)
		} else if k, err := again.Unwrap("x", u.Wrap("x", []byte("k"))); err != nil || string(k) != "k" {
			t.Fatalf("one line is two secrets: %v", err)
		}
		id, err := ReadIdentityFile(path)
		if err != nil {
			quiet(err)
		} else if _, err := id.Open(text, 100); err == nil {
			t.Fatal("a key file opens with itself")
		}
	})
}
