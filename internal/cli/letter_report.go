package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
)

// reportDone is the JSON of letter report.
type reportDone struct {
	Letter   string         `json:"letter"`
	DryRun   bool           `json:"dry_run"`
	Report   letter.Report  `json:"report"`
	Replaced *letter.Report `json:"replaced,omitempty"`
}

func letterReportCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	var kind, comparator, nature, asOf, source string
	var by, note []string
	var value int
	cmd := &cobra.Command{
		Use:   "report CASE/LETTER",
		Short: "State a number that was counted elsewhere, on paper, or vouched for",
		Long: `Adds a line beside the letter's count, or replaces the line of the same kind,
source and people. It is never added to the count: nobody confirmed it here. The
log states it, so that a number can't be exchanged later without a trace.

Kinds: elsewhere is another platform or a paper and needs a source of the
campaign file; paper is sheets that someone counted, and vouched is people for
whom someone vouches: both need --by.

Put the line into the campaign file as well: the next campaign apply brings the
letter to what the file says.`,
		Example: `  outcry letter report anna/release --kind paper --value 340 --as-of 2026-11-20 --by en="The local committee, three people" --data ./data --secret-file ./secret
  outcry letter report anna/release --kind elsewhere --value 12000 --comparator more_than --as-of 2026-11 --source platform --data ./data --secret-file ./secret`,
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := letter.Report{Kind: letter.ReportKind(kind), Value: value, Comparator: casefile.Comparator(comparator), Source: casefile.SourceID(source), Nature: casefile.Nature(nature)}
			for _, w := range []struct {
				flag, value string
				known       []string
			}{{"kind", kind, r.Kind.Known()}, {"comparator", comparator, r.Comparator.Known()}, {"nature", nature, r.Nature.Known()}} {
				if (w.value != "" || w.flag == "kind") && !slices.Contains(w.known, w.value) {
					return usage("--%s is one of: %s", w.flag, strings.Join(w.known, ", "))
				}
			}
			var err error
			if r.AsOf, err = casefile.ParseDate(asOf); err != nil {
				return usage("--as-of is needed: %w", err)
			}
			if r.By, err = wording("by", by); err != nil {
				return err
			}
			if r.Note, err = wording("note", note); err != nil {
				return err
			}
			return s.atLetter(cmd.Context(), &c, args[0], func(a *app.App, l *letter.Letter) error {
				done := reportDone{Letter: address(l), DryRun: c.Look, Report: r}
				if c.Look {
					if err := a.CheckReport(cmd.Context(), l, r); err != nil {
						return err
					}
					s.say("%d would be stated beside the count of %s; nothing was changed (--dry-run).", r.Value, address(l))
				} else {
					if done.Replaced, err = a.ReportForLetter(cmd.Context(), l, r); err != nil {
						return err
					}
					s.say("%d is stated beside the count of %s, and in no count.", r.Value, address(l))
					if done.Replaced != nil {
						s.say("It replaces %d.", done.Replaced.Value)
					}
				}
				if asJSON {
					return s.json(done)
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "", "`KIND` of the number: elsewhere, paper or vouched")
	f.IntVar(&value, "value", 0, "the `NUMBER`")
	f.StringVar(&comparator, "comparator", "", "a `WORD` before the number: about, more_than, at_least, at_most or less_than")
	f.StringVar(&asOf, "as-of", "", "the `DATE` at which it was true: a day, a month or a year")
	f.StringVar(&source, "source", "", "`ID` of the campaign file's source that tells it")
	f.StringVar(&nature, "nature", "", "what sort of statement it is, a `WORD` as in the campaign file, such as party")
	f.StringArrayVar(&by, "by", nil, "who counted or vouches, as `LANG=TEXT`, such as en=\"The local committee\"; again for each language")
	f.StringArrayVar(&note, "note", nil, "more to say about it, as `LANG=TEXT`; again for each language")
	return cmd
}

// wording reads a text in several languages from a flag that is given for each.
func wording(flag string, values []string) (casefile.Text, error) {
	var t casefile.Text
	for _, v := range values {
		tag, text, ok := strings.Cut(v, "=")
		if text = strings.TrimSpace(text); !ok || tag == "" || text == "" {
			return nil, usage("--%s %q is no text in a language; write it as en=\"…\"", flag, v)
		}
		if t == nil {
			t = casefile.Text{}
		}
		t[lang.Tag(tag)] = text
	}
	return t, nil
}
