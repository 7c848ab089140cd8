package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// mark is what a line of the table must reach. A zero is no demand.
type mark struct {
	ratio float64       // to the bare server, at least
	rate  float64       // a second, at least
	cpu   time.Duration // for one, at most
	p50   time.Duration // at most
	p99   time.Duration // at most
	most  float64       // of the value, in its unit
	least float64       // of the value, in its unit
}

// line is one work, measured.
type line struct {
	work, engine string
	c            int     // clients; 0 where there are none
	run          run     // of requests
	hello        float64 // a second, of the bare server before and after
	others       float64 // part of the processors that neighbours took meanwhile
	rate         float64 // where it is no run of requests
	value        float64 // where it is no rate at all
	unit         string  // of the value
	note         string

	floor, goal mark // PERFORMANCE's two columns; docs/performance.md repeats them
}

func (l line) ratio() float64 {
	if l.hello == 0 {
		return 0
	}
	return l.run.rate() / l.hello
}

// lacks names what falls short of a mark.
func (l line) lacks(m mark) (list []string) {
	rate := l.rate
	if rate == 0 {
		rate = l.run.rate()
	}
	for _, part := range []struct {
		name  string
		short bool
	}{
		{"errors", l.run.failed > 0},
		{"ratio", m.ratio > 0 && l.ratio() < m.ratio},
		{"rate", m.rate > 0 && rate < m.rate},
		{"CPU", m.cpu > 0 && l.run.cpuEach() > m.cpu},
		{"p50", m.p50 > 0 && l.run.at(0.5) > m.p50},
		{"p99", m.p99 > 0 && l.run.at(0.99) > m.p99},
		{"value", m.most > 0 && l.value > m.most || m.least > 0 && l.value < m.least},
	} {
		if part.short {
			list = append(list, part.name)
		}
	}
	return list
}

// verdict compares a line with its floor and its goal.
func (l line) verdict() string {
	if l.floor == (mark{}) && l.goal == (mark{}) && l.run.failed == 0 {
		return ""
	}
	if short := l.lacks(l.floor); len(short) > 0 {
		return "BELOW (" + strings.Join(short, ", ") + ")"
	}
	if l.goal == (mark{}) || len(l.lacks(l.goal)) > 0 {
		return "ok"
	}
	return "goal"
}

// half is what a check in passing asks for, among neighbours that want the machine too.
func (m mark) half() mark {
	m.ratio, m.rate, m.cpu, m.p50, m.p99 = m.ratio/2, m.rate/2, 2*m.cpu, 2*m.p50, 2*m.p99
	return m
}

// words are a mark as the table prints it.
func (m mark) words(unit string) string {
	var list []string
	add := func(there bool, format string, args ...any) {
		if there {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	add(m.ratio > 0, "%.2f×", m.ratio)
	add(m.rate > 0, "%.0f/s", m.rate)
	add(m.cpu > 0, "%s ms CPU", millis(m.cpu))
	add(m.p50 > 0, "p50 %s ms", millis(m.p50))
	add(m.p99 > 0, "p99 %s ms", millis(m.p99))
	add(m.most > 0, "%s %s", figure(m.most), unit)
	add(m.least > 0, "%s %s", figure(m.least), unit)
	return strings.Join(list, ", ")
}

// figure is a number with as many digits as say something.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// millis is a duration in milliseconds; empty for none.
func millis(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return figure(float64(d) / float64(time.Millisecond))
}

// tabulate writes the table, and below it what there is to remark.
func tabulate(out io.Writer, lines []line) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "work\tengine\tc\trate/s\t× hello\tCPU ms\tp50 ms\tp99 ms\tothers\tvalue\tfloor\tgoal\tverdict")
	var notes []string
	for _, l := range lines {
		c, rate, ratio, others, value, work := "", "", "", "", "", l.work
		if l.c > 0 {
			c = fmt.Sprint(l.c)
		}
		switch {
		case l.rate > 0:
			rate = fmt.Sprintf("%.0f", l.rate)
		case l.run.done > 0 && l.run.wall > 0:
			rate = fmt.Sprintf("%.0f", l.run.rate())
		}
		if l.hello > 0 {
			ratio, others = fmt.Sprintf("%.2f", l.ratio()), fmt.Sprintf("%.0f %%", 100*l.others)
		}
		if l.unit != "" {
			value = figure(l.value) + " " + l.unit
		}
		if l.note != "" {
			notes = append(notes, l.note)
			work += fmt.Sprintf(" [%d]", len(notes))
		}
		fmt.Fprintln(w, strings.Join([]string{work, l.engine, c, rate, ratio, millis(l.run.cpuEach()), millis(l.run.at(0.5)), millis(l.run.at(0.99)), others, value,
			l.floor.words(l.unit), l.goal.words(l.unit), l.verdict()}, "\t"))
	}
	w.Flush()
	for i, note := range notes {
		fmt.Fprintf(out, "[%d] %s\n", i+1, note)
	}
}
