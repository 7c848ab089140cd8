package receipt

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Seen is what somebody else saw of a log: its size and root, and perhaps what they counted. Its signature has been checked by the caller.
type Seen struct {
	By   string // who, for messages; empty: whoever asks, the last time
	Tree tlog.Tree

	Recounted *Recounted // nil: a checkpoint alone
}

// SeenBy is a statement as something seen.
func SeenBy(w Witness, r Recounted) Seen {
	return Seen{By: w.Name(), Tree: tlog.Tree{N: r.Size, Hash: r.Root}, Recounted: &r}
}

// sighting is something seen, and what the entries say at its size.
type sighting struct {
	Seen
	root    tlog.Hash
	letters []Count
}

// sightings begins the comparison with what others saw, and with the checkpoint that witnesses signed.
func (r *recount) sightings() {
	r.seenAt = map[int64][]*sighting{}
	add := func(s Seen) {
		kept := &sighting{Seen: s}
		r.seen = append(r.seen, kept)
		r.seenAt[s.Tree.N] = append(r.seenAt[s.Tree.N], kept)
	}
	for _, s := range r.Against {
		add(s)
	}
	if r.before != nil {
		add(Seen{Tree: r.before.tree})
	}
	if r.first.N > 0 {
		add(Seen{By: "the log's own checkpoint", Tree: r.first})
	}
}

// see takes note of root and numbers at a size that something is compared at.
func (r *recount) see(size int64) {
	for _, s := range r.seenAt[size] {
		s.root = r.edge.root()
		if s.Recounted != nil {
			s.letters = r.tally.Letters()
		}
	}
}

// apart says how far a log is as it was seen, and by whom, if anyone saw a part of it that still stands.
func (r *recount) apart(below int64) string {
	var last *sighting
	for _, s := range r.seen {
		if s.Tree.N > 0 && s.Tree.N < below && s.root == s.Tree.Hash && (last == nil || s.Tree.N > last.Tree.N) {
			last = s
		}
	}
	if last == nil {
		return ""
	}
	if last.By == "" {
		return fmt.Sprintf("; the first %d still are", last.Tree.N)
	}
	return fmt.Sprintf("; the first %d are as %s saw them", last.Tree.N, last.By)
}

// others compares with what others saw: the smallest size that differs is told.
func (r *recount) others(context.Context) error {
	var worst *sighting
	for _, s := range r.seen {
		if s.root != s.Tree.Hash && (worst == nil || s.Tree.N < worst.Tree.N) {
			worst = s
		}
	}
	if worst != nil {
		whose := "seen before"
		if worst.By != "" {
			whose = "that " + worst.By + " saw"
		}
		return faultf(FaultFork, "the first %d entries are not those %s: their root was %s, and is %s%s",
			worst.Tree.N, whose, worst.Tree.Hash, worst.root, r.apart(worst.Tree.N))
	}
	for _, s := range r.seen {
		if s.Recounted == nil {
			continue
		}
		if err := s.Recounted.Against(s.By, s.root, s.letters); err != nil {
			return err
		}
	}
	return nil
}

// shorter is the fault of a log that has less than somebody saw.
func (r *recount) shorter() *Fault {
	for _, s := range r.Against {
		if r.tree.N < s.Tree.N {
			return faultf(FaultRollback, "the log has %d entries, and %s saw %d", r.tree.N, s.By, s.Tree.N)
		}
	}
	return nil
}

// newest reads the checkpoint that the log signed last, of a site that serves a witnessed one as its checkpoint: the entries since then have
// no witness yet. A site without witnesses has none.
func (r *recount) newest(ctx context.Context) error {
	note, err := r.site.get(ctx, "/log/newest", maxCheckpoint)
	if isKind(err, FaultMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.take(note)
}
