package journey

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The power goes at random moments while people sign and withdraw: nothing reaches the disk any more, what its file system had not written is lost, and
// what the disk has is replayed, as it is when power returns. Site, secret and database lie on that disk. What anybody was told holds afterwards, as after
// a kill; and an installation that was made a moment before is there.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	eachOnDisk(t, 160<<20, func(t *testing.T, e engine) {
		if e.disk == nil {
			t.Skip("power can be cut from a disk of the test's own only, and there is none")
		}
		rounds := 1
		if prove {
			rounds = 10
		}
		c := &crash{site: newSite(t, e, func(s *site) { s.keys = inside(s.root, "keys") })}
		c.logs = t.TempDir() // what the server says is not lost: this test reads it
		if c.sqlite() {
			c.blackout(t, func() {}) // with the campaign just applied
		}
		a := newAuditor(t)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		dice := rand.New(rand.NewPCG(seed, 2))
		for round := range rounds {
			c.mail = newMailbox(t)
			c.smtp = c.mail.server.Addr
			c.rough.Store(false)
			c.dark.Store(false)
			c.start() // which audits rows against the log
			a.content(c.base())
			over, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				c.load(t, round, over)
			}()
			time.Sleep(300*time.Millisecond + time.Duration(dice.Int64N(int64(1500*time.Millisecond))))
			eventually(t, "hardly anybody is counted", func() bool {
				c.mu.Lock()
				defer c.mu.Unlock()
				return len(c.counted) >= 20 || t.Failed()
			})
			c.rough.Store(true)
			c.blackout(t, func() {
				time.Sleep(time.Duration(dice.Int64N(int64(200 * time.Millisecond)))) // the processes notice before they end, or don't
				close(over)
			})
			<-done
			if t.Failed() {
				t.Fatalf("round %d; the server said:\n%s", round, c.said())
			}
		}
		c.start()
		c.dark.Store(false)
		c.hold(t, a)
		t.Logf("%d answers came after the power was cut, and don't count", c.ghosts.Load())
	})
}

// blackout takes the power away, ends everything that ran, and gives it back to the disk and to the database's server.
func (c *crash) blackout(t *testing.T, meanwhile func()) {
	t.Helper()
	c.dark.Store(true)
	c.disk.cut()
	meanwhile()
	if c.server != nil {
		c.kill()
	}
	if c.pg != nil {
		c.pg.Kill(t)
		c.pg.Leave(t)
	}
	c.disk.back()
	if c.pg != nil {
		c.pg.Restart(t)
	}
}
