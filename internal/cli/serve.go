package cli

import (
	"context"
	"errors"
	"net"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/receipt"
)

func serveCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the site",
		Long: `Serves the site until it is stopped by Ctrl-C or SIGTERM, and then exits with 0.
It does not start on rows that disagree with its log. A campaign that is
applied while it runs shows within seconds.

The unlock secret comes from --secret-file, or from systemd (LoadCredential or
LoadCredentialEncrypted, named outcry-secret), or afterwards: with --locked, or
where there is neither, the server shows pages, counts and log, and waits with
signing, mails and new checkpoints until outcry unlock brings the secret.

Put a proxy with TLS before it that keeps no logs and passes Host on.`,
		Example: `  outcry serve --data ./data --secret-file ./secret --smtp smtp://127.0.0.1:25
  outcry serve --data ./data --secret-file ./secret --listen 127.0.0.1:8081 --database postgres://outcry@db.example.org/outcry
  outcry serve --data ./data --locked --shares ./shares --smtp smtp://127.0.0.1:25`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data); err != nil {
				return err
			}
			handed(&c)
			s.ready(&c)
			c.Checked = s.checking(c.Now)
			harden(c.Log)
			l, err := listen(c.Listen)
			if err != nil {
				return err
			}
			defer l.Close()
			c.Listen = l.Addr().String()
			return s.untilStopped(cmd.Context(), func(ctx context.Context) error {
				a, err := app.Open(ctx, c)
				if err != nil {
					return err
				}
				defer a.Close()
				if a.SMTP == "" {
					s.say("No mail server is set, so letters can be read but not signed: give --smtp.")
				}
				if origin, err := receipt.Origin(a.URL); err == nil && origin != a.Log.Origin() {
					s.say("The log is called %s, and not after %s: who recounts it there has to give its key.", a.Log.Origin(), a.URL)
				}
				if !loopback(c.Listen) {
					s.say("Others can reach %s without TLS: let it listen on 127.0.0.1, behind a proxy.", c.Listen)
				}
				if a.Metrics != "" && !loopback(a.Metrics) {
					s.say("Others can read the metrics at %s: let a monitor read them on 127.0.0.1.", a.Metrics)
				}
				if a.Locked() {
					s.say("Locked: letters can be read and not signed until the secret comes: outcry unlock --data %s", c.Data)
				}
				s.say("Serving %s on http://%s", a.URL, c.Listen)
				defer time.AfterFunc(time.Second, giveBack).Stop()
				return a.Serve(ctx, l)
			})
		},
	}
	place(cmd, &c)
	mailing(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "`ADDRESS` and port; port 0 is any that is free")
	f.StringVar(&c.URL, "url", "", "public `URL` of the site; without, http:// and the address")
	embedding(cmd, &c)
	monitoring(cmd, &c)
	f.Lookup("secret-file").Usage = "`FILE` of the unlock secret, outside the data folder"
	f.BoolVar(&c.Locked, "locked", false, "start without the secret and wait for outcry unlock")
	return cmd
}

// giveBack gives the system what the start needed once: the catalogues as they were read, and the check of every entry, which takes more the longer the
// log is. What lies in pools is freed at the second collection only.
func giveBack() {
	runtime.GC()
	debug.FreeOSMemory()
}

const (
	checkSoon  = time.Second      // a check that takes no longer is nothing to speak of
	checkAgain = 10 * time.Second // between two lines about it
)

// checking says how far the check is that a start waits for, if it takes its time: on a terminal by a bar, elsewhere in a line now and then, and at last how
// long it took.
func (s *streams) checking(now func() time.Time) func(what app.Checked, done, of int64) {
	bars := map[app.Checked]func(done, of int){}
	var began time.Time
	var next time.Duration // after which the next line is due
	return func(what app.Checked, done, of int64) {
		if what == app.CheckedEntries && done == 0 {
			began, next = now(), checkSoon
		}
		took := now().Sub(began)
		if done == 0 || took < checkSoon {
			return
		}
		if bars[what] == nil {
			bars[what] = s.bar("checking the " + string(what))
		}
		bars[what](int(done), int(of))
		switch {
		case done == of && what == app.CheckedSignatures:
			s.say("Log and signatures were checked, in %v.", took.Round(time.Second/10))
		case done < of && s.screen() == nil && took >= next:
			s.say("Checking before anything is shown: %d of %d %s.", done, of, what)
			next = took + checkAgain
		}
	}
}

// untilStopped runs a server. That it is stopped is how it ends, and no failure.
func (s *streams) untilStopped(ctx context.Context, run func(context.Context) error) error {
	err := run(ctx)
	if ctx.Err() == nil {
		return err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		s.say("Stopped; some requests took too long and were cut off.")
	case err == nil, errors.Is(err, context.Canceled):
		s.say("Stopped.")
	default:
		return err
	}
	return nil
}

func listen(address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if n, notNumber := strconv.ParseUint(port, 10, 16); err != nil || notNumber != nil || n > 1<<16-1 {
		return nil, usage("--listen %s is no address with a port, such as 127.0.0.1:8080", address)
	}
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, failed(exitConflict, "--listen %s: %w", address, err)
	case err != nil:
		return nil, usage("--listen %s: %w", address, err)
	}
	return l, nil
}

// loopback tells whether an address, with a port or without, is on this machine.
func loopback(address string) bool { return app.Loopback(address) }
