package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/locales"
	"outcry/test/peers"
)

// unlock brings a line to whatever waits at the data folder, and tells the exit code and what was said.
func (s *site) unlock(line []byte) (int, string) {
	cmd := exec.Command(peers.Binary(s.t), "unlock", "--data", s.data)
	cmd.Env = []string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin = bytes.NewReader(line)
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}

// A server that starts without its secret shows what is public, keeps what is sent to it and promises nothing; with the secret it goes on, without a new start.
func TestLockedStart(t *testing.T) {
	t.Parallel()
	words, err := lang.Load(locales.FS)
	must(t, err)
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		anna, half := s.signer("anna@example.org"), s.signer("half@example.org")
		must(t, anna.sign())
		must(t, half.ask())
		must(t, half.open())
		eventually(t, "Anna is not counted", func() bool { return of(t, s.published(), atOnce).Counted == 1 })
		leaver, err := anna.mine()
		must(t, err)
		withdrawal, err := leaver.form("withdraw")
		must(t, err)

		late := s.signer("late@example.org")
		must(t, late.ask())
		s.kill()
		s.start("--locked")

		// What is public is there.
		size := s.published().Size
		r := s.reader()
		if p := r.read("/healthz"); p.status != http.StatusOK || p.body != "locked\n" {
			t.Fatalf("/healthz answers %d %q", p.status, p.body)
		}
		for _, path := range []string{anna.paper(), "/ru/" + caseSlug + "/" + atOnce, "/en/" + caseSlug, "/log/checkpoint", "/log/key", fmt.Sprintf("/log/tile/0/000.p/%d", size), "/letters.json", "/en/recount"} {
			if p := r.read(path); p.status != http.StatusOK {
				t.Errorf("%s answers %d while locked", path, p.status)
			}
		}
		if n := of(t, s.published(), atOnce).Counted; n != 1 {
			t.Errorf("%d counted while locked", n)
		}

		// Signing keeps the form, in the reader's language, and says no word about why.
		for _, tag := range []lang.Tag{"en", "ru", "ar", "fr"} {
			p := &signer{reader: s.reader(), address: "kept@example.org", lang: string(tag)}
			at, err := p.get(p.paper())
			must(t, err)
			f, err := at.form("email", "letter")
			must(t, err)
			answer, err := p.post(f.action, f.with("email", p.address))
			must(t, err)
			tells(t, answer, tag, words.Printer(tag).T("fault.locked"))
			if again, err := answer.form("email", "letter"); err != nil || again.values.Get("email") != p.address {
				t.Errorf("%s: the form is not kept: %v", tag, err)
			}
			// A code, the private link and its button, leaving by mailbox: they wait too, and what was sent comes back whole.
			code, err := half.waiting.form("page", "code")
			must(t, err)
			for _, sent := range []struct {
				to   string
				form url.Values
			}{{code.action, code.with("code", half.code)}, {withdrawal.action, withdrawal.values}, {"/withdraw", url.Values{"email": {"anna@example.org"}, "case": {caseSlug}, "letter": {atOnce}}}} {
				sent.form.Set("lang", string(tag))
				sent.to = strings.Replace(sent.to, "lang=en", "lang="+string(tag), 1)
				answer, err := p.post(sent.to, sent.form)
				must(t, err)
				tells(t, answer, tag, words.Printer(tag).T("fault.waits"))
				kept := answer.forms()
				if len(kept) != 1 || kept[0].action != sent.to || kept[0].values.Encode() != sent.form.Encode() {
					t.Errorf("%s %s: what was sent comes back as %v", tag, sent.to, kept)
				}
			}
			answer, err = p.get("/mine/" + anna.secret + "?lang=" + string(tag))
			must(t, err)
			tells(t, answer, tag, words.Printer(tag).T("fault.waits"))
		}

		// Nobody but us can open the socket, and a wrong secret changes nothing.
		sockets, err := filepath.Glob(filepath.Join(s.data, "unlock-*.sock"))
		if err != nil || len(sockets) != 1 {
			t.Fatal(sockets, err)
		}
		if info, err := os.Stat(sockets[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(info.Mode(), err)
		}
		right, err := os.ReadFile(s.secret())
		must(t, err)
		for _, c := range []struct {
			line, says string
		}{
			{"", "no unlock secret"}, {"password\n", "no unlock secret"}, {strings.TrimSpace(string(right))[:40], "no unlock secret"},
			{"outcry-unlock-1 " + strings.Repeat("A", 43) + "=\n", "not the secret of this installation"},
			{strings.Replace(string(right), "-1 ", "-2 ", 1), "another secret"}, // the same bytes, but of the other sort: its shares would not be
		} {
			if code, said := s.unlock([]byte(c.line)); code != 1 || !strings.Contains(said, c.says) || strings.Contains(said, "AAAA") {
				t.Errorf("%q: code %d: %s", c.line, code, said)
			}
		}
		if p := r.read("/healthz"); p.body != "locked\n" {
			t.Fatalf("a wrong secret unlocks: %q", p.body)
		}
		before := len(s.mail.to(late.address))
		time.Sleep(300 * time.Millisecond)
		if n := len(s.mail.to(late.address)); n != before {
			t.Error("a mail goes out while locked")
		}

		// With the right one everything goes on: the mail that waited, the code, the private link, the log.
		if code, said := s.unlock(right); code != 0 || !strings.Contains(said, "Unlocked") {
			t.Fatalf("code %d: %s", code, said)
		}
		if p := r.read("/healthz"); p.body != "ok\n" {
			t.Fatalf("/healthz says %q", p.body)
		}
		if code, said := s.unlock(right); code != 0 || !strings.Contains(said, "unlocked already") {
			t.Fatalf("code %d: %s", code, said)
		}
		must(t, late.open())
		must(t, late.enter())
		must(t, half.enter())
		must(t, s.signer("fresh@example.org").sign())
		eventually(t, "those who waited are not counted", func() bool { return of(t, s.published(), atOnce).Counted == 4 })
		must(t, anna.withdraw())
		eventually(t, "Anna is still counted", func() bool { return of(t, s.published(), atOnce).Counted == 3 })

		// A kill leaves its socket behind, and the next start sweeps it.
		s.kill()
		if code, said := s.unlock(right); code != 3 || !strings.Contains(said, "no server waits") {
			t.Errorf("nobody is there: code %d: %s", code, said)
		}
		s.start("--locked")
		if left, _ := filepath.Glob(filepath.Join(s.data, "unlock-*.sock")); len(left) != 1 || left[0] == sockets[0] {
			t.Errorf("sockets: %v", left)
		}
		if code, said := s.unlock(right); code != 0 {
			t.Fatal(said)
		}
		if code := s.server.stop(); code != 0 {
			t.Errorf("it ends with %d", code)
		}
		if left, _ := filepath.Glob(filepath.Join(s.data, "unlock-*.sock")); len(left) != 0 {
			t.Errorf("sockets: %v", left)
		}
		if strings.Contains(s.said(), string(bytes.TrimSpace(right))) {
			t.Error("the secret is in the server's log")
		}
	})
}

