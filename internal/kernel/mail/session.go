package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// session is one connection to the server, signed in. One goroutine uses it at a time.
type session struct {
	raw    net.Conn // the deadline is set on it, whatever TLS lies over it
	over   net.Conn // raw, or the TLS of smtps over it
	client *smtp.Client
	step   Step        // what the conversation is about, for errors
	idle   *time.Timer // runs while the session is kept
	broken bool        // a deadline may strike at any moment, or the server said goodbye: not to be kept
}

// past as a deadline ends a read or a write at once.
var past = time.Unix(1, 0)

var errSlow = errors.New("no answer in time")

// within runs one piece of conversation and cuts it off when ctx ends or time is up.
func (c *session) within(ctx context.Context, limit time.Duration, talk func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSlow)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(past) })
	err := talk()
	if !stop() {
		c.broken = true
		if err != nil {
			return failed(c.step, why(ctx))
		}
	}
	return failed(c.step, err)
}

// why says what ended ctx: our own clock, or the caller. A caller's cause may say anything, so it stays out.
func why(ctx context.Context) error {
	if context.Cause(ctx) == errSlow {
		return errSlow
	}
	return ctx.Err()
}

func (c *session) drop() { _ = c.raw.Close() }

// open connects, encrypts as the settings say, and signs in, all within Timeout.
func (s *SMTP) open(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.Timeout, errSlow)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", s.relay.address())
	if err != nil {
		if ctx.Err() != nil {
			err = why(ctx)
		}
		return nil, failed(StepConnect, err)
	}
	c := &session{raw: raw, over: raw}
	err = c.within(ctx, s.config.Timeout, func() error {
		for _, part := range []struct {
			step Step
			talk func(context.Context, *session) error
		}{
			{StepEncrypt, s.wrap}, {StepGreeting, s.greet}, {StepEncrypt, s.encrypt}, {StepSignIn, s.signIn},
		} {
			c.step = part.step
			if err := part.talk(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && c.broken {
		err = failed(c.step, why(ctx))
	}
	if err != nil {
		c.drop()
		return nil, err
	}
	_, encrypted := c.client.TLSConnectionState()
	s.config.Log.Debug("mail: connected", slog.Bool("encrypted", encrypted), slog.Bool("signed_in", s.relay.user != ""))
	return c, nil
}

func (s *SMTP) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.relay.host, RootCAs: s.config.RootCAs, MinVersion: tls.VersionTLS12}
}

// wrap is the TLS of smtps.
func (s *SMTP) wrap(ctx context.Context, c *session) error {
	if s.relay.tls != implicit {
		return nil
	}
	over := tls.Client(c.raw, s.tlsConfig())
	if err := over.HandshakeContext(ctx); err != nil {
		return err
	}
	c.over = over
	return nil
}

func (s *SMTP) greet(_ context.Context, c *session) error {
	client, err := smtp.NewClient(c.over, s.relay.host)
	if err != nil {
		return err
	}
	c.client = client
	// Said here, or the library says "localhost"; its higher-level client would say the machine's name.
	return client.Hello(s.config.Host)
}

func (s *SMTP) encrypt(_ context.Context, c *session) error {
	if s.relay.tls != require && s.relay.tls != prefer {
		return nil
	}
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		if s.relay.tls == require {
			return ErrNoTLS
		}
		return nil
	}
	return c.client.StartTLS(s.tlsConfig())
}

// signIn sends the password as it is: the connection is encrypted and the server's name proven, or it stays inside the machine.
// PLAIN and LOGIN are what every provider knows; a server that also offers a challenge may not hold all its passwords in a form for it.
func (s *SMTP) signIn(_ context.Context, c *session) error {
	r := s.relay
	if r.user == "" {
		return nil
	}
	if _, encrypted := c.client.TLSConnectionState(); !encrypted && !r.loopback {
		return ErrOpenSignIn
	}
	_, offer := c.client.Extension("AUTH")
	switch offered := strings.Fields(strings.ToUpper(offer)); {
	case slices.Contains(offered, "PLAIN"):
		return c.client.Auth(smtp.PlainAuth("", r.user, r.password, r.host, true))
	case slices.Contains(offered, "LOGIN"):
		return c.client.Auth(smtp.LoginAuth(r.user, r.password, r.host, true))
	}
	return ErrNoSignIn
}

