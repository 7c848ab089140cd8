package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

// state is how a check came out.
type state = app.State

const (
	fine  = app.Fine
	note  = app.Note
	wrong = app.Wrong
)

// finding is one thing that doctor looked at.
type finding struct {
	Check string `json:"check"`
	State state  `json:"state"`
	Says  string `json:"says"`
	Fix   string `json:"fix,omitempty"`
}

// health is the outcome of doctor.
type health struct {
	OK      bool      `json:"ok"` // nothing is wrong
	Checks  []finding `json:"checks"`
	Seizure *seizure  `json:"seizure,omitempty"` // missing where the installation does not open
}

func doctorCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong, and say how to mend it",
		Long: `Looks at the data folder, the secret, the database, the log, the queue of mails,
the mail server, the public name and who answers there, the clock and the disk.
It changes nothing and sends nothing. The exit code is 1 if anything is wrong; a
note is no fault. Then it says what whoever took this machine would have today.

Without --secret-file it looks at what can be seen without the secret.`,
		Example: `  outcry doctor --data ./data --secret-file ./secret
  outcry doctor --data ./data --secret-file ./secret --json`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data); err != nil {
				return err
			}
			s.ready(&c)
			c.Look, c.Locked = true, c.SecretFile == ""
			list, seized := examine(cmd.Context(), c)
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			bad := 0
			for _, f := range list {
				if f.State == wrong {
					bad++
				}
			}
			if asJSON {
				if err := s.json(health{bad == 0, list, seized}); err != nil {
					return err
				}
			} else {
				printFindings(s.out, list)
				if seized != nil {
					seized.print(s.out)
				}
			}
			if bad > 0 {
				return failed(exitFailed, "%d of %d checks found something wrong", bad, len(list))
			}
			return nil
		},
	}
	place(cmd, &c)
	mailing(cmd, &c)
	cmd.Flags().Lookup("secret-file").Usage = "`FILE` of the unlock secret; without, what needs it is left out"
	cmd.Flags().StringVar(&c.URL, "url", "", "public `URL`, if outcry.yaml does not say it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the findings as JSON")
	return cmd
}

func printFindings(out io.Writer, list []finding) {
	for _, f := range list {
		fmt.Fprintf(out, "%-5s  %-8s %s\n", strings.Replace(string(f.State), "wrong", "WRONG", 1), f.Check, f.Says)
		if f.Fix != "" {
			fmt.Fprintf(out, "                %s\n", f.Fix)
		}
	}
}

// examine looks at everything, in the order in which one thing rests on another.
func examine(ctx context.Context, c app.Config) (list []finding, z *seizure) {
	add := func(check string, bad state, err error, says, fix string) {
		f := finding{Check: check, State: fine, Says: says}
		if err != nil {
			f.State, f.Says, f.Fix = bad, worded(err, false), fix
		}
		list = append(list, f)
	}
	add("folder", wrong, ours(c.Data, true), c.Data+" is ours alone", "chmod 700 "+c.Data+", or name the right folder with --data")
	if c.Locked {
		add("secret", note, errors.New("no secret was given, so whether it opens the keys was not looked at"), "", "name it with --secret-file")
	} else {
		add("secret", wrong, ours(c.SecretFile, false), c.SecretFile+" is ours alone", "chmod 600 "+c.SecretFile+", or name the right file with --secret-file")
	}
	a, err := app.Open(ctx, c)
	add("open", wrong, err, "folder, secret, database and log fit together", "mend what is named, then run outcry doctor again")
	if err != nil {
		return list, nil
	}
	defer a.Close()
	add("log", wrong, a.Book.Start(ctx), "every row agrees with the log "+a.Log.Origin(), "do not start the server; restore a backup, or ask those who keep copies of the log")
	for _, f := range a.Findings(ctx) {
		if f.Check == "clock" { // the network before the machine
			state, err := answers(ctx, a)
			add("site", state, err, a.URL+" answers with this log", "see that outcry serve runs, and the proxy before it")
		}
		if f.Err != nil {
			f.Says = worded(f.Err, false)
		}
		list = append(list, finding{f.Check, f.State, f.Says, f.Fix})
	}
	z, err = seized(ctx, a)
	if err != nil {
		add("seizure", wrong, err, "", "")
	}
	return list, z
}

// ours tells whether a folder or file is there and closed to others on this machine.
func ours(path string, folder bool) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir() != folder && folder:
		return fmt.Errorf("%s is a file, not a folder", path)
	case info.IsDir() != folder:
		return fmt.Errorf("%s is a folder, not a file", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to others on this machine", path)
	}
	return nil
}

// answers asks the public URL for the log's key. That nothing answers is no fault of an installation that is not started yet.
func answers(ctx context.Context, a *app.App) (state, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL+"/log/key", nil)
	if err != nil {
		return note, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		var down *net.OpError
		if errors.As(err, &down) || errors.Is(err, context.DeadlineExceeded) {
			return note, fmt.Errorf("nothing answers at %s now: %w", a.URL, err)
		}
		return wrong, fmt.Errorf("%s can't be read: %w", a.URL, err)
	}
	defer res.Body.Close()
	key, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil || res.StatusCode != http.StatusOK || strings.TrimSpace(string(key)) != a.Log.Key() {
		return wrong, fmt.Errorf("what answers at %s is not this log", a.URL)
	}
	return fine, nil
}
