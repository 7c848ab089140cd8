package cli

import (
	"context"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
)

func caseDiffCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff [OLD] NEW",
		Short: "Tell the cases of two files apart, or a file from what is kept",
		Long: `Lists what is added (+), taken out (-) and changed (~) from one campaign file to
another, one line each with its place; letters are left out. With one file alone
it is compared with what is kept, which case apply would then change.`,
		Example: `  outcry case diff old.yaml new.yaml
  outcry case diff campaign.yaml --data ./data --secret-file ./secret`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return takes("OLD", "NEW")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			_, fresh, _, err := s.readCampaign(args[len(args)-1])
			if err != nil {
				return err
			}
			old := &casefile.File{}
			if len(args) == 2 {
				_, before, _, err := s.readCampaign(args[0])
				if err != nil {
					return err
				}
				old = &before.File
			} else if old, err = s.kept(cmd.Context(), c, fresh.Case.Slug); err != nil {
				return err
			}
			changes := casefile.Diff(old, &fresh.File)
			if len(changes) == 0 {
				s.say("Nothing differs.")
			}
			return s.printChanges(applied{Case: fresh.Case.Slug, DryRun: true}, changes, asJSON)
		},
	}
	place(cmd, &c)
	cmd.Flags().BoolVar(&asJSON, "json", false, "the changes as JSON")
	return cmd
}

// kept is the case of that slug as it is in an installation; an empty one if there is none.
func (s *streams) kept(ctx context.Context, c app.Config, slug string) (f *casefile.File, err error) {
	c.Look = true
	err = s.inside(ctx, &c, func(a *app.App) error {
		f, err = a.Cases.File(ctx, slug)
		if fault.Is(err, fault.NotFound) {
			s.say("There is no case %s here yet.", slug)
			f, err = &casefile.File{}, nil
		}
		return err
	})
	return f, err
}
