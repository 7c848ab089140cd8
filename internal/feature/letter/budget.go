package letter

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// Budgets bound what asking can do to a stranger's mailbox and to a mail provider. They are kept in memory only, for the process's
// life; what is refused is answered like everything else.
type Budgets struct {
	FirstAgain  time.Duration // after the first mail to an address
	LaterAgain  time.Duration // between later ones
	PerDay      int           // mails to one address
	DomainHour  int           // mails to one domain an hour
	LargeHour   int           // the same for the large providers
	LetterHour  int           // mails for one letter an hour
	TriesHour   int           // codes tried for one address
	Burst       int           // confirmed for one letter and domain an hour, before the rest of that hour is held
	LargeBurst  int           // the same for the large providers
	ThrowBurst  int           // the same for all mailboxes that soon vanish together
	remembering int           // addresses and domains at most, each
}

// Usual are the budgets of a real letter (docs/threat-model.md).
func Usual() Budgets {
	return Budgets{FirstAgain: time.Minute, LaterAgain: 10 * time.Minute, PerDay: 3, DomainHour: 300, LargeHour: 20_000, LetterHour: 50_000, TriesHour: 100,
		Burst: 100, LargeBurst: 10_000, ThrowBurst: 10}
}

// large are providers behind whose one domain millions of people are.
var large = map[string]bool{
	"gmail.com": true, "outlook.com": true, "hotmail.com": true, "live.com": true, "yahoo.com": true, "icloud.com": true, "proton.me": true, "protonmail.com": true,
	"gmx.de": true, "gmx.net": true, "web.de": true, "mail.ru": true, "yandex.ru": true, "ya.ru": true, "ukr.net": true, "free.fr": true, "orange.fr": true, "tutanota.com": true,
}

type tagKey struct {
	letter receipt.Letter
	tag    seal.Tag
}

// spent is what an address has had.
type spent struct {
	asked   int // mails in all: from the second on they are further apart
	mails   int
	last    time.Time
	before  time.Time         // the one before the last
	day     int64             // of the count of mails
	tries   [toFollow + 1]int // by what for
	tryHour int64
}

type domainKey struct {
	letter receipt.Letter
	domain string
}

type budgets struct {
	Budgets
	mu      sync.Mutex
	tags    map[tagKey]*spent
	domains map[domainKey]*rate.Limiter
	letters map[receipt.Letter]*rate.Limiter
}

func newBudgets(b Budgets) *budgets {
	if b.remembering == 0 {
		b.remembering = 500_000
	}
	return &budgets{Budgets: b, tags: map[tagKey]*spent{}, domains: map[domainKey]*rate.Limiter{}, letters: map[receipt.Letter]*rate.Limiter{}}
}

// mail spends one mail to an address, or says that there is none left to spend. One more is kept for who wants to leave: nobody else can use that up.
func (b *budgets) mail(what aim, id receipt.Letter, tag seal.Tag, domain string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	most := b.PerDay
	if what == toLeave {
		most++
	}
	s := b.spent(tagKey{id, tag}, now)
	if day := seal.Day(now); s.day != day {
		s.day, s.mails = day, 0
	}
	wait := b.FirstAgain
	if s.asked > 1 {
		wait = b.LaterAgain
	}
	since := now.Sub(s.last)
	if s.mails >= most || (s.asked > 0 && since >= 0 && since < wait) { // a clock set back does not lock anyone out
		return false
	}
	hour := b.DomainHour
	if large[domain] {
		hour = b.LargeHour
	}
	if !limiter(b.domains, domainKey{id, domain}, hour, b.remembering).AllowN(now, 1) || !limiter(b.letters, id, b.LetterHour, b.remembering).AllowN(now, 1) {
		return false
	}
	s.asked, s.mails, s.before, s.last = s.asked+1, s.mails+1, s.last, now
	return true
}

// refund gives back what mail spent, when the mail could not be queued: who tries again must not be taken for impatient.
func (b *budgets) refund(id receipt.Letter, tag seal.Tag) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.tags[tagKey{id, tag}]; s != nil && s.mails > 0 {
		s.asked, s.mails, s.last = s.asked-1, s.mails-1, s.before
	}
}

// try spends one try at a code.
func (b *budgets) try(what aim, id receipt.Letter, tag seal.Tag, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.spent(tagKey{id, tag}, now)
	if hour := now.Unix() / 3600; s.tryHour != hour {
		s.tryHour, s.tries = hour, [toFollow + 1]int{}
	}
	s.tries[what]++
	return s.tries[what] <= b.TriesHour
}

func (b *budgets) spent(k tagKey, now time.Time) *spent {
	s := b.tags[k]
	if s == nil {
		if len(b.tags) >= b.remembering {
			b.sweep(now)
		}
		s = &spent{}
		b.tags[k] = s
	}
	return s
}

// sweep forgets what no longer binds, and if that is not enough, whatever comes first: memory is bounded before memory is perfect.
func (b *budgets) sweep(now time.Time) {
	for k, s := range b.tags {
		if s.day != seal.Day(now) && s.tryHour != now.Unix()/3600 {
			delete(b.tags, k)
		}
	}
	for k := range b.tags {
		if len(b.tags) < b.remembering*3/4 {
			return
		}
		delete(b.tags, k)
	}
}

// limiter finds or makes the bucket of a key: an hour's worth at once, refilled over the hour.
func limiter[K comparable](m map[K]*rate.Limiter, k K, hour, most int) *rate.Limiter {
	l := m[k]
	if l == nil {
		if len(m) >= most {
			clear(m)
		}
		l = rate.NewLimiter(rate.Limit(float64(hour)/3600), hour)
		m[k] = l
	}
	return l
}
