package rehearse

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"outcry/internal/app/rehearse/load"
	"outcry/internal/app/rehearse/machine"
)

// When a rate has not held.
const (
	slow  = time.Second            // p99 of the answers
	grace = 250 * time.Millisecond // after the last arrival: what is not answered by then was not answered at that rate
	tail  = 2 * time.Second        // likewise of mails and confirmations
	kept  = 0.95                   // so many have to be served in time: less, and the rest piles up for as long as the crowd comes
)

// watcher measures what the machine does during a step.
type watcher struct {
	pid            int
	dir            string
	began          time.Time
	all, wait      time.Duration
	server, crowd  time.Duration
	stop           chan struct{}
	wg             sync.WaitGroup
	syncs          int
	synced, worst  time.Duration
	least, biggest int64 // memory: free of the machine, taken by the server
}

func watch(pid int, dir string) *watcher {
	w := &watcher{pid: pid, dir: dir, began: time.Now(), stop: make(chan struct{}), least: math.MaxInt64}
	w.all, w.wait = machine.Processors()
	w.server, w.crowd = machine.CPU(pid), machine.CPU(os.Getpid())
	w.look()
	w.wg.Go(func() {
		for {
			select {
			case <-w.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			w.sync()
			w.look()
		}
	})
	return w
}

// look reads the memory.
func (w *watcher) look() {
	if _, free := machine.Memory(); free > 0 {
		w.least = min(w.least, free)
	}
	if n, err := machine.Resident(w.pid); err == nil {
		w.biggest = max(w.biggest, n)
	}
}

// sync has the disk make a page safe, and sees how long that takes beside everything else.
func (w *watcher) sync() {
	if w.dir == "" {
		return
	}
	f, err := os.OpenFile(filepath.Join(w.dir, "sync"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	began := time.Now()
	if _, err := f.Write(make([]byte, 4096)); err != nil || f.Sync() != nil {
		return
	}
	took := time.Since(began)
	w.syncs, w.synced, w.worst = w.syncs+1, w.synced+took, max(w.worst, took)
}

// end writes down what was seen.
func (w *watcher) end(s *Step) {
	wall := time.Since(w.began)
	all, wait := machine.Processors()
	server, crowd := machine.CPU(w.pid), machine.CPU(os.Getpid())
	close(w.stop)
	w.wg.Wait()
	part := func(d time.Duration) float64 {
		return math.Round(1000*min(1, max(0, d.Seconds()/(wall.Seconds()*float64(cores()))))) / 1000
	}
	s.Seconds = math.Round(100*wall.Seconds()) / 100
	s.Busy, s.Wait, s.Crowd = part(all-w.all), part(wait-w.wait), part(crowd-w.crowd)
	if w.pid != 0 {
		s.Server, s.Memory = part(server-w.server), w.biggest
	}
	if w.syncs > 0 {
		s.SyncMs = millis(w.synced / time.Duration(w.syncs))
	}
	if w.least < math.MaxInt64 {
		s.Free = w.least
	}
}

func millis(d time.Duration) float64 { return math.Round(100*d.Seconds()*1000) / 100 }

// take writes down an outcome, and judges it.
func (s *Step) take(o load.Outcome) {
	s.Offered, s.Done, s.Failed, s.Late = s.Offered+o.Offered, s.Done+o.Done, s.Failed+o.Failed, s.Late+o.Late
	p99 := load.At(o.Took, 0.99)
	s.P50, s.P99 = max(s.P50, millis(load.At(o.Took, 0.5))), max(s.P99, millis(p99))
	switch {
	case o.Failed > 0:
		s.gave("%d of %d failed: %s", o.Failed, o.Offered, often(o.Why))
	case float64(o.Done) < kept*float64(o.Offered):
		s.gave("the answers fell behind: %d of %d came in time", o.Done, o.Offered)
	case p99 > slow:
		s.gave("one answer in a hundred took longer than %.1f s", p99.Seconds())
	}
}

// gave says why a step did not hold; the first reason stays.
func (s *Step) gave(format string, args ...any) {
	if s.Held || s.Why == "" {
		s.Held, s.Why = false, fmt.Sprintf(format, args...)
	}
}

// finish files a step.
func (r *rehearsal) finish(s Step) Step {
	r.report.Steps = append(r.report.Steps, s)
	if r.Told != nil {
		r.Told(s)
	}
	return s
}

// search looks for the highest rate that holds: doubled until one does not, also when tried again, then between. most is the highest tried.
func (r *rehearsal) search(ctx context.Context, until time.Time, from, most float64, try func(rate float64) (Step, error)) (b Bound, err error) {
	rate := min(from, most)
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		if n > 0 && time.Until(until) < r.step {
			return b, nil
		}
		s, err := try(rate)
		if err == nil && !s.Held && !r.enough(s) && time.Until(until) > r.step {
			s, err = try(rate) // a hiccup of the machine is not yet its end
		}
		if err != nil {
			return b, err
		}
		switch {
		case r.enough(s):
			b.Gave = rate
			return b, nil
		case s.Held:
			b.Held = rate
		case b.Gave == 0 || rate < b.Gave:
			b.Gave = rate
		}
		switch {
		case b.Gave == 0 && b.Held >= most:
			return b, nil
		case b.Gave == 0:
			rate = min(2*rate, most)
		case b.Held == 0:
			if rate = rate / 2; rate < 1 {
				return b, nil
			}
		case b.Gave < 1.25*b.Held:
			return b, nil
		default:
			if rate = math.Round(math.Sqrt(b.Held * b.Gave)); rate <= b.Held || rate >= b.Gave {
				return b, nil
			}
		}
	}
}
