package seal_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/seal"
)

// What is sealed as it comes opens with each of its keys, and with no other; cut or altered anywhere it does not read to its end.
func TestStream(t *testing.T) {
	one, toOne, err := seal.PassingIdentity()
	if err != nil {
		t.Fatal(err)
	}
	two, toTwo, _ := seal.PassingIdentity()
	other, _, _ := seal.PassingIdentity()
	plain := bytes.Repeat([]byte("a row of many\n"), 10_000) // more than one of age's chunks
	var box bytes.Buffer
	w, err := seal.SealTo(&box, toOne, toTwo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	read := func(id seal.Identity, b []byte) ([]byte, error) {
		r, err := id.OpenFrom(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	for _, id := range []seal.Identity{one, two} {
		if have, err := read(id, box.Bytes()); err != nil || !bytes.Equal(have, plain) {
			t.Errorf("%d of %d bytes: %v", len(have), len(plain), err)
		}
	}
	if _, err := read(other, box.Bytes()); !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := read(seal.Identity{}, box.Bytes()); !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("no key: %v", err)
	}
	for at := 0; at < box.Len(); at += 997 {
		b := bytes.Clone(box.Bytes())
		b[at] ^= 4
		if _, err := read(one, b); !errors.Is(err, seal.ErrOpen) && !errors.Is(err, seal.ErrOtherKey) {
			t.Errorf("byte %d altered: %v", at, err)
		}
		if _, err := read(one, b[:at]); err == nil {
			t.Errorf("cut to %d bytes it reads to its end", at)
		}
	}
	if _, err := seal.SealTo(&box); err == nil {
		t.Error("sealed to nobody")
	}
}

func TestRecipientFile(t *testing.T) {
	dir := t.TempDir()
	to, err := seal.NewIdentityFile(filepath.Join(dir, "key"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		to.String():                             1,
		"news_recipient: " + to.String() + "\n": 1,
		"# ours\n\n" + to.String() + "\nb: \"" + to.String() + "\"\n": 2,
		"":               0,
		"# nothing":      0,
		"age1pq1damaged": 0,
		string(secret):   0,
	} {
		path := filepath.Join(dir, "to")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := seal.ReadRecipientFile(path)
		if len(list) != want || (err == nil) != (want > 0) || err != nil && strings.Contains(err.Error(), "AGE-SECRET-KEY-PQ-1") {
			t.Errorf("%.40q: %d keys, %v", text, len(list), err)
		}
	}
}
