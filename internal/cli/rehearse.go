package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"outcry/internal/app/rehearse"
)

func rehearseCommand(s *streams) *cobra.Command {
	c := rehearse.Usual()
	minutes, asJSON := 1.5, false
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Try how many signers, readers and viewers this machine bears, and what gives way first",
		Long: `Holds a dress rehearsal of the night when everybody comes. It makes an
installation of its own with a made-up letter, serves it by this same program in
a process of its own, and has a crowd come to it: readers, people who leave the
page open, and signers who go the whole way, with a mail each that comes to a
mailbox on this machine. It raises their rate until something gives way, says
what this machine bears and what gave way first, recounts the log, and deletes
everything, also after Ctrl-C. Nothing is sent anywhere and no real installation
is touched. It takes about two minutes and all the processor it can get: not on
a machine that serves a real letter just now.

--dir names a folder on the disk to be tried: the one that the data will be on.
--database tries PostgreSQL, with a database that is empty and is emptied again.

With --url it reads a site that runs, and signs nothing. On this machine that
needs no leave. Any other host has to let it in: without --token the command
prints a token for the organisers to put into the site's outcry.yaml; with it,
it asks the site for the answer that fits, and goes to no host that does not
give it. It stops when answers fail.

It exits with 1 if anybody was told "you are counted" and is not in the log.`,
		Example: `  outcry rehearse
  outcry rehearse --dir /var/lib --signers 100 --viewers 5000 --minutes 5
  outcry rehearse --database postgres://outcry@db.example.org/rehearsal --json
  outcry rehearse --url https://letters.example.org`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Time = time.Duration(minutes * float64(time.Minute))
			if err := refusedHere(c, cmd); err != nil {
				return err
			}
			if c.URL != "" && c.Token == "" && !rehearse.Loopback(c.URL) {
				return s.invite(c.URL, asJSON)
			}
			line := s.line()
			c.Say, c.Told = line.say, line.told
			report, err := rehearse.Run(cmd.Context(), c)
			line.clear()
			if report == nil {
				return unrehearsed(err)
			}
			if asJSON {
				if err := s.json(report); err != nil {
					return err
				}
			} else {
				printRehearsal(s.out, report)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Dir, "dir", "", "`FOLDER` on the disk to be tried; without, the system's for temporary files")
	f.StringVar(&c.Database, "database", "", "postgres://… `URL` of an empty database; without, SQLite in that folder")
	f.StringVar(&c.URL, "url", "", "a site that runs, a `URL`: it is read, not signed")
	f.StringVar(&c.Token, "token", "", "the `TOKEN` that this command printed and that stands in the site's outcry.yaml now")
	f.Float64Var(&minutes, "minutes", minutes, fmt.Sprintf("how `LONG` all of it takes, about; %.0f at most", rehearse.MostTime.Minutes()))
	f.IntVar(&c.Signers, "signers", c.Signers, fmt.Sprintf("the highest `RATE` of signers tried, a second; %d at most", rehearse.MostSigners))
	f.IntVar(&c.Readers, "readers", c.Readers, fmt.Sprintf("the highest `RATE` of readers tried, a second; %d at most, %d of a site elsewhere", rehearse.MostReaders, rehearse.MostAway))
	f.IntVar(&c.Viewers, "viewers", c.Viewers, fmt.Sprintf("`HOW MANY` leave the page open; %d at most", rehearse.MostViewers))
	f.BoolVar(&asJSON, "json", false, "the report as JSON")
	return cmd
}

// refusedHere tells which flags don't go together.
func refusedHere(c rehearse.Config, cmd *cobra.Command) error {
	switch given := cmd.Flags().Changed; {
	case c.URL == "" && c.Token != "":
		return usage("--token goes with --url")
	case c.URL != "" && (c.Dir != "" || c.Database != ""):
		return usage("--url is about a site that runs: --dir and --database are of a rehearsal that makes its own")
	case c.URL != "" && given("signers"):
		return usage("a site that runs is read, not signed: --signers does not go with --url")
	}
	return nil
}

// invite prints what a site's organisers have to do before it can be rehearsed.
func (s *streams) invite(site string, asJSON bool) error {
	token := rehearse.NewToken()
	s.say("A rehearsal goes to no host that has not let it in. Put this line into outcry.yaml in the data folder of %s,", site)
	s.say("restart the site, and run: %s rehearse --url %s --token %s", program(), site, token)
	s.say("Take the line out afterwards, and restart again.")
	if asJSON {
		return s.json(map[string]string{"rehearsal": token})
	}
	_, err := fmt.Fprintf(s.out, "rehearsal: %q\n", token)
	return err
}

