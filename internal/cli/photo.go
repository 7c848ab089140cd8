package cli

import "github.com/spf13/cobra"

func photoCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "photo COMMAND",
		Short: "Store the person's photograph without anything beside its pixels",
		Long: `A photograph stands on the page about a person, on the letters' pages, on cards
and posters, while a consent is for it. The campaign file names it by its hash and
says what is to be seen on it; the pixels are stored here.`,
		Example: `  outcry photo keep anna.jpg --data ./data --secret-file ./secret
  outcry photo drop 3f0c… --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(photoKeepCommand(s), photoDropCommand(s))
	return cmd
}
