package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
	"outcry/receipt"
)

// listed is one letter in the JSON of letter list.
type listed struct {
	Letter    string        `json:"letter"`
	ID        string        `json:"id"`
	State     letter.State  `json:"state"`
	Version   int           `json:"version"`
	Pace      letter.Pace   `json:"pace"`
	Counted   int64         `json:"counted"` // as the log has it, held ones among them
	Held      int64         `json:"held"`
	Withdrawn int64         `json:"withdrawn"`
	Removed   int64         `json:"removed"`
	Waiting   int           `json:"waiting"` // for the log
	Removals  []listedStrip `json:"removals"`
}

// listedStrip is a removal that still holds.
type listedStrip struct {
	ID       string `json:"id"`
	Day      string `json:"day"`
	Reason   string `json:"reason"`
	Words    string `json:"words"`
	Role     string `json:"role"`
	Removed  int    `json:"removed"`
	Undoable bool   `json:"undoable"` // without a trace, in part at least
}

func letterListCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the letters, their counts and what was removed",
		Long: `One line for each letter: its state, what the log counts, and what waits for it.
Removals that still hold follow, with the name by which outcry letter restore
puts them back.`,
		Example: `  outcry letter list --data ./data --secret-file ./secret
  outcry letter list --json --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				states, err := a.LetterStates(cmd.Context())
				if err != nil {
					return err
				}
				list := []listed{}
				for _, x := range states {
					list = append(list, listing(x))
				}
				if asJSON {
					return s.json(list)
				}
				return s.letters(list)
			})
		},
	}
	place(cmd, &c)
	cmd.Flags().BoolVar(&asJSON, "json", false, "the list as JSON")
	return cmd
}

func listing(x app.LetterState) listed {
	l := listed{Letter: address(x.Letter), ID: x.Letter.ID.String(), State: x.Letter.State, Version: int(x.Letter.Version), Pace: x.Letter.Pace, Counted: x.Count.Counted,
		Held: x.Count.ByAssurance[receipt.Held], Withdrawn: x.Count.Withdrawn, Removed: x.Count.Removed, Waiting: x.Waiting, Removals: []listedStrip{}}
	for _, r := range x.Removals {
		l.Removals = append(l.Removals, listedStrip{r.ID.String(), dayText(r.Day), r.Reason.String(), r.Words, r.Role, r.Count, r.Undoable})
	}
	return l
}

// letters prints the list as a table, and below it the removals.
func (s *streams) letters(list []listed) error {
	if len(list) == 0 {
		s.say("There is no letter here yet: apply a campaign file with one.")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LETTER\tSTATE\tVERSION\tBATCHES\tCOUNTED\tHELD\tWITHDRAWN\tREMOVED\tWAITING")
	for _, l := range list {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%d\t%d\t%d\t%d\n", l.Letter, l.State, l.Version, l.Pace, l.Counted, l.Held, l.Withdrawn, l.Removed, l.Waiting)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range list {
		for _, r := range l.Removals {
			undo := ""
			if r.Undoable {
				undo = "; can be undone without a trace"
			}
			fmt.Fprintf(s.out, "%s  %s  %s  %d removed as %s by %s: %s%s\n", r.ID, r.Day, l.Letter, r.Removed, r.Reason, r.Role, r.Words, undo)
		}
	}
	return nil
}
