package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func logCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log COMMAND",
		Short: "The public log itself: begin it anew where its end is lost",
		Long: `The log grows by itself, and there is nothing to be done about it. The one command
here is for the day on which its last entries are lost for good.`,
		Example: `  outcry log renew --data ./data --secret-file ./secret --dry-run`,
		Args:    takes(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(logRenewCommand(s))
	return cmd
}

func logRenewCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "renew",
		Short: "Go on under a new log, over the entries that are left",
		Long: `For an installation that was restored from a backup and can't get back what came
after it. Its log has signed entries that it no longer has: to go on under the same
key would show two pasts, and witnesses and readers would find that out.

The entries that are there stay as they are. The log gets a new key and a new name,
the old one with a number, and its next entry names the old key. Proofs made before
stay good with the old key. Certificates of closed letters are signed anew. Nobody
can tell any more what the lost entries were: say in public what happened, and ask
those who signed in that time to sign again.

Readers give the new key with --key from then on, and witnesses have to be told it.
Stop the server first. What is done can't be undone: see --dry-run.`,
		Example: `  outcry log renew --data ./data --secret-file ./secret --dry-run
  outcry log renew --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			s.ready(&c)
			r, err := app.RenewLog(cmd.Context(), c)
			if err != nil {
				return err
			}
			name := r.New.Origin()
			if asJSON {
				out := struct {
					Old  string `json:"old_key"`
					New  string `json:"new_key,omitempty"` // none in a dry run, which makes no key
					Name string `json:"name"`
					Size int64  `json:"size"`
					Done bool   `json:"done"`
				}{r.Old.String(), r.New.String(), name, r.Size, !c.Look}
				if c.Look {
					out.New = ""
				}
				return s.json(out)
			}
			if c.Look {
				s.say("The log %s, with %d entries, would go on as %s under a new key. Nothing was changed (--dry-run).", r.Old.Origin(), r.Size, name)
				return nil
			}
			fmt.Fprintln(s.out, r.New)
			s.say("The log %s, with %d entries, goes on as %s. Its next entry names the old key.", r.Old.Origin(), r.Size, name)
			s.say("Give the line above to witnesses, and print it where readers look. Keep the old key, for proofs made before: %s", r.Old)
			return nil
		},
	}
	place(cmd, &c)
	cmd.Flags().BoolVarP(&c.Look, "dry-run", "n", false, "say what would be done, and change nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}
