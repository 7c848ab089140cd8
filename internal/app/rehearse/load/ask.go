// Package load is what stands in for people before a site: who asks for pages and fills in forms, who leaves a page open, and the mailbox that they read.
// The rehearsal and the measurements in test/bench share it.
package load

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Ask is one request: a GET, or a POST where there is a form.
type Ask struct {
	URL  string
	Form string // urlencoded
	Gzip bool   // take the answer compressed, as browsers do
	Tag  string // the ETag of a copy that one has; then 304 is a good answer too
	Good string // what the body has to hold
}

// Status is an answer that is not what was asked for.
type Status struct {
	Method, Path string
	Code         int
	Later        string // Retry-After
}

func (s *Status) Error() string {
	return fmt.Sprintf("%s %s: %d %s", s.Method, s.Path, s.Code, http.StatusText(s.Code))
}

// Client is how a browser's connections are kept: so many at most, an answer within that time, no redirect followed.
func Client(connections int, patience time.Duration) *http.Client {
	return &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true,
			DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		},
	}
}

// Send asks and reads the whole answer into buffer. What is neither 200 nor, where a copy is held, 304, or lacks what a good answer holds, is an error, of type
// [Status] if there was an answer.
func (a Ask) Send(client *http.Client, buffer []byte) ([]byte, error) {
	body, _, err := a.Fetch(client, buffer)
	return body, err
}

// Fetch is Send that tells the answer's ETag too.
func (a Ask) Fetch(client *http.Client, buffer []byte) (body []byte, tag string, err error) {
	method, form := http.MethodGet, io.Reader(nil)
	if a.Form != "" {
		method, form = http.MethodPost, strings.NewReader(a.Form)
	}
	req, err := http.NewRequest(method, a.URL, form)
	if err != nil {
		return nil, "", err
	}
	if a.Form != "" {
		req.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		req.Header["Sec-Fetch-Site"] = []string{"same-origin"}
	}
	if a.Gzip {
		req.Header["Accept-Encoding"] = []string{"gzip"}
	}
	if a.Tag != "" {
		req.Header["If-None-Match"] = []string{a.Tag}
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	for {
		if len(buffer) == cap(buffer) {
			buffer = slices.Grow(buffer, cap(buffer)+512)
		}
		n, err := resp.Body.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, "", err
		}
	}
	tag = resp.Header.Get("ETag")
	switch {
	case resp.StatusCode == http.StatusNotModified && a.Tag != "":
		return buffer, tag, nil
	case resp.StatusCode != http.StatusOK:
		return nil, "", &Status{method, req.URL.Path, resp.StatusCode, resp.Header.Get("Retry-After")}
	case a.Good != "" && !bytes.Contains(buffer, []byte(a.Good)):
		return nil, "", fmt.Errorf("%s %s: an answer without %q", method, req.URL.Path, a.Good)
	}
	return buffer, tag, nil
}

// Between cuts out what stands between two marks; empty if they don't.
func Between(b []byte, start, end string) string {
	_, rest, ok := bytes.Cut(b, []byte(start))
	if !ok {
		return ""
	}
	text, _, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return ""
	}
	return string(text)
}

var code = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b`)

// Code finds the code in a mail's text; empty if there is none.
func Code(text string) string { return code.FindString(text) }

// Domains are mail providers whose one domain may get 20,000 mails an hour (docs/threat-model.md); a small one stops at 300. Nothing is ever sent there: what
// is addressed to them goes to a mailbox of our own.
var Domains = []string{
	"gmail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "proton.me", "protonmail.com", "gmx.de",
	"gmx.net", "web.de", "mail.ru", "yandex.ru", "ya.ru", "ukr.net", "free.fr", "orange.fr", "tutanota.com",
}

// Hourly is how many mails a letter may cause in an hour: the addresses asked for in one server's life must stay below.
const Hourly = 50_000
