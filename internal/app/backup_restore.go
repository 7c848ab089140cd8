package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
)

// RestoredBackup is what restoring made.
type RestoredBackup struct {
	VerifiedBackup
	Letters []RestoredLetter `json:"letters"`
	Into    string           `json:"into"` // engine
}

// RestoredLetter is a letter as the restored copy has it.
type RestoredLetter struct {
	Letter  string `json:"letter"` // CASE/LETTER
	State   string `json:"state"`
	Counted int64  `json:"counted"`
	Waiting int    `json:"waiting"` // for the log
	Share   bool   `json:"share"`   // its share lies beside the secret; without it a letter can be read and not signed
}

// RestoreStage is a part of restoring.
type RestoreStage string

const (
	Writing   RestoreStage = "writing" // a drill's own backup
	Verifying RestoreStage = "verifying"
	Loading   RestoreStage = "loading"
	Auditing  RestoreStage = "auditing" // rows against the log
)

// restoring is the ending of a data folder that is being made, or was left by a restore that was stopped.
const restoring = ".part"

// RestoreBackup makes a new installation out of a backup: c.Data is a folder that is not there or is empty, c.Database empty or a PostgreSQL without a table of ours,
// and the secret is the one of the installation that was backed up. The whole backup is verified before anything is written, and the rows are held against the
// log before the folder gets its name. With c.Look it only verifies, and looks whether there is room. c's other settings win over those of the backup.
func RestoreBackup(ctx context.Context, c Config, file string, key seal.Identity, progress func(stage RestoreStage, done, of int64)) (r RestoredBackup, err error) {
	if progress == nil {
		progress = func(RestoreStage, int64, int64) {}
	}
	if err := c.check(flag); err != nil {
		return r, err
	}
	if err := vacantFolder(c.Data); err != nil {
		return r, err
	}
	u, err := c.secret()
	if err != nil {
		return r, err
	}
	r.VerifiedBackup, err = VerifyBackup(ctx, file, &key, func(done, of int64) { progress(Verifying, done, of) })
	if err != nil {
		return r, err
	}
	if want, err := db.Wanted(); err != nil {
		return r, err
	} else if r.Schema > want {
		return r, refuse(ErrInWay, "%s is of version %d, newer than this program (%d): use the newer outcry", file, r.Schema, want)
	}
	c.adopt(r.settings, r.Missing)
	if c.Look {
		if c.Database != "" {
			d, err := openDB(ctx, c)
			if err != nil {
				return r, err
			}
			defer d.Close()
			r.Into = d.Engine().String()
			return r, vacantDatabase(ctx, d)
		}
		r.Into = db.SQLite.String()
		return r, nil
	}
	part := filepath.Clean(c.Data) + restoring
	if err := os.Mkdir(part, 0o700); errors.Is(err, os.ErrExist) {
		return r, refuse(ErrInWay, "%s was left by a restore that was stopped, or is being made by another one: remove it, and run this again", part)
	} else if err != nil {
		return r, fmt.Errorf("the data folder: %w", err)
	}
	made := c
	made.Data = part
	err = r.build(ctx, made, u, file, key, progress)
	if err == nil {
		err = settle(part, c.Data)
	}
	if err != nil {
		return r, errors.Join(err, os.RemoveAll(part))
	}
	return r, nil
}

// adopt takes the backup's settings where nothing else was said. Its database is not taken: what is restored never goes where the live one may be. A mail
// server that wants a password is not taken without it: better no letter can be signed than that mails are promised and never sent.
func (c *Config) adopt(s Settings, missing []string) {
	mine := c.Settings
	if slices.Contains(missing, "smtp") {
		s.SMTP = ""
	}
	c.Settings = s
	c.Database, c.Shares, c.Designated = mine.Database, mine.Shares, mine.Designated
	for _, field := range []struct{ said, have *string }{{&mine.URL, &c.URL}, {&mine.MailURL, &c.MailURL}, {&mine.From, &c.From}, {&mine.SMTP, &c.SMTP}} {
		if *field.said != "" {
			*field.have = *field.said
		}
	}
}

func vacantFolder(folder string) error {
	if entries, err := os.ReadDir(folder); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the data folder: %w", err)
	} else if len(entries) > 0 {
		return refuse(ErrInWay, "%s is not empty; a backup is restored into a new folder, or an empty one", folder)
	}
	return nil
}

