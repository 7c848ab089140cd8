package journey

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/torchwood"

	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// crash is a site under load that is killed again and again, and what its signers were told.
type crash struct {
	*site
	rough  atomic.Bool  // somebody has been killed: a signer may fail now
	ghosts atomic.Int64 // answers of a process without power
	dark   atomic.Bool  // the power is gone: what an answer says that comes now was never said, though a process may still run for a moment

	mu        sync.Mutex
	counted   []*signer // read "You are counted" with a private link
	withdrawn []*signer // of those, and read that they are out of the count
	leaving   []*signer // pressed the button that withdraws, and read no answer
	unsure    []*signer // pressed the button that signs, and read no answer
	asked     int
}

var errDark = errors.New("the power was gone")

// load has eight people sign, one after another each, until it is over. Those who were left without an answer come back first.
func (c *crash) load(t *testing.T, round int, over <-chan struct{}) {
	c.mu.Lock()
	back := c.unsure
	c.unsure = nil
	c.mu.Unlock()
	var wg sync.WaitGroup
	for worker := range 8 {
		r := c.reader()
		wg.Go(func() {
			for i := worker; i < len(back); i += 8 {
				back[i].reader = r
				c.confirm(t, back[i], worker)
			}
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				p := &signer{reader: r, address: fmt.Sprintf("k%d-%d-%d@mail%d.example", round, worker, n, n%7), giveUp: over}
				if err := p.ask(); err != nil {
					c.failed(t, p, err)
					continue
				}
				c.mu.Lock()
				c.asked++
				c.mu.Unlock()
				if err := p.open(); err != nil {
					if !errors.Is(err, errNoMail) {
						c.failed(t, p, err)
					}
					continue // its mail was on its way when all fell
				}
				c.confirm(t, p, worker+n)
			}
		})
	}
	wg.Wait()
}

func (c *crash) confirm(t *testing.T, p *signer, nth int) {
	confirm := p.enter
	if nth%3 == 0 {
		confirm = p.follow
	}
	err := confirm()
	if err == nil && c.dark.Load() {
		c.ghosts.Add(1)
		err = errDark
	}
	if err != nil {
		c.failed(t, p, err)
		c.mu.Lock()
		c.unsure = append(c.unsure, p)
		c.mu.Unlock()
		return
	}
	c.mu.Lock()
	c.counted = append(c.counted, p)
	c.mu.Unlock()
	if nth%4 != 0 {
		return
	}
	list := &c.withdrawn
	if err = p.withdraw(); err == nil && c.dark.Load() {
		err = errDark
	}
	if err != nil {
		c.failed(t, p, err)
		list = &c.leaving
	}
	c.mu.Lock()
	*list = append(*list, p)
	c.mu.Unlock()
}

// failed is right only when somebody has been killed.
func (c *crash) failed(t *testing.T, p *signer, err error) {
	if !c.rough.Load() || errors.Is(err, errCookie) {
		t.Errorf("%s: %v", p.address, err)
	}
	time.Sleep(time.Millisecond)
}

// The server is killed at random moments while people sign and withdraw, and now and then the database's server, too. What anybody was told holds
// afterwards: each counted signature is in the log exactly once, and an auditor who looks after each crash sees one log that only grows.
func TestKill(t *testing.T) {
	t.Parallel()
	each(t, true, func(t *testing.T, e engine) {
		rounds := 4
		if prove {
			rounds = 50
		}
		c := &crash{site: newSite(t, e)}
		a := newAuditor(t)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		dice := rand.New(rand.NewPCG(seed, 1))
		for round := range rounds {
			c.mail = newMailbox(t) // a mailbox of thousands would only cost time
			c.smtp = c.mail.server.Addr
			c.rough.Store(false)
			c.start() // which audits rows against the log
			a.content(c.base())
			over, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				c.load(t, round, over)
			}()
			time.Sleep(300*time.Millisecond + time.Duration(dice.Int64N(int64(1500*time.Millisecond))))
			if c.pg != nil && round%2 == 1 {
				c.rough.Store(true)
				c.pg.Kill(t)
				time.Sleep(time.Duration(dice.Int64N(int64(300 * time.Millisecond))))
				c.pg.Restart(t)
				eventually(t, "the server does not find the database again", func() bool { return healthy(c.base()) })
				time.Sleep(500 * time.Millisecond)
			}
			c.rough.Store(true)
			c.kill()
			close(over)
			<-done
			if t.Failed() {
				t.Fatalf("round %d; the server said:\n%s", round, c.said())
			}
		}
		c.start()
		c.hold(t, a)
	})
}

