package cli

import (
	"context"
	"encoding/json"
	"fmt"
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
)

// finding is one thing that doctor looked at.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
	Fix   string `json:"fix,omitempty"`
}

func doctorCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong, and say how to mend it",
		Long: `Looks at the data folder, the secret, the database, the log, the queue, the mail server, the public name, the clock and the disk. It changes nothing. The exit code is
1 if anything is wrong.`,
		Example: `  outcry doctor --data ./data --secret-file ./secret --smtp smtp://127.0.0.1:25`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			s.ready(&c)
			list := examine(cmd.Context(), c)
			bad := 0
			for _, f := range list {
				if !f.OK {
					bad++
				}
			}
			if asJSON {
				if err := json.NewEncoder(s.out).Encode(list); err != nil {
					return err
				}
			} else {
				for _, f := range list {
					mark := "ok   "
					if !f.OK {
						mark = "WRONG"
					}
					fmt.Fprintf(s.out, "%s %-8s %s\n", mark, f.Check, f.Says)
					if f.Fix != "" {
						fmt.Fprintf(s.out, "               %s\n", f.Fix)
					}
				}
			}
			if bad > 0 {
				return fmt.Errorf("%d of %d checks found something wrong", bad, len(list))
			}
			return nil
		},
	}
	place(cmd, &c)
	cmd.Flags().StringVar(&c.URL, "url", "", "public URL, if the folder's settings don't say it")
	cmd.Flags().StringVar(&c.SMTP, "smtp", "", "smtp://[user:password@]host[:port]")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the findings as JSON")
	return cmd
}

func examine(ctx context.Context, c app.Config) (list []finding) {
	add := func(check string, err error, says, fix string) {
		f := finding{Check: check, OK: err == nil, Says: says}
		if err != nil {
			f.Says, f.Fix = err.Error(), fix
		}
		list = append(list, f)
	}
	add("folder", private(c.Data, true), c.Data+" is ours alone", "chmod 700 "+c.Data)
	add("secret", private(c.SecretFile, false), c.SecretFile+" is ours alone", "chmod 600 "+c.SecretFile)
	a, err := app.Open(ctx, c)
	add("open", err, "folder, secret, database and log fit together", "mend what is named, then run doctor again")
	if err != nil {
		return list
	}
	defer a.Close()
	err = a.Book.Start(ctx)
	add("log", err, fmt.Sprintf("every row agrees with the log %s", a.Log.Origin()), "do not start the server; restore a backup, or ask those who keep copies of the log")
	count, err := a.Jobs.Count(ctx)
	add("queue", err, fmt.Sprintf("%d mails wait, %d died in the last week", count.Waiting, count.Dead), "")
	add("mail", a.CheckMail(ctx), "the mail server takes mail from us", "see docs/operate/mail.md")
	add("name", named(ctx, a.URL), a.URL+" is this site's name", "set --url, and point the name at this server")
	add("clock", onTime(ctx, a.URL), "the clock is that of the network, as far as the site's own answers tell", "turn the network's time service on")
	free, err := freeSpace(c.Data)
	if err == nil && free < 512<<20 {
		err = fmt.Errorf("%d MiB are free on the data folder's disk", free>>20)
	}
	add("disk", err, fmt.Sprintf("%d MiB are free", free>>20), "make room: signing stops when the disk is full")
	add("seizure", besides(c), "the secret is on another disk than the data", "whoever takes this machine has both: keep the secret on removable or network storage, or type it at each start")
	return list
}

func private(path string, folder bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() != folder {
		return fmt.Errorf("%s is of the wrong kind", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others on this machine", path)
	}
	return nil
}

// named looks the public host up.
func named(ctx context.Context, site string) error {
	u, err := url.Parse(site)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("no public URL is set")
	}
	if loopback(u.Host) {
		return fmt.Errorf("the public URL %s is this machine's own; nobody else can reach it", site)
	}
	if strings.HasSuffix(u.Hostname(), ".onion") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err = net.DefaultResolver.LookupHost(ctx, u.Hostname())
	return err
}

// onTime compares the clock with the Date of whoever answers under the public URL; a proxy's clock is at least another process's.
func onTime(ctx context.Context, site string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, site+"/healthz", nil)
	if err != nil {
		return nil
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil // the server may be down; that is another finding
	}
	res.Body.Close()
	theirs, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return nil
	}
	if off := time.Since(theirs).Abs(); off > time.Minute {
		return fmt.Errorf("this clock and the site's differ by %s", off.Round(time.Second))
	}
	return nil
}

// besides tells that secret and data lie on one device.
func besides(c app.Config) error {
	device := func(path string) (uint64, bool) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, false
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return 0, false
		}
		return uint64(st.Dev), true
	}
	a, ok1 := device(c.Data)
	b, ok2 := device(filepath.Dir(c.SecretFile))
	if ok1 && ok2 && a == b {
		return fmt.Errorf("data and secret lie on one disk")
	}
	return nil
}

func freeSpace(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}
