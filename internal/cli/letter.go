package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
	"outcry/receipt"
)

func letterCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "letter COMMAND",
		Short: "Pause or close a letter, look after its signatures and its numbers",
		Long: `What organisers do with a letter once people sign it. Each command takes the
letter as CASE/LETTER, or as LETTER where there is one case, and may run while
the server runs: that one follows within a second or two.`,
		Example: `  outcry letter list --data ./data --secret-file ./secret
  outcry letter pause anna/release --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(letterListCommand(s), letterPauseCommand(s), letterResumeCommand(s), letterCloseCommand(s), letterRemoveCommand(s), letterRestoreCommand(s),
		letterReleaseCommand(s), letterReportCommand(s), namesCommand(s))
	return cmd
}

// onLetter are the flags of every command on one letter.
func onLetter(cmd *cobra.Command, c *app.Config, asJSON *bool) {
	place(cmd, c)
	f := cmd.Flags()
	f.BoolVarP(&c.Look, "dry-run", "n", false, "say what would happen, and change nothing")
	f.BoolVar(asJSON, "json", false, "the outcome as JSON")
}

// atLetter opens the installation, finds the letter and has do work on it.
func (s *streams) atLetter(ctx context.Context, c *app.Config, name string, do func(a *app.App, l *letter.Letter) error) error {
	return s.inside(ctx, c, func(a *app.App) error {
		l, err := a.Letter(ctx, name)
		if errors.Is(err, app.ErrWhich) {
			return failed(exitNotFound, "%w", err)
		}
		if err != nil {
			return err
		}
		return do(a, l)
	})
}

// inside opens the installation and has do work in it.
func (s *streams) inside(ctx context.Context, c *app.Config, do func(a *app.App) error) error {
	if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
		return err
	}
	s.ready(c)
	a, err := app.Open(ctx, *c)
	if err != nil {
		return err
	}
	defer a.Close()
	return onLetterError(do(a))
}

// onLetterError gives an organiser's error its exit code.
func onLetterError(err error) error {
	var state letter.WrongState
	switch {
	case errors.As(err, &state):
		return failed(exitConflict, "%w", err)
	case errors.Is(err, letter.ErrOtherName):
		return failed(exitConflict, "%w", err)
	case errors.Is(err, letter.ErrNoMatch), errors.Is(err, letter.ErrNoRemoval):
		return failed(exitNotFound, "%w", err)
	case errors.Is(err, letter.ErrWords):
		return usage("%w", err)
	}
	return err
}

func address(l *letter.Letter) string { return l.Case + "/" + l.Slug }

// sure asks on a terminal whether to go on; elsewhere, and in scripts, --yes says it.
func (s *streams) sure(ctx context.Context, yes bool, consequences ...string) error {
	if yes {
		return nil
	}
	in, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return usage("this can't be asked here: say --yes if it is meant, after a look with --dry-run")
	}
	for _, line := range consequences {
		fmt.Fprintln(s.err, line)
	}
	fmt.Fprint(s.err, "Write yes to go on: ")
	typed := make(chan string, 1)
	go func() {
		answer, _ := bufio.NewReader(in).ReadString('\n') // what was not ended with a line's end is no yes
		typed <- answer
	}()
	select {
	case <-ctx.Done():
		s.say("\nNothing was changed.")
		return ctx.Err()
	case answer := <-typed:
		if answer != "yes\n" && answer != "yes\r\n" {
			return failed(exitFailed, "not confirmed; nothing was changed")
		}
	}
	return nil
}

// rule are the flags that say which signatures are meant.
type rule struct {
	held      bool
	day, lock string
}

func (r *rule) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.day, "day", "", "those confirmed on this `DAY` (UTC), such as 2026-11-22")
	f.StringVar(&r.lock, "lock", "", "the one with this `LOCK`")
}

// read makes the letter's rule of the flags.
func (r *rule) read() (out letter.Rule, err error) {
	out.Held = r.held
	if r.day != "" {
		day, err := time.Parse(time.DateOnly, r.day)
		if err != nil || day.Unix() <= 0 {
			return out, usage("--day %s is no day; write it as 2026-11-22", r.day)
		}
		out.Day = day.Unix() / (24 * 60 * 60)
	}
	if r.lock != "" {
		out.Lock = new(receipt.Lock)
		if err := out.Lock.UnmarshalText([]byte(r.lock)); err != nil {
			return out, usage("--lock %s is no lock: %v", r.lock, err)
		}
	}
	return out, nil
}

// dayText is a day counted from 1970 as people write it.
func dayText(day int64) string { return time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly) }

// some is a number of things with its verb, such as "1 signature is" and "2 signatures are".
func some(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return fmt.Sprintf("%d %ss are", n, noun)
}
