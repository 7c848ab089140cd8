package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
)

func caseApplyCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	var never string
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Bring a case to what a file says, and leave its letters alone",
		Long: `Reads a campaign file (- is standard input) and applies all of it but its
letters, as outcry campaign apply does; letters that stand in it are checked and
left as they are here. All that is wrong is listed at once, each with its place,
and then nothing is changed.

--never names a file of your own with words that must not stand anywhere in the
campaign file, one in each line. It is read and not kept. Links to organisations
that the list of --designated has are pointed out, and are no fault.`,
		Example: `  outcry case apply campaign.yaml --dry-run --data ./data --secret-file ./secret
  outcry case apply campaign.yaml --data ./data --secret-file ./secret`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, campaign, sealed, err := s.readCampaign(args[0])
			if err != nil {
				return err
			}
			words, err := s.never(never)
			if err != nil {
				return err
			}
			if p := casefile.Mentions(campaign, words); len(p) > 0 {
				return inFile(args[0], p)
			}
			campaign.Letters = nil
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				if _, err := s.warnLinks(a.Config, args[0], src, &campaign.File); err != nil {
					return err
				}
				return s.bring(cmd, a, args[0], campaign, sealed, asJSON)
			})
		},
	}
	place(cmd, &c)
	designating(cmd, &c)
	f := cmd.Flags()
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would change, and change nothing")
	f.BoolVar(&asJSON, "json", false, "the changes as JSON")
	f.StringVar(&never, "never", "", "`FILE` of words that must not stand in the campaign file, one a line")
	return cmd
}

// bring applies a case and says what came of it.
func (s *streams) bring(cmd *cobra.Command, a *app.App, path string, campaign *app.Campaign, sealed int, asJSON bool) error {
	changes, err := a.PlanCase(cmd.Context(), &campaign.File)
	if err != nil {
		return inFile(path, err)
	}
	if !a.Look && len(changes) > 0 {
		if err := a.ApplyCase(cmd.Context(), &campaign.File); err != nil {
			return inFile(path, err)
		}
	}
	s.sayApplied(campaign, len(changes), a.Look)
	s.sayBound(campaign, a.Cases.Today(), sealed)
	return s.printChanges(applied{Case: campaign.Case.Slug, DryRun: a.Look, Sealed: sealed}, changes, asJSON)
}
