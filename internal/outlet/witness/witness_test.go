package witness

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"outcry/receipt"
)

// grown is a log in memory, made by x/mod's tlog alone.
type grown struct {
	private ed25519.PrivateKey
	origin  string
	n       int64
	stored  []tlog.Hash
}

func newLog(origin string, seed byte) *grown {
	return &grown{private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)), origin: origin}
}

func (l *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		hashes[i] = l.stored[x]
	}
	return hashes, nil
}

func (l *grown) grow(entries ...string) *grown {
	for _, e := range entries {
		h, err := tlog.StoredHashes(l.n, []byte(e), l)
		if err != nil {
			panic(err)
		}
		l.stored, l.n = append(l.stored, h...), l.n+1
	}
	return l
}

func (l *grown) to(n int64, what string) *grown {
	for l.n < n {
		l.grow(fmt.Sprintf("%s %d", what, l.n))
	}
	return l
}

func (l *grown) key(t testing.TB) receipt.Key {
	k, err := receipt.NewKey(l.origin, l.private.Public().(ed25519.PublicKey))
	must(t, err)
	return k
}

func (l *grown) checkpoint(t testing.TB, size int64) []byte {
	root, err := tlog.TreeHash(size, l)
	must(t, err)
	signed, err := receipt.SignCheckpoint(l.private, l.origin, tlog.Tree{N: size, Hash: root})
	must(t, err)
	return signed
}

// ask is a request for a size, from an old one.
func (l *grown) ask(t testing.TB, old, size int64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	if 0 < old && old <= size {
		proof, err := tlog.ProveTree(size, old, l)
		must(t, err)
		for _, h := range proof {
			fmt.Fprintf(&b, "%s\n", h)
		}
	}
	fmt.Fprintf(&b, "\n%s", l.checkpoint(t, size))
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type stand struct {
	*Witness
	url  string
	stop func()
}

// open has a witness watch some logs; with the same key and folder it goes on.
func open(t testing.TB, key receipt.WitnessKey, folder string, logs ...Log) *stand {
	t.Helper()
	w, err := Open(Config{Key: key, State: folder, Logs: logs, Now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }})
	must(t, err)
	s := httptest.NewServer(w.Handler())
	var once sync.Once
	stop := func() { once.Do(func() { s.Close(); must(t, w.Close()) }) }
	t.Cleanup(stop)
	return &stand{w, s.URL, stop}
}

func begin(t testing.TB) (receipt.WitnessKey, string) {
	t.Helper()
	key, err := receipt.NewWitnessKey("ally.example/w")
	must(t, err)
	folder := filepath.Join(t.TempDir(), "state")
	must(t, Begin(folder, key.Witness))
	return key, folder
}

func (s *stand) post(t testing.TB, body []byte) (status int, kind, answer string) {
	t.Helper()
	res, err := http.Post(s.url+"/add-checkpoint", "text/plain", bytes.NewReader(body))
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, res.Header.Get("Content-Type"), string(b)
}

// signed tells whether torchwood, an independent judge, finds the witness's signature of a log's checkpoint in an answer.
func (s *stand) signed(t testing.TB, checkpoint []byte, answer string) bool {
	t.Helper()
	v, err := torchwood.NewCosignatureVerifier(s.Key.String())
	must(t, err)
	n, err := note.Open(append(bytes.Clone(checkpoint), answer...), note.VerifierList(v))
	return err == nil && len(n.Sigs) == 1
}

