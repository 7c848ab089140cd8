package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func sourceCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "source COMMAND",
		Short: "Keep your own copies of sources, and see that they are what they were",
		Long: `What a page rests on may be gone tomorrow. A copy of a source is kept under its
SHA-256 in the data folder, and the campaign file names that hash. Nothing is ever
fetched from the network, and a copy is never shown to the public: a page says
that one is kept, and its hash.`,
		Example: `  outcry source keep article.pdf --source paper --data ./data --secret-file ./secret
  outcry source list --data ./data --secret-file ./secret
  outcry source verify --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sourceKeepCommand(s), sourceListCommand(s), sourceVerifyCommand(s))
	return cmd
}

// copies prints the list as a table.
func (s *streams) copies(list []app.SourceCopy) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CASE\tSOURCE\tCOPY\tSIZE\tSHA-256")
	for _, x := range list {
		room := ""
		if x.Bytes > 0 {
			room = size(x.Bytes)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", x.Case, x.Source, x.State, room, x.SHA256)
	}
	return w.Flush()
}
