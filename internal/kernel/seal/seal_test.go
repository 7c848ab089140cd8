package seal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

func secret(t *testing.T) *Unlock {
	t.Helper()
	u, err := NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestPrivateNeverPrints(t *testing.T) {
	type form struct {
		Address Private[string]
		Inner   *Private[string]
		hidden  Private[string]
	}
	p := Hide("anna@example.org")
	f := form{p, &p, p}
	var b strings.Builder
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "p", p, "f", f, "pp", &p)
	j, _ := json.Marshal(f)
	out := b.String() + string(j)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb, p) + fmt.Sprintf(verb, f) + fmt.Sprintf(verb, []any{p, &p, f})
	}
	out += fmt.Errorf("%w %v", errors.New("x"), p).Error() + fmt.Sprintln(Tag{1, 2, 3}, pepperOf([]byte("abc")))
	if strings.Contains(out, "anna") || strings.Contains(out, "616e6e61") || strings.Contains(out, "abc") {
		t.Fatalf("printed: %s", out)
	}
	if p.Reveal() != "anna@example.org" {
		t.Fatal("lost")
	}
}

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	a, err := NewSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := b.Unwrap("log", a.Wrap("log", []byte("key"))); err != nil || string(key) != "key" {
		t.Fatal(err)
	}
	if _, err := b.Unwrap("other", a.Wrap("log", []byte("key"))); err != ErrOpen {
		t.Fatal("opens for another purpose")
	}
	if _, err := secret(t).Unwrap("log", a.Wrap("log", []byte("key"))); err != ErrOpen {
		t.Fatal("opens under another secret")
	}
	if _, err := NewSecretFile(path); !errors.Is(err, os.ErrExist) {
		t.Fatal("overwrote a secret:", err)
	}
	os.Chmod(path, 0o644)
	if _, err := ReadSecretFile(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatal(err)
	}
	for _, text := range []string{"", "x", secretHeader, secretHeader + "AAAA", "outcry-unlock-2 " + strings.Repeat("A", 44)} {
		os.WriteFile(path, []byte(text), 0o600)
		os.Chmod(path, 0o600)
		if _, err := ReadSecretFile(path); err == nil {
			t.Errorf("%q is taken for a secret", text)
		}
	}
}

func TestPepperNeedsSecretAndShare(t *testing.T) {
	u := secret(t)
	p, err := u.NewPepper("aa")
	if err != nil {
		t.Fatal(err)
	}
	address := Hide("anna@example.org")
	again, err := u.NewPepper("aa")
	if err != nil || again.Tag(address) != p.Tag(address) {
		t.Fatal("a second opening changed the pepper", err)
	}
	other, _ := u.NewPepper("bb")
	if other.Tag(address) == p.Tag(address) {
		t.Fatal("two letters share a pepper")
	}
	stranger := open(unlocked{make([]byte, 32), false}, u.shares)
	if q, err := stranger.Pepper("aa"); err != nil || q.Tag(address) == p.Tag(address) {
		t.Fatal("the share alone makes the pepper", err)
	}
	os.WriteFile(u.share("aa"), []byte("short"), 0o600)
	if _, err := u.Pepper("aa"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatal(err)
	}
	os.Remove(u.share("aa"))
	if _, err := u.Pepper("aa"); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// clock is a hand that tests turn.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestDayKeysLiveAndDie(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		c := &clock{time.Date(2026, 11, 1, 23, 59, 0, 0, time.UTC)}
		u := secret(t)
		k, err := OpenDayKeys(ctx, d, u, c.now)
		if err != nil {
			t.Fatal(err)
		}
		token, err := k.Token(ctx, "page", []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		code, _ := k.Code(ctx, []byte("letter"), []byte("tag"))
		if len(code) != 8 {
			t.Fatalf("code %q", code)
		}
		if _, err := k.OpenToken(ctx, "link", token); err != ErrOpen {
			t.Fatal("opens for another purpose")
		}
		flipped := []byte(token)
		flipped[10] ^= 1
		if _, err := k.OpenToken(ctx, "page", string(flipped)); err != ErrOpen {
			t.Fatal("opens altered")
		}
		other, err := OpenDayKeys(ctx, d, u, c.now) // as a second process, or after a restart
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenDayKeys(ctx, d, secret(t), c.now); !errors.Is(err, ErrOpen) {
			t.Fatal("another secret:", err)
		}
		c.t = c.t.Add(71 * time.Hour)
		for _, k := range []*DayKeys{k, other} {
			if b, err := k.OpenToken(ctx, "page", token); err != nil || string(b) != "hello" {
				t.Fatal(err)
			}
			if !k.CodeIs(ctx, code, []byte("letter"), []byte("tag")) {
				t.Fatal("the code of the first mail is refused within 72 hours")
			}
			if k.CodeIs(ctx, code, []byte("letter"), []byte("gat")) || k.CodeIs(ctx, "", []byte("letter"), []byte("tag")) {
				t.Fatal("a wrong code passes")
			}
		}
		c.t = c.t.Add(50 * time.Hour)
		if _, err := k.Seal(ctx, "page", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := k.OpenToken(ctx, "page", token); err != ErrOpen {
			t.Fatal("a day key outlived its time")
		}
		if k.CodeIs(ctx, code, []byte("letter"), []byte("tag")) {
			t.Fatal("a code outlived its time")
		}
		rows, err := readDayKeys(ctx, d)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d day keys on the disk, want today's and the one of 74 hours ago: %v", len(rows), err)
		}
		for _, r := range rows {
			if r.day < Day(c.t.Add(-96*time.Hour)) {
				t.Fatalf("the key of day %d is still on the disk", r.day)
			}
		}
	})
}

func TestTypedCode(t *testing.T) {
	for in, want := range map[string]string{" abcd-efgh\n": "ABCDEFGH", "O1IL 2345": "01112345", "": ""} {
		if got := TypedCode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPadding(t *testing.T) {
	for _, n := range []int{0, 1, 254} {
		b := []byte(strings.Repeat("x", n))
		p := Padded(b, 256)
		if got, err := Unpadded(p); err != nil || string(got) != string(b) || len(p) != 256 {
			t.Fatal(n, err)
		}
	}
	for _, bad := range [][]byte{nil, {0}, {0, 9, 1}, {0, 0, 1}} {
		if _, err := Unpadded(bad); err == nil {
			t.Errorf("%v passes", bad)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	u := open(unlocked{make([]byte, 32), false}, "")
	k := &DayKeys{now: time.Now, u: u, keys: map[int64]*dayKey{}}
	k.swept = Day(time.Now())
	k.keys[k.swept] = &dayKey{k.swept, aead(make([]byte, 32)), make([]byte, 32)}
	plain := Padded([]byte("anna@example.org"), 380)
	for b.Loop() {
		k.Token(context.Background(), "page", plain)
	}
}

// Nobody signs for days: the keys are destroyed all the same.
func TestDayKeysDieOnAQuietSite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Date(2026, 11, 1, 23, 59, 0, 0, time.UTC)}
		k, err := OpenDayKeys(context.Background(), d, secret(t), c.now)
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(10 * 24 * time.Hour)
		if err := k.Turn(context.Background()); err != nil {
			t.Fatal(err)
		}
		rows, _ := readDayKeys(context.Background(), d)
		if len(rows) != 1 || rows[0].day != Day(c.t) || len(k.keys) != 1 {
			t.Fatal(rows)
		}
	})
}
