package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/app/demo"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// campaign is the demonstration's, with a letter of some version that says what.
func (s *watchedSite) campaign(t *testing.T, version int, what string) *Campaign {
	t.Helper()
	c, err := ReadCampaign(demo.File)
	must(t, err)
	c.Letters = c.Letters[:1]
	l := &c.Letters[0]
	l.Rehearsal, l.Version, l.Reports = 0, version, nil
	for tongue, body := range l.Body {
		l.Body[tongue] = body + "\n\n" + what
	}
	return c
}

func (s *watchedSite) head(t *testing.T) translog.Head {
	t.Helper()
	h, err := s.Log.Head(t.Context())
	must(t, err)
	return h
}

// yesterdays restores the state of yesterday: witnesses have signed a second version of the letter since, which is not there any more.
func yesterdays(t *testing.T, d db.Config, quorum int, names ...string) *watchedSite {
	t.Helper()
	s := newWatchedSite(t, d, quorum, names...)
	must(t, s.Apply(t.Context(), s.campaign(t, 1, "one")))
	s.round(t)
	must(t, s.App.Close())
	copied(t, s.conf.Data, s.conf.Data+".yesterday")
	s.open(t)
	must(t, s.Apply(t.Context(), s.campaign(t, 2, "two")))
	s.now = s.now.Add(time.Minute)
	s.round(t)
	restored(t, s)
	return s
}

// Whatever would append to the log asks the witnesses first, in a process of its own as in the server: after a backup was restored it is refused, nothing
// is signed, queued or changed, and the way out is the same.
func TestCommandsAskWitnesses(t *testing.T) {
	s := yesterdays(t, db.Config{}, 1, "a.example/w", "b.example/w")
	before := s.head(t)
	name := ""
	commands := map[string]func() error{
		"campaign apply": func() error { return s.Apply(t.Context(), s.campaign(t, 2, "other")) },
		"letter close": func() error {
			_, err := s.CloseLetter(t.Context(), s.theLetter(t), nil)
			return err
		},
		"letter remove": func() error {
			_, err := s.RemoveFromLetter(t.Context(), s.theLetter(t), letter.Rule{Day: 1}, receipt.Automated, "words", "desk", nil)
			return err
		},
		"letter restore": func() error {
			_, _, err := s.RestoreToLetter(t.Context(), s.theLetter(t), letter.RemovalID{})
			return err
		},
		"letter release": func() error {
			_, _, err := s.ReleaseInLetter(t.Context(), s.theLetter(t), letter.Rule{Held: true}, nil)
			return err
		},
		"letter report": func() error {
			c, err := ReadCampaign(demo.File)
			must(t, err)
			_, err = s.ReportForLetter(t.Context(), s.theLetter(t), c.Letters[0].Reports[0])
			return err
		},
		"serve": func() error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			defer l.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			return s.Serve(ctx, l)
		},
	}
	refused := func(again func(), want ...string) {
		t.Helper()
		for _, name = range slices.Sorted(maps.Keys(commands)) {
			again()
			err := commands[name]()
			if !errors.Is(err, ErrInWay) {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, words := range append(want, "of 2 entries, and this database holds 1", "outcry log renew", "docs/operate/witness.md") {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%s: %q lacks %q", name, err, words)
				}
			}
			if l := s.theLetter(t); l.State != letter.Open || l.Version != 1 {
				t.Errorf("%s: the letter is %s, version %d", name, l.State, l.Version)
			}
			if n, err := s.Log.Waiting(t.Context()); err != nil || n != 0 {
				t.Errorf("%s: %d entries wait, %v", name, n, err)
			}
			if h := s.head(t); h.Size != before.Size || string(h.Note) != string(before.Note) {
				t.Errorf("%s signed for %d entries", name, h.Size)
			}
		}
	}
	refused(func() { restored(t, s) }, "the witness The a.example/w shows a checkpoint, signed by this log,")
	// It is known from now on, whoever is away, and whoever was taken out of the settings.
	for _, b := range s.by {
		b.away.Store(true)
	}
	refused(func() { s.again(t) }, "there is a checkpoint, signed by this log,")
	whom := s.conf.Witnesses
	s.conf.Witnesses, s.conf.Quorum = nil, 0
	refused(func() { s.again(t) }, "there is a checkpoint, signed by this log,")
	// And what is about to sign without asking anybody is refused where it signs.
	s.again(t)
	must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error { return s.Log.Queue(tx, translog.Leaf{Ref: []byte("ref"), Data: []byte("data")}) }))
	if _, err := s.Log.Sequence(t.Context()); !errors.Is(err, translog.ErrAnother) || s.head(t).Size != before.Size {
		t.Errorf("%v, and the log has %d entries", err, s.head(t).Size)
	}
	must(t, s.App.Close())
	// The way out.
	_, err := RenewLog(t.Context(), s.conf)
	must(t, err)
	s.conf.Witnesses, s.conf.Quorum = whom, 1
	for _, b := range s.by {
		b.away.Store(false)
	}
	s.open(t)
	if err := s.Apply(t.Context(), s.campaign(t, 2, "other")); err != nil || s.head(t).Size != 4 { // the queued one, the key's and the text
		t.Errorf("%v, and the log has %d entries", err, s.head(t).Size)
	}
}

