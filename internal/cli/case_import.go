package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
)

func caseImportCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug, table, never string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take the rows of a spreadsheet into a case",
		Long: `Reads a table as CSV (- is standard input), as case export --format csv writes
it, and takes its rows into a case that is here. A row whose id is there takes its
place, a new id is added, and nothing is ever taken out; positions are found by
the column row. A column that is not there leaves what the case has; an empty
cell takes it out. With --dry-run the first twenty rows are shown, and what they
would change. All that is wrong is listed at once by its row, and then nothing is
changed. docs/archive.md describes the columns.

Your own campaign file does not have these rows yet: export it anew.`,
		Example: `  outcry case import events.csv --table events --dry-run --data ./data --secret-file ./secret
  outcry case import sources.csv --table sources --case anna --data ./data --secret-file ./secret`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if known := archive.Table("").Known(); !slices.Contains(known, table) {
				return usage("--table takes %s, not %q", strings.Join(known, ", "), table)
			}
			src, err := s.read(args[0])
			if err != nil {
				return err
			}
			words, err := s.never(never)
			if err != nil {
				return err
			}
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				slug, err := which(cmd.Context(), a, slug)
				if err != nil {
					return err
				}
				taken, err := a.ReadTable(cmd.Context(), slug, archive.Table(table), bytes.NewReader(src))
				if err != nil {
					return inFile(args[0], err)
				}
				if p := casefile.Mentions(taken.File, words); len(p) > 0 {
					return inFile(args[0], p)
				}
				if a.Look && !asJSON {
					s.preview(taken)
				}
				s.say("%s: %d new, %d changed.", counted(taken.Rows, "row"), taken.Added, taken.Changed)
				if _, err := s.warnLinks(a.Config, slug, nil, taken.File); err != nil {
					return err
				}
				sealed := taken.File.DropSealed()
				return s.bring(cmd, a, args[0], &app.Campaign{File: *taken.File}, sealed, asJSON)
			})
		},
	}
	place(cmd, &c)
	designating(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&slug, "case", "", "`SLUG` of the case, where there are several")
	f.StringVar(&table, "table", "events", "`TABLE` that the file is: events, sources, positions, institutions or proceedings")
	f.BoolVarP(&c.Look, "dry-run", "n", false, "show the first rows and what would change, and change nothing")
	f.BoolVar(&asJSON, "json", false, "the changes as JSON")
	f.StringVar(&never, "never", "", "`FILE` of words that must not stand in the case, one a line")
	return cmd
}

// preview shows the first rows, cut to what a terminal has room for: columns that are empty in all of them are left out.
func (s *streams) preview(t archive.Taken) {
	w := tabwriter.NewWriter(s.err, 0, 0, 2, ' ', 0)
	var columns []int
	for i := range t.Header {
		if len(columns) < 6 && slices.ContainsFunc(t.First, func(cells []string) bool { return i+1 < len(cells) && cells[i+1] != "" }) {
			columns = append(columns, i)
		}
	}
	line := func(number string, cell func(i int) string) {
		fmt.Fprint(w, number)
		for _, i := range columns {
			fmt.Fprint(w, "\t", shortened(cell(i)))
		}
		fmt.Fprintln(w)
	}
	line("row", func(i int) string { return t.Header[i] })
	for _, cells := range t.First {
		line(cells[0], func(i int) string {
			if i+1 < len(cells) {
				return cells[i+1]
			}
			return ""
		})
	}
	if !s.quiet {
		w.Flush()
	}
}

// shortened is a cell in one line of at most 28 characters, with nothing in it that a terminal would obey.
func shortened(s string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s))
	if len(runes) > 28 {
		return string(runes[:27]) + "…"
	}
	return string(runes)
}
