package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"testing"
	"time"

	"outcry/internal/cli"
)

func serveProfiled(file string) int {
	f, err := os.Create(file)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	pprof.StopCPUProfile()
	if f.Close() != nil {
		return 1
	}
	return code
}

var profiles = flag.String("profiles", "", "`folder` to write a CPU profile of the server for each work into, instead of measuring")

// BenchmarkProfiles runs each work against a server that is being profiled:
//
//	go test -run '^$' -bench Profiles -benchtime 1x ./test/bench -profiles DIR
//	go tool pprof -top DIR/sign-SQLite.prof
func BenchmarkProfiles(top *testing.B) {
	if *profiles == "" {
		top.Skip("only with -profiles DIR")
	}
	b := newBench(top, 100*ms)
	self, err := os.Executable()
	if err != nil {
		top.Fatal(err)
	}
	for _, engine := range []string{sqlite, postgres} {
		top.Run(engine, func(t *testing.B) {
			b.TB = t
			s := newSite(t, b.bin, engine)
			s.bin = self
			var signers []*signer
			work := func(name string, do func()) {
				s.profile = filepath.Join(*profiles, name+"-"+engine+".prof")
				s.start(t)
				do()
				s.stop(t)
			}
			work("sign", func() { _, _, signers = s.sign(t, signing{32, 4 * time.Second, 16_000}) })
			work("confirm", func() { s.confirm(t, 32, 10*time.Second, signers) })
			work("page", func() { b.page(s) })
			work("proof", func() { b.proof(s, signers) })
		})
	}
}