// A newer copy of the database, which the checkpoint is a past of, is free of it; and where nobody can be asked, commands go on as the server does.
func TestCommandsWithoutWitnesses(t *testing.T) {
	s := yesterdays(t, db.Config{}, 1, "a.example/w")
	if err := s.stand(t.Context()); !errors.Is(err, ErrInWay) {
		t.Fatal(err)
	}
	s = yesterdays(t, db.Config{}, 1, "a.example/w")
	s.by[0].away.Store(true)
	if err := s.Apply(t.Context(), s.campaign(t, 2, "two")); err != nil || s.head(t).Size != 2 {
		t.Errorf("%v, and the log has %d entries", err, s.head(t).Size)
	}
	if !strings.Contains(s.logs.String(), "could not be asked; the site goes on") {
		t.Errorf("that nobody answers is not told: %s", s.logs.String())
	}
	s.by[0].away.Store(false)
	s.again(t) // the very entry that was lost came again, so that this is the log its witness knows
	if err := s.Apply(t.Context(), s.campaign(t, 3, "three")); err != nil || s.head(t).Size != 3 {
		t.Errorf("%v, and the log has %d entries", err, s.head(t).Size)
	}
}

func (s *watchedSite) theLetter(t *testing.T) *letter.Letter {
	t.Helper()
	all, err := s.Book.All(t.Context(), "")
	must(t, err)
	return all[0]
}

// A server that nobody could ask at its start has gone on from an older state. As soon as a witness shows it, no node signs any more, new signatures are
// turned away before anybody is told that they count, what takes back goes through, and it is told: once in the messages, and in metrics and doctor.
func TestServerStopsAtAProof(t *testing.T) {
	for name, version := range map[string]string{"ahead": "", "parted": "other"} {
		t.Run(name, func(t *testing.T) {
			s := yesterdays(t, db.Config{}, 1, "a.example/w", "b.example/w")
			s.unasked(func() {
				must(t, s.stand(t.Context()))
				if version != "" {
					must(t, s.Apply(t.Context(), s.campaign(t, 2, version)))
				}
			})
			h, err := s.Handler(t.Context())
			must(t, err)
			size := s.head(t).Size
			node, err := Open(t.Context(), s.conf)
			must(t, err)
			t.Cleanup(func() { node.Close() })
			node.allies.stood = true // it asked as long ago
			answer := func(method, path string) int {
				t.Helper()
				w := httptest.NewRecorder()
				r, err := http.NewRequestWithContext(t.Context(), method, s.conf.URL+path, strings.NewReader(url.Values{"email": {"a@mail.example"}}.Encode()))
				must(t, err)
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				h.ServeHTTP(w, r)
				return w.Code
			}
			secret := strings.Repeat("a", 43)
			posts := []string{"/sign", "/confirm", "/mine/" + secret + "/name", "/mine/" + secret + "/news"}
			for _, path := range posts {
				if status := answer(http.MethodPost, path); status == http.StatusServiceUnavailable {
					t.Errorf("%s answers %d before", path, status)
				}
			}
			s.now = s.now.Add(time.Hour) // both are asked again, and one of them is silent
			s.by[1].away.Store(true)
			for range 3 {
				s.round(t)
				s.now = s.now.Add(10 * time.Minute)
			}
			if err := s.Log.Stopped(t.Context()); !errors.Is(err, translog.ErrAnother) {
				t.Fatalf("%v\n%s", err, s.logs.String())
			}
			for who, a := range map[string]*App{"the server": s.App, "another node": node} {
				must(t, a.DB.Update(t.Context(), func(tx *db.Tx) error { return a.Log.Queue(tx, translog.Leaf{Ref: []byte(who), Data: []byte("data")}) }))
				if _, err := a.Log.Sequence(t.Context()); !errors.Is(err, translog.ErrAnother) || s.head(t).Size != size {
					t.Errorf("%s signed for %d entries, %v", who, s.head(t).Size, err)
				}
				if _, err := a.Log.Promise(receipt.LeafHash([]byte("data")), s.now); !fault.Is(err, fault.Locked) {
					t.Errorf("%s promises: %v", who, err)
				}
				if _, err := a.Log.Certify(receipt.Certificate{Size: 1, On: "2026-11-22"}); !fault.Is(err, fault.Locked) {
					t.Errorf("%s certifies: %v", who, err)
				}
			}
			for _, path := range posts {
				if status := answer(http.MethodPost, path); status != http.StatusServiceUnavailable {
					t.Errorf("%s answers %d", path, status)
				}
			}
			for path, method := range map[string]string{"/mine/" + secret: http.MethodPost, "/mine/" + secret + "/hide": http.MethodPost, "/withdraw": http.MethodPost, "/not-me": http.MethodPost,
				letter.Path(lang.Tag("en"), s.theLetter(t)): http.MethodGet, "/log/checkpoint": http.MethodGet} {
				if status := answer(method, path); status == http.StatusServiceUnavailable || status >= 500 {
					t.Errorf("%s %s answers %d", method, path, status)
				}
			}
			if n := strings.Count(s.logs.String(), "nothing is signed any more"); n != 2 || !strings.Contains(s.logs.String(), "outcry log renew") { // two processes
				t.Errorf("it is told %d times by two nodes:\n%s", n, s.logs.String())
			}
			w := httptest.NewRecorder()
			newMetrics(s.App).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if !strings.Contains(w.Body.String(), "\noutcry_log_stopped 1\n") {
				t.Errorf("the metrics say\n%s", w.Body)
			}
			if _, _, err := s.CheckWitnesses(t.Context()); !errors.Is(err, translog.ErrAnother) {
				t.Errorf("doctor is told %v", err)
			}
		})
	}
}

