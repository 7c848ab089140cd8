package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"outcry/internal/app"
)

// credential is the name under which systemd hands over the secret.
const credential = "outcry-secret"

// handed finds the secret where systemd put it, if no file was named; without either the server starts locked.
func handed(c *app.Config) {
	if c.SecretFile != "" || c.Locked {
		return
	}
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		path := filepath.Join(dir, credential)
		if _, err := os.Stat(path); err == nil {
			c.SecretFile, c.Credential = path, true
			return
		}
	}
	c.Locked = true
}

func unlockCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Give a server that started locked its secret",
		Long: `Brings the unlock secret to a server that was started with --locked on the same
machine: the one line that outcry init wrote, typed or pasted without being
shown, or read from standard input. It is never written to a disk, and never
an argument, which other users could see.

A wrong secret is refused and changes nothing. If the server is unlocked
already, that is said, and the exit code is 0.`,
		Example: `  outcry unlock --data ./data
  outcry unlock --data ./data < secret
  ssh root@letters.example.org outcry unlock --data /var/lib/outcry < secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data); err != nil {
				return err
			}
			line, err := s.typed(cmd.Context(), "The unlock secret, one line: ")
			if err != nil {
				return err
			}
			defer clear(line)
			took, err := app.GiveSecret(cmd.Context(), c.Data, line)
			switch {
			case errors.Is(err, app.ErrUnlocked):
				s.say("Nothing to do: the server is unlocked already.")
			case err != nil:
				return err
			case took > 1:
				s.say("%s unlocked.", counted(took, "server"))
			default:
				s.say("Unlocked: letters can be signed, mails go out, the log grows.")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&c.Data, "data", "", "the installation's `FOLDER` (required)")
	return cmd
}

// secretMost is the size in bytes beyond which nothing is read as a secret.
const secretMost = 4 << 10

// typed reads a secret line: from a terminal without showing it, else from standard input.
func (s *streams) typed(ctx context.Context, ask string) ([]byte, error) {
	f, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return io.ReadAll(io.LimitReader(s.in, secretMost))
	}
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	io.WriteString(s.err, ask)
	type read struct {
		line []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := term.ReadPassword(int(f.Fd()))
		done <- read{line, err}
	}()
	defer io.WriteString(s.err, "\n")
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done(): // or the terminal would go on showing nothing
		_ = term.Restore(int(f.Fd()), before)
		return nil, ctx.Err()
	}
}
