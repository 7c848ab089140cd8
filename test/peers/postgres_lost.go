package peers

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// Thief stands between a program and its PostgreSQL, and now and then keeps what the server says to a commit: the server has committed, the connection is
// gone, and nobody was told. Or it keeps the end of an answer whose rows have arrived, or for a while everything.
type Thief struct {
	DSN  string // by way of the thief
	next atomic.Bool
	took atomic.Int64
	cut  atomic.Pointer[[]byte] // what the server says after the rows of Cut
	hold atomic.Pointer[hush]
}

// hush is a time in which the server is not heard.
type hush struct {
	once      sync.Once
	met, over chan struct{} // closed when it had something to say; when it is heard again
}

// NewThief stands before a database that Postgres made, until the test ends.
func NewThief(t testing.TB, dsn string) *Thief {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "thief") // short: it is a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	const name = ".s.PGSQL.5432"
	q := u.Query()
	server := filepath.Join(q.Get("host"), name)
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	l, err := net.Listen("unix", filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &Thief{DSN: u.String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.stand(c, server)
		}
	}()
	return p
}

// headSize is what stands before the words of a message of the server's: its kind in a byte, its length in four.
const headSize = 5

// Steal has the answer to the writer's next commit disappear.
func (p *Thief) Steal() { p.next.Store(true) }

// Cut has the connection end when the server has sent the rows of the next reading that has so many, and before it has said that these were all.
func (p *Thief) Cut(rows int) {
	said := fmt.Appendf(nil, "SELECT %d\x00", rows)
	p.cut.Store(&said)
}

// Hold has nothing arrive of what the server says, until it is released. met is closed once there is something.
func (p *Thief) Hold() (met <-chan struct{}, release func()) {
	h := &hush{met: make(chan struct{}), over: make(chan struct{})}
	p.hold.Store(h)
	return h.met, sync.OnceFunc(func() {
		p.hold.Store(nil)
		close(h.over)
	})
}

// Took is how many answers have disappeared.
func (p *Thief) Took() int { return int(p.took.Load()) }

// stand carries what is said between a client and the server.
func (p *Thief) stand(c net.Conn, server string) {
	defer c.Close()
	s, err := net.Dial("unix", server)
	if err != nil {
		return
	}
	defer s.Close()
	var stolen atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer c.Close()
		b := make([]byte, 64<<10)
		for {
			n, err := s.Read(b)
			if err != nil || stolen.Load() { // what it says is that it has committed
				return
			}
			if h := p.hold.Load(); h != nil {
				h.once.Do(func() { close(h.met) })
				<-h.over
			}
			if said := p.cut.Load(); said != nil {
				if at := bytes.Index(b[:n], *said); at >= 0 && p.cut.CompareAndSwap(said, nil) {
					p.took.Add(1)
					c.Write(b[:at-headSize])
					return
				}
			}
			if _, err := c.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 64<<10)
	for {
		n, err := c.Read(b)
		if err != nil {
			break
		}
		// As kernel/db's writer says it, and nobody else here does.
		if bytes.HasSuffix(b[:n], []byte("COMMIT\x00")) && p.next.CompareAndSwap(true, false) {
			stolen.Store(true)
			p.took.Add(1)
		}
		if _, err := s.Write(b[:n]); err != nil {
			break
		}
	}
	if !stolen.Load() {
		s.Close()
	}
	<-done
}
