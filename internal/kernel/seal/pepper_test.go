package seal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A dropped share is gone from the disk, others stay; dropped again, or before there ever was one, is no error.
func TestDropPepper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	u, err := NewSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.DropPepper("one"); err != nil {
		t.Fatal("no folder yet:", err)
	}
	for _, letter := range []string{"one", "two"} {
		if _, err := u.NewPepper(letter); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := u.DropPepper("one"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := u.Pepper("one"); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("it is still there:", err)
	}
	if _, err := u.Pepper("two"); err != nil {
		t.Fatal("the other is gone:", err)
	}
	if err := os.Chmod(path+".shares", 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(path+".shares", 0o700)
	if os.Geteuid() != 0 { // who may all is not kept from it
		if err := u.DropPepper("two"); err == nil {
			t.Fatal("it says that it is gone, and it is not")
		}
	}
}
