package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/translog"
)

// state is how a check came out.
type state string

const (
	fine  state = "ok"
	note  state = "note"  // as it may be, with something to know
	wrong state = "wrong" // to be mended
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
	list = append(list, witnessed(ctx, a)...)
	count, err := a.Jobs.Count(ctx)
	add("queue", wrong, err, fmt.Sprintf("%s to be sent; %d could not be delivered in the last week", counted(int(count.Waiting), "mail"), count.Dead), "")
	add("mail", wrong, a.CheckMail(ctx), "the mail server would take mail from us", "mend --smtp, or smtp in outcry.yaml; until then nobody can sign")
	if u, err := url.Parse(a.URL); err != nil || a.URL == "" || loopback(u.Host) {
		add("name", note, errors.New("the public URL is this machine's own, so nobody else can reach the site"), "", "for a real site, set url in outcry.yaml")
	} else {
		add("name", wrong, found(ctx, u.Hostname()), u.Hostname()+" is known to the network", "have the name point at this server, or mend url in outcry.yaml")
	}
	if a.Designated != "" {
		state, says, err := designated(a.Config)
		add("links", state, err, says, "bring the list up to date from the authorities' own, or mend designated in outcry.yaml; docs/archive.md")
	}
	state, err := answers(ctx, a)
	add("site", state, err, a.URL+" answers with this log", "see that outcry serve runs, and the proxy before it")
	add("clock", note, kept(), "a time service keeps the clock", "turn on the system's time service: promises to signers and the log's batches go by the clock")
	room, err := free(c.Data)
	if err == nil && room < 512<<20 {
		err = fmt.Errorf("only %d MiB are free on the data folder's disk", room>>20)
	}
	add("disk", wrong, err, fmt.Sprintf("%d MiB are free", room>>20), "make room: signing stops when the disk is full")
	if !c.Locked {
		add("seizure", note, together(c), "the secret is on another disk than the data", "whoever takes this disk has both: keep the secret on another, such as a USB stick that is pulled out, or on a RAM disk")
	}
	z, err = seized(ctx, a)
	if err != nil {
		add("seizure", wrong, err, "", "")
	}
	return list, z
}

// witnessed holds the log against what its witnesses show; nothing where there are none, and no proof of old.
func witnessed(ctx context.Context, a *app.App) []finding {
	seen, unseen, err := a.CheckWitnesses(ctx)
	f := finding{Check: "witness", State: fine, Says: fmt.Sprintf("%d of %d show a past of this log", seen, len(a.Witnesses))}
	switch {
	case err != nil:
		f.State, f.Says = wrong, worded(err, false)
		if errors.Is(err, translog.ErrAnother) {
			f.Says, f.Fix = f.Says+": nothing is signed any more", translog.WayOut
		}
	case len(a.Witnesses) == 0:
		return nil
	case len(unseen) > 0:
		f.State, f.Says = note, f.Says+"; not so "+strings.Join(unseen, ", ")
		f.Fix = "ask those who run them: a witness that is away proves nothing about a restored backup"
	}
	return []finding{f}
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

// found looks a host up; an onion's name is its key.
func found(ctx context.Context, host string) error {
	if strings.HasSuffix(host, ".onion") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, host)
	return err
}

// listOld is after how many days a list of designated organisations is to be looked at again: authorities add to theirs every week.
const listOld = 30

// designated tells how old the list of designated organisations is.
func designated(c app.Config) (state, string, error) {
	r, err := c.Registry()
	if err != nil {
		return wrong, "", err
	}
	days, err := c.RegistryAge()
	if err != nil {
		return wrong, "", err
	}
	says := fmt.Sprintf("the list of designated organisations has %s up to %s and was written %s ago", plural(r.Size(), "address", "addresses"), r.Newest(), counted(days, "day"))
	if days > listOld {
		return note, "", errors.New(says)
	}
	return fine, says, nil
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

// together tells that secret and data lie on one device.
func together(c app.Config) error {
	a, err1 := device(c.Data)
	b, err2 := device(filepath.Dir(c.SecretFile))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if a == b {
		return errors.New("data and secret lie on one disk")
	}
	return nil
}

func device(path string) (uint64, error) {
	var st syscall.Stat_t
	err := syscall.Stat(path, &st)
	return uint64(st.Dev), err
}

// free is the room on a disk, in bytes.
func free(path string) (uint64, error) {
	var st syscall.Statfs_t
	err := syscall.Statfs(path, &st)
	return st.Bavail * uint64(st.Bsize), err
}
