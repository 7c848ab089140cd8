package bench

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(helloMark) != "" {
		serveHello()
		return
	}
	if file := os.Getenv(profileMark); file != "" {
		os.Exit(serveProfiled(file))
	}
	os.Exit(m.Run())
}

// TestFloors holds half of the floors that matter most, on SQLite: ratios and CPU time, never a rate by itself.
//
// It runs among other tests. Where those take more than an eighth of the processors while a work is measured, its ratio says nothing of us and only its CPU time
// is judged; where they keep the disk busy, a signature path that makes several answers of each sync that the disk can do passes for its ratio. What
// never passes in a row of tries has become slower.
func TestFloors(t *testing.T) {
	b := newBench(t, 300*ms)
	s := newSite(t, b.bin, sqlite)
	s.start(t)
	signers := b.sign(s, 8, 300*ms, 300)
	failed := map[string]line{}
	for try := range 5 {
		if try > 0 && len(failed) == 0 {
			break
		}
		syncs := synced(t.TempDir(), 200*ms)
		hold := func(durable bool, l line, work func() run) {
			if _, open := failed[l.work]; try > 0 && !open {
				return
			}
			l = b.beside(s, 32, l, work)
			short := l.lacks(l.floor)
			ratio := slices.Equal(short, []string{"ratio"})
			if len(short) > 0 {
				t.Logf("%s: %.0f/s is %.3f of the bare server's, %v CPU each; half the floor is %s: %s (neighbours took %.0f %% of the processors; the disk syncs %.0f times a second) %s",
					l.work, l.run.rate(), l.ratio(), l.run.cpuEach(), l.floor.words(""), l.verdict(), 100*l.others, syncs, l.note)
			}
			if len(short) == 0 || ratio && l.others > 1.0/8 || ratio && durable && l.run.rate() > 3*syncs {
				delete(failed, l.work)
				return
			}
			failed[l.work] = l
		}
		hold(true, line{work: "sign POST", floor: signFloor.half()}, func() run {
			r, _, list := s.sign(t, signing{32, 1500 * ms, 8000})
			signers = append(signers, list...)
			return r
		})
		hold(true, line{work: "confirm POST", floor: confirmFloor.half()}, func() run {
			if len(signers) < 1000 {
				signers = append(signers, b.sign(s, 32, 1500*ms, 8000)...)
			}
			r := s.confirm(t, 32, 1500*ms, signers)
			signers = signers[r.done+r.failed:]
			return r
		})
		hold(false, line{work: "letter page", floor: pageFloor.half()}, func() run { return s.pages(32, time.Second) })
	}
	for work := range failed {
		t.Errorf("%s stayed below half of its floor", work)
	}
}

// BenchmarkTable is `make bench`: every work once, on both engines, as one table.
func BenchmarkTable(top *testing.B) {
	began := time.Now()
	b := newBench(top, 500*ms)
	b.say = told(began)
	syncs := synced(top.TempDir(), 500*ms)
	for _, engine := range []string{sqlite, postgres} {
		top.Run(engine, func(sub *testing.B) {
			b.TB = sub
			s := newSite(sub, b.bin, engine)
			b.starts(s, 5, "")
			if engine == sqlite {
				size, err := os.Stat(b.bin)
				if err != nil {
					sub.Fatal(err)
				}
				b.add(line{work: "the program's file", value: float64(size.Size()) / 1e6, unit: "MB", floor: sizeFloor, goal: sizeGoal})
				b.weight(s)
				b.viewers(s, crowded())
				s.stop(sub)
				s = newSite(sub, b.bin, engine)
				s.start(sub)
			}
			b.path(s)
			s.stop(sub)
			b.logs(engine, 40_000)
		})
	}
	top.Run("people", func(sub *testing.B) {
		b.TB = sub
		b.people(sqlite)
	})
	top.Run("large", func(sub *testing.B) {
		b.TB = sub
		b.large(100_000)
	})
	b.print(began, (syncs+synced(top.TempDir(), 500*ms))/2)
}

var million = flag.Int("million", 1_000_000, "`rows` that BenchmarkMillion fills a letter with")

// BenchmarkMillion is `make bench-million`: what a large letter does to the same work, on both engines.
func BenchmarkMillion(top *testing.B) {
	began := time.Now()
	b := newBench(top, 500*ms)
	b.say = told(began)
	syncs := synced(top.TempDir(), 500*ms)
	for _, engine := range []string{sqlite, postgres} {
		top.Run(engine, func(sub *testing.B) {
			b.TB = sub
			b.growth(engine, 10_000, *million)
		})
	}
	b.print(began, (syncs+synced(top.TempDir(), 500*ms))/2)
}

// told says how far a run has come.
func told(began time.Time) func(string, ...any) {
	return func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
}

// print writes what was measured, ready to be pasted into docs/performance.md.
func (b *bench) print(began time.Time, syncs float64) {
	fmt.Printf("\n\n%s, %d cores; %s; the disk syncs %.0f times a second.\n"+
		"Client, server, database and mailbox share this machine; \"others\" is what its other processes took of the processors meanwhile: little, or the figures are theirs.\n",
		processor(), runtime.NumCPU(), runtime.Version(), syncs)
	for _, c := range []int{1, 32, 64, 256} {
		if r := b.probes[c]; r.done > 0 {
			fmt.Printf("hello, the bare net/http server, c=%d: %.0f/s, %s ms CPU, probed before and after each work\n", c, r.rate(), millis(r.cpuEach()))
		}
	}
	fmt.Println()
	tabulate(os.Stdout, b.lines)
	fmt.Printf("\n%.0f seconds in all.\n", time.Since(began).Seconds())
}
