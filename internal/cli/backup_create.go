package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

func backupCreateCommand(s *streams) *cobra.Command {
	var c app.Config
	var to string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "create FILE",
		Short: "Write an encrypted backup, while the server runs",
		Long: `Writes a backup to a new file, readable by its owner only, from one moment of
the database; the server may run and people may sign meanwhile. It is encrypted
to the key whose public half stands in the file of --to, as outcry key new
prints it, one line for each key; nothing of it is ever written in the clear,
and without a key nothing is written at all. It needs no unlock secret.

The file appears when it is whole and on the disk. Until then it is FILE.part;
one that a stopped backup has left is taken over.`,
		Example: `  outcry key new backup.key > backup.to
  outcry backup create monday.backup --to backup.to --data ./data`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("data", c.Data, "to", to); err != nil {
				return err
			}
			s.ready(&c)
			recipients, err := seal.ReadRecipientFile(to)
			if err != nil {
				return fmt.Errorf("--to: %w", err)
			}
			bar := s.bar("rows")
			b, err := app.CreateBackup(cmd.Context(), c, recipients, args[0], func(done, of int64) { bar(int(done), max(int(of), 1)) })
			if err != nil {
				return err
			}
			if b.Left != "" {
				s.say("%s was left by a backup that was stopped; this one took its place.", b.Left)
			}
			if c.Look {
				s.say("%s in %s would be kept, about %s; nothing was written (--dry-run).", counted(int(b.Rows), "row"), plural(len(b.Tables), "table", "tables"), size(b.Bytes))
			} else {
				s.say("Wrote %s: %s, %s, from %s.", b.File, counted(int(b.Rows), "row"), size(b.Bytes), b.Engine)
			}
			s.tables(b)
			if len(b.Missing) > 0 {
				s.say("The password in %s of outcry.yaml is not in it either.", strings.Join(b.Missing, " and "))
			}
			s.say("The unlock secret and the shares of its letters are NOT in it. Without them a restored server starts no more and nobody can sign:")
			s.say("keep copies of both, elsewhere than the backups (docs/operate/secrets.md), and the key that opens the backups away from this server.")
			if asJSON {
				return s.json(b)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "the installation's `FOLDER` (required)")
	f.StringVar(&c.Database, "database", "", "postgres://… `URL`; without, SQLite in the data folder")
	f.StringVar(&to, "to", "", "`FILE` with the public half of the key that opens it (required)")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "read everything, and write nothing")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
