package journey

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/receipt"
	"outcry/test/peers"
)

// node is another server of the same installation: the same database, secret and shares, and folders of its own. Mail goes to the same mailbox.
func (s *site) node(t testing.TB) *site {
	t.Helper()
	root := t.TempDir()
	n := &site{t: t, root: root, engine: s.engine, home: filepath.Join(root, "home"), temp: filepath.Join(root, "temp"),
		data: filepath.Join(root, "data"), logs: filepath.Join(root, "logs"), keys: s.keys, mail: s.mail, smtp: s.smtp}
	for _, dir := range []string{n.home, n.temp, n.logs} {
		must(t, os.Mkdir(dir, 0o700))
	}
	must(t, os.CopyFS(n.data, os.DirFS(s.data)))
	return n
}

// running tells whether a server's process is still there.
func (p *server) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// pair is two nodes under load, and what their signers were told.
type pair struct {
	crash
	nodes [2]*site
}

// sign has eight people at a time go through one node to ask and through the other to confirm, until it is over.
func (c *pair) sign(t *testing.T, round int, over <-chan struct{}) {
	c.mu.Lock()
	back := c.unsure
	c.unsure = nil
	c.mu.Unlock()
	var wg sync.WaitGroup
	for worker := range 8 {
		readers := [2]*reader{c.nodes[0].reader(), c.nodes[1].reader()}
		wg.Go(func() {
			for i := worker; i < len(back); i += 8 {
				back[i].reader = readers[(worker+1)%2]
				c.confirm(t, back[i], worker)
			}
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				p := &signer{reader: readers[(worker+n)%2], address: fmt.Sprintf("n%d-%d-%d@mail%d.example", round, worker, n, n%7)}
				if err := p.ask(); err != nil {
					c.failed(t, p, err)
					continue
				}
				c.mu.Lock()
				c.asked++
				c.mu.Unlock()
				// Its mail may be in the hands of a node that was killed, and comes when that one's lease is over.
				soon := make(chan struct{})
				timer := time.AfterFunc(3*time.Second, func() { close(soon) })
				p.giveUp = soon
				err := p.open()
				timer.Stop()
				if err != nil {
					if !errors.Is(err, errNoMail) {
						c.failed(t, p, err)
					}
					continue
				}
				if n%5 != 0 {
					p.reader = readers[(worker+n+1)%2]
				}
				c.confirm(t, p, worker+n)
			}
		})
	}
	wg.Wait()
}

// Two servers on one database, under load through both, one or the other killed again and again, and now and then the database's server: the log stays one and dense,
// what anybody was told is in it once, and both say the same.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	pg := peers.NewPostgres(t, peers.Options{Durable: true})
	rounds := 3
	if prove {
		rounds = 18
	}
	one := newSite(t, engine{name: "PostgreSQL", dsn: pg.Database(t), pg: pg})
	c := &pair{crash: crash{site: one}, nodes: [2]*site{one, one.node(t)}}
	for _, n := range c.nodes {
		n.start()
	}
	a := newAuditor(t)
	a.content(one.base())
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	roll := func(most time.Duration) time.Duration { return time.Duration(dice.Int64N(int64(most))) }
	c.doubles(t)
	for round := range rounds {
		c.rough.Store(false)
		over, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			c.sign(t, round, over)
		}()
		time.Sleep(500*time.Millisecond + roll(time.Second))
		c.rough.Store(true)
		if round%3 == 2 {
			c.lose(t)
			time.Sleep(500 * time.Millisecond)
		} else {
			n := c.nodes[(round+round/3)%2]
			n.kill()
			time.Sleep(roll(time.Second)) // the other goes on alone
			n.start()
			time.Sleep(roll(500 * time.Millisecond))
		}
		close(over)
		<-done
		if t.Failed() {
			t.Fatalf("round %d; the servers said:\n%s\n--\n%s", round, c.nodes[0].said(), c.nodes[1].said())
		}
	}
	c.rough.Store(false)
	c.agree(t)
	c.hold(t, a)
	if r := a.content(c.nodes[1].base()); r.Size != c.number(t, "SELECT size FROM log_state") {
		t.Errorf("the other node's log has %d entries", r.Size)
	}
}

// doubles has people confirm through both nodes in the same moment: each is told to be counted, and is counted once.
func (c *pair) doubles(t *testing.T) {
	t.Helper()
	const people = 10
	before := c.number(t, "SELECT count(*) FROM letter_signature")
	readers := [2]*reader{c.nodes[0].reader(), c.nodes[1].reader()}
	for i := range people {
		p := &signer{reader: readers[i%2], address: fmt.Sprintf("double%d@example.org", i)}
		must(t, p.ask())
		must(t, p.open())
		var both [2]signer
		var wg sync.WaitGroup
		for k := range both {
			both[k] = *p
			both[k].reader = readers[k]
			wg.Go(func() {
				confirm := both[k].enter
				if i%3 == 0 && k == 0 {
					confirm = both[k].follow
				}
				if err := confirm(); err != nil {
					t.Errorf("%s through node %d: %v", p.address, k, err)
				}
			})
		}
		wg.Wait()
		open := 0
		for k := range both {
			if at, err := both[k].mine(); err == nil && at.status == http.StatusOK {
				open++
			}
		}
		if open != 1 {
			t.Errorf("%d private links of %s open something, want the newest alone", open, p.address)
		}
	}
	if n := c.number(t, "SELECT count(*) FROM letter_signature") - before; n != people {
		t.Errorf("%d people who confirmed twice at once are %d signatures", people, n)
	}
}

