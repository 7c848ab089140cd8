package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/feature/archive"
)

func caseExportCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug, format, table string
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write a case to a file: YAML, JSON or a table",
		Long: `Writes a case as it stands, without its letters (- is standard output). A file
that is there already is left alone.

yaml is what case apply reads. json is the canonical document, the same bytes for
the same case, of the form that docs/schema/case.json describes. Beside either,
the photograph that the case names is written under the same name with .jpg;
outcry photo keep takes it in elsewhere, under the same hash. csv is one table
for a spreadsheet, which case import reads: events, sources, positions,
institutions or proceedings; what does not fit into cells stays in the file.`,
		Example: `  outcry case export anna.yaml --data ./data --secret-file ./secret
  outcry case export - --case anna --format json --data ./data --secret-file ./secret
  outcry case export events.csv --format csv --table events --data ./data --secret-file ./secret`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"yaml", "json", "csv"}, format) {
				return usage("--format takes yaml, json or csv, not %q", format)
			}
			if known := archive.Table("").Known(); !slices.Contains(known, table) {
				return usage("--table takes %s, not %q", strings.Join(known, ", "), table)
			}
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				slug, err := which(cmd.Context(), a, slug)
				if err != nil {
					return err
				}
				text, err := exported(cmd, a, slug, format, archive.Table(table))
				if err != nil {
					return err
				}
				if args[0] == "-" {
					_, err = s.out.Write(text)
					return err
				}
				if err := writeNew(args[0], text); errors.Is(err, os.ErrExist) {
					return failed(exitConflict, "%s is there already; name another file", args[0])
				} else if err != nil {
					return err
				}
				s.say("Wrote %s.", args[0])
				return s.exportPhoto(cmd, a, slug, format, args[0])
			})
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&slug, "case", "", "`SLUG` of the case, where there are several")
	f.StringVar(&format, "format", "yaml", "`FORM` of the file: yaml, json or csv")
	f.StringVar(&table, "table", "events", "`TABLE` of csv: events, sources, positions, institutions or proceedings")
	return cmd
}

func exported(cmd *cobra.Command, a *app.App, slug, format string, table archive.Table) ([]byte, error) {
	if format == "csv" {
		return a.ExportTable(cmd.Context(), slug, table)
	}
	f, err := a.Cases.File(cmd.Context(), slug)
	if err != nil {
		return nil, err
	}
	if format == "json" {
		return append(casefile.Document(f), '\n'), nil
	}
	return casefile.Marshal(f)
}

// exportPhoto writes the photograph of a case beside its file.
func (s *streams) exportPhoto(cmd *cobra.Command, a *app.App, slug, format, beside string) error {
	if format == "csv" {
		return nil
	}
	f, err := a.Cases.File(cmd.Context(), slug)
	if err != nil || f.Person.Photo == nil {
		return err
	}
	b, err := a.Cases.Photo(cmd.Context(), f.Person.Photo.SHA256)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(beside, filepath.Ext(beside)) + ".jpg"
	if err := writeNew(name, b); errors.Is(err, os.ErrExist) {
		return failed(exitConflict, "%s is there already, so the photograph was not written; name another file", name)
	} else if err != nil {
		return err
	}
	s.say("Wrote %s.", name)
	return nil
}
