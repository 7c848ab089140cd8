package load

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Pace is work that comes at a rate of its own, as people do: nobody waits for the one before to be served. So what a slow server makes of it is seen.
type Pace struct {
	Rate float64       // a second
	Time time.Duration // of arrivals
	Most int           // arrivals at most; 0 is no limit
	Work func(n int, due time.Time) error
	// Grace is how long after the last arrival an answer still counts as in time.
	Grace time.Duration
}

// Outcome is what came of a pace.
type Outcome struct {
	Offered int // arrivals
	Done    int // served well
	Failed  int
	Late    int            // not served, or not begun, by the end of the grace
	Why     map[string]int // failures by their words
	Took    []time.Duration
}

// At is a quantile of how long what was done well took, from when it was due: 0.5, 0.99.
func At(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

const (
	together = 2000 // served at once at most: enough for a second's delay at the highest rate that makes sense here
	failures = 20   // in the time of a pace, and
	part     = 20   // one in so many: then it ends by itself
)

// Run runs until all arrivals were served or the grace is over. It ends early, with what there is, if ctx ends or too much fails: nothing is to be battered.
func (p Pace) Run(ctx context.Context) Outcome {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		mu           sync.Mutex
		o            = Outcome{Why: map[string]int{}}
		done, failed atomic.Int64
		over         atomic.Bool // the grace is over
		wg           sync.WaitGroup
		all          = max(1, int(p.Rate*p.Time.Seconds()))
	)
	if p.Most > 0 {
		all = min(all, p.Most)
	}
	type arrival struct {
		n   int
		due time.Time
	}
	queue := make(chan arrival, all)
	for range min(together, all, max(16, int(2*p.Rate))) {
		wg.Go(func() {
			var took []time.Duration
			why := map[string]int{}
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				o.Took = append(o.Took, took...)
				for text, n := range why {
					o.Why[text] += n
				}
			}()
			for a := range queue {
				if over.Load() || ctx.Err() != nil {
					continue
				}
				err := p.Work(a.n, a.due)
				switch late := over.Load(); {
				case err != nil && ctx.Err() == nil:
					why[err.Error()]++
					if f := failed.Add(1); f > failures && f*part > done.Load()+f {
						stop()
					}
				case err != nil, late:
				default:
					took = append(took, time.Since(a.due))
					done.Add(1)
				}
			}
		})
	}
	began := time.Now()
	for n := 0; n < all && ctx.Err() == nil; {
		due := min(all, int(p.Rate*time.Since(began).Seconds())+1)
		for ; n < due; n++ {
			queue <- arrival{n, began.Add(time.Duration(float64(n) / p.Rate * float64(time.Second)))}
			o.Offered++
		}
		if n < all {
			sleep(ctx, time.Millisecond)
		}
	}
	close(queue)
	grace := time.AfterFunc(p.Grace, func() { over.Store(true) })
	defer grace.Stop()
	wg.Wait()
	slices.Sort(o.Took)
	o.Done, o.Failed = int(done.Load()), int(failed.Load())
	o.Late = o.Offered - o.Done - o.Failed
	return o
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
