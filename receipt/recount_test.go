package receipt

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/tlog"
)

func TestRecount(t *testing.T) {
	sizes := []int{0, 1, 2, 255, 256, 257, 511, 512, 600}
	if !testing.Short() {
		sizes = append(sizes, 256*256, 256*256+300) // a second level of tiles above, whole and begun
	}
	for _, n := range sizes {
		s := newSite(t, n)
		o := s.options()
		var done []int64
		o.Progress = func(d, total int64) {
			if total != int64(n) {
				t.Errorf("progress of %d entries, not %d", total, n)
			}
			done = append(done, d)
		}
		r, err := Recount(t.Context(), o)
		if err != nil {
			t.Fatalf("%d entries: %v", n, err)
		}
		want := &Report{OK: true, Origin: s.log.origin, Key: s.log.key(), Size: int64(n), Root: s.log.tree(int64(n)).Hash,
			FirstSight: true, PublishedSize: int64(n), Letters: s.log.published(int64(n)).Letters, Unknown: map[Type]int64{}}
		var tally Tally
		for _, e := range s.log.entries {
			if err := tally.Add(e); err != nil {
				t.Fatal(err)
			}
			if e[len(magic)] == byte(laterType) {
				want.Unknown[laterType]++
			}
		}
		for i, c := range tally.Letters() {
			want.Letters[i].Texts = c.Texts
		}
		if diff := cmp.Diff(want, r, cmp.AllowUnexported(Key{})); diff != "" {
			t.Errorf("%d entries: %s", n, diff)
		}
		if n > 0 && (len(done) != (n+255)/256 || done[len(done)-1] != int64(n)) {
			t.Errorf("%d entries: progress %v", n, done)
		}
		s.Close()
	}
}

