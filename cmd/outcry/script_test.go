package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"outcry/internal/kernel/db"
	"outcry/test/peers"
)

// patience is how long a script waits for what should come within a second or two.
const patience = 20 * time.Second

// script is one running script, with what it has started.
type script struct {
	t       *testing.T
	running map[string]*process
	post    *peers.SMTPServer
}

// commands are what scripts can say beside testscript's own. Where a command has an outcome, stdout and stderr look at it.
//
//	code N PROGRAM ARGS…        run it, and have it exit with N
//	start NAME PROGRAM ARGS…    run it in the background until it names its URL, which is $NAME then, and $NAME_ADDRESS without http://
//	end NAME SIGNAL N           send INT, TERM or KILL, and have it exit with N; stdout and stderr are its own
//	interrupt N PROGRAM ARGS…   run it, send INT after a second, and have it exit with N
//	get N URL                   ask, and have it answer with status N; stdout is the answer
//	post N URL FIELD=VALUE…     send a form
//	shows URL PATTERN           ask until it answers with 200 and what fits the pattern
//	pick NAME PATTERN           have $NAME be what the pattern's first group finds in stdout
//	mailbox                     run a mail server, smtp://… in $SMTP
//	mailed ADDRESS              wait for a mail to that address; its text is stdout
//	sign URL CASE LETTER ADDRESS
//	                            sign a letter with the code from the mail, whose text is stdout; the private page is $MINE then
//	postgres                    make an empty database, postgres://… in $DATABASE
//	sql DATABASE STATEMENT      change a database, a file or postgres://…
//	elsewhere http|https N TEXT run a site that is no outcry, in $ELSEWHERE, which answers all with N and TEXT
//	sums FOLDER…                print a hash of every file
//	fill FILE N                 make a file of N bytes
//	flip FILE N                 change byte N of a file; from the end if it is negative
//	swap FILE OLD NEW           put one text in place of another, which is there once; \n is the end of a line
//	cut FILE N                  keep the first N bytes of a file
func (s *script) commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){}
	for name, run := range map[string]struct {
		words int // at least
		do    func(*testscript.TestScript, []string)
	}{
		"code": {2, s.code}, "start": {2, s.start}, "end": {3, s.end}, "interrupt": {2, s.interrupt}, "get": {2, s.get}, "post": {2, s.send}, "shows": {2, s.shows}, "pick": {2, s.pick},
		"mailbox": {0, s.mailbox}, "mailed": {1, s.mailed}, "sign": {4, s.sign}, "postgres": {0, s.postgres}, "sql": {2, s.sql}, "elsewhere": {3, s.elsewhere},
		"sums": {1, s.sums}, "fill": {2, s.fill}, "flip": {2, s.flip}, "cut": {2, s.cut}, "swap": {3, s.swap},
	} {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg || len(args) < run.words {
				ts.Fatalf("see script_test.go for how %s is used", name)
			}
			run.do(ts, args)
		}
	}
	return all
}

// setup gives each script a home of its own and a campaign file that can be applied.
func setup(e *testscript.Env) error {
	e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
	e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "home", ".config"))
	e.Setenv("NONCE", rand.Text())
	text, err := os.ReadFile("testdata/anna.yaml")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(e.WorkDir, "anna.yaml"), text, 0o600)
}

// condition knows [apart]: the RAM disk is another device than the folder for temporary files.
func condition(name string) (bool, error) {
	if name != "apart" {
		return false, fmt.Errorf("no such condition")
	}
	var a, b syscall.Stat_t
	return syscall.Stat(os.TempDir(), &a) == nil && syscall.Stat("/dev/shm", &b) == nil && a.Dev != b.Dev, nil
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func (s *script) code(ts *testscript.TestScript, args []string) {
	want := number(ts, args[0])
	err := ts.Exec(args[1], args[2:]...)
	have := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		have = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if have != want {
		ts.Fatalf("it exits with %d, not %d", have, want)
	}
}

// process is a program in the background.
type process struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr words
	ended  chan struct{} // closed when the process is gone
}

// words can be read while they are written.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

var address = regexp.MustCompile(`(?m)(?:^Serving \S+ on|^  The letter  ) +(http://[^/\s]+)`)

func (s *script) start(ts *testscript.TestScript, args []string) {
	p := &process{cmd: exec.Command(args[1], args[2:]...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = ts.MkAbs("."), environment(ts)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	ts.Check(p.cmd.Start())
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is in ProcessState
	}()
	s.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if m := address.FindStringSubmatch(p.stderr.String()); m != nil {
			s.running[args[0]] = p
			ts.Setenv(args[0], m[1])
			ts.Setenv(args[0]+"_ADDRESS", strings.TrimPrefix(m[1], "http://"))
			return
		}
		select {
		case <-p.ended:
			ts.Fatalf("it ended with %v:\n%s", p.cmd.ProcessState, p.stderr.String())
		default:
		}
	}
	ts.Fatalf("it names no address:\n%s", p.stderr.String())
}

func (s *script) end(ts *testscript.TestScript, args []string) {
	p := s.running[args[0]]
	signal, known := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}[args[1]]
	if p == nil || !known {
		ts.Fatalf("there is no such process, or no such signal")
	}
	ts.Check(p.cmd.Process.Signal(signal))
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("it does not end:\n%s", p.stderr.String())
	}
	io.WriteString(ts.Stdout(), p.stdout.String())
	io.WriteString(ts.Stderr(), p.stderr.String())
	if have := p.cmd.ProcessState.ExitCode(); have != number(ts, args[2]) {
		ts.Fatalf("it exits with %d, not %s", have, args[2])
	}
}

