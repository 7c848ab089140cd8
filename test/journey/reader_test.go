package journey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// page is an answer, read to its end.
type page struct {
	status int
	header http.Header
	body   string
	path   string // that was asked for
}

// reader is a browser without a window: it asks for pages and sends their forms, and follows no redirect.
type reader struct {
	site   *site
	client *http.Client
	header http.Header // sent with every request
}

// reader makes a reader of the site; it finds the server again after a restart.
func (s *site) reader() *reader { return s.readerFrom(nil) }

// readerFrom makes one whose packets come from an address of this machine.
func (s *site) readerFrom(ip net.IP) *reader {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true, IdleConnTimeout: time.Minute}
	if ip != nil {
		transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}}).DialContext
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &reader{site: s, header: http.Header{}, client: &http.Client{Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// errCookie is what no answer of ours may do.
var errCookie = errors.New("the answer sets a cookie")

// do sends a request to a path of the site, or to a whole address that the site printed.
func (r *reader) do(method, path string, header http.Header, body io.Reader) (page, error) {
	path = strings.TrimPrefix(path, publicURL)
	req, err := http.NewRequestWithContext(context.Background(), method, r.site.base()+path, body)
	if err != nil {
		return page{}, err
	}
	for _, h := range []http.Header{r.header, header} {
		for k, v := range h {
			req.Header[k] = v
		}
	}
	res, err := r.client.Do(req)
	if err != nil {
		return page{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return page{}, err
	}
	if res.Header.Get("Set-Cookie") != "" {
		err = fmt.Errorf("%s %s: %w", method, req.URL.Path, errCookie)
	}
	return page{res.StatusCode, res.Header, string(b), path}, err
}

func (r *reader) get(path string) (page, error) { return r.do(http.MethodGet, path, nil, nil) }

func (r *reader) post(path string, form url.Values) (page, error) {
	return r.do(http.MethodPost, path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(form.Encode()))
}

// read gets a page that must be there.
func (r *reader) read(path string) page {
	r.site.t.Helper()
	p, err := r.get(path)
	must(r.site.t, err)
	if p.status != http.StatusOK {
		r.site.t.Fatalf("GET %s answers %d\n%s", path, p.status, p.body)
	}
	return p
}

// form is a form on a page, as a browser would send it.
type form struct {
	action string
	values url.Values // of its inputs, as they stand
}

// forms reads all forms of a page, in their order.
func (p page) forms() (list []form) {
	doc, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		return nil
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		f := form{attribute(n, "action"), url.Values{}}
		for in := range n.Descendants() {
			if in.Type == html.ElementNode && in.Data == "input" {
				f.values.Add(attribute(in, "name"), attribute(in, "value"))
			}
		}
		list = append(list, f)
	}
	return list
}

// form finds the first form that has all those fields.
func (p page) form(fields ...string) (form, error) {
next:
	for _, f := range p.forms() {
		for _, name := range fields {
			if !f.values.Has(name) {
				continue next
			}
		}
		return f, nil
	}
	return form{}, fmt.Errorf("%s answers %d without a form of %q: %.300s", p.path, p.status, fields, p.body)
}

// links are the addresses that a page leads to.
func (p page) links() (list []string) {
	doc, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		return nil
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			list = append(list, attribute(n, "href"))
		}
	}
	return list
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is what a page says, in one line.
func (p page) text() string {
	doc, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// says tells whether a page says a sentence.
func (p page) says(sentence string) bool {
	return strings.Contains(p.text(), strings.Join(strings.Fields(sentence), " "))
}

// lang is the language that a page says it is in.
func (p page) lang() string {
	_, rest, _ := strings.Cut(p.body, `<html lang="`)
	tag, _, _ := strings.Cut(rest, `"`)
	return tag
}

// with is a copy of the form's values with one changed.
func (f form) with(name, value string) url.Values {
	v := url.Values{}
	for k, list := range f.values {
		v[k] = list
	}
	v.Set(name, value)
	return v
}
