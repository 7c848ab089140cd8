package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"outcry": main, "weak": weak})
}

// TestScript runs the scripts: one for each command, with the program as a process of its own. What each may say beside testscript's own words is in
// script_test.go.
func TestScript(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := &script{t: t, running: map[string]*process{}}
			testscript.RunT(only{t}, testscript.Params{Files: []string{file}, Setup: setup, Cmds: s.commands(), Condition: condition, RequireExplicitExec: true})
		})
	}
}

// only lets a script be the test that it stands for, so that what it starts ends with it, and what the machine lacks skips it.
type only struct{ *testing.T }

func (o only) Run(_ string, f func(testscript.T)) { f(o) }
func (o only) Verbose() bool                      { return testing.Verbose() }

// weak runs a command without root's power to pass over the rights of files, so that a read-only folder is one for the tests of a root, too.
func weak() {
	runtime.LockOSThread() // the bounds are the thread's, and the thread becomes the program
	if os.Getuid() == 0 {
		for _, power := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH, unix.CAP_FOWNER} {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, power, 0, 0, 0); err != nil {
				os.Stderr.WriteString("weak: " + err.Error() + "\n")
				os.Exit(1)
			}
		}
	}
	program := filepath.Join(filepath.Dir(must(os.Executable())), os.Args[1])
	err := syscall.Exec(program, os.Args[1:], os.Environ())
	os.Stderr.WriteString("weak: " + err.Error() + "\n")
	os.Exit(1)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
