// Package cli is the commands: flags in, data to stdout, words to stderr, an exit code out. One file a command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"outcry/internal/app"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// Exit codes, as the help of the program lists them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitConflict    = 5
	exitTryLater    = 75
	exitInterrupted = 130
)

// coded is an error that names its exit code.
type coded struct {
	code int
	error
}

func (c coded) Unwrap() error { return c.error }

func usage(format string, args ...any) error { return coded{exitUsage, fmt.Errorf(format, args...)} }

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	quiet    bool
	verbose  bool
}

// say writes a line of words for a person.
func (s *streams) say(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.err, format+"\n", args...)
	}
}

// Main runs one command and returns the exit code.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { // the first signal ends the work in hand in order; a second one ends at once
		<-ctx.Done()
		stop()
	}()
	s := &streams{in: in, out: out, err: errs}
	root := Root(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitCode(ctx, err)
	if code == exitInterrupted {
		fmt.Fprintln(errs, "outcry: stopped")
		return code
	}
	fmt.Fprintf(errs, "outcry: %s\n", worded(err, s.verbose))
	if code == exitUsage {
		fmt.Fprintln(errs, "outcry: see outcry help")
	}
	return code
}

func exitCode(ctx context.Context, err error) int {
	var c coded
	switch {
	case errors.As(err, &c):
		return c.code
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted
	case fault.Is(err, fault.NotFound):
		return exitNotFound
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.Locked):
		return exitConflict
	case fault.Is(err, fault.Busy):
		return exitTryLater
	}
	return exitFailed
}

// worded is an error in one line, or a line for each fault of a file. Faults with a key and no text of their own are rare here.
func worded(err error, verbose bool) string {
	text := err.Error()
	if f := fault.Of(err); f != nil && fault.Is(err, fault.Busy) && !verbose {
		text = "the database is busy or can't be written just now; try again in a moment (--verbose says more)"
	}
	return text
}

// Root is the whole program as cobra knows it; docs/cli.md is made from it.
func Root(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "outcry",
		Short: "A campaign for a prisoner's freedom: its case, its letter, a count that anyone can check",
		Long: `Outcry keeps a prisoner's case, an open letter that people can sign without being hurt for it, and a count that anyone can check.

Every command prints data to stdout and words to stderr. A setting can come from a flag, from a variable such as OUTCRY_DATA or OUTCRY_SMTP, or from
outcry.yaml in the data folder, in this order.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 5 conflict or locked, 75 try again later, 130 interrupted.`,
		Example: `  outcry demo
  outcry init --data ./data --secret-file ./secret --url https://letters.example.org
  outcry campaign apply campaign.yaml --data ./data --secret-file ./secret
  outcry serve --data ./data --secret-file ./secret --listen 127.0.0.1:8080 --smtp smtp://127.0.0.1:25
  outcry verify https://letters.example.org`,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE:          func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd) },
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			text := fmt.Sprintf("there is no command %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
			}
			return usage("%s", text)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.PersistentFlags().BoolVarP(&s.quiet, "quiet", "q", false, "no words, only data and errors")
	root.PersistentFlags().BoolVar(&s.verbose, "verbose", false, "say more, for whoever looks for a fault")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return coded{exitUsage, err} })
	root.AddCommand(initCommand(s), serveCommand(s), demoCommand(s), campaignCommand(s), verifyCommand(s), doctorCommand(s), migrateCommand(s), versionCommand(s))
	wrapArgs(root)
	return root
}

// wrapArgs makes wrong arguments wrong usage.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			if err == nil || errors.As(err, new(coded)) {
				return err
			}
			return coded{exitUsage, fmt.Errorf("%w; usage: %s", err, c.UseLine())}
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

const prefix = "OUTCRY_"

// apart are variables of tests, not settings.
var apart = map[string]bool{"OUTCRY_REQUIRE": true, "OUTCRY_PROVE": true, "OUTCRY_WRITE": true, "OUTCRY_GALLERY": true}

// fromEnvironment fills flags that were not given from OUTCRY_… variables. One that is no setting of any command is an error: a slip in a
// name must not pass for the default.
func fromEnvironment(cmd *cobra.Command) error {
	known := map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) { known[variable(f.Name)] = true })
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(cmd.Root())
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || apart[name] {
			continue
		}
		if !known[name] {
			return usage("the variable %s is no setting of outcry", name)
		}
		f := cmd.Flags().Lookup(strings.ToLower(strings.ReplaceAll(name[len(prefix):], "_", "-")))
		if f == nil || f.Changed {
			continue
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			return usage("the variable %s: %v", name, err)
		}
	}
	return nil
}

func variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// place adds the flags that say which installation is meant.
func place(cmd *cobra.Command, c *app.Config) {
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "folder of the installation (required)")
	f.StringVar(&c.SecretFile, "secret-file", "", "file of the unlock secret, outside the data folder (required)")
	f.StringVar(&c.Database, "database", "", "postgres://… instead of SQLite in the data folder")
}

// needs tells which required flags are empty; the environment counts.
func needs(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return usage("--%s is needed (or the variable %s)", pairs[i], variable(pairs[i]))
		}
	}
	return nil
}

// ready completes a configuration with what every command shares.
func (s *streams) ready(c *app.Config) {
	c.Now = time.Now
	level := slog.LevelInfo
	if s.verbose {
		level = slog.LevelDebug
	}
	if s.quiet {
		level = slog.LevelError
	}
	c.Log = slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	if c.Language == "" {
		c.Language = lang.Tag("")
	}
}
