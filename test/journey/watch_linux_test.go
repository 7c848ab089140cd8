package journey

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// watch notes every file that is made in folders, even if it is gone a moment later: what was on the disk once can be read from it later.
// The function it returns ends the watch and lists them.
func watch(t testing.TB, folders ...string) func() []string {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	must(t, err)
	names := map[int32]string{}
	for _, dir := range folders {
		wd, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO)
		must(t, err)
		names[int32(wd)] = dir
	}
	file := os.NewFile(uintptr(fd), "inotify") // non-blocking, so that Close ends Read
	var made []string
	var wg sync.WaitGroup
	wg.Go(func() {
		b := make([]byte, 1<<16)
		for {
			n, err := file.Read(b)
			if err != nil {
				return
			}
			for at := 0; at+unix.SizeofInotifyEvent <= n; { // inotify(7)
				wd, length := int32(binary.NativeEndian.Uint32(b[at:])), int(binary.NativeEndian.Uint32(b[at+12:]))
				name := b[at+unix.SizeofInotifyEvent : at+unix.SizeofInotifyEvent+length]
				made = append(made, filepath.Join(names[wd], string(bytes.TrimRight(name, "\x00"))))
				at += unix.SizeofInotifyEvent + length
			}
		}
	})
	return func() []string {
		file.Close()
		wg.Wait()
		return made
	}
}
