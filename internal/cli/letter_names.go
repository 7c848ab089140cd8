package cli

import (
	"encoding/csv"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/receipt"
)

// namesDone is the JSON of letter names.
type namesDone struct {
	Letter string           `json:"letter"`
	More   bool             `json:"more"` // a search found others as well
	Names  []app.LetterName `json:"names"`
	DryRun bool             `json:"dry_run"`
}

// namesCommand is letter names; letterCommand adds it.
func namesCommand(s *streams) *cobra.Command {
	var c app.Config
	var search, hide, first, ordinary, role, note string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "names CASE/LETTER",
		Short: "List the names that signers show, hide one, or put a checked one first",
		Long: `Lists the public names of a letter as CSV: the signature's lock, the name, the
affiliation, and for a name that organisers have checked, which role did and
how. Cells that a spreadsheet would run as a formula begin with '.

A name is what a signer typed. --hide takes one off the list that insults or
that is another person's: the signature stays counted, and the log says that a
name was hidden. --prominent puts a name first under "Checked by the
organisers": do that only when you know who it is. The note says how you know;
it is never published. When the signer shows another name, it has to be
checked again.`,
		Example: `  outcry letter names anna/release --data ./data --secret-file ./secret > names.csv
  outcry letter names anna/release --search muller --data ./data --secret-file ./secret
  outcry letter names anna/release --prominent 4f1c… --role editor --note "answered from her own page" --data ./data --secret-file ./secret
  outcry letter names anna/release --hide 4f1c… --role moderator --data ./data --secret-file ./secret --dry-run`,
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			do, of, err := nameChange(hide, first, ordinary)
			if err != nil {
				return err
			}
			switch {
			case do != 0 && search != "":
				return usage("--search lists names; leave it out to change one")
			case (do == app.HideName || do == app.ProminentName) && strings.TrimSpace(role) == "":
				return usage("--role is needed: in which role do you do this, such as moderator or editor?")
			case do == app.ProminentName && strings.TrimSpace(note) == "":
				return usage("--note is needed: how do you know who it is?")
			case do != app.ProminentName && note != "":
				return usage("--note goes with --prominent")
			}
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				l, err := a.Letter(cmd.Context(), args[0])
				if errors.Is(err, app.ErrWhich) {
					return failed(exitNotFound, "%w", err)
				}
				if err != nil {
					return err
				}
				if do == 0 {
					list, more, err := a.LetterNames(cmd.Context(), l, search)
					if err != nil {
						return err
					}
					return s.names(namesDone{address(l), more, list, false}, asJSON)
				}
				n, err := a.ChangeName(cmd.Context(), l, of, do, role, note)
				if err != nil {
					return err
				}
				s.sayChanged(n, do, c.Look)
				if asJSON {
					return s.json(namesDone{address(l), false, []app.LetterName{n}, c.Look})
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	f := cmd.Flags()
	f.StringVar(&search, "search", "", "only names with words that begin with these `WORDS`; 100 at most")
	f.StringVar(&hide, "hide", "", "take the name of the signature with this `LOCK` off the list")
	f.StringVar(&first, "prominent", "", "put the checked name of the signature with this `LOCK` first")
	f.StringVar(&ordinary, "ordinary", "", "put the name of the signature with this `LOCK` back among the others")
	f.StringVar(&role, "role", "", "the `ROLE` in which you do it, such as moderator or editor")
	f.StringVar(&note, "note", "", "how you know who it is, a `TEXT` for the committee alone")
	return cmd
}

// nameChange reads which of the three changes is meant, and of whom; none is a listing.
func nameChange(hide, first, ordinary string) (do app.NameChange, of receipt.Lock, err error) {
	for _, flag := range []struct {
		name, lock string
		do         app.NameChange
	}{{"hide", hide, app.HideName}, {"prominent", first, app.ProminentName}, {"ordinary", ordinary, app.OrdinaryName}} {
		if flag.lock == "" {
			continue
		}
		if do != 0 {
			return 0, of, usage("one change at a time: --%s and another were given", flag.name)
		}
		if err := of.UnmarshalText([]byte(flag.lock)); err != nil {
			return 0, of, usage("--%s %s is no lock: %v; the list has them", flag.name, flag.lock, err)
		}
		do = flag.do
	}
	return do, of, nil
}

func (s *streams) names(done namesDone, asJSON bool) error {
	if asJSON {
		return s.json(done)
	}
	w := csv.NewWriter(s.out)
	w.Write([]string{"lock", "name", "affiliation", "checked_by", "note"})
	for _, n := range done.Names {
		w.Write([]string{n.Lock.String(), inert(n.Name), inert(n.Affiliation), inert(n.CheckedBy), inert(n.Note)})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	s.say("%s.", counted(len(done.Names), "name"))
	if done.More {
		s.say("There are more: search for another word of the name as well.")
	}
	return nil
}

// inert keeps a cell from being run as a formula: a spreadsheet shows what follows ' as it stands.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) || strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") ||
		strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
		return "'" + cell
	}
	return cell
}

func (s *streams) sayChanged(n app.LetterName, do app.NameChange, look bool) {
	what := map[app.NameChange]string{
		app.HideName:      "is not shown any more. Copies that others have made stay, and its signer may show a name again",
		app.ProminentName: "stands first now, as checked",
		app.OrdinaryName:  "stands among the others",
	}[do]
	if look {
		what = map[app.NameChange]string{
			app.HideName: "would be hidden; nothing was (--dry-run)", app.ProminentName: "would stand first; nothing was changed (--dry-run)",
			app.OrdinaryName: "would stand among the others; nothing was changed (--dry-run)",
		}[do]
	}
	if n.Name == "" { // that was gone already
		s.say("Signature %s shows no name, and the mark that was left of one is deleted.", n.Lock)
		return
	}
	s.say("%q %s.", n.Name, what)
}
