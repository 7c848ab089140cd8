package journey

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// mounts tells whether this process may mount disks.
func mounts() bool { return runtime.GOOS == "linux" && os.Geteuid() == 0 }

// mount mounts something for as long as the test runs; unmount ends it earlier.
func mount(t testing.TB, dir string, args ...string) (unmount func() error, err error) {
	t.Helper()
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s", strings.TrimSpace(string(out)))
	}
	mounted := true
	unmount = func() error {
		if !mounted {
			return nil
		}
		out, err := exec.Command("umount", dir).CombinedOutput()
		if err != nil {
			return fmt.Errorf("umount: %s", out)
		}
		mounted = false
		return nil
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Error(err)
		}
	})
	return unmount, nil
}

// small puts the data folder on a disk of its own, of so many bytes. It needs the right to mount one.
func small(t testing.TB, bytes int) func(*site) {
	return func(s *site) {
		if !mounts() {
			t.Skip("a small disk can be mounted on Linux and by root only")
		}
		must(t, os.Mkdir(s.data, 0o700))
		if _, err := mount(t, s.data, "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=700", bytes), "tmpfs"); err != nil {
			t.Skipf("a small disk can't be mounted here: %v", err)
		}
	}
}

// image is a disk of its own under all folders of a site, whose every byte can be read afterwards.
type image struct {
	path    string // of the file that holds the disk; empty: none could be mounted
	unmount func() error
}

// image puts the site's folders on such a disk, if one can be mounted.
func (m *image) under(t testing.TB, bytes int64) func(*site) {
	return func(s *site) {
		if !mounts() {
			return
		}
		path := filepath.Join(t.TempDir(), "disk")
		f, err := os.Create(path)
		must(t, err)
		must(t, f.Truncate(bytes))
		must(t, f.Close())
		if out, err := exec.Command("mkfs.ext4", "-q", "-F", path).CombinedOutput(); err != nil {
			t.Logf("no disk of its own: %v %s", err, out)
			return
		}
		if m.unmount, err = mount(t, s.root, "-o", "loop", path); err != nil {
			t.Logf("no disk of its own: %v", err)
			return
		}
		m.path = path
	}
}

// fill takes all that is left of a disk but so many bytes, and returns how to give it back.
func fill(t testing.TB, dir string, left int) func() {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	must(t, err)
	size, block := int64(0), make([]byte, 4096)
	for {
		n, err := f.Write(block)
		size += int64(n)
		if err != nil {
			break
		}
	}
	must(t, f.Truncate(max(0, size-int64(left))))
	must(t, f.Close())
	return func() { must(t, os.Remove(path)) }
}
