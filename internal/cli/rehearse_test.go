package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"outcry/internal/app/rehearse"
)

// What ends a rehearsal is told by its exit code; that somebody was lost, by 1.
func TestRehearsalExits(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	for _, c := range []struct {
		err  error
		want int
	}{
		{fmt.Errorf("%w: 3 of 9", rehearse.ErrLost), exitFailed},
		{fmt.Errorf("%w: too many", rehearse.ErrBounds), exitUsage},
		{fmt.Errorf("%w: no answer", rehearse.ErrUninvited), exitConflict},
		{fmt.Errorf("%w: gone", rehearse.ErrSilent), exitTryLater},
		{context.Canceled, exitInterrupted},
		{errors.Join(rehearse.ErrSilent, context.Canceled), exitInterrupted},
	} {
		if have := exitCode(ctx, unrehearsed(c.err)); have != c.want {
			t.Errorf("%v: %d, want %d", c.err, have, c.want)
		}
	}
}

func TestRehearsalWords(t *testing.T) {
	for _, c := range []struct {
		s    rehearse.Step
		want string
	}{
		{rehearse.Step{Stage: "readers", Rate: 2000, Held: true, P99: 12.4, Busy: 0.5}, "readers   2,000 a second; p99 12 ms; processors 50 % busy"},
		{rehearse.Step{Stage: "viewers", Done: 40, Held: true}, "viewers      40 open    ; processors 0 % busy"},
		{rehearse.Step{Stage: "night", Rate: 40, Readers: 200, Viewers: 2000, P99: 1, MailP99: 3, Why: "it was slow", Busy: 1},
			"night        40 a second, 200 readers, 2,000 watching; p99 1 ms; mails 3 ms; processors 100 % busy; gave way: it was slow"},
	} {
		if have := stepWords(c.s); have != c.want {
			t.Errorf("%q, want %q", have, c.want)
		}
	}
	var out bytes.Buffer
	printRehearsal(&out, &rehearse.Report{Verdict: []string{"It bears."}, Notes: []string{"Not all."}, Machine: rehearse.Machine{Processor: "one", Cores: 2, Memory: 1 << 30, Syncs: 190, Engine: "SQLite"},
		Viewers: rehearse.Watched{Open: 5, Asked: 6, KiB: 18.3}, Steps: []rehearse.Step{{Stage: "night", Held: true, Memory: 5 << 20, Server: 0.25, Crowd: 0.5}}})
	for _, line := range []string{"It bears.", "machine   one, 2 processors, 1,024 MB", "disk      makes a page safe 190 times a second", "viewers   5 of 6 open, 18.3 KiB of the server's memory each",
		"night     server 25 % of the processors and 5 MB, the crowd 50 %", "note: Not all."} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("there is no line %q in\n%s", line, out.String())
		}
	}
}
