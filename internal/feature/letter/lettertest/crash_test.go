package lettertest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/test/peers"
)

// planKey names the variable by which this test hands itself a plan.
const planKey = "OUTCRY_TEST_STORY"

// plan is one life of the letter: by which files it is lived, and where its process kills itself.
type plan struct {
	File, URL, Secret, Past, Recipient string

	Stop   int  // at which commit of the writer; 0: at none
	Before bool // before that commit is made; otherwise after it, and before anyone is told
}

func (p plan) config() db.Config { return db.Config{File: p.File, URL: p.URL} }

func (p plan) tell(t testing.TB) *story {
	t.Helper()
	return tell(t, p.config(), p.Secret, p.Past, p.Recipient)
}

// child is the process that lives the story and is killed.
func (p plan) child(t *testing.T) {
	c, n := p.config(), 0
	c.Commit = func(done bool) { // by the writer's goroutine alone
		if !done {
			n++
		}
		if n == p.Stop && done != p.Before {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // nothing happens after this
		}
	}
	y := tell(t, c, p.Secret, p.Past, p.Recipient)
	y.begin()
	y.live()
	y.note(func(p *past) { p.Ended = n })
}

// run lives the story in a process of its own, and tells whether it was killed.
func (p plan) run(t *testing.T) (killed bool) {
	t.Helper()
	text, err := json.Marshal(p)
	lettertest.Must(t, err)
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledBetweenTransactions$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), planKey+"="+string(text))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return true
		}
	}
	if err != nil {
		t.Fatalf("the story's process: %v\n%s", err, out)
	}
	return false
}

// newPlan makes an empty installation.
func newPlan(t *testing.T, c db.Config) plan {
	t.Helper()
	dir := t.TempDir()
	p := plan{File: c.File, URL: c.URL, Secret: filepath.Join(dir, "secret"), Past: filepath.Join(dir, "past")}
	_, err := seal.NewSecretFile(p.Secret)
	lettertest.Must(t, err)
	recipient, err := seal.NewIdentityFile(filepath.Join(dir, "key"), time.Unix(0, 0))
	lettertest.Must(t, err)
	p.Recipient = recipient.String()
	return p
}

// end is how everyone stands at the end of a story: the same for each, wherever it was cut short. But whose first link got lost with its answer has
// withdrawn by another one.
func (y *story) end() map[string]string {
	list := map[string]string{"count": fmt.Sprint(y.s.Book.Count(y.letter().ID).Counted), "state": string(y.letter().State)}
	for who, f := range y.Told {
		if f.Stands == lettertest.Left {
			f.Stands = lettertest.Withdrawn
		}
		list[who] = fmt.Sprintf("%s %q", f.Stands, f.Name)
	}
	return list
}

// A process that lives the whole life of a letter is killed at each of its commits, before it and after it. What must hold at any moment holds of what
// it leaves; and once another process has taken it up; and when that one has lived the story to its end, which is the end it would have had.
func TestKilledBetweenTransactions(t *testing.T) {
	if text := os.Getenv(planKey); text != "" {
		var p plan
		lettertest.Must(t, json.Unmarshal([]byte(text), &p))
		p.child(t)
		return
	}
	stride := map[string]int{"sqlite": 9, "postgres": 55} // odd: before some commits, after others
	if os.Getenv("OUTCRY_PROVE") != "" {
		stride = map[string]int{"sqlite": 1, "postgres": 1}
	}
	for engine, stride := range stride {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			whole, want := 0, map[string]string{}
			t.Run("whole", func(t *testing.T) {
				p := newPlan(t, database(t, engine))
				if p.run(t) {
					t.Fatal("killed by nobody")
				}
				y := p.tell(t)
				lettertest.Invariants(t, y.s, y.told())
				whole, want = y.Ended, y.end()
				t.Logf("%d commits in %d steps", whole, len(y.life))
			})
			if len(want) < 10 {
				return
			}
			for n := 0; n < 2*whole; n += stride {
				p := plan{Stop: n/2 + 1, Before: n%2 == 0}
				t.Run(fmt.Sprintf("%d,before=%v", p.Stop, p.Before), func(t *testing.T) {
					t.Parallel()
					o := newPlan(t, database(t, engine))
					o.Stop, o.Before = p.Stop, p.Before
					if !o.run(t) {
						t.Fatal("not killed: the story is not the same each time")
					}
					takeUp(t, o, want)
				})
			}
		})
	}
}

// database is an empty one.
func database(t *testing.T, engine string) (c db.Config) {
	t.Helper()
	if engine == "sqlite" {
		return db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}
	}
	c.URL, _ = peers.Postgres(t)
	return c
}

// takeUp is the life after a kill: the next process is killed as well, some commits later, and the one after that lives to the end.
func takeUp(t *testing.T, p plan, want map[string]string) {
	t.Helper()
	y := p.tell(t)
	killed := y.where()
	examine := func(when string) {
		t.Helper()
		for _, broken := range lettertest.Broken(t.Context(), y.s, y.told()) {
			t.Errorf("killed %s; %s: %s", killed, when, broken)
		}
	}
	examine("as it was left")
	lettertest.Must(t, y.s.DB.Close())
	p.Stop = p.Stop*7%11 + 1
	if p.run(t) {
		y = p.tell(t)
		killed += " and " + y.where()
		examine("as it was left again")
	} else {
		y = p.tell(t)
	}
	y.begin()
	examine("taken up")
	y.live()
	y.s.GrowAll(t)
	examine("lived to its end")
	if n, err := y.s.Log.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("killed %s: %d still wait: %v", killed, n, err)
	}
	if diff := cmp.Diff(want, y.end()); diff != "" {
		t.Errorf("killed %s: another end: %s", killed, diff)
	}
	times, doubles := map[string]int{}, 0
	for _, m := range y.Mails {
		if times[m.ID]++; times[m.ID] > 1 {
			doubles++
		}
	}
	if doubles > 2 {
		t.Errorf("killed %s: %d mails came twice; one was in flight at each kill", killed, doubles)
	}
}

// where says how far a story has come.
func (y *story) where() string {
	if y.Step >= len(y.life) {
		return "at the end"
	}
	return fmt.Sprintf("in step %d, %s", y.Step, y.life[y.Step].name)
}
