// Command suite runs `go test` and reads its events, so that a run ends with what one wants to know: go test's own closing line for each package, the whole
// output of each test that failed, and each skipped test by name with its reason.
//
//	suite [-race PATTERNS] [-first PATTERNS] [-timeout D] [-count N] [-run REGEXP] PACKAGES…
//
// The packages that the patterns after -race name (in one argument, by spaces) run under the race detector, the others without it: both at once, since
// tests wait about as much as they compute. Those after -first begin before the others: what takes longest must not be left for the end.
// It exits with 1 when a test or a build failed, or when no test ran at all.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

func main() {
	race := flag.String("race", "", "`patterns` of the packages to run under the race detector")
	first := flag.String("first", "", "`patterns` of the packages to begin with")
	timeout := flag.String("timeout", "10m", "for each package")
	count := flag.String("count", "", "as go test has it; 1 runs what is cached anew")
	run := flag.String("run", "", "`regexp` of the tests to run")
	flag.Parse()

	args := []string{"test", "-json", "-vet=off", "-timeout", *timeout} // make lint vets all
	if *count != "" {
		args = append(args, "-count", *count)
	}
	if *run != "" {
		args = append(args, "-run", *run)
	}
	plain := list(flag.Args())
	if patterns := strings.Fields(*first); len(patterns) > 0 {
		plain = ahead(plain, list(patterns))
	}
	var racy []string
	if patterns := strings.Fields(*race); len(patterns) > 0 {
		wanted := list(patterns)
		racy = slices.DeleteFunc(slices.Clone(plain), func(p string) bool { return !slices.Contains(wanted, p) })
		plain = slices.DeleteFunc(plain, func(p string) bool { return slices.Contains(racy, p) })
	}

	r := newReport(os.Stdout)
	ok := make(chan bool)
	beside := strconv.Itoa(max(1, runtime.NumCPU()/2)) // packages at once, on top of one for each processor
	parts := []struct{ flags, packages []string }{{[]string{"-race", "-p", beside}, racy}, {nil, plain}}
	for _, part := range parts {
		go func() {
			ok <- len(part.packages) == 0 || goTest(slices.Concat(args, part.flags, part.packages), r)
		}()
	}
	well := true
	for range parts {
		well = <-ok && well
	}
	r.close()
	if !well || r.failed > 0 || r.passed == 0 {
		os.Exit(1)
	}
}

// ahead puts those of a list first that are wanted first, in the order in which they are wanted.
func ahead(all, wanted []string) (list []string) {
	for _, p := range wanted {
		if slices.Contains(all, p) {
			list = append(list, p)
		}
	}
	for _, p := range all {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// list expands patterns to packages; a pattern that fits nothing is no error, since a tree may be checked out in part.
func list(patterns []string) []string {
	cmd := exec.Command("go", append([]string{"list", "-e"}, patterns...)...)
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "suite: go list:", err)
		os.Exit(1)
	}
	return strings.Fields(string(out))
}

// goTest runs go and feeds its events to the report; it tells whether go was content.
func goTest(args []string, r *report) bool {
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		return false
	}
	r.read(out)
	return cmd.Wait() == nil
}

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

type key struct{ pkg, test string }

type skip struct {
	key
	reason string
}

// report gathers events, of several runs at once perhaps. Output of a test is kept until its end is known.
type report struct {
	mu                      sync.Mutex
	out                     io.Writer
	said                    map[key]*bytes.Buffer
	skips                   []skip
	broke                   map[string]bool // the packages of which a test failed
	passed, failed, skipped int             // tests; a package that did not build or end counts as one failed
}

func newReport(out io.Writer) *report {
	return &report{out: out, said: map[key]*bytes.Buffer{}, broke: map[string]bool{}}
}

func (r *report) read(in io.Reader) {
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		r.mu.Lock()
		if json.Unmarshal(line, &e) == nil {
			r.take(e)
		} else {
			r.out.Write(line)
		}
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *report) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		io.WriteString(r.out, e.Output)
	case "output":
		if e.Test == "" && closing(e.Output) {
			io.WriteString(r.out, e.Output)
			return
		}
		if r.said[k] == nil {
			r.said[k] = new(bytes.Buffer)
		}
		r.said[k].WriteString(e.Output)
	case "pass":
		if e.Test != "" {
			r.passed++
		}
		delete(r.said, k)
	case "skip":
		if e.Test != "" {
			r.skipped++
			r.skips = append(r.skips, skip{k, reason(r.said[k])})
		}
		delete(r.said, k)
	case "fail":
		switch {
		case e.Test != "":
			r.failed++
			r.broke[e.Package] = true
		case !r.broke[e.Package]: // no test of it failed: it did not build, or it ended early
			r.failed++
		}
		if b := r.said[k]; b != nil {
			r.out.Write(b.Bytes())
		}
		delete(r.said, k)
	}
}

// closing tells a package's last line from what else is printed outside of tests.
func closing(line string) bool {
	for _, start := range []string{"ok  \t", "FAIL\t", "?   \t"} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// reason is what a skipped test said, without go test's own lines and the place in the code.
func reason(said *bytes.Buffer) string {
	if said == nil {
		return "no reason given"
	}
	var words []string
	for line := range strings.Lines(said.String()) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if place, rest, ok := strings.Cut(line, ": "); ok && strings.Contains(place, ".go:") {
			line = rest
		}
		words = append(words, line)
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.Join(words, " ")
}

// close prints what was skipped, by reason, and the sum.
func (r *report) close() {
	var reasons []string
	by := map[string][]string{}
	for _, s := range r.skips {
		if by[s.reason] == nil {
			reasons = append(reasons, s.reason)
		}
		by[s.reason] = append(by[s.reason], s.pkg+" "+s.test)
	}
	if len(reasons) > 0 {
		fmt.Fprintf(r.out, "\nSkipped:\n")
	}
	for _, why := range reasons {
		fmt.Fprintf(r.out, "  %s\n", why)
		for _, test := range by[why] {
			fmt.Fprintf(r.out, "    %s\n", test)
		}
	}
	fmt.Fprintf(r.out, "\ntests: %d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
}
