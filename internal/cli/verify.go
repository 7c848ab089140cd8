package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outcry/receipt"
)

// verifying is what both ways of verifying share.
type verifying struct {
	key    string
	state  string
	asJSON bool
}

func verifyCommand(s *streams) *cobra.Command {
	var v verifying
	cmd := &cobra.Command{
		Use:     "verify URL",
		Aliases: []string{"recount", "check"},
		Short:   "Recount a site's letters from its public log",
		Long: `Reads the whole public log of a site, checks every hash up to the signed checkpoint, counts the letters anew and compares with what the site shows and with
what was seen of this log before. It exits with 0 only if everything holds; the first fault is named with its entry. 75 means the site could not be read.

Without --key the log's key is trusted at first sight and remembered, with the last checkpoint, in the folder --state.`,
		Example: `  outcry verify https://letters.example.org
  outcry verify https://letters.example.org --json --key letters.example.org/log+0123abcd+AQID…
  outcry verify receipt proof.txt --key letters.example.org/log+0123abcd+AQID…`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return v.recount(cmd.Context(), s, args[0]) },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&v.key, "key", "", "the log's key, as /log/key prints it: nothing is trusted at first sight")
	f.StringVar(&v.state, "state", "", "folder that remembers checkpoints (default: in your configuration folder)")
	f.BoolVar(&v.asJSON, "json", false, "the outcome as JSON; it holds no times")
	cmd.AddCommand(&cobra.Command{
		Use:   "receipt FILE",
		Short: "Check a proof or a promise without a network",
		Long: `Checks a file from a proof's page: that the log's key signed a checkpoint which contains this entry, or promised to. The key comes from --key, or from what verify
remembered of that log.`,
		Example: `  outcry verify receipt proof.txt --key letters.example.org/log+0123abcd+AQID…`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return v.receipt(s, args[0]) },
	})
	return cmd
}

func (v *verifying) pinned() (k receipt.Key, err error) {
	if v.key == "" {
		return k, nil
	}
	if k, err = receipt.ParseKey(strings.TrimSpace(v.key)); err != nil {
		return k, usage("--key: %v", err)
	}
	return k, nil
}

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
	o := receipt.Options{URL: site, Key: key, Client: &http.Client{Timeout: time.Minute}}
	if o.Remember, err = v.folder(); err != nil {
		return err
	}
	u, err := url.Parse(site)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return usage("%q is not the URL of a site; write it whole, such as https://letters.example.org", site)
	}
	switch {
	case key != receipt.Key{}:
		o.Origin = key.Origin() // a pinned key names its log, wherever it is read from
	case loopback(u.Hostname()):
		// On this machine a site is not at home: the demo and one behind a proxy name their logs otherwise.
		if o.Origin, err = servedOrigin(ctx, o.Client, site); err != nil {
			return coded{exitTryLater, err}
		}
	}
	bar := s.bar("reading the log")
	o.Progress = func(done, total int64) { bar(int(done), int(total)) }
	report, err := receipt.Recount(ctx, o)
	var f *receipt.Fault
	if err != nil && !errors.As(err, &f) {
		return err
	}
	if v.asJSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		if err := e.Encode(report); err != nil {
			return err
		}
	} else {
		v.print(s.out, report)
	}
	switch {
	case f == nil:
		return nil
	case f.Kind == receipt.FaultUnavailable:
		return coded{exitTryLater, fmt.Errorf("%s could not be recounted: %w", site, f)}
	}
	return coded{exitFailed, fmt.Errorf("%s does not hold: %w", site, f)}
}

func servedOrigin(ctx context.Context, client *http.Client, site string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(site, "/")+"/log/key", nil)
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%s does not answer: %w", site, errors.Unwrap(err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil || res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("there is no log at %s", site)
	}
	key, err := receipt.ParseKey(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("%s/log/key: %w", site, err)
	}
	return key.Origin(), nil
}

