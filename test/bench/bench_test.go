package bench

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(helloMark) != "" {
		serveHello()
		return
	}
	if file := os.Getenv(profileMark); file != "" {
		os.Exit(serveProfiled(file))
	}
	os.Exit(m.Run())
}

func newBench(t testing.TB, probe time.Duration) *bench {
	return &bench{TB: t, bin: build(t), hello: startHello(t), probe: probe, say: t.Logf}
}

func TestQuick(t *testing.T) {
	b := newBench(t, 500*ms)
	s := newSite(t, b.bin, os.Getenv("ENGINE"))
	b.starts(s, 3, "")
	b.weight(s)
	b.path(s)
	printTable(os.Stdout, b.lines)
}
