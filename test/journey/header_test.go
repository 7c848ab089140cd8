package journey

import (
	"net/http"
	"strings"
	"testing"
)

// Every answer carries the site's headers; what is about one signer is kept by nobody, never compressed, and tells no other address where it stands.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	r := s.reader()
	r.header.Set("Accept-Encoding", "gzip, deflate, br")
	p := &signer{reader: r, address: "head@example.org"}
	plain := &signer{reader: s.reader(), address: p.address} // reads what is compressed for the other
	must(t, plain.ask())
	must(t, plain.open())
	must(t, plain.enter())
	lock, err := plain.lock()
	must(t, err)
	f, err := plain.waiting.form("page", "code")
	must(t, err)
	link := strings.TrimPrefix(plain.link, publicURL)
	_, token, _ := strings.Cut(link, "&t=")
	id := s.published().Letters[0].ID.String()
	urlencoded := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

	const (
		kept    = "kept"    // public: may be cached and compressed
		private = "private" // about a signer: no-store, as it is
		secret  = "secret"  // the same, with the secret in its address
		plainly = "plainly" // public, of any kind
	)
	for _, c := range []struct {
		kind, method, path, body string
		status                   int
	}{
		{kept, "GET", "/en/", "", 200}, {kept, "GET", "/ru/" + caseSlug, "", 200}, {kept, "GET", "/en/" + caseSlug + "/" + atOnce, "", 200}, {kept, "HEAD", "/en/" + caseSlug + "/" + atOnce, "", 200},
		{kept, "GET", "/en/privacy", "", 200}, {kept, "GET", "/ru/recount", "", 200}, {kept, "GET", "/en/advice", "", 200},
		{plainly, "GET", "/letters.json", "", 200}, {plainly, "GET", "/log/checkpoint", "", 200}, {plainly, "GET", "/log/key", "", 200}, {plainly, "GET", "/log/tile/entries/000.p/2", "", 200},
		{plainly, "HEAD", "/log/tile/0/000.p/1", "", 200}, {plainly, "GET", "/letters/" + id + "/1.txt", "", 200}, {plainly, "GET", "/robots.txt", "", 200}, {plainly, "GET", "/healthz", "", 200},
		{plainly, "GET", "/", "", 302}, {plainly, "GET", "/en", "", 308}, {plainly, "GET", "/favicon.ico", "", 200},
		{private, "POST", "/sign", f.with("email", p.address).Encode() + "&case=" + caseSlug + "&letter=" + atOnce, 200},
		{private, "POST", "/sign", "case=" + caseSlug + "&letter=" + atOnce + "&email=", 422},
		{private, "POST", "/confirm", f.with("code", "AAAA-AAAA").Encode(), 422},
		{private, "POST", "/confirm", f.with("code", plain.code).Encode(), 200},
		{private, "POST", "/confirm", "link=" + token, 200},
		{private, "POST", "/confirm", "link=" + token + "&sign=yes", 200},
		{private, "POST", "/confirm", "link=nothing", 422}, {private, "POST", "/confirm", "page=nothing&code=x", 410},
		{private, "GET", "/r/" + lock, "", 200}, {private, "GET", "/r/" + lock + ".txt", "", 200}, {private, "GET", "/r/nothing", "", 404},
		{secret, "GET", link, "", 200}, {secret, "GET", "/confirm?t=nothing", "", 200}, {secret, "HEAD", link, "", 200},
		{secret, "GET", "/mine/" + strings.Repeat("A", 43), "", 404}, {secret, "POST", "/mine/" + strings.Repeat("A", 43), "withdraw=no", 404},
		{private, "GET", "/nothing/here", "", 404}, {private, "DELETE", "/sign", "", 405}, {private, "GET", "/sign", "", 405},
	} {
		var header http.Header
		if c.body != "" {
			header = urlencoded
		}
		at, err := r.do(c.method, c.path, header, strings.NewReader(c.body))
		if err != nil {
			t.Errorf("%s %.60s: %v", c.method, c.path, err)
			continue
		}
		say := func(format string, args ...any) {
			t.Helper()
			t.Errorf("%s %.40s (%.30s): "+format, append([]any{c.method, c.path, c.body}, args...)...)
		}
		h := at.header
		if at.status != c.status && !(c.path == "/confirm" && at.status/100 == 4 && c.status/100 == 4) {
			say("answers %d, want %d", at.status, c.status)
		}
		resource, readers := "same-origin", ""
		if c.path == "/letters.json" { // for whoever recounts, on whatever page
			resource, readers = "cross-origin", "*"
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": resource, "Access-Control-Allow-Origin": readers} {
			if h.Get(name) != want {
				say("%s is %q", name, h.Get(name))
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				say("the policy %q lacks %s", policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
			say("the policy is %q", policy)
		}
		want := "same-origin"
		if c.kind == secret {
			want = "strict-origin"
		}
		// A failure may have happened behind a private link.
		if got := h.Get("Referrer-Policy"); got != want && (at.status < 400 || got != "strict-origin") {
			say("the referrer policy is %q, want %q", got, want)
		}
		for _, name := range []string{"Set-Cookie", "Server", "X-Powered-By"} {
			if h.Get(name) != "" {
				say("it has %s: %s", name, h.Get(name))
			}
		}
		switch c.kind {
		case private, secret:
			if h.Get("Cache-Control") != "no-store" {
				say("may be kept: %q", h.Get("Cache-Control"))
			}
			if h.Get("Content-Encoding") != "" {
				say("is compressed: a guess beside a secret shows in its length")
			}
			if h.Get("ETag") != "" {
				say("has a tag that tells who comes again")
			}
		case kept:
			if h.Get("Content-Encoding") != "gzip" || h.Get("ETag") == "" || !strings.HasPrefix(h.Get("Cache-Control"), "public") || !strings.Contains(h.Get("Vary"), "Accept-Encoding") {
				say("is not as it should be kept: %v", h)
			}
		}
		if c.method == "HEAD" && at.body != "" {
			say("HEAD has a body")
		}
		if c.status == 405 && h.Get("Allow") == "" {
			say("does not say what is allowed")
		}
	}

	// The private page itself, whose address is the secret, before and after withdrawing.
	must(t, plain.enter()) // the confirmations above have replaced its link
	mine, err := r.get("/mine/" + plain.secret + "?lang=en")
	must(t, err)
	button, err := mine.form("withdraw")
	must(t, err)
	after, err := r.post(button.action, button.values)
	must(t, err)
	for _, at := range []page{mine, after} {
		h := at.header
		if at.status != 200 || h.Get("Cache-Control") != "no-store" || h.Get("Content-Encoding") != "" || h.Get("Referrer-Policy") != "strict-origin" || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") {
			t.Errorf("the private page answers %d with %v", at.status, h)
		}
	}
	for _, at := range []page{mine, after, plain.waiting} {
		for _, link := range at.links() {
			if !strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "#") && !strings.HasPrefix(link, "mailto:") {
				t.Errorf("%.20s leads to %s", at.path, link)
			}
		}
	}
}
