package cli

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
)

func exportCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug string
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write a campaign to a file that apply reads",
		Long: `Writes the campaign as it stands (- is standard output). A file that is there
already is left alone. What is written holds nothing about signers.`,
		Example: `  outcry campaign export campaign.yaml --data ./data --secret-file ./secret
  outcry campaign export - --case anna --data ./data --secret-file ./secret | less`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			s.ready(&c)
			a, err := app.Open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer a.Close()
			if slug == "" {
				if slug, err = a.Only(cmd.Context()); errors.Is(err, app.ErrWhich) {
					return failed(exitNotFound, "%w", err)
				} else if err != nil {
					return err
				}
			}
			campaign, err := a.Export(cmd.Context(), slug)
			if fault.Is(err, fault.NotFound) {
				return failed(exitNotFound, "there is no case %q here", slug)
			}
			if err != nil {
				return err
			}
			text, err := casefile.Marshal(campaign)
			if err != nil {
				return err
			}
			if args[0] == "-" {
				_, err = s.out.Write(text)
				return err
			}
			if err := writeNew(args[0], text); errors.Is(err, os.ErrExist) {
				return failed(exitConflict, "%s is there already; name another file", args[0])
			} else if err != nil {
				return err
			}
			s.say("Wrote %s.", args[0])
			return nil
		},
	}
	place(cmd, &c)
	cmd.Flags().StringVar(&slug, "case", "", "`SLUG` of the case, where there are several")
	return cmd
}

// writeNew writes a file that is not there yet, whole or not at all.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}
