package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux tells CPU time: USER_HZ, 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// fieldsOf reads a process's stat from its third field on, behind the name in brackets: proc(5). Nil if it is gone.
func fieldsOf(pid int) [][]byte {
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

// cpuOf is the time that processes have computed so far, in user and system mode.
func cpuOf(pids ...int) (total time.Duration) {
	for _, pid := range pids {
		f := fieldsOf(pid)
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

// busy is the time that all processors together have computed so far, whoever for.
func busy() time.Duration {
	b, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(b), "\n")
	var total time.Duration
	for i, field := range strings.Fields(first) {
		if i == 0 || i == 4 || i == 5 || i > 8 { // its name, idle and iowait; guests are counted already
			continue
		}
		n, _ := strconv.ParseInt(field, 10, 64)
		total += time.Duration(n) * tick
	}
	return total
}

// family is a process and its children: PostgreSQL has one for each connection.
func family(pid int) []int {
	list := []int{pid}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := fieldsOf(child); f != nil && string(f[1]) == strconv.Itoa(pid) {
			list = append(list, child)
		}
	}
	return list
}

// postmaster reads the number of a PostgreSQL server's first process from its data folder.
func postmaster(dataDir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(strings.TrimSpace(first))
}

// synced is how often a second the disk under a folder makes four kilobytes safe: what every commit waits for.
func synced(dir string, d time.Duration) float64 {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page, n, began := make([]byte, 4096), 0, time.Now()
	for time.Since(began) < d {
		if _, err := f.Write(page); err != nil {
			return 0
		}
		if err := f.Sync(); err != nil {
			return 0
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds()
}

// processor is the name of this machine's, as /proc/cpuinfo has it.
func processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if key, name, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return "an unnamed processor"
}

// residentOf is a process's resident memory in bytes.
func residentOf(pid int) (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("process %d tells no VmRSS", pid)
}
