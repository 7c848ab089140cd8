package mail_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"outcry/internal/kernel/mail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Values that no error and no log line may repeat.
const (
	signer   = "secret.signer@inbox.example"
	account  = "relay-user"
	password = "p@ss:w/rd%"
)

// clock is a fixed time within a minute, so that its seconds can be looked for.
func clock() time.Time { return time.Date(2026, 11, 3, 14, 20, 37, 5, time.FixedZone("", 3*3600)) }

func note(n int) *mail.Message {
	return &mail.Message{
		ID: fmt.Sprintf("%032x", n), To: signer, Lang: "en",
		Subject: "Confirm your signature", Text: "Your code is A1B2.\n", HTML: "<p>Your code is A1B2.</p>\n",
	}
}

// received is one message as the server took it.
type received struct {
	from, to string
	utf8     bool
	data     []byte
}

// peer is a real SMTP server in this process, with hooks that make it say no or die.
type peer struct {
	addr   string
	onMail func(c *gosmtp.Conn, nth int) error // nth: messages begun on this connection, from 1
	onRcpt func(c *gosmtp.Conn) error
	onData func(c *gosmtp.Conn) error // after the content was read

	onlyLogin bool // offers AUTH LOGIN instead of PLAIN

	mu    sync.Mutex
	wire  bytes.Buffer // both directions
	mails []received
	conns []*gosmtp.Conn
	helos []string
	ends  int
	datas int
}

type settings struct {
	tls      *tls.Config
	implicit bool
	auth     bool
	utf8     bool
}

func (p *peer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wire.Write(b)
}

// sees returns what the server has recorded; safe while it runs.
func (p *peer) sees() (mails []received, sessions, ends, datas int, helos []string, wire string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]received(nil), p.mails...), len(p.conns), p.ends, p.datas, append([]string(nil), p.helos...), p.wire.String()
}

// hangUp closes all connections, as a server does when it restarts.
func (p *peer) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Conn().Close()
	}
}

func (p *peer) NewSession(c *gosmtp.Conn) (gosmtp.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.helos = append(p.helos, c.Hostname())
	// EHLO comes twice on one connection with STARTTLS.
	for _, known := range p.conns {
		if known == c {
			return &talk{peer: p, conn: c}, nil
		}
	}
	p.conns = append(p.conns, c)
	return &talk{peer: p, conn: c}, nil
}

type talk struct {
	peer *peer
	conn *gosmtp.Conn
	nth  int
	mail received
}

func (t *talk) AuthMechanisms() []string {
	if t.peer.onlyLogin {
		return []string{sasl.Login}
	}
	return []string{sasl.Plain}
}

func (t *talk) Auth(mech string) (sasl.Server, error) {
	if mech == sasl.Login {
		return new(login), nil
	}
	return sasl.NewPlainServer(func(_, name, secret string) error { return check(name, secret) }), nil
}

func check(name, secret string) error {
	if name != account || secret != password {
		return &gosmtp.SMTPError{Code: 535, EnhancedCode: gosmtp.EnhancedCode{5, 7, 8}, Message: "no such user " + name}
	}
	return nil
}

// login is the server's side of AUTH LOGIN: it asks for the name, then for the password.
type login struct {
	asked int
	name  string
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.name = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, check(l.name, string(response))
}

func (t *talk) Mail(from string, o *gosmtp.MailOptions) error {
	t.nth++
	t.mail = received{from: from, utf8: o.UTF8}
	if t.peer.onMail != nil {
		return t.peer.onMail(t.conn, t.nth)
	}
	return nil
}

func (t *talk) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	t.mail.to = to
	if t.peer.onRcpt != nil {
		return t.peer.onRcpt(t.conn)
	}
	return nil
}

func (t *talk) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	t.peer.mu.Lock()
	t.peer.datas++
	t.peer.mu.Unlock()
	if t.peer.onData != nil {
		if err := t.peer.onData(t.conn); err != nil {
			return err
		}
	}
	t.mail.data = b
	t.peer.mu.Lock()
	defer t.peer.mu.Unlock()
	t.peer.mails = append(t.peer.mails, t.mail)
	return nil
}

func (t *talk) Reset() {}

func (t *talk) Logout() error {
	t.peer.mu.Lock()
	defer t.peer.mu.Unlock()
	t.peer.ends++
	return nil
}

// start runs the server until the test ends; set its hooks before the first message.
func start(t *testing.T, with settings) *peer {
	t.Helper()
	p := &peer{}
	s := gosmtp.NewServer(p)
	s.Domain = "mx.test"
	s.Debug = p
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableSMTPUTF8 = with.utf8
	s.AllowInsecureAuth = with.auth
	s.ReadTimeout = 20 * time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	if with.implicit {
		l = tls.NewListener(l, with.tls)
	} else {
		s.TLSConfig = with.tls
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); _ = l.Close(); <-ended }) // a server that has not come to accept yet knows of no listener to close
	return p
}

// certificate makes one for the loopback, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

// dial makes a transport to url with short times, and fails the test if its log has a private value.
func dial(t *testing.T, url string, change ...func(*mail.Config)) *mail.SMTP {
	t.Helper()
	var mu sync.Mutex
	var lines bytes.Buffer
	c := mail.Config{
		URL: url, From: "letter@campaign.example", Now: clock, Timeout: 5 * time.Second,
		Log: slog.New(slog.NewTextHandler(writer(func(b []byte) { mu.Lock(); lines.Write(b); mu.Unlock() }), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&c)
	}
	s, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		quiet(t, "the log", lines.String())
	})
	return s
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// quiet fails if text has a private value or words that only the server can have said.
func quiet(t *testing.T, what, text string) {
	t.Helper()
	for _, private := range []string{"secret.signer", "inbox.example", "campaign.example", account, password, "p%40ss", "mailbox full", "no such user", "A1B2"} {
		if strings.Contains(text, private) {
			t.Errorf("%s has %q in it:\n%s", what, private, text)
		}
	}
}

// refusal demands a *mail.Refused and checks that it tells nothing private.
func refusal(t *testing.T, err error) *mail.Refused {
	t.Helper()
	var no *mail.Refused
	if !errors.As(err, &no) {
		t.Fatalf("got %v, want a refusal", err)
	}
	quiet(t, "the error", err.Error())
	return no
}

// broken demands an error that is no refusal, with these words in it.
func broken(t *testing.T, err error, words string) {
	t.Helper()
	var no *mail.Refused
	if err == nil || errors.As(err, &no) {
		t.Fatalf("got %v, want a broken conversation", err)
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("got %q, want %q in it", err, words)
	}
	quiet(t, "the error", err.Error())
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}
