package bench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"outcry/internal/app"
	"outcry/internal/kernel/mail"
)

var growthFloor, growthGoal = mark{least: 60}, mark{least: 85}

// inside opens a site's installation in this process, to fill it.
func (b *bench) inside(s *site) *app.App {
	b.Helper()
	c := app.Config{Data: filepath.Join(s.dir, "data"), SecretFile: filepath.Join(s.dir, "secret"), Demo: true, Mail: &mail.Sink{}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler)}
	if s.database != nil {
		c.Database = s.database[1]
	}
	a, err := app.Open(b.Context(), c)
	b.check(err)
	b.check(a.Book.Start(b.Context()))
	return a
}

// fill has made-up signers confirm until there are so many, as a rehearsal does and by the way that real ones take, without mails. The log grows
// meanwhile as a server's does, and has them all at the end. It tells how long confirming took.
func (b *bench) fill(a *app.App, to int) time.Duration {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { a.Log.Run(ctx) })
	began := time.Now()
	b.check(a.Book.Rehearse(ctx, a.Book.Letters("")[0], to, nil))
	took := time.Since(began)
	stop()
	wg.Wait()
	for n := 1; n > 0; {
		var err error
		n, err = a.Log.Sequence(b.Context())
		b.check(err)
	}
	err := a.Book.CatchUp(b.Context())
	b.check(err)
	return took
}

// growth measures one engine at few rows and at many: all that a server of so many does, and then confirming alone, without HTTP.
func (b *bench) growth(engine string, few, many int) {
	b.Helper()
	const more = 20_000
	s := newSite(b, b.bin, engine)
	var ratios []float64
	for _, rows := range []int{few, many} {
		a := b.inside(s)
		b.fill(a, rows)
		b.check(a.Close())
		there := b.served(s, rows)
		a = b.inside(s)
		l := b.beside(s, 64, line{work: fmt.Sprintf("confirm without HTTP, from %d rows on", there), engine: engine}, func() run {
			before := s.cpu() + cpuOf(os.Getpid())
			r := run{done: more, wall: b.fill(a, there+more)}
			r.cpu = s.cpu() + cpuOf(os.Getpid()) - before
			return r
		})
		b.check(a.Close())
		b.add(l)
		ratios = append(ratios, l.ratio())
	}
	b.add(line{work: fmt.Sprintf("confirm at %d rows, of that at %d", many, few), engine: engine, value: 100 * ratios[1] / ratios[0], unit: "%",
		floor: growthFloor, goal: growthGoal})
}

// served measures a server whose letter has that many signatures, and tells how many it has after that.
func (b *bench) served(s *site, rows int) (there int) {
	b.Helper()
	from := len(b.lines)
	b.starts(s, 1, fmt.Sprintf(", checking %d entries", rows))
	b.sign(s, 8, 500*ms, 500)
	var signers []*signer
	b.add(b.beside(s, 32, line{work: "sign POST (CPU: with its mail)", engine: s.engine, floor: signFloor, goal: signGoal}, func() run {
		r, _, list := s.sign(b, signing{32, 4 * time.Second, 16_000})
		signers = list
		return r
	}))
	_, _, counted := s.published(b)
	l := b.beside(s, 32, line{work: "confirm POST, the log growing", engine: s.engine, floor: confirmFloor, goal: confirmGoal}, func() run {
		return s.confirm(b, 32, 4*time.Second, signers)
	})
	b.add(l)
	s.settled(b, counted+int64(l.run.done))
	b.page(s)
	b.proof(s, signers[:l.run.done])
	b.viewers(s, crowded())
	for i := range b.lines[from+1:] {
		b.lines[from+1+i].work += fmt.Sprintf(", %d rows", rows)
	}
	entries, took := s.recounted(b)
	b.add(line{work: fmt.Sprintf("outcry verify, %d entries", entries), engine: s.engine, value: took.Seconds(), unit: "s"})
	_, _, counted = s.published(b)
	s.stop(b)
	return int(counted)
}
