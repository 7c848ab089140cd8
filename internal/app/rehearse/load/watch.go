package load

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Crowd is open pages that wait for a new number.
type Crowd struct {
	Told   atomic.Int64 // events that came, to all together
	Last   atomic.Int64 // Unix nanoseconds of the newest
	Lost   atomic.Int64 // streams that the other side ended
	ending atomic.Bool
	mu     sync.Mutex
	conns  []net.Conn
	wg     sync.WaitGroup
}

// event is how the stream begins to tell a number (internal/kernel/live).
var event = []byte("event: count")

// Open opens so many more streams, as the page's script does, and returns the first failure. Each is a connection of its own.
func (c *Crowd) Open(ctx context.Context, stream string, viewers int) error {
	u, err := url.Parse(stream)
	if err != nil {
		return err
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), map[string]string{"https": "443"}[u.Scheme])
		if u.Scheme == "http" {
			address = net.JoinHostPort(u.Hostname(), "80")
		}
	}
	request := "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAccept: text/event-stream\r\n\r\n"
	for range viewers {
		if err := ctx.Err(); err != nil {
			return err
		}
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		if u.Scheme == "https" {
			conn = tls.Client(conn, &tls.Config{ServerName: u.Hostname()})
		}
		if _, err := io.WriteString(conn, request); err != nil {
			conn.Close()
			return err
		}
		c.mu.Lock()
		c.conns = append(c.conns, conn)
		c.mu.Unlock()
		c.wg.Go(func() { c.read(conn) })
	}
	return nil
}

func (c *Crowd) read(conn net.Conn) {
	buffer := make([]byte, 1024)
	for {
		n, err := conn.Read(buffer)
		if events := bytes.Count(buffer[:n], event); events > 0 {
			c.Last.Store(time.Now().UnixNano())
			c.Told.Add(int64(events))
		}
		if err != nil {
			if !c.ending.Load() {
				c.Lost.Add(1)
			}
			return
		}
	}
}

// Size is how many are open, counting those that the other side has ended since.
func (c *Crowd) Size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns)
}

// errUntold says that some viewers did not hear a number in time.
var errUntold = errors.New("not every viewer was told the number")

// Until waits until so many events have come in all.
func (c *Crowd) Until(ctx context.Context, events int64, patience time.Duration) error {
	for end := time.Now().Add(patience); c.Told.Load() < events; {
		if time.Now().After(end) {
			return fmt.Errorf("%w: %d of %d after %v", errUntold, c.Told.Load(), events, patience)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// Close hangs up.
func (c *Crowd) Close() {
	c.ending.Store(true)
	c.mu.Lock()
	for _, conn := range c.conns {
		conn.Close()
	}
	c.mu.Unlock()
	c.wg.Wait()
}
