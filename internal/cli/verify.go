package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/receipt"
)

// verifying is what the ways of verifying share.
type verifying struct {
	key    string
	state  string
	asJSON bool
	trusted
}

func (v *verifying) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&v.key, "key", "", "the log's `KEY`, as the site prints it at /log/key: nothing is taken on trust")
	f.StringVar(&v.state, "state", "", "`FOLDER` that remembers keys and checkpoints; without, one in your configuration folder")
	f.BoolVar(&v.asJSON, "json", false, "the outcome as JSON, which is the same whenever the same is found")
	v.trusted.flags(f.StringArrayVar, f.IntVar)
}

func verifyCommand(s *streams) *cobra.Command {
	var v verifying
	cmd := &cobra.Command{
		Use:     "verify URL",
		Aliases: []string{"recount"},
		Short:   "Recount a site's letters from its public log",
		Long: `Reads the whole public log of a site, checks every hash up to the signed
checkpoint, counts the letters anew, and compares with what the site shows and
with what was seen of this log before. Also called: outcry recount URL.

It exits with 0 only if everything holds. Otherwise it exits with 1 and names the
first fault with its entry, or with 75 if the site could not be read.

Without --key the log's key is trusted at first sight. It is remembered, with the
last checkpoint, so that a log that changes its past or its key is found out. Of
a demonstration nothing is remembered, unless --state names a folder for it.

With --witness the checkpoint has to be signed by K of the witnesses named as well:
then a site that shows you one log and others another is found out too, at first
sight. Entries since the newest such checkpoint are called provisional.

What somebody else saw is held against the log with --against, as a file or a URL:
a witness's statement of a recount, a checkpoint that it signed or, with --key, a
signer's proof and the checkpoint that another reader was shown.`,
		Example: `  outcry verify https://letters.example.org
  outcry verify https://letters.example.org --json --key letters.example.org/log+0123abcd+AQID…
  outcry verify https://letters.example.org --witness ally.example/witness+89abcdef+BA… --witness … --quorum 2
  outcry verify https://letters.example.org --witness … --against https://witness.ally.example/2f…/recount
  outcry verify https://letters.example.org --key letters.example.org/log+0123abcd+AQID… --against proof.txt
  outcry verify receipt proof.txt`,
		Args: takes("URL"),
		RunE: func(cmd *cobra.Command, args []string) error { return v.recount(cmd.Context(), s, args[0]) },
	}
	v.flags(cmd)
	cmd.Flags().StringArrayVar(&v.against, "against", nil, "a `FILE` or URL with what somebody else saw; again for each")
	cmd.AddCommand(receiptCommand(s, "receipt FILE"))
	return cmd
}

// pinned is the key that was given, or the zero key.
func (v *verifying) pinned() (k receipt.Key, err error) {
	if v.key == "" {
		return k, nil
	}
	if k, err = receipt.ParseKey(strings.TrimSpace(v.key)); err != nil {
		return k, usage("--key is no key of a log: copy the whole line that the site prints at /log/key")
	}
	return k, nil
}

// folder is where keys and checkpoints are remembered.
func (v *verifying) folder() (string, error) {
	if v.state != "" {
		return v.state, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", usage("there is no configuration folder to remember checkpoints in; name one with --state")
	}
	return filepath.Join(dir, "outcry", "checkpoints"), nil
}

