package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"outcry/receipt"
	"outcry/test/peers"
)

// auditor is somebody with a machine of their own and the program on it.
type auditor struct {
	t    testing.TB
	home string // remembers checkpoints
}

func newAuditor(t testing.TB) *auditor { return &auditor{t, t.TempDir()} }

// run runs a command and returns its exit code.
func (a *auditor) run(args ...string) (code int, out, errs string) {
	a.t.Helper()
	cmd := exec.Command(peers.Binary(a.t), args...)
	cmd.Env = []string{"HOME=" + a.home, "TMPDIR=" + a.home}
	cmd.Dir = a.home
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	leash(cmd)
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		a.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// verify recounts a site and returns the exit code and the report.
func (a *auditor) verify(base string, flags ...string) (int, receipt.Report) {
	a.t.Helper()
	code, out, errs := a.run(append([]string{"verify", base, "--json"}, flags...)...)
	var r receipt.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		a.t.Fatalf("verify exits with %d and prints no report: %v\n%s\n%s", code, err, out, errs)
	}
	return code, r
}

// content has a site recounted, which must hold.
func (a *auditor) content(base string, flags ...string) receipt.Report {
	a.t.Helper()
	code, r := a.verify(base, flags...)
	if code != 0 || !r.OK || r.Fault != nil {
		a.t.Fatalf("verify exits with %d: %v", code, r.Fault)
	}
	return r
}

// proof checks a file from /r/ without a network.
func (a *auditor) proof(path, key string) (int, map[string]any) {
	a.t.Helper()
	code, out, errs := a.run("verify", "receipt", path, "--json", "--key", key)
	var r map[string]any
	if code == 0 {
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			a.t.Fatalf("%v\n%s\n%s", err, out, errs)
		}
	}
	return code, r
}

// public is the log as an independent client reads it: torchwood's, which shares nothing with ours but the formats.
type public struct {
	key     string // verifier
	tree    tlog.Tree
	note    []byte
	entries [][]byte
}

// fetch reads the whole log of a site, every entry proven up to the signed checkpoint.
func fetch(t testing.TB, base string) public {
	t.Helper()
	p := public{key: strings.TrimSpace(string(body(t, base+"/log/key"))), note: body(t, base+"/log/checkpoint")}
	c, _, err := torchwood.VerifyCheckpoint(p.note, policy(t, p.key))
	must(t, err)
	p.tree = c.Tree
	fetcher, err := torchwood.NewTileFetcher(base+"/log/", torchwood.WithTileFetcherLogger(slog.New(slog.DiscardHandler)))
	must(t, err)
	client, err := torchwood.NewClient(fetcher)
	must(t, err)
	for i, entry := range client.AllEntries(context.Background(), p.tree, 0) {
		if i != int64(len(p.entries)) {
			t.Fatalf("torchwood hands over entry %d after %d", i, len(p.entries))
		}
		p.entries = append(p.entries, bytes.Clone(entry))
	}
	must(t, client.Err())
	if int64(len(p.entries)) != p.tree.N {
		t.Fatalf("torchwood read %d entries of %d", len(p.entries), p.tree.N)
	}
	if root := rootOf(t, p.entries); root != p.tree.Hash {
		t.Fatalf("the entries have the root %v, the checkpoint signs for %v", root, p.tree.Hash)
	}
	return p
}

// policy takes what the log's key has signed.
func policy(t testing.TB, key string) torchwood.Policy {
	t.Helper()
	v, err := note.NewVerifier(key)
	must(t, err)
	return torchwood.ThresholdPolicy(2, torchwood.SingleVerifierPolicy(v), torchwood.OriginPolicy(v.Name()))
}

// rootOf is tlog.TreeHash of entries, over hashes stored as x/mod stores them.
func rootOf(t testing.TB, entries [][]byte) tlog.Hash {
	t.Helper()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, _ error) {
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for i, e := range entries {
		h, err := tlog.StoredHashes(int64(i), e, reader)
		must(t, err)
		stored = append(stored, h...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), reader)
	must(t, err)
	return root
}

// parsed are the entries by what they say.
func (p public) parsed(t testing.TB) (signs map[string][]int64, withdrawn map[int64]int) {
	t.Helper()
	signs, withdrawn = map[string][]int64{}, map[int64]int{}
	for i, data := range p.entries {
		e, err := receipt.Parse(data)
		must(t, err)
		switch e := e.(type) {
		case receipt.Sign:
			signs[e.Lock.String()] = append(signs[e.Lock.String()], int64(i))
		case receipt.Withdraw:
			withdrawn[int64(e.Index)]++
		}
	}
	return signs, withdrawn
}

// body is what a whole address answers with.
func body(t testing.TB, address string) []byte {
	t.Helper()
	res, err := http.Get(address)
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s answers %d\n%s", address, res.StatusCode, b)
	}
	return b
}

// published is /letters.json.
func (s *site) published() receipt.Published {
	s.t.Helper()
	var p receipt.Published
	must(s.t, json.Unmarshal(body(s.t, s.base()+"/letters.json"), &p))
	return p
}

// of is a letter's count by its slug.
func of(t testing.TB, p receipt.Published, slug string) receipt.Count {
	t.Helper()
	for _, c := range p.Letters {
		if c.Slug == slug {
			return c
		}
	}
	t.Fatalf("letters.json has no letter %s", slug)
	return receipt.Count{}
}

// grows waits until the published numbers are of a log of that size.
func (s *site) grows(size int64) receipt.Published {
	s.t.Helper()
	var p receipt.Published
	eventually(s.t, "the log does not grow to the size wanted", func() bool { p = s.published(); return p.Size >= size })
	if p.Size != size {
		s.t.Fatalf("the log has %d entries, want %d", p.Size, size)
	}
	return p
}

func inside(dir, name string) string { return filepath.Join(dir, name) }
