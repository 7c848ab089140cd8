package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/kernel/seal"
)

func keyCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key COMMAND",
		Short: "Make the organisers' own key",
		Long: `The organisers' key locks what only they may read: the addresses of those who
want news. Its public half stands in the campaign file; its secret half stays on
the organisers' own machines.`,
		Example: `  outcry key new committee.key`,
		Args:    takes(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(keyNewCommand(s))
	return cmd
}

func keyNewCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "new FILE",
		Short: "Make a key, and print the line for the campaign file",
		Long: `Makes a key in a new file, readable by its owner only, and prints the line that
goes into the campaign file, under campaign. Run it on an organiser's own
machine, not on the server: it needs no network and no installation. Keep two
copies of the file in two places. Without it nobody can read the list any more;
whoever has it can read the list once they also have the sealed rows.

The key is an age key (age-encryption.org) that holds against a quantum computer.
A file that is there already is left alone.`,
		Example: `  outcry key new committee.key`,
		Args:    takes("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			to, err := seal.NewIdentityFile(args[0], time.Now())
			if errors.Is(err, os.ErrExist) {
				return failed(exitConflict, "%s is there already; name another file", args[0])
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "news_recipient: %s\n", to)
			s.say("Made the key %s. Its fingerprint is %x.", args[0], to.Fingerprint())
			s.say("Put the line above into the campaign file, under campaign, and apply that file.")
			s.say("Keep %s away from the server, and a second copy in another place: without it nobody can read the list.", args[0])
			return nil
		},
	}
}
