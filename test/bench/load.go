package bench

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	people "outcry/internal/app/rehearse/load"
)

// ask is one request: a GET, or a POST where there is a form.
type ask struct {
	url  string
	form string                          // urlencoded
	gzip bool                            // take the answer compressed, as browsers do
	took func(body []byte, at time.Time) // told a good answer; nil if nobody wants it
	good string                          // what the body has to hold
}

// load is requests sent by so many clients, each waiting for its answer before the next, over kept connections.
type load struct {
	clients int
	time    time.Duration   // no request begins later
	most    int             // requests at most; 0 is no limit
	next    func(n int) ask // the n-th request, from 0; called by many goroutines
}

// run is what came of a load.
type run struct {
	done, failed int
	why          string // of the first failure
	wall         time.Duration
	took         []time.Duration // sorted; of the good answers
	cpu          time.Duration   // of the servers, where they were looked at
}

func (r run) rate() float64 {
	if r.wall == 0 {
		return 0
	}
	return float64(r.done) / r.wall.Seconds()
}

// add sums two runs of the same load up; of the single times it keeps none.
func (r *run) add(other run) {
	r.done, r.wall, r.cpu, r.took = r.done+other.done, r.wall+other.wall, r.cpu+other.cpu, nil
}

// cpuEach is the CPU time that one accepted request took.
func (r run) cpuEach() time.Duration {
	if r.done == 0 {
		return 0
	}
	return r.cpu / time.Duration(r.done)
}

// at is a quantile of the time an answer took: 0.5, 0.99.
func (r run) at(q float64) time.Duration {
	if len(r.took) == 0 {
		return 0
	}
	return r.took[min(len(r.took)-1, int(q*float64(len(r.took))))]
}

// clientOf is the one Go client that asks the bare server and ours alike.
func clientOf(connections int) *http.Client { return people.Client(connections, 30*time.Second) }

func (l load) run() run {
	client := clientOf(l.clients)
	defer client.CloseIdleConnections()
	var (
		mu     sync.Mutex
		total  run
		number atomic.Int64
		wg     sync.WaitGroup
	)
	start := time.Now()
	for range l.clients {
		wg.Go(func() {
			var mine run
			buffer := make([]byte, 0, 64<<10)
			for time.Since(start) < l.time {
				n := int(number.Add(1)) - 1
				if l.most > 0 && n >= l.most {
					break
				}
				a, began := l.next(n), time.Now()
				body, err := a.send(client, buffer[:0])
				if err != nil {
					if mine.failed++; mine.why == "" {
						mine.why = err.Error()
					}
					continue
				}
				now := time.Now()
				mine.took = append(mine.took, now.Sub(began))
				if a.took != nil {
					a.took(body, now)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			total.took = append(total.took, mine.took...)
			total.failed += mine.failed
			if total.why == "" {
				total.why = mine.why
			}
		})
	}
	wg.Wait()
	total.wall = time.Since(start)
	total.done = len(total.took)
	slices.Sort(total.took)
	return total
}

// send asks and reads the whole answer into buffer. What is not 200, or lacks what a good answer holds, is an error.
func (a ask) send(client *http.Client, buffer []byte) ([]byte, error) {
	return people.Ask{URL: a.url, Form: a.form, Gzip: a.gzip, Good: a.good}.Send(client, buffer)
}
