package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func photoKeepCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "keep FILE",
		Short: "Store a photograph and print the lines that name it",
		Long: `Reads a photograph, JPEG, PNG or WebP of at most 12 MB, turns it as it is to be
looked at, and stores its pixels anew: at most 1200 of them on a side, in at most
80 kB. Where and when it was taken, with what, and whatever else is in the file,
a second picture too, is not taken over. A colour profile is dropped and nothing
is converted. The file itself stays as and where it is.

Prints the lines for person: in the campaign file; add alt, what is to be seen on
it, in each language, and credit, whose it is. The photograph lies open on the
server, so keep it when you are about to apply the file; one that no campaign
names is dropped after thirty days.`,
		Example: `  outcry photo keep anna.jpg --data ./data --secret-file ./secret
  outcry photo keep anna.jpg --json --data ./data --secret-file ./secret`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				k, err := a.KeepPhoto(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				s.say("Kept, %s, without anything beside its pixels. Put these lines under person: in your campaign file, say in alt what is to be seen and in credit whose it is, and apply it:", size(int64(k.Bytes)))
				if k.Profile {
					s.say("The file had a colour profile, which was dropped: look whether the colours are still right.")
				}
				if asJSON {
					return s.json(k)
				}
				_, err = fmt.Fprintf(s.out, "  photo:\n    sha256: %s\n    width: %d\n    height: %d\n", k.SHA256, k.Width, k.Height)
				return err
			})
		},
	}
	place(cmd, &c)
	cmd.Flags().BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
