package receipt

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Recounted is what a witness says who has read every entry of a log and counted anew: the whole of a site held ([Recount]), and these are the
// numbers, at this size, on this day.
type Recounted struct {
	Origin  string           `json:"origin"`
	Size    int64            `json:"size"`
	Root    tlog.Hash        `json:"root"`
	On      string           `json:"on"` // day, YYYY-MM-DD in UTC
	Letters []RecountedCount `json:"letters"`
}

// RecountedCount is a letter's numbers: those of its [Count].
type RecountedCount struct {
	Letter    Letter `json:"letter"`
	Counted   int64  `json:"counted"`
	Withdrawn int64  `json:"withdrawn"`
	Removed   int64  `json:"removed"`
}

const (
	recountHead = "outcry recount v1"
	maxRecount  = 1 << 20
)

// NewRecounted makes a statement of the letters of a log, which are in the log's order.
func NewRecounted(origin string, tree tlog.Tree, letters []Count, on time.Time) Recounted {
	r := Recounted{Origin: origin, Size: tree.N, Root: tree.Hash, On: on.UTC().Format(time.DateOnly)}
	for _, c := range letters {
		r.Letters = append(r.Letters, RecountedCount{c.ID, c.Counted, c.Withdrawn, c.Removed})
	}
	return r
}

func (r Recounted) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\nlog %d %s\non %s\n", recountHead, r.Origin, r.Size, r.Root, r.On)
	for _, c := range r.Letters {
		fmt.Fprintf(&b, "letter %s counted %d withdrawn %d removed %d\n", c.Letter, c.Counted, c.Withdrawn, c.Removed)
	}
	return b.String()
}

// SignRecount signs a statement under the name of [Witness.RecountKey]. An error means that it could not be opened again.
func (k WitnessKey) SignRecount(r Recounted) ([]byte, error) {
	if back, ok := parseRecount(r.text()); !ok || back.text() != r.text() {
		return nil, fmt.Errorf("a recount can't say this of %q, on %q", r.Origin, r.On)
	}
	signed, err := sign(k.private, recountName(k.name), r.text())
	if err == nil && len(signed) > maxRecount {
		err = fmt.Errorf("a recount of %d letters is too long", len(r.Letters))
	}
	return signed, err
}

// OpenRecount checks a statement against a witness's key. An error is a *[Fault] of kind [FaultMalformed] or [FaultSignature]. Whose log it is of,
// and whether that log bears it out, is the caller's to find: [Recounted.Against], or [Recount].
func OpenRecount(signed []byte, w Witness) (Recounted, error) {
	if len(signed) > maxRecount {
		return Recounted{}, faultf(FaultMalformed, "the recount is longer than %d bytes", maxRecount)
	}
	v := note.Verifier(noKey{})
	if w != (Witness{}) {
		v = verifier(w.RecountKey())
	}
	text, fault := openNote(signed, v, "recount")
	if fault != nil {
		return Recounted{}, fault
	}
	r, ok := parseRecount(text)
	if !ok {
		return Recounted{}, faultf(FaultMalformed, "the recount is signed, but is none")
	}
	return r, nil
}

// parseRecount reads the one spelling that a statement has.
func parseRecount(text string) (r Recounted, ok bool) {
	body, ended := strings.CutSuffix(text, "\n")
	lines := strings.Split(body, "\n")
	if !ended || len(lines) < 4 || len(text) > maxRecount {
		return r, false
	}
	size, root, _ := strings.Cut(strings.TrimPrefix(lines[2], "log "), " ")
	hash, err := tlog.ParseHash(root)
	if err != nil {
		return r, false
	}
	r = Recounted{Origin: lines[1], Root: hash, On: strings.TrimPrefix(lines[3], "on ")}
	if r.Size, ok = parseDecimal(size); !ok || r.Origin == "" {
		return r, false
	}
	if _, err := time.Parse(time.DateOnly, r.On); err != nil {
		return r, false
	}
	seen := map[Letter]bool{}
	for _, line := range lines[4:] {
		var c RecountedCount
		words := strings.Split(line, " ")
		if len(words) != 8 || c.Letter.UnmarshalText([]byte(words[1])) != nil || seen[c.Letter] {
			return r, false
		}
		seen[c.Letter] = true
		for i, to := range []*int64{&c.Counted, &c.Withdrawn, &c.Removed} {
			if *to, ok = parseDecimal(words[3+2*i]); !ok {
				return r, false
			}
		}
		r.Letters = append(r.Letters, c)
	}
	return r, r.text() == text
}

// Against holds a statement against a log at its size: its root there, and its letters' numbers in the log's order. Who made it stands in the
// message. An error is a *[Fault] of kind [FaultFork] or [FaultCount].
func (r Recounted) Against(who string, root tlog.Hash, letters []Count) error {
	if r.Root != root {
		return faultf(FaultFork, "%s recounted another log on %s: at size %d it has the root %s, and the entries give %s", who, r.On, r.Size, r.Root, root)
	}
	if len(letters) != len(r.Letters) {
		return faultf(FaultCount, "%s recounted %d letters at size %d, and the entries give %d", who, len(r.Letters), r.Size, len(letters))
	}
	for i, c := range letters {
		if want := (RecountedCount{c.ID, c.Counted, c.Withdrawn, c.Removed}); r.Letters[i] != want {
			return faultf(FaultCount, "%s counted %d for letter %s at size %d (%d withdrawn, %d removed), and the entries give %d for letter %s (%d, %d)", who,
				r.Letters[i].Counted, r.Letters[i].Letter, r.Size, r.Letters[i].Withdrawn, r.Letters[i].Removed, want.Counted, want.Letter, want.Withdrawn, want.Removed)
		}
	}
	return nil
}
