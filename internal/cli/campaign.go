package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/core/casefile"
)

// fileMost is the size in bytes beyond which no file is read.
const fileMost = 1 << 20

func campaignCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign COMMAND",
		Short: "Publish a campaign from a file, or write it to one",
		Long: `A campaign is a readable file: a person, a case, dated entries with their
sources, and letters to sign. What was applied can be exported, and what was
exported can be applied elsewhere.`,
		Example: `  outcry campaign apply campaign.yaml --data ./data --secret-file ./secret
  outcry campaign export - --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(applyCommand(s), exportCommand(s))
	return cmd
}

// read reads a file, or standard input for -.
func (s *streams) read(path string) ([]byte, error) {
	in := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, fileMost+1))
	if err != nil {
		return nil, err
	}
	if len(b) > fileMost {
		return nil, fmt.Errorf("%s is larger than 1 MiB, and no file that is meant here is; is it the right one?", named(path))
	}
	return b, nil
}

// named is how words call a file.
func named(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// inFile puts a file's name before each of its problems.
func inFile(path string, err error) error {
	var problems casefile.Problems
	if !errors.As(err, &problems) {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s can't be applied, and nothing was changed:", named(path))
	for _, p := range problems {
		gap := " "
		if p.Line > 0 {
			gap = "" // file:line:column, as editors and compilers write it
		}
		fmt.Fprintf(&b, "\n  %s:%s%s", path, gap, p)
	}
	return errors.New(b.String())
}
