package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"outcry/internal/kernel/fault"
)

// What is let into a header as a site that may frame our pages is one origin, as a browser writes it, and nothing that ends the list or adds to it.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"https://ally.example", "https://ally.example:8443", "http://localhost:3000", "http://abc.onion", "https://*.example", "https://a;b", "https://ally.example/", "https://[::1]", "https://1.2.3.4", "https://a.example#",
		"https://a.example 'unsafe-inline'", "https://0x7f.1", "https://xn--e1afmkfd.example", "HTTPS://A", "https://a.example:443", "https://a.example:0", "https://\u00e4.example", "https://a%2eexample", "https://-a.example", "javascript:alert(1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := Origin(s); err != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme+"://"+u.Host != s || strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.:/-", r) }) {
			t.Fatalf("%q is taken for an origin", s)
		}
		w := httptest.NewRecorder()
		Frameable(w, []string{s})
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; frame-ancestors "+s) || strings.Count(policy, ";") != 5 {
			t.Fatalf("%q makes the policy %q", s, policy)
		}
	})
}

// A form is read as its fields, or refused in words; what is in it is never larger than it may be, and nothing else is taken for one.
func FuzzForm(f *testing.F) {
	for _, s := range [][2]string{{urlencoded, "email=a%40b&lang=en"}, {urlencoded + "; charset=utf-8", "a=1;b=2"}, {urlencoded, "%zz"}, {"multipart/form-data; boundary=x", "--x--"}, {"", "a=b"}, {urlencoded, strings.Repeat("a&", FormMost/2)},
		{urlencoded, strings.Repeat("a", FormMost+1)}, {"APPLICATION/X-WWW-FORM-URLENCODED", "a"}, {urlencoded + ";a", "\x00=\xff"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest("POST", "/sign?email=other", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		form, err := Form(httptest.NewRecorder(), r)
		if err != nil {
			if what := fault.Of(err); what == nil || what.Kind != fault.Invalid && what.Kind != fault.TooLarge || what.Kind == fault.TooLarge && len(body) <= FormMost {
				t.Fatalf("%q is refused with %v", body, err)
			}
			return
		}
		if len(body) > FormMost || !strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), urlencoded) {
			t.Fatalf("%d bytes of %q are a form", len(body), kind)
		}
		if again, err := url.ParseQuery(form.Encode()); err != nil || again.Encode() != form.Encode() {
			t.Fatalf("%q is read as %v", body, form)
		}
		if values := form["email"]; len(values) > 0 && !strings.Contains(body, "e") && !strings.Contains(body, "%") {
			t.Fatalf("the address %q stood in no form", values)
		}
	})
}

// Whatever is asked for, by whatever method and from wherever, the answer has our headers, and a post from elsewhere reaches no handler.
func FuzzShield(f *testing.F) {
	reached := 0
	m := &Mux{}
	h := shield(f, m)
	m.Handle("POST /sign", func(http.ResponseWriter, *http.Request) error { reached++; return nil })
	m.Handle("GET /{case}/{letter}", func(http.ResponseWriter, *http.Request) error { return nil })
	m.Handle("GET /log/tile/{path...}", func(http.ResponseWriter, *http.Request) error { return fault.New(fault.NotFound, "fault.not_found") })
	for _, s := range []string{"/", "//", "/a/../b", "/a/b", "/log/tile/0/000", "/%2e%2e/x", "/sign", "/sign/", "*", "/\x00", "/a%2fb/c", "http://evil.example/sign", "/a;b/c?d", "/a//b"} {
		f.Add("GET", s, "")
		f.Add("POST", s, "https://evil.example")
		f.Add("PROPFIND", s, "null")
	}
	f.Fuzz(func(t *testing.T, method, target, origin string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return // net/http answers these
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Method, r.URL, r.RequestURI = method, u, target
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		before := reached
		h.ServeHTTP(w, r)
		for _, name := range []string{"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"} {
			if w.Header().Get(name) == "" {
				t.Fatalf("%s %q is answered without %s", method, target, name)
			}
		}
		if w.Code >= 500 {
			t.Fatalf("%s %q is answered with %d", method, target, w.Code)
		}
		if at := w.Header().Get("Location"); w.Code >= 300 && w.Code < 400 && (!strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") || strings.HasPrefix(at, `/\`)) {
			t.Fatalf("%s %q leads to %q", method, target, at)
		}
		if reached > before && origin != "" {
			if from, err := url.Parse(origin); err != nil || from.Host != r.Host {
				t.Fatalf("a post from %q reached the handler", origin)
			}
		}
	})
}
