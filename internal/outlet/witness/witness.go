package witness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/durable"
	"outcry/receipt"
)

// Log is a log that is watched.
type Log struct {
	Key  receipt.Key
	Site string // public URL from which it is recounted; empty: it is co-signed, and not recounted
}

// Config is what a witness is made of.
type Config struct {
	Key   receipt.WitnessKey
	State string // folder, made by Begin
	Logs  []Log
	Every time.Duration // between two recounts of a log
	Now   func() time.Time
	Log   *slog.Logger

	Client *http.Client // to recount with; nil: one of its own
}

// Witness co-signs and recounts. Its methods may be called from any goroutine.
type Witness struct {
	Config
	watched map[string]*watched // by origin
	byHash  map[string]*watched
	order   []*watched
	held    *os.File // the state's lock
}

// watched is one log, and the last checkpoint of it that was signed.
type watched struct {
	Log
	path string // of its files, without their ends

	noted bool // the mark says that it was signed; under mu

	mu   sync.Mutex // held from the look at the last checkpoint until the next one is on the disk
	tree tlog.Tree
	note []byte // nil: none was ever signed
}

// Open reads the state of a witness and keeps others from it until Close.
func Open(c Config) (w *Witness, err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	w = &Witness{Config: c, watched: map[string]*watched{}, byHash: map[string]*watched{}}
	if w.held, err = lock(c.State, c.Key.Witness); err != nil {
		return nil, err
	}
	for _, l := range c.Logs {
		hash := receipt.OriginHash(l.Key.Origin())
		one := &watched{Log: l, path: filepath.Join(c.State, hash)}
		if w.watched[l.Key.Origin()] != nil {
			w.Close()
			return nil, fmt.Errorf("the log %s stands twice", l.Key.Origin())
		}
		if err := one.load(c.Key.Witness, w.held); err != nil {
			w.Close()
			return nil, err
		}
		w.watched[l.Key.Origin()], w.byHash[hash] = one, one
		w.order = append(w.order, one)
	}
	return w, nil
}

// Close lets others have the state.
func (w *Witness) Close() error { return w.held.Close() }

