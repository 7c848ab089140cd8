package journey

import (
	"flag"
	"os"
	"testing"
)

// Most tests here wait for other processes: more of them may run at once than there are processors, unless -parallel says otherwise.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
