package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/archive"
)

func archiveCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "archive COMMAND",
		Short: "Hand all campaigns on in one file, without personal data",
		Long: `An archive is one tar file with all that these campaigns are and no personal
data: cases, stops, letters' texts, their counts and certificates, the log's key
and newest checkpoint, the copies of sources, and the hash of each. Another
committee can carry on from it. It is no backup: who signed is not in it.`,
		Example: `  outcry archive export campaigns.tar --data ./data --secret-file ./secret
  outcry archive import campaigns.tar --dry-run --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(archiveExportCommand(s), archiveImportCommand(s))
	return cmd
}

// onArchive gives an archive's error its exit code.
func onArchive(file string, err error) error {
	var broken archive.Broken
	if errors.Is(err, app.ErrArchive) || errors.As(err, &broken) {
		return failed(exitFailed, "%s can't be imported, and nothing was changed: %w", file, err)
	}
	return err
}
