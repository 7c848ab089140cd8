package mail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gomail "github.com/wneessen/go-mail"

	"outcry/internal/kernel/mail"
)

// sent returns the bytes of m as a server gets them, and all that went over the wire.
func sent(t *testing.T, m *mail.Message) (data, wire string) {
	t.Helper()
	p := start(t, settings{utf8: true})
	s := dial(t, "smtp://"+p.addr)
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mails, _, _, _, _, wire := p.sees()
	return string(mails[0].data), wire
}

func TestWhatLeaves(t *testing.T) {
	data, _ := sent(t, note(0xabc))
	boundary := regexp.MustCompile(`boundary=([0-9a-f]+)`).FindStringSubmatch(data)
	if boundary == nil {
		t.Fatalf("no boundary in:\n%s", data)
	}
	got := strings.ReplaceAll(data, boundary[1], "BOUNDARY")
	want := strings.ReplaceAll(`Auto-Submitted: auto-generated
Content-Language: en
Date: Tue, 03 Nov 2026 11:20:00 +0000
MIME-Version: 1.0
Message-ID: <00000000000000000000000000000abc@campaign.example>
Subject: Confirm your signature
From: <letter@campaign.example>
To: <secret.signer@inbox.example>
Content-Type: multipart/alternative;
 boundary=BOUNDARY

--BOUNDARY
Content-Transfer-Encoding: quoted-printable
Content-Type: text/plain; charset=UTF-8

Your code is A1B2.

--BOUNDARY
Content-Transfer-Encoding: quoted-printable
Content-Type: text/html; charset=UTF-8

<p>Your code is A1B2.</p>

--BOUNDARY--
`, "\n", "\r\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("these bytes and no others (-want +got):\n%s", diff)
	}
}

func TestTextAlone(t *testing.T) {
	m := note(1)
	m.HTML, m.Lang = "", ""
	data, _ := sent(t, m)
	msg, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range msg.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// Nothing that went over the wire, in either direction, may name the machine, its user or the program.
func TestTheMachineStaysUnnamed(t *testing.T) {
	_, wire := sent(t, note(1))
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{host, "go-mail", "User-Agent", "X-Mailer", "Received", "localhost"}
	if u, err := user.Current(); err == nil {
		names = append(names, u.Username)
	}
	find := func(name, in string) bool {
		return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name) + `\b`).MatchString(in)
	}
	for _, name := range names {
		if find(name, wire) {
			t.Errorf("%q went over the wire:\n%s", name, wire)
		}
	}
	// The search must be able to find them: the library left to itself tells three of them.
	var told bytes.Buffer
	careless := gomail.NewMsg()
	if _, err := careless.WriteTo(&told); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{host, "go-mail", "User-Agent"} {
		if !find(name, told.String()) {
			t.Errorf("the search does not find %q where it is:\n%s", name, told.String())
		}
	}
}

