package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
)

// applied is the outcome of campaign apply.
type applied struct {
	Case    string   `json:"case"`
	DryRun  bool     `json:"dry_run"`
	Changes []change `json:"changes"`
	Sealed  int      `json:"sealed,omitempty"` // events and sources that stay in the file and are not kept
}

type change struct {
	Path string `json:"path"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

func applyCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	var never string
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Bring a campaign to what a file says",
		Long: `Reads a campaign file (- is standard input), prints what changes, and applies
it: a case, and its letters, which open at once unless the file says draft or
paused; outcry letter close is the only way to close one. It may run while the server runs, and again after any failure. All that is wrong in
a file is listed at once, each with its place, and then nothing is changed.

A text that people can sign stays as it is: to change it, raise its version. An
event that stood on a public page has its address for life: to take it out, say
so in redactions. What has visibility: sealed is never kept here.

--never names a file of your own with words that must not stand anywhere in the
campaign file, one in each line: the name of an accuser, of a witness. It is read
and not kept; a file that has one of them is refused, by the line's number.`,
		Example: `  outcry campaign apply campaign.yaml --dry-run --data ./data --secret-file ./secret
  outcry campaign apply campaign.yaml --data ./data --secret-file ./secret
  outcry campaign apply - --data ./data --secret-file ./secret < campaign.yaml`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			src, err := s.read(args[0])
			if err != nil {
				return err
			}
			campaign, err := app.ReadCampaign(src)
			if err != nil {
				return inFile(args[0], err)
			}
			sealed := campaign.DropSealed()
			words, err := s.never(never)
			if err != nil {
				return err
			}
			if p := casefile.Mentions(campaign, words); len(p) > 0 {
				return inFile(args[0], p)
			}
			s.ready(&c)
			a, err := app.Open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer a.Close()
			if _, err := s.warnLinks(a.Config, args[0], src, &campaign.File); err != nil {
				return err
			}
			changes, err := a.Plan(cmd.Context(), campaign)
			if err != nil {
				return inFile(args[0], err)
			}
			if !c.Look {
				if err := a.Apply(cmd.Context(), campaign); err != nil {
					return inFile(args[0], err)
				}
			}
			done := applied{Case: campaign.Case.Slug, DryRun: c.Look, Changes: []change{}, Sealed: sealed}
			for _, x := range changes {
				done.Changes = append(done.Changes, change(x))
				if !asJSON {
					fmt.Fprintln(s.out, x)
				}
			}
			s.sayApplied(campaign, len(changes), c.Look)
			s.sayBound(campaign, a.Cases.Today(), sealed)
			if asJSON {
				return s.json(done)
			}
			return nil
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&c.URL, "url", "", "public `URL`, if the log has no name yet")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would change, and change nothing")
	f.BoolVar(&asJSON, "json", false, "the changes as JSON")
	f.StringVar(&never, "never", "", "`FILE` of words that must not stand in the campaign file, one a line")
	return cmd
}

// sayApplied says what a change means for readers and signers.
func (s *streams) sayApplied(c *app.Campaign, changes int, dry bool) {
	switch {
	case changes == 0:
		s.say("Nothing is new in this file.")
		return
	case dry:
		s.say("%s; nothing was written (--dry-run).", counted(changes, "change"))
	default:
		s.say("%s applied.", counted(changes, "change"))
	}
	if c.Case.Publication.Level != casefile.Public {
		s.say("%s is not public: its pages are shown to nobody.", c.Case.Slug)
	}
	for _, l := range c.Letters {
		name := c.Case.Slug + "/" + l.Slug
		if l.State == "draft" {
			s.say("%s is a draft: it is shown to nobody.", name)
			continue
		}
		pace := l.Pace
		if pace == "" {
			pace = "default"
		}
		switch l.State {
		case letter.Closed:
			s.say("%s is closed, for good.", name)
			continue
		case letter.Paused:
			s.say("%s, version %d, is paused: it can be read and not signed.", name, l.Version)
			continue
		}
		s.say("%s, version %d, is open, batches %s: %s.", name, l.Version, pace, pace.Consequence())
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
