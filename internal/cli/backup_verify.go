package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

func backupVerifyCommand(s *streams) *cobra.Command {
	var key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Look whether a backup is whole",
		Long: `Reads a backup to its end and writes nothing. It needs no installation.

With --key it opens the backup and checks its form, lengths, counts and hashes,
and computes the root of the log from its entries and holds it against the
log's signed checkpoint. Without, it can only tell whether the file's bytes are
those that were written: it finds a damaged or shortened copy, not one that
somebody made up. Only outcry backup drill or restore shows that rows and log
agree.`,
		Example: `  outcry backup verify monday.backup --key backup.key
  outcry backup verify monday.backup`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var id *seal.Identity
			if key != "" {
				read, err := seal.ReadIdentityFile(key)
				if err != nil {
					return err
				}
				id = &read
			}
			bar := s.bar("bytes")
			v, err := app.VerifyBackup(cmd.Context(), args[0], id, func(done, of int64) { bar(int(done), max(int(of), 1)) })
			if err != nil {
				return onBackupError(err)
			}
			if v.Opened {
				s.say("%s is whole: made on %s from %s, %s, %s.", v.File, v.Made, v.Engine, counted(int(v.Rows), "row"), size(v.Bytes))
				if v.Origin == "" {
					s.say("It has no log: the installation had not been named yet.")
				} else {
					s.say("Log %s: the root of its %s is %s, and its signed checkpoint says so too.", v.Origin, plural(int(v.Entries), "entry", "entries"), v.Root)
				}
				s.tables(v.Backup)
			} else {
				s.say("%s: its %s are those that were written. Without --key no more can be said: what is in it was not looked at.", v.File, size(v.Bytes))
			}
			if asJSON {
				return s.json(v)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "`FILE` of the secret key that opens it; without, only its bytes are checked")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
