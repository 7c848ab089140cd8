package cli

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/fault"
)

func newsCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "news COMMAND",
		Short: "Take the sealed addresses of those who want news off the server",
		Long: `Addresses for news are sealed to the organisers' own key: the server can't read
them. Export them here, and open them where the key is.`,
		Example: `  outcry news export followers.sealed --data ./data --secret-file ./secret
  outcry open --key committee.key followers.sealed --out followers.csv`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newsExportCommand(s))
	return cmd
}

func newsExportCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug string
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the sealed addresses to a file",
		Long: `Writes every sealed row of a case to a file (- is standard output), as it is:
nothing in it can be read without the organisers' key. A file that is there
already is left alone. Export again before each mailing: who has ended the news
meanwhile is gone from the server, and still in earlier lists.`,
		Example: `  outcry news export followers.sealed --data ./data --secret-file ./secret
  outcry news export - --case anna --data ./data --secret-file ./secret > followers.sealed`,
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
			n := 0
			export := func(out io.Writer) (err error) {
				n, err = a.ExportNews(cmd.Context(), slug, out)
				return err
			}
			switch {
			case c.Look:
				err = export(io.Discard)
			case args[0] == "-":
				err = export(s.out)
			default:
				err = writeOwn(args[0], export)
			}
			if fault.Is(err, fault.NotFound) {
				return failed(exitNotFound, "there is no case %q here", slug)
			}
			if err != nil {
				return err
			}
			if c.Look {
				s.say("%s would be written; nothing was (--dry-run).", counted(n, "row"))
				return nil
			}
			s.say("Wrote %s to %s. An address that was left twice is two rows.", counted(n, "row"), toNamed(args[0]))
			return nil
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&slug, "case", "", "`SLUG` of the case, where there are several")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say how many rows there are, and write nothing")
	return cmd
}

// toNamed is how words call a file that is written.
func toNamed(path string) string {
	if path == "-" {
		return "standard output"
	}
	return path
}

// writeOwn writes a file that is not there yet, readable by its owner only, whole or not at all.
func writeOwn(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return failed(exitConflict, "%s is there already; name another file", path)
	}
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}
