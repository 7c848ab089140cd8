// Package machine reads what a machine and its processes do: processor time, memory, how fast the disk makes something safe, how many files may be open.
//
// Processor time and memory come from /proc, see proc(5); where there is none, as on systems other than Linux, they are zero, and [There] says so.
package machine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux tells processor time: USER_HZ, 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// There tells whether this machine has a /proc to read.
func There() bool {
	_, err := os.Stat("/proc/self/stat")
	return err == nil
}

// Fields reads a process's stat from its third field on, behind the name in brackets: proc(5). Nil if it is gone.
func Fields(pid int) [][]byte {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 15 {
		return nil
	}
	return fields
}

// CPU is the time that processes have computed so far, in user and system mode.
func CPU(pids ...int) (total time.Duration) {
	for _, pid := range pids {
		f := Fields(pid)
		if f == nil {
			continue
		}
		for _, field := range []int{11, 12} { // utime, stime
			n, _ := strconv.ParseInt(string(f[field]), 10, 64)
			total += time.Duration(n) * tick
		}
	}
	return total
}

// Busy is the time that all processors together have computed so far, whoever for.
func Busy() time.Duration {
	computed, _ := Processors()
	return computed
}

// Processors tells the time that all processors together have computed so far, and the time that they stood idle because something waited for a disk.
func Processors() (computed, waited time.Duration) {
	b, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(b), "\n")
	for i, field := range strings.Fields(first) {
		n, _ := strconv.ParseInt(field, 10, 64)
		switch {
		case i == 0 || i == 4 || i > 8: // its name, and idle; guests are counted already
		case i == 5:
			waited = time.Duration(n) * tick
		default:
			computed += time.Duration(n) * tick
		}
	}
	return computed, waited
}

// Family is a process and its children: PostgreSQL has one for each connection.
func Family(pid int) []int {
	list := []int{pid}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := Fields(child); f != nil && string(f[1]) == strconv.Itoa(pid) {
			list = append(list, child)
		}
	}
	return list
}

// Synced is how often a second the disk under a folder makes four kilobytes safe: what every commit waits for. 0 if the folder can't be written.
func Synced(dir string, d time.Duration) float64 {
	page, n, began := make([]byte, 4096), 0, time.Now()
	err := synced(dir, func(f *os.File) bool {
		if _, err := f.Write(page); err != nil || f.Sync() != nil {
			return false
		}
		n++
		return time.Since(began) < d
	})
	if err != nil {
		return 0
	}
	return float64(n) / time.Since(began).Seconds()
}

// synced calls again with a file in that folder as long as it wants to be.
func synced(dir string, again func(*os.File) bool) error {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	for again(f) {
	}
	return nil
}

// Processor is the name of this machine's, as /proc/cpuinfo has it.
func Processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if key, name, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return "an unnamed processor"
}

// Resident is a process's resident memory in bytes.
func Resident(pid int) (int64, error) {
	if n := kibibytes("/proc/"+strconv.Itoa(pid)+"/status", "VmRSS:"); n > 0 {
		return n, nil
	}
	return 0, fmt.Errorf("process %d tells no VmRSS", pid)
}

// Begun is when a process started, to a hundredth of a second by the clock that the machine started with.
func Begun(pid int) (time.Time, bool) {
	f := Fields(pid)
	b, _ := os.ReadFile("/proc/stat")
	_, rest, ok := strings.Cut(string(b), "\nbtime ")
	if len(f) < 20 || !ok {
		return time.Time{}, false
	}
	boot, _, _ := strings.Cut(rest, "\n")
	at, err := strconv.ParseInt(boot, 10, 64)
	after, err2 := strconv.ParseInt(string(f[19]), 10, 64)
	return time.Unix(at, 0).Add(time.Duration(after) * tick), err == nil && err2 == nil
}

// Memory is the machine's, in bytes: all there is, and what programs could still have.
func Memory() (all, free int64) {
	return kibibytes("/proc/meminfo", "MemTotal:"), kibibytes("/proc/meminfo", "MemAvailable:")
}

// kibibytes finds a line of a file such as "VmRSS:   1234 kB" and gives it in bytes; 0 if there is none.
func kibibytes(file, name string) int64 {
	b, _ := os.ReadFile(file)
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok && len(strings.Fields(rest)) > 0 {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}
