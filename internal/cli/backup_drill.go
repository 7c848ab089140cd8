package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

func backupDrillCommand(s *streams) *cobra.Command {
	var c app.Config
	var key, place string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "drill [FILE]",
		Short: "Show that a backup restores, and delete the copy again",
		Long: `Makes a backup of the running installation, restores it into a folder of its own,
holds every row of the copy against the log, counts again, compares with the
live installation, and deletes everything. The exit code is 0 only if all of that
held, so it can run every night.

Without FILE the backup is sealed to a key that is made for the drill and never
leaves its memory: the key of your backups has no business on a server. With FILE
that backup is tried, with --key; do that now and then where the key is, with a
copy of the secret. Without --data nothing live is compared.

The copy is always one in SQLite, in the folder outcry-drill of the data folder
or of --place. It takes as much room as the database and the backup together.`,
		Example: `  outcry backup drill --data ./data --secret-file ./secret
  outcry backup drill monday.backup --key backup.key --secret-file ./secret --place .`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return takes("FILE")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			required := []string{"secret-file", c.SecretFile}
			if file == "" {
				required = append(required, "data", c.Data)
			} else {
				required = append(required, "key", key)
				if c.Data == "" {
					required = append(required, "place", place)
				}
			}
			if err := needs(required...); err != nil {
				return err
			}
			s.ready(&c)
			var id *seal.Identity
			if file != "" {
				read, err := seal.ReadIdentityFile(key)
				if err != nil {
					return err
				}
				id = &read
			}
			r, err := app.DrillBackup(cmd.Context(), c, place, file, id, s.stages())
			if err != nil {
				return onBackupError(err)
			}
			if r.Left != "" {
				s.say("An earlier drill was stopped and had left its copy in %s; it is gone now.", r.Left)
			}
			if r.Own {
				s.say("Made a backup of %s in %.1f s.", size(r.Bytes), r.Writing)
			}
			s.say("Restored and audited %s and %s of the log in %.1f s; every row agrees with the log.", counted(int(r.Rows), "row"), plural(int(r.Entries), "entry", "entries"), r.Reading)
			for _, l := range r.Letters {
				s.say("  %s, %s: %d counted, %d on their way into the log", l.Letter, l.State, l.Counted, l.Waiting)
			}
			if r.Live {
				s.say("The live log begins with the same %s, and has %d more.", plural(int(r.Entries), "entry", "entries"), r.Grown)
			}
			s.say("Good: this backup restores. The copy is deleted.")
			if asJSON {
				return s.json(r)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "the live installation's `FOLDER`, to be compared with")
	f.StringVar(&c.SecretFile, "secret-file", "", "`FILE` of the unlock secret (required)")
	f.StringVar(&c.Database, "database", "", "postgres://… `URL` of the live installation; without, SQLite in the data folder")
	f.StringVar(&key, "key", "", "`FILE` of the secret key that opens FILE")
	f.StringVar(&place, "place", "", "`FOLDER` for the copy while the drill lasts; without, the data folder")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
