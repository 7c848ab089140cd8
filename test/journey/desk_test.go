package journey

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// raw sends bytes to the server as they are, and returns the first answer's status and all that came back.
func (s *site) raw(text string) (status int, all string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base(), "http://"))
	must(s.t, err)
	defer conn.Close()
	must(s.t, conn.SetDeadline(time.Now().Add(patience)))
	go func() { _, _ = io.WriteString(conn, text) }() // an answer may come before all is sent
	b, _ := io.ReadAll(conn)
	_, _ = fmt.Sscanf(string(b), "HTTP/1.1 %d", &status)
	if status == 0 {
		_, _ = fmt.Sscanf(string(b), "HTTP/1.0 %d", &status)
	}
	return status, string(b)
}

// caseAtDesk and casePage are where the case is: for its committee, and for everybody.
const (
	caseAtDesk = "/desk/c/orlov"
	casePage   = "/en/orlov"
)

// What a client can send that is no browser: lines, hosts, lengths and paths that one reads in this way and another in that. Nobody gets past the door, another committee's lead
// sees no page of a case that isn't theirs, nothing of it is answered by a failure of ours, and what a stranger sends behind an address of the desk is not waited for.
func TestDeskOnTheWire(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		lead, other := s.joins(&clock{}, s.invited(), "Rowan"), s.joins(&clock{}, s.invited("--new-committee", "allies"), "Birch")
		if p := lead.send("GET", caseAtDesk, nil); p.status != 200 || !strings.Contains(p.body, caseAtDesk+"/") {
			t.Fatalf("its own lead: %d", p.status)
		}
		const end = "Connection: close\r\n\r\n"
		for who, cookie := range map[string]string{"nobody": "", "another's lead": "Cookie: " + other.cookie + "\r\n"} {
			for _, line := range []string{
				"GET " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\n", "GET " + caseAtDesk + " HTTP/1.0\r\n", "HEAD " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\n",
				"GET http://letters.example" + caseAtDesk + " HTTP/1.1\r\nHost: other.example\r\n", "GET /" + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\n",
				"CONNECT " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\n", "GET /desk/in/.." + strings.TrimPrefix(caseAtDesk, "/desk") + " HTTP/1.1\r\nHost: letters.example\r\n",
				"GET /desk/in%2f.." + strings.TrimPrefix(caseAtDesk, "/desk") + " HTTP/1.1\r\nHost: letters.example\r\n", "GET /desk/in HTTP/1.1\r\nHost: letters.example\r\nX-Original-URL: " + caseAtDesk + "\r\n",
				"GET /desk/in HTTP/1.1\r\nHost: letters.example\r\nX-Rewrite-URL: " + caseAtDesk + "\r\n", "GET " + caseAtDesk + "\x00 HTTP/1.1\r\nHost: letters.example\r\n",
				"GET " + caseAtDesk + "\t HTTP/1.1\r\nHost: letters.example\r\n", "GET " + caseAtDesk + " HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n", "GET " + caseAtDesk + " HTTP/1.1\r\n",
				"GET " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-User: Rowan\r\nAuthorization: Basic Um93YW46\r\n",
				"GET " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\nCookie: outcry-desk=\r\n", "GET " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\n" + cookie,
				"POST " + caseAtDesk + "/withhold HTTP/1.1\r\nHost: letters.example\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n", "GET \\desk\\c HTTP/1.1\r\nHost: letters.example\r\n",
				"POST " + caseAtDesk + "/withhold HTTP/1.1\r\nHost: letters.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n",
			} {
				body := ""
				if strings.Contains(line, "chunked") {
					body = "0\r\n\r\n"
				}
				status, all := s.raw(line + cookie + end + body)
				if status == 0 && all != "" || status >= 500 && status != 505 || status == 200 && !strings.Contains(line, " /desk/in HTTP") {
					t.Errorf("%s: %q: %d %.200s", who, line, status, all)
				}
				if strings.Contains(all, caseAtDesk+"/") || strings.Contains(all, `href="/desk/people"`) && who == "nobody" || strings.Contains(all, "100 Continue") && who == "nobody" {
					t.Errorf("%s: %q shows it: %d %.200s", who, line, status, all)
				}
			}
		}
		// HEAD has a head alone; and the page is there afterwards: none of the forms above was taken.
		if _, all := s.raw("HEAD " + caseAtDesk + " HTTP/1.1\r\nHost: letters.example\r\nCookie: " + lead.cookie + "\r\n" + end); !strings.HasPrefix(all, "HTTP/1.1 200") || !strings.HasSuffix(all, "\r\n\r\n") {
			t.Errorf("HEAD: %.300s", all)
		}
		if p := s.reader().read(casePage); p.status != 200 {
			t.Errorf("the page answers %d", p.status)
		}
		// A server that was started anew knows who had signed in, and what ended with a press has ended.
		s.restart()
		if p := lead.send("GET", "/desk/people", nil); p.status != 200 {
			t.Errorf("after a restart: %d", p.status)
		}
		was := *lead
		if p := lead.send("POST", "/desk/out", nil); p.status != 303 {
			t.Errorf("signing out: %d", p.status)
		}
		if p := was.send("GET", "/desk/people", nil); p.status != 303 {
			t.Errorf("after signing out: %d", p.status)
		}
	})
}
