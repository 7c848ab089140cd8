package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
)

func sourceKeepCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug, id string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "keep FILE",
		Short: "Store a copy of a source under its hash",
		Long: `Stores a file as the copy of a source of a case, readable by this account alone
and on the disk when the command returns, and prints the line for the campaign
file. Where the file names a hash already, the copy must be of that hash.`,
		Example: `  outcry source keep article.pdf --source paper --data ./data --secret-file ./secret
  outcry source keep verdict.pdf --case anna --source verdict --data ./data --secret-file ./secret`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("source", id); err != nil {
				return err
			}
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				slug, err := which(cmd.Context(), a, slug)
				if err != nil {
					return err
				}
				k, err := a.KeepSource(cmd.Context(), slug, casefile.SourceID(id), args[0])
				if err != nil {
					return err
				}
				if k.Named {
					s.say("Kept, and it is the copy that source %s of %s names: %s.", id, slug, size(k.Bytes))
				} else {
					s.say("Kept, %s. Put this line into source %s of your campaign file and apply it:", size(k.Bytes), id)
				}
				if asJSON {
					return s.json(k)
				}
				_, err = fmt.Fprintf(s.out, "sha256: %s\n", k.SHA256)
				return err
			})
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&slug, "case", "", "`SLUG` of the case, where there are several")
	f.StringVar(&id, "source", "", "`ID` of the source in the campaign file (required)")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
