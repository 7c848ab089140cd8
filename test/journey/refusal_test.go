package journey

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// What can't be done is answered in words, in the reader's language, with the status that fits, and by one of our pages.
func TestRefusalsAreWorded(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	words, err := lang.Load(locales.FS)
	must(t, err)
	r := s.reader()
	urlencoded := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	with := func(name, value string) http.Header {
		h := urlencoded.Clone()
		h.Set(name, value)
		return h
	}
	letter := "&case=" + caseSlug + "&letter=" + atOnce
	long := strings.Repeat("A", 43)
	who := s.signer("expired@example.org")
	must(t, who.ask())
	must(t, who.open())
	waiting, err := who.waiting.form("page")
	must(t, err)
	forged := func(token string) string { return "ABCD" + token[4:] } // as long as a real one
	_, link, _ := strings.Cut(who.link, "&t=")
	for _, tag := range []lang.Tag{"en", "ru"} {
		p := words.Printer(tag)
		l := string(tag)
		for _, c := range []struct {
			name, method, path string
			header             http.Header
			body               string
			status             int
			key                string
		}{
			{"no such page", "GET", "/" + l + "/nobody", nil, "", 404, "fault.not_found"},
			{"no such letter", "GET", "/" + l + "/" + caseSlug + "/nothing", nil, "", 404, "fault.letter.none"},
			{"nowhere", "GET", "/no/such/place/at/all", nil, "", 404, "fault.not_found"},
			{"a proof of nobody", "GET", "/r/" + strings.Repeat("0", 64), nil, "", 404, "fault.receipt.none"},
			{"a proof that is none", "GET", "/r/x", nil, "", 404, "fault.receipt.none"},
			{"a private link of nobody", "GET", "/mine/" + long, nil, "", 404, "fault.link.none"},
			{"a private link cut short", "GET", "/mine/short", nil, "", 404, "fault.link.none"},
			{"a tile beyond the log", "GET", "/log/tile/0/999", nil, "", 404, "fault.not_found"},
			{"a text of another version", "GET", "/letters/" + strings.Repeat("0", 32) + "/9.txt", nil, "", 404, "fault.letter.none"},
			{"another method", "PUT", "/sign", nil, "", 405, "fault.method"},
			{"reading what is sent", "GET", "/sign", nil, "", 405, "fault.method"},
			{"sending what is read", "POST", "/" + l + "/" + caseSlug + "/" + atOnce, nil, "", 405, "fault.method"},
			{"a form in parts", "POST", "/sign", http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, "--x--", 422, "fault.form.type"},
			{"a form in JSON", "POST", "/sign", http.Header{"Content-Type": {"application/json"}}, "{}", 422, "fault.form.type"},
			{"a form without a kind", "POST", "/confirm", nil, "page=x", 422, "fault.form.type"},
			{"a form that is too large", "POST", "/sign", urlencoded, "email=" + strings.Repeat("a", 17<<10), 413, "fault.form.large"},
			{"a form that is broken", "POST", "/sign", urlencoded, "email=%zz", 422, "fault.form.broken"},
			{"from another site", "POST", "/sign", with("Sec-Fetch-Site", "cross-site"), "lang=" + l + "&email=a@example.org" + letter, 403, "fault.cross_site"},
			{"from another origin", "POST", "/confirm", with("Origin", "https://elsewhere.example"), "lang=" + l, 403, "fault.cross_site"},
			{"nothing typed", "POST", "/sign", urlencoded, "lang=" + l + "&email=" + letter, 422, "fault.email.missing"},
			{"half an address", "POST", "/sign", urlencoded, "lang=" + l + "&email=anna@" + letter, 422, "fault.email.incomplete"},
			{"a long address", "POST", "/sign", urlencoded, "lang=" + l + "&email=" + strings.Repeat("a", 300) + "@example.org" + letter, 422, "fault.email.long"},
			{"a letter that is none", "POST", "/sign", urlencoded, "lang=" + l + "&email=a@example.org&case=x&letter=y", 404, ""},
			{"a token of another day", "POST", "/confirm", urlencoded, "lang=" + l + "&page=" + forged(waiting.values.Get("page")) + "&code=AAAA-AAAA", 410, "fault.token.expired"},
			{"a token cut short", "POST", "/confirm", urlencoded, "lang=" + l + "&page=x&code=AAAA-AAAA", 422, "fault.token.broken"},
			{"no token", "POST", "/confirm", urlencoded, "lang=" + l + "&code=AAAA-AAAA", 422, "fault.token.broken"},
			{"a link of another day", "POST", "/confirm", urlencoded, "lang=" + l + "&link=" + forged(link) + "&sign=yes", 410, "fault.token.link_expired"},
			{"a link cut short", "POST", "/confirm", urlencoded, "lang=" + l + "&link=x&sign=yes", 422, "fault.token.broken"},
			{"a token without end", "POST", "/confirm", urlencoded, "lang=" + l + "&link=" + strings.Repeat("x", 10000), 422, "fault.token.broken"},
		} {
			t.Run(l+"/"+c.name, func(t *testing.T) {
				header := c.header.Clone()
				if header == nil {
					header = http.Header{}
				}
				header.Set("Accept-Language", l+", de;q=0.5")
				at, err := r.do(c.method, c.path, header, strings.NewReader(c.body))
				must(t, err)
				if at.status != c.status {
					t.Errorf("answers %d, want %d", at.status, c.status)
				}
				if at.lang() != l {
					t.Errorf("is in %q", at.lang())
				}
				if c.key != "" && !at.says(p.T(c.key)) {
					t.Errorf("does not say %q, but: %s", p.T(c.key), at.text())
				}
				if strings.Contains(at.text(), "fault.") || strings.Contains(at.text(), "SQL") || strings.Contains(at.text(), "goroutine") {
					t.Errorf("says %s", at.text())
				}
				if !strings.Contains(at.header.Get("Content-Type"), "text/html") {
					t.Errorf("is %s", at.header.Get("Content-Type"))
				}
			})
		}
	}
	// What was typed is still in the form, as text.
	at, err := r.post("/sign", map[string][]string{"lang": {"en"}, "case": {caseSlug}, "letter": {atOnce}, "email": {`anna"><script>x</script>`}})
	must(t, err)
	f, err := at.form("email", "letter")
	must(t, err)
	if f.values.Get("email") != `anna"><script>x</script>` || strings.Contains(at.body, "<script>x") {
		t.Errorf("the form came back with %q", f.values.Get("email"))
	}
}

