package app

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"outcry/internal/kernel/db"
	"outcry/test/peers"
)

// stranger starts a witness that others wrote, torchwood's litewitness, for a log, and returns its key and URL.
func stranger(t *testing.T, name, logKey string) (vkey, url string) {
	t.Helper()
	if os.Getenv("OUTCRY_PROVE") == "" {
		t.Skip("building a witness that others wrote takes minutes; OUTCRY_PROVE=1 does it")
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir+"/", "./stranger", "filippo.io/torchwood/cmd/litewitness")
	build.Dir = filepath.Join("..", "..", "tools")
	if out, err := build.CombinedOutput(); err != nil {
		peers.Missing(t, "litewitness can't be built, perhaps for want of a network: %v\n%s", err, out)
	}
	cmd := exec.Command(filepath.Join(dir, "stranger"), filepath.Join(dir, "litewitness"), name, logKey)
	cmd.Dir = t.TempDir()
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	vkey, url, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok {
		t.Fatalf("it says %q", line)
	}
	return vkey, url
}

// A witness that others wrote signs our checkpoints as they grow, finds our forks, and its signature is found on what we serve by torchwood.
func TestStockWitness(t *testing.T) {
	s := newWatchedSite(t, db.Config{}, 1, "a.example/w")
	vkey, url := stranger(t, "strange.example/w", s.Log.Key())
	s.conf.Witnesses = []WitnessSetting{{Key: vkey, URL: url}}
	s.again(t)
	served := func() int64 {
		h, err := s.Log.Served(t.Context())
		must(t, err)
		v, err := torchwood.NewCosignatureVerifier(vkey)
		must(t, err)
		own, err := note.NewVerifier(s.Log.Key())
		must(t, err)
		c, _, err := torchwood.VerifyCheckpoint(h.Note, torchwood.ThresholdPolicy(3, torchwood.OriginPolicy(s.Log.Origin()), torchwood.SingleVerifierPolicy(own), torchwood.SingleVerifierPolicy(v)))
		if err != nil {
			t.Fatalf("%v\n%s", err, s.logs.String())
		}
		return c.N
	}
	for _, n := range []int{1, 255, 1, 300, 7} {
		s.grow(t, n, "entry")
		s.now = s.now.Add(time.Minute)
		begun := time.Now()
		s.round(t)
		t.Logf("a round of %d new entries took %v", n, time.Since(begun))
		if have := served(); have != int64(s.n) {
			t.Fatalf("%d of %d entries are signed for", have, s.n)
		}
	}
	must(t, s.App.Close())
	copied(t, s.conf.Data, s.conf.Data+".yesterday")
	s.open(t)
	s.grow(t, 100, "entry")
	s.now = s.now.Add(time.Minute)
	s.round(t)
	if served() != 664 {
		t.Fatal(served())
	}
	restored(t, s)
	// It shows no checkpoint, so this is only what it says; but there is no quorum without it.
	if err := s.stand(t.Context()); err == nil || !strings.Contains(err.Error(), "says that it has signed for 664 entries, and this database holds 564") {
		t.Errorf("a restored backup: %v", err)
	}
	unasked := func(n int) {
		whom := s.conf.Witnesses
		s.conf.Witnesses, s.conf.Quorum = nil, 0
		s.again(t)
		s.grow(t, n, "other")
		s.conf.Witnesses, s.conf.Quorum = whom, 1
		s.again(t)
	}
	unasked(100)
	if err := s.stand(t.Context()); err == nil || !strings.Contains(err.Error(), "it says, are not the first 664") {
		t.Errorf("of the same size, with others: %v", err)
	}
	unasked(800)
	if err := s.stand(t.Context()); err == nil || !strings.Contains(err.Error(), "it says, are not the first 664") {
		t.Errorf("with 900 others: %v", err)
	}
}
