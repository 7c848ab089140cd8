package app

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/app/rehearse/machine"
)

// expositionType is Prometheus's text format: https://prometheus.io/docs/instrumenting/exposition_formats. A test holds what is written against
// Prometheus's own library, which is too large to be in the program for these few lines.
const expositionType = "text/plain; version=0.0.4; charset=utf-8"

// exposition is a page of metrics in that format, in order of their names. Names, helps and labels are ours: nothing in them is escaped.
type exposition struct {
	families map[string]string // by name, as written
}

// add adds a metric; rows are what stands behind its name, each with its value.
func (e *exposition) add(name, help, kind string, rows ...string) {
	if e.families == nil {
		e.families = map[string]string{}
	}
	var b strings.Builder
	b.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
	for _, row := range rows {
		b.WriteString(name + row + "\n")
	}
	e.families[name] = b.String()
}

func (e *exposition) gauge(name, help string, v float64) { e.add(name, help, "gauge", " "+number(v)) }

func (e *exposition) counter(name, help string, v float64) {
	e.add(name, help, "counter", " "+number(v))
}

// counters is a counter for each value of a label; nothing as long as none has counted.
func (e *exposition) counters(name, help, label string, by map[string]float64) {
	var rows []string
	for _, value := range slices.Sorted(maps.Keys(by)) {
		rows = append(rows, "{"+label+`="`+value+`"} `+number(by[value]))
	}
	if rows != nil {
		e.add(name, help, "counter", rows...)
	}
}

// histogram is how many were within each bound and beyond the one before, at last those beyond all, and the sum of what was measured.
func (e *exposition) histogram(name, help string, bounds, within []float64, sum float64) {
	var rows []string
	n := 0.0
	for i, bound := range bounds {
		n += within[i]
		rows = append(rows, `_bucket{le="`+number(bound)+`"} `+number(n))
	}
	n += within[len(bounds)]
	e.add(name, help, "histogram", append(rows, `_bucket{le="+Inf"} `+number(n), "_sum "+number(sum), "_count "+number(n))...)
}

// process tells of this process what a monitor expects under these names; less where there is no /proc, see proc(5).
func (e *exposition) process() {
	pid := os.Getpid()
	if !machine.There() {
		return
	}
	e.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", machine.CPU(pid).Seconds())
	if n, err := machine.Resident(pid); err == nil {
		e.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", float64(n))
	}
	if begun, ok := machine.Begun(pid); ok {
		e.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", float64(begun.UnixMilli())/1000)
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil { // not for a process that is not root and can't be dumped
		e.gauge("process_open_fds", "Number of open file descriptors.", float64(len(open)))
	}
	if most := machine.Handles(); most > 0 {
		e.gauge("process_max_fds", "Maximum number of open file descriptors.", float64(most))
	}
}

func (e *exposition) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.families)) {
		b.WriteString(e.families[name])
	}
	return b.String()
}

// number is a value as the format writes it.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