func vacantDatabase(ctx context.Context, d *db.DB) error {
	names, err := d.Tables(ctx)
	if err == nil && len(names) > 0 {
		return refuse(ErrInWay, "the database holds something already, perhaps of a restore that was stopped; name an empty one, or drop it and create it anew")
	}
	return err
}

// settle gives the made folder its name. An empty folder that is there already gives way.
func settle(part, data string) error {
	if err := os.Remove(data); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(part, data); err != nil {
		return err
	}
	return durable.Sync(filepath.Dir(filepath.Clean(data)))
}

// build makes the whole installation in c.Data, and leaves the database closed.
func (r *RestoredBackup) build(ctx context.Context, c Config, u *seal.Unlock, file string, key seal.Identity, progress func(stage RestoreStage, done, of int64)) error {
	if err := r.load(ctx, c, u, file, key, progress); err != nil {
		return err
	}
	if err := writeAll(c.Data, c.Settings); err != nil {
		return fmt.Errorf("the settings: %w", err)
	}
	if r.key != "" { // the folder knows its log
		if err := durable.Replace(filepath.Join(c.Data, logName), []byte(r.key+"\n")); err != nil {
			return err
		}
	}
	progress(Auditing, 0, r.Entries)
	if err := r.audit(ctx, c); err != nil {
		return err
	}
	progress(Auditing, r.Entries, r.Entries)
	return durable.Sync(c.Data)
}

// writeAll writes every setting, witnesses too: without them nobody would notice that the copy is a fork.
func writeAll(data string, s Settings) error {
	text, err := yaml.Marshal(s)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(data, settingsName), append([]byte("# Settings of this installation, as a backup had them; docs/operate/install.md explains each.\n"), text...))
}

// load fills the empty database.
func (r *RestoredBackup) load(ctx context.Context, c Config, u *seal.Unlock, file string, key seal.Identity, progress func(stage RestoreStage, done, of int64)) (err error) {
	d, err := openDB(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	r.Into = d.Engine().String()
	if err := vacantDatabase(ctx, d); err != nil {
		return err
	}
	defer func() {
		if err != nil { // it was empty, and is again; of SQLite the whole folder goes
			err = errors.Join(err, d.Wipe(context.WithoutCancel(ctx)))
		}
	}()
	f, err := openBackup(file)
	if err != nil {
		return err
	}
	defer f.close()
	in, err := f.open(ctx, key, nil)
	if err != nil {
		return err
	}
	if err := d.MigrateTo(ctx, r.Schema); err != nil {
		return err
	}
	fits := func(table string) error {
		if table != "log_key" || r.key == "" {
			return nil
		}
		// Now, and not after a million rows: is it the secret of this log?
		_, err := translog.Open(ctx, translog.Config{DB: d, Unlock: u, Now: c.Now, Log: c.Log})
		if errors.Is(err, seal.ErrOpen) {
			return fmt.Errorf("%s is not the secret of the installation that was backed up: the log's key does not open", c.SecretFile)
		}
		return err
	}
	if _, err := d.Load(ctx, backupTables, in, fits, func(done int64) { progress(Loading, done, r.Rows) }); err != nil {
		return f.unopened(err)
	}
	_, err = d.Migrate(ctx)
	return err
}

// audit opens the copy to look at it, and holds every row against the log. It touches neither secret nor shares: the live installation may be using them.
func (r *RestoredBackup) audit(ctx context.Context, c Config) error {
	if r.key == "" {
		return nil // it has no log yet, and so nothing that was signed
	}
	c.Look, c.Mail = true, &mail.Sink{} // the mail server's password is not in a backup
	a, err := Open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.Book.Start(ctx); err != nil {
		return refuse(ErrDamaged, "what was restored disagrees with its log, and so did what was backed up: %v", err)
	}
	waits, err := a.Book.Waiters(ctx)
	if err != nil {
		return err
	}
	all, err := a.Book.All(ctx, "")
	if err != nil {
		return err
	}
	r.Letters = []RestoredLetter{}
	for _, l := range all {
		x := RestoredLetter{Letter: l.Case + "/" + l.Slug, State: string(l.State), Counted: a.Book.Count(l.ID).Counted, Waiting: waits[l.ID], Share: true}
		if l.State.Alive() {
			_, err := a.Book.Unlock.Pepper(l.ID.String())
			x.Share = err == nil
		}
		r.Letters = append(r.Letters, x)
	}
	return nil
}
