// Package cli is the commands: flags in, data to stdout, words to stderr, an exit code out. One file a command.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/fault"
)

// Exit codes, as the help of the program lists them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitPartly      = 4
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

// failed is an error with words and an exit code.
func failed(code int, format string, args ...any) error {
	return coded{code, fmt.Errorf(format, args...)}
}

func usage(format string, args ...any) error { return failed(exitUsage, format, args...) }

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

// json writes data for a program, in one shape for each command.
func (s *streams) json(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// ready completes a configuration with what every command shares.
func (s *streams) ready(c *app.Config) {
	level := slog.LevelInfo
	if s.verbose {
		level = slog.LevelDebug
	}
	if s.quiet {
		level = slog.LevelError
	}
	c.Now, c.Log = time.Now, slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
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
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	code := exitCode(ctx, err)
	if code == exitInterrupted {
		fmt.Fprintln(errs, "outcry: stopped before the end; run the same command again")
		return code
	}
	fmt.Fprintf(errs, "outcry: %s\n", worded(err, s.verbose))
	if code == exitUsage && cmd.Name() != "help" && !errors.Is(err, app.ErrSetting) {
		fmt.Fprintf(errs, "outcry: see %s --help\n", cmd.CommandPath())
	}
	return code
}

func exitCode(ctx context.Context, err error) int {
	var c coded
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &c):
		return c.code
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, app.ErrSetting):
		return exitUsage
	case errors.Is(err, app.ErrAbsent), errors.Is(err, os.ErrNotExist) && !errors.As(err, &op), fault.Is(err, fault.NotFound):
		return exitNotFound
	case errors.Is(err, app.ErrInWay), fault.Is(err, fault.Conflict), fault.Is(err, fault.Locked):
		return exitConflict
	case fault.Is(err, fault.Busy), errors.As(err, &op), errors.As(err, &dns): // a server that we need does not answer
		return exitTryLater
	}
	return exitFailed
}

// Root is the whole program as cobra knows it; docs/cli.md is made from it.
func Root(s *streams) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "outcry COMMAND",
		Short: "A campaign for a prisoner's freedom: its case, its letter, a count that anyone can check",
		Long: `Outcry keeps a prisoner's case, an open letter that people can sign without
being hurt for it, and a count that anyone can check.

Data goes to stdout, words to stderr. A setting comes from a flag, else from a
variable such as OUTCRY_DATA or OUTCRY_SMTP, else from outcry.yaml in the data
folder. Nothing is coloured, and progress is shown on a terminal only.

Exit codes:
    0  done
    1  failed
    2  wrong usage, or a wrong setting
    3  not found
    4  partly done: what was not is named
    5  conflict: something is there already, or has another version
   75  try again later: a server does not answer, or the database is busy
  130  interrupted`,
		Example: `  outcry demo
  outcry init --data ./data --secret-file ./secret --url https://letters.example.org
  outcry campaign apply campaign.yaml --data ./data --secret-file ./secret
  outcry serve --data ./data --secret-file ./secret --smtp smtp://127.0.0.1:25
  outcry verify https://letters.example.org`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return nil
			}
			return fromEnvironment(cmd)
		},
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				_, err := fmt.Fprintln(s.out, build())
				return err
			}
			return cmd.Help()
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.Flags().BoolVarP(&version, "version", "v", false, "version for outcry") // cobra's own would print by text/template, as help says
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { io.WriteString(cmd.OutOrStdout(), help(cmd)) })
	root.SetHelpCommand(helpCommand())
	f := root.PersistentFlags()
	f.BoolVarP(&s.quiet, "quiet", "q", false, "no words, only data and errors")
	f.BoolVar(&s.verbose, "verbose", false, "say more, for whoever looks for a fault")
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(initCommand(s), serveCommand(s), demoCommand(s), campaignCommand(s), letterCommand(s), verifyCommand(s), checkCommand(s), doctorCommand(s),
		migrateCommand(s), backupCommand(s), versionCommand(s), completionCommand(s), keyCommand(s), newsCommand(s), openCommand(s), rehearseCommand(s), unlockCommand(s), secretCommand(s), witnessCommand(s), wishCommand(s), organiserCommand(s), caseCommand(s), archiveCommand(s), sourceCommand(s), photoCommand(s), logCommand(s), posterCommand(s))
	return root
}
