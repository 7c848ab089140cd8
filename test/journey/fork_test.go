package journey

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"outcry/receipt"
)

// Three ways to show another past, each signed with the log's own key and whole in itself: at first sight nothing can be said against any of them. Whoever has seen the log
// before finds each out, by what the command remembers, by the proof that a signer kept, and by the checkpoint that another reader was shown.
func TestForks(t *testing.T) {
	t.Parallel()
	const people = 60
	s := open(t, engine{name: "SQLite"})
	crowd := s.crowd(people, func(i int) string { return fmt.Sprintf("person-%d@mail%d.example", i, i%3) })
	s.grows(texts + people)
	p, real, base := fetch(t, s.base()), s.published(), s.base()
	size := int(p.tree.N)
	own := s.insider(t)

	reader := newAuditor(t)
	reader.content(base, "--key", p.key)
	kept := t.TempDir()
	keep := func(name, body string) string {
		path := filepath.Join(kept, name)
		must(t, os.WriteFile(path, []byte(body), 0o600))
		return path
	}
	lock, err := crowd[7].lock()
	must(t, err)
	proof := keep("proof.txt", crowd[7].read("/r/"+lock+".txt").body)
	checkpoint := keep("checkpoint.txt", crowd[7].read("/log/checkpoint").body)

	list := func(to int, more ...[]byte) [][]byte { return append(append([][]byte{}, p.entries[:to]...), more...) }
	var fresh [][]byte
	for range 900 {
		fresh = append(fresh, twin(t, p.entries[size-1]))
	}
	dropped := append(list(size-20), p.entries[size-19:]...)
	for _, fork := range []struct {
		name    string
		entries [][]byte
		kind    receipt.FaultKind
	}{
		{"yesterday's backup", list(size - 30), receipt.FaultRollback},
		{"yesterday's backup, and 900 more", list(size-30, fresh...), receipt.FaultFork},
		{"an entry dropped, and the tree built anew", append(dropped, fresh[:5]...), receipt.FaultFork},
	} {
		t.Run(fork.name, func(t *testing.T) {
			t.Parallel()
			site := own.serve(t, base, fork.entries, real)
			newAuditor(t).content(site, "--key", p.key)
			for _, by := range []struct {
				name  string
				state string
				flags []string
				says  string
			}{
				{"what is remembered", reader.home, nil, ""},
				{"what is remembered, with the key", reader.home, []string{"--key", p.key}, ""},
				{"an old proof", "", []string{"--key", p.key, "--against", proof}, "proof.txt"},
				{"another reader's checkpoint", "", []string{"--key", p.key, "--against", checkpoint}, "checkpoint.txt"},
			} {
				t.Run(by.name, func(t *testing.T) {
					t.Parallel() // a reader waits a while for what is only behind
					a := newAuditor(t)
					if by.state != "" {
						must(t, os.CopyFS(a.home, os.DirFS(by.state)))
					}
					code, r := a.verify(site, by.flags...)
					if code != 1 || r.Fault == nil || r.Fault.Kind != fork.kind || !strings.Contains(r.Fault.Message, fmt.Sprint(size)) || !strings.Contains(r.Fault.Message, by.says) {
						t.Errorf("verify exits with %d and names %+v, want %s at size %d", code, r.Fault, fork.kind, size)
					}
				})
			}
		})
	}
	// What does not differ is no fork: the same proof and checkpoint bear the real log out.
	newAuditor(t).content(base, "--key", p.key, "--against", proof, "--against", checkpoint)
	// A proof altered, and one of another log, are refused as such and not taken for a finding about the site.
	text, err := os.ReadFile(proof)
	must(t, err)
	broken := keep("broken.txt", strings.Replace(string(text), "\nindex ", "\nindex 1", 1))
	if code, _, errs := newAuditor(t).run("verify", base, "--key", p.key, "--against", broken); code != 1 || !strings.Contains(errs, "broken.txt is no recount") {
		t.Errorf("an altered proof: exit %d\n%s", code, errs)
	}
}
