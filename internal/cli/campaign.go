package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
)

// fileMost is the size in bytes beyond which no campaign file is read.
const fileMost = 1 << 20

func campaignCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Publish a campaign from a file, or write it to one",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(applyCommand(s), exportCommand(s))
	return cmd
}

func applyCommand(s *streams) *cobra.Command {
	var c app.Config
	var dry bool
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Bring a campaign to what a file says",
		Long: `Reads a campaign file (- is standard input), prints what changes, and applies it: a case, and its letters, which open at once unless the file says draft. It may run while
the server runs, and again after any failure. All that is wrong in a file is listed at once, with its place, and then nothing is changed.`,
		Example: `  outcry campaign apply campaign.yaml --dry-run --data ./data --secret-file ./secret
  outcry campaign apply campaign.yaml --data ./data --secret-file ./secret`,
		Args: cobra.ExactArgs(1),
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
			s.ready(&c)
			a, err := app.Open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer a.Close()
			changes, err := a.Plan(cmd.Context(), campaign)
			if err != nil {
				return inFile(args[0], err)
			}
			for _, change := range changes {
				fmt.Fprintln(s.out, change)
			}
			switch {
			case dry && len(changes) == 0:
				s.say("Nothing would change.")
				return nil
			case dry:
				s.say("%d changes; nothing was written (--dry-run).", len(changes))
				return nil
			}
			if err := a.Apply(cmd.Context(), campaign); err != nil {
				return inFile(args[0], err)
			}
			if len(changes) == 0 {
				s.say("Nothing had changed.")
			}
			for _, l := range a.Book.Letters(campaign.Case.Slug) {
				s.say("%s/%s is open, batches %s: %s.", l.Case, l.Slug, l.Pace, l.Pace.Consequence())
			}
			return nil
		},
	}
	place(cmd, &c)
	cmd.Flags().StringVar(&c.URL, "url", "", "public URL, if the log has no name yet")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "say what would change, and change nothing")
	return cmd
}

func exportCommand(s *streams) *cobra.Command {
	var c app.Config
	var slug string
	cmd := &cobra.Command{
		Use:     "export FILE",
		Short:   "Write a campaign to a file that apply reads",
		Long:    `Writes the campaign as it stands (- is standard output). An existing file is left alone. The file holds nothing about signers.`,
		Example: `  outcry campaign export campaign.yaml --data ./data --secret-file ./secret`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			s.ready(&c)
			a, err := app.Open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer a.Close()
			if slug == "" {
				if slug, err = a.Only(cmd.Context()); errors.Is(err, app.ErrWhich) {
					return coded{exitNotFound, fmt.Errorf("%w; name one with --case", err)}
				}
				if err != nil {
					return err
				}
			}
			campaign, err := a.Export(cmd.Context(), slug)
			if fault.Is(err, fault.NotFound) {
				return coded{exitNotFound, fmt.Errorf("there is no case %q here", slug)}
			}
			if err != nil {
				return err
			}
			text, err := casefile.Marshal(campaign)
			if err != nil {
				return err
			}
			if args[0] == "-" {
				_, err = s.out.Write(text)
				return err
			}
			f, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
			if errors.Is(err, os.ErrExist) {
				return coded{exitConflict, fmt.Errorf("%s is there already; name another file", args[0])}
			}
			if err != nil {
				return err
			}
			_, err = f.Write(text)
			return errors.Join(err, f.Close())
		},
	}
	place(cmd, &c)
	cmd.Flags().StringVar(&slug, "case", "", "slug of the case, where there are several")
	return cmd
}

// read reads a file, or standard input for -.
func (s *streams) read(path string) ([]byte, error) {
	in := s.in
	if path != "-" {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, coded{exitNotFound, fmt.Errorf("there is no file %s", path)}
		}
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
		return nil, fmt.Errorf("%s is larger than 1 MiB; no campaign file is", path)
	}
	return b, nil
}

// inFile puts a file's name before each of its problems.
func inFile(path string, err error) error {
	var problems casefile.Problems
	if !errors.As(err, &problems) {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s can't be applied, and nothing was changed:", path)
	for _, p := range problems {
		fmt.Fprintf(&b, "\n  %s:%s", path, p)
	}
	return errors.New(b.String())
}
