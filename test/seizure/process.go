package seizure

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ScanProcess searches the memory of a running process, as Linux shows it in /proc/PID/mem: every readable region, with its start as part of the path.
// It needs the right to trace the process (root has it). What changes during the search may be missed.
func (s *Scanner) ScanProcess(pid int) ([]Hit, error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	f := finds{}
	read := 0
	lines := bufio.NewScanner(maps)
	for lines.Scan() { // proc(5): "from-to perms offset device inode name"
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); n != 3 || rights[0] != 'r' {
			continue
		}
		_, name, _ := strings.Cut(lines.Text(), "[")
		if strings.HasPrefix(name, "v") { // [vvar], [vsyscall]: the kernel's
			continue
		}
		region := region{mem, from, to - from}
		if err := s.data(fmt.Sprintf("/proc/%d/mem@%x", pid, from), region, deepest, f); err == nil { // one that was unmapped meanwhile
			read++
		}
	}
	if read == 0 {
		return nil, errors.Join(lines.Err(), fmt.Errorf("no memory of process %d could be read", pid))
	}
	return f.list(), lines.Err()
}

// region is a part of a process's memory, with offsets from its start.
type region struct {
	mem  *os.File
	from int64
	size int64
}

func (r region) Size() int64                            { return r.size }
func (r region) ReadAt(b []byte, at int64) (int, error) { return r.mem.ReadAt(b, r.from+at) }