// tells holds an answer against the words for what waits: 503, when to come again, the language, and nothing about keys or starts.
func tells(t *testing.T, p page, tag lang.Tag, sentence string) {
	t.Helper()
	if p.status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" || p.lang() != string(tag) || !p.says(sentence) {
		t.Errorf("%s: %s answers %d in %q, to come again after %q: %.300s", tag, p.path, p.status, p.lang(), p.header.Get("Retry-After"), p.text())
	}
	if c := p.header.Get("Cache-Control"); !strings.Contains(c, "no-store") {
		t.Errorf("%s: %s is kept: %q", tag, p.path, c)
	}
	for _, word := range []string{"lock", "key", "restart", "secret", "ключ", "перезап", "секрет", "مفتاح", "مفاتيح", "redémarr", "clé ", "clés"} {
		if strings.Contains(strings.ToLower(sentence), word) {
			t.Errorf("%s: %q tells of %q", tag, sentence, word)
		}
	}
}

// A secret that systemd hands over is read from its folder, whose files its list lets us read; the shares lie elsewhere, where they survive.
func TestCredential(t *testing.T) {
	t.Parallel()
	s := newSite(t, engine{name: "SQLite"})
	handed := t.TempDir()
	line, err := os.ReadFile(s.secret())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(handed, "outcry-secret"), line, 0o440))
	must(t, os.Chmod(filepath.Join(handed, "outcry-secret"), 0o440))
	must(t, os.Chmod(handed, 0o500))
	t.Cleanup(func() { os.Chmod(handed, 0o700) })
	serve := func(args ...string) (string, int) {
		cmd := exec.Command(peers.Binary(t), append([]string{"serve", "--data", s.data, "--listen", "127.0.0.1:0"}, args...)...)
		cmd.Env = []string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "CREDENTIALS_DIRECTORY=" + handed}
		leash(cmd)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		must(t, cmd.Start())
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
			cmd.Process.Signal(os.Interrupt)
			<-done
		}
		return out.String(), cmd.ProcessState.ExitCode()
	}
	if said, code := serve(); code != 2 || !strings.Contains(said, "--shares") {
		t.Fatalf("%d %s", code, said)
	}
	if said, code := serve("--shares", filepath.Join(s.data, "shares")); code != 2 || !strings.Contains(said, "must not lie in the data folder") {
		t.Fatalf("%d %s", code, said)
	}
	if said, code := serve("--shares", s.secret()+".shares"); code != 0 || !strings.Contains(said, "Serving") || strings.Contains(said, "Locked") || strings.Contains(said, "share file is gone") {
		t.Fatalf("%d %s", code, said)
	}
}

// The running server keeps its memory off the disk, as far as the system lets it.
func TestMemoryStaysOffTheDisk(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what is looked at is Linux's")
	}
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	proc := "/proc/" + strconv.Itoa(s.server.cmd.Process.Pid)
	limits, err := os.ReadFile(proc + "/limits")
	must(t, err)
	for _, line := range strings.Split(string(limits), "\n") {
		if fields := strings.Fields(line); strings.HasPrefix(line, "Max core file size") && (fields[4] != "0" || fields[5] != "0") {
			t.Error(line)
		}
	}
	if os.Geteuid() != 0 {
		if _, err := os.ReadFile(proc + "/environ"); err == nil {
			t.Error("another process of the same user may look into it")
		}
	}
	const lockAnything = "ulimit -l unlimited || [ $((0x$(sed -n 's/^CapEff:.//p' /proc/self/status) >> 14 & 1)) = 1 ]"
	if exec.Command("sh", "-c", lockAnything).Run() != nil {
		t.Skip("this machine lets its processes lock no memory, so that they do is not seen")
	}
	status, err := os.ReadFile(proc + "/status")
	must(t, err)
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); strings.HasPrefix(line, "VmLck:") {
			if kib, _ := strconv.Atoi(fields[1]); kib < 1024 {
				t.Error("its memory may be swapped out: ", line)
			}
		}
	}
}
