package letter

import (
	"strconv"
	"strings"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// Witnessed is what a letter's page says of those who watch the log and belong to others.
type Witnessed struct {
	Recounters  []Recounter
	Provisional bool // for a while now, too few have signed for the newest entries
}

// Recounter is a witness who has counted anew and found that the log bears the numbers out.
type Recounter struct {
	Name    string // as the organisers call it
	On      string // day, YYYY-MM-DD in UTC
	Counted int64  // of this letter, held ones too
	Size    int64  // of the log, in entries
}

// witnessedLines are the sentences under a count.
func witnessedLines(p *lang.Printer, w Witnessed) (list []string) {
	for _, r := range w.Recounters {
		if on, err := time.Parse(time.DateOnly, r.On); err == nil {
			list = append(list, p.N("witness.recounted", int(r.Counted), "Name", r.Name, "Day", p.Day(on.Date()), "Size", p.Number(r.Size)))
		}
	}
	if w.Provisional {
		list = append(list, p.T("witness.provisional"))
	}
	return list
}

// witnessLines are the sentences about a proof: who signed the checkpoint in it, or that nobody has yet.
func witnessLines(p *lang.Printer, r Receipt) (list []string) {
	var names []string
	for _, s := range r.Signed {
		names = append(names, s.Name)
	}
	switch {
	case r.Proof == nil || r.Quorum == 0:
	case len(names) == 0:
		list = append(list, p.T("witness.proof_provisional"))
	default:
		list = append(list, p.T("witness.proof_signed", "Names", p.Join(names)))
	}
	return list
}

// checkCommand is how to check a file of a receipt without a network.
func checkCommand(r Receipt, name, key string, policy receipt.Policy) string {
	var b strings.Builder
	b.WriteString("outcry verify receipt " + name + " --key " + key)
	if len(r.Signed) > 0 {
		for _, w := range policy.Witnesses() {
			b.WriteString(" --witness " + w.String())
		}
		b.WriteString(" --quorum " + strconv.Itoa(policy.Quorum()))
	}
	return b.String()
}
