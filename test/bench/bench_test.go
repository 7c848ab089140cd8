package bench

import (
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

// TestFloors holds half of the floors that matter most, on SQLite, among whatever else the machine does: ratios and CPU time, never a rate by itself.
// A disk that is busy with the neighbours' syncs slows what is durable and not the bare server; so a signature path that still makes several answers of each
// sync the disk can do passes for its ratio. What fails three times in a row has become slower.
func TestFloors(t *testing.T) {
	b := newBench(t, 300*ms)
	s := newSite(t, b.bin, sqlite)
	s.start(t)
	signers := b.sign(s, 8, 300*ms, 300)
	var failed []line
	for range 3 {
		b.lines = nil
		b.add(b.beside(32, line{work: "sign POST", floor: signFloor.half()}, func() run {
			r, _, list := s.sign(t, signing{32, 1500 * ms, 8000})
			signers = list
			return r
		}))
		b.add(b.beside(32, line{work: "confirm POST", floor: confirmFloor.half()}, func() run { return s.confirm(t, 32, 1500*ms, signers) }))
		b.add(b.beside(32, line{work: "letter page", floor: pageFloor.half()}, func() run { return s.pages(32, time.Second) }))
		syncs := synced(t.TempDir(), 200*ms)
		failed = slices.DeleteFunc(b.lines, func(l line) bool {
			short := l.lacks(l.floor)
			return len(short) == 0 || slices.Equal(short, []string{"ratio"}) && l.work != "letter page" && l.run.rate() > 3*syncs
		})
		if len(failed) == 0 {
			return
		}
		t.Logf("the disk syncs %.0f times a second", syncs)
	}
	for _, l := range failed {
		t.Errorf("%s: %.0f/s is %.3f of the bare server's, %v CPU each, %s; half the floor is %s: %s", l.work, l.run.rate(), l.ratio(), l.run.cpuEach(), l.note,
			l.floor.words(""), l.verdict())
	}
}

// BenchmarkTable is `make bench`: every work once, on both engines, as one table.
func BenchmarkTable(top *testing.B) {
	began := time.Now()
	b := newBench(top, 500*ms)
	b.say = func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
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
				b.viewers(s, 5000)
				s.stop(sub)
				s = newSite(sub, b.bin, engine)
				s.start(sub)
			}
			b.path(s)
			s.stop(sub)
			b.logs(engine, 40_000)
		})
	}
	top.Run("large", func(sub *testing.B) {
		b.TB = sub
		b.large(100_000)
	})
	syncs = (syncs + synced(top.TempDir(), 500*ms)) / 2
	fmt.Printf("\n\n%s, %d cores; %s; the disk syncs %.0f times a second. Client, server, database and mailbox share this machine.\n",
		processor(), runtime.NumCPU(), runtime.Version(), syncs)
	for _, c := range []int{1, 32, 256} {
		if r := b.probes[c]; r.done > 0 {
			fmt.Printf("hello, the bare net/http server, c=%d: %.0f/s, %s ms CPU, probed before and after each work\n", c, r.rate(), millis(r.cpuEach()))
		}
	}
	fmt.Println()
	tabulate(os.Stdout, b.lines)
	fmt.Printf("\n%.0f seconds in all.\n", time.Since(began).Seconds())
}