// doctor finds a restored backup before anything is started, by looking alone: nothing is signed, and nothing written.
func TestDoctorSeesARestoredBackup(t *testing.T) {
	s := yesterdays(t, db.Config{}, 1, "a.example/w", "b.example/w")
	posts := s.by[0].posts.Load()
	if _, _, err := s.CheckWitnesses(t.Context()); !errors.Is(err, translog.ErrAnother) || !strings.Contains(err.Error(), "of 2 entries, and this database holds 1") {
		t.Error(err)
	}
	if err := s.Log.Stopped(t.Context()); err != nil || s.by[0].posts.Load() != posts {
		t.Error("looking changed something", err)
	}
	s.by[0].away.Store(true)
	s.by[1].away.Store(true)
	if seen, unseen, err := s.CheckWitnesses(t.Context()); err != nil || seen != 0 || len(unseen) != 2 {
		t.Error(seen, unseen, err)
	}
}

// What a witness says and does not show stops nothing that others bear out: neither a start nor a server that runs. Where no quorum is left without those
// who say it, a site does not start on it.
func TestLyingWitness(t *testing.T) {
	top := t
	s := newWatchedSite(t, db.Config{}, 2, "a.example/w", "b.example/w", "liar.example/w")
	liar := s.by[2]
	s.grow(t, 5, "entry")
	s.round(t)
	if n := s.judged(t, 3); n != 5 {
		t.Fatal(n)
	}
	ours := s.head(t)
	stranger, err := receipt.NewWitnessKey("liar.example/w")
	must(t, err)
	forged, err := stranger.SignRecount(receipt.Recounted{Origin: s.Log.Origin(), Size: 600, On: "2026-11-22"}) // signed, by another key
	must(t, err)
	bigger := strings.Replace(string(ours.Note), "\n5\n", "\n600\n", 1) // our signature, under other words
	for says, post := range map[string]http.HandlerFunc{
		"that it has signed for 600": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/x.tlog.size")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintln(w, 600)
		},
		"that the past is another":                 func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnprocessableEntity) },
		"that there are two checkpoints of a size": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusConflict) },
	} {
		for shows, note := range map[string]string{"nothing": "", "our own checkpoint": string(ours.Note), "another's note": string(forged), "a forged one": bigger} {
			t.Run(says+", showing "+shows, func(t *testing.T) {
				lie := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case r.Method == http.MethodPost:
						post(w, r)
					case note == "" || !strings.HasSuffix(r.URL.Path, "/checkpoint"):
						http.NotFound(w, r)
					default:
						_, _ = w.Write([]byte(note))
					}
				})
				liar.lies.Store(&lie)
				defer liar.lies.Store(nil)
				s.logs.Reset()
				s.again(top)
				if err := s.stand(t.Context()); err != nil {
					t.Fatal(err)
				}
				if words := s.logs.String(); strings.Count(words, "says that it has seen another log under our key, and does not show it") != 1 || !strings.Contains(words, "The liar.example/w") {
					t.Errorf("it says\n%s", words)
				}
				s.grow(t, 5, says+shows)
				s.now = s.now.Add(time.Hour)
				s.round(t)
				s.now = s.now.Add(time.Hour)
				s.round(t)
				if err := s.Log.Stopped(t.Context()); err != nil {
					t.Error(err)
				}
				if n := s.judged(t, 2); n != int64(s.n) || s.allies.Word(receipt.Letter{2}).Provisional {
					t.Errorf("%d of %d entries are signed for by the others", n, s.n)
				}
				// It tells the truth again, and is heard.
				liar.lies.Store(nil)
				s.now = s.now.Add(time.Hour)
				s.round(t)
				if n := s.judged(t, 3); n != int64(s.n) {
					t.Errorf("%d of %d entries are signed for by all three\n%s", n, s.n, s.logs.String())
				}
				// Where all three are wanted there is no quorum without it.
				liar.lies.Store(&lie)
				s.conf.Quorum = 3
				s.again(top)
				if err := s.stand(t.Context()); !errors.Is(err, ErrInWay) || !strings.Contains(err.Error(), "no quorum of 3 is left") || !strings.Contains(err.Error(), "taken out of outcry.yaml") {
					t.Errorf("a quorum of all: %v", err)
				}
				s.conf.Quorum = 2
				s.again(top)
			})
		}
	}
}
