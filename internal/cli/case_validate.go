package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
)

// validated is the outcome of case validate for one file.
type validated struct {
	File     string    `json:"file"`
	Case     string    `json:"case,omitempty"`
	Problems []problem `json:"problems"`
	Warnings []problem `json:"warnings"`
}

type problem struct {
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Path   string `json:"path,omitempty"`
	Says   string `json:"says"`
}

func problems(list []casefile.Problem) []problem {
	out := []problem{}
	for _, p := range list {
		out = append(out, problem{p.Line, p.Column, p.Path, p.Say})
	}
	return out
}

func caseValidateCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Look for what is wrong in campaign files, without an installation",
		Long: `Reads campaign files (- is standard input) and lists all that is wrong in each,
with its place. It needs no installation and changes nothing. The exit code is 1
if anything is wrong. Links to designated organisations are pointed out with
--designated, and are no fault.`,
		Example: `  outcry case validate campaign.yaml
  outcry case validate *.yaml --json
  outcry case validate campaign.yaml --designated designated.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return takes("FILE")(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			s.ready(&c)
			outcome, bad := []validated{}, 0
			for _, path := range args {
				v, err := s.validate(c, path)
				if err != nil {
					return err
				}
				if len(v.Problems) > 0 {
					bad++
				}
				outcome = append(outcome, v)
			}
			if asJSON {
				if err := s.json(outcome); err != nil {
					return err
				}
			}
			for _, v := range outcome {
				for _, p := range v.Problems {
					if !asJSON {
						fmt.Fprintln(s.out, inLine(v.File, casefile.Problem{Line: p.Line, Column: p.Column, Path: p.Path, Say: p.Says}))
					}
				}
				if len(v.Problems) == 0 {
					s.say("%s: nothing is wrong with %s.", named(v.File), v.Case)
				}
			}
			if bad > 0 {
				return failed(exitFailed, "%d of %s can't be applied", bad, counted(len(outcome), "file"))
			}
			return nil
		},
	}
	designating(cmd, &c)
	cmd.Flags().BoolVar(&asJSON, "json", false, "the findings as JSON")
	return cmd
}

func (s *streams) validate(c app.Config, path string) (v validated, err error) {
	v = validated{File: path, Problems: []problem{}, Warnings: []problem{}}
	src, err := s.read(path)
	if err != nil {
		return v, err
	}
	campaign, err := app.ReadCampaign(src)
	var wrong casefile.Problems
	if errors.As(err, &wrong) {
		v.Problems = problems(wrong)
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Case = campaign.Case.Slug
	warnings, err := s.warnLinks(c, path, src, &campaign.File)
	v.Warnings = problems(warnings)
	return v, err
}
