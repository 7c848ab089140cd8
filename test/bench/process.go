package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"outcry/internal/app/rehearse/machine"
)

// What the machine and its processes do is read as the rehearsal reads it.
var (
	fieldsOf   = machine.Fields
	cpuOf      = machine.CPU
	busy       = machine.Busy
	family     = machine.Family
	synced     = machine.Synced
	processor  = machine.Processor
	residentOf = machine.Resident
)

// postmaster reads the number of a PostgreSQL server's first process from its data folder.
func postmaster(dataDir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(strings.TrimSpace(first))
}
