package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"outcry/internal/app"
)

// terminal makes a pseudo-terminal, and a way to read what has been written to it since.
func terminal(t *testing.T) (tty *os.File, read func() string) {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal is to be had here: %v", err)
	}
	t.Cleanup(func() { control.Close() })
	fd := int(control.Fd()) // asked for once, for it makes reads wait
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 120}); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	return tty, func() string {
		time.Sleep(50 * time.Millisecond)
		b := make([]byte, 64<<10)
		n, err := unix.Read(fd, b)
		if err != nil {
			return ""
		}
		return string(b[:n])
	}
}

// How far a recount has come is told on a terminal, without colours, and nowhere else.
func TestBarOnATerminalOnly(t *testing.T) {
	tty, read := terminal(t)
	s := &streams{err: tty}
	bar := s.bar("reading the log")
	bar(0, 400)
	time.Sleep(150 * time.Millisecond)
	bar(100, 400)
	time.Sleep(150 * time.Millisecond)
	bar(200, 400)
	shown := read()
	for _, want := range []string{"reading the log", "200/400", "it/s", "s]"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q does not show %q", shown, want)
		}
	}
	if strings.Contains(shown, "\x1b[3") {
		t.Errorf("%q is coloured", shown)
	}
	s.quiet = true
	s.bar("x")(1, 2)
	if shown := read(); shown != "" {
		t.Errorf("--quiet shows %q", shown)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s = &streams{err: file}
	s.bar("x")(1, 2)
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("a file is given a bar: %v, %v", info, err)
	}
}

// On a terminal a start that waits for a long check shows how far that is, and keeps one line of it.
func TestALongCheckOnATerminal(t *testing.T) {
	tty, read := terminal(t)
	now := time.Unix(1_800_000_000, 0)
	told := (&streams{err: tty}).checking(func() time.Time { return now })
	told(app.CheckedEntries, 0, 400)
	told(app.CheckedEntries, 50, 400)
	if shown := read(); shown != "" {
		t.Errorf("after no time it shows %q", shown)
	}
	for _, what := range []app.Checked{app.CheckedEntries, app.CheckedSignatures} {
		for _, done := range []int64{100, 200, 300} {
			now = now.Add(time.Second)
			told(what, done, 400)
			time.Sleep(150 * time.Millisecond)
		}
		if shown := read(); !strings.Contains(shown, "checking the "+string(what)) || !strings.Contains(shown, "300/400") || strings.Contains(shown, "before anything") {
			t.Errorf("it shows %q", shown)
		}
		told(what, 400, 400)
	}
	if shown := read(); !strings.Contains(shown, "Log and signatures were checked, in 6s.") {
		t.Errorf("at the end it shows %q", shown)
	}
}
