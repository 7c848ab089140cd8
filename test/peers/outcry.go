package peers

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Binary builds the program, once for a test binary, and returns where it lies: for tests that want it as a process of its own. A shell outlives us by a
// moment and removes it, however we end.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(held)
	return path
}

// held is our end of the shell's standard input. It is kept here, for the garbage collector closes what nobody holds, and then the shell takes us for gone.
var held io.Closer

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "outcry-binary-")
	if err != nil {
		return "", err
	}
	remover := exec.Command("/bin/sh", "-c", `read word; rm -rf "$1"`, "outcry-binary", dir)
	if held, err = remover.StdinPipe(); err != nil {
		return "", err
	}
	if err := remover.Start(); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "outcry")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", path, "outcry/cmd/outcry").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})
