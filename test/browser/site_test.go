package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"outcry/test/peers"
)

// long tells that the promises are proven at full length.
func long() bool { return os.Getenv("OUTCRY_PROVE") == "1" }

// program is the real binary as a process of its own, on a port of loopback.
type program struct {
	URL    string
	binary string
	dir    string   // of the test: data, secret and what verify remembers lie in it
	place  []string // flags that say where the installation is
}

// run runs another command of the binary to its end and returns what it wrote to the standard output; its exit code must be the one wanted.
func (g *program) run(t testing.TB, want int, args ...string) string {
	t.Helper()
	cmd := exec.Command(g.binary, args...)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("outcry %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, out.Bytes(), words.Bytes())
	}
	return out.String()
}

// start starts a command that serves and waits until it answers. It is asked to stop when our end of a pipe closes: when the test ends, or however we die.
func (g *program) start(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", `"$@" & server=$!; read word; kill $server 2>/dev/null; wait $server`, "outcry-serve", g.binary}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us
	stop, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(words)
		for lines.Scan() {
			mu.Lock()
			said.WriteString(lines.Text() + "\n")
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		stop.Close()
		<-read
		if err := cmd.Wait(); err != nil {
			t.Errorf("outcry %s: %v\n%s", args[0], err, said.Bytes())
		}
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(said.String(), "ERROR") || strings.Contains(said.String(), "panic") {
			t.Errorf("the server's log:\n%s", said.Bytes())
		}
	})
	for over := time.Now().Add(2 * patience); ; time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(g.URL + "/healthz"); err == nil {
			res.Body.Close()
			return
		}
		if time.Now().After(over) {
			mu.Lock()
			defer mu.Unlock()
			t.Fatalf("outcry %s does not answer:\n%s", args[0], said.Bytes())
		}
	}
}

// listen names an address of loopback where nobody listens.
func listen(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func newProgram(t testing.TB) (g *program, address string) {
	t.Helper()
	address = listen(t)
	return &program{URL: "http://" + address, binary: peers.Binary(t), dir: t.TempDir()}, address
}

// demonstration runs `outcry demo`.
func demonstration(t testing.TB) *program {
	t.Helper()
	g, address := newProgram(t)
	g.start(t, "demo", "--listen", address)
	return g
}

// installation is a real site with its mail server and the scenario's campaign, whose signers are no longer made up.
type installation struct {
	*program
	Mail *peers.SMTPServer
}

// install makes an installation on an engine ("sqlite" or "postgres") and serves it. It has no campaign yet.
func install(t testing.TB, engine string) *installation {
	t.Helper()
	g, address := newProgram(t)
	i := &installation{g, peers.SMTP(t)}
	i.place = []string{"--data", filepath.Join(i.dir, "data"), "--secret-file", filepath.Join(i.dir, "secret")}
	if engine == "postgres" {
		dsn, _ := peers.Postgres(t)
		i.place = append(i.place, "--database", dsn)
	}
	i.run(t, 0, append([]string{"init", "--url", i.URL, "--from", "letters@outcry.example"}, i.place...)...)
	i.start(t, append([]string{"serve", "--listen", address, "--smtp", "smtp://" + i.Mail.Addr}, i.place...)...)
	return i
}

var madeUp = regexp.MustCompile(`(?m)^\s+rehearsal(: true|_signers: \d+)\n`)

// scenario is the demonstration's campaign file as a real one, at a pace ("immediate" or "default").
func scenario(t testing.TB, pace string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "internal", "app", "demo", "kagarlitsky-2023.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(madeUp.ReplaceAll(b, nil), []byte("pace: immediate"), []byte("pace: "+pace), 1)
}

// publish applies the scenario's campaign, at a pace, and waits until the letter can be read.
func (i *installation) publish(t testing.TB, pace string) {
	t.Helper()
	path := filepath.Join(i.dir, "campaign.yaml")
	if err := os.WriteFile(path, scenario(t, pace), 0o600); err != nil {
		t.Fatal(err)
	}
	i.run(t, 0, append([]string{"campaign", "apply", path}, i.place...)...)
	for over := time.Now().Add(patience); i.status(t, i.letter("en")) != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatal("the letter is not served")
		}
	}
}

func (g *program) status(t testing.TB, address string) int {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res.StatusCode
}

func (g *program) letter(tag string) string { return g.URL + "/" + tag + "/kagarlitsky/release" }
func (g *program) person(tag string) string { return g.URL + "/" + tag + "/kagarlitsky" }

// key is the log's, as its readers write it down.
func (g *program) key(t testing.TB) string {
	t.Helper()
	res, err := http.Get(g.URL + "/log/key")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// recount is what `outcry verify` finds for the letter: it reads the whole log and believes no number.
func (g *program) recount(t testing.TB) (counted, withdrawn int) {
	t.Helper()
	out := g.run(t, 0, "verify", g.URL, "--key", g.key(t), "--state", filepath.Join(g.dir, "seen"), "--json")
	var report struct {
		OK      bool `json:"ok"`
		Letters []struct {
			Letter    string `json:"letter"`
			Counted   int    `json:"counted"`
			Withdrawn int    `json:"withdrawn"`
		} `json:"letters"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !report.OK || len(report.Letters) != 1 {
		t.Fatalf("verify: %s", out)
	}
	return report.Letters[0].Counted, report.Letters[0].Withdrawn
}

var (
	mailedCode = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
	mailedLink = regexp.MustCompile(`http://\S+/confirm\?\S+`)
)

// mailed waits for the message to an address and returns the code and the link in it.
func (i *installation) mailed(t testing.TB, address string) (code, link string) {
	t.Helper()
	m := i.Mail.WaitTo(t, address, patience)
	code, link = mailedCode.FindString(m.Text), mailedLink.FindString(m.Text)
	if code == "" || link == "" {
		t.Fatalf("the message has no code or no link:\n%s", m.Text)
	}
	if !strings.HasPrefix(link, i.URL+"/") {
		t.Fatalf("the link leads elsewhere: %s", link)
	}
	return code, link
}

// said fails the test unless each text stands in what a person reads of the page.
func said(t testing.TB, p *Page, texts ...string) {
	t.Helper()
	body := p.Text("body")
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("%s does not say %q:\n%s", p.URL(), text, body)
		}
	}
}

// title fails the test unless the window is called so, and the page's heading too where it has the same words.
func title(t testing.TB, p *Page, begins string) {
	t.Helper()
	if s := Eval[string](p, "document.title"); !strings.HasPrefix(s, begins) {
		t.Errorf("the window is called %q, want %q first", s, begins)
	}
}

// kinds are what a page asked for, by kind, in that order.
func kinds(p *Page) (list []string) {
	for _, r := range p.Requests() {
		list = append(list, string(r.Kind))
	}
	return slices.Clip(list)
}