// load reads what was signed last. What can't be read, or is gone, is never taken for a first sight.
func (l *watched) load(self receipt.Witness, mark *os.File) error {
	before, err := signedBefore(mark, filepath.Base(l.path))
	if err != nil {
		return err
	}
	note, err := os.ReadFile(l.path + ".checkpoint")
	switch {
	case errors.Is(err, fs.ErrNotExist) && before:
		return fmt.Errorf("%w: %s.checkpoint is gone, and %s was signed before; put it back, or begin again under another key", ErrState, l.path, l.Key.Origin())
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if l.noted = before; !before { // stopped between the two
		if err := remember(mark, filepath.Base(l.path)); err != nil {
			return err
		}
		l.noted = true
	}
	p, err := receipt.NewPolicy(1, self)
	if err != nil {
		return err
	}
	tree, _, err := p.OpenCheckpoint(note, l.Key)
	if err != nil {
		return fmt.Errorf("%w: %s.checkpoint, of %s: %w", ErrState, l.path, l.Key.Origin(), err)
	}
	l.tree, l.note = tree, note
	return nil
}

// last is the last checkpoint that was signed.
func (l *watched) last() (tlog.Tree, []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tree, l.note
}

// refused are the answers of add-checkpoint that are not 200.
type refused struct {
	status int
	size   int64 // of the last checkpoint, where known is true
	known  bool
	words  string
}

func (r *refused) Error() string { return r.words }

// add signs a checkpoint that grew out of the last one, in the order of c2sp.org/tlog-witness.
func (w *Witness) add(q request) (line []byte, err error) {
	l := w.watched[q.origin()]
	if l == nil {
		return nil, &refused{status: http.StatusNotFound, words: "this witness does not know that log"}
	}
	bare, text, tree, err := receipt.BareCheckpoint(q.checkpoint, l.Key)
	if err != nil {
		return nil, &refused{status: http.StatusForbidden, words: "the checkpoint is not signed by the key that this witness has for that log"}
	}
	if q.old > tree.N {
		return nil, &refused{status: http.StatusBadRequest, words: "the old size is larger than the checkpoint's"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if q.old != l.tree.N {
		return nil, &refused{status: http.StatusConflict, size: l.tree.N, known: true, words: "the last checkpoint signed has another size"}
	}
	if err := w.follows(l, tree, q.proof, q.checkpoint); err != nil {
		return nil, err
	}
	if line, err = w.Key.Cosign(text, w.Now()); err != nil {
		return nil, err
	}
	note := append(bare, line...)
	if err := durable.Replace(l.path+".checkpoint", note); err != nil {
		return nil, fmt.Errorf("the state could not be written: %w", err)
	}
	l.tree, l.note = tree, note
	if !l.noted {
		if err := remember(w.held, filepath.Base(l.path)); err != nil {
			return nil, fmt.Errorf("the state could not be written: %w", err)
		}
		l.noted = true
	}
	return line, nil
}

// follows holds that a tree is the last one grown, or that one itself.
func (w *Witness) follows(l *watched, tree tlog.Tree, proof tlog.TreeProof, signed []byte) error {
	broken := &refused{status: http.StatusUnprocessableEntity, words: "the proof does not lead from the last checkpoint signed to this one"}
	if tree.N == l.tree.N && l.note != nil && tree.Hash != l.tree.Hash {
		// Both are signed by the log: together they prove what it did, to anyone.
		w.Log.Error("a log has signed two checkpoints of one size: a fork", slog.String("log", l.Key.Origin()), slog.Int64("size", tree.N))
		if err := durable.Replace(l.path+".fork", signed); err != nil {
			w.Log.Error("the proof of a fork could not be kept", slog.Any("error", err))
		}
		return &refused{status: http.StatusConflict, words: "another checkpoint of this size was signed"}
	}
	if l.tree.N == 0 {
		if empty, _ := tlog.TreeHash(0, nil); len(proof) > 0 || tree.N == 0 && tree.Hash != empty {
			return broken
		}
		return nil
	}
	if tlog.CheckTree(proof, tree.N, tree.Hash, l.tree.N, l.tree.Hash) != nil {
		w.Log.Warn("a checkpoint was refused that does not follow from the last one", slog.String("log", l.Key.Origin()), slog.Int64("size", tree.N), slog.Int64("last", l.tree.N))
		return broken
	}
	return nil
}

// Run recounts the logs that have a site, at once and then every Config.Every, until ctx ends.
func (w *Witness) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, l := range w.order {
		if l.Site != "" {
			wg.Go(func() { w.follow(ctx, l.Log) })
		}
	}
}

// follow recounts one log each Every, and one that could not be recounted again soon: a site that was down for a minute is not without its count for hours.
func (w *Witness) follow(ctx context.Context, l Log) {
	wait := soon
	for {
		r, err := w.Recount(ctx, l.Key.Origin())
		switch {
		case err == nil:
			w.Log.Info("recounted", slog.String("log", r.Origin), slog.Int64("size", r.Size))
			wait = soon
		case ctx.Err() == nil:
			w.Log.Error("a log could not be recounted, or does not hold", slog.String("log", l.Key.Origin()), slog.Any("error", err))
		}
		next := w.Every
		if err != nil {
			next, wait = min(w.Every, wait), min(w.Every, 2*wait) // bounded: doubled for days it would overflow, and be no wait at all
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// soon is how long after the first failure a log is recounted again; each further failure doubles it.
const soon = 10 * time.Second

// Recount reads a whole log over HTTP, holds it against itself, against the last recount and against the last checkpoint that was signed, and
// states its numbers. What does not hold is not stated: the statement before it stays. The error is Recount's own.
func (w *Witness) Recount(ctx context.Context, origin string) (r receipt.Recounted, err error) {
	l := w.watched[origin]
	if l == nil || l.Site == "" {
		return r, fmt.Errorf("%s has no site to be recounted from", origin)
	}
	o := receipt.Options{URL: l.Site, Origin: origin, Key: l.Key, Remember: filepath.Join(w.State, seenName), Client: w.Client}
	if tree, note := l.last(); note != nil {
		o.Against = []receipt.Seen{{By: w.Key.Name(), Tree: tree}}
	}
	report, err := receipt.Recount(ctx, o)
	if err != nil {
		return r, err
	}
	r = receipt.NewRecounted(origin, tlog.Tree{N: report.Size, Hash: report.Root}, report.Letters, w.Now())
	signed, err := w.Key.SignRecount(r)
	if err != nil {
		return r, err
	}
	return r, durable.Replace(l.path+".recount", signed)
}
