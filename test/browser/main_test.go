package browser

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// Journeys wait for pages more than they compute: twice as many as there are processors go on at once, unless -parallel says otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0)))
	}
	code := m.Run()
	end()
	os.Exit(code)
}
