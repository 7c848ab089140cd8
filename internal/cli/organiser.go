package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
)

func organiserCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "organiser COMMAND",
		Short: "Committees and their organisers, who share a desk",
		Long: `Organisers work at a desk, which is the site's own pages under /desk. Each is in
one committee, under a pseudonym, with one role. The first lead of a committee
comes by a link that is made here; leads invite the others at the desk.

An installation can hold several committees: none sees anything of another.`,
		Example: `  outcry organiser invite --data ./data --secret-file ./secret
  outcry organiser invite --new-committee allies --data ./data --secret-file ./secret
  outcry organiser list --data ./data --secret-file ./secret
  outcry organiser unlock --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(organiserInviteCommand(s), organiserListCommand(s), organiserUnlockCommand(s))
	return cmd
}

// organiserInvited is the JSON of organiser invite.
type organiserInvited struct {
	Committee string `json:"committee"`
	Role      string `json:"role"`
	Until     string `json:"until"` // empty where nothing was made
	Link      string `json:"link"`  // likewise
	DryRun    bool   `json:"dry_run"`
}

func organiserInviteCommand(s *streams) *cobra.Command {
	var c app.Config
	var committee, begin, role string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "invite",
		Short: "Make a link by which somebody joins a committee, and print it once",
		Long: `Prints the address of a link; words go to stderr. It is printed once and kept
nowhere, works once, and for 72 hours: hand it over in person, or by a way that
nobody reads. Whoever opens it first takes the role.

Without --role it is for a lead: so the first one comes, so a committee that has
lost its leads is helped, and so people come back after a backup was restored,
for a backup holds no organisers.`,
		Example: `  outcry organiser invite --data ./data --secret-file ./secret
  outcry organiser invite --role translator --data ./data --secret-file ./secret
  outcry organiser invite --new-committee allies --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if committee != "" && begin != "" {
				return usage("--committee and --new-committee are one too many: is it there already, or a new one?")
			}
			r := organiser.Role(role)
			if !slices.Contains(organiser.Roles(), r) {
				return usage("--role %s is none; one of: %s", role, roles())
			}
			name := organiser.Home
			if committee+begin != "" {
				name = committee + begin
			}
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				i, address, err := a.InviteOrganiser(cmd.Context(), name, r, begin != "")
				switch {
				case fault.Is(err, fault.Invalid) && begin != "":
					return usage("--new-committee %s: a name has small Latin letters, digits and hyphens, 40 at most", begin)
				case fault.Is(err, fault.Invalid):
					return failed(exitNotFound, "there is no committee %q here; --new-committee makes one", name)
				case err != nil:
					return err
				}
				done := organiserInvited{Committee: i.Committee.Name, Role: string(i.Role), Link: address, DryRun: c.Look}
				if c.Look {
					s.say("A link for a %s in the committee %s would be made; nothing was (--dry-run).", roleWords(r), name)
				} else {
					done.Until = i.Until.Format(time.RFC3339)
					s.say("By this link somebody joins the committee %s as %s. It is shown once, works once, and until %s.", name, roleWords(r), i.Until.Format("2006-01-02 15:04 UTC"))
				}
				if asJSON {
					return s.json(done)
				}
				if address != "" {
					fmt.Fprintln(s.out, address)
				}
				return nil
			})
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	f.StringVar(&role, "role", string(organiser.Lead), "`ROLE`: "+roles())
	f.StringVar(&committee, "committee", "", "`NAME` of a committee that is there; without, home")
	f.StringVar(&begin, "new-committee", "", "`NAME` of a committee to make")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would happen, and change nothing")
	return cmd
}

func roleWords(r organiser.Role) string { return strings.ReplaceAll(string(r), "_", " ") }

func roles() string {
	var names []string
	for _, r := range organiser.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// organiserCounted is a committee as JSON has it.
type organiserCounted struct {
	Committee   string         `json:"committee"`
	Made        string         `json:"made"`
	Organisers  int            `json:"organisers"`
	Roles       map[string]int `json:"roles"`
	Invitations int            `json:"invitations"` // that wait
	Locked      bool           `json:"locked"`      // by an organiser, for a bad day
}

func organiserListCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the committees, and how many organisers each has",
		Long: `One line for each committee: its name, the day it was made, how many organisers
it has by role, how many invitations wait, and whether an organiser has locked
it. Pseudonyms are not shown: who they are is the committee's own.`,
		Example: `  outcry organiser list --data ./data --secret-file ./secret
  outcry organiser list --json --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				list, err := a.Organisers.Committees(cmd.Context())
				if err != nil {
					return err
				}
				all := []organiserCounted{}
				for _, one := range list {
					n := organiserCounted{Committee: one.Name, Made: one.Made, Roles: map[string]int{}, Invitations: one.Invitations, Locked: one.Locked}
					for r, count := range one.Roles {
						n.Roles[string(r)] = count
						n.Organisers += count
					}
					all = append(all, n)
				}
				if asJSON {
					return s.json(struct {
						Committees []organiserCounted `json:"committees"`
					}{all})
				}
				return s.committees(all)
			})
		},
	}
	place(cmd, &c)
	cmd.Flags().BoolVar(&asJSON, "json", false, "the outcome as JSON")
	return cmd
}

func (s *streams) committees(all []organiserCounted) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, c := range all {
		var parts []string
		for _, r := range organiser.Roles() {
			if n := c.Roles[string(r)]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, roleWords(r)))
			}
		}
		if len(parts) == 0 {
			parts = []string{"nobody yet"}
		}
		end := "\n"
		if c.Locked {
			end = "\tlocked\n"
		}
		fmt.Fprintf(w, "%s\tmade %s\t%s\t%d invited"+end, c.Committee, c.Made, strings.Join(parts, ", "), c.Invitations)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(all) == 0 {
		s.say("There is no committee yet. Make the first lead's link: outcry organiser invite")
	}
	return nil
}

// organiserUnlocked is the JSON of organiser unlock.
type organiserUnlocked struct {
	Committee string `json:"committee"`
	Locked    bool   `json:"was_locked"`
	DryRun    bool   `json:"dry_run"`
}

func organiserUnlockCommand(s *streams) *cobra.Command {
	var c app.Config
	var committee string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Let a committee's organisers sign in again, after one of them has locked it",
		Long: `An organiser locks a committee on a bad day: everybody is signed out, and only a
lead who is abroad can sign in and open it again. Where there is none, whoever
runs the server does, by this command.

Ask first, by a way that whoever holds a telephone of theirs does not read,
whether the reason is over. Passwords and roles are as they were: end who has to
be ended, at the desk, before anything else.

A committee that is not locked is no error.`,
		Example: `  outcry organiser unlock --data ./data --secret-file ./secret
  outcry organiser unlock --committee allies --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				was, err := a.UnlockCommittee(cmd.Context(), committee)
				switch {
				case fault.Is(err, fault.Invalid):
					return failed(exitNotFound, "there is no committee %q here; outcry organiser list names them", committee)
				case err != nil:
					return err
				case !was:
					s.say("The committee %s is not locked.", committee)
				case c.Look:
					s.say("The committee %s would be opened again; nothing was changed (--dry-run).", committee)
				default:
					s.say("The committee %s is open again: its organisers can sign in.", committee)
				}
				if asJSON {
					return s.json(organiserUnlocked{committee, was, c.Look})
				}
				return nil
			})
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "the outcome as JSON")
	f.StringVar(&committee, "committee", organiser.Home, "`NAME` of the committee")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would happen, and change nothing")
	return cmd
}
