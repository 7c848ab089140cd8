package rehearse

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"outcry/internal/app"
	"outcry/internal/app/rehearse/load"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
)

// URL is what a rehearsal's log is named after. It leads nowhere.
const URL = "https://rehearsal.outcry.example"

//go:embed campaign.yaml
var campaign []byte

// own is an installation made for one rehearsal.
type own struct {
	Config
	dir  string // holds everything
	conf app.Config
	made bool // the database was empty before us: what is in it now is ours
	key  string
	l    *letter.Letter

	cmd   *exec.Cmd
	ended chan struct{} // closed when the server is gone
	mu    sync.Mutex
	said  []string // the server's last words
}

// make makes an installation with an open letter. What it returns is to be removed, also after an error.
func (c Config) make(ctx context.Context, mailbox string) (*own, error) {
	if c.Dir != "" {
		if s, err := os.Stat(c.Dir); err != nil {
			return nil, err
		} else if !s.IsDir() {
			return nil, fmt.Errorf("%s is a file, not a folder", c.Dir)
		}
	}
	dir, err := os.MkdirTemp(c.Dir, "outcry-rehearsal-")
	if err != nil {
		return nil, err
	}
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole // the server begins in another folder
	}
	o := &own{Config: c, dir: dir, ended: make(chan struct{})}
	o.conf = app.Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Settings: app.Settings{URL: URL, SMTP: "smtp://" + mailbox, From: "no-reply@rehearsal.outcry.example", Database: c.Database}}
	if c.Database != "" {
		if err := vacant(ctx, c.Database); err != nil {
			return o, err
		}
	}
	o.made = true
	if err := app.Init(ctx, o.conf); err != nil {
		o.made = !errors.Is(err, app.ErrInWay) // somebody else was faster
		return o, err
	}
	a, err := app.Open(ctx, o.conf)
	if err != nil {
		return o, err
	}
	defer a.Close()
	file, err := app.ReadCampaign(campaign)
	if err != nil {
		return o, fmt.Errorf("the rehearsal's own letter: %w", err)
	}
	if err := a.Apply(ctx, file); err != nil {
		return o, err
	}
	if err := a.Book.Start(ctx); err != nil {
		return o, err
	}
	o.key = a.Log.Key()
	for _, l := range a.Book.Letters("") {
		o.l = l
	}
	if o.l == nil {
		return o, errors.New("the rehearsal's own letter is not there")
	}
	return o, nil
}

// vacant refuses a database in which anything is: at the end everything in it goes.
func vacant(ctx context.Context, url string) error {
	d, err := db.Open(ctx, db.Config{URL: url})
	if err != nil {
		return err
	}
	defer d.Close()
	tables, err := d.Tables(ctx)
	if err != nil {
		return err
	}
	if len(tables) > 0 {
		return errOccupied
	}
	return nil
}

// occupied is a refusal that app's callers know.
type occupied struct{}

func (occupied) Error() string {
	return "this database is not empty: a rehearsal fills one and empties it again, so make one for it, such as with createdb outcry_rehearsal"
}
func (occupied) Is(target error) bool { return target == app.ErrInWay }

var errOccupied = occupied{}

func (o *own) engine() string {
	if o.Database != "" {
		return db.Postgres.String()
	}
	return db.SQLite.String()
}

var serving = regexp.MustCompile(`^Serving \S+ on (http://\S+)`)

// serve starts the program as it is deployed, in a process of its own, and waits until it answers.
func (o *own) serve(ctx context.Context) (t target, err error) {
	program := o.Program
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return t, err
		}
	}
	// Mail server and database stand in the folder's settings: a password is not for the list of processes.
	cmd := exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data", o.conf.Data, "--secret-file", o.conf.SecretFile)
	// GODEBUG is what serve begins itself anew with where it is missing, and a process that does so is no longer tied to our life.
	cmd.Dir, cmd.Env = o.dir, []string{"HOME=" + o.dir, "TMPDIR=" + o.dir, "LANG=C.UTF-8", "PATH=/usr/bin:/bin", "GODEBUG=clobberfree=1"}
	words, err := cmd.StderrPipe()
	if err != nil {
		return t, err
	}
	alone(cmd)
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the server is to die with us, and Linux takes the thread that started it for us
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		<-o.ended
	}()
	if err := <-started; err != nil {
		close(o.ended)
		return t, fmt.Errorf("the server does not start: %w", err)
	}
	o.cmd = cmd
	address := make(chan string, 1)
	go func() {
		defer close(o.ended)
		o.listen(words, address)
		_ = cmd.Wait() // how it ended is in its last words
	}()
	select {
	case at := <-address:
		t = target{url: at, path: letter.Path(lang.First, o.l), id: o.l.ID.String(), caseSlug: o.l.Case, letterSlug: o.l.Slug, pid: cmd.Process.Pid, here: true, sign: true, key: o.key}
		if o.Database == "" {
			t.dir = o.dir
		}
	case <-o.ended:
		return t, fmt.Errorf("%w: %s", ErrSilent, o.last())
	case <-ctx.Done():
		return t, ctx.Err()
	case <-time.After(time.Minute):
		return t, fmt.Errorf("%w within a minute: %s", ErrSilent, o.last())
	}
	client := load.Client(1, patience)
	defer client.CloseIdleConnections()
	_, err = load.Ask{URL: t.url + "/healthz"}.Send(client, nil)
	return t, err
}

// listen reads what the server says.
func (o *own) listen(words io.Reader, address chan<- string) {
	lines := bufio.NewScanner(words)
	for lines.Scan() {
		if m := serving.FindSubmatch(bytes.TrimSpace(lines.Bytes())); m != nil {
			select {
			case address <- string(m[1]):
			default:
			}
			continue
		}
		o.mu.Lock()
		if o.said = append(o.said, lines.Text()); len(o.said) > 5 {
			o.said = o.said[1:]
		}
		o.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, words) // a line that is too long must not stop it
}

// last are the server's last words.
func (o *own) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.said) == 0 {
		return "it says nothing"
	}
	return strings.Join(o.said, "; ")
}

// remove ends the server and deletes everything.
func (o *own) remove() error {
	if o.cmd != nil {
		_ = o.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-o.ended:
		case <-time.After(10 * time.Second):
			_ = o.cmd.Process.Kill()
			<-o.ended
		}
	}
	var err error
	if o.Database != "" && o.made {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // not the caller's: that may be why we end
		defer cancel()
		err = wipe(ctx, o.Database)
	}
	return errors.Join(err, os.RemoveAll(o.dir))
}

func wipe(ctx context.Context, url string) error {
	d, err := db.Open(ctx, db.Config{URL: url})
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Wipe(ctx)
}

// find learns which letter a server shows.
func (t *target) find(ctx context.Context) error {
	body, err := t.get(ctx, "/letters.json")
	if err != nil {
		return fmt.Errorf("%w as a site of letters: %w", ErrSilent, err)
	}
	l, ok := firstLetter(body)
	if !ok {
		return fmt.Errorf("%w with any letter to read", ErrSilent)
	}
	t.id, t.caseSlug, t.letterSlug = l.ID, l.Case, l.Letter
	t.path = "/" + string(lang.First) + "/" + l.Case + "/" + l.Letter
	return nil
}

// get asks for one small thing.
func (t *target) get(ctx context.Context, path string) ([]byte, error) {
	client := load.Client(1, patience)
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		err = &load.Status{Method: http.MethodGet, Path: path, Code: res.StatusCode}
	}
	return b, err
}
