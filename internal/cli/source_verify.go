package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func sourceVerifyCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read every copy and see that it is what it was",
		Long: `Reads the copies of a case's sources, or of all, and holds each against its hash.
The exit code is 1 if one is missing or was changed. It changes nothing.`,
		Example: `  outcry source verify --data ./data --secret-file ./secret`,
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				if slug != "" {
					if _, err := which(cmd.Context(), a, slug); err != nil {
						return err
					}
				}
				list, err := a.Sources(cmd.Context(), slug, true)
				if err != nil {
					return err
				}
				named, bad := []app.SourceCopy{}, []app.SourceCopy{}
				for _, x := range list {
					if x.State != app.CopyNone {
						named = append(named, x)
					}
					if x.State == app.CopyMissing || x.State == app.CopyChanged {
						bad = append(bad, x)
					}
				}
				if asJSON {
					err = s.json(named)
				} else if len(bad) > 0 {
					err = s.copies(bad)
				}
				if err != nil {
					return err
				}
				if len(bad) > 0 {
					return failed(exitFailed, "%d of %s missing or not what it was", len(bad), plural(len(named), "copy is", "copies are"))
				}
				s.say("%s, all of them what they were.", plural(len(named), "copy", "copies"))
				return nil
			})
		},
	}
	place(cmd, &c)
	cmd.Flags().StringVar(&slug, "case", "", "`SLUG` of one case; without, all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the copies as JSON")
	return cmd
}
