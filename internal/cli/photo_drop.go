package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func photoDropCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "drop SHA256",
		Short: "Delete a photograph at once",
		Long: `Deletes a stored photograph, those of drafts too. One that a campaign still names
is refused: take it out of the file and apply that first. Older backups, and archives that were made,
still have it.`,
		Example: `  outcry photo drop 5d41402abc4b2a76b9719d911017c592ae1f3c2b8e0d6f7a49b5c3e2f1a0d9c8 --data ./data --secret-file ./secret`,
		Args:    takes("SHA256"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				if err := a.DropPhoto(cmd.Context(), args[0]); err != nil {
					return err
				}
				s.say("Deleted.")
				return nil
			})
		},
	}
	place(cmd, &c)
	return cmd
}
