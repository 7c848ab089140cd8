package bench

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	people "outcry/internal/app/rehearse/load"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// large and hourly are whom the letter may mail to, and how often, in one server's life.
var (
	large  = people.Domains
	hourly = people.Hourly
)

// signer is who asked, and later who confirmed.
type signer struct {
	address string
	page    string // token of the waiting page
	code    string // as mailed
	lock    receipt.Lock
	counted time.Time // when the answer to the confirmation came
}

// signing is a load of asks.
type signing struct {
	clients int
	time    time.Duration
	most    int
}

// sign asks, waits until every mail has come, and reads the codes. The CPU time is that of asks and mails together.
func (s *site) sign(t testing.TB, what signing) (r run, mails float64, list []*signer) {
	t.Helper()
	if s.asked-s.before+what.most > hourly {
		what.most = hourly - (s.asked - s.before)
	}
	all := make([]*signer, what.most)
	from := s.asked
	s.smtp.Forget()
	cpu, began := s.cpu(), time.Now()
	r = load{clients: what.clients, time: what.time, most: what.most, next: func(n int) ask {
		one := &signer{address: fmt.Sprintf("signer%d@%s", from+n, large[n%len(large)])}
		all[n] = one
		return ask{
			url:  s.url + "/sign",
			form: "lang=en&case=" + caseSlug + "&letter=" + letterSlug + "&version=1&email=" + url.QueryEscape(one.address),
			good: `name="page"`,
			took: func(body []byte, _ time.Time) { one.page = between(body, `name="page" value="`, `"`) },
		}
	}}.run()
	for _, one := range all {
		if one != nil && one.page != "" {
			list = append(list, one)
			s.asked++
		}
	}
	s.asked = from + what.most
	if len(list) != r.done {
		t.Fatalf("%d answers, of which %d are waiting pages", r.done, len(list))
	}
	s.mails += r.done
	codes := s.codes(t, r.done)
	mails = float64(r.done) / time.Since(began).Seconds()
	r.cpu = s.cpu() - cpu
	for _, one := range list {
		if one.code = codes[one.address]; one.code == "" {
			t.Fatalf("no mail came to one of %d signers", len(list))
		}
	}
	return r, mails, list
}

// codes waits for so many mails and reads the code in each.
func (s *site) codes(t testing.TB, n int) map[string]string {
	t.Helper()
	end := time.Now().Add(90 * time.Second)
	for s.smtp.Tried() < s.mails && time.Now().Before(end) {
		time.Sleep(5 * time.Millisecond)
	}
	messages := s.smtp.Messages()
	for len(messages) < n && time.Now().Before(end) {
		time.Sleep(5 * time.Millisecond)
		messages = s.smtp.Messages()
	}
	if len(messages) < n {
		t.Fatalf("%d of %d mails came in time\n%s", len(messages), n, s.errors.Bytes())
	}
	codes := make(map[string]string, n)
	for _, m := range messages {
		codes[m.To[0]] = people.Code(m.Text)
	}
	return codes
}

// between cuts out what stands between two marks; empty if they don't.
func between(b []byte, start, end string) string { return people.Between(b, start, end) }

// ask is the confirmation by the mailed code.
func (one *signer) ask(s *site) ask {
	return ask{
		url: s.url + "/confirm", form: "lang=en&page=" + one.page + "&code=" + one.code, good: "/mine/",
		took: func(body []byte, at time.Time) {
			one.counted = at
			secret, err := base64.RawURLEncoding.DecodeString(between(body, `href="/mine/`, "?"))
			if err == nil && len(secret) == 32 {
				one.lock = receipt.Preimage(seal.Derive(secret, "withdraw")).Lock()
			}
		},
	}
}

// confirm confirms each of them once. The log grows meanwhile, at its own pace.
func (s *site) confirm(t testing.TB, clients int, d time.Duration, list []*signer) run {
	t.Helper()
	cpu := s.cpu()
	r := load{clients: clients, time: d, most: len(list), next: func(n int) ask { return list[n].ask(s) }}.run()
	r.cpu = s.cpu() - cpu
	for _, one := range list[:r.done] {
		if !one.counted.IsZero() && one.lock == (receipt.Lock{}) {
			t.Fatal("the page after confirming has no private link")
		}
	}
	return r
}

// sight is when a checkpoint of that size was first seen.
type sight struct {
	size int64
	at   time.Time
}

// watched notes every new checkpoint, as often as it can look, until stopped.
func (s *site) watched() (stop func() []sight) {
	var seen []sight
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		client := clientOf(1)
		defer client.CloseIdleConnections()
		for {
			select {
			case <-end:
				return
			case <-time.After(2 * time.Millisecond):
			}
			body, err := ask{url: s.url + "/log/checkpoint"}.send(client, nil)
			if err != nil {
				continue
			}
			lines := strings.SplitN(string(body), "\n", 3)
			if len(lines) < 3 {
				continue
			}
			if size, err := strconv.ParseInt(lines[1], 10, 64); err == nil && (len(seen) == 0 || seen[len(seen)-1].size < size) {
				seen = append(seen, sight{size, time.Now()})
			}
		}
	})
	return func() []sight {
		close(end)
		wg.Wait()
		return seen
	}
}

// sequenced tells for each signer how long after the answer a signed checkpoint held the entry.
func (s *site) sequenced(t testing.TB, list []*signer, seen []sight) (took []time.Duration) {
	t.Helper()
	for _, one := range list {
		proof := s.get(t, "/r/"+one.lock.String()+".txt")
		index, err := strconv.ParseInt(between(proof, "\nindex ", "\n"), 10, 64)
		if err != nil {
			t.Fatalf("a signature of %v ago has no proof yet: %s", time.Since(one.counted), proof)
		}
		for _, v := range seen {
			if v.size > index {
				took = append(took, max(0, v.at.Sub(one.counted)))
				break
			}
		}
	}
	if len(took) < len(list) {
		t.Fatalf("%d of %d signatures were not seen in a checkpoint", len(list)-len(took), len(list))
	}
	return took
}
