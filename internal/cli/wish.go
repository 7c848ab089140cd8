package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/feature/wish"
	"outcry/internal/kernel/fault"
)

func wishCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wish COMMAND",
		Short: "Private links for the prisoner, the family and the lawyer, who bind the campaign",
		Long: `The prisoner, a member of the family and the lawyer can each have a private
link. Behind it they agree to what is done in the prisoner's name, or stop it:
the page itself, photographs, letters, collections, the press, mention on other
pages, news of health, and each thing that is asked for. A lawyer can say that
something harms the defence. It takes effect at once, and no campaign file
undoes it: only who stopped it lifts it, or the prisoner.

Of a link only a hash is kept, with the case, in whose stead it speaks and the
day: never a name, an address or a reason.`,
		Example: `  outcry wish link --case anna --as family --data ./data --secret-file ./secret
  outcry wish list --data ./data --secret-file ./secret
  outcry wish revoke 4f1c09d2 --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(wishLinkCommand(s), wishListCommand(s), wishRevokeCommand(s))
	return cmd
}

// onWish are the flags of every command on private links.
func onWish(cmd *cobra.Command, c *app.Config, asJSON *bool) {
	place(cmd, c)
	cmd.Flags().BoolVar(asJSON, "json", false, "the outcome as JSON")
}

// wishLink is a link as JSON has it, without what opens it.
type wishLink struct {
	ID    string `json:"id"`
	Case  string `json:"case"`
	As    string `json:"as"`
	Made  string `json:"made"`
	Until string `json:"until"` // empty: no end
	State string `json:"state"` // open or ended
}

func linkJSON(l wish.Link, today casefile.Date) wishLink {
	w := wishLink{ID: l.ID, Case: l.Case, As: string(l.As), Made: l.Made.String(), Until: l.Until.String(), State: "open"}
	if l.Ended(today) {
		w.State = "ended"
	}
	return w
}

// wishMade is the JSON of wish link.
type wishMade struct {
	wishLink
	Link   string `json:"link"` // empty where nothing was made
	DryRun bool   `json:"dry_run"`
}

func wishLinkCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug, as, until string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Make a private link, and print it once",
		Long: `Prints the address of a private link; words go to stderr. It is printed once and
kept nowhere, so hand it over now: in person, or by a way that nobody reads.
Whoever has it speaks in that capacity. Who they are is not asked, and stands
nowhere; several links of one capacity speak with one voice.`,
		Example: `  outcry wish link --case anna --as family --data ./data --secret-file ./secret
  outcry wish link --case anna --as lawyer --until 2027-06-30 --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			giver, last, err := capacity(as, until)
			if err != nil {
				return err
			}
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				if slug == "" {
					if slug, err = a.Only(cmd.Context()); errors.Is(err, app.ErrWhich) {
						return failed(exitNotFound, "%w", err)
					} else if err != nil {
						return err
					}
				}
				l, address, err := a.MakeWish(cmd.Context(), slug, giver, last)
				switch {
				case fault.Is(err, fault.NotFound):
					return failed(exitNotFound, "there is no case %q here", slug)
				case fault.Is(err, fault.Invalid):
					return usage("--until %s has passed; name a day to come", until)
				case err != nil:
					return err
				}
				if c.Look {
					s.say("A link for the %s in the case %s would be made; nothing was (--dry-run).", giver, slug)
				} else {
					s.say("This link speaks for the %s in the case %s. It is shown once; outcry wish revoke %s takes it back.", giver, slug, l.ID)
				}
				if asJSON {
					return s.json(wishMade{linkJSON(l, l.Made), address, c.Look})
				}
				if address != "" {
					fmt.Fprintln(s.out, address)
				}
				return nil
			})
		},
	}
	onWish(cmd, &c, &asJSON)
	f := cmd.Flags()
	f.StringVar(&slug, "case", "", "`SLUG` of the case; without, the only one")
	f.StringVar(&as, "as", "", "in whose stead it speaks: `CAPACITY` prisoner, family or lawyer (required)")
	f.StringVar(&until, "until", "", "the last `DAY` (UTC) on which it opens, such as 2027-06-30; without, no end")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would happen, and change nothing")
	return cmd
}

