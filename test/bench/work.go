package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/test/peers"
)

const ms = time.Millisecond

// The floors and goals, in the order of the table.
var (
	signFloor, signGoal       = mark{ratio: 0.12, cpu: 500 * time.Microsecond}, mark{ratio: 0.25, cpu: 250 * time.Microsecond}
	crowdFloor, crowdGoal     = mark{p99: 300 * ms}, mark{p99: 100 * ms}
	confirmFloor, confirmGoal = mark{ratio: 0.12, cpu: 500 * time.Microsecond}, mark{ratio: 0.25, cpu: 200 * time.Microsecond}
	countFloor, countGoal     = mark{p99: 1500 * ms}, mark{p99: 500 * ms}
	logFloor, logGoal         = mark{rate: 5000}, mark{rate: 15_000}
	proofFloor, proofGoal     = mark{p50: ms}, mark{p50: 200 * time.Microsecond}
	recountFloor, recountGoal = mark{most: 2}, mark{most: 0.5}
	pageFloor, pageGoal       = mark{ratio: 0.5, cpu: 80 * time.Microsecond}, mark{ratio: 0.8, cpu: 80 * time.Microsecond}
	weightFloor, weightGoal   = mark{most: 30}, mark{most: 14}
	viewerFloor, viewerGoal   = mark{most: 30}, mark{most: 3}
	reachFloor, reachGoal     = mark{most: 2000}, mark{most: 600}
	floodFloor, floodGoal     = mark{least: 80}, mark{least: 95}
	startFloor, startGoal     = mark{most: 300}, mark{most: 150}
	idleFloor, idleGoal       = mark{most: 40}, mark{most: 25}
	sizeFloor, sizeGoal       = mark{most: 40}, mark{most: 30}
)

// bench is one run of measurements.
type bench struct {
	testing.TB
	bin    string
	hello  *hello
	probe  time.Duration // of the bare server, before and after each work
	probes map[int]run   // of the bare server, summed up by clients
	lines  []line
	say    func(format string, args ...any)
}

func newBench(t testing.TB, probe time.Duration) *bench {
	return &bench{TB: t, bin: build(t), hello: startHello(t), probe: probe, probes: map[int]run{}, say: t.Logf}
}

// beside measures a work on a running site between two probes of the bare server with as many clients.
func (b *bench) beside(s *site, c int, l line, work func() run) line {
	b.Helper()
	others := func() time.Duration { return busy() - s.cpu() - cpuOf(os.Getpid(), b.hello.pid) }
	before, began := others(), time.Now()
	both := b.hello.probe(b, c, b.probe)
	l.c, l.run = c, work()
	both.add(b.hello.probe(b, c, b.probe))
	l.others = max(0, float64(others()-before)/float64(time.Since(began))/float64(runtime.NumCPU()))
	l.hello = both.rate()
	both.add(b.probes[c])
	b.probes[c] = both
	if l.run.failed > 0 {
		l.note = strings.TrimPrefix(fmt.Sprintf("%s; %d failed: %s", l.note, l.run.failed, l.run.why), "; ")
	}
	return l
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) add(l line) {
	b.say("%s, %s: %.0f/s, %s ms CPU, %s %s: %s", l.work, l.engine, max(l.rate, l.run.rate()), millis(l.run.cpuEach()), figure(l.value), l.unit, l.verdict())
	b.lines = append(b.lines, l)
}

// path measures what a signer's way asks of a running site: sign, confirm, page, proof, and how soon one is counted.
func (b *bench) path(s *site) {
	b.Helper()
	b.sign(s, 8, 500*ms, 500) // warm up: statements prepared, connections made
	var signers []*signer
	for _, w := range []struct {
		c           int
		most        int
		time        time.Duration
		floor, goal mark
	}{{1, 3000, 1500 * ms, mark{}, mark{}}, {32, 16_000, 4 * time.Second, signFloor, signGoal}, {256, 16_000, 3 * time.Second, crowdFloor, crowdGoal}} {
		var mails float64
		b.add(b.beside(s, w.c, line{work: "sign POST (CPU: with its mail)", engine: s.engine, floor: w.floor, goal: w.goal}, func() run {
			r, m, list := s.sign(b, signing{w.c, w.time, w.most})
			mails, signers = m, append(signers, list...)
			return r
		}))
		if w.c == 32 {
			b.add(line{work: "mails of these, to the last", engine: s.engine, rate: mails})
		}
	}
	late := signers[:400]
	signers = signers[400:min(len(signers), 12_400)]
	l := b.beside(s, 32, line{work: "confirm POST, the log growing", engine: s.engine, floor: confirmFloor, goal: confirmGoal}, func() run {
		return s.confirm(b, 32, 5*time.Second, signers)
	})
	b.add(l)
	counted := int64(l.run.done)
	s.settled(b, counted)
	b.page(s)
	b.proof(s, signers[:l.run.done])
	b.counted(s, late)
	s.settled(b, counted+int64(len(late)))
	entries, took := s.recounted(b)
	b.add(line{work: fmt.Sprintf("outcry verify, %d entries", entries), engine: s.engine, value: took.Seconds(), unit: "s"})
}

