package bench

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// of is a run of a thousand answers in a second, the slowest ten of which took longer.
func of(usual, slow, cpu time.Duration) run {
	r := run{done: 1000, wall: time.Second, cpu: 1000 * cpu}
	for range 990 {
		r.took = append(r.took, usual)
	}
	for range 10 {
		r.took = append(r.took, slow)
	}
	return r
}

func TestVerdicts(t *testing.T) {
	good := of(ms, 9*ms, ms/2)
	broken := good
	broken.failed = 1
	for name, c := range map[string]struct {
		l    line
		want string
	}{
		"nothing asked":     {line{run: good}, ""},
		"an error":          {line{run: broken}, "BELOW (errors)"},
		"ratio":             {line{run: good, hello: 10_000, floor: mark{ratio: 0.1}, goal: mark{ratio: 0.2}}, "ok"},
		"ratio below":       {line{run: good, hello: 10_000, floor: mark{ratio: 0.11}}, "BELOW (ratio)"},
		"half of the ratio": {line{run: good, hello: 10_000, floor: mark{ratio: 0.19}.half()}, "ok"},
		"rate":              {line{rate: 500, floor: mark{rate: 400}, goal: mark{rate: 500}}, "goal"},
		"rate below":        {line{run: good, floor: mark{rate: 1001}}, "BELOW (rate)"},
		"CPU and p99 below": {line{run: good, floor: mark{cpu: ms / 3, p50: ms, p99: 8 * ms}}, "BELOW (CPU, p99)"},
		"p50 below":         {line{run: good, floor: mark{p50: ms / 2}}, "BELOW (p50)"},
		"value at most":     {line{value: 31, unit: "MB", floor: mark{most: 40}, goal: mark{most: 30}}, "ok"},
		"value below":       {line{value: 79, unit: "%", floor: mark{least: 80}}, "BELOW (value)"},
	} {
		if have := c.l.verdict(); have != c.want {
			t.Errorf("%s: %q, want %q", name, have, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	tabulate(&b, []line{
		{work: "sign", engine: sqlite, c: 32, run: of(ms, 9*ms, ms/2), hello: 8000, floor: mark{ratio: 0.12, cpu: ms}, goal: mark{ratio: 0.25}, note: "as it was"},
		{work: "size", value: 30.42, unit: "MB", floor: mark{most: 40}},
	})
	for _, want := range []string{"sign [1]", " 1000 ", " 0.12 ", " 0.5 ", " 9 ", "0.12×, 1 ms CPU", "30.4 MB", "40 MB", "[1] as it was"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}