// capacity reads in whose stead a link speaks, and until when.
func capacity(as, until string) (giver casefile.Giver, last casefile.Date, err error) {
	if giver = casefile.Giver(as); !slices.Contains(wish.Capacities(), giver) {
		var known []string
		for _, g := range wish.Capacities() {
			known = append(known, string(g))
		}
		return "", last, usage("--as is needed, one of: %s", strings.Join(known, ", "))
	}
	if until != "" {
		if last, err = casefile.ParseDate(until); err != nil || !last.Whole() {
			return "", last, usage("--until %s is no day; write it as 2027-06-30", until)
		}
	}
	return giver, last, nil
}

// wishSaid is what holds, as JSON has it.
type wishSaid struct {
	Case  string `json:"case"`
	By    string `json:"by"`
	Kind  string `json:"kind"` // scope, ask or event
	Name  string `json:"name"`
	Word  string `json:"word"` // agree, stop or harm
	Day   string `json:"day"`
	Spent bool   `json:"spent"` // an agreement that counts no more: the person is out of custody, and is to be asked
}

func wishListCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the private links, and what was agreed to and stopped",
		Long: `One line for each link: what names it to outcry wish revoke, the case, in whose
stead it speaks, the day it was made, and whether it opens. Then one line for
each thing that somebody agreed to or stopped. Nothing here opens a link.`,
		Example: `  outcry wish list --data ./data --secret-file ./secret
  outcry wish list --case anna --json --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				links, said, err := a.Wishes.List(cmd.Context(), slug)
				if err != nil {
					return err
				}
				done := struct {
					Links []wishLink `json:"links"`
					Said  []wishSaid `json:"said"`
				}{[]wishLink{}, []wishSaid{}}
				for _, l := range links {
					done.Links = append(done.Links, linkJSON(l, a.Cases.Today()))
				}
				for _, w := range said {
					done.Said = append(done.Said, wishSaid{w.Case, string(w.By), string(w.Kind), w.Name, string(w.Word), w.Day.String(), w.Spent})
				}
				if asJSON {
					return s.json(done)
				}
				return s.wishes(done.Links, done.Said)
			})
		},
	}
	onWish(cmd, &c, &asJSON)
	cmd.Flags().StringVar(&slug, "case", "", "only those of the case with this `SLUG`")
	return cmd
}

func (s *streams) wishes(links []wishLink, said []wishSaid) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, l := range links {
		state := l.State
		if l.Until != "" {
			state += ", until " + l.Until
		}
		fmt.Fprintf(w, "%s\t%s\t%s\tmade %s\t%s\n", l.ID, l.Case, l.As, l.Made, state)
	}
	for _, p := range said {
		word := map[string]string{"agree": "agreed to", "stop": "stopped", "harm": "stopped, for the defence:"}[p.Word]
		spent := ""
		if p.Spent {
			spent = "; the person is out of custody, ask them"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s %s %s%s\n", p.Day, p.Case, p.By, word, p.Kind, p.Name, spent)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(links) == 0 {
		s.say("There is no private link. Make one: outcry wish link --case SLUG --as family")
	}
	return nil
}

func wishRevokeCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "revoke ID",
		Short: "Take a private link back",
		Long: `The link opens nothing from now on, and its hash is deleted. What was stopped by
it stays stopped: a new link of the same capacity, or the prisoner's, lifts it.
ID is how outcry wish list names it, or its beginning.`,
		Example: `  outcry wish revoke 4f1c09d2 --data ./data --secret-file ./secret
  outcry wish revoke 4f1c09d2 --dry-run --data ./data --secret-file ./secret`,
		Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				l, err := a.RevokeWish(cmd.Context(), args[0])
				if fault.Is(err, fault.NotFound) {
					return failed(exitNotFound, "no link, or more than one, is named %q; outcry wish list has them", args[0])
				}
				if err != nil {
					return err
				}
				if c.Look {
					s.say("Link %s, for the %s in the case %s, would be taken back; nothing was changed (--dry-run).", l.ID, l.As, l.Case)
				} else {
					s.say("Link %s, for the %s in the case %s, opens nothing any more. What was stopped by it stays stopped.", l.ID, l.As, l.Case)
				}
				if asJSON {
					return s.json(struct {
						wishLink
						DryRun bool `json:"dry_run"`
					}{linkJSON(l, a.Cases.Today()), c.Look})
				}
				return nil
			})
		},
	}
	onWish(cmd, &c, &asJSON)
	cmd.Flags().BoolVarP(&c.Look, "dry-run", "n", false, "say what would happen, and change nothing")
	return cmd
}
