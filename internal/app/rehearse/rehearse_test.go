package rehearse

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/app"
	"outcry/internal/app/rehearse/load"
	"outcry/test/peers"
)

// held holds a short rehearsal of an installation in this process, whose answers go through wrap.
func held(t *testing.T, database string, wrap func(http.Handler) http.Handler) (*Report, error) {
	t.Helper()
	ctx := t.Context()
	c := Config{Dir: t.TempDir(), Database: database, Time: 2 * time.Second, Signers: 30, Readers: 60, Viewers: 20}
	crowd := newSigners()
	mailbox, err := load.NewMailbox(crowd.mailed)
	if err != nil {
		t.Fatal(err)
	}
	defer mailbox.Close()
	o, err := c.make(ctx, mailbox.Addr)
	if o != nil {
		defer func() {
			if err := o.remove(); err != nil {
				t.Error(err)
			}
			if list, _ := os.ReadDir(c.Dir); len(list) > 0 {
				t.Errorf("the rehearsal leaves %v", list)
			}
		}()
	}
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(ctx, o.conf)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	h, err := a.Handler(ctx)
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { a.Run(running, func(ctx context.Context) error { <-ctx.Done(); return nil }) })
	defer wg.Wait()
	defer stop()
	server := httptest.NewServer(wrap(h))
	defer server.Close()
	defer server.CloseClientConnections()
	t2 := target{url: server.URL, path: "/en/rehearsal/release", id: o.l.ID.String(), caseSlug: o.l.Case, letterSlug: o.l.Slug, dir: o.dir, here: true, sign: true, key: o.key}
	return newRehearsal(c, t2, crowd).run(ctx)
}

func same(h http.Handler) http.Handler { return h }

// An honest server: whoever is told so is counted, on both engines, and nothing is left of the rehearsal.
func TestHonest(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { dsn, _ := peers.Postgres(t); return dsn }} {
		t.Run(name, func(t *testing.T) {
			dsn := database()
			r, err := held(t, dsn, same)
			if err != nil {
				t.Fatal(err)
			}
			if n := r.Recount; !n.Held || n.Acknowledged == 0 || n.Counted != int64(n.Acknowledged+n.Unsure) && n.Unsure == 0 || n.Missing != 0 {
				t.Errorf("%+v", n)
			}
			if r.Viewers.Open != 20 || r.Viewers.Lost != 0 {
				t.Errorf("viewers: %+v", r.Viewers)
			}
			stages := map[string]int{}
			for _, s := range r.Steps {
				stages[s.Stage]++
			}
			for _, stage := range []string{"readers", "viewers", "signers", "night"} {
				if stages[stage] == 0 {
					t.Errorf("no step of %s", stage)
				}
			}
			if dsn != "" {
				if err := vacant(t.Context(), dsn); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			}
		})
	}
}

// counting is an answer like the one after confirming, with a private link to nothing.
const counting = `<p>You are counted. <a href="/mine/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?lang=en">`

// A server that tells every fourth signer "you are counted", and forgets it: the rehearsal finds out.
func TestForgotten(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	r, err := held(t, "", func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path == "/confirm" && n.Add(1)%4 == 0 {
				w.Write([]byte(counting))
				return
			}
			h.ServeHTTP(w, req)
		})
	})
	if !errors.Is(err, ErrLost) || r == nil {
		t.Fatalf("%v", err)
	}
	if got := r.Recount; got.Held || int64(got.Missing) != n.Load()/4 || !strings.Contains(got.words(), "RECOUNT FAILED") || !strings.Contains(got.Why, "not in the log") {
		t.Errorf("%d were forgotten: %+v", n.Load()/4, got)
	}
	if text := strings.Join(r.Verdict, "\n"); !strings.Contains(text, "RECOUNT FAILED") {
		t.Errorf("the verdict is silent:\n%s", text)
	}
}

// A server that counts and then fails to say so: nobody was told, so nothing is lost, and the steps did not hold.
func TestUntold(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	r, err := held(t, "", func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path != "/confirm" || n.Add(1) < 8 || n.Load()%4 != 0 {
				h.ServeHTTP(w, req)
				return
			}
			h.ServeHTTP(httptest.NewRecorder(), req)
			http.Error(w, "oh", http.StatusInternalServerError)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Recount; !got.Held || got.Unsure == 0 || got.Counted != int64(got.Acknowledged+got.Unsure) {
		t.Errorf("%+v", got)
	}
	failed := false
	for _, s := range r.Steps {
		failed = failed || !s.Held && strings.Contains(s.Why, "confirmations failed: POST /confirm: 500")
	}
	if !failed {
		t.Errorf("every step held: %+v", r.Steps)
	}
}

// What is asked for is bounded, and nothing is made before that is looked at.
func TestBounds(t *testing.T) {
	dir := t.TempDir()
	for name, change := range map[string]func(*Config){
		"no time":            func(c *Config) { c.Time = time.Second },
		"too long":           func(c *Config) { c.Time = MostTime + 1 },
		"too many signers":   func(c *Config) { c.Signers = MostSigners + 1 },
		"no signers":         func(c *Config) { c.Signers = 0 },
		"too many readers":   func(c *Config) { c.Readers = MostReaders + 1 },
		"too many viewers":   func(c *Config) { c.Viewers = MostViewers + 1 },
		"viewers below zero": func(c *Config) { c.Viewers = -1 },
	} {
		c := Usual()
		c.Dir = dir
		change(&c)
		if _, err := Run(t.Context(), c); !errors.Is(err, ErrBounds) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Usual().check(); err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("it left %v", list)
	}
}

// A database that holds something is neither filled nor emptied.
func TestOccupied(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	real := app.Config{Data: t.TempDir() + "/data", SecretFile: t.TempDir() + "/secret", Settings: app.Settings{URL: "https://letters.example.org", Database: dsn}, Now: time.Now}
	if err := app.Init(t.Context(), real); err != nil {
		t.Fatal(err)
	}
	c := Usual()
	c.Dir, c.Database = t.TempDir(), dsn
	if _, err := Run(t.Context(), c); !errors.Is(err, app.ErrInWay) {
		t.Errorf("%v", err)
	}
	a, err := app.Open(t.Context(), real)
	if err != nil {
		t.Fatalf("the installation is gone: %v", err)
	}
	a.Close()
	if list, _ := os.ReadDir(c.Dir); len(list) > 0 {
		t.Errorf("it left %v", list)
	}
}

// A program that is no server is told of, and nothing is left.
func TestNoServer(t *testing.T) {
	c := Usual()
	c.Dir, c.Program = t.TempDir(), "/bin/false"
	if _, err := Run(t.Context(), c); !errors.Is(err, ErrSilent) {
		t.Errorf("%v", err)
	}
	if list, _ := os.ReadDir(c.Dir); len(list) > 0 {
		t.Errorf("it left %v", list)
	}
}

// elsewhere is a server that this machine reaches by an address that is not loopback's own: 0.0.0.0, which Linux takes for itself.
func elsewhere(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://0.0.0.0:" + port
}
