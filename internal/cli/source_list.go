package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func sourceListCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the sources and whether a copy of each is kept",
		Long: `One line for each source of a case, or of all: kept, none (the campaign file
names no copy) or missing (it names one that is not here). outcry source verify
also reads each copy and finds those that were changed.`,
		Example: `  outcry source list --data ./data --secret-file ./secret
  outcry source list --case anna --json --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				if slug != "" {
					if _, err := which(cmd.Context(), a, slug); err != nil {
						return err
					}
				}
				list, err := a.Sources(cmd.Context(), slug, false)
				if err != nil {
					return err
				}
				if asJSON {
					return s.json(append([]app.SourceCopy{}, list...))
				}
				s.say("Copies are files of the data folder: no backup holds them. An archive does (outcry archive export).")
				return s.copies(list)
			})
		},
	}
	place(cmd, &c)
	cmd.Flags().StringVar(&slug, "case", "", "`SLUG` of one case; without, all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the list as JSON")
	return cmd
}
