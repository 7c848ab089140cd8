package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
)

// migrated is the outcome of migrate.
type migrated struct {
	Had     int64 `json:"had"`   // version of the database before
	Has     int64 `json:"has"`   // and now
	Wants   int64 `json:"wants"` // this program
	Changed bool  `json:"changed"`
}

func migrateCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this program's version",
		Long: `Brings the database to what this version of the program wants. Stop the server
and make a backup first: there is no way back but the backup.`,
		Example: `  outcry migrate --data ./data --dry-run
  outcry migrate --data ./data`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data); err != nil {
				return err
			}
			s.ready(&c)
			d, err := app.OpenDB(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer d.Close()
			m, err := d.Schema(cmd.Context())
			if err != nil {
				return err
			}
			done := migrated{Had: m.Have, Has: m.Have, Wants: m.Want}
			switch {
			case m.Have > m.Want:
				return failed(exitConflict, "the database is at version %d, newer than this program (%d): use the newer outcry", m.Have, m.Want)
			case m.Have == m.Want:
				s.say("The database is at version %d; there is nothing to do.", m.Have)
			case c.Look:
				s.say("The database is at version %d and would go to %d; nothing was written (--dry-run).", m.Have, m.Want)
			default:
				if _, err := d.Migrate(cmd.Context()); err != nil {
					return err
				}
				done.Has, done.Changed = m.Want, true
				s.say("The database went from version %d to %d.", m.Have, m.Want)
			}
			if asJSON {
				return s.json(done)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "the installation's `FOLDER` (required)")
	f.StringVar(&c.Database, "database", "", "postgres://… `URL`; without, SQLite in the data folder")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would be done, and do nothing")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
