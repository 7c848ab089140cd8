package translog

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// Renewal is a log that goes on under another name and key, over the same entries: the way out when its own last entries are lost and others have
// seen them. What was signed under the former name stays checkable with the former key.
type Renewal struct {
	Old, New receipt.Key
	Size     int64 // entries that are kept

	private ed25519.PrivateKey
}

// NextOrigin is the name of a log's successor: a number after the name, from 2 on.
func NextOrigin(origin string) string {
	base, number, found := strings.Cut(origin, "/log/")
	if n, err := strconv.Atoi(number); found && err == nil && n > 1 {
		return base + "/log/" + strconv.Itoa(n+1)
	}
	return origin + "/2"
}

// Renew gives the log of a database a new name and key, and queues the entry that names the old one. What witnesses signed under the old name is
// forgotten. more does, in the same transaction, what is others' to do. With look nothing is changed. No process may have the log open.
func Renew(ctx context.Context, d *db.DB, u *seal.Unlock, look bool, more func(tx *db.Tx, r Renewal) error) (r Renewal, err error) {
	vkey, wrapped, err := selectLogKey(ctx, d)
	if err != nil {
		return r, err
	}
	if _, err := unwrapKey(u, wrapped); err != nil {
		return r, err
	}
	if r.Old, err = receipt.ParseKey(vkey); err != nil {
		return r, err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return r, err
	}
	r.private = private
	if r.New, err = receipt.NewKey(NextOrigin(r.Old.Origin()), public); err != nil {
		return r, err
	}
	err = d.Update(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		size, root, _, err := selectState(tx)
		if err != nil {
			return err
		}
		if r.Size = size; look {
			return nil
		}
		signed, err := receipt.SignCheckpoint(private, r.New.Origin(), tlog.Tree{N: size, Hash: root})
		if err != nil {
			return err
		}
		if err := renameKey(tx, r.New.String(), u.Wrap(wrapPurpose, private.Seed())); err != nil {
			return err
		}
		if err := swapState(tx, size, size, root, signed); err != nil {
			return err
		}
		if err := forgetWitnessed(tx); err != nil {
			return err
		}
		former := sha256.Sum256([]byte(r.Old.String()))
		leaf := Leaf{Ref: append([]byte("former log "), former[:]...), Data: receipt.Marshal(receipt.KeyEntry{Kind: receipt.FormerLog, Fingerprint: former})}
		if err := insertQueue(tx, leaf, 0); err != nil {
			return err
		}
		return more(tx, r)
	})
	return r, err
}

// Anew signs a certificate of the old name under the new one: its size and root are the same log's.
func (r Renewal) Anew(note []byte) ([]byte, error) {
	if _, err := receipt.OpenCertificate(note, r.New); err == nil {
		return note, nil // the transaction came about, its answer was lost, and it runs again
	}
	c, err := receipt.OpenCertificate(note, r.Old)
	if err != nil {
		return nil, fmt.Errorf("translog: a certificate: %w", err)
	}
	c.Origin = r.New.Origin()
	return receipt.SignCertificate(r.private, c)
}
