package journey

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"outcry/test/peers"
)

// mounts tells whether this process may mount disks.
func mounts() bool { return runtime.GOOS == "linux" && os.Geteuid() == 0 }

// keeper outlives us by a moment and takes out a disk that we could not, however we end.
const keeper = `read word; [ "$word" = done ] || umount -l "$1" 2>/dev/null`

// mount mounts something for as long as the test runs; unmount ends it earlier.
func mount(t testing.TB, dir string, args ...string) (unmount func() error, err error) {
	t.Helper()
	if unmount, err = attach(t, dir, args...); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Error(err)
		}
	})
	return unmount, nil
}

// attach mounts something until it is unmounted, or this process ends.
func attach(t testing.TB, dir string, args ...string) (unmount func() error, err error) {
	t.Helper()
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s", strings.TrimSpace(string(out)))
	}
	watch := exec.Command("/bin/sh", "-c", keeper, "outcry-disk", dir)
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us
	stdin, err := watch.StdinPipe()
	must(t, err)
	must(t, watch.Start())
	mounted := true
	unmount = func() error {
		if !mounted {
			return nil
		}
		var out []byte
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if out, err = exec.Command("umount", dir).CombinedOutput(); err == nil { // what was killed lets go of its files a moment later
				mounted = false
				_, _ = io.WriteString(stdin, "done\n")
				break
			}
		}
		_ = stdin.Close()
		_ = watch.Wait()
		if err != nil {
			mounted = false
			return fmt.Errorf("umount: %s", out)
		}
		return nil
	}
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

// disk is one of the test's own, behind a loop device: its every byte can be read, and its power be cut.
type disk struct {
	t       testing.TB
	image   string // path of the file that holds it
	dir     string // where it is mounted
	unmount func() error
}

// newDisk makes a disk of so many bytes with an empty ext4. Where a loop device can't be had it is nil, and the test's log says why.
func newDisk(t testing.TB, bytes int64) *disk {
	t.Helper()
	none := func(why any) *disk {
		t.Logf("no disk of its own for this test: %v", why)
		return nil
	}
	if !mounts() {
		return none("a loop device takes Linux, and root")
	}
	d := &disk{t: t, image: filepath.Join(t.TempDir(), "disk")}
	f, err := os.Create(d.image)
	must(t, err)
	must(t, f.Truncate(bytes))
	must(t, f.Close())
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", d.image).CombinedOutput(); err != nil {
		return none(fmt.Sprintf("mkfs.ext4: %v %s", err, out))
	}
	d.dir, err = os.MkdirTemp("", "outcry-disk-") // another account must be able to enter it, and a socket's path has 107 bytes
	must(t, err)
	t.Cleanup(func() { _ = os.Remove(d.dir) })
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		if err = d.mount(); err == nil {
			t.Cleanup(func() { // after whatever will have used it has ended
				if err := d.unmount(); err != nil {
					t.Error(err)
				}
			})
			must(t, os.Chmod(d.dir, 0o755))
			return d
		}
		if !strings.Contains(err.Error(), "loop device") || time.Now().After(deadline) { // other tests have them all, for now
			return none(err)
		}
	}
}

func (d *disk) mount() (err error) {
	d.unmount, err = attach(d.t, d.dir, "-o", "loop", d.image)
	return err
}

// cut takes the power away: from now on nothing reaches the disk, and what its file system had not written is lost.
func (d *disk) cut() {
	d.t.Helper()
	must(d.t, cutPower(d.dir))
}

// back mounts the disk as a machine does that has power again, from what was written. Nothing may use it.
func (d *disk) back() {
	d.t.Helper()
	must(d.t, d.unmount())
	must(d.t, d.mount())
}

// eachOnDisk is each with a server of the test's own, where everything that is kept lies on a disk of so many bytes, if there can be one: the
// site's folders and those of PostgreSQL, which gets more.
func eachOnDisk(t *testing.T, bytes int64, fn func(t *testing.T, e engine)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		fn(t, engine{name: "SQLite", disk: newDisk(t, bytes)})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		e, options := engine{name: "PostgreSQL", disk: newDisk(t, bytes+96<<20)}, peers.Options{Durable: true}
		if e.disk != nil {
			options.Folder = e.disk.dir
		}
		e.pg = peers.NewPostgres(t, options)
		e.dsn = e.pg.Database(t)
		fn(t, e)
	})
}

// ballast is the file that fills a disk.
const ballast = "ballast"

// fill takes all that is left of a disk but so many bytes, and returns how to give it back.
func fill(t testing.TB, dir string, left int) func() {
	t.Helper()
	path := filepath.Join(dir, ballast)
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
