package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
	"outcry/receipt"
)

// removedDone is the JSON of letter remove.
type removedDone struct {
	Letter   string     `json:"letter"`
	DryRun   bool       `json:"dry_run"`
	Matching int        `json:"matching"`          // before
	Removal  string     `json:"removal,omitempty"` // its name, for letter restore
	Removed  int        `json:"removed"`
	Until    *time.Time `json:"undo_until,omitempty"` // restoring leaves no trace until then
}

func letterRemoveCommand(s *streams) *cobra.Command {
	var c app.Config
	var r rule
	var asJSON, yes bool
	var reason, words, role string
	cmd := &cobra.Command{
		Use:   "remove CASE/LETTER",
		Short: "Take signatures out of the count by a rule, for a public reason",
		Long: `Takes out the signatures that a rule means: those held in a burst, those of a
day, or one by its lock; given together, all must fit. Look with --dry-run first.
The reason, its words and the role are public, on the letter's page; each removal
is an entry in the log that anyone can count. Write nobody's name there.

An address whose signature was removed can't sign this letter again. Within ten
minutes outcry letter restore undoes a removal without a trace in the log; later
it adds an entry that says so.

Reasons: ` + reasons() + `.`,
		Example: `  outcry letter remove anna/release --held --day 2026-11-22 --reason automated --words "A program signed 400 times" --role moderator --dry-run --data ./data --secret-file ./secret
  outcry letter remove anna/release --lock 4f1c… --reason not-theirs --words "Signed in another person's name" --role moderator --yes --data ./data --secret-file ./secret`,
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, err := r.read()
			if err != nil {
				return err
			}
			if which == (letter.Rule{}) {
				return usage("say which signatures: --held, --day or --lock, or several of them")
			}
			why, err := receipt.ParseReason(reason)
			if err != nil {
				return usage("--reason is needed, one of: %s", reasons())
			}
			if strings.TrimSpace(words) == "" {
				return usage("--words is needed: the reason as readers of the letter's page will see it")
			}
			if strings.TrimSpace(role) == "" {
				return usage("--role is needed: in which role do you do this, such as moderator?")
			}
			return s.atLetter(cmd.Context(), &c, args[0], func(a *app.App, l *letter.Letter) error {
				done := removedDone{Letter: address(l), DryRun: c.Look}
				if done.Matching, err = a.Book.Matching(cmd.Context(), l.ID, which); err != nil {
					return err
				}
				if c.Look {
					s.say("%s meant by this rule; nothing was changed (--dry-run).", some(done.Matching, "signature"))
				} else if err := s.remove(cmd, a, l, which, why, words, role, yes, &done); err != nil {
					return err
				}
				if asJSON {
					return s.json(done)
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	r.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&r.held, "held", false, "those held in a burst")
	f.StringVar(&reason, "reason", "", "the kind of `REASON`")
	f.StringVar(&words, "words", "", "the public reason, one line of `TEXT`")
	f.StringVar(&role, "role", "", "the `ROLE` in which you do it, such as moderator; public")
	f.BoolVarP(&yes, "yes", "y", false, "go on without being asked")
	return cmd
}

func (s *streams) remove(cmd *cobra.Command, a *app.App, l *letter.Letter, which letter.Rule, why receipt.Reason, words, role string, yes bool, done *removedDone) error {
	if done.Matching == 0 {
		return letter.ErrNoMatch
	}
	err := s.sure(cmd.Context(), yes,
		fmt.Sprintf("%s meant by this rule, and will be taken out of the count of %s.", some(done.Matching, "signature"), address(l)),
		fmt.Sprintf("The letter's page will say: %s (%s, by %s).", strings.TrimSpace(words), why, strings.TrimSpace(role)),
		"For ten minutes this can be undone without a trace; after that the log has an entry for each.")
	if err != nil {
		return err
	}
	removal, err := a.RemoveFromLetter(cmd.Context(), l, which, why, words, role, s.bar("removing"))
	if err != nil {
		return err
	}
	until := removal.Until.UTC().Truncate(time.Second)
	done.Removal, done.Removed, done.Until = removal.ID.String(), removal.Count, &until
	s.say("%s removed from %s.", some(removal.Count, "signature"), address(l))
	s.say("Until %s this undoes it without a trace; later it adds an entry to the log:", until.Format("15:04 UTC on 2006-01-02"))
	s.say("  outcry letter restore %s", removal.ID)
	return nil
}

// reasons are those that organisers may give, as the command line writes them.
func reasons() string {
	var list []string
	for _, r := range receipt.CommitteeReasons() {
		list = append(list, strings.ReplaceAll(r.String(), " ", "-"))
	}
	return strings.Join(list, ", ")
}
