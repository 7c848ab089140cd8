package rehearse

import (
	"context"
	"errors"
	"math"
	"sync"
	"syscall"
	"time"

	"outcry/internal/app/rehearse/load"
	"outcry/internal/app/rehearse/machine"
)

// How the time is divided: each stage ends at such a part of it. What comes after the last is for the recount.
const (
	readersEnd = 0.20
	signersEnd = 0.62
	nightEnd   = 0.95
)

// goOn asks whether the next step may be.
func (r *rehearsal) goOn(ctx context.Context) error {
	if err := ctx.Err(); err != nil || r.still == nil {
		return err
	}
	return r.still(ctx)
}

// warm lets the server prepare what it prepares once, and the disk show what it can do alone.
func (r *rehearsal) warm(ctx context.Context) error {
	r.say("warm-up", "first pages")
	if r.dir != "" {
		r.report.Machine.Syncs = math.Round(machine.Synced(r.dir, min(500*time.Millisecond, r.step)))
	}
	var err error
	if _, r.tag, err = (load.Ask{URL: r.url + r.path, Gzip: true}).Fetch(r.client, nil); err != nil {
		return errors.Join(ErrSilent, err)
	}
	if !r.sign {
		return nil
	}
	o := load.Pace{Rate: min(20, float64(r.Signers)), Time: r.step, Grace: patience, Work: func(int, time.Time) error { return r.visit(r.next()) }}.Run(ctx)
	r.settle(ctx, patience)
	r.mu.Lock()
	r.mails, r.answered = nil, nil
	failed := often(r.failed)
	clear(r.failed)
	r.mu.Unlock()
	if why := often(o.Why); why != "" || failed != "" {
		return errors.Join(ErrSilent, errors.New(why+failed))
	}
	return ctx.Err()
}

// next is the number of the next signer.
func (r *rehearsal) next() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	return r.asked
}

// left is how many more may sign.
func (r *rehearsal) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return mostAsks - r.asked
}

// reader is one who reads the page: a browser, and every fourth time one that has a copy.
func (r *rehearsal) reader(n int, _ time.Time) error {
	a := load.Ask{URL: r.url + r.path, Gzip: true}
	if n%4 == 3 {
		a.Tag = r.tag
	}
	_, err := a.Send(r.client, nil)
	return err
}

func (r *rehearsal) reading(ctx context.Context) (err error) {
	first := 250.0
	if !r.here {
		first = 10
	}
	r.report.Readers, err = r.search(ctx, r.until(readersEnd), first, float64(r.Readers), func(rate float64) (Step, error) {
		if err := r.goOn(ctx); err != nil {
			return Step{}, err
		}
		r.say("readers", "%s a second", Figure(rate))
		s := Step{Stage: "readers", Rate: rate, Held: true}
		w := watch(r.pid, r.dir)
		s.take(load.Pace{Rate: rate, Time: r.step * 2 / 3, Work: r.reader, Grace: grace}.Run(ctx))
		w.end(&s)
		return r.finish(s), ctx.Err()
	})
	return err
}

const (
	handful = 250   // viewers come at a time
	spare   = 2_500 // file handles are left for the others, here as on the server
)

// watching opens live pages, as many as were asked for or as the machine lets, and leaves them open.
func (r *rehearsal) watching(ctx context.Context) error {
	if err := r.goOn(ctx); err != nil {
		return err
	}
	v := &r.report.Viewers
	v.Asked = r.Viewers
	if r.Viewers == 0 || r.report.Stopped {
		return nil
	}
	s := Step{Stage: "viewers", Rate: float64(r.Viewers), Held: true, Offered: r.Viewers}
	most := r.Viewers
	if h := r.report.Machine.Handles; h > 0 && most > h-spare {
		most = max(0, h-spare)
		s.files = true
		s.gave("a process may have %s files open on this machine, and %s are kept for those who sign and read", Commas(int64(h)), Commas(spare))
	}
	before, _ := machine.Resident(r.pid)
	w := watch(r.pid, r.dir)
	for well := true; r.crowd.Size() < most && well; {
		r.say("viewers", "%s of %s", Commas(int64(r.crowd.Size())), Commas(int64(r.Viewers)))
		err := r.crowd.Open(ctx, r.url+"/live/en/"+r.id, min(handful, most-r.crowd.Size()))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			err = r.crowd.Until(ctx, int64(r.crowd.Size()), patience)
		}
		if err != nil {
			well = false
			s.files = s.files || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
			s.gave("after %s viewers: %v", Commas(r.crowd.Told.Load()), err)
		}
	}
	w.end(&s)
	v.Open = r.crowd.Size() - int(r.crowd.Lost.Load())
	s.Done, s.Viewers = v.Open, v.Open
	if after, err := machine.Resident(r.pid); err == nil && v.Open > 0 && after > before {
		v.KiB = math.Round(10*float64(after-before)/1024/float64(v.Open)) / 10
	}
	v.Why = s.Why
	r.finish(s)
	return nil
}

