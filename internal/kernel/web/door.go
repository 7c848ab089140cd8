package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"outcry/internal/kernel/fault"
)

// The bounds of what is in hand at the same time. What comes beyond them is refused at once, and the dearest last: new streams first, then reads that are not
// in memory, then forms. A page in memory costs less than a refusal, and is always served.
const (
	postsMost = 1024 // forms in hand; one more is refused
	postsMany = 512  // from here on no read gets any work done, and no stream begins
	readsMost = 256  // reads in hand; the same from here on

	readTime = 10 * time.Second // after which a read that has not been answered is given up
	postTime = 40 * time.Second // the same of a form; the database says sooner that it can't
)

// door counts what is in hand.
type door struct {
	posts, reads atomic.Int64
	quiet        quiet
}

// full is the fault of who is refused at the door.
var full = fault.New(fault.Busy, "fault.busy").Because(errors.New("too many requests are in hand"))

// visit is a request's context with the time it may take, which begins when somebody first looks: most pages come from memory, and nobody does. Whoever words its
// failure needs the one without.
type visit struct {
	whole context.Context
	limit time.Duration

	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
}

type wholeKey struct{}

// begun is the context in which the time runs.
func (v *visit) begun() context.Context {
	v.once.Do(func() { v.ctx, v.cancel = context.WithTimeout(v.whole, v.limit) })
	if v.ctx == nil { // who looks when all is over
		return v.whole
	}
	return v.ctx
}

func (v *visit) end() {
	v.once.Do(func() {})
	if v.cancel != nil {
		v.cancel()
	}
}

func (v *visit) Deadline() (time.Time, bool) { return v.begun().Deadline() }
func (v *visit) Done() <-chan struct{}       { return v.begun().Done() }
func (v *visit) Err() error                  { return v.begun().Err() }
func (v *visit) Value(key any) any {
	if key == (wholeKey{}) {
		return v.whole
	}
	return v.begun().Value(key)
}

// whole is a request as it came, without the time that it may take.
func whole(r *http.Request) *http.Request {
	if ctx, ok := r.Context().Value(wholeKey{}).(context.Context); ok {
		return r.WithContext(ctx)
	}
	return r
}

// guard is what stands between Shield and the handlers: a request gets its time to be answered in, or is refused.
func (m *Mux) guard(w http.ResponseWriter, r *http.Request, pattern string) {
	d := &m.door
	crowded := d.posts.Load() >= postsMany
	switch {
	case r.Method == http.MethodPost || m.vital[pattern]:
		m.form(w, r, pattern)
	case m.streams[pattern] && (crowded || d.reads.Load() >= readsMost):
		later(w)
	case m.streams[pattern]:
		m.ServeMux.ServeHTTP(w, r)
	default:
		defer d.reads.Add(-1)
		limit := readTime
		if d.reads.Add(1) > readsMost || crowded {
			limit = 0 // over before it begins: what is in memory is served without a look at it, and all else gives up
		}
		m.within(w, r, limit)
	}
}

// later ends a stream before it begins. A browser that is told 503 never asks again; this one comes back by itself, half a minute later or so.
func later(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	fmt.Fprintf(w, "retry: %d\n\n", 20_000+rand.IntN(20_000))
}

// form takes a form. Who sends it slowly holds no place: it is read before it is counted.
func (m *Mux) form(w http.ResponseWriter, r *http.Request, pattern string) {
	if r.Method == http.MethodPost && isForm(r) && !m.long[pattern] {
		leave, err := m.read(w, r, pattern)
		defer leave()
		if err != nil {
			m.fail(w, r, err)
			return
		}
	}
	if r.Context().Err() != nil {
		return // who has left is not worked for
	}
	defer m.door.posts.Add(-1)
	if m.door.posts.Add(1) > postsMost {
		m.fail(w, r, full)
		return
	}
	m.within(w, r, postTime)
}

// read reads a form before anybody looks at it; leave is for when it has been answered.
func (m *Mux) read(w http.ResponseWriter, r *http.Request, pattern string) (leave func(), err error) {
	if m.roomy[pattern] {
		return roomyForm(w, r)
	}
	_, err = Form(w, r)
	return func() {}, err
}

func (m *Mux) within(w http.ResponseWriter, r *http.Request, limit time.Duration) {
	v := &visit{whole: r.Context(), limit: limit}
	defer v.end()
	m.ServeMux.ServeHTTP(w, r.WithContext(v))
}

// Stream registers a handler whose answer lasts for as long as its reader watches. It sets deadlines of its own, and is the first to be refused.
func (m *Mux) Stream(pattern string, h Handler) {
	mark(&m.streams, pattern)
	m.Handle(pattern, h)
}

// Vital registers a page without which somebody can't sign: it is refused when forms are, and not before.
func (m *Mux) Vital(pattern string, h Handler) {
	mark(&m.vital, pattern)
	m.Handle(pattern, h)
}

func mark(set *map[string]bool, pattern string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[pattern] = true
}

// quiet keeps a log readable while thousands are refused: the first is logged, and then how many more there were, every ten seconds.
type quiet struct {
	mu   sync.Mutex
	on   bool // mu; a line was written within the last ten seconds
	more int  // mu
}

const quietTime = 10 * time.Second

// busy logs a refusal.
func (q *quiet) busy(l *slog.Logger, route string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.on {
		q.more++
		return
	}
	q.on = true
	l.Error("a request was refused", slog.String("route", route), slog.Any("error", err))
	time.AfterFunc(quietTime, func() { q.count(l) })
}

func (q *quiet) count(l *slog.Logger) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.on = q.more > 0; q.on {
		l.Error("more requests were refused", slog.Int("requests", q.more))
		q.more = 0
		time.AfterFunc(quietTime, func() { q.count(l) })
	}
}

// Bounded is a listener that lets so many be connected at the same time; whoever comes then waits in the system's own line. Each connection is an open file, and
// once readers have them all, neither the database nor the mail server can be reached.
func Bounded(l net.Listener, most int) net.Listener {
	return &bounded{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

type bounded struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &guest{Conn: conn, leave: sync.OnceFunc(func() { <-b.places })}, nil
}

func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// guest is a connection that has a place.
type guest struct {
	net.Conn
	leave func()
}

func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}

// CloseWrite lets net/http end a connection so that its last answer arrives.
func (g *guest) CloseWrite() error {
	if c, ok := g.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// NetConn is the connection as the system knows it.
func (g *guest) NetConn() net.Conn { return g.Conn }
