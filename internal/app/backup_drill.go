package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sys/unix"

	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
)

// DrilledBackup is what a drill found. That there is one means that the backup restores.
type DrilledBackup struct {
	RestoredBackup
	Own     bool    `json:"own"`     // made by the drill itself, sealed to a key that nobody keeps
	Live    bool    `json:"live"`    // there was an installation to compare with
	Grown   int64   `json:"grown"`   // entries of the live log after the last one of the backup
	Writing float64 `json:"writing"` // seconds
	Reading float64 `json:"reading"` // likewise: verifying, loading and auditing
	Left    string  `json:"left,omitempty"`
}

// drilling is what a drill's folder is called, inside the data folder or where the caller says.
const drilling = "outcry-drill"

// openDrill makes the folder of a drill, and holds it while its process lives. What a stopped drill left in it is removed.
func openDrill(home string) (held *os.File, left bool, err error) {
	if err := os.Mkdir(home, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, false, err
	}
	if held, err = os.Open(home); err != nil {
		return nil, false, err
	}
	defer func() {
		if err != nil {
			held.Close()
		}
	}()
	if unix.Flock(int(held.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil, false, refuse(ErrInWay, "another drill is running in %s", home)
	}
	entries, err := os.ReadDir(home)
	if err != nil {
		return nil, false, err
	}
	for _, e := range entries {
		if !slices.Contains([]string{"backup", "backup" + backupEnding, "copy", "copy" + restoring}, e.Name()) {
			return nil, false, refuse(ErrInWay, "%s holds %s, which is no drill's: name another folder with --place", home, e.Name())
		}
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(home, e.Name())); err != nil {
			return nil, false, err
		}
	}
	return held, len(entries) > 0, nil
}

// DrillBackup restores a backup into a folder of its own inside place, audits and recounts it, holds it against the live installation of c if c.Data is set, and
// deletes everything again. Without a file it makes a backup of the live one first, sealed to a key that nobody keeps. place is the data folder if it is empty.
//
// The copy is always one in SQLite, whatever the live one is: the form is the same, and a drill touches no server. A folder that a stopped drill left is
// removed and named.
func DrillBackup(ctx context.Context, c Config, place, file string, key *seal.Identity, progress func(stage RestoreStage, done, of int64)) (r DrilledBackup, err error) {
	if progress == nil {
		progress = func(RestoreStage, int64, int64) {}
	}
	if place == "" {
		if place = c.Data; place == "" {
			return r, refuse(ErrSetting, "a drill needs a folder: name one")
		}
	}
	var using *os.File
	if c.Data != "" {
		if using, err = hold(c.Data, false); err != nil { // nobody changes the secret meanwhile
			return r, err
		}
		defer using.Close()
		if err := c.complete(); err != nil {
			return r, err
		}
	}
	home := filepath.Join(place, drilling)
	held, left, err := openDrill(home)
	if err != nil {
		return r, err
	}
	if left {
		r.Left = home
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home), held.Close()) }()

	if file == "" {
		id, to, err := seal.PassingIdentity()
		if err != nil {
			return r, err
		}
		file, key, r.Own = filepath.Join(home, "backup"), &id, true
		begun := c.Now()
		if _, err := CreateBackup(ctx, c, []seal.Recipient{to}, file, func(done, of int64) { progress(Writing, done, of) }); err != nil {
			return r, err
		}
		r.Writing = c.Now().Sub(begun).Seconds()
	} else if key == nil {
		return r, refuse(ErrSetting, "a backup that is there already opens with its key only: name it with --key")
	}
	copied := Config{Data: filepath.Join(home, "copy"), SecretFile: c.SecretFile, Credential: c.Credential, Now: c.Now, Log: c.Log}
	copied.Shares = c.Shares
	begun := c.Now()
	if r.RestoredBackup, err = RestoreBackup(ctx, copied, file, *key, progress); err != nil {
		return r, err
	}
	r.Reading = c.Now().Sub(begun).Seconds()
	if err := r.recount(ctx, copied); err != nil {
		return r, err
	}
	if c.Data == "" {
		return r, nil
	}
	r.Live = true
	return r, r.compare(ctx, c)
}

// recount holds the rows of the copy against the numbers that stand in the backup.
func (r *DrilledBackup) recount(ctx context.Context, copied Config) error {
	d, err := OpenDB(ctx, copied)
	if err != nil {
		return err
	}
	defer d.Close()
	have, err := d.CountRows(ctx, backupTables)
	if err != nil {
		return err
	}
	for table, n := range r.Tables {
		if have[table] != n {
			return refuse(ErrDamaged, "table %s has %d rows in the backup and %d in the copy", table, n, have[table])
		}
	}
	return nil
}

// growing are tables whose rows are never deleted: the live ones are as many, or more.
var growing = []string{"log_entry", "letter", "letter_signature", "letter_removal"}

// compare holds the copy against the live installation: its log is the beginning of the live one, and no row is missing there.
func (r *DrilledBackup) compare(ctx context.Context, c Config) error {
	d, err := OpenDB(ctx, c)
	if err != nil {
		return err
	}
	defer d.Close()
	live, err := d.CountRows(ctx, backupTables)
	if err != nil {
		return err
	}
	for _, table := range growing {
		if live[table] < r.Tables[table] {
			return refuse(ErrDamaged, "table %s has %d rows in the backup and only %d in the live database: is it of this installation, or has that one lost some?",
				table, r.Tables[table], live[table])
		}
	}
	u, err := c.secret()
	if err != nil {
		return err
	}
	root, err := rootAt(ctx, translog.Config{DB: d, Unlock: u, Now: c.Now, Log: c.Log}, r.Entries)
	if err != nil {
		return err
	}
	if root != r.Root {
		return refuse(ErrDamaged, "the log of the backup is not the beginning of the live one: at %d entries their roots are %s and %s", r.Entries, r.Root, root)
	}
	r.Grown = live["log_entry"] - r.Entries
	return nil
}

// rootAt computes the root of a log's first entries.
func rootAt(ctx context.Context, c translog.Config, size int64) (root tlog.Hash, err error) {
	var fold treeFold
	if size > 0 {
		l, err := translog.Open(ctx, c)
		if err != nil {
			return root, err
		}
		err = l.Entries(ctx, 0, size, func(_ int64, data []byte) error {
			fold.add(tlog.RecordHash(data))
			return nil
		})
		if err != nil {
			return root, err
		}
	}
	return fold.root(), nil
}
