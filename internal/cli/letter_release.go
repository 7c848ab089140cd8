package cli

import (
	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
)

// releasedDone is the JSON of letter release.
type releasedDone struct {
	Letter   string `json:"letter"`
	DryRun   bool   `json:"dry_run"`
	Matching int    `json:"matching"` // before
	Released int    `json:"released"`
	Waiting  int    `json:"waiting"` // on their way into the log: run it again later
}

func letterReleaseCommand(s *streams) *cobra.Command {
	var c app.Config
	var r rule
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "release CASE/LETTER",
		Short: "Let held signatures stand in the same line as all others",
		Long: `A burst of signatures of one hour and one kind of domain is held: they are
confirmed as all others are, and stand in a line of their own until organisers
have looked. This releases them all, or those of a day, or one by its lock; the
log says so of each. Those that are not in the log yet are left for later.`,
		Example: `  outcry letter release anna/release --data ./data --secret-file ./secret --dry-run
  outcry letter release anna/release --day 2026-11-22 --data ./data --secret-file ./secret`,
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.held = true
			which, err := r.read()
			if err != nil {
				return err
			}
			return s.atLetter(cmd.Context(), &c, args[0], func(a *app.App, l *letter.Letter) error {
				done := releasedDone{Letter: address(l), DryRun: c.Look}
				if done.Matching, err = a.Book.Matching(cmd.Context(), l.ID, which); err != nil {
					return err
				}
				switch {
				case c.Look:
					s.say("%s held; nothing was changed (--dry-run).", some(done.Matching, "signature"))
				case done.Matching == 0:
					return letter.ErrNoMatch
				default:
					if done.Released, done.Waiting, err = a.ReleaseInLetter(cmd.Context(), l, which, s.bar("releasing")); err != nil {
						return err
					}
					s.say("%s released in %s.", some(done.Released, "signature"), address(l))
					if done.Waiting > 0 {
						s.say("%s not in the log yet; run this again when they are.", some(done.Waiting, "signature"))
					}
				}
				if asJSON {
					if err := s.json(done); err != nil {
						return err
					}
				}
				if done.Waiting > 0 {
					return failed(exitPartly, "%s still held in %s", some(done.Waiting, "signature"), address(l))
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	r.flags(cmd)
	return cmd
}
