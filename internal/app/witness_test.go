package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/translog"
	"outcry/internal/outlet/witness"
	"outcry/receipt"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bystander is a witness of our own make behind HTTP, which counts who asks and can be away.
type bystander struct {
	key   receipt.WitnessKey
	url   string
	posts atomic.Int64
	away  atomic.Bool
	w     atomic.Pointer[witness.Witness]
	said  atomic.Pointer[[]byte] // in place of its own statement
	lies  atomic.Pointer[http.HandlerFunc]
}

func newBystander(t testing.TB, name string) *bystander {
	t.Helper()
	b := &bystander{}
	var err error
	b.key, err = receipt.NewWitnessKey(name)
	must(t, err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch said := b.said.Load(); {
		case b.away.Load():
			panic(http.ErrAbortHandler)
		case strings.HasSuffix(r.URL.Path, "/recount") && said != nil:
			w.Write(*said)
			return
		case b.lies.Load() != nil:
			(*b.lies.Load())(w, r)
			return
		}
		if r.Method == http.MethodPost {
			b.posts.Add(1)
		}
		b.w.Load().Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	b.url = s.URL
	return b
}

// watch has the witness know a log.
func (b *bystander) watch(t testing.TB, key receipt.Key, now func() time.Time) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "state")
	must(t, witness.Begin(folder, b.key.Witness))
	w, err := witness.Open(witness.Config{Key: b.key, State: folder, Logs: []witness.Log{{Key: key}}, Now: now})
	must(t, err)
	t.Cleanup(func() { w.Close() })
	b.w.Store(w)
}

// watchedSite is an installation with witnesses, whose clock is the test's.
type watchedSite struct {
	*App
	conf Config
	now  time.Time
	by   []*bystander
	logs bytes.Buffer
	n    int
}

func newWatchedSite(t *testing.T, d db.Config, quorum int, names ...string) *watchedSite {
	t.Helper()
	s := &watchedSite{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	s.conf = Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: func() time.Time { return s.now }, Log: slog.New(slog.NewTextHandler(&s.logs, nil))}
	s.conf.URL, s.conf.Database = "https://letters.example.org", d.URL
	must(t, Init(t.Context(), s.conf))
	for _, name := range names {
		b := newBystander(t, name)
		s.by = append(s.by, b)
		s.conf.Witnesses = append(s.conf.Witnesses, WitnessSetting{Name: "The " + name, Key: b.key.String(), URL: b.url})
	}
	s.conf.Quorum = quorum
	s.open(t)
	for _, b := range s.by {
		b.watch(t, s.allies.key, s.conf.Now)
	}
	return s
}

func (s *watchedSite) open(t *testing.T) {
	t.Helper()
	var err error
	s.App, err = Open(t.Context(), s.conf)
	must(t, err)
	a := s.App
	t.Cleanup(func() { a.Close() })
}

func (s *watchedSite) again(t *testing.T) {
	t.Helper()
	must(t, s.App.Close())
	s.open(t)
}

// grow adds entries: a text first, signatures then, which differ by what.
func (s *watchedSite) grow(t *testing.T, n int, what string) {
	t.Helper()
	if s.n == 0 && n > 1 { // before all signatures
		s.grow(t, 1, what)
		n--
	}
	must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error {
		for range n {
			id := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, s.n))
			var e receipt.Entry = receipt.Sign{Campaign: receipt.Campaign{1}, Letter: receipt.Letter{2}, Version: 1, Assurance: receipt.Email, Lock: receipt.Lock(id)}
			if s.n == 0 {
				e = receipt.Text{Campaign: receipt.Campaign{1}, Letter: receipt.Letter{2}, Version: 1}
			}
			s.n++
			if err := s.Log.Queue(tx, translog.Leaf{Ref: id[:], Data: receipt.Marshal(e)}); err != nil {
				return err
			}
		}
		return nil
	}))
	for {
		if n, err := s.Log.Sequence(t.Context()); err != nil || n == 0 {
			must(t, err)
			return
		}
	}
}