func (v *verifying) recount(ctx context.Context, s *streams, site string) error {
	key, err := v.pinned()
	if err != nil {
		return err
	}
	u, err := url.Parse(site)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return usage("%q is not the URL of a site; write it whole, such as https://letters.example.org", site)
	}
	origin, err := receipt.Origin(site)
	if err != nil {
		return usage("%w", err)
	}
	client, idle := reader()
	defer idle()
	o := receipt.Options{URL: site, Key: key, Client: client}
	if o.Policy, err = v.policy(); err != nil {
		return err
	}
	if o.Against, err = v.seen(ctx, client, s, o.Policy, key); err != nil {
		return err
	}
	if o.Remember, err = v.folder(); err != nil {
		return err
	}
	bar := s.bar("reading the log")
	o.Progress = func(done, total int64) { bar(int(done), int(total)) }
	var f *receipt.Fault
	switch {
	case key != receipt.Key{}:
		o.Origin = key.Origin() // a pinned key names its log, wherever it is read from
	case loopback(u.Hostname()):
		// On this machine a site is not at home: the demo and one behind a proxy name their logs otherwise.
		o.Origin, f = servedOrigin(ctx, client, site)
		if "https://"+o.Origin == app.DemoURL+"/log" && v.state == "" {
			o.Remember = "" // each demonstration is a log of its own under one name: only who keeps one can say that it is the same
		}
	}
	report := &receipt.Report{Origin: origin, Letters: []receipt.Count{}, Fault: f}
	if f == nil {
		if report, err = receipt.Recount(ctx, o); err != nil && !errors.As(err, &f) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return failed(exitFailed, "what is remembered of this log can't be read or written: %w", err)
		}
	}
	if v.asJSON {
		if err := s.json(report); err != nil {
			return err
		}
	} else if report.OK {
		printWitnesses(s.out, o.Policy, o.Against, report)
		printReport(s.out, report)
	}
	switch {
	case f == nil:
		return nil
	case f.Kind == receipt.FaultUnavailable:
		return failed(exitTryLater, "%s could not be recounted: %w", site, f)
	case f.Kind == receipt.FaultKey:
		return failed(exitFailed, "%s does not hold: %w; if you know why, recount it with another folder for --state", site, f)
	}
	if f.Kind == receipt.FaultQuorum {
		return failed(exitFailed, "%s does not hold: %w (%s)", site, f, cosigners(o.Policy, report.Cosignatures))
	}
	return failed(exitFailed, "%s does not hold: %w", site, f)
}

// reader is a client that asks for as much at a time as a recount does, and says in words what went wrong.
func reader() (client *http.Client, idle func()) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 8
	return &http.Client{Timeout: time.Minute, Transport: speaking{transport}}, transport.CloseIdleConnections
}

type speaking struct{ http.RoundTripper }

func (t speaking) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if err != nil && r.Context().Err() == nil {
		err = errors.New(plainly(err))
	}
	return res, err
}

