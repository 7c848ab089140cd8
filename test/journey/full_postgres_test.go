package journey

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/locales"
	"outcry/test/peers"
)

// smallFolder is a folder on a disk of its own, of so many bytes, that other accounts may enter. It needs the right to mount one.
func smallFolder(t testing.TB, bytes int) string {
	t.Helper()
	if !mounts() {
		t.Skip("a small disk can be mounted on Linux and by root only")
	}
	dir, err := os.MkdirTemp("", "outcry-disk-") // short: a socket's path has 107 bytes
	must(t, err)
	t.Cleanup(func() { _ = os.Remove(dir) })
	if _, err := mount(t, dir, "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=755", bytes), "tmpfs"); err != nil {
		peers.Missing(t, "a small disk can't be mounted here: %v", err)
	}
	return dir
}

// pressed is a site whose PostgreSQL has hardly any room, and what those who sign there meanwhile were told.
type pressed struct {
	*site
	t     *testing.T
	words *lang.Catalog
	dir   string // the small disk

	mu    sync.Mutex
	told  []*signer // that they are counted
	late  []*signer // who asked and were not: no mail has come yet, or the code was sent back to be sent again
	kept  int       // forms that came back with what was typed
	asked int
}

// refusal holds an answer to a form that was sent while nothing could be written: try again, in the signer's language, with all that was typed, and not a
// word about disks.
func (f *pressed) refusal(p *signer, at page, field, value string) {
	f.t.Helper()
	tag := lang.Tag(p.lang)
	form, err := at.form(field)
	if at.status != http.StatusServiceUnavailable || at.header.Get("Retry-After") == "" || at.lang() != p.lang || !at.says(f.words.Printer(tag).T("fault.busy")) ||
		err != nil || form.values.Get(field) != value {
		f.t.Errorf("%s: answers %d in %q, to come again after %q, form %v %v: %.300s", p.address, at.status, at.lang(), at.header.Get("Retry-After"), form.values, err, at.text())
	}
	f.discreet(at)
	f.mu.Lock()
	f.kept++
	f.mu.Unlock()
}

// discreet holds that an answer tells nothing of what is behind it.
func (f *pressed) discreet(at page) {
	f.t.Helper()
	discreet(f.t, at, "53100", "no space", "recovery", "panic")
}

