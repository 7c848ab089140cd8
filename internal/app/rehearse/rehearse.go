package rehearse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"outcry/internal/app/rehearse/load"
	"outcry/internal/app/rehearse/machine"
)

// What no setting goes beyond.
const (
	MostTime    = 30 * time.Minute
	MostSigners = 5_000  // a second
	MostReaders = 20_000 // a second, on this machine
	MostAway    = 2_000  // readers a second, of a server elsewhere
	MostViewers = 20_000
	mostAsks    = load.Hourly - 5_000 // in one rehearsal: a letter's own bound on mails is not what is looked for
)

// Config is a rehearsal.
type Config struct {
	Dir      string // a folder on the disk to be tried; the system's for temporary files if empty
	Database string // postgres://… of an empty database; SQLite in Dir if empty
	Program  string // that serves; this very one if empty

	URL   string // a server that runs: it is only read
	Token string // that its organisers have put into its settings; not needed on this machine

	Time    time.Duration // of all stages together
	Signers int           // the highest rate tried, a second
	Readers int           // likewise
	Viewers int           // open at the same time

	Say  func(stage, doing string) // told what is done now; may be nil
	Told func(Step)                // told what came of each step; may be nil
}

// Usual are a rehearsal's bounds where nothing else is said.
func Usual() Config {
	return Config{Time: 100 * time.Second, Signers: 2_000, Readers: 10_000, Viewers: 2_000}
}

var (
	// ErrLost says that somebody was told "you are counted" and is not in the log, or that the log does not hold.
	ErrLost = errors.New("what was acknowledged is not what the log holds")
	// ErrUninvited says that a host has not let the rehearsal in.
	ErrUninvited = errors.New("this host has not let a rehearsal in")
	// ErrBounds says that a bound is wrong.
	ErrBounds = errors.New("a bound is wrong")
	// ErrSilent says that the server to be rehearsed does not answer as a site of ours.
	ErrSilent = errors.New("the server does not answer")
)

func (c Config) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrBounds, fmt.Sprintf(format, args...))
	}
	switch {
	case c.Time < 2*time.Second || c.Time > MostTime:
		return wrong("a rehearsal takes from two seconds to %d minutes", int(MostTime.Minutes()))
	case c.Signers < 1 || c.Signers > MostSigners:
		return wrong("the rate of signers is from 1 to %d a second", MostSigners)
	case c.Readers < 1 || c.Readers > MostReaders:
		return wrong("the rate of readers is from 1 to %d a second", MostReaders)
	case c.Viewers < 0 || c.Viewers > MostViewers:
		return wrong("the number of viewers is from 0 to %d", MostViewers)
	}
	return nil
}

// target is the server that is rehearsed.
type target struct {
	url  string // where it answers, without a slash at the end
	path string // of the letter's page
	id   string // of the letter
	pid  int    // its process; 0 if it is not ours
	dir  string // on the disk that it writes; empty if that is not known
	here bool   // on this machine
	sign bool   // it is ours, and may be signed
	key  string // its log's, as /log/key prints it; empty if it is to be believed

	caseSlug, letterSlug string
}

// Run holds a rehearsal. The report is not nil if the error is [ErrLost] or nil. What it made is gone when it returns, also if ctx ends.
func Run(ctx context.Context, c Config) (report *Report, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.URL != "" {
		return c.away(ctx)
	}
	crowd := newSigners()
	mailbox, err := load.NewMailbox(crowd.mailed)
	if err != nil {
		return nil, err
	}
	defer mailbox.Close()
	c.say("warm-up", "making an installation")
	own, err := c.make(ctx, mailbox.Addr)
	if own != nil {
		defer func() {
			if left := own.remove(); left != nil && err == nil {
				err = fmt.Errorf("not everything that the rehearsal made could be removed: %w", left)
			}
		}()
	}
	if err != nil {
		return nil, err
	}
	t, err := own.serve(ctx)
	if err != nil {
		return nil, err
	}
	r := newRehearsal(c, t, crowd)
	r.report.Machine.Engine = own.engine()
	r.report.Machine.InMemory = c.Database == "" && machine.InMemory(own.dir)
	return r.run(ctx)
}

// away rehearses a server that is there already.
func (c Config) away(ctx context.Context) (*Report, error) {
	t, err := c.invited(ctx)
	if err != nil {
		return nil, err
	}
	if !t.here {
		c.Readers = min(c.Readers, MostAway)
	}
	if err := t.find(ctx); err != nil {
		return nil, err
	}
	r := newRehearsal(c, t, newSigners())
	r.still = func(ctx context.Context) error {
		_, err := c.invited(ctx) // whoever takes the setting back ends the rehearsal
		return err
	}
	return r.run(ctx)
}

func (c Config) say(stage, format string, args ...any) {
	if c.Say != nil {
		c.Say(stage, fmt.Sprintf(format, args...))
	}
}

// Loopback tells whether a URL names this machine by an address that can't be another's.
func Loopback(site string) bool {
	u, err := url.Parse(site)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// rehearsal is one run, stage by stage.
type rehearsal struct {
	Config
	target
	*signers
	report *Report
	still  func(context.Context) error // asked before each step whether it may go on; may be nil
	began  time.Time
	step   time.Duration // of one rate
	client *http.Client
	crowd  *load.Crowd
	tag    string // ETag of the letter's page
}

func newRehearsal(c Config, t target, s *signers) *rehearsal {
	r := &rehearsal{Config: c, target: t, signers: s, crowd: &load.Crowd{}, step: min(10*time.Second, max(200*time.Millisecond, c.Time/36)), client: load.Client(2_000, patience)}
	all, _ := machine.Memory()
	r.report = &Report{Machine: Machine{Processor: machine.Processor(), Cores: cores(), Memory: all, Handles: machine.Handles()}, Own: t.sign, Here: t.here, URL: c.URL, Steps: []Step{}}
	return r
}

// patience is how long anyone waits for an answer.
const patience = 10 * time.Second

// until is when a stage has to end, as a part of all the time there is.
func (r *rehearsal) until(part float64) time.Time {
	return r.began.Add(time.Duration(part * float64(r.Time)))
}

func (r *rehearsal) run(ctx context.Context) (*Report, error) {
	ctx, stop := context.WithCancel(ctx)
	defer r.client.CloseIdleConnections()
	defer r.crowd.Close()
	r.began = time.Now()
	confirmed := r.confirming(ctx)
	defer func() {
		stop()
		<-confirmed
	}()
	stages := []func(context.Context) error{r.warm, r.reading, r.watching}
	if r.sign {
		stages = append(stages, r.signing)
	}
	stages = append(stages, r.night)
	for _, stage := range stages {
		if err := stage(ctx); err != nil {
			return nil, err
		}
	}
	r.report.Seconds = time.Since(r.began).Seconds()
	r.blame()
	if !r.sign {
		r.report.conclude()
		return r.report, nil
	}
	if err := r.recount(ctx); err != nil {
		return nil, err
	}
	r.report.conclude()
	if !r.report.Recount.Held {
		return r.report, fmt.Errorf("%w: %s", ErrLost, r.report.Recount.Why)
	}
	return r.report, nil
}