// servedOrigin is what the log at an address calls itself.
func servedOrigin(ctx context.Context, client *http.Client, site string) (string, *receipt.Fault) {
	away := func(format string, args ...any) (string, *receipt.Fault) {
		return "", &receipt.Fault{Kind: receipt.FaultUnavailable, Message: fmt.Sprintf(format, args...)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(site, "/")+"/log/key", nil)
	if err != nil {
		return away("%v", err)
	}
	res, err := client.Do(req)
	if err != nil {
		return away("%s", plainly(err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil || res.StatusCode != http.StatusOK {
		return away("there is no log at this address: /log/key answers %d", res.StatusCode)
	}
	key, err := receipt.ParseKey(strings.TrimSpace(string(text)))
	if err != nil {
		return "", &receipt.Fault{Kind: receipt.FaultMalformed, Message: "/log/key holds no key of a log; is this an outcry site?"}
	}
	return key.Origin(), nil
}

func printReport(out io.Writer, r *receipt.Report) {
	fmt.Fprintf(out, "log      %s, %d entries\n", r.Origin, r.Size)
	switch {
	case r.Pinned:
		fmt.Fprintf(out, "key      as given\n")
	case r.FirstSight:
		fmt.Fprintf(out, "key      %s\n         trusted at first sight; pin it next time with --key\n", r.Key)
	default:
		fmt.Fprintf(out, "key      as seen before\n")
	}
	for _, l := range r.Letters {
		printLetter(out, r, l)
	}
	for _, k := range r.Keys {
		what := fmt.Sprintf("a key of kind %d", k.Kind)
		if k.Kind == receipt.NewsKey {
			what = "the key that news addresses are sealed to"
		}
		if k.Kind == receipt.FormerLog {
			fmt.Fprintf(out, "renewed  since entry %d; what was logged before was so under another key, with the fingerprint %s\n", k.Entry, k.Fingerprint)
			continue
		}
		fmt.Fprintf(out, "sealed   campaign %s: %s has the fingerprint %s since entry %d\n", k.Campaign, what, k.Fingerprint, k.Entry)
	}
	for _, t := range r.TakenOut {
		fmt.Fprintf(out, "text     version %d of letter %s is shown no more, at the wish of those it names; its hash stands in entry %d\n", t.Version, t.Letter, t.Entry)
	}
	for _, t := range sortedKeys(r.Unknown) {
		fmt.Fprintf(out, "unknown  %d entries of %s, by a later version of the program\n", r.Unknown[t], t)
	}
	if r.PublishedSize < r.Size {
		fmt.Fprintf(out, "note     the site's numbers are of the first %d entries\n", r.PublishedSize)
	}
	fmt.Fprintln(out, "holds    every entry, every hash, every number")
}

func printLetter(out io.Writer, r *receipt.Report, l receipt.Count) {
	name := l.ID.String()
	if l.Slug != "" {
		name = l.Case + "/" + l.Slug
	}
	fmt.Fprintf(out, "letter   %s: %d counted, %d withdrawn, %d removed\n", name, l.Counted, l.Withdrawn, l.Removed)
	for _, a := range sortedKeys(l.ByAssurance) {
		after := ""
		if a == receipt.Held {
			after = ", until the organisers have looked at them"
		}
		fmt.Fprintf(out, "         %s: %d%s\n", a, l.ByAssurance[a], after)
	}
	for _, n := range sortedKeys(l.ByVersion) {
		fmt.Fprintf(out, "         version %d: %d\n", n, l.ByVersion[n])
	}
	if l.Shown > 0 {
		fmt.Fprintf(out, "         with a name shown: %d\n", l.Shown)
	}
	for _, why := range sortedKeys(l.Removals) {
		fmt.Fprintf(out, "         removed, %s: %d\n", why, l.Removals[why])
	}
	for _, s := range l.Reported {
		fmt.Fprintf(out, "reported %s: %d %s%s, stated by the site, not counted (entry %d)\n", name, s.Value, reportWords(s.Kind), asOf(s.AsOf), s.Entry)
	}
	if l.Closed == 0 {
		return
	}
	i := slices.IndexFunc(r.Certificates, func(c receipt.Certificate) bool { return c.Letter == l.ID })
	if i < 0 {
		fmt.Fprintf(out, "closed   %s: by entry %d, no certificate yet\n", name, l.Closed)
		return
	}
	c := r.Certificates[i]
	fmt.Fprintf(out, "closed   %s: by entry %d; its certificate of %s holds, with %d counted at %d entries\n", name, l.Closed, c.On, c.Counted, c.Size)
}

// reportWords says what a stated number is of.
func reportWords(k receipt.ReportKind) string {
	switch k {
	case receipt.Elsewhere:
		return "elsewhere"
	case receipt.Paper:
		return "on paper"
	case receipt.Vouched:
		return "vouched for"
	}
	return "of kind " + k.String()
}

// asOf is the day of a stated number, as far as it is known: YYYYMMDD with zeros for what isn't.
func asOf(day uint32) string {
	y, m, d := day/10000, day/100%100, day%100
	switch {
	case day == 0:
		return ""
	case m == 0:
		return fmt.Sprintf(" as of %04d", y)
	case d == 0:
		return fmt.Sprintf(" as of %04d-%02d", y, m)
	}
	return fmt.Sprintf(" as of %04d-%02d-%02d", y, m, d)
}

func sortedKeys[K ~uint8 | ~uint16, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}
