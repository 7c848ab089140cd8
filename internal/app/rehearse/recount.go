package rehearse

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"outcry/receipt"
)

// published is what is read of /letters.json.
type published struct {
	Letters []publishedLetter `json:"letters"`
}

type publishedLetter struct {
	ID      string `json:"id"`
	Case    string `json:"case"`
	Letter  string `json:"letter"`
	Counted int64  `json:"counted"`
}

// firstLetter is the first that has an address.
func firstLetter(body []byte) (publishedLetter, bool) {
	var p published
	if json.Unmarshal(body, &p) != nil {
		return publishedLetter{}, false
	}
	for _, l := range p.Letters {
		if l.Case != "" && l.Letter != "" {
			return l, true
		}
	}
	return publishedLetter{}, false
}

// recount waits until the log has what was acknowledged, recounts it as an outsider does, and looks for each signer's entry.
func (r *rehearsal) recount(ctx context.Context) error {
	r.say("recount", "waiting for the last entries")
	r.settle(ctx, 2*patience)
	out := &r.report.Recount
	r.mu.Lock()
	locks := r.acknowledged
	out.Acknowledged, out.Unsure = len(locks), r.unsure
	r.mu.Unlock()
	var last int64
	for end, grown := time.Now().Add(settling), time.Now(); time.Now().Before(end) && time.Since(grown) < stalled; {
		body, err := r.get(ctx, "/letters.json")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if l, ok := firstLetter(body); err == nil && ok {
			if l.Counted >= int64(out.Acknowledged+out.Unsure) { // fewer may hold who got no answer, and lack who was told
				break
			}
			if l.Counted > last {
				last, grown = l.Counted, time.Now()
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.say("recount", "%s entries", Commas(int64(out.Acknowledged)))
	key, err := receipt.ParseKey(r.key)
	if err != nil {
		return err
	}
	// With a transport of its own: it takes what comes compressed, as any outsider's does.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: time.Minute, Transport: transport}
	report, err := receipt.Recount(ctx, receipt.Options{URL: r.url, Origin: key.Origin(), Key: key, Client: client})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fault := (*receipt.Fault)(nil); err != nil && !errors.As(err, &fault) {
		return err
	} else if err != nil {
		out.Why = "the log does not hold: " + fault.Error()
		return nil
	}
	for _, l := range report.Letters {
		if l.ID.String() == r.id {
			out.Counted = int64(l.Counted)
		}
	}
	there, err := r.locks(ctx, report.Size)
	if err != nil {
		return err
	}
	for _, lock := range locks {
		if !there[lock] {
			out.Missing++
		}
	}
	switch most := int64(out.Acknowledged + out.Unsure); {
	case out.Missing > 0:
		out.Why = fmt.Sprintf("%s of the %s who were told that they are counted are not in the log", Commas(int64(out.Missing)), Commas(int64(out.Acknowledged)))
	case out.Counted < int64(out.Acknowledged), out.Counted > most:
		out.Why = fmt.Sprintf("%s were told that they are counted, and the log counts %s", Commas(int64(out.Acknowledged)), Commas(out.Counted))
	default:
		out.Held = true
	}
	return nil
}

const (
	settling = 30 * time.Second // the log may take to have the last signature
	stalled  = 6 * time.Second  // without a new one while some are missing: there are none to come
)

// locks reads the entries of a log that was just found to hold, and gives the locks of those who signed.
func (r *rehearsal) locks(ctx context.Context, size int64) (map[receipt.Lock]bool, error) {
	const width = 256 // entries in a bundle: C2SP tlog-tiles
	locks := make(map[receipt.Lock]bool, size)
	for first := int64(0); first < size; first += width {
		path := "/log/tile/entries/" + tile(first/width)
		if rest := size - first; rest < width {
			path += fmt.Sprintf(".p/%d", rest)
		}
		b, err := r.get(ctx, path)
		if err != nil {
			return nil, err
		}
		for len(b) >= 2 {
			n := int(binary.BigEndian.Uint16(b))
			if len(b) < 2+n {
				return nil, fmt.Errorf("%s breaks off", path)
			}
			e, err := receipt.Parse(b[2 : 2+n])
			if err != nil {
				return nil, err
			}
			if signed, ok := e.(receipt.Sign); ok {
				locks[signed.Lock] = true
			}
			b = b[2+n:]
		}
	}
	return locks, nil
}

// tile is a number as tlog-tiles writes it: x001/x234/067.
func tile(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}