// hold compares the log with what people were told.
func (c *crash) hold(t *testing.T, a *auditor) {
	t.Helper()
	eventually(t, "the queue does not run empty", func() bool { return c.number(t, "SELECT count(*) FROM log_queue") == 0 })
	size := c.number(t, "SELECT size FROM log_state")
	published := c.grows(size)
	p := fetch(t, c.base()) // its root is tlog.TreeHash of its entries
	if p.tree.N != size {
		t.Errorf("the checkpoint is of %d entries, the database of %d", p.tree.N, size)
	}
	signs, withdrawn := p.parsed(t)
	left := func(list []*signer, who *signer) bool { return slices.Contains(list, who) }
	locks := map[string]string{}
	for _, who := range c.counted {
		lock, err := "", error(nil)
		if left(c.withdrawn, who) || left(c.leaving, who) {
			lock = lockOf(who) // the private page of one who has left names no proof
			if len(signs[lock]) == 0 {
				continue // by a link that replaced an earlier one; the counts below have it
			}
		} else if lock, err = who.lock(); err != nil {
			t.Errorf("%s was told to be counted: %v", who.address, err)
			continue
		}
		at := signs[lock]
		if len(at) != 1 {
			t.Errorf("%s was told to be counted, and stands %d times in the log", who.address, len(at))
			continue
		}
		if other := locks[lock]; other != "" {
			t.Errorf("%s and %s are one entry", who.address, other)
		}
		locks[lock] = who.address
		proof, err := who.get("/r/" + lock + ".txt")
		must(t, err)
		if err := torchwood.VerifyProof(policy(t, p.key), receipt.LeafHash(p.entries[at[0]]), []byte(proof.body)); err != nil {
			t.Errorf("%s has no proof: %v", who.address, err)
		}
		switch n := withdrawn[at[0]]; {
		case n > 1, n == 0 && left(c.withdrawn, who), n == 1 && !left(c.withdrawn, who) && !left(c.leaving, who):
			t.Errorf("%s is withdrawn %d times", who.address, n)
		}
	}
	for lock, at := range signs {
		if len(at) != 1 {
			t.Errorf("lock %s stands at %d", lock, at)
		}
	}
	home := of(t, published, atOnce)
	if want := int64(len(signs) - len(withdrawn)); home.Counted+home.Removed != want || home.Withdrawn != int64(len(withdrawn)) {
		t.Errorf("letters.json counts %d, %d withdrawn, %d removed; the log has %d signatures and %d withdrawals", home.Counted, home.Withdrawn, home.Removed, len(signs), len(withdrawn))
	}
	if rows := c.number(t, "SELECT count(*) FROM letter_signature"); rows != int64(len(signs)) {
		t.Errorf("there are %d rows of signatures and %d entries", rows, len(signs))
	}
	if r := a.content(c.base(), "--key", p.key); r.Size != size || r.Root != p.tree.Hash || r.FirstSight {
		t.Errorf("verify says size %d, root %v", r.Size, r.Root)
	}
	if len(c.counted) < 20 {
		t.Errorf("only %d people signed: this shows nothing", len(c.counted))
	}
	t.Logf("%d were told to be counted, %d of them to be withdrawn; the log has %d signatures, %d withdrawals and %d removals; %d asked and %d left without an answer at the end",
		len(c.counted), len(c.withdrawn), len(signs), len(withdrawn), home.Removed, c.asked, len(c.unsure))
}

// lockOf is what the first private link's secret makes of itself.
func lockOf(p *signer) string {
	return receipt.Preimage(seal.Derive(p.raw(), "withdraw")).Lock().String()
}