func (s *script) interrupt(ts *testscript.TestScript, args []string) {
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), environment(ts)
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	ts.Check(cmd.Start())
	stop := time.AfterFunc(time.Second, func() { _ = cmd.Process.Signal(os.Interrupt) })
	defer stop.Stop()
	_ = cmd.Wait() // how it ended is in ProcessState
	if have := cmd.ProcessState.ExitCode(); have != number(ts, args[0]) {
		ts.Fatalf("it exits with %d, not %s", have, args[0])
	}
}

func environment(ts *testscript.TestScript) (list []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "XDG_CONFIG_HOME"} {
		list = append(list, name+"="+ts.Getenv(name))
	}
	return list
}

// client follows no redirects, as a script says what it wants.
var client = &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *script) answer(ts *testscript.TestScript, want string, res *http.Response, err error) {
	ts.Check(err)
	defer res.Body.Close()
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
	if res.StatusCode != number(ts, want) {
		ts.Fatalf("it answers %d, not %s", res.StatusCode, want)
	}
}

func (s *script) get(ts *testscript.TestScript, args []string) {
	res, err := client.Get(args[1])
	s.answer(ts, args[0], res, err)
}

func (s *script) send(ts *testscript.TestScript, args []string) {
	form := url.Values{}
	for _, field := range args[2:] {
		name, value, _ := strings.Cut(field, "=")
		form.Set(name, value)
	}
	res, err := client.PostForm(args[1], form)
	s.answer(ts, args[0], res, err)
}

func (s *script) shows(ts *testscript.TestScript, args []string) {
	pattern := regexp.MustCompile(args[1])
	var body []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		res, err := client.Get(args[0])
		if err != nil {
			continue
		}
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		if err == nil && res.StatusCode == http.StatusOK && pattern.Match(body) {
			ts.Stdout().Write(body)
			return
		}
	}
	ts.Fatalf("%s does not come to show %s:\n%s", args[0], args[1], body)
}

func (s *script) pick(ts *testscript.TestScript, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("nothing in stdout fits %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func (s *script) mailbox(ts *testscript.TestScript, _ []string) {
	s.post = peers.SMTP(s.t)
	ts.Setenv("SMTP", "smtp://"+s.post.Addr)
}

var (
	pageToken = regexp.MustCompile(`name="page" value="([^"]+)"`)
	mailCode  = regexp.MustCompile(`(?m)^[A-Z0-9]{4}-[A-Z0-9]{4}$`)
	private   = regexp.MustCompile(`href="(/mine/[^"?]+)`)
)

func (s *script) sign(ts *testscript.TestScript, args []string) {
	site, who := args[0], args[3]
	s.post.Forget()
	form := func(path string, fields url.Values) string {
		fields.Set("lang", "en")
		res, err := client.PostForm(site+path, fields)
		ts.Check(err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		ts.Check(err)
		return string(body)
	}
	waiting := form("/sign", url.Values{"case": {args[1]}, "letter": {args[2]}, "version": {"1"}, "email": {who}})
	token := pageToken.FindStringSubmatch(waiting)
	if token == nil {
		ts.Fatalf("this is no waiting page:\n%s", waiting)
	}
	text := s.post.WaitTo(s.t, who, patience).Text
	io.WriteString(ts.Stdout(), text)
	counted := form("/confirm", url.Values{"page": {token[1]}, "code": {mailCode.FindString(text)}})
	mine := private.FindStringSubmatch(counted)
	if mine == nil {
		ts.Fatalf("this page has no private link:\n%s", counted)
	}
	ts.Setenv("MINE", mine[1])
}

func (s *script) postgres(ts *testscript.TestScript, _ []string) {
	dsn, _ := peers.Postgres(s.t)
	ts.Setenv("DATABASE", dsn)
}

func (s *script) sql(ts *testscript.TestScript, args []string) {
	c := db.Config{URL: args[0]}
	if !strings.HasPrefix(args[0], "postgres://") {
		c = db.Config{File: ts.MkAbs(args[0])}
	}
	ctx := context.Background()
	d, err := db.Open(ctx, c)
	ts.Check(err)
	defer d.Close()
	ts.Check(d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(args[1])
		return err
	}))
}

func (s *script) elsewhere(ts *testscript.TestScript, args []string) {
	status := number(ts, args[1])
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, args[2])
	}))
	site.Config.ErrorLog = log.New(io.Discard, "", 0)
	if args[0] == "https" {
		site.StartTLS()
	} else {
		site.Start()
	}
	s.t.Cleanup(site.Close)
	ts.Setenv("ELSEWHERE", site.URL)
}

func (s *script) sums(ts *testscript.TestScript, args []string) {
	for _, folder := range args {
		ts.Check(filepath.WalkDir(ts.MkAbs(folder), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			fmt.Fprintf(ts.Stdout(), "%x %s\n", sha256.Sum256(b), path)
			return err
		}))
	}
}

func (s *script) fill(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte("#"), number(ts, args[1])), 0o600))
}

func (s *script) flip(ts *testscript.TestScript, args []string) {
	b, at := []byte(ts.ReadFile(args[0])), number(ts, args[1])
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func (s *script) cut(ts *testscript.TestScript, args []string) {
	b := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b[:number(ts, args[1])]), 0o600))
}

func (s *script) swap(ts *testscript.TestScript, args []string) {
	text, lines := ts.ReadFile(args[0]), strings.NewReplacer(`\n`, "\n")
	old, new := lines.Replace(args[1]), lines.Replace(args[2])
	if strings.Count(text, old) != 1 {
		ts.Fatalf("%q is not there once", old)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, old, new, 1)), 0o600))
}
