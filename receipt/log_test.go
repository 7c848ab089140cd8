package receipt

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// testLog is a log in memory, made by x/mod's tlog alone: none of the code under test builds its tree.
type testLog struct {
	private ed25519.PrivateKey
	origin  string
	entries [][]byte
	stored  []tlog.Hash
	texts   map[string][]byte // by path
}

func testKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('A'+seed)), ed25519.SeedSize)))
}

func (l *testLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		hashes[i] = l.stored[x]
	}
	return hashes, nil
}

func (l *testLog) add(entries ...[]byte) *testLog {
	for _, e := range entries {
		h, err := tlog.StoredHashes(int64(len(l.entries)), e, l)
		if err != nil {
			panic(err)
		}
		l.entries, l.stored = append(l.entries, e), append(l.stored, h...)
	}
	return l
}

func (l *testLog) size() int64 { return int64(len(l.entries)) }

func (l *testLog) tree(size int64) tlog.Tree {
	h, err := tlog.TreeHash(size, l)
	if err != nil {
		panic(err)
	}
	return tlog.Tree{N: size, Hash: h}
}

func (l *testLog) checkpoint(size int64) []byte {
	signed, err := SignCheckpoint(l.private, l.origin, l.tree(size))
	if err != nil {
		panic(err)
	}
	return signed
}

func (l *testLog) key() Key {
	k, err := NewKey(l.origin, l.private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return k
}

func (l *testLog) published(size int64) Published {
	var t Tally
	for _, e := range l.entries[:size] {
		if err := t.Add(e); err != nil {
			break // what the log of a liar gives
		}
	}
	return t.Publish(l.origin, l.tree(size).Hash, func(id Letter) (string, string) { return "case", fmt.Sprintf("letter-%d", id[15]) })
}

// proof is the proof of one entry in the tree of a size.
func (l *testLog) proof(index, size int64) []byte {
	p, err := tlog.ProveRecord(size, index, l)
	if err != nil {
		panic(err)
	}
	return FormatProof(l.entries[index], index, p, l.checkpoint(size))
}

// laterType is none of this version's.
const laterType Type = 200

// Names used by all tests.
var (
	campaign = Campaign{15: 1}
	letterA  = Letter{15: 0xa}
	letterB  = Letter{15: 0xb}
)

func manifestOf(l Letter, version uint16) []byte {
	return fmt.Appendf(nil, `{"letter":"%s","version":%d}`, l, version)
}

func textEntry(l Letter, version uint16) []byte {
	return Marshal(Text{Campaign: campaign, Letter: l, Version: version, Manifest: sha256.Sum256(manifestOf(l, version))})
}

// preimageOf is the secret of signer n.
func preimageOf(n int) Preimage {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("signer"), uint64(n)))
}

func signEntry(l Letter, version uint16, a Assurance, n int) []byte {
	return Marshal(Sign{Campaign: campaign, Letter: l, Version: version, Assurance: a, Commitment: Commitment{byte(n)}, Lock: preimageOf(n).Lock()})
}

func withdrawEntry(n int, index int64) []byte {
	return Marshal(Withdraw{Campaign: campaign, Preimage: preimageOf(n), Index: index})
}

// fill appends entries of every sort until there are n: signer number i signs at index i.
func (l *testLog) fill(n int) *testLog {
	for i := len(l.entries); i < n; i++ {
		switch {
		case i == 0:
			l.add(textEntry(letterA, 1))
		case i == 1:
			l.add(textEntry(letterB, 1))
		case i == 60:
			l.add(textEntry(letterA, 2))
		case i%37 == 36:
			l.add(withdrawEntry(i-20, int64(i-20)))
		case i%101 == 100 && (i+20)%37 != 36: // else it would be withdrawn
			l.add(Marshal(Unknown{Number: laterType, Rest: []byte("later")}))
		case i%5 == 0:
			l.add(signEntry(letterB, 1, Rehearsal, i))
		case i > 60 && i%2 == 0:
			l.add(signEntry(letterA, 2, Email, i))
		default:
			l.add(signEntry(letterA, 1, Email, i))
		}
	}
	return l
}

// testSite serves a log as the contract of the package comment says, and lies as told.
type testSite struct {
	*httptest.Server

	mu            sync.Mutex
	log           *testLog
	size          int64 // of the checkpoint
	publishedSize int64
	lie           func(path string, body []byte, code int) ([]byte, int)
	asked         map[string]int
	ready         map[string][]byte // if set, all that is served
}

func newSite(t testing.TB, entries int) *testSite {
	s := &testSite{asked: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	s.show(s.newLog().fill(entries))
	return s
}

func (s *testSite) newLog() *testLog {
	l := &testLog{private: testKey(0), origin: strings.TrimPrefix(s.URL, "http://") + "/log", texts: map[string][]byte{}}
	for _, id := range []Letter{letterA, letterB} {
		for v := range uint16(3) {
			l.texts[fmt.Sprintf("/letters/%s/%d.txt", id, v)] = manifestOf(id, v)
		}
	}
	return l
}

// show serves a whole log from now on.
func (s *testSite) show(l *testLog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.size, s.publishedSize = l, l.size(), l.size()
}

func (s *testSite) lies(lie func(path string, body []byte, code int) ([]byte, int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lie = lie
}

// times is how often a path was asked for. Requests given up may still be coming in.
func (s *testSite) times(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

func (s *testSite) serve(w http.ResponseWriter, r *http.Request) {
	if s.ready != nil {
		w.Write(s.ready[r.URL.Path])
		return
	}
	s.mu.Lock()
	body, code := s.answer(r.URL.Path)
	if s.lie != nil {
		body, code = s.lie(r.URL.Path, append([]byte(nil), body...), code)
	}
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	if code == hangUp {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(code)
	w.Write(body)
}

// hangUp as a code breaks the connection.
const hangUp = -1

func (s *testSite) answer(path string) ([]byte, int) {
	switch path {
	case "/log/key":
		return []byte(s.log.key().String() + "\n"), 200
	case "/log/checkpoint":
		return s.log.checkpoint(s.size), 200
	case "/letters.json":
		body, err := json.Marshal(s.log.published(s.publishedSize))
		if err != nil {
			panic(err)
		}
		return body, 200
	}
	if body, ok := s.log.texts[path]; ok {
		return body, 200
	}
	tile, err := torchwood.ParseTilePath(strings.TrimPrefix(path, "/log/"))
	if err != nil {
		return nil, 404
	}
	last := tile.N*tileWidth + int64(tile.W)
	if tile.L > 0 {
		last <<= tile.L * tileHeight
	}
	if last > s.log.size() {
		return nil, 404
	}
	if tile.L >= 0 {
		body, err := tlog.ReadTileData(tile, s.log)
		if err != nil {
			panic(err)
		}
		return body, 200
	}
	return bundleOf(s.log.entries[tile.N*tileWidth : last]), 200
}

func bundleOf(entries [][]byte) (body []byte) {
	for _, e := range entries {
		var err error
		if body, err = torchwood.AppendTileEntry(body, e); err != nil {
			panic(err)
		}
	}
	return body
}

// options are those of an impatient auditor: pauses are counted, not waited.
func (s *testSite) options() Options {
	return Options{URL: s.URL, pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

// faultOf is the fault an error has to be.
func faultOf(t testing.TB, err error) *Fault {
	t.Helper()
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("error %v is no fault", err)
	}
	return f
}
