package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// What an answer may be used for elsewhere: nothing, unless its handler says so, and then no more than it says.
func TestSharing(t *testing.T) {
	m := &Mux{}
	h := shield(t, m)
	cache := NewCache(1 << 20)
	serve := func(path string, relax func(http.ResponseWriter)) {
		m.Handle("GET "+path, func(w http.ResponseWriter, r *http.Request) error {
			relax(w)
			return cache.ServeKind(w, r, "text/plain", "topic", path, func(out io.Writer) error {
				_, err := io.WriteString(out, path)
				return err
			})
		})
	}
	serve("/plain", func(http.ResponseWriter) {})
	serve("/nobody", func(w http.ResponseWriter) { Frameable(w, nil) })
	serve("/framed", func(w http.ResponseWriter) {
		Frameable(w, []string{"https://ally.example", "https://other.example:8443"})
	})
	serve("/drawn", func(w http.ResponseWriter) { Picture(w, "a{}", false) })
	serve("/shown", func(w http.ResponseWriter) { Picture(w, "a{}", true) })
	serve("/data", Shared)
	serve("/worded", OfLanguage)
	for _, tc := range []struct{ path, ancestors, resource, origin, vary string }{
		{"/plain", "'none'", "same-origin", "", "Accept-Encoding"},
		{"/nobody", "'none'", "same-origin", "", "Accept-Encoding"},
		{"/framed", "https://ally.example https://other.example:8443", "same-origin", "", "Accept-Encoding"},
		{"/drawn", "'none'", "same-origin", "", "Accept-Encoding"},
		{"/shown", "'none'", "cross-origin", "", "Accept-Encoding"},
		{"/data", "'none'", "cross-origin", "*", "Accept-Encoding"},
		{"/worded", "'none'", "same-origin", "", "Accept-Language Accept-Encoding"},
		{"/absent", "'none'", "same-origin", "", ""},
	} {
		for range 2 { // rendered, then from memory
			w := ask(h, "GET", tc.path, "")
			head := w.Header()
			policies := head.Values("Content-Security-Policy")
			if len(policies) != 1 {
				t.Fatalf("%s: %d policies", tc.path, len(policies))
			}
			_, ancestors, _ := strings.Cut(policies[0], "frame-ancestors ")
			ancestors, _, _ = strings.Cut(ancestors, ";")
			got := []string{ancestors, head.Get("Cross-Origin-Resource-Policy"), head.Get("Access-Control-Allow-Origin"), strings.Join(head.Values("Vary"), " ")}
			if want := []string{tc.ancestors, tc.resource, tc.origin, tc.vary}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %q, want %q", tc.path, got, want)
			}
			if !strings.HasPrefix(policies[0], "default-src 'none'; ") || head.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", tc.path, head)
			}
			if tc.path != "/plain" && tc.path != "/data" && tc.path != "/worded" && tc.path != "/absent" && strings.Contains(policies[0], "script-src") {
				t.Errorf("%s may run scripts: %s", tc.path, policies[0])
			}
		}
	}
	if w := ask(h, "GET", "/shown", ""); w.Header().Get("Content-Type") != "text/plain" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='") {
		t.Errorf("%v", w.Header())
	}
	// What one handler relaxes stays its own.
	if w := ask(h, "GET", "/plain", ""); strings.Contains(fmt.Sprint(w.Header()), "ally") || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", w.Header())
	}
}

func TestOrigin(t *testing.T) {
	for _, good := range []string{
		"https://ally.example", "https://a.b.ally.example", "https://ally.example:8443", "https://xn--80ak6aa92e.example", "http://localhost", "http://localhost:8080", "http://127.0.0.1:8080",
		"https://127.0.0.1", "http://expyuzz4wqqyqhjn.onion", "https://1st.example", "https://ally.example:1",
	} {
		if err := Origin(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"": "no address", "ally.example": "no address", "https://": "no address", "https:": "no address", "//ally.example": "small letters", "ftp://ally.example": "small letters", "data:x": "no address",
		"*": "star", "https://*.example": "star", "https://*": "star", "https:*": "star",
		"https://ally.example/": "nothing behind", "https://ally.example/page": "nothing behind", "https://ally.example?x": "nothing behind", "https://ally.example?": "nothing behind",
		"https://ally.example#": "nothing behind", "https://ally.example#x": "nothing behind", "https://user@ally.example": "nothing behind", "https://u:p@ally.example": "nothing behind",
		"HTTPS://ally.example": "small letters", "https://Ally.example": "small letters", "http://ally.example": "TLS", "http://ally.onion.example": "TLS", "http://notonion": "TLS",
		"https://союз.example": "xn--", "https://ally_.example": "no name", "https://-ally.example": "no name", "https://ally..example": "no name", "https://.example": "no name", "https://ally.example.": "no name",
		"https://192.0.2.1": "number", "https://[2001:db8::1]": "no name", "https://3221225985": "number", "https://0x7f.1": "number", "http://127.0.0.2": "TLS",
		"https://ally.example:": "no name", "https://ally.example:443": "usual", "http://localhost:80": "usual", "https://ally.example:0": "port", "https://ally.example:70000": "port", "https://ally.example:08": "port",
		"https://ally.example; script-src *": "star", "https://ally.example;x": "no address", "https://ally.example https://b.example": "no address", "https://ally.example\nX: y": "no address",
		"https://ally.example,": "no address", "'self'": "no address", "https://a'b.example": "no address", "https://" + strings.Repeat("a.", 130) + "example": "no name", "null": "no address",
	} {
		if err := Origin(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", bad, err, want)
		}
	}
}
