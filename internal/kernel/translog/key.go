package translog

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
)

// Unlock gives a log that was opened under a locked secret its key. An error wraps seal.ErrOpen if the secret is another installation's; then nothing has
// changed.
func (l *Log) Unlock(ctx context.Context, u *seal.Unlock) error {
	_, wrapped, err := selectLogKey(ctx, l.db)
	if err != nil {
		return err
	}
	key, err := unwrapKey(u, wrapped)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.key = key
	return nil
}

func unwrapKey(u *seal.Unlock, wrapped []byte) (ed25519.PrivateKey, error) {
	seed, err := u.Unwrap(wrapPurpose, wrapped)
	if err != nil {
		return nil, fmt.Errorf("translog: the log's key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// signer is the key; seal.ErrLocked while the secret has not been given.
func (l *Log) signer() (ed25519.PrivateKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key == nil {
		return nil, seal.ErrLocked
	}
	return l.key, nil
}

// Rewrap wraps the log's key under another secret, in its caller's transaction. A database without a log has none to wrap, which is no error.
func Rewrap(tx *db.Tx, from, to *seal.Unlock) error {
	wrapped, err := selectWrapped(tx)
	if wrapped == nil || err != nil {
		return err
	}
	key, err := unwrapKey(from, wrapped)
	if err != nil {
		return err
	}
	return updateWrapped(tx, to.Wrap(wrapPurpose, key.Seed()))
}

// Fits tells whether a secret opens the log's key; the error wraps seal.ErrOpen if not. Without a log every secret fits.
func Fits(tx *db.Tx, u *seal.Unlock) error {
	wrapped, err := selectWrapped(tx)
	if wrapped == nil || err != nil {
		return err
	}
	_, err = unwrapKey(u, wrapped)
	return err
}
