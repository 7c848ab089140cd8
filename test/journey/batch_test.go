package journey

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/receipt"
	"outcry/test/peers"
)

// untilBatch returns when the next full ten minutes, at which everything waiting is counted, are not near.
func untilBatch(t testing.TB) {
	t.Helper()
	next := time.Now().Truncate(10 * time.Minute).Add(10 * time.Minute)
	if left := time.Until(next); left < 45*time.Second {
		t.Logf("waiting %v for the next ten minutes to begin", left)
		time.Sleep(left + time.Second)
	}
}

// At the usual pace fifteen wait, whatever happens to the server, and the sixteenth takes all along, in an order that is not theirs. What
// they hold meanwhile is a promise, which the log then keeps.
func TestSixteenLeaveTogether(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		for tries := 1; !sixteen(t, e); tries++ {
			if tries == 3 {
				t.Fatal("this machine is too slow: fifteen people can't sign within ten minutes")
			}
			if !e.sqlite() {
				e.dsn, _ = peers.Postgres(t)
			}
		}
	})
}

// sixteen is false if the ten minutes were over before it was done.
func sixteen(t *testing.T, e engine) bool {
	t.Helper()
	s := open(t, e)
	untilBatch(t)
	end := time.Now().Truncate(10 * time.Minute).Add(10 * time.Minute)
	r := s.reader()
	var people []*signer
	sign := func() {
		p := &signer{reader: r, address: fmt.Sprintf("batch-%d@example.org", len(people)), letter: inBatches}
		must(t, p.sign()) // one after the other, so that their order is known
		people = append(people, p)
	}
	stays := func(size int64, what string) bool {
		t.Helper()
		time.Sleep(1500 * time.Millisecond) // the sequencer looks once a second
		now := s.published().Size
		if !time.Now().Before(end) {
			return false
		}
		if now != size {
			t.Fatalf("%s: the log has grown from %d to %d", what, size, now)
		}
		return true
	}
	for range 15 {
		sign()
	}
	if !stays(texts, "fifteen signed") {
		return false
	}
	due := end.UTC().Format("15:04")
	if !strings.Contains(people[0].counted.text(), due) {
		t.Errorf("the page does not name the time of the next count, %s: %s", due, people[0].counted.text())
	}
	lock, err := people[3].lock()
	must(t, err)
	promise := r.read("/r/" + lock + ".txt").body
	key := strings.TrimSpace(string(body(t, s.base()+"/log/key")))
	path := inside(t.TempDir(), "kept.txt")
	must(t, os.WriteFile(path, []byte(promise), 0o600))
	a := newAuditor(t)
	if code, kept := a.proof(path, key); code != 0 || kept["kind"] != "promise" {
		t.Errorf("the promise is checked with %d: %v", code, kept)
	}
	s.restart()
	if !stays(texts, "after a crash") {
		return false
	}
	sign()
	published := s.grows(texts + 16)
	if c := of(t, published, inBatches); c.Counted != 16 {
		t.Errorf("%d are counted", c.Counted)
	}
	must(t, os.WriteFile(path, []byte(r.read("/r/"+lock+".txt").body), 0o600))
	if code, kept := a.proof(path, key); code != 0 || kept["kind"] != "proof" {
		t.Errorf("the proof is checked with %d: %v", code, kept)
	}
	k, err := receipt.ParseKey(key)
	must(t, err)
	was, err := receipt.OpenPromise([]byte(promise), k)
	must(t, err)
	p := fetch(t, s.base())
	if !slices.ContainsFunc(p.entries, func(entry []byte) bool { return receipt.LeafHash(entry) == was.Leaf }) {
		t.Error("what was promised is not in the log")
	}
	signs, _ := p.parsed(t)
	var order []int64
	for _, who := range people {
		lock, err := who.lock()
		must(t, err)
		order = append(order, signs[lock][0])
	}
	if slices.IsSorted(order) { // by chance once in 16! runs
		t.Errorf("the log tells who came first: %v", order)
	}

	// A withdrawal waits for the next batch like everything else, and after it the page says no more than before.
	must(t, people[0].withdraw())
	for range 14 {
		sign()
	}
	if !stays(texts+16, "fourteen more and a withdrawal wait") {
		return false
	}
	sign()
	if c := of(t, s.grows(texts+32), inBatches); c.Counted != 30 || c.Withdrawn != 1 {
		t.Errorf("%+v", c)
	}
	a.content(s.base())
	return true
}