// sign is a load of asks that is not told of.
func (b *bench) sign(s *site, clients int, d time.Duration, most int) []*signer {
	b.Helper()
	r, _, list := s.sign(b, signing{clients, d, most})
	if r.failed > 0 {
		b.Fatalf("%d of %d asks failed: %s", r.failed, r.failed+r.done, r.why)
	}
	return list
}

// pages is a load on the letter's page as browsers ask for it.
func (s *site) pages(c int, d time.Duration) run {
	cpu := s.cpu()
	r := load{clients: c, time: d, next: func(int) ask { return ask{url: s.url + letterPath, gzip: true} }}.run()
	r.cpu = s.cpu() - cpu
	return r
}

// page measures the letter's page.
func (b *bench) page(s *site) {
	b.Helper()
	b.add(b.beside(s, 1, line{work: "letter page, gzip", engine: s.engine}, func() run { return s.pages(1, 1500*ms) }))
	b.add(b.beside(s, 32, line{work: "letter page, gzip", engine: s.engine, floor: pageFloor, goal: pageGoal}, func() run { return s.pages(32, 3*time.Second) }))
}

// proof measures /r/<lock> of entries all over the log.
func (b *bench) proof(s *site, signers []*signer) {
	b.Helper()
	signers = slices.DeleteFunc(slices.Clone(signers), func(one *signer) bool { return one.counted.IsZero() })
	for _, c := range []int{1, 32} {
		l := line{work: "proof /r/<lock>.txt", engine: s.engine}
		if c == 1 {
			l.floor, l.goal = proofFloor, proofGoal
		}
		b.add(b.beside(s, c, l, func() run {
			cpu := s.cpu()
			r := load{clients: c, time: 1500 * ms, next: func(n int) ask {
				one := signers[n*7919%len(signers)]
				return ask{url: s.url + "/r/" + one.lock.String() + ".txt", good: "\nindex "}
			}}.run()
			r.cpu = s.cpu() - cpu
			return r
		}))
	}
}

// counted measures how long after the answer a signature is in a signed checkpoint: first each alone, then a hundred a second.
func (b *bench) counted(s *site, list []*signer) {
	b.Helper()
	stop := s.watched()
	client := clientOf(32)
	defer client.CloseIdleConnections()
	send := func(one *signer) {
		a := one.ask(s)
		body, err := a.send(client, nil)
		if err != nil {
			b.Error(err)
			return
		}
		a.took(body, time.Now())
	}
	lone := list[:4]
	for _, one := range lone {
		time.Sleep(1200 * ms)
		send(one)
	}
	var wg sync.WaitGroup
	for _, one := range list[4:] {
		time.Sleep(10 * ms)
		wg.Go(func() { send(one) })
	}
	wg.Wait()
	time.Sleep(1500 * ms)
	seen := stop()
	alone, flow := s.sequenced(b, lone, seen), s.sequenced(b, list[4:], seen)
	slices.Sort(alone)
	slices.Sort(flow)
	b.add(line{work: "confirm to checkpoint, 100/s", engine: s.engine, run: run{done: len(flow), took: flow}, floor: countFloor, goal: countGoal,
		note: fmt.Sprintf("one checkpoint a second at most, so who comes just after one waits for the next; one alone, the slowest of %d: %s ms", len(alone), millis(alone[len(alone)-1]))})
}

