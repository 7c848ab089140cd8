package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	events := []string{
		`{"Action":"start","Package":"a"}`,
		`{"Action":"run","Package":"a","Test":"TestGood"}`,
		`{"Action":"output","Package":"a","Test":"TestGood","Output":"chatter of a good test\n"}`,
		`{"Action":"pass","Package":"a","Test":"TestGood"}`,
		`{"Action":"output","Package":"a","Test":"TestAway","Output":"=== RUN   TestAway\n"}`,
		`{"Action":"output","Package":"a","Test":"TestAway","Output":"    x_test.go:7: PostgreSQL is not here: no initdb\n"}`,
		`{"Action":"output","Package":"a","Test":"TestAway","Output":"--- SKIP: TestAway (0.00s)\n"}`,
		`{"Action":"skip","Package":"a","Test":"TestAway"}`,
		`{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}`,
		`{"Action":"pass","Package":"a"}`,
		`{"Action":"output","Package":"b","Test":"TestBad","Output":"    b_test.go:9: what went wrong\n"}`,
		`{"Action":"fail","Package":"b","Test":"TestBad"}`,
		`{"Action":"output","Package":"b","Output":"FAIL\tb\t0.2s\n"}`,
		`{"Action":"output","Package":"b","Output":"exit status 2\n"}`,
		`{"Action":"fail","Package":"b"}`,
		`{"Action":"build-output","ImportPath":"c","Output":"c.go:1: does not compile\n"}`,
		`{"Action":"fail","Package":"c"}`,
		`{"Action":"skip","Package":"d"}`,
	}
	var out bytes.Buffer
	r := newReport(&out)
	r.read(strings.NewReader(strings.Join(events, "\n")))
	r.close()
	have := out.String()
	for _, want := range []string{
		"ok  \ta\t0.1s\n", "FAIL\tb\t0.2s\n", "exit status 2\n", "b_test.go:9: what went wrong\n", "c.go:1: does not compile\n",
		"Skipped:\n  PostgreSQL is not here: no initdb\n    a TestAway\n", "\ntests: 1 passed, 2 failed, 1 skipped\n",
	} {
		if !strings.Contains(have, want) {
			t.Errorf("not said: %q", want)
		}
	}
	if strings.Contains(have, "chatter") {
		t.Error("a good test's output is shown")
	}
	if t.Failed() {
		t.Log(have)
	}
}

func TestAhead(t *testing.T) {
	if got := ahead([]string{"a", "b", "c", "d"}, []string{"d", "x", "b"}); !slices.Equal(got, []string{"d", "b", "a", "c"}) {
		t.Error(got)
	}
}
