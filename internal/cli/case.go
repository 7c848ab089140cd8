package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
)

func caseCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "case COMMAND",
		Short: "Check, compare, apply and export the case part of a campaign",
		Long: `A case is all of a campaign file but its letters: the person, what happened, the
sources, the positions, the open questions. These commands leave letters alone.`,
		Example: `  outcry case validate campaign.yaml
  outcry case diff old.yaml new.yaml
  outcry case apply campaign.yaml --dry-run --data ./data --secret-file ./secret
  outcry case export events.csv --format csv --table events --data ./data --secret-file ./secret
  outcry case import events.csv --table events --dry-run --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(caseValidateCommand(s), caseDiffCommand(s), caseApplyCommand(s), caseExportCommand(s), caseImportCommand(s))
	return cmd
}

// which is the slug of the case that is meant: the one that was named, or the only one.
func which(ctx context.Context, a *app.App, slug string) (string, error) {
	if slug == "" {
		only, err := a.Only(ctx)
		if errors.Is(err, app.ErrWhich) {
			return "", failed(exitNotFound, "%w", err)
		}
		return only, err
	}
	_, err := a.Cases.File(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		return "", failed(exitNotFound, "there is no case %q here", slug)
	}
	return slug, err
}

// readCampaign reads a campaign file and drops what is sealed, which is never kept; the error names the file.
func (s *streams) readCampaign(path string) (src []byte, c *app.Campaign, sealed int, err error) {
	if src, err = s.read(path); err != nil {
		return nil, nil, 0, err
	}
	if c, err = app.ReadCampaign(src); err != nil {
		return src, nil, 0, inFile(path, err)
	}
	return src, c, c.DropSealed(), nil
}

// designating adds the flag of the list by which links are looked at.
func designating(cmd *cobra.Command, c *app.Config) {
	cmd.Flags().StringVar(&c.Designated, "designated", "", "`FILE` (CSV) of designated organisations, whose links are pointed out")
}

// warnLinks says which links of a file can be a crime where a reader is. It is a warning: nothing is refused.
func (s *streams) warnLinks(c app.Config, path string, src []byte, f *casefile.File) ([]casefile.Problem, error) {
	r, err := c.Registry()
	if err != nil {
		return nil, err
	}
	y, m, d := c.Now().UTC().Date()
	list := r.Links(f, casefile.Date{Year: y, Month: int(m), Day: d})
	if src != nil {
		list = casefile.Place(src, &app.Campaign{}, list)
	}
	for _, p := range list {
		s.say("warning: %s", inLine(path, p))
	}
	return list, nil
}

// inLine is a problem with its file's name, as editors and compilers write it.
func inLine(path string, p casefile.Problem) string {
	gap := " "
	if p.Line > 0 {
		gap = ""
	}
	return fmt.Sprintf("%s:%s%s", path, gap, p)
}

// printChanges prints what changes, or gives it to a program.
func (s *streams) printChanges(done applied, changes []casefile.Change, asJSON bool) error {
	done.Changes = []change{}
	for _, x := range changes {
		done.Changes = append(done.Changes, change(x))
		if !asJSON {
			fmt.Fprintln(s.out, x)
		}
	}
	if asJSON {
		return s.json(done)
	}
	return nil
}
