package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func archiveImportCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in the campaigns of an archive",
		Long: `Verifies a whole archive, every hash and every rule, and takes its campaigns in.
A case that is here already and differs stops it before anything is changed; one
that is the same stays. It may be run again after any failure.

Letters begin here as drafts: this installation's log counts by itself, under its
own key, and signers agree anew. What was counted before stays as a record with
the old log's key, and goes into the next archive. Say who runs each campaign now,
and how to reach them, before you open a letter.`,
		Example: `  outcry init --data ./data --secret-file ./secret --url https://letters.example.org
  outcry archive import campaigns.tar --dry-run --data ./data --secret-file ./secret
  outcry archive import campaigns.tar --data ./data --secret-file ./secret`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				r, err := a.ImportArchive(cmd.Context(), args[0])
				if err != nil {
					return onArchive(args[0], err)
				}
				s.sayImported(r)
				if asJSON {
					return s.json(r)
				}
				return nil
			})
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.BoolVarP(&c.Look, "dry-run", "n", false, "verify it and say what would come in, and change nothing")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}

func (s *streams) sayImported(r app.ImportedArchive) {
	verb := "Took in"
	if r.DryRun {
		verb = "Would take in"
	}
	s.say("%s %s of %s, with %s and %s of sources.", verb, counted(len(r.Cases), "case"), r.Day, counted(r.Stops, "stop"), plural(r.Copies, "copy", "copies"))
	if len(r.Same) > 0 {
		s.say("Here already, and the same: %s.", strings.Join(r.Same, ", "))
	}
	if len(r.Drafts) > 0 {
		s.say("Drafts, shown to nobody until a campaign file opens them: %s.", strings.Join(r.Drafts, ", "))
	}
	if len(r.Records) > 0 {
		s.say("Counted by another log, and kept as a record: %s.", strings.Join(r.Records, ", "))
	}
	if r.DryRun {
		s.say("Nothing was written (--dry-run).")
	}
}
