package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A box opens what it sealed, for that purpose, with that secret; and its marks tell texts apart without telling them.
func TestBox(t *testing.T) {
	k, other := secret(t), secret(t)
	b := NewBox()
	wrapped := k.WrapBox("desk", b)
	if _, err := other.UnwrapBox("desk", wrapped); !errors.Is(err, ErrOpen) {
		t.Errorf("another secret: %v", err)
	}
	if _, err := k.UnwrapBox("else", wrapped); !errors.Is(err, ErrOpen) {
		t.Errorf("another purpose: %v", err)
	}
	if _, err := NewLocked("").UnwrapBox("desk", wrapped); !errors.Is(err, ErrLocked) {
		t.Errorf("no secret: %v", err)
	}
	same, err := k.UnwrapBox("desk", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("rowan")
	box := b.Seal("name 1", plain)
	if have, err := same.Open("name 1", box); err != nil || !bytes.Equal(have, plain) {
		t.Errorf("%q, %v", have, err)
	}
	if _, err := same.Open("name 2", box); !errors.Is(err, ErrOpen) {
		t.Errorf("a row's bytes open in another row: %v", err)
	}
	if bytes.Contains(box, plain) || bytes.Equal(box, b.Seal("name 1", plain)) {
		t.Error("the seal shows what it holds")
	}
	rowan, ash := b.Mark("a", Hide("rowan")), b.Mark("a", Hide("ash"))
	if !bytes.Equal(rowan, same.Mark("a", Hide("rowan"))) || bytes.Equal(rowan, ash) || bytes.Equal(rowan, b.Mark("b", Hide("rowan"))) || bytes.Equal(rowan, NewBox().Mark("a", Hide("rowan"))) {
		t.Error("marks")
	}
	if said := fmt.Sprintf("%v %s", b, b); strings.Contains(said, fmt.Sprint(b.key[0])) {
		t.Errorf("a box prints as %q", said)
	}
}

func TestPasswords(t *testing.T) {
	h := Hardness{KiB: 64, Passes: 1}
	phc := HashPassword(Hide("correct horse"), h)
	for password, want := range map[string]bool{"correct horse": true, "correct horse ": false, "Correct horse": false, "": false} {
		if have, err := PasswordIs(Hide(password), phc); have != want || err != nil {
			t.Errorf("%q: %v, %v", password, have, err)
		}
	}
	if phc == HashPassword(Hide("correct horse"), h) || strings.Contains(phc, "horse") {
		t.Error("no salt")
	}
	// A text that could cost everything is not believed.
	for _, wrong := range []string{
		"", "x", strings.Replace(phc, "argon2id", "argon2i", 1), strings.Replace(phc, "v=19", "v=16", 1), strings.Replace(phc, "m=64", "m=4194304", 1),
		strings.Replace(phc, "t=1", "t=100000", 1), strings.Replace(phc, "t=1", "t=0", 1), strings.Replace(phc, "p=1", "p=2", 1), strings.Replace(phc, "m=64,", "m=064,", 1), phc[:len(phc)-2], phc + "$",
	} {
		if ok, err := PasswordIs(Hide("correct horse"), wrong); ok || !errors.Is(err, ErrOpen) {
			t.Errorf("%s: %v, %v", wrong, ok, err)
		}
	}
}
