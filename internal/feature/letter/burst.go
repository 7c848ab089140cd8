package letter

import (
	_ "embed"
	"strings"
	"sync"
	"time"

	"outcry/receipt"
)

// disposableText lists domains of mailboxes that anyone can open without a name and that soon vanish, one a line.
//
//go:embed disposable.txt
var disposableText string

var disposables = func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(disposableText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			m[line] = true
		}
	}
	return m
}()

// disposable tells whether a domain, or one above it, is of mailboxes that soon vanish. Such addresses are never refused: for some they are the safe ones.
func disposable(domain string) bool {
	for {
		if disposables[domain] {
			return true
		}
		_, above, found := strings.Cut(domain, ".")
		if !found {
			return false
		}
		domain = above
	}
}

// thrown is the class of all of them.
const thrown = "disposable"

// classOf is what bursts are counted by: a domain, and those that soon vanish together.
func classOf(domain string) string {
	if disposable(domain) {
		return thrown
	}
	return domain
}

// bursts count who is confirmed, by hour and class of domain, in memory only: nothing of a domain is kept with a signature.
type bursts struct {
	Budgets
	mu   sync.Mutex
	hour int64
	seen map[domainKey]int
}

func newBursts(b Budgets) *bursts { return &bursts{Budgets: b, seen: map[domainKey]int{}} }

// over tells whether this hour's burst is on: who confirms now is held.
func (b *bursts) over(id receipt.Letter, class string, now time.Time) bool {
	most := b.Burst
	switch {
	case class == thrown:
		most = b.ThrowBurst
	case large[class]:
		most = b.LargeBurst
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	return most > 0 && b.seen[domainKey{id, class}] >= most
}

// count counts one more.
func (b *bursts) count(id receipt.Letter, class string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	b.seen[domainKey{id, class}]++
}

// turn forgets the hour before.
func (b *bursts) turn(now time.Time) {
	if hour := now.Unix() / 3600; hour != b.hour {
		b.hour = hour
		clear(b.seen)
	}
}