// lose kills the database's server and brings it back: meanwhile both nodes give every form back with what was typed, and afterwards the same processes go on.
func (c *pair) lose(t *testing.T) {
	t.Helper()
	var forms [2]form
	var readers [2]*reader
	for i, n := range c.nodes {
		readers[i] = n.reader()
		f, err := readers[i].read("/ru/"+caseSlug+"/"+atOnce).form("email", "letter")
		must(t, err)
		forms[i] = f
	}
	c.pg.Kill(t)
	for i, r := range readers {
		began := time.Now()
		at, err := r.post(forms[i].action, forms[i].with("email", "kept@example.org"))
		must(t, err)
		kept, err := at.form("email", "letter")
		if err != nil || at.status != http.StatusServiceUnavailable || at.header.Get("Retry-After") == "" || kept.values.Get("email") != "kept@example.org" || at.lang() != "ru" {
			t.Errorf("node %d answers %d without the form: %v %.200s", i, at.status, err, at.text())
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("node %d answers after %v", i, took)
		}
		r.read("/en/" + caseSlug + "/" + atOnce)
	}
	c.pg.Restart(t)
	for _, n := range c.nodes {
		eventually(t, "a node does not find the database again", func() bool { return healthy(n.base()) })
		if !n.server.running() {
			t.Error("a node has ended")
		}
	}
	// Ten in a pool and one that listens, for each.
	if n := c.number(t, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'outcry'"); n > 22 {
		t.Errorf("%d connections to the database", n)
	}
}

// agree signs through one node and reads the other's pages: the number is the same, on the page, in the file and for who watches. That it is so within a second of
// the batch is seen in the best of four times: a busy machine can be slow once.
func (c *pair) agree(t *testing.T) {
	t.Helper()
	best, bestTold := patience, patience
	for i := range 4 {
		here, there := c.nodes[i%2], c.nodes[(i+1)%2]
		eventually(t, "the queue does not run empty", func() bool { return c.number(t, "SELECT count(*) FROM log_queue") == 0 })
		eventually(t, "the nodes do not agree at rest", func() bool {
			size := c.number(t, "SELECT size FROM log_state")
			return here.published().Size == size && there.published().Size == size
		})
		size := here.published().Size
		told := watchCount(t, there)
		p := here.signer(fmt.Sprintf("agree%d@example.org", i))
		must(t, p.sign())
		eventually(t, "the signature is not counted", func() bool { return here.published().Size > size })
		began := time.Now()
		after := here.published()
		want := of(t, after, atOnce)
		eventually(t, "the other node does not count", func() bool { return there.published().Size >= after.Size })
		if got := of(t, there.published(), atOnce); got.Counted != want.Counted || got.Withdrawn != want.Withdrawn {
			t.Errorf("the other node says %+v, want %+v", got, want)
		}
		var pages [2]string
		eventually(t, "the nodes' pages do not say the same", func() bool { // a page is made anew a moment after the number has moved
			for k, n := range []*site{here, there} {
				_, rest, _ := strings.Cut(n.reader().read("/en/"+caseSlug+"/"+atOnce).body, "data-live-say")
				pages[k], _, _ = strings.Cut(rest, "</p>")
			}
			return pages[0] == pages[1] && pages[0] != ""
		})
		best = min(best, time.Since(began))
		if err := told(want.ByAssurance[receipt.Email]); err != nil {
			t.Errorf("who watches the other node: %v; the servers said:\n%s\n--\n%s", err, here.said(), there.said())
		}
		bestTold = min(bestTold, time.Since(began))
		c.mu.Lock()
		c.counted = append(c.counted, p)
		c.mu.Unlock()
	}
	if best > time.Second || bestTold > 2*time.Second {
		t.Errorf("at best the other node agrees after %v, and its viewers after %v", best, bestTold)
	}
}

// watchCount watches the letter's number on a node, and returns once it has been told the first. told waits until it has been told one that is no smaller than want.
func watchCount(t *testing.T, s *site) (told func(want int64) error) {
	t.Helper()
	_, rest, found := strings.Cut(s.reader().read("/en/"+caseSlug+"/"+atOnce).body, `data-live="`)
	address, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatal("the page has no number that moves")
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base()+address, nil)
	must(t, err)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("watching answers %d", res.StatusCode)
	}
	numbers := make(chan int64)
	ended := make(chan error, 1)
	go func() {
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			data, is := strings.CutPrefix(lines.Text(), "data: ")
			said := map[string]string{}
			if !is || json.Unmarshal([]byte(data), &said) != nil {
				continue
			}
			n, _ := strconv.ParseInt(strings.ReplaceAll(said["email"], ",", ""), 10, 64)
			select {
			case numbers <- n:
			case <-ctx.Done():
				return
			}
		}
		ended <- lines.Err()
	}()
	var all []int64
	told = func(want int64) error {
		for {
			select {
			case n := <-numbers:
				if all = append(all, n); n >= want {
					return nil
				}
			case err := <-ended:
				return fmt.Errorf("the stream has ended after the numbers %d, before %d: %v", all, want, err)
			case <-time.After(patience):
				return fmt.Errorf("is not told %d after the numbers %d", want, all)
			}
		}
	}
	must(t, told(0))
	return told
}
