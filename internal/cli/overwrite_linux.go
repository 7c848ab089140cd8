package cli

import (
	"log/slog"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// overwriting is the setting by which Go overwrites memory as it frees it (https://pkg.go.dev/runtime, GODEBUG): else addresses of earlier askers would
// stay readable in it until something else happens to be put there. It costs a few per cent of the time of a signature.
const overwriting = "clobberfree"

// overwrite starts this program anew, in the same process, with that setting, which is read only at the beginning. Who has set it either way is left alone.
func overwrite(log *slog.Logger) {
	have := os.Getenv("GODEBUG")
	if strings.Contains(have, overwriting+"=") {
		return
	}
	if have != "" {
		have += ","
	}
	env := []string{"GODEBUG=" + have + overwriting + "=1"}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GODEBUG=") {
			env = append(env, v)
		}
	}
	path, err := os.Executable()
	if err == nil {
		err = unix.Exec(path, os.Args, env)
	}
	log.Warn("freed memory is not overwritten: set GODEBUG="+overwriting+"=1", slog.Any("error", err))
}
