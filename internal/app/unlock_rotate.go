package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
)

// Rotation is a change of the unlock secret: what would be done, or was.
type Rotation struct {
	File     string   `json:"file"`     // of the new secret
	Shares   string   `json:"shares"`   // folder of the letters' shares
	Letters  []string `json:"letters"`  // whose shares are written anew
	Days     int      `json:"days"`     // day keys that are wrapped anew
	Changed  bool     `json:"changed"`  // false after a dry run
	Finished bool     `json:"finished"` // a change that was cut short before is done now; no other was begun
}

// Change says how the secret is to be changed. Without SecretFile the present one is Typed, and the new one goes to Out.
type Change struct {
	Config
	Typed *seal.Unlock
	Out   string                  // file of the new secret, which must not exist; empty: it takes SecretFile's place
	Step  func(done string) error // told after each step; an error of it ends the work there, as a power cut would
}

// Rotate puts a new unlock secret in the place of the present one, while nothing else uses the installation. Peppers, marks, the log's key and what waits to be
// sent stay as they are; the old secret opens none of it any more. Cut short at any point, the old or the new secret opens everything, and the next start,
// or another Rotate, does the rest. With Look nothing is written.
func Rotate(ctx context.Context, c Change) (r Rotation, err error) {
	if c.Step == nil {
		c.Step = func(string) error { return nil }
	}
	if err := c.complete(); err != nil {
		return r, err
	}
	if err := there(c.Data); err != nil {
		return r, err
	}
	present, err := c.present()
	if err != nil {
		return r, err
	}
	if r.Shares, err = c.sharesFolder(); err != nil {
		return r, err
	}
	if r.File = c.Out; r.File == "" {
		r.File = c.SecretFile
	}
	if !c.Look {
		held, err := hold(c.Data, true)
		if err != nil {
			return r, err
		}
		defer held.Close()
	}
	d, err := openDB(ctx, c.Config)
	if err != nil {
		return r, err
	}
	defer d.Close()
	if err := schema(ctx, d, true); err != nil {
		return r, err
	}
	return c.rotate(ctx, d, present, r)
}

// present is the secret that is to be replaced.
func (c Change) present() (*seal.Unlock, error) {
	if c.Out != "" {
		if err := apart(c.Data, c.Out); err != nil {
			return nil, err
		}
		if _, err := os.Lstat(c.Out); err == nil {
			return nil, refuse(ErrInWay, "%s is there already; name another file for the new secret", c.Out)
		}
	}
	if c.SecretFile != "" {
		return c.secret()
	}
	shares, err := c.sharesFolder()
	if err != nil {
		return nil, err
	}
	c.Typed.KeepShares(shares)
	return c.Typed, nil
}

func (c Change) rotate(ctx context.Context, d *db.DB, present *seal.Unlock, r Rotation) (Rotation, error) {
	if err := fits(ctx, d, present); err != nil {
		if !errors.Is(err, seal.ErrOpen) {
			return r, err
		}
		if c.SecretFile == "" {
			return r, fmt.Errorf("%w; after a change that was cut short, the file that --out named then holds the secret", wrongSecret(err, "what was given"))
		}
		if present, err = settled(ctx, d, c.Config, present); err != nil {
			return r, err
		}
		r.File, r.Finished, r.Changed = c.SecretFile, true, !c.Look
		r.Letters, err = present.Shares()
		return r, err
	}
	var err error
	if r.Letters, err = present.Shares(); err != nil {
		return r, err
	}
	for _, letter := range r.Letters { // before anything is begun
		if _, err := present.Pepper(letter); err != nil {
			return r, err
		}
	}
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		r.Days, err = seal.FitDayKeys(tx, present)
		return err
	}); err != nil || c.Look {
		return r, err
	}
	file := c.Out
	if file == "" {
		file = c.SecretFile + nextEnding
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) { // it opens nothing: the present one does
			return r, fmt.Errorf("what is left of a change that was cut short: %w", err)
		}
	}
	if _, err := present.SettleShares(); err != nil {
		return r, err
	}
	if err := present.DropPrepared(); err != nil {
		return r, err
	}
	next, err := present.NewLaterFile(file)
	if err != nil {
		return r, fmt.Errorf("the new secret file: %w", err)
	}
	if err := c.Step("secret"); err != nil {
		return r, err
	}
	if err := present.PrepareShares(next); err != nil {
		return r, err
	}
	if err := c.Step("shares"); err != nil {
		return r, err
	}
	err = d.Update(ctx, func(tx *db.Tx) error {
		return errors.Join(seal.RewrapDayKeys(tx, present, next), translog.Rewrap(tx, present, next), organiser.Rewrap(tx, present, next), draft.Rewrap(tx, present, next))
	})
	if err != nil {
		return r, fmt.Errorf("the keys in the database could not be wrapped anew; run the same command again: %w", err)
	}
	if err := c.Step("keys"); err != nil {
		return r, err
	}
	if _, err := next.SettleShares(); err != nil {
		return r, err
	}
	if err := c.Step("settled"); err != nil {
		return r, err
	}
	if c.Out == "" {
		if err := seal.Replace(file, c.SecretFile); err != nil {
			return r, fmt.Errorf("the new secret is %s and could not take the place of %s: %w", filepath.Clean(file), c.SecretFile, err)
		}
	}
	r.Changed = true
	return r, c.Step("done")
}
