package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Cache keeps rendered public pages: each is rendered on demand by one flight, compressed once, and dropped with its topic's generation.
// Beyond its size in bytes the least used go first. It knows nothing of who reads.
type Cache struct {
	most int64

	mu    sync.RWMutex
	pages map[string]*page
	gens  map[string]*atomic.Uint64 // a topic's generation
	bytes int64
	clock atomic.Int64 // counts uses; a page's last use is a value of it

	flights sync.Map // key → *flight
}

type page struct {
	plain, gzip []byte
	tag         []string // ETag
	sizes       [2][]string
	topic       *atomic.Uint64
	gen         uint64
	used        atomic.Int64
}

type flight struct {
	sync.Mutex
}

// NewCache makes a cache of at most that many bytes.
func NewCache(most int64) *Cache {
	return &Cache{most: most, pages: map[string]*page{}, gens: map[string]*atomic.Uint64{}}
}

// Drop ends a topic's pages: the next reader gets a fresh one.
func (c *Cache) Drop(topic string) { c.generation(topic).Add(1) }

func (c *Cache) generation(topic string) *atomic.Uint64 {
	c.mu.RLock()
	g := c.gens[topic]
	c.mu.RUnlock()
	if g != nil {
		return g
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gens[topic] == nil {
		c.gens[topic] = &atomic.Uint64{}
	}
	return c.gens[topic]
}

var (
	keep    = []string{"public, max-age=10, stale-if-error=86400"}
	vary    = []string{"Accept-Encoding"}
	zipped  = []string{"gzip"}
	htmlUTF = []string{"text/html; charset=utf-8"}
)

// Serve answers with the page of that key, which render makes if it is not there. Only what exists is kept: an error is not.
// A key is a path, and what of a query was one of few words that we know: nothing that a reader made up ever reaches it.
func (c *Cache) Serve(w http.ResponseWriter, r *http.Request, topic, key string, render func(io.Writer) error) error {
	return c.serve(w, r, htmlUTF, topic, key, render)
}

// ServeKind is Serve for what is no page, with its Content-Type.
func (c *Cache) ServeKind(w http.ResponseWriter, r *http.Request, kind, topic, key string, render func(io.Writer) error) error {
	return c.serve(w, r, []string{kind}, topic, key, render)
}

func (c *Cache) serve(w http.ResponseWriter, r *http.Request, kind []string, topic, key string, render func(io.Writer) error) error {
	p := c.fresh(key)
	if p == nil {
		err := r.Context().Err() // who left, or came while there is no time for more than what is here
		if err == nil {
			p, err = c.page(topic, key, render)
		}
		if err != nil {
			return err
		}
	}
	h := w.Header()
	h["Content-Type"], h["Etag"] = kind, p.tag
	if h["Cache-Control"] == nil { // else the handler wants the page asked for each time
		h["Cache-Control"] = keep
	}
	if chosen := h["Vary"]; chosen == nil {
		h["Vary"] = vary
	} else { // the key was chosen by something of the reader's
		h["Vary"] = append(chosen[:len(chosen):len(chosen)], vary...)
	}
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, p.tag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, size := p.plain, p.sizes[0]
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, size = p.gzip, p.sizes[1]
		h["Content-Encoding"] = zipped
	}
	h["Content-Length"] = size
	if r.Method != http.MethodHead {
		w.Write(body)
	}
	return nil
}

func (c *Cache) page(topic, key string, render func(io.Writer) error) (*page, error) {
	if p := c.fresh(key); p != nil {
		return p, nil
	}
	one, _ := c.flights.LoadOrStore(key, &flight{})
	f := one.(*flight)
	f.Lock()
	defer f.Unlock()
	defer c.flights.Delete(key)
	if p := c.fresh(key); p != nil { // another flight landed meanwhile
		return p, nil
	}
	gen := c.generation(topic)
	p := &page{topic: gen, gen: gen.Load()} // before rendering: what changes meanwhile makes it stale
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return nil, err
	}
	p.plain = b.Bytes()
	p.gzip = compressed(p.plain)
	sum := sha256.Sum256(p.plain)
	p.tag = []string{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	p.sizes = [2][]string{{strconv.Itoa(len(p.plain))}, {strconv.Itoa(len(p.gzip))}}
	c.keep(key, p)
	return p, nil
}

func (c *Cache) fresh(key string) *page {
	c.mu.RLock()
	p := c.pages[key]
	c.mu.RUnlock()
	if p == nil || p.gen != p.topic.Load() {
		return nil
	}
	p.used.Store(c.clock.Add(1))
	return p
}

func (c *Cache) keep(key string, p *page) {
	p.used.Store(c.clock.Add(1))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key)
	c.pages[key] = p
	c.bytes += p.size()
	for c.bytes > c.most && len(c.pages) > 1 {
		oldest, least := "", int64(1<<62)
		for k, q := range c.pages {
			if u := q.used.Load(); u < least {
				oldest, least = k, u
			}
		}
		c.forget(oldest)
	}
}

func (c *Cache) forget(key string) {
	if p := c.pages[key]; p != nil {
		c.bytes -= p.size()
		delete(c.pages, key)
	}
}

func (p *page) size() int64 { return int64(len(p.plain) + len(p.gzip)) }

var writers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// compressed is b in gzip, without a time or a name in its head.
func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := writers.Get().(*gzip.Writer)
	defer writers.Put(z)
	z.Reset(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// Compressed is for files that never change, such as the style sheet.
func Compressed(b []byte) []byte { return compressed(b) }
