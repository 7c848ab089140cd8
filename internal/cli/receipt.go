package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"outcry/receipt"
)

// checked is the outcome for one proof, promise or certificate.
type checked struct {
	OK      bool   `json:"ok"`
	Kind    string `json:"kind"` // proof, promise or certificate
	Origin  string `json:"origin"`
	Entry   string `json:"entry,omitempty"` // type
	Index   *int64 `json:"index,omitempty"`
	Size    int64  `json:"size,omitempty"`   // of the log
	Latest  string `json:"latest,omitempty"` // until when a promise promises, RFC 3339
	Letter  string `json:"letter,omitempty"`
	Version uint16 `json:"version,omitempty"` // of its text
	Counted *int64 `json:"counted,omitempty"` // by a certificate
	On      string `json:"closed_on,omitempty"`

	Cosignatures []receipt.Cosignature `json:"cosignatures,omitempty"` // of witnesses that were named, on a proof
	Fault        string                `json:"fault,omitempty"`
}

// checkCommand is verify receipt under the name that people look for.
func checkCommand(s *streams) *cobra.Command {
	return receiptCommand(s, "check FILE")
}

func receiptCommand(s *streams, use string) *cobra.Command {
	var v verifying
	cmd := &cobra.Command{
		Use:   use,
		Short: "Check a proof, a promise or a certificate, without a network",
		Long: `Checks a file from a proof's page (- is standard input): that the log's key
signed a checkpoint which contains this entry, or promised to. Of a certificate of
closing: that the key signed it; outcry verify holds its number against the log.
With --witness K of the witnesses named have to have signed a proof's checkpoint
too; one that they have not yet is provisional: download it again later.
The key comes from --key, or from what outcry verify remembered of that log.
outcry check FILE and outcry verify receipt FILE are the same.`,
		Example: `  outcry check proof.txt
  outcry check proof.txt --key letters.example.org/log+0123abcd+AQID…`,
		Args: takes("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return v.receipt(s, args[0]) },
	}
	v.flags(cmd)
	return cmd
}

func (v *verifying) receipt(s *streams, path string) error {
	data, err := s.read(path)
	if err != nil {
		return err
	}
	if text := string(data); !strings.HasPrefix(text, "c2sp.org/tlog-proof@") && !strings.HasPrefix(text, "outcry promise v") &&
		!strings.HasPrefix(text, "outcry certificate v") {
		return failed(exitFailed, "%s is no proof, no promise and no certificate: save it from a proof's page, with .txt at its address", named(path))
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
			return usage("the key of the log that %s is of is not known on this machine: recount its site with outcry verify, "+
				"or give the key with --key, as the site prints it at /log/key", named(path))
		}
	}
	policy, err := v.policy()
	if err != nil {
		return err
	}
	c, err := open(data, key, policy)
	if err == nil && c.Kind != "proof" && policy.Quorum() > 0 {
		err = fmt.Errorf("it is a %s, which no witness signs", c.Kind)
		c.OK = false
	}
	if err != nil {
		c.Fault = err.Error()
	}
	switch {
	case v.asJSON:
		if err := s.json(c); err != nil {
			return err
		}
	case c.OK && c.Kind == "promise":
		fmt.Fprintf(s.out, "holds    %s promises that this entry is in its log by %s\n", c.Origin, c.Latest)
	case c.OK && c.Kind == "certificate":
		fmt.Fprintf(s.out, "holds    %s certifies that letter %s is closed by entry %d, on %s, with %d counted at %d entries\n",
			c.Origin, c.Letter, *c.Index, c.On, *c.Counted, c.Size)
	case c.OK:
		fmt.Fprintf(s.out, "holds    entry %d of %s, in a log of %d entries, is %s\n", *c.Index, c.Origin, c.Size, c.about())
	}
	if c.OK && !v.asJSON && policy.Quorum() > 0 {
		fmt.Fprintf(s.out, "witness  %d of %d wanted: %s\n", policy.Quorum(), len(policy.Witnesses()), cosigners(policy, c.Cosignatures))
	}
	var f *receipt.Fault
	switch {
	case errors.As(err, &f) && f.Kind == receipt.FaultQuorum:
		return failed(exitFailed, "%s is provisional: the log's key bears it out, but %w (%s)", named(path), err, cosigners(policy, c.Cosignatures))
	case err != nil:
		return failed(exitFailed, "%s does not hold: %w", named(path), err)
	}
	return nil
}

// about says what the entry of a proof is.
func (c checked) about() string {
	switch c.Entry {
	case "sign":
		return fmt.Sprintf("a signature under version %d of letter %s", c.Version, c.Letter)
	case "withdraw":
		return "the withdrawal of a signature"
	case "remove":
		return "the removal of a signature"
	case "text":
		return "a letter's text"
	case "show":
		return "the showing of a name"
	case "hide":
		return "the hiding of a name"
	case "restore":
		return "the putting back of a signature, or its release"
	case "report":
		return "a number stated by the site, not counted"
	case "close":
		return "the closing of a letter"
	case "key":
		return "a key of a campaign's"
	}
	return "of a kind that a later version of the program knows"
}

// open checks a file with a key, and a proof by the policy too.
func open(data []byte, key receipt.Key, policy receipt.Policy) (checked, error) {
	c := checked{Kind: "proof", Origin: key.Origin()}
	if strings.HasPrefix(string(data), "outcry promise v1\n") {
		c.Kind = "promise"
		p, err := receipt.OpenPromise(data, key)
		if err != nil {
			return c, err
		}
		c.OK, c.Latest = true, p.Latest.UTC().Format(time.RFC3339)
		return c, nil
	}
	if strings.HasPrefix(string(data), "outcry certificate v1\n") {
		c.Kind = "certificate"
		cert, err := receipt.OpenCertificate(data, key)
		if err != nil {
			return c, err
		}
		c.OK, c.Index, c.Size, c.Letter, c.Counted, c.On = true, &cert.Entry, cert.Size, cert.Letter.String(), &cert.Counted, cert.On
		return c, nil
	}
	p, by, err := policy.VerifyProof(data, key)
	if c.Cosignatures = by; err != nil {
		return c, err
	}
	c.OK, c.Index, c.Size = true, &p.Index, p.Tree.N
	if e, err := receipt.Parse(p.Entry); err == nil {
		c.Entry = e.Type().String()
		if sign, ok := e.(receipt.Sign); ok {
			c.Letter, c.Version = sign.Letter.String(), sign.Version
		}
	}
	return c, nil
}
