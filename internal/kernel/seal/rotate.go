package seal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/durable"
)

// A new secret takes the place of an old one so that at every moment one of the two opens everything, wherever the work is cut short:
//
//	1. the new secret is written to a file of its own
//	2. beside each share its pepper is written again, wrapped under the new secret: LETTER.new
//	3. one transaction wraps the log's key and the day keys anew      ← until here the old secret opens everything, from here the new one
//	4. LETTER.new takes the place of LETTER, and with the last one nothing is left that the old secret opens
//
// The peppers stay, so nobody is counted twice. The new secret has a mark of its own (outcry-unlock-2), by which it never takes a share of the old sort.

// NewLaterFile makes the secret that is to take k's place and writes it to path, which must not exist yet, readable by its owner only.
func (k *Unlock) NewLaterFile(path string) (*Unlock, error) {
	next, err := newSecretFile(path, true)
	if err != nil {
		return nil, err
	}
	next.shares = k.shares
	return next, nil
}

// Shares lists the letters that have a share.
func (k *Unlock) Shares() (letters []string, err error) {
	entries, err := os.ReadDir(k.shares)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the folder of shares: %w", err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasSuffix(name, nextEnding) && e.Type().IsRegular() {
			letters = append(letters, name)
		}
	}
	return letters, nil
}

// PrepareShares is step 2: it writes each letter's pepper again for the next secret, on the disk before it returns.
func (k *Unlock) PrepareShares(next *Unlock) error {
	letters, err := k.Shares()
	if err != nil {
		return err
	}
	for _, letter := range letters {
		p, err := k.Pepper(letter)
		if err != nil {
			return err
		}
		path := k.share(letter) + nextEnding
		err = durable.New(path, next.Wrap(pepperPurpose(letter), p.key))
		if err != nil {
			return fmt.Errorf("the letter's new share file: %w", err)
		}
		if box, err := os.ReadFile(path); err != nil || !next.opensTo(letter, box, p) { // the old one will be gone for good
			return fmt.Errorf("the letter's new share file %s does not hold what was written: %w", path, errors.Join(err, ErrOpen))
		}
	}
	return nil
}

func (k *Unlock) opensTo(letter string, box []byte, p Pepper) bool {
	key, err := k.Unwrap(pepperPurpose(letter), box)
	return err == nil && Same(key, p.key)
}

// DropPrepared removes what PrepareShares left when the work was cut short before step 3. Only for who holds the installation alone.
func (k *Unlock) DropPrepared() error {
	return k.eachPrepared(func(_, path string) error { return os.Remove(path) })
}

// SettleShares is step 4, as far as it was not done: whatever was prepared for this very secret takes its place. Other files are left alone. It tells
// how many those were, and may be called at any time.
func (k *Unlock) SettleShares() (settled int, err error) {
	if k.Locked() {
		return 0, ErrLocked
	}
	err = k.eachPrepared(func(letter, path string) error {
		box, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, err := k.Unwrap(pepperPurpose(letter), box); err != nil {
			return nil // of a change that never was
		}
		settled++
		return os.Rename(path, k.share(letter))
	})
	return settled, err
}

func (k *Unlock) eachPrepared(fn func(letter, path string) error) error {
	entries, err := os.ReadDir(k.shares)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the folder of shares: %w", err)
	}
	changed := false
	for _, e := range entries {
		letter, prepared := strings.CutSuffix(e.Name(), nextEnding)
		if !prepared {
			continue
		}
		changed = true
		if err := fn(letter, filepath.Join(k.shares, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("the letter's new share file: %w", err)
		}
	}
	if !changed {
		return nil
	}
	return durable.Sync(k.shares)
}

// Replace puts a file in the place of another one, on the disk before it returns.
func Replace(from, to string) error {
	return durable.Move(from, to)
}

// FitDayKeys tells whether a secret opens the day keys that there are; an error wraps ErrOpen if not.
func FitDayKeys(tx *db.Tx, u *Unlock) (days int, err error) {
	rows, err := selectDays(tx)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		if _, err := u.Unwrap(wrapPurpose(r.day), r.wrapped); err != nil {
			return 0, fmt.Errorf("the key of day %d: %w", r.day, err)
		}
	}
	return len(rows), nil
}

// RewrapDayKeys is a part of step 3.
func RewrapDayKeys(tx *db.Tx, from, to *Unlock) error {
	rows, err := selectDays(tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		key, err := from.Unwrap(wrapPurpose(r.day), r.wrapped)
		if err != nil {
			return fmt.Errorf("the key of day %d: %w", r.day, err)
		}
		if err := updateDay(tx, r.day, to.Wrap(wrapPurpose(r.day), key)); err != nil {
			return err
		}
	}
	return nil
}
