package mail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"encoding/base64"
)

// fixed is when all of these mails are written.
func fixed() time.Time { return time.Date(2026, 11, 23, 5, 0, 31, 0, time.UTC) }

// Whatever a mail says, it has our headers and no others, one recipient, short lines, and arrives with its words as they were.
func FuzzCompose(f *testing.F) {
	f.Add("anna@example.org", "ru", "Подтвердите", "Код:\n\nABCD-2345\n", "<p>ABCD-2345</p>")
	f.Add("почта@пример.example", "", strings.Repeat("a b ", 60), strings.Repeat("x", 3000)+"\r\r\n.\n.\r\n", "")
	f.Add("a@b.example", "en", "=?utf-8?q?a?= Bcc: x@y.example", "From here\n.\n= =3D \u0085\u2028", "\x00")
	f.Add("a@b.example", "sr-Latn", "\t lead and trail ", " \n\n", strings.Repeat("ж", 200))
	f.Fuzz(func(t *testing.T, to, tongue, subject, text, page string) {
		m := &Message{ID: strings.Repeat("0a", 16), To: to, Lang: tongue, Subject: subject, Text: text, HTML: page}
		if len(subject) > 200 {
			return // ours are short
		}
		l, err := compose(m, "no-reply@letters.example", "letters.example", fixed())
		if err != nil {
			var no *Refused
			if !errors.As(err, &no) || no.Temporary || no.Code != 0 || no.Why == "" {
				t.Fatalf("%q is refused with %v", to, err)
			}
			return
		}
		for line := range bytes.SplitSeq(l.body, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("a line of %d bytes: %q", len(line), line)
			}
		}
		got, err := netmail.ReadMessage(bytes.NewReader(l.body))
		if err != nil {
			t.Fatalf("%v\n%s", err, l.body)
		}
		ours := []string{"From", "To", "Subject", "Message-Id", "Date", "Auto-Submitted", "Content-Language", "Mime-Version", "Content-Type", "Content-Transfer-Encoding"}
		for name, values := range got.Header {
			if !slices.Contains(ours, name) || len(values) != 1 {
				t.Fatalf("the header %s is %q", name, values)
			}
		}
		if list, err := got.Header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != l.to || list[0].Name != "" {
			t.Fatalf("a mail to %q is to %v: %v", to, list, err)
		}
		s, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
		if coded := strings.Contains(subject, "=?"); !coded && (err != nil || squeezed(s) != squeezed(subject)) { // our subjects have none of these
			t.Fatalf("the subject %q arrives as %q: %v", subject, s, err)
		}
		bodies := parts(t, got)
		want := []string{lines(text)}
		if page != "" {
			want = append(want, lines(page))
		}
		if !slices.EqualFunc(bodies, want, func(a, b string) bool { return strings.TrimRight(a, "\r\n") == strings.TrimRight(b, "\r\n") }) {
			t.Fatalf("%q arrives as %q", want, bodies)
		}
	})
}

// squeezed leaves blanks out, which folded header lines may have more or fewer of.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// parts are a mail's bodies as a reader sees them.
func parts(t *testing.T, m *netmail.Message) (bodies []string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text/plain" {
		return []string{decoded(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)}
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, decoded(t, p.Header.Get("Content-Transfer-Encoding"), p))
	}
}

