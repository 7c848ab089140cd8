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

// ahead says that a witness has signed for more of this log than there is: its tail is lost, or another server signs under its key.
type ahead struct {
	who  string
	size int64
	ours int64
	told bool // the witness showed a checkpoint that this log's key signed
}

func (e *ahead) Error() string {
	how := "says that it has signed for"
	if e.told {
		how = "shows a checkpoint, signed by this log, of"
	}
	return fmt.Sprintf("the witness %s %s %d entries, and this database holds %d", e.who, how, e.size, e.ours)
}

// parted says that a witness has signed for another past of this log.
type parted struct {
	who  string
	size int64
	told bool
}

func (e *parted) Error() string {
	if e.told {
		return fmt.Sprintf("the witness %s shows a checkpoint of %d entries, signed by this log, that are not the first %d of this database", e.who, e.size, e.size)
	}
	return fmt.Sprintf("the witness %s has signed for %d entries that, it says, are not the first %d of this database", e.who, e.size, e.size)
}

const (
	allyPatience = 5 * time.Second // for one request to a witness
	answerMost   = 256 << 10       // bytes of an answer that are read
)

// sign asks the witness to sign a state of the log, and returns the checkpoint with its signature. The error is *ahead or *parted if the witness
// saw another log than this; any other is about reaching it.
func (y *ally) sign(ctx context.Context, client *http.Client, l *translog.Log, key receipt.Key, h translog.Head) ([]byte, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for range 3 { // its size may be another than we think, once
		if y.size > h.Size {
			return nil, y.beyond(ctx, client, key, h.Size)
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
				return nil, y.parts(ctx, client, l, key)
			}
			y.size = size
		case status == http.StatusConflict, status == http.StatusUnprocessableEntity:
			return nil, y.parts(ctx, client, l, key)
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

// latest is the checkpoint that the witness shows as the last one it signed, if it shows one that this log's key signed too.
func (y *ally) latest(ctx context.Context, client *http.Client, key receipt.Key) (size int64, root [32]byte, ok bool) {
	status, _, note, err := ask(ctx, client, http.MethodGet, y.url+"/"+receipt.OriginHash(key.Origin())+"/checkpoint", nil)
	if err != nil || status != http.StatusOK {
		return 0, root, false
	}
	tree, err := receipt.OpenCheckpoint(note, key)
	return tree.N, tree.Hash, err == nil
}

func (y *ally) beyond(ctx context.Context, client *http.Client, key receipt.Key, ours int64) error {
	e := &ahead{who: y.name, size: y.size, ours: ours}
	if size, _, ok := y.latest(ctx, client, key); ok && size > ours {
		e.size, e.told = size, true
	}
	return e
}

func (y *ally) parts(ctx context.Context, client *http.Client, l *translog.Log, key receipt.Key) error {
	e := &parted{who: y.name, size: y.size}
	if size, root, ok := y.latest(ctx, client, key); ok {
		if have, err := l.RootAt(ctx, size); err == nil && have != root {
			e.size, e.told = size, true
		}
	}
	return e
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
