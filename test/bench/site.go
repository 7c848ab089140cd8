package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"outcry/internal/app/demo"
	"outcry/test/peers"
)

const (
	sqlite   = "SQLite"
	postgres = "PostgreSQL"

	caseSlug   = "kagarlitsky"
	letterSlug = "release"
	letterPath = "/en/" + caseSlug + "/" + letterSlug
)

// profileMark in the environment makes this test binary the program itself, which writes a CPU profile of its life to the file named there: the
// program has no listener for profiles, and should not have one.
const profileMark = "BENCH_PROFILE"

// build makes the program as `make build` does.
func build(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "outcry")
	if out, err := compile(bin).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// cold are the packages that `make build` does not inline.
var cold = []string{"outcry/ui", "outcry/internal/outlet/...", "outcry/internal/app/...", "outcry/internal/cli", "outcry/internal/core/draft", "outcry/internal/core/organiser",
	"outcry/internal/feature/archive", "outcry/internal/feature/directory", "outcry/internal/feature/dossier", "outcry/internal/feature/wish",
	"github.com/fxamacker/cbor/...", "github.com/go-text/...", "github.com/go-viper/...", "github.com/go-webauthn/...", "github.com/google/go-tpm/...", "github.com/yuin/goldmark/..."}

// compile is the compiler's command as `make build` has it, with more for the linker perhaps.
func compile(bin string, link ...string) *exec.Cmd {
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + strings.Join(append([]string{"-s", "-w", "-funcalign=16"}, link...), " ")}
	for _, p := range cold {
		args = append(args, "-gcflags="+p+"=-l")
	}
	cmd := exec.Command("go", append(args, "-o", bin, "outcry/cmd/outcry")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd
}

// site is an installation with one open letter, and its server while it runs.
type site struct {
	engine   string
	bin, dir string
	database []string // the flag, where it is not SQLite
	db       int      // process of the database; 0 for SQLite
	smtp     *peers.SMTPServer

	cmd     *exec.Cmd
	pid     int
	url     string
	errors  *bytes.Buffer
	profile string // file for a CPU profile of the server; see BenchmarkProfiles
	asked   int    // addresses used so far: no two alike
	before  int    // of these, before this server's life: its budget of mails begins anew
	mails   int    // mails expected so far
}

// newSite makes the installation by the program's own commands.
func newSite(t testing.TB, bin, engine string) *site {
	t.Helper()
	s := &site{engine: engine, bin: bin, dir: t.TempDir(), smtp: peers.SMTP(t)}
	if engine == postgres {
		dsn, data := peers.Postgres(t, peers.Options{Durable: true})
		pid, err := postmaster(data)
		if err != nil {
			t.Fatal(err)
		}
		s.database, s.db = []string{"--database", dsn}, pid
	}
	s.command(t, "init", "--url", "https://letters.example.org")
	s.apply(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

// apply opens the letter: the demonstration's, without its made-up signers.
func (s *site) apply(t testing.TB) {
	t.Helper()
	var campaign []string
	for line := range strings.Lines(string(demo.File)) {
		if !strings.Contains(line, "rehearsal_signers:") {
			campaign = append(campaign, line)
		}
	}
	file := filepath.Join(s.dir, "campaign.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(campaign, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command(t, "campaign", "apply", file)
}

func (s *site) place() []string {
	return append([]string{"--data", filepath.Join(s.dir, "data"), "--secret-file", filepath.Join(s.dir, "secret")}, s.database...)
}

// environment says nothing of this machine.
func (s *site) environment() []string {
	list := []string{"HOME=" + s.dir, "TMPDIR=" + s.dir, "LANG=C.UTF-8", "PATH=/usr/bin:/bin"}
	if s.profile != "" {
		list = append(list, profileMark+"="+s.profile)
	}
	return list
}

// command runs one command of the program to its end.
func (s *site) command(t testing.TB, args ...string) []byte {
	t.Helper()
	if args[0] != "verify" {
		args = append(args, s.place()...)
	}
	cmd := exec.Command(s.bin, args...)
	cmd.Dir, cmd.Env = s.dir, s.environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("outcry %s: %v\n%s", args[0], err, errs.Bytes())
	}
	return out.Bytes()
}

// start starts the server and waits for its first good answer at /healthz; it tells how long that took.
func (s *site) start(t testing.TB) time.Duration {
	t.Helper()
	s.before = s.asked
	l, err := net.Listen("tcp", "127.0.0.1:0") // only to learn a free port
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s.url, s.errors = "http://"+address, &bytes.Buffer{}
	s.cmd = exec.Command(s.bin, append([]string{"serve", "--listen", address, "--smtp", "smtp://" + s.smtp.Addr}, s.place()...)...)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = s.dir, s.environment(), s.errors
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.pid = s.cmd.Process.Pid
	// While the program starts anew to have freed memory overwritten (internal/cli), its first thread is dead for a moment and the process is not.
	for dead := 0; dead < 1000 && time.Since(began) < 60*time.Second; dead++ {
		if f := fieldsOf(s.pid); f != nil && f[0][0] != 'Z' {
			dead = 0
		}
		if healthy(address) {
			return time.Since(began)
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the server did not start:\n%s", s.errors.Bytes())
	return 0
}

// healthy asks once, over a connection of its own, for the least that can be asked.
func healthy(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.Contains(line, " 200 ")
}

// stop ends the server in order, if it runs.
func (s *site) stop(t testing.TB) {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v:\n%s", err, s.errors.Bytes())
	}
	s.cmd = nil
}

// cpu is what the server and its database have computed so far.
func (s *site) cpu() time.Duration {
	pids := []int{s.pid}
	if s.db != 0 {
		pids = append(pids, family(s.db)...)
	}
	return cpuOf(pids...)
}

// get reads one page.
func (s *site) get(t testing.TB, path string) []byte {
	t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", path, resp.Status, err, b)
	}
	return b
}

// published is what /letters.json says of the one letter.
func (s *site) published(t testing.TB) (size int64, id string, counted int64) {
	t.Helper()
	var p struct {
		Size    int64 `json:"size"`
		Letters []struct {
			ID      string `json:"id"`
			Counted int64  `json:"counted"`
		} `json:"letters"`
	}
	if err := json.Unmarshal(s.get(t, "/letters.json"), &p); err != nil || len(p.Letters) != 1 {
		t.Fatalf("/letters.json: %v, %d letters", err, len(p.Letters))
	}
	return p.Size, p.Letters[0].ID, p.Letters[0].Counted
}

// settled waits until the log has what was confirmed.
func (s *site) settled(t testing.TB, counted int64) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, _, n := s.published(t); n >= counted {
			return
		}
	}
	_, _, n := s.published(t)
	t.Fatalf("%d of %d signatures are in the log after a minute", n, counted)
}

// recounted runs `outcry verify` against the running server.
func (s *site) recounted(t testing.TB) (entries int64, took time.Duration) {
	t.Helper()
	began := time.Now()
	out := s.command(t, "verify", s.url, "--json", "--state", filepath.Join(s.dir, fmt.Sprint("seen-", began.UnixNano())))
	took = time.Since(began)
	var report struct {
		OK   bool  `json:"ok"`
		Size int64 `json:"size"`
	}
	if err := json.Unmarshal(out, &report); err != nil || !report.OK {
		t.Fatalf("verify: %v\n%s", err, out)
	}
	return report.Size, took
}