// unasked does what would be refused if a witness answered.
func (s *watchedSite) unasked(do func()) {
	for _, b := range s.by {
		b.away.Store(true)
	}
	do()
	for _, b := range s.by {
		b.away.Store(false)
	}
}

func (s *watchedSite) round(t *testing.T) (changed bool) {
	t.Helper()
	changed, err := s.allies.round(t.Context())
	must(t, err)
	return changed
}

// judged is the size of the checkpoint served, by torchwood's own judgement of a quorum of the witnesses; -1 if it finds none.
func (s *watchedSite) judged(t *testing.T, quorum int) int64 {
	t.Helper()
	h, err := s.Log.Served(t.Context())
	must(t, err)
	v, err := note.NewVerifier(s.Log.Key())
	must(t, err)
	var some []torchwood.Policy
	for _, b := range s.by {
		v, err := torchwood.NewCosignatureVerifier(b.key.String())
		must(t, err)
		some = append(some, torchwood.SingleVerifierPolicy(v))
	}
	c, _, err := torchwood.VerifyCheckpoint(h.Note, torchwood.ThresholdPolicy(3, torchwood.OriginPolicy(s.Log.Origin()), torchwood.SingleVerifierPolicy(v), torchwood.ThresholdPolicy(quorum, some...)))
	if err != nil {
		return -1
	}
	return c.N
}

func TestWitnessesSignWhatIsServed(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := newWatchedSite(t, d, 2, "a.example/w", "b.example/w", "c.example/w")
		s.by[2].away.Store(true)
		s.grow(t, 300, "entry")
		s.round(t)
		if n := s.judged(t, 2); n != 300 {
			t.Fatalf("a checkpoint of %d is served, by two of three\n%s", n, s.logs.String())
		}
		if c, _ := s.Log.Cosigned(); len(c.By) != 2 || c.By[0].Name != "a.example/w" || !c.By[0].At.Equal(s.now) {
			t.Errorf("%+v", c.By)
		}
		// One more is away: what two signed stays, and what has come since is provisional.
		s.by[1].away.Store(true)
		s.grow(t, 100, "entry")
		for range 70 {
			s.now = s.now.Add(10 * time.Second)
			s.round(t)
		}
		if n := s.judged(t, 2); n != 300 {
			t.Errorf("a checkpoint of %d is served", n)
		}
		if h, err := s.Log.Head(t.Context()); err != nil || h.Size != 400 || !s.allies.Word(receipt.Letter{2}).Provisional {
			t.Error(h.Size, err, s.allies.Word(receipt.Letter{2}))
		}
		for index, signers := range map[int64]int{0: 2, 299: 2, 300: 0, 399: 0} {
			proof, h, by, err := s.Log.ProofToKeep(t.Context(), index)
			if err != nil || len(by) != signers || (h.Size == 300) != (signers == 2) {
				t.Errorf("%d: %d signed for %d, %v", index, len(by), h.Size, err)
				continue
			}
			var leaf tlog.Hash
			must(t, s.Log.Entries(t.Context(), index, index+1, func(_ int64, data []byte) error { leaf = receipt.LeafHash(data); return nil }))
			must(t, tlog.CheckRecord(proof, h.Size, h.Root, index, leaf))
		}
		// Another process, and a restart, know what was signed without asking.
		s.again(t)
		must(t, s.Log.LoadCosigned(t.Context()))
		if n := s.judged(t, 2); n != 300 {
			t.Errorf("after a restart %d is served", n)
		}
		// They are back.
		s.by[1].away.Store(false)
		s.by[2].away.Store(false)
		s.now = s.now.Add(10 * time.Second)
		s.round(t)
		if n := s.judged(t, 3); n != 400 || s.allies.Word(receipt.Letter{2}).Provisional {
			t.Errorf("%d is served, %v", n, s.allies.Word(receipt.Letter{2}))
		}
		// A stricter policy than before does not go by what was kept under the old one.
		s.conf.Quorum = 3
		s.by[0].away.Store(true)
		s.grow(t, 1, "entry")
		s.again(t)
		s.round(t)
		if n := s.judged(t, 3); n != 400 {
			t.Errorf("%d is served", n)
		}
	})
}

