package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
)

// A server may start before its unlock secret is there: it serves what needs no key, and goes on from where it is when outcry unlock brings the secret.

// ErrUnlocked says that the secret had been given before.
var ErrUnlocked = errors.New("it is unlocked already")

// nextEnding names the file of a secret that is about to take another one's place.
const nextEnding = ".new"

// sharesFolder is where the letters' shares lie.
func (c Config) sharesFolder() (string, error) {
	switch {
	case c.Shares != "":
		return c.Shares, nil
	case c.SecretFile != "" && !c.Credential:
		return c.SecretFile + ".shares", nil
	}
	return "", refuse(ErrSetting, "where do the letters' shares lie? Without a secret file of its own an installation needs --shares FOLDER, or shares in outcry.yaml")
}

// secret reads the unlock secret, or makes the one that is yet to be given. Neither it nor the shares may lie in the data folder.
func (c Config) secret() (*seal.Unlock, error) {
	shares, err := c.sharesFolder()
	if err != nil {
		return nil, err
	}
	if !c.Demo {
		if c.SecretFile != "" {
			if err := apart(c.Data, c.SecretFile); err != nil {
				return nil, err
			}
		}
		if err := apart(c.Data, shares); err != nil {
			return nil, errSharesInside(c.Data)
		}
	}
	if c.Locked {
		return seal.NewLocked(shares), nil
	}
	return readSecret(c, c.SecretFile, shares)
}

func errSharesInside(data string) error {
	return refuse(ErrSetting, "the shares must not lie in the data folder, or backups would keep what closing a letter destroys; name a folder outside %s", data)
}

func readSecret(c Config, file, shares string) (u *seal.Unlock, err error) {
	if c.Credential {
		u, err = seal.ReadCredential(file)
	} else {
		u, err = seal.ReadSecretFile(file)
	}
	if err != nil {
		return nil, err
	}
	u.KeepShares(shares)
	return u, nil
}

// fits tells whether a secret opens the keys in the database; the error wraps seal.ErrOpen if not.
func fits(ctx context.Context, d *db.DB, u *seal.Unlock) error {
	return d.View(ctx, func(tx *db.Tx) error {
		if _, err := seal.FitDayKeys(tx, u); err != nil {
			return err
		}
		return translog.Fits(tx, u)
	})
}

// settled is the secret that opens this database: the one in the file, or the one that was taking its place when that was cut short; then the rest is done.
func settled(ctx context.Context, d *db.DB, c Config, u *seal.Unlock) (*seal.Unlock, error) {
	if u.Locked() {
		return u, nil
	}
	err := fits(ctx, d, u)
	if !errors.Is(err, seal.ErrOpen) {
		if err == nil && !c.Look {
			_, err = u.SettleShares()
		}
		return u, err
	}
	shares, _ := c.sharesFolder()
	next, missing := readSecret(c, c.SecretFile+nextEnding, shares)
	if missing != nil {
		return nil, wrongSecret(err, c.SecretFile)
	}
	if err := fits(ctx, d, next); err != nil {
		return nil, wrongSecret(err, c.SecretFile)
	}
	if c.Look {
		return next, nil
	}
	if _, err := next.SettleShares(); err != nil {
		return nil, err
	}
	if err := seal.Replace(c.SecretFile+nextEnding, c.SecretFile); err != nil {
		return nil, fmt.Errorf("the new secret file: %w", err)
	}
	c.Log.Warn("a change of the unlock secret that was cut short is done now: copy the new secret and the shares away", slog.String("file", c.SecretFile))
	return next, nil
}

// Locked tells whether the secret is yet to be given.
func (a *App) Locked() bool { return a.secret.Locked() }

// Unlock gives a server that started locked its secret, and everything goes on. The error is ErrUnlocked if it had one; where the secret is another
// installation's, or a share another secret's, nothing has changed.
func (a *App) Unlock(ctx context.Context, given *seal.Unlock) error {
	a.unlocking.Lock()
	defer a.unlocking.Unlock()
	if !a.secret.Locked() {
		return ErrUnlocked
	}
	shares, err := a.sharesFolder()
	if err != nil {
		return err
	}
	given.KeepShares(shares)
	if err := fits(ctx, a.DB, given); err != nil {
		if errors.Is(err, seal.ErrOpen) {
			return errors.New("this is not the secret of this installation: the keys in its database do not open with it; nothing has changed")
		}
		return err
	}
	if _, err := given.SettleShares(); err != nil {
		return err
	}
	if err := a.Log.Unlock(ctx, given); err != nil {
		return err
	}
	a.secret.Take(given)
	if err := errors.Join(a.days.Turn(ctx), a.Book.Load(ctx)); err != nil {
		a.secret.Lock()
		return err
	}
	a.pages.Moved()
	select {
	case <-a.unlocked: // it had been unlocked before, and lost its secret when another process changed that
	default:
		close(a.unlocked)
	}
	return nil
}

// whenUnlocked runs a loop that needs keys, from when they are there.
func (a *App) whenUnlocked(loop func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-a.unlocked:
			loop(ctx)
		}
	}
}

// gate keeps away, while the server is locked, whatever needs a key or would promise what only a key can keep. A form comes back to be sent again.
func (a *App) gate(w http.ResponseWriter, r *http.Request) error {
	if !a.secret.Locked() || !keyed(r.Pattern) {
		return a.halted(w, r)
	}
	if r.Method == http.MethodPost {
		_, _ = web.Form(w, r) // one that is none, such as with a file, or too long for a stranger's can't come back; that nothing works now is what its sender has to know
	}
	return seal.ErrLocked
}

// keyed tells whether a page needs a key: each that takes a form, but for signing, which keeps its own form, ending the news, which only deletes, and the word of
// those who bind a campaign: what they stop stops at any time.
func keyed(pattern string) bool {
	switch {
	case pattern == "GET /mine/{secret}":
		return true
	case pattern == "POST /sign", strings.HasPrefix(pattern, "POST /news/"), strings.HasPrefix(pattern, "POST /wish/"):
		return false
	}
	return strings.HasPrefix(pattern, "POST ")
}

// hold keeps an installation from having its secret changed while it is in use; or, alone, in use while its secret is changed. It lasts until the file is closed.
func hold(data string, alone bool) (*os.File, error) {
	f, err := os.Open(data)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	switch err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK) && alone:
		f.Close()
		return nil, refuse(ErrInWay, "a server or another command uses %s: stop it first, on every machine that serves this installation", filepath.Clean(data))
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, refuse(ErrInWay, "the unlock secret of %s is being changed; try again when that is done", filepath.Clean(data))
	}
	return f, nil // a disk that knows no such locks holds nobody up
}
