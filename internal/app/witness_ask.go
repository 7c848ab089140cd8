package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// ally is a witness as we ask it (c2sp.org/tlog-witness).
type ally struct {
	witness receipt.Witness
	name    string // for readers
	url     string // submission prefix, without a slash at the end
	recount string // where its statement of our log stands

	mu       sync.Mutex // one request at a time
	size     int64      // of our last checkpoint that it signed, as far as we know
	signed   []byte     // the checkpoint it signed last, with its signature and the log's
	at       int64      // the size of that
	asked    time.Time  // last
	failures int        // in a row
}

// claim is what a witness says of this log and does not show: that it has signed for more of it than there is, or for another past. Anybody can say that,
// so it proves nothing; such a witness counts as one that does not answer.
type claim struct {
	who  string
	size int64
	ours int64 // entries there are
	past bool  // it says so of the first size entries
}

func (e *claim) Error() string {
	what := fmt.Sprintf("says that it has signed for %d entries, and this database holds %d", e.size, e.ours)
	if e.past {
		what = fmt.Sprintf("has signed for %d entries that, it says, are not the first %d of this database", e.size, e.size)
	}
	return fmt.Sprintf("the witness %s %s; it shows no checkpoint, signed by this log, that proves it", e.who, what)
}

const (
	allyPatience = 5 * time.Second // for one request to a witness
	answerMost   = 256 << 10       // bytes of an answer that are read
)

// sign asks the witness to sign a state of the log, and returns the checkpoint with its signature. The error is translog.ErrAnother if the witness shows
// that the log's key signed another log than this, and a *claim if it only says so; any other is about reaching it.
func (y *ally) sign(ctx context.Context, client *http.Client, l *translog.Log, key receipt.Key, h translog.Head) ([]byte, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for range 3 { // its size may be another than we think, once
		if y.size > h.Size {
			return nil, y.shown(ctx, client, l, &claim{who: y.name, size: y.size, ours: h.Size}, key)
		}
		proof, err := l.Consistency(ctx, y.size, h.Size)
		if err != nil {
			return nil, err
		}
		var body bytes.Buffer
		fmt.Fprintf(&body, "old %d\n", y.size)
		for _, hash := range proof {
			fmt.Fprintf(&body, "%s\n", hash)
		}
		body.WriteString("\n")
		body.Write(h.Note)
		status, kind, answer, err := ask(ctx, client, http.MethodPost, y.url+"/add-checkpoint", body.Bytes())
		if err != nil {
			return nil, err
		}
		switch {
		case status == http.StatusOK:
			with, ok := receipt.AddCosignatures(h.Note, key, y.witness, answer)
			if !ok {
				return nil, fmt.Errorf("what it answers is no signature by %s", y.witness)
			}
			y.size, y.signed, y.at = h.Size, with, h.Size
			return with, nil
		case status == http.StatusConflict && strings.HasPrefix(kind, "text/x.tlog.size"):
			size, err := strconv.ParseInt(strings.TrimSpace(string(answer)), 10, 64)
			if err != nil || size < 0 {
				return nil, errors.New("it answers 409 with no size")
			}
			if size == y.size { // what we said it has is what it has, so it is the root that differs
				return nil, y.shown(ctx, client, l, &claim{who: y.name, size: size, past: true}, key)
			}
			y.size = size
		case status == http.StatusConflict, status == http.StatusUnprocessableEntity:
			return nil, y.shown(ctx, client, l, &claim{who: y.name, size: y.size, past: true}, key)
		case status == http.StatusNotFound:
			return nil, errors.New("it does not know this log: give it the key at /log/key")
		case status == http.StatusForbidden:
			return nil, errors.New("it knows this log under another key")
		default:
			return nil, fmt.Errorf("it answers %d", status)
		}
	}
	return nil, errors.New("it changes its mind about the size of what it signed")
}

// shown is what becomes of a claim when the witness is asked for the checkpoint it signed last: the proof that it holds, or itself, or nothing, if what it
// signed is a later state of this log: another process has asked it meanwhile.
func (y *ally) shown(ctx context.Context, client *http.Client, l *translog.Log, c *claim, key receipt.Key) error {
	y.size = 0 // it may have been wrong, so that the next time it is asked as if for the first
	note, err := y.latest(ctx, client, l.Origin())
	if err == nil {
		err = l.Judge(ctx, y.name, note)
	}
	if errors.Is(err, translog.ErrAnother) || ctx.Err() != nil {
		return err
	}
	if err != nil || c.past {
		return c
	}
	tree, err := receipt.OpenCheckpoint(note, key)
	if err != nil || tree.N < c.size {
		return c
	}
	y.size = tree.N
	return nil
}

// latest is the checkpoint that the witness shows as the last one it signed. Whose it is, is the caller's to find.
func (y *ally) latest(ctx context.Context, client *http.Client, origin string) ([]byte, error) {
	status, _, note, err := ask(ctx, client, http.MethodGet, y.url+"/"+receipt.OriginHash(origin)+"/checkpoint", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("it answers %d", status)
	}
	return note, err
}

// ask is one request with a bound on time and size.
func ask(ctx context.Context, client *http.Client, method, url string, body []byte) (status int, kind string, answer []byte, err error) {
	ctx, stop := context.WithTimeout(ctx, allyPatience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", nil, err
	}
	req.Header.Set("User-Agent", "outcry/1")
	res, err := client.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, answerMost))
	return res.StatusCode, res.Header.Get("Content-Type"), answer, err
}