// Six times a minute at the most while it grows, once an hour while it does not, and seldom where nobody answers.
func TestWitnessesAreNotPressed(t *testing.T) {
	s := newWatchedSite(t, db.Config{}, 1, "a.example/w", "b.example/w")
	s.by[1].away.Store(true)
	s.grow(t, 1, "entry")
	s.round(t)
	start := s.by[0].posts.Load()
	for range 60 { // ten minutes
		s.now = s.now.Add(10 * time.Second)
		s.grow(t, 1, "entry")
		s.round(t)
		s.round(t) // as of another process
	}
	if n := s.by[0].posts.Load() - start; n < 50 || n > 60 {
		t.Errorf("in ten minutes of growth it was asked %d times", n)
	}
	start = s.by[0].posts.Load()
	for range 60 * 3 {
		s.now = s.now.Add(time.Minute)
		s.round(t)
	}
	if n := s.by[0].posts.Load() - start; n < 2 || n > 3 {
		t.Errorf("in three idle hours it was asked %d times", n)
	}
	if c, _ := s.Log.Cosigned(); s.now.Sub(c.By[0].At) > time.Hour {
		t.Errorf("the signature is of %v, and now it is %v", c.By[0].At, s.now)
	}
	if words := strings.Count(s.logs.String(), "could not be asked"); words != 1 {
		t.Errorf("that one is away is told %d times", words)
	}
}

// A node whose turn to ask never comes sees a busy log that is always further than what witnesses signed, and does not say that they stay away.
func TestNodeThatNeverAsksKnowsThatWitnessesSign(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := newWatchedSite(t, d, 1, "a.example/w")
		other, err := Open(t.Context(), s.conf)
		must(t, err)
		t.Cleanup(func() { other.Close() })
		minutes := func(n int) {
			for range 6 * n {
				s.now = s.now.Add(10 * time.Second)
				s.grow(t, 1, "entry")
				s.round(t)
				s.grow(t, 1, "entry")
				_, err := other.allies.round(t.Context())
				must(t, err)
			}
		}
		minutes(15)
		if s.allies.Word(receipt.Letter{2}).Provisional || other.allies.Word(receipt.Letter{2}).Provisional {
			t.Error("it says that witnesses have not signed, and they sign six times a minute")
		}
		s.by[0].away.Store(true)
		minutes(11)
		if !s.allies.Word(receipt.Letter{2}).Provisional || !other.allies.Word(receipt.Letter{2}).Provisional {
			t.Error("nobody has signed for eleven minutes, and it is not said")
		}
	})
}

func copied(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	must(t, err)
	must(t, os.MkdirAll(to, 0o700))
	for _, e := range entries {
		if e.Type().IsRegular() {
			b, err := os.ReadFile(filepath.Join(from, e.Name()))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(to, e.Name()), b, 0o600))
		}
	}
}