// logs measures the sequencer by itself: leaves of a signature's size, queued before, in batches as the server takes them.
func (b *bench) logs(engine string, leaves int) {
	b.Helper()
	dir := b.TempDir()
	conf, pid := db.Config{File: filepath.Join(dir, "log.db")}, 0
	if engine == postgres {
		dsn, data := peers.Postgres(b, peers.Options{Durable: true})
		conf = db.Config{URL: dsn}
		pid, _ = postmaster(data)
	}
	ctx := context.Background()
	d, err := db.Open(ctx, conf)
	b.check(err)
	defer d.Close()
	_, err = d.Migrate(ctx)
	b.check(err)
	u, err := seal.NewSecretFile(filepath.Join(b.TempDir(), "secret"))
	b.check(err)
	b.check(translog.Create(ctx, d, u, "letters.example.org/log"))
	l, err := translog.Open(ctx, translog.Config{DB: d, Unlock: u, Now: time.Now})
	b.check(err)
	for from := 0; from < leaves; from += 1000 {
		b.check(d.Update(ctx, func(tx *db.Tx) error {
			for n := from; n < from+1000; n++ {
				ref := seal.Commit([]byte("bench"), []byte(fmt.Sprint(n)))
				if err := l.Queue(tx, translog.Leaf{Ref: ref[:], Data: append(make([]byte, 75), ref[:]...), Pool: make([]byte, 16)}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	cpu := func() time.Duration {
		if pid == 0 {
			return cpuOf(os.Getpid())
		}
		return cpuOf(append(family(pid), os.Getpid())...)
	}
	runtime.GC()
	before, began, done := cpu(), time.Now(), 0
	for done < leaves {
		n, err := l.Sequence(ctx)
		b.check(err)
		done += n
	}
	wall := time.Since(began)
	b.add(line{work: fmt.Sprintf("log: sequencing %d leaves", leaves), engine: engine, rate: float64(leaves) / wall.Seconds(), floor: logFloor, goal: logGoal,
		run: run{done: leaves, cpu: cpu() - before}})
}

// large measures a log of so many entries, made up as a rehearsal makes them.
func (b *bench) large(entries int) {
	b.Helper()
	s := newSite(b, b.bin, sqlite)
	a := b.inside(s)
	before := cpuOf(os.Getpid())
	wall := b.fill(a, entries)
	b.add(line{work: fmt.Sprintf("confirm without HTTP, %d rows", entries), engine: s.engine, c: 64, rate: float64(entries) / wall.Seconds(),
		run: run{done: entries, cpu: cpuOf(os.Getpid()) - before}})
	b.check(a.Close())
	b.starts(s, 1, fmt.Sprintf(", checking %d entries", entries))
	n, took := s.recounted(b)
	b.add(line{work: fmt.Sprintf("outcry verify, %d entries", n), engine: s.engine, value: took.Seconds(), unit: "s", floor: recountFloor, goal: recountGoal})
	s.stop(b)
}

// starts measures a server that has nothing to do: how fast it is there, and what it holds.
func (b *bench) starts(s *site, times int, what string) {
	b.Helper()
	var took []time.Duration
	for range times {
		took = append(took, s.start(b))
		if len(took) < times {
			s.stop(b)
		}
	}
	slices.Sort(took)
	l := line{work: "cold start to /healthz" + what, engine: s.engine, value: float64(took[len(took)/2]) / 1e6, unit: "ms"}
	if what == "" {
		l.floor, l.goal = startFloor, startGoal
	}
	b.add(l)
	if what != "" {
		return
	}
	time.Sleep(2 * time.Second)
	idle, err := residentOf(s.pid)
	if err != nil {
		b.Fatal(err)
	}
	b.add(line{work: "idle memory", engine: s.engine, value: float64(idle) / 1e6, unit: "MB", floor: idleFloor, goal: idleGoal})
}

var linked = regexp.MustCompile(`(?:<link rel="(?:stylesheet|icon|preload)"[^>]* href|<script[^>]* src|<img[^>]* src)="(/[^"]+)"`)

// weight adds up what a first visit loads, compressed where we compress.
func (b *bench) weight(s *site) {
	b.Helper()
	client := clientOf(1)
	defer client.CloseIdleConnections()
	size, requests := 0, 0
	load := func(path string, gzip bool) {
		body, err := ask{url: s.url + path, gzip: gzip}.send(client, nil)
		if err != nil {
			b.Fatal(err)
		}
		size, requests = size+len(body), requests+1
	}
	for _, m := range linked.FindAllStringSubmatch(string(s.get(b, letterPath)), -1) {
		load(m[1], true)
	}
	load(letterPath, true)
	b.add(line{work: fmt.Sprintf("first visit, %d requests", requests), engine: s.engine, value: float64(size) / 1000, unit: "KB", floor: weightFloor, goal: weightGoal})
}
