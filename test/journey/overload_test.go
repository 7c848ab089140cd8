package journey

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// flood is what came of many forms sent at once.
type flood struct {
	mu       sync.Mutex
	taken    []string        // addresses whose answer was the waiting page
	refused  int             // answered 503, with the form
	slowest  time.Duration   // of the answers
	failures map[string]int  // whatever else
	refusals []time.Duration // how long a refusal took
}

// send posts one form for each address, all at once.
func (f *flood) send(s *site, wg *sync.WaitGroup, n int, address func(int) string, at form) {
	r := s.reader()
	r.client.Timeout = 2 * patience
	for i := range n {
		wg.Go(func() {
			began := time.Now()
			p, err := r.post(at.action, at.with("email", address(i)))
			took := time.Since(began)
			f.mu.Lock()
			defer f.mu.Unlock()
			f.slowest = max(f.slowest, took)
			if err != nil {
				f.failures[fmt.Sprintf("%.60s", err)]++
				return
			}
			kept := false
			for _, again := range p.forms() {
				kept = kept || again.values.Get("email") == address(i) && again.values.Get("letter") != ""
			}
			switch _, waits := p.form("page", "code"); {
			case p.status == http.StatusOK && waits == nil:
				f.taken = append(f.taken, address(i))
			case p.status == http.StatusServiceUnavailable && kept && p.header.Get("Retry-After") != "" && p.lang() == "ru":
				f.refused++
				f.refusals = append(f.refusals, took)
			default:
				f.failures[fmt.Sprintf("%d, kept %t, %.60s", p.status, kept, p.text())]++
			}
		})
	}
}

// resident is what the server's process holds of memory, in bytes; 0 where the system does not say.
func (p *server) resident() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(b, []byte("VmRSS:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return n << 10
}

// More people sign than the server can take, because another program holds the database by a lock. Pages in memory are read as ever; what is beyond the bound is refused at
// once and the rest within seconds, each with its form; who would watch is refused before who signs; memory stays bounded; and when the lock is gone all goes on, and whoever
// was told that a mail comes gets it.
func TestOverload(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		words, err := lang.Load(locales.FS)
		must(t, err)
		r := s.reader()
		ready := &signer{reader: r, address: "ready@example.org"}
		must(t, ready.ask())
		must(t, ready.open())
		before := &signer{reader: r, address: "before@example.org"}
		must(t, before.sign())
		s.grows(texts + 1)
		paper := r.read("/ru/" + caseSlug + "/" + atOnce)
		at, err := paper.form("email", "letter")
		must(t, err)
		kept := []string{"/en/" + caseSlug + "/" + atOnce, "/ru/" + caseSlug, "/en/"}
		for _, path := range kept {
			r.read(path)
		}
		light := s.server.resident()

		release := s.hold(t)
		const people = 1500
		f := &flood{failures: map[string]int{}}
		var wg sync.WaitGroup
		address := func(i int) string { return fmt.Sprintf("o%d@mail%d.example", i, i%50) }
		f.send(s, &wg, people, address, at)
		eventually(t, "nobody is refused though the bound is passed", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.refused > 0 })

		// In the middle of it.
		busy, err := r.get("/mine/" + before.secret + "?lang=ru")
		must(t, err)
		if busy.status != http.StatusServiceUnavailable || busy.header.Get("Retry-After") == "" || !busy.says(words.Printer("ru").T("fault.busy_read")) {
			t.Errorf("a read that needs the database answers %d: %.200s", busy.status, busy.text())
		}
		live, err := r.get(liveAddress(t, paper))
		must(t, err)
		if !strings.HasPrefix(live.body, "retry: ") || strings.Contains(live.body, "data:") {
			t.Errorf("who would watch is not sent away: %d %.200s", live.status, live.body)
		}
		began := time.Now()
		var reads []time.Duration
		for time.Since(began) < 2*time.Second {
			for _, path := range kept {
				t0 := time.Now()
				r.read(path)
				reads = append(reads, time.Since(t0))
			}
			r.read("/letters.json")
			time.Sleep(20 * time.Millisecond)
		}
		slices.Sort(reads)
		if half, p99 := reads[len(reads)/2], reads[len(reads)*99/100]; half > 3*time.Second || p99 > 8*time.Second {
			t.Errorf("half of the pages in memory take %v, nearly all up to %v", half, p99)
		}
		heavy := s.server.resident()
		if grown := heavy - light; grown > 256<<20 {
			t.Errorf("memory grew by %d MiB", grown>>20)
		}
		if !prove {
			time.Sleep(4 * time.Second) // those who wait for their turn have been told by then
			release()
		}
		wg.Wait()
		if prove {
			release()
		}
		if len(f.failures) > 0 || len(f.taken)+f.refused != people || f.refused < people-1024 {
			t.Errorf("%d taken, %d refused of %d; %v", len(f.taken), f.refused, people, f.failures)
		}
		if f.slowest > 45*time.Second {
			t.Errorf("somebody waited %v for an answer", f.slowest)
		}
		slices.Sort(f.refusals)
		if soon := f.refusals[100]; soon > 5*time.Second {
			t.Errorf("the hundredth refusal comes after %v, as if all had been let in to wait", soon)
		}
		t.Logf("%d taken, %d refused (half within %v, all within %v); pages in memory: half within %v, all within %v; memory %d → %d MiB", len(f.taken), f.refused,
			f.refusals[len(f.refusals)/2].Round(time.Millisecond), f.refusals[len(f.refusals)-1].Round(time.Millisecond), reads[len(reads)/2].Round(time.Millisecond),
			reads[len(reads)-1].Round(time.Millisecond), light>>20, heavy>>20)

		// Afterwards.
		eventually(t, "the server does not recover", func() bool { p, err := r.get("/mine/" + before.secret); return err == nil && p.status == http.StatusOK })
		must(t, ready.enter())
		after := &signer{reader: r, address: "after@example.org"}
		must(t, after.sign())
		for _, who := range f.taken {
			if _, err := s.mail.wait(who, 1, nil); err != nil {
				t.Errorf("%s was told that a mail comes: %v", who, err)
			}
		}
		s.grows(texts + 3)
		newAuditor(t).content(s.base())
		if live, err := r.do(http.MethodHead, liveAddress(t, paper), nil, nil); err != nil || live.status != http.StatusOK {
			t.Errorf("who would watch afterwards is answered %d: %v", live.status, err)
		}
	})
}

// liveAddress is where a page's number is watched.
func liveAddress(t *testing.T, p page) string {
	t.Helper()
	_, rest, found := bytes.Cut([]byte(p.body), []byte(`data-live="`))
	address, _, _ := bytes.Cut(rest, []byte(`"`))
	if !found {
		t.Fatal("the page has no number that moves")
	}
	return string(address)
}

// hold holds the database against all who write, from another process's place, until it is let go.
func (s *site) hold(t *testing.T) (release func()) {
	t.Helper()
	pool := s.rows(t)
	conn, err := pool.Conn(t.Context())
	must(t, err)
	begin := []string{"BEGIN IMMEDIATE"}
	if !s.sqlite() {
		begin = []string{"BEGIN", "LOCK TABLE job, letter_used, letter_signature, day_key IN EXCLUSIVE MODE"}
	}
	for _, query := range begin {
		_, err := conn.ExecContext(t.Context(), query)
		must(t, err)
	}
	release = sync.OnceFunc(func() {
		_, err := conn.ExecContext(context.Background(), "ROLLBACK")
		if err != nil {
			t.Error(err)
		}
		conn.Close()
		pool.Close()
	})
	t.Cleanup(release)
	return release
}
