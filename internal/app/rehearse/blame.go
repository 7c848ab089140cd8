package rehearse

import (
	"fmt"
	"slices"
)

// When something is taken to be at its end.
const (
	busy    = 0.85     // of the processors
	waiting = 0.20     // of the processors' time, for a disk
	lame    = 100.0    // milliseconds for a disk to make a page safe
	scarce  = 1.0 / 20 // of the machine's memory
)

// blame finds what gave way first: at the lowest rate of signers, or of readers where nobody signs, that did not hold.
func (r *rehearsal) blame() {
	r.report.First = weakest(r.report)
}

func weakest(r *Report) Weakest {
	var at *Step
	for _, stage := range []string{"night", "signers", "readers", "viewers"} {
		for i, s := range r.Steps {
			better := slices.ContainsFunc(r.Steps[i:], func(later Step) bool { return later.Stage == s.Stage && later.Rate == s.Rate && later.Held })
			if s.Stage == stage && !s.Held && !better && (at == nil || s.Rate <= at.Rate) {
				at = &r.Steps[i]
			}
		}
		if at != nil {
			break
		}
	}
	if at == nil {
		return Weakest{What: "nothing"}
	}
	when := fmt.Sprintf("at %s %s a second", Figure(at.Rate), map[bool]string{true: "readers", false: "signers"}[at.Stage == "readers" || at.Stage == "night" && !r.Own])
	if at.Stage == "viewers" {
		when = fmt.Sprintf("with %s watching", people(at.Done))
	}
	say := func(what, format string, args ...any) Weakest {
		return Weakest{What: what, Why: fmt.Sprintf(format, args...) + "; " + when + ", " + at.Why}
	}
	switch {
	case at.files:
		return say("handles", "file handles (%s a process)", Commas(int64(r.Machine.Handles)))
	case !r.Here && at.Failed == 0 && at.Busy >= busy:
		return say("here", "this machine, from which it was read (its processors were %s busy)", percent(at.Busy))
	case !r.Here:
		return Weakest{What: "unknown", Why: "something on the server that can't be seen from here; " + when + ", " + at.Why}
	case r.Machine.Memory > 0 && at.Free > 0 && float64(at.Free) < scarce*float64(r.Machine.Memory):
		return say("memory", "memory (%s MB left)", Commas(at.Free>>20))
	case at.Busy >= busy && at.Others() > at.Busy/2:
		return say("processor", "the processor, most of which other programs had (%s busy: the server %s, this crowd %s, others %s)",
			percent(at.Busy), percent(at.Server), percent(at.Crowd), percent(at.Others()))
	case at.Busy >= busy:
		return say("processor", "the processor (%s busy: the server %s, this crowd %s)", percent(at.Busy), percent(at.Server), percent(at.Crowd))
	case at.Wait >= waiting, at.SyncMs >= lame:
		return say("disk", "the disk (to make one page safe took it %.1f ms meanwhile)", at.SyncMs)
	case at.mails:
		return say("mail", "the mails")
	}
	return say("unknown", "nothing that can be seen from here (processors %s busy, the disk takes %.1f ms to make a page safe)", percent(at.Busy), at.SyncMs)
}
