package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
)

// A second server that starts on the folder looks whether the first one's socket is somebody's. The first says nothing of it: no secret came, and none was
// refused. A socket that a killed one has left goes.
func TestASecondServerIsNoRefusedSecret(t *testing.T) {
	dir := t.TempDir()
	var said bytes.Buffer
	a := &App{Config: Config{Data: dir, Log: slog.New(slog.NewTextHandler(&said, nil))}, secret: seal.NewLocked(filepath.Join(dir, "shares"))}
	left := filepath.Join(dir, "unlock-00000000.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()

	first, err := listenUnlock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed server left is still there")
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.attend(ctx, first)
	}()
	for range 3 {
		second, err := listenUnlock(dir)
		if err != nil {
			t.Fatal(err)
		}
		second.Close()
	}
	for _, line := range []string{"password", " "} { // answered one after another, and so after those who said nothing
		if says, err := giveTo(t.Context(), first.Addr().String(), []byte(line)); err != nil || !strings.HasPrefix(says, saysRefused) {
			t.Errorf("%q: %q, %v", line, says, err)
		}
	}
	stop()
	<-done
	if n := strings.Count(said.String(), "refused"); n != 2 {
		t.Errorf("of two secrets %d were refused:\n%s", n, said.String())
	}
}

// While the server is locked every form is answered by that, also one with a file and one too long to come back; what needs no key goes on.
func TestGate(t *testing.T) {
	a := &App{secret: seal.NewLocked(t.TempDir())}
	for _, c := range []struct{ pattern, kind, body string }{
		{"POST /desk/c/{case}/photo", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n...\r\n--x--\r\n"},
		{"POST /desk/c/{case}/texts/{tongue}", "application/x-www-form-urlencoded", "summary=" + strings.Repeat("a", web.FormMost)},
		{"POST /confirm", "application/x-www-form-urlencoded", "code=1"},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		r.Pattern = c.pattern
		r.Header.Set("Content-Type", c.kind)
		if err := a.gate(httptest.NewRecorder(), r); !errors.Is(err, seal.ErrLocked) {
			t.Errorf("%s: %v", c.pattern, err)
		}
		if c.pattern == "POST /confirm" && r.PostForm.Get("code") != "1" {
			t.Error("the form can't come back")
		}
	}
}
