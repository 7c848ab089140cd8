package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
)

// Config says which server takes our mail, and what it is told about us. URL, From and Now are needed.
type Config struct {
	// URL is smtp://[user:password@]host[:port][?tls=require|prefer|none] or smtps://[user:password@]host[:port].
	// Ports, if left out: 587, 465 for smtps, 25 on this machine. Without tls=, a server on the loopback is spoken to plainly and any
	// other must offer STARTTLS. A certificate is always checked; a password never goes over an unencrypted network.
	URL string
	// From is the bare address in the envelope and in the header. Its local part is ASCII.
	From string
	// Host is what we call ourselves in EHLO and at the end of a Message-ID. Empty: the domain of From. The machine's own name is
	// never asked for.
	Host string

	RootCAs     *x509.CertPool   // who may sign the server's certificate; nil: the system's
	Connections int              // at most so many at once, kept between messages; 0: 4
	Timeout     time.Duration    // for signing in, and again for handing over one message; 0: 30 s. See patience for the last answer
	IdleTimeout time.Duration    // a kept connection is hung up after this; 0: 30 s
	Now         func() time.Time // for the Date header
	Log         *slog.Logger     // nil: silent
}

// Format keeps the password in the URL out of whatever prints the settings.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "mail.Config(private)") }

// The server's last answer may take longer than all the rest, since it filters the content first; whoever hangs up too early sends twice.
const patience = 4

type policy uint8

const (
	plain    policy = iota // never STARTTLS
	prefer                 // STARTTLS where it is offered
	require                // STARTTLS or nothing
	implicit               // TLS from the first byte
)

// relay is a Config's URL, understood.
type relay struct {
	host, port     string
	tls            policy
	loopback       bool
	user, password string
}

// parseRelay reads the URL. Its errors are for a person at the command line and never quote the URL, which may hold a password.
func parseRelay(s string) (relay, error) {
	var r relay
	if s == "" {
		return r, errors.New("mail server: no address given; it looks like smtp://user:password@mail.example.org:587")
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.Host == "" {
		return r, errors.New("mail server: this is not an address like smtp://user:password@mail.example.org:587 (in a password, write % as %25, @ as %40, : as %3A, / as %2F, # as %23, ? as %3F)")
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" {
		return r, errors.New("mail server: the address must begin with smtp:// or smtps://")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return r, errors.New("mail server: nothing may follow host and port but ?tls=")
	}
	r.host = u.Hostname()
	if !ascii(r.host) {
		if r.host, err = idna.Lookup.ToASCII(r.host); err != nil {
			return r, errors.New("mail server: the host is not a name that the DNS can hold")
		}
	}
	ip, ipErr := netip.ParseAddr(r.host)
	r.loopback = strings.EqualFold(r.host, "localhost") || ipErr == nil && ip.Unmap().IsLoopback()
	if ipErr != nil && !hostname(r.host) {
		return r, errors.New("mail server: the host is neither a name nor an IP address")
	}
	if err := r.encryption(u); err != nil {
		return r, err
	}
	r.port = u.Port()
	switch {
	case r.port != "":
		if n, err := strconv.ParseUint(r.port, 10, 16); err != nil || n == 0 {
			return r, errors.New("mail server: the port is a number from 1 to 65535")
		}
	case r.tls == implicit:
		r.port = "465"
	case r.loopback:
		r.port = "25"
	default:
		r.port = "587"
	}
	return r, r.credentials(u)
}

func (r *relay) encryption(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("mail server: what follows the question mark can't be read")
	}
	for name, values := range query {
		if name != "tls" {
			return errors.New("mail server: the only setting after the question mark is tls")
		}
		if len(values) > 1 {
			return errors.New("mail server: tls is given twice")
		}
	}
	if u.Scheme == "smtps" {
		if query.Has("tls") && query.Get("tls") != "require" {
			return errors.New("mail server: smtps:// is always encrypted; leave tls= out, or use smtp://")
		}
		r.tls = implicit
		return nil
	}
	switch value := query.Get("tls"); {
	case value == "require":
		r.tls = require
	case value == "prefer":
		r.tls = prefer
	case value == "none":
		r.tls = plain
	case query.Has("tls"):
		return errors.New("mail server: tls is one of require, prefer, none")
	case r.loopback:
		// What stays inside the machine needs no certificate, and Debian's own mail server has none that could be checked.
		r.tls = plain
	default:
		r.tls = require
	}
	return nil
}

func (r *relay) credentials(u *url.URL) error {
	if u.User == nil {
		return nil
	}
	r.user = u.User.Username()
	r.password, _ = u.User.Password()
	if r.user == "" || r.password == "" {
		return errors.New("mail server: a user needs a password, and a password a user: smtp://user:password@host")
	}
	if strings.ContainsFunc(r.user+r.password, unicode.IsControl) {
		return errors.New("mail server: user and password can't hold control characters")
	}
	if r.tls == plain && !r.loopback {
		return errors.New("mail server: with tls=none the password would travel readable; use tls=require or smtps://")
	}
	return nil
}

// address is host and port for dialling and for messages; it never holds the credentials.
func (r *relay) address() string { return net.JoinHostPort(r.host, r.port) }

// New checks the settings and returns a transport that connects when the first message comes.
func New(c Config) (*SMTP, error) {
	r, err := parseRelay(c.URL)
	if err != nil {
		return nil, err
	}
	from, wide, ok := address(c.From)
	if !ok || wide {
		return nil, errors.New("mail sender: this is not a plain address like letter@example.org")
	}
	if c.Host == "" {
		c.Host = from[strings.LastIndexByte(from, '@')+1:]
	}
	if !hostname(c.Host) {
		return nil, fmt.Errorf("mail host: %q is not a host name", c.Host)
	}
	if c.Now == nil {
		return nil, errors.New("mail: Config.Now is missing")
	}
	if c.Connections < 0 || c.Timeout < 0 || c.IdleTimeout < 0 {
		return nil, errors.New("mail: connections and timeouts can't be negative")
	}
	if c.Connections == 0 {
		c.Connections = 4
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &SMTP{
		config: c, relay: r, from: from,
		slots: make(chan struct{}, c.Connections),
		done:  make(chan struct{}),
	}, nil
}
