package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

func backupRestoreCommand(s *streams) *cobra.Command {
	var c app.Config
	var key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a new installation out of a backup",
		Long: `Restores a backup into a folder that is new or empty, and with --database into an
empty PostgreSQL; never over what is there. The engine need not be the one that
the backup was made from. It needs the secret of the installation that was
backed up, and the key that opens the backup.

First the whole backup is verified, then loaded, then every row is held against
the log, as a server does at its start; only then the folder gets its name.
Until then it is FOLDER.part. What failed is removed again; a PostgreSQL database
that was begun has to be dropped and made anew.

A backup is older than what was lost. If anybody saw a larger log, going on with
the copy is a fork: read docs/operate/backup.md before you start a server on it.`,
		Example: `  outcry backup restore monday.backup --key backup.key --data ./restored --secret-file ./secret --dry-run
  outcry backup restore monday.backup --key backup.key --data ./restored --secret-file ./secret
  outcry backup restore monday.backup --key backup.key --data ./restored --secret-file ./secret --database postgres:///outcry`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile, "key", key); err != nil {
				return err
			}
			s.ready(&c)
			id, err := seal.ReadIdentityFile(key)
			if err != nil {
				return err
			}
			r, err := app.RestoreBackup(cmd.Context(), c, args[0], id, s.stages())
			if err != nil {
				return onBackupError(err)
			}
			if c.Look {
				s.say("%s is whole, of %s: %s and %s of the log %s. It would be restored into %s in %s; nothing was written (--dry-run).",
					r.File, r.Made, counted(int(r.Rows), "row"), plural(int(r.Entries), "entry", "entries"), r.Origin, r.Into, c.Data)
			} else {
				s.say("Restored %s of %s into %s, %s: %s, %s of the log %s. Every row agrees with the log.",
					r.File, r.Made, c.Data, r.Into, counted(int(r.Rows), "row"), plural(int(r.Entries), "entry", "entries"), r.Origin)
				s.restoredLetters(r.Letters, c.SecretFile)
				if slices.Contains(r.Missing, "smtp") {
					s.say("The mail server's password was not in the backup, so none is set: give --smtp, or smtp in %s/outcry.yaml, or nobody can sign.", c.Data)
				}
				s.say("Not in a backup, and so not here: mails that waited (who waited asks again), links and codes of the last days.")
			}
			s.tables(r.Backup)
			s.fork(r)
			if asJSON {
				return s.json(r)
			}
			return nil
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "`FILE` of the secret key that opens the backup (required)")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "verify the backup and look for room, and write nothing")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}

// restoredLetters tells what came of each letter, and which can't be signed because their shares are not there.
func (s *streams) restoredLetters(list []app.RestoredLetter, secret string) {
	var shareless []string
	for _, l := range list {
		s.say("  %s, %s: %d counted, %d on their way into the log", l.Letter, l.State, l.Counted, l.Waiting)
		if !l.Share {
			shareless = append(shareless, l.Letter)
		}
	}
	if len(shareless) > 0 {
		s.say("There is no share in %s.shares for %s: it can be read and not signed until you put the share back. If it was closed since the backup, let it be so:",
			secret, strings.Join(shareless, ", "))
		s.say("closing destroyed the share, and that still holds. Close it here too, before you serve.")
	}
}