// An address that leads out of what is served leads nowhere, however it is written.
func TestNoWayOut(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	id := s.published().Letters[0].ID.String()
	for _, path := range []string{
		"/log/tile/../../../../etc/passwd", "/log/tile/..%2f..%2f..%2fetc%2fpasswd", "/log/tile/%2e%2e/%2e%2e/etc/passwd", "/log/tile/0/../checkpoint", "/log/tile//etc/passwd", "/log/tile/0/000.p/999999999999999999999",
		"/log/tile/-1/000", "/log/tile/64/000", "/log/tile/0/x999999/x999999/x999999/999", "/log/tile/entries/000.p/0", "/log/tile/0/000.p/257", "/log/tile/0/00000000", "/log/tile/8/000", "/log/tile/0/%00", "/log/tile/entries/" + strings.Repeat("x001/", 500) + "000",
		"/letters/../outcry.db", "/letters/%2e%2e/outcry.yaml", "/letters/" + id + "/../../../outcry.yaml", "/letters/" + id + "/..%2f1.txt", "/letters/" + id + "/1.txt%00", "/letters/" + id + "/01.txt", "/letters/" + id + "/+1.txt",
		"/letters/" + id + "/-1.txt", "/letters/" + id + "/65536.txt", "/letters/" + id + "/1.txt.txt", "/letters/" + strings.ToUpper(id) + "x/1.txt", "/assets/../../outcry.db", "/assets/%2e%2e/%2e%2e/secret", `/..\..\outcry.yaml`, "//etc/passwd", "/./../outcry.db",
		"/en/../../outcry.db", "/en/%2e%2e/%2e%2e", "/en/" + caseSlug + "/%2e%2e%2f%2e%2e%2fsecret", "/demo/mail", "/demo/mail/1", "/debug/pprof/", "/metrics", "/.git/config", "/outcry.yaml", "/outcry.db", "/confirm/../sign", "/r/../../x", "/%", "/%zz", "/en/%ff%fe", "/" + strings.Repeat("a", 8000),
		"//elsewhere.example/..", "/\t", "/elsewhere.example%0d%0aSet-Cookie:%20a=b", "//elsewhere.example/%2e%2e",
	} {
		said := s.speak(t, "GET "+path+" HTTP/1.1\r\nHost: letters.example\r\nConnection: close\r\n\r\n", patience)
		var status int
		fmt.Sscanf(said, "HTTP/1.1 %d", &status)
		head, rest, _ := strings.Cut(said, "\r\n\r\n")
		switch {
		case status < 300 || status >= 500:
			t.Errorf("GET %.60s is answered with %.200q", path, said)
		case status < 400:
			for line := range strings.Lines(head) {
				if to, ok := strings.CutPrefix(strings.TrimSpace(line), "Location: "); ok && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
					t.Errorf("GET %.60s sends on to %s", path, to)
				}
			}
		}
		for _, word := range []string{"root:", "outcry-unlock", "SQLite format", "Set-Cookie"} {
			if strings.Contains(said, word) {
				t.Errorf("GET %.60s gives %q away: %.200q", path, word, rest)
			}
		}
	}
	if !healthy(s.base()) {
		t.Error("the server is not well after it")
	}
}

// A request of endless headers is cut off, and so is one that does not come to an end; meanwhile others are served.
func TestSlowAndEndlessRequests(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	head := "GET /en/ HTTP/1.1\r\nHost: letters.example\r\n"
	if said := s.speak(t, head+"X: "+strings.Repeat("a", 100<<10)+"\r\n\r\n", patience); !strings.HasPrefix(said, "HTTP/1.1 431") {
		t.Errorf("100 KB of header are answered with %.100q", said)
	}
	if said := s.speak(t, head+strings.Repeat("X: y\r\n", 20_000)+"\r\n", patience); !strings.HasPrefix(said, "HTTP/1.1 431") {
		t.Errorf("20,000 headers are answered with %.100q", said)
	}
	began := time.Now()
	done := make(chan time.Duration, 100)
	for range 100 {
		go func() {
			s.speak(t, head+"X: ", patience)
			done <- time.Since(began)
		}()
	}
	if prove { // the same for a body: half a minute
		go func() {
			s.speak(t, "POST /sign HTTP/1.1\r\nHost: letters.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=a", 2*patience)
			done <- time.Since(began) - 20*time.Second // as long as a header, and so much
		}()
	}
	people := s.crowd(5, func(i int) string { return fmt.Sprintf("meanwhile-%d@example.org", i) })
	if len(people) != 5 || time.Since(began) > patience {
		t.Errorf("five people needed %v beside a hundred slow requests", time.Since(began))
	}
	slow := 100
	if prove {
		slow++
	}
	for range slow {
		if took := <-done; took < 5*time.Second || took > patience {
			t.Errorf("a request that does not end was held for %v", took)
		}
	}
}
