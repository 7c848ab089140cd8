package rehearse

import (
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
)

// The loads that a machine is compared with: what this program is made for, and the worst that e-petitions have seen, in signatures a second.
const (
	Design = 50
	Worst  = 33
)

// Report is the outcome of a rehearsal. Rates are a second.
type Report struct {
	URL     string   `json:"url,omitempty"` // of the server, if it was there already
	Own     bool     `json:"own"`           // the server was made for the rehearsal, and signed
	Here    bool     `json:"here"`          // it is on this machine
	Seconds float64  `json:"seconds"`
	Machine Machine  `json:"machine"`
	Steps   []Step   `json:"steps"`
	Readers Bound    `json:"readers"`
	Signers Bound    `json:"signers,omitzero"`
	Viewers Watched  `json:"viewers"`
	Night   Night    `json:"night"`             // all together
	First   Weakest  `json:"first"`             // what gave way
	Stopped bool     `json:"stopped,omitempty"` // a site elsewhere answered with errors and was left alone
	Recount Recount  `json:"recount,omitzero"`
	Verdict []string `json:"verdict"` // in sentences
	Notes   []string `json:"notes"`   // what to think of when reading them
}

// Machine is where it was held.
type Machine struct {
	Processor string  `json:"processor"`
	Cores     int     `json:"cores"`
	Memory    int64   `json:"memory"`         // bytes
	Handles   int     `json:"handles"`        // files that a process may have open; 0 is not known
	Syncs     float64 `json:"syncs"`          // a second, of the disk alone; 0 is not measured
	Engine    string  `json:"engine"`         // of the database
	InMemory  bool    `json:"in_memory_disk"` // the folder is on no disk
}

// Bound is the highest rate that held, and the lowest that did not.
type Bound struct {
	Held float64 `json:"held"`
	Gave float64 `json:"gave,omitempty"` // 0: nothing gave way up to the highest rate that was tried
}

// Watched is how many live pages were open.
type Watched struct {
	Open  int     `json:"open"`
	Asked int     `json:"asked"`
	KiB   float64 `json:"kib_each,omitempty"` // of the server's memory
	Why   string  `json:"why,omitempty"`      // there are fewer than asked for
	Lost  int     `json:"lost"`               // cut off by the server before the end
}

// Night is all together at the highest rate that held.
type Night struct {
	Signers float64 `json:"signers"`
	Readers float64 `json:"readers"`
	Viewers int     `json:"viewers"`
	Held    bool    `json:"held"`
}

// Weakest is what gave way first.
type Weakest struct {
	What string `json:"what"` // processor, disk, mail, memory, handles, here (of a site elsewhere: this machine), unknown, or nothing
	Why  string `json:"why"`  // in words
}

// Recount is whether all who were told "you are counted" are.
type Recount struct {
	Acknowledged int    `json:"acknowledged"` // told so
	Unsure       int    `json:"unsure"`       // asked to be counted and got no answer: they may be in the log or not
	Counted      int64  `json:"counted"`      // by the log, recounted
	Missing      int    `json:"missing"`      // acknowledged, and not in the log
	Held         bool   `json:"held"`
	Why          string `json:"why,omitempty"` // it does not hold
}

// Step is one rate tried for a while.
type Step struct {
	Stage   string  `json:"stage"` // readers, viewers, signers, night
	Rate    float64 `json:"rate"`  // signers a second; of the stages without any, readers or viewers
	Readers float64 `json:"readers,omitempty"`
	Viewers int     `json:"viewers,omitempty"`
	Seconds float64 `json:"seconds"`
	Held    bool    `json:"held"`
	Why     string  `json:"why,omitempty"` // it did not

	Offered int     `json:"offered"`
	Done    int     `json:"done"`
	Failed  int     `json:"failed"`
	Late    int     `json:"late"` // not answered in the time of the step
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	MailP99 float64 `json:"mail_p99_ms,omitempty"`

	Busy   float64 `json:"busy"`    // part of all processors that was computing
	Server float64 `json:"server"`  // the server's part
	Crowd  float64 `json:"crowd"`   // this rehearsal's own part
	Wait   float64 `json:"wait"`    // part of the processors that waited for a disk
	SyncMs float64 `json:"sync_ms"` // how long the disk took to make something safe meanwhile
	Memory int64   `json:"memory"`  // of the server, bytes
	Free   int64   `json:"free"`    // of the machine, bytes

	mails bool // it was the mails that fell behind
	files bool // there were no file handles left
}

// Others is the part of the processors that neither the server nor the rehearsal took: of the machine's other programs, and of the database where it is one.
func (s Step) Others() float64 { return max(0, s.Busy-s.Server-s.Crowd) }

func cores() int { return runtime.NumCPU() }