func TestReportJSON(t *testing.T) {
	entry := int64(12)
	r := Report{Origin: "letters.example/log", Key: mustKey(t, testVKey), Size: 3, Root: tlog.Hash(fill32(7)), FirstSight: true, PublishedSize: 2, Letters: []Count{},
		Unknown: map[Type]int64{8: 1, 7: 2}, Fault: &Fault{Kind: FaultEntry, Entry: &entry, Message: "words"}}
	want := `{"ok":false,"origin":"letters.example/log","key":"` + testVKey + `","size":3,"root":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",` +
		`"first_sight":true,"pinned":false,"published_size":2,"letters":[],"unknown":{"7":2,"8":1},"fault":{"kind":"entry","entry":12,"message":"words"}}`
	if got, err := json.Marshal(r); err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	want = `{"ok":true,"origin":"o","size":0,"first_sight":false,"pinned":false,"published_size":0,"letters":[]}`
	if got, err := json.Marshal(Report{OK: true, Origin: "o", Letters: []Count{}}); err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

// An independent client reads the same site to the same entries.
func TestTorchwoodReadsTheSite(t *testing.T) {
	s := newSite(t, 700)
	fetcher, err := torchwood.NewTileFetcher(s.URL+"/log", torchwood.WithHTTPClient(s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	client, err := torchwood.NewClient(fetcher)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := fetcher.ReadEndpoint(t.Context(), "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := OpenCheckpoint(signed, s.log.key())
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for i, entry := range client.AllEntries(t.Context(), tree, 0) {
		if i != n || string(entry) != string(s.log.entries[i]) {
			t.Fatalf("entry %d differs", i)
		}
		n++
	}
	if client.Err() != nil || n != 700 {
		t.Fatalf("%d entries: %v", n, client.Err())
	}
	entry, hashes, err := client.Entry(t.Context(), tree, 321)
	if err != nil {
		t.Fatal(err)
	}
	proof := FormatProof(entry, 321, hashes, signed)
	if p, err := VerifyProof(proof, s.log.key()); err != nil || p.Index != 321 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := asTorchwood(s.log.key(), entry, proof); err != nil {
		t.Error(err)
	}
}

func TestRecountRemembers(t *testing.T) {
	s := newSite(t, 300)
	o := s.options()
	o.Remember = filepath.Join(t.TempDir(), "not", "there", "yet")
	recount := func(first bool) {
		t.Helper()
		r, err := Recount(t.Context(), o)
		if err != nil || !r.OK || r.FirstSight != first || r.Pinned {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	recount(true)
	recount(false)
	s.show(s.log.fill(700))
	recount(false)

	files, err := os.ReadDir(o.Remember)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	path := memoryPath(o.Remember, s.log.origin)
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m memory
	if err := json.Unmarshal(kept, &m); err != nil || m.Checkpoint != string(s.log.checkpoint(700)) || m.Key != s.log.key() {
		t.Errorf("%s, %v", kept, err)
	}

	// What did not hold is not remembered.
	s.show(s.log.fill(800))
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if strings.HasSuffix(path, ".txt") {
			body = append(body, '\n')
		}
		return body, code
	})
	r, err := Recount(t.Context(), o)
	if faultOf(t, err).Kind != FaultText || r.OK {
		t.Fatalf("%+v, %v", r, err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(kept) {
		t.Errorf("a fault is remembered: %s, %v", now, err)
	}
	s.lies(nil)
	recount(false)

	// A memory that can't be read is neither a fault of the log nor a first sight.
	for name, bad := range map[string]string{
		"cut off":       string(kept[:len(kept)/2]),
		"empty":         "",
		"another log's": strings.Replace(string(kept), `"origin": "`, `"origin": "x`, 1),
		"not signed":    strings.Replace(string(kept), `\n700\n`, `\n7\n`, 1),
	} {
		if bad == string(kept) {
			t.Fatalf("%s: nothing is changed", name)
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		var f *Fault
		if r, err := Recount(t.Context(), o); err == nil || errors.As(err, &f) || r != nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	recount(true)
}

func TestRecountPinned(t *testing.T) {
	s := newSite(t, 40)
	o := s.options()
	o.Key = s.log.key()
	o.Client = s.Client()
	r, err := Recount(t.Context(), o)
	if err != nil || !r.Pinned || !r.FirstSight {
		t.Fatalf("%+v, %v", r, err)
	}
	if s.times("/log/key") != 0 {
		t.Error("the key was asked for")
	}
}

// A mirror serves a log under another address: it is read if one says which log it has to be.
func TestRecountMirror(t *testing.T) {
	s := newSite(t, 0)
	l := s.newLog()
	l.origin = "letters.example/log"
	s.show(l.fill(300))
	o := s.options()
	_, err := Recount(t.Context(), o)
	if faultOf(t, err).Kind != FaultOrigin {
		t.Fatal(err)
	}
	o.Key = l.key()
	_, err = Recount(t.Context(), o)
	if faultOf(t, err).Kind != FaultOrigin {
		t.Fatal(err)
	}
	o.Origin = "letters.example/log"
	if r, err := Recount(t.Context(), o); err != nil || r.Origin != o.Origin {
		t.Fatalf("%+v, %v", r, err)
	}
}

// The numbers are compared at the size they are of, while the log has gone on.
func TestRecountGrowing(t *testing.T) {
	for _, published := range []int64{0, 1, 61, 256, 299, 300} {
		s := newSite(t, 300)
		s.publishedSize = published
		r, err := Recount(t.Context(), s.options())
		if err != nil || r.PublishedSize != published || r.Size != 300 || r.Letters[0].Counted != s.log.published(300).Letters[0].Counted {
			t.Errorf("published at %d: %+v, %v", published, r, err)
		}
		// The same numbers said to be of another size are not right.
		if published == 256 {
			s.lies(func(path string, body []byte, code int) ([]byte, int) {
				if path == "/letters.json" {
					p := s.log.published(256)
					p.Size, p.Root = 300, s.log.tree(300).Hash
					body, _ = json.Marshal(p)
				}
				return body, code
			})
			if _, err := Recount(t.Context(), s.options()); faultOf(t, err).Kind != FaultCount {
				t.Error(err)
			}
		}
	}

	// Numbers newer than the checkpoint: it is read again, as a cache may lag.
	s := newSite(t, 300)
	s.size = 280
	asked := 0
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if path == "/log/checkpoint" {
			if asked++; asked > 2 {
				body = s.log.checkpoint(300)
			}
		}
		return body, code
	})
	if r, err := Recount(t.Context(), s.options()); err != nil || r.Size != 300 || asked != 3 {
		t.Errorf("%+v, %v after %d checkpoints", r, err, asked)
	}
}

// A partial tile may be gone once the full one is there (c2sp.org/tlog-tiles); entries after the checkpoint's are not looked at.
func TestRecountWiderTiles(t *testing.T) {
	s := newSite(t, 512)
	s.size, s.publishedSize = 300, 300
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if strings.Contains(path, "/000.p/") || strings.Contains(path, "/001.p/") {
			if !strings.HasPrefix(path, "/log/tile/1/") {
				return nil, 404
			}
		}
		return body, code
	})
	if r, err := Recount(t.Context(), s.options()); err != nil || r.Size != 300 {
		t.Fatalf("%+v, %v", r, err)
	}
	if s.times("/log/tile/0/001") == 0 || s.times("/log/tile/entries/001") == 0 {
		t.Error("full tiles were not asked for")
	}
}

// What may pass by itself is tried again, a few times; what does not pass is no finding about the log.
func TestRecountTriesAgain(t *testing.T) {
	for _, path := range []string{"/log/key", "/log/checkpoint", "/letters.json", "/log/tile/0/000", "/log/tile/entries/001.p/44", "/log/tile/1/000.p/1",
		"/letters/" + letterA.String() + "/1.txt"} {
		for _, code := range []int{429, 500, 503, hangUp} {
			s := newSite(t, 300)
			var waits []time.Duration
			o := s.options()
			o.pause = func(ctx context.Context, d time.Duration) error {
				waits = append(waits, d)
				return ctx.Err()
			}
			fails := func(times int) {
				waits = nil
				failed := 0
				s.lies(func(p string, body []byte, c int) ([]byte, int) {
					if p == path && failed < times {
						failed++
						return []byte("busy"), code
					}
					return body, c
				})
			}
			fails(tries - 1)
			if r, err := Recount(t.Context(), o); err != nil || !r.OK {
				t.Fatalf("%s answers %d: %v", path, code, err)
			}
			if code != hangUp { // the transport itself tries some broken connections again
				if want := []time.Duration{time.Second / 2, 2 * time.Second, 8 * time.Second}; !cmp.Equal(want, waits) {
					t.Errorf("%s answers %d: waited %v, want %v", path, code, waits, want)
				}
			}
			before := s.times(path)
			fails(1 << 20)
			r, err := Recount(t.Context(), o)
			if f := faultOf(t, err); f.Kind != FaultUnavailable || f.Entry != nil || r.OK || r.Fault != f {
				t.Errorf("%s answers %d: %s: %v", path, code, f.Kind, f)
			}
			if n := s.times(path) - before; code != hangUp && n != tries {
				t.Errorf("%s answers %d: asked %d times", path, code, n)
			}
			s.Close()
		}
	}
}

func TestRecountWithoutALog(t *testing.T) {
	s := newSite(t, 3)
	for _, path := range []string{"/log/key", "/log/checkpoint"} {
		for _, code := range []int{404, 403, 410, 400} {
			s.lies(func(p string, body []byte, c int) ([]byte, int) {
				if p == path {
					return nil, code
				}
				return body, c
			})
			if _, err := Recount(t.Context(), s.options()); faultOf(t, err).Kind != FaultUnavailable {
				t.Errorf("%s answers %d: %v", path, code, err)
			}
		}
	}
	s.lies(nil)
	o := s.options()
	s.Close()
	if _, err := Recount(t.Context(), o); faultOf(t, err).Kind != FaultUnavailable {
		t.Error(err)
	}
	o.URL = "letters.example"
	var f *Fault
	if r, err := Recount(t.Context(), o); r != nil || err == nil || errors.As(err, &f) {
		t.Errorf("%+v, %v", r, err)
	}
}

// A folder that can't be written is the reader's trouble, and is not passed over.
func TestRecountCannotRemember(t *testing.T) {
	s := newSite(t, 3)
	o := s.options()
	o.Remember = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(o.Remember, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var f *Fault
	if r, err := Recount(t.Context(), o); r != nil || err == nil || errors.As(err, &f) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRecountStops(t *testing.T) {
	s := newSite(t, 2000)
	ctx, stop := context.WithCancel(t.Context())
	o := s.options()
	o.Progress = func(done, _ int64) {
		if done > 500 {
			stop()
		}
	}
	if r, err := Recount(ctx, o); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestInOrder(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var running, most atomic.Int32
	fetch := func(_ context.Context, i int64) (int64, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		time.Sleep(time.Duration(1+i%3) * time.Millisecond)
		return i * i, nil
	}
	next := int64(0)
	err := inOrder(t.Context(), 100, fetch, func(i, v int64) error {
		if i != next || v != i*i {
			t.Errorf("%d, %d after %d", i, v, next-1)
		}
		next++
		return nil
	})
	if err != nil || next != 100 || most.Load() > parallel || most.Load() < 2 {
		t.Errorf("%v, %d used, %d at a time", err, next, most.Load())
	}

	// The first error by order wins, not the first by time; nothing runs on after it.
	late, early := errors.New("late"), errors.New("early")
	var wait sync.WaitGroup
	wait.Add(1)
	err = inOrder(t.Context(), 100, func(_ context.Context, i int64) (int64, error) {
		switch i {
		case 2:
			wait.Wait()
			return 0, late
		case 4:
			wait.Done()
			return 0, early
		}
		return fetch(nil, i)
	}, func(int64, int64) error { return nil })
	if err != late || running.Load() != 0 {
		t.Errorf("%v, %d running", err, running.Load())
	}
	if err := inOrder(t.Context(), 9, fetch, func(i, _ int64) error { return early }); err != early {
		t.Error(err)
	}
	if err := inOrder(t.Context(), 0, fetch, nil); err != nil {
		t.Error(err)
	}
}

func TestSleep(t *testing.T) {
	if err := sleep(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := sleep(ctx, time.Hour); err != context.Canceled {
		t.Error(err)
	}
}

func BenchmarkRecount(b *testing.B) {
	const n = 100_000
	s := newSite(b, n)
	// What is served is made before: the figure is the auditor's time and the loopback's, not the test server's.
	ready := map[string][]byte{}
	for _, path := range []string{"/log/key", "/log/checkpoint", "/letters.json"} {
		ready[path], _ = s.answer(path)
	}
	for _, tile := range tlog.NewTiles(tileHeight, 0, n) {
		ready["/log/"+torchwood.TilePath(tile)], _ = s.answer("/log/" + torchwood.TilePath(tile))
		if tile.L == 0 {
			tile.L = -1
			ready["/log/"+torchwood.TilePath(tile)], _ = s.answer("/log/" + torchwood.TilePath(tile))
		}
	}
	for path, body := range s.log.texts {
		ready[path] = body
	}
	s.ready = ready
	for b.Loop() {
		if r, err := Recount(b.Context(), s.options()); err != nil || r.Size != n {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
