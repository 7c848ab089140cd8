package translog

import (
	"context"
	"fmt"
	"sync"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// errNoTile is the answer for a tile that this log has not grown to.
var errNoTile = fault.New(fault.NotFound, "fault.not_found")

// Head is a state of the log.
type Head struct {
	Size int64
	Root tlog.Hash
	Note []byte // the signed checkpoint
}

// Head reads the newest checkpoint.
func (l *Log) Head(ctx context.Context) (h Head, err error) {
	err = l.db.Look(ctx, func(tx *db.Tx) error {
		h.Size, h.Root, h.Note, err = selectState(tx)
		return err
	})
	return h, err
}

// Tile reads a tile of hashes: c2sp.org/tlog-tiles, height 8. w is 256 for a full one. A partial tile is the beginning of the fuller one.
func (l *Log) Tile(ctx context.Context, level int, n int64, w int) (data []byte, err error) {
	err = l.db.Look(ctx, func(tx *db.Tx) error {
		data, err = selectTile(tx, level, n)
		return err
	})
	if err == nil && (w < 1 || len(data) < w*tlog.HashSize) {
		err = errNoTile
	}
	if err != nil {
		return nil, err
	}
	return data[:w*tlog.HashSize], nil
}

// Bundle reads the entries of a tile, each behind its length in two bytes.
func (l *Log) Bundle(ctx context.Context, n int64, w int) ([]byte, error) {
	var out []byte
	var got int
	err := l.Entries(ctx, n*width, n*width+int64(w), func(_ int64, data []byte) (err error) {
		out, err = torchwood.AppendTileEntry(out, data)
		got++
		return err
	})
	if err == nil && (w < 1 || got < w) {
		err = errNoTile
	}
	return out, err
}

// Entries hands over the entries from index from up to and without index to, in order.
func (l *Log) Entries(ctx context.Context, from, to int64, fn func(index int64, data []byte) error) error {
	return l.db.Look(ctx, func(tx *db.Tx) error { return eachEntry(tx, from, to, fn) })
}

// Entry is the entry at index, in its caller's transaction; an error if the log is shorter.
func (l *Log) Entry(tx *db.Tx, index int64) (data []byte, err error) {
	found := false
	err = eachEntry(tx, index, index+1, func(_ int64, d []byte) error {
		data, found = d, true
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("translog: there is no entry %d", index)
	}
	return data, err
}

// Found is where a reference stands: in the log, or in the queue.
type Found struct {
	Index     int64 // -1 while it waits
	Data      []byte
	NotBefore int64 // Unix microseconds; of one that waits
}

// Find looks a reference up, first in the log, then in the queue.
func (l *Log) Find(ctx context.Context, ref []byte) (f Found, ok bool, err error) {
	for range 2 { // sequenced between the look at the log and that at the queue, it is found at the second go
		err = l.db.Look(ctx, func(tx *db.Tx) error {
			f, ok, err = selectFound(tx, ref)
			return err
		})
		if ok || err != nil {
			break
		}
	}
	return f, ok, err
}

// Waiting counts the queue.
func (l *Log) Waiting(ctx context.Context) (n int64, err error) {
	err = l.db.Look(ctx, func(tx *db.Tx) error {
		n, err = countQueue(tx)
		return err
	})
	return n, err
}

// Proof proves that the entry at index is in the log, against the newest checkpoint. The tiles are read after it and may have grown meanwhile: what it
// speaks of is still their beginning.
func (l *Log) Proof(ctx context.Context, index int64) (proof tlog.RecordProof, h Head, err error) {
	if h, err = l.Head(ctx); err != nil {
		return nil, h, err
	}
	if index < 0 || index >= h.Size {
		return nil, h, errNoTile
	}
	err = l.db.Look(ctx, func(tx *db.Tx) error {
		proof, err = tlog.ProveRecord(h.Size, index, hashes(tx, &l.full))
		return err
	})
	return proof, h, err
}

// readHashes reads the tiles of these hashes, those that are not known in one statement.
func readHashes(tx *db.Tx, known *tiles, indexes []int64) ([]tlog.Hash, error) {
	seen, missing := map[tileKey][]byte{}, []tileKey(nil)
	for _, index := range indexes {
		t := tlog.TileForIndex(height, index)
		key := tileKey{t.L, t.N}
		if _, ok := seen[key]; ok {
			continue
		}
		if seen[key] = known.get(key); seen[key] == nil {
			missing = append(missing, key)
		}
	}
	err := eachTile(tx, missing, func(key tileKey, data []byte) {
		seen[key] = data
		known.keep(key, data)
	})
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		t := tlog.TileForIndex(height, index)
		data := seen[tileKey{t.L, t.N}]
		if data == nil {
			return nil, errNoTile
		}
		if out[i], err = tlog.HashFromTile(t, data, index); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type tileKey struct {
	level int
	n     int64
}

// tiles are full tiles as they were read: such a tile never changes, and most of what a proof needs are these.
type tiles struct {
	mu   sync.Mutex
	kept map[tileKey][]byte // tilesMost of 8 KiB at most
}

const tilesMost = 256

func (t *tiles) get(k tileKey) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept[k]
}

func (t *tiles) keep(k tileKey, data []byte) {
	if len(data) < width*tlog.HashSize {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.kept) >= tilesMost || t.kept == nil {
		t.kept = map[tileKey][]byte{}
	}
	t.kept[k] = data
}

// Check recomputes the whole log from its entries and compares every tile, the root and the checkpoint's signature with what is
// stored. It hands each entry to fn on the way; fn asks the database nothing. The error names the first place that disagrees. A server
// that finds one must not start. It runs in its caller's transaction, so that rows can be held against the same state of the log.
func (l *Log) Check(tx *db.Tx, fn func(index int64, data []byte) error) (h Head, err error) {
	if h.Size, h.Root, h.Note, err = selectState(tx); err != nil {
		return h, err
	}
	e := &edge{}
	l.checked(0, h.Size)
	for e.size <= h.Size {
		from := e.size
		err := eachEntry(tx, from, from+16*width, func(index int64, data []byte) error {
			if index != e.size || index >= h.Size {
				return fmt.Errorf("the log's entries: index %d stands where %d should, in a log of %d", index, e.size, h.Size)
			}
			e.add(tlog.RecordHash(data))
			return fn(index, data)
		})
		if err != nil {
			return h, err
		}
		for _, t := range e.full {
			if err := sameTile(tx, t); err != nil {
				return h, err
			}
		}
		if e.full = nil; e.size == from {
			break
		}
		l.checked(e.size, h.Size)
	}
	if e.size != h.Size {
		return h, fmt.Errorf("the log's entries end at %d, its state says %d", e.size, h.Size)
	}
	for _, t := range e.open() {
		if err := sameTile(tx, t); err != nil {
			return h, err
		}
	}
	have, err := e.root()
	if err != nil {
		return h, err
	}
	if have != h.Root {
		return h, fmt.Errorf("the log's root at size %d is %v, its entries give %v", h.Size, h.Root, have)
	}
	return h, l.sameNote(h.Note, tlog.Tree{N: h.Size, Hash: h.Root})
}

func sameTile(tx *db.Tx, t tile) error {
	data, err := selectTile(tx, t.level, t.n)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	for i := 0; i*tlog.HashSize < len(t.data); i++ {
		at := i * tlog.HashSize
		if at+tlog.HashSize > len(data) || string(data[at:at+tlog.HashSize]) != string(t.data[at:at+tlog.HashSize]) {
			return fmt.Errorf("the log's tile %d/%d disagrees with the entries at hash %d: entry %d", t.level, t.n, i, (t.n*width+int64(i))<<(height*t.level))
		}
	}
	return nil
}

func (l *Log) sameNote(signed []byte, want tlog.Tree) error {
	key, err := receipt.ParseKey(l.vkey)
	if err != nil {
		return err
	}
	have, err := receipt.OpenCheckpoint(signed, key)
	if err != nil {
		return fmt.Errorf("the log's checkpoint: %w", err)
	}
	if have != want {
		return fmt.Errorf("the log's checkpoint speaks of size %d, its state of %d", have.N, want.N)
	}
	return nil
}

// Waiters hands over what waits in the queue: its reference, what it is about (nil if it stands alone) and its bytes, in its caller's transaction.
func (l *Log) Waiters(tx *db.Tx, fn func(ref, of, data []byte) error) error {
	return eachWaiter(tx, fn)
}