func TestAddCheckpoint(t *testing.T) {
	key, folder := begin(t)
	l := newLog("a.example/log", 1).to(600, "entry")
	fork := newLog("a.example/log", 1).to(300, "entry").to(700, "other")
	s := open(t, key, folder, Log{Key: l.key(t)})
	wrongProof := bytes.Replace(l.ask(t, 300, 600), []byte("\n"), []byte("\n"+tlog.Hash{1}.String()+"\n"), 1)
	for _, step := range []struct {
		name   string
		body   []byte
		status int
		size   string // of a 409 that tells it
	}{
		{"no request", []byte("hello"), 400, ""},
		{"a size with a zero before it", bytes.Replace(l.ask(t, 0, 10), []byte("old 0"), []byte("old 00"), 1), 400, ""},
		{"64 hashes", []byte("old 1\n" + strings.Repeat(tlog.Hash{}.String()+"\n", 64) + "\n" + string(l.checkpoint(t, 10))), 400, ""},
		{"a log not known", newLog("b.example/log", 1).to(5, "entry").ask(t, 0, 5), 404, ""},
		{"another key", newLog("a.example/log", 2).to(5, "entry").ask(t, 0, 5), 403, ""},
		{"old before anything was signed", l.ask(t, 10, 20), 409, "0\n"},
		{"a proof from nothing", append([]byte("old 0\n"+tlog.Hash{}.String()+"\n\n"), l.checkpoint(t, 300)...), 422, ""},
		{"the first", l.ask(t, 0, 300), 200, ""},
		{"the first again, as at first", l.ask(t, 0, 300), 409, "300\n"},
		{"the same again", l.ask(t, 300, 300), 200, ""},
		{"old larger than new", append([]byte("old 301\n\n"), l.checkpoint(t, 300)...), 400, ""},
		{"grown, with a proof too long", wrongProof, 422, ""},
		{"grown, with no proof", append([]byte("old 300\n\n"), l.checkpoint(t, 600)...), 422, ""},
		{"grown", l.ask(t, 300, 600), 200, ""},
		{"yesterday's backup restored", l.ask(t, 300, 300), 409, "600\n"},
		{"the same, with its own idea of what was signed", l.ask(t, 300, 500), 409, "600\n"},
		{"another past of the same size", fork.ask(t, 600, 600), 409, ""},
		{"another past, grown", fork.ask(t, 600, 700), 422, ""},
	} {
		status, kind, answer := s.post(t, step.body)
		if status != step.status || (kind == "text/x.tlog.size") != (step.size != "") || step.size != "" && answer != step.size {
			t.Fatalf("%s: %d %s %q, want %d %q", step.name, status, kind, answer, step.status, step.size)
		}
		if _, checkpoint, _ := bytes.Cut(step.body, []byte("\n\n")); (status == 200) != s.signed(t, checkpoint, answer) {
			t.Fatalf("%s: %d, and the answer is %q", step.name, status, answer)
		}
	}
	// The two checkpoints of one size are kept: together they prove the fork.
	kept, err := os.ReadFile(filepath.Join(folder, receipt.OriginHash("a.example/log")+".fork"))
	if err != nil || !bytes.Equal(kept, fork.checkpoint(t, 600)) {
		t.Errorf("%s %v", kept, err)
	}
}

// What was signed is known to the next process; a lost state is never taken for a new one.
func TestStateOutlivesTheProcess(t *testing.T) {
	key, folder := begin(t)
	l := newLog("a.example/log", 1).to(600, "entry")
	s := open(t, key, folder, Log{Key: l.key(t)})
	if status, _, _ := s.post(t, l.ask(t, 0, 500)); status != 200 {
		t.Fatal(status)
	}
	if _, err := Open(Config{Key: key, State: folder}); err == nil {
		t.Error("two witnesses run on one folder")
	}
	s.stop()
	s = open(t, key, folder, Log{Key: l.key(t)})
	if status, _, size := s.post(t, l.ask(t, 0, 600)); status != 409 || size != "500\n" {
		t.Fatal(status, size)
	}
	res, err := http.Get(s.url + "/" + receipt.OriginHash("a.example/log") + "/checkpoint")
	must(t, err)
	note, err := io.ReadAll(res.Body)
	must(t, err)
	p, err := receipt.NewPolicy(1, key.Witness)
	must(t, err)
	if tree, by, err := p.OpenCheckpoint(note, l.key(t)); err != nil || tree.N != 500 || len(by) != 1 {
		t.Errorf("%s: %v", note, err)
	}
	s.stop()

	other, err := receipt.NewWitnessKey("ally.example/w")
	must(t, err)
	path := filepath.Join(folder, receipt.OriginHash("a.example/log")+".checkpoint")
	for name, broken := range map[string]struct {
		key  receipt.WitnessKey
		logs []Log
		do   func()
	}{
		"another key":            {other, nil, func() {}},
		"another key of the log": {key, []Log{{Key: newLog("a.example/log", 9).key(t)}}, func() {}},
		"a checkpoint cut off":   {key, []Log{{Key: l.key(t)}}, func() { must(t, os.WriteFile(path, note[:len(note)-9], 0o600)) }},
	} {
		broken.do()
		if _, err := Open(Config{Key: broken.key, State: folder, Logs: broken.logs}); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, os.Remove(path))
	if _, err := Open(Config{Key: key, State: folder, Logs: []Log{{Key: l.key(t)}}}); !errors.Is(err, ErrState) {
		t.Errorf("a checkpoint that is gone is taken for a first sight: %v", err)
	}
	must(t, os.WriteFile(path, note, 0o600))
	mark, err := os.ReadFile(filepath.Join(folder, markName))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, markName), mark[:strings.IndexByte(string(mark), '\n')+5], 0o600)) // stopped while it noted the first signature
	for range 2 {
		w, err := Open(Config{Key: key, State: folder, Logs: []Log{{Key: l.key(t)}}})
		must(t, err)
		must(t, w.Close())
	}
	if again, err := os.ReadFile(filepath.Join(folder, markName)); err != nil || strings.Count(string(again), "\n"+receipt.OriginHash("a.example/log")+"\n") != 1 {
		t.Errorf("the mark is %q (%v)", again, err)
	}
	must(t, os.Remove(filepath.Join(folder, markName)))
	if _, err := Open(Config{Key: key, State: folder}); !errors.Is(err, ErrState) {
		t.Error(err)
	}
	if Begin(folder, key.Witness) == nil {
		t.Error("a state is begun over another")
	}
}

