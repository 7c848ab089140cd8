package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
)

// installation makes one with two letters' shares and tells the tag of one address in each of them.
func installation(t *testing.T, d db.Config) (c Config, tags func(u *seal.Unlock) []seal.Tag) {
	t.Helper()
	dir := t.TempDir()
	c = Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	c.URL, c.Database = "https://letters.example.org", d.URL
	if err := Init(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	u, err := seal.ReadSecretFile(c.SecretFile)
	if err != nil {
		t.Fatal(err)
	}
	letters := []string{"00aa", "00bb"}
	for _, l := range letters {
		if _, err := u.NewPepper(l); err != nil {
			t.Fatal(err)
		}
	}
	return c, func(u *seal.Unlock) (list []seal.Tag) {
		for _, l := range letters {
			p, err := u.Pepper(l)
			if err != nil {
				t.Errorf("letter %s: %v", l, err)
				return nil
			}
			list = append(list, p.Tag(seal.Hide("anna@example.org")))
		}
		return list
	}
}

// held is a secret as a person keeps it: the line alone, given to the folder of shares.
func kept(t *testing.T, path, shares string) *seal.Unlock {
	t.Helper()
	u, err := seal.ReadSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	u.KeepShares(shares)
	return u
}

func opens(t *testing.T, c Config, u *seal.Unlock) bool {
	t.Helper()
	d, err := OpenDB(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = fits(context.Background(), d, u)
	if err != nil && !errors.Is(err, seal.ErrOpen) {
		t.Fatal(err)
	}
	return err == nil
}

var errPower = errors.New("the power is gone")

// Cut short after each step, the old secret or the new one opens everything, peppers included; the next start, and the next attempt, do the rest. Afterwards the
// old secret opens nothing, whether with the old shares or the new ones.
func TestRotateCutShort(t *testing.T) {
	steps := []string{"secret", "shares", "keys", "settled", "done", ""}
	for i, step := range steps {
		for _, resume := range []string{"start", "rotate"} {
			t.Run(step+" then "+resume, func(t *testing.T) {
				each := dbtest.EachConfig
				if os.Getenv("OUTCRY_PROVE") == "" && step != "keys" { // where the engines could differ
					each = func(t *testing.T, fn func(*testing.T, db.Config)) { fn(t, db.Config{}) }
				}
				each(t, func(t *testing.T, d db.Config) {
					ctx := context.Background()
					c, tags := installation(t, d)
					shares := c.SecretFile + ".shares"
					copied := t.TempDir() // somebody has copied secret and shares
					if err := os.CopyFS(filepath.Join(copied, "shares"), os.DirFS(shares)); err != nil {
						t.Fatal(err)
					}
					line, err := os.ReadFile(c.SecretFile)
					if err != nil {
						t.Fatal(err)
					}
					oldFile := filepath.Join(copied, "secret")
					if err := os.WriteFile(oldFile, line, 0o600); err != nil {
						t.Fatal(err)
					}
					want := tags(kept(t, oldFile, shares))
					var seen []string
					_, err = Rotate(ctx, Change{Config: c, Step: func(done string) error {
						seen = append(seen, done)
						if done == step {
							return errPower
						}
						return nil
					}})
					if step != "" && !errors.Is(err, errPower) || step == "" && err != nil {
						t.Fatal(err)
					}
					if n := min(i+1, len(steps)-1); !slices.Equal(seen, steps[:n]) {
						t.Fatalf("steps %q", seen)
					}
					// As it lies there, one of the two opens everything, and never both.
					old, next := kept(t, oldFile, shares), c.SecretFile
					if i < 4 {
						next += nextEnding
					}
					later := kept(t, next, shares)
					if before := i < 2; opens(t, c, old) != before || opens(t, c, later) == before {
						t.Fatal("neither secret, or both, open the keys")
					} else if before && !slices.Equal(tags(old), want) {
						t.Fatal("the old secret makes other peppers")
					} else if !before && !slices.Equal(tags(later), want) {
						t.Fatal("the new secret makes other peppers")
					}
					if resume == "rotate" {
						if _, err := Rotate(ctx, Change{Config: c}); err != nil {
							t.Fatal(err)
						}
					}
					a, err := Open(ctx, c)
					if err != nil {
						t.Fatal("it does not start:", err)
					}
					if got := tags(a.secret); !slices.Equal(got, want) {
						t.Fatal("peppers have changed")
					}
					if err := a.Close(); err != nil {
						t.Fatal(err)
					}
					if resume == "start" && i < 2 { // nothing had changed, so nothing is left to do
						if !slices.Equal(tags(kept(t, c.SecretFile, shares)), want) {
							t.Fatal("the old one is gone")
						}
						return
					}
					left, err := filepath.Glob(filepath.Join(filepath.Dir(c.SecretFile), "*"))
					more, err2 := filepath.Glob(filepath.Join(shares, "*"))
					if err != nil || err2 != nil || slices.ContainsFunc(append(left, more...), func(p string) bool { return strings.HasSuffix(p, nextEnding) }) {
						t.Fatal("something is left:", left, more)
					}
					if opens(t, c, old) {
						t.Fatal("the old secret still opens the keys")
					}
					for _, l := range []string{"00aa", "00bb"} {
						if _, err := old.Pepper(l); err == nil {
							t.Fatal("the old secret makes a pepper of a new share")
						}
						if _, err := kept(t, c.SecretFile, filepath.Join(copied, "shares")).Pepper(l); err == nil {
							t.Fatal("the new secret makes a pepper of an old share: everyone could be counted twice")
						}
					}
				})
			})
		}
	}
}

// A second change goes as the first, and so does one with the old secret typed and a file of its own for the new one.
func TestRotateAgain(t *testing.T) {
	ctx := context.Background()
	c, tags := installation(t, db.Config{})
	shares := c.SecretFile + ".shares"
	want := tags(kept(t, c.SecretFile, shares))
	for range 2 {
		r, err := Rotate(ctx, Change{Config: c})
		if err != nil || !r.Changed || len(r.Letters) != 2 || r.Days != 1 {
			t.Fatalf("%+v %v", r, err)
		}
	}
	typed := c
	typed.SecretFile, typed.Shares = "", shares
	out := filepath.Join(t.TempDir(), "new")
	if _, err := Rotate(ctx, Change{Config: typed, Typed: kept(t, c.SecretFile, ""), Out: out}); err != nil {
		t.Fatal(err)
	}
	if opens(t, c, kept(t, c.SecretFile, shares)) {
		t.Fatal("the old one still opens the keys")
	}
	u := kept(t, out, shares)
	if !opens(t, c, u) || !slices.Equal(tags(u), want) {
		t.Fatal("the new one opens something else")
	}
	if _, err := Rotate(ctx, Change{Config: typed, Typed: kept(t, c.SecretFile, ""), Out: out + "2"}); err == nil || !strings.Contains(err.Error(), "not the secret") {
		t.Fatal("a secret that is over:", err)
	}
	if _, err := os.Stat(out + "2"); err == nil {
		t.Fatal("a secret was made for nothing")
	}
	// A letter that opens now has a share of the new sort, and closing destroys it.
	if _, err := u.NewPepper("00cc"); err != nil {
		t.Fatal(err)
	}
	if err := u.DropPepper("00cc"); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Pepper("00cc"); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// While anything uses the installation, its secret is not changed, and while it is changed, nothing starts.
func TestRotateAlone(t *testing.T) {
	ctx := context.Background()
	c, _ := installation(t, db.Config{})
	a, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(ctx, Change{Config: c}); !errors.Is(err, ErrInWay) || !strings.Contains(err.Error(), "stop it first") {
		t.Fatal(err)
	}
	dry := c
	dry.Look = true
	if r, err := Rotate(ctx, Change{Config: dry}); err != nil || r.Changed {
		t.Fatal("a look is never in the way:", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Rotate(ctx, Change{Config: c, Step: func(string) error {
		if _, err := Open(ctx, c); !errors.Is(err, ErrInWay) {
			t.Error("it starts in the middle:", err)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// A share that does not open stops a change before it begins.
func TestRotateLooksFirst(t *testing.T) {
	c, _ := installation(t, db.Config{})
	if err := os.WriteFile(filepath.Join(c.SecretFile+".shares", "00bb"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(context.Background(), Change{Config: c}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(c.SecretFile + "*" + nextEnding); len(left) > 0 {
		t.Fatal("begun all the same:", left)
	}
}

// A server on another machine that still has the old secret after a change makes no key that nobody could open: it locks itself.
func TestOldSecretLocksItself(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		ctx := context.Background()
		c, _ := installation(t, d)
		now := time.Now()
		old := kept(t, c.SecretFile, c.SecretFile+".shares")
		other, err := OpenDB(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		days, err := seal.OpenDayKeys(ctx, other, old, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Rotate(ctx, Change{Config: c}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(24 * time.Hour)
		if _, err := days.Seal(ctx, "x", nil); !errors.Is(err, seal.ErrLocked) || !old.Locked() {
			t.Fatal("it goes on:", err)
		}
		if !opens(t, c, kept(t, c.SecretFile, "")) {
			t.Fatal("it has written a key of its own")
		}
	})
}
