package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func migrateCommand(s *streams) *cobra.Command {
	var c app.Config
	var dry bool
	cmd := &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the database to this program's version",
		Long:    `Brings the database to what this version of the program wants. Stop the server and make a backup first.`,
		Example: `  outcry migrate --data ./data --dry-run`,
		Args:    cobra.NoArgs,
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
			if m.Have >= m.Want {
				s.say("The database is at version %d; there is nothing to do.", m.Have)
				return nil
			}
			if dry {
				s.say("The database is at version %d and would go to %d; nothing was written (--dry-run).", m.Have, m.Want)
				return nil
			}
			if _, err := d.Migrate(cmd.Context()); err != nil {
				return err
			}
			s.say("The database went from version %d to %d.", m.Have, m.Want)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "folder of the installation (required)")
	f.StringVar(&c.Database, "database", "", "postgres://… instead of SQLite in the data folder")
	f.BoolVarP(&dry, "dry-run", "n", false, "say what would be done, and do nothing")
	return cmd
}
