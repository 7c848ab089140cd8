package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"outcry/internal/kernel/durable"
)

// Pepper is the key under which one letter's signers are told apart. It exists while the letter's share does.
//
// A share is 32 random bytes, from which HKDF with U makes the pepper; or, of a secret that took the place of another one, the pepper wrapped under U. A share
// opens with a secret of its own sort only: a pepper that is silently another one would count everyone twice.
type Pepper struct {
	key []byte
	box cipher.AEAD
}

// pepperOf derives once what every signature needs.
func pepperOf(key []byte) Pepper { return Pepper{key, aead(derive(key, nil, "pepper box"))} }

func (Pepper) String() string { return mute }

const (
	bareShare    = 32
	wrappedShare = bareShare + BoxSize
	// The share under a new secret, beside the one it will replace; see rotate.go.
	nextEnding = ".new"
)

// NewPepper makes a letter's share file, on the disk before it returns, and its pepper. A share that is already there is kept.
func (k *Unlock) NewPepper(letter string) (Pepper, error) {
	u := k.u.Load()
	if u == nil {
		return Pepper{}, ErrLocked
	}
	if err := os.MkdirAll(k.shares, 0o700); err != nil {
		return Pepper{}, fmt.Errorf("the folder of shares: %w", err)
	}
	if err := durable.Sync(filepath.Dir(k.shares)); err != nil {
		return Pepper{}, err
	}
	share := make([]byte, 32)
	rand.Read(share)
	if u.later {
		share = k.Wrap(pepperPurpose(letter), share)
	}
	err := durable.New(k.share(letter), share)
	if err != nil && !errors.Is(err, os.ErrExist) {
		return Pepper{}, fmt.Errorf("the letter's share file: %w", err)
	}
	return k.Pepper(letter)
}

func pepperPurpose(letter string) string { return "pepper " + letter }

// Pepper reads a letter's share and makes its pepper; os.ErrNotExist if the share is gone, ErrLocked without a secret.
func (k *Unlock) Pepper(letter string) (Pepper, error) {
	u := k.u.Load()
	if u == nil {
		return Pepper{}, ErrLocked
	}
	if u.later { // where the change to this secret was cut short, the share that goes with it still lies beside the older one
		if box, err := os.ReadFile(k.share(letter) + nextEnding); err == nil {
			if key, err := k.Unwrap(pepperPurpose(letter), box); err == nil {
				return pepperOf(key), nil
			}
		}
	}
	share, err := os.ReadFile(k.share(letter))
	if err != nil {
		return Pepper{}, fmt.Errorf("the letter's share file: %w", err)
	}
	switch {
	case len(share) != bareShare && len(share) != wrappedShare:
		return Pepper{}, fmt.Errorf("the letter's share file %s is damaged: it has %d bytes; restore it from where the secret is kept twice", k.share(letter), len(share))
	case !u.later && len(share) == bareShare:
		return pepperOf(derive(u.key, share, "pepper "+letter)), nil
	case u.later && len(share) == wrappedShare:
		if key, err := k.Unwrap(pepperPurpose(letter), share); err == nil {
			return pepperOf(key), nil
		}
	}
	return Pepper{}, fmt.Errorf("the letter's share file %s belongs to another secret than this one; restore the copy that was made with this secret", k.share(letter))
}

// DropPepper destroys a letter's share, and with it its pepper, for good: the file is gone from the disk before it returns. One that is gone
// already is no error. The file is not overwritten first: on the disks of today that reaches other cells than it was written to.
func (k *Unlock) DropPepper(letter string) error {
	for _, path := range []string{k.share(letter) + nextEnding, k.share(letter)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("the letter's share file: %w", err)
		}
	}
	// Also when it was gone before: whoever removed it may have been stopped before this.
	if err := durable.Sync(k.shares); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder of shares: %w", err)
	}
	return nil
}

func (k *Unlock) share(letter string) string { return filepath.Join(k.shares, letter) }
