package journey

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"outcry/test/peers"
)

// patience is how long anything may take on a loaded machine that is not being measured.
const patience = 30 * time.Second

// prove tells whether the promises are shown at full length.
var prove = os.Getenv("OUTCRY_PROVE") != ""

// engine is where an installation keeps its rows.
type engine struct {
	name string
	dsn  string                // of PostgreSQL; empty: SQLite
	pg   *peers.PostgresServer // the test's own; nil if it shares one, or has none
	disk *disk                 // under all that is kept; nil if it has none of its own
}

func (e engine) sqlite() bool { return e.dsn == "" }

// each runs a test on either engine. With own, PostgreSQL is a server of the test's own, that it may kill and search.
func each(t *testing.T, own bool, fn func(t *testing.T, e engine)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		fn(t, engine{name: "SQLite"})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		if own {
			s := peers.NewPostgres(t, peers.Options{Durable: true})
			fn(t, engine{name: "PostgreSQL", dsn: s.Database(t), pg: s})
			return
		}
		dsn, _ := peers.Postgres(t)
		fn(t, engine{name: "PostgreSQL", dsn: dsn})
	})
}

// site is an installation: its folders, and its server while one runs.
type site struct {
	t    testing.TB
	root string // of all folders here; removed with the test
	home string // HOME of the server
	temp string // TMPDIR
	data string
	logs string // what the server says: stdout and stderr
	keys string // the secret's folder, which is on another disk

	engine
	mail *mailbox
	smtp string   // where the server is told to bring mail
	env  []string // more of it

	mu     sync.Mutex
	server *server
}

// newSite makes an installation with the campaign applied, and does not start it. What is given is done before anything is in its folders.
func newSite(t testing.TB, e engine, before ...func(*site)) *site {
	t.Helper()
	root := t.TempDir()
	if e.disk != nil {
		root = filepath.Join(e.disk.dir, "site")
		must(t, os.Mkdir(root, 0o755))
	}
	s := &site{t: t, root: root, engine: e, home: filepath.Join(root, "home"), temp: filepath.Join(root, "temp"), data: filepath.Join(root, "data"),
		logs: filepath.Join(root, "logs"), keys: t.TempDir(), mail: newMailbox(t)}
	s.smtp = s.mail.server.Addr
	for _, do := range before {
		do(s)
	}
	for _, dir := range []string{s.home, s.temp, s.logs, s.keys} {
		must(t, os.MkdirAll(dir, 0o700))
	}
	s.run("init", "--url", publicURL)
	s.apply(campaign)
	return s
}

// open makes an installation and starts it.
func open(t testing.TB, e engine) *site {
	t.Helper()
	s := newSite(t, e)
	s.start()
	return s
}

func (s *site) secret() string { return filepath.Join(s.keys, "secret") }
func (s *site) log() string    { return filepath.Join(s.logs, "server.log") }

// command is one of the program's commands as the server's account runs it.
func (s *site) command(args ...string) *exec.Cmd {
	args = append(args, "--data", s.data, "--secret-file", s.secret())
	if s.dsn != "" {
		args = append(args, "--database", s.dsn)
	}
	cmd := exec.Command(peers.Binary(s.t), args...)
	cmd.Env = []string{"HOME=" + s.home, "TMPDIR=" + s.temp, "PATH=" + os.Getenv("PATH")}
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Dir = s.home
	return cmd
}

// run runs a command to its end, which must be a good one.
func (s *site) run(args ...string) {
	s.t.Helper()
	if out, err := s.command(args...).CombinedOutput(); err != nil {
		s.t.Fatalf("outcry %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// apply brings the campaign to what a file says.
func (s *site) apply(text string) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "campaign.yaml")
	must(s.t, os.WriteFile(path, []byte(text), 0o600))
	s.run("campaign", "apply", path)
}

// server is a running process of outcry serve.
type server struct {
	cmd   *exec.Cmd
	base  string // http://127.0.0.1:port
	ended chan struct{}
	code  int // after ended
}

var serving = regexp.MustCompile(`(?m)^Serving \S+ on (http://\S+)$`)

// boot starts the server and returns when it answers. The error holds what the process said.
func (s *site) boot(flags ...string) (*server, error) {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	before, err := log.Seek(0, 2)
	if err != nil {
		return nil, err
	}
	cmd := s.command(append([]string{"serve", "--listen", "127.0.0.1:0", "--smtp", "smtp://" + s.smtp}, flags...)...)
	cmd.Stdout, cmd.Stderr = log, log
	leash(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &server{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		p.code = cmd.ProcessState.ExitCode()
		close(p.ended)
	}()
	said := func() []byte {
		b, _ := os.ReadFile(s.log())
		return b[min(int(before), len(b)):]
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case <-p.ended:
			return p, fmt.Errorf("the server ended with %d:\n%s", p.code, said())
		default:
		}
		if m := serving.FindSubmatch(said()); m != nil {
			p.base = string(m[1])
			if healthy(p.base) {
				return p, nil
			}
		}
	}
	p.kill()
	return p, fmt.Errorf("the server does not answer:\n%s", said())
}

func healthy(base string) bool {
	res, err := (&http.Client{Timeout: time.Second}).Get(base + "/healthz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// start starts the server, which ends with the test at the latest.
func (s *site) start(flags ...string) {
	s.t.Helper()
	p, err := s.boot(flags...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.server = p
	s.mu.Unlock()
	s.t.Cleanup(p.kill)
}

// refuses starts the server, which must not start, and returns what it said.
func (s *site) refuses() string {
	s.t.Helper()
	p, err := s.boot()
	if err == nil {
		p.kill()
		return ""
	}
	if p == nil || p.code == 0 {
		s.t.Fatalf("no refusal: %v", err)
	}
	return err.Error()
}

// base is the running server's address.
func (s *site) base() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server.base
}

// kill ends the process as a power cut would, and returns when it is gone.
func (p *server) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop ends it in order and returns its exit code.
func (p *server) stop() int {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	return p.code
}

func (s *site) kill() { s.server.kill() }

// restart kills the server and starts it on what it left.
func (s *site) restart() {
	s.t.Helper()
	s.kill()
	s.start()
}

// copyOf is another installation with the same secret and a copy of the folder; the server must not run. Its database is the copy in
// that folder, or the one that dsn names.
func (s *site) copyOf(t testing.TB, dsn string) *site {
	t.Helper()
	root := t.TempDir()
	c := &site{t: t, root: root, engine: engine{name: s.name, dsn: dsn}, home: filepath.Join(root, "home"), temp: filepath.Join(root, "temp"),
		data: filepath.Join(root, "data"), logs: filepath.Join(root, "logs"), keys: s.keys, mail: newMailbox(t)}
	c.smtp = c.mail.server.Addr
	for _, dir := range []string{c.home, c.temp, c.logs} {
		must(t, os.Mkdir(dir, 0o700))
	}
	must(t, os.CopyFS(c.data, os.DirFS(s.data)))
	return c
}

// said is the server's own log.
func (s *site) said() string {
	b, err := os.ReadFile(s.log())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Error(err)
	}
	return string(bytes.TrimSpace(b))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a thing holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t testing.TB, long time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(long); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%v are over: %s", long, what)
}
