package translog

import (
	"context"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// Cosigned is a state of the log that enough witnesses have signed for.
type Cosigned struct {
	Head
	By []receipt.Cosignature
}

// witnessed is what a process knows of the log's witnesses.
type witnessed struct {
	mu     sync.Mutex
	policy receipt.Policy
	best   Cosigned // of the policy; no Note: none yet
}

// SetPolicy says whose signatures the log wants beside its own. It is called before anything is served.
func (l *Log) SetPolicy(p receipt.Policy) {
	l.witnessed.mu.Lock()
	defer l.witnessed.mu.Unlock()
	l.witnessed.policy, l.witnessed.best = p, Cosigned{}
}

// Policy is whose signatures the log wants beside its own; the zero one where nobody's.
func (l *Log) Policy() receipt.Policy {
	l.witnessed.mu.Lock()
	defer l.witnessed.mu.Unlock()
	return l.witnessed.policy
}

// Cosigned is the newest state that meets the policy, as this process knows it; ok is false where there is none.
func (l *Log) Cosigned() (c Cosigned, ok bool) {
	l.witnessed.mu.Lock()
	defer l.witnessed.mu.Unlock()
	return l.witnessed.best, l.witnessed.best.Note != nil
}

// Served is the checkpoint for readers: the newest that meets the policy, else, or without a policy, the newest there is.
func (l *Log) Served(ctx context.Context) (Head, error) {
	if c, ok := l.Cosigned(); ok {
		return c.Head, nil
	}
	return l.Head(ctx)
}

// LoadCosigned reads what any process has kept, and goes by it from now on if it meets the policy and is the log's own past.
func (l *Log) LoadCosigned(ctx context.Context) error {
	policy := l.Policy()
	if policy.Quorum() == 0 {
		return nil
	}
	var size int64
	var note []byte
	err := l.db.Look(ctx, func(tx *db.Tx) (err error) {
		size, note, err = selectCosigned(tx)
		return err
	})
	if err != nil || size == 0 {
		return err
	}
	if c, ok := l.Cosigned(); ok && string(c.Note) == string(note) {
		return nil
	}
	return l.goBy(ctx, note)
}

// goBy takes a checkpoint for the newest that meets the policy, if it does and is not older than the one there is.
func (l *Log) goBy(ctx context.Context, note []byte) error {
	key, err := receipt.ParseKey(l.vkey)
	if err != nil {
		return err
	}
	policy := l.Policy()
	tree, by, err := policy.OpenCheckpoint(note, key)
	if err != nil {
		return nil // the policy has become another since; witnesses are asked anew
	}
	if err := l.Judge(ctx, "", note); err != nil {
		return err
	}
	l.witnessed.mu.Lock()
	defer l.witnessed.mu.Unlock()
	if tree.N >= l.witnessed.best.Size {
		l.witnessed.best = Cosigned{Head{tree.N, tree.Hash, note}, by}
	}
	return nil
}

// KeepCosigned keeps a checkpoint with its cosignatures if it meets the policy, and tells whether it does. A larger one that is kept already stays.
func (l *Log) KeepCosigned(ctx context.Context, note []byte) (met bool, err error) {
	key, err := receipt.ParseKey(l.vkey)
	if err != nil {
		return false, err
	}
	policy := l.Policy()
	tree, _, err := policy.OpenCheckpoint(note, key)
	if err != nil || policy.Quorum() == 0 {
		return false, nil
	}
	if err := l.db.Update(ctx, func(tx *db.Tx) error { return upsertCosigned(tx, tree.N, note) }); err != nil {
		return false, err
	}
	return true, l.goBy(ctx, note)
}

// AskWitnesses tells whether it is this process's turn to ask: no other of this installation has asked within the given time.
func (l *Log) AskWitnesses(ctx context.Context, within time.Duration) (mine bool, err error) {
	now := l.now()
	err = l.db.Update(ctx, func(tx *db.Tx) (err error) {
		mine, err = ask(tx, now.UnixMicro(), now.Add(-within).UnixMicro(), now.Add(time.Hour).UnixMicro())
		return err
	})
	return mine, err
}

// Consistency proves that the log of a size grew out of that of an older one; none is needed from size 0.
func (l *Log) Consistency(ctx context.Context, old, size int64) (proof tlog.TreeProof, err error) {
	if old == 0 || old == size {
		return nil, nil
	}
	err = l.db.View(ctx, func(tx *db.Tx) error {
		proof, err = tlog.ProveTree(size, old, hashes(tx, &l.full))
		return err
	})
	return proof, err
}

// RootAt is the root that the log had at a size. The error is a fault NotFound where it has not grown to it.
func (l *Log) RootAt(ctx context.Context, size int64) (root tlog.Hash, err error) {
	err = l.db.View(ctx, func(tx *db.Tx) error {
		have, _, _, err := selectState(tx)
		if err != nil {
			return err
		}
		if size < 0 || size > have {
			return errNoTile
		}
		root, err = tlog.TreeHash(size, hashes(tx, &l.full))
		return err
	})
	return root, err
}

func hashes(tx *db.Tx, known *tiles) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return readHashes(tx, known, indexes) })
}

// ProofToKeep proves that the entry at index is in the log: against the newest checkpoint that meets the policy if the entry is in that one, else
// against the newest there is. by tells which witnesses signed it; nobody where it is provisional, or where nobody is asked.
func (l *Log) ProofToKeep(ctx context.Context, index int64) (proof tlog.RecordProof, h Head, by []receipt.Cosignature, err error) {
	c, ok := l.Cosigned()
	if !ok || index < 0 || index >= c.Size {
		proof, h, err = l.Proof(ctx, index)
		return proof, h, nil, err
	}
	err = l.db.Look(ctx, func(tx *db.Tx) error {
		proof, err = tlog.ProveRecord(c.Size, index, hashes(tx, &l.full))
		return err
	})
	return proof, c.Head, c.By, err
}

// Recount is a witness's statement as it is kept.
type Recount struct {
	Name string // of the witness
	Note []byte // signed
}

// Recounts are what witnesses last stated, by their names. Who is still asked, and whether they hold, is the caller's to find.
func (l *Log) Recounts(ctx context.Context) (list []Recount, err error) {
	err = l.db.Look(ctx, func(tx *db.Tx) error {
		list = nil
		return eachRecount(tx, func(name string, note []byte) error {
			list = append(list, Recount{name, note})
			return nil
		})
	})
	return list, err
}

// KeepRecount keeps what a witness stated. The caller has held it against the log.
func (l *Log) KeepRecount(ctx context.Context, name string, size int64, note []byte) error {
	return l.db.Update(ctx, func(tx *db.Tx) error { return upsertRecount(tx, name, size, note) })
}