// What would be a fork is noticed before anything is served or signed, by one witness of several.
func TestForkIsRefusedAtStart(t *testing.T) {
	for name, test := range map[string]struct {
		do    func(t *testing.T, s *watchedSite)
		words []string // of the refusal; none: it starts
	}{
		"nothing happened":            {func(*testing.T, *watchedSite) {}, nil},
		"grown":                       {func(t *testing.T, s *watchedSite) { s.grow(t, 10, "entry") }, nil},
		"yesterday's backup restored": {restored, []string{"The a.example/w shows a checkpoint, signed by this log, of 600 entries, and this database holds 400", "outcry log renew"}},
		"the same with 200 new entries": {func(t *testing.T, s *watchedSite) {
			restored(t, s)
			s.unasked(func() { s.grow(t, 200, "other") })
		}, []string{"shows a checkpoint, signed by this log, of 600 entries that are not the first 600"}},
		"the same with 900 new entries": {func(t *testing.T, s *watchedSite) {
			restored(t, s)
			s.unasked(func() { s.grow(t, 900, "other") })
		}, []string{"shows a checkpoint, signed by this log, of 600 entries that are not the first 600"}},
		"an entry dropped and the tree rebuilt": {dropped, []string{"shows a checkpoint, signed by this log, of 600 entries, and this database holds 599"}},
		"an entry dropped, the tree rebuilt and grown": {func(t *testing.T, s *watchedSite) {
			dropped(t, s)
			s.unasked(func() { s.grow(t, 50, "other") })
		}, []string{"not the first 600"}},
		"nobody answers": {func(t *testing.T, s *watchedSite) {
			restored(t, s)
			for _, b := range s.by {
				b.away.Store(true)
			}
		}, nil},
		"one of two does not answer": {func(t *testing.T, s *watchedSite) {
			restored(t, s)
			s.by[0].away.Store(true)
		}, []string{"The b.example/w"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWatchedSite(t, db.Config{}, 2, "a.example/w", "b.example/w")
			s.grow(t, 400, "entry")
			s.round(t)
			must(t, s.App.Close())
			copied(t, s.conf.Data, s.conf.Data+".yesterday")
			s.open(t)
			s.grow(t, 200, "entry")
			s.now = s.now.Add(time.Minute)
			s.round(t)
			test.do(t, s)
			s.again(t)
			err := s.stand(t.Context())
			if len(test.words) == 0 {
				must(t, err)
				if strings.Contains(name, "answers") && !strings.Contains(s.logs.String(), "could not be asked; the site goes on") {
					t.Errorf("that nobody answers is not told: %s", s.logs.String())
				}
				return
			}
			if !errors.Is(err, ErrInWay) {
				t.Fatalf("%v\n%s", err, s.logs.String())
			}
			for _, words := range test.words {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q lacks %q", err, words)
				}
			}
			// And it is the same for who only runs the loop: nothing of the fork is ever served as witnessed.
			_, _ = s.allies.round(t.Context())
			if c, ok := s.Log.Cosigned(); ok && c.Size > 400 {
				t.Errorf("witnesses signed for %d", c.Size)
			}
		})
	}
}

func restored(t *testing.T, s *watchedSite) {
	t.Helper()
	must(t, s.App.Close())
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(s.conf.Data, databaseName+suffix))
	}
	copied(t, s.conf.Data+".yesterday", s.conf.Data)
	s.open(t)
}

// dropped builds the log anew without the last entry, as an operator would who has the key.
func dropped(t *testing.T, s *watchedSite) {
	t.Helper()
	var list []translog.Leaf
	must(t, s.Log.Entries(t.Context(), 400, 599, func(i int64, data []byte) error {
		list = append(list, translog.Leaf{Ref: fmt.Appendf(nil, "again %d", i), Data: bytes.Clone(data)})
		return nil
	}))
	restored(t, s)
	s.unasked(func() {
		for _, leaf := range list {
			must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error { return s.Log.Queue(tx, leaf) }))
			_, err := s.Log.Sequence(t.Context())
			must(t, err)
		}
	})
}