// deliver sends one message and keeps or drops the session. taken is true from the moment in which the server may have accepted
// the message, whatever err says: then it must not be repeated by us.
func (s *SMTP) deliver(ctx context.Context, c *session, l letter) (taken bool, err error) {
	defer func() { s.settle(ctx, c, err) }()

	if has, _ := c.client.Extension("SMTPUTF8"); l.utf8 && !has {
		return false, &Refused{Step: StepRecipient, Why: "the address needs a server with SMTPUTF8, and this one has none"}
	}
	// The library asks for SMTPUTF8 wherever it is offered; then the next server must have it too, or the mail comes back.
	c.client.SkipSMTPUTF8(!l.utf8)

	var end func() error
	err = c.within(ctx, s.config.Timeout, func() error {
		c.step = StepSender
		if err := c.client.Mail("<" + s.from + ">"); err != nil {
			return err
		}
		c.step = StepRecipient
		if err := c.client.Rcpt("<" + l.to + ">"); err != nil {
			return err
		}
		c.step = StepContent
		w, err := c.client.Data()
		if err != nil {
			return err
		}
		end = w.Close
		_, err = w.Write(l.body)
		return err
	})
	if err != nil {
		return false, err
	}
	return true, c.within(ctx, patience*s.config.Timeout, end)
}

// settle decides whether the session can carry another message.
func (s *SMTP) settle(ctx context.Context, c *session, err error) {
	if err != nil && !c.broken {
		var no *Refused
		if !errors.As(err, &no) || no.Code == 421 {
			c.broken = true
		} else if no.Code != 0 {
			c.broken = c.within(ctx, s.config.Timeout, c.client.Reset) != nil
		}
	}
	if c.broken {
		c.drop()
		return
	}
	s.keep(c)
}

// failure is a conversation that broke off. It is always worth another try.
type failure struct {
	step  Step
	cause error // one of our own words, or a context's
}

func (f *failure) Error() string { return fmt.Sprintf("mail: failed at the %s: %v", f.step, f.cause) }
func (f *failure) Unwrap() error { return f.cause }

// hungUp tells whether err is a server that is no longer there, rather than one that says no.
func hungUp(err error) bool {
	var no *Refused
	if errors.As(err, &no) {
		return no.Code == 421
	}
	return true
}

// refused judges a reply code. Only what is said about the recipient or the content condemns the message.
func refused(step Step, code int) *Refused {
	no := &Refused{Code: code, Step: step, Temporary: true}
	switch code {
	case 530, 534, 535, 538: // sign in first, or differently: RFC 4954
	default:
		if step == StepRecipient || step == StepContent {
			no.Temporary = code < 500
		}
	}
	return no
}

// failed turns whatever broke a step into an error that is safe to print: the server's words and our own IP address stay out.
func failed(step Step, err error) error {
	var answer *textproto.Error
	var ours *Refused
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours), errors.Is(err, ErrNoTLS), errors.Is(err, ErrNoSignIn), errors.Is(err, ErrOpenSignIn):
		return err
	case errors.As(err, &answer):
		return refused(step, answer.Code)
	}
	return &failure{step, words(err)}
}

// words gives the few causes that an operator can tell apart and mend.
func words(err error) error {
	var (
		name      *net.DNSError
		timeout   net.Error
		unknown   x509.UnknownAuthorityError
		wrongHost x509.HostnameError
		invalid   x509.CertificateInvalidError
		noTLS     tls.RecordHeaderError
		alert     tls.AlertError
		garbled   textproto.ProtocolError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.As(err, &name):
		return errors.New("the server's name is not known to the DNS, or the DNS does not answer")
	case errors.Is(err, errSlow), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errSlow
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("nothing listens at that host and port")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return errors.New("the network has no way to that host")
	case errors.As(err, &unknown):
		return errors.New("the server's certificate is signed by nobody we know")
	case errors.As(err, &wrongHost):
		return errors.New("the server's certificate is for another name")
	case errors.As(err, &invalid):
		return errors.New("the server's certificate is not valid (expired, or not for servers)")
	case errors.As(err, &noTLS):
		return errors.New("the server does not speak TLS there: smtps:// is usually port 465, smtp:// port 587")
	case errors.As(err, &alert):
		return errors.New("the server and we found no common way to encrypt")
	case errors.As(err, &garbled):
		return errors.New("what answers there is not a mail server")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return errors.New("the server hung up")
	}
	return errors.New("the conversation broke off")
}