// Of two checkpoints that disagree, posted at once and often, only those of one past are ever signed, and the size never falls.
func TestOneOfTwoPasts(t *testing.T) {
	for range 20 {
		key, folder := begin(t)
		a := newLog("a.example/log", 1).to(10, "entry").to(40, "a")
		b := newLog("a.example/log", 1).to(10, "entry").to(40, "b")
		s := open(t, key, folder, Log{Key: a.key(t)})
		if status, _, _ := s.post(t, a.ask(t, 0, 10)); status != 200 {
			t.Fatal(status)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		signed := map[string]int{}
		for i := range 12 {
			l, name := a, "a"
			if i%2 == 1 {
				l, name = b, "b"
			}
			body := l.ask(t, 10, 20+int64(i))
			wg.Go(func() {
				if status, _, _ := s.post(t, body); status == 200 {
					mu.Lock()
					defer mu.Unlock()
					signed[name]++
				}
			})
		}
		wg.Wait()
		if signed["a"]+signed["b"] != 1 {
			t.Fatalf("from one size %v were signed", signed)
		}
	}
}

// A state that can't be written gives no signature away.
func TestNothingIsSignedThatIsNotKept(t *testing.T) {
	key, folder := begin(t)
	l := newLog("a.example/log", 1).to(20, "entry")
	s := open(t, key, folder, Log{Key: l.key(t)})
	s.watched["a.example/log"].path = filepath.Join(folder, "gone", "x")
	if status, _, answer := s.post(t, l.ask(t, 0, 10)); status != 500 || s.signed(t, l.checkpoint(t, 10), answer) {
		t.Errorf("%d %q", status, answer)
	}
	s.watched["a.example/log"].path = filepath.Join(folder, receipt.OriginHash("a.example/log"))
	if status, _, _ := s.post(t, l.ask(t, 0, 10)); status != 200 {
		t.Error(status)
	}
}

func FuzzRequest(f *testing.F) {
	l := newLog("a.example/log", 1).to(20, "entry")
	f.Add(l.ask(f, 0, 10))
	f.Add(l.ask(f, 10, 20))
	f.Add([]byte("old 0\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		q, ok := parseRequest(body)
		if !ok {
			return
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "old %d\n", q.old)
		for _, h := range q.proof {
			fmt.Fprintf(&b, "%s\n", h)
		}
		b.WriteString("\n")
		b.Write(q.checkpoint)
		if len(q.proof) > 63 || q.old < 0 || len(q.checkpoint) > len(body) {
			t.Errorf("%q", body)
		}
		if again, ok := parseRequest(b.Bytes()); !ok || again.old != q.old || len(again.proof) != len(q.proof) || !bytes.Equal(again.checkpoint, q.checkpoint) {
			t.Errorf("%q is read as %+v", body, q)
		}
	})
}
