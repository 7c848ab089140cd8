package journey

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A server that is told to stop finishes what it is being asked, takes nothing new, lets those who watch go, and ends well. Whoever was
// told to be counted is.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		people := make([]*signer, 30)
		for i := range people {
			people[i] = &signer{reader: s.reader(), address: fmt.Sprintf("stop-%d@example.org", i)}
		}
		together(t, people, func(p *signer) error {
			if err := p.ask(); err != nil {
				return err
			}
			return p.open()
		})
		address := strings.TrimPrefix(s.base(), "http://")
		watching, err := http.Get(s.base() + "/live/en/" + of(t, s.published(), atOnce).ID.String())
		must(t, err)
		defer watching.Body.Close()

		const half = 20
		form := "lang=en&case=" + caseSlug + "&letter=" + atOnce + "&version=1&email=half%d@example.org"
		conns := make([]net.Conn, half)
		for i := range conns {
			text := fmt.Sprintf(form, i)
			conns[i], err = net.Dial("tcp", address)
			must(t, err)
			defer conns[i].Close()
			fmt.Fprintf(conns[i], "POST /sign HTTP/1.1\r\nHost: letters.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(text), text[:20])
		}
		time.Sleep(100 * time.Millisecond) // so that the server is reading them
		var wg sync.WaitGroup
		var mu sync.Mutex
		var counted []*signer
		first := make(chan struct{}, len(people))
		for i, p := range people {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 3 * time.Millisecond)
				if err := p.enter(); err == nil {
					mu.Lock()
					counted = append(counted, p)
					mu.Unlock()
					first <- struct{}{}
				} else if p.counted.status != 0 || strings.Contains(err.Error(), "answers") {
					t.Errorf("%s: %v", p.address, err)
				}
			})
		}
		select {
		case <-first:
		case <-time.After(patience):
			t.Fatal("nobody is counted: this shows nothing")
		}
		began := time.Now()
		must(t, s.server.cmd.Process.Signal(syscall.SIGTERM))
		time.Sleep(300 * time.Millisecond)
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			conn.Close()
			t.Error("it still takes connections")
		}
		for i, conn := range conns {
			_, err := io.WriteString(conn, fmt.Sprintf(form, i)[20:])
			must(t, err)
			must(t, conn.SetReadDeadline(time.Now().Add(patience)))
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Errorf("request %d was cut off: %v", i, err)
				continue
			}
			b, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(b), `name="page"`) {
				t.Errorf("request %d is answered with %d, %v", i, res.StatusCode, err)
			}
		}
		if _, err := io.Copy(io.Discard, watching.Body); err != nil {
			t.Errorf("who watched was cut off: %v", err)
		}
		<-s.server.ended
		wg.Wait()
		if took := time.Since(began); s.server.code != 0 || took > patience {
			t.Errorf("the server ends with %d after %v:\n%s", s.server.code, took, s.said())
		}
		s.start()
		eventually(t, "the queue does not run empty", func() bool { return s.number(t, "SELECT count(*) FROM log_queue") == 0 })
		s.grows(s.number(t, "SELECT size FROM log_state"))
		signs, _ := fetch(t, s.base()).parsed(t)
		for _, p := range counted {
			if n := len(signs[lockOf(p)]); n != 1 {
				t.Errorf("%s was told to be counted, and stands %d times in the log", p.address, n)
			}
		}
		for i := range half { // what was asked in those requests is mailed, by that process or this
			if _, err := s.mail.wait(fmt.Sprintf("half%d@example.org", i), 1, nil); err != nil {
				t.Errorf("half%d@example.org: %v", i, err)
				break
			}
		}
		t.Logf("%d of %d were told to be counted while it stopped", len(counted), len(people))
	})
}
