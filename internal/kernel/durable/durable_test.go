package durable

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names are those of the files in a folder: nothing may be left beside what was written.
func names(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestNewAndReplace(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	own := func() {
		t.Helper()
		if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("its mode is %v, %v", info.Mode(), err)
		}
	}
	if err := New(path, []byte("one")); err != nil || read(t, path) != "one" {
		t.Fatal(err)
	}
	own()
	if err := New(path, []byte("two")); !errors.Is(err, fs.ErrExist) || read(t, path) != "one" {
		t.Errorf("written over: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("three")); err != nil || read(t, path) != "three" {
		t.Error(err)
	}
	own() // also where others could read what was there before
	other := filepath.Join(dir, "other")
	if err := Move(path, other); err != nil || read(t, other) != "three" {
		t.Error(err)
	}
	if err := Replace(path, nil); err != nil || read(t, path) != "" {
		t.Error(err)
	}
	if have := names(t, dir); have != "file other" {
		t.Errorf("there is %s", have)
	}
	// A link is neither followed nor kept: what it leads to stays as it is.
	link := filepath.Join(dir, "link")
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	if err := New(link, []byte("four")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := Replace(link, []byte("four")); err != nil || read(t, other) != "three" || read(t, link) != "four" {
		t.Error(err)
	}
}

func TestNoFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "file")
	for name, err := range map[string]error{"New": New(path, nil), "Replace": Replace(path, nil), "Move": Move(path, path), "Sync": Sync(filepath.Dir(path))} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if have := names(t, dir); have != "" {
		t.Errorf("there is %s", have)
	}
	// A folder in the file's place: nothing is left of the try.
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("one")); err == nil || names(t, filepath.Dir(path)) != "file" {
		t.Errorf("%v, there is %s", err, names(t, filepath.Dir(path)))
	}
}

// Where we may write and not look, as in the parent of a service's folder, a file is written all the same.
func TestParentOfOthers(t *testing.T) {
	if os.Geteuid() == 0 {
		again(t, "OUTCRY_DURABLE_OTHER")
		return
	}
	parentOfOthers(t, t.TempDir())
}

func parentOfOthers(t *testing.T, top string) {
	parent := filepath.Join(top, "parent")
	folder := filepath.Join(parent, "folder")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o100); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(parent, 0o700)
	if err := Replace(filepath.Join(folder, "file"), []byte("one")); err != nil {
		t.Error(err)
	}
}

// A disk that takes a part of a file and no more leaves what was there before, and nothing where nothing was.
func TestHalfWritten(t *testing.T) { again(t, "OUTCRY_DURABLE_FULL") }

// again runs TestInside in a process of its own.
func again(t *testing.T, variable string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestInside$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	if variable == "OUTCRY_DURABLE_OTHER" { // to whom every folder is closed that is not its own; root may look anywhere
		const nobody = 65534
		for at := dir; strings.HasPrefix(at, os.TempDir()+string(filepath.Separator)); at = filepath.Dir(at) {
			if err := os.Chmod(at, 0o711); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		bin := filepath.Join(dir, "test")
		text, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(bin, text, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Dir = bin, dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestInside")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestInside(t *testing.T) {
	if top := os.Getenv("OUTCRY_DURABLE_OTHER"); top != "" {
		parentOfOthers(t, top)
		return
	}
	dir := os.Getenv("OUTCRY_DURABLE_FULL")
	if dir == "" {
		t.Skip("run by TestHalfWritten and TestParentOfOthers, in a process of its own")
	}
	old, fresh := filepath.Join(dir, "old"), filepath.Join(dir, "fresh")
	if err := New(old, []byte("one")); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		t.Fatal(err)
	}
	much := bytes.Repeat([]byte("x"), 3*4096)
	if err := Replace(old, much); !errors.Is(err, syscall.EFBIG) || read(t, old) != "one" {
		t.Errorf("%v, and the file holds %d bytes", err, len(read(t, old)))
	}
	if err := New(fresh, much); !errors.Is(err, syscall.EFBIG) {
		t.Error(err)
	}
	if have := names(t, dir); have != "old" {
		t.Errorf("there is %s", have)
	}
}