func decoded(t *testing.T, encoding string, r io.Reader) string {
	t.Helper()
	switch encoding {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	default:
		t.Fatalf("encoded as %q", encoding)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// said are the errors that an operator may read: words of ours, whatever the server answers, and no address.
var said = regexp.MustCompile(`^mail: (refused (for good|for now) by the server at the [a-z-]+, code -?\d+|refused for good at the (message|recipient): [a-zA-Z0-9 ,8-]+|failed at the [a-zA-Z-]+: [a-zA-Z0-9 ,:;/()'-]+|the (server|connection) [^0-9@]+)$`)

// FuzzReplies is a mail server that answers anything at all. Nothing of it is told, a message is given up only when it was refused in so many words, and it ends soon.
func FuzzReplies(f *testing.F) {
	const hello = "220 x\r\n250-x\r\n250 8BITMIME\r\n"
	for _, s := range []string{
		hello + "250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n", hello + "250 ok\r\n550 5.1.1 <anna@example.org> unknown\r\n250 ok\r\n", hello + "250 ok\r\n250 ok\r\n354 go\r\n554 spam anna@example.org\r\n",
		hello + "451 later\r\n", hello + "421 bye\r\n", "554 no\r\n", "220 x\r\n500 what\r\n250 x\r\n250 ok\r\n250 ok\r\n354\r\n250\r\n", "220-anna\r\n", "220 " + strings.Repeat("x", 5000) + "\r\n",
		"SSH-2.0-x\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "220 x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 x\n250 x\n250\n250\n354\n250\n", "999 x\r\n", "22\r\n", "-20 x\r\n", "220 x\r\n250-SMTPUTF8\r\n250-" + strings.Repeat("250-x\r\n", 300),
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, answers []byte, wide bool) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Skip(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go io.Copy(io.Discard, c)
				_, _ = c.Write(answers)
				_ = c.(*net.TCPConn).CloseWrite()
			}
		}()
		s, err := New(Config{URL: "smtp://" + l.Addr().String(), From: "no-reply@letters.example", Now: fixed, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		to := "anna@example.org"
		if wide {
			to = "анна@example.org"
		}
		began := time.Now()
		err = s.Send(context.Background(), &Message{ID: strings.Repeat("0a", 16), To: to, Subject: "x", Text: "x"})
		if took := time.Since(began); took > 4*time.Second {
			t.Fatalf("%v for %q", took, answers)
		}
		if err == nil {
			if !bytes.Contains(answers, []byte("354")) || bytes.Count(answers, []byte("2")) < 5 {
				t.Fatalf("%q is taken for a yes", answers)
			}
			return
		}
		if !said.MatchString(err.Error()) {
			t.Fatalf("%q is told as %q", answers, err)
		}
		var no *Refused
		if errors.As(err, &no) && !no.Temporary && no.Code != 0 && (no.Code < 500 || no.Step != StepRecipient && no.Step != StepContent) {
			t.Fatalf("%q condemns the message: %v", answers, err)
		}
	})
}

// The address of a mail server is understood in full or refused, its password is in no refusal, and never goes over an open network.
func FuzzRelay(f *testing.F) {
	for _, s := range []string{"smtp://user:pass%20word@mail.example.org:587", "smtps://a:b@[::1]", "smtp://localhost", "smtp://127.0.0.1:25?tls=none", "smtp://пример.example?tls=prefer", "smtp://u:p@h?tls=none",
		"smtp://u:p@h:0", "smtp://u@h", "smtp://h/x", "smtp://h?tls=none&tls=require", "http://h", "smtp://[::ffff:127.0.0.1]", "smtp://u:p%0d%0a@h", "smtp://0x7f.1", "smtp://h:99999", "smtp://a:b@c@d", "smtp://%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseRelay(s)
		if err != nil {
			said := strings.ReplaceAll(err.Error(), "smtp://user:password@mail.example.org:587", "") // the example of one, which a short address may be a part of
			if !strings.HasPrefix(err.Error(), "mail server: ") || strings.Contains(said, s) && len(s) > 12 {
				t.Fatalf("%q is refused with %q", s, err)
			}
			return
		}
		host, port, err := net.SplitHostPort(r.address())
		if err != nil || host == "" || port == "" || strings.ContainsFunc(r.address(), func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Fatalf("%q leads to %q: %v", s, r.address(), err)
		}
		if r.password != "" && r.tls == plain && !r.loopback || (r.user == "") != (r.password == "") || strings.ContainsAny(r.user+r.password, "\r\n\x00") {
			t.Fatalf("%q signs in as %q with the policy %d", s, r.user, r.tls)
		}
		if ip := net.ParseIP(host); r.loopback && host != "localhost" && !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
			t.Fatalf("%q is taken for this machine", s)
		}
	})
}