// unrehearsed gives a failure its exit code.
func unrehearsed(err error) error {
	switch {
	case errors.Is(err, rehearse.ErrBounds):
		return usage("%s", strings.TrimPrefix(err.Error(), rehearse.ErrBounds.Error()+": "))
	case errors.Is(err, rehearse.ErrUninvited):
		return failed(exitConflict, "%w: ask for a token with outcry rehearse --url, and have it put into the site's outcry.yaml", err)
	case errors.Is(err, rehearse.ErrSilent) && !errors.Is(err, context.Canceled):
		return failed(exitTryLater, "%w", err)
	}
	return err
}

// rehearsing tells how a rehearsal goes: one line that changes on a terminal, a line for each step elsewhere.
type rehearsing struct {
	*streams
	terminal *os.File // nil: no terminal
	began    time.Time
	open     bool // there is a line to clear
}

func (s *streams) line() *rehearsing {
	r := &rehearsing{streams: s, began: time.Now()}
	if f, ok := s.err.(*os.File); ok && !s.quiet && term.IsTerminal(int(f.Fd())) {
		r.terminal = f
	}
	return r
}

// say is told what is done now.
func (r *rehearsing) say(stage, doing string) {
	if r.terminal == nil {
		return
	}
	r.clear()
	fmt.Fprintf(r.terminal, "%4.0f s  %-8s %s …", time.Since(r.began).Seconds(), stage, doing)
	r.open = true
}

// clear empties the line.
func (r *rehearsing) clear() {
	if r.open {
		fmt.Fprint(r.terminal, "\r\033[K")
		r.open = false
	}
}

// told is told what came of a step.
func (r *rehearsing) told(s rehearse.Step) {
	r.clear()
	r.streams.say("%4.0f s  %s", time.Since(r.began).Seconds(), stepWords(s))
}

// stepWords is a step in a line.
func stepWords(s rehearse.Step) string {
	what := fmt.Sprintf("%-8s %6s a second", s.Stage, rehearse.Figure(s.Rate))
	switch {
	case s.Stage == "viewers":
		what = fmt.Sprintf("%-8s %6s open    ", s.Stage, rehearse.Figure(float64(s.Done)))
	case s.Stage == "night" && s.Readers > 0:
		what += fmt.Sprintf(", %s readers, %s watching", rehearse.Figure(s.Readers), rehearse.Commas(int64(s.Viewers)))
	}
	words := []string{what}
	if s.P99 > 0 {
		words = append(words, fmt.Sprintf("p99 %.0f ms", s.P99))
	}
	if s.MailP99 > 0 {
		words = append(words, fmt.Sprintf("mails %.0f ms", s.MailP99))
	}
	words = append(words, fmt.Sprintf("processors %.0f %% busy", 100*s.Busy))
	if !s.Held {
		words = append(words, "gave way: "+s.Why)
	}
	return strings.Join(words, "; ")
}

func printRehearsal(out io.Writer, r *rehearse.Report) {
	for _, text := range r.Verdict {
		fmt.Fprintln(out, text)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "machine\t%s, %d processors, %s MB\n", r.Machine.Processor, r.Machine.Cores, rehearse.Commas(r.Machine.Memory>>20))
	if r.Machine.Engine != "" {
		fmt.Fprintf(w, "database\t%s\n", r.Machine.Engine)
	}
	if r.Machine.Syncs > 0 {
		fmt.Fprintf(w, "disk\tmakes a page safe %s times a second\n", rehearse.Figure(r.Machine.Syncs))
	}
	fmt.Fprintf(w, "viewers\t%s of %s open%s\n", rehearse.Commas(int64(r.Viewers.Open)), rehearse.Commas(int64(r.Viewers.Asked)), each(r.Viewers.KiB))
	for _, s := range r.Steps {
		if s.Stage == "night" && s.Held && s.Memory > 0 {
			fmt.Fprintf(w, "night\tserver %.0f %% of the processors and %s MB, the crowd %.0f %%\n", 100*s.Server, rehearse.Commas(s.Memory>>20), 100*s.Crowd)
		}
	}
	w.Flush()
	if len(r.Notes) > 0 {
		fmt.Fprintln(out)
	}
	for _, text := range r.Notes {
		fmt.Fprintln(out, "note: "+text)
	}
}

func each(kib float64) string {
	if kib == 0 {
		return ""
	}
	return fmt.Sprintf(", %.1f KiB of the server's memory each", kib)
}