// sign is one step of signers, with readers beside them if the rate of those is not zero.
func (r *rehearsal) signStep(ctx context.Context, s Step) (Step, error) {
	if err := r.goOn(ctx); err != nil {
		return s, err
	}
	s.Held = true
	r.mu.Lock()
	r.mails, r.answered = nil, nil
	clear(r.failed)
	r.mu.Unlock()
	w := watch(r.pid, r.dir)
	before := r.awaits()
	var wg sync.WaitGroup
	var reading load.Outcome
	if s.Readers > 0 {
		wg.Go(func() { reading = load.Pace{Rate: s.Readers, Time: r.step, Work: r.reader, Grace: grace}.Run(ctx) })
	}
	var signing load.Outcome
	if r.target.sign {
		signing = load.Pace{Rate: s.Rate, Time: r.step, Most: r.left(), Work: func(int, time.Time) error { return r.visit(r.next()) }, Grace: grace}.Run(ctx)
	}
	wg.Wait()
	w.end(&s)
	if s.Readers > 0 {
		s.take(reading)
	}
	if r.target.sign {
		s.take(signing)
		r.settle(ctx, tail)
		r.take(&s, r.awaits()-before)
		r.settle(ctx, 2*patience) // before the next rate: what is left over would be counted there
	}
	r.enough(s)
	return r.finish(s), ctx.Err()
}

// awaits is how many have got a waiting page.
func (r *rehearsal) awaits() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.awaited
}

// settle waits until everyone who has a waiting page has confirmed, or that long.
func (r *rehearsal) settle(ctx context.Context, most time.Duration) {
	for end := time.Now().Add(most); r.owed() > 0 && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(5 * time.Millisecond)
	}
}

// take judges the mails and the confirmations of a step, of so many who asked.
func (r *rehearsal) take(s *Step, asked int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	mails, answers := sorted(r.mails), sorted(r.answered)
	s.MailP99, s.P99 = millis(load.At(mails, 0.99)), max(s.P99, millis(load.At(answers, 0.99)))
	failed := sum(r.failed)
	s.Failed += failed
	switch {
	case failed > 0:
		s.gave("%d confirmations failed: %s", failed, often(r.failed))
	case float64(len(mails)) < kept*float64(asked):
		s.mails = s.Held
		s.gave("the mails fell behind: %d of %d had come %v after the last form; in a longer night they would be minutes late", len(mails), asked, tail)
	case float64(len(answers)) < kept*float64(asked):
		s.gave("the confirmations fell behind: %d of %d were answered in time", len(answers), asked)
	case load.At(answers, 0.99) > slow:
		s.gave("one confirmation in a hundred took longer than %.1f s", load.At(answers, 0.99).Seconds())
	}
}

func (r *rehearsal) signing(ctx context.Context) (err error) {
	r.report.Signers, err = r.search(ctx, r.until(signersEnd), 10, float64(r.Signers), func(rate float64) (Step, error) {
		r.say("signers", "%s a second", Figure(rate))
		return r.signStep(ctx, Step{Stage: "signers", Rate: rate})
	})
	return err
}

// beside is how many read the page for each one who signs it.
const beside = 5

// night is all together: it begins near what held alone, and gives way until it holds.
func (r *rehearsal) night(ctx context.Context) error {
	rate, until := r.report.Signers.Held, r.until(nightEnd)
	readers := func() float64 { return max(1, min(math.Round(beside*rate), math.Floor(r.report.Readers.Held/2))) }
	if !r.target.sign {
		rate = r.report.Readers.Held
		readers = func() float64 { return rate }
	}
	again := false
	for n := 0; rate >= 1 && !r.report.Stopped; n++ {
		if n > 0 && time.Until(until) < r.step && r.ended(until) {
			break
		}
		s := Step{Stage: "night", Rate: rate, Readers: readers(), Viewers: r.crowd.Size()}
		if r.target.sign {
			r.say("night", "%s signers and %s readers a second, %s watching", Figure(rate), Figure(s.Readers), Commas(int64(s.Viewers)))
		} else {
			r.say("night", "%s readers a second, %s watching", Figure(rate), Commas(int64(s.Viewers)))
		}
		s, err := r.signStep(ctx, s)
		if err != nil {
			return err
		}
		if s.Held {
			r.report.Night = Night{Signers: s.Rate, Readers: s.Readers, Held: true}
			if !r.target.sign {
				r.report.Night.Signers = 0
			}
			break
		}
		if again = !again; again {
			continue // once more: a hiccup of the machine is not yet its end
		}
		rate = math.Floor(rate * 0.75)
	}
	r.report.Viewers.Lost = int(r.crowd.Lost.Load())
	r.report.Night.Viewers = r.crowd.Size() - r.report.Viewers.Lost
	return ctx.Err()
}

// enough tells that a site elsewhere is to be left alone: it answers with errors.
func (r *rehearsal) enough(s Step) bool {
	if !r.here && s.Failed > 0 && 20*s.Failed > s.Offered {
		r.report.Stopped = true
	}
	return r.report.Stopped
}

// ended tells whether the time for all stages is over by so much that there is no more verdict to wait for.
func (r *rehearsal) ended(until time.Time) bool { return time.Since(until) > r.Time/4 }
