package app

import (
	"context"
	"path/filepath"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/translog"
)

// RenewLog has an installation's log go on under a new name and key, over the entries that are there; with c.Look it only says what it would do.
// It is for who restored a backup and can't get back what came after it. No server may run on the installation.
func RenewLog(ctx context.Context, c Config) (r translog.Renewal, err error) {
	if err := c.complete(); err != nil {
		return r, err
	}
	if err := there(c.Data); err != nil {
		return r, err
	}
	u, err := c.secret()
	if err != nil {
		return r, err
	}
	held, err := hold(c.Data, !c.Look)
	if err != nil {
		return r, err
	}
	defer held.Close()
	d, err := openDB(ctx, c)
	if err != nil {
		return r, err
	}
	defer d.Close()
	if err := schema(ctx, d, true); err != nil {
		return r, err
	}
	if u, err = settled(ctx, d, c, u); err != nil {
		return r, err
	}
	r, err = translog.Renew(ctx, d, u, c.Look, func(tx *db.Tx, r translog.Renewal) error { return letter.RenewCertificates(tx, r.Anew) })
	if err != nil {
		return r, wrongSecret(err, c.SecretFile)
	}
	if c.Look {
		return r, nil
	}
	path := filepath.Join(c.Data, logName)
	if err := durable.Replace(path, []byte(r.New.String()+"\n")); err != nil {
		return r, refuse(ErrInWay, "the log is %s now, and %s could not be written (%v): write that line into it", r.New, path, err)
	}
	return r, nil
}