// Figure is a number as people say it: two digits that mean something, and commas.
func Figure(v float64) string {
	if v >= 100 {
		unit := math.Pow(10, math.Floor(math.Log10(v))-1)
		v = math.Floor(v/unit) * unit
	}
	if v < 10 && v != math.Trunc(v) {
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return Commas(int64(v))
}

// Commas writes a whole number with commas.
func Commas(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func percent(part float64) string { return fmt.Sprintf("%.0f %%", 100*part) }

// conclude says in words what the figures say.
func (r *Report) conclude() {
	r.Verdict, r.Notes = []string{}, []string{}
	say := func(format string, args ...any) { r.Verdict = append(r.Verdict, fmt.Sprintf(format, args...)) }
	note := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	switch where := map[bool]string{true: "This machine", false: "This site"}[r.Own]; {
	case r.Stopped:
		say("This site answered with errors, so the rehearsal stopped and left it alone.")
	case !r.Night.Held && r.Own:
		say("%s bore no signers with %s watching: nothing held at the lowest rate that was tried.", where, people(r.Night.Viewers))
	case !r.Night.Held:
		say("%s bore no readers with %s watching: nothing held at the lowest rate that was tried.", where, people(r.Night.Viewers))
	case r.Own:
		say("%s bears about %s signers a second (%s an hour) with %s watching the number and %s reading the letter each second.", where, Figure(r.Night.Signers),
			Figure(3600*r.Night.Signers), people(r.Night.Viewers), Figure(r.Night.Readers))
	default:
		say("%s bears about %s readers a second with %s watching the number.", where, Figure(r.Night.Readers), people(r.Night.Viewers))
	}
	if r.Own {
		say("Signers with no readers beside them: %s. Readers alone: %s.", r.Signers.words(), r.Readers.words())
	} else {
		say("Readers alone: %s.", r.Readers.words())
	}
	if r.Viewers.Why != "" {
		say("Of %s viewers %s could watch: %s.", Commas(int64(r.Viewers.Asked)), Commas(int64(r.Viewers.Open)), r.Viewers.Why)
	}
	if r.First.What == "nothing" {
		say("Nothing gave way: it bears more than was tried.")
	} else {
		say("What gives way first: %s.", r.First.Why)
	}
	if n := r.Night.Signers; r.Own {
		switch {
		case n >= Design:
			say("It is made for %d signers a second, and the worst that the petitions of the British Parliament have seen was about %d: this is %s times the first.", Design, Worst, Figure(n/Design))
		case r.First.What == "nothing":
			say("It is made for %d signers a second: try as many, and more, to see whether this machine bears that.", Design)
		case n >= Worst:
			say("The worst that the petitions of the British Parliament have seen was about %d signers a second, so that would pass; what this program is made for, %d, would not.", Worst, Design)
		default:
			say("It is made for %d signers a second, and the worst that the petitions of the British Parliament have seen was about %d: a machine like this one is enough for less.", Design, Worst)
		}
	}
	if r.Own {
		say("%s", r.Recount.words())
	}
	r.remark(note)
}

// remark says what the figures do not.
func (r *Report) remark(note func(format string, args ...any)) {
	crowd, others := 0.0, 0.0
	for _, s := range r.Steps {
		if s.Stage == "night" {
			crowd, others = max(crowd, s.Crowd), max(others, s.Others())
		}
	}
	if r.Here {
		note("Those who sign, read and watch ran on this machine too and took up to %s of its processors: the server alone bears more.", percent(crowd))
	}
	switch {
	case r.Here && others > 0.5:
		note("Other programs took up to %s of the processors meanwhile: these figures are of what they left. Hold it again when the machine is quiet.", percent(others))
	case r.Here && others > 0.15:
		note("Other programs, or the database, took up to %s of the processors meanwhile.", percent(others))
	}
	if each := r.each(); each > 0 {
		note("The server itself took %.1f ms of processor time for each signer, page, mail and the number to all who watch included: with this machine to itself its processor would bear about %s a second.",
			each, Figure(1000*float64(r.Machine.Cores)/each))
	}
	if r.Own {
		note("Your mail server was not tested: the mails went to a mailbox on this machine. Nor were your proxy, TLS and your line.")
	} else {
		note("Signing was not tested: nobody signs a letter that is real.")
	}
	if r.Machine.InMemory {
		note("The rehearsal's folder is in memory, so the disk was not tested: name a folder on the disk of the data with --dir.")
	}
	if h := r.Machine.Handles; h > 0 && r.Here {
		note("A process may have %s files open here: no more can watch at the same time.", Commas(int64(h)))
	}
	if r.Viewers.Lost > 0 {
		note("%s of those who watched were cut off by the server.", Commas(int64(r.Viewers.Lost)))
	}
}

// each is the processor time, in milliseconds, that the server took for one signer at the highest rate that held without readers; 0 if that can't be told.
func (r *Report) each() (ms float64) {
	most := 0.0
	for _, s := range r.Steps {
		if s.Stage == "signers" && s.Held && s.Rate > most && s.Done >= 100 && s.Server > 0 {
			most, ms = s.Rate, 1000*s.Server*s.Seconds*float64(r.Machine.Cores)/float64(s.Done)
		}
	}
	return ms
}

func people(n int) string {
	switch n {
	case 0:
		return "nobody"
	case 1:
		return "one"
	}
	return Commas(int64(n))
}

func (b Bound) words() string {
	switch {
	case b.Held == 0:
		return "no rate held"
	case b.Gave == 0:
		return Figure(b.Held) + " a second held, the most that was tried"
	}
	return fmt.Sprintf("%s a second held, %s did not", Figure(b.Held), Figure(b.Gave))
}

func (r Recount) words() string {
	if !r.Held {
		return "RECOUNT FAILED: " + r.Why + "."
	}
	return fmt.Sprintf("Recounted: each of the %s who were told that they are counted is in the log, which counts %s.", Commas(int64(r.Acknowledged)), Commas(r.Counted))
}
