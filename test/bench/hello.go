package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// helloMark in the environment makes this test binary the bare server instead of running tests.
const helloMark = "BENCH_HELLO"

// serveHello is the yardstick: net/http and eleven bytes. It ends when whoever started it is gone.
func serveHello() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(l.Addr())
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello world") }))
}

// hello is the bare server, and what it answered when it was last asked.
type hello struct {
	url string
	pid int
}

func startHello(t testing.TB) *hello {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), helloMark+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the bare server did not start: %v", err)
	}
	return &hello{url: "http://" + strings.TrimSpace(address) + "/", pid: cmd.Process.Pid}
}

// probe asks the bare server for a while with c clients.
func (h *hello) probe(t testing.TB, c int, d time.Duration) run {
	t.Helper()
	before := cpuOf(h.pid)
	r := load{clients: c, time: d, next: func(int) ask { return ask{url: h.url} }}.run()
	if r.failed > 0 {
		t.Fatalf("the bare server: %d of %d answers failed: %s", r.failed, r.done+r.failed, r.why)
	}
	r.cpu = cpuOf(h.pid) - before
	return r
}