func TestTextsArriveWhole(t *testing.T) {
	long := strings.Repeat("слово ", 400)
	tests := []struct {
		name                string
		subject, text, html string
	}{
		{"Latin", "Your code: naïve = yes", "Line one\nLine two = 2\n.\n..dots\nFrom here\n", "<p>naïve</p>"},
		{"Cyrillic", "Подтвердите вашу подпись под открытым письмом, пожалуйста, до конца недели", "Ваш код: A1B2\r\n" + long, "<p>" + long + "</p>"},
		{"Arabic", "أكّد توقيعك", "رمزك هو A1B2\n", "<p dir=\"rtl\">رمزك</p>"},
		{"lone CR", "Code", "one\rtwo", "<p>a</p>\r<p>b</p>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := note(1)
			m.Subject, m.Text, m.HTML = tt.subject, tt.text, tt.html
			data, _ := sent(t, m)
			for i, line := range strings.Split(data, "\r\n") {
				if len(line) > 100 || strings.ContainsAny(line, "\r\n") {
					t.Errorf("line %d is %d bytes long or has a bare line break", i, len(line))
				}
				if strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
					t.Errorf("line %d has 8 bits: %q", i, line)
				}
			}
			msg, err := netmail.ReadMessage(strings.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
			if err != nil || subject != tt.subject {
				t.Errorf("subject %q, %v; want %q", subject, err, tt.subject)
			}
			_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
			if err != nil {
				t.Fatal(err)
			}
			parts := multipart.NewReader(msg.Body, params["boundary"])
			for _, want := range []string{tt.text, tt.html} {
				part, err := parts.NextPart()
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(decoded(part))
				if err != nil {
					t.Fatal(err)
				}
				want = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(want)
				if diff := cmp.Diff(want, string(b)); diff != "" {
					t.Errorf("part (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestUnfitMessages(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*mail.Message)
	}{
		{"line break in the address", func(m *mail.Message) { m.To = "a@b.example\r\nBcc: c@d.example" }},
		{"bare LF in the address", func(m *mail.Message) { m.To = "a@b.example\nX: y" }},
		{"command in the address", func(m *mail.Message) { m.To = "a@b.example>\r\nRCPT TO:<c@d.example" }},
		{"parameter in the address", func(m *mail.Message) { m.To = "a@b.example> NOTIFY=SUCCESS" }},
		{"two addresses", func(m *mail.Message) { m.To = "a@b.example, c@d.example" }},
		{"display name", func(m *mail.Message) { m.To = "Eve <a@b.example>" }},
		{"comment", func(m *mail.Message) { m.To = "a(x)@b.example" }},
		{"quoted local part", func(m *mail.Message) { m.To = `"a b"@b.example` }},
		{"address literal", func(m *mail.Message) { m.To = "a@[127.0.0.1]" }},
		{"invisible character", func(m *mail.Message) { m.To = "a\u200bb@b.example" }},
		{"direction override", func(m *mail.Message) { m.To = "a\u202eb@b.example" }},
		{"line separator", func(m *mail.Message) { m.To = "a\u2028b@b.example" }},
		{"NUL", func(m *mail.Message) { m.To = "a\x00@b.example" }},
		{"broken UTF-8", func(m *mail.Message) { m.To = "a\xff@b.example" }},
		{"domain that is none", func(m *mail.Message) { m.To = "a@-b.example" }},
		{"IDN that is none", func(m *mail.Message) { m.To = "a@\u0300б.example" }},
		{"no address", func(m *mail.Message) { m.To = "" }},
		{"endless address", func(m *mail.Message) { m.To = strings.Repeat("a", 250) + "@b.example" }},
		{"line break in the subject", func(m *mail.Message) { m.Subject = "Hi\r\nBcc: c@d.example" }},
		{"bare CR in the subject", func(m *mail.Message) { m.Subject = "Hi\rBcc: c@d.example" }},
		{"NEL in the subject", func(m *mail.Message) { m.Subject = "Hi\u0085Bcc: c@d.example" }},
		{"no subject", func(m *mail.Message) { m.Subject = "" }},
		{"header in the language", func(m *mail.Message) { m.Lang = "en\r\nX: y" }},
		{"header in the ID", func(m *mail.Message) { m.ID = "0123456789abcdef0123456789abc\r\nX" }},
		{"short ID", func(m *mail.Message) { m.ID = "abc" }},
		{"no text", func(m *mail.Message) { m.Text = "" }},
		{"text that is not UTF-8", func(m *mail.Message) { m.Text = "\xff" }},
	}
	p := start(t, settings{utf8: true})
	s := dial(t, "smtp://"+p.addr)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := note(1)
			tt.spoil(m)
			for _, err := range []error{s.Send(t.Context(), m), new(mail.Sink).Send(t.Context(), m)} {
				no := refusal(t, err)
				if no.Temporary || no.Code != 0 || no.Step != mail.StepMessage {
					t.Errorf("got %+v, want refused for good before a server is asked", no)
				}
			}
		})
	}
	_ = refusal(t, s.Send(t.Context(), nil))
	if _, sessions, _, _, _, _ := p.sees(); sessions != 0 {
		t.Errorf("the server was asked %d times", sessions)
	}
}

func TestAddressesOutsideASCII(t *testing.T) {
	tests := []struct {
		name     string
		to, rcpt string
		capable  bool // the server has SMTPUTF8
		utf8     bool // it is asked for
		refused  bool
	}{
		{"domain, simple server", "anna@пример.example", "anna@xn--e1afmkfd.example", false, false, false},
		{"domain, capable server", "anna@пример.example", "anna@xn--e1afmkfd.example", true, false, false},
		{"plain, capable server", "anna@b.example", "anna@b.example", true, false, false},
		{"local part, capable server", "анна@пример.example", "анна@xn--e1afmkfd.example", true, true, false},
		{"local part, simple server", "анна@пример.example", "", false, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, settings{utf8: tt.capable})
			s := dial(t, "smtp://"+p.addr)
			m := note(1)
			m.To = tt.to
			err := s.Send(t.Context(), m)
			if tt.refused {
				no := refusal(t, err)
				if no.Temporary || no.Step != mail.StepRecipient || no.Code != 0 || strings.Contains(err.Error(), "анна") {
					t.Errorf("got %+v, want refused for good", no)
				}
				// The connection is as good as before.
				if err := s.Send(t.Context(), note(2)); err != nil {
					t.Fatal(err)
				}
				if mails, sessions, _, _, _, _ := p.sees(); sessions != 1 || len(mails) != 1 {
					t.Errorf("%d messages over %d connections, want 1 over 1", len(mails), sessions)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			mails, _, _, _, _, _ := p.sees()
			if mails[0].to != tt.rcpt || mails[0].utf8 != tt.utf8 {
				t.Errorf("sent to %q with SMTPUTF8 %v, want %q with %v", mails[0].to, mails[0].utf8, tt.rcpt, tt.utf8)
			}
			if !strings.Contains(string(mails[0].data), "To: <"+tt.rcpt+">") {
				t.Errorf("the header differs from the envelope:\n%s", mails[0].data)
			}
		})
	}
}

func TestMessageNeverPrints(t *testing.T) {
	m := *note(1)
	var logs bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&logs, nil), slog.NewJSONHandler(&logs, nil)} {
		slog.New(h).Info("x", "value", m, "pointer", &m, "nested", struct{ M mail.Message }{m}, "list", []*mail.Message{&m})
	}
	asJSON, err := json.Marshal(map[string]any{"m": m, "p": &m, "n": struct{ M *mail.Message }{&m}})
	if err != nil {
		t.Fatal(err)
	}
	all := logs.String() + string(asJSON) + m.String() + m.GoString()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		all += fmt.Sprintf(verb+verb+verb, m, &m, []mail.Message{m})
	}
	for _, private := range []string{signer, "A1B2", "Confirm", "000000", fmt.Sprintf("%x", signer)} {
		if strings.Contains(all, private) {
			t.Errorf("%q is printed:\n%s", private, all)
		}
	}
	if !strings.Contains(all, "private") {
		t.Error("nothing was printed at all: the test looks at nothing")
	}
}

func FuzzRecipient(f *testing.F) {
	for _, s := range []string{signer, "анна@пример.example", "a@b\r\nc", `"a"@b`, "a@b>", "a@[::1]", "\u212a@b.example", "a..b@c.d", "@", "a@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, to string) {
		bare, ok := mail.Recipient(to)
		if !ok {
			return
		}
		if strings.ContainsAny(bare, "\r\n\x00 <>\"(),;:[]\\") || strings.Count(bare, "@") != 1 || len(bare) > 254 {
			t.Errorf("%q went through as %q", to, bare)
		}
		parsed, err := netmail.ParseAddress("<" + bare + ">")
		if err != nil || parsed.Address != bare {
			t.Errorf("%q went through as %q, which reads as %v, %v", to, bare, parsed, err)
		}
	})
}
