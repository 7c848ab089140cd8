package receipt

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Certificate says that a letter is closed, what was counted then, and that what could tell a signer's address again is destroyed.
// The number and the entry are held against the log; the destruction is the site's word, signed.
type Certificate struct {
	Origin   string    `json:"origin"`
	Letter   Letter    `json:"letter"`
	Campaign Campaign  `json:"campaign"`
	Entry    int64     `json:"entry"`     // index of the letter's first close entry: Count.Closed
	Size     int64     `json:"size"`      // of the log that Counted is of; beyond Entry
	Root     tlog.Hash `json:"root"`      // at that size
	Counted  int64     `json:"counted"`   // Count.Counted at that size
	On       string    `json:"closed_on"` // day of closing, YYYY-MM-DD in UTC
}

const (
	certificateHead = "outcry certificate v1"
	certificateDone = "pepper, tags, used and suppressed tokens destroyed"
	maxCertificate  = 4 << 10
)

func (c Certificate) text() string {
	return fmt.Sprintf("%s\n%s\n%s\n%s\nclose entry %d\nlog %d %s\ncounted %d\nclosed on %s\n%s\n",
		certificateHead, c.Origin, c.Letter, c.Campaign, c.Entry, c.Size, c.Root, c.Counted, c.On, certificateDone)
}

// CertificateKey is the verifier key by which certificates are signed: the same public key under the name origin/certificate, so
// that a certificate can't be taken for a checkpoint or a promise.
func (k Key) CertificateKey() string {
	text, err := note.NewEd25519VerifierKey(certificateName(k.origin), k.public[:])
	if err != nil {
		panic("receipt: a Key with a bad public key: " + err.Error()) // NewEd25519VerifierKey looks at the length only
	}
	return text
}

func certificateName(origin string) string { return origin + "/certificate" }

// SignCertificate signs a certificate with the log's private key, under the name of [Key.CertificateKey]. An error means that it
// could not be opened again: a day that is none, numbers below zero, a close entry that is not in the log of that size.
func SignCertificate(private ed25519.PrivateKey, c Certificate) ([]byte, error) {
	if back, ok := parseCertificate(c.text()); !ok || back != c {
		return nil, fmt.Errorf("a certificate can't say this: %q", c.text())
	}
	return sign(private, certificateName(c.Origin), c.text())
}

// OpenCertificate checks a certificate against the log's key. An error is a *[Fault] of kind [FaultMalformed], [FaultSignature] or
// [FaultOrigin]. Whether the log bears it out is found by [Recount].
func OpenCertificate(signed []byte, key Key) (Certificate, error) {
	if len(signed) > maxCertificate {
		return Certificate{}, faultf(FaultMalformed, "the certificate is longer than %d bytes", maxCertificate)
	}
	v := note.Verifier(noKey{})
	if key != (Key{}) {
		v = verifier(key.CertificateKey())
	}
	text, fault := openNote(signed, v, "certificate")
	if fault != nil {
		return Certificate{}, fault
	}
	c, ok := parseCertificate(text)
	if !ok {
		return Certificate{}, faultf(FaultMalformed, "the certificate is signed, but is none")
	}
	if c.Origin != key.origin {
		return Certificate{}, faultf(FaultOrigin, "the certificate is of %q, not of %q", c.Origin, key.origin)
	}
	return c, nil
}

// parseCertificate reads the one spelling that a certificate has.
func parseCertificate(text string) (c Certificate, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 10 {
		return c, false
	}
	size, root, _ := strings.Cut(strings.TrimPrefix(lines[5], "log "), " ")
	good := true
	check := func(err error) { good = good && err == nil }
	number := func(s string) int64 {
		n, ok := parseDecimal(s)
		good = good && ok
		return n
	}
	hash, err := tlog.ParseHash(root)
	check(err)
	c = Certificate{Origin: lines[1], Root: hash, Size: number(size), On: strings.TrimPrefix(lines[7], "closed on "),
		Entry: number(strings.TrimPrefix(lines[4], "close entry ")), Counted: number(strings.TrimPrefix(lines[6], "counted "))}
	check(c.Letter.UnmarshalText([]byte(lines[2])))
	check(c.Campaign.UnmarshalText([]byte(lines[3])))
	_, err = time.Parse(time.DateOnly, c.On)
	check(err)
	if !good || c.Entry >= c.Size || c.text() != text {
		return Certificate{}, false
	}
	return c, true
}