// A statement is shown if the log bears it out, to the last number, and only then; a restart knows it still.
func TestRecountsAreShownThatHold(t *testing.T) {
	s := newWatchedSite(t, db.Config{}, 1, "a.example/w")
	s.grow(t, 300, "entry")
	h, err := s.Log.Head(t.Context())
	must(t, err)
	good := receipt.NewRecounted(s.Log.Origin(), tlog.Tree{N: h.Size, Hash: h.Root}, []receipt.Count{{ID: receipt.Letter{2}, Counted: 299}}, s.now)
	state := func(k receipt.WitnessKey, change func(r *receipt.Recounted)) {
		r := good
		r.Letters = []receipt.RecountedCount{good.Letters[0]}
		change(&r)
		signed, err := k.SignRecount(r)
		must(t, err)
		s.by[0].said.Store(&signed)
	}
	stranger, err := receipt.NewWitnessKey("a.example/w")
	must(t, err)
	look := func() []letter.Recounter {
		s.now = s.now.Add(time.Hour)
		s.round(t)
		return s.allies.Word(receipt.Letter{2}).Recounters
	}
	own := s.by[0].key
	for name, lie := range map[string]func(){
		"another number": func() { state(own, func(r *receipt.Recounted) { r.Letters[0].Counted++ }) },
		"another root":   func() { state(own, func(r *receipt.Recounted) { r.Root[0] ^= 1 }) },
		"a larger log":   func() { state(own, func(r *receipt.Recounted) { r.Size++ }) },
		"another log":    func() { state(own, func(r *receipt.Recounted) { r.Origin = "b.example/log" }) },
		"another key":    func() { state(stranger, func(*receipt.Recounted) {}) },
		"a day to come":  func() { state(own, func(r *receipt.Recounted) { r.On = "2026-12-24" }) },
		"no statement":   func() { b := []byte("hello"); s.by[0].said.Store(&b) },
	} {
		if lie(); len(look()) != 0 {
			t.Errorf("%s is shown", name)
		}
	}
	state(own, func(*receipt.Recounted) {})
	want := letter.Recounter{Name: "The a.example/w", On: "2026-11-22", Counted: 299, Size: 300}
	if said := look(); len(said) != 1 || said[0] != want {
		t.Fatalf("%v\n%s", said, s.logs.String())
	}
	state(own, func(r *receipt.Recounted) { r.Root[0] ^= 1 })
	if said := look(); len(said) != 1 || said[0] != want {
		t.Errorf("a bad one takes away the good one before it: %v", said)
	}
	s.grow(t, 1, "later")
	small := good
	h, err = s.Log.Head(t.Context())
	must(t, err)
	good.Size, good.Root, good.Letters[0].Counted = h.Size, h.Root, 300
	state(own, func(r *receipt.Recounted) { r.On = "2026-11-23" })
	want.On, want.Counted, want.Size = "2026-11-23", 300, 301
	if said := look(); len(said) != 1 || said[0] != want {
		t.Errorf("a newer one: %v", said)
	}
	good = small
	good.Letters = []receipt.RecountedCount{{Letter: receipt.Letter{2}, Counted: 299}}
	state(own, func(r *receipt.Recounted) { r.On = "2026-11-24" })
	if said := look(); len(said) != 1 || said[0] != want {
		t.Errorf("one of an older log takes the place of the newer: %v", said)
	}
	s.by[0].away.Store(true)
	s.again(t)
	s.round(t)
	if said := s.allies.Word(receipt.Letter{2}).Recounters; len(said) != 1 || said[0] != want {
		t.Errorf("after a restart: %v", said)
	}
}

func TestWitnessSettings(t *testing.T) {
	k, err := receipt.NewWitnessKey("a.example/w")
	must(t, err)
	one := fmt.Sprintf("witnesses: [{vkey: %q, url: \"https://w.example\"}]\n", k.String())
	for text, bad := range map[string]string{
		"":                                     "",
		one + "quorum: 1\n":                    "",
		one:                                    "quorum",
		one + "quorum: 2\n":                    "quorum",
		"quorum: 1\n":                          "quorum",
		"witnesses: [{vkey: x, url: y}]\n":     "vkey",
		strings.Replace(one, "https", "", 1):   "address",
		strings.Replace(one, "url", "adr", 1):  "no setting",
		"witnesses: [\"https://w.example\"]\n": "outcry.yaml:1",
	} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, settingsName), []byte(text), 0o600))
		_, err := readSettings(dir)
		if bad == "" && err != nil || bad != "" && (!errors.Is(err, ErrSetting) || !strings.Contains(err.Error(), bad)) {
			t.Errorf("%q: %v, want %q", text, err, bad)
		}
	}
}

// A witness that never ends its answer keeps nobody waiting for longer than its time.
func TestSlowWitness(t *testing.T) {
	end := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-end
	}))
	defer slow.Close()
	defer close(end)
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	begun := time.Now()
	if _, _, _, err := ask(ctx, slow.Client(), http.MethodGet, slow.URL, nil); err == nil || time.Since(begun) > 2*time.Second {
		t.Error(err, time.Since(begun))
	}
}
