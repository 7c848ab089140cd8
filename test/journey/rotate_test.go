package journey

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A change of the secret is killed again and again, at any moment. Each time one of the two secrets opens everything, and the next command does the rest. In the
// end who had signed is known, what was mailed still counts, and the old secret opens nothing.
func TestRotateKilled(t *testing.T) {
	t.Parallel()
	kills := 6
	if prove {
		kills = 120
	}
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		anna, half := s.signer("anna@example.org"), s.signer("half@example.org")
		must(t, anna.sign())
		must(t, half.ask())
		must(t, half.open())
		eventually(t, "Anna is not counted", func() bool { return of(t, s.published(), atOnce).Counted == 1 })
		if out, err := s.command("secret", "rotate").CombinedOutput(); err == nil || !strings.Contains(string(out), "stop it first") {
			t.Fatalf("the server runs: %v %s", err, out)
		}
		if code := s.server.stop(); code != 0 {
			t.Fatalf("it ends with %d", code)
		}
		old := t.TempDir() // what somebody has copied
		must(t, os.CopyFS(old, os.DirFS(s.keys)))
		must(t, os.Chmod(filepath.Join(old, "secret"), 0o600))

		started := time.Now()
		s.run("secret", "rotate", "--dry-run")
		whole := time.Since(started) * 3 / 2 // and a little more: the last kills come too late
		finished := 0
		for range kills {
			cmd := s.command("secret", "rotate", "--json")
			leash(cmd)
			must(t, cmd.Start())
			time.Sleep(rand.N(whole))
			_ = cmd.Process.Kill()
			if cmd.Wait() == nil {
				finished++
			}
			if wrong := s.unsound(); wrong != "" {
				t.Fatal("neither secret opens everything: " + wrong)
			}
			if rand.N(2) == 0 { // which does what was left to do
				s.apply(campaign)
			}
		}
		t.Logf("%d of %d were over before the kill", finished, kills)

		var r struct {
			Changed bool
			Letters []string
		}
		cmd := s.command("secret", "rotate", "--json", "--quiet")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		must(t, err)
		must(t, json.Unmarshal(out, &r))
		if !r.Changed || len(r.Letters) == 0 {
			t.Fatalf("%s", out)
		}
		if left, _ := filepath.Glob(filepath.Join(s.keys, "*", "*.new")); len(left) > 0 {
			t.Error("left behind:", left)
		}
		s.start()
		must(t, half.enter())
		again := s.signer("anna@example.org")
		must(t, again.sign())
		eventually(t, "who had a code is not counted", func() bool { return of(t, s.published(), atOnce).Counted == 2 })
		s.kill()

		// The old secret opens nothing, with its own shares or the new ones.
		for _, shares := range []string{filepath.Join(old, "secret.shares"), s.secret() + ".shares"} {
			cmd := s.command("letter", "list", "--shares", shares)
			for i, arg := range cmd.Args {
				if arg == s.secret() {
					cmd.Args[i] = filepath.Join(old, "secret")
				}
			}
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "is not the secret of this database") {
				t.Errorf("the old secret: %v %s", err, out)
			}
		}
		if wrong := s.unsound("--shares", filepath.Join(old, "secret.shares")); !strings.Contains(wrong, "belongs to another secret") {
			t.Errorf("the new secret with the old shares: %q", wrong)
		}
	})
}

// unsound is what keeps the installation from starting, as doctor says it, who changes nothing; empty if keys, log and every letter's pepper are there.
func (s *site) unsound(flags ...string) string {
	out, _ := s.command(append([]string{"doctor", "--json", "--quiet"}, flags...)...).Output()
	var found struct {
		Checks []struct{ Check, State, Says string }
	}
	if err := json.Unmarshal(out, &found); err != nil {
		return err.Error() + string(out)
	}
	seen := 0
	for _, c := range found.Checks {
		if c.Check == "open" || c.Check == "log" {
			if seen++; c.State != "ok" {
				return c.Says
			}
		}
	}
	if seen != 2 {
		return "it does not open: " + string(out)
	}
	return ""
}
