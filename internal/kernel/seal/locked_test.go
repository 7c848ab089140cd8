package seal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// Without a secret everything that needs one says so; with it, the same objects go on.
func TestLocked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		u := secret(t)
		first, err := OpenDayKeys(ctx, d, u, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		token, err := first.Token(ctx, "page", []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		pepper, err := u.NewPepper("aa")
		if err != nil {
			t.Fatal(err)
		}

		locked := NewLocked(u.shares)
		days, err := OpenDayKeys(ctx, d, locked, time.Now)
		if err != nil || !locked.Locked() {
			t.Fatal(err)
		}
		_, sealing := days.Seal(ctx, "page", nil)
		_, pepperless := locked.Pepper("aa")
		_, opening := locked.NewPepper("bb")
		_, unwrapping := locked.Unwrap("x", u.Wrap("x", []byte("key")))
		_, settling := locked.SettleShares()
		for i, err := range []error{sealing, pepperless, opening, unwrapping, settling, days.Turn(ctx)} {
			if !errors.Is(err, ErrLocked) || !fault.Is(err, fault.Locked) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if _, err := os.Stat(locked.share("bb")); err == nil {
			t.Error("a share was made without a secret")
		}
		locked.Take(u)
		if b, err := days.OpenToken(ctx, "page", token); err != nil || string(b) != "hello" {
			t.Fatal(err)
		}
		p, err := locked.Pepper("aa")
		if address := Hide("anna@example.org"); err != nil || p.Tag(address) != pepper.Tag(address) {
			t.Fatal(err)
		}
		locked.Lock()
		if _, err := locked.Pepper("aa"); !errors.Is(err, ErrLocked) || u.Locked() {
			t.Fatal(err)
		}
	})
}

// A secret's line may come with blanks and line ends around it, as people paste it; nothing else passes for one, and no error quotes it.
func TestParseSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	u, err := NewSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(b))
	for _, text := range []string{line, line + "\n", " \t" + line + "\r\n"} {
		same, err := ParseSecret([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if key, err := same.Unwrap("x", u.Wrap("x", []byte("key"))); err != nil || string(key) != "key" {
			t.Fatal(err)
		}
	}
	bare := strings.TrimPrefix(line, secretHeader)
	for _, text := range []string{"", "\n", bare, line[:len(line)-1], line + "A", line + "\n" + line, "outcry-unlock-3 " + bare, strings.ToUpper(line)} {
		if _, err := ParseSecret([]byte(text)); err == nil || strings.Contains(err.Error(), bare[:20]) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A credential may have the group bits that the mask of its list sets, and no others; a secret file may have neither.
func TestCredentialMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if _, err := NewSecretFile(path); err != nil {
		t.Fatal(err)
	}
	for mode, fine := range map[os.FileMode][2]bool{0o400: {true, true}, 0o440: {false, true}, 0o444: {false, false}} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, file := ReadSecretFile(path)
		_, credential := ReadCredential(path)
		if (file == nil) != fine[0] || (credential == nil) != fine[1] {
			t.Errorf("%v: %v, %v", mode, file, credential)
		}
	}
}

// A share goes with a secret of its own sort: what was made before a change never makes a pepper after it.
func TestShareOfItsSort(t *testing.T) {
	first := secret(t)
	if _, err := first.NewPepper("aa"); err != nil {
		t.Fatal(err)
	}
	later, err := first.NewLaterFile(filepath.Join(t.TempDir(), "later"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := later.Pepper("aa"); err == nil || !strings.Contains(err.Error(), "belongs to another secret") {
		t.Fatal("a later secret takes a bare share:", err)
	}
	if _, err := later.NewPepper("bb"); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Pepper("bb"); err == nil || !strings.Contains(err.Error(), "belongs to another secret") {
		t.Fatal("a first secret takes a wrapped share:", err)
	}
	again, err := later.NewLaterFile(filepath.Join(t.TempDir(), "again"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Pepper("bb"); err == nil {
		t.Fatal("a share opens under another later secret")
	}
}
