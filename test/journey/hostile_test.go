package journey

import (
	"bytes"
	"crypto/tls"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// speak writes bytes to the server as they are and returns what it answers until it hangs up, or falls silent.
func (s *site) speak(t testing.TB, said string, wait time.Duration) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base(), "http://"))
	must(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, said) // the server may hang up before the end
	must(t, conn.SetReadDeadline(time.Now().Add(wait)))
	b, _ := io.ReadAll(conn)
	return string(b)
}

// hostile sends addresses where none belong, in every way that a program may stumble over and tell its log or its temp folder about.
func (f *flock) hostile(t *testing.T) {
	t.Helper()
	send := func(method, path string, header http.Header, body io.Reader) {
		t.Helper()
		p, err := f.reader.do(method, path, header, body)
		if err == nil && p.status >= 500 {
			t.Errorf("%s %.60s answers %d: %.200s", method, path, p.status, p.text())
		}
	}
	one := func() string { return f.some(1)[0].address }
	urlencoded := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	form := func(pairs ...string) url.Values {
		v := url.Values{"lang": {"en"}, "case": {caseSlug}, "letter": {atOnce}, "version": {"1"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	post := func(path string, v url.Values) { send("POST", path, urlencoded, strings.NewReader(v.Encode())) }

	// A form in parts, with a file of five megabytes: what reads it spills it into the temp folder.
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for k := range form() {
		_ = w.WriteField(k, form().Get(k))
	}
	_ = w.WriteField("email", one())
	file, err := w.CreateFormFile("list", one()+".csv")
	must(t, err)
	_, _ = io.WriteString(file, strings.Repeat(one()+"\n", 100_000))
	must(t, w.Close())
	for _, path := range []string{"/sign", "/confirm", "/mine/" + strings.Repeat("A", 43)} {
		send("POST", path, http.Header{"Content-Type": {w.FormDataContentType()}}, bytes.NewReader(parts.Bytes()))
	}
	post("/sign", form("email", one(), "more", strings.Repeat(one()+" ", 3000)))
	send("POST", "/sign", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(`{"email":"`+one()+`"}`))
	send("POST", "/sign", http.Header{"Content-Type": {"text/" + one()}}, strings.NewReader(form("email", one()).Encode()))
	send("POST", "/sign", urlencoded, strings.NewReader("email="+one()+"&%zz=%"))

	for _, path := range []string{"/sign?email=", "/?email=", "/en/" + caseSlug + "/" + atOnce + "?email=", "/confirm?lang=en&t=", "/mine/", "/r/", "/en/", "/en/" + caseSlug + "/",
		"/letters/", "/log/tile/", "/log/", "/healthz?", "/live/en/", "/demo/mail/", "/", "/en/advice?next=//"} {
		address := url.QueryEscape(one())
		for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND"} {
			send(method, path+address, nil, nil)
		}
	}
	post("/sign?email="+url.QueryEscape(one()), form())
	for _, field := range []string{"lang", "case", "letter", "version", "page", "link", "code"} {
		post("/sign", form("email", "nobody@", field, one()))
		post("/confirm", form(field, one()))
	}
	waiting := f.some(1)[0]
	must(t, waiting.ask())
	f.guesses(t, waiting)
	for _, typed := range []string{"Name <%>", "%\r\nBcc: other@example.org", `"%"`, "%,", "<%>", "mailto:%", "%\x00", "%@again.example", "=?utf-8?q?%?=", "%/../x", "%<script>"} {
		post("/sign", form("email", strings.ReplaceAll(typed, "%", one())))
	}
	for _, name := range []string{"Cookie", "Authorization", "From", "Origin", "Sec-Fetch-Site", "X-Real-Ip", "Via", "If-None-Match", "Accept-Language", "Range", "X-Http-Method-Override"} {
		send("POST", "/sign", http.Header{"Content-Type": urlencoded["Content-Type"], name: {"cross-site " + one()}}, strings.NewReader(form("email", one()).Encode()))
	}

	host := "\r\nHost: letters.example\r\n"
	for _, said := range []string{
		one() + "\r\n\r\n",
		"GET /" + one() + " HTTP/9.9\r\n\r\n",
		"GET " + one() + " HTTP/1.1" + host + "\r\n",
		"GET / HTTP/1.1\r\nHost: " + one() + "\r\n\r\n",
		"GET / HTTP/1.1" + host + one() + "\r\n\r\n",
		"GET / HTTP/1.1" + host + "X: " + strings.Repeat(one(), 3000) + "\r\n\r\n",
		"POST /sign HTTP/1.1" + host + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\nemail=" + one(),
		"POST /sign HTTP/1.1" + host + "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz" + one() + "\r\n",
		"POST /sign HTTP/1.1" + host + "Content-Length: -1\r\n\r\n" + one(),
		"POST /sign HTTP/1.1" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n" + one(),
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + one(),
	} {
		if answer := f.speak(t, said, 300*time.Millisecond); strings.HasPrefix(answer, "HTTP/1.1 5") && !strings.HasPrefix(answer, "HTTP/1.1 505") {
			t.Errorf("%.40q is answered with %.100q", said, answer)
		}
	}
	if conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", strings.TrimPrefix(f.base(), "http://"), &tls.Config{ServerName: "letters.example", InsecureSkipVerify: true}); err == nil {
		conn.Close()
	}
}

// guesses are what somebody types whose mail can't come: codes, and whatever else is at hand.
func (f *flock) guesses(t *testing.T, p *signer) {
	t.Helper()
	at, err := p.waiting.form("page", "code")
	must(t, err)
	for _, guess := range []string{"ABCD-2345", p.address, strings.Repeat("A", 5000), at.values.Get("page"), "", "' OR 1=1 --", "ABCD\x002345"} {
		answer, err := p.post(at.action, at.with("code", guess))
		must(t, err)
		if answer.status != http.StatusUnprocessableEntity {
			t.Errorf("the guess %.20q is answered with %d", guess, answer.status)
		}
	}
}
