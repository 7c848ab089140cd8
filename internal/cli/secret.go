package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

func secretCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret COMMAND",
		Short: "Change the unlock secret",
		Long: `The unlock secret opens the keys in the database and, with each letter's share,
the marks against signing twice.`,
		Example: `  outcry secret rotate --data ./data --secret-file ./secret --dry-run`,
		Args:    takes(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(secretRotateCommand(s))
	return cmd
}

func secretRotateCommand(s *streams) *cobra.Command {
	var c app.Change
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Put a new unlock secret in the place of the old one",
		Long: `Makes a new unlock secret, wraps the log's key and the keys of the last days
anew, and writes each letter's share anew, so that the old secret opens nothing
of what is here now. Signatures, marks, private links and mails that wait stay.
Stop the server first, on every machine that serves this installation.

Do it when a copy of the secret may be in strange hands, and after a letter was
closed whose share may have been copied. What somebody took together with the
old secret stays open to them: this closes what they have not taken.

Without --out the new secret takes the place of the file. Without --secret-file
the old one is typed, or read from standard input, and --out and --shares are
needed. If the command is cut short, run it again, with --out under another name:
at each moment the old secret or the new one opens everything. If the old one no
longer does, the file that --out named first holds the new one.`,
		Example: `  outcry secret rotate --data ./data --secret-file ./secret --dry-run
  outcry secret rotate --data ./data --secret-file ./secret
  outcry secret rotate --data ./data --shares ./shares --out ./secret-2 < secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data); err != nil {
				return err
			}
			s.ready(&c.Config)
			if c.SecretFile == "" {
				if err := needs("out", c.Out); err != nil {
					return err
				}
				line, err := s.typed(cmd.Context(), "The present unlock secret, one line: ")
				if err != nil {
					return err
				}
				defer clear(line)
				if c.Typed, err = seal.ParseSecret(line); err != nil {
					return err
				}
			}
			r, err := app.Rotate(cmd.Context(), c)
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(r)
			}
			s.rotated(r)
			return nil
		},
	}
	place(cmd, &c.Config)
	f := cmd.Flags()
	f.Lookup("secret-file").Usage = "`FILE` of the present unlock secret; without, it is typed"
	f.StringVar(&c.Out, "out", "", "`FILE` for the new secret, outside the data folder; without, it takes the old one's place")
	f.BoolVar(&c.Look, "dry-run", false, "look whether it can be done, and write nothing")
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}

func (s *streams) rotated(r app.Rotation) {
	keys := counted(r.Days, "day key") + ", the log's key and " + counted(len(r.Letters), "share")
	switch {
	case r.Finished && !r.Changed:
		s.say("A change of the secret was cut short; without --dry-run it would be finished. Nothing was written.")
		return
	case r.Finished:
		s.say("A change of the secret had been cut short. It is finished now, and %s holds the new one.", r.File)
	case !r.Changed:
		s.say("%s would go over to a new secret in %s; nothing was written (--dry-run).", keys, r.File)
		return
	default:
		s.say("%s go with the new secret in %s now.", keys, r.File)
	}
	s.say("Copy %s and %s to where the old ones are kept, before the server starts.", r.File, r.Shares)
	s.say("Then destroy every copy of the old secret and of the old shares: with an old copy of the database they open what was in it.")
}
