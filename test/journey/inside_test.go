package journey

import (
	"context"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/app"
	"outcry/internal/kernel/mail"
)

// clock goes as the machine's does, and can be set.
type clock struct{ off atomic.Int64 }

func (c *clock) now() time.Time      { return time.Now().Add(time.Duration(c.off.Load())) }
func (c *clock) add(d time.Duration) { c.off.Add(int64(d)) }

// within runs the server inside this process, under a clock of the test's own and with a mail client that is soon tired of waiting. It ends with the
// test, or when the function that it returns is called.
func (s *site) within(t testing.TB, c *clock) (end func()) {
	t.Helper()
	file, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(t, err)
	logger := slog.New(slog.NewTextHandler(file, nil))
	post, err := mail.New(mail.Config{URL: "smtp://" + s.smtp, From: "no-reply@letters.example", Timeout: 400 * time.Millisecond, Now: c.now, Log: logger})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.Open(ctx, app.Config{Data: s.data, SecretFile: s.secret(), Settings: app.Settings{Database: s.dsn}, Mail: post, Now: c.now, Log: logger})
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, l) }()
	ended := false
	end = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-served; err != nil && ctx.Err() == nil {
			t.Errorf("the server ends with %v", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		_ = file.Close()
	}
	t.Cleanup(end)
	s.mu.Lock()
	s.server = &server{base: "http://" + l.Addr().String()}
	s.mu.Unlock()
	eventually(t, "the server does not answer", func() bool { return healthy(s.base()) })
	return end
}