// one goes the whole way, as far as it leads.
func (f *pressed) one(p *signer) {
	f.t.Helper()
	if err := p.ask(); err != nil {
		f.refusal(p, p.waiting, "email", p.address)
		return
	}
	f.mu.Lock()
	f.asked++
	f.mu.Unlock()
	told := false
	if err := p.open(); err == nil {
		told = f.enter(p)
	} else if !errors.Is(err, errNoMail) {
		f.t.Errorf("%s: %v", p.address, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if told {
		f.told = append(f.told, p)
	} else {
		f.late = append(f.late, p)
	}
}

// enter sends the code, and tells whether the answer was that it counts.
func (f *pressed) enter(p *signer) bool {
	f.t.Helper()
	form, err := p.waiting.form("page", "code")
	if err != nil {
		f.t.Errorf("%s: %v", p.address, err)
		return false
	}
	at, err := p.post(form.action, form.with("code", p.code))
	if err != nil {
		f.t.Errorf("%s: %v", p.address, err)
		return false
	}
	if at.status != http.StatusOK {
		f.refusal(p, at, "code", p.code)
		return false
	}
	if err := p.keep(at, nil); err != nil {
		f.t.Errorf("%s: %v", p.address, err)
	}
	return true
}

// refusals is how many forms have come back.
func (f *pressed) refusals() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept
}

// load has six people sign, one after another each, until it is over.
func (f *pressed) load(round int, over <-chan struct{}) {
	var wg sync.WaitGroup
	for worker := range 6 {
		r := f.reader()
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				kept := f.refusals()
				f.one(&signer{reader: r, address: fmt.Sprintf("f%d-%d-%d@mail%d.example", round, worker, n, n%20), lang: []string{"en", "ru"}[n%2], giveUp: over})
				if f.refusals() > kept { // a person would wait longer
					time.Sleep(30 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
}

// reads looks at what needs no room: pages and counts are there, and what is asked of the database is there or comes later.
func (f *pressed) reads() {
	f.t.Helper()
	r := f.reader()
	for _, path := range []string{"/en/" + caseSlug + "/" + atOnce, "/ru/" + caseSlug + "/" + atOnce, "/en/", "/letters.json"} {
		f.discreet(r.read(path))
	}
	for _, path := range []string{"/healthz", "/log/checkpoint", "/log/key", "/r/" + strings.Repeat("0", 64)} {
		at, err := r.get(path)
		must(f.t, err)
		if at.status != http.StatusOK && at.status != http.StatusServiceUnavailable && at.status != http.StatusNotFound {
			f.t.Errorf("%.20s answers %d", path, at.status)
		}
		f.discreet(at)
	}
}

// exhaust has the database write until its log of writes finds no room either, upon which it panics.
func (f *pressed) exhaust() {
	f.t.Helper()
	d, err := sql.Open("pgx", f.dsn)
	must(f.t, err)
	defer d.Close()
	failed, before := false, f.panics()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if _, err = d.Exec("SELECT pg_logical_emit_message(true, 'full', repeat('x', 300000))"); err == nil {
			continue
		}
		failed = true // which a busy server, or one that has just found room, does as well
		if f.panics() > before || f.pg.Died() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !failed {
		f.t.Fatal("PostgreSQL's log of writes does not fill the disk")
	}
}

// panics is how often PostgreSQL has said that it can't go on.
func (f *pressed) panics() int {
	f.t.Helper()
	said, err := os.ReadFile(filepath.Join(f.pg.DataDir, "server.log"))
	must(f.t, err)
	return strings.Count(string(said), "PANIC:")
}

// panicked has somebody ask, and the one who waits send a code, after PostgreSQL has panicked: they are to try again, unless it has found room in its own
// ruins and recovered.
func (f *pressed) panicked(waiting *signer) {
	f.t.Helper()
	more := f.refusals()
	eventually(f.t, "PostgreSQL has panicked, and neither does it recover nor is anybody refused", func() bool {
		p := &signer{reader: waiting.reader, address: fmt.Sprintf("probe-%x@example.org", fresh(6)), lang: "en"}
		if p.ask() == nil {
			return true
		}
		f.refusal(p, p.waiting, "email", p.address)
		return f.refusals() >= more+3 || f.t.Failed()
	})
	told := f.enter(waiting)
	f.mu.Lock()
	defer f.mu.Unlock()
	if told {
		f.told = append(f.told, waiting)
	} else {
		f.late = append(f.late, waiting)
	}
}

// writes tells whether something can be kept.
func (f *pressed) writes() bool {
	return f.signer(fmt.Sprintf("probe-%x@example.org", fresh(6))).ask() == nil
}

// recovers waits until the same server finds its database well again. One that has ended is started anew, as whoever runs it would; how often is told.
func (f *pressed) recovers() (started int) {
	f.t.Helper()
	eventually(f.t, "the server does not find the database again", func() bool {
		if f.pg.Died() {
			f.pg.Kill(f.t)
			f.pg.Restart(f.t)
			started++
		}
		return healthy(f.base()) && f.writes()
	})
	select {
	case <-f.server.ended:
		f.t.Fatalf("the server itself has ended with %d", f.server.code)
	default:
	}
	return started
}

// holds compares the log with what people were told.
func (f *pressed) holds() {
	f.t.Helper()
	size := int64(texts + len(f.told))
	eventually(f.t, "the log does not grow again", func() bool { return f.published().Size >= size })
	p := fetch(f.t, f.base())
	signs, _ := p.parsed(f.t)
	for _, who := range f.told {
		lock, err := who.lock()
		if err != nil {
			f.t.Errorf("%s was told to be counted: %v", who.address, err)
			continue
		}
		if n := len(signs[lock]); n != 1 {
			f.t.Errorf("%s was told to be counted, and stands %d times in the log", who.address, n)
		}
	}
	if rows := f.number(f.t, "SELECT count(*) FROM letter_signature"); len(signs) != len(f.told) || rows != int64(len(f.told)) {
		f.t.Errorf("%d people signed; the log has %d of them, the tables %d", len(f.told), len(signs), rows)
	}
	newAuditor(f.t).content(f.base())
}

// PostgreSQL's disk fills up while people sign: first its tables find no room, then not even its log of writes, at which it panics and often can't start
// again before there is some. Nobody is told to be counted who is not, forms come back, pages can be read; and once there is room the same server goes on,
// and has each of them once.
func TestPostgresDiskFull(t *testing.T) {
	t.Parallel()
	dir := smallFolder(t, 128<<20)
	pg := peers.NewPostgres(t, peers.Options{Durable: true, Folder: dir})
	e := engine{name: "PostgreSQL", dsn: pg.Database(t), pg: pg}
	t.Cleanup(func() { _ = os.Remove(filepath.Join(dir, ballast)) }) // of a test that has failed: else the database can't be dropped
	words, err := lang.Load(locales.FS)
	must(t, err)
	f := &pressed{site: open(t, e), t: t, words: words, dir: dir}
	first := f.signer("first@example.org")
	must(t, first.sign())
	f.told = append(f.told, first)
	f.grows(texts + 1)

	rounds := 2
	if prove {
		rounds = 12
	}
	died := 0
	for round := range rounds {
		room := fill(t, dir, []int{64 << 10, 0, 300 << 10, 2 << 20}[round%4])
		waiting := &signer{reader: first.reader, address: fmt.Sprintf("waiting-%d@example.org", round), lang: "ru"}
		must(t, waiting.ask())
		must(t, waiting.open())
		before, over, done := f.refusals(), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			f.load(round, over)
		}()
		within(t, 5*patience, "people sign on a full disk", func() bool { return f.refusals() > before || t.Failed() })
		f.reads()
		if round%2 == 1 {
			f.exhaust()
			f.panicked(waiting)
			f.reads()
		}
		close(over)
		<-done
		if round%2 == 0 {
			f.late = append(f.late, waiting)
		}
		room()
		died += f.recovers()
		late := f.late
		f.late = nil
		for _, p := range late { // who was told nothing, or to try again, does; their first try may have come about
			p.giveUp = nil
			if p.code == "" {
				must(t, p.open())
			}
			if !f.enter(p) {
				t.Fatalf("%s is refused with room on the disk", p.address)
			}
			f.told = append(f.told, p)
		}
		fresh := f.signer(fmt.Sprintf("after-%d@example.org", round))
		must(t, fresh.sign())
		f.told = append(f.told, fresh)
		f.holds()
		if t.Failed() {
			t.Fatalf("round %d; the server said:\n%s", round, f.said())
		}
	}
	log, err := os.ReadFile(filepath.Join(pg.DataDir, "server.log"))
	must(t, err)
	full, panics := strings.Count(string(log), "No space left on device"), strings.Count(string(log), "PANIC:")
	if full == 0 || panics+died == 0 { // it may end without the word: a checkpointer or a recovery that finds no room is FATAL
		t.Errorf("PostgreSQL found its disk full %d times and panicked %d times: this shows nothing", full, panics)
	}
	f.restart() // which audits rows against the log
	f.holds()
	t.Logf("%d asked and %d were told to be counted, %d forms came back; PostgreSQL found its disk full %d times, panicked %d times and had to be started %d times",
		f.asked, len(f.told), f.kept, full, panics, died)
}
