package bench

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// crowd is open pages that wait for a new number.
type crowd struct {
	conns []net.Conn
	told  atomic.Int64 // events that came
	last  atomic.Int64 // Unix nanoseconds of the newest
	wg    sync.WaitGroup
}

// crowded is how many viewers this machine lets one process open: 19,000, or what its limit of open files leaves.
func crowded() int {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return 500
	}
	return min(19_000, int(files.Cur)-min(1000, int(files.Cur)/2))
}

// watch opens so many streams of the letter's number, as the page's script does.
func (b *bench) watch(s *site, viewers int) *crowd {
	b.Helper()
	_, id, _ := s.published(b)
	request := "GET /live/en/" + id + " HTTP/1.1\r\nHost: letters.example.org\r\nAccept: text/event-stream\r\n\r\n"
	crowd := &crowd{}
	for range viewers {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			b.Fatalf("after %d viewers: %v", len(crowd.conns), err)
		}
		if _, err := io.WriteString(c, request); err != nil {
			b.Fatal(err)
		}
		crowd.conns = append(crowd.conns, c)
		crowd.wg.Go(func() {
			buffer := make([]byte, 2048)
			for {
				n, err := c.Read(buffer)
				if err != nil {
					return
				}
				if events := bytes.Count(buffer[:n], []byte("event: count")); events > 0 {
					crowd.last.Store(time.Now().UnixNano())
					crowd.told.Add(int64(events))
				}
			}
		})
	}
	return crowd
}

// until waits for so many events in all.
func (c *crowd) until(events int64) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * ms) {
		if c.told.Load() >= events {
			return true
		}
	}
	return false
}

// keep has all but so many leave.
func (c *crowd) keep(n int) {
	for len(c.conns) > n {
		c.conns[len(c.conns)-1].Close()
		c.conns = c.conns[:len(c.conns)-1]
	}
}

// viewers measures what open pages cost: memory each, how soon all have a new number, and what is left for those who sign.
func (b *bench) viewers(s *site, viewers int) {
	b.Helper()
	one := b.sign(s, 1, 5*time.Second, 1)[0]
	before, err := residentOf(s.pid)
	if err != nil {
		b.Fatal(err)
	}
	crowd := b.watch(s, viewers)
	if !crowd.until(int64(viewers)) {
		b.Fatalf("%d of %d viewers were told the number", crowd.told.Load(), viewers)
	}
	time.Sleep(2 * time.Second)
	told := crowd.told.Load()
	if r := s.confirm(b, 1, 5*time.Second, []*signer{one}); r.failed > 0 || r.done != 1 {
		b.Fatalf("the confirmation failed: %s", r.why)
	}
	if !crowd.until(told + int64(viewers)) {
		b.Fatalf("%d of %d viewers were told the new number", crowd.told.Load()-told, viewers)
	}
	reached := time.Unix(0, crowd.last.Load()).Sub(one.counted)
	after, err := residentOf(s.pid)
	if err != nil {
		b.Fatal(err)
	}
	b.add(line{work: fmt.Sprintf("a live viewer's memory, %d open", viewers), engine: s.engine, value: float64(after-before) / 1024 / float64(viewers), unit: "KiB",
		floor: viewerFloor, goal: viewerGoal})
	b.add(line{work: fmt.Sprintf("confirm to the last of %d viewers", viewers), engine: s.engine, value: float64(reached) / 1e6, unit: "ms",
		floor: reachFloor, goal: reachGoal})
	const flooded = 5000
	crowd.keep(flooded)
	among := b.lone(s)
	crowd.keep(0)
	crowd.wg.Wait()
	b.add(line{work: fmt.Sprintf("sign POST with %d viewers, of alone", min(viewers, flooded)), engine: s.engine, c: 32, value: 100 * among / b.lone(s), unit: "%",
		floor: floodFloor, goal: floodGoal})
}

// lone is the rate of asks at 32 clients, as a ratio to the bare server.
func (b *bench) lone(s *site) float64 {
	b.Helper()
	l := b.beside(s, 32, line{}, func() run {
		r, _, _ := s.sign(b, signing{32, 2 * time.Second, 8000})
		return r
	})
	if l.run.failed > 0 {
		b.Fatalf("%d asks failed: %s", l.run.failed, l.run.why)
	}
	return l.ratio()
}