func (v *verifying) print(out io.Writer, r *receipt.Report) {
	fmt.Fprintf(out, "log      %s, %d entries\n", r.Origin, r.Size)
	switch {
	case r.FirstSight && !r.Pinned:
		fmt.Fprintf(out, "key      %s\n         trusted at first sight; pin it next time with --key\n", r.Key)
	case r.Pinned:
		fmt.Fprintf(out, "key      as given\n")
	default:
		fmt.Fprintf(out, "key      as seen before\n")
	}
	for _, l := range r.Letters {
		name := l.ID.String()
		if l.Slug != "" {
			name = l.Case + "/" + l.Slug
		}
		fmt.Fprintf(out, "letter   %s: %d counted, %d withdrawn, %d removed\n", name, l.Counted, l.Withdrawn, l.Removed)
		for _, a := range sortedKeys(l.ByAssurance) {
			fmt.Fprintf(out, "         %s %d\n", a, l.ByAssurance[a])
		}
		for _, n := range sortedKeys(l.ByVersion) {
			fmt.Fprintf(out, "         version %d: %d\n", n, l.ByVersion[n])
		}
	}
	for _, t := range sortedKeys(r.Unknown) {
		fmt.Fprintf(out, "unknown  %d entries of %s, by a later version of the program\n", r.Unknown[t], t)
	}
	if r.OK && r.PublishedSize < r.Size {
		fmt.Fprintf(out, "note     the site's numbers are of the first %d entries\n", r.PublishedSize)
	}
	if r.OK {
		fmt.Fprintln(out, "holds    every entry, every hash, every number")
	}
}

func sortedKeys[K ~uint8 | ~uint16, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}

// checked is the outcome for one receipt.
type checked struct {
	OK      bool   `json:"ok"`
	Kind    string `json:"kind"` // proof or promise
	Origin  string `json:"origin"`
	Entry   string `json:"entry,omitempty"` // type
	Index   *int64 `json:"index,omitempty"`
	Size    int64  `json:"size,omitempty"`
	Latest  string `json:"latest,omitempty"` // until when a promise promises
	Letter  string `json:"letter,omitempty"`
	Version uint16 `json:"version,omitempty"`
}

func (v *verifying) receipt(s *streams, path string) error {
	data, err := s.read(path)
	if err != nil {
		return err
	}
	key, err := v.pinned()
	if err != nil {
		return err
	}
	if (key == receipt.Key{}) {
		dir, err := v.folder()
		if err != nil {
			return err
		}
		if key, err = receipt.RememberedKey(dir, data); err != nil {
			return usage("the log's key is not known on this machine: give it with --key, as the site prints it at /log/key (%v)", err)
		}
	}
	c := checked{Origin: key.Origin()}
	if strings.Contains(string(data), "outcry promise v1\n") {
		p, err := receipt.OpenPromise(data, key)
		if err != nil {
			return fmt.Errorf("%s does not hold: %w", path, err)
		}
		c.OK, c.Kind, c.Latest = true, "promise", p.Latest.UTC().Format(time.RFC3339)
	} else {
		p, err := receipt.VerifyProof(data, key)
		if err != nil {
			return fmt.Errorf("%s does not hold: %w", path, err)
		}
		c.OK, c.Kind, c.Index, c.Size = true, "proof", &p.Index, p.Tree.N
		if e, err := receipt.Parse(p.Entry); err == nil {
			c.Entry = e.Type().String()
			if sign, ok := e.(receipt.Sign); ok {
				c.Letter, c.Version = sign.Letter.String(), sign.Version
			}
		}
	}
	if v.asJSON {
		return json.NewEncoder(s.out).Encode(c)
	}
	if c.Kind == "promise" {
		fmt.Fprintf(s.out, "holds    %s promises that this entry is in its log by %s\n", c.Origin, c.Latest)
		return nil
	}
	fmt.Fprintf(s.out, "holds    entry %d of %s is a %s, in a log of %d entries\n", *c.Index, c.Origin, c.Entry, c.Size)
	return nil
}
