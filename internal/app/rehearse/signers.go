package rehearse

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"outcry/internal/app/rehearse/load"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// signer is one who is on the way: the answer to the form and the mail come in any order.
type signer struct {
	page   string    // token of the waiting page
	asked  time.Time // when the form was answered
	code   string    // as mailed
	mailed time.Time
}

// signers are all who sign in a rehearsal.
type signers struct {
	mu      sync.Mutex
	waiting map[string]*signer // by address, until they confirm
	ready   chan *signer

	asked        int // addresses used: no two alike
	awaited      int // waiting pages got
	acknowledged []receipt.Lock
	refused      int // confirmations that failed, in all
	unsure       int // of these, those that may have been written

	// Of the current step:
	answered, mails []time.Duration // to the confirmation; from the form's answer to the mail's coming
	failed          map[string]int  // of confirmations
}

func newSigners() *signers {
	return &signers{waiting: map[string]*signer{}, ready: make(chan *signer, mostAsks), failed: map[string]int{}}
}

// mailed is told of a mail. Mails that nobody waits for, for any reason, are no matter.
func (s *signers) mailed(address, code string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.waiting[address]; one != nil && one.code == "" && code != "" {
		one.code, one.mailed = code, at
		s.meet(address, one)
	}
}

// meet lets a signer confirm who has both. Called with mu held.
func (s *signers) meet(address string, one *signer) {
	if one.code == "" || one.page == "" {
		return
	}
	delete(s.waiting, address)
	s.mails = append(s.mails, max(0, one.mailed.Sub(one.asked)))
	s.ready <- one // has room for all there can be
}

// visit is the first half of a signer's way: the page as a browser asks for it, then the form.
func (r *rehearsal) visit(n int) error {
	address := fmt.Sprintf("rehearsal%d@%s", n, load.Domains[n%len(load.Domains)])
	if _, err := (load.Ask{URL: r.url + r.path, Gzip: true}).Send(r.client, nil); err != nil {
		return err
	}
	one := &signer{}
	r.mu.Lock()
	r.waiting[address] = one
	r.mu.Unlock()
	body, err := load.Ask{URL: r.url + "/sign", Good: `name="page"`,
		Form: "lang=en&case=" + r.caseSlug + "&letter=" + r.letterSlug + "&version=1&email=" + url.QueryEscape(address)}.Send(r.client, nil)
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		delete(r.waiting, address)
		return err
	}
	one.page, one.asked = load.Between(body, `name="page" value="`, `"`), now
	r.awaited++
	r.meet(address, one)
	return nil
}

// confirming lets whoever has a mail confirm at once, until ctx ends; the channel is closed when all have stopped.
func (r *rehearsal) confirming(ctx context.Context) (done <-chan struct{}) {
	ended := make(chan struct{})
	var wg sync.WaitGroup
	for range 256 {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case one := <-r.ready:
					r.confirm(one)
				}
			}
		})
	}
	go func() {
		defer close(ended)
		wg.Wait()
	}()
	return ended
}

// confirm is the second half: the code typed into the waiting page. Who sees the page with the private link has been told "you are counted".
func (r *rehearsal) confirm(one *signer) {
	body, err := load.Ask{URL: r.url + "/confirm", Form: "lang=en&page=" + one.page + "&code=" + one.code, Good: "/mine/"}.Send(r.client, nil)
	took := time.Since(one.mailed)
	var lock receipt.Lock
	if err == nil {
		secret, wrong := base64.RawURLEncoding.DecodeString(load.Between(body, `href="/mine/`, "?"))
		if wrong != nil || len(secret) != 32 {
			err = errors.New("POST /confirm: a private link that is none")
		} else {
			lock = receipt.Preimage(seal.Derive(secret, "withdraw")).Lock()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.acknowledged = append(r.acknowledged, lock)
		r.answered = append(r.answered, took)
		return
	}
	r.failed[err.Error()]++
	r.refused++
	if refused := (*load.Status)(nil); !errors.As(err, &refused) || refused.Code >= 500 && refused.Code != 503 {
		r.unsure++ // no answer, or none that says whether it was written
	}
}

// owed is how many have a waiting page and no answer to their confirmation yet.
func (s *signers) owed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.awaited - len(s.acknowledged) - s.refused
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// often is the commonest of some words.
func often(m map[string]int) (text string) {
	for words, n := range m {
		if n > m[text] || n == m[text] && strings.Compare(words, text) < 0 {
			text = words
		}
	}
	return text
}

// sorted is a copy in order.
func sorted(list []time.Duration) []time.Duration {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
