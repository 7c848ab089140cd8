package journey

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// crashes has the program end as programs do that go wrong: aborted with addresses in its hands, whereupon Go writes down what each goroutine was doing, and
// by a panic. Its log is searched later, like everything else. The server runs afterwards.
func (f *flock) crashes(t *testing.T) {
	t.Helper()
	held := func() { // forms that are being read, mails that are being sent
		for range 4 {
			conn, err := net.Dial("tcp", strings.TrimPrefix(f.base(), "http://"))
			must(t, err)
			t.Cleanup(func() { conn.Close() })
			_, err = conn.Write([]byte("POST /sign HTTP/1.1\r\nHost: letters.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\nemail=" + f.some(1)[0].address))
			must(t, err)
		}
		for range 4 {
			must(t, f.some(1)[0].ask())
		}
	}
	held()
	must(t, f.server.cmd.Process.Signal(syscall.SIGABRT))
	select {
	case <-f.server.ended:
	case <-time.After(patience):
		t.Fatal("the server was told to abort and still runs")
	}
	if said := f.said(); !strings.Contains(said, "SIGABRT: abort") || !strings.Contains(said, "net/http.(*conn).serve") {
		t.Fatalf("the server ended with %d and did not write down what it was doing", f.server.code)
	}

	// Somebody has damaged a row: a letter's id is one byte long, which no code of ours makes, and what reads it panics.
	d := f.rows(t)
	defer d.Close()
	var id []byte
	must(t, d.QueryRow("SELECT id FROM letter WHERE slug = $1", inBatches).Scan(&id))
	_, err := d.Exec("UPDATE letter_text SET letter = $1 WHERE letter = $2", []byte{1}, id)
	must(t, err)
	if said := f.refuses(); !strings.Contains(said, "panic: ") || !strings.Contains(said, "goroutine ") {
		t.Fatalf("no panic:\n%s", said)
	}
	_, err = d.Exec("UPDATE letter_text SET letter = $1 WHERE letter = $2", id, []byte{1})
	must(t, err)
	f.start("--verbose")
}
