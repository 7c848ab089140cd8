package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// What an answer may be used for elsewhere is said here; without a word of it a browser shows and hands out our answers on our own pages only.

// Frameable lets the pages of these origins show the answer, a page, in a frame of theirs; each as [Origin] found it right. Without any, nobody's. The page gets no
// script and no form: where a stranger's page surrounds it, nothing on it may be pressed that does something.
func Frameable(w http.ResponseWriter, origins []string) {
	allowed := "'none'"
	if len(origins) > 0 {
		allowed = strings.Join(origins, " ")
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "+allowed)
}

// Picture marks an answer that is a drawing of ours with one style of its own, which is the text between its <style> and </style>: opened by itself it may run and fetch
// nothing. If it is shared, pages of every other site may show it: a browser can't be told of which.
func Picture(w http.ResponseWriter, style string, shared bool) {
	sum := sha256.Sum256([]byte(style))
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
	if shared {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
}

// Shared lets any page's script read the answer. It is for public data that others recount, and never for what differs from reader to reader.
func Shared(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// OfLanguage notes that the answer was chosen by the reader's Accept-Language.
func OfLanguage(w http.ResponseWriter) { w.Header().Add("Vary", "Accept-Language") }

var (
	hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	portForm = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)
)

// Origin tells what is wrong with the origin of a site that may frame our pages, as it stands in a list: https://ally.example, and nothing behind it. It is written the
// way browsers do, for it goes into a header as it stands. Plain http is for onion addresses and for this machine.
func Origin(s string) error {
	u, err := url.Parse(s)
	switch {
	case strings.ContainsAny(s, "*"):
		return errors.New("a star would let in whoever gets a name there; write each address in full, such as https://ally.example")
	case err != nil || u.Host == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == ';' || r == ',' || r == '\'' || r == '"' }):
		return errors.New("this is no address of a site; it looks like https://ally.example")
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		return errors.New("only scheme and host are meant, with nothing behind them, not even a slash: https://ally.example")
	}
	host, port := u.Hostname(), u.Port()
	home := host == "localhost" || host == "127.0.0.1"
	switch {
	case u.Scheme != "https" && u.Scheme != "http" || strings.ToLower(s) != s:
		return errors.New("write it in small letters and beginning with https://, such as https://ally.example")
	case u.Scheme == "http" && !home && !strings.HasSuffix(host, ".onion"):
		return errors.New("without TLS the page can be changed on its way; write https://")
	case strings.ContainsFunc(host, func(r rune) bool { return r > '~' }):
		return errors.New("write the name in its ASCII form, which begins with xn--")
	case !hostForm.MatchString(host) || len(host) > 253 || port == "" && u.Host != host:
		return errors.New("this is no name of a host; it looks like https://ally.example")
	case !home && numeric(host):
		return errors.New("a number in place of a name is not matched by browsers; write the site's name")
	}
	if port != "" {
		n, _ := strconv.Atoi(port)
		if !portForm.MatchString(port) || n > 1<<16-1 {
			return errors.New("the port is a number up to 65535")
		}
		if u.Scheme == "https" && n == 443 || u.Scheme == "http" && n == 80 {
			return errors.New("leave the port out: it is the usual one")
		}
	}
	return nil
}

func numeric(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.Trim(last, "0123456789") == "" // as browsers read it: a name whose last part is a number is an address
}
