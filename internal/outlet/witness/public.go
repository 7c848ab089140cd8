package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// requestMost is the size of a request in bytes: a checkpoint with many signatures, and 63 hashes.
const requestMost = 160 << 10

// request is the body of add-checkpoint.
type request struct {
	old        int64
	proof      tlog.TreeProof
	checkpoint []byte
}

func (q request) origin() string {
	origin, _, _ := strings.Cut(string(q.checkpoint), "\n")
	return origin
}

// parseRequest reads the one spelling that a request has.
func parseRequest(body []byte) (q request, ok bool) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) > 1+63 {
		return q, false
	}
	size, ok := strings.CutPrefix(lines[0], "old ")
	if !ok {
		return q, false
	}
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != size {
		return q, false
	}
	q = request{old: n, checkpoint: checkpoint}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return request{}, false
		}
		q.proof = append(q.proof, h)
	}
	return q, true
}

// Handler answers at one address to logs and to readers:
//
//	POST /add-checkpoint             c2sp.org/tlog-witness
//	GET  /<origin hash>/checkpoint   the last checkpoint signed, with the log's signature and the witness's
//	GET  /<origin hash>/recount      the last statement of a recount, signed
//	GET  /                           who this is, and the logs it watches
//
// The origin hash is receipt.OriginHash. Nothing is noted of who asks.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", w.addCheckpoint)
	mux.HandleFunc("GET /{hash}/checkpoint", func(rw http.ResponseWriter, r *http.Request) {
		if l := w.byHash[r.PathValue("hash")]; l != nil {
			if _, note := l.last(); note != nil {
				text(rw, http.StatusOK, string(note))
				return
			}
		}
		text(rw, http.StatusNotFound, "no checkpoint of that log was signed here\n")
	})
	mux.HandleFunc("GET /{hash}/recount", w.recounted)
	mux.HandleFunc("GET /{$}", w.about)
	return mux
}

func text(rw http.ResponseWriter, status int, words string) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.Header().Set("Cache-Control", "no-cache")
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, words) // who asked has gone
}

func (w *Witness) addCheckpoint(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, requestMost))
	if err != nil {
		text(rw, http.StatusRequestEntityTooLarge, "the request is too long, or broke off\n")
		return
	}
	q, ok := parseRequest(body)
	if !ok {
		text(rw, http.StatusBadRequest, "this is no request of c2sp.org/tlog-witness\n")
		return
	}
	line, err := w.add(q)
	var no *refused
	switch {
	case errors.As(err, &no) && no.known:
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(no.status)
		_, _ = fmt.Fprintf(rw, "%d\n", no.size)
	case no != nil:
		text(rw, no.status, no.words+"\n")
	case err != nil:
		w.Log.Error("a checkpoint could not be signed", slog.Any("error", err))
		text(rw, http.StatusInternalServerError, "the checkpoint could not be signed\n")
	default:
		text(rw, http.StatusOK, string(line))
	}
}

func (w *Witness) recounted(rw http.ResponseWriter, r *http.Request) {
	l := w.byHash[r.PathValue("hash")]
	if l == nil {
		text(rw, http.StatusNotFound, "this witness does not know that log\n")
		return
	}
	signed, err := os.ReadFile(l.path + ".recount")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text(rw, http.StatusNotFound, "that log was not recounted here yet\n")
	case err != nil:
		w.Log.Error("a recount could not be read", slog.Any("error", err))
		text(rw, http.StatusInternalServerError, "the recount could not be read\n")
	default:
		text(rw, http.StatusOK, string(signed))
	}
}

// about says who this is.
func (w *Witness) about(rw http.ResponseWriter, _ *http.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "A witness of public logs (c2sp.org/tlog-witness).\nkey %s\n", w.Key.Witness)
	for _, l := range w.order {
		tree, _ := l.last()
		fmt.Fprintf(&b, "log %s, %d entries seen\n", l.Key, tree.N)
	}
	text(rw, http.StatusOK, b.String())
}
