package journey

import (
	"io"
	"net"
	"sync"
	"testing"
)

// gate stands before a server and can be shut: then nobody answers at its address.
type gate struct {
	t    testing.TB
	addr string
	to   string

	mu    sync.Mutex
	door  net.Listener
	conns map[net.Conn]bool
}

func newGate(t testing.TB, to string) *gate {
	t.Helper()
	g := &gate{t: t, addr: "127.0.0.1:0", to: to, conns: map[net.Conn]bool{}}
	g.open()
	t.Cleanup(g.shut)
	return g
}

// open lets connections through, at the same address as before.
func (g *gate) open() {
	g.t.Helper()
	l, err := net.Listen("tcp", g.addr)
	must(g.t, err)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.door, g.addr = l, l.Addr().String()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", g.to)
			if err != nil {
				in.Close()
				continue
			}
			g.mu.Lock()
			g.conns[in], g.conns[out] = true, true
			g.mu.Unlock()
			go pass(in, out)
			go pass(out, in)
		}
	}()
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
}

// shut cuts what goes through and answers nobody.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.door.Close()
	for c := range g.conns {
		c.Close()
	}
	clear(g.conns)
}
