package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
)

// restoredDone is the JSON of letter restore.
type restoredDone struct {
	Removal  string `json:"removal"`
	Letter   string `json:"letter"`
	DryRun   bool   `json:"dry_run"`
	Removed  int    `json:"removed"`  // under it, before
	Undone   int    `json:"undone"`   // without a trace in the log
	Restored int    `json:"restored"` // on an entry each
}

func letterRestoreCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "restore REMOVAL",
		Short: "Put back what a removal took out",
		Long: `Takes the name of a removal, as outcry letter remove and outcry letter list print
it. What is not in the log yet is undone without a trace; what is gets an entry
that puts it back. Who withdrew meanwhile stays withdrawn.`,
		Example: `  outcry letter restore 6b1f… --data ./data --secret-file ./secret`,
		Args:    takes("REMOVAL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := letter.ParseRemovalID(args[0])
			if err != nil {
				return usage("%w", err)
			}
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				r, l, err := a.Removal(cmd.Context(), id)
				if err != nil {
					return err
				}
				done := restoredDone{Removal: args[0], Letter: address(l), DryRun: c.Look, Removed: r.Count}
				switch {
				case r.Count == 0:
					s.say("Nothing is out under this removal any more.")
				case c.Look:
					s.say("%s out of %s under this removal; nothing was changed (--dry-run).", some(r.Count, "signature"), address(l))
				default:
					if done.Undone, done.Restored, err = a.RestoreToLetter(cmd.Context(), l, id); err != nil {
						return err
					}
					s.say("%s back in %s: %d without a trace, %d on an entry in the log.", some(done.Undone+done.Restored, "signature"), address(l), done.Undone, done.Restored)
				}
				if asJSON {
					return s.json(done)
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	return cmd
}
