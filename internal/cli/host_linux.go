package cli

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// harden keeps the memory of this process from being written to a disk, as a core dump or as swap, or read by others of the same user.
func harden(log *slog.Logger) {
	overwrite(log) // first: a program that starts anew loses what follows
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		log.Warn("core dumps could not be turned off", slog.Any("error", err))
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		log.Warn("this process could not be made undumpable", slog.Any("error", err))
	}
	if err := pin(); err != nil && len(swaps()) > 0 {
		log.Warn("what this process knows can be swapped to a disk: turn swap off, or let the service lock its memory (LimitMEMLOCK=infinity)")
	}
}

// errPin says that the system lets us keep no memory from swap.
var errPin = errors.New("this user's processes may not lock their memory (LimitMEMLOCK)")

// pinnable tells whether a process may lock as much memory as it likes. With a limit it must not try: the first allocation beyond it would end it.
func pinnable() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return err
	}
	switch {
	case limit.Cur == unix.RLIM_INFINITY, boundless():
		return nil
	case limit.Max == unix.RLIM_INFINITY:
		return unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: limit.Max, Max: limit.Max})
	}
	return errPin
}

// boundless tells whether the limit does not hold us.
func boundless() bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	return unix.Capget(&head, &have[0]) == nil && have[0].Effective&(1<<unix.CAP_IPC_LOCK) != 0
}

// pin locks the memory of this process, page by page as it comes into use: all at once would take what Go reserves and never touches.
func pin() error {
	if err := pinnable(); err != nil {
		return err
	}
	return unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT)
}

// swaps names where memory is swapped to in the clear.
func swaps() (open []string) {
	b, err := os.ReadFile("/proc/swaps")
	if err != nil {
		return nil
	}
	for _, name := range swapNames(string(b)) {
		var st unix.Stat_t
		if unix.Stat(name, &st) != nil {
			open = append(open, name)
			continue
		}
		on := st.Dev // a swap file lies on a device
		if st.Mode&unix.S_IFMT == unix.S_IFBLK {
			on = st.Rdev
		}
		if !encrypted(on) && !strings.HasPrefix(filepath.Base(name), "zram") { // zram swaps to memory
			open = append(open, name)
		}
	}
	return open
}

// swapNames reads the first column of /proc/swaps, which writes a blank as \040.
func swapNames(table string) (names []string) {
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if fields := strings.Fields(line); i > 0 && len(fields) > 0 {
			names = append(names, strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(fields[0]))
		}
	}
	return names
}

// encrypted tells whether a disk is encrypted by the kernel, at any layer below.
func encrypted(device uint64) bool {
	return encryptedAt(filepath.Join("/sys/dev/block", strconv.Itoa(int(unix.Major(device)))+":"+strconv.Itoa(int(unix.Minor(device)))))
}

func encryptedAt(dir string) bool {
	if id, err := os.ReadFile(filepath.Join(dir, "dm", "uuid")); err == nil && strings.HasPrefix(string(id), "CRYPT-") {
		return true
	}
	below, err := filepath.Glob(filepath.Join(dir, "slaves", "*"))
	return err == nil && len(below) > 0 && !slices.ContainsFunc(below, func(at string) bool { return !encryptedAt(at) })
}

// inMemory tells whether a folder is gone when the machine is off.
func inMemory(path string) bool {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return false
	}
	return st.Type == unix.TMPFS_MAGIC || st.Type == unix.RAMFS_MAGIC
}
